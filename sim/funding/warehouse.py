"""The warehouse: a committed line that revolves against eligible loans until a trigger stops it, then is repaid in equal parts.

Money is minor units; the terms are the policy file's section `funding.warehouse`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sim.funding.collateral import Claim
from sim.funding.contract import BY_TRIGGER, Due, FundingMarket, Plain, PoolReading, Repayment, Trigger
from sim.funding.means import Tranche
from sim.funding.money import PPM, monthly_interest, ppm, share_half_up
from sim.funding.terms import Warehouse


def eligible_bands(below_dpd: int) -> int:
    """Number of delinquency buckets, current accounts first, below this many days past due (30, 60 or 90)."""
    return below_dpd // 30 + 1


def borrowing_base(eligible: int, advance_rate: float, haircut: float) -> int:
    """floor((advance rate - haircut) x eligible principal), not below 0."""
    return max(0, eligible * _advance(advance_rate, haircut) // PPM)


def _advance(advance_rate: float, haircut: float) -> int:
    """Advance after the haircut, millionths."""
    return max(0, ppm(advance_rate) - ppm(haircut))


@dataclass
class WarehouseState:
    """Where the line stands. `stopped_in` is the month in which it ceased to revolve, None while it does."""

    commitment: int
    drawn: int = 0
    collateral: int = 0
    base: int = 0  # borrowing base on the collateral
    stopped_in: int | None = None
    stopped_by: str | None = None
    at_stop: int = 0  # debt when it stopped
    principal: int = 0  # opening loans, that the commitment is a share of


@dataclass
class WarehouseFacility:
    """The line: see `contract.Contract` for what each part means to the books."""

    name: str
    terms: Warehouse
    state: WarehouseState

    @classmethod
    def commit(cls, name: str, terms: Warehouse, principal: int) -> WarehouseFacility:
        """The line at opening, undrawn; its commitment is the stated share of opening principal."""
        return cls(name, terms, WarehouseState(share_half_up(principal, terms.commitment), principal=principal))

    @classmethod
    def resume(cls, name: str, terms: Warehouse, saved: Mapping[str, Any]) -> WarehouseFacility:
        """The line as it was saved."""
        return cls(name, terms, WarehouseState(**saved))

    def save(self) -> dict[str, Plain]:
        """See Contract."""
        return asdict(self.state)

    def adopt(self, terms: Warehouse) -> None:
        """See Contract; the commitment is restated as the new share of opening loans."""
        self.terms = terms
        self.state.commitment = share_half_up(self.state.principal, terms.commitment)

    # ------------------------------------------------------------------------------------------- standing

    @property
    def account(self) -> str:
        """See Contract."""
        return f"{self.name}_debt"

    @property
    def drawn(self) -> int:
        """See Contract."""
        return self.state.drawn

    @property
    def collateral(self) -> int:
        """See Contract."""
        return self.state.collateral

    @property
    def base(self) -> int:
        """The borrowing base."""
        return self.state.base

    @property
    def revolving(self) -> bool:
        """Whether it may be drawn and repaid at will."""
        return self.state.stopped_in is None

    @property
    def stopped(self) -> str | None:
        """See Contract."""
        return self.state.stopped_by

    @property
    def limit(self) -> int:
        """What may be drawn at most."""
        return min(self.state.commitment, self.state.base)

    @property
    def available(self) -> int:
        """Liquidity in the line: 0 once it has stopped."""
        return max(0, self.limit - self.drawn) if self.revolving else 0

    @property
    def undrawn_committed(self) -> int:
        """Commitment that the undrawn fee is paid on: 0 once the line has stopped."""
        return max(0, self.state.commitment - self.drawn) if self.revolving else 0

    @property
    def prepayable(self) -> int:
        """All of the debt while the line revolves; a line in term-out keeps to its plan."""
        return self.drawn if self.revolving else 0

    @property
    def next_instalment(self) -> int:
        """A term-out's equal part, or what is left of the debt."""
        return 0 if self.revolving else min(self.drawn, self.state.at_stop // self.terms.term_out_months)

    # ----------------------------------------------------------------------------------- collateral and price

    def claim(self, market: FundingMarket) -> Claim[int]:
        """Eligible principal whose base covers the debt, and the commitment while the line revolves."""
        depth, advance = eligible_bands(self.terms.eligible_below_dpd), _advance(self.terms.advance_rate, market.haircut)
        if not advance:
            return Claim(depth, 0, 0)
        wanted = max(self.drawn, self.state.commitment) if self.revolving else self.drawn
        return Claim(depth, -(-self.drawn * PPM // advance), -(-wanted * PPM // advance))

    def restate(self, collateral: int, market: FundingMarket) -> None:
        """Restate the borrowing base."""
        self.state.collateral = collateral
        self.state.base = borrowing_base(collateral, self.terms.advance_rate, market.haircut)

    def opening_debt(self, utilisation: float) -> int:
        """Utilisation x base, within the commitment."""
        return min(share_half_up(self.base, utilisation), self.state.commitment)

    def spread(self, market: FundingMarket) -> float:
        """Own spread + the market's + the rating's."""
        return self.terms.spread + market.spread + market.notch

    def interest(self, market: FundingMarket) -> Due:
        """Interest on opening debt, and the fee on the undrawn commitment."""
        interest = monthly_interest(self.drawn, market.policy_rate + self.spread(market))
        return Due(
            interest + monthly_interest(self.undrawn_committed, self.terms.undrawn_fee), f"{self.name} interest paid on opening debt"
        )

    def tranche(self, market: FundingMarket) -> Tranche:
        """The advance on new loans, up to the commitment; nothing once the line has stopped."""
        if not self.revolving:
            return Tranche(0, 0.0)
        return Tranche(self.state.commitment - self.limit, max(0.0, self.terms.advance_rate - market.haircut))

    # ---------------------------------------------------------------------------------- repayment and triggers

    def mandatory(self, month: int) -> Repayment:
        """The deficiency of the borrowing base, or the term-out's share if larger."""
        s, name = self.state, self.name
        deficiency = max(0, s.drawn - self.limit)
        if s.stopped_in is None:
            return Repayment(deficiency, "borrowing-base deficiency repaid", False)
        left = max(0, self.terms.term_out_months - (month - s.stopped_in))
        planned = s.at_stop * left // self.terms.term_out_months
        # in the month of the stop nothing is scheduled yet
        return Repayment(max(deficiency, s.drawn - planned, 0), f"term-out of the {name}", s.stopped_in != month)

    def triggers(self, reading: PoolReading) -> tuple[Trigger, ...]:
        """30+ delinquency, three-month average, not over its limit."""
        value, limit = reading.delinquency_3m, self.terms.delinquency_trigger
        return (
            Trigger(
                "delinquency", value, limit, None if value is None else limit - value, value is not None and value > limit,
                f"30+ delinquency, three-month average, over the trigger: the {self.name} stops revolving and is repaid over its term-out",
            ),
        )

    def draw(self, amount: int) -> None:
        """See Contract."""
        self.state.drawn += amount

    def repay(self, amount: int) -> None:
        """See Contract."""
        self.state.drawn -= amount

    def stop(self, month: int, because: str = BY_TRIGGER) -> None:
        """The line ceases to revolve and is repaid over its term-out."""
        if self.revolving:
            self.state.stopped_in, self.state.stopped_by, self.state.at_stop = month, because, self.drawn

    def project(self, month: int, market: FundingMarket) -> WarehouseProjection:
        """The line in the liquidity forecast."""
        s, w = self.state, self.terms
        return WarehouseProjection(
            debt=float(s.drawn), commitment=float(s.commitment), advance=max(0.0, w.advance_rate - market.haircut),
            depth=eligible_bands(w.eligible_below_dpd), revolving=self.revolving,
            monthly_rate=(market.policy_rate + self.spread(market)) / 12, undrawn_fee=w.undrawn_fee / 12, term_out=w.term_out_months,
            stopped_debt=s.at_stop, stopped_since=0 if s.stopped_in is None else month - s.stopped_in,
        )


@dataclass(frozen=True)
class WarehouseProjection:
    """The line in the liquidity forecast; money in minor units, rates a month."""

    debt: float
    commitment: float
    advance: float
    depth: int  # buckets eligible
    revolving: bool
    monthly_rate: float  # on debt
    undrawn_fee: float  # on the undrawn commitment while the line revolves
    term_out: int
    stopped_debt: int  # debt when the line stopped, 0 while it revolves
    stopped_since: int  # months since then

    def claim(self, debt: float) -> Claim[float]:
        """See Projection."""
        if not self.advance:
            return Claim(self.depth, 0.0, 0.0)
        return Claim(self.depth, debt / self.advance, (self.commitment if self.revolving else debt) / self.advance)

    def limit(self, collateral: float) -> float:
        """min(commitment, advance x collateral)."""
        return min(self.commitment, self.advance * collateral)

    def interest(self, debt: float) -> float:
        """Interest, and the undrawn fee while the line revolves."""
        interest = debt * self.monthly_rate
        if self.revolving:
            interest += max(0.0, self.commitment - debt) * self.undrawn_fee
        return interest

    def mandatory(self, debt: float, limit: float, ahead: int) -> float:
        """The deficiency, or the term-out's share if larger."""
        if self.revolving:
            return max(0.0, debt - limit)
        planned = self.stopped_debt * max(0, self.term_out - self.stopped_since - ahead) / self.term_out
        return max(0.0, debt - min(limit, planned))

    def drawable(self, debt: float, limit: float) -> float:
        """See Projection."""
        return max(0.0, limit - debt) if self.revolving else 0.0
