"""Servicing of the few: accounts in arrears or newly missed, posted one by one, step by step.

Unpaid instalments are kept by month due. Payments are allocated to the oldest instalment first, within it interest
then principal, fees last; then ageing, late fee, non-accrual. Charge-off and recovery: sim/accounts/charge_off.py.
A block's few are listed once; what one step learns of an account is passed on by its place in that list.
"""

from __future__ import annotations

import numpy as np
from numpy import int32, int64, uint8, uint64

from sim.accounts.columns import CLOSED, EVER_30, EVER_90, NON_ACCRUAL, RING
from sim.accounts.methods import fee_earned, interest_base, interest_of, late_fee
from sim.accounts.servicing import CAREFUL, CLAIM, REPAID
from sim.engine.columns import Column
from sim.engine.declare import Counter
from sim.engine.pipeline import Block, Numbers
from sim.numerics.compile import phase

U0 = np.uint8(0)
_CLOSED = np.uint8(CLOSED)
RELAPSE_WINDOW = 6  # months after a cure within which new arrears are a relapse
STATES = 10  # transition states: buckets 0..7, charged off, repaid
CAREFUL_AT, CLAIMS_AT, REPAID_AT = 0, 1, 2  # places in `listed`

COUNTERS = (
    Counter("cash_basis", "interest received on non-accrual accounts"),
    Counter("fees_charged", "late fees charged"),
    Counter("fees_reversed", "late fees reversed"),
    Counter("interest_reversed", "accrued interest reversed"),
    Counter("first_unpaid", "loans whose first instalment is still unpaid a month later"),
    Counter("closed_current", "current accounts repaid in full"),
    Counter("missed", "instalments missed, by cause", size=5),
    Counter("bucket_principal", "principal by bucket 1 to 5 (0 is the rest)", size=6),
    Counter("bucket_count", "accounts by bucket 1 to 5", size=6),
    Counter("cures", "accounts in arrears a month ago that are current now"),
    Counter("relapses", "accounts current a month ago and in arrears again, by months since their cure", size=RELAPSE_WINDOW + 1),
    Counter("moves", "accounts by (bucket before, state after); buckets 0..7, 8 charged off, 9 repaid", size=STATES * STATES),
    Counter("moved", "their principal after the month's payments", size=STATES * STATES),
    Counter("touched", "keeps loads alive whose only purpose is to fetch memory"),
)
SCRATCH = (
    Column("rest", "u1", "code", "accounts left to the careful path: in arrears (1), repaid (2), a claim (3)"),
    Column("marked", "i4", "count", "rows of the accounts in arrears"),
    Column("claims", "i4", "count", "rows of the claims"),
    Column("closing", "i4", "count", "rows of current accounts that were repaid"),
    Column("listed", "i8", "count", "how many of each are listed"),
    Column("was", "i4", "count", "missed instalments before, by place in the list"),
    Column("now", "i4", "count", "missed instalments after, -1 if closed"),
    Column("held", "u1", "flag", "posted already: it keeps to a plan"),
    Column("fell_due", "u1", "flag", "an instalment fell due"),
    Column("newest", "i4", "minor units", "unpaid of the newest instalment"),
    Column("oldest", "i4", "months", "age of the oldest unpaid instalment, -1 if none"),
    Column("to_principal", "i4", "minor units", "paid on principal this month"),
)


