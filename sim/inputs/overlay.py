"""Values by path put over a policy that is in force: an arm's, those of dated changes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from pydantic.fields import FieldInfo

from sim.config.faults import Fault, InputError
from sim.config.fields import Section
from sim.config.sections import bare
from sim.config.validation import place_of, value_at
from sim.config.yaml_reader import KeyPath, Place
from sim.inputs.layers import Judged, Layered, judge_again, unread
from sim.inputs.overrides import Override, apply_override
from sim.inputs.schedule import OPENING_ONLY, moved, signed, value_given

Models = Mapping[str, type[Section]]


@lru_cache(maxsize=1024)
def _parts(path: str) -> tuple[str, ...]:
    return tuple(path.split("."))


class Overlay:
    """A policy with values put over it: the sections that have changed, and what could not be put there.

    Many dated changes move the same few numbers again and again: where a number stands, and what it is, is looked up once.
    """

    def __init__(self, inner: Layered, models: Models) -> None:
        self.inner = inner
        self.models = models
        self.changed: set[str] = set()
        self.faults: list[Fault] = []
        self._numbers: dict[str, tuple[Any, FieldInfo | None]] = {}  # by path: what stands there
        self._slots: dict[str, tuple[Any, KeyPath]] = {}  # by path: the mapping that holds it, and the path in parts

    def copy(self) -> Overlay:
        """The same again, over which more can be put."""
        other = Overlay(self.inner.copy(), self.models)
        other.changed, other.faults, other._numbers = {*self.changed}, [*self.faults], {**self._numbers}
        return other

    def put(self, values: Mapping[str, Any], at: KeyPath, layered: Layered) -> None:
        """Put values over it, a number with a sign added to what stands there; at: where they stand in the scenario's layers."""
        for path, value in values.items():
            place = layered.marks.get((*at, path)) or place_of((*at, path), layered.marks)
            parts = _parts(path)
            if at[0] != "arm" and parts in OPENING_ONLY:
                self.faults.append(Fault(*place, path, "only the opening balance sheet reads this", "a value of the opening policy"))
                continue
            try:
                self._put(path, value, place)
            except InputError as error:
                self.faults += error.faults
            self.changed.add(parts[0])

    def _put(self, path: str, value: Any, place: Place) -> None:
        text = signed(value)
        if text is not None:
            if path not in self._numbers:
                self._numbers[path] = value_at(self.models["policy"], self.inner.data, _parts(path))
            here, field = self._numbers[path]
            value = moved(here, field, text, value, path, place)
            if value is None:
                return
        slot, plain = self._slots.get(path), not isinstance(value, dict | list)
        if slot is not None and plain:
            holder, parts = slot
            holder[parts[-1]] = value
            self.inner.marks[parts] = self.inner.keys[parts] = place
        else:
            override = value_given(path, value, place)
            apply_override(self.inner, override)
            self._forget(path)
            self._remember(override, plain)
        self._numbers.pop(path, None)
        if text is not None and isinstance(value, int | float):
            self._numbers[path] = value, field

    def _remember(self, override: Override, plain: bool) -> None:
        """Where a single value stands in a section, which is a mapping."""
        holder: Any = self.inner.data
        for part in override.parts[:-1]:
            holder = holder.get(part) if isinstance(holder, dict) else None
        if plain and isinstance(holder, dict):
            self._slots[".".join(override.parts)] = holder, override.parts

    def _forget(self, path: str) -> None:
        """What is known of values above and below one that has been put there."""
        for known in (self._numbers, self._slots):
            for other in [q for q in known if q.startswith(f"{path}.") or path.startswith(f"{q}.")]:
                del known[other]


def judged_alone(values: Mapping[str, Any], at: KeyPath, layered: Layered, models: Models) -> list[Fault]:
    """What is wrong with values by path in any policy, where the one that they would change cannot be read or is at fault itself."""
    over = Overlay(unread("policy", []), models)
    over.put(values, at, layered)
    nothing = Judged(None, [], bare(models["policy"], {}), [])
    return [*over.faults, *judge_again(over.inner, nothing, over.changed, models).faults]
