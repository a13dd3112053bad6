"""Income: a permanent level that drifts, a passing swing around it, benefits while out of work."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy import float32 as f
from pydantic import Field

from sim.config.fields import Multiple, NonNegative, Section
from sim.engine.columns import Column
from sim.engine.declare import Mechanism, MonthInputs, Values
from sim.engine.pipeline import Block, Numbers
from sim.mechanisms.people import by_segment
from sim.numerics.compile import phase, rule
from sim.numerics.functions32 import bell32, exp32, normal32, unit32
from sim.numerics.functions64 import monthly_rate

U0 = np.uint8(0)


class Income(Section):
    median: Multiple = Field(description="median monthly disposable income when employed, major units")
    spread: NonNegative = Field(description="standard deviation of log income across borrowers")
    transitory: NonNegative = Field(description="standard deviation of log income from month to month around its level")
    permanent: NonNegative = Field(description="standard deviation of the monthly permanent income shock, log points")


@rule
def replacement(spell: Any, rate: Any, months: Any, exhausted: Any, support: Any) -> Any:
    """Income of the unemployed over permanent income: benefit while it lasts, plus emergency support, at most 1."""
    return min(f(1), (rate if f(spell) < months else exhausted) + support)


@rule
def pay(permanent: Any, hours_cut: Any, depth: Any, sigma: Any, z: Any) -> Any:
    """Pay of the employed: permanent income, less cut hours, times a mean-one lognormal month (sd sigma, normal z)."""
    return permanent * (f(1) - (depth if hours_cut else f(0))) * exp32(sigma * z - f(0.5) * sigma * sigma)


@phase
def sample_income(b: Block, p: Numbers) -> None:
    """Permanent income: lognormal around the segment's level, correlated with prudence."""
    for i in range(b.n):
        z = p.traits.income_link * b.prudence[i] + p.income.own * normal32(unit32(b.draw.sample_income[i]))
        level = by_segment(b.segment[i], p.segments.income_factor_0, p.segments.income_factor_1, p.segments.income_factor_2)
        b.permanent[i] = p.income.median * level * exp32(p.income.spread * z)


@phase
def sample_pay(b: Block, p: Numbers) -> None:
    """What came in last: full pay, or what is left without a job."""
    for i in range(b.n):
        b.income[i] = b.permanent[i] * (f(1) if b.employed[i] != U0 else p.work.exhausted_rate)


@phase
def earn(b: Block, p: Numbers) -> None:
    """Permanent income moves, the month's income arrives."""
    for i in range(b.n):
        lasting = bell32(b.draw.income_permanent[i])
        passing = bell32(b.draw.income_transitory[i])
        base = pay(b.permanent[i], False, f(0), p.income.permanent, lasting) * p.income.growth
        benefit = base * replacement(
            b.spell[i], p.work.replacement_rate, p.work.replacement_months, p.work.exhausted_rate, p.income.support
        )
        wage = pay(base, b.hours_cut[i] != U0, p.work.hours_cut_depth, p.income.transitory, passing)
        b.permanent[i] = base
        b.income[i] = wage if b.employed[i] != U0 else benefit


def opening(profile: Any) -> Values:
    """The part of income that is not prudence."""
    return {"income.own": np.float32(math.sqrt(1 - profile.traits.income_link**2))}


def numbers(m: MonthInputs) -> Values:
    """Growth of permanent income: real growth, prices, and what careers regain of re-employment losses in calm times."""
    compensation = m.profile.work.separation_rate * m.profile.work.reemployment_loss
    c = m.conditions
    growth = (1.0 + monthly_rate(c["real_income_growth"])) * (1.0 + monthly_rate(c["inflation"])) * (1.0 + compensation)
    return {"income.growth": np.float32(growth), "income.support": np.float32(c["income_support"])}


MECHANISM = Mechanism(
    name="income",
    sections={"income": Income},
    columns=(
        Column("permanent", "f4", "major units", "permanent monthly income when employed"),
        Column("income", "f4", "major units", "income received this month"),
    ),
    events=("income_permanent", "income_transitory", "sample_income"),
    sample=(sample_income, sample_pay),
    opening=opening,
    phases=(earn,),
    numbers=numbers,
)
