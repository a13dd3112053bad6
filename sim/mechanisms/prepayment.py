"""Early repayment: out of savings or refinanced by a rival; and customers who leave for good."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import float32 as f
from numpy import int32
from pydantic import Field

from sim.accounts.columns import OPEN
from sim.config.fields import Effect, Months, Section, Share
from sim.engine.columns import Column
from sim.engine.declare import Mechanism, MonthInputs, Switch, Values
from sim.engine.metric import Metric
from sim.engine.pipeline import Block, Numbers
from sim.mechanisms.demand import IN_MARKET
from sim.mechanisms.rivals import rival_price
from sim.numerics.compile import phase, rule
from sim.numerics.functions32 import unit32

U0, U1 = np.uint8(0), np.uint8(1)
_OPEN, _IN_MARKET = np.uint8(OPEN), np.uint8(IN_MARKET)


class Prepayment(Section):
    monthly: Share = Field(
        description="monthly chance that a borrower in good standing repays early a loan as dear as a rival's, once seasoned"
    )
    seasoning: Months = Field(description="instalments after which that chance is reached, in even steps; 0 for at once")
    incentive: Effect = Field(
        description="relative rise of early repayment per percentage point by which a rival is cheaper, and fall where dearer"
    )
    buffer_months: Months = Field(
        description="months of buffer needed to repay early out of savings; below it a rival refinances"
    )


class Churn(Section):
    monthly: Share = Field(description="monthly chance that a customer in good standing leaves for good at mean trust")
    trust_effect: Effect = Field(description="relative rise of churn when trust falls from its mean to zero")


@rule
def leaving(churn: Any, trust_effect: Any, trust: Any, mean: Any) -> Any:
    """Chance that a customer in good standing leaves for good: more with distrust."""
    distrust = max(f(0), mean - trust) / max(mean, f(1e-3))
    return churn * (f(1) + trust_effect * distrust)


@rule
def repays_from_savings(money: Any, owed: Any, buffer_months: Any, essential: Any) -> Any:
    """Early repayment comes out of savings where enough of a buffer is left; else a rival refinances it."""
    return money >= owed + buffer_months * essential


@rule
def early_repayment(monthly: Any, age: Any, seasoning: Any, incentive: Any, gap: Any) -> Any:
    """Chance to repay early: rises with the loan's age in instalments, and with the price saved at a rival (fraction a year)."""
    ramp = min(f(1), f(age) / max(seasoning, f(1e-3)))
    return monthly * (ramp if seasoning > f(0) else f(1)) * max(f(0), f(1) + incentive * f(100) * gap)


@phase
def think_of_leaving(b: Block, p: Numbers) -> None:
    """Who would leave for good, if in good standing."""
    for i in range(b.n):
        chance = leaving(p.churn.chance, p.churn.trust_effect, b.trust[i], p.trust.mean)
        b.unfaithful[i] = U1 if ((unit32(b.draw.churn[i]) < chance) and (b.market[i] == _IN_MARKET)) else U0


@phase
def repay_early(b: Block, p: Numbers) -> None:
    """Borrowers in good standing repay early; some leave for good."""
    for i in range(b.n):
        state, missed, overdue = b.account.state[i], b.account.missed[i], b.account.overdue[i]
        asked, due, interest = b.account.asked[i], b.account.due[i], b.account.interest[i]
        fees, principal, catch_up = b.account.fees_due[i], b.account.principal[i], b.account.paid_catch_up[i]
        paid = int32(b.account.paid_due[i] + catch_up)
        # `&` and `|`, not `and` and `or`: branches, even few, would make the scalar loop look cheaper than the vector one
        standing = (state == _OPEN) & (missed == np.int8(0)) & (overdue == int32(0))
        kept_up = standing & (paid >= int32(asked + fees)) & (asked > int32(0))
        age = max(int32(0), int32(int32(b.account.tenor[i]) - int32(b.account.remaining[i])))  # a plan may have added instalments
        price = f(b.account.rate[i]) * f(1e-4) * p.product.effective
        gap = price - rival_price(p.rivals.base, p.rivals.per_point, int32(b.score[i]), p.rivals.cap)
        early = unit32(b.account.draw.prepay[i]) < early_repayment(
            p.prepayment.monthly, age, p.prepayment.seasoning, p.prepayment.pull, gap
        )
        gone = b.unfaithful[i] != U0
        rest = int32(principal - int32(due - interest))
        act = kept_up & (early | gone) & (rest > int32(0))
        rest = rest if act else int32(0)
        own = f(rest) * p.money.major
        from_savings = repays_from_savings(b.at_catch[i], own, p.prepayment.buffer_months, b.essential[i])
        saved = own if from_savings else f(0)
        b.refinanced[i] = b.refinanced[i] + (own - saved)
        b.at_catch[i] = b.at_catch[i] - saved
        b.account.paid_catch_up[i] = int32(catch_up + rest)
        b.leaving[i] = b.leaving[i] | (U1 if (kept_up & gone) else U0)


def numbers(m: MonthInputs) -> Values:
    """Churn and the pull of rivals at the switches' gain."""
    return {
        "churn.chance": np.float32(m.profile.churn.monthly * m.gain.churn),
        "prepayment.pull": np.float32(m.profile.prepayment.incentive * m.gain.refinancing),
    }


METRICS = (
    Metric(
        "churned", "count", "customers in good standing who left for good", lambda r: r.churned, "Trust and the lender's state", "sum",
        "mean", "mean_trust",
    ),
)

MECHANISM = Mechanism(
    name="prepayment",
    sections={"prepayment": Prepayment, "churn": Churn},
    switches=(Switch("churn", "customers who leave for good"), Switch("refinancing", "early repayment follows rivals' prices")),
    scratch=(
        Column("refinanced", "f4", "major units", "repaid here with a rival's money"),
        Column("unfaithful", "u1", "flag", "would leave for good, if in good standing"),
        Column("leaving", "u1", "flag", "leaves for good this month"),
    ),
    events=("prepay", "churn"),
    phases=(think_of_leaving, repay_early),
    numbers=numbers,
    metrics=METRICS,
)
