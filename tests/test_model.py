"""The model as Mesa sees it, its two modes, its labour market and its randomness."""

import gc
import weakref
from dataclasses import replace

import mesa
import numpy as np
import pytest

import sim
from sim.measures.conservation import ConservationError, flows_of
from sim.model import MonthOrderError
from sim.study.results import final_columns_digest

SMALL = ["borrowers.count=2_000", "months=12", "warm_up_months=3"]


def finished(*sets, scenario="severe_recession", **kwargs):
    model = sim.LendingModel(scenario, set=[*SMALL, *sets], **kwargs)
    model.run_model()
    return model


def test_it_is_a_mesa_model_with_the_lender_registered():
    model = sim.LendingModel("baseline", set=SMALL)
    assert isinstance(model, mesa.Model)
    assert list(model.agents) == [model.lender]
    model.step()
    frame = model.datacollector.get_model_vars_dataframe()
    assert frame["cash"].iloc[-1] == model.rows[-1]["cash"] / 100


def test_borrowers_can_be_registered_in_teaching_size():
    model = sim.LendingModel("baseline", set=["borrowers.count=50", "borrowers.registered=true", "warm_up_months=0", "months=2"])
    people = model.agents.select(agent_type=sim.Borrower)
    assert len(people) == 50
    assert sorted(people.get("borrower_id")) == list(range(50))


def test_views_read_and_write_columns():
    model = sim.LendingModel("baseline", set=SMALL)
    b = model.borrowers[17]
    assert b == model.borrowers[17]
    assert b != model.borrowers[18]
    assert b.income == model.borrowers.income[17]
    b.cash = 123.0
    assert model.population.household.cash[17] == 123.0
    with pytest.raises(AttributeError, match="no attribute 'incme'"):
        _ = b.incme
    other = sim.LendingModel("baseline", seed=9, set=SMALL)
    assert other.borrowers[17].income != b.income


def test_population_verbs():
    model = sim.LendingModel("baseline", set=SMALL)
    people = model.borrowers
    jobless = people.select(people.employed == 0)
    assert len(jobless) == int((people.employed == 0).sum())
    assert jobless.agg("employed", np.max) == 0
    assert sum(len(g) for g in people.groupby("segment").values()) == len(people)
    assert people.select(lambda b: b.income > 5000, at_most=3).rows.size == 3
    assert people.get(["income", "cash"])[1].shape == (2000,)


@pytest.mark.parametrize("scenario", ["severe_recession", "job_loss_with_income_support"])
def test_objects_and_columns_agree_bit_for_bit(scenario):
    a, b = finished(scenario=scenario), finished(scenario=scenario, mode="objects")
    assert final_columns_digest(a) == final_columns_digest(b)
    assert a.rows == b.rows


def test_threads_change_nothing():
    sets = ("borrowers.count=120_000", "months=3", "warm_up_months=2", "shocks=[]")
    a, b = finished(*sets, threads=1), finished(*sets, threads=2)
    assert b.engine.threads.count == 2
    assert final_columns_digest(a) == final_columns_digest(b)
    assert a.rows == b.rows


def test_a_borrower_steps_once_and_only_within_a_month():
    model = sim.LendingModel("baseline", set=SMALL, mode="objects")
    with pytest.raises(MonthOrderError):
        model.borrowers[0].step()

    class Twice(sim.Borrower):
        def step(self):
            super().step()
            super().step()

    with pytest.raises(MonthOrderError, match="already lived"):
        sim.LendingModel("baseline", set=SMALL, mode="objects", borrower_class=Twice)


def test_a_finished_model_is_freed():
    model = finished()
    ghost = weakref.ref(model)
    model.free()
    del model
    gc.collect()
    assert ghost() is None


def test_borrowers_are_the_same_people_whatever_the_size_of_the_population():
    a = sim.LendingModel("baseline", set=["borrowers.count=500", "warm_up_months=0"])
    b = sim.LendingModel("baseline", set=["borrowers.count=900", "warm_up_months=0"])
    for name in ("permanent", "literacy", "payday", "willingness", "cash"):
        np.testing.assert_array_equal(getattr(a.borrowers, name), getattr(b.borrowers, name)[:500])


def test_unemployment_follows_the_path_within_a_seventh_of_a_point():
    path = "[4.2%, 4.2%, 14.2%, 14.2%, 12%, 9%, 9.5%, 5%]"
    model = sim.LendingModel(
        "baseline", set=["borrowers.count=100_000", "months=8", "warm_up_months=1", f"economy.unemployment_rate={path}"]
    )
    model.run_model()
    gaps = [abs(r["unemployment_rate"] - r["unemployment_rate_simulated"]) for r in model.rows]
    assert max(gaps) < 0.0015


