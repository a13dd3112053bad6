"""How a metric is declared: name, unit, meaning and formula in one place, and what it comes to over months and seeds.

Nothing heavy is imported here. A room declares its own, and they are appended to the table or stand after one that they name:

    METRICS = (
        Metric(
            "reach_rate", "ratio", "contacts_reached / contacts", lambda r: ratio(r.contacts.reached, r.contacts.attempts),
            section="Collections and contacts", over_months="mean", over_seeds="mean", after="contacts_reached",
        ),
    )
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, get_args

Unit = Literal["label", "count", "money", "ratio", "flag"]
OverMonths = Literal["sum", "last", "lowest", "mean", "any"]
OverSeeds = Literal["mean", "median", "share"]
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

    value: of a MonthRecord (sim/state.py). section: heading on the documentation page. after: the column that it follows;
    else it comes last. over_months: what the months up to a horizon come to, None where that
    means nothing. over_seeds: how a comparison puts the seeds' numbers together (the median for figures that pile up in two
    places, such as cash, the share of seeds for what happens or does not); None: the metric is not compared. at_rest: what it holds
    in every month of a run in which its mechanism is not used, "0" or the name of another column; it leaves no trace in the results
    hash there.
    """

    value: Callable[[Any], Cell]
    section: str
    over_months: OverMonths | None = None
    over_seeds: OverSeeds | None = None
    after: str | None = None
    at_rest: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.over_months == "sum" and self.unit not in ("count", "money"):
            raise ValueError(f"{self.name}: a {self.unit} does not add up over months")
        if self.over_months and self.unit == "label":
            raise ValueError(f"{self.name}: a label comes to no number over months")
        if self.over_seeds and self.over_months is None:
            raise ValueError(f"{self.name}: only what is a number over a horizon can be compared over seeds")


def ratio(a: float, b: float) -> float | None:
    """a / b, None when there is nothing to divide by."""
    return a / b if b else None
