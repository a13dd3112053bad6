"""Replacing a behavioural rule without touching the package: `LendingModel(..., rules={"willingness": my_rule})`.

The loops name their rules as globals of their module. A fresh, uncached copy of the loops is made with the
researcher's functions in place of the defaults; everything else stays the same code.
"""

from __future__ import annotations

import importlib.util
import inspect
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from numba.core.errors import NumbaError

from sim import engine as default_engine
from sim.borrowers import phases as default_phases
from sim.borrowers import rules as default_rules
from sim.config.faults import nearest
from sim.numerics import compile as compiling

Rules = Mapping[str, Callable[..., Any]]


def replaceable() -> dict[str, list[str]]:
    """The rules that the borrowers' loops call, with the names of their arguments."""
    found = {}
    for name, rule in vars(default_phases).items():
        function = getattr(rule, "py_func", None)
        if function is not None and getattr(default_rules, name, None) is rule:
            found[name] = list(inspect.signature(function).parameters)
    return found


def _check(name: str, rule: Callable[..., Any]) -> None:
    known = replaceable()
    if name not in known:
        hint = nearest(name, known)
        raise TypeError(f"there is no rule '{name}'{f'; did you mean {hint!r}?' if hint else '.'} There are: {', '.join(sorted(known))}")
    if not callable(rule):
        raise TypeError(f"rule '{name}' is a function of ({', '.join(known[name])}), not {rule!r}")
    given = list(inspect.signature(getattr(rule, "py_func", rule)).parameters)
    if given != known[name]:
        raise TypeError(f"rule '{name}' takes ({', '.join(known[name])}), not ({', '.join(given)})")


def _copy(module: ModuleType, label: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"{module.__name__}__{label}", module.__file__ or "")
    assert spec is not None
    assert spec.loader is not None
    fresh = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(fresh)
    return fresh


def engine_with(rules: Rules | None) -> type[default_engine.Engine]:
    """The Engine class with some rules replaced; TypeError names the rule that does not fit.

    A rule gets and returns float32 (or truth values) exactly as the default of the same name in sim/borrowers/rules.py.
    """
    if not rules:
        return default_engine.Engine
    for name, rule in rules.items():
        _check(name, rule)
    with compiling.uncached():
        phases = _copy(default_phases, "rebound")
        for name, rule in rules.items():
            setattr(phases, name, compiling.inline(getattr(rule, "py_func", rule)))
        engine = _copy(default_engine, "rebound")
        engine.phases = phases  # type: ignore[attr-defined]
    rebound: type[default_engine.Engine] = engine.Engine
    for method in ("run_month", "live_row"):  # what compiles the borrowers' month, in either mode
        setattr(rebound, method, _explaining(getattr(rebound, method), ", ".join(map(repr, rules))))
    return rebound


def _explaining(method: Callable[..., None], names: str) -> Callable[..., None]:
    """The method, with the compiler's reason in one line where a rule does not compile."""

    def run_or_explain(self: default_engine.Engine, *arguments: Any) -> None:
        try:
            method(self, *arguments)
        except NumbaError as error:
            lines = [line.strip() for line in str(error).splitlines() if line.strip()]
            reasons = [line for line in lines if not line.startswith("Failed in")] or lines
            shown = [line for line in reasons[1:3] if line.startswith(">>>")]
            raise TypeError(f"rule {names} does not compile: {' '.join([reasons[0], *shown])}") from None

    return run_or_explain
