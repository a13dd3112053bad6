"""Replacing a behavioural rule without touching the package: `LendingModel(..., rules={"willingness": my_rule})`.

A rule that is given takes the place of the default of the same name wherever a phase calls it; only the phases that name
it are compiled anew, and kept on disk like all others. The rules of a mechanism from outside the package are replaced in
the same way.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

from sim import month
from sim.config.faults import nearest
from sim.engine.declare import Mechanism
from sim.engine.luck import further_arguments
from sim.numerics.compile import Phase, Rule, Swaps, named

Rules = Mapping[str, Callable[..., Any]]
BEHAVIOUR = ("sim.mechanisms.", "sim.accounts.", "sim.lender.")  # rooms whose rules are behaviour; the others are arithmetic


def replaceable(mechanisms: Iterable[Mechanism] = ()) -> dict[str, Rule]:
    """The rules of behaviour that the month and the opening call, by name.

    mechanisms: from outside the package; their rules come after the package's own, and one whose name is taken is
    `mechanism.rule`.
    """
    found = dict(_of_the_package())
    for mechanism in mechanisms:
        for rule in _called([*mechanism.sample, *mechanism.phases], lambda module: not module.startswith("sim.")):
            if rule not in found.values():
                found[rule.name if rule.name not in found else f"{mechanism.name}.{rule.name}"] = rule
    return found


@lru_cache(maxsize=1)
def _of_the_package() -> dict[str, Rule]:
    phases = month.phases(month.SAMPLE, month.MOMENTS, month.LIVE, month.SERVE, [month.SEASON, month.BOOK])
    found: dict[str, Rule] = {}
    for rule in _called(phases, lambda module: module.startswith(BEHAVIOUR)):
        found.setdefault(rule.name, rule)
    return dict(sorted(found.items()))


def _called(phases: Iterable[Phase], of_behaviour: Callable[[str], bool]) -> list[Rule]:
    """The rules of behaviour that phases call, themselves or through others; of_behaviour: whether a module's rules are such."""
    found: dict[Rule, None] = {}

    def collect(function: Any) -> None:
        for value in named(function).values():
            if isinstance(value, Rule) and of_behaviour(value.py_func.__module__) and value not in found:
                found[value] = None
                collect(value)

    for phase in phases:
        collect(phase)
    return list(found)


def arguments_of(rule: Callable[..., Any]) -> list[str]:
    """Names of a rule's arguments."""
    return list(inspect.signature(getattr(rule, "py_func", rule)).parameters)


def rules_given(rules: Any) -> Rules:
    """Rules by name, as a mapping of one's own; TypeError for anything else. None: no rule is replaced."""
    if rules is not None and not isinstance(rules, Mapping):
        raise TypeError(f"rules is functions by the name of the rule that each replaces, {{'willingness': my_rule}}, not {rules!r}")
    return dict(rules or {})


def swaps_for(rules: Rules | None, mechanisms: Iterable[Mechanism] = ()) -> Swaps:
    """Which default each given rule replaces, in the order given; TypeError names the rule that does not fit.

    A rule gets and returns float32 (or truth values) exactly as the default of the same name. It may take further
    arguments user_1 to user_4: uniforms of its own, addressed like every other draw.
    """
    swaps = {}
    known = replaceable(mechanisms) if rules else {}
    for name, rule in (rules or {}).items():
        if name not in known:
            hint = nearest(name, known)
            raise TypeError(f"there is no rule '{name}'{f'; did you mean {hint!r}?' if hint else '.'} There are: {', '.join(known)}")
        wanted = arguments_of(known[name])
        if not callable(rule):
            raise TypeError(f"rule '{name}' is a function of ({', '.join(wanted)}), not {rule!r}")
        given = arguments_of(rule)
        new = Rule(rule)
        if given != wanted and not further_arguments(new, known[name]):
            luck = ", and may ask for luck of its own by user_1 to user_4 after them"
            raise TypeError(f"rule '{name}' takes ({', '.join(wanted)}){luck}, not ({', '.join(given)})")
        swaps[known[name]] = new
    return swaps


def described(mechanisms: Iterable[Mechanism] = ()) -> str:
    """Every rule that can be replaced, with its arguments, its first sentence and where it stands; mechanisms: from outside."""
    lines = []
    for name, rule in replaceable(mechanisms).items():
        sentence = ((rule.py_func.__doc__ or "").strip().splitlines() or ["(no sentence says what it is)"])[0]
        lines += [f"{name}({', '.join(arguments_of(rule))})", f"    {sentence}  [{rule.py_func.__module__}]"]
    return "\n".join(lines)
