"""A pipeline: phases in order, run over blocks of rows, each on the names that it uses.

The order is written by hand elsewhere; here it is bound to memory and compiled. One compiled driver calls every phase by
its address, so replacing a phase, or adding one, compiles that phase alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import pairwise
from struct import Struct
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from sim.engine.columns import LIMIT
from sim.engine.guards import Guarded
from sim.engine.room import refuse_to_compile
from sim.numerics.compile import NO_SWAPS, Phase, Swaps, identity, keep, link, swaps_of

Words = npt.NDArray[np.int64]


class Block:
    """What a phase sees of the rows: `b.n`, `b.first`, and every column by name. For readers and type checkers only."""

    def __getattr__(self, name: str) -> Any: ...


class Numbers:
    """What a phase sees of the month: every number by name, nested as in the files. For readers and type checkers only."""

    def __getattr__(self, name: str) -> Any: ...


class Place(NamedTuple):
    """Where a column begins, and how many bytes further the next row's value lies (0: the same memory for every block)."""

    array: npt.NDArray[Any]
    stride: int


@dataclass(frozen=True)
class Step:
    """One phase of a pipeline. slot: the account slot that `b.account` means; desk: the product whose applications `b.desk` means."""

    phase: Phase
    slot: int | None = None
    desk: int | None = None
    numbers: Mapping[str, Any] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """The step's name as lists show it."""
        slots = [str(k) for k in (self.slot, self.desk) if k is not None]
        return f"{self.phase.name}[{', '.join(slots)}]" if slots else self.phase.name

    def full_name(self, name: str) -> str:
        """A number's name among the month's: `product.x` and `event.x` are those of the step's product."""
        slot = self.slot if self.slot is not None else self.desk
        owner, _, rest = name.partition(".")
        return f"{owner}.{slot}.{rest}" if owner in ("product", "event") and slot is not None else name


Find = Callable[[str, Step], Place]  # a column's name, in a step -> its place


@dataclass
class Number:
    """One of a pipeline's numbers: where it is read, who names it first, and the value that stands there now."""

    name: str
    label: str
    kind: str
    value: Any = None
    slots: list[tuple[Words, int]] = field(default_factory=list)

    def take(self, value: Any) -> None:
        """Write another value where it is read. TypeError where it is of another kind than the one compiled for."""
        kind = _kind(value)
        if kind != self.kind:
            raise TypeError(f"{self.label}: {self.name} is a {kind} now and was compiled as a {self.kind}")
        packed = _packed(value, kind)
        for buffer, j in self.slots:
            buffer[j] = packed
        self.value = value


def number_in(values: Mapping[str, Any], name: str, label: str) -> Any:
    """A number by its full name; KeyError says who names it."""
    try:
        return values[name]
    except KeyError:
        raise KeyError(f"{label} names the number {name}, which nothing gives") from None


class PhaseStopped(Exception):  # noqa: N818 - caught by the engine, which knows whose row it is
    """A phase has stopped at a block. thread: whose; at: the step's place in the pipeline; first: the block's first row."""

    def __init__(self, thread: int, at: int, first: int) -> None:
        self.thread, self.at, self.first = thread, at, first


class CompiledPhase(NamedTuple):
    """Machine code of a phase and the columns, in order, that its table holds."""

    address: int
    columns: tuple[str, ...]
    kept: Any


_WORD, _FLOAT32, _FLOAT64 = Struct("=q"), Struct("=f4x"), Struct("=d")
_compiled: dict[tuple[Any, ...], CompiledPhase] = {}


def _kind(value: Any) -> str:
    """numba's name of a number's type: float32 stays, other floats are float64, whole numbers and flags int64."""
    return _kind_of(type(value))  # type: ignore[arg-type] # every type can be hashed


@cache
def _kind_of(kind: type) -> str:
    if issubclass(kind, np.float32):
        return "float32"
    return "int64" if issubclass(kind, bool | int | np.integer | np.bool_) else "float64"


