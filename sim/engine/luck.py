"""Luck for replaced rules: a rule that asks for `user_1` to `user_4` beyond the default's arguments gets addressed uniforms.

The events are reserved in the table of sim/numerics/philox.py, so no other draw moves. The phases that call the rule are
written anew with the further arguments; everything else stays the same code.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from functools import lru_cache
from types import FunctionType

from sim.engine.draws import USER_EVENTS
from sim.numerics.compile import Phase, Rule, Swaps, global_names
from sim.numerics.functions32 import unit32


def further_arguments(rule: Rule, default: Rule) -> tuple[str, ...]:
    """The user events that a rule asks for after the default's arguments; () where the lists do not fit so."""
    wanted, given = (list(inspect.signature(r.py_func).parameters) for r in (default, rule))
    more = tuple(given[len(wanted) :])
    return more if given[: len(wanted)] == wanted and set(more) <= set(USER_EVENTS) else ()


def lucky(phase: Phase, swaps: Swaps, per_account: bool) -> Phase:
    """The phase as it is, or with the draws that replaced rules ask for. per_account: an account's own luck."""
    asked = ((old, further_arguments(new, old)) for old, new in swaps.items())
    called = tuple((old, more) for old, more in asked if more and _calls(phase, old))
    return _rewritten(phase, called, per_account) if called else phase


def _calls(phase: Phase, rule: Rule) -> bool:
    """Whether the phase itself calls the rule; TypeError where only another rule does."""
    names = [n for n in global_names(phase.py_func.__code__) if phase.py_func.__globals__.get(n) is rule]
    if names:
        return True
    for name in global_names(phase.py_func.__code__):
        value = phase.py_func.__globals__.get(name)
        if isinstance(value, Rule) and rule in [value.py_func.__globals__.get(n) for n in global_names(value.py_func.__code__)]:
            raise TypeError(f"rule '{rule.name}' is called by rule '{value.name}' and cannot draw; replace that one")
    return False


@lru_cache(maxsize=256)
def _rewritten(phase: Phase, called: tuple[tuple[Rule, tuple[str, ...]], ...], per_account: bool) -> Phase:
    f = phase.py_func
    tree = ast.parse(textwrap.dedent(inspect.getsource(f)))
    names = {name: more for old, more in called for name in global_names(f.__code__) if f.__globals__.get(name) is old}
    block = f.__code__.co_varnames[0]
    place = f"{block}.account.draw" if per_account else f"{block}.draw"
    definition = tree.body[0]
    assert isinstance(definition, ast.FunctionDef)
    definition.decorator_list = []
    rows = next(node for node in ast.walk(definition) if isinstance(node, ast.For))  # a phase is one loop over the rows
    assert isinstance(rows.target, ast.Name)
    for node in ast.walk(rows):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            for event in names.get(node.func.id, ()):
                node.args.append(ast.parse(f"_unit32({place}.{event}[{rows.target.id}])", mode="eval").body)
    ast.fix_missing_locations(tree)
    scope = dict(f.__globals__) | {"_unit32": unit32}
    exec(compile(tree, f.__code__.co_filename, "exec"), scope)
    made = scope[f.__name__]
    assert isinstance(made, FunctionType)
    return Phase(made)
