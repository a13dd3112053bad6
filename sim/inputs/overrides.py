"""Overrides: `path=value` with the value in YAML, faults placed in the override's own text; or Python's own values by path."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from sim.config.faults import Fault, InputError
from sim.config.yaml_reader import KeyPath, Place, PlusFloat, PlusInt, Tree, read_value
from sim.inputs.layers import Layered
from sim.inputs.plain import GIVEN, plain

SET, POLICY, WITHOUT = "--set", "policy", "without"  # stand for the file in places; the command line calls the others by their options
COMMAND_LINE = (SET, POLICY, WITHOUT, GIVEN)
MECHANISMS = "mechanisms"  # the scenario's section of gains


class Off(NamedTuple):
    """A loop that is switched off: the override that sets its gain to 0. column: where its name stands, from 1."""

    path: str
    value: float
    column: int


Given = str | tuple[str, Any] | Off
"""An override as the command line writes it, `path=value`, from Python: a path and a value, or a loop that is switched off."""
Overrides = Mapping[str, Any] | Sequence[Given]
"""Overrides as they are given: by path, or as a list."""


@dataclass(frozen=True)
class Override:
    """One override: the parts of its path with their places, and its value."""

    parts: tuple[str, ...]
    places: tuple[Place, ...]
    tree: Tree

    def below(self) -> Override:
        """The override as the file named by its first part sees it."""
        return Override(self.parts[1:], self.places[1:], self.tree)


def parse_override(given: Given) -> Override:
    """Read `path=value`, or a path and a value; raises InputError."""
    if isinstance(given, Off):
        return _switched_off(given)
    if isinstance(given, tuple):
        return _from_python(*given)
    text = given
    key, equals, value = text.partition("=")
    parts = tuple(part.strip() for part in key.split("."))
    if not equals or not all(parts):
        raise InputError([Fault(SET, 1, 1, "", f"'{text}' is no override", "path=value, e.g. borrowers.count=50_000")])
    places: list[Place] = []
    column = 1
    for part in key.split("."):
        places.append((SET, 1, column + len(part) - len(part.lstrip())))
        column += len(part) + 1
    if parts[-1] == "extends":
        raise InputError([Fault(*places[-1], ".".join(parts), "what a file extends cannot be overridden", "another scenario or policy")])
    try:
        tree = read_value(value, SET, len(key) + 1)
    except InputError as error:
        path = ".".join(parts)
        faults = [Fault(f.file, f.line, f.column, f"{path}.{f.path}" if f.path else path, f.message, f.expected) for f in error.faults]
        raise InputError(faults) from None
    tree.marks.setdefault((), (SET, 1, len(key) + 2))
    return Override(parts, tuple(places), tree)


def switched_off(names: str | Sequence[str]) -> list[Given]:
    """The loops named, `"trust,contagion"` or a list of names, as overrides that switch them off; faults are found when they are read."""
    found: list[Given] = []
    column = 1
    for part in (part for text in ([names] if isinstance(names, str) else names) for part in str(text).split(",")):
        found.append(Off(f"{MECHANISMS}.{part.strip()}", 0.0, column + len(part) - len(part.lstrip())))
        column += len(part) + 1
    return found


def _switched_off(off: Off) -> Override:
    """The override of a loop that is switched off; a name of several parts is one name, which there is not."""
    place: Place = (WITHOUT, 1, off.column)
    name = off.path.removeprefix(f"{MECHANISMS}.")
    if not name:
        raise InputError([Fault(*place, "", "a loop without a name", "names with commas between them; `lendsim list switches` tells them")])
    tree = Tree(WITHOUT)
    tree.data, tree.marks[()] = off.value, place
    return Override((MECHANISMS, name), (place, place), tree)


def given_twice(override: Override, before: Sequence[Override]) -> Iterator[Fault]:
    """A loop that is switched off a second time, or whose gain is set as well: one of the two would be ignored."""
    for other in before:
        off, beside = (override, other) if override.places[0][0] == WITHOUT else (other, override)
        whole = beside.parts == (MECHANISMS,) and isinstance(beside.tree.data, dict) and off.parts[-1] in beside.tree.data
        if off.places[0][0] == WITHOUT and (off.parts == beside.parts or whole):
            how = "is switched off twice" if beside.places[0][0] == WITHOUT else "is switched off, and its gain is set as well"
            yield Fault(*off.places[-1], ".".join(off.parts), f"{off.parts[-1]} {how}", "one of the two")
            return


def _from_python(path: str, value: Any) -> Override:
    """An override whose value is one of Python's, not YAML text."""
    place: Place = (GIVEN, 1, 1)
    parts = tuple(path.split("."))
    if not all(parts):
        raise InputError([Fault(*place, path, f"{path!r} is no path", "names with dots between them, e.g. borrowers.count")])
    if parts[-1] == "extends":
        raise InputError([Fault(*place, path, "what a file extends cannot be overridden", "another scenario or policy")])
    tree = Tree(GIVEN)
    tree.data, tree.marks[()] = plain(value, path), place
    return Override(parts, (place,) * len(parts), tree)