def _packed(value: Any, kind: str) -> int:
    """A number of a kind in an 8-byte slot."""
    if kind == "int64":
        return int(value)
    return int(_WORD.unpack((_FLOAT32 if kind == "float32" else _FLOAT64).pack(value))[0])


@lru_cache(maxsize=1)
def lowering() -> str:
    """Digest of the files that turn names into addresses and guards into code, and of the rows that may be promised to be readable."""
    import hashlib
    from pathlib import Path

    files = b"".join(Path(__file__).with_name(name).read_bytes() for name in ("records.py", "guard_code.py"))
    return "-" + hashlib.sha256(files + str(LIMIT).encode()).hexdigest()[:8]


@cache  # every pipeline asks for its phases' names, twice
def names_of(phase: Phase) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of columns and of numbers that a phase uses."""
    from sim.engine.records import names_used

    code = phase.py_func.__code__
    arguments = code.co_varnames[: code.co_argcount]
    if len(arguments) != 2:
        raise TypeError(f"phase {phase.name} takes (b, p), not ({', '.join(arguments)})")
    return names_used(phase.py_func, arguments[0]), names_used(phase.py_func, arguments[1])


def compile_phase(phase: Phase, columns: Mapping[str, Any], numbers: Mapping[str, str], swaps: Swaps = NO_SWAPS) -> CompiledPhase:
    """Compile a phase for its columns' dtypes and its numbers' types; from the cache where it was compiled before."""
    import numba
    from numba import from_dtype, types
    from numba.core.errors import NumbaError

    from sim.engine.guard_code import FractionsIntoWholeNumbers
    from sim.engine.records import Record

    mine = swaps_of(phase, swaps)
    fields = tuple((name, from_dtype(np.dtype(dtype))) for name, dtype in columns.items())
    scalars = tuple((name, getattr(types, kind)) for name, kind in numbers.items())
    key = (phase, identity(mine), fields, scalars)
    if key not in _compiled:
        refuse_to_compile(phase.name)
        made = numba.njit(no_cpython_wrapper=True, no_cfunc_wrapper=True, **phase.options)(link(phase, mine))
        keep(made, phase, mine, lowering())
        try:
            made.compile((Record(0, fields), Record(1, scalars)))
        except FractionsIntoWholeNumbers as error:
            raise TypeError(phase.narrowing(error) if isinstance(phase, Guarded) else str(error)) from None
        except NumbaError as error:
            raise TypeError(_why_not(phase, mine, error)) from None
        result = next(iter(made.overloads.values()))
        address = result.library.get_pointer_to_function(result.fndesc.llvm_func_name)
        _compiled[key] = CompiledPhase(address, tuple(columns), (made, result))
    return _compiled[key]


def _why_not(phase: Phase, swaps: Swaps, error: Exception) -> str:
    """The compiler's reason in one line, by the name of what was brought from outside."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    reasons = [line for line in lines if not line.startswith("Failed in")] or lines
    shown = [line for line in reasons[1:3] if line.startswith(">>>")]
    what = f"rule {', '.join(repr(rule.name) for rule in swaps)}" if swaps else f"phase '{phase.name}'"
    return f"{what} does not compile: {' '.join([reasons[0], *shown])}"


