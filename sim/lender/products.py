"""The lender's products: what each lends, for how long, at what kind of price."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.accounts.methods import METHODS, effective_rate
from sim.numerics.sums import half_up

if TYPE_CHECKING:
    from sim.inputs.policy import Policy
    from sim.inputs.profile import Profile


@dataclass(frozen=True)
class Product:
    """One product; its number is its account slot. Money in major units, fees as shares of the principal.

    method: how it is repaid, a name of METHODS. monthly_fee: its own price, None where risk bands price it; tenor: its own
    months, None where the bands say. demand: monthly chance that a borrower at ease applies; size: median amount asked,
    months of income; opening: share of the population that holds one when the warm-up begins; price_effect: logits by which
    an offer is less often taken per percentage point by which a rival is cheaper.
    """

    number: int
    name: str
    method: str
    offered: bool
    minimum: float
    maximum: float
    upfront_fee: float
    monthly_fee: float | None
    tenor: int | None
    demand: float
    size: float
    opening: float
    price_effect: float

    @property
    def label(self) -> str:
        """The name as people read it."""
        return self.name.replace("_", " ")

    def numbers(self, minor: int) -> dict[str, Any]:
        """What phases know of it, by dotted name; minor: minor units per major one."""
        own = {
            "method": METHODS[self.method].code,
            "bit": 1 << self.number,
            "minimum": half_up(self.minimum * minor),
            "maximum": float(half_up(self.maximum * minor)),
            "upfront_fee": float(self.upfront_fee),
            "demand": np.float32(self.demand),
            "size": np.float32(self.size),
            "opening": np.float32(self.opening),
            "price_effect": np.float32(self.price_effect),
            "effective": np.float32(self._effective()),
        }
        return {f"product.{self.number}.{name}": value for name, value in own.items()}

    def _effective(self) -> float:
        """What its nominal rate is worth as interest on the principal outstanding, times the rate: a flat fee is dearer than it looks."""
        if self.monthly_fee is None or self.tenor is None or self.monthly_fee <= 0.0:
            return 1.0
        rate = half_up(self.monthly_fee * 120_000)
        return effective_rate(METHODS[self.method].factor(rate, self.tenor), self.tenor) / max(rate, 1)


def products_of(policy: Policy, profile: Profile) -> tuple[Product, ...]:
    """The products of a policy in its order, as the profile's borrowers ask for them.

    Offered products of one need share it evenly: each is applied for, by a draw of its own, at the need's rate divided by
    their number, and held at the start by as much less. So offering a need's loan in two forms does not double demand.
    """
    sharing = Counter(offer.need for offer in policy.products.values() if offer.offered)
    products = []
    for number, (name, offer) in enumerate(policy.products.items()):
        need = profile.demand.needs[offer.need]
        part = 1.0 / sharing[offer.need] if offer.offered else 0.0
        products.append(
            Product(
                number, name, offer.method, offer.offered, offer.minimum, offer.maximum,
                # terms that other methods do not have
                upfront_fee=getattr(offer, "upfront_fee", 0.0),
                monthly_fee=getattr(offer, "monthly_fee", None),
                tenor=getattr(offer, "tenor", None),
                demand=need.monthly * part, size=need.size, opening=profile.opening.holders[offer.need] * part,
                price_effect=need.price_effect,
            )
        )
    return tuple(products)
