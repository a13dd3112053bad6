"""Fact 21: what payment relief does at once and later, by the kind of shock that brought the borrowers into need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.inputs import load_scenario
from sim.inputs.overrides import Given
from sim.study.facts import measures as of
from sim.study.facts.declare import ABOVE_ZERO, BELOW_ZERO, Check, Fact, Seen
from sim.study.facts.lab import Lab

if TYPE_CHECKING:
    import pandas as pd

SOON, AFTERWARDS, ALL = (1, 6), (7, 18), (1, 18)  # months
GRANTED, HOLIDAY, SHARE = 3, 3, "50%"  # months in which holidays are granted, their length, share of those in difficulty
PLANS = "hardship_plans"  # the shipped policy whose plans are added to the judged one


def shocks(lab: Lab, temporary: bool, holidays: bool) -> Given:
    """One of the two shocks from month 1 on, with or without a programme of payment holidays.

    temporary: jobs lost for some months (+8 points of unemployment, gone by month 7); else a sixth of every income lost for good.
    """
    first = lab.month(1)
    jobs = {
        "variable": "unemployment_rate", "start": first, "shape": "step", "by": "+8pp", "hold": 3, "recovery": {"by": lab.month(7)},
    }
    incomes = {"variable": "real_income_growth", "start": first, "shape": "step", "by": "-50pp", "hold": 3}
    programme = {"variable": "forbearance", "start": first, "shape": "pulse", "to": SHARE, "hold": GRANTED}
    given: list[dict[str, Any]] = [jobs if temporary else incomes, *([programme] if holidays else [])]
    return "shocks", given


def plans_of(policy: str) -> dict[str, Any]:
    """The hardship plans of a shipped policy, as an override's value."""
    section = load_scenario("baseline", policy).policy.hardship_plans  # type: ignore[attr-defined]
    return dict(section.model_dump(mode="json"))


def change(on: pd.DataFrame, off: pd.DataFrame, months: tuple[int, int], what: str) -> float:
    """Relative change of the 90+ share, or of net losses, over some months; of several lives together where frames hold several."""
    with_, without = of.span(on, *months), of.span(off, *months)
    if what == "late":
        return of.ratio(of.share(with_, *of.NPL_BALANCES), of.share(without, *of.NPL_BALANCES)) - 1
    return of.ratio(of.net_losses(with_), of.net_losses(without)) - 1


def _relief(lab: Lab) -> Seen:
    import pandas as pd

    length: Given = ("months", ALL[1] + 1)
    months: Given = ("economy.forbearance_months", HOLIDAY)
    none: Given = ("policy.hardship_plans", None)
    plans: Given = ("policy.hardship_plans", plans_of(PLANS))
    found: dict[str, float] = {}
    kinds = (True, False)
    off = {kind: lab.run(shocks(lab, kind, False), length, months, none).monthly for kind in kinds}
    for prefix, on in (
        ("", {kind: lab.run(shocks(lab, kind, True), length, months, none).monthly for kind in kinds}),
        ("plans_", {kind: lab.run(shocks(lab, kind, False), length, months, plans).monthly for kind in kinds}),
    ):
        both, neither = (pd.concat([lives[kind] for kind in kinds]) for lives in (on, off))
        found |= {
            f"{prefix}soon": change(both, neither, SOON, "late"), f"{prefix}afterwards": change(both, neither, AFTERWARDS, "late"),
            f"{prefix}losses_soon": change(both, neither, SOON, "losses"),
            f"{prefix}losses_afterwards": change(both, neither, AFTERWARDS, "losses"),
            f"{prefix}liquid": change(on[True], off[True], ALL, "losses"),
            f"{prefix}insolvent": change(on[False], off[False], ALL, "losses"),
        }
    return found


_MORTGAGES = "Ganong–Noel 2020 (lower payments prevent default)"
_2020 = "Cherry et al. 2021 (the weakest came out last, with what they had put off)"


def _checks(prefix: str, what: str) -> tuple[Check, ...]:
    return (
        Check(f"{prefix}soon", f"{what}: change of the 90+ share, months 1 to 6", "%", BELOW_ZERO, "falls", "judgement"),
        Check(f"{prefix}afterwards", f"{what}: change of the 90+ share, months 7 to 18", "%", ABOVE_ZERO, "rises", "judgement"),
        Check(f"{prefix}losses_soon", f"{what}: change of net losses, months 1 to 6", "%", BELOW_ZERO, "fall", "judgement"),
        Check(f"{prefix}losses_afterwards", f"{what}: change of net losses, months 7 to 18", "%", ABOVE_ZERO, "rise", "judgement"),
        Check(
            f"{prefix}liquid", f"{what}: change of cumulative losses, temporary job loss", "%", BELOW_ZERO, "small, negative", _MORTGAGES,
        ),
        Check(f"{prefix}insolvent", f"{what}: change of cumulative losses, lasting loss of income", "%", ABOVE_ZERO, "positive", _2020),
    )


FORBEARANCE = Fact(
    21, "Extend and pretend", "level",
    "Forbearance lowers serious arrears and losses for half a year and raises them in the year after; in all it helps against a lost "
    "income that comes back, and harms where the borrower is insolvent.",
    "Two shocks from month 1: 8 points of unemployment gone by month 7, or a sixth of every income lost for good. Paired with the same "
    "months without: payment holidays of three months, granted for three months to half of the borrowers in difficulty; and the hardship "
    "plans of the policy `hardship_plans` from month 1. 90+ share and net losses of both shocks together; losses of months 1–18 of each.",
    (*_checks("", "holidays"), *_checks("plans_", "hardship plans")),
    _relief,
)

FACTS = (FORBEARANCE,)
