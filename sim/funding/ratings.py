"""Rating: the best notch whose conditions all hold."""

from __future__ import annotations

from collections.abc import Sequence

from sim.funding.terms import Notch


def rate(
    capital_ratio: float | None, net_charge_off: float | None, liquidity: float | None, table: Sequence[Notch]
) -> Notch:
    """First notch whose three conditions hold, else the last.

    Without a capital or liquidity ratio (nothing to divide by) a condition fails; without a charge-off rate it holds.
    """
    for notch in table:
        if capital_ratio is None or capital_ratio < notch.min_capital_ratio:
            continue
        if net_charge_off is not None and net_charge_off > notch.max_net_charge_off:
            continue
        if liquidity is None or liquidity < notch.min_liquidity:
            continue
        return notch
    return table[-1]
