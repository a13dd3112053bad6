"""Reading a comma-separated file cell by cell, each cell with its line and column; and what dated tables have in common.

The standard reader tells neither, and a fault without its place is no help in a table of a few hundred cells.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sim.config import slips
from sim.config.faults import Fault, InputError, shown_value
from sim.config.fields import Month

LARGEST_FILE = 4 * 1024 * 1024  # bytes; a macro table has a few thousand
MOST_CELLS = 50_000  # of a table; 600 months of every macro variable are 7,200
LONGEST_CELL = 40  # characters of a number

_QUARTER = re.compile(r"([0-9]{4})[ :]?Q([1-4])", re.IGNORECASE)
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


def _date_slip(text: str, quarterly: bool) -> str:
    """What to write for a date in another form, as the words that follow what was expected."""
    quarter, month = slips.of_quarter(text), slips.of_month(text)
    if quarterly:
        if not quarter and month:
            quarter = f"{month[:4]} Q{(int(month[-2:]) + 2) // 3}"
        return f"; write {quarter}" if quarter else ""
    if quarter:
        return f"; a quarter is three rows, from {month} on"
    return f"; write {month}" if month else ""


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
        unread: list[tuple[Cell, str]] = []
        if not self.body:
            self.refuse(self.header[place], title, "the table has a header and no rows", "one row a month or quarter")
        for row in self.body:
            cell = row[place] if place < len(row) else Cell("", row[-1].line, row[-1].column)
            date = quarter_of(cell.text) if quarterly else month_of(cell.text)
            if date is None and not cell.text:
                self.refuse(cell, title, "the date is missing", what)
            elif date is None:
                unread.append((cell, _date_slip(cell.text, quarterly)))
            elif due is not None and date != due:
                self.refuse(cell, title, f"{cell.text} does not follow the row above", quarter_label(due) if quarterly else str(due))
            first = first or date
            if date is not None or due is not None:
                due = (date or due or Month(1, 1)).shift(step)
        self.unread(title, [(cell, "another form" if hint else "", hint) for cell, hint in unread], "date", what)
        return first

    def unread(self, title: str, cells: Sequence[tuple[Cell, str, str]], what: str, expected: str) -> None:
        """Cells of a column that cannot be read, each with the kind of slip that it is and what to write instead.

        A slip of one kind is one slip, made in every row: it is told once; so is a column of which no cell can be read.
        """
        kinds = [kind or ("" if len(cells) == len(self.body) else str(k)) for k, (_, kind, _) in enumerate(cells)]
        alike = Counter(kinds)
        told: set[str] = set()
        for (cell, _, hint), kind in zip(cells, kinds, strict=True):
            if kind not in told:
                told.add(kind)
                more = alike[kind] - 1
                others = f", like {more:,} more cell{'s' * (more > 1)} of this column" if more else ""
                self.refuse(cell, title, f"{shown_value(cell.text)} is no {what}{others}", expected + hint)

    def width(self) -> None:
        """Rows longer than the header hold a decimal comma or a slip; which column it means nobody can tell. Told once for all alike."""
        wide = [row for row in self.body if len(row) > len(self.header)]
        alike = Counter(len(row) for row in wide)
        for row in wide:
            if more := alike.pop(len(row), 0):
                others = f", like {more - 1:,} more row{'s' * (more > 2)}" if more > 1 else ""
                point = "; write 5.2 for 5,2, with a decimal point" if len(row) == 2 * len(self.header) - 1 else ""
                extra = row[len(self.header)]
                self.refuse(extra, "", f"the row has {len(row)} cells{others}", f"{len(self.header)} as in the header{point}")
