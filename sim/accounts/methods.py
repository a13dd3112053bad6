"""What a loan contract asks for each month: the methods there are, and pure functions of scalars in integer minor units.

A method is an entry of METHODS: the code that its accounts keep, and the instalment that repays a principal. What it
charges interest on, if not the principal outstanding, is a line of `interest_base`; the terms that a policy must give
stand in sim/inputs/offers.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy import float32, float64, int32

from sim.accounts.columns import OPEN
from sim.numerics.compile import rule


def annuity_factor(rate_bp: int, months: int) -> float:
    """Instalment per unit of principal: i / (1 - (1 + i)**-n) with i a twelfth of the annual rate; 1/n at 0 %."""
    i = rate_bp / 120_000.0
    if rate_bp == 0:
        return 1.0 / months
    growth = 1.0
    for _ in range(months):
        growth *= 1.0 + i
    return i * growth / (growth - 1.0)


def flat_fee_factor(rate_bp: int, months: int) -> float:
    """Instalment per unit of principal where a twelfth of the annual rate on the original principal is due every month."""
    return 1.0 / months + rate_bp / 120_000.0


@lru_cache(maxsize=1024)
def effective_rate(factor: float, months: int, upfront_fee: float = 0.0) -> int:
    """Annual nominal all-in rate, basis points: the lowest at which an annuity on the net payout asks as much as this factor.

    factor: instalment per unit of principal; upfront_fee: netted from the payout, share of principal. At most 100,000 %.
    """
    if factor <= (1.0 - upfront_fee) * annuity_factor(0, months):
        return 0
    low, high = 0, 10_000_000
    while high - low > 1:
        middle = (low + high) // 2
        if (1.0 - upfront_fee) * annuity_factor(middle, months) >= factor:
            high = middle
        else:
            low = middle
    return high


@dataclass(frozen=True)
class Method:
    """A way in which a loan is repaid.

    code: what its accounts keep in `method`; never reused, since saved accounts mean it. factor: instalment per unit of
    principal, from the annual rate in basis points and the months; it must rise with the rate.
    """

    code: int
    factor: Callable[[int, int], float]


METHODS: dict[str, Method] = {
    "annuity": Method(0, annuity_factor),  # interest on what is outstanding
    "flat_fee": Method(1, flat_fee_factor),  # a fixed fee on the original principal every month
}

_OPEN = np.uint8(OPEN)
_FLAT_FEE = np.uint8(METHODS["flat_fee"].code)


@rule
def interest_of(base: Any, rate: Any) -> Any:
    """A month's interest in minor units, half up: base x annual basis points / 120,000, exact for every int32 base.

    A product with 1 / 120,000 is four times as fast as the division. The numerator is a whole number, so adding
    another half keeps the quotient 4e-6 away from any whole number, and rounding errs by less than 1e-6.
    """
    return int32(np.floor((float64(base) * float64(rate) + 60000.5) * (1.0 / 120000.0)))


@rule
def interest_base(method: Any, outstanding: Any, original: Any) -> Any:
    """What a month's interest is charged on: the principal outstanding, or under a flat fee always the original principal."""
    return original if method == _FLAT_FEE else outstanding


@rule
def falls_due(
    state: Any, method: Any, remaining: Any, principal: Any, scheduled: Any, instalment: Any, original: Any, rate: Any
) -> Any:
    """Interest and principal of the instalment that falls due this month, (0, 0) if none does.

    Interest is on the base that the account's method names, as it stood since the last due date. Principal is as the
    schedule says: instalment - interest on the scheduled base, the rest in the last month. Unpaid interest bears no
    interest.
    """
    due = (state == _OPEN) and (remaining > 0)
    interest = interest_of(interest_base(method, principal, original), rate)
    planned = interest_of(interest_base(method, scheduled, original), rate)
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
