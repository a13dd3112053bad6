"""Prices and instalments: annuities from repeated multiplication, the all-in cap, terms by risk band."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sim.inputs.policy import Policy
from sim.lender.products import Product

MAX_RATE_BP = 30_000  # 300 % a year: the largest rate the int16 column and int32 interest hold with ease
UNCAPPED = 1e12  # a size cap that no income reaches


def annuity_factor(rate_bp: int, months: int) -> float:
    """Instalment per unit of principal: i / (1 - (1 + i)**-n) with i a twelfth of the annual rate; 1/n at 0 %."""
    i = rate_bp / 120_000.0
    if rate_bp == 0:
        return 1.0 / months
    growth = 1.0
    for _ in range(months):
        growth *= 1.0 + i
    return i * growth / (growth - 1.0)


def half_up(amount: float) -> int:
    """Nearest integer, halves up."""
    return math.floor(amount + 0.5)


def capped_rate(rate_bp: int, months: int, upfront_fee: float, cap: float) -> int:
    """Highest nominal rate (basis points, at most rate_bp) whose all-in price keeps the cap; -1 if none does.

    All-in nominal rate c: the instalment discounts to the net payout, A x PV(c) = 1 - fee. So A may be at
    most (1 - fee) x annuity(c), and the rate is the largest whole basis point within it.
    """
    cap_bp = math.floor(cap * 10_000 + 1e-9)
    limit = (1.0 - upfront_fee) * annuity_factor(cap_bp, months)
    if annuity_factor(rate_bp, months) <= limit:
        return rate_bp
    if annuity_factor(0, months) > limit:
        return -1
    low, high = 0, rate_bp
    while high - low > 1:
        middle = (low + high) // 2
        if annuity_factor(middle, months) <= limit:
            low = middle
        else:
            high = middle
    return low


def capped_plan_fee(fee: float, months: int, cap: float) -> float:
    """Fixed monthly fee of a plan (share of original principal), lowered to the all-in cap; below 0 never."""
    cap_bp = math.floor(cap * 10_000 + 1e-9)
    return max(0.0, min(fee, annuity_factor(cap_bp, months) - 1.0 / months))


class Terms(NamedTuple):
    """What the lender offers of one product this month, by risk band; money in minor units."""

    min_score: npt.NDArray[np.int32]
    size_cap: npt.NDArray[np.float64]  # months of income
    tenor: npt.NDArray[np.int32]
    rate: npt.NDArray[np.int32]  # annual nominal, basis points; -1: not offered under the cap
    factor: npt.NDArray[np.float64]  # instalment per unit of principal


def offer_terms(policy: Policy, product: Product, funding_rate: float, apr_cap: float) -> Terms:
    """Terms of the month within the stricter cap.

    An annuity costs the funding rate + base margin + the band's premium; a flat fee is the same for every band.
    funding_rate: annual cost of funds; apr_cap: the month's legal cap (fraction a year).
    """
    bands = policy.underwriting.bands
    cap = min(policy.pricing.legal_cap, apr_cap)
    rates, factors = [], []
    for band in bands:
        if product.flat:
            rate = math.floor(capped_plan_fee(product.monthly_fee, product.tenor, cap) * 120_000 + 1e-9)
            factor = 1.0 / product.tenor + rate / 120_000.0
        else:
            asked = min(MAX_RATE_BP, max(0, half_up((funding_rate + policy.pricing.base_margin + band.premium) * 10_000)))
            rate = capped_rate(asked, band.tenor, product.upfront_fee, cap)
            factor = annuity_factor(max(rate, 0), band.tenor)
        rates.append(rate)
        factors.append(factor)
    return Terms(
        np.array([b.min_score for b in bands], np.int32),
        np.array([UNCAPPED if product.flat else b.size_cap for b in bands], np.float64),
        np.array([product.tenor if product.flat else b.tenor for b in bands], np.int32),
        np.array(rates, np.int32),
        np.array(factors, np.float64),
    )
