"""What a calibration leaves: the fit, the numbers with their errors, the trials, what is identified, and a profile to run with."""

from __future__ import annotations

import json
import math
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import sim
from sim.config.ranges import in_words
from sim.config.shipped import shipped, shown
from sim.inputs.overrides import parse_override
from sim.study.calibration.files import Line, calibrated_files
from sim.study.calibration.identify import EDGE, Identification, chance, identification, in_all, sentences
from sim.study.calibration.plan import Plan
from sim.study.calibration.search import effects
from sim.study.calibration.trials import KIND, LOG, Trial, Trials, refuse_other
from sim.study.words import counted

if TYPE_CHECKING:
    import pandas as pd

PACKAGES = ("numpy", "scipy", "optuna", "cmaes")


@dataclass(frozen=True, repr=False)
class Calibrated:
    """Result of a calibration; shares and rates are fractions.

    fit: one row a moment: target, simulated at the start and at the optimum (mean over the seeds), its standard error over the seeds,
    misses in tolerances. parameters: one row each: present value, start, fitted value with standard error and 95 % interval (NaN where
    it is not identified), bounds. trials: one row each, in the order of the search. slopes: tolerances that a moment moves by when a
    parameter goes through its bounds. directions: combinations of the parameters from the best determined to the least, one row for
    each loading. correlations: of the estimates. sentences: what of it a reader should know. files: the calibrated profile or policy,
    by name.
    """

    fit: pd.DataFrame
    parameters: pd.DataFrame
    trials: pd.DataFrame
    slopes: pd.DataFrame
    directions: pd.DataFrame
    correlations: pd.DataFrame
    sentences: tuple[str, ...]
    files: dict[str, str]
    log: str
    manifest: dict[str, Any]

    def __repr__(self) -> str:
        told = ", ".join(f"{path} {value:.6g}" for path, value in self.fitted.items())
        return f"<Calibrated {told}: see .fit, .parameters, .sentences, .save(folder)>"

    @property
    def fitted(self) -> dict[str, float]:
        """The fitted values by path."""
        return dict(zip(self.parameters["parameter"], map(float, self.parameters["fitted"]), strict=True))

    @property
    def overrides(self) -> dict[str, Any]:
        """The fitted values as files write them: what `set` of a run takes."""
        return dict(self.manifest["set"])

    def tables(self) -> dict[str, pd.DataFrame]:
        """The frames by the name of their file."""
        names = ("fit", "parameters", "trials", "slopes", "directions", "correlations")
        return {name: getattr(self, name) for name in names}

    def save(self, directory: str | Path) -> Path:
        """Write tables, calibrated files, log, page and manifest.json, whole or not at all; another calibration's folder is refused."""
        from sim.report.calibration_page import write_calibration_page
        from sim.study.results import as_text
        from sim.study.store import write_folder

        def fill(folder: Path) -> None:
            for name, table in self.tables().items():
                as_text(table).to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
            for name, text in self.files.items():
                (folder / name).write_text(text, encoding="utf-8")
            (folder / LOG).write_text(self.log, encoding="utf-8")
            write_calibration_page(self, folder / "report.html")

        refuse_other(directory, self.manifest["fingerprint"])
        return write_folder(directory, fill, self.manifest)

    def report(self, path: str | Path) -> Path:
        """Write the one-file HTML page alone."""
        from sim.report.calibration_page import write_calibration_page

        return write_calibration_page(self, Path(path))

    def plot(self) -> Any:
        """The moments before and after as a matplotlib figure."""
        from sim.report.calibration_page import moments

        return moments(self)


def result_of(trials: Trials, best: Trial, settled: bool, command: str) -> Calibrated:
    """What the search has found, with the slopes at its best trial, for which the last trials are lived. settled: of the search."""
    plan = trials.plan
    shares = np.clip(plan.shares(best.values), 0.0, 1.0)
    by_seed = effects(trials, shares, "slopes")
    tolerances = np.array([target.tolerance for target in plan.targets])
    found = identification(by_seed, best.by_seed, tolerances)
    misses = best.misses(plan.targets)
    paths, names = [one.path for one in plan.fitted], [target.name for target in plan.targets]
    said = (
        *sentences(found, paths, names, shares.tolist()), *_not_met(plan, misses), *_refused(trials), *_cut_short(plan, settled),
        in_all(found, misses), _errors(plan, found),
    )
    parameters, tested = [*_parameters(plan, found, best)], chance(found, misses)
    manifest = manifest_of_plan(plan) | {
        "finished": True, "fingerprint": plan.fingerprint(), "command": command, "date": date.today().isoformat(),
        "trials": len(trials.asked), "loss": trials.loss(best), "chance": tested if math.isfinite(tested) else None,
        "fitted": {row["parameter"]: row["fitted"] for row in parameters},
        "set": {one.path: one.written(row["fitted"]) for one, row in zip(plan.fitted, parameters, strict=True)},
        "condition": found.condition if math.isfinite(found.condition) else None, "sentences": [*said], "use": _use(plan),
        "packages": {name: found_version for name in PACKAGES if (found_version := _version(name)) is not None},
        "input": plan.resolved.as_dict(),
    }
    return _framed(trials, best, found, parameters, said, manifest)


