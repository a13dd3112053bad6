"""The lender's rating: a table of capital, losses and liquidity, read from last month's statements."""

from __future__ import annotations

from collections.abc import Sequence

from sim.config.schema import Notch

FAILED = "D"


def notch_for(
    capital_ratio: float | None,
    net_charge_off_3m: float | None,
    liquidity_ratio: float | None,
    table: Sequence[Notch],
) -> int:
    """Place in the table (best first) of the first notch whose three conditions hold, else the last.

    capital_ratio: equity / total assets; without assets (None) no notch's floor is met.
    net_charge_off_3m: annualised fraction; None (no book yet, or fewer than three months) passes.
    liquidity_ratio: liquidity / opening gross loans; None (no opening book to measure against) passes.
    """
    for place, notch in enumerate(table):
        if (
            capital_ratio is not None
            and capital_ratio >= notch.min_capital_ratio
            and (net_charge_off_3m is None or net_charge_off_3m <= notch.max_net_charge_off)
            and (liquidity_ratio is None or liquidity_ratio >= notch.min_liquidity)
        ):
            return place
    return len(table) - 1


def rating_for(
    capital_ratio: float | None,
    net_charge_off_3m: float | None,
    liquidity_ratio: float | None,
    table: Sequence[Notch],
) -> tuple[str, float]:
    """Label and annual spread of the notch that `notch_for` finds."""
    notch = table[notch_for(capital_ratio, net_charge_off_3m, liquidity_ratio, table)]
    return notch.label, notch.spread
