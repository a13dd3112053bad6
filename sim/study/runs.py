"""Running a scenario: one seed, several seeds, and the results they make."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import index
from typing import TYPE_CHECKING, Any, Protocol, cast

import numpy as np

from sim.accounts.columns import OPEN
from sim.config.given import MOST_SEEDS
from sim.inputs import Arm, Resolved, Source, load_scenario, override_list
from sim.inputs.overrides import Off, Overrides, switched_off
from sim.inputs.resolved import Past, refuse_more
from sim.measures.table import metrics_with
from sim.rebinding import rules_given
from sim.setup import refuse_other_mechanisms, refuse_seed_in, whole_seed

if TYPE_CHECKING:

    from sim.engine.declare import Mechanism
    from sim.model import LendingModel
    from sim.rebinding import Rules
    from sim.study.panels import Chosen, Names, Panel
    from sim.study.results import Results, SeedResults



def resolve(
    scenario: Source | Resolved, policy: Source | Arm | None, overrides: Overrides, allow_outside: bool = False,
    mechanisms: Sequence[Mechanism] = (), past: Past = "scenario", strict: bool = False,
) -> Resolved:
    """A scenario ready to run. ValueError where it is resolved already and something is still to be applied to it."""
    if isinstance(scenario, Resolved):
        given = override_list(overrides)
        off = [one for one in given if isinstance(one, Off)]
        refuse_more(
            policy=policy, set=len(given) > len(off), without=off, own_past=past == "own", strict=strict, allow_outside=allow_outside
        )
        refuse_other_mechanisms(scenario, mechanisms)
        return scenario
    return load_scenario(scenario, policy, override_list(overrides), allow_outside, mechanisms, past, strict)


def seeds_from(resolved: Resolved, seeds: int | Sequence[int], overrides: Overrides = ()) -> list[int]:
    """The seeds asked for: a list as given, or so many from the scenario's own seed on.

    TypeError for what is neither, ValueError for none, for more than a study can keep, for one that comes twice, for one out of
    range, and for a list beside overrides that give the scenario's seed.
    """
    if isinstance(seeds, Iterable) and not isinstance(seeds, str) and not isinstance(seeds, Mapping):
        refuse_seed_in(overrides, "a list of seeds")
        found = [whole_seed(seed) for seed in seeds]
        if not found:
            raise ValueError("at least one seed is needed")
        if twice := [seed for k, seed in enumerate(found) if seed in found[:k]]:
            raise ValueError(f"the seed {twice[0]} is given twice, and would count twice")
        return found
    try:
        count = index(cast(Any, seeds))
    except TypeError:
        raise TypeError(f"seeds is a number of seeds or a list of them, not {seeds!r}") from None
    if count < 1 or isinstance(seeds, bool):
        raise ValueError("at least one seed is needed")
    if count > MOST_SEEDS:
        raise ValueError(f"{count:,} seeds are more than a study can keep, at most {MOST_SEEDS:,}")
    return [whole_seed(resolved.scenario.seed + k) for k in range(count)]


def outcome_columns(model: LendingModel) -> dict[str, np.ndarray]:
    """What became of each borrower: ever charged off in the run, customer of each product at the end, in arrears, excluded."""
    population = model.population
    return {
        "charged_off": np.logical_or.reduce([a.charged_off > 0 for a in population.accounts]),
        **{f"open_{product}": np.asarray(a.state == OPEN) for product, a in population.by_product.items()},
        "in_arrears": np.logical_or.reduce([a.missed > 0 for a in population.accounts]),
        "excluded": np.asarray(population.household.excluded > 0),
    }


def run_one(
    resolved: Resolved,
    seed: int,
    threads: int | None = None,
    mode: str = "columns",
    month_done: Callable[[int, int], None] | None = None,
    rules: Rules | None = None,
    mechanisms: Sequence[Mechanism] = (),
    observers: Sequence[Observer] = (),
) -> LendingModel:
    """One seed to the last month: the finished model; observers: who take note on the way."""
    from sim.model import LendingModel

    model = LendingModel(resolved, seed=seed, threads=threads, mode=mode, rules=rules, mechanisms=mechanisms)
    return finished(model, month_done, observers)


class Observer(Protocol):
    """Who takes note of a run while it is lived."""

    def begin(self, model: LendingModel) -> None:
        """Before the first month."""

    def month(self, model: LendingModel) -> None:
        """After a month."""


def finished(
    model: LendingModel, month_done: Callable[[int, int], None] | None = None, observers: Sequence[Observer] = ()
) -> LendingModel:
    """The same model after its last month; observers: who take note on the way."""
    try:
        for observer in observers:
            observer.begin(model)
        while model.month < model.months:
            model.step()
            for observer in observers:
                observer.month(model)
            if month_done:
                month_done(model.month, model.months)
    finally:
        model.free()
    return model


def run(
    scenario: Source | Resolved,
    policy: Source | None = None,
    seeds: int | Sequence[int] = 1,
    set: Overrides = (),
    threads: int | None = None,
    mode: str = "columns",
    month_done: Callable[[int, int, int], None] | None = None,
    allow_outside: bool = False,
    rules: Rules | None = None,
    mechanisms: Sequence[Mechanism] = (),
    own_past: bool = False,
    workers: int | None = None,
    cluster: str | None = None,
    panel: Names | None = None,
    panel_every: int | None = None,
    panel_borrowers: Chosen = None,
    without: str | Sequence[str] = (),
) -> Results:
    """Run a scenario for one or several seeds.

    scenario, policy: file, shipped name, or a mapping that says what a file would; set: overrides by path; without: names of
    loops to switch off (`lendsim list switches`), each the override `mechanisms.NAME=0`. A policy given
    here, or changed by `set`, takes over in month 1 from the scenario's own; own_past: the book was built under it as
    well. rules: functions that replace rules of behaviour by name, those of your own mechanisms too; mechanisms: of your own.

    threads: of each run, None for all cores or those that workers leave; workers: processes that share the seeds (default:
    one for each processor where the study is long enough to gain by it); cluster: address of a dask scheduler. The results
    are the same in all cases. month_done(seeds_done, month, months) is called after every month, or every seed where
    seeds run side by side. Raises InputError for a faulty input.

    panel: attributes of borrowers (columns of `results.borrowers`, days past due and those of own mechanisms too) to be
    kept over months and seeds in `results.panel`: at the opening, every `panel_every` months (default 1) and at the end, of
    `panel_borrowers`: their numbers, or a share such as "10%", which are the first ones (borrowers are drawn alike);
    left out, all. InputError where it would not fit into memory (sim/study/panels.py).
    """
    from sim.study.panels import panel_of
    from sim.study.parallel import cores, over_seeds, workers_for
    from sim.study.results import gathered

    set = [*override_list(set), *switched_off(without)]
    resolved = resolve(scenario, policy, set, allow_outside, mechanisms, "own" if own_past else "scenario")
    seed_list = seeds_from(resolved, seeds, set)
    wanted = panel_of(panel, panel_every, panel_borrowers, [resolved], (), seed_list, mechanisms)
    count = workers_for(resolved, len(seed_list), len(seed_list), workers, cluster, mechanisms=mechanisms)
    alone = count == 1 and cluster is None
    job = _Job(
        resolved, seed_list[-1], threads if alone or threads else max(1, cores() // count), mode, rules_given(rules), tuple(mechanisms),
        wanted, _months(month_done, seed_list) if alone and month_done else None,
    )
    months = resolved.scenario.months
    done = (lambda k: month_done(k - 1, months, months)) if month_done and not alone else None
    return gathered(resolved, over_seeds(job, seed_list, count, cluster, done), metrics_with(mechanisms), wanted)


@dataclass(frozen=True)
class _Job:
    """One seed's run; it travels to other processes. last: the seed whose population is kept."""

    resolved: Resolved
    last: int
    threads: int | None
    mode: str
    rules: Rules
    mechanisms: tuple[Mechanism, ...]
    panel: Panel | None = None
    month_done: Callable[[int, int, int], None] | None = None

    def __call__(self, seed: int) -> SeedResults:
        from sim.study.panels import PanelLog
        from sim.study.results import results_of

        hook = self.month_done
        progress = (lambda m, n: hook(seed, m, n)) if hook else None
        observers = [PanelLog(self.panel)] if self.panel is not None else []
        model = run_one(self.resolved, seed, self.threads, self.mode, progress, self.rules, self.mechanisms, observers)
        found = results_of(model, seed == self.last)
        return replace(found, panel=observers[0].part(model)) if observers else found


def _months(month_done: Callable[[int, int, int], None], seeds: Sequence[int]) -> Callable[[int, int, int], None]:
    """Progress by seed as progress by the seed's place in the list."""
    return lambda seed, month, months: month_done(seeds.index(seed), month, months)
