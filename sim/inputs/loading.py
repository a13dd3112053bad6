"""From files to a resolved input: layers, references, overrides, validation; and the check of files alone."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from sim.config.faults import Fault, InputError, nearest, ordered
from sim.config.fields import Section
from sim.config.references import SUFFIXES, find, find_table, is_file, resolve
from sim.config.shipped import KINDS, shipped, shipped_experiments, shown
from sim.config.validation import place_of
from sim.config.yaml_reader import KeyPath, Place, dotted, read_file
from sim.engine.declare import Mechanism
from sim.inputs.checks import unknown_needs
from sim.inputs.experiment import read_experiment
from sim.inputs.layers import MODELS, Layered, SourceFile, judge, kind_of, load_layers
from sim.inputs.overrides import COMMAND_LINE, POLICY, SET, Override, apply_override, parse_override, with_prefix
from sim.inputs.policy import Policy
from sim.inputs.profile import Profile
from sim.inputs.scenario import Scenario

__all__ = ["MODELS", "Resolved", "SourceFile", "check_files", "headline", "load_scenario"]

REFERRED: dict[str, KeyPath] = {"policy": ("policy",), "profile": ("borrowers", "profile")}
TABLE: KeyPath = ("economy", "table")


@dataclass(frozen=True)
class Resolved:
    """A scenario with its policy and profile, validated; ready to run.

    table_path: the economy's table, if it has one. marks: where each value of the scenario stands.
    """

    scenario: Scenario
    policy: Policy
    profile: Profile
    files: tuple[SourceFile, ...]
    table_path: Path | None
    marks: dict[KeyPath, Place]

    def mark(self, path: str | Sequence[str | int]) -> Place:
        """File, line and column of a scenario value, given as `shocks[0].by`, `shocks.0.by` or ("shocks", 0, "by")."""
        parts: Iterable[str | int] = path
        if isinstance(path, str):
            parts = (int(p) if p.isdigit() else p for p in re.split(r"[.\[\]]+", path) if p)
        return place_of(tuple(parts), self.marks)

    def as_dict(self) -> dict[str, Any]:
        """Everything that was resolved, as plain data without machine paths."""
        scenario = self.scenario.model_dump(mode="json")
        if self.table_path is not None:
            digest = hashlib.sha256(self.table_path.read_bytes()).hexdigest()
            scenario["economy"]["table"] = {"name": self.table_path.name, "sha256": digest}
        return {
            "scenario": scenario,
            "policy": self.policy.model_dump(mode="json"),
            "profile": self.profile.model_dump(mode="json"),
            "files": [f.__dict__ for f in self.files],
        }


@dataclass
class _Outcome:
    """What came of a scenario and of the files that it refers to; sections at fault are None."""

    scenario: Section | None
    inner: dict[str, Section | None]
    files: list[SourceFile]
    table: Path | None
    table_found: bool
    marks: dict[KeyPath, Place]
    faults: list[Fault]
    policy_marks: dict[KeyPath, Place] = field(default_factory=dict)

    def resolved(self) -> Resolved:
        return Resolved(
            cast(Scenario, self.scenario), cast(Policy, self.inner["policy"]), cast(Profile, self.inner["profile"]),
            tuple(self.files), self.table, self.marks,
        )


def load_scenario(
    reference: str | Path, policy: str | Path | None = None, overrides: Sequence[str] = (), allow_outside: bool = False,
    mechanisms: Sequence[Mechanism] = (),
) -> Resolved:
    """Load, merge, override and validate a scenario with its policy and profile.

    reference, policy: a shipped name or a path, which may lie anywhere. overrides: `path=value` each, applied last;
    `policy.x=…` and `profile.x=…` reach into those files. allow_outside: let files refer to paths outside their own
    folder. mechanisms: from outside the package, whose sections and switches the files may hold. Raises InputError listing
    every fault found.
    """
    from sim.inputs.extension import models_with

    path = find("scenario", reference)
    outcome = _load(path, shown(path), policy, overrides, allow_outside, models_with(mechanisms))
    if outcome.faults:
        raise InputError(ordered(outcome.faults))
    return outcome.resolved()


def load_policy(
    reference: str | Path, overrides: Sequence[str] = (), profile: Profile | None = None
) -> tuple[Policy, tuple[SourceFile, ...]]:
    """A policy alone, by name or path, with overrides `path=value` (`policy.path=value` too); InputError listing every fault found.

    profile: of the borrowers whom its products are to serve, where they are known.
    """
    path = find("policy", reference)
    layered = load_layers("policy", path, shown(path), False)
    faults: list[Fault] = []
    for text in overrides:
        try:
            override = parse_override(text)
            own = override.parts[0] == "policy" and len(override.parts) > 1
            apply_override(layered, override.below() if own else override)
        except InputError as error:
            faults += error.faults
    policy, found = judge(layered)
    if policy is not None and profile is not None:
        found = [*found, *unknown_needs(cast(Policy, policy), profile, layered.marks)]
    if faults or found:
        raise InputError(ordered([*faults, *found]))
    return cast(Policy, policy), tuple(layered.files)


def _load(
    path: Path, name: str, policy: str | Path | None, overrides: Sequence[str], allow_outside: bool,
    models: Mapping[str, type[Section]] = MODELS,
) -> _Outcome:
    layered = load_layers("scenario", path, name, allow_outside)
    faults: list[Fault] = []
    inside: dict[str, list[Override]] = {"policy": [], "profile": []}
    for text in overrides:
        try:
            override = parse_override(text)
            if override.parts[0] in inside and len(override.parts) > 1:
                inside[override.parts[0]].append(override.below())
            else:
                _refuse_profile(override)
                apply_override(layered, override)
        except InputError as error:
            faults += error.faults
    if policy is not None:
        layered.data["policy"] = str(policy)
        layered.marks["policy",] = layered.keys["policy",] = (POLICY, 1, 1)
    scenario, found = judge(layered, models)
    faults += found
    outcome = _Outcome(scenario, {}, list(layered.files), None, True, layered.marks, faults)
    for kind in REFERRED:
        _load_inner(kind, layered, inside[kind], allow_outside, outcome, models)
    _meet_needs(layered, outcome)
    try:
        outcome.table = _table(layered, allow_outside)
    except InputError as error:
        outcome.table_found = False
        faults += error.faults
    return outcome


def _refuse_profile(override: Override) -> None:
    """The profile is the borrowers': `profile=NAME` is a slip that deserves its own answer."""
    if override.parts == ("profile",):
        raise InputError([Fault(*override.places[0], "profile", "unknown key 'profile'", "", "borrowers.profile")])


