"""Funding frozen: what stands in for the books while the population warms up.

Before the opening books are struck nothing is posted, drawn or distributed, and money never limits lending.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sim.funding.contract import FundingMarket
from sim.funding.flows import Flows
from sim.funding.kinds import opening_spread
from sim.funding.terms import Funding

Int64 = npt.NDArray[np.int64]


class Unlimited:
    """Means that pay for everything."""

    def afford(self, face: Int64, payout: Int64, held_back: float) -> npt.NDArray[np.bool_]:
        """All of it."""
        del payout, held_back
        return np.ones(face.shape, bool)


class FrozenFunding:
    """The books' place during the warm-up; answers as a going concern that posts nothing."""

    alive = True
    recording = False  # months are lived, not recorded

    def __init__(self, funding: Funding) -> None:
        self.funding = funding
        self.wanted = 0  # principal that passed the risk policy this month

    def spread(self, market: FundingMarket) -> float:
        """Annual spread over the policy rate before anything is drawn, as rated at the opening."""
        return opening_spread(self.funding, market)

    def begin(self) -> None:
        """No flows to forget."""

    def service(self, month: int, flows: Flows) -> None:
        """Nothing is posted."""

    def settle(self, month: int, buckets: list[int], market: FundingMarket, operating_cost: int, delinquency: float | None) -> None:
        """Nothing falls due."""

    def means(self, market: FundingMarket) -> Unlimited:
        """Whatever passes the risk policy is granted."""
        del market
        return Unlimited()

    def disburse(self, month: int, face: int, fees: int, buckets_after: list[int], market: FundingMarket) -> None:
        """Paid from outside the model."""

    def distribute(self, month: int, least_liquidity: int = 0) -> None:
        """No capital, no dividend."""
