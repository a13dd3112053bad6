"""Underwriting: the score, the decision, the loan. One application after the other, only for those who apply."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numba import float32, float64, int32, uint8, uint32, uint64

from sim.borrowers import rules
from sim.borrowers.columns import CHARGED_OFF, FRAUDULENT, OPEN
from sim.lender.tally import V_ACCOUNTS, V_ORIGINATED
from sim.numerics.compile import inline, kernel, phase
from sim.numerics.functions32 import clamp32, exp32, normal32, share_of, unit32
from sim.numerics.functions64 import normal_quantile64
from sim.numerics.philox import Event, philox, word

f = float32
_NOISE, _SIZE = int(Event.SCORE_NOISE), int(Event.APPLICATION_SIZE)
_LOAN_AGE, _PLAN_AGE = int(Event.SAMPLE_LOAN_AGE), int(Event.SAMPLE_PLAN_AGE)
_HAS_LOAN, _HAS_PLAN = int(Event.SAMPLE_CASH_LOAN), int(Event.SAMPLE_PLAN)

risk_index = rules.risk_index

# Reasons, as the approval kernel reports them
APPROVED, REJECTED = 1, 0

SCORE_MEAN, SCORE_POINTS = 600, 50  # points at mean risk, points per standard deviation of risk


class Scorecard(NamedTuple):
    """How the lender sees risk: score = 600 + bias - 50 x ((index - centre) / scale + noise)."""

    weights: tuple[np.float32, np.float32, np.float32, np.float32, np.float32]
    centre: np.float32
    scale: np.float32
    noise: np.float32  # standard deviation in units of the true index
    bias: np.float32


def noise_for_gini(gini: float, separation: float) -> float:
    """Noise (in standard deviations of the true index) that lowers the score's Gini to the target.

    Binormal model: with bad and good borrowers d standard deviations apart, AUC = Phi(d / sqrt(2)) and noise
    s divides d by sqrt(1 + s**2). Without noise d is the profile's separation; a target above that Gini needs none.
    """
    wanted = math.sqrt(2.0) * float(normal_quantile64((min(max(gini, 1e-3), 0.999) + 1.0) / 2.0))
    if wanted >= separation:
        return 0.0
    return math.sqrt((separation / wanted) ** 2 - 1.0)


@phase
def _take(column: Any, rows: Any, out: Any) -> None:
    """Gather a column: a loop of its own, so that the processor can fetch many rows at once."""
    for j in range(rows.shape[0]):
        out[j] = column[rows[j]]


@inline
def true_index(
    cash: Any, essential: Any, elsewhere: Any, ours: Any, permanent: Any, lasting: Any, attentive: Any, job_risk: Any,
    employed: Any, weights: Any,
) -> Any:
    """The borrower's risk index from the present state: savings, burden, disposition, attention, job.

    elsewhere, ours: monthly payments on debts at other lenders and at this one, major units.
    """
    thin = exp32(-cash / max(essential, f(1)))
    burden = clamp32((essential + elsewhere + ours) / max(permanent, f(1)), f(0), f(2))
    return risk_index(thin, burden, lasting, share_of(attentive), job_risk, employed, weights)


@inline
def score_of(index: Any, z: Any, card: Any) -> Any:
    """Score in points, 0 to 1000: falls with the index as the lender sees it (noise z standard normal)."""
    seen = (index - card.centre) / card.scale + card.noise * z
    return int32(clamp32(f(SCORE_MEAN) + card.bias - f(SCORE_POINTS) * seen, f(0), f(1000)))


@kernel
def index_moments(H: Any, weights: Any, payment_share: Any) -> tuple[int, int]:
    """Sums of the index and of its square over the population without our accounts, in 1/4096, as integers."""
    total = 0
    squares = 0
    for i in range(H.income.shape[0]):
        index = true_index(
            H.cash[i], H.essential[i], payment_share * H.other_balance[i], f(0), H.permanent[i], H.willingness[i], H.attentive[i],
            H.job_risk[i], H.employed[i] != uint8(0), weights,
        )
        q = int(np.floor(float64(index) * 4096.0 + 0.5))
        total += q
        squares += q * q
    return total, squares


@inline
def _band_of(score: Any, min_score: Any) -> Any:
    band = min_score.shape[0] - 1
    for b in range(min_score.shape[0] - 1, -1, -1):
        if score >= min_score[b]:
            band = b
    return band


@kernel
def decide(
    H: Any, A: Any, B: Any, rows: Any, plan: bool, month: int, k0: int, k1: int, card: Any, terms: Any, size: Any,
    spread: Any, fraud: Any, screen: Any, payment_share: Any, major: Any, former_allowed: bool, approved: Any, face: Any,
    rate: Any, instalment: Any, tenor: Any, band: Any, fraudulent: Any, tie: Any,
) -> None:
    """Score every application (rows) and work out the loan it would get; policy reasons only, not the budget."""
    n = rows.shape[0]
    minor = 1.0 / float64(major)
    x = np.empty((6, n), np.float32)
    owed = np.empty((2, n), np.int32)
    state = np.empty((4, n), np.uint8)
    excluded = np.empty(n, np.int16)
    cash, essential, balance, permanent, lasting, job_risk = x[0], x[1], x[2], x[3], x[4], x[5]
    _take(H.cash, rows, cash)
    _take(H.essential, rows, essential)
    _take(H.other_balance, rows, balance)
    _take(H.permanent, rows, permanent)
    _take(H.willingness, rows, lasting)
    _take(H.job_risk, rows, job_risk)
    _take(A.instalment, rows, owed[0])
    _take(B.instalment, rows, owed[1])
    _take(A.state, rows, state[0])
    _take(B.state, rows, state[1])
    _take(H.employed, rows, state[2])
    _take(H.attentive, rows, state[3])
    _take(H.excluded, rows, excluded)
    for j in range(n):
        i = rows[j]
        ours = int32(0)
        if state[0, j] == uint8(OPEN):
            ours += owed[0, j]
        if state[1, j] == uint8(OPEN):
            ours += owed[1, j]
        elsewhere = payment_share * balance[j]
        index = true_index(
            cash[j], essential[j], elsewhere, f(ours) * major, permanent[j], lasting[j], state[3, j], job_risk[j],
            state[2, j] != uint8(0), card.weights,
        )
        z = normal32(unit32(word(i, 0, uint32(_NOISE), k0, k1)))
        score = score_of(index, z, card)
        H.score[i] = np.int16(score)
        approved[j] = uint8(0)
        if score < terms.cut_off or score < terms.min_score[-1] or state[2, j] == uint8(0) or excluded[j] > 0:
            continue
        if not former_allowed and (state[0, j] == uint8(CHARGED_OFF) or state[1, j] == uint8(CHARGED_OFF)):
            continue
        # one call of the generator serves what an application draws
        e = uint32(_SIZE)
        b = uint64(i)
        d0, d1, d2, d3 = philox(uint32(b), uint32(b >> uint64(32)), uint32(month), e >> uint32(2), k0, k1)
        u = f(1) - unit32(d0) if plan else unit32(d0)
        cheat = unit32(d1) < fraud
        fraudulent[j] = uint8(1) if cheat else uint8(0)
        tie[j] = d3
        if cheat and unit32(d2) < screen:
            continue
        k = _band_of(score, terms.min_score)
        income = float64(permanent[j]) * minor
        want = float64(size * exp32(spread * normal32(u))) * income
        if plan:
            bp = terms.plan_rate_bp
            months = terms.plan_tenor
            factor = terms.plan_factor
            low = terms.plan_minimum
            high = float64(terms.plan_maximum)
        else:
            bp = terms.rate_bp[k]
            months = terms.tenor[k]
            factor = terms.factor[k]
            low = terms.loan_minimum
            high = min(float64(terms.loan_maximum), terms.size_cap[k] * income)
        if bp < 0:
            continue
        room = terms.pti_cap * income - float64(elsewhere) * minor - ours
        amount = min(min(want, high), room / factor)
        if amount < low or amount <= 0.0:
            continue
        whole = int(amount / minor) * int(minor)  # whole major units
        if whole <= 0:
            continue
        approved[j] = uint8(1)
        face[j] = whole
        rate[j] = bp
        tenor[j] = months
        band[j] = k
        instalment[j] = int(np.floor(whole * factor + 0.5))


@kernel
def book(
    H: Any, A: Any, rows: Any, grant: Any, face: Any, rate: Any, instalment: Any, tenor: Any, band: Any, fraudulent: Any,
    fee_share: float, spent: Any, major: Any, month: int, vintages: Any, vintage_zero: int,
) -> tuple[int, int, int]:
    """Open the granted accounts; returns face principal, fees netted and number of accounts."""
    total = 0
    fees = 0
    count = 0
    for j in range(rows.shape[0]):
        if grant[j] == uint8(0):
            continue
        i = rows[j]
        fee = int(np.floor(face[j] * fee_share + 0.5))
        open_account(A, i, face[j], rate[j], instalment[j], tenor[j], band[j], fee, month)
        if fraudulent[j] != uint8(0):
            A.marks[i] = uint8(FRAUDULENT)
        H.cash[i] += (f(1) - spent) * f(face[j] - fee) * major
        total += face[j]
        fees += fee
        count += 1
        v = month + vintage_zero
        if v >= 0:
            vintages[V_ORIGINATED, v, 0] += face[j]
            vintages[V_ACCOUNTS, v, 0] += 1
    return total, fees, count


@inline
def open_account(A: Any, i: Any, face: Any, rate: Any, instalment: Any, tenor: Any, band: Any, fee: Any, month: Any) -> None:
    """A fresh account in the slot; a charged-off claim that was there is given up. Closing left the rest at zero."""
    A.principal[i] = int32(face)
    A.scheduled[i] = int32(face)
    A.original[i] = int32(face)
    A.instalment[i] = int32(instalment)
    A.unearned_fee[i] = int32(fee)
    A.claim[i] = int32(0)
    A.rate[i] = np.int16(rate)
    A.opened[i] = np.int16(month)
    A.remaining[i] = uint8(tenor)
    A.tenor[i] = uint8(tenor)
    A.state[i] = uint8(OPEN)
    A.band[i] = uint8(band)
    A.marks[i] = uint8(0)


@kernel
def season(
    H: Any, A: Any, rows: Any, grant: Any, face: Any, rate: Any, instalment: Any, tenor: Any, band: Any, fee_share: float,
    plan: bool, month: int, k0: int, k1: int,
) -> None:
    """Give the granted borrowers an account that has already run for part of its tenor (the opening book).

    The age is uniform over the tenor; balance and unearned fee are where the schedule says.
    """
    for j in range(rows.shape[0]):
        if grant[j] == uint8(0):
            continue
        i = rows[j]
        event = uint32(_PLAN_AGE) if plan else uint32(_LOAN_AGE)
        age = int(unit32(word(i, 0, event, k0, k1)) * f(tenor[j]))
        fee = int(np.floor(face[j] * fee_share + 0.5))
        open_account(A, i, face[j], rate[j], instalment[j], tenor[j], band[j], fee, month - age)
        balance = int(face[j])
        for _ in range(age):
            base = face[j] if plan else balance
            interest = int(rules.interest_of(base, rate[j]))
            balance -= min(balance, instalment[j] - interest)
        A.principal[i] = int32(balance)
        A.scheduled[i] = int32(balance)
        A.remaining[i] = uint8(tenor[j] - age)
        A.unearned_fee[i] = int32(fee - fee * age // tenor[j])


@kernel
def pick_opening(n: int, share: Any, plan: bool, k0: int, k1: int) -> Any:
    """Bytes: who holds a seasoned account at the start."""
    chosen = np.zeros(n, np.uint8)
    event = uint32(_HAS_PLAN) if plan else uint32(_HAS_LOAN)
    for i in range(n):
        chosen[i] = uint8(1) if unit32(word(i, 0, event, k0, k1)) < share else uint8(0)
    return chosen


@kernel
def open_scripted(A: Any, face: int, rate: int, instalment: int, tenor: int, fee: int) -> None:
    """Open the account of a scripted loan in row 0, month 0."""
    open_account(A, 0, face, rate, instalment, tenor, 0, fee, 0)
