"""Income: a lasting level that jumps now and then and returns to its anchor, passing dips around it, benefits while out of work.

The concept is a household's pay after tax. Changes of earnings are mostly small and now and then large (F. Guvenen, F. Karahan,
S. Ozkan, J. Song, "What do data on millions of U.S. workers reveal about lifecycle earnings dynamics?", Econometrica 89, 2021:
a one-year standard deviation of .51 for individual earnings before tax, with a kurtosis far above the normal's).
"""

from __future__ import annotations

import math
from typing import Annotated, Any

import numpy as np
from numpy import float32 as f
from pydantic import Field

from sim.config.fields import AnyNumber, Section, Share, Spread
from sim.config.ranges import Plausible, Range
from sim.engine.columns import Column
from sim.engine.declare import Mechanism, MonthInputs, Switch, Values
from sim.engine.pipeline import Block, Numbers
from sim.mechanisms.people import by_segment
from sim.numerics.compile import phase, rule
from sim.numerics.functions32 import bell32, exp32, normal32, unit32
from sim.numerics.functions64 import monthly_rate

U0 = np.uint8(0)
LOGNORMAL = Range(0, 3, "beyond 3 the mean of its lognormal is no longer met by draws")


class Income(Section):
    median: Annotated[
        AnyNumber, Range(0, 20_000_000, "what an income pays is counted in an account, which holds minor units in 32 bits", above=True)
    ] = Field(description="median monthly disposable income when employed, major units")
    spread: Annotated[Spread, Plausible(0.3, 0.7, "LendingClub about 0.5")] = Field(
        description="standard deviation of log income across borrowers"
    )
    transitory: Spread = Field(description="standard deviation of log income from month to month around its level")
    permanent: Annotated[AnyNumber, Range(0, 0.1, "a tenth a month is a third a year, three times what any study finds")] = Field(
        description="standard deviation of the monthly permanent income shock, log points"
    )
    jump_probability: Annotated[Share, Plausible(0.002, 0.02, "Guvenen et al. 2021")] = Field(
        description="monthly chance that the permanent shock is a jump: another job, hours, a partner's pay"
    )
    jump: Annotated[AnyNumber, LOGNORMAL, Plausible(0.3, 1.2, "Guvenen et al. 2021")] = Field(
        description="standard deviation of a jump, log points"
    )
    reversion: Share = Field(description="share of the distance to its anchor that permanent income makes good each month")
    dip_probability: Annotated[Share, Plausible(0.05, 0.5, "JPMorgan Chase Institute")] = Field(
        description="monthly chance that the month's pay swings far"
    )
    dip: Annotated[AnyNumber, LOGNORMAL, Plausible(0.2, 0.6, "JPMorgan Chase Institute")] = Field(
        description="standard deviation of log pay in such a month"
    )


@rule
def replacement(spell: Any, rate: Any, months: Any, exhausted: Any, support: Any) -> Any:
    """Income of the unemployed over permanent income: benefit while it lasts, plus emergency support, which may exceed the pay."""
    return (rate if f(spell) < months else exhausted) + support


@rule
def pay(permanent: Any, hours_cut: Any, depth: Any, sigma: Any, z: Any) -> Any:
    """Pay of the employed: permanent income, less cut hours, times a mean-one lognormal month (sd sigma, normal z)."""
    return permanent * (f(1) - (depth if hours_cut else f(0))) * exp32(sigma * z - f(0.5) * sigma * sigma)


@rule
def reverting(permanent: Any, anchor: Any, reversion: Any) -> Any:
    """Permanent income a share of the way back to its anchor."""
    return permanent + reversion * (anchor - permanent)


@phase
def sample_income(b: Block, p: Numbers) -> None:
    """Permanent income: lognormal around the segment's level, correlated with prudence."""
    for i in range(b.n):
        z = p.traits.income_link * b.prudence[i] + p.income.own * normal32(unit32(b.draw.sample_income[i]))
        level = by_segment(b.segment[i], p.segments.income_factor_0, p.segments.income_factor_1, p.segments.income_factor_2)
        b.permanent[i] = p.income.median * level * exp32(p.income.spread * z)
        b.anchor[i] = b.permanent[i]


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
        # a rare large shock is the small one's draw on another scale: a mixture of normals
        jumps = unit32(b.draw.income_jump[i]) < p.income.jumps
        dips = unit32(b.draw.income_dip[i]) < p.income.dips
        spread = p.income.jump if jumps else p.income.permanent
        swing = p.income.dip if dips else p.income.transitory
        anchor = b.anchor[i] * p.income.growth
        moved = pay(b.permanent[i], False, f(0), spread, lasting) * p.income.growth
        base = reverting(moved, anchor, p.income.returning)
        benefit = base * replacement(
            b.spell[i], p.work.replacement_rate, p.work.replacement_months, p.work.exhausted_rate, p.income.support
        )
        wage = pay(base, b.hours_cut[i] != U0, p.work.hours_cut_depth, swing, passing)
        b.permanent[i] = base
        b.anchor[i] = anchor
        b.income[i] = (wage if b.employed[i] != U0 else benefit) + p.income.universal


def opening(profile: Any) -> Values:
    """The part of income that is not prudence."""
    return {"income.own": np.float32(math.sqrt(1 - profile.traits.income_link**2))}


def numbers(m: MonthInputs) -> Values:
    """Growth of the anchor: real growth and prices; without reversion also what careers regain of re-employment losses."""
    income, g, c = m.profile.income, min(1.0, m.gain.income_risk), m.conditions
    compensation = m.profile.work.separation_rate * m.profile.work.reemployment_loss * (1.0 - g)
    growth = (1.0 + monthly_rate(c["real_income_growth"])) * (1.0 + monthly_rate(c["inflation"])) * (1.0 + compensation)
    return {
        "income.growth": np.float32(growth), "income.support": np.float32(c["income_support"]),
        "income.universal": np.float32(income.median * c["universal_payment"]),
        "income.jumps": np.float32(min(1.0, income.jump_probability * m.gain.income_risk)),
        "income.dips": np.float32(min(1.0, income.dip_probability * m.gain.income_risk)),
        "income.returning": np.float32(income.reversion * g),
    }


MECHANISM = Mechanism(
    name="income",
    sections={"income": Income},
    switches=(Switch("income_risk", "jumps of permanent income, its return to the anchor, and months of far swings"),),
    columns=(
        Column("permanent", "f4", "major units", "permanent monthly income when employed", lowest=0),
        Column("anchor", "f4", "major units", "monthly income to which permanent income returns", lowest=0),
        Column("income", "f4", "major units", "income received this month", lowest=0),
    ),
    events=("income_permanent", "income_transitory", "income_jump", "income_dip", "sample_income"),
    sample=(sample_income, sample_pay),
    opening=opening,
    phases=(earn,),
    numbers=numbers,
)
