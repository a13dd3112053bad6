"""Demand: who enters the market, who applies, for which product."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from numpy import float32 as f
from numpy import int32, uint8
from pydantic import Field

from sim.accounts.columns import EVER, OPEN
from sim.config.fields import AnyNumber, Effect, Months, Name, Section, Share, Spread
from sim.config.ranges import Plausible, Range
from sim.engine.columns import Column
from sim.engine.declare import Counter, Mechanism
from sim.engine.pipeline import Block, Numbers
from sim.numerics.compile import phase, rule
from sim.numerics.functions32 import share_of, unit32
from sim.numerics.philox import lot

# Where a borrower stands towards the market
DORMANT, IN_MARKET, LEFT = 0, 1, 2

U0, U1 = np.uint8(0), np.uint8(1)
_OPEN = np.uint8(OPEN)
_DORMANT, _IN_MARKET, _LEFT = np.uint8(DORMANT), np.uint8(IN_MARKET), np.uint8(LEFT)


class Need(Section):
    """What borrowers take a loan for."""

    monthly: Annotated[Share, Plausible(0.01, 0.15)] = Field(
        description="monthly chance that a borrower who has no loan for it applies; its products share it evenly"
    )
    size: Annotated[Months, Plausible(0.1, 4, "LendingClub and FinVolution")] = Field(description="median amount asked over monthly income")
    price_effect: Annotated[
        AnyNumber, Range(0, 10, "at 10 nobody pays half a point more than a rival asks"), Plausible(0, 0.4, "Karlan–Zinman; Gross–Souleles")
    ] = Field(description="logits by which an offer is less often taken per percentage point of price above a rival's")


class Demand(Section):
    needs: Annotated[dict[Name, Need], Field(min_length=1, max_length=8)] = Field(description="what borrowers take loans for, by name")
    need_effect: Effect = Field(description="relative rise of applications when savings are exhausted")
    impulse_effect: Effect = Field(description="relative rise of applications of the most impulsive borrower")
    trust_effect: Effect = Field(description="relative change of applications from mean trust to full trust")
    size_spread: Spread = Field(description="standard deviation of the log amount asked")
    spent: Share = Field(description="share of the payout spent at once on what the loan was taken for")
    dormant: Share = Field(description="share of the population not yet in the market at the start")
    activation: Share = Field(description="monthly chance that a dormant borrower enters the market")


class OpeningBook(Section):
    holders: dict[Name, Share] = Field(
        description="share of the population holding a seasoned loan when the warm-up begins, by need; its products share it evenly"
    )
    former_defaulters: Share = Field(description="share excluded after an earlier charge-off")


@rule
def demand(thin: Any, need: Any, impulsive: Any, impulse: Any, trust: Any, trust_effect: Any) -> Any:
    """Drive to apply, relative to a borrower at ease: more when savings are thin and when impulsive, less when trust is low."""
    return (f(1) + need * thin) * (f(1) + impulse * impulsive) * max(f(0), f(1) + trust_effect * trust)


@phase
def sample_standing(b: Block, p: Numbers) -> None:
    """In the market or not yet; still excluded for an earlier default or not."""
    for i in range(b.n):
        b.market[i] = _DORMANT if unit32(b.draw.sample_market[i]) < p.demand.dormant else _IN_MARKET
        u = unit32(b.draw.sample_excluded[i])
        left = f(1) + u / max(p.opening.former_defaulters, f(1e-9)) * min(p.underwriting.exclusion, f(120))
        months = int32(EVER) if p.underwriting.exclusion > f(32000) else int32(min(left, f(EVER - 1)))
        b.excluded[i] = np.int16(months if (u < p.opening.former_defaulters and p.underwriting.exclusion > f(0)) else int32(0))


@phase
def hold_at_start(b: Block, p: Numbers) -> None:
    """Borrowers in the market who hold the product at the start, as applicants for it."""
    for i in range(b.n):
        u = unit32(lot(b.first + i, 0, p.event.sample_holds, p.key.low, p.key.high))
        holds = (u < p.product.opening) and (b.market[i] == _IN_MARKET)
        b.applies[i] = uint8(p.product.bit) if holds else U0


@phase
def enter_market(b: Block, p: Numbers) -> None:
    """Who leaves, who enters the market, who is still excluded; how much each is driven to apply."""
    for i in range(b.n):
        thin = max(f(0), f(1) - b.cash[i] / max(b.essential[i], f(1)))
        b.drive[i] = demand(
            thin, p.demand.need_effect, share_of(b.impulsive[i]), p.demand.impulse_effect, b.trust[i] - p.trust.mean,
            p.demand.trust_effect,
        )
        market = _LEFT if b.leaving[i] != U0 else b.market[i]
        # who is not in the market yet uses the draw of leaving it to enter it: the two exclude each other
        b.market[i] = _IN_MARKET if (market == _DORMANT and unit32(b.draw.churn[i]) < p.demand.activation) else market
        x = int32(b.excluded[i])
        b.excluded[i] = x - (int32(1) if (x > int32(0) and x < int32(EVER)) else int32(0))
        b.applies[i] = U0


@phase
def apply(b: Block, p: Numbers) -> None:
    """Who applies for this product: in the market, slot free, not in arrears on any account."""
    for i in range(b.n):
        wants = unit32(b.account.draw.demand[i]) < p.product.demand * b.drive[i]
        able = (b.market[i] == _IN_MARKET) & (b.worst[i] == int32(0)) & (b.account.state[i] != _OPEN)
        b.applies[i] = b.applies[i] | (uint8(p.product.bit) if (able & wants) else U0)


@phase
def count_applicants(b: Block, _p: Numbers) -> None:
    """Borrowers who apply, and those who have left for good so far."""
    one, none = int32(1), int32(0)
    left = applicants = none
    for i in range(b.n):
        left = int32(left + (one if b.market[i] == _LEFT else none))
        applicants = int32(applicants + (one if b.applies[i] != U0 else none))
    b.count.left_market[0] += np.int64(left)
    b.count.applicants[0] += np.int64(applicants)


MECHANISM = Mechanism(
    name="demand",
    sections={"demand": Demand, "opening": OpeningBook},
    columns=(
        Column("market", "u1", "code", "towards the market: dormant (0), in it (1), left for good (2)", lowest=0, highest=2),
        Column("excluded", "i2", "months", "months left without access after a charge-off, 32,767 for ever", lowest=0, highest=EVER),
        Column("applies", "u1", "bits", "applies for the product of that number (bit 0: the first)"),
    ),
    scratch=(Column("drive", "f4", "ratio", "drive to apply, relative to a borrower at ease"),),
    counters=(
        Counter("left_market", "borrowers who have left for good, so far", scope="borrower"),
        Counter("applicants", "borrowers who apply this month", scope="borrower"),
    ),
    events=("demand", "churn", "sample_market", "sample_excluded", "sample_holds"),
    sample=(sample_standing,),
    phases=(enter_market, apply, count_applicants),
)
