"""Products of money and rates, exact in integers: a rate counts in whole millionths. Money in minor units."""

from __future__ import annotations

import math

PPM = 1_000_000


def ppm(rate: float) -> int:
    """A rate in whole millionths, so that products of money and rates are exact."""
    return math.floor(rate * PPM + 0.5)


def share_half_up(amount: int, rate: float) -> int:
    """amount x rate, half up to the minor unit."""
    return (amount * ppm(rate) * 2 + PPM) // (2 * PPM)


def monthly_interest(debt: int, annual_rate: float) -> int:
    """A twelfth of the annual rate on the opening debt, half up; never negative."""
    return max(0, (debt * ppm(annual_rate) * 2 + 12 * PPM) // (24 * PPM))
