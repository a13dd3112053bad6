"""Conditions of every month: base paths, a table over them, shocks on top."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.config.faults import Fault, InputError
from sim.config.fields import Month
from sim.economy.schema import Shock
from sim.economy.shocks import deltas
from sim.economy.tables import Table, read_table
from sim.economy.variables import VARIABLES, Variable

if TYPE_CHECKING:
    from sim.inputs import Resolved

Floats = NDArray[np.float64]
MOST_GROWTH = 1e9  # of prices and incomes from the start of the warm-up on; the rest of float32 is for how borrowers differ


@dataclass(frozen=True, eq=False)
class Conditions:
    """The macro world of a run, month by month.

    Every array has months + 1 entries of float64 and cannot be written: entry 0 is the opening, under which the
    population warms up (`economy.opening` where it states a value, else a table's last row before month 1, else the
    first month's conditions without shocks; growth of incomes and prices as the scenario's `economy` states it, even
    where a table gives the months' own), entry m is month m = 1 … months.
    Rates are annual fractions, shares are fractions, contact_cap is attempts per account and month.
    """

    start: Month
    months: int
    unemployment_rate: Floats
    real_income_growth: Floats
    inflation: Floats
    policy_rate: Floats
    income_support: Floats
    universal_payment: Floats
    outside_credit: Floats
    lending_standards: Floats
    funding_spread: Floats
    funding_haircut: Floats
    lender_rumour: Floats
    apr_cap: Floats
    contact_cap: Floats

    def label(self, m: int) -> str:
        """Calendar month of month m, YYYY-MM; month 0 is the one before the first."""
        return str(self.start.shift(m - 1))

    def at(self, m: int) -> dict[str, float]:
        """All variables of month m."""
        return {name: float(getattr(self, name)[m]) for name in VARIABLES}


@dataclass
class _Faults:
    """Faults found while the conditions are built, each placed in the file that is to blame."""

    resolved: Resolved
    found: list[Fault] = field(default_factory=list)

    def add(self, path: str, message: str, expected: str = "") -> None:
        mark = getattr(self.resolved, "mark", None)
        file, line, column = mark(path) if mark is not None else ("", 0, 0)
        self.found.append(Fault(file, line, column, path, message, expected))


def build_conditions(resolved: Resolved) -> Conditions:
    """The conditions that a resolved scenario states.

    A variable's path is its constant or list (one entry a month, the last one lasts), replaced by the table's
    column where there is one, plus the sum of its shocks. `to` of a shock counts from the path without that shock in
    its first month; a shock sees those that begin earlier, and in its own month those given by size or earlier in
    the file, so that the order in the file matters only among several `to` of one month, of which the last wins.
    Sums are rounded once (fsum), so neither the order nor a shock of size zero changes a bit.

    Raises InputError with every fault: a table that is wrong or does not cover the months, a shock which begins before
    a table's first month, a path that leaves the range in which its variable has a meaning.
    """
    faults = _Faults(resolved)
    scenario = resolved.scenario
    table = _table(resolved, faults)
    start = scenario.start or (table.start if table is not None else None)
    if start is None:
        if not faults.found:
            faults.add("start", "the first month is missing", "start: 2026-01, or a table that has one")
        raise InputError(faults.found)
    offset = _offset(table, start, scenario.months, faults)
    for i, shock in enumerate(scenario.shocks):
        if shock.start.index_from(start) < 0:
            faults.add(f"shocks.{i}.start", f"the shock begins before the first month {start}", f"{start} or later")
    for i, change in enumerate(scenario.policy_changes):
        if change.first < start:
            last = start.shift(scenario.months - 1)
            faults.add(f"policy_changes.{i}.from", f"{change.first} lies outside the run", f"{start} to {last}")
    if faults.found:
        raise InputError(faults.found)
    paths: dict[str, Floats] = {}
    for name, variable in VARIABLES.items():
        base = _stated(getattr(scenario.economy, name), variable, scenario.months, faults)
        calm = base[0] if base else 0.0
        if table is not None and name in table.columns:
            base = [float(x) for x in table.columns[name][offset : offset + scenario.months]]
        if len(base) == scenario.months:
            opening = _opening(resolved, table, offset, variable, calm if variable.is_growth else base[0])
            paths[name] = _shocked(base, opening, variable, scenario.shocks, start, faults)
    if not faults.found:
        _refuse_endless_growth(paths, scenario.warm_up_months, start, faults)
    if faults.found:
        raise InputError(faults.found)
    return Conditions(start=start, months=scenario.months, **paths)


def _refuse_endless_growth(paths: Mapping[str, Floats], warm_up: int, start: Month, faults: _Faults) -> None:
    """Each year's growth may have a meaning and years of it none: prices and incomes must stay within what a column holds."""
    for what, names in (("prices", ("inflation",)), ("incomes", ("inflation", "real_income_growth"))):
        grown = 0.0  # log of the level, times 12
        for m in range(len(paths["inflation"])):
            grown += sum(math.log1p(float(paths[name][m])) for name in names) * (warm_up if m == 0 else 1)
            if grown > 12 * math.log(MOST_GROWTH):
                blamed = max(names, key=lambda name: float(paths[name].max()))
                faults.add(
                    f"economy.{blamed}", f"{what} are more than {MOST_GROWTH:,.0f} times as high in {start.shift(m - 1)}",
                    "less growth or fewer months: columns of 32 bits could not hold what comes of it",
                )
                return


def _opening(resolved: Resolved, table: Table | None, offset: int, variable: Variable, first: float) -> float:
    """Value before month 1: as stated, else of the table's last row before it, else `first`.

    Growth is not taken from a table: one quarter of it is news of that quarter, not the state in which the book was built.
    """
    stated: float | None = getattr(resolved.scenario.economy.opening, variable.name)
    if stated is not None:
        return stated
    if table is not None and offset > 0 and variable.name in table.columns and not variable.is_growth:
        return float(table.columns[variable.name][offset - 1])
    return first


def _table(resolved: Resolved, faults: _Faults) -> Table | None:
    """The scenario's table, if it has one that can be read, without the columns that are not to be used."""
    economy = resolved.scenario.economy
    if economy.table is None:
        if economy.table_without:
            faults.add("economy.table_without", "there is no table whose columns could be left out", "economy.table, or no table_without")
        return None
    if resolved.table_path is None:
        faults.add("economy.table", f"there is no table {economy.table!r}", "a CSV file below the scenario's folder")
        return None
    try:
        table = read_table(resolved.table_path, economy.table, economy.table_units)
    except InputError as error:
        count = len(error.faults)
        faults.found.extend(error.faults)
        faults.add("economy.table", f"the table {economy.table} has {count} fault{'s' * (count > 1)}, listed above")
        return None
    for i, name in enumerate(economy.table_without):
        if name not in table.columns:
            known = f"one of {', '.join(table.columns)}"
            faults.add(f"economy.table_without.{i}", f"the table {economy.table} has no column {name}", known)
    return replace(table, columns={n: column for n, column in table.columns.items() if n not in economy.table_without})


def _offset(table: Table | None, start: Month, months: int, faults: _Faults) -> int:
    """Row of the table at which month 1 lies."""
    if table is None:
        return 0
    covered = f"a month from {table.start} to {table.end}, which the table covers"
    offset = start.index_from(table.start)
    if not 0 <= offset < table.months:
        faults.add("start", f"the table does not cover the first month {start}", covered)
    elif offset + months > table.months:
        last = start.shift(months - 1)
        faults.add("months", f"the table ends before the last month {last}; it covers {table.start} to {table.end}",
                   f"at most {table.months - offset} months from {start}")
    return offset


def _stated(value: float | list[float], variable: Variable, months: int, faults: _Faults) -> list[float]:
    """A constant or a list as a path over the months; empty where it is wrong."""
    path = f"economy.{variable.name}"
    entries = value if isinstance(value, list) else [value]
    if not entries:
        faults.add(path, "the list is empty", "one entry a month, the last one lasts")
        return []
    wrong = [i for i, entry in enumerate(entries) if not variable.holds(entry)]
    for i in wrong:
        where = f"{path}[{i}]" if isinstance(value, list) else path
        faults.add(where, f"{variable.show(entries[i])} is out of range", f"{variable.span()} ({variable.meaning})")
    return [] if wrong else [float(entries[min(m, len(entries) - 1)]) for m in range(months)]


def _shocked(base: list[float], opening: float, variable: Variable, shocks: list[Shock], start: Month, faults: _Faults) -> Floats:
    """The path with its shocks, the opening before it."""
    months = len(base)
    mine = [i for i, shock in enumerate(shocks) if shock.variable == variable.name and shock.start.index_from(start) < months]
    # first by month, then changes before levels: a level is reached from whatever else acts in its first month
    mine.sort(key=lambda i: (shocks[i].start, shocks[i].to is not None))
    added: dict[int, list[float]] = {}
    for i in mine:
        first = shocks[i].start.index_from(start)
        without = math.fsum([base[first], *(delta[first] for delta in added.values())])
        added[i] = deltas(shocks[i], start, without, months)
    path = [math.fsum([base[m], *(delta[m] for delta in added.values())]) for m in range(months)]
    for m, value in enumerate(path):
        if not variable.holds(value):
            low = value < variable.lowest
            blamed = (min if low else max)(added, key=lambda i: added[i][m])
            bound = f"below its lowest value {variable.show(variable.lowest)}"
            if not low:
                bound = f"above its highest value {variable.show(variable.highest)}"
            faults.add(
                f"shocks.{blamed}",
                f"with this shock {variable.name} is {variable.show(value)} in {start.shift(m)}, {bound}",
                f"a shock that leaves it within {variable.span()}",
            )
            break
    # a sum may miss its bound by the rounding of its parts; that much, and no more, is set right
    path = [min(max(value, variable.lowest), variable.highest) for value in [opening, *path]]
    result = np.asarray(path, dtype=np.float64)
    result.flags.writeable = False
    return result
