"""Moves between buckets: what is inferred for careful accounts, and what must add up."""

from dataclasses import replace

import pytest

from sim.measures.conservation import ConservationError, accounts_by_bucket, flows_of
from sim.measures.transitions import COLUMNS, transition_rows
from sim.state import Counts
from tests.measures.records import RECORD, flows


def matrix(**cells):
    """A matrix with cells given as m01=5: from state 0 to state 1."""
    rows = [[0] * 10 for _ in range(10)]
    for place, value in cells.items():
        rows[int(place[1])][int(place[2])] = value
    return tuple(tuple(row) for row in rows)


MONTH = replace(
    RECORD,
    counts=Counts(closed_current=12),
    # 100 current accounts: 5 fall behind, 1 is written off at once, 12 + 1 are repaid, so 81 stay
    moves=matrix(m01=5, m08=1, m09=1, m10=4, m11=2, m12=3, m20=1, m28=6, m56=2, m67=1, m78=1),
    moved=matrix(m01=500, m08=90, m10=400, m11=190, m12=310, m20=80, m28=600, m56=200, m67=100, m78=70),
    accounts_before=(100, 9, 7, 0, 0, 4),
    flows=flows(8_000, 690, 310, 0, 0, 300),
)


def test_who_was_not_looked_at_stayed_current_or_was_repaid():
    rows = transition_rows(MONTH)
    assert [list(row) for row in rows] == [[c.name for c in COLUMNS]] * len(rows)
    found = {(r["from_state"], r["to_state"]): (r["accounts"], r["principal"]) for r in rows}
    assert found == {
        ("current", "current"): (81, 8_000 - 400 - 80),  # of the current bucket's principal, what did not cure into it
        ("current", "1_29"): (5, 500),
        ("current", "charged_off"): (1, 90),
        ("current", "repaid"): (13, 0),
        ("1_29", "current"): (4, 400),
        ("1_29", "1_29"): (2, 190),
        ("1_29", "30_59"): (3, 310),
        ("30_59", "current"): (1, 80),
        ("30_59", "30_59"): (0, 0),  # the diagonal of the first five buckets is always stated
        ("30_59", "charged_off"): (6, 600),
        ("60_89", "60_89"): (0, 0),
        ("90_119", "90_119"): (0, 0),
        ("120_149", "150_179"): (2, 200),
        ("150_179", "180_plus"): (1, 100),
        ("180_plus", "charged_off"): (1, 70),
    }
    assert {(r["seed"], r["month"]) for r in rows} == {(42, "2026-08")}
    assert sum(r["accounts"] for r in rows) == sum(MONTH.accounts_before)


@pytest.mark.parametrize("before", [(100, 10, 7, 0, 0, 4), (100, 9, 7, 0, 0, 3), (18, 9, 7, 0, 0, 4)])
def test_an_account_that_is_lost_stops_the_run(before):
    with pytest.raises(ConservationError, match=r"month 8: accounts by bucket at the start \[1"):
        transition_rows(replace(MONTH, accounts_before=before))


SUMS = Counts(
    accrued=11, collected_interest=120, cash_basis=30, collected_principal=800, collected_fees=50, household_debit=1_000, fee_earned=12,
    fees_charged=13, fees_reversed=14, interest_reversed=15, gross=16, direct=17, recovered=18, due=900, due_kept=850, active=60,
    principal=5_000, bucket_principal=(7, 100, 200, 300, 400, 500), bucket_count=(7, 10, 5, 4, 3, 2),
)


def test_flows_for_the_lender():
    f = flows_of(SUMS, 3)
    assert f.bucket_principal == [5_000 - 1_500, 100, 200, 300, 400, 500]  # the accounts looked at in the first bucket are in the rest
    assert (f.interest_accrued, f.interest_reversed, f.interest_collected_accruing, f.interest_collected_cash_basis) == (11, 15, 120, 30)
    assert (f.principal_collected, f.fees_collected, f.upfront_fees_earned) == (800, 50, 12)
    assert (f.late_fees_charged, f.late_fees_reversed) == (13, 14)
    assert (f.gross_charge_offs, f.direct_charge_offs, f.recoveries) == (16, 17, 18)
    assert (f.active_accounts, f.instalments_due, f.instalments_due_collected) == (60, 900, 850)
    assert accounts_by_bucket(SUMS) == [60 - 24, 10, 5, 4, 3, 2]


@pytest.mark.parametrize("part", ["collected_interest", "cash_basis", "collected_principal", "collected_fees", "household_debit"])
def test_a_payment_that_goes_astray_stops_the_run(part):
    with pytest.raises(ConservationError, match=r"month 3: households paid 100[01] and the lender received 100[01] minor units"):
        flows_of(replace(SUMS, **{part: getattr(SUMS, part) + 1}), 3)