def refuse_change(override: Override) -> None:
    """A plus before a policy's value would be a change of it where policies change: an override gives the value itself."""
    given = override.tree.data
    if isinstance(given, PlusInt | PlusFloat) or (isinstance(given, str) and given.startswith("+")):
        said = f"+{given!r}" if isinstance(given, PlusInt | PlusFloat) else given
        raise InputError([Fault(
            *override.tree.marks[()], ".".join(override.parts), f"{said} reads as a change, and an override gives the value itself",
            "the value without a plus; policy_changes, or an arm's set, change the value in force",
        )])


def apply_override(layered: Layered, override: Override) -> None:
    """Put an override in place. A name that the schema does not know is found when the whole is validated."""
    target: Any = layered.data
    path: KeyPath = ()
    held: Any = None  # what stood there
    last = len(override.parts) - 1
    for k, part in enumerate(override.parts):
        if isinstance(target, list):
            position = _index(part, target, override, k)
            path = (*path, position)
            if k == last:
                held, target[position] = target[position], override.tree.data
            else:
                target = target[position]
        elif isinstance(target, dict):
            path = (*path, part)
            if k == last:
                held, target[part] = target.get(part), override.tree.data
            else:
                if target.get(part) is None:
                    if override.parts[k + 1].isdigit() and not layered.complete:
                        return  # the list may stand in the part that could not be read
                    if override.parts[k + 1].isdigit():
                        raise _wrong(override, k + 1, f"{'.'.join(override.parts[: k + 1])} has no element {override.parts[k + 1]}")
                    target[part] = {}
                target = target[part]
        else:
            raise _wrong(override, k, f"{'.'.join(override.parts[:k])} is a single value")
    _move_places(layered, path, override, isinstance(held, dict | list))


def _index(part: str, entries: list[Any], override: Override, k: int) -> int:
    if part.isdecimal() and part.isascii() and len(part) < 10 and int(part) < len(entries):
        return int(part)
    expected = f"0 to {len(entries) - 1}" if entries else "a list that has one"
    raise _wrong(override, k, f"{'.'.join(override.parts[:k])} has no element {part}", expected)


def _wrong(override: Override, k: int, message: str, expected: str = "") -> InputError:
    return InputError([Fault(*override.places[k], ".".join(override.parts), message, expected)])


def _move_places(layered: Layered, path: KeyPath, override: Override, deep: bool) -> None:
    """What stood at the path has gone, deep or a single value; the override's own places stand there now."""
    for places, new in ((layered.marks, override.tree.marks), (layered.keys, override.tree.keys)):
        for gone in [q for q in places if q[: len(path)] == path] if deep else [path]:
            places.pop(gone, None)
        places |= {(*path, *q): place for q, place in new.items()}
    for k in range(1, len(path) + 1):
        layered.keys.setdefault(path[:k], override.places[k - 1])
        layered.marks.setdefault(path[:k], override.places[k - 1])


def with_prefix(fault: Fault, prefix: str) -> Fault:
    """A fault of an override inside a policy or profile, its path as the command line wrote it."""
    if fault.file not in (SET, GIVEN) or fault.path.startswith(f"{prefix}."):
        return fault
    near = f"{prefix}.{fault.nearest}" if _A_PATH.fullmatch(fault.nearest) else fault.nearest
    return replace(fault, path=f"{prefix}.{fault.path}", nearest=near)


_A_PATH = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+(=.*)?")


def override_list(overrides: Mapping[str, Any] | Sequence[Given]) -> list[Given]:
    """`{"a.b": 3}`, `{"a": {"b": 3}}`, `["a.b=3"]` or `"a.b=3"` as a list of overrides. A mapping within merges, as in a file."""
    if isinstance(overrides, str):
        return [overrides]
    if isinstance(overrides, Mapping):
        return [*_flat(overrides)]
    found = [*overrides] if isinstance(overrides, Iterable) else [overrides]
    for given in found:
        if not (isinstance(given, str | Off) or (isinstance(given, tuple) and len(given) == 2 and isinstance(given[0], str))):
            known = "values by path, {'borrowers.count': 50_000}, or a list such as ['borrowers.count=50_000']"
            raise TypeError(f"set is {known}, not {given!r}")
    return found


def _flat(values: Mapping[str, Any], at: str = "") -> Iterator[Given]:
    for key, value in values.items():
        path = f"{at}{key}"
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{path}.")
        else:
            yield path, value
