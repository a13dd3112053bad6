"""What a calibration lives: the base, the numbers that are fitted, the moments, the search; all judged before a month is simulated."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sim
from sim.config.faults import Fault, InputError, ordered
from sim.config.shipped import shipped_calibrations, shown
from sim.config.yaml_reader import KeyPath, dotted
from sim.inputs import nearest
from sim.inputs.calibration import Calibration, Draft, Method, Moment, calibration_in
from sim.inputs.fitted import Base, Fitted, judged
from sim.inputs.overrides import Overrides, override_list
from sim.inputs.resolved import Resolved
from sim.measures.outcomes import HOW, Outcome, outcome_of
from sim.measures.table import metrics_with, outcomes_with
from sim.outside import from_outside
from sim.rebinding import rules_given
from sim.study.plan import wrong_metrics
from sim.study.runs import seeds_from

if TYPE_CHECKING:
    from sim.engine.declare import Mechanism
    from sim.rebinding import Rules


@dataclass(frozen=True)
class Target:
    """A moment: a figure of a run at a horizon, and what its mean over the seeds is to be."""

    name: str
    outcome: Outcome
    horizon: int
    value: float
    tolerance: float
    source: str

    @property
    def percent(self) -> bool:
        """Whether people read it in per cent."""
        return self.outcome.unit == "ratio"


@dataclass(frozen=True)
class Plan:
    """A calibration ready to be lived. resolved: the base, at the present values."""

    title: str
    name: str
    sha256: str
    base: Base
    resolved: Resolved
    fitted: tuple[Fitted, ...]
    targets: tuple[Target, ...]
    seeds: tuple[int, ...]
    method: Method
    trials: int
    polish: int
    search_seed: int
    rules: Rules
    mechanisms: tuple[Mechanism, ...]

    def at(self, values: Sequence[float]) -> Resolved:
        """The scenario with these values in the place of the fitted numbers. InputError where they do not go together."""
        return self.base.resolved([(one.path, one.written(value)) for one, value in zip(self.fitted, values, strict=True)])

    def values(self, shares: Sequence[float]) -> tuple[float, ...]:
        """The values at a point of the unit cube."""
        return tuple(one.value(float(share)) for one, share in zip(self.fitted, shares, strict=True))

    def shares(self, values: Sequence[float]) -> list[float]:
        """The point of the unit cube of these values."""
        return [one.share(value) for one, value in zip(self.fitted, values, strict=True)]

    @property
    def start(self) -> tuple[float, ...]:
        """Where the search begins."""
        return tuple(one.start for one in self.fitted)

    def identity(self) -> dict[str, Any]:
        """All that decides what a trial comes to and which trial follows which; how many there are does not."""
        return {
            "lendsim": sim.__version__, "input": self.resolved.as_dict(), "seeds": [*self.seeds], "method": self.method,
            "search_seed": self.search_seed, "from_outside": from_outside(self.rules, self.mechanisms),
            "parameters": [[one.path, one.low, one.high, one.start, one.log] for one in self.fitted],
            "moments": [[t.name, t.horizon, t.outcome.meaning, t.value, t.tolerance] for t in self.targets],
        }

    def fingerprint(self) -> str:
        """sha256 of the identity: trials kept under another belong to another calibration."""
        return hashlib.sha256(json.dumps(self.identity(), sort_keys=True).encode()).hexdigest()


def plan_of(
    source: str | Path | Mapping[str, Any], seeds: int | Sequence[int] | None = None, trials: int | None = None, set: Overrides = (), *,
    allow_outside: bool = False, rules: Rules | None = None, mechanisms: Sequence[Mechanism] = (),
) -> Plan:
    """Judge a calibration (see `calibrate`). InputError with every fault of it and of what it refers to."""
    draft = calibration_in(source)
    if draft is None:
        raise InputError([_none(str(source))])
    more = override_list(set)
    found = judged(draft, more, allow_outside, mechanisms)
    faults = [*found.faults, *metric_faults(draft, mechanisms)]
    if faults:
        raise InputError(ordered(faults))
    whole, base, resolved = draft.whole, found.base, found.resolved
    assert whole is not None  # without a fault all of it is there
    assert base is not None
    assert resolved is not None
    given = whole.seeds if seeds is None else seeds
    method = whole.method or ("cma" if len(found.fitted) > 1 else "tpe")
    return Plan(
        whole.title or "Calibration", draft.name, draft.sha256, base, resolved, tuple(found.fitted),
        tuple(_targets(whole, resolved.scenario.months, mechanisms)), tuple(seeds_from(resolved, given, set)), method,
        _count(whole.trials if trials is None else trials), whole.polish, whole.search_seed, rules_given(rules), tuple(mechanisms),
    )


def _none(source: str) -> Fault:
    path = Path(source)
    if path.is_file():
        return Fault(shown(path), 1, 1, "", "this file is no calibration", "one with parameters: and moments:")
    names = shipped_calibrations()
    return Fault(source, 1, 1, "", "there is no such calibration", f"a file, or one of {', '.join(names)}", nearest(source, names))


def _count(trials: int) -> int:
    if isinstance(trials, bool) or not hasattr(trials, "__index__"):
        raise TypeError(f"trials is a number of trials, not {trials!r}")
    if trials < 1:
        raise ValueError("at least one trial is needed: the start")
    return int(trials)


def examined(draft: Draft, allow_outside: bool = False) -> list[Fault]:
    """Every fault and warning of a calibration and of what it refers to; nothing is run."""
    found = judged(draft, allow_outside=allow_outside)
    warnings = found.resolved.warnings if found.resolved is not None else ()
    return [*found.faults, *metric_faults(draft, ()), *warnings]


def metric_faults(draft: Draft, mechanisms: Sequence[Mechanism]) -> list[Fault]:
    """What is wrong with the metrics of the moments and how their months come to one number."""
    columns = metrics_with(mechanisms)
    found = []
    for k, moment in enumerate(getattr(draft.part, "moments", [])):
        metric, over = getattr(moment, "metric", None), getattr(moment, "over", None)

        def refuse(key: str, message: str, expected: str = "", k: int = k) -> None:
            at: KeyPath = ("moments", k, key)
            found.append(Fault(*draft.place(at), dotted(at), message, expected))

        if metric is None:
            continue
        if metric not in columns.names and over is not None and metric in {one.name for one in outcomes_with(mechanisms)}:
            refuse("over", f"{metric} is put together from several columns, and says itself how", "this key left out")
        elif over is None or metric not in columns.names:
            for message in wrong_metrics([metric], mechanisms):
                refuse("metric", message)
        elif columns[metric].unit == "label":
            refuse("metric", f"{metric} is a label", "a metric that is a number")
        elif over == "sum" and columns[metric].unit not in ("count", "money"):
            refuse("over", f"a {columns[metric].unit} does not add up over months", "mean, last or lowest")
    return found


def _targets(whole: Calibration, months: int, mechanisms: Sequence[Mechanism]) -> list[Target]:
    found = []
    names: list[str] = []
    for moment in whole.moments:
        outcome, horizon = _outcome(moment, mechanisms), moment.horizon or months
        name = f"{moment.metric}, {moment.over or 'month'} {'to ' if moment.over else ''}{horizon}"
        names.append(name)
        again = names.count(name)  # the same figure may be asked for by two sources
        found.append(Target(
            name if again == 1 else f"{name} #{again}", outcome, horizon, moment.target, moment.tolerance, moment.source,
        ))
    return found


def _outcome(moment: Moment, mechanisms: Sequence[Mechanism]) -> Outcome:
    """The figure that a moment names, as a comparison names it, or a column's months put together as the moment says."""
    metric, how = moment.metric, moment.over
    if how is None:
        known = {one.name: one for one in outcomes_with(mechanisms)}
        return known.get(metric) or outcome_of(metrics_with(mechanisms)[metric])
    unit = metrics_with(mechanisms)[metric].unit
    return Outcome(metric, unit, f"{metric} of `monthly`, {HOW[how]}", lambda course: course.over_months(metric, how), "mean")
