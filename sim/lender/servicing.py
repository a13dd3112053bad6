"""Servicing of the many: accounts that were current and paid, posted in vector loops, and sums over all accounts.

The few others (in arrears, newly missed, charged off) are marked for sim/lender/arrears.py, which posts them
one by one. Both allocate alike: oldest instalment first, within it interest then principal, fees last.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import int32, int64, uint8

from sim.borrowers import contract
from sim.borrowers.columns import CHARGED_OFF, OPEN
from sim.lender.tally import (
    ACCRUED,
    ACTIVE,
    COLLECTED_FEES,
    COLLECTED_INTEREST,
    COLLECTED_PRINCIPAL,
    DUE,
    DUE_KEPT,
    FEE_EARNED,
    HOUSEHOLD_DEBIT,
    OLD_UNPAID,
    PRINCIPAL,
    UNPAID_AT_DUE,
)
from sim.numerics.compile import inline, phase

U0, Z = np.uint8(0), np.int32(0)
CAREFUL, REPAID, CLAIM = np.uint8(1), np.uint8(2), np.uint8(3)  # marks of post_current for the careful path
_OPEN, _CHARGED_OFF = np.uint8(OPEN), np.uint8(CHARGED_OFF)

fee_earned = contract.fee_earned


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
        other = CAREFUL if (is_open and not clean) else (CLAIM if state[i] == _CHARGED_OFF else U0)
        rest[i] = REPAID if done else other
    tally[ACCRUED] += whole(accrued, accrued_high)
    tally[COLLECTED_INTEREST] += whole(accrued, accrued_high)
    tally[COLLECTED_PRINCIPAL] += whole(collected_principal, collected_principal_high)
    tally[COLLECTED_FEES] += whole(collected_fees, collected_fees_high)
    tally[FEE_EARNED] += whole(earned, earned_high)
    tally[HOUSEHOLD_DEBIT] += whole(debit, debit_high)
    tally[DUE_KEPT] += whole(kept, kept_high)


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
