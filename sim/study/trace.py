"""One borrower's story: the months of a row in a full run, as a table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sim.accounts.columns import CHARGED_OFF, NEVER, ON_HARDSHIP_PLAN, OPEN, REACHED, days_past_due
from sim.accounts.plans import asked_of
from sim.inputs import Source
from sim.inputs.overrides import Overrides
from sim.study.runs import resolve
from sim.study.words import counted

if TYPE_CHECKING:
    from sim.engine.columns import Table
    from sim.model import LendingModel

CAUSES = ("", "fraud", "cannot pay", "will not pay", "forgot")


@dataclass(frozen=True)
class Story:
    """Months of one borrower under one policy; money in major units."""

    title: str
    policy: str
    borrower_id: int
    currency: str
    person: dict[str, Any]
    months: list[dict[str, Any]] = field(default_factory=list)
    scripted: bool = False  # payments are given, the household plays no part
    lender_news: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Before:
    """What an account was before the month, minor units."""

    due: float  # major units
    state: int
    missed: int
    fees: int
    claim: int
    cured: int
    plan_left: int
    hardship: bool  # under a hardship plan


def _before(model: LendingModel, slot: int, row: int) -> _Before:
    a = model.population.accounts[slot]
    due = asked_of(a, row) / model.lender.minor if a.state[row] == OPEN else 0.0
    return _Before(
        due, int(a.state[row]), int(a.missed[row]), int(a.fees_due[row]), int(a.claim[row]), int(a.cured[row]), int(a.plan_left[row]),
        bool(int(a.relief[row]) & ON_HARDSHIP_PLAN),
    )


def _of_plans(a: Table, row: int, was: _Before, month: int) -> list[str]:
    """What happens to an open account's plan or holiday."""
    left = int(a.plan_left[row])
    news = []
    if was.plan_left and not left:
        broken = was.hardship and int(a.probation_ends[row]) < month
        news.append("breaks the plan" if broken else "has kept the plan" if was.hardship else "the payment holiday is over")
    if left and not was.plan_left:
        plan = int(a.relief[row]) & ON_HARDSHIP_PLAN
        share = f"{int(a.plan_asked[row]) / 100:g} % of the instalment"
        length = counted(left, "month")
        news.append(f"agrees on a plan: {share} for {length}" if plan else f"is granted a payment holiday of {length}")
    return news


def _account(model: LendingModel, slot: int, row: int, was: _Before) -> dict[str, Any]:
    a = model.population.accounts[slot]
    minor = model.lender.minor
    state, missed = int(a.state[row]), int(a.missed[row])
    lived = was.state == OPEN
    paid = (int(a.paid_due[row]) + int(a.paid_catch_up[row])) / minor if lived else 0.0
    recovered = max(0, was.claim - int(a.claim[row])) / minor if was.state == state == CHARGED_OFF else 0.0
    assert model.lived is not None
    if model.pipelines.script is not None and was.state == CHARGED_OFF:
        recovered = model.lived.flows.recoveries / minor
    news, payout = "", 0.0
    if state == OPEN and int(a.opened[row]) == model.month:
        payout = (int(a.original[row]) - int(a.unearned_fee[row])) / minor
        news = f"borrows {int(a.original[row]) / minor:,.0f} over {int(a.tenor[row])} months"
    elif was.state == OPEN and state == CHARGED_OFF:
        early = was.missed + 1 < model.lived.numbers["charge_off.bucket"]
        news = f"charged off {int(a.claim[row]) / minor:,.2f}" + (", early: bankruptcy or death" if early else "")
    elif was.state == OPEN and state != OPEN:
        news = "repaid in full"
    elif recovered:
        sold = model.pipelines.script is not None and int(a.claim[row]) == 0
        news = f"claim sold for {recovered:,.2f}" if sold else f"pays {recovered:,.2f} on the charged-off claim"
    elif lived and was.missed and not missed:
        news = "current again" + (": what was overdue joins the balance" if was.plan_left and was.hardship else "")
    elif lived and missed and not was.missed and was.cured != NEVER:
        news = f"in arrears again, {counted(model.month - was.cured, 'month')} after being current again"
    if lived and state == OPEN:
        news = "; ".join([*([news] if news else []), *_of_plans(a, row, was, model.month)])
    cause = CAUSES[int(a.cause[row])] if lived and paid < was.due else ""
    return {
        "due": was.due if lived else 0.0,
        "paid": paid,
        "late_fee": min(max(0.0, paid - was.due), was.fees / minor) if lived else 0.0,
        "recovered": recovered,
        "payout": payout,
        "cause": "as the script says" if cause and model.pipelines.script is not None else cause,
        "days_past_due": int(days_past_due(a.missed[row], model.population.household.due_day[row])),
        "principal": int(a.principal[row]) / minor,
        "contact": ("reached" if int(a.contacted[row]) & REACHED else "tried" if int(a.contacted[row]) else ""),
        "news": news,
    }


def trace_borrower(
    scenario: Source, policy: Source | None, borrower: int, overrides: Overrides = (), allow_outside: bool = False,
    own_past: bool = False,
) -> Story:
    """Run the scenario and write down one borrower's months. Raises IndexError for a row that is not there."""
    from sim.model import LendingModel

    resolved = resolve(scenario, policy, overrides, allow_outside, past="own" if own_past else "scenario")
    if not 0 <= borrower < resolved.scenario.borrowers.count:
        raise IndexError(f"borrower {borrower}: the scenario has {resolved.scenario.borrowers.count} (0 to count - 1)")
    model = LendingModel(resolved)
    people, products = model.population.household, model.lender.products
    sector = model.setup.profile.work.sectors[int(people.sector[borrower])].name
    story = Story(
        resolved.scenario.title,
        resolved.policy.title,
        borrower,
        model.setup.profile.currency.code,
        {
            "segment": model.setup.profile.segments[int(people.segment[borrower])].name,
            "sector": sector,
            "literacy": int(people.literacy[borrower]) / 255,
            "attentiveness": int(people.attentive[borrower]) / 255,
            "impulsiveness": int(people.impulsive[borrower]) / 255,
            "buffer_months": float(people.buffer[borrower]),
            "due_day": int(people.due_day[borrower]),
            "payday": int(people.payday[borrower]),
        },
        scripted=model.pipelines.script is not None,
    )
    while model.month < model.months:
        was = {product.number: _before(model, product.number, borrower) for product in products}
        cash = float(people.cash[borrower])
        model.step()
        accounts = {product.label: _account(model, product.number, borrower, was[product.number]) for product in products}
        ours = sum(a["paid"] + a["recovered"] - a["payout"] for a in accounts.values())
        story.months.append(
            {
                "month": model.setup.conditions.label(model.month),
                "employed": bool(people.employed[borrower]),
                "income": float(people.income[borrower]),
                "cash": float(people.cash[borrower]),
                "spent": cash + float(people.income[borrower]) - ours - float(people.cash[borrower]),
                "other_debt": float(people.other_balance[borrower]),
                "trust": float(people.trust[borrower]),
                "accounts": {
                    p.label: accounts[p.label]
                    for p in products
                    if OPEN in (was[p.number].state, int(model.population.accounts[p.number].state[borrower])) or accounts[p.label]["news"]
                },
            }
        )
    books = model.books
    if books is not None and books.failed_month is not None:
        first = books.events_of("illiquid", "insolvent")[0]
        story.lender_news.append(f"{model.setup.conditions.label(first['month'])}: the lender is {first['kind']} and lends nothing more")
    model.free()
    return story
