"""Underwriting: the score, the decision, the loan; only for those who apply, a batch at a time.

The lender sees a borrower's true risk index through noise: score = 600 + bias - 50 x ((index - centre) / scale + noise).
"""

from __future__ import annotations

import math
from typing import Annotated, Any, NamedTuple

import numpy as np
from numpy import float32 as f
from numpy import float64, int32, int64, uint8, uint32, uint64
from pydantic import Field

from sim.accounts.columns import CHARGED_OFF, OPEN
from sim.config.fields import AnyNumber, Section, Weight
from sim.config.ranges import Range
from sim.engine.columns import Column
from sim.engine.declare import Counter
from sim.engine.memory import JUDGED, LISTED, LOW, SIZE
from sim.engine.pipeline import Block, Numbers
from sim.mechanisms.rivals import rival_price, takes
from sim.numerics.compile import phase, rule
from sim.numerics.functions32 import clamp32, exp32, normal32, share_of, unit32
from sim.numerics.functions64 import normal_quantile64
from sim.numerics.philox import lot, philox

U0 = np.uint8(0)
_OPEN, _CHARGED_OFF = np.uint8(OPEN), np.uint8(CHARGED_OFF)

BATCH = 128  # applications judged together: enough to fill vectors, few enough to find their rows still in cache
SCORE_MEAN, SCORE_POINTS = 600, 50  # points at mean risk, points per standard deviation of risk

COLUMNS = (Column("score", "i2", "points", "last score given", lowest=0, highest=1_000),)
# the month's applications of one product and what came of them, in the order of the rows
DESK: tuple[Column, ...] = (
    Column("rows", "i8", "count", "borrower"),
    Column("approved", "u1", "flag", "passed the risk policy"),
    Column("granted", "u1", "flag", "granted within the lender's means, and taken"),
    Column("face", "i8", "minor units", "principal"),
    Column("rate", "i4", "basis points", "annual nominal rate"),
    Column("instalment", "i8", "minor units", "monthly instalment"),
    Column("tenor", "i4", "months", "instalments"),
    Column("band", "u1", "code", "risk band"),
    Column("fraudulent", "u1", "flag", "never meant to pay"),
    Column("tie", "u4", "words", "lot among equal scores"),
)
SCRATCH = tuple(
    Column(f"applicant_{name}", dtype, unit, f"{name} of the applicants of a batch")
    for name, dtype, unit in (
        ("cash", "f4", "major units"), ("essential", "f4", "major units"), ("elsewhere", "f4", "major units"),
        ("permanent", "f4", "major units"), ("lasting", "f4", "logits"), ("job_risk", "f4", "ratio"), ("owed", "i4", "minor units"),
        ("former", "u1", "flag"), ("relieved", "u1", "flag"), ("employed", "u1", "flag"), ("attentive", "u1", "trait"),
        ("score", "i4", "points"), ("hidden", "f4", "ratio"),
    )
) + tuple(Column(f"luck_{k}", "u4", "words", "luck of the applications of a batch") for k in range(4))
COUNTERS = (
    Counter("index_sum", "true risk index in 1/4,096, summed", scope="borrower"),
    Counter("index_squares", "its squares", scope="borrower"),
)


class LatentRisk(Section):
    """Weights of the true risk index that the scorecard sees through noise (higher is riskier)."""

    buffer: Weight = Field(description="weight of a thin savings buffer")
    burden: Weight = Field(description="weight of debt service and essentials over income")
    willingness: Weight = Field(description="weight of low willingness, per logit")
    attention: Weight = Field(description="weight of low attentiveness")
    job_risk: Weight = Field(description="weight of an unstable job, per unit of relative separation risk above the average")
    jobless: Weight = Field(description="weight of having no job")
    separation: Annotated[AnyNumber, Range(0, 5, "at 5 standard deviations the groups do not overlap", above=True)] = Field(
        description="distance between later defaulters and others on the index, in standard deviations; turns a target Gini into noise"
    )


SECTIONS = {"latent_risk": LatentRisk}


class Scorecard(NamedTuple):
    """How the lender sees risk."""

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


@rule
def risk_index(
    thin: Any, burden: Any, lasting: Any, attentive: Any, job_risk: Any, employed: Any, w_buffer: Any, w_burden: Any, w_willingness: Any,
    w_attention: Any, w_job_risk: Any, w_jobless: Any,
) -> Any:
    """The borrower's true credit risk as an index (higher is riskier), before the lender's noise.

    thin: exp(-months of buffer); burden: essentials and debt service over income; w_…: weights of the profile.
    """
    job_part = w_job_risk * (job_risk - f(1)) if employed else w_jobless
    return (
        w_buffer * thin
        + w_burden * burden
        - w_willingness * lasting
        + w_attention * (f(1) - attentive)
        + job_part
    )


