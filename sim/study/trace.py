"""One borrower's story: the months of a row in a full run, as a table."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.borrowers.columns import CHARGED_OFF, OPEN, REACHED
from sim.study.runs import Overrides, resolve

if TYPE_CHECKING:
    from sim.model import LendingModel

CAUSES = ("", "fraud", "cannot pay", "will not pay", "forgot")
PRODUCTS = (("loan", "cash loan"), ("plan", "instalment plan"))


@dataclass(frozen=True)
class Story:
    """Months of one borrower under one policy; money in major units."""

    title: str
    policy: str
    borrower_id: int
    currency: str
    person: dict[str, Any]
    months: list[dict[str, Any]] = field(default_factory=list)


def _due(model: LendingModel, slot: str, row: int) -> float:
    """What falls due this month plus what is overdue, before the month is lived."""
    from sim.borrowers.contract import falls_due

    a = getattr(model.population, slot)
    if a.state[row] != OPEN:
        return 0.0
    interest, part = falls_due(
        a.state[row], a.remaining[row], a.principal[row], a.scheduled[row], a.instalment[row], a.original[row], a.rate[row],
        slot == "plan",
    )
    return float((int(interest) + int(part) + int(a.overdue[row])) / model.lender.minor)


def _account(model: LendingModel, slot: str, row: int, due: float, was: int) -> dict[str, Any]:
    a = getattr(model.population, slot)
    state, missed = int(a.state[row]), int(a.missed[row])
    lived = was == OPEN
    paid = (int(a.paid_due[row]) + int(a.paid_catch_up[row])) / model.lender.minor if lived else 0.0
    news = ""
    if state == OPEN and int(a.opened[row]) == model.month:
        news = f"borrows {int(a.original[row]) / model.lender.minor:,.0f} over {int(a.tenor[row])} months"
    elif was == OPEN and state == CHARGED_OFF:
        news = f"charged off {int(a.claim[row]) / model.lender.minor:,.2f}"
    elif was == OPEN and state != OPEN:
        news = "repaid in full"
    return {
        "due": due if lived else 0.0,
        "paid": paid,
        "cause": CAUSES[int(a.cause[row])] if lived and paid < due else "",
        "days_past_due": 30 * missed - int(model.population.household.due_day[row]) if missed else 0,
        "principal": int(a.principal[row]) / model.lender.minor,
        "contact": ("reached" if int(a.contacted[row]) & REACHED else "tried" if int(a.contacted[row]) else ""),
        "news": news,
    }


def trace_borrower(
    scenario: str | Path, policy: str | Path | None, borrower: int, overrides: Overrides = (), allow_outside: bool = False
) -> Story:
    """Run the scenario and write down one borrower's months. Raises IndexError for a row that is not there."""
    from sim.model import LendingModel

    resolved = resolve(scenario, policy, overrides, allow_outside)
    if borrower >= resolved.scenario.borrowers.count:
        raise IndexError(f"borrower {borrower}: the scenario has {resolved.scenario.borrowers.count} (0 to count - 1)")
    model = LendingModel(resolved)
    people = model.population.household
    sector = model.profile.labour.sectors[int(people.sector[borrower])].name
    story = Story(
        resolved.scenario.title,
        resolved.policy.title,
        borrower,
        model.profile.currency.code,
        {
            "segment": model.profile.segments[int(people.segment[borrower])].name,
            "sector": sector,
            "literacy": int(people.literacy[borrower]) / 255,
            "attentiveness": int(people.attentive[borrower]) / 255,
            "impulsiveness": int(people.impulsive[borrower]) / 255,
            "buffer_months": float(people.buffer[borrower]),
            "due_day": int(people.due_day[borrower]),
            "payday": int(people.payday[borrower]),
        },
    )
    while model.month < model.months:
        due = {slot: _due(model, slot, borrower) for slot, _ in PRODUCTS}
        was = {slot: int(getattr(model.population, slot).state[borrower]) for slot, _ in PRODUCTS}
        model.step()
        story.months.append(
            {
                "month": model.conditions.label(model.month),
                "employed": bool(people.employed[borrower]),
                "income": float(people.income[borrower]),
                "cash": float(people.cash[borrower]),
                "trust": float(people.trust[borrower]),
                "accounts": {
                    name: _account(model, slot, borrower, due[slot], was[slot])
                    for slot, name in PRODUCTS
                    if was[slot] == OPEN or int(getattr(model.population, slot).state[borrower]) == OPEN
                },
            }
        )
    model.free()
    return story
