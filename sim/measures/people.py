"""Columns of the population as people read them: one unit rule for every table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pandas as pd

TRAIT = 255  # a trait is a share kept as a byte


def readable(values: npt.NDArray[Any], unit: str, minor_units: int) -> npt.NDArray[Any]:
    """A column in the unit of tables: money in major units, basis points and traits as fractions, flags as truth; others as they are."""
    parts = {"minor units": 10**minor_units, "major units": 1, "basis points": 10_000, "trait": TRAIT}
    if unit in parts:
        return np.asarray(values.astype(np.float64) / parts[unit])
    return values.astype(bool) if unit == "flag" else values


def unit_read(unit: str) -> str:
    """The unit in which `readable` gives a column that is kept in another."""
    return {"minor units": "major units", "basis points": "ratio", "trait": "share"}.get(unit, unit)


def people_frame(columns: Mapping[str, npt.NDArray[Any]], units: Mapping[str, str], minor_units: int) -> pd.DataFrame:
    """One row per borrower, `borrower_id` first, then the columns by attribute name."""
    import pandas as pd

    rows = len(next(iter(columns.values()))) if columns else 0
    readables = {name: readable(values, units[name], minor_units) for name, values in columns.items()}
    return pd.DataFrame({"borrower_id": np.arange(rows), **readables})
