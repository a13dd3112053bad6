"""What a policy says of its products: for each method of sim/accounts/methods.py, the terms that it needs."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictBool

from sim.config.fields import Money, Name, Section, Share, Tenor

MOST_PRODUCTS = 4  # a borrower has an account slot for each: memory and time of a run grow with them


class _Offer(Section):
    need: Name = Field(description="what borrowers take it for: a need of the profile's demand; products of one need share its applicants")
    offered: StrictBool = Field(description="whether it is lent; what was lent before is served in any case")
    minimum: Money = Field(description="smallest principal, major units")
    maximum: Money = Field(description="largest principal, major units")


class AnnuityOffer(_Offer):
    """Equal instalments, interest on what is outstanding; priced by risk, tenor and size by the underwriting's bands."""

    method: Literal["annuity"] = Field(description="equal instalments, interest on what is outstanding, price and tenor by risk band")
    upfront_fee: Share = Field(description="fee netted from the payout, share of principal")


class FlatFeeOffer(_Offer):
    """Equal instalments, a fixed fee on the original principal every month; the same price and tenor for everybody."""

    method: Literal["flat_fee"] = Field(description="equal instalments, a fixed fee on the original principal every month")
    tenor: Tenor = Field(description="months")
    monthly_fee: Share = Field(description="fixed fee a month, share of the original principal")


Offer = Annotated[AnnuityOffer | FlatFeeOffer, Field(discriminator="method")]
Offers = Annotated[dict[Name, Offer], Field(min_length=1, max_length=MOST_PRODUCTS)]
