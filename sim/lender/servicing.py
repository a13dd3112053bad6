"""Servicing of accounts at the month's end: posting payments, ageing, non-accrual, charge-off, recoveries.

Accounts that were current and paid what fell due are posted in vector loops. The few others (in arrears,
newly missed, charged off) are posted one by one, with their unpaid instalments kept by month due. Both
paths allocate alike: oldest instalment first, within it interest then principal, fees last.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import float32, int32, int64, uint8, uint32

from sim.borrowers import contract, rules
from sim.borrowers.columns import (
    CHARGED_OFF,
    CLOSED,
    EVER_30,
    EVER_90,
    FRAUDULENT,
    NON_ACCRUAL,
    OPEN,
    RING,
)
from sim.lender.tally import (
    ACCRUED,
    ACTIVE,
    BAND_COUNT,
    BAND_PRINCIPAL,
    CASH_BASIS,
    CLAIMS,
    CLOSED_CURRENT,
    COLLECTED_FEES,
    COLLECTED_INTEREST,
    COLLECTED_PRINCIPAL,
    DIRECT,
    DUE,
    DUE_KEPT,
    FEE_EARNED,
    FEES_CHARGED,
    FEES_REVERSED,
    FIRST_UNPAID,
    GROSS,
    HOUSEHOLD_DEBIT,
    INTEREST_REVERSED,
    MISSED,
    OLD_UNPAID,
    PRINCIPAL,
    RECOVERED,
    SCRATCH,
    UNPAID_AT_DUE,
    V_CHARGED_OFF,
    V_EVER_30,
    V_EVER_90,
    V_RECOVERED,
)
from sim.numerics.blocks import find_marked
from sim.numerics.compile import inline, phase
from sim.numerics.functions32 import unit32
from sim.numerics.philox import Event, word

f = float32
U0 = np.uint8(0)
_OPEN, _CHARGED_OFF, _CLOSED = np.uint8(OPEN), np.uint8(CHARGED_OFF), np.uint8(CLOSED)
_CAREFUL, _REPAID, _CLAIM = np.uint8(1), np.uint8(2), np.uint8(3)  # marks of post_current for the careful path
_DIRECT_EVENT, _RECOVERY_EVENT = int(Event.DIRECT_CHARGE_OFF), int(Event.RECOVERY)

Z = np.int32(0)


@inline
def low(amount: Any) -> Any:
    """Lower half of a non-negative amount: a block's sum of halves fits int32, where int64 would halve the loop's width."""
    return int32(amount & int32(65535))


@inline
def high(amount: Any) -> Any:
    """Upper half, in units of 65,536."""
    return int32(amount >> int32(16))


@inline
def whole(lower: Any, upper: Any) -> Any:
    """The sum that two sums of halves stand for."""
    return int64(lower) + int64(upper) * int64(65536)


falls_due = contract.falls_due
fee_earned = contract.fee_earned
late_fee = contract.late_fee
interest_of = rules.interest_of


@phase
def count_due_day(unpaid_at_due: Any, still_unpaid: Any, overdue: Any, new_due: Any, tally: Any) -> None:
    """Of accounts not in arrears: amounts due, unpaid on the due day, and of last month's unpaid after 30 days."""
    due = due_high = Z
    late = late_high = Z
    old = old_high = Z
    for i in range(new_due.shape[0]):
        fresh = new_due[i] if overdue[i] == int32(0) else int32(0)
        due = int32(due + low(fresh))
        due_high = int32(due_high + high(fresh))
        late = int32(late + low(unpaid_at_due[i]))
        late_high = int32(late_high + high(unpaid_at_due[i]))
        old = int32(old + low(still_unpaid[i]))
        old_high = int32(old_high + high(still_unpaid[i]))
    tally[DUE] += whole(due, due_high)
    tally[UNPAID_AT_DUE] += whole(late, late_high)
    tally[OLD_UNPAID] += whole(old, old_high)


