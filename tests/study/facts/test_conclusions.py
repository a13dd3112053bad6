"""What facts make of numbers and frames written by hand."""

import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from sim.study.facts.arrears import FACTS as ARREARS
from sim.study.facts.arrears import conclude_hazards, first_instalment_spike, relapse_over_never_late
from sim.study.facts.contacts import conclude_saturation
from sim.study.facts.cycle import (
    conclude_convexity,
    mean_age_at_90,
    monthly_path,
    nine_quarter_multiple,
    paired_elasticity,
    same_price,
    vintage_losses,
)
from sim.study.facts.funding import SIZES, conclude_luck, conclude_run, conclude_spiral, course, crossing
from sim.study.facts.panel import Panel
from sim.study.facts.people import conclude_buffers, unwilling
from sim.study.facts.scores import applicants, conclude_better_scores, conclude_price, conclude_scores, outcomes
from tests.study.facts.frames import months, panel


def vintage(name, ever, originated=100.0, column="ever_30_plus", product="loan"):
    return pd.DataFrame({
        "seed": 1, "vintage": name, "product": product, "months_on_book": range(len(ever)), "originated": originated, column: ever,
    })


def test_the_spike_is_the_first_instalment_over_the_three_months_after():
    frame = pd.concat([vintage("2026-01", [0, 0, 6, 8, 10, 12]), vintage("2026-02", [0, 0, 5, 6])])  # the second is too young
    assert first_instalment_spike(frame) == pytest.approx(6 / 2)
    assert math.isnan(first_instalment_spike(vintage("2026-01", [0.0] * 6)))


def test_hazards_peak_earlier_for_the_riskier_band():
    at_risk = np.full((2, 36), 1000.0)
    events = np.full((2, 36), 10.0)
    events[0, 19:26], events[1, 7:14] = 20.0, 40.0  # months 20 to 26, and 8 to 14
    found = conclude_hazards([{"at_risk": at_risk, "events": events}] * 2)
    assert found["rank"] == pytest.approx(-1.0)
    assert found["rise"] == pytest.approx((10 + 40) / (10 + 10))
    assert found["later"] == pytest.approx((20 + 10) / (10 + 40))


def test_convexity_is_the_ratio_of_pooled_increments():
    one = {"on_0": 10.0, "on_1": 15.0, "on_2": 22.0, "off_0": 10.0, "off_1": 14.0, "off_2": 18.0}
    assert conclude_convexity([one, one]) == pytest.approx({"on": 12 / 5, "off": 2.0, "difference": 0.4})


def test_a_quarterly_path_becomes_changes_month_by_month():
    assert monthly_path([5.0, 8.0]) == pytest.approx([0.0, 0.0, 0.01, 0.02, 0.03, 0.03])


def test_elasticity_is_the_worst_half_year_near_the_peak_over_the_rise_of_unemployment():
    n = 24
    calm = months(unemployment_rate=[0.04] * n, gross_charge_offs=[1.0] * n, recoveries=0.0, gross_loans=100.0)
    path = [0.04] * 6 + [0.09] * 18
    stressed = months(unemployment_rate=path, gross_charge_offs=[1.0] * 8 + [2.0] * 6 + [1.0] * 10, recoveries=0.0, gross_loans=100.0)
    assert paired_elasticity(stressed, calm, 7) == pytest.approx(0.12 / 0.05)
    assert nine_quarter_multiple(stressed, calm) == pytest.approx(30 / 24)


def test_vintages_are_compared_at_one_age():
    frame = pd.concat([
        vintage("2026-01", [0, 2, 6, 6], column="ever_90_plus"), vintage("2026-02", [0, 0, 4, 4], 300.0, column="ever_90_plus"),
    ])
    assert vintage_losses(frame, ["2026-01", "2026-02"], 2) == pytest.approx(10 / 400)
    assert mean_age_at_90(frame, ["2026-01"], 3) == pytest.approx((2 * 1 + 4 * 2) / 6)
    assert math.isnan(vintage_losses(frame, ["2027-01"], 2))


def test_the_price_is_compared_within_bands():
    before = pd.DataFrame({"product": "loan", "band": [0, 0, 1], "rate": [1000, 1000, 2000]})
    after = pd.DataFrame({"product": "loan", "band": [1, 1, 0], "rate": [2300, 2300, 1000]})
    assert same_price(before, after) == pytest.approx((2 * 0 + 1 * 300) / 3 / 10_000)


def test_the_unwilling_are_counted_among_those_who_could_pay():
    m = months(active_accounts=[100, 100], missed_total=[20, 20], missed_will_not_pay=[4, 6])
    assert unwilling(SimpleNamespace(monthly=m), 1, 2) == pytest.approx(10 / (200 - 40 + 10))


def test_savings_protect_convexly():
    seen = [{
        **{f"losses_{k}": 100.0 for k in range(4)}, **{f"defaults_{k}": float(d) for k, d in enumerate((40, 20, 15, 10))},
        "wait": np.array([0.5, 1.0, 3.0]),
    }]
    assert conclude_buffers(seen) == pytest.approx({"ratio": 4.0, "disorders": 0.0, "convex": 0.15, "wait": 1.0})


def test_outcomes_are_defaults_within_a_year_on_book():
    book = pd.DataFrame({"opened": [1, 2, 3, 9], "late_90": [5, 13, 0, 1], "lost": [0, 0, 12, 0], "score": [500, 600, 550, 400]})
    score, bad = outcomes(book, 1, 3)
    assert score.tolist() == [500, 600, 550]
    assert bad.tolist() == [True, False, True]