@phase
def list_careful(b: Block, _p: Numbers) -> None:
    """List the marked rows by what is to be done with them; eight are passed over at a time where none is marked."""
    careful = claims = closing = int64(0)
    for w in range(b.n // 8 + 1):
        if b.rest.eights[w] != uint64(0):
            for j in range(8 * w, min(8 * w + 8, b.n)):
                mark = b.rest[j]
                b.marked[careful] = int32(j)
                b.claims[claims] = int32(j)
                b.closing[closing] = int32(j)
                careful += 1 if mark == CAREFUL else 0
                claims += 1 if mark == CLAIM else 0
                closing += 1 if mark == REPAID else 0
    b.listed[CAREFUL_AT] = careful
    b.listed[CLAIMS_AT] = claims
    b.listed[REPAID_AT] = closing


@phase
def fetch(b: Block, _p: Numbers) -> None:
    """Touch the seldom used columns of the listed rows together, so that their memory arrives in parallel."""
    total = int64(0)
    for at in range(b.listed[CAREFUL_AT]):
        i = int64(b.marked[at])
        total += int64(b.account.ring[16 * i]) + int64(b.account.ring[16 * i + 15])
        total += int64(b.account.opened[i]) + int64(b.account.memo_interest[i])
    b.count.touched[0] += total


@phase
def close_repaid(b: Block, _p: Numbers) -> None:
    """Close current accounts that were repaid in full; late fees never paid are waived."""
    for at in range(b.listed[REPAID_AT]):
        i = b.closing[at]
        b.count.fees_reversed[0] += b.account.fees_due[i]
        b.count.closed_current[0] += 1
        b.account.fees_due[i] = 0
        b.account.marks[i] = U0
        b.account.contacted[i] = U0
        b.account.state[i] = _CLOSED


@phase
def fall_due(b: Block, p: Numbers) -> None:
    """The month's instalment joins what is unpaid: interest accrues, the upfront fee is earned."""
    slot = int64(p.month & (RING - 1))
    for at in range(b.listed[CAREFUL_AT]):
        if b.held[at] != U0:
            continue
        i = int64(b.marked[at])
        before = int32(b.account.missed[i])
        non_accrual = (b.account.marks[i] & uint8(NON_ACCRUAL)) != U0
        falls = b.account.remaining[i] > 0
        # a remainder within the tolerance stays due with the newest instalment: it does not age
        if before == 0 and b.account.overdue[i] > 0:
            for q in range(RING):
                if q != slot:
                    b.account.ring[16 * i + slot] += b.account.ring[16 * i + q]
                    b.account.ring[16 * i + RING + slot] += b.account.ring[16 * i + RING + q]
                    b.account.ring[16 * i + q] = 0
                    b.account.ring[16 * i + RING + q] = 0
        if falls:
            interest, part = b.account.interest[i], b.account.due[i] - b.account.interest[i]
            b.account.ring[16 * i + slot] += interest
            b.account.ring[16 * i + RING + slot] += part
            b.account.scheduled[i] -= part
            fee = fee_earned(b.account.unearned_fee[i], b.account.remaining[i])
            b.account.unearned_fee[i] -= fee
            b.count.fee_earned[0] += fee
            b.account.remaining[i] -= uint8(1)
            if non_accrual:
                b.account.memo_interest[i] += interest
            else:
                b.count.accrued[0] += interest
        elif non_accrual:
            base = interest_base(b.account.method[i], b.account.principal[i], b.account.original[i])
            b.account.memo_interest[i] += interest_of(base, b.account.rate[i])
        b.was[at] = before
        b.fell_due[at] = uint8(1) if falls else U0


@phase
def allocate(b: Block, p: Numbers) -> None:
    """Oldest instalment first, interest then principal, late fees last; what is left unpaid, and how old it is."""
    slot = int64(p.month & (RING - 1))
    for at in range(b.listed[CAREFUL_AT]):
        if b.held[at] != U0:
            continue
        i = int64(b.marked[at])
        money = int32(b.account.paid_due[i] + b.account.paid_catch_up[i])
        to_interest = int32(0)
        to_principal = int32(0)
        overdue = int32(0)
        oldest = int32(-1)
        tolerance = int32(np.floor(b.account.instalment[i] * p.servicing.tolerance))
        # without a tolerance nothing older than the bucket is unpaid
        deepest = int64(b.was[at]) if p.servicing.tolerance <= 0.0 else int64(RING - 1)
        for back in range(deepest, -1, -1):
            q = (slot - back) & (RING - 1)
            x = min(money, b.account.ring[16 * i + q])
            b.account.ring[16 * i + q] -= x
            money -= x
            to_interest += x
            y = min(money, b.account.ring[16 * i + RING + q])
            b.account.ring[16 * i + RING + q] -= y
            money -= y
            to_principal += y
            left = b.account.ring[16 * i + q] + b.account.ring[16 * i + RING + q]
            overdue += left
            if left > tolerance and oldest < 0:
                oldest = int32(back)
        to_fees = min(money, b.account.fees_due[i])
        b.account.fees_due[i] -= to_fees
        b.account.principal[i] -= to_principal
        b.account.overdue[i] = overdue
        b.count.collected_principal[0] += to_principal
        b.count.collected_fees[0] += to_fees
        if (b.account.marks[i] & uint8(NON_ACCRUAL)) != U0:
            b.count.cash_basis[0] += to_interest
            b.account.memo_interest[i] -= min(to_interest, b.account.memo_interest[i])
        else:
            b.count.collected_interest[0] += to_interest
        b.newest[at] = b.account.ring[16 * i + slot] + b.account.ring[16 * i + RING + slot]
        b.oldest[at] = oldest
        b.to_principal[at] = to_principal


@phase
def charge_late_fee(b: Block, p: Numbers) -> None:
    """Count the instalment that was missed, with its cause; a late fee once for each."""
    for at in range(b.listed[CAREFUL_AT]):
        i = int64(b.marked[at])
        tolerance = int32(np.floor(b.account.instalment[i] * p.servicing.tolerance))
        if b.fell_due[at] != U0 and b.newest[at] > tolerance:
            b.count.missed[b.account.cause[i]] += 1
            fee = late_fee(p.servicing.late_fee, p.servicing.late_fee_cap, b.account.principal[i], b.account.interest[i])
            b.account.fees_due[i] += fee
            b.count.fees_charged[0] += fee
        else:
            b.account.cause[i] = U0
        if b.account.opened[i] == p.month - 2 and b.oldest[at] >= 1:
            b.count.first_unpaid[0] += 1


@phase
def close_caught_up(b: Block, _p: Numbers) -> None:
    """Close accounts in arrears that were repaid in full; the others' bucket after the month."""
    for at in range(b.listed[CAREFUL_AT]):
        i = int64(b.marked[at])
        b.now[at] = b.oldest[at] + int32(1)
        if b.account.principal[i] == 0 and b.account.overdue[i] == 0:
            b.count.fees_reversed[0] += b.account.fees_due[i]
            b.count.fee_earned[0] += b.account.unearned_fee[i]
            b.account.fees_due[i] = 0
            b.account.unearned_fee[i] = 0
            b.account.missed[i] = 0
            b.account.remaining[i] = 0
            b.account.scheduled[i] = 0
            b.account.memo_interest[i] = 0
            b.account.plan_left[i] = U0
            b.account.state[i] = _CLOSED
            b.account.marks[i] = U0
            b.account.contacted[i] = U0
            b.count.moves[STATES * b.was[at] + 9] += 1
            b.count.moved[STATES * b.was[at] + 9] += b.to_principal[at]
            b.now[at] = int32(-1)


@phase
def age(b: Block, p: Numbers) -> None:
    """The bucket moves: interest stops accruing at 90 days and starts again when cured; cures, relapses, first 30+ and 90+."""
    for at in range(b.listed[CAREFUL_AT]):
        before, after = b.was[at], b.now[at]
        if after < 0:
            continue
        i = int64(b.marked[at])
        mark = b.account.marks[i]
        non_accrual = (mark & uint8(NON_ACCRUAL)) != U0
        if after >= 4 and not non_accrual:
            reversed_interest = int32(0)
            for q in range(RING):
                reversed_interest += b.account.ring[16 * i + q]
            b.count.interest_reversed[0] += reversed_interest
            b.account.memo_interest[i] += reversed_interest
            mark |= uint8(NON_ACCRUAL)
        elif after == 0 and non_accrual:
            mark &= uint8(255 - NON_ACCRUAL)
            b.account.memo_interest[i] = 0
            for q in range(RING):  # what is left unpaid within the tolerance is income again
                b.count.accrued[0] += b.account.ring[16 * i + q]
        if after == 0 and before > 0:
            b.count.cures[0] += 1
            b.account.cured[i] = np.int16(p.month)
        elif after > 0 and before == 0:
            since = int64(p.month) - int64(b.account.cured[i])
            if since <= RELAPSE_WINDOW:
                b.count.relapses[since] += 1
        months = int64(p.month) - int64(b.account.opened[i])
        vintage = int64(b.account.opened[i]) + int64(p.vintage.zero)
        if after >= 2 and (mark & uint8(EVER_30)) == U0:
            mark |= uint8(EVER_30)
            if vintage >= 0:
                b.vintage.ever_30[vintage * p.vintage.width + months] += b.account.principal[i]
        if after >= 4 and (mark & uint8(EVER_90)) == U0:
            mark |= uint8(EVER_90)
            if vintage >= 0:
                b.vintage.ever_90[vintage * p.vintage.width + months] += b.account.principal[i]
        b.account.marks[i] = mark
        b.account.missed[i] = np.int8(after)
