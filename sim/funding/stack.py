"""The contracts together: sums over them, the pool pledged among them, and what the market asks for them all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sim.funding.causes import BorrowingBase
from sim.funding.collateral import pledge, pool_of
from sim.funding.contract import Contract, FundingMarket, PoolReading, Projection, Trigger


def in_turn(amount: int, capacities: Sequence[int]) -> list[int]:
    """Split an amount over capacities: all that the first holds, then the next; what none holds is left out."""
    parts = []
    for capacity in capacities:
        parts.append(max(0, min(amount, capacity)))
        amount -= parts[-1]
    return parts


@dataclass(frozen=True)
class DebtStack:
    """The lender's contracts, in the order in which they are drawn and repaid. Money in minor units.

    ValueError where two contracts share an account of the ledger.
    """

    contracts: tuple[Contract, ...]

    def __post_init__(self) -> None:
        if len(set(self.accounts)) < len(self.contracts):
            raise ValueError(f"each contract needs an account of its own, not {list(self.accounts)}")

    def __iter__(self) -> Iterator[Contract]:
        return iter(self.contracts)

    @property
    def accounts(self) -> tuple[str, ...]:
        """The ledger's accounts of debt."""
        return tuple(c.account for c in self.contracts)

    @property
    def drawn(self) -> int:
        """All debt, principal."""
        return sum(c.drawn for c in self.contracts)

    @property
    def base(self) -> int:
        """All that the pledged pool supports; no loan counts twice."""
        return sum(c.base for c in self.contracts)

    @property
    def available(self) -> int:
        """All that can be drawn now."""
        return sum(c.available for c in self.contracts)

    @property
    def undrawn_committed(self) -> int:
        """All commitments not drawn."""
        return sum(c.undrawn_committed for c in self.contracts)

    @property
    def next_instalments(self) -> int:
        """All principal that is scheduled for next month."""
        return sum(c.next_instalment for c in self.contracts)

    @property
    def stopped(self) -> bool:
        """Whether any contract has stopped, which bars distributions."""
        return any(c.stopped is not None for c in self.contracts)

    def restate(self, bucket_principal: Sequence[int], market: FundingMarket) -> BorrowingBase:
        """Pledge the pool among the contracts anew, and what they lend on it together."""
        claims = [c.claim(market) for c in self.contracts]
        parts = pledge(pool_of(bucket_principal, [claim.depth for claim in claims]), claims)
        for contract, part in zip(self.contracts, parts, strict=True):
            contract.restate(part, market)
        return BorrowingBase(sum(parts), market.haircut, self.base)

    def spread(self, market: FundingMarket) -> float:
        """Mean annual spread over the policy rate, weighted by debt; the first contract's where nothing is drawn.

        The mean moves contract by contract, m + (s - m) d / D, so that one contract alone gives its own spread to the bit.
        """
        mean, debt = 0.0, 0
        for k, contract in enumerate(self.contracts):
            spread, debt = contract.spread(market), debt + contract.drawn
            if k == 0:
                mean = spread
            elif contract.drawn:
                mean += (spread - mean) * (contract.drawn / debt)
        return mean

    def triggers(self, reading: PoolReading) -> list[tuple[Contract, Trigger]]:
        """Every trigger of every contract at this reading."""
        return [(contract, trigger) for contract in self.contracts for trigger in contract.triggers(reading)]

    def project(self, month: int, market: FundingMarket) -> list[Projection]:
        """All contracts in the liquidity forecast that is made at this month's end."""
        return [c.project(month, market) for c in self.contracts]

    def pool(self, bucket_principal: Sequence[int], market: FundingMarket) -> dict[int, int]:
        """The pool by the depths that the contracts accept."""
        return pool_of(bucket_principal, [c.claim(market).depth for c in self.contracts])
