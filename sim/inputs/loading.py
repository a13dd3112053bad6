"""From files to a resolved input: layers, references, overrides, validation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast, get_args

from sim.config.faults import Fault, InputError, ordered
from sim.config.fields import Section
from sim.config.given import one_source
from sim.config.validation import place_of
from sim.config.yaml_reader import Place, bounded, dotted
from sim.engine.declare import Mechanism
from sim.inputs.changes import WRITTEN, Arm, complaints
from sim.inputs.dated import load_changes
from sim.inputs.layers import MODELS, Judged, Layered, SourceFile, judge, judge_again, unread
from sim.inputs.overrides import POLICY, Given, Override, apply_override, given_twice, parse_override, refuse_change
from sim.inputs.policy import Policy
from sim.inputs.profile import Profile
from sim.inputs.referred import (
    REFERRED,
    Outcome,
    judge_conditions,
    load_inner,
    load_table,
    meet_means,
    meet_needs,
)
from sim.inputs.resolved import Past, Resolved, alike
from sim.inputs.schedule import OPENING_ONLY, Dated
from sim.inputs.shelf import Shelf, Source, layers_from

__all__ = ["MODELS", "Outcome", "Resolved", "Source", "SourceFile", "load_policy", "load_scenario", "outcome_of"]


def load_scenario(
    reference: Source, policy: Source | Arm | None = None, overrides: Sequence[Given] = (), allow_outside: bool = False,
    mechanisms: Sequence[Mechanism] = (), past: Past = "scenario", strict: bool = False,
) -> Resolved:
    """Load, merge, override and validate a scenario with its policy and profile.

    reference, policy: a shipped name, a path, which may lie anywhere, or a mapping that says what a file would. overrides:
    `path=value` each, or a path and a Python value, applied last; `policy.x=…` and `profile.x=…` reach into those files.
    A policy given here, or changed by an override, takes over in month 1 from the scenario's own, under which the book
    was built. past: "own" for a book built under the same policy, "stated" for that unless the scenario names an
    `opening_policy`. allow_outside: let files refer to paths outside their own folder. mechanisms: from outside the
    package, whose sections and switches the files may hold. strict: refuse what is doubtful and otherwise only a warning,
    and shocks and changes of policy that begin after the last month, which are left out with a note otherwise. Raises
    InputError listing every fault found.
    """
    from sim.inputs.extension import models_with

    if past not in get_args(Past):
        raise ValueError(f"past is one of {', '.join(map(repr, get_args(Past)))}, not {past!r}")
    one_source("scenario", reference)
    if policy is not None and not isinstance(policy, Arm):
        one_source("policy", policy, "; sim.compare takes several policies" if isinstance(policy, list | tuple) else "")
    with bounded():
        outcome = outcome_of(_read("scenario", reference, allow_outside), policy, overrides, allow_outside, models_with(mechanisms), past)
    if outcome.faults:
        raise InputError(ordered(outcome.faults))
    resolved = outcome.resolved()
    if strict and (refused := resolved.refused_by_strict()):
        raise InputError(ordered(refused))
    return resolved


def examined_sides(scenario: str | None, sides: Iterable[Arm | None], overrides: Sequence[Given], allow_outside: bool) -> list[Fault]:
    """Every fault and warning of the sides of a comparison: of the scenario, each side's policy and changes, the overrides.

    scenario: None where there is none, which has been said; the others are judged all the same.
    """
    layered = _read("scenario", scenario, allow_outside) if scenario is not None else unread("scenario", [])
    one, faults = prepared(layered, overrides, allow_outside), dict[Fault, None]()
    sound: list[tuple[Arm, Resolved]] = []
    for side in sides:
        outcome = one.outcome(side, "stated")
        if not outcome.faults:
            try:
                resolved = outcome.resolved()
                sound += [(side, resolved)] if side is not None else []
            except InputError as error:
                outcome.faults += error.faults
        faults |= dict.fromkeys([*outcome.faults, *outcome.warnings()])
    same = alike([arm for arm, _ in sound], [resolved for _, resolved in sound])
    return [*(faults | dict.fromkeys(same))]


def _read(kind: str, source: Source, allow_outside: bool) -> Layered:
    """A file's layers; where it cannot be read, a blank with the reasons, so that what is given beside it is judged all the same."""
    try:
        return layers_from(kind, source, allow_outside)
    except InputError as error:
        return unread(kind, error.faults)


