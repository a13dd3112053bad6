"""Whom the lender lets pay less: hardship plans that collectors agree on, payment holidays by public order.

Both are decided at a month's end on what the month has shown, and are in force from the next month on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sim.accounts.columns import ATTEMPTED, CANNOT_PAY, OPEN, REACHED
from sim.accounts.plans import WHOLE, Plan, begin_plan
from sim.engine.draws import address
from sim.numerics.compile import kernel
from sim.numerics.functions32 import unit32
from sim.numerics.philox import lot
from sim.numerics.sums import half_up

if TYPE_CHECKING:
    from sim.engine.columns import Table
    from sim.engine.memory import Population
    from sim.mechanisms.payment_relief import HardshipPlans

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Relief:
    """What was granted in a month, and what is under a plan or holiday at its end; principal in minor units."""

    plans: int = 0
    holidays: int = 0
    accounts: int = 0
    principal: int = 0
    principal_below_30: int = 0  # of accounts less than 30 days past due


@kernel
def _uniforms(rows: Any, event: int, month: int, k0: int, k1: int, u: Any) -> None:
    """A uniform of the event for each of the listed borrowers."""
    for j in range(rows.shape[0]):
        u[j] = unit32(lot(rows[j], month, np.uint32(event), k0, k1))


def _drawn(rows: Rows, event: int, month: int, keys: tuple[int, int]) -> npt.NDArray[np.float32]:
    u = np.empty(rows.size, np.float32)
    _uniforms(rows, event, month, *keys, u)
    return u


def make_plans(population: Population, terms: HardshipPlans, take_up: float, month: int, keys: tuple[int, int]) -> int:
    """Offer plans to borrowers in arrears whom collectors have just reached and take to be unable to pay; how many take one.

    take_up: share of those offered one who take it. Whom a plan is agreed with is not pressed for payment.
    """
    plan = Plan(terms.months, half_up(terms.payment_share * WHOLE), half_up(terms.interest_waived * WHOLE), hardship=True)
    made = 0
    for slot, account in enumerate(population.accounts):
        rows = np.flatnonzero(account.contacted == ATTEMPTED | REACHED).astype(np.int64, copy=False)
        rows = rows[_may_have_one(account, rows, terms, month)]
        luck = population.luck[slot]
        found_out = _drawn(rows, address("plan_diagnosed", luck), month, keys) < np.float32(terms.diagnosis)
        offered = (account.cause[rows] == CANNOT_PAY) == found_out
        takes = _drawn(rows, address("plan_taken", luck), month, keys) < np.float32(take_up)
        rows = rows[offered & takes]
        begin_plan(account, rows, plan, month)
        account.contacted[rows] = ATTEMPTED
        made += rows.size
    return made


def _may_have_one(account: Table, rows: Rows, terms: HardshipPlans, month: int) -> npt.NDArray[np.bool_]:
    """Within the buckets, with instalments to come, under no plan or probation, and not too often."""
    missed, plans = account.missed[rows], account.plans[rows]
    rested = (month - account.planned[rows] >= terms.again_after) & (month > account.probation_ends[rows])
    return np.asarray(
        (missed >= terms.from_missed) & (missed <= terms.up_to_missed) & (account.remaining[rows] > 0) & (account.plan_left[rows] == 0)
        & (plans < terms.most) & ((plans == 0) | rested)
    )


def grant_holidays(population: Population, share: float, plan: Plan, month: int, keys: tuple[int, int]) -> int:
    """Payment holidays on all accounts of borrowers in difficulty: without a job, on cut hours, or unable to pay this month; how many.

    share: of these borrowers; each month they have a draw for all of their accounts.
    """
    household = population.household
    hard = (household.employed == 0) | (household.hours_cut != 0)
    for account in population.accounts:
        hard |= (account.state == OPEN) & (account.cause == CANNOT_PAY)
    borrowers = np.flatnonzero(hard).astype(np.int64, copy=False)
    borrowers = borrowers[_drawn(borrowers, address("forbearance"), month, keys) < np.float32(share)]
    granted = 0
    for account in population.accounts:
        fit = (account.state[borrowers] == OPEN) & (account.remaining[borrowers] > 0) & (account.plan_left[borrowers] == 0)
        rows = borrowers[fit]
        begin_plan(account, rows, plan, month)
        account.contacted[rows] &= ATTEMPTED
        granted += rows.size
    return granted


def holiday_of(conditions: Mapping[str, float]) -> Plan | None:
    """The holiday that public order grants this month, None where it grants none."""
    if conditions["forbearance"] <= 0:
        return None
    return Plan(half_up(conditions["forbearance_months"]), 0, half_up(conditions["forbearance_interest_waived"] * WHOLE), hardship=False)


def standing(population: Population, plans: int, holidays: int, ladder: npt.NDArray[np.int64]) -> Relief:
    """What is under a plan or holiday now; plans, holidays: granted this month.

    ladder: instalments by how many are still to come, as count_ladder leaves them: what plans put off is moved to its months.
    """
    accounts = principal = below = 0
    for account in population.accounts:
        rows = np.flatnonzero(account.plan_left)
        balance = account.principal[rows].astype(np.int64)
        early = account.missed[rows] < 2
        accounts, principal, below = accounts + rows.size, principal + int(balance.sum()), below + int(balance[early].sum())
        rows = rows[early]
        left, to_come = account.plan_left[rows].astype(np.int64), account.remaining[rows].astype(np.int64)
        instalment = account.instalment[rows].astype(np.int64)
        put_off = instalment - instalment * account.plan_asked[rows] // WHOLE
        for rung, amount in ((to_come, -instalment), (left + to_come, instalment), (left, -put_off)):
            np.add.at(ladder, np.minimum(rung, ladder.size - 1), amount)
    return Relief(plans, holidays, accounts, principal, below)
