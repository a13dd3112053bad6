"""The check of files: every fault of each, judged as the kind that it is, with everything it refers to; nothing is run."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from sim.config.faults import Fault, InputError, nearest, ordered
from sim.config.references import SUFFIXES, find, is_file
from sim.config.shipped import KINDS, shipped, shipped_calibrations, shipped_experiments, shown
from sim.config.validation import place_of
from sim.config.yaml_reader import bounded, read_file
from sim.inputs.calibration import calibration_in
from sim.inputs.changes import Arm
from sim.inputs.doubts import doubts
from sim.inputs.experiment import Experiment, Read, experiment_in
from sim.inputs.fitted import judged
from sim.inputs.layers import judge, kind_of, load_layers
from sim.inputs.loading import examined_sides, outcome_of


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
            with bounded():
                faults += _check(str(given), allow_outside)
        except InputError as error:
            faults += error.faults
    return ordered(faults)


def _check(given: str, allow_outside: bool) -> list[Fault]:
    path, name = Path(given), given
    if not is_file(path):
        named = [*(shipped(kind) for kind in KINDS), shipped_experiments(), shipped_calibrations()]
        ours = [files[given] for files in named if given in files]
        if not ours:
            raise InputError([Fault(given, 1, 1, "", "there is no such file", "", _similar_file(path))])
        path, name = ours[0], shown(ours[0])
    experiment = experiment_in(path)
    if experiment is not None:
        return _of_experiment(experiment, allow_outside)
    calibration = calibration_in(path)
    if calibration is not None:
        found = judged(calibration, allow_outside=allow_outside)
        return [*found.faults, *(found.resolved.warnings if found.resolved is not None else ())]
    kind = kind_of(path, read_file(path, name))
    if kind != "scenario":
        layered = load_layers(kind, path, name, allow_outside)
        alone = judge(layered)
        return [*alone.faults, *(doubts(alone.section, layered.marks) if alone.section is not None else ())]
    outcome = outcome_of(load_layers("scenario", path, name, allow_outside), None, (), allow_outside)
    late: list[Fault] = []
    if not outcome.faults:
        resolved = outcome.resolved()  # raises where the policies of the run do not go together
        late = [Fault(*resolved.mark(at), at, f"{what}, and is left out", warning=True) for at, what in resolved.late().items()]
    return [*outcome.faults, *late, *outcome.warnings()]


def _of_experiment(experiment: Read, allow_outside: bool) -> list[Fault]:
    """Faults of an experiment's own keys, of its scenario and of every policy under it, and the warnings, each said once."""
    faults = [*experiment.faults]
    scenario = experiment.scenario
    if scenario is not None:
        try:
            find("scenario", scenario)
        except InputError as error:
            place = place_of(("scenario",), experiment.marks)
            faults += [Fault(*place, "scenario", f.message, f.expected, f.nearest) for f in error.faults]
            scenario = None
    sides: list[Arm | None] = [*experiment.arms] or [None]
    return list(dict.fromkeys([*faults, *examined_sides(scenario, sides, experiment.set, allow_outside)]))


def read_experiment(reference: str | Path, allow_outside: bool = False) -> Experiment | None:
    """The experiment in a file, or shipped under a name; None if it is no experiment.

    Raises InputError for a faulty one, with the faults of its scenario and its policies beside its own.
    """
    with bounded():
        found = experiment_in(reference)
        if found is not None and found.faults:
            raise InputError(ordered(fault for fault in _of_experiment(found, allow_outside) if not fault.warning))
    return found.experiment if found is not None else None


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
