"""Servicing of the few: accounts in arrears or newly missed, and claims, posted one by one.

Unpaid instalments are kept by month due. Payments are allocated to the oldest instalment first, within it interest
then principal, fees last; then ageing, late fee, non-accrual, charge-off, and recoveries on charged-off claims.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import float32, int32, int64, uint8, uint32

from sim.borrowers import contract, rules
from sim.borrowers.columns import CHARGED_OFF, CLOSED, EVER_30, EVER_90, FRAUDULENT, NON_ACCRUAL, RING
from sim.lender.servicing import CLAIM, REPAID, U0
from sim.lender.tally import (
    ACCRUED,
    BAND_COUNT,
    BAND_PRINCIPAL,
    CASH_BASIS,
    CLAIMS,
    CLOSED_CURRENT,
    COLLECTED_FEES,
    COLLECTED_INTEREST,
    COLLECTED_PRINCIPAL,
    CURES,
    DIRECT,
    FEE_EARNED,
    FEES_CHARGED,
    FEES_REVERSED,
    FIRST_UNPAID,
    GROSS,
    INTEREST_REVERSED,
    MISSED,
    RECOVERED,
    RELAPSE_WINDOW,
    RELAPSES,
    SCRATCH,
    V_CHARGED_OFF,
    V_EVER_30,
    V_EVER_90,
    V_RECOVERED,
)
from sim.numerics.blocks import find_marked
from sim.numerics.compile import phase
from sim.numerics.functions32 import unit32
from sim.numerics.philox import Event, word

f = float32
_CHARGED_OFF, _CLOSED = np.uint8(CHARGED_OFF), np.uint8(CLOSED)
_DIRECT_EVENT, _RECOVERY_EVENT = int(Event.DIRECT_CHARGE_OFF), int(Event.RECOVERY)

fee_earned = contract.fee_earned
late_fee = contract.late_fee
interest_of = rules.interest_of


@phase
def _fetch(ring: Any, opened: Any, memo: Any, lo: Any, marked: Any) -> Any:
    """Touch the seldom used columns of the marked rows together, so that their memory arrives in parallel."""
    total = int64(0)
    for at in range(marked.shape[0]):
        i = lo + marked[at]
        total += int64(ring[i, 0]) + int64(ring[i, 15]) + int64(opened[i]) + int64(memo[i])
    return total


@phase
def post_arrears(A: Any, H: Any, lo: Any, new_due: Any, interest_part: Any, rest: Any, month: Any, k0: Any, k1: Any, flat: Any, s: Any, tally: Any, moves: Any, moved: Any, vintages: Any, vintage_zero: Any) -> None:  # noqa: E501
    """Close what was repaid; post accounts in arrears or newly missed, one by one; collect on claims.

    moves, moved: transition counts and principal by (bucket before, state after); buckets 0..7,
    8 charged off, 9 repaid. vintages: (measure, vintage, months on book).
    """
    # each column is taken out of its record once: doing so in the loop would count a reference up and down every time
    state, missed, marks, cause, contacted = A.state, A.missed, A.marks, A.cause, A.contacted
    principal, scheduled, instalment, original, rate = A.principal, A.scheduled, A.instalment, A.original, A.rate
    remaining, unearned_fee, fees_due, in_arrears = A.remaining, A.unearned_fee, A.fees_due, A.overdue
    paid_due, paid_catch_up, opened, memo_interest = A.paid_due, A.paid_catch_up, A.opened, A.memo_interest
    ring, claim, charged_off, cured, excluded = A.ring, A.claim, A.charged_off, A.cured, H.excluded
    slot = int32(month & (RING - 1))
    marked = np.empty(rest.shape[0], np.int32)
    claims = np.empty(rest.shape[0], np.int32)
    n = 0
    m = 0
    for at in range(find_marked(rest, marked)):
        j = marked[at]
        marked[n] = j
        claims[m] = j
        is_claim = rest[j] == CLAIM
        n += 0 if is_claim else 1
        m += 1 if is_claim else 0
    tally[SCRATCH] += _fetch(ring, opened, memo_interest, lo, marked[:n])
    for at in range(n):
        j = marked[at]
        i = lo + j
        if rest[j] == REPAID:
            tally[FEES_REVERSED] += fees_due[i]  # late fees never paid are waived
            tally[CLOSED_CURRENT] += 1
            fees_due[i] = 0
            marks[i] = U0
            contacted[i] = U0
            state[i] = _CLOSED
            continue
        before = int32(missed[i])
        mark = marks[i]
        non_accrual = (mark & uint8(NON_ACCRUAL)) != U0
        fell_due = remaining[i] > 0
        # a remainder within the tolerance stays due with the newest instalment: it does not age
        if before == 0 and in_arrears[i] > 0:
            for q in range(RING):
                if q != slot:
                    ring[i, slot] += ring[i, q]
                    ring[i, RING + slot] += ring[i, RING + q]
                    ring[i, q] = 0
                    ring[i, RING + q] = 0
        if fell_due:
            ring[i, slot] += interest_part[j]
            ring[i, RING + slot] += new_due[j] - interest_part[j]
            scheduled[i] -= new_due[j] - interest_part[j]
            fee = fee_earned(unearned_fee[i], remaining[i])
            unearned_fee[i] -= fee
            tally[FEE_EARNED] += fee
            remaining[i] -= uint8(1)
            if non_accrual:
                memo_interest[i] += interest_part[j]
            else:
                tally[ACCRUED] += interest_part[j]
        elif non_accrual:
            memo_interest[i] += interest_of(original[i] if flat else principal[i], rate[i])
        # allocation: oldest instalment first, interest then principal
        money = int32(paid_due[i] + paid_catch_up[i])
        to_interest = int32(0)
        to_principal = int32(0)
        overdue = int32(0)
        oldest = int32(-1)
        tolerance = int32(np.floor(instalment[i] * s.tolerance))
        # without a tolerance nothing older than the bucket is unpaid
        deepest = before if s.tolerance <= 0.0 else int32(RING - 1)
        for back in range(deepest, -1, -1):
            q = (slot - back) & (RING - 1)
            x = min(money, ring[i, q])
            ring[i, q] -= x
            money -= x
            to_interest += x
            y = min(money, ring[i, RING + q])
            ring[i, RING + q] -= y
            money -= y
            to_principal += y
            left = ring[i, q] + ring[i, RING + q]
            overdue += left
            if left > tolerance and oldest < 0:
                oldest = back
        newest = ring[i, slot] + ring[i, RING + slot]
        to_fees = min(money, fees_due[i])
        money -= to_fees
        fees_due[i] -= to_fees
        principal[i] -= to_principal
        in_arrears[i] = overdue
        tally[COLLECTED_PRINCIPAL] += to_principal
        tally[COLLECTED_FEES] += to_fees
        if non_accrual:
            tally[CASH_BASIS] += to_interest
            memo_interest[i] -= min(to_interest, memo_interest[i])
        else:
            tally[COLLECTED_INTEREST] += to_interest
        after = int32(oldest + 1)
        if fell_due and newest > tolerance:
            tally[MISSED + int64(cause[i])] += 1
            fee = late_fee(s.late_fee, s.late_fee_cap, principal[i], interest_part[j])
            fees_due[i] += fee
            tally[FEES_CHARGED] += fee
        else:
            cause[i] = U0
        if opened[i] == month - 2 and oldest >= 1:
            tally[FIRST_UNPAID] += 1
        if principal[i] == 0 and overdue == 0:
            tally[FEES_REVERSED] += fees_due[i]
            tally[FEE_EARNED] += unearned_fee[i]
            fees_due[i] = 0
            unearned_fee[i] = 0
            missed[i] = 0
            remaining[i] = 0
            scheduled[i] = 0
            memo_interest[i] = 0
            state[i] = _CLOSED
            marks[i] = U0
            contacted[i] = U0
            moves[before, 9] += 1
            moved[before, 9] += to_principal
            continue
        if after >= 4 and not non_accrual:
            reversed_interest = int32(0)
            for q in range(RING):
                reversed_interest += ring[i, q]
            tally[INTEREST_REVERSED] += reversed_interest
            memo_interest[i] += reversed_interest
            mark |= uint8(NON_ACCRUAL)
            non_accrual = True
        elif after == 0 and non_accrual:
            mark &= uint8(255 - NON_ACCRUAL)
            memo_interest[i] = 0
            non_accrual = False
        if after == 0 and before > 0:
            tally[CURES] += 1
            cured[i] = np.int16(month)
        elif after > 0 and before == 0:
            since = int32(month) - int32(cured[i])
            if since <= RELAPSE_WINDOW:
                tally[RELAPSES + since] += 1
        age = int64(month) - int64(opened[i])
        v = int64(opened[i]) + int64(vintage_zero)
        known = v >= 0
        if after >= 2 and (mark & uint8(EVER_30)) == U0:
            mark |= uint8(EVER_30)
            if known:
                vintages[V_EVER_30, v, age] += principal[i]
        if after >= 4 and (mark & uint8(EVER_90)) == U0:
            mark |= uint8(EVER_90)
            if known:
                vintages[V_EVER_90, v, age] += principal[i]
        marks[i] = mark
        missed[i] = np.int8(after)
        direct = False
        if before > 0 or after > 0:
            direct = unit32(word(i, month, uint32(_DIRECT_EVENT), k0, k1)) < s.direct_charge_off
        if not (after >= s.charge_off_bucket or (direct and after > 0)):
            moves[before, after] += 1
            moved[before, after] += principal[i]
            tally[BAND_PRINCIPAL + min(after, 5)] += principal[i]
            tally[BAND_COUNT + min(after, 5)] += 1
            continue
        # charge-off: principal against the allowance; unreceived interest and late fees against income; the claim lives on
        amount = principal[i]
        tally[GROSS] += amount
        if after < s.charge_off_bucket:
            tally[DIRECT] += amount
        for q in range(RING):
            if not non_accrual:
                tally[INTEREST_REVERSED] += ring[i, q]
                memo_interest[i] += ring[i, q]
            ring[i, q] = 0
            ring[i, RING + q] = 0
        tally[FEES_REVERSED] += fees_due[i]
        tally[FEE_EARNED] += unearned_fee[i]
        claim[i] = amount
        charged_off[i] = np.int16(month)
        principal[i] = 0
        scheduled[i] = 0
        in_arrears[i] = 0
        fees_due[i] = 0
        unearned_fee[i] = 0
        remaining[i] = 0
        missed[i] = 0
        state[i] = _CHARGED_OFF
        contacted[i] = U0
        excluded[i] = np.int16(s.exclusion)
        if known:
            vintages[V_CHARGED_OFF, v, age] += amount
        moves[before, 8] += 1
        moved[before, 8] += amount
        claims[m] = j
        m += 1
    _recover(
        claim, charged_off, marks, opened, H.employed, H.cash, lo, claims[:m], month, k0, k1, s, tally, vintages, vintage_zero
    )


@phase
def _recover(claim: Any, charged_off: Any, marks: Any, opened: Any, employed: Any, cash: Any, lo: Any, claims: Any, month: Any, k0: Any, k1: Any, s: Any, tally: Any, vintages: Any, vintage_zero: Any) -> None:  # noqa: E501
    """Charged-off borrowers with means pay a part of their claim, after a lag and while it is worked."""
    for at in range(claims.shape[0]):
        i = lo + claims[at]
        if claim[i] <= 0:
            continue
        tally[CLAIMS] += 1
        age = int32(month) - int32(charged_off[i])
        if age < s.recovery_lag or age >= s.recovery_lag + s.recovery_months:
            continue
        if (marks[i] & uint8(FRAUDULENT)) != U0 or employed[i] == U0:
            continue
        u = unit32(word(i, month, uint32(_RECOVERY_EVENT), k0, k1))
        if u >= s.recovery_monthly * s.claim_worked:
            continue
        means = int32(min(np.floor(float(cash[i]) * s.minor), 2.0e9))
        amount = min(claim[i], min(means, max(int32(1), int32(np.floor(claim[i] * s.recovery_share + 0.5)))))
        if amount <= 0:
            continue
        claim[i] -= amount
        cash[i] = max(cash[i] - f(amount) * f(1.0 / s.minor), f(0))
        tally[RECOVERED] += amount
        v = int64(opened[i]) + int64(vintage_zero)
        if v >= 0:
            vintages[V_RECOVERED, v, int64(month) - int64(opened[i])] += amount
