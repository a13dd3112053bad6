"""The household's budget: essentials, wishes, the unforeseen; money that reaches us; what is left is saved or spent, to the cent."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.mechanisms.budget import (
    discretionary,
    essential_spending,
    find_money,
    numbers,
    plan_budget,
    settle,
    unforeseen_expense,
    wanted_discretionary,
)
from tests.rows import PROFILE, UNEMPLOYMENT, baseline_numbers, call, inputs, lived

MONEY = st.floats(0, 2.0**16, width=32)
SHARE = st.floats(0, 1, width=32)


def test_essentials_follow_prices_at_once_and_income_slowly():
    assert call(essential_spending, 500.0, 0.5, 1000.0, 0.0, 0.04) == 500
    assert call(essential_spending, 500.0, 0.5, 1000.0, 0.02, 0.0) == pytest.approx(510)
    assert call(essential_spending, 500.0, 0.5, 2000.0, 0.0, 0.04) == pytest.approx(520)
    assert call(essential_spending, 500.0, 0.5, 800.0, 0.01, 0.1) == pytest.approx(505 + 0.1 * (400 - 505))


def test_wishes_are_a_share_of_income_and_more_for_the_impulsive_who_know_little():
    assert call(wanted_discretionary, 1000.0, 1000.0, 0.26, 0.35, 0.0, 0.0) == pytest.approx(260)
    assert call(wanted_discretionary, 600.0, 1000.0, 0.26, 0.35, 0.0, 0.0) == pytest.approx(156)
    assert call(wanted_discretionary, 1500.0, 1000.0, 0.26, 0.35, 0.0, 0.0) == pytest.approx(260)  # a good month raises no wishes
    assert call(wanted_discretionary, 1000.0, 1000.0, 0.26, 0.35, 1.0, 0.0) == pytest.approx(351)
    assert call(wanted_discretionary, 1000.0, 1000.0, 0.26, 0.35, 1.0, 1.0) == pytest.approx(260)


def test_an_expense_comes_with_its_chance_and_its_mean():
    assert call(unforeseen_expense, 0.0501, 0.05, 0.45, 1000.0) == 0
    assert call(unforeseen_expense, 0.05 * float(np.exp(-1)), 0.05, 0.45, 1000.0) == pytest.approx(450, rel=1e-5)
    assert call(unforeseen_expense, 0.3, 0.0, 0.45, 1000.0) == 0
    u = (np.arange(4_000) + 0.5) / 4_000
    got = np.array([call(unforeseen_expense, float(x), 0.25, 0.45, 1000.0) for x in u])
    assert (got > 0).mean() == pytest.approx(0.25)
    assert got[got > 0].mean() == pytest.approx(450, rel=0.01)


def test_spending_is_what_was_wanted_when_the_buffer_is_just_right():
    assert call(discretionary, 1500.0, 500.0, 1000.0, 0.45, 0.35, 0.08) == 500


def test_a_missing_buffer_cuts_and_an_excess_one_raises():
    assert call(discretionary, 1100.0, 500.0, 1000.0, 0.45, 0.35, 0.08) == pytest.approx(500 - 0.35 * 400)
    assert call(discretionary, 600.0, 500.0, 1000.0, 0.45, 0.35, 0.08) == pytest.approx(500 - 0.45 * 500)  # no more can be cut
    assert call(discretionary, 2500.0, 500.0, 1000.0, 0.45, 0.35, 0.08) == pytest.approx(500 + 0.08 * 1000)
    assert call(discretionary, 100.0, 500.0, 1000.0, 0.45, 0.35, 0.08) == 100
    assert call(discretionary, -50.0, 500.0, 1000.0, 0.45, 0.35, 0.08) == 0


@given(MONEY, MONEY, MONEY, SHARE, SHARE, SHARE)
def test_nobody_spends_what_is_not_there_and_more_wealth_never_means_less_spending(wealth, wanted, buffer, compression, rebuild, down):
    spent = call(discretionary, wealth, wanted, buffer, compression, rebuild, down)
    assert 0 <= spent <= wealth
    richer = call(discretionary, wealth + 64.0, wanted, buffer, compression, rebuild, down)
    assert richer >= spent - 0.05


@given(MONEY, MONEY)
def test_a_higher_buffer_aim_never_means_more_spending(wealth, wanted):
    spent = [call(discretionary, wealth, wanted, buffer, 0.45, 0.35, 0.08) for buffer in (0.0, 500.0, 5000.0)]
    assert spent[0] >= spent[1] >= spent[2]


def test_the_months_plan_reads_its_own_columns():
    got = lived(
        plan_budget,
        {
            "essential": 500.0, "essential_share": 0.5, "permanent": 1000.0, "income": 900.0, "impulsive": 0, "literacy": 255,
            "draw.expense": 0.9, "other_balance": 2000.0,
        },
        {"spending.inflation": 0.01, "spending.adjustment": 0.5, "spending.discretionary_share": 0.3, "other_debts.payment_share": 0.04},
    )
    assert got.essential[0] == pytest.approx(502.5)
    assert got.wanted[0] == pytest.approx(270)
    assert got.expense[0] == 0
    assert got.other_due[0] == pytest.approx(80)


PLAIN = {"spending.compression": 0.5, "other_debts.ease": 0.0, "servicing.grace_days": 10.0}


def test_before_payday_savings_alone_can_reach_us():
    got = lived(
        find_money,
        {
            "cash": 300.0, "income": 2000.0, "essential": 1000.0, "wanted": 400.0, "expense": 100.0, "payday": [1, 15, 16, 26],
            "due_day": [15, 15, 15, 15],
        },
        PLAIN,
    )
    rich, poor = 300 + 2000 - (1000 + 200) - 100, 300 - 100
    np.testing.assert_allclose(got.at_due, [rich, rich, poor, poor], rtol=1e-6)
    np.testing.assert_allclose(got.at_catch, [rich, rich, rich, poor], rtol=1e-6)


def test_help_to_plan_frees_wishes_and_other_lenders_may_rank_first():
    got = lived(
        find_money,
        {
            "cash": 0.0, "income": 2000.0, "essential": 1000.0, "wanted": 400.0, "payday": 1, "due_day": 1, "freed": [0, 0.25, 0.9, 0],
            "other_due": 150.0, "other_first": [0, 0, 0, 1],
        },
        PLAIN,
    )
    np.testing.assert_allclose(got.at_due, [800, 900, 1000, 650], rtol=1e-6)  # no more than all wishes can be cut


def test_a_shortfall_is_borrowed_within_what_others_grant():
    got = lived(
        find_money,
        {
            "cash": 0.0, "income": 1000.0, "essential": 1000.0, "asked": 200_00, "payday": 1, "due_day": 1, "permanent": 1000.0,
            "other_target": [1.0, 1.0, 0.0], "other_balance": [1000.0, 1480.0, 0.0],
        },
        PLAIN | {"other_debts.ease": 0.5},
    )
    np.testing.assert_allclose(got.borrowed, [100, 20, 0], rtol=1e-5)
    np.testing.assert_allclose(got.at_due, [100, 20, 0], rtol=1e-5)


@given(
    st.integers(0, 2_000_00), st.floats(0, 5000, width=32), st.floats(0, 5000, width=32), st.floats(0, 2000, width=32),
    st.floats(0, 500, width=32), st.floats(0, 500, width=32), st.floats(0, 3, width=32),
)
def test_settling_neither_makes_nor_loses_money(paid, cash, income, essential, expense, other_due, buffer):
    n = baseline_numbers()
    got = lived(
        settle,
        {
            "paid": float(paid), "cash": cash, "income": income, "essential": essential, "expense": expense, "other_due": other_due,
            "wanted": 300.0, "buffer": buffer, "borrowed": 50.0, "refinanced": 10.0, "other_balance": 1000.0, "other_target": 1.0,
            "permanent": 1000.0,
        },
    )
    left = cash + income + 50 + 10 - paid / 100 - essential - expense
    others = min(other_due, max(left, 0))
    wealth = left - others
    saved = float(got.cash[0])
    spend = float(call(
        discretionary, wealth, 300.0, buffer * essential, min(1.0, float(n["spending.compression"])), n["savings.rebuild_speed"],
        n["savings.spend_down"],
    ))
    assert saved == pytest.approx(max(0, wealth - spend), abs=0.02)
    owed = 1000 * (1 + float(n["other_debts.monthly_interest"])) - others + 60
    assert float(got.other_balance[0]) == pytest.approx(owed + 0.05 * (1000 - owed), abs=0.02)


def test_inflation_of_the_month_compounds_to_the_years():
    assert (1 + float(numbers(inputs(conditions={"inflation": 0.02}))["spending.inflation"])) ** 12 == pytest.approx(1.02, rel=1e-6)
    assert numbers(inputs(conditions={"inflation": 0.0}))["spending.inflation"] == 0


def test_buffers_are_lognormal_around_their_segments_median(people):
    factor = np.array([s.buffer_factor for s in PROFILE.segments])[people.segment]
    z = np.log(people.buffer / (PROFILE.savings.buffer_months * factor))
    assert z.mean() == pytest.approx(0, abs=0.025)
    assert z.std() == pytest.approx(PROFILE.savings.buffer_spread, rel=0.02)


def test_the_standard_of_living_has_its_mean_and_spread(people):
    s = people.essential_share
    assert s.mean() == pytest.approx(PROFILE.spending.essential_share, abs=0.003)
    assert s.std() == pytest.approx(PROFILE.spending.essential_spread, rel=0.02)
    assert 0.1 <= s.min() <= s.max() <= np.float32(0.95)
    lag = PROFILE.spending.adjustment / (PROFILE.spending.adjustment + 0.01 / 12)
    np.testing.assert_allclose(people.essential, s * people.permanent * lag, rtol=1e-5)


def test_savings_lie_between_nothing_and_twice_the_buffer(people):
    relative = people.cash / (people.buffer * people.essential)
    works = people.employed == 1
    assert relative[works].mean() == pytest.approx(1, abs=0.01)
    assert relative[works].std() == pytest.approx(2 / np.sqrt(12), rel=0.02)
    assert relative.max() <= 2.0001
    assert relative[~works].mean() == pytest.approx(0.4, abs=0.05)
    assert (~works).mean() == pytest.approx(UNEMPLOYMENT, abs=0.01)


def test_a_call_after_the_due_day_frees_money_for_the_catch_up_date_alone():
    got = lived(
        find_money,
        {
            "cash": 0.0, "income": 2000.0, "essential": 1000.0, "wanted": 400.0, "payday": [1, 1, 20], "due_day": 1, "freed": [0, 0.3, 0],
            "freed_early": [0.25, 0.9, 0.25],
        },
        PLAIN,
    )
    np.testing.assert_allclose(got.at_due, [800, 920, 0], rtol=1e-6)
    np.testing.assert_allclose(got.at_catch, [800, 920, 0], rtol=1e-6)
    np.testing.assert_allclose(got.when_called, [100, 80, 0], rtol=1e-6)  # pay on the 20th comes too late for either date


def test_only_who_missed_the_due_day_spends_less_because_of_the_call():
    spent = {}
    for name, missed in (("called", 1), ("paid", 0)):
        got = lived(
            settle,
            {
                "cash": 0.0, "income": 1500.0, "essential": 1000.0, "wanted": 400.0, "buffer": 2.0, "freed_early": 0.5,
                "missed_due_day": missed,
            },
            {"spending.compression": 0.25, "savings.rebuild_speed": 1.0, "savings.spend_down": 0.0},
        )
        spent[name] = 500 - got.cash[0]
    assert spent["paid"] == pytest.approx(300)
    assert spent["called"] == pytest.approx(100)
