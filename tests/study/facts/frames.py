"""Hand-made months, moves and panels for tests of measures."""

import numpy as np
import pandas as pd

from sim.study.facts.panel import ACCOUNT, HOUSEHOLD, Panel


def months(**columns):
    """A frame of months of one seed: scalars stand in every month."""
    length = max(len(v) for v in columns.values() if isinstance(v, list | tuple | np.ndarray))
    return pd.DataFrame({"seed": 1, "month_index": range(1, length + 1), **columns})


def moves(*rows):
    """A frame of moves: from, to, accounts, and their principal, if it is not ten times as much."""
    named = [dict(zip(("from_state", "to_state", "accounts", "principal"), row, strict=False)) for row in rows]
    return pd.DataFrame([{"seed": 1, "month": "2026-01", "principal": 10.0 * row["accounts"]} | row for row in named])


def panel(**columns):
    """A panel of one product, `loan`: columns by name as rows of months, what is not given is 0 throughout."""
    shape = np.asarray(next(iter(columns.values()))).shape
    whole = {name: np.zeros(shape, np.int64) for name in (*HOUSEHOLD, *(f"loan_{name}" for name in ACCOUNT))}
    return Panel(("loan",), whole | {name: np.asarray(values) for name, values in columns.items()})
