"""What a stylised fact is: a sentence, how it is measured, the published figures with their bands, and what is not built yet.

A fact is observed seed by seed, on the lives of a `Lab`; what it observes are numbers by name. Each check sets one of them,
put together over the seeds, against the band in which the fact holds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from sim.study.facts.lab import Lab

Kind = Literal["level", "sign"]
Unit = Literal["%", "pp", "times", "months", "quarters", "correlation", "pp per pp", "number"]
Seen = Mapping[str, Any]  # what one seed shows, by name: numbers, or arrays that only `conclude` reads
Observe = Callable[["Lab"], Seen]
Conclude = Callable[[Sequence[Seen]], Mapping[str, float]]

HOLDS, FAILS, NOT_YET, TOO_FEW = "holds", "fails", "not measurable yet", "too few cases"
VERDICTS = (HOLDS, FAILS, NOT_YET, TOO_FEW)
UNFIT = "unfit"  # what a seed shows, as words, of a fact that cannot be measured under the setting that was given
KINDS: Mapping[Kind, str] = {"level": "a number that must hold in the default calibration", "sign": "a sign that must hold"}


class UnfitError(ValueError):
    """What a fact's lives need, in words, and the setting does not have: a product, a contract."""


@dataclass(frozen=True)
class Band:
    """Where a fact holds: from low to high, None for no bound; strict: a bound itself lies outside, as zero does of a sign."""

    low: float | None = None
    high: float | None = None
    strict: bool = False

    def holds(self, value: float) -> bool:
        """Whether a value lies in the band; nothing that is no number does."""
        if math.isnan(value):
            return False
        low, high = -math.inf if self.low is None else self.low, math.inf if self.high is None else self.high
        return low < value < high if self.strict else low <= value <= high

    def distance(self, value: float) -> float:
        """How far a value lies beyond the nearer bound, below it negative; 0 within the band and on a bound."""
        if math.isnan(value):
            return value
        if self.low is not None and value < self.low:
            return value - self.low
        return value - self.high if self.high is not None and value > self.high else 0.0

    def sure(self, low: float, high: float) -> bool:
        """Whether an interval leaves no doubt: all of it within the band, or all of it on one side outside."""
        if self.holds(low) and self.holds(high):
            return True
        below = self.low is not None and (high <= self.low if self.strict else high < self.low)
        above = self.high is not None and (low >= self.high if self.strict else low > self.high)
        return below or above


ABOVE_ZERO, BELOW_ZERO = Band(0.0, None, strict=True), Band(None, 0.0, strict=True)


@dataclass(frozen=True)
class Check:
    """One number of a fact. name: by which it is observed; published: the figure as its source gives it; source: publisher and date.

    currency: of the one market that the figure belongs to, None for all. missing: what is not built yet without which it cannot be
    measured, in words. share: of the seeds, each of which shows 0 or 1.
    """

    name: str
    what: str
    unit: Unit
    band: Band
    published: str
    source: str
    currency: str | None = None
    missing: str = ""
    share: bool = False


@dataclass(frozen=True)
class Fact:
    """A stylised fact. observe: None where nothing of it can be measured yet.

    conclude: how the seeds' numbers are put together, None for their means. quick: part of the short version.
    """

    number: int
    name: str
    kind: Kind
    sentence: str
    how: str
    checks: tuple[Check, ...]
    observe: Observe | None = None
    conclude: Conclude | None = None
    quick: bool = False

