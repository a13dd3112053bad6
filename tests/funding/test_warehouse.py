"""The warehouse: borrowing base, interest, the line's life to the end of its term-out. Minor units."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.funding.collateral import Claim
from sim.funding.contract import PoolReading
from sim.funding.warehouse import WarehouseFacility, borrowing_base, eligible_bands
from tests.funding.policies import line as make_line
from tests.funding.policies import market, terms

MONEY = st.integers(0, 10**13)


@pytest.mark.parametrize(
    "eligible, advance, haircut, expected",
    [(45_498, 0.8, 0.0, 36_398), (50_488, 0.8, 0.0, 40_390), (1_000, 0.85, 0.10, 750), (1_000, 0.2, 0.5, 0), (0, 0.8, 0.0, 0)],
)
def test_borrowing_base_is_rounded_down(eligible, advance, haircut, expected):
    assert borrowing_base(eligible, advance, haircut) == expected


@given(st.integers(0, 10**12), st.floats(0, 1), st.floats(0, 1))
def test_borrowing_base_is_within_the_pool_and_never_negative(eligible, advance, haircut):
    assert 0 <= borrowing_base(eligible, advance, haircut) <= eligible
    assert borrowing_base(eligible, advance, 1.0) == 0


@pytest.mark.parametrize("below, expected", [(30, 3), (60, 7), (90, 15)])
def test_eligible_bands(below, expected):
    assert sum([1, 2, 4, 8, 16, 32][: eligible_bands(below)]) == expected


def test_limits_of_a_revolving_facility():
    line = make_line(1_000, 400, 700)
    assert (line.limit, line.available, line.undrawn_committed, line.mandatory(3).amount) == (700, 300, 600, 0)
    line.state.base = 350
    assert (line.available, line.mandatory(3).amount) == (0, 50)
    line.state.base = 5_000
    assert line.available == 600  # the commitment binds


def test_a_stopped_facility_is_repaid_in_equal_parts_and_cannot_be_drawn():
    line = make_line(10_000, 1_200, 10_000, term_out_months=12)
    line.stop(5)
    assert (line.available, line.undrawn_committed, line.prepayable, line.stopped) == (0, 0, 0, "trigger")
    paid = []
    for month in range(5, 20):
        part = line.mandatory(month).amount
        line.repay(part)
        paid.append(part)
    assert paid == [0] + [100] * 12 + [0, 0]


def test_the_deficiency_counts_where_it_exceeds_the_part():
    line = make_line(10_000, 1_200, 10_000, term_out_months=12)
    line.stop(5)
    line.state.base = 700
    assert line.mandatory(6).amount == 500
    line.repay(500)
    assert line.mandatory(7).amount == 0  # ahead of the plan, and covered by the base


def test_a_second_stop_changes_nothing():
    line = make_line(10_000, 1_200, 10_000)
    line.stop(5)
    line.repay(900)
    line.stop(9)
    assert (line.state.stopped_in, line.state.at_stop) == (5, 1_200)


@given(debt=MONEY, term=st.integers(1, 60), base=MONEY)
def test_a_term_out_ends_on_time_and_never_asks_for_more_than_the_debt(debt, term, base):
    line = make_line(10**13, debt, base, term_out_months=term)
    line.stop(0)
    for month in range(term + 1):
        part = line.mandatory(month).amount
        assert 0 <= part <= line.drawn
        line.repay(part)
    assert line.drawn == 0


def test_the_claim_covers_the_debt_and_the_commitment_to_the_unit():
    open_line = make_line(1_000, 400, 0, advance_rate=0.85, eligible_below_dpd=60)
    assert open_line.claim(market()) == Claim(3, 471, 1_177)  # 400 / 0.85 = 470.6, 1,000 / 0.85 = 1,176.5
    assert open_line.claim(market(haircut=0.85)) == Claim(3, 0, 0)  # no collateral helps
    open_line.stop(1)
    assert open_line.claim(market()) == Claim(3, 471, 471)  # the commitment has gone


@given(debt=MONEY, advance=st.integers(1, 100), haircut=st.integers(0, 99))
def test_what_is_claimed_for_a_debt_is_just_enough(debt, advance, haircut):
    line = make_line(10**13, debt, 0, advance_rate=advance / 100)
    claimed = line.claim(market(haircut=haircut / 100)).for_debt
    if claimed:
        assert borrowing_base(claimed, advance / 100, haircut / 100) >= debt
        assert borrowing_base(claimed - 1, advance / 100, haircut / 100) < debt
    else:
        assert debt == 0 or advance <= haircut


def test_the_trigger_tells_value_threshold_and_headroom():
    line = make_line(1_000, 400, 700, delinquency_trigger=0.0625)
    calm, at, over = (line.triggers(PoolReading(x))[0] for x in (0.03125, 0.0625, 0.09375))
    assert (calm.name, calm.value, calm.threshold, calm.headroom) == ("delinquency", 0.03125, 0.0625, 0.03125)
    assert (calm.breached, at.breached, over.breached) == (False, False, True)
    assert over.headroom == -0.03125
    unread = line.triggers(PoolReading(None))[0]
    assert (unread.value, unread.headroom, unread.breached) == (None, None, False)


def test_interest_names_the_line_and_holds_the_undrawn_fee():
    due = make_line(30_000, 18_200, 20_000, undrawn_fee=0.012).interest(market(0.06))
    assert due == (91 + 12, "warehouse interest paid on opening debt")  # 18,200 x 6 % / 12; 11,800 x 1.2 % / 12 = 11.8


def test_a_repayment_is_scheduled_from_the_month_after_the_stop():
    line = make_line(10_000, 1_200, 1_000)
    assert line.mandatory(4) == (200, "borrowing-base deficiency repaid", False)
    line.stop(5)
    assert line.mandatory(5) == (200, "term-out of the warehouse", False)
    assert line.mandatory(6) == (200, "term-out of the warehouse", True)


@given(stop=st.integers(1, 8), pay=st.integers(0, 5), base=st.integers(0, 2_000))
def test_a_line_that_was_saved_goes_on_as_if_it_had_not_been(stop, pay, base):
    line = make_line(1_500, 1_200, base, term_out_months=7)
    copies = [line]
    for month in range(1, 12):
        if month == stop:
            copies[-1].stop(month)
        if month == pay:
            saved = json.loads(json.dumps(copies[-1].save()))
            copies.append(WarehouseFacility.resume("warehouse", terms(term_out_months=7), saved))
        for copy in copies:
            if month == stop:
                copy.stop(month)
            copy.repay(copy.mandatory(month).amount)
        assert len({str(copy.save()) for copy in copies}) == 1
        assert len({str(copy.project(month, market(0.05))) for copy in copies}) == 1
