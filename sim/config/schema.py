"""What a scenario, a policy and a profile file may say.

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

# ---------------------------------------------------------------------------------------------- profile


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


class Provisioning(Section):
    """Required allowance: roll to loss x loss given default by delinquency band, share of principal."""

    loss_given_default: Share = Field(description="loss given charge-off after recoveries")
    roll_to_loss_current: Share
    roll_to_loss_1_29: Share
    roll_to_loss_30_59: Share
    roll_to_loss_60_89: Share
    roll_to_loss_90_plus: Share


class Warehouse(Section):
    commitment: NonNegative = Field(description="committed amount over opening gross loans")
    advance_rate: Share = Field(description="debt allowed per unit of eligible principal")
    eligible_below_dpd: Literal[30, 60, 90] = Field(description="accounts below this many days past due are eligible")
    spread: Rate = Field(description="annual spread over the policy rate at opening rating")
    undrawn_fee: Rate = Field(description="annual fee on the undrawn commitment")
    delinquency_trigger: Share = Field(description="30+ delinquency, three-month average, at which the facility stops revolving")
    term_out_months: Count = Field(description="months over which a stopped facility is repaid")


class Funding(Section):
    capital_ratio: Share = Field(description="opening equity over total assets")
    utilisation: Share = Field(description="opening debt over borrowing base")
    minimum_cash_months: NonNegative = Field(description="cash kept back, in months of operating cost")
    headroom: Share = Field(description="share of the origination budget that is held back")
    dividend_above: Rate | None = Field(description="capital ratio above which a profitable going concern pays out the surplus; null for never")
    warehouse: Warehouse


class OperatingCost(Section):
    fixed: Rate = Field(description="annual fixed cost over opening gross loans")
    per_account: NonNegative = Field(description="monthly cost per open account, major units")
    per_application: NonNegative = Field(description="cost per application, major units")


class Notch(Section):
    label: Text
    min_capital_ratio: Rate
    max_net_charge_off: Rate
    min_liquidity: Rate = Field(description="lowest liquidity over opening gross loans")
    spread: Rate = Field(description="annual spread added to the facility's")


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
    warm_up_months: Annotated[int, Field(strict=True, ge=0, le=120)] = Field(description="months simulated under the first month's conditions before month 1, funding frozen")
    borrowers: Borrowers
    policy: Reference = Field(description="policy file, by name or path")
    economy: Economy
    shocks: list[Shock] = Field(default_factory=list)
    mechanisms: Mechanisms
    script: Script | None = Field(default=None, description="a single scripted borrower instead of a population")
