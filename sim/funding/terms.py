"""What a policy file says about funding: the sections `funding`, `provisioning` and `rating`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sim.config.fields import AnyNumber, Rate, Section, Share, Text, Whole
from sim.config.ranges import Plausible, Range

Ratio = Annotated[Rate, Range(-10, 10, "a ratio of a balance sheet that far off means always or never", percent=True)]


class Provisioning(Section):
    """Required allowance: roll to loss x loss given default by delinquency bucket, share of principal."""

    loss_given_default: Annotated[Share, Plausible(0.8, 1, "recoveries of 3–20 % of principal")] = Field(
        description="loss given charge-off after recoveries"
    )
    roll_to_loss_current: Share = Field(description="share of current accounts that end charged off")
    roll_to_loss_1_29: Share = Field(description="share of accounts 1 to 29 days past due that end charged off")
    roll_to_loss_30_59: Share = Field(description="share of accounts 30 to 59 days past due that end charged off")
    roll_to_loss_60_89: Share = Field(description="share of accounts 60 to 89 days past due that end charged off")
    roll_to_loss_90_plus: Share = Field(description="share of accounts 90 days past due and more that end charged off")


class Warehouse(Section):
    commitment: Annotated[AnyNumber, Range(0, 1_000, "no facility is a thousand times the book")] = Field(
        description="committed amount over opening gross loans"
    )
    advance_rate: Annotated[Share, Plausible(0.6, 0.92, "warehouse facilities as reported")] = Field(
        description="debt allowed per unit of eligible principal"
    )
    eligible_below_dpd: Literal[30, 60, 90] = Field(description="accounts below this many days past due are eligible")
    spread: Annotated[
        Rate, Range(-0.5, 2, "debt at twice its size a year is repaid by nobody", percent=True), Plausible(0.01, 0.1, "US warehouses 250–600 basis points")
    ] = Field(description="annual spread over the policy rate at opening rating")
    undrawn_fee: Annotated[Rate, Range(0, 1, "a commitment that costs itself every year is none", percent=True)] = Field(
        description="annual fee on the undrawn commitment"
    )
    delinquency_trigger: Share = Field(description="30+ delinquency, three-month average, at which the facility stops revolving")
    term_out_months: Annotated[Whole, Range(1, 600, "no run has more months", below="what must be repaid takes a month")] = Field(
        description="months over which a stopped facility is repaid"
    )


class Funding(Section):
    capital_ratio: Annotated[Share, Plausible(0.08, 0.9, "listed non-bank lenders; 90 % where funding plays no part")] = Field(
        description="opening equity over total assets"
    )
    utilisation: Share = Field(description="opening debt over borrowing base")
    minimum_cash_months: Annotated[AnyNumber, Range(0, 120, "cash for ten years is no reserve but an end of lending")] = Field(
        description="cash kept back, in months of operating cost"
    )
    headroom: Share = Field(description="share of the origination budget that is held back")
    dividend_above: Ratio | None = Field(
        description="capital ratio above which a profitable going concern pays out the surplus; null for never"
    )
    dividend_liquidity: Annotated[Rate, Range(-1, 1, "liquidity is a part of the opening loans", percent=True)] = Field(
        description="liquidity over opening gross loans that a payout must leave, or the rating's own test if higher"
    )
    upgrade_months: Annotated[
        Whole, Range(1, 60, "no agency waits longer than five years", below="a rating is given once a month")
    ] = Field(description="months in a row in which a better notch must have held before the rating rises by one")
    warehouse: Warehouse


class Notch(Section):
    label: Text
    min_capital_ratio: Ratio = Field(description="lowest equity over total assets")
    max_net_charge_off: Ratio = Field(description="highest net charge-off rate of three months, annual")
    min_liquidity: Ratio = Field(description="lowest liquidity over opening gross loans")
    spread: Annotated[Rate, Range(-1, 2, "debt at twice its size a year is repaid by nobody", percent=True)] = Field(
        description="annual spread added to the facility's"
    )
