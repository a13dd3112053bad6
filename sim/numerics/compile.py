"""What is compiled, when, and where the machine code is kept.

`@rule`, `@phase` and `@kernel` only note a function: numba is imported, and the function compiled, when it is first
needed. So reading a scenario file never waits for a compiler, and a rule that a researcher puts in another's place
costs the compilation of the phases that name it, nothing else.

Machine code is kept on disk under a digest of the function's own code, of every function and constant that it uses,
of the file that lowers named columns, of numba and of Python. A changed callee in another file changes the digest;
a function that moves to another file does not. Where nothing can be written, code is compiled afresh with one warning.
"""

from __future__ import annotations

import builtins
import dis
import enum
import hashlib
import os
import sys
import tempfile
import warnings
from collections.abc import Callable, Mapping
from functools import cache, cached_property, lru_cache
from pathlib import Path
from types import BuiltinFunctionType, CellType, CodeType, FunctionType, ModuleType
from typing import Any, ClassVar, TypeVar

import numpy as np

F = TypeVar("F", bound=Callable[..., Any])

_MODULES = ("numpy", "math")  # whose functions compiled code may name


class Compiled:
    """A Python function that is compiled on first use; `name` is its own, `py_func` the function itself."""

    options: ClassVar[Mapping[str, Any]] = {"nogil": True, "error_model": "numpy"}

    def __init__(self, function: Callable[..., Any]) -> None:
        self.py_func: Any = getattr(function, "py_func", function)
        self.name: str = self.py_func.__name__
        self.__doc__ = self.py_func.__doc__
        self.__name__ = self.name
        self.__module__ = self.py_func.__module__
        self.__wrapped__ = self.py_func

    def __repr__(self) -> str:
        return f"<{type(self).__name__.lower()} {self.__module__}.{self.name}>"

    def __call__(self, *arguments: Any) -> Any:
        return self._made(*arguments)

    @cached_property
    def _made(self) -> Any:
        return dispatcher(self)


class Rule(Compiled):
    """A pure function of scalars, inlined into every loop that calls it, so that the loop can become vector code."""

    options: ClassVar[Mapping[str, Any]] = {"forceinline": True, "error_model": "numpy"}


class Phase(Compiled):
    """A loop over the rows of a block, `(b, p)`: named columns and named numbers. See sim/engine/pipeline.py."""

    def __call__(self, *arguments: Any) -> Any:
        raise TypeError(f"phase {self.name} runs as part of a pipeline, not by itself")


class Kernel(Compiled):
    """A compiled function over arrays or scalars that Python calls; releases the interpreter lock."""


Swaps = Mapping[Rule, Rule]  # a default rule -> the rule that takes its place
NO_SWAPS: Swaps = {}


def rule(function: Callable[..., Any]) -> Any:
    """Declare a rule."""
    return Rule(function)


def phase(function: Callable[..., Any]) -> Phase:
    """Declare a phase."""
    return Phase(function)


def kernel(function: F) -> F:
    """Declare a kernel; it is called as the plain function would be."""
    return Kernel(function)  # type: ignore[return-value]


# --------------------------------------------------------------------------------------------- what code depends on


@cache
def global_names(code: CodeType) -> frozenset[str]:
    """Names that the code looks up outside itself, inner functions included."""
    names = {x.argval for x in dis.get_instructions(code) if x.opname in ("LOAD_GLOBAL", "LOAD_NAME")}
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            names |= global_names(constant)
    return frozenset(names)


def named(function: Any) -> dict[str, Any]:
    """What a function's code looks up outside itself, by name: globals, and what the function around it holds for it."""
    f = getattr(function, "py_func", function)
    return {name: f.__globals__[name] for name in sorted(global_names(f.__code__)) if name in f.__globals__} | held(f)


def held(f: FunctionType) -> dict[str, Any]:
    """The values that a function holds on to from the one around it, by name."""
    return {name: cell.cell_contents for name, cell in zip(f.__code__.co_freevars, f.__closure__ or (), strict=True)}


def uses(function: Any, rules: frozenset[Rule], seen: frozenset[int] = frozenset()) -> bool:
    """Whether a function names one of the rules, itself or through the rules that it calls."""
    for value in named(function).values():
        if isinstance(value, Rule) and (value in rules or (id(value) not in seen and uses(value, rules, seen | {id(value)}))):
            return True
    return False


def digest(function: Any, swaps: Swaps = NO_SWAPS) -> str:
    """Hash of a function's code and constants and, recursively, of all that it names; TypeError for what has no stable value."""
    return _digest(getattr(function, "py_func", function), swaps, {})


