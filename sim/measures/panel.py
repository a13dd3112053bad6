"""The `panel` table: borrowers over months, seeds and policies, in the unit rule of `results.borrowers` and typed compactly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sim.engine.columns import Column as Kept
from sim.measures.people import readable
from sim.measures.registry import Column

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    Column("policy", "label", "in a comparison: the policy, as its tables call it"),
    Column("seed", "count", "seed of the run"),
    Column("month", "label", "calendar month, YYYY-MM, seen at its end; the opening position is that of the month before the first"),
    Column("month_index", "count", "0 at the opening position, 1 for the first simulated month"),
    Column("borrower_id", "count", "number of the borrower, the same in every month, seed's run and policy"),
)

Taken = Mapping[str, Sequence[npt.NDArray[np.generic]]]
"""Attributes by name, as they are kept: for each month taken, an array of the borrowers asked for."""


@dataclass(frozen=True)
class Part:
    """What was taken in one run. labels: of the months taken; policy: None outside comparisons."""

    seed: int
    taken: Taken
    labels: tuple[str, ...]
    policy: str | None = None


def bytes_of_keys(seeds: Sequence[int], months: Sequence[int], policies: int) -> int:
    """Bytes of a row beside what was asked for; policies: 0 outside comparisons."""
    return _seed_kind(seeds).itemsize + (1 if len(months) < 128 else 2) + 2 + 4 + (1 if policies else 0)


def bytes_of(column: Kept) -> int:
    """Bytes of an attribute's value in a row."""
    return int(_typed(np.zeros(1, column.dtype), column.unit, 2).itemsize)


def _seed_kind(seeds: Sequence[int]) -> np.dtype[Any]:
    return np.dtype(np.int32 if max(seeds) < 2**31 else np.int64)


def _typed(values: npt.NDArray[np.generic], unit: str, minor_units: int) -> npt.NDArray[np.generic]:
    """A column in the unit of tables, in as few bytes as hold it: what is kept as float32 stays so."""
    return readable(values, unit, minor_units) if unit != "major units" else values


def panel_frame(
    parts: Sequence[Part], columns: Mapping[str, Kept], borrowers: npt.NDArray[np.int32], months: Sequence[int], minor_units: int
) -> pd.DataFrame:
    """One row per (policy,) seed, month and borrower, in this order of columns, then one column for each attribute.

    months: those taken, 0 for the opening position. Amounts in major units, rates as fractions, traits from 0 to 1, flags
    as truth.
    """
    import pandas as pd

    seeds, names = [part.seed for part in parts], [part.policy for part in parts]
    rows, runs = len(months) * len(borrowers), len(parts)
    frame: dict[str, Any] = {}
    if policies := list(dict.fromkeys(name for name in names if name is not None)):
        codes = np.array([policies.index(str(name)) for name in names], np.int8)
        frame["policy"] = pd.Categorical.from_codes(np.repeat(codes, rows), pd.Index(policies))
    frame["seed"] = np.repeat(np.array(seeds, _seed_kind(seeds)), rows)
    place = np.tile(np.repeat(np.arange(len(months), dtype=np.int16), len(borrowers)), runs)
    frame["month"] = pd.Categorical.from_codes(place, pd.Index(parts[0].labels), ordered=True)
    frame["month_index"] = np.array(months, np.int16)[place]
    frame["borrower_id"] = np.tile(borrowers, len(months) * runs)
    for name, column in columns.items():
        whole = np.concatenate([values for part in parts for values in part.taken[name]])
        frame[name] = _typed(whole, column.unit, minor_units)
    return pd.DataFrame(frame)
