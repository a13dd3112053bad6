"""The rooms put together: which mechanisms there are, and the columns, counters, sections, switches and numbers they declare.

Everything that must know all mechanisms is assembled here from their declarations, so that a new one is its own file
in sim/mechanisms, and its place in the month a line in sim/month.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from pydantic import BaseModel

from sim.accounts import arrears, booking, charge_off, plans, servicing
from sim.accounts import columns as account_columns
from sim.economy import clearing
from sim.engine.columns import Column, Table
from sim.engine.declare import Counter, Mechanism, MonthInputs, Switch, Values
from sim.engine.draws import EVENTS, outside_addresses
from sim.engine.memory import Layout, Population
from sim.lender import underwriting
from sim.mechanisms import MECHANISMS
from sim.numerics.sums import plain_sum

# gains of loops that are no borrower's
LENDER_SWITCHES = (
    Switch("rating", "rating adds its notch's spread to the facility's"),
    Switch("standards", "the lender's cut-off, size caps and prices follow the economy, where its policy says how"),
)
_ROWS = ("n", "first", "draw", "account", "count", "watched", "d0", "d1", "d2", "d3")  # what `b` has besides columns
VINTAGES = ("originated", "accounts", "ever_30", "ever_90", "charged_off", "recovered")


def profile_sections() -> dict[str, Any]:
    """Sections of a profile, by name."""
    sections: dict[str, Any] = {}
    for mechanism in MECHANISMS:
        sections |= mechanism.sections
    return sections | charge_off.SECTIONS | underwriting.SECTIONS


def policy_sections() -> dict[str, Any]:
    """Sections that mechanisms add to a policy, by name."""
    return {name: kind for mechanism in MECHANISMS for name, kind in mechanism.policy_sections.items()}


def costs(policy: Any, counts: Any, more: Iterable[Mechanism] = ()) -> float:
    """What the mechanisms cost the lender in a month, major units."""
    return plain_sum(mechanism.cost(policy, counts) for mechanism in (*MECHANISMS, *more))


def switches() -> tuple[Switch, ...]:
    """Gains that a scenario sets."""
    return (*(s for mechanism in MECHANISMS for s in mechanism.switches), *LENDER_SWITCHES)


def household_columns(more: Iterable[Mechanism] = ()) -> tuple[Column, ...]:
    """Columns of a borrower; more: mechanisms from outside."""
    return (*(c for m in (*MECHANISMS, *more) for c in m.columns), *underwriting.COLUMNS)


def scratch_columns(more: Iterable[Mechanism] = ()) -> tuple[Column, ...]:
    """Columns of a borrower that are forgotten after each block."""
    return (*(c for m in (*MECHANISMS, *more) for c in m.scratch), *arrears.SCRATCH, *underwriting.SCRATCH, *clearing.SCRATCH)


def counters(more: Iterable[Mechanism] = ()) -> tuple[Counter, ...]:
    """Counters of the month."""
    rooms = (*servicing.COUNTERS, *arrears.COUNTERS, *plans.COUNTERS, *charge_off.COUNTERS, *booking.COUNTERS, *underwriting.COUNTERS)
    return (*(c for m in (*MECHANISMS, *more) for c in m.counters), *rooms)


def refuse_taken(more: Iterable[Mechanism]) -> None:
    """ValueError where mechanisms from outside name a column, a scratch column or a counter like one that there is."""
    kept = (*household_columns(), *scratch_columns(), *account_columns.SCRATCH, account_columns.FURTHEST)
    columns = {*_ROWS, *(c.name for c in kept)}
    counts = {c.name for c in counters()}
    for mechanism in more:
        for taken, kind, declared in (
            (columns, "column", (*mechanism.columns, *mechanism.scratch)), (counts, "counter", mechanism.counters),
        ):
            for name in (each.name for each in declared):
                if name in taken or not name.isidentifier():
                    wrong = "is taken; choose another" if name in taken else "is no name for Python"
                    raise ValueError(f"mechanism '{mechanism.name}': the {kind} name '{name}' {wrong}")
                taken.add(name)


def layout(more: Iterable[Mechanism] = ()) -> Layout:
    """What lies in memory besides the population's columns."""
    more = tuple(more)
    return Layout(
        scratch=scratch_columns(more),
        account_scratch=account_columns.SCRATCH,
        counters=counters(more),
        desk=underwriting.DESK,
        vintages=VINTAGES,
        own_events=own_events(more),
        own_phases={phase: mechanism.name for mechanism in more for phase in (*mechanism.sample, *mechanism.phases)},
    )


