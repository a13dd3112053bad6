"""What a loan contract asks for each month: pure functions of scalars in integer minor units."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import float32, float64, int32

from sim.accounts.columns import OPEN
from sim.numerics.compile import rule

_OPEN = np.uint8(OPEN)


@rule
def interest_of(base: Any, rate: Any) -> Any:
    """A month's interest in minor units, half up: base x annual basis points / 120,000, exact for every int32 base.

    A product with 1 / 120,000 is four times as fast as the division. The numerator is a whole number, so adding
    another half keeps the quotient 4e-6 away from any whole number, and rounding errs by less than 1e-6.
    """
    return int32(np.floor((float64(base) * float64(rate) + 60000.5) * (1.0 / 120000.0)))


@rule
def falls_due(
    state: Any, remaining: Any, principal: Any, scheduled: Any, instalment: Any, original: Any, rate: Any, flat: Any
) -> Any:
    """Interest and principal of the instalment that falls due this month, (0, 0) if none does.

    Annuity (flat = 0): interest on the principal outstanding since the last due date; principal as the
    schedule says, i.e. instalment - interest on the scheduled balance, the rest in the last month.
    Fixed-fee plan (flat = 1): the fee on the original principal every month, the rest of the instalment
    is principal. Unpaid interest bears no interest.
    """
    due = (state == _OPEN) and (remaining > 0)
    base = original if flat else principal
    interest = interest_of(base, rate)
    planned = interest_of(original if flat else scheduled, rate)
    part = int32(max(int32(0), min(scheduled, int32(instalment - planned))))
    part = scheduled if remaining == 1 else part
    return (interest if due else int32(0)), (part if due else int32(0))


@rule
def fee_earned(unearned: Any, remaining: Any) -> Any:
    """Upfront fee earned this month, straight line over the months left (half up); all of it at the end.

    Exact for fees below 2**30 minor units, in float32 so that the loop keeps its full width: a first quotient
    leaves a remainder below 2**17, which the second one rounds; the extra quarter keeps it off the whole numbers.
    """
    months = max(int32(remaining), int32(1))
    share = float32(1) / float32(months)
    first = int32(float32(unearned) * share)
    rest = int32(unearned - int32(first * months))
    half = float32(rest) + float32(0.5) * float32(months) + float32(0.25)
    return int32(first + int32(np.floor(half * share)))


@rule
def late_fee(fee: Any, cap_rate: Any, principal: Any, interest: Any) -> Any:
    """Fee for a missed instalment, within the cap on interest and fee of the month (annual rate on principal)."""
    room = int32(max(0.0, np.floor(float64(principal) * float64(cap_rate) / 12.0 + 0.5) - float64(interest)))
    return int32(min(fee, room))
