"""Lending standards: the lender tightens when the economy worsens and loosens when it is well, slowly and within bounds.

Losses follow past standards: in the Federal Reserve's series to 2006 the charge-off rate of cards rises with the change of
unemployment and falls with its level two and three years before, when lenders had tightened (own least squares). How lenders
move is reported by the Senior Loan Officer Opinion Survey; the figures of a policy stand for cut-offs and, since accounts here
have no lines, for the line cuts that go with them.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from sim.config.fields import AnyNumber, Rate, Section, Share
from sim.config.ranges import Plausible, Range


class Standards(Section):
    """How the lender's appetite follows the economy."""

    per_unemployment: Annotated[AnyNumber, Range(0, 500, "500 turn everybody away at two points more"), Plausible(0, 50)] = Field(
        description="points by which the cut-off is to rise per percentage point of unemployment above normal"
    )
    per_tightening: Annotated[AnyNumber, Range(0, 1_000, "scores end at 1,000"), Plausible(0, 120)] = Field(
        description="points by which the cut-off is to rise when all other lenders tighten (variable lending_standards at 100%)"
    )
    normal_unemployment: Share | None = Field(
        description="unemployment at which standards are as the policy states them; null for the opening's"
    )
    speed: Share = Field(description="share of the distance to its aim that the cut-off moves each month")
    bound: Annotated[AnyNumber, Range(0, 500, "scores reach 500 points either side of the average's", above=True)] = Field(
        description="points that the cut-off moves at most, either way"
    )
    size: Share = Field(description="share of the size caps taken off when the cut-off is at its upper bound, added at its lower one")
    price: Annotated[Rate, Range(0, 1, "above 100 % nobody lends", percent=True), Plausible(0, 0.05)] = Field(
        description="annual price added at the upper bound, taken off at the lower one"
    )


def aim(standards: Standards, unemployment: float, opening: float, tightening: float, gain: float) -> float:
    """Points by which the cut-off is to differ from the policy's, under these conditions.

    unemployment, opening: the month's rate and the opening's, fractions; tightening: net share of other lenders that tighten.
    """
    normal = opening if standards.normal_unemployment is None else standards.normal_unemployment
    wanted = standards.per_unemployment * 100.0 * (unemployment - normal) + standards.per_tightening * tightening
    return min(max(gain * wanted, -standards.bound), standards.bound)


def moved(standards: Standards | None, points: float, aimed: float) -> float:
    """The cut-off's distance from the policy's a month later; none where the policy has no such rule."""
    return 0.0 if standards is None else points + standards.speed * (aimed - points)


def tightness(standards: Standards | None, points: float) -> float:
    """How tight standards are: 1 at the upper bound, -1 at the lower one, 0 where the policy has no such rule."""
    return 0.0 if standards is None else min(max(points / standards.bound, -1.0), 1.0)
