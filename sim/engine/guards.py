"""What rules and phases from outside the package make is looked at as it happens.

A rule that returns no number, a value that a column cannot hold: either would spoil a run silently, or stop it months later
with a word about something else. So the phases that call a replaced rule, and those of a mechanism from outside, are
written anew: every such value passes a guard (sim/engine/guard_code.py) and a rule's inputs are kept for the block. The
run stops at the end of the block, with the name of what is wrong, the borrower, the month and the inputs. The package's
own phases, calling its own rules, are left as they are.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from numpy import uint32

from sim.engine.rewriting import column_named, made_from, over_rows, tree_of
from sim.numerics.compile import Phase, Rule, Swaps, named, swaps_of

if TYPE_CHECKING:
    from sim.engine.guard_code import FractionsIntoWholeNumbers

SITES = 32  # bits of a row's word: so many places of a phase are told apart
_WATCHED = "watched"


class RefusedValueError(RuntimeError):
    """A rule or a phase from outside the package made a value that is no finite number, or that its column cannot hold.

    Names the rule or the statement, the borrower, the month and the inputs.
    """


@dataclass(frozen=True)
class Site:
    """A place in a phase where a value is looked at.

    what: the rule, or the statement with its line. names: of the inputs, kept in the columns from `first` on; none where
    a row comes here more than once. per: what the index is a place of: "row" of the block, "application" of the batch, ""
    for a place outside such loops. column: that is written; "" for a rule.
    """

    what: str
    names: tuple[str, ...]
    first: int
    per: str
    column: str = ""


class Guarded(Phase):
    """A phase that stops the run where a value is wrong, with the places where it looks."""

    def __init__(self, phase: Phase, sites: tuple[Site, ...]) -> None:
        super().__init__(phase)
        self.sites = sites

    def narrowing(self, error: FractionsIntoWholeNumbers) -> str:
        """What is wrong with a statement, in words."""
        site = self.sites[error.bit]
        return (
            f"{site.what} writes a {error.value}; {site.column} holds whole numbers ({error.kind}): say how it is rounded, "
            f"np.{error.kind}(...) drops the fraction"
        )


def guarded(phase: Phase, swaps: Swaps, mechanism: str | None) -> Phase:
    """The phase as it is, or guarded where it calls what was brought from outside.

    mechanism: whose the phase is; None for the package's own. A phase whose source is not at hand stays as it is.
    """
    replaced = frozenset(swaps_of(phase, swaps))
    return _guarded(phase, replaced, mechanism) if replaced or mechanism is not None else phase


@lru_cache(maxsize=256)
def _guarded(phase: Phase, replaced: frozenset[Rule], mechanism: str | None) -> Phase:
    definition = tree_of(phase.py_func)
    if definition is None:
        return phase
    found = _Guards(phase, replaced, mechanism, definition)
    if not found.sites:
        return phase
    from sim.engine import guard_code as code

    scope = {"_returned": code.returned, "_kept": code.kept, "_written": code.written, "_uint32": uint32}
    return Guarded(made_from(definition, phase, scope), tuple(found.sites))


class _Guards:
    """Writes guards into a phase's definition and keeps the list of them."""

    def __init__(self, phase: Phase, replaced: frozenset[Rule], mechanism: str | None, definition: ast.FunctionDef) -> None:
        self.phase, self.mechanism, self.block = phase, mechanism, definition.args.args[0].arg
        self.sites: list[Site] = []
        self.inputs = 0
        self.row: str | None = None  # the loop's variable while a loop over rows is written
        self.per = ""
        self.inner = 0  # loops within it
        self.short: dict[str, str] = {}
        self.rules = {name: what for name, value in named(phase).items() if isinstance(value, Rule)
                      and (what := self._called(value, replaced))}
        body = self._statements(definition.body)
        if self.sites:
            docstring = body[:1] if ast.get_docstring(definition) is not None else []
            start = ast.parse("_seen = _uint32(0)").body
            definition.body = [*docstring, *start, *body[len(docstring):], *self._end()]

    def _called(self, rule: Rule, replaced: frozenset[Rule]) -> str:
        """How a rule is named if what it returns is to be looked at, else ""."""
        if rule in replaced:
            return f"the rule given for '{rule.name}'"
        inner = [old.name for old in swaps_of(rule, dict.fromkeys(replaced, rule))]
        if inner:
            return f"rule '{rule.name}', which calls the one given for {', '.join(map(repr, sorted(inner)))},"
        outside = self.mechanism is not None and not rule.py_func.__module__.startswith("sim.")
        return f"rule '{rule.name}' of mechanism '{self.mechanism}'" if outside else ""

    # ------------------------------------------------------------------------------------------------- statements

    def _statements(self, body: list[ast.stmt]) -> list[ast.stmt]:
        return [made for statement in body for made in self._statement(statement)]

    def _statement(self, s: ast.stmt) -> list[ast.stmt]:
        if isinstance(s, ast.For | ast.While):
            return self._loop(s)
        if isinstance(s, ast.If):
            s.test = self._expression(s.test)
            s.body, s.orelse = self._statements(s.body), self._statements(s.orelse)
            return [s]
        if isinstance(s, ast.Return):
            return [*self._end(), s]
        if isinstance(s, ast.Assign | ast.AugAssign | ast.AnnAssign) and s.value is not None:
            return self._assignment(s)
        for name, value in ast.iter_fields(s):
            if isinstance(value, ast.expr):
                setattr(s, name, self._expression(value))
        return [s]

    def _loop(self, s: ast.For | ast.While) -> list[ast.stmt]:
        if self.row is None and isinstance(s, ast.For) and isinstance(s.target, ast.Name) and self._rows(s):
            self.row, self.per = s.target.id, "row" if over_rows(s, self.block, self.short) else "application"
            before = len(self.sites)
            s.body = self._statements(s.body)
            self.row, self.per = None, ""
            if len(self.sites) == before:
                return [s]
            look = ast.parse(f"for _row in range(0):\n    _seen = _uint32(_seen | {self.block}.{_WATCHED}.wrong[_row])").body[0]
            assert isinstance(look, ast.For)
            look.iter = deepcopy(s.iter)
            return [s, look]
        self.inner += 1
        s.body = self._statements(s.body)
        self.inner -= 1
        s.orelse = self._statements(s.orelse)
        return [s]

    def _rows(self, s: ast.For) -> bool:
        """Whether a loop's variable is a place in the block's scratch: a row, or in the package's own phases an application."""
        if self.mechanism is not None:
            return over_rows(s, self.block, self.short)
        return isinstance(s.iter, ast.Call) and isinstance(s.iter.func, ast.Name) and s.iter.func.id == "range" and len(s.iter.args) == 1

    def _assignment(self, s: ast.Assign | ast.AugAssign | ast.AnnAssign) -> list[ast.stmt]:
        assert s.value is not None
        place = f"{self.phase.py_func.__code__.co_filename}:{s.lineno}"
        text = f"{place}: `{ast.unparse(s)}` in phase '{self.phase.name}' of mechanism '{self.mechanism}'"
        targets = s.targets if isinstance(s, ast.Assign) else [s.target]
        column = column_named(s.value, self.block, self.short)
        if column is not None and all(isinstance(target, ast.Name) for target in targets):
            self.short |= {target.id: column for target in targets if isinstance(target, ast.Name)}
        s.value = self._expression(s.value)
        if self.mechanism is None or not any(self._columns(target) for target in targets):
            return [s]
        if isinstance(s, ast.AugAssign):
            s.target.ctx = ast.Load()
            value: ast.expr = ast.BinOp(deepcopy(s.target), s.op, s.value)
        else:
            value = s.value
        made: list[ast.stmt] = []
        if len(targets) > 1:
            name = f"_all_{len(self.sites)}"
            made, value = [ast.Assign([ast.Name(name, ast.Store())], value)], ast.Name(name, ast.Load())
        for target in targets:
            made += self._written(target, value, text)
        return [ast.copy_location(each, s) for each in made]

    def _columns(self, target: ast.expr) -> bool:
        if isinstance(target, ast.Tuple):
            return any(self._columns(part) for part in target.elts)
        return isinstance(target, ast.Subscript) and column_named(target.value, self.block, self.short) is not None

    def _written(self, target: ast.expr, value: ast.expr, text: str) -> list[ast.stmt]:
        if isinstance(target, ast.Tuple):  # first into names, then each where it belongs
            names = [f"_part_{len(self.sites)}_{k}" for k in range(len(target.elts))]
            whole = ast.Assign([ast.Tuple([ast.Name(name, ast.Store()) for name in names], ast.Store())], value)
            parts = zip(target.elts, names, strict=True)
            return [whole, *(made for part, name in parts for made in self._written(part, ast.Name(name, ast.Load()), text))]
        column = column_named(target.value, self.block, self.short) if isinstance(target, ast.Subscript) else None
        if isinstance(target, ast.expr) and hasattr(target, "ctx"):
            target.ctx = ast.Store()
        if column is None or not isinstance(target, ast.Subscript):
            return [ast.Assign([target], value)]
        names_of_inputs = ("value",) if self._once() else ()
        bit = self._site(Site(text, names_of_inputs, self.inputs, self.per, column))
        kept = self._kept(value, "value") if names_of_inputs else value
        where = deepcopy(target.value)
        return [ast.Assign([target], self._call("_written", self._wrong(), self._at(), bit, kept, where))]

    # ------------------------------------------------------------------------------------------------ expressions

    def _expression(self, node: ast.expr) -> ast.expr:
        guards = self

        class Calls(ast.NodeTransformer):
            def visit_Call(self, call: ast.Call) -> ast.expr:
                self.generic_visit(call)
                return guards._returned(call) if isinstance(call.func, ast.Name) and call.func.id in guards.rules else call

        return Calls().visit(node)  # type: ignore[no-any-return]

    def _returned(self, call: ast.Call) -> ast.expr:
        assert isinstance(call.func, ast.Name)
        rule = named(self.phase)[call.func.id]
        wanted = list(inspect.signature(rule.py_func).parameters)
        plain = self._once() and not call.keywords and not any(isinstance(a, ast.Starred) for a in call.args)
        further = [ast.unparse(a).split(".")[-1].split("[")[0] for a in call.args[len(wanted):]]  # luck of its own
        names = tuple([*wanted, *further][: len(call.args)]) if plain else ()
        bit = self._site(Site(self.rules[call.func.id], names, self.inputs, self.per))
        if names:
            call.args = [self._kept(argument, "input") for argument in call.args]
        return self._call("_returned", self._wrong(), self._at(), bit, call)

    def _once(self) -> bool:
        """Whether a row comes here once at most, so that what is kept is what led to the fault."""
        return self.row is not None and self.inner == 0

    def _site(self, site: Site) -> ast.expr:
        self.sites.append(site)
        return ast.Constant(min(len(self.sites), SITES) - 1)

    def _kept(self, value: ast.expr, what: str) -> ast.expr:
        self.inputs += 1
        return self._call("_kept", _parsed(f"{self.block}.{_WATCHED}.{what}_{self.inputs - 1}"), self._at(), value)

    def _wrong(self) -> ast.expr:
        return _parsed(f"{self.block}.{_WATCHED}.wrong")

    def _at(self) -> ast.expr:
        return ast.Constant(0) if self.row is None else ast.Name(self.row, ast.Load())

    @staticmethod
    def _call(name: str, *arguments: ast.expr) -> ast.expr:
        return ast.Call(ast.Name(name, ast.Load()), list(arguments), [])

    def _end(self) -> list[ast.stmt]:
        return ast.parse(f"if (_seen | {self.block}.{_WATCHED}.wrong[0]) != _uint32(0):\n    raise ValueError").body