def load_policy(
    reference: Source, overrides: Sequence[Given] = (), profile: Profile | None = None, changes: Sequence[Any] = ()
) -> tuple[Policy, tuple[Dated, ...]]:
    """A policy alone, by name, path or mapping, with overrides `path=value` (`policy.path=value` too), and its dated changes.

    profile: of the borrowers whom its products are to serve, where they are known. changes: as under `policy_changes` of a
    scenario; each span of months in which one holds has a policy of its own. InputError listing every fault.
    """
    one_source("policy", reference)
    given = reference if isinstance(reference, Mapping) else str(reference)
    arm = Arm.of({"label": "policy", "policy": given, "policy_changes": [*changes]}, 0).at_places({(): (POLICY, 1, 1)})
    layered = Layered("policy", {}, {}, {}, [], {})
    _seat(arm, layered)
    wrong = [Fault(POLICY, 1, 1, dotted(at), what, expected) for at, what, expected in complaints(arm.policy_changes, ("policy_changes",))]
    outcome = Outcome(None, {"profile": profile, "opening_policy": None}, [], None, layered.marks, wrong, written=arm.content)
    if profile is not None:
        outcome.sound["profile"] = profile, {}
    inside = []
    for text in overrides:
        try:
            override = parse_override(text)
            refuse_change(override)
            inside.append(override.below() if override.parts[0] == "policy" and len(override.parts) > 1 else override)
        except InputError as error:
            outcome.faults += error.faults
    load_inner("policy", layered, inside, False, outcome, MODELS)
    meet_needs(layered, outcome)
    load_changes(layered, arm.policy_changes, inside, False, outcome, MODELS)
    if outcome.faults:
        raise InputError(ordered(outcome.faults))
    return cast(Policy, outcome.inner["policy"]), tuple(outcome.changes)


def outcome_of(
    layered: Layered, policy: Source | Arm | None, overrides: Sequence[Given], allow_outside: bool,
    models: Mapping[str, type[Section]] = MODELS, past: Past = "scenario",
) -> Outcome:
    """What comes of a scenario's layers with everything that they refer to, faults included."""
    return prepared(layered, overrides, allow_outside, models).outcome(policy, past)


@dataclass(frozen=True)
class Prepared:
    """A scenario with its overrides, judged once for all sides of a comparison, which differ in their policies."""

    layered: Layered
    judged: Judged
    faults: list[Fault]  # of the overrides
    inside: dict[str, list[Override]]  # overrides of the files that it refers to
    own: tuple[Any, Place | None]  # the file's own policy, before anything takes its place
    allow_outside: bool
    models: Mapping[str, type[Section]]
    shelf: Shelf = field(default_factory=Shelf)

    def outcome(self, policy: Source | Arm | None, past: Past) -> Outcome:
        """What comes of it under a policy, faults included; None for its own."""
        inside, models, allow_outside = self.inside, self.models, self.allow_outside
        layered = replace(self.layered, data={**self.layered.data}, marks={**self.layered.marks}, keys={**self.layered.keys})
        written = policy if isinstance(policy, Mapping) else None
        named = WRITTEN if written is not None else str(policy)
        arm = policy if isinstance(policy, Arm) or policy is None else Arm.of(named, 0).at_places({(): (POLICY, 1, 1)})
        _keep_the_past(layered, past, self.own, arm is not None or bool(inside["policy"]))
        if arm is not None:
            _seat(arm, layered)
        changed = {name for name in BY_SIDE if layered.data.get(name) is not self.layered.data.get(name)}
        judged = judge_again(layered, self.judged, changed, models) if changed else self.judged
        outcome = Outcome(
            judged.section, {}, list(layered.files), None, layered.marks, [*self.faults, *judged.faults],
            arm_set={} if arm is None else arm.set, shelf=self.shelf,
        )
        outcome.keep(judged, layered.marks)
        outcome.written = written if written is not None else arm.content if arm is not None else None
        for role in REFERRED:
            load_inner(role, layered, inside[role], allow_outside, outcome, models)
        meet_needs(layered, outcome)
        meet_means(layered, judged.part, outcome)
        load_changes(layered, getattr(judged.part, "policy_changes", []), inside["policy"], allow_outside, outcome, models)
        load_table(layered, allow_outside, outcome)
        judge_conditions(layered, judged.part, outcome)
        outcome.faults = list(dict.fromkeys(outcome.faults))
        return outcome


