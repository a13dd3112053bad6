"""The tables as a run writes them: the core's metrics, then whatever mechanisms declare, and what a comparison compares."""

from __future__ import annotations

from sim.measures.monthly import CORE
from sim.measures.outcomes import DERIVED, outcomes_of
from sim.measures.registry import assemble

MONTHLY = assemble(CORE)  # a mechanism's metrics are its second argument
OUTCOMES = outcomes_of(MONTHLY, DERIVED)
