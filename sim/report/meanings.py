"""What a figure on a page means, in words: the metric's own declaration, and how months and seeds were put together."""

from __future__ import annotations

from dataclasses import dataclass

from sim.measures.outcomes import HOW, Outcome
from sim.measures.table import MONTHLY


@dataclass(frozen=True)
class Term:
    """A word on a page with its meaning, which is shown where a reader points at it, taps it or reaches it with the Tab key."""

    label: str
    meaning: str


def plain(name: str) -> str:
    """A column's or an event's name as people write it."""
    return name.replace("_", " ")


def metric_meaning(name: str) -> str:
    """A column of `monthly` in words. KeyError for an unknown one."""
    return plain(MONTHLY[name].meaning)


def outcome_meaning(outcome: Outcome) -> str:
    """What an outcome is: of a metric, its meaning and how its months come to one number."""
    how = MONTHLY[outcome.name].over_months if outcome.name in MONTHLY.names else None
    return f"{metric_meaning(outcome.name)}; {HOW[how]}" if how else plain(outcome.meaning)


def unit_words(unit: str, currency: str) -> str:
    """How a unit is written beside a number."""
    return {"money": currency, "ratio": "%", "flag": "%", "count": "number"}.get(unit, unit)


def glossary(*groups: list[Term]) -> list[Term]:
    """Every term once, by the alphabet, for readers on paper."""
    found = {term.label: term for group in groups for term in group}
    return [found[label] for label in sorted(found, key=str.casefold)]
