"""Macro tables in CSV: the Federal Reserve's scenarios as published, and our own monthly form.

**Federal Reserve, domestic variables.** One row a quarter; header `Scenario Name,Date,Real GDP growth,…`; dates
`2021 Q1`; numbers in per cent. Four columns are used and must be complete; the others are ignored and may be
missing (the third-party index levels must not be passed on, so transcribed tables lack them):

    Unemployment rate                  quarter average -> monthly, linear between the middle months of neighbouring
                                       quarters, flat before the first and after the last middle month. The mean of a
                                       quarter's three months is q + (next - 2 q + previous) / 9: exact on a straight
                                       line, and off by a ninth of the bend elsewhere (at either end the missing
                                       neighbour counts as q)
    Real disposable income growth      annualised quarterly growth -> the same annual rate in the three months; at
                                       (1 + g)**(1/12) a month they compound to the quarter's (1 + g)**(1/4)
    CPI inflation rate                 likewise
    3-month Treasury rate              quarter average -> policy_rate of the three months

**Monthly.** First column `month` (YYYY-MM), the others named as macro variables; cells are plain numbers in the unit
that economy.table_units states, or per cent with a % sign. contact_cap is a count and has no unit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.config import slips
from sim.config.faults import InputError, nearest, shortened
from sim.config.fields import Month
from sim.economy.csv_reader import Cell, TableReader, number, read_rows
from sim.economy.variables import VARIABLES, Variable

FED_COLUMNS = {
    "Unemployment rate": "unemployment_rate",
    "Real disposable income growth": "real_income_growth",
    "CPI inflation rate": "inflation",
    "3-month Treasury rate": "policy_rate",
}
FED_TITLES = {title.casefold() for title in FED_COLUMNS}
UNITS = "economy.table_units"  # the scenario's key that states the unit of the cells
UNREADABLE = "unreadable"  # the units of a table whose scenario states them in words that it cannot mean
_SCENARIO, _DATE, _MONTH = "Scenario Name", "Date", "month"
MANY = 20  # faults for which a nearest name is looked up


@dataclass(frozen=True, eq=False)
class Table:
    """Monthly columns of a table, by macro variable, from its first month on (fractions; counts as they are)."""

    start: Month
    months: int
    columns: dict[str, NDArray[np.float64]]

    @property
    def end(self) -> Month:
        """The last month that the table covers."""
        return self.start.shift(self.months - 1)


def read_table(path: Path, name: str, units: str | None) -> Table:
    """Read a table of either form; which of them, its header says.

    name: how messages call the file; units: economy.table_units ("fraction", "percent" or None), or UNREADABLE where these
    are at fault themselves: the table is judged without them then.
    Raises InputError with every fault of the table, each at its line and column.
    """
    rows = read_rows(path, name)
    header = [cell.text.casefold() for cell in rows[0]]
    reader = _Reader(name, rows)
    if header[0] == _MONTH:
        table = reader.monthly(units)
    elif _DATE.casefold() in header and ({*header} & FED_TITLES or not {*header} & VARIABLES.keys()):
        table = reader.federal_reserve(units)
    else:
        reader.unknown_form()
        table = None
    if reader.faults or table is None:
        raise InputError(reader.faults)
    return table


def needs_units(path: Path, name: str) -> bool:
    """Whether a table is of our own form, whose cells have the unit that a scenario states; the Federal Reserve's are in per cent."""
    return read_rows(path, name)[0][0].text.casefold() == _MONTH


def months_from_quarters(quarters: Sequence[float]) -> list[float]:
    """Monthly path through quarter averages: straight between the quarters' middle months, flat at both ends."""
    months: list[float] = []
    last = len(quarters) - 1
    for i, q in enumerate(quarters):
        months.append(q + (quarters[max(i - 1, 0)] - q) / 3.0)
        months.append(q)
        months.append(q + (quarters[min(i + 1, last)] - q) / 3.0)
    return months


