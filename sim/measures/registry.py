"""The metrics of `monthly`, assembled from their declarations (sim/engine/metric.py) in the order of the table's columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from sim.engine.metric import Cell, Column, Metric, Unit, ratio
from sim.state import MonthRecord


def _no_formula(record: MonthRecord) -> Cell:
    """In the place of a formula that a finished table no longer needs."""
    raise TypeError(f"the row of month {record.month} has been made already")


@dataclass(frozen=True)
class Registry:
    """The metrics of `monthly` in the order of its columns."""

    metrics: tuple[Metric, ...]

    def __iter__(self) -> Iterator[Metric]:
        return iter(self.metrics)

    def __getitem__(self, name: str) -> Metric:
        return self._by_name[name]

    @cached_property
    def _by_name(self) -> dict[str, Metric]:
        return {metric.name: metric for metric in self.metrics}

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Column names in order."""
        return tuple(m.name for m in self.metrics)

    def of_unit(self, unit: Unit) -> frozenset[str]:
        """Names of the columns in a unit."""
        return frozenset(m.name for m in self.metrics if m.unit == unit)

    def resting(self) -> dict[str, str]:
        """What columns hold whose mechanism is not used, by name: "0", or another column's name."""
        return {m.name: m.at_rest for m in self.metrics if m.at_rest is not None}

    def row(self, record: MonthRecord) -> dict[str, Cell]:
        """One row of `monthly`: money in minor units, to be scaled when the frame is built."""
        return {m.name: m.value(record) for m in self.metrics}

    def declared(self) -> Registry:
        """The declarations without their formulas: what a finished table needs, and what can be pickled."""
        return Registry(tuple(replace(m, value=_no_formula) for m in self.metrics))

    def described(self) -> list[dict[str, str | None]]:
        """The declarations as plain data, for a run's manifest."""
        told = ("name", "unit", "meaning", "over_months", "at_rest")
        return [{field: getattr(m, field) for field in told} for m in self.metrics]


def assemble(core: Iterable[Metric], extra: Iterable[Metric] = ()) -> Registry:
    """The table of the core's metrics with those that mechanisms declare, each after the column that it names or at the end.

    ValueError for a name declared twice, or for one to stand after, or to rest as, that nobody declares.
    """
    metrics: dict[str, Metric] = {}
    for metric in (*core, *extra):
        if metric.name in metrics:
            first = metrics[metric.name]
            raise ValueError(f"metric {metric.name!r} is declared twice: under {first.section!r} and under {metric.section!r}")
        metrics[metric.name] = metric
    for metric in metrics.values():
        if metric.at_rest not in (None, "0", *metrics):
            raise ValueError(f"metric {metric.name!r} rests as {metric.at_rest!r}, which is neither '0' nor a column")
    order = [name for name, metric in metrics.items() if metric.after is None]
    waiting = [metric for metric in metrics.values() if metric.after is not None]
    while waiting:
        placed = [metric for metric in waiting if metric.after in order]
        if not placed:
            raise ValueError(f"metric {waiting[0].name!r} is to stand after {waiting[0].after!r}, which is not declared")
        for metric in placed:
            order.insert(order.index(str(metric.after)) + 1, metric.name)
            waiting.remove(metric)
    return Registry(tuple(metrics[name] for name in order))


__all__ = ["Cell", "Column", "Metric", "Registry", "assemble", "ratio"]
