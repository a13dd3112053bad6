"""Prices and instalments: annuities from repeated multiplication, the all-in cap, terms by risk band."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sim.config.schema import Policy

MAX_RATE_BP = 30_000  # 300 % a year: the largest rate the int16 column and int32 interest hold with ease


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
    """What the lender offers this month, as arrays by band for compiled code; money in minor units."""

    min_score: npt.NDArray[np.int32]
    size_cap: npt.NDArray[np.float64]  # months of income
    tenor: npt.NDArray[np.int32]
    rate_bp: npt.NDArray[np.int32]  # -1: not offered under the cap
    factor: npt.NDArray[np.float64]  # instalment per unit of principal
    plan_tenor: int
    plan_rate_bp: int  # twelve times the monthly fee
    plan_factor: float
    loan_minimum: int
    loan_maximum: int
    plan_minimum: int
    plan_maximum: int
    upfront_fee: float
    cut_off: int
    pti_cap: float


def offer_terms(policy: Policy, minor_units: int, funding_rate: float, apr_cap: float) -> Terms:
    """Terms of the month: funding rate + base margin + the band's premium, within the stricter cap.

    funding_rate: annual cost of funds; apr_cap: the month's legal cap (fraction a year).
    """
    u, pr = policy.underwriting, policy.products
    cap = min(policy.pricing.legal_cap, apr_cap)
    scale = 10**minor_units
    rates, factors = [], []
    for band in u.bands:
        asked = min(MAX_RATE_BP, max(0, half_up((funding_rate + policy.pricing.base_margin + band.premium) * 10_000)))
        rate = capped_rate(asked, band.tenor, pr.cash_loan.upfront_fee, cap)
        rates.append(rate)
        factors.append(annuity_factor(max(rate, 0), band.tenor))
    n = pr.instalment_plan.tenor
    plan_bp = math.floor(capped_plan_fee(pr.instalment_plan.monthly_fee, n, cap) * 120_000 + 1e-9)
    return Terms(
        np.array([b.min_score for b in u.bands], np.int32),
        np.array([b.size_cap for b in u.bands], np.float64),
        np.array([b.tenor for b in u.bands], np.int32),
        np.array(rates, np.int32),
        np.array(factors, np.float64),
        n,
        plan_bp,
        1.0 / n + plan_bp / 120_000.0,
        half_up(pr.cash_loan.minimum * scale),
        half_up(pr.cash_loan.maximum * scale),
        half_up(pr.instalment_plan.minimum * scale),
        half_up(pr.instalment_plan.maximum * scale),
        pr.cash_loan.upfront_fee,
        u.cut_off,
        u.payment_to_income_cap,
    )
