"""Conditions of every month: base paths, a table over them, shocks on top."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.config.faults import Fault, InputError
from sim.config.fields import Month
from sim.config.validation import whole
from sim.config.yaml_reader import Place
from sim.economy.schema import Shock
from sim.economy.shocks import complaints, deltas
from sim.economy.tables import UNITS, UNREADABLE, Table, read_table
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
    Rates are annual fractions, shares are fractions, contact_cap is attempts per account and month,
    forbearance_months months.
    """

    start: Month
    months: int
    paths: Mapping[str, Floats]  # by macro variable; also read as attributes

    def __getattr__(self, name: str) -> Floats:
        if name in VARIABLES and "paths" in vars(self):  # a copy in the making has none yet
            return self.paths[name]
        raise AttributeError(f"the conditions have no '{name}'")

    def label(self, m: int) -> str:
        """Calendar month of month m, YYYY-MM; month 0 is the one before the first."""
        return str(self.start.shift(m - 1))

    def at(self, m: int) -> dict[str, float]:
        """All variables of month m."""
        return {name: float(path[m]) for name, path in self.paths.items()}


Mark = Callable[[str], Place]  # where in the files a value of the scenario stands, by its path


@dataclass
class _Faults:
    """Faults found while the conditions are built, each placed in the file that is to blame."""

    mark: Mark | None
    found: list[Fault] = field(default_factory=list)

    def add(self, path: str, message: str, expected: str = "") -> None:
        file, line, column = self.mark(path) if self.mark is not None else ("", 0, 0)
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
    faults = _Faults(getattr(resolved, "mark", None))
    built, start = _built(resolved.scenario, resolved.table_path, faults)
    _refuse_early_changes(resolved.scenario, start, faults)
    if built is None or faults.found:
        raise InputError(faults.found)
    return built


def condition_faults(
    scenario: Any, table_path: Path | None, mark: Mark, doubtful: Collection[str] = ()
) -> tuple[list[Fault], Month | None]:
    """What build_conditions would refuse, as far as the sound part of a scenario shows it (validation.salvage), and its first month.

    doubtful: variables of which a shock may be that cannot be read, so that nobody knows their path. Changes of policy, in
    which the sides of a comparison differ, are left to `change_faults`.
    """
    faults = _Faults(mark)
    _, start = _built(scenario, table_path, faults, doubtful)
    return faults.found, start


def change_faults(scenario: Any, start: Month | None, mark: Mark) -> list[Fault]:
    """Changes of policy that begin before the first month."""
    faults = _Faults(mark)
    _refuse_early_changes(scenario, start, faults)
    return faults.found


def _refuse_early_changes(scenario: Any, start: Month | None, faults: _Faults) -> None:
    months = getattr(scenario, "months", None)
    for i, change in enumerate(getattr(scenario, "policy_changes", ()) if start is not None else ()):
        if start is not None and getattr(change, "from", start) < start:
            last = f" to {start.shift(months - 1)}" if months is not None else " or later"
            faults.add(f"policy_changes.{i}.from", f"{change.first} lies outside the run", f"{start}{last}")


def _built(
    scenario: Any, table_path: Path | None, faults: _Faults, doubtful: Collection[str] = ()
) -> tuple[Conditions | None, Month | None]:
    """The conditions, or None with the reasons, and the first month; of a scenario with faulty values, which are missing, what can be
    said without them."""
    economy = getattr(scenario, "economy", None)
    if economy is None:
        return None, None
    table, columns_known = _table(economy, table_path, faults)
    start = getattr(scenario, "start", None) or (table.start if table is not None else None)
    if start is None:
        if not faults.found and columns_known:
            faults.add("start", "the first month is missing", "start: 2026-01, or a table that has one")
        return None, None
    months = getattr(scenario, "months", None)
    offset = _offset(table, start, months, faults)
    shocks = getattr(scenario, "shocks", None)
    for i, shock in enumerate(shocks or ()):
        if getattr(shock, "start", start) < start:
            faults.add(f"shocks.{i}.start", f"the shock begins before the first month {start}", f"{start} or later")
    if months is None:
        return None, start
    paths: dict[str, Floats] = {}
    for name, variable in VARIABLES.items():
        stated = getattr(economy, name, None)
        base = _stated(stated, variable, months, faults) if stated is not None else []
        calm = base[0] if base else 0.0
        if table is not None and name in table.columns:
            base = [float(x) for x in table.columns[name][offset : offset + months]] if offset is not None else []
        sound = columns_known and name not in doubtful and all(_sound(shock, name, start) for shock in shocks or ())
        if len(base) == months and shocks is not None and sound:
            opening = _opening(economy, table, offset or 0, variable, calm if variable.is_growth else base[0])
            told = len(faults.found)
            path = _shocked(base, opening, variable, shocks, start, faults)
            if len(faults.found) == told:
                paths[name] = path
    _refuse_endless_growth(paths, getattr(scenario, "warm_up_months", None), start, faults)
    whole_one = len(paths) == len(VARIABLES) and not faults.found
    return Conditions(start=start, months=months, paths=paths) if whole_one else None, start


