"""Running a scenario: one seed, several seeds, and the results they make."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.accounts.columns import OPEN
from sim.inputs import Resolved, load_scenario, override_list

if TYPE_CHECKING:
    import pandas as pd

    from sim.engine.declare import Mechanism
    from sim.model import LendingModel
    from sim.rebinding import Rules
    from sim.study.results import Results

Overrides = Mapping[str, Any] | Sequence[str]


def resolve(
    scenario: str | Path | Resolved, policy: str | Path | None, overrides: Overrides, allow_outside: bool = False,
    mechanisms: Sequence[Mechanism] = (),
) -> Resolved:
    """A scenario ready to run."""
    if isinstance(scenario, Resolved):
        return scenario
    return load_scenario(scenario, policy, override_list(overrides), allow_outside, mechanisms)


def seeds_from(
    scenario: str | Path | Resolved, policy: str | Path | None, seeds: int | Sequence[int], overrides: Overrides,
    allow_outside: bool = False, mechanisms: Sequence[Mechanism] = (),
) -> list[int]:
    """The seeds asked for: a list as given, or so many from the scenario's own seed on."""
    if isinstance(seeds, int):
        if seeds < 1:
            raise ValueError("at least one seed is needed")
        first = resolve(scenario, policy, overrides, allow_outside, mechanisms).scenario.seed
        return [first + k for k in range(seeds)]
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
    scenario: str | Path | Resolved,
    policy: str | Path | None,
    seed: int,
    overrides: Overrides = (),
    threads: int | None = None,
    mode: str = "columns",
    month_done: Callable[[int, int], None] | None = None,
    allow_outside: bool = False,
    rules: Rules | None = None,
    mechanisms: Sequence[Mechanism] = (),
) -> tuple[LendingModel, pd.DataFrame]:
    """One seed to the last month: the finished model and its monthly frame."""
    from sim.model import LendingModel

    resolved = resolve(scenario, policy, overrides, allow_outside, mechanisms)
    model = LendingModel(resolved, seed=seed, threads=threads, mode=mode, rules=rules, mechanisms=mechanisms)
    try:
        while model.month < model.months:
            model.step()
            if month_done:
                month_done(model.month, model.months)
    finally:
        model.free()
    return model, model.monthly_frame()


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
) -> Results:
    """Run a scenario for one or several seeds.

    scenario, policy: file or shipped name; set: overrides by path; threads: None for all cores;
    month_done(seed_number, month, months) is called after every month. rules: functions that replace rules of behaviour
    by name; mechanisms: of your own. Raises InputError for a faulty input.
    """
    from sim.study.results import Collector

    resolved = resolve(scenario, policy, set, allow_outside, mechanisms)
    seed_list = seeds_from(resolved, None, seeds, ())
    collector = Collector(resolved, seed_list)
    for k, seed in enumerate(seed_list):
        progress = (lambda m, n, k=k: month_done(k, m, n)) if month_done else None
        model, _ = run_one(resolved, None, seed, (), threads, mode, progress, rules=rules, mechanisms=mechanisms)
        collector.add(model, seed)
    return collector.results()
