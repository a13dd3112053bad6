"""Which policy is in force when: the one that built the book, the one that takes over in month 1, and dated changes.

A policy is loaded once for every span of months in which nothing changes. Accounts outlive a policy, so all policies of
a run list the same products in the same order: what one of them does not know is carried along, not offered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from sim.config.faults import Fault, InputError, shown_value
from sim.config.fields import Month, is_rate, percentage
from sim.config.yaml_reader import KeyPath, Place, PlusFloat, PlusInt, Tree, scalar
from sim.inputs.offers import MOST_PRODUCTS
from sim.inputs.overrides import Override
from sim.inputs.policy import Policy

OPENING_ONLY = (("funding", "capital_ratio"), ("funding", "utilisation"))
"""Values of a policy that only the opening balance sheet reads."""


@dataclass(frozen=True)
class Dated:
    """A policy that takes over in a month, and the words for it."""

    first: Month
    policy: Policy
    words: str


def differences(old: Policy, new: Policy) -> dict[str, tuple[Any, Any]]:
    """Values by path in which two policies differ, old and new; None where one of them has none."""
    before, after = _flat(old), _flat(new)
    paths = [path for path in {**before, **after} if path.split(".")[0] not in ("title", "description", "extends")]
    return {path: (before.get(path), after.get(path)) for path in paths if before.get(path) != after.get(path)}


def _flat(section: Any, at: str = "") -> dict[str, Any]:
    values = section.model_dump(mode="json") if isinstance(section, BaseModel) else section
    pairs = values.items() if isinstance(values, dict) else enumerate(values)
    found: dict[str, Any] = {}
    for key, value in pairs:
        path = f"{at}{key}"
        found |= _flat(value, f"{path}.") if isinstance(value, dict | list) else {path: value}
    return found


def with_same_products(policies: Sequence[Policy]) -> list[Policy]:
    """The policies, each with the products of all of them in one order. ValueError where an account has no room for so many."""
    offers: dict[str, Any] = {}
    for policy in policies:
        for name, offer in policy.products.items():
            offers.setdefault(name, offer)
    if len(offers) > MOST_PRODUCTS:
        raise ValueError(
            f"the policies of one run know {len(offers)} products together ({', '.join(offers)}); at most {MOST_PRODUCTS}, "
            "or a past of each policy's own (--own-past)"
        )
    joined = []
    for policy in policies:
        own = {name: policy.products.get(name, offer.model_copy(update={"offered": False})) for name, offer in offers.items()}
        joined.append(policy if own == policy.products and [*own] == [*policy.products] else policy.model_copy(update={"products": own}))
    return joined


def is_signed(given: Any) -> bool:
    """Whether a value is written as a change."""
    return _signed(given) is not None


def changed_value(policy: Policy | None, path: str, given: Any, place: Place) -> Override:
    """An override of a policy's value; a number with a sign is added to the value in force. InputError where it cannot be.

    policy: in force; None will do for a value without a sign.
    """
    parts = tuple(path.split("."))
    if parts[-1] == "extends":
        raise InputError([Fault(*place, path, "what a file extends cannot be changed", "policy: another policy")])
    sign = _signed(given)
    tree = Tree(place[0])
    tree.data, tree.marks[()] = given, place
    if sign is not None and policy is not None:
        tree.data = _moved(policy, parts, sign, given, place)
    return Override(parts, (place,) * len(parts), tree)


def _signed(given: Any) -> str | None:
    """The text of a value that is a change, None for a value as it stands."""
    if isinstance(given, bool):
        return None
    text = given.strip() if isinstance(given, str) else f"+{given!r}" if isinstance(given, PlusInt | PlusFloat) else repr(given)
    return text if text[:1] in ("+", "-") else None


def _moved(policy: Policy, parts: KeyPath, text: str, given: Any, place: Place) -> Any:
    path = ".".join(str(p) for p in parts)

    def wrong(message: str, expected: str) -> InputError:
        return InputError([Fault(*place, path, message, expected)])

    here, field = _at(policy, parts)
    if here is None and field is not None:
        raise wrong(f"{shown_value(given)} would change a value, and there is none", "the value itself, without a sign")
    if here is None or isinstance(here, bool) or not isinstance(here, int | float) or field is None:
        return given  # no number stands there: the validation of the whole says what was expected
    rate = is_rate(field)
    change = percentage(text, "pp") if rate else scalar(text)
    if change is None and rate:
        bare = scalar(text)
        change = bare if isinstance(bare, int | float) and abs(bare) <= 1 else None
    if not isinstance(change, int | float):
        example = "+5pp or -0.05" if rate else "+20 or -20"
        raise wrong(f"{shown_value(given)} is no change of {here:g}", example)
    moved = here + change
    return moved if isinstance(moved, int) else round(moved, 12)


def _at(policy: Policy, parts: KeyPath) -> tuple[Any, FieldInfo | None]:
    """The value at a path and its field; (None, None) where the path leads nowhere."""
    here: Any = policy
    field: FieldInfo | None = None
    for part in parts:
        if isinstance(here, BaseModel) and part in type(here).model_fields:
            field = type(here).model_fields[str(part)]
            here = getattr(here, str(part))  # AttributeError where the policy is what is left of a faulty one
        elif isinstance(here, dict) and part in here:
            here = here[part]
        elif isinstance(here, list) and str(part).isdecimal() and int(part) < len(here):
            here = here[int(part)]
        else:
            return None, None
    return here, field


def spans(changes: Sequence[Any]) -> list[Month]:
    """Months in which something changes, in order."""
    found = {change.first for change in changes} | {change.until for change in changes if change.until is not None}
    return sorted(cast(set[Month], found))
