"""Paying: what is asked, two opportunities, the first gate that failed as the cause."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.accounts.columns import ATTEMPTED, CANNOT_PAY, CHARGED_OFF, FORGOT, FRAUD, FRAUDULENT, NONE, OPEN, REACHED, WILL_NOT_PAY
from sim.mechanisms.paying import add_up, begin, bill, look, numbers, opening, part_payment, pay_account
from tests.rows import PROFILE, call, changed, inputs, lived

WILL, KNOWS = {"willing": 3}, {"aware": 3}
OWES = {"account.asked": 100_00, "account.due": 100_00, "account.instalment": 100_00, "at_due": 500.0, "at_catch": 500.0}


def paid(**otherwise):
    columns = OWES | WILL | KNOWS | {name.replace("__", "."): value for name, value in otherwise.items()}
    return lived(pay_account, columns, {"paying.partial_payment": 0.29}, slot=0)


def test_who_can_will_and_knows_pays_on_the_due_day():
    got = paid()
    assert (got.account_paid_due[0], got.account_paid_catch_up[0], got.account_cause[0]) == (100_00, 0, NONE)
    assert got.at_due[0] == got.at_catch[0] == 400


@pytest.mark.parametrize(
    ("otherwise", "first", "second", "cause"),
    [
        ({"at_due": 99.0}, 0, 100_00, NONE),  # the money comes later
        ({"aware": 2}, 0, 100_00, NONE),  # remembered later
        ({"willing": 2}, 0, 100_00, NONE),  # talked round
        ({"at_due": 50.0, "at_catch": 50.0}, 0, 14_50, CANNOT_PAY),  # a part of what is at hand
        ({"at_due": 0.0, "at_catch": 0.0}, 0, 0, CANNOT_PAY),
        ({"willing": 0}, 0, 0, WILL_NOT_PAY),
        ({"aware": 0}, 0, 0, FORGOT),
        ({"account__marks": FRAUDULENT}, 0, 0, FRAUD),
        ({"account__marks": FRAUDULENT, "at_catch": 0.0}, 0, 0, FRAUD),  # the first gate
        ({"at_due": 0.0, "at_catch": 0.0, "willing": 0, "aware": 0}, 0, 0, CANNOT_PAY),
        ({"willing": 0, "aware": 0}, 0, 0, WILL_NOT_PAY),
        ({"account__asked": 0, "account__due": 0, "willing": 0}, 0, 0, NONE),  # owes nothing
    ],
)
def test_the_first_gate_that_failed_is_the_cause(otherwise, first, second, cause):
    got = paid(**otherwise)
    assert (got.account_paid_due[0], got.account_paid_catch_up[0], got.account_cause[0]) == (first, second, cause)


@pytest.mark.parametrize(
    ("money", "whole", "part"),
    [
        (250_00, True, 200_00), (250_00, False, 72_50), (99_99, True, 28_99), (100_00, True, 100_00), (0, True, 0),
        (299_99, True, 200_00), (2_000_000_000, True, 2_000_000_000 // 100_00 * 100_00),
    ],
)
def test_who_is_short_pays_whole_instalments_or_a_share_of_the_money_if_that_is_more(money, whole, part):
    assert call(part_payment, money, 100_00, 0.29, whole) == part


@given(st.integers(0, 2_000_000_000), st.integers(0, 2_000_000), st.floats(0, 1, width=32), st.booleans())
def test_a_part_is_never_more_than_the_money_and_never_less_for_being_whole(money, instalment, share, whole):
    part = call(part_payment, money, instalment, share, whole)
    slack = 1 + money * 2**-22  # a share of a large amount is a float32
    assert 0 <= part <= money + slack
    assert part >= call(part_payment, money, instalment, share, False)


def test_two_instalments_behind_one_is_paid_where_the_money_makes_one():
    columns = {"account__asked": 300_00, "account__overdue": 200_00, "at_due": 170.0, "at_catch": 170.0}
    assert paid(**columns).account_paid_catch_up[0] == 100_00
    columns = OWES | WILL | KNOWS | {k.replace("__", "."): v for k, v in columns.items()} | {"account.draw.prepay": [0.1, 0.4, 0.6, 0.9]}
    half = lived(pay_account, columns, {"paying.partial_payment": 0.29, "paying.whole": 0.5}, slot=0)
    assert half.account_paid_catch_up.tolist() == [100_00, 100_00, 49_30, 49_30]


def test_late_fees_are_paid_last_and_only_out_of_what_is_left():
    got = paid(account__fees_due=[25_00, 25_00, 25_00], at_due=[500.0, 110.0, 100.0], at_catch=[500.0, 110.0, 100.0])
    assert got.account_paid_due.tolist() == [125_00, 110_00, 100_00]
    assert got.account_cause.tolist() == [NONE] * 3


@given(
    st.integers(0, 500_00), st.integers(0, 100_00), st.floats(0, 1000, width=32), st.floats(0, 1000, width=32), st.integers(0, 3),
    st.sampled_from([0, 2, 3]),
)
@settings(max_examples=60)
def test_nobody_pays_more_than_is_at_hand_or_asked(asked, fees, at_due, more, willing, aware):
    at_catch = at_due + more
    got = paid(
        account__asked=asked, account__due=asked, account__fees_due=fees, at_due=at_due, at_catch=at_catch, willing=willing, aware=aware
    )
    total = int(got.account_paid_due[0]) + int(got.account_paid_catch_up[0])
    assert 0 <= total <= min(asked + fees, at_catch * 100 + 1)
    assert got.at_catch[0] == pytest.approx(at_catch - total / 100, abs=0.01)
    assert (got.account_cause[0] != NONE) == (total < asked)
    assert got.account_paid_due[0] == 0 or got.account_paid_catch_up[0] == 0


def test_what_is_fresh_and_unpaid_on_the_due_day_is_watched_for_thirty_days():
    got = paid(at_due=[0.0, 500.0, 0.0], account__overdue=[0, 0, 50_00], account__unpaid_at_due=[0, 0, 100_00])
    assert got.account_unpaid_at_due.tolist() == [100_00, 0, 0]  # an account in arrears is not fresh
    assert got.account_still_unpaid.tolist() == [0, 0, 50_00]  # of last month's 100, 50 are overdue still


def test_the_bill_is_the_instalment_and_what_is_overdue_and_adds_up_over_accounts():
    got = lived(
        bill,
        {
            "account.state": [OPEN, OPEN, CHARGED_OFF, OPEN], "account.remaining": [12, 12, 12, 0], "account.principal": 1200_00,
            "account.scheduled": 1200_00, "account.instalment": 110_00, "account.original": 1200_00, "account.rate": 1200,
            "account.overdue": [0, 30_00, 30_00, 30_00], "asked": 5_00,
        },
        slot=0,
    )
    assert got.account_due.tolist() == [110_00, 110_00, 0, 0]
    assert got.account_interest.tolist() == [12_00, 12_00, 0, 0]
    assert got.account_asked.tolist() == [110_00, 140_00, 0, 30_00]
    assert got.asked.tolist() == [115_00, 145_00, 5_00, 35_00]


def test_a_borrower_looks_at_the_worst_account_and_at_every_contact():
    got = lived(
        look, {"worst": [0, 3, 1], "account.missed": [2, 1, 1], "contacts": [ATTEMPTED, 0, 0], "account.contacted": [REACHED, 0, ATTEMPTED]}
    )
    assert got.worst.tolist() == [2, 3, 1]
    assert got.contacts.tolist() == [ATTEMPTED | REACHED, 0, ATTEMPTED]


def test_a_month_begins_with_nothing_asked_or_paid():
    dirty = dict.fromkeys(("asked", "paid", "refinanced", "worst", "contacts", "open_slots", "leaving"), 7)
    got = lived(begin, dirty)
    assert all(getattr(got, name)[0] == 0 for name in dirty)


def test_all_payments_add_up():
    got = lived(add_up, {"paid": [5.0, 0.0], "account.paid_due": [100, 0], "account.paid_catch_up": [0, 7]})
    assert got.paid.tolist() == [105, 7]


def test_days_are_sampled_within_the_month_and_the_stated_share_is_paid_before(people):
    due, payday = people.due_day.astype(int), people.payday.astype(int)
    assert (due.min(), due.max()) == (1, 28)
    counts = np.bincount(due)[1:]
    assert ((counts - people.rows / 28) ** 2 / (people.rows / 28)).sum() < 65  # chi-square, 27 degrees of freedom, p about 1e-4
    assert 1 <= payday.min() <= payday.max() <= 30
    assert (payday <= due).mean() == pytest.approx(PROFILE.paying.payday_before_due, abs=0.01)


@pytest.mark.parametrize(("share", "kept"), [(0.0, 1e-6), (1.0, 1 - 1e-6), (0.8, 0.8)])
def test_the_share_paid_before_is_kept_off_nought_and_one(share, kept):
    assert opening(changed(PROFILE, paying={"payday_before_due": share}))["paying.before_due"] == np.float32(kept)


def test_whole_instalments_go_with_the_profile_and_the_switch():
    half, all_ = (changed(PROFILE, paying={"whole_instalments": share}) for share in (0.5, 1.0))
    asked = ((all_, 1.0), (half, 1.0), (half, 2.0), (half, 3.0), (half, 0.0))
    found = [float(numbers(inputs(profile, whole_instalments=g))["paying.whole"]) for profile, g in asked]
    assert found == [1.0, 0.5, 1.0, 1.0, 0.0]


def test_the_money_of_a_call_pays_who_missed_the_due_day_and_nobody_else():
    """Asked 100 of each: who has it on the due day pays then; who lacks it pays once called; a second account finds what is left."""
    got = lived(
        pay_account,
        {
            "account.asked": 100_00, "account.due": 100_00, "account.instalment": 100_00, "willing": 3, "aware": 3,
            "at_due": [150.0, 60.0, 60.0], "at_catch": [150.0, 60.0, 60.0], "when_called": [50.0, 50.0, 0.0],
        },
        {"paying.partial_payment": 0.0, "paying.whole": 0.0},
        slot=0,
    )
    assert got.account_paid_due.tolist() == [100_00, 0, 0]
    assert got.account_paid_catch_up.tolist() == [0, 100_00, 0]
    assert got.missed_due_day.tolist() == [0, 1, 1]
    np.testing.assert_allclose(got.at_catch, [50, 0, 60], rtol=1e-6)
    np.testing.assert_allclose(got.when_called, [50, 10, 0], rtol=1e-6)


def test_a_call_that_harms_planning_leaves_less_but_never_less_than_nothing():
    got = lived(
        pay_account,
        {
            "account.asked": 100_00, "account.due": 100_00, "account.instalment": 100_00, "willing": 3, "aware": 3, "at_due": 0.0,
            "at_catch": [120.0, 60.0, 20.0], "when_called": -50.0,
        },
        {"paying.partial_payment": 1.0, "paying.whole": 0.0},
        slot=0,
    )
    assert got.account_paid_catch_up.tolist() == [70_00, 10_00, 0]
