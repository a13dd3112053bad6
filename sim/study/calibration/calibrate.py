"""Calibrating: trials asked for by the search, kept as they are lived, and what the optimum says of the numbers."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.inputs.overrides import Overrides, override_list
from sim.study.calibration.plan import Plan, plan_of
from sim.study.calibration.result import Calibrated, manifest_of_plan, result_of
from sim.study.calibration.search import library, search
from sim.study.calibration.trials import Log, Trials

if TYPE_CHECKING:
    from sim.engine.declare import Mechanism
    from sim.rebinding import Rules


def calibrate(
    source: str | Path | Mapping[str, Any], out: str | Path | None = None, seeds: int | Sequence[int] | None = None,
    trials: int | None = None, set: Overrides = (), *, progress: Callable[[int, int], None] | None = None, workers: int | None = None,
    cluster: str | None = None, threads: int | None = None, allow_outside: bool = False, rules: Rules | None = None,
    mechanisms: Sequence[Mechanism] = (),
) -> Calibrated:
    """Fit numbers of the profile and the policy to moments; every trial is lived with the same seeds, its book built under its numbers.

    source: a calibration file, a shipped name, or a mapping that says what a file would (sim/inputs/calibration.py). out: folder in
    which every trial is kept as soon as it is lived: called again with it, a calibration that was interrupted or killed goes on, and comes
    to the same numbers as one that was not; the results are written there too. seeds: how many, or a list; trials: of the global
    search; both instead of the file's. set: overrides for every trial, after the file's.

    progress(trials so far, about how many there will be) is called after each. workers: processes that share the seeds of a trial;
    cluster: address of a dask scheduler; threads: of each run. rules, mechanisms: of your own. The result is the same in all cases.
    Raises InputError for a faulty input, FileExistsError for a folder that holds anything else, another calibration or trials of another
    state of the program, MissingExtraError where the search needs the extra `calibrate`.
    """
    plan = plan_of(source, seeds, trials, set, allow_outside=allow_outside, rules=rules, mechanisms=mechanisms)
    library(plan.method)
    log = Log(Path(out), plan) if out is not None else None
    try:
        known = log.begin(manifest_of_plan(plan)) if log is not None else []
        lived = Trials(plan, log, known, workers, cluster, threads, _progress(plan, progress))
        lived.confirm()
        result = result_of(lived, *search(lived), _command(source, plan, seeds, trials, set))
    finally:
        if log is not None:
            log.close()
    if out is not None:
        result.save(out)
    return result


def _progress(plan: Plan, told: Callable[[int, int], None] | None) -> Callable[[int], None] | None:
    """How many trials there will be is known roughly: least squares may settle early."""
    if told is None:
        return None
    each = 2 * len(plan.fitted)
    about = (plan.trials if plan.method != "local" else 1) + min(plan.polish, 3) * (each + 1) + each
    return lambda done: told(min(done, about), about)


def _command(source: str | Path | Mapping[str, Any], plan: Plan, seeds: Any, trials: int | None, set: Overrides) -> str:
    """The command line that does the same, where one can."""
    if isinstance(source, Mapping):
        return "sim.calibrate, a mapping"
    if isinstance(seeds, Sequence):
        return f"sim.calibrate, {plan.name} with a list of seeds"
    words = ["lendsim", "calibrate", plan.name]
    words += [part for name, value in (("--seeds", seeds), ("--trials", trials)) if value is not None for part in (name, str(value))]
    for given in override_list(set):
        words += ["--set", given if isinstance(given, str) else f"{given[0]}={given[1]}"]
    return shlex.join(words)
