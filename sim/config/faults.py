"""Faults of an input file, for people: where, what is wrong, what was expected, the nearest valid name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any

LONGEST_SHOWN = 60  # characters of a value that a message repeats
LONGEST_PATH = 200  # characters of a path that a message repeats
MOST_LISTED = 50  # faults of one file that are written out; whoever has mended these runs the check again
MOST_CHOICES = 200  # names among which a nearest one is looked for; each costs some microseconds


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
        path = self.path if len(self.path) <= LONGEST_PATH else self.path[:LONGEST_PATH] + "…"
        text = f"{where}{path}: {self.message}" if path else f"{where}{self.message}"
        if self.expected:
            text += f"; expected {self.expected}"
        if self.nearest:
            text += f"; did you mean '{self.nearest}'?"
        return printable(text)


class InputError(Exception):
    """The input is wrong; `faults` lists everything that is, the text as much of it as anybody reads."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = list(faults)
        super().__init__("\n".join(str(f) for f in listed(self.faults)))


def nearest(word: str, choices: Iterable[str]) -> str:
    """The valid name that the word most resembles among the first MOST_CHOICES, or nothing."""
    if len(word) > LONGEST_SHOWN:
        return ""
    found = difflib.get_close_matches(word, list(islice(choices, MOST_CHOICES)), n=1, cutoff=0.6)
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
    text = shortened(str(value))
    return f"'{text}'" if isinstance(value, str) else text


def shortened(text: str) -> str:
    """The beginning of a text that is too long for a message."""
    return text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "…"


def ordered(faults: Iterable[Fault]) -> list[Fault]:
    """Each fault once; file by file in the order in which the files first appear, and down each file."""
    unique = list(dict.fromkeys(faults))
    rank = {file: k for k, file in reversed(list(enumerate(f.file for f in unique)))}
    return sorted(unique, key=lambda f: (rank[f.file], f.line, f.column))


def listed(faults: Iterable[Fault]) -> list[Fault]:
    """What is written out: of each file the first MOST_LISTED faults and as many warnings, then how many more and where they begin."""
    by_file: dict[str, list[Fault]] = {}
    for fault in faults:
        by_file.setdefault(fault.file, []).append(fault)
    shown: list[Fault] = []
    for of_file in by_file.values():
        told: dict[bool, int] = {False: 0, True: 0}
        first_left: dict[bool, Fault] = {}
        for fault in of_file:
            told[fault.warning] += 1
            if told[fault.warning] <= MOST_LISTED:
                shown.append(fault)
            else:
                first_left.setdefault(fault.warning, fault)
        shown += [
            Fault(left.file, left.line, left.column, "", f"and {told[kind] - MOST_LISTED:,} more", warning=kind)
            for kind, left in sorted(first_left.items())
        ]
    return shown
