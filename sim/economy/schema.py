"""What a scenario says of the economy: base paths, a table over them, shocks on top."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sim.config.fields import Attempts, Change, Count, Month, Multiple, Rate, Section, Text

MacroVariable = Literal[
    "unemployment_rate", "real_income_growth", "inflation", "policy_rate", "income_support", "universal_payment",
    "outside_credit", "lending_standards", "funding_spread", "funding_haircut", "lender_rumour", "apr_cap", "contact_cap",
]
MacroPath = Annotated[Rate | list[Rate], Field(description="one annual rate or share for all months, or one a month (the last one lasts)")]


class OpeningConditions(Section):
    """Conditions in which the book was built, before month 1; what is left out is as in month 1, or as the table's last earlier row."""

    unemployment_rate: Rate | None = None
    real_income_growth: Rate | None = None
    inflation: Rate | None = None
    policy_rate: Rate | None = None
    income_support: Rate | None = None
    universal_payment: Rate | None = None
    outside_credit: Rate | None = None
    lending_standards: Rate | None = None
    funding_spread: Rate | None = None
    funding_haircut: Rate | None = None
    lender_rumour: Rate | None = None
    apr_cap: Rate | None = None
    contact_cap: Attempts | None = None


class Economy(Section):
    """Macro conditions before shocks; whatever is left out keeps its calm value."""

    opening: OpeningConditions = Field(default_factory=OpeningConditions, description="conditions of the warm-up, where they are not those of month 1")

    table: Text | None = Field(default=None, description="CSV with one row a month or quarter; the Federal Reserve's domestic scenario tables are read as published")
    table_units: Literal["fraction", "percent"] | None = Field(default=None, description="unit of the cells of a table that is not the Federal Reserve's")
    table_without: list[MacroVariable] = Field(default_factory=list, description="columns of the table that are not used; the values stated here stand in their place")
    unemployment_rate: MacroPath
    real_income_growth: MacroPath
    inflation: MacroPath
    policy_rate: MacroPath
    income_support: MacroPath
    universal_payment: MacroPath
    outside_credit: MacroPath
    lending_standards: MacroPath
    funding_spread: MacroPath
    funding_haircut: MacroPath
    lender_rumour: MacroPath
    apr_cap: MacroPath = Field(description="legal all-in price cap; the stricter of this and the policy's applies")
    contact_cap: Attempts | list[Attempts] = Field(description="legal cap on contact attempts per account and month")


class ShockRecovery(Section):
    by: Month | None = Field(default=None, description="month in which the shock has gone, linearly")
    half_life: Multiple | None = Field(default=None, description="months in which half of what is left goes")


class Shock(Section):
    variable: MacroVariable
    start: Month
    shape: Literal["step", "ramp", "pulse", "path"]
    by: Change | None = Field(default=None, description="change against the path without this shock, e.g. +5pp; attempts for contact_cap")
    to: Change | None = Field(default=None, description="level to reach, e.g. 30%; attempts for contact_cap")
    values: list[Change] | None = Field(default=None, description="changes month by month, shape path only")
    over: Count | None = Field(default=None, description="months of the ramp")
    hold: Count | None = Field(default=None, description="months at full size")
    recovery: ShockRecovery | None = Field(default=None, description="how the shock fades after the hold; without it a step or ramp stays and a pulse ends at once")
