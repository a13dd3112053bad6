"""How a metric is declared: name, unit, meaning and formula in one place, and what it comes to over months and seeds.

The monthly table, its formats, the documentation page, the manifest and a comparison's metrics are assembled from the
declarations. Nothing heavy is imported here. A mechanism declares its own and has them appended to the table:

    METRICS = (
        Metric(
            "reach_rate", "ratio", "contacts_reached / contacts", lambda r: ratio(r.contacts.reached, r.contacts.attempts),
            section="Collections and contacts", over_months="mean", over_seeds="mean",
        ),
    )
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

from sim.state import MonthRecord

Unit = Literal["label", "count", "money", "ratio", "flag"]
OverMonths = Literal["sum", "last", "lowest", "mean", "any"]
OverSeeds = Literal["mean", "share"]
Cell = int | float | str | None


@dataclass(frozen=True)
class Column:
    """A column of a table. unit: label, count, money (minor units inside, major in files), ratio (a fraction) or flag.

    meaning: what it is, with its formula in words. ValueError for a name or a unit that a table cannot hold.
    """

    name: str
    unit: Unit
    meaning: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9_]*", self.name):
            raise ValueError(f"a column is named in lower case, digits and underscores, not {self.name!r}")
        if self.unit not in get_args(Unit):
            raise ValueError(f"{self.name}: the unit is one of {', '.join(get_args(Unit))}, not {self.unit!r}")


@dataclass(frozen=True)
class Metric(Column):
    """A column of `monthly`, and the pure function of the month's record that fills it (money in minor units, None: empty).

    section: heading on the documentation page. over_months: what the months up to a horizon come to, None where that
    means nothing. over_seeds: how a comparison puts the seeds' numbers together; None: the metric is not compared.
    """

    value: Callable[[MonthRecord], Cell]
    section: str
    over_months: OverMonths | None = None
    over_seeds: OverSeeds | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.over_months == "sum" and self.unit not in ("count", "money"):
            raise ValueError(f"{self.name}: a {self.unit} does not add up over months")
        if self.over_months and self.unit == "label":
            raise ValueError(f"{self.name}: a label comes to no number over months")
        if self.over_seeds and self.over_months is None:
            raise ValueError(f"{self.name}: only what is a number over a horizon can be compared over seeds")


@dataclass(frozen=True)
class Registry:
    """The metrics of `monthly` in the order of its columns."""

    metrics: tuple[Metric, ...]

    def __iter__(self) -> Iterator[Metric]:
        return iter(self.metrics)

    def __getitem__(self, name: str) -> Metric:
        for metric in self.metrics:
            if metric.name == name:
                return metric
        raise KeyError(name)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Column names in order."""
        return tuple(m.name for m in self.metrics)

    def of_unit(self, unit: Unit) -> frozenset[str]:
        """Names of the columns in a unit."""
        return frozenset(m.name for m in self.metrics if m.unit == unit)

    def row(self, record: MonthRecord) -> dict[str, Cell]:
        """One row of `monthly`: money in minor units, to be scaled when the frame is built."""
        return {m.name: m.value(record) for m in self.metrics}

    def described(self) -> list[dict[str, str | None]]:
        """The declarations as plain data, for a run's manifest."""
        return [{"name": m.name, "unit": m.unit, "meaning": m.meaning, "over_months": m.over_months} for m in self.metrics]


def assemble(core: Iterable[Metric], extra: Iterable[Metric] = ()) -> Registry:
    """The table of the core's metrics and, after them, those that mechanisms declare. ValueError for a name declared twice."""
    metrics: dict[str, Metric] = {}
    for metric in (*core, *extra):
        if metric.name in metrics:
            first = metrics[metric.name]
            raise ValueError(f"metric {metric.name!r} is declared twice: under {first.section!r} and under {metric.section!r}")
        metrics[metric.name] = metric
    return Registry(tuple(metrics.values()))


def ratio(a: float, b: float) -> float | None:
    """a / b, None when there is nothing to divide by."""
    return a / b if b else None
