"""Reading a comma-separated file cell by cell, each cell with its line and column.

The standard reader tells neither, and a fault without its place is no help in a table of a few hundred cells.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from sim.config.faults import Fault, InputError

LARGEST_FILE = 4 * 1024 * 1024  # bytes; a macro table has a few thousand
MOST_CELLS = 50_000  # of a table; 600 months of every macro variable are 7,200
LONGEST_CELL = 40  # characters of a number

_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,2})?")
_BLANKS = re.compile(r"\s*")
_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}  # of tables that are not separated by commas


@dataclass(frozen=True)
class Cell:
    """Text of a cell without the blanks around it, and where it begins (both counted from 1)."""

    text: str
    line: int
    column: int


def number(text: str, percent: bool) -> float | None:
    """The number that a cell holds, a hundredth of it where it is per cent; None if it is no plain number.

    The decimal text is scaled, not the float, so that 2.9 per cent is the float64 nearest to 0.029.
    """
    match = _NUMBER.fullmatch(text) if len(text) <= LONGEST_CELL else None
    if match is None:
        return None
    if not percent:
        return float(text)
    exponent = match[3] or "e0"
    mantissa = text[: len(text) - len(match[3] or "")]
    return float(f"{mantissa}e{int(exponent[1:]) - 2}")


def read_rows(path: Path, name: str) -> list[list[Cell]]:
    """All rows of the file that hold something; blank lines and lines that begin with # are left out.

    name: how messages call the file. UTF-8 with or without byte order mark, LF or CRLF, cells in double quotes
    allowed. Raises InputError.
    """

    def refuse(line: int, column: int, message: str, expected: str = "") -> InputError:
        return InputError([Fault(name, line, column, "", message, expected)])

    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise refuse(1, 1, f"the table cannot be read ({error.strerror})") from None
    if len(data) > LARGEST_FILE:
        raise refuse(1, 1, "the table is too large", f"at most {LARGEST_FILE >> 20} MiB")
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line, column = before.count(b"\n") + 1, error.start - (before.rfind(b"\n") + 1) + 1
        raise refuse(line, column, "the table is not UTF-8 text", "a file saved as CSV UTF-8") from None
    rows: list[list[Cell]] = []
    held = 0
    for index, line_text in enumerate(text.split("\n"), start=1):
        content = line_text.removesuffix("\r")
        if content.strip() and not content.lstrip().startswith("#"):
            if not rows and (other := _other_separator(content)):
                raise refuse(index, content.index(other) + 1, f"the cells are separated by {_SEPARATORS[other]}",
                             "commas between the cells, and decimal points: a file saved as CSV UTF-8")
            cells, open_quote = _cells(content, index, MOST_CELLS - held)
            held += len(cells)
            if held > MOST_CELLS:
                raise refuse(index, cells[-1].column, f"the table has more than {MOST_CELLS:,} cells", "one row a month or quarter")
            if open_quote:
                raise refuse(index, open_quote, "a quoted cell has no end on its line", 'a closing "')
            rows.append(cells)
    if not rows:
        raise refuse(1, 1, "the table is empty", "a header and one row a month or quarter")
    return rows


def _other_separator(header: str) -> str:
    """What stands between the cells of a header that has no commas; nothing where it has one, or a single cell."""
    return "" if "," in header else next((mark for mark in _SEPARATORS if mark in header.strip()), "")


def _cells(content: str, line: int, most: int) -> tuple[list[Cell], int]:
    """Cells of one line, one more than `most` at most; and the column of a quote that is never closed, else 0."""
    cells: list[Cell] = []
    position = 0
    while True:
        blanks = _BLANKS.match(content, position)
        begin = blanks.end() if blanks is not None else position
        if content[begin : begin + 1] == '"':
            end = begin + 1
            while True:
                end = content.find('"', end)
                if end < 0:
                    return cells, begin + 1
                if content[end + 1 : end + 2] != '"':
                    break
                end += 2
            comma = content.find(",", end + 1)
            stop = len(content) if comma < 0 else comma
            text = content[begin + 1 : end].replace('""', '"') + content[end + 1 : stop]
        else:
            comma = content.find(",", position)
            stop = len(content) if comma < 0 else comma
            text = content[position:stop]
            begin = min(begin, stop)
        cells.append(Cell(text.strip(), line, begin + 1))
        if comma < 0 or len(cells) > most:
            return cells, 0
        position = comma + 1
