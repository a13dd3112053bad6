"""What a room declares: counters, switches, and a mechanism as everything that one cause or effect brings, in one file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sim.engine.columns import Column
from sim.numerics.compile import Phase


@dataclass(frozen=True)
class Counter:
    """Integer sums of the month that phases add to: `b.count.cures[0] += 1`.

    scope: "borrower", one for all, or "account", one per product.
    """

    name: str
    meaning: str
    size: int = 1
    scope: str = "account"

    def __post_init__(self) -> None:
        if self.scope not in ("account", "borrower"):
            raise ValueError(f"counter '{self.name}': scope is 'account' or 'borrower', not {self.scope!r}")


@dataclass(frozen=True)
class Switch:
    """A gain of the scenario's `mechanisms`: 1 as calibrated, 0 off."""

    name: str
    meaning: str = ""


@dataclass(frozen=True)
class MonthInputs:
    """What a mechanism's numbers of the month may depend on.

    profile, policy: the validated files. gain: the scenario's switches. conditions, opening, year_ago: macro variables of this
    month, of the opening and of twelve months before (the opening's where the run is younger), annual fractions. public: last
    month's public state. separation, finding: the job hazards for which the labour market clears.
    """

    profile: Any
    policy: Any
    gain: Any
    conditions: Mapping[str, float]
    opening: Mapping[str, float]
    year_ago: Mapping[str, float]
    public: Any
    separation: float
    finding: float


Values = dict[str, Any]


def _nothing(_: Any) -> Values:
    return {}


def _free(_policy: Any, _counts: Any) -> float:
    return 0.0


@dataclass(frozen=True)
class Mechanism:
    """One mechanism, declared in its own file.

    sections: its parts of the profile, by name (a model, or any type that pydantic knows); every number in them is
    `p.<section>.<field>` in its phases. policy_sections: what it adds to a policy, which may leave it out (None);
    a mechanism from outside has none.
    numbers: further numbers of the month, by dotted name. cost: what it costs the lender in a month, major units, from the
    policy and the month's sums (sim/state.py).

    columns: what it keeps for each borrower. scratch: what it passes on within a month, forgotten afterwards. counters:
    sums of the month. events: its random events, by the names of the table in numerics/philox.py; two mechanisms may read
    one lot where their uses exclude each other; those of a mechanism from outside are addressed by their order, so append
    to them only. sample: phases that set its columns at the start, with `opening` their
    numbers. phases: its part of the month; the order stands in sim/month.py. metrics: columns of `monthly` that it fills.
    after: for a mechanism from outside the package, the phase of the month that each of its own follows, by name.
    """

    name: str
    sections: Mapping[str, Any] = field(default_factory=dict)
    policy_sections: Mapping[str, Any] = field(default_factory=dict)
    switches: tuple[Switch, ...] = ()
    columns: tuple[Column, ...] = ()
    scratch: tuple[Column, ...] = ()
    counters: tuple[Counter, ...] = ()
    events: tuple[str, ...] = ()
    sample: tuple[Phase, ...] = ()
    opening: Callable[[Any], Values] = _nothing
    phases: tuple[Phase, ...] = ()
    numbers: Callable[[MonthInputs], Values] = _nothing
    cost: Callable[[Any, Any], float] = _free
    metrics: tuple[Any, ...] = ()
    after: Mapping[str, str] = field(default_factory=dict)
