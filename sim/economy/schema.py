"""What a scenario says of the economy: base paths, a table over them, shocks on top."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sim.config.fields import Attempts, Change, Duration, HolidayMonths, Month, MonthCount, Rate, Section, Text
from sim.config.ranges import Plausible
from sim.economy.variables import VARIABLES

MacroVariable = Literal[
    "unemployment_rate", "real_income_growth", "inflation", "policy_rate", "income_support", "universal_payment",
    "rival_price", "outside_credit", "payment_holiday_elsewhere", "elsewhere_interest_waived", "forbearance", "forbearance_months",
    "forbearance_interest_waived", "lending_standards", "funding_spread", "funding_haircut", "lender_rumour", "apr_cap", "contact_cap",
]
MacroPath = Annotated[Rate | list[Rate], Field(description="one annual rate or share for all months, or one a month (the last one lasts)")]


class OpeningConditions(Section):
    """Conditions in which the book was built, before month 1; what is left out is as in month 1, or as the table's last earlier row."""

    unemployment_rate: Annotated[Rate | None, VARIABLES["unemployment_rate"].range] = None
    real_income_growth: Annotated[Rate | None, VARIABLES["real_income_growth"].range] = None
    inflation: Annotated[Rate | None, VARIABLES["inflation"].range] = None
    policy_rate: Annotated[Rate | None, VARIABLES["policy_rate"].range] = None
    income_support: Annotated[Rate | None, VARIABLES["income_support"].range] = None
    universal_payment: Annotated[Rate | None, VARIABLES["universal_payment"].range] = None
    rival_price: Annotated[Rate | None, VARIABLES["rival_price"].range] = None
    outside_credit: Annotated[Rate | None, VARIABLES["outside_credit"].range] = None
    payment_holiday_elsewhere: Annotated[Rate | None, VARIABLES["payment_holiday_elsewhere"].range] = None
    elsewhere_interest_waived: Annotated[Rate | None, VARIABLES["elsewhere_interest_waived"].range] = None
    forbearance: Annotated[Rate | None, VARIABLES["forbearance"].range] = None
    forbearance_months: HolidayMonths | None = None
    forbearance_interest_waived: Annotated[Rate | None, VARIABLES["forbearance_interest_waived"].range] = None
    lending_standards: Annotated[Rate | None, VARIABLES["lending_standards"].range] = None
    funding_spread: Annotated[Rate | None, VARIABLES["funding_spread"].range] = None
    funding_haircut: Annotated[Rate | None, VARIABLES["funding_haircut"].range] = None
    lender_rumour: Annotated[Rate | None, VARIABLES["lender_rumour"].range] = None
    apr_cap: Annotated[Rate | None, VARIABLES["apr_cap"].range] = None
    contact_cap: Attempts | None = None


class Economy(Section):
    """Macro conditions before shocks; whatever is left out keeps its calm value."""

    opening: OpeningConditions = Field(
        default_factory=OpeningConditions, description="conditions of the warm-up, where they are not those of month 1"
    )

    table: Text | None = Field(
        default=None, description="CSV with one row a month or quarter; the Federal Reserve's domestic scenario tables are read as published"
    )
    table_units: Literal["fraction", "percent"] | None = Field(
        default=None, description="unit of the cells of a table that is not the Federal Reserve's"
    )
    table_without: list[MacroVariable] = Field(
        default_factory=list, description="columns of the table that are not used; the values stated here stand in their place"
    )
    unemployment_rate: Annotated[MacroPath, VARIABLES["unemployment_rate"].range, Plausible(0.03, 0.15, "calm times to a severe recession")]
    real_income_growth: Annotated[MacroPath, VARIABLES["real_income_growth"].range, Plausible(-0.1, 0.05, "BEA")]
    inflation: Annotated[MacroPath, VARIABLES["inflation"].range, Plausible(-0.02, 0.1)]
    policy_rate: Annotated[MacroPath, VARIABLES["policy_rate"].range, Plausible(0, 0.1)]
    income_support: Annotated[MacroPath, VARIABLES["income_support"].range]
    universal_payment: Annotated[MacroPath, VARIABLES["universal_payment"].range]
    rival_price: Annotated[MacroPath, VARIABLES["rival_price"].range, Plausible(-0.1, 0.1)]
    outside_credit: Annotated[MacroPath, VARIABLES["outside_credit"].range]
    payment_holiday_elsewhere: Annotated[MacroPath, VARIABLES["payment_holiday_elsewhere"].range] = Field(
        description="share of the payments on debts at other lenders that is not asked of borrowers this month"
    )
    elsewhere_interest_waived: Annotated[MacroPath, VARIABLES["elsewhere_interest_waived"].range] = Field(
        description="share of the interest on what is put off elsewhere that is waived; the rest joins the debt"
    )
    forbearance: Annotated[MacroPath, VARIABLES["forbearance"].range] = Field(
        description="share of borrowers in difficulty (no job, cut hours, or unable to pay this month) granted a payment holiday here, a month"
    )
    forbearance_months: HolidayMonths | list[HolidayMonths] = Field(description="months of a payment holiday granted in the month, rounded")
    forbearance_interest_waived: Annotated[MacroPath, VARIABLES["forbearance_interest_waived"].range] = Field(
        description="share of the interest of such a holiday that is waived; the rest is capitalised"
    )
    lending_standards: Annotated[MacroPath, VARIABLES["lending_standards"].range, Plausible(-0.5, 0.8, "Fed survey of loan officers")]
    funding_spread: Annotated[MacroPath, VARIABLES["funding_spread"].range]
    funding_haircut: Annotated[MacroPath, VARIABLES["funding_haircut"].range]
    lender_rumour: Annotated[MacroPath, VARIABLES["lender_rumour"].range]
    apr_cap: Annotated[MacroPath, VARIABLES["apr_cap"].range] = Field(
        description="legal all-in price cap; the stricter of this and the policy's applies"
    )
    contact_cap: Attempts | list[Attempts] = Field(description="legal cap on contact attempts per account and month")


class ShockRecovery(Section):
    by: Month | None = Field(default=None, description="month in which the shock has gone, linearly")
    half_life: Duration | None = Field(
        default=None, description="months in which half of what is left goes"
    )


class Shock(Section):
    variable: MacroVariable
    start: Month
    shape: Literal["step", "ramp", "pulse", "path"]
    by: Change | None = Field(default=None, description="change against the path without this shock, e.g. +5pp; attempts for contact_cap, months for forbearance_months")
    to: Change | None = Field(default=None, description="level to reach, e.g. 30%; attempts for contact_cap, months for forbearance_months")
    values: list[Change] | None = Field(default=None, description="changes month by month, shape path only")
    over: MonthCount | None = Field(default=None, description="months of the ramp")
    hold: MonthCount | None = Field(default=None, description="months at full size")
    recovery: ShockRecovery | None = Field(
        default=None, description="how the shock fades after the hold; without it a step or ramp stays and a pulse ends at once"
    )