def _parsed(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def complaint(sites: tuple[Site, ...], places: Mapping[str, npt.NDArray[Any]], who: Callable[[Site, int], str], when: str) -> str:
    """What was wrong in the block that a guarded phase has stopped at; the marks are taken away.

    places: the columns that the phase names; who: the words for the borrower at a place; when: the words for the month.
    """
    wrong = places[f"{_WATCHED}.wrong"]
    row = int(np.argmax(wrong != 0))
    bit = int(wrong[row])
    bit = (bit & -bit).bit_length() - 1
    wrong[:] = 0
    site = sites[bit]
    what = " or ".join(dict.fromkeys(each.what for each in sites[bit:])) if bit == SITES - 1 else site.what
    kept = "value" if site.column else "input"
    inputs = [float(places[f"{_WATCHED}.{kept}_{site.first + k}"][row]) for k in range(len(site.names))]
    about = f"{who(site, row)}{when}"
    if not site.column:
        led = ": " + ", ".join(f"{name} = {value:.7g}" for name, value in zip(site.names, inputs, strict=True)) if inputs else ""
        return f"{what} returned no finite number for {about}{led}"
    kind = places[site.column].dtype
    holds = "finite numbers"
    if kind.kind in "iu":
        holds = f"whole numbers from {np.iinfo(kind).min:,} to {np.iinfo(kind).max:,}"
    value = f"{inputs[0]:.12g}" if inputs else "a value"
    return f"{what} writes {value} for {about}; {site.column} holds {holds} ({kind.name})"
