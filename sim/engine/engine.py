"""The engine: pipelines over a population, on one or several threads, and the sums that they leave."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.engine.columns import LIMIT, Array, padded
from sim.engine.draws import LANES, address, draw
from sim.engine.guards import Guarded, RefusedValueError, Site, complaint, guarded
from sim.engine.luck import lucky
from sim.engine.memory import LISTED, LOW, Counts, Layout, Memory, Population
from sim.engine.pipeline import PhaseStopped, Pipeline, Step, names_of
from sim.engine.threads import Threads
from sim.numerics.compile import NO_SWAPS, Phase, Swaps

Int64 = npt.NDArray[np.int64]


class Engine:
    """Runs pipelines over a population.

    months: vintages, and months on book, that the run's vintage tables hold; vintage_zero: place of month 0 among them;
    swaps: replaced rules.
    """

    def __init__(
        self, population: Population, layout: Layout, keys: tuple[int, int], months: int, vintage_zero: int, threads: int | None,
        swaps: Swaps = NO_SWAPS,
    ) -> None:
        self.population, self.layout, self.keys, self.swaps = population, layout, keys, swaps
        self.threads = Threads(population.rows, threads)
        self.months, self.vintage_zero = months, vintage_zero
        self.tables: dict[str, Array] = {}
        self.memory = [Memory(population, layout, hi - lo, months, self.tables) for lo, hi in self.threads.spans]
        self._no_counts = Counts(c for scope in ("borrower", "account") for c in layout.counters if c.scope == scope)
        self._month = 0
        self._numbers = _Numbers(keys, layout.own_events, population.luck)

    @property
    def slots(self) -> int:
        """Account slots of a borrower."""
        return len(self.population.accounts)

    def set_tables(self, values: Mapping[str, Any]) -> None:
        """Take over small arrays by name; their memory stays where it is, so that pipelines stay bound."""
        for name, value in values.items():
            array = np.asarray(value)
            if name not in self.tables:
                self.tables[name] = padded(max(16, array.size), array.dtype)
            self.tables[name][: array.size] = array

    # --------------------------------------------------------------------------------------------------- pipelines

    def pipeline(self, steps: Iterable[Step], on_desk: bool = False) -> Pipeline:
        """Bind steps to the threads' memory, with the generator's calls that their draws need before them.

        on_desk: the rows of a block are a desk's applications.
        """
        wanted = tuple(replace(step, phase=self._as_needed(step, on_desk)) for step in steps)
        finds = [m.find_on_desk if on_desk else m.find for m in self.memory]
        calls = sorted({call for step in wanted for call in self._calls(step)})
        draws = [Step(draw, numbers={"call": call}) for call in calls]
        return Pipeline([*draws, *wanted], finds, self.swaps)

    def _as_needed(self, step: Step, on_desk: bool) -> Phase:
        """A step's phase with what replaced rules and mechanisms from outside ask for: luck, and guards."""
        phase = lucky(step.phase, self.swaps, step.slot is not None, on_desk)
        return guarded(phase, self.swaps, self.layout.own_phases.get(step.phase))

    def _calls(self, step: Step) -> Iterable[int]:
        for name in names_of(step.phase)[0]:
            if name.startswith("draw."):
                yield address(name.removeprefix("draw."), 0, self.layout.own_events) // LANES
            elif name.startswith("account.draw.") and step.slot is not None:
                yield address(name.removeprefix("account.draw."), self.population.luck[step.slot], self.layout.own_events) // LANES

    def load(self, pipeline: Pipeline, values: Mapping[str, Any], month: int) -> None:
        """Give a pipeline the month's numbers."""
        self._month = int(month)
        self._numbers["month"] = self._month
        pipeline.load(values, self._numbers)

    def run(self, pipeline: Pipeline) -> None:
        """Every row, each thread its span. RefusedValueError where what is from outside the package makes a wrong value."""
        block, spans = self.threads.block, enumerate(self.threads.spans)
        try:
            self.threads.side_by_side(*(lambda t=t, lo=lo, hi=hi: pipeline.run(t, lo, hi, block) for t, (lo, hi) in spans))
        except PhaseStopped as stopped:
            raise self._in_words(stopped, pipeline) from None

    def run_desk(self, pipeline: Pipeline, slot: int) -> None:
        """Every application of one product, each thread its own. RefusedValueError as above."""
        listed = [int(memory.done[slot][LISTED]) for memory in self.memory]
        try:
            self.threads.side_by_side(*(lambda t=t, n=n: pipeline.run(t, 0, n, LIMIT) for t, n in enumerate(listed)))
        except PhaseStopped as stopped:
            raise self._in_words(stopped, pipeline, on_desk=True) from None

    def run_row(self, pipeline: Pipeline, row: int) -> None:
        """One row. RefusedValueError as above."""
        try:
            pipeline.run(0, row, row + 1, 1)
        except PhaseStopped as stopped:
            raise self._in_words(stopped, pipeline) from None

    def _in_words(self, stopped: PhaseStopped, pipeline: Pipeline, on_desk: bool = False) -> Exception:
        """Why a phase has stopped."""
        step = pipeline.steps[stopped.at]
        if not isinstance(step.phase, Guarded):
            return RuntimeError(f"phase {step.label} failed")
        slot, memory = step.slot if step.slot is not None else step.desk, self.memory[stopped.thread]
        product = "" if slot is None else f" ({self.population.products[slot]})"

        def who(site: Site, row: int) -> str:
            if not site.per:
                return "somebody"
            at = stopped.first + row
            if step.desk is not None and (on_desk or site.per == "application"):
                at = int(memory.desks[step.desk]["rows"][at if on_desk else memory.done[step.desk][LOW] + row])
            return f"borrower {at}{product}"

        when = f" in month {self._month}{'' if self._month > 0 else ', before the first: the opening book is built'}"
        return RefusedValueError(complaint(step.phase.sites, pipeline.arrays(stopped.thread, stopped.at), who, when))

    # ---------------------------------------------------------------------------------------------------- sums

    def clear_month(self) -> None:
        """Zero what belongs to one month."""
        for memory in self.memory:
            memory.clear_month()

    def counts(self) -> Counts:
        """The month's sums over threads and products."""
        total = self._no_counts.emptied()
        size = self.memory[0].counts.vector.size
        for memory in self.memory:
            total.vector[:size] += memory.counts.vector
            for counts in memory.account_counts:
                total.vector[size:] += counts.vector
        return total

    def slot_count(self, slot: int, name: str) -> int:
        """One of the month's sums for one product, over threads."""
        return sum(int(memory.account_counts[slot].part(name)[0]) for memory in self.memory)

    def vintages(self, slot: int) -> dict[str, Int64]:
        """The run's vintage tables of one product: measure -> (vintage, months on book), over threads."""
        shape = (self.months, self.months)
        return {
            name: np.sum([memory.vintages[slot][name] for memory in self.memory], axis=0).reshape(shape) for name in self.layout.vintages
        }

    def vintage(self, slot: int, measure: str, opened: int, age: int) -> int:
        """One entry of a vintage table, over threads."""
        return sum(int(memory.vintages[slot][measure][opened * self.months + age]) for memory in self.memory)

    def close(self) -> None:
        """Let the worker threads go."""
        self.threads.close()


class _Numbers(dict[str, Any]):
    """The run's own numbers by dotted name, the month's behind them; addresses of events are worked out when first asked for.

    The run's numbers are the same objects every month, so that they are told apart from new ones at a glance.
    """

    def __init__(self, keys: tuple[int, int], events: Mapping[str, int], luck: Sequence[int]) -> None:
        super().__init__({"key.low": int(keys[0]), "key.high": int(keys[1])})
        self.events, self.luck = events, luck

    def __missing__(self, name: str) -> Any:
        head, _, event = name.partition(".")
        if head != "event":
            raise KeyError(name)
        product, _, rest = event.partition(".")  # event.x, or event.1.x for product 1
        own = product.isdigit()
        self[name] = found = address(rest, self.luck[int(product)], self.events) if own else address(event, 0, self.events)
        return found