@rule
def thinness(cash: Any, essential: Any) -> Any:
    """exp(-months of essential spending that savings last)."""
    return exp32(-cash / max(essential, f(1)))


@rule
def burden(essential: Any, elsewhere: Any, ours: Any, permanent: Any) -> Any:
    """Essentials and debt service over permanent income, at most 2."""
    return clamp32((essential + elsewhere + ours) / max(permanent, f(1)), f(0), f(2))


@phase
def index_moments(b: Block, p: Numbers) -> None:
    """Sums of the true index and of its square over the population without our accounts, in 1/4096, as integers."""
    for i in range(b.n):
        index = risk_index(
            thinness(b.cash[i], b.essential[i]),
            burden(b.essential[i], p.other_debts.payment_share * b.other_balance[i], f(0), b.permanent[i]),
            b.willingness[i], share_of(b.attentive[i]), b.job_risk[i], b.employed[i] != U0, p.latent_risk.buffer,
            p.latent_risk.burden, p.latent_risk.willingness, p.latent_risk.attention, p.latent_risk.job_risk,
            p.latent_risk.jobless,
        )
        q = int64(np.floor(float64(index) * 4096.0 + 0.5))
        b.count.index_sum[0] += q
        b.count.index_squares[0] += q * q


@phase
def list_applicants(b: Block, p: Numbers) -> None:
    """List who applies for the product; a batch is judged once it is full, or at the thread's last block."""
    listed = b.desk.done[LISTED]
    bit = uint8(p.product.bit)
    bits = uint64(bit) * uint64(0x0101010101010101)
    for w in range(b.n // 8 + 1):
        if (b.applies.eights[w] & bits) != uint64(0):
            for i in range(8 * w, min(8 * w + 8, b.n)):
                b.desk.rows[listed] = b.first + i
                listed += 1 if (b.applies[i] & bit) != U0 else 0
    b.desk.done[LISTED] = listed
    waiting = listed - b.desk.done[JUDGED]
    b.desk.done[LOW] = b.desk.done[JUDGED]
    b.desk.done[SIZE] = waiting if (waiting >= BATCH or b.first + b.n == b.hi) else int64(0)
    b.desk.done[JUDGED] += b.desk.done[SIZE]


@phase
def gather(b: Block, _p: Numbers) -> None:
    """What the lender looks at: each column in a loop of its own, so that the processor can fetch many rows at once."""
    lo, n = b.desk.done[LOW], b.desk.done[SIZE]
    for j in range(n):
        b.applicant_cash[j] = b.whole.cash[b.desk.rows[lo + j]]
    for j in range(n):
        b.applicant_essential[j] = b.whole.essential[b.desk.rows[lo + j]]
    for j in range(n):
        b.applicant_elsewhere[j] = b.whole.other_balance[b.desk.rows[lo + j]]
    for j in range(n):
        b.applicant_permanent[j] = b.whole.permanent[b.desk.rows[lo + j]]
    for j in range(n):
        b.applicant_lasting[j] = b.whole.willingness[b.desk.rows[lo + j]]
    for j in range(n):
        b.applicant_job_risk[j] = b.whole.job_risk[b.desk.rows[lo + j]]
    for j in range(n):
        b.applicant_employed[j] = b.whole.employed[b.desk.rows[lo + j]]
    for j in range(n):
        b.applicant_attentive[j] = b.whole.attentive[b.desk.rows[lo + j]]
    for j in range(n):
        b.applicant_owed[j] = int32(0)
        b.applicant_former[j] = U0
        b.applicant_relieved[j] = U0


@phase
def look_up(b: Block, p: Numbers) -> None:
    """The applicants' account in one slot: the instalment they owe, a plan or its probation, or a charge-off of the past."""
    lo, n = b.desk.done[LOW], b.desk.done[SIZE]
    for j in range(n):
        i = b.desk.rows[lo + j]
        state = b.whole.account.state[i]
        owed = b.whole.account.instalment[i] if state == _OPEN else int32(0)
        b.applicant_owed[j] = int32(b.applicant_owed[j] + owed)
        on_probation = b.whole.account.plans[i] != U0 and p.month <= b.whole.account.probation_ends[i]
        relieved = state == _OPEN and (b.whole.account.plan_left[i] != U0 or on_probation)
        b.applicant_relieved[j] = uint8(1) if relieved else b.applicant_relieved[j]
        b.applicant_former[j] = uint8(1) if state == _CHARGED_OFF else b.applicant_former[j]


@phase
def score(b: Block, p: Numbers) -> None:
    """Scores of the batch, 0 to 1000 points, from the index as the lender sees it; the noise is the borrower's for good."""
    lo, n = b.desk.done[LOW], b.desk.done[SIZE]
    for j in range(n):
        b.luck_0[j] = lot(b.desk.rows[lo + j], 0, p.event.score_noise, p.key.low, p.key.high)
    for j in range(n):
        index = risk_index(
            thinness(b.applicant_cash[j], b.applicant_essential[j]),
            burden(
                b.applicant_essential[j], p.other_debts.payment_share * b.applicant_elsewhere[j],
                f(b.applicant_owed[j]) * p.money.major, b.applicant_permanent[j],
            ),
            b.applicant_lasting[j], share_of(b.applicant_attentive[j]), b.applicant_job_risk[j], b.applicant_employed[j] != U0,
            p.latent_risk.buffer, p.latent_risk.burden, p.latent_risk.willingness, p.latent_risk.attention,
            p.latent_risk.job_risk, p.latent_risk.jobless,
        )
        b.applicant_hidden[j] = -p.score.noise * normal32(unit32(b.luck_0[j]))
        seen = (index - p.score.centre) / p.score.scale - b.applicant_hidden[j]
        b.applicant_score[j] = int32(clamp32(f(SCORE_MEAN) + p.score.bias - f(SCORE_POINTS) * seen, f(0), f(1000)))


@phase
def judge(b: Block, p: Numbers) -> None:
    """Decide the batch by policy, not yet by budget, and work out the loan that each would get."""
    lo, n = b.desk.done[LOW], b.desk.done[SIZE]
    minor = 1.0 / float64(p.money.major)
    # one call of the generator serves what an application for this product draws
    for j in range(n):
        size, cheat, screen, tie = philox(
            uint32(b.desk.rows[lo + j]), uint32(0), uint32(p.month), uint32(p.event.application_size >> 2), uint32(p.key.low),
            uint32(p.key.high),
        )
        b.luck_0[j] = size
        b.luck_1[j] = cheat
        b.luck_2[j] = screen
        b.luck_3[j] = tie
    for j in range(n):
        i = b.desk.rows[lo + j]
        points = b.applicant_score[j]
        b.whole.score[i] = np.int16(points)
        b.desk.approved[lo + j] = U0
        b.desk.granted[lo + j] = U0
        b.desk.face[lo + j] = 0
        b.desk.tie[lo + j] = b.luck_3[j]
        b.desk.fraudulent[lo + j] = U0
        weak = points < p.underwriting.cut_off or points < b.terms.min_score[p.underwriting.last_band]
        if weak or b.applicant_employed[j] == U0 or b.whole.excluded[i] > 0 or b.applicant_relieved[j] != U0:
            continue
        if p.underwriting.former_allowed == 0 and b.applicant_former[j] != U0:
            continue
        cheats = unit32(b.luck_1[j]) < p.fraud.attempted
        b.desk.fraudulent[lo + j] = uint8(1) if cheats else U0
        if cheats and unit32(b.luck_2[j]) < p.underwriting.fraud_screen:
            continue
        k = p.underwriting.last_band
        for q in range(p.underwriting.last_band, -1, -1):
            if points >= b.terms.min_score[q]:
                k = q
        rate = b.terms.rate[k]
        if rate < 0:
            continue
        income = float64(b.applicant_permanent[j]) * minor
        want = float64(p.product.size * exp32(p.demand.size_spread * normal32(unit32(b.luck_0[j])))) * income
        most = min(p.product.maximum, b.terms.size_cap[k] * income)
        elsewhere = float64(p.other_debts.payment_share * b.applicant_elsewhere[j]) * minor
        room = p.underwriting.payment_to_income_cap * income - elsewhere - b.applicant_owed[j]
        amount = min(min(want, most), room / b.terms.factor[k])
        if amount < p.product.minimum or amount <= 0.0:
            continue
        face = int64(amount / minor) * int64(p.money.minor)  # whole major units
        if face <= 0:
            continue
        rival = rival_price(p.rivals.base, p.rivals.per_point, points, p.rivals.cap)
        chance = takes(
            p.rivals.ease, p.product.price_effect, b.terms.price[k] - rival, p.rivals.private_information, b.applicant_hidden[j],
            p.gain.take_up,
        )
        # a fraudster takes what it gets, and so has no other use for the draw of the screen
        b.desk.approved[lo + j] = uint8(1)
        b.desk.granted[lo + j] = uint8(1) if (cheats or unit32(b.luck_2[j]) < chance) else U0
        b.desk.face[lo + j] = face
        b.desk.rate[lo + j] = rate
        b.desk.tenor[lo + j] = b.terms.tenor[k]
        b.desk.band[lo + j] = uint8(k)
        b.desk.instalment[lo + j] = int64(np.floor(face * b.terms.factor[k] + 0.5))
