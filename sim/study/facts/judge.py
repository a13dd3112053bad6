"""Measuring the facts: every seed's lives, every fact's numbers, and what they come to against the bands."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.config.faults import Fault, InputError
from sim.config.given import several
from sim.inputs import Source, nearest, override_list
from sim.inputs.overrides import Given, Overrides
from sim.study import intervals
from sim.study.facts.declare import FAILS, HOLDS, NOT_YET, TOO_FEW, UNFIT, Check, Fact, Observe, Seen, UnfitError
from sim.study.facts.findings import Findings
from sim.study.facts.lab import CALM, Lab, Setting
from sim.study.facts.table import FACTS
from sim.study.intervals import Floats, Interval
from sim.study.parallel import over_seeds, workers_for
from sim.study.runs import seeds_from

QUICK_BORROWERS, QUICK_SEEDS, FULL_SEEDS = 4_000, 3, 8
_NOT_BUILT = Interval(math.nan, math.nan, math.nan, "not built")
_LIVES = 3  # runs that a fact takes, about: only to tell a small study from a large one
UNCALM = {
    "shocks": "has shocks of its own", "policy_changes": "has dated changes of policy", "economy.table": "takes its economy from a table",
    "script": "is a scripted loan",
}


def facts(
    full: bool = False, numbers: Sequence[int] = (), scenario: Source = "baseline", policy: Source | None = None,
    profile: str | None = None, seeds: int | Sequence[int] | None = None, set: Overrides = (),
    progress: Callable[[int, int], None] | None = None, workers: int | None = None, allow_outside: bool = False,
) -> Findings:
    """Measure the stylised facts of consumer credit on a calm scenario and on the recessions that are laid over it.

    full: all facts at the scenario's own size and on more seeds; else a quick selection on a small population. numbers:
    of the facts to measure, instead of that selection or of all. policy: judged instead of the scenario's own, the book built under
    it. profile: of the borrowers. seeds: how many (default 3, full 8), or a list. set: overrides by path. workers:
    processes that share the seeds. Raises InputError for a faulty input and for a scenario that is not calm, NoSuchFactError
    for a number that no fact has.
    """
    chosen = _chosen(full, several("numbers", numbers))
    given: list[Given] = [] if profile is None else [("borrowers.profile", profile)]
    if not full:
        given.append(("borrowers.count", QUICK_BORROWERS))
    setting = Setting(scenario, policy, (*given, *override_list(set)), allow_outside)
    _refuse_stressed(setting, scenario)
    seed_list = seeds_from(setting.calm, (FULL_SEEDS if full else QUICK_SEEDS) if seeds is None else seeds)
    task = _Task(setting, tuple(fact.number for fact in chosen if fact.observe is not None))
    count = workers_for(setting.calm, len(seed_list) * _LIVES * len(task.numbers), len(seed_list), workers, populations=2)
    done = (lambda k: progress(k, len(seed_list))) if progress else None
    seen = over_seeds(task, seed_list, count, None, done)
    rows = [row for fact in chosen for row in rows_of(fact, [one[fact.number] for one in seen if fact.number in one], setting.currency)]
    return Findings.of(rows, _by_seed(chosen, seed_list, seen), setting.calm, seed_list, full)


class NoSuchFactError(ValueError):
    """A number that no fact has."""


def _chosen(full: bool, numbers: Sequence[int]) -> list[Fact]:
    known = {fact.number: fact for fact in FACTS}
    wrong = [n for n in numbers if n not in known]
    if wrong:
        raise NoSuchFactError(f"there is no fact {wrong[0]}; they are numbered 1 to {max(known)}")
    if numbers:
        return [known[n] for n in sorted({*numbers})]
    return [fact for fact in FACTS if full or fact.quick]


def _refuse_stressed(setting: Setting, source: Source) -> None:
    """Facts compare a calm economy with one under stress, which they bring themselves."""
    calm = setting.calm
    has = {
        "shocks": bool(calm.scenario.shocks), "policy_changes": bool(calm.scenario.policy_changes),
        "economy.table": calm.scenario.economy.table is not None, "script": calm.scenario.script is not None,
    }
    name = calm.scenario.title
    close = nearest(str(source), CALM)
    expected = f"a calm scenario such as {' or '.join(CALM)}: the recessions are laid over it"
    faults = [Fault(*calm.mark(path), path, f"{name!r} {UNCALM[path]}", expected, close) for path, there in has.items() if there]
    if faults:
        raise InputError(faults)


@dataclass(frozen=True)
class _Task:
    """One seed: all that the facts of these numbers see. It travels to other processes."""

    setting: Setting
    numbers: tuple[int, ...]

    def __call__(self, seed: int) -> dict[int, dict[str, Any]]:
        lab = Lab(self.setting, seed)
        known = {fact.number: fact.observe for fact in FACTS}
        return {n: _seen(observe, lab) for n in self.numbers if (observe := known[n]) is not None}


def _seen(observe: Observe, lab: Lab) -> dict[str, Any]:
    """What a fact sees; in words why it cannot be measured, where its lives cannot be lived under the setting."""
    try:
        return {**observe(lab)}
    except UnfitError as error:
        return {UNFIT: str(error)}
    except InputError as error:  # of a life that the fact makes of the setting; the setting itself has been judged
        return {UNFIT: str(error.faults[0])}


def rows_of(fact: Fact, seen: Sequence[Seen], currency: str) -> list[dict[str, Any]]:
    """The rows of the table that a fact makes, one a check of the market."""
    rows = []
    for check in fact.checks:
        if check.currency in (None, currency):
            if missing := check.missing or next((one[UNFIT] for one in seen if UNFIT in one), ""):
                told = _told(check, _NOT_BUILT) | {"verdict": NOT_YET, "missing": missing}
            else:
                told = judged(check, estimate(fact, seen, check))
            rows.append({"fact": fact.number, "name": fact.name, "kind": fact.kind, **told})
    return rows


def estimate(fact: Fact, seen: Sequence[Seen], check: Check) -> Interval:
    """A check's number over the seeds with its 95 % interval: of the mean, of a share of the seeds, or by the jackknife.

    The jackknife is for facts that put the seeds together themselves.
    """
    name, conclude = check.name, fact.conclude
    if conclude is None or check.share:
        values = np.array([float(one[name]) for one in seen])
        return intervals.share(values) if check.share and len(values) > 1 and not np.isnan(values).any() else mean_of(values)
    whole = float(conclude(seen)[name])
    left_out = [float(conclude([*seen[:k], *seen[k + 1 :]])[name]) for k in range(len(seen))] if len(seen) > 1 else []
    return intervals.jackknife(whole, np.array(left_out))


def mean_of(values: Floats) -> Interval:
    """The mean over seeds with its interval; NaN where a seed has no number."""
    centre = float(values.mean())
    if math.isnan(centre):
        return Interval(centre, math.nan, math.nan, intervals.TOO_FEW_CASES)
    if values.size < 2:
        return Interval(centre, math.nan, math.nan, intervals.ONE_SEED)
    if np.ptp(values) <= 1e-12 * float(np.abs(values).max()):
        return Interval(centre, math.nan, math.nan, intervals.NO_SEED_DIFFERS)
    return intervals.mean(values)


def judged(check: Check, found: Interval) -> dict[str, Any]:
    """A check's row: what was measured, and what it comes to against the band."""
    if math.isnan(found.estimate):
        return _told(check, found) | {"verdict": TOO_FEW}
    bounds = (found.low, found.high) if found.low == found.low else (found.estimate, found.estimate)
    sure = check.band.sure(*bounds) and found.method != intervals.ONE_SEED
    return _told(check, found) | {
        "verdict": HOLDS if check.band.holds(found.estimate) else FAILS, "distance": check.band.distance(found.estimate), "sure": sure,
    }


def _told(check: Check, found: Interval) -> dict[str, Any]:
    return {
        "check": check.name, "what": check.what, "unit": check.unit, "measured": found.estimate, "ci_low": found.low, "ci_high": found.high,
        "interval": found.method, "band_low": check.band.low, "band_high": check.band.high, "strict": check.band.strict,
        "published": check.published, "source": check.source, "missing": check.missing, "distance": math.nan, "sure": False,
    }


def _by_seed(chosen: Sequence[Fact], seeds: Sequence[int], seen: Sequence[dict[int, dict[str, Any]]]) -> list[dict[str, Any]]:
    """One row per fact, seed and number: what the table is made of."""
    return [
        {"fact": fact.number, "seed": seed, "number": name, "value": float(value)}
        for fact in chosen for seed, one in zip(seeds, seen, strict=True)
        for name, value in one.get(fact.number, {}).items() if isinstance(value, int | float | np.number)
    ]

