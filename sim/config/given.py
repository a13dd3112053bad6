"""What Python gives in a form that an argument does not take: one thing in the place of a list, a list in the place of one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

MOST_SEEDS = 100_000  # that a study may be given: the months of so many runs fill some gigabytes


def several(name: str, given: Any) -> list[Any]:
    """The entries of an argument that is a list; TypeError for one entry by itself, a text's letters and a mapping's keys included."""
    if isinstance(given, Mapping):
        raise TypeError(f"{name} is a list, not a mapping")
    if isinstance(given, str | bytes) or not isinstance(given, Iterable):
        raise TypeError(f"{name} is a list: write {name}=[{given!r}]")
    return list(given)


def one_source(name: str, given: Any, more: str = "") -> None:
    """TypeError where an argument is neither a name or path nor a mapping of what a file would say; more: words on what takes several."""
    if not isinstance(given, str | Path | Mapping):
        raise TypeError(f"{name} is a name, a path, or a mapping of what a file would say, not {given!r}{more}")