def test_same_luck_under_another_policy():
    a = finished("policy.underwriting.cut_off=560")
    b = finished("policy.underwriting.cut_off=620")
    for name in ("employed", "spell", "permanent", "hours_cut", "income"):
        np.testing.assert_array_equal(getattr(a.borrowers, name), getattr(b.borrowers, name))
    assert not np.array_equal(a.borrowers.cash_loan_principal, b.borrowers.cash_loan_principal)


def test_comparing_a_policy_with_itself_gives_exactly_zero():
    unread = {"label": "again", "policy": "standard", "set": {"funding.capital_ratio": "30%"}}  # by an opening position alone
    result = sim.compare("severe_recession", ["standard", unread], seeds=2, set=SMALL)
    assert (result.table["diff"] == 0).all()
    assert len(result.counterfactual) == 0


def test_columns_fit_the_memory_budget():
    model = sim.LendingModel("baseline", set=SMALL)
    assert model.population.bytes_per_borrower() <= 400


def test_an_account_or_a_payment_that_goes_astray_stops_the_run():
    model = sim.LendingModel("baseline", set=["borrowers.count=500", "months=3", "warm_up_months=3"])
    model.step()
    before = model.state.accounts_before
    model.state.accounts_before = (before[0], before[1] + 1, *before[2:])  # one account too many between 1 and 29 days
    with pytest.raises(ConservationError, match="month 2: accounts by bucket"):
        model.step()
    counts = model.lived.tallies.counts
    with pytest.raises(ConservationError, match="month 2: households paid"):
        flows_of(replace(counts, household_debit=counts.household_debit + 1), model.month)


def test_a_failed_lender_shrinks_with_its_book():
    policy = {"policy.funding.warehouse.delinquency_trigger": "0.5%", "policy.funding.warehouse.term_out_months": 3}
    model = sim.LendingModel("baseline", set={"borrowers.count": 2_000, "months": 40, "warm_up_months": 6} | policy)
    model.run_model()
    m = model.monthly_frame().set_index("month_index")
    failed = m.index[m["lender_state"] != "going_concern"][0]
    assert m.loc[failed, "active_accounts"] > 500
    fixed = model.policy.operating_cost.fixed / 12 * model.state.opening_row["gross_loans"] / 100
    assert m.loc[failed, "operating_cost"] > fixed
    late = m.loc[40]
    assert late["active_accounts"] < 0.2 * m.loc[failed + 1, "active_accounts"]
    assert late["operating_cost"] < 0.3 * fixed


def test_cures_and_relapses_against_the_accounts_themselves():
    """Every month: who left arrears, and who fell back within six months, counted from the columns by another route."""
    model = sim.LendingModel("severe_recession", set=["borrowers.count=4_000", "months=12", "warm_up_months=8"])
    slots = model.population.accounts
    returned = [{}, {}]  # by slot: row -> month of the last return to current
    while model.month < model.months:
        before = [(a.missed.copy(), a.state.copy(), a.opened.copy()) for a in slots]
        model.step()
        cures = relapses = 0
        for k, a in enumerate(slots):
            missed, state, opened = before[k]
            still = (state == 1) & (a.state == 1) & (opened == a.opened)
            for row in np.flatnonzero(still & (missed > 0) & (a.missed == 0)):
                cures += 1
                returned[k][int(row)] = model.month
            gone = (state == 1) & (a.state == 2)
            for row in np.flatnonzero((still | gone) & (missed == 0) & ((a.missed > 0) | gone)):
                since = model.month - returned[k].get(int(row), -100)
                # an account charged off at once, out of the blue, was in arrears in between
                relapses += bool(since <= 6 and opened[row] <= model.month - since)
        row = model.rows[-1]
        assert row["cures"] == cures
        if model.month > 6:  # returns before month 1 are known to the model only
            assert row["relapses"] == relapses
            share = (row["relapse_rate_6m"] or 0) * model.rows[-7]["cures"]
            assert share == pytest.approx(round(share))
    assert sum(r["cures"] for r in model.rows) > 200
    assert sum(r["relapses"] for r in model.rows) > 30
    assert model.rows[-1]["recently_cured"] == sum(r["cures"] for r in model.rows[-6:]) - sum(model.state.past.relapsed[-6:])


def test_the_model_is_the_story_of_a_month_and_no_longer():
    import inspect

    assert len(inspect.getsource(sim.LendingModel).splitlines()) < 200
