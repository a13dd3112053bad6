"""Python values as a file would hold them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sim.config.faults import Fault, InputError
from sim.config.fields import Month
from sim.config.yaml_reader import read_text, scalar

GIVEN = "set"  # stands for the file in the places of what Python gives


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
