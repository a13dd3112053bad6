"""The files that a scenario refers to: its policies, its profile, its table, each with its faults, told also where it is named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from sim.config.faults import Fault, InputError, nearest, ordered
from sim.config.fields import Month, Section
from sim.config.references import find, find_table, resolve
from sim.config.shipped import shown
from sim.config.validation import MANY, place_of, whole
from sim.config.yaml_reader import KeyPath, Place, dotted
from sim.economy.conditions import condition_faults
from sim.economy.variables import VARIABLES
from sim.inputs.changes import WRITTEN, PolicyChange
from sim.inputs.checks import beyond_accounts, beyond_means, unknown_needs
from sim.inputs.doubts import doubts
from sim.inputs.layers import Judged, Layered, SourceFile, judge, layers_of, load_layers
from sim.inputs.overrides import COMMAND_LINE, SET, Override, apply_override, with_prefix
from sim.inputs.plain import GIVEN, given_tree
from sim.inputs.policy import Policy
from sim.inputs.profile import Profile
from sim.inputs.resolved import Resolved
from sim.inputs.scenario import Scenario
from sim.inputs.schedule import OPENING_ONLY, Dated, changed_value, is_signed, spans, with_same_products

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
    marks: dict[KeyPath, Place]
    faults: list[Fault]
    # what is sound of each file that could be read with all its parents, and where its values stand
    sound: dict[str, tuple[Section, Mapping[KeyPath, Place]]] = field(default_factory=dict)
    changes: list[Dated] = field(default_factory=list)
    arm_set: Mapping[str, Any] = field(default_factory=dict)  # an arm's changes of its policy
    written: Mapping[str, Any] | None = None  # a policy given as a mapping, by the name WRITTEN
    # each section without a fault, where its values stand, and what its paths begin with where no file says them
    faultless: list[tuple[Section, Mapping[KeyPath, Place], str]] = field(default_factory=list)

    def keep(self, judged: Judged, marks: Mapping[KeyPath, Place], prefix: str = "") -> None:
        """Remember a section for its warnings, if it has no fault: what is wrong says more than what is doubtful."""
        if judged.section is not None:
            self.faultless.append((judged.section, marks, prefix))

    def warnings(self) -> list[Fault]:
        """What of the sections without a fault is allowed and doubtful, each said once; judged once all faults are known."""
        return ordered(
            with_prefix(doubt, prefix) if prefix else doubt
            for section, marks, prefix in self.faultless for doubt in doubts(section, marks)
        )

    def resolved(self) -> Resolved:
        past = cast("Policy | None", self.inner["opening_policy"])
        resolved = Resolved(
            cast(Scenario, self.scenario), cast(Policy, self.inner["policy"]), cast(Profile, self.inner["profile"]),
            tuple(dict.fromkeys(self.files)), self.table, self.marks, past, tuple(self.changes), tuple(self.warnings()),
        )
        known = resolved.policy is not None  # a file at fault is judged as far as it goes
        try:
            return resolved.under(with_same_products(resolved.all_policies())) if known else resolved
        except ValueError as error:
            raise InputError([Fault(*place_of(("policy",), self.marks), "policy", str(error))]) from None


def layers_from(kind: str, source: Source, allow_outside: bool) -> Layered:
    """The layers of a file, or of a mapping that stands for one; what a mapping refers to counts from the working folder."""
    if not isinstance(source, Mapping):
        path = find(kind, source)
        return load_layers(kind, path, shown(path), allow_outside)
    tree = given_tree(source, kind)
    return layers_of(kind, tree, Path.cwd() / tree.file, tree.file, True)


def load_inner(
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
    judged = judge(inner, models)
    outcome.inner[role] = judged.section
    outcome.keep(judged, inner.marks, kind)
    if inner.complete:
        outcome.sound[role] = judged.part, inner.marks
    _blame(outcome, kind, layered, where, [*faults, *judged.faults], inner)


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
        inner = load_layers(kind, path, shown(path), allow_outside) if path is not None else layers_from(kind, written or {}, True)
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


def _blame(
    outcome: Outcome, kind: str, layered: Layered, where: KeyPath, faults: list[Fault], inner: Layered | None = None
) -> None:
    """Faults of a file that the scenario refers to; also reported where it does, unless they are of what others put into it.

    inner: the file's layers; None where it cannot be read, so that all faults are its own.
    """
    outcome.faults += [with_prefix(f, kind) for f in faults]
    place = place_of(where, layered.marks)
    if place[0] and layered.value(where) != WRITTEN and any(inner is None or f.file in inner.folders for f in faults):
        outcome.faults.append(Fault(*place, dotted(where), f"the {kind} '{layered.value(where)}' has faults"))


def load_changes(
    layered: Layered, changes: Sequence[PolicyChange], overrides: list[Override], allow_outside: bool, outcome: Outcome,
    models: Mapping[str, type[Section]],
) -> None:
    """The policy of every span of months that dated changes make, of faulty ones by what is sound of them."""
    for month, active in _in_force(changes):
        named = [k for k in active if getattr(changes[k], "policy", None) is not None]
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
                values = getattr(changes[k], "set", {})
                faults += _apply_change(inner, values, at, layered, models)
                words += [f"{path} {value}" for path, value in values.items()]
        judged = judge(inner, models)
        outcome.keep(judged, inner.marks, "policy")
        if inner.complete:
            faults += unsuited(judged.part, outcome.sound.get("profile", (None, {}))[0], inner.marks)
        _blame(outcome, "policy", layered, where, [*faults, *judged.faults], inner)
        if judged.section is not None and month is not None:
            policy = cast(Policy, judged.section)
            outcome.changes.append(Dated(month, policy, f"{policy.title} with {', '.join(words)}" if words else policy.title))


def _in_force(changes: Sequence[PolicyChange]) -> Iterator[tuple[Month | None, list[int]]]:
    """The changes in force from each month on in which one begins or ends; one that never is, by itself, in no month."""
    sound = [k for k, change in enumerate(changes) if whole(change)]
    held: set[int] = set()
    for month in spans([changes[k] for k in sound]):
        active = [k for k in sound if changes[k].holds_in(month)]
        held |= {*active}
        yield month, active
    yield from ((None, [k]) for k in range(len(changes)) if k not in held)


def _apply_change(
    inner: Layered, values: Mapping[str, Any], at: KeyPath, layered: Layered, models: Mapping[str, type[Section]]
) -> list[Fault]:
    """Put a dated change's values into the policy that is in force."""
    faults: list[Fault] = []
    before: Section | None = None  # the policy in force, judged anew where a value that is to be changed has just been set
    done: list[str] = []
    for path, value in values.items():
        place = place_of((*at, path), layered.marks)
        if at[0] != "arm" and tuple(path.split(".")) in OPENING_ONLY:
            faults.append(Fault(*place, path, "only the opening balance sheet reads this", "a value of the opening policy"))
            continue
        if is_signed(value) and (before is None or any(path.startswith(f"{earlier}.") for earlier in done)):
            before = judge(inner, models).part
        try:
            apply_override(inner, changed_value(cast("Policy | None", before), path, value, place))
        except InputError as error:
            faults += error.faults
        except AttributeError:  # the value in force is at fault: what it changes to, nobody knows
            continue
        done.append(path)
    return faults


