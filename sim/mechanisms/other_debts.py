"""Debts at other lenders: who comes first, how easily a shortfall is refinanced, where the debt drifts."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from numpy import float32 as f
from numpy import uint8
from pydantic import Field

from sim.config.fields import AnyNumber, Rate, Section, Share
from sim.config.ranges import Plausible, Range
from sim.engine.columns import Column
from sim.engine.declare import Mechanism, MonthInputs, Switch, Values
from sim.engine.pipeline import Block, Numbers
from sim.numerics.compile import phase, rule
from sim.numerics.functions32 import unit32


class OtherDebts(Section):
    holders: Share = Field(description="share of borrowers with unsecured debt at other lenders")
    burden: Annotated[Share, Plausible(0.04, 0.2, "debt service ratios")] = Field(
        description="mean monthly payment on that debt over income, among holders"
    )
    interest: Annotated[
        Rate, Range(0, 3, "debt that grows fourfold a year is repaid by nobody", percent=True), Plausible(0.12, 0.3, "Fed G.19 card rates")
    ] = Field(description="annual interest on debt elsewhere")
    payment_share: Share = Field(description="monthly payment over balance elsewhere")
    rollover: Annotated[Share, Plausible(0.1, 0.7)] = Field(
        description="share of a shortfall that other lenders refinance when outside credit is at 100 %"
    )
    paid_first: Share = Field(description="share of borrowers who pay other unsecured lenders before us, before contacts")
    limit: Annotated[AnyNumber, Range(0, 100, "a limit of a hundred times the debt aimed for is none", above=True)] = Field(
        description="debt up to which other lenders refinance, over the debt aimed for"
    )
    drift: Share = Field(description="share of the distance to the debt aimed for that is made up each month")


@rule
def available(cash: Any, income: Any, floor: Any, expense: Any, other_due: Any, other_first: Any) -> Any:
    """Money that can reach us: what is left after the spending floor, the unforeseen and debts that rank before us."""
    return max(f(0), cash + income - floor - expense - (other_due if other_first else f(0)))


@rule
def outside_loan(short: Any, easiness: Any, room: Any) -> Any:
    """Borrowed elsewhere to cover a shortfall: a share of it, within what other lenders still grant."""
    return min(max(short, f(0)) * easiness, max(room, f(0)))


@rule
def outside_room(target: Any, permanent: Any, balance: Any, limit: Any) -> Any:
    """What other lenders still grant: up to a multiple of the debt aimed for."""
    return limit * target * permanent - balance


@rule
def drifting_debt(owed: Any, aim: Any, drift: Any) -> Any:
    """Debt elsewhere drifts to what the household aims for."""
    return max(f(0), owed + drift * (aim - owed))


@phase
def sample_debts(b: Block, p: Numbers) -> None:
    """Debts elsewhere: among holders the burden is uniform between nothing and twice its mean."""
    for i in range(b.n):
        u = unit32(b.draw.sample_other_debt[i])
        target = f(2) * (u / max(p.other_debts.holders, f(1e-6))) * p.other_debts.mean_months if u < p.other_debts.holders else f(0)
        b.other_target[i] = target
        b.other_balance[i] = target * b.permanent[i]
        b.other_first[i] = uint8(1) if unit32(b.draw.sample_priority[i]) < p.other_debts.paid_first else uint8(0)


def opening(profile: Any) -> Values:
    """Mean debt elsewhere in months of income: burden over payment share."""
    o = profile.other_debts
    return {"other_debts.mean_months": np.float32(o.burden / max(o.payment_share, 1e-6))}


def numbers(m: MonthInputs) -> Values:
    """Monthly interest, and how easily a shortfall is refinanced now."""
    o = m.profile.other_debts
    return {
        "other_debts.monthly_interest": np.float32(o.interest / 12.0),
        "other_debts.ease": np.float32(o.rollover * m.conditions["outside_credit"] * m.gain.outside_credit),
    }


MECHANISM = Mechanism(
    name="other_debts",
    sections={"other_debts": OtherDebts},
    switches=(Switch("outside_credit", "refinancing of shortfalls by other lenders"),),
    columns=(
        Column("other_balance", "f4", "major units", "unsecured debt at other lenders", lowest=0),
        Column("other_target", "f4", "months", "debt at other lenders aimed for, months of permanent income", lowest=0),
        Column("other_first", "u1", "flag", "pays other unsecured lenders before us"),
    ),
    events=("sample_other_debt", "sample_priority"),
    sample=(sample_debts,),
    opening=opening,
    numbers=numbers,
)