class Pipeline:
    """Phases bound to the memory of one or several threads, and run.

    steps: in order; finds: one for each thread, from names to places. Numbers are given month by month with `load`.
    """

    def __init__(self, steps: Iterable[Step], finds: Iterable[Find], swaps: Swaps = NO_SWAPS) -> None:
        self.steps, self.swaps = tuple(steps), swaps
        self._finds = tuple(finds)
        self._names = [names_of(step.phase) for step in self.steps]
        self._phases: list[CompiledPhase] = []

    def load(self, values: Mapping[str, Any], further: Mapping[str, Any] = MappingProxyType({})) -> None:
        """Take over the month's numbers, by dotted name; a step's own come first, then the run's.

        further: the run's, which are there in every month. Most of a month's numbers are last month's: these cost a
        comparison.
        """
        if not self._phases:
            self._bind(values, further)
        for source, numbers in ((values, self._of_month), (further, self._of_run)):
            for number in numbers:
                try:
                    value = source[number.name]
                except KeyError:
                    value = number_in(source, number.name, number.label)
                last = number.value
                # 0 and -0 are equal and not the same
                if value is last or (value and value == last and type(value) is type(last)):
                    continue
                number.take(value)

    def run(self, thread: int, lo: int, hi: int, block: int) -> None:
        """Rows lo to hi on the memory of one thread; the numbers are those last loaded. PhaseStopped where a phase stops."""
        from sim.engine.driver import drive

        table, base, stride = self._tables[thread]
        failed = drive(self._addresses, self._starts, table, base, stride, self._pointers, lo, hi, block)
        if failed:
            raise PhaseStopped(thread, failed - 1, int(table[self._starts[failed - 1] + 1]))

    def arrays(self, thread: int, at: int) -> dict[str, npt.NDArray[Any]]:
        """The columns that the step at a place names, as one thread has them."""
        return {name: place.array for name, place in self._keep[thread][at].items()}

    def _bind(self, values: Mapping[str, Any], further: Mapping[str, Any]) -> None:
        from sim.engine.records import PLACE

        places = [
            [{name: find(name, step) for name in names} for step, (names, _) in zip(self.steps, self._names, strict=True)]
            for find in self._finds
        ]
        known: dict[str, Number] = {}
        of_run = set()
        self._buffers = [np.zeros(max(1, len(numbers)), np.int64) for _, numbers in self._names]
        for step, found, (_, numbers), buffer in zip(self.steps, places[0], self._names, self._buffers, strict=True):
            _refuse_overlap(step, found)
            kinds = {}
            for j, name in enumerate(numbers):
                full = step.full_name(name)
                if name in step.numbers:  # the step's own, for good
                    kinds[name] = _kind(step.numbers[name])
                    buffer[j] = _packed(step.numbers[name], kinds[name])
                    continue
                if full not in known:
                    own = full in further or full not in values
                    known[full] = Number(full, step.label, _kind(number_in(further if own else values, full, step.label)))
                    of_run |= {full} if own else set()
                known[full].slots.append((buffer, j))
                kinds[name] = known[full].kind
            self._phases.append(compile_phase(step.phase, {n: place.array.dtype for n, place in found.items()}, kinds, self.swaps))
        sizes = [len(PLACE) + len(phase.columns) for phase in self._phases]
        self._starts = np.array([0, *np.cumsum(sizes)], np.int64)
        self._addresses = np.array([phase.address for phase in self._phases], np.int64)
        self._of_month = [number for name, number in known.items() if name not in of_run]
        self._of_run = [number for name, number in known.items() if name in of_run]
        self._pointers = np.array([buffer.ctypes.data for buffer in self._buffers], np.int64)
        self._keep = places  # the memory must outlive its addresses
        self._tables = []
        for found_of in places:
            base, stride = np.zeros(self._starts[-1], np.int64), np.zeros(self._starts[-1], np.int64)
            for start, found in zip(self._starts, found_of, strict=False):
                for j, place in enumerate(found.values()):
                    base[start + len(PLACE) + j], stride[start + len(PLACE) + j] = place.array.ctypes.data, place.stride
            self._tables.append((np.zeros(self._starts[-1], np.int64), base, stride))


def _refuse_overlap(step: Step, found: Mapping[str, Place]) -> None:
    """Two names for one memory would be miscompiled silently: phases promise that their columns lie apart."""
    spans = sorted((place.array.ctypes.data, place.array.ctypes.data + max(1, place.array.nbytes), name) for name, place in found.items())
    for (_, end, one), (start, _, other) in pairwise(spans):
        if start < end:
            raise TypeError(f"{step.label}: '{one}' and '{other}' share memory; a phase names every column once")