def _sound(shock: Any, name: str, start: Month) -> bool:
    """Whether a shock is of another variable, or can be added up."""
    return not _is_of(shock, name) or (whole(shock) and shock.start >= start and not any(complaints(shock)))


def _is_of(shock: Any, name: str) -> bool:
    """Whether a shock names this variable; what is left of a faulty one may name none."""
    return getattr(shock, "variable", None) == name


def _refuse_endless_growth(paths: Mapping[str, Floats], warm_up: int | None, start: Month, faults: _Faults) -> None:
    """Each year's growth may have a meaning and years of it none: prices and incomes must stay within what a column holds.

    Paths that are not known are passed over, and everything where the warm-up's length is not.
    """
    for what, names in (("prices", ("inflation",)), ("incomes", ("inflation", "real_income_growth"))):
        if warm_up is None or not paths.keys() >= {*names}:
            continue
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




def _opening(economy: Any, table: Table | None, offset: int, variable: Variable, first: float) -> float:
    """Value before month 1: as stated, else of the table's last row before it, else `first`.

    Growth is not taken from a table: one quarter of it is news of that quarter, not the state in which the book was built.
    """
    stated: float | None = getattr(getattr(economy, "opening", None), variable.name, None)
    if stated is not None:
        return stated
    if table is not None and offset > 0 and variable.name in table.columns and not variable.is_growth:
        return float(table.columns[variable.name][offset - 1])
    return first


def _table(economy: Any, path: Path | None, faults: _Faults) -> tuple[Table | None, bool]:
    """The scenario's table, if it can be read, without columns that are not to be used; whether it is known which variables it gives."""
    name: str | None = getattr(economy, "table", "")
    without: list[str] | None = getattr(economy, "table_without", None)
    if name is None:
        if without:
            faults.add("economy.table_without", "there is no table whose columns could be left out", "economy.table, or no table_without")
        return None, True
    if not name:
        return None, False
    if path is None:
        faults.add("economy.table", f"there is no table {name!r}", "a CSV file below the scenario's folder")
        return None, False
    units: str | None = getattr(economy, "table_units", UNREADABLE)
    try:
        table = read_table(path, name, units)
    except InputError as error:
        for fault in error.faults:
            if fault.path == UNITS:  # a key of the scenario's, not of the table
                faults.add(UNITS, fault.message, fault.expected)
        of_table = [fault for fault in error.faults if fault.path != UNITS]
        faults.found.extend(of_table)
        if count := len(of_table):
            faults.add("economy.table", f"the table {name} has {count:,} fault{'s' * (count > 1)}, listed above")
        return None, False
    if units == UNREADABLE:
        return None, False  # what its numbers mean is not known
    if without is None:
        return table, False
    for i, left_out in enumerate(without):
        if left_out not in table.columns:
            known = f"one of {', '.join(table.columns)}"
            faults.add(f"economy.table_without.{i}", f"the table {name} has no column {left_out}", known)
    return replace(table, columns={n: column for n, column in table.columns.items() if n not in without}), True


def _offset(table: Table | None, start: Month, months: int | None, faults: _Faults) -> int | None:
    """Row of the table at which month 1 lies; None where it does not cover the months."""
    if table is None:
        return 0
    covered = f"a month from {table.start} to {table.end}, which the table covers"
    offset = start.index_from(table.start)
    if not 0 <= offset < table.months:
        faults.add("start", f"the table does not cover the first month {start}", covered)
        return None
    if months is not None and offset + months > table.months:
        last = start.shift(months - 1)
        faults.add("months", f"the table ends before the last month {last}; it covers {table.start} to {table.end}",
                   f"at most {table.months - offset} months from {start}")
        return None
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
        where = f"{path}.{i}" if isinstance(value, list) else path
        faults.add(where, f"{variable.show(entries[i])} is out of range", f"{variable.span()} ({variable.meaning})")
    return [] if wrong else [float(entries[min(m, len(entries) - 1)]) for m in range(months)]


def _shocked(base: list[float], opening: float, variable: Variable, shocks: list[Shock], start: Month, faults: _Faults) -> Floats:
    """The path with its shocks, the opening before it."""
    months = len(base)
    mine = [i for i, shock in enumerate(shocks) if _is_of(shock, variable.name) and shock.start.index_from(start) < months]
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
