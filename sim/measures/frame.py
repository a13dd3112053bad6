"""The recorded months as a pandas frame."""

from __future__ import annotations

from typing import Any

import pandas as pd

from sim.measures.registry import Registry
from sim.measures.table import MONTHLY


def monthly_frame(rows: list[dict[str, Any]], minor_units: int, metrics: Registry = MONTHLY) -> pd.DataFrame:
    """Rows with money in minor units become a frame with money in major units."""
    frame = pd.DataFrame(rows, columns=list(metrics.names))
    scale = 10**minor_units
    for metric in metrics:
        name = metric.name
        if metric.unit == "money":
            frame[name] = frame[name].astype("float64") / scale
        elif metric.unit == "count":
            frame[name] = frame[name].astype("int64")
        elif metric.unit == "ratio":
            frame[name] = frame[name].astype("float64")
    return frame
