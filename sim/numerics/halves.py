"""Sums of halves: a block's sum of 16-bit halves fits int32, where int64 would halve the width of a loop."""

from __future__ import annotations

from typing import Any

from numpy import int32, int64

from sim.numerics.compile import rule


@rule
def low(amount: Any) -> Any:
    """Lower half of a non-negative amount: a block's sum of halves fits int32, where int64 would halve the loop's width."""
    return int32(amount & int32(65535))


@rule
def high(amount: Any) -> Any:
    """Upper half, in units of 65,536."""
    return int32(amount >> int32(16))


@rule
def whole(lower: Any, upper: Any) -> Any:
    """The sum that two sums of halves stand for."""
    return int64(lower) + int64(upper) * int64(65536)
