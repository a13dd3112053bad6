"""What a profile file may say: the borrowers of a market, every number with its unit."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sim.config.fields import (
    Count,
    Multiple,
    NonNegative,
    Rate,
    Reference,
    Section,
    Share,
    Signed,
    Text,
)


class Currency(Section):
    code: Text = Field(description="ISO 4217 code used in labels and reports")
    minor_units: Annotated[int, Field(strict=True, ge=0, le=3)] = Field(description="decimals of the currency; accounts are kept in minor units")


class Segment(Section):
    name: Literal["youth", "middle", "other"] = Field(description="age band the segment stands for")
    share: Share = Field(description="share of borrowers")
    income_factor: Multiple = Field(description="income relative to the profile's median")
    buffer_factor: Multiple = Field(description="savings buffer relative to the profile's median")
    job_loss_factor: Multiple = Field(description="separation hazard relative to the average borrower")
    attention_shift: Signed = Field(description="shift of attentiveness in standard deviations")


class Income(Section):
    median: Multiple = Field(description="median monthly disposable income when employed, major units")
    spread: NonNegative = Field(description="standard deviation of log income across borrowers")
    transitory: NonNegative = Field(description="standard deviation of log income from month to month around its level")
    permanent: NonNegative = Field(description="standard deviation of the monthly permanent income shock, log points")
    hours_cut_entry: Share = Field(description="monthly chance that an employed borrower's hours are cut at the reference unemployment rate")
    hours_cut_exit: Share = Field(description="monthly chance that cut hours are restored")
    hours_cut_depth: Share = Field(description="share of pay lost while hours are cut")
    hours_cut_cyclicality: NonNegative = Field(description="rise of hours_cut_entry per unit rise of unemployment above its opening rate, relative (10 = tenfold at +100 %)")


class Sector(Section):
    name: Text
    share: Share
    cyclicality: Multiple = Field(description="separation hazard relative to the average sector")


class Labour(Section):
    separation_rate: Share = Field(description="monthly employment-to-unemployment hazard at the opening unemployment rate")
    separation_elasticity: NonNegative = Field(description="share of the unemployment log-odds path carried by separations (Shimer 2012: one quarter)")
    finding_floor: Share = Field(description="lowest monthly job-finding hazard")
    replacement_rate: Share = Field(description="unemployment benefit over permanent income, averaged over takers and non-takers")
    replacement_months: Count = Field(description="months for which the benefit is paid")
    exhausted_rate: Share = Field(description="income over permanent income after the benefit has run out")
    reemployment_loss: Share = Field(description="permanent income lost at re-employment")
    sectors: Annotated[list[Sector], Field(min_length=1, max_length=8)]


class Spending(Section):
    essential_share: Share = Field(description="essential spending over permanent income, mean across borrowers, rent and secured debts included")
    essential_spread: NonNegative = Field(description="standard deviation of the essential share")
    discretionary_share: Share = Field(description="discretionary spending over permanent income that a borrower prefers")
    impulsive_extra: NonNegative = Field(description="relative extra discretionary spending of the most impulsive borrower")
    compression: Share = Field(description="share of discretionary spending that can be cut in the month when money is short")
    adjustment: Share = Field(description="monthly speed at which the standard of living follows permanent income")
    shock_probability: Share = Field(description="monthly chance of an unforeseen expense")
    shock_size: NonNegative = Field(description="mean unforeseen expense in months of permanent income")


class Savings(Section):
    buffer_months: NonNegative = Field(description="median liquid buffer a borrower aims for, months of essential spending")
    buffer_spread: NonNegative = Field(description="standard deviation of the log buffer")
    rebuild_speed: Share = Field(description="share of a missing buffer that is saved out of discretionary spending each month")
    spend_down: Share = Field(description="share of savings above the buffer that is spent each month")


class OtherDebts(Section):
    holders: Share = Field(description="share of borrowers with unsecured debt at other lenders")
    burden: Share = Field(description="mean monthly payment on that debt over income, among holders")
    interest: Rate = Field(description="annual interest on debt elsewhere")
    payment_share: Share = Field(description="monthly payment over balance elsewhere")
    rollover: Share = Field(description="share of a shortfall that other lenders refinance when outside credit is at 100 %")
    paid_first: Share = Field(description="share of borrowers who pay other unsecured lenders before us, before contacts")


class Traits(Section):
    literacy: Share = Field(description="mean financial literacy, 0 to 1")
    attentiveness: Share = Field(description="mean attentiveness to due dates, 0 to 1")
    impulsiveness: Share = Field(description="mean impulsiveness, 0 to 1")
    spread: NonNegative = Field(description="standard deviation of the traits on the logit scale")
    prudence: Share = Field(description="correlation that savings, literacy, attention, restraint and willingness share")
    income_link: Share = Field(description="correlation of income with prudence")
    payday_before_due: Share = Field(description="share of borrowers whose pay arrives before their due day")


class Repayment(Section):
    forgetting: Share = Field(description="monthly chance that an average borrower overlooks the due day, without a reminder")
    forgetting_catch_up: Share = Field(description="chance that who overlooked the due day also overlooks the catch-up date")
    forgetting_in_arrears: Share = Field(description="chance of overlooking once in arrears, relative to a borrower who is not")
    unwilling: Share = Field(description="share of borrowers who would not pay at neutral trust, 0 DPD and no contact")
    willingness_spread: NonNegative = Field(description="persistent spread of willingness on the logit scale")
    willingness_noise: NonNegative = Field(description="monthly spread of willingness on the logit scale")
    arrears_effect: NonNegative = Field(description="loss of willingness per missed instalment, logits")
    trust_effect: NonNegative = Field(description="gain of willingness from no trust to full trust, logits")
    access_effect: NonNegative = Field(description="gain of willingness from the prospect of new credit, logits")
    fraud: Share = Field(description="share of new loans taken without intent to repay, before screening")
    prepayment: Share = Field(description="monthly chance that a borrower in good standing repays early")
    prepayment_buffer: NonNegative = Field(description="months of buffer needed to repay early out of savings; below it a rival refinances")
    direct_charge_off: Share = Field(description="monthly chance of bankruptcy, death or the like for an account in arrears")
    partial_payment: Share = Field(description="share of the money left that a borrower who cannot pay in full still pays")


class Contact(Section):
    reminder_effect: Share = Field(description="fall in the chance of overlooking the due day after a reminder")
    reached_attention: Share = Field(description="fall in the chance of overlooking the catch-up date after being reached")
    pressure: NonNegative = Field(description="gain of willingness from one reached contact at 1 missed instalment, logits")
    harsh_pressure: Signed = Field(description="further gain (or loss) of willingness from full harshness, logits; evidence has both signs")
    plan_effect: Share = Field(description="further share of discretionary spending freed when a reached borrower is helped to plan")
    arrears_decay: Share = Field(description="relative loss of contact effect per missed instalment")
    saturation: Share = Field(description="relative loss of contact effect at full saturation by earlier contacts")
    complaint: Share = Field(description="chance of a complaint per harsh contact at full harshness")


class Trust(Section):
    mean: Share = Field(description="long-run trust in the lender")
    spread: NonNegative = Field(description="standard deviation of opening trust")
    reversion: Share = Field(description="monthly speed of return to the mean")
    harsh_contact: NonNegative = Field(description="trust lost per harsh contact at full harshness")
    rumour: NonNegative = Field(description="trust lost per month at a rumour of 100 %")
    published_arrears: NonNegative = Field(description="trust lost per month per unit of the published 90+ ratio above its opening level")


class Demand(Section):
    cash_loan: Share = Field(description="monthly chance that a borrower without a cash loan applies for one")
    instalment_plan: Share = Field(description="monthly chance that a borrower without a plan applies for one")
    need_effect: NonNegative = Field(description="relative rise of applications when savings are exhausted")
    impulse_effect: NonNegative = Field(description="relative rise of applications of the most impulsive borrower")
    trust_effect: NonNegative = Field(description="relative change of applications from mean trust to full trust")
    size: NonNegative = Field(description="median amount asked over monthly income, cash loan")
    size_spread: NonNegative = Field(description="standard deviation of the log amount asked")
    plan_size: NonNegative = Field(description="median amount asked over monthly income, instalment plan")
    spent: Share = Field(description="share of the payout spent at once on what the loan was taken for")
    dormant: Share = Field(description="share of the population not yet in the market at the start")
    activation: Share = Field(description="monthly chance that a dormant borrower enters the market")
    churn: Share = Field(description="monthly chance that a customer in good standing leaves for good at mean trust")
    churn_trust_effect: NonNegative = Field(description="relative rise of churn when trust falls from its mean to zero")


class Recovery(Section):
    lag: Count = Field(description="months between charge-off and the first recovery")
    monthly: Share = Field(description="monthly chance that a charged-off borrower with means pays something")
    share: Share = Field(description="share of the claim paid when something is paid")
    months: Count = Field(description="months for which a claim is worked")


class Latent(Section):
    """Weights of the true risk index that the scorecard sees through noise (higher is riskier)."""

    buffer: NonNegative = Field(description="weight of a thin savings buffer")
    burden: NonNegative = Field(description="weight of debt service and essentials over income")
    willingness: NonNegative = Field(description="weight of low willingness")
    attention: NonNegative = Field(description="weight of low attentiveness")
    employment: NonNegative = Field(description="weight of unstable or missing employment")
    separation: Multiple = Field(description="distance between later defaulters and others on the index, in standard deviations; turns a target Gini into noise")


class OpeningBook(Section):
    cash_loan: Share = Field(description="share of the population holding a seasoned cash loan when the warm-up begins")
    instalment_plan: Share = Field(description="share holding a seasoned instalment plan when the warm-up begins")
    former_defaulters: Share = Field(description="share excluded after an earlier charge-off")


class Profile(Section):
    title: Text
    description: Text = ""
    extends: Reference | None = None
    currency: Currency
    segments: Annotated[list[Segment], Field(min_length=3, max_length=3)]
    income: Income
    labour: Labour
    spending: Spending
    savings: Savings
    other_debts: OtherDebts
    traits: Traits
    repayment: Repayment
    contact: Contact
    trust: Trust
    demand: Demand
    recovery: Recovery
    latent_risk: Latent
    opening: OpeningBook
