"""Shares of integer amounts, exact to the minor unit: a rate becomes a whole number of billionths once.

The lender's books hold no float. A rate read from a file (or from a macro path) is rounded to 1e-9 when it
enters; from there on only whole numbers are multiplied and divided.
"""

from __future__ import annotations

import math

BILLION = 1_000_000_000


def parts(rate: float) -> int:
    """A rate or share as whole billionths, half up: 0.035 -> 35_000_000. May be negative."""
    return math.floor(rate * BILLION + 0.5)


def share_of(amount: int, rate_parts: int, per: int = BILLION) -> int:
    """amount x rate_parts / per, rounded half up (towards plus infinity)."""
    return (2 * amount * rate_parts + per) // (2 * per)


def share_down(amount: int, rate_parts: int, per: int = BILLION) -> int:
    """amount x rate_parts / per, rounded down."""
    return amount * rate_parts // per


def ceiling_of(amount: int, divisor: int) -> int:
    """amount / divisor, rounded up."""
    return -(-amount // divisor)


def to_minor(amount: float, minor_units: int) -> int:
    """An amount in major units as whole minor units, half up."""
    return math.floor(amount * 10**minor_units + 0.5)


def in_words(amount: int, minor_units: int) -> str:
    """An amount in major units for a sentence: 1.25m, 930,400, 4,664."""
    major = amount / 10**minor_units
    if abs(major) >= 1e9:
        return f"{major / 1e9:,.2f}bn"
    if abs(major) >= 1e6:
        return f"{major / 1e6:,.2f}m"
    return f"{major:,.0f}"


__all__ = ["BILLION", "ceiling_of", "in_words", "parts", "share_down", "share_of", "to_minor"]
