"""The quarters of a back-test: what is simulated, fitted on and judged on, from options and what the two files cover."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sim.config.faults import Fault
from sim.config.fields import Month
from sim.economy.csv_reader import month_of, quarter_label, quarter_of
from sim.economy.tables import Table
from sim.study.observed import Observed

CHANGE, LAG = 4, 2  # quarters over which unemployment changes, and by which losses follow it
BEFORE = CHANGE + LAG  # quarters of unemployment that the regression needs before the first one judged


@dataclass(frozen=True)
class Windows:
    """First and last quarter (first months) of a back-test. fit_to: last quarter fitted on; later ones are judged alone.

    begin: first simulated month; the months from it to the first quarter are lived and not judged.
    """

    begin: Month
    first: Month
    last: Month
    fit_to: Month

    @property
    def quarters(self) -> int:
        """How many there are from first to last."""
        return self.last.index_from(self.first) // 3 + 1

    @property
    def fitted(self) -> int:
        """How many of them are fitted on."""
        return self.fit_to.index_from(self.first) // 3 + 1

    @property
    def months(self) -> int:
        """Months to simulate."""
        return self.last.index_from(self.begin) + 3

    @property
    def apart(self) -> bool:
        """Whether quarters are judged that nothing was fitted on."""
        return self.fitted < self.quarters

    def labels(self) -> list[str]:
        """The quarters, 1991 Q1 and so on."""
        return [quarter_label(self.first.shift(3 * k)) for k in range(self.quarters)]


@dataclass(frozen=True)
class Asked:
    """Windows as options name them: the first months of quarters, and the month to begin in; None for what was left out."""

    first: Month | None
    last: Month | None
    fit_to: Month | None
    begin: Month | None

    @classmethod
    def of(cls, from_: str | None, to: str | None, fit_to: str | None, begin: str | None, faults: list[Fault]) -> Asked:
        """from_, to, fit_to: a quarter (1991 Q1), a year, or the month that begins or ends a quarter; begin: a month or a year."""
        return cls(
            _quarter("from_", from_, False, faults), _quarter("to", to, True, faults), _quarter("fit_to", fit_to, True, faults),
            _begin(begin, faults),
        )


def windows_of(table: Table, observed: Observed, asked: Asked, scenario_start: Month | None, faults: list[Fault]) -> Windows | None:
    """The windows asked for, or as wide as both files allow; None, and what is wrong among `faults`, where they do not fit."""
    known = len(faults)
    start = asked.begin or scenario_start or table.start
    whole = table.start.shift((1 - table.start.month) % 3)  # the first quarter of which the table has every month
    earliest = max(observed.first, whole.shift(3 * BEFORE))
    macro_last = table.end.shift(1)
    macro_last = macro_last.shift(-((macro_last.month - 1) % 3) - 3)
    latest = min(observed.first.shift(3 * (observed.quarters - 1)), macro_last)
    span = f"{quarter_label(earliest)} to {quarter_label(latest)}"

    def refuse(option: str, message: str, expected: str) -> None:
        faults.append(Fault(option, 1, 1, "", message, expected))

    if latest < earliest:
        refuse("macro", f"the table, {table.start} to {table.end}, and the outcomes, {quarter_label(observed.first)} to "
               f"{quarter_label(observed.first.shift(3 * observed.quarters - 3))}, have no quarter in common",
               f"a table that begins {BEFORE} quarters before the outcomes, for the regression's lags")
        return None
    first, last, fit = asked.first or earliest, asked.last or latest, asked.fit_to
    if not earliest <= first <= latest:
        refuse("from_", f"{quarter_label(first)} cannot be judged: the outcomes begin in {quarter_label(observed.first)}, and the "
               f"regression needs unemployment from {BEFORE} quarters before; the table begins in {table.start}", span)
    if not earliest <= last <= latest:
        refuse("to", f"{quarter_label(last)} cannot be judged: the outcomes or the table end before it", span)
    elif last < first:
        refuse("to", f"{quarter_label(last)} lies before the first quarter, {quarter_label(first)}", "a later one")
    elif fit is not None and not first <= fit < last:
        refuse("fit_to", f"{quarter_label(fit)} leaves nothing to fit on or nothing to judge",
               f"a quarter from {quarter_label(first)} to {quarter_label(last.shift(-3))}")
    if earliest <= first and not table.start <= start <= first:
        refuse("begin" if asked.begin else "start", f"the simulation cannot begin in {start}",
               f"a month from {table.start}, where the table begins, to {first}")
    return None if len(faults) > known else Windows(start, first, last, fit or last)


def _quarter(option: str, text: str | None, ends: bool, faults: list[Fault]) -> Month | None:
    """The first month of the quarter that an option names. ends: a year means its last quarter, a month the one that it ends."""
    if text is None:
        return None
    text = str(text).strip()
    if re.fullmatch("[0-9]{4}", text):
        return Month(int(text), 10 if ends else 1)
    quarter = quarter_of(text)
    if quarter is not None:
        return quarter
    month = month_of(text)
    side = "last" if ends else "first"
    if month is None:
        faults.append(Fault(option, 1, 1, "", f"'{text}' is no quarter", "a year, a quarter such as '1991 Q1', or a month such as 1991-01"))
        return None
    begins = month.shift(-2) if ends else month
    if begins.month % 3 != 1:
        near = month.shift(-((month.month - 1) % 3) + (2 if ends else 0))
        faults.append(Fault(option, 1, 1, "", f"{month} is not the {side} month of a quarter", f"{near}"))
        return None
    return begins


def _begin(text: str | None, faults: list[Fault]) -> Month | None:
    if text is None:
        return None
    text = str(text).strip()
    month = Month(int(text), 1) if re.fullmatch("[0-9]{4}", text) else month_of(text)
    if month is None:
        faults.append(Fault("begin", 1, 1, "", f"'{text}' is no month", "a month such as 1989-01, or a year"))
    return month
