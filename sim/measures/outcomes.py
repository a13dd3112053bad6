"""What a run comes to by a horizon, one number a metric: the metrics of a comparison.

A metric that says how it is put together over months and seeds is an outcome by that alone; outcomes that need more than
one column are declared here. Frames come as arguments, so that nothing heavy is imported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

from sim.engine.metric import Column, Metric, OverMonths, OverSeeds

if TYPE_CHECKING:
    import pandas as pd


HORIZONS = (9, 18, 27)  # months of the 3-, 6- and 9-quarter horizons of supervisory stress tests


def stops(last: int) -> list[int]:
    """Months at which a run so long is looked at: the horizons within it, and its end."""
    return [h for h in HORIZONS if h < last] + [last]


class Course:
    """The months of one seed up to a horizon, read column by column. monthly: the run's frame, money in major units."""

    def __init__(self, monthly: pd.DataFrame, horizon: int) -> None:
        self.rows = monthly[monthly["month_index"] <= horizon]
        self.horizon = horizon

    def over_months(self, name: str, how: OverMonths) -> float:
        """A column's months in one number; empty months do not count, and NaN is the answer where all of them are empty."""
        column = self.rows[name]
        if how == "sum":
            return float(column.sum())
        if how == "last":
            return float(column.iloc[-1])
        if how == "lowest":
            return float(column.min())
        if how == "mean":
            return float(column.mean())
        return float(column.any())

    def ever_other_than(self, name: str, label: str) -> float:
        """1 where a column of labels ever holds another one, else 0."""
        return float((self.rows[name] != label).any())


@dataclass(frozen=True)
class Outcome(Column):
    """One number of a run up to a horizon. over_seeds: how the seeds' numbers are put together; a share is the mean of 0 and 1."""

    value: Callable[[Course], float]
    over_seeds: OverSeeds


def _net_charge_offs(c: Course) -> float:
    return c.over_months("gross_charge_offs", "sum") - c.over_months("recoveries", "sum")


DERIVED: tuple[Outcome, ...] = (
    Outcome("net_charge_offs", "money", "gross_charge_offs - recoveries, summed", _net_charge_offs, "mean"),
    Outcome(
        "mean_net_charge_off_rate", "ratio", "12 x net_charge_offs / months / mean gross_loans of the months",
        lambda c: 12 * _net_charge_offs(c) / c.horizon / (c.over_months("gross_loans", "mean") or float("nan")), "mean",
    ),
    Outcome("lowest_liquidity", "money", "lowest month-end liquidity", lambda c: c.over_months("liquidity", "lowest"), "median"),
    Outcome(
        "failed", "flag", "lender_state was other than going_concern by then",
        lambda c: c.ever_other_than("lender_state", "going_concern"), "share",
    ),
)

HOW = {"sum": "summed", "last": "at the horizon", "lowest": "lowest of the months", "mean": "mean of the months", "any": "in any month"}


def outcome_of(metric: Metric) -> Outcome:
    """What a metric comes to over months and seeds by its own declaration. ValueError where that means nothing."""
    how = metric.over_months
    if how is None:
        raise ValueError(f"{metric.name} comes to no number over months")
    meaning = f"{metric.name} of `monthly`, {HOW[how]}"
    return Outcome(metric.name, metric.unit, meaning, lambda c: c.over_months(metric.name, how), metric.over_seeds or "mean")


def outcomes_of(metrics: Iterable[Metric], derived: Iterable[Outcome] = ()) -> tuple[Outcome, ...]:
    """Outcomes of a table: of its compared metrics, flows before stocks, then the derived. ValueError for a name declared twice."""
    compared = [m for m in metrics if m.over_seeds]
    ordered = [outcome_of(m) for how in get_args(OverMonths) for m in compared if m.over_months == how]
    outcomes: dict[str, Outcome] = {}
    for outcome in (*ordered, *derived):
        if outcome.name in outcomes:
            raise ValueError(f"outcome {outcome.name!r} is declared twice")
        outcomes[outcome.name] = outcome
    return tuple(outcomes.values())