@phase
def post_current(
    state: Any, principal: Any, scheduled: Any, remaining: Any, unearned: Any, fees_due: Any, overdue: Any, missed: Any,
    new_due: Any, interest_part: Any, paid_due: Any, paid_catch: Any, rest: Any, tally: Any,
) -> None:
    """Post the accounts that were current and paid; mark the others in `rest` for the careful path."""
    accrued = accrued_high = Z
    collected_principal = collected_principal_high = Z
    collected_fees = collected_fees_high = Z
    earned = earned_high = Z
    debit = debit_high = Z
    kept = kept_high = Z
    for i in range(state.shape[0]):
        paid = int32(paid_due[i] + paid_catch[i])
        is_open = state[i] == _OPEN
        due = new_due[i]
        clean = is_open and (missed[i] == np.int8(0)) and (overdue[i] == int32(0)) and (paid >= due) and (due > int32(0))
        interest = interest_part[i] if clean else int32(0)
        extra = int32(paid - due) if clean else int32(0)
        fee_part = int32(min(extra, fees_due[i]))
        # what exceeds instalment and fees is an early repayment
        to_principal = int32(int32(due - interest) + int32(extra - fee_part)) if clean else int32(0)
        due_kept = due if clean else int32(0)
        accrued = int32(accrued + low(interest))
        accrued_high = int32(accrued_high + high(interest))
        collected_principal = int32(collected_principal + low(to_principal))
        collected_principal_high = int32(collected_principal_high + high(to_principal))
        collected_fees = int32(collected_fees + low(fee_part))
        collected_fees_high = int32(collected_fees_high + high(fee_part))
        debit = int32(debit + low(paid))
        debit_high = int32(debit_high + high(paid))
        kept = int32(kept + low(due_kept))
        kept_high = int32(kept_high + high(due_kept))
        p = int32(principal[i] - to_principal)
        left = uint8(remaining[i] - (uint8(1) if clean else U0))
        done = clean and (p <= int32(0))
        fee = fee_earned(unearned[i], remaining[i])
        fee = unearned[i] if done else fee
        fee = fee if clean else int32(0)
        earned = int32(earned + low(fee))
        earned_high = int32(earned_high + high(fee))
        principal[i] = p
        scheduled[i] = int32(0) if done else (int32(scheduled[i] - int32(due - interest)) if clean else scheduled[i])
        remaining[i] = U0 if done else left
        unearned[i] = int32(unearned[i] - fee)
        fees_due[i] = int32(fees_due[i] - fee_part)
        other = _CAREFUL if (is_open and not clean) else (_CLAIM if state[i] == _CHARGED_OFF else U0)
        rest[i] = _REPAID if done else other
    tally[ACCRUED] += whole(accrued, accrued_high)
    tally[COLLECTED_INTEREST] += whole(accrued, accrued_high)
    tally[COLLECTED_PRINCIPAL] += whole(collected_principal, collected_principal_high)
    tally[COLLECTED_FEES] += whole(collected_fees, collected_fees_high)
    tally[FEE_EARNED] += whole(earned, earned_high)
    tally[HOUSEHOLD_DEBIT] += whole(debit, debit_high)
    tally[DUE_KEPT] += whole(kept, kept_high)


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
    ring, claim, charged_off, excluded = A.ring, A.claim, A.charged_off, H.excluded
    slot = int32(month & (RING - 1))
    marked = np.empty(rest.shape[0], np.int32)
    claims = np.empty(rest.shape[0], np.int32)
    n = 0
    m = 0
    for at in range(find_marked(rest, marked)):
        j = marked[at]
        marked[n] = j
        claims[m] = j
        is_claim = rest[j] == _CLAIM
        n += 0 if is_claim else 1
        m += 1 if is_claim else 0
    tally[SCRATCH] += _fetch(ring, opened, memo_interest, lo, marked[:n])
    for at in range(n):
        j = marked[at]
        i = lo + j
        if rest[j] == _REPAID:
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


@phase
def count_stock(state: Any, principal: Any, remaining: Any, instalment: Any, missed: Any, tally: Any, ladder: Any) -> None:
    """Principal and accounts outstanding; instalments by months still to come, for the liquidity ladder."""
    total = total_high = Z
    n = Z
    for i in range(state.shape[0]):
        is_open = state[i] == _OPEN
        balance = principal[i] if is_open else int32(0)
        total = int32(total + low(balance))
        total_high = int32(total_high + high(balance))
        n = int32(n + (int32(1) if is_open else int32(0)))
    tally[PRINCIPAL] += whole(total, total_high)
    tally[ACTIVE] += int64(n)
    # four ladders side by side: neighbours with the same rung need not wait for one another
    for i in range(state.shape[0]):
        ladder[remaining[i], i & 3] += int64(instalment[i]) if missed[i] < np.int8(2) else int64(0)
