"""What a policy file says about funding: the sections `funding`, `provisioning` and `rating`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sim.config.fields import Count, NonNegative, Rate, Section, Share, Text


class Provisioning(Section):
    """Required allowance: roll to loss x loss given default by delinquency bucket, share of principal."""

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
    spread: Rate = Field(ge=-0.5, le=2, description="annual spread over the policy rate at opening rating")
    undrawn_fee: Rate = Field(ge=0, le=1, description="annual fee on the undrawn commitment")
    delinquency_trigger: Share = Field(description="30+ delinquency, three-month average, at which the facility stops revolving")
    term_out_months: Count = Field(ge=1, description="months over which a stopped facility is repaid")


class Funding(Section):
    capital_ratio: Share = Field(description="opening equity over total assets")
    utilisation: Share = Field(description="opening debt over borrowing base")
    minimum_cash_months: NonNegative = Field(description="cash kept back, in months of operating cost")
    headroom: Share = Field(description="share of the origination budget that is held back")
    dividend_above: Rate | None = Field(description="capital ratio above which a profitable going concern pays out the surplus; null for never")
    dividend_liquidity: Rate = Field(ge=-1, le=1, description="liquidity over opening gross loans that a payout must leave, or the rating's own test if higher")
    upgrade_months: Annotated[int, Field(strict=True, ge=1, le=60)] = Field(description="months in a row in which a better notch must have held before the rating rises by one")
    warehouse: Warehouse


class Notch(Section):
    label: Text
    min_capital_ratio: Rate
    max_net_charge_off: Rate
    min_liquidity: Rate = Field(description="lowest liquidity over opening gross loans")
    spread: Rate = Field(ge=-1, le=2, description="annual spread added to the facility's")
