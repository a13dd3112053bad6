"""Collections within capacity: whom to contact next month, who is reached, who complains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numpy import float32 as f
from numpy import uint8, uint32

from sim.accounts.columns import ATTEMPTED, REACHED
from sim.engine.draws import address
from sim.numerics.compile import kernel
from sim.numerics.functions32 import unit32
from sim.numerics.philox import lot

if TYPE_CHECKING:
    from sim.engine.memory import Population
    from sim.inputs.policy import Collections, Stage

@kernel
def _lots(rows: Any, event: int, month: int, k0: int, k1: int, tie: Any) -> None:
    """A draw of the product's event for each of the listed accounts, for ties."""
    for j in range(rows.shape[0]):
        tie[j] = lot(rows[j], month, uint32(event), k0, k1)


@kernel
def _contact(
    contacted: Any, rows: Any, chosen: Any, attempts: int, reach: Any, complains: Any, month: int, reached_event: int,
    complaint_event: int, k0: int, k1: int,
) -> tuple[int, int]:
    """Mark the chosen accounts as attempted, draw who is reached and who complains (the product's events); returns both counts."""
    miss = f(1)
    for _ in range(attempts):
        miss *= f(1) - reach
    reached = 0
    complaints = 0
    for j in range(rows.shape[0]):
        if chosen[j] == uint8(0):
            continue
        i = rows[j]
        contacted[i] = uint8(ATTEMPTED)
        if unit32(lot(i, month, uint32(reached_event), k0, k1)) >= miss:
            contacted[i] = uint8(ATTEMPTED | REACHED)
            reached += 1
        if unit32(lot(i, month, uint32(complaint_event), k0, k1)) < complains:
            complaints += 1
    return reached, complaints


class Complaints(NamedTuple):
    """How readily borrowers complain of harsh contacts."""

    chance: float  # of a month's first attempt, at full harshness
    growth: float  # relative rise with each further attempt of the month

    def of(self, attempts: int, harshness: float) -> float:
        """Complaints that an account's month of so many attempts is expected to bring: each attempt annoys more than the last."""
        return self.chance * harshness * attempts * (1.0 + self.growth * (attempts - 1) / 2.0)


@dataclass
class CollectionsPlan:
    """What next month's contacts use and leave undone."""

    used: int = 0
    available: int = 0
    backlog: int = 0
    attempts: int = 0
    reached: int = 0
    complaints: int = 0
    cost: float = 0.0  # major units

    def serve(self, served: int, wanted: int, attempts: int, cost: float) -> None:
        """So many of the accounts that want contact get it, each with so many attempts at a cost (major units) each."""
        self.used += served * attempts
        self.attempts += served * attempts
        self.backlog += wanted - served
        self.cost += served * attempts * cost


def capacity_of(stage: Stage, opening_accounts: int) -> int:
    """Attempts a month: capacity per 1,000 accounts of the opening book."""
    return int(stage.capacity * opening_accounts / 1000.0 + 0.5)


def attempts_per_account(stage: Stage, cap: float, policy_cap: int) -> int:
    """Attempts planned per selected account within the legal and the policy's cap."""
    return max(0, min(stage.intensity, int(cap), policy_cap))


def missed_chance(reach: float, attempts: int) -> float:
    """Chance that none of so many attempts reaches the borrower."""
    miss = 1.0
    for _ in range(attempts):
        miss *= 1.0 - reach
    return miss


def _worth(population: Population, slot: int, rows: npt.NDArray[np.int64], ranking: str) -> npt.NDArray[np.int64]:
    """What accounts are ranked by, the larger the earlier: balance, days past due, or the weakness of the score."""
    account = population.accounts[slot]
    if ranking == "score":
        return 1000 - population.household.score[rows].astype(np.int64)
    return (account.principal if ranking == "balance" else account.missed)[rows].astype(np.int64)


def plan_stage(
    population: Population, rows: list[npt.NDArray[np.int64]], stage: Stage, policy: Collections,
    legal_cap: float, complaints: Complaints, opening_accounts: int, month: int, keys: tuple[int, int], plan: CollectionsPlan,
) -> None:
    """Contact accounts of one stage within its capacity, best ranked first (rows: by account slot)."""
    capacity = capacity_of(stage, opening_accounts)
    attempts = attempts_per_account(stage, legal_cap, policy.contact_cap)
    plan.available += capacity
    places = capacity // attempts if attempts else 0
    total = sum(r.size for r in rows)
    if places >= total:
        chosen = [np.ones(r.size, np.uint8) for r in rows]
    else:
        ties = [np.empty(r.size, np.uint32) for r in rows]
        for slot, (r, tie) in enumerate(zip(rows, ties, strict=True)):
            _lots(r, address("collection_tie_break", population.luck[slot]), month, *keys, tie)
        value = np.concatenate([_worth(population, slot, r, policy.ranking) for slot, r in enumerate(rows)])
        slots = np.concatenate([np.full(r.size, slot, np.uint8) for slot, r in enumerate(rows)])
        order = np.lexsort((np.concatenate(rows), slots, np.concatenate(ties), -value))
        picked = np.zeros(total, np.uint8)
        picked[order[:places]] = 1
        chosen = np.split(picked, np.cumsum([r.size for r in rows])[:-1])
    plan.serve(min(places, total), total, attempts, stage.cost)
    for slot, (r, c) in enumerate(zip(rows, chosen, strict=True)):
        if r.size == 0:
            continue
        reached, complained = _contact(
            population.accounts[slot].contacted, r, c, attempts, np.float32(stage.reach),
            np.float32(complaints.of(attempts, stage.harshness)), month, address("reached", population.luck[slot]),
            address("complaint", population.luck[slot]), *keys,
        )
        plan.reached += reached
        plan.complaints += complained
