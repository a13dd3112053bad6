"""Panels: chosen attributes of chosen borrowers, taken in chosen months while runs are lived.

What a panel will take of memory is told from its size before a month is lived, and refused beyond a limit.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import index
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sim.agents import values_of
from sim.assembly import household_columns
from sim.config.faults import Fault, InputError, shown_value
from sim.config.fields import percentage
from sim.config.given import several
from sim.config.yaml_reader import scalar
from sim.engine.columns import Column
from sim.inputs import Resolved, nearest
from sim.measures.attributes import attributes
from sim.measures.panel import Part, bytes_of, bytes_of_keys, panel_frame
from sim.measures.people import unit_read
from sim.study.words import counted

if TYPE_CHECKING:
    import pandas as pd

    from sim.engine.declare import Mechanism
    from sim.model import LendingModel

MOST = 1024  # MiB of a panel: what a laptop holds beside the run, twice over while the frame is put together

Names = str | Iterable[str]
"""Attributes, as a list or as a text with commas between them."""
Chosen = str | float | Iterable[int] | None
"""Borrowers: their numbers, a share of them (`"10%"` or 0.1: the first ones), or None for all."""


@dataclass(frozen=True)
class Panel:
    """What is taken: attributes by name, of the borrowers with these numbers, at the end of these months (0: the opening)."""

    columns: Mapping[str, Column]
    borrowers: npt.NDArray[np.int32]
    months: tuple[int, ...]

    def frame(self, parts: Iterable[Part], resolved: Resolved, policies: Sequence[str] = ()) -> pd.DataFrame:
        """The table of what was taken in several runs; policies: the order in which those of a comparison stand in it."""
        ordered = sorted(parts, key=lambda part: policies.index(part.policy) if part.policy is not None else 0)
        return panel_frame(ordered, self.columns, self.borrowers, self.months, resolved.profile.currency.minor_units)


def described(panel: Panel | None) -> dict[str, Any]:
    """The panel as a manifest tells of it, if there is one."""
    if panel is None:
        return {}
    columns = [{"name": name, "unit": unit_read(column.unit), "meaning": column.meaning} for name, column in panel.columns.items()]
    return {"panel": {"borrowers": int(panel.borrowers.size), "months": [*panel.months], "columns": columns}}


@dataclass
class PanelLog:
    """Takes a panel of one run, month by month."""

    panel: Panel
    taken: dict[str, list[npt.NDArray[Any]]] = field(default_factory=dict)

    def begin(self, model: LendingModel) -> None:
        """Take the opening position."""
        self.month(model)

    def month(self, model: LendingModel) -> None:
        """Take what a month that has been lived leaves, if it is one of the panel's."""
        if model.month in self.panel.months:
            for name in self.panel.columns:
                self.taken.setdefault(name, []).append(np.array(values_of(model.population, name, self.panel.borrowers)))


    def part(self, model: LendingModel, policy: str | None = None) -> Part:
        """All that was taken; policy: in a comparison, its label."""
        return Part(model.setup.seed, self.taken, tuple(map(model.setup.conditions.label, self.panel.months)), policy)


def panel_of(
    names: Names | None, every: int | None, borrowers: Chosen, arms: Sequence[Resolved], labels: Sequence[str], seeds: Sequence[int],
    mechanisms: Sequence[Mechanism] = (),
) -> Panel | None:
    """The panel asked for of runs of these inputs under these seeds, None if none is; InputError listing every fault.

    every: months from one taken to the next, None for 1; the opening position and the last month are always taken.
    labels: of the arms of a comparison, none outside one.
    """
    faults: list[Fault] = []
    found: dict[str, Any] = {}
    count = 1 if arms[0].scenario.script else arms[0].scenario.borrowers.count
    months = arms[0].scenario.months
    if names is None:
        beside = [name for name, given in (("panel_every", every), ("panel_borrowers", borrowers)) if given is not None]
        faults = [_fault(name, "says how a panel is taken, and none is asked for", "panel: names of attributes") for name in beside]
        if faults:
            raise InputError(faults)
        return None
    asks = (
        ("columns", lambda: _columns(names, arms, labels, mechanisms)), ("borrowers", lambda: _borrowers(borrowers, count)),
        ("months", lambda: _months(every, months)),
    )
    for what, ask in asks:
        try:
            found[what] = ask()
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError(faults)
    panel = Panel(**found)
    _refuse_large(panel, seeds, len(labels))
    return panel


