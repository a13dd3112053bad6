"""Replacing a behavioural rule without touching the package: `LendingModel(..., rules={"willingness": my_rule})`.

A rule that is given takes the place of the default of the same name wherever a phase calls it; only the phases that name
it are compiled anew, and kept on disk like all others.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from sim import month
from sim.config.faults import nearest
from sim.engine.luck import further_arguments
from sim.numerics.compile import Rule, Swaps, global_names

Rules = Mapping[str, Callable[..., Any]]
BEHAVIOUR = ("sim.mechanisms.", "sim.accounts.", "sim.lender.")  # rooms whose rules are behaviour; the others are arithmetic


@lru_cache(maxsize=1)
def replaceable() -> dict[str, Rule]:
    """The rules of behaviour that the month and the opening call, by name."""
    found: dict[str, Rule] = {}

    def collect(function: Any) -> None:
        for name in sorted(global_names(function.__code__)):
            rule = function.__globals__.get(name)
            if isinstance(rule, Rule) and rule.py_func.__module__.startswith(BEHAVIOUR) and rule.name not in found:
                found[rule.name] = rule
                collect(rule.py_func)

    for phase in month.phases(month.SAMPLE, month.MOMENTS, month.LIVE, month.SERVE, [month.SEASON, month.BOOK]):
        collect(phase.py_func)
    return dict(sorted(found.items()))


def arguments_of(rule: Callable[..., Any]) -> list[str]:
    """Names of a rule's arguments."""
    return list(inspect.signature(getattr(rule, "py_func", rule)).parameters)


def swaps_for(rules: Rules | None) -> Swaps:
    """Which default each given rule replaces; TypeError names the rule that does not fit.

    A rule gets and returns float32 (or truth values) exactly as the default of the same name. It may take further
    arguments user_1 to user_4: uniforms of its own, addressed like every other draw.
    """
    swaps = {}
    for name, rule in (rules or {}).items():
        known = replaceable()
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


def described() -> str:
    """Every rule that can be replaced, with its arguments and its first sentence."""
    lines = []
    for name, rule in replaceable().items():
        sentence = (rule.py_func.__doc__ or "").strip().splitlines()[0]
        lines += [f"{name}({', '.join(arguments_of(rule))})", f"    {sentence}  [{rule.py_func.__module__}]"]
    return "\n".join(lines)
