"""Faults of an input file, for people: where, what is wrong, what was expected, the nearest valid name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

LONGEST_SHOWN = 60  # characters of a value that a message repeats


@dataclass(frozen=True)
class Fault:
    """One fault; prints as `file:line:column: path: wrong, expected, nearest name`. A warning says so and refuses nothing."""

    file: str
    line: int
    column: int
    path: str
    message: str
    expected: str = ""
    nearest: str = ""
    warning: bool = False

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}: " if self.file else ""
        where += "warning: " if self.warning else ""
        text = f"{where}{self.path}: {self.message}" if self.path else f"{where}{self.message}"
        if self.expected:
            text += f"; expected {self.expected}"
        if self.nearest:
            text += f"; did you mean '{self.nearest}'?"
        return printable(text)


class InputError(Exception):
    """The input is wrong; `faults` lists everything that is."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = list(faults)
        super().__init__("\n".join(str(f) for f in self.faults))


def nearest(word: str, choices: Iterable[str]) -> str:
    """The valid name that the word most resembles, or nothing."""
    if len(word) > LONGEST_SHOWN:
        return ""
    found = difflib.get_close_matches(word, list(choices), n=1, cutoff=0.6)
    return found[0] if found else ""


def printable(text: str) -> str:
    """The text on one line: a line break or control character from a file must not forge or break a message."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def shown_value(value: Any) -> str:
    """A value as messages repeat it: short, and as YAML writes it."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    text = str(value)
    if len(text) > LONGEST_SHOWN:
        text = text[:LONGEST_SHOWN] + "…"
    return f"'{text}'" if isinstance(value, str) else text


def ordered(faults: Iterable[Fault]) -> list[Fault]:
    """Each fault once; file by file in the order in which the files first appear, and down each file."""
    unique = list(dict.fromkeys(faults))
    rank = {file: k for k, file in reversed(list(enumerate(f.file for f in unique)))}
    return sorted(unique, key=lambda f: (rank[f.file], f.line, f.column))
