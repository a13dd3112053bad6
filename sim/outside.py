"""What a run was given beside its files, known again in full: replaced rules and mechanisms of one's own, by digest."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from types import CodeType
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from sim.engine.declare import Mechanism
from sim.numerics.compile import digest
from sim.rebinding import Rules, swaps_for


def from_outside(rules: Rules, mechanisms: Sequence[Mechanism]) -> dict[str, str]:
    """What was brought, each with a digest of what it does: `rule <the replaced one>`, `mechanism <name>`."""
    swaps = swaps_for(rules, mechanisms)
    own = {f"rule {name}": digest(new) for name, new in zip(rules, swaps.values(), strict=True)}
    return own | {f"mechanism {m.name}": _declared(m) for m in mechanisms}


def _declared(mechanism: Mechanism) -> str:
    """Digest of all that a mechanism declares and does."""
    sections = {name: TypeAdapter(kind).json_schema() for name, kind in mechanism.sections.items()}
    said = [sections, mechanism.switches, mechanism.columns, mechanism.scratch, mechanism.counters, mechanism.events,
            sorted(mechanism.after.items()), [metric.name for metric in mechanism.metrics]]
    done = [digest(phase) for phase in (*mechanism.sample, *mechanism.phases)]
    plain = [_function(f) for f in (mechanism.opening, mechanism.numbers, mechanism.cost)]
    return hashlib.sha256(repr((said, done, plain)).encode()).hexdigest()


def _function(f: Any) -> list[Any]:
    """What a plain function does, with the values that it holds on to."""
    held = [cell.cell_contents for cell in getattr(f, "__closure__", None) or ()]
    values = [*held, *(getattr(f, "__defaults__", None) or ())]
    # an object's repr may tell where it lies in memory, which is another place the next time
    plain = [repr(v) if isinstance(v, bool | int | float | str | np.generic) else type(v).__name__ for v in values]
    return [_code(getattr(f, "__code__", None)), plain]


def _code(code: CodeType | None) -> list[Any]:
    """What a plain function does, whatever file it stands in."""
    if code is None:
        return []
    constants = [_code(c) if isinstance(c, CodeType) else repr(c) for c in code.co_consts]
    return [code.co_code.hex(), code.co_names, constants]
