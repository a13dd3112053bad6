"""What an attribution takes away: shocks and courses leave the opening alone, and a world without a cause is what its sentence says."""

import numpy as np
import pytest

from sim.economy import build_conditions
from sim.economy.variables import VARIABLES
from sim.inputs import load_scenario
from sim.model import LendingModel
from sim.saving import taken_over
from sim.study.players import CAUSES, economy_players, held, in_words, loop_players, with_own_past, without_causes, without_economy

SMALL = ["borrowers.count=1_500", "months=8", "warm_up_months=4"]


def resolved(scenario="severe_recession", *more):
    return load_scenario(scenario, overrides=[*SMALL, *more])


def lived_without(*causes, scenario="severe_recession", more=()):
    """A model of the scenario without some causes, after its last month, and the scenario's own."""
    found = resolved(scenario, *more)
    trunk = LendingModel(found)
    model = taken_over(trunk, without_causes(found, causes, trunk.conditions))
    model.run_model()
    trunk.run_model()
    return model, trunk


def test_each_shock_is_a_player_in_the_order_of_the_file():
    r = resolved()
    players = economy_players(r, build_conditions(r), "shock")
    assert [(p.name, p.title, p.shocks, p.courses) for p in players] == [
        ("unemployment_rate", "unemployment rate", (0,), ()), ("real_income_growth", "real income growth", (1,), ()),
        ("outside_credit", "outside credit", (2,), ()), ("policy_rate", "policy rate", (3,), ()),
    ]
    assert players[0].what == "unemployment rate, ramp of +5.5 pp from 2026-07"
    assert players[0].without == "the shock of unemployment rate does not come"


def test_shocks_of_one_variable_are_players_of_their_own_or_one():
    twice = "shocks=[{variable: inflation, start: 2026-02, shape: step, by: +1pp}, " \
            "{variable: inflation, start: 2026-05, shape: step, to: 6%}, {variable: contact_cap, start: 2026-03, shape: step, to: 3}]"
    r = resolved("baseline", twice)
    c = build_conditions(r)
    assert [p.name for p in economy_players(r, c, "shock")] == ["inflation.0", "inflation.1", "contact_cap"]
    assert [p.title for p in economy_players(r, c, "shock")][1] == "inflation from 2026-05 (shocks.1)"
    one, _ = economy_players(r, c, "variable")
    assert (one.name, one.shocks, one.without) == ("inflation", (0, 1), "the shocks of inflation do not come")
    both, = economy_players(r, c, "shock", [["inflation", "contact_cap"]])
    assert (both.name, both.title, both.shocks) == ("inflation+contact_cap", "inflation and contact cap", (0, 1, 2))
    assert in_words(r.scenario.shocks[2]) == "contact cap, step to 3 from 2026-03"


def test_a_tables_column_is_a_course_that_stays_at_its_opening_without_it():
    r = resolved("fed_2021_severely_adverse")
    c = build_conditions(r)
    players = economy_players(r, c, "shock")
    courses = {name for p in players for name in p.courses}
    assert "unemployment_rate" in courses
    assert courses == {name for name in VARIABLES if np.ptp(getattr(c, name))} - {shock.variable for shock in r.scenario.shocks}
    calm = build_conditions(without_economy(r, [k for p in players for k in p.shocks], [*courses], c))
    for name in VARIABLES:
        assert np.ptp(getattr(calm, name)) == 0
        assert getattr(calm, name)[0] == getattr(c, name)[0]


def test_a_variable_is_held_and_its_opening_stays():
    r = resolved("severe_recession", "economy.opening={policy_rate: 1%}", "economy.policy_rate=[2%, 3%]")
    c = build_conditions(r)
    found = build_conditions(held(r, "policy_rate", 0.02, c))
    assert found.policy_rate.tolist() == [0.01] + [0.02] * 8
    assert found.unemployment_rate.tolist() == c.unemployment_rate.tolist()


def test_another_input_takes_over_only_within_the_same_months_and_opening():
    trunk = LendingModel(resolved())
    for other in ("months=9", "start=2026-02", "economy.unemployment_rate=5%"):
        with pytest.raises(ValueError, match="within the same months and from the same conditions of the opening"):
            taken_over(trunk, resolved("severe_recession", other))
    trunk.step()
    with pytest.raises(ValueError, match="from an opening position, not from month 1"):
        taken_over(trunk, resolved())
    trunk.free()


def test_without_income_pressure_nobody_earns_less_and_as_many_jobs_are_lost():
    model, own = lived_without("income_pressure")
    people, others = model.population.household, own.population.household
    jobless = people.employed == 0
    assert jobless.sum() > 30
    np.testing.assert_array_equal(people.income[jobless], people.permanent[jobless])
    assert (others.income[others.employed == 0] < 0.5 * others.permanent[others.employed == 0]).all()
    assert model.rows[-1]["unemployment_rate_simulated"] == pytest.approx(own.rows[-1]["unemployment_rate_simulated"], abs=0.005)
    assert np.ptp(model.conditions.real_income_growth) == 0
    cut = (people.hours_cut > 0) & (people.employed > 0)
    assert cut.sum() > 10
    assert people.income[cut].mean() > 0.9 * people.permanent[cut].mean()
    assert model.policy is own.policy


def test_income_support_is_not_paid_where_no_pay_is_lost():
    more = ["economy.income_support=50%"]
    model, _ = lived_without("income_pressure", scenario="baseline", more=more)
    people = model.population.household
    np.testing.assert_array_equal(people.income[people.employed == 0], people.permanent[people.employed == 0])


def test_without_underestimated_risk_scores_hold_no_noise_under_every_policy():
    changes = ["policy.underwriting.bias=10", "policy_changes=[{from: 2026-04, policy: lenient}]"]
    model, own = lived_without("underestimated_risk", more=changes)
    assert (model.lender.card.noise, model.lender.card.bias) == (0, 0)
    assert own.lender.card.noise > 0.5
    assert model.setup.policy_at(8).title == "Lenient policy"
    assert model.setup.policy_at(0) == own.setup.policy_at(0)  # the past is the scenario's
    assert model.lived.numbers["fraud.attempted"] == 0
    apart = without_causes(resolved(), ["underestimated_risk"], model.conditions)
    assert {policy.underwriting.gini for policy in with_own_past(apart).all_policies()} == {1.0}


def test_without_weak_awareness_nobody_forgets():
    model, own = lived_without("weak_awareness")
    assert sum(row["missed_forgot"] for row in model.rows) == 0 < sum(row["missed_forgot"] for row in own.rows)
    numbers = model.lived.numbers
    assert (numbers["spending.impulsive_extra"], numbers["demand.impulse_effect"]) == (0, 0)


def test_the_other_loops_are_those_that_are_on_and_no_causes():
    r = resolved("severe_recession", "mechanisms.churn=0")
    names = [player.name for player in loop_players(r, build_conditions(r))]
    gains = dict(r.scenario.mechanisms)
    assert set(gains) - set(names) == {"churn", "income_risk", "fraud", "inattention", "forgetting_spells"}
    assert len({cause.name for cause in CAUSES}) == 3
