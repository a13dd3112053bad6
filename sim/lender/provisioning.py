"""The required allowance: expected loss by delinquency band."""

from __future__ import annotations

from collections.abc import Sequence

from sim.config.schema import Provisioning
from sim.lender.exact import BILLION, parts, share_of


def band_rates(provisioning: Provisioning) -> tuple[int, ...]:
    """Roll-to-loss x loss given default of the six bands (see flows.BANDS), in parts of BILLION squared.

    90_119 and 120_plus share the rate of 90 days and more.
    """
    p = provisioning
    rolls = (
        p.roll_to_loss_current,
        p.roll_to_loss_1_29,
        p.roll_to_loss_30_59,
        p.roll_to_loss_60_89,
        p.roll_to_loss_90_plus,
        p.roll_to_loss_90_plus,
    )
    loss = parts(p.loss_given_default)
    return tuple(parts(roll) * loss for roll in rolls)


def required_allowance(band_principal: Sequence[int], provisioning: Provisioning) -> int:
    """Sum over the bands of half-up(roll to loss x LGD x principal), minor units."""
    rates = band_rates(provisioning)
    return sum(share_of(p, r, BILLION * BILLION) for p, r in zip(band_principal, rates, strict=True))
