"""Underwriting: the score, the decision, the loan. One application after the other, only for those who apply."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numba import float32, float64, int32, uint8, uint32

from sim.borrowers import rules
from sim.borrowers.columns import APPLIES_LOAN, APPLIES_PLAN, CHARGED_OFF, OPEN, Array
from sim.lender.pricing import Terms
from sim.numerics.blocks import find_marked
from sim.numerics.compile import inline, kernel, phase
from sim.numerics.functions32 import clamp32, exp32, normal32, share_of, unit32
from sim.numerics.functions64 import normal_quantile64
from sim.numerics.philox import Event, philox

f = float32
_NOISE, _SIZE = int(Event.SCORE_NOISE), int(Event.APPLICATION_SIZE)
_OPEN, _CHARGED_OFF = np.uint8(OPEN), np.uint8(CHARGED_OFF)

risk_index = rules.risk_index

BATCH = 128  # applications judged together: enough to fill vectors, few enough to find their rows still in cache
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


class Criteria(NamedTuple):
    """What the month's applications are judged by; fixed before the month begins."""

    card: Scorecard
    terms: Terms
    loan_size: np.float32  # median size asked for, months of income
    plan_size: np.float32
    size_spread: np.float32
    fraud: np.float32  # share of applications that never mean to pay
    screen: np.float32  # share of these that the lender notices
    payment_share: np.float32  # monthly payment over debt at other lenders
    major: np.float32  # major units per minor unit
    former_allowed: bool


class Judged(NamedTuple):
    """One product's applications and what came of them, one entry per application."""

    rows: Array  # i8
    approved: Array  # u1, 1 where the risk policy passed
    face: Array  # i8
    rate: Array  # i4 basis points
    instalment: Array  # i8
    tenor: Array  # i4
    band: Array  # u1
    fraudulent: Array  # u1
    tie: Array  # u4 lot among equal scores


def empty_judged(n: int) -> Judged:
    """Room for n applications; untouched pages of it cost no memory."""
    i8, i4, u1 = np.int64, np.int32, np.uint8
    return Judged(*(np.empty(n, kind) for kind in (i8, u1, i8, i4, i8, i4, u1, u1, np.uint32)))


@phase
def _draw_for(rows: Any, month: Any, call: Any, k0: Any, k1: Any, d0: Any, d1: Any, d2: Any, d3: Any) -> None:
    """Four events for every listed row."""
    for j in range(rows.shape[0]):
        a0, a1, a2, a3 = philox(uint32(rows[j]), uint32(0), uint32(month), uint32(call), uint32(k0), uint32(k1))
        d0[j] = a0
        d1[j] = a1
        d2[j] = a2
        d3[j] = a3


@phase
def _score(x: Any, owed: Any, state: Any, noise: Any, c: Any, score: Any) -> None:
    """Scores of the listed applicants: x holds cash, essentials, debt elsewhere, income, willingness, job risk."""
    cash, essential, balance, permanent, lasting, job_risk = x
    for j in range(score.shape[0]):
        ours = int32(int32(owed[0][j] if state[0][j] == _OPEN else int32(0)) + (owed[1][j] if state[1][j] == _OPEN else int32(0)))
        index = true_index(
            cash[j], essential[j], c.payment_share * balance[j], f(ours) * c.major, permanent[j], lasting[j], state[3][j],
            job_risk[j], state[2][j] != uint8(0), c.card.weights,
        )
        owed[0][j] = ours
        score[j] = score_of(index, normal32(unit32(noise[j])), c.card)


