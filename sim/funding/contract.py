"""What the books, the forecast and the report ask of a funding contract, whatever its kind.

Terms come from the policy file and never change; state is plain numbers and words that `save` hands out and a
kind's `resume` takes back (see `kinds`). Money is minor units, rates are fractions a year.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

from sim.funding.collateral import Claim
from sim.funding.means import Tranche

BY_TRIGGER, BY_FAILURE = "trigger", "failure"  # why a contract stopped

Plain = int | float | str | None


class FundingMarket(NamedTuple):
    """What the month's market asks of every contract."""

    policy_rate: float
    spread: float = 0.0  # over a contract's own
    notch: float = 0.0  # spread that the lender's rating adds
    haircut: float = 0.0  # taken off an advance rate


class PoolReading(NamedTuple):
    """What triggers read of the managed book before the month's new loans."""

    delinquency_3m: float | None  # mean of the last three months' 30+ ratio; None before the third


class Trigger(NamedTuple):
    """A condition of a contract; breached, it has the consequence that it names."""

    name: str
    value: float | None
    threshold: float
    headroom: float | None  # how far the value is from the threshold, negative beyond it
    breached: bool
    consequence: str


class Due(NamedTuple):
    """Interest and fees of a month, and the words of their entry."""

    amount: int
    event: str


class Repayment(NamedTuple):
    """Principal due in a month, and the words of its entry; scheduled: an instalment, otherwise a deficiency of collateral."""

    amount: int
    event: str
    scheduled: bool


class Projection(Protocol):
    """A contract in the liquidity forecast: pure functions of a projected debt, floats in minor units."""

    @property
    def debt(self) -> float:
        """Debt that the forecast starts from."""

    def claim(self, debt: float) -> Claim[float]:
        """What it asks of the projected pool."""

    def limit(self, collateral: float) -> float:
        """Debt that projected collateral supports, within the commitment."""

    def interest(self, debt: float) -> float:
        """Interest and fees of a month that begins with this debt."""

    def mandatory(self, debt: float, limit: float, ahead: int) -> float:
        """Repayment due so many months ahead."""

    def drawable(self, debt: float, limit: float) -> float:
        """What could still be drawn."""


class Contract(Protocol):
    """One way to borrow: against what, how much, at what price, when to be repaid, and when it stops."""

    @property
    def name(self) -> str:
        """Its section of the policy file, and its name in entries and events."""

    @property
    def account(self) -> str:
        """Its debt's account in the ledger."""

    @property
    def drawn(self) -> int:
        """Debt, principal."""

    @property
    def collateral(self) -> int:
        """Principal pledged to it, as last restated."""

    @property
    def base(self) -> int:
        """Debt that the collateral supports, before the commitment."""

    @property
    def available(self) -> int:
        """What can be drawn now: liquidity."""

    @property
    def undrawn_committed(self) -> int:
        """Commitment not drawn, whether or not collateral supports it."""

    @property
    def prepayable(self) -> int:
        """What may be repaid voluntarily."""

    @property
    def next_instalment(self) -> int:
        """Scheduled principal of next month, held back from lending."""

    @property
    def stopped(self) -> str | None:
        """Why it is closed to draws, which also bars distributions to shareholders; None while it is open."""

    def adopt(self, terms: Any) -> None:
        """Go by these terms from now on; debt, and whether it is open, stay as they are."""

    def claim(self, market: FundingMarket) -> Claim[int]:
        """What it asks of the pool."""

    def restate(self, collateral: int, market: FundingMarket) -> None:
        """Take note of the principal now pledged to it."""

    def opening_debt(self, utilisation: float) -> int:
        """What is drawn when the opening balance sheet is struck; utilisation: debt over base."""

    def spread(self, market: FundingMarket) -> float:
        """Annual spread over the policy rate on drawn debt."""

    def interest(self, market: FundingMarket) -> Due:
        """Interest and fees of the month on opening debt."""

    def mandatory(self, month: int) -> Repayment:
        """Principal due this month."""

    def tranche(self, market: FundingMarket) -> Tranche:
        """What it lends on new loans."""

    def triggers(self, reading: PoolReading) -> tuple[Trigger, ...]:
        """Its triggers at this reading, breached or not."""

    def draw(self, amount: int) -> None:
        """Debt rises; the books post it."""

    def repay(self, amount: int) -> None:
        """Debt falls; the books post it."""

    def stop(self, month: int, because: str) -> None:
        """Close it to draws from this month on, and begin what repayment its terms ask for; a second time changes nothing."""

    def project(self, month: int, market: FundingMarket) -> Projection:
        """Its place in the forecast that is made at this month's end."""

    def save(self) -> dict[str, Plain]:
        """Its state, ready for JSON."""