def _digest(f: Any, swaps: Swaps, seen: dict[int, str]) -> str:
    if id(f) in seen:
        return seen[id(f)]
    seen[id(f)] = "recursion"
    h = hashlib.sha256()

    def value(name: str, v: Any) -> None:
        h.update(f"{name}=".encode())
        if isinstance(v, Rule) and v in swaps:
            h.update(digest(swaps[v]).encode())
        elif callable(getattr(v, "py_func", None)):
            h.update(_digest(v.py_func, swaps, seen).encode())
        elif isinstance(v, FunctionType):
            h.update(_digest(v, swaps, seen).encode())
        elif isinstance(v, ModuleType):
            if v.__name__ not in _MODULES:
                raise TypeError(f"compiled code of {f.__qualname__} names the module {v.__name__}: import the name itself")
            if "random" in f.__code__.co_names:
                raise TypeError(f"{f.__qualname__} draws by {name}.random: draw by a named event, or ask for user_1 to user_4")
            h.update(v.__name__.encode())
        elif isinstance(v, enum.Enum | bool | int | float | str | np.generic | None):
            h.update(f"{v!r}:{type(v).__name__};".encode())
        elif isinstance(v, tuple):
            for k, item in enumerate(v):
                value(str(k), item)
        elif isinstance(v, type | BuiltinFunctionType | np.ufunc):
            h.update(f"{v.__module__ if hasattr(v, '__module__') else ''}.{v.__name__}".encode())
        elif type(v).__module__.startswith("numba."):
            h.update(repr(v).encode())
        else:
            raise TypeError(f"compiled code of {f.__qualname__} uses {name}, a {type(v).__name__}: pass it as an argument")

    def code(c: CodeType) -> None:
        h.update(c.co_code)
        h.update(repr((c.co_names, c.co_varnames, c.co_freevars)).encode())
        for constant in c.co_consts:
            if isinstance(constant, CodeType):
                code(constant)
            elif constant != f.__doc__:
                h.update(f"{constant!r};".encode())
        for name in sorted(global_names(c)):
            if name in f.__globals__:
                value(name, f.__globals__[name])
            elif not hasattr(builtins, name):
                h.update(f"{name} is missing".encode())  # the compiler says so by name

    code(f.__code__)
    for name, content in held(f).items():
        value(name, content)
    h.update(repr(f.__defaults__).encode())
    seen[id(f)] = h.hexdigest()[:24]
    return seen[id(f)]


# -------------------------------------------------------------------------------------------------------- linking

_dispatchers: dict[tuple[Any, ...], Any] = {}


def link(function: Any, swaps: Swaps = NO_SWAPS) -> FunctionType:
    """The function with compiled rules behind the names that it uses, replaced ones in their place.

    A replacement calls the rules that it names as they stand: it may build on the very default that it replaces.
    """
    f = getattr(function, "py_func", function)
    known = named(f)
    for name, value in known.items():
        if isinstance(value, Rule):
            known[name] = dispatcher(swaps[value]) if value in swaps else dispatcher(value, swaps)
        elif isinstance(value, Compiled):
            known[name] = dispatcher(value, swaps)
    cells = tuple(CellType(known[name]) for name in f.__code__.co_freevars)
    linked = FunctionType(f.__code__, known | {"__builtins__": builtins, "__name__": f.__module__}, f.__name__, f.__defaults__, cells)
    linked.__module__, linked.__qualname__, linked.__doc__ = f.__module__, f.__qualname__, f.__doc__
    return linked


def swaps_of(function: Any, swaps: Swaps) -> Swaps:
    """Those of the replaced rules that a function uses, itself or through the rules that it calls."""
    return {old: new for old, new in swaps.items() if uses(function, frozenset([old]))}


def identity(swaps: Swaps) -> frozenset[tuple[Rule, str]]:
    """What swaps come to: a rule that is given again, in another model, is the same by its code, not by where it lies."""
    return frozenset((old, digest(new)) for old, new in swaps.items())


def dispatcher(function: Compiled, swaps: Swaps = NO_SWAPS) -> Any:
    """numba's dispatcher of a rule or kernel, made once for each set of replaced rules that it uses."""
    import numba

    mine = swaps_of(function, swaps)
    key = (function, identity(mine))
    if key not in _dispatchers:
        made = numba.njit(**function.options)(link(function, mine))
        if isinstance(function, Kernel):
            keep(made, function, mine)
        _dispatchers[key] = made
    return _dispatchers[key]


# ------------------------------------------------------------------------------------------------ the cache on disk


@lru_cache(maxsize=1)
def cache_directory() -> Path | None:
    """Where machine code is kept; None, with a warning, where nothing can be written."""
    base = os.environ.get("LENDSIM_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    directory = Path(base) / "lendsim" / "kernels"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=directory):
            return directory
    except OSError as error:
        warnings.warn(
            f"compiled code cannot be kept in {directory} ({error.strerror}); every start compiles afresh. "
            "Set LENDSIM_CACHE_DIR to a directory that can be written.",
            RuntimeWarning,
            stacklevel=2,
        )
        return None


@lru_cache(maxsize=1)
def _toolchain() -> str:
    """What turns code into machine code, besides the code itself, and how it is kept."""
    import numba

    return hashlib.sha256(f"{numba.__version__} {sys.version} under a checksum".encode()).hexdigest()[:8]


def keep(made: Any, function: Compiled, swaps: Swaps = NO_SWAPS, lowering: str = "") -> None:
    """Let a dispatcher keep its machine code on disk; lowering: what else it depends on."""
    directory = cache_directory()
    if directory is not None:
        from sim.numerics.disk_cache import DiskCache

        made._cache = DiskCache(made.py_func, directory, f"{digest(function, swaps)}{lowering}-{_toolchain()}")
