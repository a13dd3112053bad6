"""Phases written anew from their source, where replaced rules or mechanisms from outside the package need more than they say."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Mapping
from copy import deepcopy
from types import FunctionType
from typing import Any

from sim.numerics.compile import Phase, held


def tree_of(function: Callable[..., Any]) -> ast.FunctionDef | None:
    """A phase's definition (its Python function's), with the line numbers of its file; None where the source is not at hand."""
    kept: ast.FunctionDef | None = getattr(function, "_tree", None)
    if kept is not None:
        return deepcopy(kept)
    try:
        lines, first = inspect.getsourcelines(function)
        tree = ast.parse(textwrap.dedent("".join(lines)))
    except (OSError, TypeError, SyntaxError):
        return None
    definition = next((node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)), None)
    if definition is not None:
        definition.decorator_list = []
        ast.increment_lineno(definition, first - 1)
    return definition


def made_from(definition: ast.FunctionDef, phase: Phase, further: Mapping[str, Any]) -> Phase:
    """The phase as a definition now says it, with the names that the phase knows and further ones."""
    f = phase.py_func
    ast.fix_missing_locations(definition)
    scope = dict(f.__globals__) | held(f) | dict(further)
    exec(compile(ast.Module([definition], []), f.__code__.co_filename, "exec"), scope)
    made = scope[definition.name]
    assert isinstance(made, FunctionType)
    made.__dict__["_tree"] = definition
    return Phase(made)


def over_rows(node: ast.AST, block: str, short: Mapping[str, str] | None = None) -> bool:
    """Whether a statement is a loop over all rows: `for i in range(b.n)`; short: local names for what the block has."""
    call = node.iter if isinstance(node, ast.For) else None
    if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "range" and len(call.args) == 1):
        return False
    return column_named(call.args[0], block, short or {}) == "n"


def column_named(node: ast.expr, block: str, short: Mapping[str, str]) -> str | None:
    """`b.account.overdue` as `account.overdue`, a local name as what it is short for; None for anything else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.insert(0, node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    if node.id == block and parts:
        return ".".join(parts)
    return short.get(node.id) if not parts else None
