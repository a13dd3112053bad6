"""Repayment plans and payment holidays: for some months an account is asked less than its contract says.

While a plan is kept, the account stays in the delinquency bucket in which it was made: what is overdue is not asked, and does
not age. Interest runs; what is not paid of it joins the principal (capitalised), or is waived, as the plan says. Instalments of
these months are put off, not forgiven: the instalment stays what it was, and as many follow as the balance then needs. A payment
below what the plan asks breaks it: the month's contractual instalment falls due, and days past due count on. A hardship plan that
was kept long enough makes the account current again: what was overdue joins the balance (re-ageing); a holiday never does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy import float64, int32, int64, uint8

from sim.accounts.arrears import CAREFUL_AT
from sim.accounts.columns import HAD_HARDSHIP_PLAN, HAD_HOLIDAY, NON_ACCRUAL, ON_HARDSHIP_PLAN, RING
from sim.accounts.methods import falls_due, fee_earned, interest_base, interest_of
from sim.engine.declare import Counter
from sim.engine.pipeline import Block, Numbers
from sim.numerics.compile import phase, rule

if TYPE_CHECKING:
    import numpy.typing as npt

    from sim.engine.columns import Table

U0 = np.uint8(0)
_ON_PLAN = np.uint8(ON_HARDSHIP_PLAN)
WHOLE = 10_000  # basis points
LAST = 120  # instalments still to come at most: what `remaining` holds, and the longest tenor
LARGEST = 2**29  # minor units to which capitalised interest may carry a principal: with arrears on top it still fits 32 bits

COUNTERS = (
    Counter("interest_capitalised", "unpaid interest that joined the principal of accounts under a plan"),
    Counter("interest_waived", "interest waived of accounts under a plan"),
    Counter("under_plan", "accounts that keep to a plan or holiday which goes on"),
    Counter("plans_completed", "hardship plans kept to their end"),
    Counter("plans_broken", "hardship plans broken by a payment below what they ask"),
    Counter("plans_redefaulted", "accounts that fell, or fell further, into arrears in the probation after a hardship plan"),
    Counter("reaged", "accounts in arrears that a kept hardship plan made current"),
)


@dataclass(frozen=True)
class Plan:
    """What a plan or a holiday grants. months: how long; asked, waived: of the instalment and of unpaid interest, basis points."""

    months: int
    asked: int
    waived: int
    hardship: bool  # a plan agreed with collections, else a payment holiday


def begin_plan(account: Table, rows: npt.NDArray[np.int64], plan: Plan, month: int) -> None:
    """Put these accounts under a plan from next month on. month: at whose end it is made."""
    account.plan_left[rows] = plan.months
    account.plan_asked[rows], account.plan_waived[rows] = plan.asked, plan.waived
    account.planned[rows] = month
    if plan.hardship:
        account.relief[rows] |= ON_HARDSHIP_PLAN | HAD_HARDSHIP_PLAN
        account.plans[rows] += np.uint8(1)
    else:
        account.relief[rows] = (account.relief[rows] & np.uint8(HAD_HARDSHIP_PLAN)) | np.uint8(HAD_HOLIDAY)


@rule
def part_of(amount: Any, basis_points: Any) -> Any:
    """A part of an amount in minor units, half up; exact for every int32 amount."""
    return int32(np.floor(float64(amount) * float64(basis_points) / 10000.0 + 0.5))


@rule
def asked_under_plan(instalment: Any, share: Any, interest: Any, scheduled: Any) -> Any:
    """What a plan asks a month: a share (basis points) of the instalment, at most the month's interest and all that is scheduled."""
    return int32(min(part_of(instalment, share), int32(interest + scheduled)))


def asked_of(account: Table, row: int) -> int:
    """What an open account is asked in the month to come, minor units: its bill and what is overdue, or what a plan asks instead."""
    a = account
    if a.plan_left[row]:
        interest = interest_of(interest_base(a.method[row], a.principal[row], a.original[row]), a.rate[row])
        return int(asked_under_plan(a.instalment[row], a.plan_asked[row], interest, a.scheduled[row]))
    interest, part = falls_due(
        a.state[row], a.method[row], a.remaining[row], a.principal[row], a.scheduled[row], a.instalment[row], a.original[row], a.rate[row]
    )
    return int(interest) + int(part) + int(a.overdue[row])


@rule
def months_to_repay(method: Any, scheduled: Any, instalment: Any, original: Any, rate: Any) -> Any:
    """Instalments that repay a scheduled principal, at most 120; less than a hundredth of one goes with the last."""
    left = int32(scheduled)
    n = int32(0)
    while left * 100 > instalment and n < LAST:
        part = int32(instalment - interest_of(interest_base(method, left, original), rate))
        if part <= 0:
            return int32(LAST)
        left = int32(left - part)
        n = int32(n + 1)
    return max(n, int32(1))


@phase
def ask_less(b: Block, _p: Numbers) -> None:
    """What accounts under a plan are asked in place of their bill: nothing of what is overdue, a share of the instalment."""
    under = U0
    for i in range(b.n):
        under = uint8(under | b.account.plan_left[i])
    if under == U0:
        return
    for i in range(b.n):
        if b.account.plan_left[i] == U0:
            continue
        base = interest_base(b.account.method[i], b.account.principal[i], b.account.original[i])
        interest = interest_of(base, b.account.rate[i])
        less = asked_under_plan(b.account.instalment[i], b.account.plan_asked[i], interest, b.account.scheduled[i])
        b.asked[i] = int32(int32(b.asked[i] - b.account.asked[i]) + less)
        b.account.due[i] = less
        b.account.interest[i] = min(interest, less)
        b.account.asked[i] = less


