"""The order of the month, written by hand: which phase follows which, and whether it runs for borrowers, accounts or products.

`lendsim list phases` prints it. Everybody decides on last month's public state, so the order of agents never matters;
the order of phases does, and stands here alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sim.accounts import arrears, booking, charge_off, servicing
from sim.engine.plan import Step
from sim.lender import underwriting
from sim.mechanisms import (
    attention,
    budget,
    contact,
    demand,
    income,
    other_debts,
    paying,
    people,
    prepayment,
    trust,
    willingness,
    work,
)
from sim.numerics.compile import Phase

Slots = int


@dataclass(frozen=True)
class Stage:
    """Phases that run one after the other, once for every borrower, or for each account slot, or for each product's desk."""

    title: str
    per: str  # borrower, account, desk
    phases: tuple[Phase, ...]

    def steps(self, slots: Slots) -> Iterator[Step]:
        """The stage as steps of a plan."""
        if self.per == "borrower":
            yield from (Step(phase) for phase in self.phases)
            return
        for slot in range(slots):
            for phase in self.phases:
                if self.per == "account":
                    yield Step(phase, slot=slot)
                elif phase is underwriting.look_up:  # a product's applicants are looked up in every slot
                    yield from (Step(phase, slot=other, desk=slot) for other in range(slots))
                else:
                    yield Step(phase, desk=slot)


BEGIN = Stage("nothing asked yet", "borrower", (paying.begin,))
BILLS = Stage("what each contract asks", "account", (paying.bill,))

# 2. Borrowers: job, income, spending, other debts, effect of contacts, two payment opportunities, trust, applications
LIVE: tuple[Stage, ...] = (
    Stage("work, income and wishes", "borrower", (work.work, income.earn, budget.plan_budget)),
    BEGIN,
    BILLS,
    Stage("what the borrower knows of its accounts", "account", (paying.look,)),
    Stage("contacts, willingness, attention, money at hand", "borrower", (
        contact.be_contacted, willingness.be_willing, attention.notice, prepayment.think_of_leaving, budget.find_money,
    )),
    Stage("two payment opportunities", "account", (paying.pay_account,)),
    Stage("early repayment and leaving", "account", (prepayment.repay_early,)),
    Stage("all payments", "account", (paying.add_up,)),
    Stage("other debts and savings, trust, the market", "borrower", (
        budget.settle, trust.feel, contact.remember_contacts, demand.enter_market,
    )),
    Stage("applications", "account", (demand.apply,)),
)

# 3a. Lender: servicing, ageing, non-accrual, charge-off, recoveries; then the judgement of applications
SERVE: tuple[Stage, ...] = (
    Stage("servicing", "account", (
        servicing.count_due_day, servicing.post_current, arrears.list_careful, arrears.fetch, arrears.close_repaid,
        arrears.fall_due, arrears.allocate, arrears.charge_late_fee, arrears.close_caught_up, arrears.age,
        charge_off.charge_off, charge_off.recover, servicing.count_stock, servicing.count_ladder,
    )),
    Stage("counting people", "borrower", (work.count_jobless, trust.count_trust, demand.count_applicants)),
    Stage("judging applications", "desk", (
        underwriting.list_applicants, underwriting.gather, underwriting.look_up, underwriting.score, underwriting.judge,
    )),
)

# The opening: borrowers are sampled, then accounts that have run for a part of their tenor
SAMPLE: tuple[Stage, ...] = (
    Stage("sampling", "borrower", (
        people.sample_people, work.sample_work, income.sample_income, budget.sample_habits, willingness.sample_willingness,
        trust.sample_trust, work.sample_jobs, income.sample_pay, budget.sample_savings, other_debts.sample_debts,
        paying.sample_days, demand.sample_standing,
    )),
)
MOMENTS = (Stage("the true index over the population", "borrower", (underwriting.index_moments,)),)
HOLD = Stage("who holds an account at the start", "desk", (demand.hold_at_start,))
SEASON = Stage("the seasoned book", "desk", (booking.open_accounts, booking.season))
# 4. Granted loans are opened and paid out
BOOK = Stage("booking", "desk", (booking.open_accounts, booking.pay_out))


def steps(stages: Iterable[Stage], slots: Slots) -> list[Step]:
    """The stages as steps of one plan."""
    return [step for stage in stages for step in stage.steps(slots)]


def of_desk(stages: Iterable[Stage], slots: Slots, desk: int) -> list[Step]:
    """The steps that belong to one product."""
    return [step for step in steps(stages, slots) if step.desk == desk]


def phases(*groups: Iterable[Stage]) -> list[Phase]:
    """Every phase of the stages, once, in order."""
    found: dict[Phase, None] = {}
    for stages in groups:
        for stage in stages:
            found |= dict.fromkeys(stage.phases)
    return list(found)


