"""The `vintages` table: cumulative outcomes by month of origination and months on book."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from sim.lender.tally import V_ACCOUNTS, V_CHARGED_OFF, V_EVER_30, V_EVER_90, V_ORIGINATED, V_RECOVERED
from sim.measures.registry import Column

COLUMNS = (
    Column("seed", "count", "seed of the run"),
    Column("vintage", "label", "calendar month of origination, YYYY-MM"),
    Column("product", "label", "cash_loan or instalment_plan"),
    Column("months_on_book", "count", "0 in the month of origination"),
    Column("originated", "money", "face principal of the vintage"),
    Column("originated_accounts", "count", "accounts of the vintage"),
    Column("ever_30_plus", "money", "principal that has reached 30 days past due by then, as it stood when it did"),
    Column("ever_90_plus", "money", "principal that has reached 90 days past due by then, as it stood when it did"),
    Column("charged_off", "money", "principal charged off by then"),
    Column("recovered", "money", "cash received on charged-off accounts by then"),
)


class VintageSums(Protocol):
    """Sums of one product by measure, month of origination (from `vintage_zero` on) and months on book; minor units."""

    vintages: npt.NDArray[np.int64]
    vintage_zero: int


def accounts_opened(products: Iterable[VintageSums], month: int) -> int:
    """Accounts opened in a month, all products."""
    return sum(int(p.vintages[V_ACCOUNTS, month + p.vintage_zero, 0]) for p in products)


def vintage_rows(
    product: str, sums: VintageSums, last: int, label: Callable[[int], str], seed: int, scale: int
) -> list[dict[str, Any]]:
    """Rows of one product's vintages from month 1 to month `last`; money in major units: `scale` minor ones make one."""
    rows = []
    v = sums.vintages
    for opened in range(1, last + 1):
        at = opened + sums.vintage_zero
        if not v[V_ACCOUNTS, at, 0]:
            continue
        so_far = {k: np.cumsum(v[k, at]) for k in (V_EVER_30, V_EVER_90, V_CHARGED_OFF, V_RECOVERED)}
        for age in range(last - opened + 1):
            rows.append(
                {
                    "seed": seed, "vintage": label(opened), "product": product, "months_on_book": age,
                    "originated": int(v[V_ORIGINATED, at, 0]) / scale, "originated_accounts": int(v[V_ACCOUNTS, at, 0]),
                    "ever_30_plus": int(so_far[V_EVER_30][age]) / scale, "ever_90_plus": int(so_far[V_EVER_90][age]) / scale,
                    "charged_off": int(so_far[V_CHARGED_OFF][age]) / scale, "recovered": int(so_far[V_RECOVERED][age]) / scale,
                }
            )
    return rows