def _fault(path: str, message: str, expected: str = "", near: str = "") -> Fault:
    return Fault("", 1, 1, path, message, expected, near)


def _columns(names: Names, arms: Sequence[Resolved], labels: Sequence[str], mechanisms: Sequence[Mechanism]) -> dict[str, Column]:
    """The attributes asked for, as they are declared."""
    asked = dict.fromkeys(name.strip() for name in (names.split(",") if isinstance(names, str) else map(str, several("panel", names))))
    if not asked:
        raise InputError([_fault("panel", "no attribute is asked for", "names of attributes, such as income")])
    household = household_columns(mechanisms)
    known = [attributes(household, arm.policy.products) for arm in arms]
    faults = []
    for name in asked:
        lacking = [k for k, own in enumerate(known) if name not in own]
        if not lacking:
            continue
        if len(lacking) == len(known):
            close = nearest(name, known[0])
            expected = "" if close else "a column of results.borrowers, see docs/outputs.md"
            faults.append(_fault("panel", f"a borrower has no attribute {shown_value(name)}", expected, close))
        else:
            without = f"under {labels[lacking[0]]} a borrower has no attribute {shown_value(name)}"
            faults.append(_fault("panel", without, "an attribute under every policy"))
    if faults:
        raise InputError(faults)
    return {name: known[0][name] for name in asked}


def _borrowers(given: Chosen, count: int) -> npt.NDArray[np.int32]:
    """The numbers of the borrowers asked for, in order."""
    expected = "numbers of borrowers such as range(500), or a share of them such as '10%'"

    def wrong(message: str) -> InputError:
        return InputError([_fault("panel_borrowers", message, expected)])

    if given is None:
        return np.arange(count, dtype=np.int32)
    if isinstance(given, str | float | int | np.generic):
        share = share_of(given)
        if share is None:
            raise wrong(f"{shown_value(given)} is no choice of borrowers")
        return np.arange(max(1, math.floor(share * count + 0.5)), dtype=np.int32)
    numbers = np.asarray(given if hasattr(given, "__array__") else [*given])
    if numbers.ndim != 1 or numbers.dtype.kind not in "iu" or not numbers.size:
        raise wrong("these are no numbers of borrowers" if numbers.size else "no borrower is asked for")
    if outside := [int(n) for n in (numbers.min(), numbers.max()) if not 0 <= n < count]:
        raise InputError([_fault("panel_borrowers", f"there is no borrower {outside[0]}", f"0 to {count - 1}")])
    chosen = np.unique(numbers)
    if chosen.size < numbers.size:
        raise wrong("a borrower is asked for twice")
    return chosen.astype(np.int32)


def share_of(given: Any) -> float | None:
    """A share above 0 and up to 1, written `10%` or 0.1; None for anything else."""
    value = percentage(given, "%") if isinstance(given, str) else given
    if value is None:
        value = scalar(given)
    if isinstance(value, bool | np.bool_) or not isinstance(value, float | np.floating):
        return None
    return float(value) if 0 < value <= 1 else None


def _months(every: int | None, months: int) -> tuple[int, ...]:
    """The months taken: the opening position, every so many, and the last."""
    try:
        step = 1 if every is None else index(every)
    except TypeError:
        step = 0
    if isinstance(every, bool) or step < 1:
        raise InputError([_fault("panel_every", f"{shown_value(every)} is no number of months", "a whole number from 1")])
    return tuple(sorted({*range(0, months + 1, step), months}))


def _refuse_large(panel: Panel, seeds: Sequence[int], policies: int) -> None:
    """InputError where the panel would be larger than MOST MiB."""
    row = bytes_of_keys(seeds, panel.months, policies) + sum(map(bytes_of, panel.columns.values()))
    of = [(len(seeds), "seed"), (len(panel.months), "month"), (panel.borrowers.size, "borrower")]
    size = row * max(1, policies) * math.prod(n for n, _ in of) / 2**20
    if size <= MOST:
        return
    made = " x ".join([*([f"{policies} policies"] if policies else []), *(counted(int(n), what) for n, what in of), f"{row} bytes"])
    raise InputError([_fault(
        "panel", f"it would take {size:,.0f} MiB of memory ({made}), more than the {MOST:,} MiB that a panel may",
        f"at most {math.floor(1000 * MOST / size) / 10:g} % of it: a share of the borrowers, fewer months, seeds or columns",
    )])
