"""The household's budget: essentials follow prices and habits, wishes are cut when money is short, savings are a buffer."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from numpy import float32 as f
from pydantic import Field

from sim.config.fields import Effect, Months, Section, Share, Spread
from sim.config.ranges import Plausible
from sim.engine.columns import Column
from sim.engine.declare import Mechanism, MonthInputs, Values
from sim.engine.pipeline import Block, Numbers
from sim.mechanisms.other_debts import available, drifting_debt, outside_loan, outside_room
from sim.mechanisms.people import by_segment
from sim.numerics.compile import phase, rule
from sim.numerics.functions32 import clamp32, exp32, log32, normal32, share_of, unit32
from sim.numerics.functions64 import monthly_rate

U0 = np.uint8(0)


class Spending(Section):
    essential_share: Annotated[Share, Plausible(0.4, 0.7, "consumer expenditure surveys, lower half")] = Field(
        description="essential spending over permanent income, mean across borrowers, rent and secured debts included"
    )
    essential_spread: Share = Field(description="standard deviation of the essential share")
    essential_least: Share = Field(description="lowest essential share of any borrower")
    essential_most: Share = Field(description="highest essential share of any borrower")
    discretionary_share: Annotated[Share, Plausible(0.15, 0.4, "consumer expenditure surveys")] = Field(
        description="discretionary spending over permanent income that a borrower prefers"
    )
    impulsive_extra: Effect = Field(description="relative extra discretionary spending of the most impulsive borrower")
    compression: Annotated[Share, Plausible(0.3, 0.8, "Ganong–Noel 2019")] = Field(
        description="share of discretionary spending that can be cut in the month when money is short"
    )
    adjustment: Share = Field(description="monthly speed at which the standard of living follows permanent income")
    shock_probability: Annotated[Share, Plausible(0.01, 0.08, "JPMorgan Chase Institute")] = Field(
        description="monthly chance of an unforeseen expense"
    )
    shock_size: Annotated[Months, Plausible(0.2, 1)] = Field(description="mean unforeseen expense in months of permanent income")


class Savings(Section):
    buffer_months: Annotated[Months, Plausible(0.5, 3, "JPMorgan Chase Institute")] = Field(
        description="median liquid buffer a borrower aims for, months of essential spending"
    )
    buffer_spread: Spread = Field(description="standard deviation of the log buffer")
    rebuild_speed: Share = Field(description="share of a missing buffer that is saved out of discretionary spending each month")
    spend_down: Share = Field(description="share of savings above the buffer that is spent each month")
    jobless_share: Share = Field(description="savings of those without a job at the start, over those of others alike")


@rule
def essential_spending(essential: Any, share: Any, permanent: Any, inflation: Any, adjustment: Any) -> Any:
    """Essentials follow prices at once and the household's permanent income slowly."""
    e = essential * (f(1) + inflation)
    return e + adjustment * (share * permanent - e)


@rule
def wanted_discretionary(income: Any, permanent: Any, share: Any, extra: Any, impulsive: Any, literacy: Any) -> Any:
    """Discretionary spending that the borrower prefers: a share of income, more if impulsive and unschooled."""
    return share * min(income, permanent) * (f(1) + extra * impulsive * (f(1) - literacy))


@rule
def unforeseen_expense(draw: Any, probability: Any, size: Any, permanent: Any) -> Any:
    """With the given probability an expense of exponential size with mean `size` months of permanent income."""
    hit = draw < probability
    inner = clamp32(draw / max(probability, f(1e-9)), f(1e-6), f(1))
    return -log32(inner) * size * permanent if hit else f(0)


@rule
def discretionary(wealth: Any, wanted: Any, buffer: Any, compression: Any, rebuild: Any, spend_down: Any) -> Any:
    """Discretionary spending after all payments: cut to rebuild a missing buffer, raised out of an excess one.

    wealth: money left before it; buffer: savings aimed for. Never more than the wealth.
    """
    after = wealth - wanted
    cut = min(compression * wanted, rebuild * max(buffer - after, f(0)))
    more = spend_down * max(after - buffer, f(0))
    return min(max(wealth, f(0)), wanted - cut + more)


@phase
def sample_habits(b: Block, p: Numbers) -> None:
    """Savings aimed for, standard of living."""
    for i in range(b.n):
        shared = p.traits.prudence * b.prudence[i]
        z = shared + p.traits.own * normal32(unit32(b.draw.sample_buffer[i]))
        level = by_segment(b.segment[i], p.segments.buffer_factor_0, p.segments.buffer_factor_1, p.segments.buffer_factor_2)
        b.buffer[i] = p.savings.buffer_months * level * exp32(p.savings.buffer_spread * z)
        z = normal32(unit32(b.draw.sample_essential[i]))
        share = p.spending.essential_share + p.spending.essential_spread * z
        b.essential_share[i] = clamp32(share, p.spending.essential_least, p.spending.essential_most)


@phase
def sample_savings(b: Block, p: Numbers) -> None:
    """Essentials and savings at the start: savings fluctuate around the buffer, between nothing and twice of it."""
    for i in range(b.n):
        living = b.essential_share[i] * b.permanent[i] * p.spending.lag
        b.essential[i] = living
        without = f(1) if b.employed[i] != U0 else p.savings.jobless_share
        b.cash[i] = (f(2) * unit32(b.draw.sample_savings[i]) * b.buffer[i] * living) * without


