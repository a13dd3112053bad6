"""Running a scenario: one seed, several seeds, and the results they make."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.accounts.columns import OPEN
from sim.inputs import Arm, Resolved, load_scenario, override_list
from sim.inputs.resolved import Past, refuse_more

if TYPE_CHECKING:

    from sim.engine.declare import Mechanism
    from sim.model import LendingModel
    from sim.rebinding import Rules
    from sim.study.results import Results

Overrides = Mapping[str, Any] | Sequence[str]


def resolve(
    scenario: str | Path | Resolved, policy: str | Path | Arm | None, overrides: Overrides, allow_outside: bool = False,
    mechanisms: Sequence[Mechanism] = (), past: Past = "scenario",
) -> Resolved:
    """A scenario ready to run. ValueError where it is resolved already and something is still to be applied to it."""
    if isinstance(scenario, Resolved):
        refuse_more(policy=policy, set=override_list(overrides), own_past=past != "scenario")
        return scenario
    return load_scenario(scenario, policy, override_list(overrides), allow_outside, mechanisms, past)


def seeds_from(resolved: Resolved, seeds: int | Sequence[int]) -> list[int]:
    """The seeds asked for: a list as given, or so many from the scenario's own seed on."""
    if isinstance(seeds, int):
        if seeds < 1:
            raise ValueError("at least one seed is needed")
        return [resolved.scenario.seed + k for k in range(seeds)]
    return [int(s) for s in seeds]


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
) -> LendingModel:
    """One seed to the last month: the finished model."""
    from sim.model import LendingModel

    return finished(LendingModel(resolved, seed=seed, threads=threads, mode=mode, rules=rules, mechanisms=mechanisms), month_done)


def finished(model: LendingModel, month_done: Callable[[int, int], None] | None = None) -> LendingModel:
    """The same model after its last month."""
    try:
        while model.month < model.months:
            model.step()
            if month_done:
                month_done(model.month, model.months)
    finally:
        model.free()
    return model


def run(
    scenario: str | Path | Resolved,
    policy: str | Path | None = None,
    seeds: int | Sequence[int] = 1,
    set: Overrides = (),
    threads: int | None = None,
    mode: str = "columns",
    month_done: Callable[[int, int, int], None] | None = None,
    allow_outside: bool = False,
    rules: Rules | None = None,
    mechanisms: Sequence[Mechanism] = (),
    own_past: bool = False,
) -> Results:
    """Run a scenario for one or several seeds.

    scenario, policy: file or shipped name; set: overrides by path; threads: None for all cores. A policy given here, or
    changed by `set`, takes over in month 1 from the scenario's own; own_past: the book was built under it as well.
    month_done(seed_number, month, months) is called after every month. rules: functions that replace rules of behaviour
    by name; mechanisms: of your own. Raises InputError for a faulty input.
    """
    from sim.study.results import Collector

    resolved = resolve(scenario, policy, set, allow_outside, mechanisms, "own" if own_past else "scenario")
    seed_list = seeds_from(resolved, seeds)
    collector = Collector(resolved, seed_list)
    for k, seed in enumerate(seed_list):
        progress = (lambda m, n, k=k: month_done(k, m, n)) if month_done else None
        collector.add(run_one(resolved, seed, threads, mode, progress, rules, mechanisms), seed)
    return collector.results()
