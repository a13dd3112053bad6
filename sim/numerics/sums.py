"""Sums and roundings that are the same under every Python."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import reduce
from operator import add


def plain_sum(values: Iterable[float]) -> float:
    """Sum from the left, rounding after each addition; 0.0 for no values.

    The built-in `sum` does just this up to Python 3.11 and carries the rounding error along (Neumaier) from 3.12
    on, so that the two may differ in the last bit: what feeds results is summed here.
    """
    return reduce(add, values, 0.0)


def half_up(amount: float) -> int:
    """Nearest integer, halves up."""
    return math.floor(amount + 0.5)
