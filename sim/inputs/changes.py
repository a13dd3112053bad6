"""Dated changes of policy: what a scenario or an arm of an experiment says of them, and what it may not say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field, PrivateAttr, create_model

from sim.config.faults import InputError
from sim.config.fields import Month, PolicyReference, Section, Text
from sim.config.validation import validate
from sim.config.yaml_reader import KeyPath, Place, PlusFloat, PlusInt
from sim.inputs.plain import plain

WRITTEN = "the policy given"  # in the place of a policy's name, where a mapping says what its file would
Complaint = tuple[KeyPath, str, str]


def _with_signs(values: Any) -> Any:
    """Values as they were written: a number's plus says that it is a change. Mappings in them are paths too."""
    if not isinstance(values, dict):
        return values
    flat: dict[str, Any] = {}
    for path, value in values.items():
        if isinstance(value, dict):
            flat |= {f"{path}.{inner}": v for inner, v in _with_signs(value).items()}
        else:
            flat[path] = f"+{value!r}" if isinstance(value, PlusInt | PlusFloat) else value
    return flat


MOST_CHANGES, MOST_VALUES = 60, 50  # dated changes of a run, values that one of them sets: each date loads its policy anew
Values = Annotated[dict[str, Any], Field(max_length=MOST_VALUES), BeforeValidator(_with_signs)]


class _Change(Section):
    """A policy, or changes to the one in force, from a month on."""

    if TYPE_CHECKING:
        until: Month | None

    @property
    def first(self) -> Month:
        """First month in which it holds."""
        month: Month = getattr(self, "from")
        return month

    def holds_in(self, month: Month) -> bool:
        """Whether it is in force in a month."""
        return self.first <= month and (self.until is None or month < self.until)


_POLICY = "policy that takes over, by name or path; left out, the one in force is changed"
_SET = "values of the policy by path; a number with a sign (+20, -5pp) is added to the value in force"

if TYPE_CHECKING:

    class PolicyChange(_Change):
        policy: str | None
        set: dict[str, Any]

else:
    PolicyChange = create_model(
        "PolicyChange",
        __base__=_Change,
        __doc__=_Change.__doc__,
        **{
            "from": (Month, Field(description="first month in which it holds")),
            "until": (Month | None, Field(default=None, description="first month in which it no longer holds; left out, it stays")),
            "policy": (PolicyReference | None, Field(default=None, description=_POLICY)),
            "set": (Values, Field(default_factory=dict, description=_SET)),
        },
    )


Changes = Annotated[list[PolicyChange], Field(max_length=MOST_CHANGES)]


class Arm(Section):
    """One side of a comparison: a policy, changes to it, and what changes on the way."""

    label: Text | None = Field(default=None, description="what tables call it; left out, the policy's file name")
    policy: PolicyReference | None = Field(default=None, description="policy, by name or path; left out, the scenario's own")
    set: Values = Field(default_factory=dict, description=_SET)
    policy_changes: Changes = Field(default_factory=list, description="dated changes, in the place of the scenario's")
    _places: dict[KeyPath, Place] = PrivateAttr(default_factory=dict)
    _content: Mapping[str, Any] | None = PrivateAttr(default=None)

    @classmethod
    def of(cls, given: str | Path | Mapping[str, Any] | Arm, number: int) -> Arm:
        """An arm from a policy's name or path, a mapping with the keys of an arm, or one that says what a policy file would.

        number: from 1, the arm's place among its like, for messages. InputError listing every fault.
        """
        if isinstance(given, Arm):
            return given
        given = plain(given, f"policy {number}") if isinstance(given, Mapping) else {"policy": str(given)}
        content: Mapping[str, Any] | None = None
        if given and not {*given} & {*cls.model_fields}:  # no key of a policy's file is one of an arm's
            content, given = given, {"label": str(given.get("title", f"policy {number}"))}
        elif isinstance(given.get("policy"), Mapping):
            content = given["policy"]
        if content is not None:
            given = {"label": str(content.get("title", f"policy {number}")), **given, "policy": WRITTEN}
        name: Place = (f"policy {number}", 1, 1)
        arm, faults, _ = validate(cls, dict(given), {(): name}, {})
        if arm is None:
            raise InputError(faults)
        arm._content = content
        return arm.at_places({(): name})

    @property
    def content(self) -> Mapping[str, Any] | None:
        """What the policy's file would say, where it is given as a mapping."""
        return self._content

    def at_places(self, places: Mapping[KeyPath, Place]) -> Arm:
        """The same arm, knowing where its values stand."""
        self._places.update(places)
        return self

    @property
    def places(self) -> Mapping[KeyPath, Place]:
        """Where its values stand in a file; empty for what no file says."""
        return self._places

    @property
    def name(self) -> str:
        """Its label, else the policy's file name with what changes."""
        if self.label is not None:
            return self.label
        words = [f"{path} {value}" for path, value in self.set.items()]
        for change in self.policy_changes:
            words.append(f"{change.policy or ', '.join(f'{p} {v}' for p, v in change.set.items())} from {change.first}")
        return " + ".join([Path(self.policy).stem if self.policy is not None else "own policy", *words])


def complaints(changes: Sequence[PolicyChange], at: KeyPath) -> Iterator[Complaint]:
    """What in dated changes does not go together; at: where they stand. Faulty values, which are missing, are passed over."""
    before: Month | None = None
    for k, change in enumerate(changes):
        here = (*at, k)
        first: Month | None = getattr(change, "from", None)
        until: Month | None = getattr(change, "until", None)
        if getattr(change, "policy", "faulty") is None and not getattr(change, "set", "faulty"):
            yield here, "a change that changes nothing", "policy: a name, or set: values by path"
        if first is not None and until is not None and until <= first:
            yield (*here, "until"), f"{until} is not after {first}", "a later month: the first in which it no longer holds"
        if first is not None and before is not None and first < before:
            yield (*here, "from"), f"{first} lies before the change above it", "changes in the order of their months"
        before = first
