"""Under which policies a branch of a run goes on: the one given from next month on, and dated changes that are still to come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sim.config.faults import Fault, InputError
from sim.config.fields import Month
from sim.inputs import Source
from sim.inputs.loading import load_policy
from sim.inputs.overrides import Given
from sim.inputs.schedule import differences, with_same_products
from sim.setup import Setup, Turn, dated_turns

Changes = Sequence[Mapping[str, Any]]
"""Dated changes of a policy, each with the keys that a scenario gives it."""


def under_policy(setup: Setup, month: int, policy: Source, overrides: Sequence[Given], changes: Changes | None) -> Setup:
    """The setup of a run that has lived `month` months and goes on under a policy; see `LendingModel.branch`.

    InputError for a faulty policy or change, ValueError for a product that the accounts do not know.
    """
    in_force = setup.policy_at(month)
    new, dated = load_policy(policy, overrides, setup.profile, changes or ())
    _refuse_other_months(changes or (), setup, month)
    _, new, *later = with_same_products([in_force, new, *(change.policy for change in dated)])
    if more := [name for name in new.products if name not in in_force.products]:
        raise ValueError(f"a branch keeps its accounts, which know {', '.join(in_force.products)} and not {', '.join(more)}")
    if changes is None and month and not differences(new, in_force):
        return setup
    resolved = replace(setup.resolved, policy=new)
    past = [turn for turn in setup.schedule if turn.month <= month]
    ahead = [turn for turn in setup.schedule if turn.month > month]
    if changes is not None or differences(new, setup.resolved.policy):
        own = tuple(replace(change, policy=joined) for change, joined in zip(dated, later, strict=True))
        resolved, ahead = replace(resolved, changes=own), [*dated_turns(own, setup.conditions)]
    if not any(turn.month == month + 1 for turn in ahead):
        ahead = [Turn(month + 1, new, new.title), *ahead]
    return replace(setup, resolved=resolved, schedule=(*past, *ahead))


def _refuse_other_months(changes: Changes, setup: Setup, month: int) -> None:
    """InputError where dated changes do not begin in the months that are still to come."""
    first, last = (setup.conditions.label(m) for m in (month + 1, setup.conditions.months))
    begin = [str(Month.parse(str(change["from"]))) for change in changes]
    faults = [
        Fault("", 1, 1, f"policy_changes.{k}.from", f"{given} is no month that is still to come", f"{first} to {last}")
        for k, given in enumerate(begin) if not first <= given <= last
    ]
    if faults:
        raise InputError(faults)
