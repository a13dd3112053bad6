"""What a scenario and a policy file may say (a profile: `profile_schema`).

Three files, three owners: a *profile* describes the borrowers of a market, a *policy* describes the
lender's decisions, a *scenario* puts both under macro conditions. Every number a model reads stands in
one of them with its unit; nothing here has a hidden default for a behavioural number.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictBool

from sim.config.fields import (
    Attempts,
    Change,
    Count,
    Month,
    Multiple,
    NonNegative,
    Rate,
    Reference,
    Section,
    Share,
    Signed,
    Text,
)
from sim.funding.terms import Funding, Notch, Provisioning

# ----------------------------------------------------------------------------------------------- policy


class Band(Section):
    min_score: Annotated[int, Field(strict=True, ge=0, le=1000)] = Field(description="lowest score of the band")
    premium: Rate = Field(description="annual price added for risk")
    size_cap: NonNegative = Field(description="largest loan over monthly income")
    tenor: Annotated[int, Field(strict=True, ge=2, le=120)] = Field(description="months of a cash loan")


class Underwriting(Section):
    gini: Share = Field(description="target Gini of the application score among applicants; sets the noise of the signals")
    bias: Signed = Field(description="points by which the score flatters every applicant")
    cut_off: Annotated[int, Field(strict=True, ge=0, le=1000)] = Field(description="lowest score that is approved")
    payment_to_income_cap: Share = Field(description="highest instalment over income, debts elsewhere included")
    fraud_screen: Share = Field(description="share of fraudulent applications that screening stops")
    exclusion_months: Count | None = Field(description="months after a charge-off during which no new loan is granted; null for ever")
    bands: Annotated[list[Band], Field(min_length=1, max_length=8)] = Field(description="from the best (highest min_score) to the weakest")


class CashLoan(Section):
    offered: StrictBool
    minimum: NonNegative = Field(description="smallest loan, major units")
    maximum: NonNegative = Field(description="largest loan, major units")
    upfront_fee: Share = Field(description="fee netted from the payout, share of principal")


class InstalmentPlan(Section):
    offered: StrictBool
    minimum: NonNegative = Field(description="smallest plan, major units")
    maximum: NonNegative = Field(description="largest plan, major units")
    tenor: Annotated[int, Field(strict=True, ge=2, le=60)] = Field(description="months")
    monthly_fee: Share = Field(description="fixed fee a month, share of the original principal")


class Products(Section):
    cash_loan: CashLoan
    instalment_plan: InstalmentPlan


class Pricing(Section):
    base_margin: Rate = Field(description="annual price over the funding rate before the band's premium")
    legal_cap: Rate = Field(description="highest all-in nominal annual price, upfront fee included")


class Servicing(Section):
    grace_days: Annotated[int, Field(strict=True, ge=0, le=28)] = Field(description="days from due day to catch-up date")
    paid_in_full_share: Share = Field(description="share of an instalment that counts as paid; the shortfall stays due without ageing")
    late_fee: NonNegative = Field(description="fee per missed instalment, major units")
    late_fee_cap: Rate = Field(description="interest and late fee of a month may not exceed this annual rate on the principal")
    non_accrual_dpd: Literal[90] = Field(description="days past due at which interest stops accruing")
    charge_off_dpd: Literal[120, 180] = Field(description="days past due at which principal is charged off")


class Stage(Section):
    capacity: NonNegative = Field(description="contact attempts a month per 1,000 open accounts at opening")
    intensity: Count = Field(description="attempts a month per selected account")
    reach: Share = Field(description="chance that one attempt reaches the borrower")
    cost: NonNegative = Field(description="cost per attempt, major units")
    harshness: Share = Field(description="0 considerate, 1 as harsh as the law permits")


class Collections(Section):
    reminder_coverage: Share = Field(description="share of accounts reminded before the due day")
    reminder_cost: NonNegative = Field(description="cost per reminder, major units")
    contact_cap: Count = Field(description="most attempts per account and month")
    ranking: Literal["balance", "days_past_due", "score"] = Field(description="who is contacted first when capacity is short")
    early: Stage = Field(description="between due day and catch-up date, first missed instalment")
    middle: Stage = Field(description="30 to 89 days past due")
    late: Stage = Field(description="90 days past due and more")
    external: Stage = Field(description="charged-off claims")


class OperatingCost(Section):
    fixed: Rate = Field(description="annual fixed cost over opening gross loans; after failure it follows the accounts that are left")
    per_account: NonNegative = Field(description="monthly cost per open account, major units")
    per_application: NonNegative = Field(description="cost per application, major units")


class Policy(Section):
    title: Text
    description: Text = ""
    extends: Reference | None = None
    underwriting: Underwriting
    products: Products
    pricing: Pricing
    servicing: Servicing
    collections: Collections
    provisioning: Provisioning
    funding: Funding
    operating_cost: OperatingCost
    rating: Annotated[list[Notch], Field(min_length=1, max_length=12)] = Field(description="from the best notch to the worst; the first whose three conditions hold applies, else the last")


# --------------------------------------------------------------------------------------------- scenario


class Borrowers(Section):
    profile: Reference = Field(description="profile file, by name or path")
    count: Annotated[int, Field(strict=True, ge=1, le=50_000_000)] = Field(description="size of the population, customers and prospects")
    registered: StrictBool = Field(default=False, description="register every borrower as a Mesa agent (teaching size)")


MacroPath = Annotated[Rate | list[Rate], Field(description="one annual rate or share for all months, or one a month (the last one lasts)")]


class Economy(Section):
    """Macro conditions before shocks; whatever is left out keeps its calm value."""

    table: Text | None = Field(default=None, description="CSV with one row a month or quarter; the Federal Reserve's domestic scenario tables are read as published")
    table_units: Literal["fraction", "percent"] | None = Field(default=None, description="unit of the cells of a table that is not the Federal Reserve's")
    unemployment_rate: MacroPath
    real_income_growth: MacroPath
    inflation: MacroPath
    policy_rate: MacroPath
    income_support: MacroPath
    outside_credit: MacroPath
    funding_spread: MacroPath
    funding_haircut: MacroPath
    lender_rumour: MacroPath
    apr_cap: MacroPath = Field(description="legal all-in price cap; the stricter of this and the policy's applies")
    contact_cap: Attempts | list[Attempts] = Field(description="legal cap on contact attempts per account and month")


class ShockRecovery(Section):
    by: Month | None = Field(default=None, description="month in which the shock has gone, linearly")
    half_life: Multiple | None = Field(default=None, description="months in which half of what is left goes")


class Shock(Section):
    variable: Literal[
        "unemployment_rate", "real_income_growth", "inflation", "policy_rate", "income_support", "outside_credit",
        "funding_spread", "funding_haircut", "lender_rumour", "apr_cap", "contact_cap",
    ]
    start: Month
    shape: Literal["step", "ramp", "pulse", "path"]
    by: Change | None = Field(default=None, description="change against the path without this shock, e.g. +5pp; attempts for contact_cap")
    to: Change | None = Field(default=None, description="level to reach, e.g. 30%; attempts for contact_cap")
    values: list[Change] | None = Field(default=None, description="changes month by month, shape path only")
    over: Count | None = Field(default=None, description="months of the ramp")
    hold: Count | None = Field(default=None, description="months at full size")
    recovery: ShockRecovery | None = Field(default=None, description="how the shock fades after the hold; without it a step or ramp stays and a pulse ends at once")


Gain = Annotated[float, Field(strict=True, ge=0, le=10)]


class Mechanisms(Section):
    """Strength of each loop: 1 as calibrated, 0 off."""

    fraud: Gain
    willingness: Gain = Field(description="strategic non-payment")
    inattention: Gain = Field(description="forgetting")
    trust: Gain = Field(description="what moves trust away from its mean")
    churn: Gain
    complaints: Gain
    rating: Gain = Field(description="rating adds its notch's spread to the facility's")
    collections: Gain = Field(description="effect of contacts")
    outside_credit: Gain = Field(description="refinancing of shortfalls by other lenders")
    access: Gain = Field(description="willingness from the prospect of new credit")


class ScriptedLoan(Section):
    principal: NonNegative = Field(description="face principal, major units; the upfront fee is the policy's")
    rate: Rate = Field(description="annual nominal rate")
    tenor: Annotated[int, Field(strict=True, ge=2, le=120)] = Field(description="monthly instalments")
    due_day: Annotated[int, Field(strict=True, ge=1, le=28)]


class Script(Section):
    """One borrower whose payments are given: the books of a single loan, to be followed by hand."""

    equity: NonNegative = Field(description="cash paid in by shareholders before the loan, major units")
    loan: ScriptedLoan
    payments: list[NonNegative] = Field(description="paid in month 1, 2, …, major units; nothing afterwards")
    recoveries: list[NonNegative] = Field(description="recovered in the first, second, … month after charge-off, major units")
    sale_price: Share = Field(description="the unrecovered claim is sold at this share of it, the month after the last recovery")


class Scenario(Section):
    title: Text
    description: Text = ""
    extends: Reference | None = None
    start: Month | None = Field(default=None, description="first simulated month; left out, the table's first month")
    months: Annotated[int, Field(strict=True, ge=1, le=600)]
    seed: Annotated[int, Field(strict=True, ge=0, le=2**63 - 1)]
    warm_up_months: Annotated[int, Field(strict=True, ge=0, le=120)] = Field(description="months simulated under the first month's conditions before month 1, funding frozen; income and price growth as economy states them, a table's aside")
    borrowers: Borrowers
    policy: Reference = Field(description="policy file, by name or path")
    economy: Economy
    shocks: list[Shock] = Field(default_factory=list)
    mechanisms: Mechanisms
    script: Script | None = Field(default=None, description="a single scripted borrower instead of a population")