def _load_inner(
    kind: str, layered: Layered, overrides: list[Override], allow_outside: bool, outcome: _Outcome, models: Mapping[str, type[Section]]
) -> None:
    """The policy or profile of a scenario, with its faults; also reported where the scenario names the file."""
    outcome.inner[kind] = None
    where = REFERRED[kind]
    reference = layered.value(where)
    if not isinstance(reference, str) or not reference:
        return  # the scenario's own validation says so
    place = place_of(where, layered.marks)
    try:
        folder = _folder(place, layered)
        path = resolve(kind, reference, folder, folder is not None and not allow_outside, place, dotted(where))
    except InputError as error:
        outcome.faults += error.faults
        return
    faults: list[Fault] = []
    try:
        inner = load_layers(kind, path, shown(path), allow_outside)
        for override in overrides:
            try:
                apply_override(inner, override)
            except InputError as error:
                faults += error.faults
        outcome.inner[kind], found = judge(inner, models)
        if kind == "policy":
            outcome.policy_marks = inner.marks
        outcome.files += inner.files
        faults += found
    except InputError as error:
        faults += error.faults
    outcome.faults += [with_prefix(f, kind) for f in faults]
    if place[0] and any(f.file != SET for f in faults):
        outcome.faults.append(Fault(*place, dotted(where), f"the {kind} '{reference}' has faults"))


def _meet_needs(layered: Layered, outcome: _Outcome) -> None:
    """A policy's products serve needs that the profile knows; also reported where the scenario names the policy."""
    policy, profile = outcome.inner["policy"], outcome.inner["profile"]
    if policy is None or profile is None:
        return
    faults = unknown_needs(cast(Policy, policy), cast(Profile, profile), outcome.policy_marks)
    outcome.faults += [with_prefix(f, "policy") for f in faults]
    place = place_of(REFERRED["policy"], layered.marks)
    if place[0] and any(f.file != SET for f in faults):
        outcome.faults.append(Fault(*place, "policy", "the policy does not suit the profile's borrowers"))


def _table(layered: Layered, allow_outside: bool) -> Path | None:
    text = layered.value(TABLE)
    if not isinstance(text, str):
        return None
    place = place_of(TABLE, layered.marks)
    folder = _folder(place, layered)
    return find_table(text, folder, folder is not None and not allow_outside, place, dotted(TABLE))


def _folder(place: Place, layered: Layered) -> Path | None:
    """The folder of the file in which a value stands, which may be a parent; None for the command line."""
    return None if place[0] in COMMAND_LINE else layered.folders[place[0]]


def check_files(paths: Iterable[str | Path]) -> list[Fault]:
    """All faults of the files, each judged as the kind that it is, with everything it refers to.

    A name that is no file but shipped means the shipped file.
    """
    faults: list[Fault] = []
    for given in paths:
        try:
            faults += _check(str(given))
        except InputError as error:
            faults += error.faults
    return ordered(faults)


def _check(given: str) -> list[Fault]:
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
                load_scenario(experiment.scenario, policy, experiment.set)
            except InputError as error:
                found |= {str(fault): fault for fault in error.faults}  # what policies share is said once
        return list(found.values())
    kind = kind_of(path, read_file(path, name))
    if kind != "scenario":
        return judge(load_layers(kind, path, name, False))[1]
    outcome = _load(path, name, None, (), False)
    if outcome.scenario is not None and outcome.table_found:
        outcome.faults += _conditions(outcome)
    return outcome.faults


def _conditions(outcome: _Outcome) -> list[Fault]:
    """Faults that only show when the macro paths are put together: of a table, of shocks that leave their range."""
    from sim.economy import build_conditions  # here, because it brings numpy

    try:
        build_conditions(outcome.resolved())
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
