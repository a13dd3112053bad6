"""The policies that dated changes make, one for every span of months in which nothing changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from sim.config.fields import Month, Section
from sim.config.validation import whole
from sim.config.yaml_reader import KeyPath
from sim.inputs.changes import PolicyChange
from sim.inputs.layers import Layered, judge_again
from sim.inputs.overlay import Overlay, judged_alone
from sim.inputs.overrides import Override
from sim.inputs.policy import Policy
from sim.inputs.referred import Outcome, blame, read_inner, unsuited
from sim.inputs.schedule import Dated, spans
from sim.inputs.shelf import Shelved


def load_changes(
    layered: Layered, changes: Sequence[PolicyChange], overrides: list[Override], allow_outside: bool, outcome: Outcome,
    models: Mapping[str, type[Section]],
) -> None:
    """The policy of every span of months that dated changes make, of faulty ones by what is sound of them.

    Spans that begin with the same changes share what these come to. Over a policy that cannot be read, every change is
    judged by itself.
    """
    bases: dict[KeyPath, Shelved | None] = {}
    made: dict[tuple[KeyPath, tuple[int, ...]], Overlay] = {}
    alone: set[int] = set()
    words = [", ".join(f"{path} {value}" for path, value in _values(change).items()) for change in changes]
    for month, active in _in_force(changes):
        named = [k for k in active if getattr(changes[k], "policy", None) is not None]
        where: KeyPath = ("policy_changes", named[-1], "policy") if named else ("policy",)
        if where not in bases:
            bases[where] = read_inner("policy", where, layered, overrides, allow_outside, outcome, models)
        base, put = bases[where], tuple(k for k in active if not named or k >= named[-1])
        if base is None or base.inner is None or base.judged is None or not base.usable:
            for k in {*put} - alone:
                outcome.blame_values(judged_alone(_values(changes[k]), ("policy_changes", k, "set"), layered, models))
            alone |= {*put}
            continue
        if (where, ()) not in made:
            first = made[where, ()] = Overlay(base.inner.copy(), models)
            first.faults += base.faults
            if not named:
                first.put(outcome.arm_set, ("arm", "set"), layered)
        shared = next(k for k in range(len(put), -1, -1) if (where, put[:k]) in made)
        now = made[where, put[:shared]].copy()
        for k in put[shared:]:
            now.put(_values(changes[k]), ("policy_changes", k, "set"), layered)
        made[where, put] = now
        judged = judge_again(now.inner, base.judged, now.changed, models)
        outcome.keep(judged, now.inner.marks, "policy")
        unfit = unsuited(judged.part, outcome.sound.get("profile", (None, {}))[0], now.inner.marks) if now.inner.complete else []
        blame(outcome, "policy", layered, where, [*now.faults, *unfit, *judged.faults], now.inner)
        if judged.section is not None and month is not None:
            policy, said = cast(Policy, judged.section), ", ".join(words[k] for k in put if words[k])
            outcome.changes.append(Dated(month, policy, f"{policy.title} with {said}" if said else policy.title))


def _values(change: PolicyChange) -> Mapping[str, Any]:
    """What a change sets, nothing where that is at fault."""
    values: Mapping[str, Any] = getattr(change, "set", {})
    return values


def _in_force(changes: Sequence[PolicyChange]) -> Iterator[tuple[Month | None, list[int]]]:
    """The changes in force from each month on in which one begins or ends; one that never is, by itself, in no month."""
    sound = [k for k, change in enumerate(changes) if whole(change)]
    held: set[int] = set()
    for month in spans([changes[k] for k in sound]):
        active = [k for k in sound if changes[k].holds_in(month)]
        held |= {*active}
        yield month, active
    yield from ((None, [k]) for k in range(len(changes)) if k not in held)
