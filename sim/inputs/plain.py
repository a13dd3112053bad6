"""Python values as a file would hold them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sim.config.faults import Fault, InputError
from sim.config.fields import Month
from sim.config.yaml_reader import KeyPath, Tree, read_text, scalar

GIVEN = "set"  # stands for the file in the places of what Python gives


def given_tree(values: Mapping[str, Any], kind: str) -> Tree:
    """A mapping from Python as the file of a kind that it stands for: everything in it stands at the file's beginning."""
    name = f"the {kind} given"
    tree = Tree(name)
    tree.data = plain(values, kind)
    tree.marks = dict.fromkeys(_paths(tree.data), (name, 1, 1))
    tree.keys = {path: place for path, place in tree.marks.items() if path}
    tree.sha256 = hashlib.sha256(json.dumps(tree.data, sort_keys=True).encode()).hexdigest()
    return tree


def _paths(value: Any, at: KeyPath = ()) -> Iterator[KeyPath]:
    """Every path of a value made of mappings and lists."""
    yield at
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from _paths(inner, (*at, key))


def plain(value: Any, path: str) -> Any:
    """A Python value as a file would hold it: numpy's numbers and arrays, paths and months too. InputError for anything else.

    A text is read as YAML where it is a number, a word such as null, or begins with [ or {; otherwise it is text as it stands.
    """
    if isinstance(value, str):
        return _text(value, path)
    if hasattr(value, "tolist"):  # numpy, without importing it; its float64 is a float that prints otherwise
        value = value.tolist()
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Month | Path):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): plain(inner, f"{path}.{key}") for key, inner in value.items()}
    if isinstance(value, Sequence):
        return [plain(inner, f"{path}.{k}") for k, inner in enumerate(value)]
    expected = "a number, a text, true or false, None, or a list or mapping of these"
    raise InputError([Fault(GIVEN, 1, 1, path, f"a {type(value).__name__} is nothing that a file could hold", expected)])


def _text(value: str, path: str) -> Any:
    if not isinstance(scalar(value), str):
        return scalar(value)
    if value.lstrip()[:1] not in ("[", "{"):
        return value
    try:
        return read_text(value, GIVEN, mapping=False).data
    except InputError as error:
        raise InputError([Fault(GIVEN, 1, 1, path, f.message, f.expected) for f in error.faults]) from None
