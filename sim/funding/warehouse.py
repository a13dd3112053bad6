"""Funding arithmetic of a warehouse facility: pure functions of integers in minor units."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Int64 = npt.NDArray[np.int64]

PPM = 1_000_000


def ppm(rate: float) -> int:
    """A rate in whole millionths, so that products of money and rates are exact."""
    return math.floor(rate * PPM + 0.5)


def share_half_up(amount: int, rate: float) -> int:
    """amount x rate, half up to the minor unit."""
    return (amount * ppm(rate) * 2 + PPM) // (2 * PPM)


def borrowing_base(eligible: int, advance_rate: float, haircut: float) -> int:
    """floor((advance rate - haircut) x eligible principal), not below 0."""
    return max(0, eligible * max(0, ppm(advance_rate) - ppm(haircut)) // PPM)


def monthly_interest(debt: int, annual_rate: float) -> int:
    """A twelfth of the annual rate on the opening debt, half up; never negative."""
    return max(0, (debt * ppm(annual_rate) * 2 + 12 * PPM) // (24 * PPM))


@dataclass
class Facility:
    """A warehouse line. `stopped` is the month in which it ceased to revolve, None while it does."""

    commitment: int
    drawn: int
    base: int  # borrowing base on the present pool
    stopped: int | None = None
    at_stop: int = 0  # debt when it stopped
    term_out: int = 12

    @property
    def drawable(self) -> bool:
        return self.stopped is None

    @property
    def limit(self) -> int:
        """What may be drawn at most."""
        return min(self.commitment, self.base)

    @property
    def available(self) -> int:
        """Liquidity in the line: 0 once it has stopped."""
        return max(0, self.limit - self.drawn) if self.drawable else 0

    @property
    def undrawn_committed(self) -> int:
        return max(0, self.commitment - self.drawn) if self.drawable else 0

    def mandatory(self, month: int) -> int:
        """Repayment due now: the deficiency of the borrowing base, or the term-out's share if larger."""
        deficiency = max(0, self.drawn - self.limit)
        if self.stopped is None:
            return deficiency
        left = max(0, self.term_out - (month - self.stopped))
        planned = self.at_stop * left // self.term_out
        return max(deficiency, self.drawn - planned, 0)

    def stop(self, month: int) -> None:
        """The facility ceases to revolve and is repaid over its term-out."""
        if self.stopped is None:
            self.stopped, self.at_stop = month, self.drawn


class Means(NamedTuple):
    """What new loans are paid from: F of own money, H of unused commitment, and the advance on what is lent."""

    free: int
    below_commitment: int
    advance: float

    def afford(self, face: Int64, payout: Int64, held_back: float) -> npt.NDArray[np.bool_]:
        """Which of these cumulative sums of face and payout can be paid, to the minor unit.

        Own money must cover what the base of the new loans does not: payout - floor(advance x face) <= F; and
        own money with the whole commitment must cover the payout: payout <= F + H. For loans of one fee share
        this is `origination_budget`.
        """
        keep = PPM - ppm(held_back)
        base = face * ppm(self.advance) // PPM
        own, total = max(0, self.free) * keep // PPM, max(0, self.free + self.below_commitment) * keep // PPM
        return (payout - base <= own) & (payout <= total)


def origination_budget(
    free: int, headroom_below_commitment: int, advance: float, fee_share: float, held_back: float
) -> int:
    """Face principal that can be lent, O_max = max(0, min(F / (1 - phi - a), (F + H) / (1 - phi))).

    New loans bring borrowing base, so each unit lent needs only 1 - phi - a of own money, until the
    commitment binds. free (F): cash above the minimum after this month's obligations, plus what the
    existing pool lets draw; H: commitment less what the pool already supports; phi: netted fee share;
    a: advance on new loans; held_back: share of the budget not used.
    """
    a, phi = ppm(advance), ppm(fee_share)
    own = PPM - phi - a
    first = math.inf if own <= 0 and free >= 0 else (free * PPM // own if own > 0 else -math.inf)
    second = (free + headroom_below_commitment) * PPM // (PPM - phi)
    budget = max(0, min(first, second))
    return int(budget) * (PPM - ppm(held_back)) // PPM
