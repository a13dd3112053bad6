"""What the careful path counts: moves between buckets, cures and relapses, causes, vintages of arrears."""

import numpy as np
import pytest

from sim.accounts.arrears import RELAPSE_WINDOW, STATES
from sim.accounts.columns import CLOSED, EVER_30, EVER_90, FORGOT, NEVER, NON_ACCRUAL
from tests.accounts.ledger import ANNUITY, MONTHS, Accounts, Ledger, Terms

INSTALMENT = 113_47


@pytest.fixture(scope="module")
def accounts():
    return Accounts(20)


def loan(tenor=12, rate=2400, face=1_200_00):
    return Ledger(face, rate, tenor, False, 0)


def even(tenor=12):
    """A loan without interest: every instalment is the same, whatever was missed."""
    return loan(tenor=tenor, rate=0, face=tenor * INSTALMENT)


def month_after_month(accounts, paid, ledgers=None, **numbers):
    """The sums of each month of a single loan on which so much was paid."""
    accounts.start(ANNUITY, ledgers or [loan()], Terms(**numbers))
    return [accounts.live(k + 1, [amount] + [0] * (accounts.rows - 1)) for k, amount in enumerate(paid)]


def moves(counts):
    return {(k // STATES, k % STATES): n for k, n in enumerate(counts.moves) if n}


def test_an_account_that_never_pays_moves_one_bucket_a_month_to_its_charge_off(accounts):
    seen = month_after_month(accounts, [0] * 6)
    assert [moves(c) for c in seen] == [{(k, k + 1): 1} for k in range(4)] + [{(4, 8): 1}, {}]
    assert seen[4].gross == 1_200_00
    assert seen[4].moved[STATES * 4 + 8] == 1_200_00
    assert seen[5].claims == 1


def test_one_instalment_a_month_keeps_an_account_in_its_bucket_and_two_bring_it_back(accounts):
    paid = [0, INSTALMENT, INSTALMENT, 2 * INSTALMENT, INSTALMENT]
    seen = month_after_month(accounts, paid, [even()], late_fee=0)
    assert [moves(c) for c in seen] == [{(0, 1): 1}, {(1, 1): 1}, {(1, 1): 1}, {(1, 0): 1}, {}]
    assert [c.cures for c in seen] == [0, 0, 0, 1, 0]
    assert int(accounts.account.cured[0]) == 4


def test_an_account_that_is_repaid_out_of_arrears_is_counted_as_repaid_and_its_fees_are_waived(accounts):
    led = loan(tenor=2)
    seen = month_after_month(accounts, [0, 0, 3 * led.instalment], [led])
    assert moves(seen[2]) == {(2, 9): 1}
    assert seen[2].moved[STATES * 2 + 9] == seen[2].collected_principal == 1_200_00
    assert int(accounts.account.state[0]) == CLOSED


def test_a_relapse_is_counted_by_the_months_since_the_cure_and_only_within_the_window(accounts):
    for gap in (1, RELAPSE_WINDOW, RELAPSE_WINDOW + 1):
        paid = [0, 3 * INSTALMENT - INSTALMENT, *[INSTALMENT] * (gap - 1), 0]
        seen = month_after_month(accounts, paid, [even(24)], late_fee=0)
        assert seen[1].cures == 1
        relapses = [c.relapses for c in seen]
        assert all(not any(r) for r in relapses[:-1])
        assert [k for k, n in enumerate(relapses[-1]) if n] == ([gap] if gap <= RELAPSE_WINDOW else [])


def test_first_arrears_of_a_loans_life_are_no_relapse(accounts):
    seen = month_after_month(accounts, [INSTALMENT, 0])
    assert not any(seen[1].relapses)
    assert int(accounts.account.cured[0]) == NEVER


@pytest.mark.parametrize("cause", range(5))
def test_a_missed_instalment_is_counted_with_its_cause(accounts, cause):
    accounts.start(ANNUITY, [loan() for _ in range(3)], Terms())
    counts = accounts.live(1, [0, INSTALMENT, INSTALMENT - 1] + [0] * 17, cause=cause)
    assert counts.missed == [2 if k == cause else 0 for k in range(5)]
    assert counts.fees_charged == 2 * 25_00


def test_an_instalment_that_was_made_good_late_clears_its_cause(accounts):
    accounts.start(ANNUITY, [even()], Terms(late_fee=0))
    accounts.live(1, [0] * 20, cause=FORGOT)
    assert int(accounts.account.cause[0]) == FORGOT
    counts = accounts.live(2, [2 * INSTALMENT] + [0] * 19, cause=FORGOT)
    assert int(accounts.account.cause[0]) == 0
    assert sum(counts.missed) == 0


def test_a_late_fee_keeps_the_cap_on_interest_and_fee_together(accounts):
    seen = month_after_month(accounts, [0], late_fee=25_00, fee_cap=0.36)
    assert seen[0].fees_charged == min(25_00, 36_00 - 24_00)
    assert month_after_month(accounts, [0], late_fee=25_00, fee_cap=0.24)[0].fees_charged == 0


def test_a_first_instalment_still_unpaid_a_month_later_is_counted_once(accounts):
    assert [c.first_unpaid for c in month_after_month(accounts, [0, 0, 0])] == [0, 1, 0]
    assert [c.first_unpaid for c in month_after_month(accounts, [0, INSTALMENT, 0], late_fee=0)] == [0, 0, 0]
    assert [c.first_unpaid for c in month_after_month(accounts, [INSTALMENT, 0, 0])] == [0, 0, 0]


def test_the_first_time_thirty_and_ninety_days_late_enters_the_vintage_once(accounts):
    accounts.start(ANNUITY, [Ledger(12 * INSTALMENT, 0, 12, False, 0, opened=2)], Terms(bucket=7, late_fee=0))
    pays = [0, 0, 3 * INSTALMENT, 0, 0, 0, 0]
    for k, amount in enumerate(pays):
        accounts.live(3 + k, [amount] + [0] * 19)
    tables = accounts.engine.vintages(ANNUITY)
    assert np.argwhere(tables["ever_30"]).tolist() == [[2, 2]]  # opened in month 2, thirty days late two months later
    assert tables["ever_30"][2, 2] == 12 * INSTALMENT
    assert np.argwhere(tables["ever_90"]).tolist() == [[2, 7]]
    assert tables["ever_90"].shape == (MONTHS, MONTHS)
    assert accounts.account.marks[0] == EVER_30 | EVER_90 | NON_ACCRUAL


def test_a_vintage_before_the_tables_begin_is_left_out(accounts):
    accounts.start(ANNUITY, [Ledger(1_200_00, 2400, 12, False, 0, opened=-3)], Terms())
    for k in range(5):
        accounts.live(1 + k, [0] * 20)
    assert all(not table.any() for table in accounts.engine.vintages(ANNUITY).values())


def test_bands_hold_the_listed_accounts_by_bucket(accounts):
    ledgers = [loan() for _ in range(4)]
    accounts.start(ANNUITY, ledgers, Terms(late_fee=0, bucket=7))
    for k in range(6):
        late = [INSTALMENT, INSTALMENT if k < 5 else 0, INSTALMENT if k < 3 else 0, 0]
        counts = accounts.live(1 + k, late + [0] * 16)
    assert counts.bucket_count == [0, 1, 0, 1, 0, 1]  # buckets 1, 3 and 6; five and more are one band
    a = accounts.account
    assert counts.bucket_principal == [0, int(a.principal[1]), 0, int(a.principal[2]), 0, int(a.principal[3])]


def test_interest_stops_at_ninety_days_and_what_is_received_then_is_income_when_it_comes(accounts):
    led, terms, seen = loan(), Terms(late_fee=0, bucket=7), []
    accounts.start(ANNUITY, [led], terms)
    for now, share in enumerate([0, 0, 0, 0, 0.4, 1, 1], 1):
        amount = int(led.asked() * share)
        seen.append(accounts.live(now, [amount] + [0] * 19))
        led.live(now, amount, terms)
    assert seen[3].interest_reversed == sum(c.accrued for c in seen[:4])  # the month's own is accrued and reversed with the rest
    assert seen[4].accrued == seen[5].accrued == 0
    assert seen[4].cash_basis > 0
    assert seen[4].collected_interest == 0
    assert seen[5].cures == 1
    assert seen[6].accrued == seen[6].collected_interest > 0
    assert int(accounts.account.memo_interest[0]) == 0
