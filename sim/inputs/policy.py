"""What a policy file may say: the lender's decisions, every number with its unit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, create_model

from sim.assembly import policy_sections
from sim.config.fields import Count, NonNegative, Rate, Reference, Score, Section, Share, Signed, Text
from sim.funding.terms import Funding, Notch, Provisioning
from sim.inputs.offers import Offers
from sim.lender.standards import Standards


class Band(Section):
    min_score: Score = Field(description="lowest score of the band")
    premium: Rate = Field(ge=-1, le=3, description="annual price added for risk; no account holds a rate above 300 %")
    expected_loss: Rate = Field(ge=0, le=3, description="share of the band's principal that the lender expects to lose a year; above 300 % no price pays for it")
    size_cap: NonNegative = Field(description="largest loan priced by risk, over monthly income")
    tenor: Annotated[int, Field(strict=True, ge=2, le=120)] = Field(description="months of a loan priced by risk")


class Underwriting(Section):
    gini: Share = Field(description="target Gini of the application score among applicants; sets the noise of the signals")
    bias: Signed = Field(description="points by which the score flatters every applicant")
    cut_off: Score = Field(description="lowest score that is approved")
    payment_to_income_cap: Share = Field(description="highest instalment over income, debts elsewhere included")
    fraud_screen: Share = Field(description="share of fraudulent applications that screening stops")
    exclusion_months: Count | None = Field(description="months after a charge-off during which no new loan is granted; null for ever")
    bands: Annotated[list[Band], Field(min_length=1, max_length=8)] = Field(description="from the best (highest min_score) to the weakest")


class Pricing(Section):
    base_margin: Rate = Field(ge=-1, le=3, description="annual price over the funding rate before the band's premium; no account holds a rate above 300 %")
    least_margin: Rate = Field(
        ge=-1, le=3,
        description="annual margin over funding and expected loss below which no offer is made: a cap then rations; no account holds a rate above 300 %",
    )
    legal_cap: Rate = Field(ge=0, le=3, description="highest all-in nominal annual price, upfront fee included")


class Servicing(Section):
    grace_days: Annotated[int, Field(strict=True, ge=0, le=28)] = Field(description="days from due day to catch-up date")
    paid_in_full_share: Share = Field(description="share of an instalment that counts as paid; the shortfall stays due without ageing")
    late_fee: NonNegative = Field(description="fee per missed instalment, major units")
    late_fee_cap: Rate = Field(ge=0, le=10, description="interest and late fee of a month may not exceed this annual rate on the principal; above 1,000 % it is no cap")
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
    fixed: Rate = Field(ge=0, le=5, description="annual fixed cost over opening gross loans; after failure it follows the accounts that are left")
    per_account: NonNegative = Field(description="monthly cost per open account, major units")
    per_application: NonNegative = Field(description="cost per application, major units")


class Policy(Section):
    title: Text
    description: Text = ""
    extends: Reference | None = None
    underwriting: Underwriting
    products: Offers = Field(description="by name; their order numbers them, and a file that extends another adds its own at the end")
    pricing: Pricing
    standards: Standards | None = Field(description="how cut-off, size caps and prices follow the economy; null for standards that stay")
    servicing: Servicing
    collections: Collections
    provisioning: Provisioning
    funding: Funding
    operating_cost: OperatingCost
    rating: Annotated[list[Notch], Field(min_length=1, max_length=12)] = Field(description="from the best notch to the worst; the first whose three conditions hold applies, else the last")


if not TYPE_CHECKING:
    # what mechanisms add, each of which a policy may leave out
    Policy = create_model(
        "Policy", __base__=Policy, **{name: (kind | None, Field(default=None)) for name, kind in policy_sections().items()}
    )
