"""The order of the month, written by hand: which phase follows which, and whether it runs for borrowers, accounts or products.

`lendsim list phases` prints it. Everybody decides on last month's public state, so the order of agents never matters;
the order of phases does, and stands here alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sim.accounts import arrears, booking, charge_off, plans, servicing
from sim.accounts import columns as account_columns
from sim.assembly import scratch_columns
from sim.config.faults import nearest
from sim.engine.assigned import assigned
from sim.engine.declare import Mechanism
from sim.engine.pipeline import Step, names_of
from sim.lender import underwriting
from sim.mechanisms import (
    attention,
    budget,
    contact,
    demand,
    education,
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
        """The stage as steps of a pipeline."""
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
BILLS = Stage("what each contract asks", "account", (paying.bill, plans.ask_less))

# 2. Borrowers: job, income, spending, other debts, effect of contacts, two payment opportunities, trust, applications
LIVE: tuple[Stage, ...] = (
    Stage("work, income and wishes", "borrower", (work.work, income.earn, budget.plan_budget)),
    BEGIN,
    BILLS,
    Stage("what the borrower knows of its accounts", "account", (paying.look,)),
    Stage("contacts, willingness, attention, money at hand", "borrower", (
        contact.be_contacted, willingness.be_willing, attention.notice, education.learn,
        prepayment.think_of_leaving, budget.find_money,
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
        plans.keep_plans, arrears.fall_due, arrears.allocate, arrears.charge_late_fee, arrears.close_caught_up, arrears.age,
        plans.watch_probation, charge_off.charge_off, charge_off.recover, servicing.count_stock, servicing.count_ladder,
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
        paying.sample_days, demand.sample_standing, attention.sample_astray,
    )),
)
MOMENTS = (Stage("the true index over the population", "borrower", (underwriting.index_moments,)),)
HOLD = Stage("who holds an account at the start", "desk", (demand.hold_at_start,))
SEASON = Stage("the seasoned book", "desk", (booking.open_accounts, booking.season))
# 4. Granted loans are opened and paid out
BOOK = Stage("booking", "desk", (booking.open_accounts, booking.pay_out))


def steps(stages: Iterable[Stage], slots: Slots) -> list[Step]:
    """The stages as steps of one pipeline."""
    return [step for stage in stages for step in stage.steps(slots)]


@dataclass(frozen=True)
class Stages:
    """The month's two parts."""

    live: tuple[Stage, ...]
    serve: tuple[Stage, ...]


def with_mechanisms(more: Iterable[Mechanism]) -> Stages:
    """The month with the phases of mechanisms from outside, each after the phase that it names.

    A phase that names columns of an account runs for each account slot, any other for every borrower; a borrower's phase
    comes after all that is done for accounts where it follows one of theirs. Phases after the same one run in the order
    in which they are given. TypeError for a phase without a place, or after one that there is not, and for one that reads
    scratch before this month's values are there.
    """
    more = tuple(more)
    parts = {"live": list(LIVE), "serve": list(SERVE)}
    last: dict[str, str] = {}  # the phase that already follows a phase: the next one comes after it
    for mechanism in more:
        if idle := sorted({*mechanism.after} - {phase.name for phase in mechanism.phases}):
            raise TypeError(f"mechanism '{mechanism.name}': after names '{idle[0]}', which is no phase of its own")
        for phase in mechanism.phases:
            anchor = mechanism.after.get(phase.name)
            known = [p.name for stages in parts.values() for stage in stages for p in stage.phases]
            if anchor not in known:
                close = nearest(str(anchor), known)
                wrong = "has no place" if anchor is None else f"is to follow {anchor!r}, which is no phase of the month"
                hint = f"; did you mean {close!r}?" if close else "; see `lendsim list phases`"
                raise TypeError(f"mechanism '{mechanism.name}': phase '{phase.name}' {wrong}: after={{'{phase.name}': a phase}}{hint}")
            end = str(anchor)
            while end in last:
                end = last[end]
            last[end] = phase.name
            for stages in parts.values():
                stages[:] = _inserted(stages, phase, end, f"mechanism {mechanism.name}")
    found = Stages(tuple(parts["live"]), tuple(parts["serve"]))
    for mechanism in more:
        _refuse_leftovers(mechanism, found, {*_scratch(more)})
    return found