def own_events(more: Iterable[Mechanism]) -> dict[str, int]:
    """Addresses of the random events of mechanisms from outside. ValueError where two would meet."""
    found: dict[str, int] = {}
    for mechanism in more:
        for name, at in outside_addresses(mechanism.name, mechanism.events).items():
            if name in found or name in EVENTS or at in found.values():
                raise ValueError(f"mechanism '{mechanism.name}': the event '{name}' is taken; choose another name")
            found[name] = at
    return found


def bytes_of_a_borrower(products: int, more: Iterable[Mechanism] = ()) -> int:
    """Memory of a borrower's columns, accounts and places in the lists of applications included, before there are any."""
    per_product = (*account_columns.COLUMNS, *underwriting.DESK)
    return sum(c.nbytes for c in household_columns(more)) + products * sum(c.nbytes for c in per_product)


def empty_population(
    rows: int, products: Iterable[str], more: Iterable[Mechanism] = (), luck: tuple[int, ...] | None = None
) -> Population:
    """Zeroed columns for so many borrowers with an account slot for each product, by name; luck: their numbers in addresses."""
    names = tuple(products)
    return Population(Table(household_columns(more), rows), tuple(Table(account_columns.COLUMNS, rows) for _ in names), names, luck)


def numbers_of_files(profile: Any, policy: Any, gain: Any) -> Values:
    """Every number of the files by its dotted path, float32: `p.trust.reversion` is the profile's `trust.reversion`."""
    values: Values = {}

    def add(prefix: str, section: BaseModel | Mapping[str, Any]) -> None:
        fields = section.items() if isinstance(section, Mapping) else ((n, getattr(section, n)) for n in type(section).model_fields)
        for name, value in fields:
            path = f"{prefix}{name}"
            if isinstance(value, BaseModel | Mapping):
                add(f"{path}.", value)
            elif isinstance(value, int | float) and not isinstance(value, bool):
                values[path] = np.float32(value)

    add("", policy)
    add("", profile)
    add("gain.", gain)
    minor = 10**profile.currency.minor_units
    return values | {"money.major": np.float32(1.0 / minor), "money.minor": np.float32(minor), "money.minor_per_major": float(minor)}


def numbers_at_opening(profile: Any, more: Iterable[Mechanism] = ()) -> Values:
    """Numbers that sampling reads beyond the files'."""
    values: Values = {}
    for mechanism in (*MECHANISMS, *more):
        values |= mechanism.opening(profile)
    return values


def numbers_of_month(inputs: MonthInputs, more: Iterable[Mechanism] = ()) -> Values:
    """The mechanisms' own numbers of the month."""
    values: Values = {}
    for mechanism in MECHANISMS:
        values |= mechanism.numbers(inputs)
    for mechanism in more:
        own = mechanism.numbers(inputs)
        sections = {*type(inputs.profile).model_fields, *type(inputs.policy).model_fields, "gain", "money"} - {*mechanism.sections}
        for name in own:
            if name in values or name.split(".")[0] in sections:
                raise ValueError(f"mechanism '{mechanism.name}': the number '{name}' is taken, or stands in another's section")
        values |= own
    return values


def split_tables(values: Mapping[str, Any]) -> tuple[Values, Values]:
    """Scalars and small arrays apart."""
    tables = {name: value for name, value in values.items() if isinstance(value, np.ndarray)}
    return {name: value for name, value in values.items() if name not in tables}, tables
