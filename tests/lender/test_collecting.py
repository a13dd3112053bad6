"""One stage of collections: who is chosen when places are short, how many are reached, who complains."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.accounts.columns import ATTEMPTED, REACHED
from sim.assembly import empty_population
from sim.inputs.policy import Stage
from sim.lender.collecting import CollectionsPlan, Complaints, attempts_per_account, capacity_of, missed_chance, plan_stage
from tests.rows import POLICY, changed

ROWS = 4_000


def stage(**values):
    return Stage(**{"capacity": 1e6, "intensity": 1, "reach": 0.3, "cost": 2.0, "harshness": 0.0} | values)


@pytest.fixture
def population():
    made = empty_population(ROWS, ["one", "two"])
    rng = np.random.default_rng(4)
    for account in made.accounts:
        account.principal[:] = rng.integers(1, 10_000, ROWS)
        account.missed[:] = rng.integers(1, 6, ROWS)
    made.household.score[:] = rng.integers(300, 900, ROWS)
    return made


def planned(population, rows, given, ranking="balance", cap=99.0, complaint=0.0, month=3, growth=0.0):
    plan = CollectionsPlan()
    for account in population.accounts:
        account.contacted[:] = 0
    policy = changed(POLICY.collections, ranking=ranking)
    listed = [np.asarray(r, np.int64) for r in rows]
    plan_stage(population, listed, given, policy, cap, Complaints(complaint, growth), 1000, month, (1, 0), plan)
    return plan, [np.flatnonzero(account.contacted & ATTEMPTED).tolist() for account in population.accounts]


@pytest.mark.parametrize(("ranking", "worth"), [("balance", "principal"), ("days_past_due", "missed"), ("score", "score")])
def test_when_places_are_short_the_best_ranked_are_chosen(population, ranking, worth):
    plan, (chosen, _) = planned(population, [range(ROWS), []], stage(capacity=100.0), ranking)
    value = population.household.score * -1 if worth == "score" else population.accounts[0][worth].astype(int)
    assert len(chosen) == 100
    rest = np.setdiff1d(np.arange(ROWS), chosen)
    assert value[chosen].min() >= value[rest].max()
    assert (plan.used, plan.available, plan.backlog, plan.cost) == (100, 100, ROWS - 100, 200)


def test_both_slots_compete_for_the_same_places(population):
    population.accounts[0].principal[:], population.accounts[1].principal[:] = 100, 200
    _, chosen = planned(population, [range(50), range(30)], stage(capacity=40.0))
    assert [len(c) for c in chosen] == [10, 30]


def test_equals_are_chosen_by_lot_and_another_month_draws_anew(population):
    population.accounts[0].principal[:] = 100
    first = planned(population, [range(ROWS), []], stage(capacity=400.0))[1][0]
    again = planned(population, [range(ROWS), []], stage(capacity=400.0))[1][0]
    other = planned(population, [range(ROWS), []], stage(capacity=400.0), month=4)[1][0]
    assert first == again != other
    assert np.mean(first) == pytest.approx(ROWS / 2, abs=5 * ROWS / np.sqrt(12 * 400))  # not the first rows, not the last


@pytest.mark.parametrize(
    ("intensity", "cap", "attempts"), [(1, 99.0, 1), (4, 99.0, 4), (4, 2.0, 2), (4, 2.9, 2), (20, 99.0, 12), (4, 0.0, 0)]
)
def test_attempts_keep_to_the_law_and_the_policy(intensity, cap, attempts):
    assert attempts_per_account(stage(intensity=intensity), cap, 12) == attempts


@pytest.mark.parametrize("intensity", [1, 2, 4])
def test_the_share_reached_grows_with_attempts(population, intensity):
    plan, _ = planned(population, [range(ROWS), range(ROWS)], stage(intensity=intensity))
    expected = 1 - missed_chance(0.3, intensity)
    assert expected == pytest.approx(1 - 0.7**intensity)
    assert plan.reached / (2 * ROWS) == pytest.approx(expected, abs=5 * np.sqrt(0.25 / ROWS))
    assert plan.reached == sum(int(((a.contacted & REACHED) != 0).sum()) for a in population.accounts)
    assert plan.attempts == 2 * ROWS * intensity
    assert all(((a.contacted == 0) | ((a.contacted & ATTEMPTED) != 0)).all() for a in population.accounts)


def test_who_is_reached_once_is_reached_by_more_attempts_too(population):
    planned(population, [range(ROWS), []], stage(intensity=1))
    once = (population.accounts[0].contacted & REACHED) != 0
    planned(population, [range(ROWS), []], stage(intensity=4))
    often = (population.accounts[0].contacted & REACHED) != 0
    assert (often | ~once).all()
    assert often.sum() > once.sum()


def test_complaints_follow_harshness_and_attempts(population):
    none, _ = planned(population, [range(ROWS), []], stage(intensity=2), complaint=0.1)
    harsh, _ = planned(population, [range(ROWS), []], stage(intensity=2, harshness=1.0), complaint=0.1)
    assert none.complaints == 0
    assert harsh.complaints / ROWS == pytest.approx(0.2, abs=5 * np.sqrt(0.16 / ROWS))
    # each attempt of the month annoys by half as much again: 0.1 + 0.15
    annoyed, _ = planned(population, [range(ROWS), []], stage(intensity=2, harshness=1.0), complaint=0.1, growth=0.5)
    assert annoyed.complaints / ROWS == pytest.approx(0.25, abs=5 * np.sqrt(0.1875 / ROWS))


def test_complaints_grow_faster_than_attempts():
    readily = Complaints(0.02, 0.1)
    assert readily.of(1, 0.5) == pytest.approx(0.01)
    assert readily.of(4, 1.0) == pytest.approx(0.02 * (1 + 1.1 + 1.2 + 1.3))
    assert readily.of(0, 1.0) == 0


@given(st.floats(0, 500), st.integers(0, 100_000))
def test_capacity_is_per_thousand_accounts_of_the_opening_book(capacity, accounts):
    assert capacity_of(stage(capacity=capacity), accounts) == pytest.approx(capacity * accounts / 1000, abs=0.5001)


def test_with_attempts_that_do_not_divide_the_capacity_the_rest_is_unused(population):
    plan, (chosen, _) = planned(population, [range(ROWS), []], stage(capacity=11.0, intensity=4))
    assert len(chosen) == 2
    assert (plan.used, plan.available) == (8, 11)
