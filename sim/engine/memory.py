"""Where every name of a phase lies: columns of the population, a thread's scratch, its counters, its desks of applications."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from sim.engine.columns import LIMIT, Array, Column, Table, padded
from sim.engine.declare import Counter
from sim.engine.draws import ACCOUNT_EVENTS, LANES, address
from sim.engine.pipeline import Place, Step
from sim.numerics.compile import Phase

Int64 = npt.NDArray[np.int64]
LISTED, JUDGED, LOW, SIZE = 0, 1, 2, 3  # places in a desk's `done`: applications listed, judged; the batch at hand


class Population:
    """Everything kept per borrower: `household`, a table of the borrowers' columns, and one table for each account slot.

    products: the name of the product of each slot; luck: its number in the addresses of its events, the slot's own if left out.
    """

    def __init__(
        self, household: Table, accounts: tuple[Table, ...], products: tuple[str, ...], luck: tuple[int, ...] | None = None
    ) -> None:
        self.household, self.accounts, self.products = household, accounts, products
        self.luck = tuple(range(len(accounts))) if luck is None else luck

    @property
    def by_product(self) -> dict[str, Table]:
        """The account tables by the product's name."""
        return dict(zip(self.products, self.accounts, strict=True))

    @property
    def rows(self) -> int:
        """Number of borrowers."""
        return self.household.rows

    def bytes_per_borrower(self) -> float:
        """Memory of all columns over rows."""
        return (self.household.nbytes + sum(a.nbytes for a in self.accounts)) / max(1, self.rows)


@dataclass(frozen=True)
class Layout:
    """What the rooms declare beyond the population's own columns."""

    scratch: tuple[Column, ...]
    account_scratch: tuple[Column, ...]
    counters: tuple[Counter, ...]
    desk: tuple[Column, ...]
    vintages: tuple[str, ...]
    own_events: Mapping[str, int] = field(default_factory=dict)  # of mechanisms from outside
    own_phases: Mapping[Phase, str] = field(default_factory=dict)  # of mechanisms from outside: whose each is


class Counts:
    """Integer sums by name. `counts.cures` is a number, `counts.missed` an array, as declared."""

    def __init__(self, counters: Iterable[Counter]) -> None:
        self._declared = {c.name: c for c in counters}
        size = sum(c.size for c in self._declared.values())
        self.vector: Int64 = padded(size, np.int64)
        self._at: dict[str, slice] = {}
        start = 0
        for c in self._declared.values():
            self._at[c.name] = slice(start, start + c.size)
            start += c.size

    def emptied(self) -> Counts:
        """Sums of the same counters, all zero."""
        empty = Counts.__new__(Counts)
        empty.__dict__ |= self.__dict__ | {"vector": np.zeros(self.vector.size, np.int64)}
        return empty

    def __contains__(self, name: object) -> bool:
        return name in self._at

    @property
    def names(self) -> tuple[str, ...]:
        """All counters, in the order of declaration."""
        return tuple(self._at)

    def part(self, name: str) -> Int64:
        """The sums of one counter, to be added to."""
        return self.vector[self._at[name]]

    def named(self) -> dict[str, int | tuple[int, ...]]:
        """Every counter's sums by name: a number, or those of its entries."""
        sums = tuple(self.vector.tolist())
        return {name: sums[at.start] if at.stop - at.start == 1 else sums[at] for name, at in self._at.items()}

    def __getattr__(self, name: str) -> int | list[int]:
        declared = self.__dict__.get("_declared", {})
        if name not in declared:
            raise AttributeError(f"there is no counter '{name}'")
        found = self.part(name)
        return int(found[0]) if declared[name].size == 1 else [int(x) for x in found]


