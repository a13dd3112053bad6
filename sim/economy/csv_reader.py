"""Reading a comma-separated file cell by cell, each cell with its line and column; and what dated tables have in common.

The standard reader tells neither, and a fault without its place is no help in a table of a few hundred cells.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from sim.config.faults import Fault, InputError
from sim.config.fields import Month

LARGEST_FILE = 4 * 1024 * 1024  # bytes; a macro table has a few thousand
LONGEST_CELL = 40  # characters of a number

_QUARTER = re.compile(r"([0-9]{4})[ :]?Q([1-4])", re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,2})?")


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
    match = _NUMBER.fullmatch(text)
    if match is None or len(text) > LONGEST_CELL:
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
    for index, line_text in enumerate(text.split("\n"), start=1):
        content = line_text.removesuffix("\r")
        if content.strip() and not content.lstrip().startswith("#"):
            cells, open_quote = _cells(content, index)
            if open_quote:
                raise refuse(index, open_quote, "a quoted cell has no end on its line", 'a closing "')
            rows.append(cells)
    if not rows:
        raise refuse(1, 1, "the table is empty", "a header and one row a month or quarter")
    return rows


def _cells(content: str, line: int) -> tuple[list[Cell], int]:
    """Cells of one line; and the column of a quote that is never closed, else 0."""
    cells: list[Cell] = []
    position = 0
    while True:
        begin = position + len(content[position:]) - len(content[position:].lstrip())
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
        if comma < 0:
            return cells, 0
        position = comma + 1


def month_of(text: str) -> Month | None:
    """The month that a cell such as 2026-07 names, None for anything else."""
    try:
        return Month.parse(text)
    except ValueError:
        return None


def quarter_of(text: str) -> Month | None:
    """The first month of the quarter that a cell such as 2021 Q1 names, None for anything else."""
    match = _QUARTER.fullmatch(text)
    return Month(int(match[1]), 3 * int(match[2]) - 2) if match else None


def quarter_label(month: Month) -> str:
    """The quarter of a month as tables write it: 2021 Q1."""
    return f"{month.year:04d} Q{(month.month + 2) // 3}"


class TableReader:
    """A table being read, one row a month or quarter; collects its faults."""

    def __init__(self, name: str, rows: list[list[Cell]]) -> None:
        self.name = name
        self.header, self.body = rows[0], rows[1:]
        self.faults: list[Fault] = []

    def refuse(self, cell: Cell, path: str, message: str, expected: str = "", nearest_name: str = "") -> None:
        self.faults.append(Fault(self.name, cell.line, cell.column, path, message, expected, nearest_name))

    def dates(self, place: int, *, quarterly: bool) -> Month | None:
        """The first month; every row must follow the one before without a gap."""
        step, what = (3, "a quarter such as 2021 Q1") if quarterly else (1, "a month such as 2026-07")
        first: Month | None = None
        due: Month | None = None
        title = self.header[place].text
        if not self.body:
            self.refuse(self.header[place], title, "the table has a header and no rows", "one row a month or quarter")
        for row in self.body:
            cell = row[place] if place < len(row) else Cell("", row[-1].line, row[-1].column)
            date = quarter_of(cell.text) if quarterly else month_of(cell.text)
            if date is None:
                self.refuse(cell, title, f"{cell.text!r} is no date" if cell.text else "the date is missing", what)
            elif due is not None and date != due:
                self.refuse(cell, title, f"{cell.text} does not follow the row above", quarter_label(due) if quarterly else str(due))
            first = first or date
            if date is not None or due is not None:
                due = (date or due or Month(1, 1)).shift(step)
        return first

    def width(self) -> None:
        """A row longer than the header is a decimal comma or a slip; which column it means nobody can tell."""
        for row in self.body:
            if len(row) > len(self.header):
                extra = row[len(self.header)]
                self.refuse(extra, "", f"the row has {len(row)} cells", f"{len(self.header)} as in the header")
