"""Credit education: its rule in closed form, whom it reaches, what it costs, which causes of arrears it moves and which not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import sim
from sim.mechanisms.education import next_knowledge

SMALL = {"borrowers.count": 12_000, "months": 18, "warm_up_months": 6}
shares = st.floats(0, 1, width=32)


def run(policy="educating", **more):
    return sim.run("baseline", policy=policy, set=SMALL | more, own_past=True)


@pytest.fixture(scope="module")
def taught():
    return run()


@pytest.fixture(scope="module")
def untaught():
    return run("standard")


def test_knowledge_in_closed_form():
    k = next_knowledge(np.float32(0.5), True, np.float32(0.4), np.float32(0.1))
    assert k == pytest.approx(0.45 + 0.4 * 0.55, abs=1e-6)
    # without lessons a half is left after the half-life
    left = np.float32(1)
    for _ in range(14):
        left = np.float32(next_knowledge(left, False, np.float32(0.4), np.float32(0.047)))
    assert left == pytest.approx(0.953**14, abs=1e-5)
    assert left == pytest.approx(0.51, abs=0.01)


@given(shares, st.booleans(), shares, shares)
def test_knowledge_stays_between_none_and_all(knowledge, reached, lesson, decay):
    assert 0 <= next_knowledge(np.float32(knowledge), reached, np.float32(lesson), np.float32(decay)) <= 1


def test_it_reaches_its_share_of_customers_and_costs_what_it_says(taught, untaught):
    reached, people = taught.monthly["customers_taught"].sum(), taught.borrowers
    owing = int((people["cash_loan_state"] == 1).sum() + (people["instalment_plan_state"] == 1).sum())  # a few have two accounts
    assert 0.7 * 0.04 * owing < reached / 18 < 1.05 * 0.04 * owing
    free = run(**{"policy.education.cost": 0}).monthly
    assert free["customers_taught"].sum() == reached
    assert (taught.monthly["operating_cost"] - free["operating_cost"]).sum() == pytest.approx(1.5 * reached)
    assert untaught.monthly["customers_taught"].sum() == 0
    assert (untaught.borrowers["knowledge"] == 0).all()


def test_it_lowers_forgetting_and_leaves_inability_where_it_was(taught, untaught):
    a, b = untaught.monthly.sum(numeric_only=True), taught.monthly.sum(numeric_only=True)
    assert b["missed_forgot"] < 0.99 * a["missed_forgot"]
    assert b["missed_cannot_pay"] == pytest.approx(a["missed_cannot_pay"], rel=0.03)
    np.testing.assert_array_equal(taught.borrowers["employed"], untaught.borrowers["employed"])


@pytest.mark.parametrize("field", ["lesson", "decay", "attention", "restraint", "cost", "reach"])
def test_every_parameter_moves_something(taught, field):
    doubled = {"lesson": "90%", "decay": "20%", "attention": "90%", "restraint": "15%", "cost": 5, "reach": "15%"}[field]
    assert run(**{f"policy.education.{field}": doubled}).results_hash() != taught.results_hash()


def test_switched_off_it_changes_no_bit_of_what_borrowers_do(untaught):
    off = run(**{"mechanisms.education": 0.0})
    assert off.results_hash() == untaught.results_hash()
