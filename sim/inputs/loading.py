"""From files to a resolved input: layers, references, overrides, validation."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast, get_args

from sim.config.faults import Fault, InputError, ordered
from sim.config.fields import Section
from sim.config.references import find, find_table, resolve
from sim.config.shipped import shown
from sim.config.validation import place_of
from sim.config.yaml_reader import KeyPath, Place, Tree, dotted
from sim.engine.declare import Mechanism
from sim.inputs.changes import WRITTEN, Arm, PolicyChange, complaints
from sim.inputs.checks import beyond_accounts, beyond_means, unknown_needs
from sim.inputs.layers import MODELS, Layered, SourceFile, judge, layers_of, load_layers
from sim.inputs.overrides import (
    COMMAND_LINE,
    POLICY,
    SET,
    Given,
    Override,
    apply_override,
    parse_override,
    refuse_change,
    with_prefix,
)
from sim.inputs.plain import GIVEN, plain
from sim.inputs.policy import Policy
from sim.inputs.profile import Profile
from sim.inputs.resolved import Past, Resolved
from sim.inputs.scenario import Scenario
from sim.inputs.schedule import OPENING_ONLY, Dated, changed_value, is_signed, spans, with_same_products

__all__ = ["MODELS", "Outcome", "Resolved", "Source", "SourceFile", "load_policy", "load_scenario", "outcome_of"]

Source = str | Path | Mapping[str, Any]  # a shipped name, a file, or what a file would say
# the files that a scenario refers to, by what they are to it
REFERRED: dict[str, KeyPath] = {"policy": ("policy",), "opening_policy": ("opening_policy",), "profile": ("borrowers", "profile")}
TABLE: KeyPath = ("economy", "table")


@dataclass
class Outcome:
    """What came of a scenario and of the files that it refers to; sections at fault are None."""

    scenario: Section | None
    inner: dict[str, Section | None]
    files: list[SourceFile]
    table: Path | None
    table_found: bool
    marks: dict[KeyPath, Place]
    faults: list[Fault]
    policy_marks: dict[KeyPath, Place] = field(default_factory=dict)
    changes: list[Dated] = field(default_factory=list)
    arm_set: Mapping[str, Any] = field(default_factory=dict)  # an arm's changes of its policy
    written: Mapping[str, Any] | None = None  # a policy given as a mapping, by the name WRITTEN
    warnings: list[Fault] = field(default_factory=list)

    def resolved(self) -> Resolved:
        past = cast("Policy | None", self.inner["opening_policy"])
        resolved = Resolved(
            cast(Scenario, self.scenario), cast(Policy, self.inner["policy"]), cast(Profile, self.inner["profile"]),
            tuple(dict.fromkeys(self.files)), self.table, self.marks, past, tuple(self.changes),
            tuple(ordered(self.warnings)),
        )
        known = resolved.policy is not None  # a file at fault is judged as far as it goes
        try:
            return resolved.under(with_same_products(resolved.all_policies())) if known else resolved
        except ValueError as error:
            raise InputError([Fault(*place_of(("policy",), self.marks), "policy", str(error))]) from None


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
    outcome = outcome_of(_layers("scenario", reference, allow_outside), policy, overrides, allow_outside, models_with(mechanisms), past)
    if outcome.faults:
        raise InputError(ordered(outcome.faults))
    resolved = outcome.resolved()
    if strict and (refused := resolved.refused_by_strict()):
        raise InputError(ordered(refused))
    return resolved


def _layers(kind: str, source: Source, allow_outside: bool) -> Layered:
    """The layers of a file, or of a mapping that stands for one; what a mapping refers to counts from the working folder."""
    if not isinstance(source, Mapping):
        path = find(kind, source)
        return load_layers(kind, path, shown(path), allow_outside)
    name = f"the {kind} given"
    tree = Tree(name)
    tree.data = plain(source, kind)
    tree.marks = dict.fromkeys(_paths(tree.data), (name, 1, 1))
    tree.keys = {path: place for path, place in tree.marks.items() if path}
    tree.sha256 = hashlib.sha256(json.dumps(tree.data, sort_keys=True).encode()).hexdigest()
    return layers_of(kind, tree, Path.cwd() / name, name, True)


def _paths(value: Any, at: KeyPath = ()) -> Iterator[KeyPath]:
    """Every path of a value made of mappings and lists."""
    yield at
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from _paths(inner, (*at, key))


def load_policy(
    reference: Source, overrides: Sequence[Given] = (), profile: Profile | None = None, changes: Sequence[Any] = ()
) -> tuple[Policy, tuple[Dated, ...]]:
    """A policy alone, by name, path or mapping, with overrides `path=value` (`policy.path=value` too), and its dated changes.

    profile: of the borrowers whom its products are to serve, where they are known. changes: as under `policy_changes` of a
    scenario; each span of months in which one holds has a policy of its own. InputError listing every fault.
    """
    given = reference if isinstance(reference, Mapping) else str(reference)
    arm = Arm.of({"label": "policy", "policy": given, "policy_changes": [*changes]}, 0).at_places({(): (POLICY, 1, 1)})
    layered = Layered("policy", {}, {}, {}, [], {})
    _seat(arm, layered)
    wrong = [Fault(POLICY, 1, 1, dotted(at), what, expected) for at, what, expected in complaints(arm.policy_changes, ("policy_changes",))]
    outcome = Outcome(None, {"profile": profile, "opening_policy": None}, [], None, True, layered.marks, wrong, written=arm.content)
    inside = []
    for text in overrides:
        try:
            override = parse_override(text)
            refuse_change(override)
            inside.append(override.below() if override.parts[0] == "policy" and len(override.parts) > 1 else override)
        except InputError as error:
            outcome.faults += error.faults
    _load_inner("policy", layered, inside, False, outcome, MODELS)
    _meet_needs(layered, outcome)
    if not outcome.faults:
        _load_changes(layered, arm.policy_changes, inside, False, outcome, MODELS)
    if outcome.faults:
        raise InputError(ordered(outcome.faults))
    return cast(Policy, outcome.inner["policy"]), tuple(outcome.changes)


def outcome_of(
    layered: Layered, policy: Source | Arm | None, overrides: Sequence[Given], allow_outside: bool,
    models: Mapping[str, type[Section]] = MODELS, past: Past = "scenario",
) -> Outcome:
    """What comes of a scenario's layers with everything that they refer to, faults included."""
    faults: list[Fault] = []
    inside: dict[str, list[Override]] = {"policy": [], "profile": []}
    own = layered.data.get("policy"), layered.marks.get(("policy",))  # the file's, before anything takes its place
    for text in overrides:
        try:
            override = parse_override(text)
            if override.parts[0] == "policy" and len(override.parts) > 1:
                refuse_change(override)
            if override.parts[0] in inside and len(override.parts) > 1:
                inside[override.parts[0]].append(override.below())
            else:
                _refuse_profile(override)
                apply_override(layered, override)
        except InputError as error:
            faults += error.faults
    written = policy if isinstance(policy, Mapping) else None
    named = WRITTEN if written is not None else str(policy)
    arm = policy if isinstance(policy, Arm) or policy is None else Arm.of(named, 0).at_places({(): (POLICY, 1, 1)})
    _keep_the_past(layered, past, own, arm is not None or bool(inside["policy"]))
    if arm is not None:
        _seat(arm, layered)
    scenario, found = judge(layered, models)
    faults += found
    warnings = list(layered.warnings)
    outcome = Outcome(scenario, {}, list(layered.files), None, True, layered.marks, faults, arm_set={} if arm is None else arm.set)
    outcome.warnings = warnings
    outcome.written = written if written is not None else arm.content if arm is not None else None
    inside["opening_policy"] = [override for override in inside["policy"] if override.parts in OPENING_ONLY]
    for role in REFERRED:
        _load_inner(role, layered, inside[role], allow_outside, outcome, models)
    _meet_needs(layered, outcome)
    if scenario is not None and not faults:
        _load_changes(layered, cast(Scenario, scenario).policy_changes, inside["policy"], allow_outside, outcome, models)
    outcome.faults = faults = list(dict.fromkeys(faults))
    try:
        outcome.table = _table(layered, allow_outside)
    except InputError as error:
        outcome.table_found = False
        faults += error.faults
    return outcome


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
        layered.data["opening_policy"] = policy
        if place is not None:
            layered.marks["opening_policy",] = layered.keys["opening_policy",] = place


