"""Columns declared once: name, type, unit, meaning. Memory, the agent's view, the docs and the digest follow from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np
import numpy.typing as npt

LIMIT = 4096  # rows of a block at most; every column is readable that far behind its last row

Array = npt.NDArray[Any]

UNITS = (
    "major units", "minor units", "share", "months", "month", "day", "days", "basis points", "logits", "points", "flag", "bits", "code",
    "ratio", "trait", "count", "words",
)


@dataclass(frozen=True)
class Column:
    """One attribute of every row.

    dtype: numpy's short name (f4, i4, i2, i1, u1, u4); unit: one of UNITS ("trait" is a share kept as a byte, "code" a
    number that stands for a name); width: values kept per row, side by side. lowest, highest: bounds of what it may hold, None
    for none, which a run checks every year and at its end; a flag's are 0 and 1. at_rest: it stays 0 in every row of a run in which
    its mechanism is not used, and leaves no trace in the results hash there.
    """

    name: str
    dtype: str
    unit: str
    meaning: str
    width: int = 1
    lowest: float | None = None
    highest: float | None = None
    at_rest: bool = False

    def __post_init__(self) -> None:
        if self.unit == "flag" and self.lowest is None and self.highest is None:
            object.__setattr__(self, "lowest", 0)
            object.__setattr__(self, "highest", 1)
        if self.lowest is not None and self.highest is not None and self.lowest > self.highest:
            raise ValueError(f"column '{self.name}': its lowest value {self.lowest:g} exceeds its highest, {self.highest:g}")
        if self.unit not in UNITS:
            raise ValueError(f"column '{self.name}': {self.unit!r} is no unit; there are {', '.join(UNITS)}")
        np.dtype(self.dtype)

    @property
    def nbytes(self) -> int:
        """Memory of a row."""
        return np.dtype(self.dtype).itemsize * self.width

    def span(self) -> str:
        """The bounds in words."""
        if self.lowest is not None and self.highest is not None:
            return f"{self.lowest:,g} to {self.highest:,g}"
        return f"at least {self.lowest:,g}" if self.lowest is not None else f"at most {self.highest:,g}"


LINE, PAGE = 64, 4096  # bytes of a cache line, and of a way of the first-level cache
_place = count(step=11)


def padded(length: int, dtype: Any, width: int = 1) -> Array:
    """Zeros, with room behind the end: compiled loops may read, and drop, what lies up to LIMIT rows further.

    Each begins some cache lines further into a page than the last: columns that begin alike would take one another's
    place in the first-level cache as soon as a loop names more of them than it has ways.
    """
    kind = np.dtype(dtype)
    memory = np.zeros((length + LIMIT) * width * kind.itemsize + 2 * PAGE, np.uint8)
    start = -memory.ctypes.data % PAGE + next(_place) * LINE % PAGE
    return memory[start : start + length * width * kind.itemsize].view(kind)


class Table:
    """Rows of declared columns. `table.cash` is the column as an array of `rows` values, or of (rows, width)."""

    columns: tuple[Column, ...]
    rows: int

    def __init__(self, columns: Iterable[Column], rows: int) -> None:
        self.columns, self.rows = tuple(columns), rows
        self._arrays: dict[str, Array] = {}
        for column in self.columns:
            if column.name in self._arrays:
                raise ValueError(f"column '{column.name}' is declared twice")
            array = padded(rows, column.dtype, column.width)
            self._arrays[column.name] = array if column.width == 1 else array.reshape(rows, column.width)

    def __getattr__(self, name: str) -> Array:
        try:
            return self.__dict__["_arrays"][name]  # type: ignore[no-any-return]
        except KeyError:
            raise AttributeError(f"there is no column '{name}'") from None

    def __getitem__(self, name: str) -> Array:
        return self._arrays[name]

    def __contains__(self, name: object) -> bool:
        return name in self._arrays

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def items(self) -> Iterable[tuple[str, Array]]:
        """Names and arrays, in the order of declaration."""
        return self._arrays.items()

    @property
    def nbytes(self) -> int:
        """Memory of the rows, padding aside."""
        return sum(array.nbytes for array in self._arrays.values())

    def fill(self, arrays: Mapping[str, Array]) -> None:
        """Take over the contents of every column; ValueError where names, shapes or types differ."""
        if set(arrays) != set(self._arrays):
            raise ValueError(f"columns differ: {', '.join(sorted(set(arrays) ^ set(self._arrays)))}")
        for name, array in self._arrays.items():
            given = arrays[name]
            if given.shape != array.shape or given.dtype != array.dtype:
                raise ValueError(f"column '{name}': {given.shape} {given.dtype}, expected {array.shape} {array.dtype}")
            array[:] = given