@phase
def keep_plans(b: Block, p: Numbers) -> None:
    """Post the listed accounts that keep to a plan, unaged; who pays less than it asks owes this month's contractual bill again."""
    for at in range(b.listed[CAREFUL_AT]):
        i = int64(b.marked[at])
        b.held[at] = U0
        left = int32(b.account.plan_left[i])
        if left == 0:
            continue
        due = b.account.due[i]
        money = int32(b.account.paid_due[i] + b.account.paid_catch_up[i])
        hardship = (b.account.relief[i] & _ON_PLAN) != U0
        if money < due - int32(np.floor(due * p.servicing.tolerance)):
            b.account.plan_left[i] = U0
            b.account.relief[i] = b.account.relief[i] & uint8(255 - ON_HARDSHIP_PLAN)
            b.account.remaining[i] = uint8(months_to_repay(
                b.account.method[i], b.account.scheduled[i], b.account.instalment[i], b.account.original[i], b.account.rate[i]
            ))
            interest, part = falls_due(
                b.account.state[i], b.account.method[i], b.account.remaining[i], b.account.principal[i], b.account.scheduled[i],
                b.account.instalment[i], b.account.original[i], b.account.rate[i],
            )
            b.account.due[i] = interest + part
            b.account.interest[i] = interest
            b.account.probation_ends[i] = np.int16(p.month - 1)
            b.count.plans_broken[0] += 1
            continue
        non_accrual = (b.account.marks[i] & uint8(NON_ACCRUAL)) != U0
        base = interest_base(b.account.method[i], b.account.principal[i], b.account.original[i])
        interest = interest_of(base, b.account.rate[i])
        b.count.due_kept[0] += due if b.account.overdue[i] == 0 else int32(0)
        # as everywhere: interest, then the principal that is asked, then fees; what is more repays early
        to_interest = min(money, interest)
        money -= to_interest
        to_principal = min(money, int32(due - min(due, interest)))
        money -= to_principal
        to_fees = min(money, b.account.fees_due[i])
        to_principal += money - to_fees
        room = max(int32(0), int32(LARGEST - b.account.principal[i]))
        added = int32(int32(interest - to_interest) - part_of(interest - to_interest, b.account.plan_waived[i]))
        added = min(added, room)
        waived = int32(int32(interest - to_interest) - added)
        fee = fee_earned(b.account.unearned_fee[i], int32(b.account.remaining[i]) + left)
        if non_accrual:  # what is not recognised is not capitalised either
            b.count.cash_basis[0] += to_interest
            b.account.memo_interest[i] = min(int32(LARGEST), int32(b.account.memo_interest[i] + added))
            added = int32(0)
        else:
            b.count.accrued[0] += to_interest + added
            b.count.collected_interest[0] += to_interest
        b.count.collected_principal[0] += to_principal
        b.count.collected_fees[0] += to_fees
        b.count.fee_earned[0] += fee
        b.account.unearned_fee[i] -= fee
        b.account.fees_due[i] -= to_fees
        before = int32(b.account.missed[i])
        oldest = int32(before - 1)
        last = b.account.ring[16 * i + RING - 1], b.account.ring[16 * i + 2 * RING - 1]
        overdue_interest = int32(0)
        overdue_principal = int32(0)
        for q in range(RING - 1, -1, -1):  # a month on, and no older
            late = last if q == 0 else (b.account.ring[16 * i + q - 1], b.account.ring[16 * i + RING + q - 1])
            overdue_interest += late[0]
            overdue_principal += late[1]
            b.account.ring[16 * i + q] = late[0]
            b.account.ring[16 * i + RING + q] = late[1]
        back = int32(0)  # into the schedule
        since = int32(p.month) - int32(b.account.planned[i])
        fits = overdue_interest <= room - added or non_accrual
        if hardship and b.account.overdue[i] > 0 and since >= p.relief.re_aged_after and fits:
            if non_accrual:
                waived += overdue_interest
            else:
                added += overdue_interest
            back = overdue_principal
            for q in range(2 * RING):
                b.account.ring[16 * i + q] = int32(0)
            b.account.overdue[i] = 0
            b.count.reaged[0] += 1 if before > 0 else 0
            oldest = int32(-1)
        b.count.interest_capitalised[0] += added
        b.count.interest_waived[0] += waived
        b.account.principal[i] += added - to_principal
        b.account.scheduled[i] = max(int32(0), b.account.scheduled[i] + added + back - to_principal)
        b.account.plan_left[i] = uint8(left - 1)
        b.count.under_plan[0] += 1 if left > 1 else 0
        if left == 1:
            b.account.remaining[i] = uint8(months_to_repay(
                b.account.method[i], b.account.scheduled[i], b.account.instalment[i], b.account.original[i], b.account.rate[i]
            ))
            b.account.relief[i] = b.account.relief[i] & uint8(255 - ON_HARDSHIP_PLAN)
            if hardship:
                b.count.plans_completed[0] += 1
                b.account.probation_ends[i] = np.int16(p.month + p.relief.probation)
        b.held[at] = uint8(1)
        b.was[at] = before
        b.fell_due[at] = U0
        b.newest[at] = int32(0)
        b.oldest[at] = oldest
        b.to_principal[at] = to_principal


@phase
def watch_probation(b: Block, p: Numbers) -> None:
    """Who falls into arrears, or further into them, in the probation after a hardship plan; each plan fails once."""
    for at in range(b.listed[CAREFUL_AT]):
        i = int64(b.marked[at])
        on_probation = b.account.plans[i] != U0 and b.account.plan_left[i] == U0 and p.month <= b.account.probation_ends[i]
        if on_probation and b.now[at] > b.was[at]:
            b.count.plans_redefaulted[0] += 1
            b.account.probation_ends[i] = np.int16(p.month - 1)
