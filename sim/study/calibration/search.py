"""The search for the values that bring the moments nearest: global by cmaes or Optuna, then least squares by SciPy.

Both see a deterministic function, for every trial is lived with the same seeds; it moves in small steps all the same, because one
borrower more or less pays, so that slopes are taken over a twentieth of the bounds and not over a hair's breadth. They work in the
unit cube, where 0 and 1 are the bounds of each number on its scale.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np

from sim.inputs.calibration import Method
from sim.inputs.fitted import Fitted
from sim.study.calibration.trials import Trial, Trials
from sim.study.intervals import Floats

STEP = 0.05  # of the way through the bounds: to either side for a slope
SPREAD = 0.25  # of it: how far the first generation of cma scatters about the start
SETTLED = 5e-3  # of it, and of the loss: a least-squares step that moves less is the last


class MissingExtraError(RuntimeError):
    """The extra `calibrate` is not installed."""


def library(method: Method) -> ModuleType | None:
    """What a method searches with: cmaes, or Optuna for tpe; None for local. MissingExtraError where it is not installed."""
    if method == "local":
        return None
    name = "cmaes" if method == "cma" else "optuna"
    try:
        return import_module(name)
    except ImportError:
        raise MissingExtraError(
            f"the search by {method} needs {name}: pip install 'lendsim[calibrate]', or method: local, which searches from the start alone"
        ) from None


def search(trials: Trials) -> tuple[Trial, bool]:
    """The best trial of a global search that begins at the start, and of the least squares that follow; whether these settled."""
    plan = trials.plan
    trials.at(plan.start, "start")
    found = library(plan.method)
    if found is not None:
        (_by_cma if plan.method == "cma" else _by_tpe)(trials, found)
    settled = _least_squares(trials) if plan.polish else True
    return _at_rest(trials, trials.best()), settled


def _at_rest(trials: Trials, best: Trial) -> Trial:
    """The best trial with every number back at its start that makes no difference: the search leaves it wherever it came to."""
    for p, value in enumerate(trials.plan.start):
        moved = trials.at((*best.values[:p], value, *best.values[p + 1 :]), "rest")
        if trials.loss(moved) <= trials.loss(best):
            best = moved
    return best


def _by_cma(trials: Trials, cmaes: Any) -> None:
    """Generations that scatter about the start, then about where the better half of the last one lay (Hansen and Ostermeier 2001)."""
    plan = trials.plan
    cube = np.tile([0.0, 1.0], (len(plan.fitted), 1))
    optimizer = cmaes.CMA(mean=np.clip(plan.shares(plan.start), 0.0, 1.0), sigma=SPREAD, bounds=cube, seed=plan.search_seed)
    asked = 1  # the start
    while asked < plan.trials and not optimizer.should_stop():
        generation = []
        for _ in range(min(optimizer.population_size, plan.trials - asked)):
            shares = optimizer.ask()
            generation.append((shares, trials.loss(trials.at(plan.values(shares.tolist()), "search"))))
            asked += 1
        if len(generation) == optimizer.population_size:
            optimizer.tell(generation)


def _by_tpe(trials: Trials, optuna: Any) -> None:
    """Points likely to lie among the better tenth, by the densities of those tried (Bergstra et al. 2011), the start first."""
    plan = trials.plan
    names = [one.path for one in plan.fitted]
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=plan.search_seed, multivariate=len(names) > 1))
    study.enqueue_trial(dict(zip(names, plan.shares(plan.start), strict=True)))
    cube = {name: optuna.distributions.FloatDistribution(0.0, 1.0) for name in names}
    for _ in range(plan.trials):
        asked = study.ask(cube)
        study.tell(asked, trials.loss(trials.at(plan.values([asked.params[name] for name in names]), "search")))


def _least_squares(trials: Trials) -> bool:
    """From the best trial on, within the bounds (SciPy's dogbox, which can come to lie on one); whether they settled in time."""
    from scipy.optimize import least_squares

    plan = trials.plan
    best = np.clip(plan.shares(trials.best().values), 0.0, 1.0)

    def misses(shares: Floats) -> Floats:
        return np.asarray(trials.at(plan.values(shares.tolist()), "polish").misses(plan.targets))

    def slopes(shares: Floats) -> Floats:
        return np.asarray(effects(trials, shares, "polish").mean(axis=0))

    found = least_squares(
        misses, best, jac=slopes, bounds=(0.0, 1.0), method="dogbox", x_scale=1.0, xtol=SETTLED, ftol=SETTLED, gtol=None,
        max_nfev=plan.polish + 1,
    )
    return bool(found.status > 0)


def effects(trials: Trials, shares: Floats, stage: str) -> Floats:
    """How the moments move with each number, in tolerances for the whole way through its bounds: seed by moment by number.

    Central differences on the common seeds, over STEP to either side; near a bound the same width is laid within it. Where the files
    refuse one end, or a moment comes to no number there, the point itself stands for it; 0 where there is none to stand.
    """
    plan = trials.plan
    tolerance = np.array([target.tolerance for target in plan.targets])
    found = np.zeros((len(plan.seeds), len(plan.targets), len(plan.fitted)))
    for p, one in enumerate(plan.fitted):
        sides = [*_sides(trials, shares, p, one, stage)]
        (low, below), (high, above) = sides[0], sides[-1]
        if high > low:
            found[:, :, p] = (above.by_seed - below.by_seed) / (high - low) / tolerance
    return np.nan_to_num(found, nan=0.0)


def _sides(trials: Trials, shares: Floats, p: int, one: Fitted, stage: str) -> Iterator[tuple[float, Trial]]:
    """The trials below and above a point in one number that came to numbers, with how far through the bounds they lie."""
    step = min(0.5, max(STEP, 1.0 / (one.high - one.low)) if one.whole else STEP)
    middle = min(1.0 - step, max(step, float(shares[p])))
    for share in (middle - step, float(shares[p]), middle + step):
        moved = np.array(shares, dtype=np.float64)
        moved[p] = share
        values = trials.plan.values(moved.tolist())
        trial = trials.at(values, stage)
        if share == shares[p] or np.isfinite(trial.by_seed).all():
            yield one.share(values[p]), trial
