"""Faults of an input file, for people: where, what is wrong, what was expected, the nearest valid name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One fault; prints as `file:line:column: path: wrong, expected, nearest name`."""

    file: str
    line: int
    column: int
    path: str
    message: str
    expected: str = ""
    nearest: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}: " if self.file else ""
        text = f"{where}{self.path}: {self.message}" if self.path else f"{where}{self.message}"
        if self.expected:
            text += f"; expected {self.expected}"
        if self.nearest:
            text += f"; did you mean '{self.nearest}'?"
        return text


class InputError(Exception):
    """The input is wrong; `faults` lists everything that is."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = list(faults)
        super().__init__("\n".join(str(f) for f in self.faults))


def nearest(word: str, choices: Iterable[str]) -> str:
    """The valid name that the word most resembles, or nothing."""
    found = difflib.get_close_matches(str(word), [str(c) for c in choices], n=1, cutoff=0.6)
    return found[0] if found else ""
