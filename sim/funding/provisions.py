"""The allowance that the policy requires."""

from __future__ import annotations

from collections.abc import Sequence

from sim.funding.money import PPM, ppm
from sim.funding.terms import Provisioning


def bucket_rates(p: Provisioning) -> tuple[int, ...]:
    """Required allowance per unit of principal by bucket (current, 1-29, ..., 120+), millionths: roll to loss x LGD."""
    rolls = (
        p.roll_to_loss_current, p.roll_to_loss_1_29, p.roll_to_loss_30_59, p.roll_to_loss_60_89, p.roll_to_loss_90_plus,
        p.roll_to_loss_90_plus,
    )
    return tuple(ppm(r * p.loss_given_default) for r in rolls)


def required_allowance(bucket_principal: Sequence[int], p: Provisioning) -> int:
    """Sum over buckets of rate x principal, half up to the minor unit in each bucket."""
    return sum(
        (amount * rate * 2 + PPM) // (2 * PPM) for amount, rate in zip(bucket_principal, bucket_rates(p), strict=True)
    )
