"""Funding arithmetic: borrowing base, interest, the facility's life, the self-financing budget. Minor units."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.funding.books import eligible_principal
from sim.funding.warehouse import Facility, borrowing_base, monthly_interest, origination_budget

MONEY = st.integers(0, 10**13)


@pytest.mark.parametrize(
    "eligible, advance, haircut, expected",
    [(45_498, 0.8, 0.0, 36_398), (50_488, 0.8, 0.0, 40_390), (1_000, 0.85, 0.10, 750), (1_000, 0.2, 0.5, 0), (0, 0.8, 0.0, 0)],
)
def test_borrowing_base_is_rounded_down(eligible, advance, haircut, expected):
    assert borrowing_base(eligible, advance, haircut) == expected


@pytest.mark.parametrize(
    "debt, rate, expected", [(18_200, 0.06, 91), (7_879, 0.06, 39), (2_218, 0.06, 11), (12_904, 0.06, 65), (100, 0.06, 1), (99, 0.06, 0)]
)
def test_interest_is_a_twelfth_rounded_half_up(debt, rate, expected):
    assert monthly_interest(debt, rate) == expected


def test_a_negative_rate_earns_nothing():
    assert monthly_interest(10**9, -0.01) == 0


@pytest.mark.parametrize("below, expected", [(30, 3), (60, 7), (90, 15)])
def test_eligible_bands(below, expected):
    assert eligible_principal([1, 2, 4, 8, 16, 32], below) == expected


def test_limits_of_a_revolving_facility():
    line = Facility(commitment=1_000, drawn=400, base=700)
    assert (line.limit, line.available, line.undrawn_committed, line.mandatory(3)) == (700, 300, 600, 0)
    line.base = 350
    assert (line.available, line.mandatory(3)) == (0, 50)
    line.base = 5_000
    assert line.available == 600  # the commitment binds


def test_a_stopped_facility_is_repaid_in_equal_parts_and_cannot_be_drawn():
    line = Facility(commitment=10_000, drawn=1_200, base=10_000, term_out=12)
    line.stop(5)
    assert (line.available, line.undrawn_committed, line.drawable) == (0, 0, False)
    paid = []
    for month in range(5, 20):
        part = line.mandatory(month)
        line.drawn -= part
        paid.append(part)
    assert paid == [0] + [100] * 12 + [0, 0]


def test_the_deficiency_counts_where_it_exceeds_the_part():
    line = Facility(commitment=10_000, drawn=1_200, base=10_000, term_out=12)
    line.stop(5)
    line.base = 700
    assert line.mandatory(6) == 500
    line.drawn -= 500
    assert line.mandatory(7) == 0  # ahead of the plan, and covered by the base


def test_a_second_stop_changes_nothing():
    line = Facility(commitment=10_000, drawn=1_200, base=10_000)
    line.stop(5)
    line.drawn = 300
    line.stop(9)
    assert (line.stopped, line.at_stop) == (5, 1_200)


@given(debt=MONEY, term=st.integers(1, 60), base=MONEY)
def test_a_term_out_ends_on_time_and_never_asks_for_more_than_the_debt(debt, term, base):
    line = Facility(commitment=10**13, drawn=debt, base=base, term_out=term)
    line.stop(0)
    for month in range(term + 1):
        part = line.mandatory(month)
        assert 0 <= part <= line.drawn
        line.drawn -= part
    assert line.drawn == 0


@pytest.mark.parametrize(
    "free, below, advance, fee, held, expected",
    [
        (17_000, 10**9, 0.80, 0.03, 0.0, 100_000),  # F / (1 - phi - a): 17,000 / 0.17
        (17_000, 10**9, 0.80, 0.03, 0.05, 95_000),  # a share is kept back
        (17_000, 2_400, 0.80, 0.03, 0.0, 20_000),  # (F + H) / (1 - phi): the commitment binds
        (1_000, 10**9, 0.0, 0.0, 0.0, 1_000),  # own money only
        (-1, 10**9, 0.80, 0.03, 0.0, 0),
        (-100, 50, 0.99, 0.03, 0.0, 0),  # a loan finances more than itself, yet F + H is negative
        (1_000, 970, 0.99, 0.03, 0.0, 2_030),  # only the commitment bounds it: 1,970 / 0.97
    ],
)
def test_origination_budget(free, below, advance, fee, held, expected):
    assert origination_budget(free, below, advance, fee, held) == expected


@given(
    free=st.integers(0, 10**11), below=st.integers(0, 10**11), advance=st.integers(0, 95), fee=st.integers(0, 4),
    eligible=st.integers(0, 10**11),
)
def test_the_budget_is_affordable_and_almost_all_of_what_is(free, below, advance, fee, eligible):
    """Lend the budget to the last unit: cash and line suffice to less than one minor unit; a little more would not do."""
    base = borrowing_base(eligible, advance / 100, 0.0)
    commitment = base + below  # all drawn before: F is own cash
    face = origination_budget(free, below, advance / 100, fee / 100, 0.0)

    def lacking(lent: int) -> Fraction:
        limit = min(commitment, borrowing_base(eligible + lent, advance / 100, 0.0))
        return lent * Fraction(100 - fee, 100) - free - (limit - base)

    assert lacking(face) < 1
    assert lacking(face + 100) > 0  # each unit lent takes at least 1 - 0.04 - 0.95 of own cash
