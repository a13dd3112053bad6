"""The check of files: every fault of each, judged as the kind that it is, with everything it refers to; nothing is run."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from sim.config.faults import Fault, InputError, nearest, ordered
from sim.config.references import SUFFIXES, is_file
from sim.config.shipped import KINDS, shipped, shipped_experiments, shown
from sim.config.yaml_reader import read_file
from sim.inputs.experiment import read_experiment
from sim.inputs.layers import judge, kind_of, load_layers
from sim.inputs.loading import Outcome, load_scenario, outcome_of
from sim.inputs.resolved import Resolved


def check_files(paths: Iterable[str | Path], allow_outside: bool = False) -> list[Fault]:
    """All faults of the files, each judged as the kind that it is, with everything it refers to.

    allow_outside: let files refer to paths outside their own folder. A name that is no file but shipped means the shipped file.
    """
    return [fault for fault in examined(paths, allow_outside) if not fault.warning]


def examined(paths: Iterable[str | Path], allow_outside: bool = False) -> list[Fault]:
    """The same with warnings among them: of what is allowed and doubtful."""
    faults: list[Fault] = []
    for given in paths:
        try:
            faults += _check(str(given), allow_outside)
        except InputError as error:
            faults += error.faults
    return ordered(faults)


def _check(given: str, allow_outside: bool) -> list[Fault]:
    path, name = Path(given), given
    if not is_file(path):
        named = [*(shipped(kind) for kind in KINDS), shipped_experiments()]
        ours = [files[given] for files in named if given in files]
        if not ours:
            raise InputError([Fault(given, 1, 1, "", "there is no such file", "", _similar_file(path))])
        path, name = ours[0], shown(ours[0])
    experiment = read_experiment(path)
    if experiment is not None:
        found: dict[str, Fault] = {}
        for policy in experiment.policies:
            try:
                resolved = load_scenario(experiment.scenario, policy, experiment.set, allow_outside, past="stated")
                found |= {str(fault): fault for fault in (*resolved.warnings, *_misplaced(resolved))}
            except InputError as error:
                found |= {str(fault): fault for fault in error.faults}  # what policies share is said once
        return list(found.values())
    kind = kind_of(path, read_file(path, name))
    if kind != "scenario":
        layered = load_layers(kind, path, name, allow_outside)
        _, faults = judge(layered)
        return [*faults, *layered.warnings]
    outcome = outcome_of(load_layers("scenario", path, name, allow_outside), None, (), allow_outside)
    if outcome.scenario is not None and outcome.table_found:
        outcome.faults += _conditions(outcome)
    return [*outcome.faults, *outcome.warnings]


def _conditions(outcome: Outcome) -> list[Fault]:
    """Faults that only show when the macro paths are put together: of a table, of shocks that leave their range."""
    try:
        return _misplaced(outcome.resolved())
    except InputError as error:
        return error.faults


def _misplaced(resolved: Resolved) -> list[Fault]:
    from sim.economy import build_conditions

    try:
        build_conditions(resolved)
    except InputError as error:
        return error.faults
    return []


def _similar_file(path: Path) -> str:
    try:
        names = [p.name for p in path.parent.iterdir() if p.name.endswith(SUFFIXES)]
    except (OSError, ValueError):
        return ""
    close = nearest(path.name, names)
    return str(path.parent / close) if close else ""


def headline(path: Path) -> str:
    """The title of a file."""
    return str(read_file(path, shown(path)).data.get("title", ""))