def _scratch(more: Iterable[Mechanism]) -> Iterator[str]:
    yield from (c.name for c in scratch_columns(more))
    yield from (f"account.{c.name}" for c in account_columns.SCRATCH)


def _refuse_leftovers(mechanism: Mechanism, stages: Stages, scratch: set[str]) -> None:
    """TypeError where a phase reads scratch that nobody has filled in this part of the month: it would see another block's.

    The lender's part starts anew: where borrowers step one by one, all that it has of their scratch is what BEGIN and BILLS give.
    """
    for part, before in ((stages.live, ()), (stages.serve, (BEGIN, BILLS))):
        filled = {name for phase in phases(before) for name in _touched(phase)}
        if part is stages.serve:
            filled -= {name for phase in phases(stages.live) if phase not in phases((BEGIN, BILLS)) for name in _touched(phase)}
        for phase in phases(part):
            if phase in mechanism.phases:
                what = assigned(phase.py_func)
                asked = sorted((what.asked & scratch) - filled) if what is not None else []
                if asked:
                    raise TypeError(_leftover(mechanism, phase, asked[0], part))
                filled |= what.given if what is not None else set()
            else:
                filled |= _touched(phase)


def _touched(phase: Phase) -> set[str]:
    what = assigned(phase.py_func)
    return what.touched if what is not None else set()


def _leftover(mechanism: Mechanism, phase: Phase, name: str, part: tuple[Stage, ...]) -> str:
    writers = [p.name for p in phases(part) if p not in mechanism.phases and name in _touched(p)]
    text = f"mechanism '{mechanism.name}': phase '{phase.name}' reads '{name}' before this month's values are there"
    if writers:
        return f"{text}: follow the phase that writes it ({', '.join(writers)})"
    return f"{text}: give every row a value first, or make it a column if it is to last"


def _inserted(stages: list[Stage], phase: Phase, anchor: str, title: str) -> list[Stage]:
    """The stages with a phase after another one: within its stage where both run for the same, else after it or between its halves."""
    per = "account" if any(name.startswith("account.") for name in names_of(phase)[0]) else "borrower"
    found: list[Stage] = []
    for stage in stages:
        names = [p.name for p in stage.phases]
        if anchor not in names:
            found.append(stage)
        elif stage.per == per:
            cut = names.index(anchor) + 1
            found.append(Stage(stage.title, per, (*stage.phases[:cut], phase, *stage.phases[cut:])))
        elif stage.per == "borrower":
            cut = names.index(anchor) + 1
            first, rest = Stage(stage.title, "borrower", stage.phases[:cut]), Stage(stage.title, "borrower", stage.phases[cut:])
            found += [first, Stage(title, per, (phase,)), *([rest] if rest.phases else [])]
        else:
            found += [stage, Stage(title, per, (phase,))]
    return found


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


def described() -> str:
    """The month as people read it: every stage, its phases, and the first sentence of each."""
    lines = []
    parts = (("Borrowers live", LIVE), ("The lender services accounts and judges applications", SERVE), ("Loans are granted", (BOOK,)))
    for part, stages in parts:
        lines.append(f"{part}:")
        for stage in stages:
            lines.append(f"  {stage.title} (for every {stage.per})")
            for phase in stage.phases:
                sentence = (phase.py_func.__doc__ or "").strip().splitlines()[0]
                lines.append(f"    {phase.name:20s}{phase.py_func.__module__.removeprefix('sim.'):28s}{sentence}")
    return "\n".join(lines)