def _refuse_profile(override: Override) -> None:
    """The profile is the borrowers': `profile=NAME` is a slip that deserves its own answer."""
    if override.parts == ("profile",):
        raise InputError([Fault(*override.places[0], "profile", "unknown key 'profile'", "", "borrowers.profile")])


def _load_inner(
    role: str, layered: Layered, overrides: list[Override], allow_outside: bool, outcome: Outcome, models: Mapping[str, type[Section]]
) -> None:
    """The policy or profile of a scenario, with its faults; also reported where the scenario names the file."""
    outcome.inner[role] = None
    where = REFERRED[role]
    kind = "profile" if role == "profile" else "policy"
    inner, faults = _read_inner(kind, where, layered, overrides, allow_outside, outcome)
    if inner is None:
        return
    if role == "policy":
        faults += _apply_change(inner, outcome.arm_set, ("arm", "set"), layered, models)
        outcome.policy_marks = inner.marks
    outcome.inner[role], found = judge(inner, models)
    outcome.warnings += [with_prefix(warning, kind) for warning in inner.warnings]
    _blame(outcome, kind, layered, where, [*faults, *found])


def _read_inner(
    kind: str, where: KeyPath, layered: Layered, overrides: list[Override], allow_outside: bool, outcome: Outcome
) -> tuple[Layered | None, list[Fault]]:
    """The layers of a file that the scenario refers to at a path, overrides applied, and the faults of these; None if there is none."""
    reference = layered.value(where)
    if not isinstance(reference, str) or not reference:
        return None, []  # the scenario's own validation says so
    place = place_of(where, layered.marks)
    faults: list[Fault] = []
    written = outcome.written if reference == WRITTEN and kind == "policy" else None
    try:
        folder = _folder(place, layered)
        confined = folder is not None and not allow_outside
        path = resolve(kind, reference, folder, confined, place, dotted(where)) if written is None else None
    except InputError as error:
        outcome.faults += error.faults
        return None, []
    try:
        inner = load_layers(kind, path, shown(path), allow_outside) if path is not None else _layers(kind, written or {}, True)
    except InputError as error:
        _blame(outcome, kind, layered, where, error.faults)
        return None, []
    for override in overrides:
        try:
            apply_override(inner, override)
        except InputError as error:
            faults += error.faults
    outcome.files += inner.files
    return inner, faults


