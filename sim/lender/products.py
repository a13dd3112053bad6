"""The lender's products: what each lends, for how long, at what kind of price."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.engine.draws import EVENTS
from sim.inputs.policy import Policy
from sim.inputs.profile import Profile


@dataclass(frozen=True)
class Product:
    """One product; its number is its account slot. Money in major units, fees as shares of the principal.

    flat: a fixed monthly fee on the original principal instead of interest on what is outstanding. demand: monthly
    chance that a borrower at ease applies; size: median amount asked, months of income; opening: share of the
    population that holds one when the warm-up begins.
    """

    number: int
    name: str
    flat: bool
    minimum: float
    maximum: float
    upfront_fee: float
    monthly_fee: float
    tenor: int
    demand: float
    size: float
    opening: float

    def numbers(self, minor: int) -> dict[str, Any]:
        """What phases know of it, by dotted name; minor: minor units per major one."""
        from sim.lender.pricing import half_up

        own = {
            "flat": int(self.flat),
            "upper": int(self.number == 1),  # the two products use the two ends of one draw
            "bit": 1 << self.number,
            "minimum": half_up(self.minimum * minor),
            "maximum": float(half_up(self.maximum * minor)),
            "upfront_fee": float(self.upfront_fee),
            "demand": np.float32(self.demand),
            "size": np.float32(self.size),
            "opening": np.float32(self.opening),
            "holds_event": EVENTS["sample_plan" if self.number else "sample_cash_loan"],
            "age_event": EVENTS["sample_plan_age" if self.number else "sample_loan_age"],
        }
        return {f"product.{self.number}.{name}": value for name, value in own.items()}


def products_of(policy: Policy, profile: Profile) -> tuple[Product, ...]:
    """The products of a policy, as the profile's borrowers ask for them."""
    loan, plan, d, o = policy.products.cash_loan, policy.products.instalment_plan, profile.demand, profile.opening
    return (
        Product(
            0, "cash_loan", False, loan.minimum, loan.maximum, loan.upfront_fee, 0.0, 0, d.cash_loan if loan.offered else 0.0, d.size,
            o.cash_loan if loan.offered else 0.0,
        ),
        Product(
            1, "instalment_plan", True, plan.minimum, plan.maximum, 0.0, plan.monthly_fee, plan.tenor,
            d.instalment_plan if plan.offered else 0.0, d.plan_size, o.instalment_plan if plan.offered else 0.0,
        ),
    )