@phase
def judge(H: Any, A: Any, B: Any, plan: Any, month: Any, k0: Any, k1: Any, c: Any, out: Any) -> None:
    """Score the applications of out.rows and work out the loan that each would get; policy reasons only, not the budget."""
    rows = out.rows
    n = rows.shape[0]
    terms = c.terms
    minor = 1.0 / float64(c.major)
    gathered = np.empty((6, n), np.float32)
    whole = np.empty((3, n), np.int32)
    small = np.empty((4, n), np.uint8)
    words = np.empty((4, n), np.uint32)
    # one row of a C array keeps its layout
    x = (gathered[0], gathered[1], gathered[2], gathered[3], gathered[4], gathered[5])
    owed, score = (whole[0], whole[1]), whole[2]
    state = (small[0], small[1], small[2], small[3])
    _take(H.cash, rows, x[0])
    _take(H.essential, rows, x[1])
    _take(H.other_balance, rows, x[2])
    _take(H.permanent, rows, x[3])
    _take(H.willingness, rows, x[4])
    _take(H.job_risk, rows, x[5])
    _take(A.instalment, rows, owed[0])
    _take(B.instalment, rows, owed[1])
    _take(A.state, rows, state[0])
    _take(B.state, rows, state[1])
    _take(H.employed, rows, state[2])
    _take(H.attentive, rows, state[3])
    _draw_for(rows, 0, _NOISE >> 2, k0, k1, words[0], words[1], words[2], words[3])
    _score(x, owed, state, words[_NOISE & 3], c, score)
    # one call of the generator serves what an application draws
    _draw_for(rows, month, _SIZE >> 2, k0, k1, words[0], words[1], words[2], words[3])
    for j in range(n):
        i = rows[j]
        H.score[i] = np.int16(score[j])
        out.approved[j] = uint8(0)
        if score[j] < terms.cut_off or score[j] < terms.min_score[-1] or state[2][j] == uint8(0) or H.excluded[i] > 0:
            continue
        if not c.former_allowed and (state[0][j] == _CHARGED_OFF or state[1][j] == _CHARGED_OFF):
            continue
        u = f(1) - unit32(words[0, j]) if plan else unit32(words[0, j])
        cheat = unit32(words[1, j]) < c.fraud
        out.fraudulent[j] = uint8(1) if cheat else uint8(0)
        out.tie[j] = words[3, j]
        if cheat and unit32(words[2, j]) < c.screen:
            continue
        k = _band_of(score[j], terms.min_score)
        income = float64(x[3][j]) * minor
        size = c.plan_size if plan else c.loan_size
        want = float64(size * exp32(c.size_spread * normal32(u))) * income
        if plan:
            bp = terms.plan_rate_bp
            months = terms.plan_tenor
            factor = terms.plan_factor
            least = terms.plan_minimum
            most = float64(terms.plan_maximum)
        else:
            bp = terms.rate_bp[k]
            months = terms.tenor[k]
            factor = terms.factor[k]
            least = terms.loan_minimum
            most = min(float64(terms.loan_maximum), terms.size_cap[k] * income)
        if bp < 0:
            continue
        room = terms.pti_cap * income - float64(c.payment_share * x[2][j]) * minor - owed[0][j]
        amount = min(min(want, most), room / factor)
        if amount < least or amount <= 0.0:
            continue
        face = int(amount / minor) * int(minor)  # whole major units
        if face <= 0:
            continue
        out.approved[j] = uint8(1)
        out.face[j] = face
        out.rate[j] = bp
        out.tenor[j] = months
        out.band[j] = k
        out.instalment[j] = int(np.floor(face * factor + 0.5))


@phase
def judge_block(H: Any, A: Any, B: Any, s: Any, e: Any, last: Any, month: Any, k0: Any, k1: Any, c: Any, loans: Any, plans: Any, done: Any) -> None:  # noqa: E501
    """List the applications of rows s to e of both products; judge those listed once they fill a batch, or at the last block.

    done: applications listed of each product, then those judged. Both products see the same state of the borrower.
    """
    marked = np.empty(e - s, np.int32)
    n = find_marked(H.applies[s:e], marked)
    applies = H.applies
    a = done[0]
    b = done[1]
    for at in range(n):
        i = s + marked[at]
        loans.rows[a] = i
        a += 1 if (applies[i] & uint8(APPLIES_LOAN)) != uint8(0) else 0
        plans.rows[b] = i
        b += 1 if (applies[i] & uint8(APPLIES_PLAN)) != uint8(0) else 0
    done[0] = a
    done[1] = b
    if a - done[2] >= BATCH or last:
        judge(H, A, B, False, month, k0, k1, c, _part(loans, done[2], a))
        done[2] = a
    if b - done[3] >= BATCH or last:
        judge(H, A, B, True, month, k0, k1, c, _part(plans, done[3], b))
        done[3] = b


@inline
def _part(x: Any, lo: Any, hi: Any) -> Any:
    return Judged(
        x.rows[lo:hi], x.approved[lo:hi], x.face[lo:hi], x.rate[lo:hi], x.instalment[lo:hi], x.tenor[lo:hi], x.band[lo:hi],
        x.fraudulent[lo:hi], x.tie[lo:hi],
    )


@kernel
def judge_rows(H: Any, A: Any, B: Any, plan: bool, month: int, k0: int, k1: int, c: Any, out: Any) -> None:
    """Judge the applications of out.rows in one go, as the opening of the book does."""
    for s in range(0, out.rows.shape[0], 2048):
        judge(H, A, B, plan, month, k0, k1, c, _part(out, s, min(s + 2048, out.rows.shape[0])))
