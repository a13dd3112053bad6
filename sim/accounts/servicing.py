"""Servicing of the many: accounts that were current and paid, posted in vector loops, and sums over all accounts.

The few others (in arrears, newly missed, charged off) are marked for sim/accounts/arrears.py, which posts them
one by one. Both allocate alike: oldest instalment first, within it interest then principal, fees last.
"""

from __future__ import annotations

import numpy as np
from numpy import int32, int64

from sim.accounts.columns import CHARGED_OFF, OPEN
from sim.accounts.methods import fee_earned
from sim.engine.declare import Counter
from sim.engine.pipeline import Block, Numbers
from sim.numerics.compile import phase
from sim.numerics.halves import high, low, whole

U0, U1, Z = np.uint8(0), np.uint8(1), np.int32(0)
CAREFUL, REPAID, CLAIM = np.uint8(1), np.uint8(2), np.uint8(3)  # marks of post_current for the careful path
_OPEN, _CHARGED_OFF = np.uint8(OPEN), np.uint8(CHARGED_OFF)

COUNTERS = (
    Counter("due", "instalments of accounts not in arrears, minor units"),
    Counter("unpaid_at_due", "of these, unpaid at the end of the due day"),
    Counter("old_unpaid", "of last month's unpaid at the due day, unpaid after 30 days"),
    Counter("due_kept", "of instalments due, paid by the month's end"),
    Counter("accrued", "interest accrued"),
    Counter("collected_interest", "interest received on accruing accounts"),
    Counter("collected_principal", "principal received"),
    Counter("collected_fees", "late fees received"),
    Counter("fee_earned", "upfront fees earned"),
    Counter("household_debit", "what households paid on open accounts, summed on the borrowers' side"),
    Counter("principal", "principal of open accounts after the month's payments"),
    Counter("active", "open accounts"),
    Counter("ladder", "instalments by months still to come, four sums side by side", size=4 * 256),
)


@phase
def count_due_day(b: Block, _p: Numbers) -> None:
    """Of accounts not in arrears: amounts due, unpaid on the due day, and of last month's unpaid after 30 days."""
    due = due_high = Z
    late = late_high = Z
    old = old_high = Z
    for i in range(b.n):
        fresh = b.account.due[i] if b.account.overdue[i] == int32(0) else int32(0)
        due = int32(due + low(fresh))
        due_high = int32(due_high + high(fresh))
        late = int32(late + low(b.account.unpaid_at_due[i]))
        late_high = int32(late_high + high(b.account.unpaid_at_due[i]))
        old = int32(old + low(b.account.still_unpaid[i]))
        old_high = int32(old_high + high(b.account.still_unpaid[i]))
    b.count.due[0] += whole(due, due_high)
    b.count.unpaid_at_due[0] += whole(late, late_high)
    b.count.old_unpaid[0] += whole(old, old_high)


@phase
def post_current(b: Block, _p: Numbers) -> None:
    """Post the accounts that were current and paid; mark the others in `rest` for the careful path."""
    accrued = accrued_high = Z
    collected_principal = collected_principal_high = Z
    collected_fees = collected_fees_high = Z
    earned = earned_high = Z
    debit = debit_high = Z
    kept = kept_high = Z
    for i in range(b.n):
        # loads first: a load that only one branch needs would keep the loop scalar where masked loads are missing
        state, missed, overdue, plan_left = b.account.state[i], b.account.missed[i], b.account.overdue[i], b.account.plan_left[i]
        due, fees_due, unearned = b.account.due[i], b.account.fees_due[i], b.account.unearned_fee[i]
        remaining, scheduled, interest_part = b.account.remaining[i], b.account.scheduled[i], b.account.interest[i]
        paid = int32(b.account.paid_due[i] + b.account.paid_catch_up[i])
        is_open = state == _OPEN
        clean = is_open & (missed == np.int8(0)) & (overdue == int32(0)) & (paid >= due) & (due > int32(0)) & (plan_left == U0)
        interest = interest_part if clean else int32(0)
        extra = int32(paid - due) if clean else int32(0)
        fee_part = int32(min(extra, fees_due))
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
        principal = int32(b.account.principal[i] - to_principal)
        left = int32(int32(remaining) - int32(min(due_kept, int32(1))))  # an amount, for a flag in 8 bits is no vector without masks
        done = clean & (principal <= int32(0))
        fee = fee_earned(unearned, remaining)
        fee = unearned if done else fee
        fee = fee if clean else int32(0)
        earned = int32(earned + low(fee))
        earned_high = int32(earned_high + high(fee))
        b.account.principal[i] = principal
        b.account.scheduled[i] = int32(0) if done else (int32(scheduled - int32(due - interest)) if clean else scheduled)
        b.account.remaining[i] = int32(0) if done else left
        b.account.unearned_fee[i] = int32(unearned - fee)
        b.account.fees_due[i] = int32(fees_due - fee_part)
        other = CAREFUL if (is_open & (not clean)) else (CLAIM if state == _CHARGED_OFF else U0)
        b.rest[i] = REPAID if done else other
    b.count.accrued[0] += whole(accrued, accrued_high)
    b.count.collected_interest[0] += whole(accrued, accrued_high)
    b.count.collected_principal[0] += whole(collected_principal, collected_principal_high)
    b.count.collected_fees[0] += whole(collected_fees, collected_fees_high)
    b.count.fee_earned[0] += whole(earned, earned_high)
    b.count.household_debit[0] += whole(debit, debit_high)
    b.count.due_kept[0] += whole(kept, kept_high)


@phase
def count_stock(b: Block, _p: Numbers) -> None:
    """Principal and accounts outstanding; who has an open account."""
    total = total_high = Z
    n = Z
    for i in range(b.n):
        is_open = b.account.state[i] == _OPEN
        principal = b.account.principal[i]
        balance = principal if is_open else int32(0)
        total = int32(total + low(balance))
        total_high = int32(total_high + high(balance))
        n = int32(n + (int32(1) if is_open else int32(0)))
        b.open_slots[i] = b.open_slots[i] | (U1 if is_open else U0)
    b.count.principal[0] += whole(total, total_high)
    b.count.active[0] += int64(n)


@phase
def count_ladder(b: Block, _p: Numbers) -> None:
    """Instalments by months still to come, for the liquidity ladder."""
    # four ladders side by side: neighbours with the same rung need not wait for one another
    for i in range(b.n):
        rung = 4 * int32(b.account.remaining[i]) + (i & 3)
        b.count.ladder[rung] += int64(b.account.instalment[i]) if b.account.missed[i] < np.int8(2) else int64(0)