def test_applicants_are_those_who_apply_in_the_months():
    p = panel(score=[[1, 2], [3, 4], [5, 6]], applies=[[1, 1], [0, 1], [1, 0]])
    assert applicants(p, 1, 2).tolist() == [4.0, 5.0]


def test_scores_are_pooled_and_the_rest_averaged():
    seen = [{"score": np.arange(10.0), "bad": np.arange(10) < 5, "gini": g, "shift": -0.1, "psi": 0.2} for g in (0.4, 0.6)]
    assert conclude_scores(seen) == pytest.approx({"disorders": 8.0, "gini": 0.5, "shift": -0.1, "psi": 0.2})


def test_a_better_score_is_judged_at_equal_approval():
    one = {}
    for side, gain in (("calm", 0.01), ("stress", 0.03)):
        one |= {
            f"{side}_lower_approved": 0.5, f"{side}_lower_lost": 0.10 + 2 * gain,
            f"{side}_own_approved": 0.5, f"{side}_own_lost": 0.10,
            f"{side}_higher_approved": 0.6, f"{side}_higher_lost": 0.10 - gain + 0.02,
            f"{side}_cut_approved": 0.4, f"{side}_cut_lost": 0.08,
        }
    assert conclude_better_scores([one]) == pytest.approx({"better": 0.01, "stress": 0.02, "saturates": 0.01})


def test_luck_falls_with_the_root_of_the_number():
    small = np.array([1.0, 3.0, 5.0])
    assert conclude_luck([{"small": small, "large": small / 4}])["exponent"] == pytest.approx(-0.5)


def test_a_crossing_lies_between_sizes():
    assert crossing([1, 2, 3], [0.0, 0.2, 1.0], 0.6) == pytest.approx(2.5)
    assert crossing([1, 2], [0.7, 1.0], 0.5) == 1.0
    assert math.isnan(crossing([1, 2], [0.0, 0.1], 0.5))


def ended(states, equity=(1.0, 1.0, 1.0, -1.0), events=()):
    m = pd.DataFrame({"month": ["a", "b", "c", "d"], "month_index": [1, 2, 3, 4], "lender_state": states, "equity": equity})
    told = pd.DataFrame(events, columns=["month", "kind"])
    return SimpleNamespace(monthly=m, results=SimpleNamespace(events=told))


def test_a_course_tells_how_a_lender_failed():
    lived = ended(["going_concern"] * 2 + ["illiquid", "illiquid_and_insolvent"], events=[("b", "downgrade"), ("c", "downgrade")])
    assert course(lived) == {"failed": 3.0, "illiquid_first": 1.0, "solvent": 1.0, "insolvent": 4.0, "downgrade": 2.0}
    assert set(course(ended(["going_concern"] * 4)).values()) == {0.0}
    assert course(ended(["insolvent"] * 4, (-1.0,) * 4))["illiquid_first"] == 0.0


def test_runs_and_spirals_are_counted_over_failures():
    none = np.zeros(len(SIZES))
    failed = np.array([0, 0, 0, 12, 12, 11, 10.0])
    seen = [{
        "failed": failed, "illiquid_first": (failed > 0) * 1.0, "solvent": (failed > 10) * 1.0, "insolvent": none,
        "downgrade": np.array([0, 0, 0, 6, 0, 10, 1.0]),
    }]
    found = conclude_run(seen)
    assert (found["illiquid_first"], found["solvent"]) == (1.0, 0.75)
    assert found["width"] == pytest.approx((0.975 - 0.775) / 0.875)
    assert conclude_spiral(seen) == {"announced": 0.5, "sudden": 0.25}  # 6 and 9 months ahead; one of four in no month


def test_rooms_hold_what_they_say():
    assert [fact.number for fact in ARREARS] == [1, 2, 6, 7, 12, 13, 14]


def test_the_worth_of_the_last_collectors_is_pooled_over_seeds():
    seen = [{"flat": 0.1, "worth_calm": 1.0, "worth_stress": 4.0}, {"flat": 0.3, "worth_calm": 3.0, "worth_stress": 2.0}]
    found = conclude_saturation(seen)
    assert found["stress"] == pytest.approx(1.5)
    assert found["flat"] == pytest.approx(0.2)


def test_price_effects_are_of_the_mean_losses():
    seen = [{"take_up": -0.1, "par": 0.04, "beside": 0.05, "dearer": 0.06}, {"take_up": -0.2, "par": 0.06, "beside": 0.05, "dearer": 0.04}]
    found = conclude_price(seen)
    assert found == pytest.approx({"take_up": -0.15, "selected": 1.0, "private": 0.0})


def test_relapse_is_set_against_loans_that_were_never_late():
    """Three loans over five months: one cured and falling back, one that is never late, one late for the first time."""
    missed = np.array([[0, 0, 0], [1, 0, 0], [0, 0, 0], [0, 0, 0], [1, 0, 1]])
    columns = {"a_missed": missed, "a_state": np.ones((5, 3), int), "a_opened": np.zeros((5, 3), int)}
    # cured in month 2: current at the start of months 3 and 4, and fallen in month 4; never late until then: 1 + 4 + 4 months, two falls
    assert relapse_over_never_late(Panel(("a",), columns)) == pytest.approx((1 / 2) / (2 / 9))