class _Reader(TableReader):
    """A macro table being read."""

    def __init__(self, name: str, rows: list[list[Cell]]) -> None:
        super().__init__(name, rows)
        self.date_place = next((place for place, cell in enumerate(self.header) if cell.text.casefold() == _DATE.casefold()), None)

    def nearest(self, word: str, choices: Iterable[str]) -> str:
        """The nearest valid name, looked up for the first faults only: the search is slow."""
        return nearest(word, choices) if len(self.faults) < MANY else ""

    def unknown_form(self) -> None:
        """A header that is neither form: what its first column should be called, as far as the others tell."""
        first = self.header[0]
        titles = {cell.text.casefold() for cell in self.header[1:]}
        if titles & FED_TITLES:
            expected = f"'{_DATE}' above the quarters, as published by the Fed"
        elif titles & VARIABLES.keys():
            expected = f"'{_MONTH}' first, with one row a month (a quarter is three rows)"
        else:
            expected = "'month' first, or 'Scenario Name,Date,…' as published by the Fed"
        self.refuse(first, shortened(first.text), "the header is of no known form", expected)

    # ------------------------------------------------------------------------------------ the two forms

    def federal_reserve(self, units: str | None) -> Table | None:
        """Quarters of the Fed's table as months."""
        if units == "fraction":
            self.refuse(self.header[0], "", "the Federal Reserve's tables are in per cent", "table_units: percent, or none")
        places = self._places([_DATE, _SCENARIO, *FED_COLUMNS])
        for title in (_DATE, *FED_COLUMNS):
            if title not in places:
                close = self.nearest(title, (cell.text for cell in self.header))
                self.refuse(self.header[0], title, "the column is missing", f"a column '{title}'", close)
        if _DATE not in places:
            return None
        start = self.dates(places[_DATE], quarterly=True)
        if _SCENARIO in places:
            self._one_scenario(places[_SCENARIO])
        columns: dict[str, NDArray[np.float64]] = {}
        for title, variable in FED_COLUMNS.items():
            if title in places:
                values = self._numbers(places[title], title, VARIABLES[variable], percent=True, sign_allowed=False)
                months = months_from_quarters(values) if variable == "unemployment_rate" else np.repeat(values, 3)
                columns[variable] = np.asarray(months, dtype=np.float64)
        self.width()
        return None if start is None else Table(start, 3 * len(self.body), columns)

    def monthly(self, units: str | None) -> Table | None:
        """A table of our own form."""
        start = self.dates(0, quarterly=False)
        columns: dict[str, NDArray[np.float64]] = {}
        unit_needed = False
        for place, cell in enumerate(self.header[1:], start=1):
            if cell.text not in VARIABLES:
                expected = "a macro variable: " + ", ".join(VARIABLES)
                self.refuse(cell, cell.text, "the column has no name" if not cell.text else "no such macro variable", expected,
                            self.nearest(cell.text, VARIABLES))
            elif cell.text in columns:
                self.refuse(cell, cell.text, "the column comes twice", "each variable once")
            else:
                variable = VARIABLES[cell.text]
                unit_needed = unit_needed or not variable.is_count
                percent = units == "percent" and not variable.is_count
                known = variable.is_count or units in ("percent", "fraction")  # without a unit nobody can say what is too large
                values = self._numbers(place, cell.text, variable, percent, sign_allowed=not variable.is_count, judged=known)
                columns[cell.text] = np.asarray(values, dtype=np.float64)
        if unit_needed and units is None:
            self.refuse(self.header[0], UNITS, "the unit of the table's cells is not stated", "table_units: percent or fraction")
        if len(self.header) == 1:
            self.refuse(self.header[0], "", "the table has no column beside month", "one or more macro variables")
        self.width()
        return None if start is None else Table(start, len(self.body), columns)

    # ------------------------------------------------------------------------------------ parts of a table

    def _places(self, titles: Sequence[str]) -> dict[str, int]:
        """Where in a row each of the titles stands; a title that comes twice is refused."""
        known = {title.casefold(): title for title in titles}
        places: dict[str, int] = {}
        for place, cell in enumerate(self.header):
            title = known.get(cell.text.casefold())
            if title in places:
                self.refuse(cell, cell.text, "the column comes twice", "each column once")
            elif title is not None:
                places[title] = place
        return places

    def _one_scenario(self, place: int) -> None:
        """The Fed also publishes files with several scenarios one below the other; their rows must not be joined."""
        names = [row[place] for row in self.body if place < len(row)]
        for cell in names:
            if cell.text != names[0].text:
                self.refuse(cell, _SCENARIO, f"a second scenario {cell.text!r} in the table",
                            f"one scenario a file, here {names[0].text!r}")
                return

    def _numbers(
        self, place: int, title: str, variable: Variable, percent: bool, *, sign_allowed: bool, judged: bool = True
    ) -> list[float]:
        """A column's numbers as fractions; a missing or impossible cell is refused by the column's name.

        percent: plain numbers are per cent; sign_allowed: a cell may say so itself with a % sign; judged: their range is known.
        """
        values: list[float] = []
        unread: list[tuple[Cell, str, str]] = []
        missing: list[tuple[Cell, str]] = []
        for row in self.body:
            when = shortened(row[0].text) if title in VARIABLES else self._date_of(row)
            if place >= len(row) or not row[place].text:
                # a row that ends early has no cell to point at: its last one must do
                cell = row[place] if place < len(row) else row[-1]
                missing.append((cell, when))
                values.append(variable.lowest)
                continue
            cell = row[place]
            signed = cell.text.endswith("%") and sign_allowed
            value = number(cell.text[:-1].rstrip() if signed else cell.text, percent or signed)
            if value is None:
                slip = slips.of_number(cell.text)
                unread.append((cell, slip.kind if slip is not None else "", slip.words if slip is not None else ""))
            elif (judged or signed) and not variable.holds(value):
                self.refuse(cell, title, f"{variable.show(value)} in {when} is out of range", variable.span())
            values.append(variable.lowest if value is None else value)
        if len(missing) == len(self.body) > 1:
            self.refuse(missing[0][0], title, "no row has a cell of this column", "a number in every row")
        else:
            for cell, when in missing:
                self.refuse(cell, title, f"the cell of {when} is missing", "a number")
        self.unread(title, unread, "number", "a plain number such as 5.2" + (" or 5.2%" if sign_allowed else ""))
        return values

    def _date_of(self, row: list[Cell]) -> str:
        return shortened(row[self.date_place].text) if self.date_place is not None and self.date_place < len(row) else "this row"