@phase
def plan_budget(b: Block, p: Numbers) -> None:
    """Essentials, what the household would like to spend, what hits it unforeseen, what other lenders ask."""
    for i in range(b.n):
        b.essential[i] = essential_spending(
            b.essential[i], b.essential_share[i], b.permanent[i], p.spending.inflation, p.spending.adjustment
        )
        b.wanted[i] = wanted_discretionary(
            b.income[i], b.permanent[i], p.spending.discretionary_share, p.spending.impulsive_extra, share_of(b.impulsive[i]),
            share_of(b.literacy[i]),
        )
        b.expense[i] = unforeseen_expense(
            unit32(b.draw.expense[i]), p.spending.shock_probability, p.spending.shock_size, b.permanent[i]
        )
        b.other_due[i] = b.other_balance[i] * (p.other_debts.payment_share * p.relief.asked_elsewhere)


@phase
def find_money(b: Block, p: Numbers) -> None:
    """Money that can reach us on the due day and on the catch-up date; discretionary spending is cut first.

    Before payday the month's essentials are already paid out of last month's income: only savings count.
    """
    for i in range(b.n):
        compression = min(f(1), p.spending.compression + b.freed[i])
        floor = b.essential[i] + (f(1) - compression) * b.wanted[i]
        owed = f(b.asked[i]) * p.money.major
        short = floor + b.expense[i] + b.other_due[i] + owed - b.cash[i] - b.income[i]
        room = outside_room(b.other_target[i], b.permanent[i], b.other_balance[i], p.other_debts.limit)
        loan = outside_loan(short, p.other_debts.ease, room)
        first = b.other_first[i] != U0
        paid_by_due = b.payday[i] <= b.due_day[i]
        paid_by_catch = f(b.payday[i]) <= f(b.due_day[i]) + p.servicing.grace_days
        money = b.cash[i] + loan
        with_pay = available(money, b.income[i], floor, b.expense[i], b.other_due[i], first)
        without = available(money, f(0), f(0), b.expense[i], b.other_due[i], first)
        # a call after the due day helps to plan who is called because nothing came: only they have this money, and only then
        called = b.essential[i] + (f(1) - min(f(1), compression + b.freed_early[i])) * b.wanted[i]
        helped = available(money, b.income[i], called, b.expense[i], b.other_due[i], first)
        b.borrowed[i] = loan
        b.at_due[i] = with_pay if paid_by_due else without
        b.at_catch[i] = with_pay if paid_by_catch else without
        b.when_called[i] = (helped - with_pay) if paid_by_catch else f(0)


@phase
def settle(b: Block, p: Numbers) -> None:
    """After our payments: other lenders, then discretionary spending and savings."""
    for i in range(b.n):
        ours = b.paid[i] * p.money.major
        left = b.cash[i] + b.income[i] + b.borrowed[i] + b.refinanced[i] - ours - b.essential[i] - b.expense[i]
        to_others = min(b.other_due[i], max(left, f(0)))
        wealth = left - to_others
        freed = b.freed[i] + (b.freed_early[i] if b.missed_due_day[i] != U0 else f(0))
        compression = min(f(1), p.spending.compression + freed)
        spend = discretionary(
            wealth, b.wanted[i], b.buffer[i] * b.essential[i], compression, p.savings.rebuild_speed, p.savings.spend_down
        )
        b.cash[i] = max(f(0), wealth - spend)
        interest = p.other_debts.monthly_interest - p.relief.waived_elsewhere
        owed = b.other_balance[i] * (f(1) + interest) - to_others + b.borrowed[i] + b.refinanced[i]
        b.other_balance[i] = drifting_debt(owed, b.other_target[i] * b.permanent[i], p.other_debts.drift)


def numbers(m: MonthInputs) -> Values:
    """Inflation of the month."""
    return {"spending.inflation": np.float32(monthly_rate(m.conditions["inflation"]))}


MECHANISM = Mechanism(
    name="budget",
    sections={"spending": Spending, "savings": Savings},
    columns=(
        Column("essential", "f4", "major units", "essential spending a month", lowest=0),
        Column("essential_share", "f4", "share", "standard of living aimed for, share of permanent income", lowest=0, highest=1),
        Column("buffer", "f4", "months", "liquid buffer aimed for, months of essential spending", lowest=0),
        Column("cash", "f4", "major units", "liquid savings", lowest=0),
    ),
    scratch=(
        Column("wanted", "f4", "major units", "discretionary spending preferred"),
        Column("expense", "f4", "major units", "unforeseen expense"),
        Column("other_due", "f4", "major units", "asked by other lenders"),
        Column("at_due", "f4", "major units", "money that can reach us on the due day"),
        Column("at_catch", "f4", "major units", "money that can reach us on the catch-up date"),
        Column(
            "when_called", "f4", "major units",
            "further money at the catch-up date of who missed the due day and is called; a harsh call may leave less",
        ),
        Column("borrowed", "f4", "major units", "borrowed elsewhere to cover a shortfall"),
    ),
    events=("expense", "sample_buffer", "sample_essential", "sample_savings"),
    sample=(sample_habits, sample_savings),
    phases=(plan_budget, find_money, settle),
    numbers=numbers,
)
