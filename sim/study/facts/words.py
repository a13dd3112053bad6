"""How a fact's numbers, bands and verdicts are written, on the terminal and on pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sim.study.facts.declare import FAILS, HOLDS, Band

_SUFFIX = {"%": " %", "pp": " pp", "times": "x"}


def number(unit: str, value: float, signed: bool = False) -> str:
    """A measured value in its unit: shares as per cent, ratios as so many times."""
    if value != value:
        return "–"
    scale = 100 if unit in ("%", "pp") else 1
    shown = value * scale
    places = 0 if shown == round(shown) and unit not in ("%", "pp", "times") else 3 if abs(shown) < 0.1 else 2 if abs(shown) < 10 else 1
    text = f"{shown:{'+' if signed else ''},.{places}f}"
    return f"{text}{_SUFFIX[unit]}" if unit in _SUFFIX else text if unit in ("number", "correlation") else f"{text} {unit}"


def between(unit: str, low: float, high: float) -> str:
    """A span, its unit written once."""
    first, last = number(unit, low), number(unit, high)
    tail = last.partition(" ")[2]
    return f"{first.removesuffix(f' {tail}') if tail else first} to {last}"


def band(unit: str, of: Band) -> str:
    """A band in words."""
    low, high = (None if bound is None else number(unit, bound) for bound in (of.low, of.high))
    if of.low is not None and of.high is not None:
        return number(unit, of.low) if of.low == of.high else between(unit, of.low, of.high)
    if low is None and high is None:
        return "any"
    over, under = ("above", "below") if of.strict else ("at least", "at most")
    return f"{over} {low}" if low is not None else f"{under} {high}"


def interval(unit: str, row: Mapping[str, Any]) -> str:
    """The interval over the seeds, or why there is none."""
    if row["ci_low"] == row["ci_low"]:
        return between(unit, row["ci_low"], row["ci_high"])
    return str(row["interval"])


def whole(row: Mapping[Any, Any]) -> str:
    """A fact's verdict in words."""
    return f"{row['verdict']}, not surely" if row["verdict"] in (HOLDS, FAILS) and not row["sure"] else str(row["verdict"])


def verdict(row: Mapping[str, Any]) -> str:
    """A check's verdict in words: how far from the band it fails, and whether more seeds could turn it."""
    if row["verdict"] not in (HOLDS, FAILS):
        return f"{row['verdict']}: {row['missing']}" if row["missing"] else str(row["verdict"])
    told = str(row["verdict"])
    if row["verdict"] == FAILS and row["distance"]:
        told += f" by {number('pp' if row['unit'] == '%' else row['unit'], row['distance'], signed=True)}"
    return told if row["sure"] else f"{told}, not surely"
