"""Collections within capacity: whom to contact next month, who is reached, who complains."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import float32, uint8, uint32

from sim.borrowers.columns import ATTEMPTED, REACHED
from sim.config.schema import Collections, Stage
from sim.numerics.compile import kernel
from sim.numerics.functions32 import unit32
from sim.numerics.philox import Event, word

f = float32
_REACHED_EVENT, _COMPLAINT, _TIE = int(Event.REACHED), int(Event.COMPLAINT), int(Event.COLLECTION_TIE_BREAK)


@kernel
def _rank(A: Any, H: Any, rows: Any, by: int, slot: int, month: int, k0: int, k1: int, value: Any, tie: Any) -> None:
    """Sort keys: larger value first; ties by an addressed draw."""
    for j in range(rows.shape[0]):
        i = rows[j]
        if by == 0:
            value[j] = A.principal[i]
        elif by == 1:
            value[j] = A.missed[i]
        else:
            value[j] = 1000 - H.score[i]
        tie[j] = word(i, month + slot * 65536, uint32(_TIE), k0, k1)


@kernel
def _contact(
    A: Any, rows: Any, chosen: Any, attempts: int, reach: Any, complaint: Any, month: int, slot: int, k0: int, k1: int
) -> tuple[int, int]:
    """Mark the chosen accounts as attempted, draw who is reached and who complains; returns both counts."""
    miss = f(1)
    for _ in range(attempts):
        miss *= f(1) - reach
    reached = 0
    complaints = 0
    for j in range(rows.shape[0]):
        if chosen[j] == uint8(0):
            continue
        i = rows[j]
        A.contacted[i] = uint8(ATTEMPTED)
        # the two slots of a borrower use the upper and lower side of one draw
        u = unit32(word(i, month, uint32(_REACHED_EVENT), k0, k1))
        u = f(1) - u if slot == 1 else u
        if u >= miss:
            A.contacted[i] = uint8(ATTEMPTED | REACHED)
            reached += 1
        w = unit32(word(i, month, uint32(_COMPLAINT), k0, k1))
        w = f(1) - w if slot == 1 else w
        if w < complaint * f(attempts):
            complaints += 1
    return reached, complaints


class Plan:
    """What next month's collections plan uses and leaves undone."""

    def __init__(self) -> None:
        self.used = 0
        self.available = 0
        self.backlog = 0
        self.attempts = 0
        self.reached = 0
        self.complaints = 0
        self.cost = 0.0  # major units


RANKING = {"balance": 0, "days_past_due": 1, "score": 2}


def capacity_of(stage: Stage, opening_accounts: int) -> int:
    """Attempts a month: capacity per 1,000 accounts of the opening book."""
    return int(stage.capacity * opening_accounts / 1000.0 + 0.5)


def attempts_per_account(stage: Stage, cap: float, policy_cap: int) -> int:
    """Attempts planned per selected account within the legal and the policy's cap."""
    return max(0, min(stage.intensity, int(cap), policy_cap))


def plan_stage(
    population: Any, rows: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]], stage: Stage, policy: Collections,
    legal_cap: float, complaint: float, opening_accounts: int, month: int, keys: tuple[int, int], plan: Plan,
) -> None:
    """Contact accounts of one stage within its capacity, best ranked first (rows: loan slot, plan slot)."""
    capacity = capacity_of(stage, opening_accounts)
    attempts = attempts_per_account(stage, legal_cap, policy.contact_cap)
    plan.available += capacity
    places = capacity // attempts if attempts else 0
    total = rows[0].size + rows[1].size
    if places >= total:
        chosen = [np.ones(r.size, np.uint8) for r in rows]
    else:
        values, ties, slots = [], [], []
        for slot, r in enumerate(rows):
            value = np.empty(r.size, np.int64)
            tie = np.empty(r.size, np.uint32)
            account = population.loan if slot == 0 else population.plan
            _rank(account, population.household, r, RANKING[policy.ranking], slot, month, *keys, value, tie)
            values.append(value)
            ties.append(tie)
            slots.append(np.full(r.size, slot, np.uint8))
        value, tie = np.concatenate(values), np.concatenate(ties)
        order = np.lexsort((np.concatenate(rows), np.concatenate(slots), tie, -value))
        picked = np.zeros(total, np.uint8)
        picked[order[:places]] = 1
        chosen = [picked[: rows[0].size], picked[rows[0].size :]]
    served = min(places, total)
    plan.used += served * attempts
    plan.backlog += total - served
    plan.attempts += served * attempts
    plan.cost += served * attempts * stage.cost
    for slot, (r, c) in enumerate(zip(rows, chosen, strict=True)):
        account = population.loan if slot == 0 else population.plan
        reached, complaints = _contact(
            account, r, c, attempts, np.float32(stage.reach), np.float32(complaint * stage.harshness), month, slot, *keys
        )
        plan.reached += reached
        plan.complaints += complaints
