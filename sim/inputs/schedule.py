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

from sim.config import slips
from sim.config.faults import Fault, InputError, shown_value
from sim.config.fields import Month, is_rate, percentage
from sim.config.ranges import numbers_in
from sim.config.validation import UNKNOWN
from sim.config.yaml_reader import Place, PlusFloat, PlusInt, Tree, scalar
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


def value_given(path: str, value: Any, place: Place) -> Override:
    """The override that puts a value at a path of a policy, both standing at a place. InputError where none can stand there."""
    parts = tuple(path.split("."))
    if parts[-1] == "extends":
        raise InputError([Fault(*place, path, "what a file extends cannot be changed", "policy: another policy")])
    tree = Tree(place[0])
    tree.data, tree.marks[()] = value, place
    return Override(parts, (place,) * len(parts), tree)


def signed(given: Any) -> str | None:
    """The text of a value that is a change, None for a value as it stands."""
    if isinstance(given, bool) or (type(given) in (int, float) and given >= 0):
        return None
    text = given.strip() if isinstance(given, str) else f"+{given!r}" if isinstance(given, PlusInt | PlusFloat) else repr(given)
    return text if text[:1] in ("+", "-") else None


def moved(here: Any, field: FieldInfo | None, text: str, given: Any, path: str, place: Place) -> Any:
    """The value in force with a change added to it; InputError where it is none.

    here, field: the value and what holds it. text: of the change. What stands on no number is handed back as it is given:
    the policy's own validation says what was expected. None where the value in force is UNKNOWN, and so what it changes to.
    """

    def wrong(message: str, expected: str) -> InputError:
        return InputError([Fault(*place, path, message, expected)])

    if here is None and field is not None:
        raise wrong(f"{shown_value(given)} would change a value, and there is none", "the value itself, without a sign")
    known = here is not UNKNOWN
    if field is None or isinstance(here, bool) or (known and not isinstance(here, int | float)):
        return given
    if not known and not numbers_in(field):
        return None
    rate = is_rate(field)
    change = percentage(text, "pp") if rate else scalar(text)
    if change is None and rate:
        bare = scalar(text)
        change = bare if isinstance(bare, int | float) and abs(bare) <= 1 else None
    if not isinstance(change, int | float):
        slip = slips.of_number(text)
        hint = f"; write {text[:-1].rstrip()}pp" if rate and percentage(text, "%") is not None else slip.words if slip is not None else ""
        example = ("+5pp or -0.05" if rate else "+20 or -20") + hint
        raise wrong(f"{shown_value(given)} is no change of {f'{here:g}' if known else 'a rate' if rate else 'a number'}", example)
    if not known:
        return None
    total = here + change
    if isinstance(total, int):
        return total
    total = round(total, 12)
    one_reading = not rate or abs(total) <= 1  # a bare 1.5 would have two
    return total if one_reading else f"{100 * total:.10f}".rstrip("0").rstrip(".") + "%"


def spans(changes: Sequence[Any]) -> list[Month]:
    """Months in which something changes, in order."""
    found = {change.first for change in changes} | {change.until for change in changes if change.until is not None}
    return sorted(cast(set[Month], found))
