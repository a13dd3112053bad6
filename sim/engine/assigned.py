"""Which columns a phase reads before it has given them a value, and which it gives one in every row.

Scratch columns belong to a thread's block: what a phase reads there before somebody wrote it is another block's, and with
that the results would hang on the number of threads.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from sim.engine.rewriting import column_named, over_rows, tree_of


@dataclass
class Assigned:
    """What a phase does to columns, by their dotted names.

    asked: read before every row had a value of this phase's own. given: written in every row; touched: written in some.
    """

    asked: set[str] = field(default_factory=set)
    given: set[str] = field(default_factory=set)
    touched: set[str] = field(default_factory=set)


def assigned(function: Callable[..., Any]) -> Assigned | None:
    """What a phase (its Python function) asks and gives; None where its source is not at hand."""
    definition = tree_of(function)
    if definition is None or not definition.args.args:
        return None
    walk = _Walk(definition.args.args[0].arg)
    walk.statements(definition.body)
    return walk.found


class _Walk:
    """Statements in the order in which they run."""

    def __init__(self, block: str) -> None:
        self.block, self.found = block, Assigned()
        self.short: dict[str, str] = {}  # a local name for a column
        self.skipping = False  # a `continue` has left some rows behind

    def statements(self, body: Iterable[ast.stmt]) -> None:
        """Read what is read, then write what is written, statement by statement."""
        for statement in body:
            self._statement(statement)

    def _statement(self, s: ast.stmt) -> None:
        if isinstance(s, ast.If):
            self._reads(s.test)
            before = set(self.found.given)
            self.statements(s.body)
            first, self.found.given = self.found.given, set(before)
            self.statements(s.orelse)
            self.found.given = before | (first & self.found.given)
        elif isinstance(s, ast.For | ast.While):
            self._reads(s.iter if isinstance(s, ast.For) else s.test)
            before = set(self.found.given)
            self.statements(s.body)
            self.skipping = False
            if not over_rows(s, self.block, self.short):
                self.found.given = before
            self.statements(s.orelse)
        elif isinstance(s, ast.Assign):
            column = self._column(s.value)
            if column is not None and all(isinstance(target, ast.Name) for target in s.targets):
                self.short |= {target.id: column for target in s.targets if isinstance(target, ast.Name)}
                return
            self._reads(s.value)
            for target in s.targets:
                self._write(target)
        elif isinstance(s, ast.AugAssign):
            self._reads(s.value)
            self._reads(s.target)
            self._write(s.target)
        elif isinstance(s, ast.AnnAssign):
            if s.value is not None:
                self._reads(s.value)
            self._write(s.target)
        elif isinstance(s, ast.Continue | ast.Break):
            self.skipping = True
        else:
            self._reads(s)

    def _reads(self, node: ast.AST) -> None:
        for part in ast.walk(node):
            if isinstance(part, ast.Subscript):
                name = self._column(part.value)
                if name is not None and name not in self.found.given:
                    self.found.asked.add(name)

    def _write(self, target: ast.expr) -> None:
        if isinstance(target, ast.Tuple):
            for part in target.elts:
                self._write(part)
        elif isinstance(target, ast.Subscript):
            self._reads(target.slice)
            name = self._column(target.value)
            if name is not None:
                self.found.touched.add(name)
                if not self.skipping:
                    self.found.given.add(name)

    def _column(self, node: ast.expr) -> str | None:
        return column_named(node, self.block, self.short)