def _blame(outcome: Outcome, kind: str, layered: Layered, where: KeyPath, faults: list[Fault]) -> None:
    """Faults of a file that the scenario refers to; also reported where it does."""
    outcome.faults += [with_prefix(f, kind) for f in faults]
    place = place_of(where, layered.marks)
    if place[0] and layered.value(where) != WRITTEN and any(f.file not in (SET, GIVEN, place[0]) for f in faults):
        outcome.faults.append(Fault(*place, dotted(where), f"the {kind} '{layered.value(where)}' has faults"))


def _load_changes(
    layered: Layered, changes: Sequence[PolicyChange], overrides: list[Override], allow_outside: bool, outcome: Outcome,
    models: Mapping[str, type[Section]],
) -> None:
    """The policy of every span of months that dated changes make."""
    for month in spans(changes):
        active = [k for k, change in enumerate(changes) if change.holds_in(month)]
        named = [k for k in active if changes[k].policy is not None]
        where: KeyPath = ("policy_changes", named[-1], "policy") if named else ("policy",)
        inner, faults = _read_inner("policy", where, layered, overrides, allow_outside, outcome)
        if inner is None:
            continue
        words = []
        if not named:
            faults += _apply_change(inner, outcome.arm_set, ("arm", "set"), layered, models)
        for k in active:
            if not named or k >= named[-1]:
                at: KeyPath = ("policy_changes", k, "set")
                faults += _apply_change(inner, changes[k].set, at, layered, models)
                words += [f"{path} {value}" for path, value in changes[k].set.items()]
        policy, found = judge(inner, models)
        outcome.warnings += [with_prefix(warning, "policy") for warning in inner.warnings]
        if policy is not None and outcome.inner["profile"] is not None:
            found += _unsuited(cast(Policy, policy), cast(Profile, outcome.inner["profile"]), inner.marks)
        _blame(outcome, "policy", layered, where, [*faults, *found])
        if policy is not None:
            title = cast(Policy, policy).title
            outcome.changes.append(Dated(month, cast(Policy, policy), f"{title} with {', '.join(words)}" if words else title))


def _apply_change(
    inner: Layered, values: Mapping[str, Any], at: KeyPath, layered: Layered, models: Mapping[str, type[Section]]
) -> list[Fault]:
    """Put a dated change's values into the policy that is in force."""
    faults: list[Fault] = []
    for path, value in values.items():
        place = place_of((*at, path), layered.marks)
        if at[0] != "arm" and tuple(path.split(".")) in OPENING_ONLY:
            faults.append(Fault(*place, path, "only the opening balance sheet reads this", "a value of the opening policy"))
            continue
        before: Section | None = None
        if is_signed(value):  # a change of the value in force; what else stands there is judged with the whole
            before, _ = judge(inner, models)
            if before is None:
                break
        try:
            apply_override(inner, changed_value(cast("Policy | None", before), path, value, place))
        except InputError as error:
            faults += error.faults
    return faults


def _unsuited(policy: Policy, profile: Profile, marks: Mapping[KeyPath, Place]) -> list[Fault]:
    """What of a policy does not go with the profile's borrowers and their currency."""
    return [*unknown_needs(policy, profile, marks), *beyond_accounts(policy, profile, marks)]


def _meet_needs(layered: Layered, outcome: Outcome) -> None:
    """A policy's products serve needs that the profile knows; also reported where the scenario names the policy."""
    policy, profile, past = outcome.inner["policy"], outcome.inner["profile"], outcome.inner["opening_policy"]
    if policy is None or profile is None:
        return
    if outcome.scenario is not None:
        outcome.faults += beyond_means(cast(Scenario, outcome.scenario), cast(Policy, policy), cast(Profile, profile), layered.marks)
    if past is not None:
        outcome.faults += _unsuited(cast(Policy, past), cast(Profile, profile), {})
    faults = _unsuited(cast(Policy, policy), cast(Profile, profile), outcome.policy_marks)
    outcome.faults += [with_prefix(f, "policy") for f in faults]
    place = place_of(REFERRED["policy"], layered.marks)
    if place[0] and any(f.file not in (SET, GIVEN) for f in faults):
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
    return None if place[0] in COMMAND_LINE else layered.folders.get(place[0])
