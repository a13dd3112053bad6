"""The `vintages` table: cumulative outcomes by month of origination and months on book."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sim.measures.registry import Column

if TYPE_CHECKING:
    from sim.engine.engine import Engine

COLUMNS = (
    Column("seed", "count", "seed of the run"),
    Column("vintage", "label", "calendar month of origination, YYYY-MM"),
    Column("product", "label", "name of the product in the policy"),
    Column("months_on_book", "count", "0 in the month of origination"),
    Column("originated", "money", "face principal of the vintage"),
    Column("originated_accounts", "count", "accounts of the vintage"),
    Column("ever_30_plus", "money", "principal that has reached 30 days past due by then, as it stood when it did"),
    Column("ever_90_plus", "money", "principal that has reached 90 days past due by then, as it stood when it did"),
    Column("charged_off", "money", "principal charged off by then"),
    Column("recovered", "money", "cash received on charged-off accounts by then"),
)


Sums = Mapping[str, npt.NDArray[np.int64]]  # by measure: month of origination (from `zero` on) x months on book; minor units


def accounts_opened(engine: Engine, month: int) -> int:
    """Accounts opened in a month, all products."""
    at = month + engine.vintage_zero
    return sum(engine.vintage(slot, "accounts", at, 0) for slot in range(engine.slots)) if at >= 0 else 0


def vintage_rows(
    product: str, v: Sums, zero: int, last: int, label: Callable[[int], str], seed: int, scale: int
) -> list[dict[str, Any]]:
    """Rows of one product's vintages from month 1 to month `last`; money in major units: `scale` minor ones make one.

    zero: place of month 0 among the months of origination.
    """
    rows = []
    for opened in range(1, last + 1):
        at = opened + zero
        if not v["accounts"][at, 0]:
            continue
        so_far = {k: np.cumsum(v[k][at]) for k in ("ever_30", "ever_90", "charged_off", "recovered")}
        for age in range(last - opened + 1):
            rows.append(
                {
                    "seed": seed, "vintage": label(opened), "product": product, "months_on_book": age,
                    "originated": int(v["originated"][at, 0]) / scale, "originated_accounts": int(v["accounts"][at, 0]),
                    "ever_30_plus": int(so_far["ever_30"][age]) / scale, "ever_90_plus": int(so_far["ever_90"][age]) / scale,
                    "charged_off": int(so_far["charged_off"][age]) / scale, "recovered": int(so_far["recovered"][age]) / scale,
                }
            )
    return rows
