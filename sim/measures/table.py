"""The tables as a run writes them: the core's metrics, then whatever mechanisms declare, and what a comparison compares."""

from __future__ import annotations

from collections.abc import Iterable

from sim.engine.declare import Mechanism
from sim.measures.monthly import CORE
from sim.measures.outcomes import DERIVED, Outcome, outcome_of, outcomes_of
from sim.measures.registry import Registry, assemble
from sim.mechanisms import MECHANISMS


def metrics_with(more: Iterable[Mechanism] = ()) -> Registry:
    """The columns of `monthly`; more: mechanisms from outside, whose metrics come last."""
    return assemble(CORE, (metric for mechanism in (*MECHANISMS, *more) for metric in mechanism.metrics))


def outcomes_with(more: Iterable[Mechanism] = ()) -> tuple[Outcome, ...]:
    """What a comparison compares."""
    return outcomes_of(metrics_with(more), DERIVED)


MONTHLY = metrics_with()
OUTCOMES = outcomes_with()


def outcome(name: str) -> Outcome:
    """An outcome by name: one of a comparison's, else the one of the metric of that name. KeyError for an unknown name."""
    for known in OUTCOMES:
        if known.name == name:
            return known
    return outcome_of(MONTHLY[name])
