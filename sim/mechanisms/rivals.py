"""Rivals: what other lenders would ask of a borrower, and who takes this lender's offer in spite of it.

Who is riskier than the score says has fewer alternatives, so a higher price keeps the worse of the applicants: the selection
that Karlan and Zinman (2009, Econometrica 77) found in a field experiment with a consumer lender.
"""

from __future__ import annotations

import math
from typing import Annotated, Any

import numpy as np
from numpy import float32 as f
from pydantic import Field

from sim.config.fields import Effect, Rate, Section
from sim.config.ranges import Plausible, Range
from sim.engine.declare import Mechanism, MonthInputs, Switch, Values
from sim.numerics.compile import rule
from sim.numerics.functions32 import clamp32, logistic32

PRICED_SCORE = 600  # points of the average borrower, at whom rivals' prices are stated


class Rivals(Section):
    """What other lenders ask of the same borrower, all fees included, and how borrowers answer."""

    margin: Annotated[Rate, Range(0, 10, "above 1,000 % a year nobody lends", percent=True), Plausible(0.05, 0.4)] = Field(
        description="annual all-in price over the policy rate that rivals ask of a borrower with 600 points"
    )
    per_point: Annotated[
        Rate, Range(0, 0.1, "10 % a point would price a standard deviation of risk at 500 %", percent=True), Plausible(0, 0.002)
    ] = Field(description="annual price that rivals add per point of score below 600")
    per_unemployment: Annotated[Rate, Range(0, 1, "100 % a point would double any price", percent=True), Plausible(0, 0.02)] = Field(
        description="annual price that rivals add per percentage point of unemployment above the opening's"
    )
    take_up: Annotated[
        Rate, Range(0.01, 0.99, "above it nobody would compare prices", below="below it nobody would lend", percent=True),
        Plausible(0.3, 0.98),
    ] = Field(description="share of offers taken at a rival's price")
    private_information: Annotated[Effect, Plausible(0, 2, "Karlan–Zinman 2009")] = Field(
        description="relative fall of the effect of price per standard deviation by which the borrower is riskier than the score says"
    )


@rule
def rival_price(base: Any, per_point: Any, points: Any, cap: Any) -> Any:
    """Annual all-in price that rivals ask of a borrower with so many points: base at 600, within the legal cap."""
    return clamp32(base + per_point * (f(PRICED_SCORE) - f(points)), f(0), cap)


@rule
def takes(ease: Any, price_effect: Any, gap: Any, private_information: Any, hidden: Any, gain: Any) -> Any:
    """Chance that an offer is taken: less the dearer it is than a rival's, hardly so for who is riskier than the score says.

    ease: logits at equal prices; price_effect: logits per percentage point; gap: offer less rival's price, a fraction a year;
    hidden: risk that the score does not see, standard deviations of the true index; gain: 0 where everybody takes what is offered.
    """
    alert = max(f(0), f(1) - private_information * hidden)
    return f(1) - gain * (f(1) - logistic32(ease - price_effect * alert * f(100) * gap))


def numbers(m: MonthInputs) -> Values:
    """What rivals ask this month of a borrower with 600 points, the cap that they keep, and the ease of taking an offer."""
    r, now = m.profile.rivals, m.conditions
    worse = 100.0 * (now["unemployment_rate"] - m.opening["unemployment_rate"])
    return {
        "rivals.base": np.float32(now["policy_rate"] + r.margin + r.per_unemployment * worse + now["rival_price"]),
        "rivals.cap": np.float32(now["apr_cap"]),
        "rivals.ease": np.float32(math.log(r.take_up / (1.0 - r.take_up))),
    }


MECHANISM = Mechanism(
    name="rivals",
    sections={"rivals": Rivals},
    switches=(Switch("take_up", "applicants compare the offer with a rival's"),),
    numbers=numbers,
)
