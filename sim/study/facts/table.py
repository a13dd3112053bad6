"""The stylised facts in the order of their numbers."""

from __future__ import annotations

from sim.study.facts import arrears, books, contacts, cycle, funding, people, relief, scores
from sim.study.facts.declare import Fact


def in_order(*rooms: tuple[Fact, ...]) -> tuple[Fact, ...]:
    """All facts by number. ValueError for a number declared twice, or a check whose fact is measured by nothing."""
    found: dict[int, Fact] = {}
    for fact in (fact for room in rooms for fact in room):
        if fact.number in found:
            raise ValueError(f"fact {fact.number} is declared twice")
        if fact.observe is None and not all(check.missing for check in fact.checks):
            raise ValueError(f"fact {fact.number} is observed by nothing, and a check of it does not say what is missing")
        found[fact.number] = fact
    return tuple(found[n] for n in sorted(found))


FACTS = in_order(
    arrears.FACTS, books.FACTS, contacts.FACTS, cycle.FACTS, funding.FACTS, people.FACTS, relief.FACTS, scores.FACTS,
)
