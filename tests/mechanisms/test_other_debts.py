"""Debts elsewhere: what ranks before us, how a shortfall is refinanced and within which room, where the debt drifts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.mechanisms.other_debts import available, drifting_debt, numbers, opening, outside_loan, outside_room
from tests.rows import PROFILE, call, inputs, tiny

MONEY = st.floats(0, 2.0**20, width=32)


def test_what_is_left_for_us_after_the_floor_the_unforeseen_and_who_ranks_before():
    assert call(available, 500.0, 2000.0, 1500.0, 100.0, 200.0, False) == 900
    assert call(available, 500.0, 2000.0, 1500.0, 100.0, 200.0, True) == 700
    assert call(available, 0.0, 1000.0, 1500.0, 0.0, 0.0, False) == 0


@given(MONEY, MONEY, MONEY, MONEY, MONEY)
def test_paying_others_first_never_leaves_more_for_us(cash, income, floor, expense, other):
    ours = call(available, cash, income, floor, expense, other, True)
    assert 0 <= ours <= call(available, cash, income, floor, expense, other, False)


def test_a_shortfall_is_refinanced_in_part_and_within_the_room():
    assert call(outside_loan, 1000.0, 0.35, 5000.0) == pytest.approx(350)
    assert call(outside_loan, 1000.0, 0.35, 100.0) == 100
    assert call(outside_loan, 1000.0, 0.35, -5.0) == 0
    assert call(outside_loan, -1000.0, 0.35, 5000.0) == 0


def test_the_room_is_half_more_than_the_debt_aimed_for():
    assert call(outside_room, 2.0, 1000.0, 1000.0, 1.5) == 2000
    assert call(outside_room, 2.0, 1000.0, 3000.0, 1.5) == 0
    assert call(outside_room, 0.0, 1000.0, 10.0, 1.5) == -10


def test_debt_moves_a_twentieth_of_the_way_to_its_aim_and_is_never_negative():
    assert call(drifting_debt, 1000.0, 2000.0, 0.05) == pytest.approx(1050)
    assert call(drifting_debt, 2000.0, 1000.0, 0.05) == pytest.approx(1950)
    assert call(drifting_debt, -500.0, 0.0, 0.05) == 0


@given(MONEY, MONEY)
def test_debt_lies_between_where_it_was_and_its_aim(owed, aim):
    slack = 1e-3 + 1e-6 * max(owed, aim)
    assert min(owed, aim) - slack <= call(drifting_debt, owed, aim, 0.05) <= max(owed, aim) + slack


def test_refinancing_eases_with_outside_credit_and_ends_with_the_switch():
    o = PROFILE.other_debts
    assert numbers(inputs())["other_debts.ease"] == np.float32(o.rollover)
    assert numbers(inputs(conditions={"outside_credit": 0.5}))["other_debts.ease"] == pytest.approx(o.rollover / 2)
    assert numbers(inputs(outside_credit=0.0))["other_debts.ease"] == 0
    assert numbers(inputs())["other_debts.monthly_interest"] == np.float32(o.interest / 12)


def test_debts_are_sampled_uniform_among_holders(people):
    o = PROFILE.other_debts
    has = people.other_target > 0
    mean = o.burden / o.payment_share
    assert opening(PROFILE)["other_debts.mean_months"] == pytest.approx(mean)
    assert has.mean() == pytest.approx(o.holders, abs=0.01)
    target = people.other_target[has]
    assert target.mean() == pytest.approx(mean, rel=0.02)
    assert target.std() == pytest.approx(2 * mean / np.sqrt(12), rel=0.02)
    assert target.max() <= 2 * mean * (1 + 1e-6)
    np.testing.assert_array_equal(people.other_balance, people.other_target * people.permanent)
    assert people.other_first.mean() == pytest.approx(o.paid_first, abs=0.01)


def test_without_refinancing_less_is_owed_elsewhere_and_more_is_missed_here():
    a, b = tiny(), tiny("mechanisms.outside_credit=0")
    assert float(np.sum(b.borrowers.other_balance)) < float(np.sum(a.borrowers.other_balance))
    assert sum(r["missed_cannot_pay"] for r in b.rows) > sum(r["missed_cannot_pay"] for r in a.rows)
