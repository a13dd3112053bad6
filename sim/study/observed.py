"""Published outcomes in CSV, and which metric of `monthly` each of them is set beside.

    quarter,card_net_charge_off_rate,card_delinquency_30_plus,left_out
    1991 Q1,4.18,5.26,
    2005 Q4,6.07,3.54,rush to file before the bankruptcy law

First column `quarter` (1991 Q1) or `month` (1991-01), a row for each; the others are series, a name of lower-case letters, digits and
underscores each. Cells are plain numbers in the unit that the caller states, or per cent with a % sign; an empty cell was not published.
`left_out`, where there is such a column, says why a row is no guide to the economy. Months become quarters as the metric's months do:
their mean, or the last one for a stock.

A series whose name is that of a ratio in `monthly`, or ends in `_` and one, is set beside it: `card_delinquency_30_plus` beside
`delinquency_30_plus`. A quarter's `net_charge_off_rate` is `net_charge_off_rate_3m`: three months' net charge-offs at an annual rate
over the average of their loans.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np

from sim.config import slips
from sim.config.faults import Fault, InputError, nearest
from sim.config.fields import NAME, Month
from sim.config.given import several
from sim.config.references import is_file
from sim.config.shipped import shipped_actuals, shown
from sim.economy.csv_reader import Cell, TableReader, number, read_rows
from sim.measures.registry import Registry
from sim.study.statistics import NAN, Floats

Units = Literal["percent", "fraction"]
LEFT_OUT = "left_out"
BY_QUARTER = {"net_charge_off_rate": "net_charge_off_rate_3m"}  # the month's own rate, and what a quarter has in its place
LOWEST, HIGHEST = -1.0, 10.0  # of a rate on loans a year; beyond it a cell is a slip of the unit or of the decimal point
NO_VALUE = frozenset({".", "..", "-", "–", "na", "n/a", "nan", "null", "none", "nd", "n.a."})  # what tables write for no figure
TINY = 0.002  # a series in per cent that never gets beyond a fifth of one reads as fractions


@dataclass(frozen=True)
class Observation:
    """A published series by quarter (fractions, NaN where nothing was published) and the metric that it is set beside."""

    name: str
    metric: str
    values: Floats
    place: Cell


@dataclass(frozen=True)
class Observed:
    """What was published, from the quarter that begins in `first` on. left_out: reason by quarter, counted from 0."""

    name: str
    sha256: str
    first: Month
    quarters: int
    series: tuple[Observation, ...]
    left_out: Mapping[int, str] = field(default_factory=dict)


def comparable(metrics: Registry) -> tuple[str, ...]:
    """The metrics of `monthly` that a published rate can be set beside: ratios that come to something over a quarter's months."""
    return tuple(m.name for m in metrics if m.unit == "ratio" and m.over_months in ("mean", "last"))


def default_metric(name: str, metrics: Sequence[str]) -> str | None:
    """The metric whose name the series' name is or ends in, the longest of several; None for none."""
    found = [m for m in metrics if name == m or name.endswith(f"_{m}")]
    return max(found, key=len) if found else None


def find_actual(given: str | Path) -> Path:
    """The file of published outcomes that a path or a shipped name means; InputError if there is none."""
    ours = shipped_actuals()
    path = Path(given)
    if is_file(path):
        return path
    if str(given) in ours:
        return ours[str(given)]
    close = nearest(path.name, [p.name for p in _beside(path)])
    near = str(path.parent / close) if close else nearest(str(given), ours)
    expected = "a CSV file, or a shipped name: " + ", ".join(ours)
    raise InputError([Fault("actual", 1, 1, "", f"there is no file '{given}'", expected, near)])


def _beside(path: Path) -> list[Path]:
    try:
        return sorted(path.parent.glob("*.csv"))
    except (OSError, ValueError):
        return []


def read_observed(path: Path, units: Units, compare: Sequence[str], metrics: Registry) -> Observed:
    """Read published outcomes.

    units: of plain numbers. compare: `series` or `series=metric` for those to compare, none for all with the metrics that their
    names say. Raises InputError with every fault, of the file at its line and column, of `compare` at `--compare`.
    """
    name = shown(path)
    reader = _Reader(name, read_rows(path, name), units)
    observed = reader.observed(hashlib.sha256(path.read_bytes()).hexdigest(), _wanted(compare, reader.faults), metrics)
    if reader.faults or observed is None:
        raise InputError(reader.faults)
    return observed


def _wanted(compare: Sequence[str], faults: list[Fault]) -> dict[str, str]:
    """Series to compare, by name, with the metric stated for it or nothing."""
    wanted: dict[str, str] = {}
    for text in several("compare", compare):
        series, equals, metric = (part.strip() for part in text.partition("="))
        if not series or (equals and not metric):
            faults.append(Fault("compare", 1, 1, "", f"'{text}' names no series", "SERIES or SERIES=METRIC"))
        elif series in wanted:
            faults.append(Fault("compare", 1, 1, series, "the series is named twice", "each series once"))
        else:
            wanted[series] = metric
    return wanted