def manifest_of_plan(plan: Plan) -> dict[str, Any]:
    """What the manifest says from the first trial on."""
    r = plan.resolved
    return {
        "kind": KIND, "title": plan.title, "scenario": r.scenario.title, "policy": r.policy.title, "profile": r.profile.title,
        "borrowers": r.scenario.borrowers.count, "months": r.scenario.months, "seeds": [*plan.seeds], "method": plan.method,
        "search": {"trials": plan.trials, "polish": plan.polish, "seed": plan.search_seed},
        "calibration": {"file": Path(plan.name).name, "sha256": plan.sha256},
    }


def _framed(
    trials: Trials, best: Trial, found: Identification, parameters: list[dict[str, Any]], said: tuple[str, ...], manifest: dict[str, Any]
) -> Calibrated:
    import pandas as pd

    plan, paths = trials.plan, [one.path for one in trials.plan.fitted]
    lines = [
        Line(one.path, one.written(row["fitted"]), _remark(one.words, row))
        for one, row in zip(plan.fitted, parameters, strict=True)
    ]
    return Calibrated(
        pd.DataFrame([*_fit(trials, best)]), pd.DataFrame(parameters),
        pd.DataFrame([
            {
                "trial": trial.number, "stage": trial.stage, "loss": trials.loss(trial), **dict(zip(paths, trial.values, strict=True)),
                **{t.name: v for t, v in zip(plan.targets, trial.moments.tolist(), strict=True)}, "refused": trial.refused,
            }
            for trial in trials.asked.values()
        ]),
        pd.DataFrame([
            {"moment": t.name, "parameter": path, "slope": found.slopes[k, p], "standard_error": found.slope_errors[k, p]}
            for k, t in enumerate(plan.targets) for p, path in enumerate(paths)
        ]),
        pd.DataFrame([
            {
                "direction": n, "slope": d.slope, "error": d.error, "seen_in": plan.targets[d.moment].name, "seen_slope": d.moment_slope,
                "seen_error": d.moment_error, "determined": d.determined, "parameter": path, "loading": float(loading),
            }
            for n, d in enumerate(found.directions, 1) for path, loading in zip(paths, d.loadings, strict=True)
        ]),
        pd.DataFrame([
            {"parameter": path, **{other: found.correlations[p, q] for q, other in enumerate(paths)}} for p, path in enumerate(paths)
        ]),
        said, calibrated_files(plan, lines, [*_head(plan, manifest)]), trials.lines(), manifest,
    )


def _fit(trials: Trials, best: Trial) -> Iterator[dict[str, Any]]:
    """One row a moment."""
    plan = trials.plan
    first, seeds = trials.asked[plan.start], len(plan.seeds)
    spread = best.by_seed.std(axis=0, ddof=1) / math.sqrt(seeds) if seeds > 1 else np.full(len(plan.targets), math.nan)
    misses, before = best.misses(plan.targets), first.misses(plan.targets)
    for k, t in enumerate(plan.targets):
        yield {
            "moment": t.name, "metric": t.outcome.name, "horizon": t.horizon, "unit": t.outcome.unit, "target": t.value,
            "tolerance": t.tolerance, "start": float(first.moments[k]), "simulated": float(best.moments[k]), "seed_error": float(spread[k]),
            "miss_at_start": float(before[k]), "miss": float(misses[k]), "source": t.source,
        }


def _parameters(plan: Plan, found: Identification, best: Trial) -> Iterator[dict[str, Any]]:
    """One row a parameter; errors in its own unit, made on its scale and cut off at the bounds."""
    for p, (one, value) in enumerate(zip(plan.fitted, best.values, strict=True)):
        share, error, sure = one.share(value), float(found.errors[p]), found.identified[p]
        half = found.within(p, len(plan.seeds)) * error
        low, high = (one.value(min(1.0, max(0.0, share + side * half))) for side in (-1.0, 1.0))
        yield {
            "parameter": one.path, "present": one.present, "start": one.start, "fitted": value,
            "standard_error": error * one.slope(value) if sure else math.nan, "low": low if sure else math.nan,
            "high": high if sure else math.nan, "identified": sure,
            "error_of_targets": float(found.errors_of_targets[p]) * one.slope(value) if sure else math.nan,
            "lowest": one.low, "highest": one.high, "at_bound": at_bound(share), "scale": "log" if one.log else "linear",
            "percent": one.percent,
        }


