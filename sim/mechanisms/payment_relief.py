"""Payment relief: hardship plans as the first remedy of collections, and payment holidays by public order, here and elsewhere.

What a plan does to an account stands in sim/accounts/plans.py, whom the lender grants one in sim/lender/relief.py. That lower
payments, not a lower debt, keep borrowers who are short of money from defaulting is the finding of P. Ganong and P. Noel
("Liquidity versus wealth in household debt obligations", American Economic Review 110, 2020) on mortgages; W. Dobbie and J. Song
("Targeted debt relief and the origins of financial distress", the same volume) find the contrary on cards: so both are levers here.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field

from sim.config.fields import Cost, MonthCount, Section, Share, Whole
from sim.config.ranges import Plausible, Range
from sim.engine.declare import Mechanism, MonthInputs, Switch, Values
from sim.engine.metric import Metric, ratio

NEVER = 600  # months: a policy without plans makes no account current that is under an old one

Bucket = Annotated[Whole, Range(1, 6, "the seventh is charged off under every policy", below="who has missed nothing needs no plan")]


class HardshipPlans(Section):
    """Plans that collectors offer to borrowers in arrears whom they reach and find unable to pay."""

    from_missed: Bucket = Field(description="least missed instalments at which a plan is offered")
    up_to_missed: Bucket = Field(description="most missed instalments at which a plan is offered")
    diagnosis: Annotated[Share, Plausible(0.5, 1, "50 % is a guess")] = Field(
        description="chance that the collector finds out rightly whether the borrower cannot pay"
    )
    take_up: Annotated[Share, Plausible(0.05, 0.9)] = Field(description="share of the borrowers offered a plan who take it")
    payment_share: Annotated[Share, Plausible(0, 0.9)] = Field(description="share of the instalment asked under a plan")
    months: Annotated[
        Whole, Range(1, 60, "five years are another loan", below="a plan has a month"), Plausible(3, 24)
    ] = Field(description="length of a plan")
    interest_waived: Share = Field(description="share of the interest left unpaid under a plan that is waived; the rest is capitalised")
    re_aged_after: MonthCount = Field(description="kept payments after which what was overdue joins the balance and the account is current")
    probation_months: MonthCount = Field(
        description="months after a kept plan in which no new credit is granted here, and arrears are a re-default"
    )
    again_after: MonthCount = Field(description="months from one plan to the next at the earliest")
    most: Annotated[Whole, Range(1, 20, "an account lives ten years at most", below="leave the section out for none")] = Field(
        description="most plans for one account"
    )
    cost: Cost = Field(description="cost per plan made, major units")


def numbers(m: MonthInputs) -> Values:
    """When a plan under way makes current, and how long its probation is; what is put off elsewhere."""
    plans, g = m.policy.hardship_plans, min(1.0, m.gain.forbearance)
    off = m.conditions["payment_holiday_elsewhere"] * g
    monthly = m.profile.other_debts.interest / 12.0
    return {
        "relief.re_aged_after": plans.re_aged_after if plans else NEVER,
        "relief.probation": plans.probation_months if plans else 0,
        "relief.asked_elsewhere": np.float32(1.0 - off),
        "relief.waived_elsewhere": np.float32(monthly * off * m.conditions["elsewhere_interest_waived"]),
    }


_SECTION = "Plans and payment holidays"

METRICS = (
    Metric(
        "delinquency_30_plus_incl_forborne", "ratio",
        "delinquency_30_plus with the principal of accounts under a plan or holiday that are less than 30 days past due",
        lambda r: ratio(r.principal_30_plus + r.relief.principal_below_30, r.gross_loans), _SECTION, "last",
        at_rest="delinquency_30_plus",
    ),
    Metric(
        "forborne_accounts", "count", "accounts under a plan or holiday at month-end", lambda r: r.relief.accounts, _SECTION, "last",
        at_rest="0",
    ),
    Metric(
        "plans_made", "count", "hardship plans agreed this month, in force from the next on", lambda r: r.relief.plans, _SECTION, "sum",
        "mean", at_rest="0",
    ),
    Metric(
        "holidays_granted", "count", "payment holidays granted this month, in force from the next on", lambda r: r.relief.holidays,
        _SECTION, "sum", at_rest="0",
    ),
    Metric(
        "plans_completed", "count", "hardship plans kept to their end", lambda r: r.counts.plans_completed, _SECTION, "sum", at_rest="0",
    ),
    Metric(
        "plans_broken", "count", "hardship plans broken by a payment below what they ask", lambda r: r.counts.plans_broken, _SECTION, "sum",
        at_rest="0",
    ),
    Metric(
        "plans_redefaulted", "count",
        "accounts that fell into arrears, or further into them, in the probation after a completed plan, each once",
        lambda r: r.counts.plans_redefaulted, _SECTION, "sum", at_rest="0",
    ),
    Metric(
        "reaged", "count", "accounts in arrears that a kept hardship plan made current; also among the cures", lambda r: r.counts.reaged,
        _SECTION, "sum", at_rest="0",
    ),
    Metric(
        "interest_capitalised", "money", "unpaid interest that joined the principal of accounts under a plan or holiday",
        lambda r: r.flows.interest_capitalised, _SECTION, "sum", "mean", at_rest="0",
    ),
    Metric(
        "interest_waived", "money", "interest waived of accounts under a plan or holiday, never in income",
        lambda r: r.counts.interest_waived, _SECTION, "sum", at_rest="0",
    ),
)

MECHANISM = Mechanism(
    name="payment_relief",
    policy_sections={"hardship_plans": HardshipPlans},
    switches=(
        Switch("hardship_plans", "take-up of the lender's hardship plans"),
        Switch("forbearance", "payment holidays by public order, here and elsewhere"),
    ),
    numbers=numbers,
    metrics=METRICS,
)
