"""The tables as a run writes them: the core's metrics, then whatever mechanisms declare, and what a comparison compares."""

from __future__ import annotations

from sim.measures.monthly import CORE
from sim.measures.outcomes import DERIVED, Outcome, outcome_of, outcomes_of
from sim.measures.registry import assemble

MONTHLY = assemble(CORE)  # a mechanism's metrics are its second argument
OUTCOMES = outcomes_of(MONTHLY, DERIVED)


def outcome(name: str) -> Outcome:
    """An outcome by name: one of a comparison's, else the one of the metric of that name. KeyError for an unknown name."""
    for known in OUTCOMES:
        if known.name == name:
            return known
    return outcome_of(MONTHLY[name])
