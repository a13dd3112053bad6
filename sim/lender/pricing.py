"""Prices and instalments: the all-in cap, terms by risk band."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from sim.accounts.methods import METHODS, annuity_factor, effective_rate
from sim.lender.products import Product
from sim.numerics.sums import half_up

if TYPE_CHECKING:
    from sim.inputs.policy import Policy

MAX_RATE_BP = 30_000  # 300 % a year: the largest rate the int16 column and int32 interest hold with ease
UNCAPPED = 1e12  # a size cap that no income reaches


def capped_rate(factor: Callable[[int, int], float], rate_bp: int, months: int, upfront_fee: float, cap: float) -> int:
    """Highest nominal rate (basis points, at most rate_bp) whose all-in price keeps the cap; -1 if none does.

    factor: the method's instalment per unit of principal. All-in nominal rate c: the instalment discounts to the net
    payout, factor x PV(c) = 1 - fee. So the factor may be at most (1 - fee) x annuity(c), and the rate is the largest
    whole basis point within it.
    """
    cap_bp = math.floor(cap * 10_000 + 1e-9)
    limit = (1.0 - upfront_fee) * annuity_factor(cap_bp, months)
    if factor(rate_bp, months) <= limit:
        return rate_bp
    if factor(0, months) > limit:
        return -1
    low, high = 0, rate_bp
    while high - low > 1:
        middle = (low + high) // 2
        if factor(middle, months) <= limit:
            low = middle
        else:
            high = middle
    return low


def pays(factor: float, months: int, upfront_fee: float, least: float) -> bool:
    """Whether an offer earns at least this annual all-in nominal price: what funding, expected loss and running it cost.

    factor: its instalment per unit of principal. As in capped_rate: factor x PV(least) against the net payout, 1 - fee.
    """
    return least <= 0.0 or factor >= (1.0 - upfront_fee) * annuity_factor(math.floor(least * 10_000 + 1e-9), months)


class Terms(NamedTuple):
    """What the lender offers of one product this month, by risk band; money in minor units."""

    min_score: npt.NDArray[np.int32]
    size_cap: npt.NDArray[np.float64]  # months of income
    tenor: npt.NDArray[np.int32]
    rate: npt.NDArray[np.int32]  # annual nominal, basis points; -1: not offered, since no price within the cap pays
    factor: npt.NDArray[np.float64]  # instalment per unit of principal
    price: npt.NDArray[np.float32]  # annual nominal all-in price, a fraction


def offer_terms(policy: Policy, product: Product, funding_rate: float, apr_cap: float, tightness: float = 0.0) -> Terms:
    """Terms of the month within the stricter cap.

    A product priced by risk costs the funding rate + base margin + the band's premium and is capped by the band's size; a
    monthly fee of the product's own is the same for every band. A loan priced by risk that would earn less than funding, expected
    loss and the least margin is not offered: a cap rations those who cost more. One price for all is the lender's choice to
    let some pay for others.
    funding_rate: annual cost of funds; apr_cap: the month's legal cap (fraction a year); tightness: of lending standards,
    -1 to 1, which moves prices and size caps where the policy says so.
    """
    bands, method = policy.underwriting.bands, METHODS[product.method]
    cap = min(policy.pricing.legal_cap, apr_cap)
    tenors = [band.tenor if product.tenor is None else product.tenor for band in bands]
    price, size = (policy.standards.price, policy.standards.size) if policy.standards is not None else (0.0, 0.0)
    rates, factors, prices = [], [], []
    by_risk = product.monthly_fee is None
    for band, tenor in zip(bands, tenors, strict=True):
        if product.monthly_fee is None:
            asked = half_up((funding_rate + policy.pricing.base_margin + band.premium + price * tightness) * 10_000)
        else:
            asked = math.floor(product.monthly_fee * 120_000 + 1e-9)
        rate = capped_rate(method.factor, min(MAX_RATE_BP, max(0, asked)), tenor, product.upfront_fee, cap)
        factor = method.factor(max(rate, 0), tenor)
        least = funding_rate + band.expected_loss + policy.pricing.least_margin
        rates.append(rate if not by_risk or pays(factor, tenor, product.upfront_fee, least) else -1)
        factors.append(factor)
        prices.append(effective_rate(factor, tenor, product.upfront_fee) / 10_000)
    return Terms(
        np.array([b.min_score for b in bands], np.int32),
        np.array([b.size_cap * (1.0 - size * tightness) if by_risk else UNCAPPED for b in bands], np.float64),
        np.array(tenors, np.int32),
        np.array(rates, np.int32),
        np.array(factors, np.float64),
        np.array(prices, np.float32),
    )