def meet_needs(layered: Layered, outcome: Outcome) -> None:
    """Policies suit the profile's borrowers and their currency; also reported where the scenario names the policy."""
    profile, _ = outcome.sound.get("profile", (None, {}))
    for role in ("opening_policy", "policy"):
        policy, marks = outcome.sound.get(role, (None, {}))
        faults = unsuited(policy, profile, marks)
        outcome.faults += [with_prefix(f, "policy") for f in faults]
        place, path = place_of(REFERRED[role], layered.marks), dotted(REFERRED[role])
        told = any((f.file, f.line, f.column) == place and f.path == path for f in outcome.faults)
        if place[0] and not told and any(f.file not in (SET, GIVEN) for f in faults):
            outcome.faults.append(Fault(*place, path, "the policy does not suit the profile's borrowers"))


def unsuited(policy: Section | None, profile: Section | None, marks: Mapping[KeyPath, Place]) -> list[Fault]:
    """What of a policy does not go with the profile's borrowers and their currency, as far as both can be read."""
    if policy is None or profile is None:
        return []
    found: list[Fault] = []
    for check in (unknown_needs, beyond_accounts):
        with suppress(AttributeError):
            found += check(cast(Policy, policy), cast(Profile, profile), marks)
    return found


def meet_means(layered: Layered, scenario: Section, outcome: Outcome) -> None:
    """A scripted loan can be paid out, as far as the scenario, its policy and its profile can be read; scenario: what is sound of it."""
    policy, profile = (outcome.sound.get(role, (None, {}))[0] for role in ("policy", "profile"))
    if policy is not None and profile is not None:
        with suppress(AttributeError):
            outcome.faults += beyond_means(cast(Scenario, scenario), cast(Policy, policy), cast(Profile, profile), layered.marks)


def load_table(layered: Layered, allow_outside: bool, outcome: Outcome) -> None:
    """The table that the scenario names, and whether there is none at fault."""
    try:
        outcome.table = _table(layered, allow_outside)
    except InputError as error:
        outcome.faults += error.faults


def judge_conditions(layered: Layered, scenario: Section, outcome: Outcome) -> None:
    """Faults that only show when the macro paths are put together: of a table, of shocks that leave their range.

    scenario: what is sound of it. What other checks have said of a value is not said again.
    """

    def mark(path: str) -> Place:
        return place_of(tuple(int(part) if part.isdigit() else part for part in path.split(".")), layered.marks)

    given = layered.value(("shocks",))
    words = [shock.get("variable") for shock in given if isinstance(shock, dict)] if isinstance(given, list) else []
    misspelt = dict.fromkeys(word for word in words if isinstance(word, str) and word not in VARIABLES)
    doubtful = {nearest(word, VARIABLES) for word in [*misspelt][:MANY]}
    said = {(f.file, f.line, f.column, f.path) for f in outcome.faults}
    found = condition_faults(scenario, outcome.table, mark, doubtful)
    outcome.faults += [f for f in found if (f.file, f.line, f.column, f.path) not in said]


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