class Memory:
    """One thread's memory over a population shared by all. `find` says where a name lies."""

    def __init__(self, population: Population, layout: Layout, span: int, months: int, tables: dict[str, Array]) -> None:
        self.population, self.layout, self.tables = population, layout, tables
        slots = range(len(population.accounts))
        self.scratch = Table(layout.scratch, 2 * LIMIT)
        self.account_scratch = [Table(layout.account_scratch, LIMIT) for _ in slots]
        self.counts = Counts(c for c in layout.counters if c.scope == "borrower")
        self.account_counts = [Counts(c for c in layout.counters if c.scope == "account") for _ in slots]
        # one entry more than there are rows: the list is written one ahead
        self.desks = [Table(layout.desk, span + 1) for _ in slots]
        self.done = [padded(8, np.int64) for _ in slots]
        self.vintages = [{name: padded(months * months, np.int64) for name in layout.vintages} for _ in slots]
        self._words: dict[int, list[Array]] = {}
        self._watched: dict[str, Array] = {}

    def clear_month(self) -> None:
        """Zero what belongs to one month."""
        for counts in (self.counts, *self.account_counts):
            counts.vector[:] = 0
        for done in self.done:
            done[:] = 0

    def words(self, call: int) -> list[Array]:
        """The block's words of one call of the generator."""
        if call not in self._words:
            self._words[call] = [padded(LIMIT, np.uint32) for _ in range(LANES)]
        return self._words[call]

    def watched(self, name: str) -> Array:
        """What guarded phases note and keep of a block (sim/engine/guards.py): marks, a rule's inputs, values that are written."""
        if name not in self._watched:
            kinds = {"wrong": np.uint32, "input": np.float32, "value": np.float64}
            self._watched[name] = padded(2 * LIMIT, kinds[name.partition("_")[0]])
        return self._watched[name]

    def event_words(self, event: str, product: int = 0) -> Array:
        """The block's words of one event."""
        at = address(event, product, self.layout.own_events)
        return self.words(at // LANES)[at % LANES]

    def find(self, name: str, step: Step) -> Place:
        """The place of a column, by the name that a phase gives it; KeyError with the step's name where there is none."""
        try:
            return self._find(name, step)
        except KeyError as error:
            if "draw." in name:  # says itself which events there are
                raise KeyError(f"{step.label}: {error.args[0]}") from None
            raise KeyError(f"{step.label} names the column '{name}', which nothing declares") from None

    def _find(self, name: str, step: Step) -> Place:
        head, _, rest = name.partition(".")
        slot = step.slot if step.slot is not None else step.desk
        if head == "draw":
            if rest in ACCOUNT_EVENTS:
                raise KeyError(f"'draw.{rest}' is an event of an account: name 'account.draw.{rest}'")
            return Place(self.event_words(rest), 0)
        if head == "account" and step.slot is not None:
            if rest.startswith("draw."):
                return Place(self.event_words(rest.removeprefix("draw."), self.population.luck[step.slot]), 0)
            return self._column(rest, self.population.accounts[step.slot], self.account_scratch[step.slot])
        if head == "whole":
            column, _, inner = rest.partition(".")
            if column == "account" and slot is not None:
                return Place(self.population.accounts[slot][inner], 0)
            return Place(self.population.household[rest], 0)
        if head == "count":
            if rest in self.counts:
                return Place(self.counts.part(rest), 0)
            if slot is not None and rest in self.account_counts[slot]:
                return Place(self.account_counts[slot].part(rest), 0)
        if head == "vintage" and slot is not None:
            return Place(self.vintages[slot][rest], 0)
        if head == "desk" and step.desk is not None:
            return Place(self.done[step.desk] if rest == "done" else self.desks[step.desk][rest], 0)
        if head == "watched":
            return Place(self.watched(rest), 0)
        if head == "table" and name in self.tables:
            return Place(self.tables[name], 0)
        if head == "terms" and step.desk is not None:
            return Place(self.tables[f"terms.{step.desk}.{rest}"], 0)
        if name in ("d0", "d1", "d2", "d3"):
            return Place(self.words(int(step.numbers["call"]))[int(name[1])], 0)
        return self._column(name, self.population.household, self.scratch)

    def find_on_desk(self, name: str, step: Step) -> Place:
        """The same where the rows of a block are a desk's applications."""
        place = self.find(name, step)
        if name.startswith("desk.") and name != "desk.done":
            return Place(place.array, place.array.itemsize)
        return place

    @staticmethod
    def _column(name: str, kept: Table, scratch: Table) -> Place:
        if name in kept:
            array = kept[name]
            return Place(array.reshape(-1), array.strides[0])
        return Place(scratch[name], 0)