BY_SIDE = ("policy", "policy_changes", "opening_policy")  # keys of a scenario that a side of a comparison may replace


def prepared(layered: Layered, overrides: Sequence[Given], allow_outside: bool, models: Mapping[str, type[Section]] = MODELS) -> Prepared:
    """A scenario's layers with overrides put over them, and what is wrong with both."""
    faults: list[Fault] = []
    inside: dict[str, list[Override]] = {"policy": [], "profile": []}
    own = layered.data.get("policy"), layered.marks.get(("policy",))
    before: list[Override] = []
    for text in overrides:
        try:
            override = parse_override(text)
            faults += given_twice(override, before)
            before.append(override)
            if override.parts[0] == "policy" and len(override.parts) > 1:
                refuse_change(override)
            if override.parts[0] in inside and len(override.parts) > 1:
                inside[override.parts[0]].append(override.below())
            else:
                _refuse_profile(override)
                apply_override(layered, override)
        except InputError as error:
            faults += error.faults
    inside["opening_policy"] = [override for override in inside["policy"] if override.parts in OPENING_ONLY]
    return Prepared(layered, judge(layered, models), faults, inside, own, allow_outside, models)


def _seat(arm: Arm, layered: Layered) -> None:
    """Put an arm's policy and dated changes in the place of the scenario's."""
    if arm.policy is not None:
        layered.data["policy"] = arm.policy
        layered.marks["policy",] = layered.keys["policy",] = place_of(("policy",), arm.places)
    if "policy_changes" in arm.model_fields_set:  # none is an answer too
        layered.data["policy_changes"] = [change.model_dump(mode="json", exclude_none=True) for change in arm.policy_changes]
        for places in (layered.marks, layered.keys):
            for path in [path for path in places if path[:1] == ("policy_changes",)]:
                del places[path]
            places["policy_changes",] = place_of(("policy_changes",), arm.places)
            places |= {path: place for path, place in arm.places.items() if path and path[0] == "policy_changes"}
    layered.marks |= {("arm", *path): place for path, place in arm.places.items()}


def _keep_the_past(layered: Layered, past: Past, own: tuple[Any, Place | None], replaced: bool) -> None:
    """The policy that built the book: the scenario's own, before anything from outside its file takes its place.

    A scripted loan has no past: its books begin with it.
    """
    policy, place = own
    if past == "own" or layered.data.get("script") is not None:
        layered.data["opening_policy"] = None
    elif past == "scenario" and layered.data.get("opening_policy") is None and (replaced or layered.data.get("policy") != policy):
        if not isinstance(policy, str):
            return  # none, or a faulty one, which is told where it stands
        layered.data["opening_policy"] = policy
        if place is not None:
            layered.marks["opening_policy",] = layered.keys["opening_policy",] = place


def _refuse_profile(override: Override) -> None:
    """The profile is the borrowers': `profile=NAME` is a slip that deserves its own answer."""
    if override.parts == ("profile",):
        raise InputError([Fault(*override.places[0], "profile", "unknown key 'profile'", "", "borrowers.profile")])
