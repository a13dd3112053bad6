"""Luck for replaced rules: a rule that asks for `user_1` to `user_4` beyond the default's arguments gets addressed uniforms.

The events are reserved in the table of sim/numerics/philox.py, so no other draw moves. The phases that call the rule are
written anew with the further arguments; everything else stays the same code.
"""

from __future__ import annotations

import ast
import inspect
from functools import lru_cache

from sim.engine.draws import USER_EVENTS
from sim.engine.rewriting import made_from, over_rows, tree_of
from sim.numerics.compile import Phase, Rule, Swaps, named
from sim.numerics.functions32 import unit32


def further_arguments(rule: Rule, default: Rule) -> tuple[str, ...]:
    """The user events that a rule asks for after the default's arguments; () where the lists do not fit so."""
    wanted, given = (list(inspect.signature(r.py_func).parameters) for r in (default, rule))
    more = tuple(given[len(wanted) :])
    return more if given[: len(wanted)] == wanted and set(more) <= set(USER_EVENTS) else ()


def lucky(phase: Phase, swaps: Swaps, per_account: bool, of_applications: bool = False) -> Phase:
    """The phase as it is, or with the draws that replaced rules ask for.

    per_account: an account's own luck. of_applications: the phase's rows are a desk's applications, for which nothing is
    drawn. TypeError where a rule cannot be given what it asks for.
    """
    asked = ((old, further_arguments(new, old)) for old, new in swaps.items())
    called = tuple((old, more) for old, more in asked if more and _calls(phase, old))
    if called and of_applications:
        raise TypeError(_nowhere(called[0][0], phase))
    return _rewritten(phase, called, per_account) if called else phase


def _nowhere(rule: Rule, phase: Phase) -> str:
    return f"rule '{rule.name}' cannot draw: phase '{phase.name}' calls it outside a loop over borrowers or their accounts"


def _calls(phase: Phase, rule: Rule) -> bool:
    """Whether the phase itself calls the rule; TypeError where only another rule does."""
    known = named(phase).values()
    if any(value is rule for value in known):
        return True
    for value in known:
        if isinstance(value, Rule) and any(inner is rule for inner in named(value).values()):
            raise TypeError(f"rule '{rule.name}' is called by rule '{value.name}' and cannot draw; replace that one")
    return False


@lru_cache(maxsize=256)
def _rewritten(phase: Phase, called: tuple[tuple[Rule, tuple[str, ...]], ...], per_account: bool) -> Phase:
    definition = tree_of(phase.py_func)
    if definition is None:
        raise TypeError(f"rule '{called[0][0].name}' cannot draw: the source of phase '{phase.name}', which calls it, is not at hand")
    names = {name: (old, more) for old, more in called for name, value in named(phase).items() if value is old}
    block = definition.args.args[0].arg
    place = f"{block}.account.draw" if per_account else f"{block}.draw"
    given = set()
    for rows in ast.walk(definition):
        if not (isinstance(rows, ast.For) and isinstance(rows.target, ast.Name) and over_rows(rows, block)):
            continue
        for node in ast.walk(rows):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names and node not in given:
                given.add(node)
                for event in names[node.func.id][1]:
                    node.args.append(ast.parse(f"_unit32({place}.{event}[{rows.target.id}])", mode="eval").body)
    for node in ast.walk(definition):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names and node not in given:
            raise TypeError(_nowhere(names[node.func.id][0], phase))
    return made_from(definition, phase, {"_unit32": unit32})
