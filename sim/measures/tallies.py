"""The month's sums by name, from the engine's counters."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from sim.accounts.arrears import STATES
from sim.state import Counts, Matrix, Tallies

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from sim.engine.engine import Engine

KNOWN = frozenset(f.name for f in fields(Counts)) - {"own"}


def tallies_of(engine: Engine) -> Tallies:
    """The month's sums over threads and products."""
    counts = engine.counts()
    named: dict[str, Any] = counts.named()
    for matrix in ("moves", "moved", "ladder"):
        del named[matrix]
    named["relapses"] = named["relapses"][1:]  # counted by months since the cure, from 1 on
    core = {name: named.pop(name) for name in KNOWN}
    return Tallies(
        Counts(**core, own=named), _matrix(counts.part("moves")), _matrix(counts.part("moved")),
        counts.part("ladder").reshape(-1, 4).sum(axis=1),
    )


def _matrix(vector: npt.NDArray[np.int64]) -> Matrix:
    return tuple(tuple(row) for row in vector.reshape(STATES, STATES).tolist())