def at_bound(share: float) -> str:
    """Which bound a number lies at: lowest, highest, or neither."""
    return "lowest" if share < EDGE else "highest" if share > 1 - EDGE else ""


def _not_met(plan: Plan, misses: Any) -> Iterator[str]:
    """The moments that stay more than two tolerances away."""
    for target, miss in zip(plan.targets, misses, strict=True):
        if abs(miss) > 2.0:
            yield (
                f"{target.name} stays {abs(miss):.3g} tolerances {'above' if miss > 0 else 'below'} its target: the search found nothing "
                "within the bounds that brings all moments nearer."
            )


def _refused(trials: Trials) -> Iterator[str]:
    refused = [trial for trial in trials.asked.values() if trial.refused]
    if refused:
        yield f"{counted(len(refused), 'trial')} could not be lived, for the values do not go together: {refused[0].refused}"
    plan = trials.plan
    empty = [t.name for k, t in enumerate(plan.targets)
             if any(not trial.refused and math.isnan(float(trial.moments[k])) for trial in trials.asked.values())]
    if empty:
        yield f"{', '.join(empty)} came to no number in some trials, which count as far off."


def _cut_short(plan: Plan, settled: bool) -> Iterator[str]:
    if not settled:
        yield f"The least squares took the {counted(plan.polish, 'step')} that `polish` allows and had not settled: more may come nearer."


def _errors(plan: Plan, found: Identification) -> str:
    """How the standard errors were made."""
    seeds = len(plan.seeds)
    if seeds == 1:
        return "Standard errors are those of the targets alone, by their tolerances: one seed does not tell how far it strays itself."
    known = [p for p, sure in enumerate(found.identified) if sure]
    factor = float(np.mean(found.errors[known] / found.errors_of_targets[known])) if known else math.nan
    larger = f"they are {factor:.2f} times those of the targets alone" if known else "no parameter has one here"
    return (
        f"Standard errors hold the targets' tolerances and the error of simulating with {seeds} seeds; {larger} "
        f"(√(1 + 1/{seeds}) = {math.sqrt(1 + 1 / seeds):.2f} where the moments of a seed scatter as widely as the targets)."
    )


def _remark(words: Any, row: dict[str, Any]) -> str:
    """What a calibrated file says beside a value."""
    bounds = f"bounds {words(row['lowest'])} to {words(row['highest'])}; it was {words(row['present'])}"
    if not row["identified"]:
        return f"not identified by the moments; {bounds}"
    edge = f" (at the {row['at_bound']} bound)" if row["at_bound"] else ""
    return f"fitted{edge}, 95 % interval {words(row['low'])} to {words(row['high'])}; {bounds}"


def _head(plan: Plan, manifest: dict[str, Any]) -> Iterator[str]:
    """Where the calibrated files come from."""
    search = "" if plan.method == "local" else f"{plan.method} (seed {plan.search_seed}) and "
    seeds = ", ".join(map(str, plan.seeds[:8])) + (" …" if len(plan.seeds) > 8 else "")
    yield f"{plan.title}: {manifest['command']}"
    yield (
        f"lendsim {sim.__version__}, {manifest['date']}; {counted(manifest['trials'], 'trial')} of {search}"
        f"least squares, {counted(manifest['borrowers'], 'borrower')}, {counted(manifest['months'], 'month')}, seeds {seeds}."
    )
    yield f"Under {manifest['scenario']} and {manifest['policy']}. Moments:"
    for target in plan.targets:
        yield f"  {target.name}: {_words(target.value, target.percent)} ± {_words(target.tolerance, target.percent)} ({target.source})"


def _words(value: float, percent: bool) -> str:
    return in_words(float(value), percent)


FREE = ("borrowers.count", "months")  # overrides of a calibration that a run with its numbers need not repeat


def _use(plan: Plan) -> str:
    """The command that runs with the fitted numbers; {folder} stands for where they were kept.

    It keeps what the calibration overrode and no written file holds, but for the size and the length of its runs.
    """
    kinds = {one.file for one in plan.fitted}
    names = {path.resolve(): name for name, path in shipped("scenario").items()}
    scenario = names.get(plan.base.scenario.resolve(), shown(plan.base.scenario))
    profile = " --set borrowers.profile={folder}/calibrated_profile.yaml" if "profile" in kinds else ""
    policy = " --policy {folder}/calibrated_policy.yaml --own-past" if "policy" in kinds else ""
    kept = []
    for given in plan.base.overrides:
        override = parse_override(given)
        path = ".".join(override.parts)
        if override.parts[0] not in kinds and path not in FREE:
            kept.append(f" --set {shlex.quote(given if isinstance(given, str) else f'{path}={json.dumps(override.tree.data)}')}")
    return f"lendsim run {scenario}{profile}{policy}{''.join(kept)}"


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