class _Reader(TableReader):
    """A file of published outcomes being read."""

    def __init__(self, name: str, rows: list[list[Cell]], units: Units) -> None:
        super().__init__(name, rows)
        self.percent = units == "percent"

    def observed(self, sha256: str, wanted: Mapping[str, str], metrics: Registry) -> Observed | None:
        head = self.header[0]
        quarterly = head.text == "quarter"
        if not quarterly and head.text != "month":
            self.refuse(head, head.text, "the header is of no known form", "'quarter' or 'month' first, then a column for each series")
            return None
        first = self.dates(0, quarterly=quarterly)
        columns = self._columns()
        for name in wanted:
            if name not in columns:
                known = ", ".join(columns) or "none"
                self.faults.append(Fault("compare", 1, 1, name, "there is no such series", f"one of {known}", nearest(name, columns)))
        series = []
        for name, place in columns.items():
            if wanted and name not in wanted:
                continue
            metric = self._metric(name, wanted.get(name, ""), self.header[place], metrics)
            values = self._values(name, place)
            if metric is not None and first is not None:
                by_quarter = values if quarterly else _quarters(values, first, metrics[metric].over_months == "last")
                series.append(Observation(name, BY_QUARTER.get(metric, metric), by_quarter, self.header[place]))
        if not columns:
            self.refuse(head, "", "the file has no series beside its dates", "one column or more of outcomes")
        self.width()
        if first is None:
            return None
        start = first if quarterly else _whole(first)
        count = len(self.body) if quarterly else max(0, (len(self.body) - start.index_from(first)) // 3)
        if not count:
            self.refuse(head, "", "the file covers no whole quarter", "three months of one quarter or more")
        return Observed(self.name, sha256, start, count, tuple(series), self._left_out(first, start, 1 if quarterly else 3))

    def _columns(self) -> dict[str, int]:
        """Where each series stands."""
        columns: dict[str, int] = {}
        for place, cell in enumerate(self.header[1:], start=1):
            if cell.text == LEFT_OUT:
                continue
            if not re.fullmatch(NAME, cell.text):
                self.refuse(cell, cell.text, "the column has no name" if not cell.text else "a series has no such name",
                            "a lower-case letter, then letters, digits and underscores")
            elif cell.text in columns:
                self.refuse(cell, cell.text, "the column comes twice", "each series once")
            else:
                columns[cell.text] = place
        return columns

    def _metric(self, name: str, stated: str, cell: Cell, metrics: Registry) -> str | None:
        """The metric that a series is set beside; a fault and None where there is none."""
        known = comparable(metrics)
        if stated and stated not in known:
            if stated in metrics.names:
                what = f"{stated} is no rate, so nothing published as one can be set beside it"
            else:
                what = f"there is no metric {stated!r}"
            self.faults.append(Fault("compare", 1, 1, name, what, f"one of {', '.join(known)}", nearest(stated, known)))
            return None
        metric = stated or default_metric(name, known)
        if metric is None:
            # a slip in the last words of the name is looked for among names that begin as it does
            words = name.split("_")
            begun = ["_".join([*words[:k], m]) for k in range(len(words)) for m in known]
            self.refuse(cell, name, "no metric has this name", f"a name that ends in a metric, or --compare {name}=METRIC",
                        nearest(name, begun))
        return metric

    def _values(self, name: str, place: int) -> Floats:
        """A series as fractions, NaN where a cell is empty."""
        values = np.full(len(self.body), NAN)
        signs = False
        unread: list[tuple[Cell, str, str]] = []
        for i, row in enumerate(self.body):
            if place >= len(row) or not row[place].text:
                continue
            cell, when = row[place], row[0].text
            signed = cell.text.endswith("%")
            signs = signs or signed
            value = number(cell.text[:-1].rstrip() if signed else cell.text, self.percent or signed)
            if value is None:
                slip = slips.of_number(cell.text)
                words = "; leave the cell empty" if cell.text.casefold() in NO_VALUE else slip.words if slip is not None else ""
                unread.append((cell, slip.kind if slip is not None else words, words))
            elif not LOWEST <= value <= HIGHEST:
                self.refuse(cell, name, f"{100 * value:.6g}% in {when} is out of range", f"{100 * LOWEST:g}% to {100 * HIGHEST:g}%; "
                            "percent or fraction is what --units says of plain numbers")
            else:
                values[i] = value
        self.unread(name, unread, "number", "a plain number such as 5.2, or 5.2%, or nothing")
        if np.isnan(values).all():
            if not unread:
                self.refuse(self.header[place], name, "the series is empty", "numbers, or no such column")
        elif self.percent and not signs and 0 < np.nanmax(np.abs(values)) < TINY:
            largest = 100 * float(np.nanmax(np.abs(values)))
            self.refuse(self.header[place], name, f"plain numbers up to {largest:.3g} have two readings",
                        f"--units fraction (that is {100 * largest:.3g}%), or a % sign in the cells")
        return values

    def _left_out(self, first: Month, start: Month, months: int) -> dict[int, str]:
        """Reason by quarter; a quarter goes with any of its months."""
        places = [place for place, cell in enumerate(self.header) if cell.text == LEFT_OUT]
        found: dict[int, str] = {}
        for i, row in enumerate(self.body):
            for place in places:
                if place < len(row) and row[place].text:
                    step = i if months == 1 else (first.shift(i).index_from(start)) // 3
                    found.setdefault(step, row[place].text)
        return {quarter: why for quarter, why in found.items() if quarter >= 0}


def _whole(month: Month) -> Month:
    """The first month from here on that begins a quarter."""
    return month.shift((1 - month.month) % 3)


def _quarters(values: Floats, first: Month, last: bool) -> Floats:
    """Whole quarters of a monthly series: the last month, or the mean of all three where none is missing."""
    skipped = _whole(first).index_from(first)
    count = max(0, (values.size - skipped) // 3)
    by_month = values[skipped : skipped + 3 * count].reshape(count, 3)
    return np.asarray(by_month[:, 2] if last else by_month.mean(axis=1))
