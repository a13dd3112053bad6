"""A scenario with everything that it refers to, validated: what a run begins from."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from sim.config.faults import Fault
from sim.config.validation import place_of
from sim.config.yaml_reader import KeyPath, Place
from sim.economy.tables import read_table
from sim.inputs.changes import Arm
from sim.inputs.layers import SourceFile
from sim.inputs.policy import Policy
from sim.inputs.profile import Profile
from sim.inputs.scenario import Scenario
from sim.inputs.schedule import OPENING_ONLY, Dated, differences, with_same_products

Past = Literal["scenario", "stated", "own"]  # whose policy built the book: see loading.load_scenario


def refuse_more(**given: Any) -> None:
    """ValueError where arguments that belong to loading are given beside an input that is loaded already."""
    if more := [name for name, value in given.items() if value]:
        raise ValueError(
            f"the scenario is resolved already, so {', '.join(more)} can no longer be applied: give the scenario by name or file, "
            "or resolve it with them (load_scenario)"
        )


@dataclass(frozen=True)
class Resolved:
    """A scenario with its policy and profile, validated; ready to run.

    policy: in force from month 1. table_path: the economy's table, if it has one. marks: where each value of the scenario
    stands. opening_policy: under which the book was built, None for the same; changes: dated ones, in order. warnings: what
    is allowed and doubtful, each placed.
    """

    scenario: Scenario
    policy: Policy
    profile: Profile
    files: tuple[SourceFile, ...]
    table_path: Path | None
    marks: dict[KeyPath, Place]
    opening_policy: Policy | None = None
    changes: tuple[Dated, ...] = ()
    warnings: tuple[Fault, ...] = ()

    def past(self) -> str:
        """The sentence that says under which policy the opening book was built, and what came afterwards."""
        built = f"The opening book was built under {(self.opening_policy or self.policy).title}"
        if self.opening_policy is not None:
            built += f"; {self.policy.title} took over in month 1"
        return built + "".join(f"; {change.words} from {change.first}" for change in self.changes) + "."

    def all_policies(self) -> list[Policy]:
        """The policies of the run in the order of their months: the past's, month 1's, the dated ones."""
        return [self.opening_policy or self.policy, self.policy, *(change.policy for change in self.changes)]

    def late(self) -> dict[str, str]:
        """Shocks and changes of policy that begin after the last month and so are left out: by path, what is said of each."""
        scenario = self.scenario
        first = scenario.start or (read_table(self.table_path, "", scenario.economy.table_units).start if self.table_path else None)
        if first is None:
            return {}
        last = first.shift(scenario.months - 1)
        after = f"begins after the last month, {last}"
        found = {
            f"shocks.{k}.start": f"the shock of {s.variable} in {s.start} {after}"
            for k, s in enumerate(scenario.shocks) if s.start > last
        }
        return found | {
            f"policy_changes.{k}.from": f"the change of policy in {c.first} {after}"
            for k, c in enumerate(scenario.policy_changes) if c.first > last
        }

    def refused_by_strict(self) -> list[Fault]:
        """What a run passes over or only warns of, as faults."""
        late = [Fault(*self.mark(at), at, what, "a month of the run, or no --strict") for at, what in self.late().items()]
        return [*late, *(replace(warning, warning=False) for warning in self.warnings)]

    def unused(self) -> list[str]:
        """What the files say and this run does not use, a sentence each; the loops that are switched off in one."""
        late = [f"{what[0].upper()}{what[1:]}, and is left out." for what in self.late().values()]
        off = [name for name, gain in self.scenario.mechanisms if gain == 0]
        switched = [f"Switched off: {', '.join(off)}."] if off and self.scenario.script is None else []
        return [*late, *switched, *self._struck_otherwise()]

    def _struck_otherwise(self) -> list[str]:
        """What policies say for an opening balance sheet, where it was struck under another."""
        past = self.opening_policy or self.policy
        found = []
        for policy in self.all_policies():
            for path, (struck, own) in differences(past, policy).items():
                if tuple(path.split(".")) in OPENING_ONLY:
                    why = f"the opening balance sheet is struck under {past.title} ({struck:g})"
                    found.append(f"{path} of {policy.title} ({own:g}) is not used: {why}; --own-past uses it.")
        return list(dict.fromkeys(found))

    def under(self, policies: Sequence[Policy]) -> Resolved:
        """The same with these policies in the place of `all_policies`."""
        past, first, *later = policies
        changes = tuple(replace(change, policy=policy) for change, policy in zip(self.changes, later, strict=True))
        return replace(self, policy=first, opening_policy=None if past is first or past == first else past, changes=changes)

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
            "opening_policy": (self.opening_policy or self.policy).model_dump(mode="json"),
            "policy_changes": [
                {"from": str(c.first), "what": c.words, "policy": c.policy.model_dump(mode="json")} for c in self.changes
            ],
            "profile": self.profile.model_dump(mode="json"),
            "files": [f.__dict__ for f in self.files],
        }


def with_one_past(past: Policy, arms: Sequence[Resolved]) -> list[Resolved]:
    """The same inputs, all with one opening policy; every policy of them lists the products of all."""
    each = [arm.all_policies()[1:] for arm in arms]
    joined = with_same_products([past, *(policy for policies in each for policy in policies)])
    shared, rest, found = joined[0], joined[1:], []
    for arm, policies in zip(arms, each, strict=True):
        own, rest = rest[: len(policies)], rest[len(policies) :]
        found.append(arm.under([shared, *own]))
    return found


def alike(given: Sequence[Arm], arms: Sequence[Resolved]) -> Iterator[Fault]:
    """Arms that come to the same policies in the same months: what would be told of them are differences of exactly nothing."""
    first: dict[tuple[Any, ...], str] = {}
    for k, (arm, resolved) in enumerate(zip(given, arms, strict=True)):
        lived = (("", resolved.policy), *((str(change.first), change.policy) for change in resolved.changes))
        content = tuple((month, policy.model_dump_json(exclude={"title", "description", "extends"})) for month, policy in lived)
        if content in first:
            message = f"'{arm.name}' comes to the same as '{first[content]}' before it, so that they would differ in nothing"
            yield Fault(*arm.places.get((), (f"policy {k + 1}", 1, 1)), "", message, "policies that differ")
        first.setdefault(content, arm.name)
