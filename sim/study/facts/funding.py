"""Facts 16, 17, 18, 22, 23 and 24: the book's size, the lender's cash, and how lenders fail."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from sim.study.facts import measures as of
from sim.study.facts.declare import ABOVE_ZERO, Band, Check, Fact, Seen
from sim.study.facts.lab import AMPLE, FEEDBACK, SQUEEZE, Lab, Life, gains
from sim.study.facts.short_book import Lending, from_month_1, no_lending, npl_ratios, shelf, short_book

_COHORT = "calculated: closed-form cohort of 12-month loans"
_TOY = "calculated: cash-flow model of a lender with 12-month loans, 85 % advance at 7 %"
_TURBO = "calculated: cash-flow model: 12-month loans repay an 85 % senior in 4–5 months"


def _denominator(lab: Lab) -> Seen:
    halved, stopped, doubled = (npl_ratios(lab, how) for how in ("halved", "stopped", "doubled"))
    return {"halved": halved[3], "stopped_4": stopped[3], "stopped_7": stopped[6], "doubled": doubled[3]}


DENOMINATOR = Fact(
    16, "Denominator effect", "level",
    "The share of bad loans falls when a book grows and rises when it shrinks, though no loan is any worse.",
    "A steady book of twelve-month loans, charged off at 180 days, loops through which borrowers would notice off; lending halved, "
    "stopped or doubled in month 1. 90+ share over that of the same life with lending as before; doubled: over the life whose lending is "
    "then twice as large.",
    (
        Check("halved", "lending halved, month 4", "times", Band(1.21, 1.47), "1.34", _COHORT),
        Check("stopped_4", "lending stopped, month 4", "times", Band(1.9, 2.3), "2.1", _COHORT),
        Check("stopped_7", "lending stopped, month 7", "times", Band(2.9, 3.5), "3.2", _COHORT),
        Check("doubled", "lending doubled, month 4", "times", Band(None, 1.0, True), "below 1 (growth of 5 % a month: 0.83)", _COHORT),
    ),
    _denominator,
)


def _cash(lab: Lab) -> Seen:
    flat = short_book(lab)
    size = float(flat.results.opening["gross_loans"].iloc[0])

    def released(lending: Lending) -> Any:
        return (short_book(lab, lending).monthly["liquidity"].to_numpy() - flat.monthly["liquidity"].to_numpy()) / size

    halved, stopped = released("halved"), released("stopped")
    return {
        "halved_1": float(halved[0]), "halved_8": float(halved[7]), "drain": float(halved[19] - halved[11]) / 8,
        "stopped_8": float(stopped[7]),
    }


TIGHTENING = Fact(
    17, "Tightening and cash", "level",
    "A lender with loans on its books that lends less has more cash for some months and less for good afterwards: relief first, then "
    "starvation of earnings.",
    "The lives of fact 16: cash above the minimum and what can be drawn, against lending as before, over gross loans at the opening. "
    "Drain: a month, from month 12 to 20.",
    (
        Check("halved_1", "cash released by halving, month 1", "%", Band(0.0675, 0.1125), "9 %", _TOY),
        Check("halved_8", "cash released by halving, month 8", "%", Band(0.105, 0.175), "14 %", _TOY),
        Check("drain", "change a month afterwards", "%", Band(-0.006, -0.002), "−0.4 %", _TOY),
        Check("stopped_8", "cash released by stopping, month 8", "%", Band(0.21, 0.35), "28 %", _TOY),
        Check(
            "facilitation", "cash released by halving in an upfront-fee model, month 1", "%", Band(None, 0.0, True), "negative at once",
            "judgement",
            missing="lending for others for an upfront fee (facilitation)",
        ),
    ),
    _cash,
)


TURBO = 4  # months in which the stopped facility is repaid


def amortised(lab: Lab, stops: bool) -> Life:
    """A facility whose trigger is broken at once and is then repaid in four months; stops: the lender lends nothing from month 1 on."""
    broken: dict[str, Any] = {"funding.warehouse.delinquency_trigger": 0.0001, **(no_lending(lab) if stops else {})}
    return lab.run(*shelf(lab), ("policy.funding.warehouse.term_out_months", TURBO), *from_month_1(lab, broken), own_past=True)


def _early_amortisation(lab: Lab) -> Seen:
    lends_on, stops = (amortised(lab, stopped) for stopped in (False, True))
    events = lends_on.results.events
    breach = events[events["kind"] == "trigger_breach"]["month"]
    if breach.empty:
        return dict.fromkeys(("lending", "longer", "dead", "alive"), float("nan"))
    row = lends_on.monthly.set_index("month").loc[breach.iloc[0]]
    year = int(row["month_index"]) + 12
    dead, alive = (of.span(life.monthly, 1, year)["lender_state"] != "going_concern" for life in (lends_on, stops))
    return {
        "lending": float(row["survival_months"]), "longer": float(row["survival_months_runoff"] - row["survival_months"]),
        "dead": float(dead.any()), "alive": float(not alive.any()),
    }


AMORTISATION = Fact(
    18, "Early amortisation", "level",
    "When a facility stops and takes all that comes in, lending on is what kills; short loans make stopping survivable.",
    "The steady book of fact 16 with a facility whose delinquency trigger is broken at once (it reads three months) and which is then "
    "repaid within "
    f"{TURBO} months. Months that cash and funding last in the month of the breach, lending on and in run-off; lenders that lend until the "
    "breach, and what they can afford after it, and lenders that stop in month 1: their state a year after the breach.",
    (
        Check("lending", "months that cash lasts lending on", "months", Band(0, 4), "dead by month 4 (needs 80 % of the balance)", _TURBO),
        Check("longer", "months that it lasts longer in run-off", "months", ABOVE_ZERO, "longer (needs 2 % of the balance)", _TURBO),
        Check("dead", "lenders that lent on and failed", "%", Band(0.9, 1.0), "they must die first", _TURBO, share=True),
        Check("alive", "lenders that stopped and live", "%", Band(0.9, 1.0), "stopping is survivable", _TURBO, share=True),
    ),
    _early_amortisation,
)

SMALL, LARGE, LUCKS = 1_000, 16_000, 6
_PATHS = "random macro paths (a generator of scenarios)"


def _luck(lab: Lab) -> Seen:
    """Loss rates of two years of calm, of small populations and of ones sixteen times as large, each luck its own.

    No lender fails of its luck, and none is noticed: what is left is the luck of single borrowers.
    """
    found = {}
    for name, count in (("small", SMALL), ("large", LARGE)):
        alone = (("borrowers.count", count), ("months", 24), *AMPLE, *gains(FEEDBACK))
        lives = [lab.run(*alone, own_past=True, luck=k) for k in range(1, LUCKS + 1)]
        found[name] = np.array([of.loss_rate(life.monthly) for life in lives])
    return found


def conclude_luck(seen: Sequence[Seen]) -> dict[str, float]:
    """Exponent by which the spread of losses falls with the number of borrowers, lucks of all seeds pooled."""
    small, large = (float(np.concatenate([one[name] for one in seen]).std(ddof=1)) for name in ("small", "large"))
    return {"exponent": -math.log(small / large) / math.log(LARGE / SMALL)}


TAILS = Fact(
    22, "Fat tails", "level",
    "Luck of single borrowers averages out with the square root of their number; what is common to all does not, and makes the tail of "
    "losses fat.",
    f"Spread of two calm years' loss rates over {LUCKS} lucks a seed, {SMALL:,} and {LARGE:,} borrowers, seeds pooled: the power of "
    "the number of borrowers by which it changes. Equity is ample and the loops through which borrowers notice the lender are off.",
    (
        Check("exponent", "power of the number of borrowers", "number", Band(-0.65, -0.35), "−0.5", "central limit theorem"),
        Check(
            "tail", "99.9 % quantile over mean, over Vasicek's of the same mean and spread", "times", Band(1.0, None, True), "above 1",
            "judgement", missing=_PATHS,
        ),
        Check("kurtosis", "excess kurtosis of losses over paths", "number", ABOVE_ZERO, "above 0", "judgement", missing=_PATHS),
        Check("heaps", "losses in two heaps with the funding spiral on", "number", ABOVE_ZERO, "two", "judgement", missing=_PATHS),
    ),
    _luck, conclude_luck,
)

SIZES = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0)  # of the shipped recession with a squeeze


def course(life: Life) -> dict[str, float]:
    """How a lender failed: month of failure, whether for want of cash first and with equity left, months to insolvency, first downgrade.

    Months are 0 where there was none; a downgrade counts before the month of failure only.
    """
    m = life.monthly
    failed = m[m["lender_state"] != "going_concern"]
    if not len(failed):
        return {"failed": 0.0, "illiquid_first": 0.0, "solvent": 0.0, "insolvent": 0.0, "downgrade": 0.0}
    month = int(failed["month_index"].iloc[0])
    insolvent = failed[failed["lender_state"].isin(["insolvent", "illiquid_and_insolvent"])]
    index = dict(zip(m["month"], m["month_index"], strict=True))
    events = life.results.events
    down = [index[when] for when in events[events["kind"] == "downgrade"]["month"] if index[when] < month]
    return {
        "failed": float(month), "illiquid_first": float(failed["lender_state"].iloc[0] == "illiquid"),
        "solvent": float(failed["equity"].iloc[0] > 0), "insolvent": float(insolvent["month_index"].iloc[0]) if len(insolvent) else 0.0,
        "downgrade": float(min(down, default=0)),
    }


def _sweep(lab: Lab) -> Seen:
    courses = [course(lab.run(lab.shocks(SQUEEZE, size))) for size in SIZES]
    ends = {"least": float(courses[0]["failed"] > 0), "most": float(courses[-1]["failed"] > 0)}
    return {**{name: np.array([one[name] for one in courses]) for name in courses[0]}, **ends}


def crossing(sizes: Sequence[float], chances: Sequence[float], level: float) -> float:
    """The size at which a chance first reaches a level, between sizes on a line; NaN where it never does."""
    for k, chance in enumerate(chances):
        if chance >= level:
            if k == 0:
                return float(sizes[0])
            below = chances[k - 1]
            return float(sizes[k - 1] + (sizes[k] - sizes[k - 1]) * (level - below) / (chance - below))
    return float("nan")


def conclude_run(seen: Sequence[Seen]) -> dict[str, float]:
    """Chances of failure by size of the shock over the seeds, and what the failures were like."""
    failed = np.stack([one["failed"] for one in seen]) > 0
    chances = failed.mean(axis=0)
    low, middle, high = (crossing(SIZES, [*chances], level) for level in (0.1, 0.5, 0.9))
    first = np.stack([one["illiquid_first"] for one in seen])[failed]
    solvent = np.stack([one["solvent"] for one in seen])[failed]
    return {
        "width": (high - low) / middle,
        "illiquid_first": float(first.mean()) if first.size else float("nan"),
        "solvent": float(solvent.mean()) if solvent.size else float("nan"),
    }


RUN = Fact(
    23, "Funding run", "level",
    "The chance to run out of cash is a step in the size of the shock, with a threshold; insolvency comes after illiquidity, and some "
    "lenders fail solvent.",
    f"Recession with a funding squeeze, {', '.join(f'{s:g}' for s in SIZES)} times the shipped size: share of seeds whose lender fails, "
    "and how. Width: from 10 to 90 % of failures over the size at which half fail.",
    (
        Check("least", "failures at a quarter of the shock", "%", Band(0.0, 0.05), "none", "judgement", share=True),
        Check("most", "failures at twice the shock", "%", Band(0.95, 1.0), "all", "judgement", share=True),
        Check("width", "width of the step over its place", "times", Band(0.0, 1.0), "below 1 (a straight line: 1.6)", "judgement"),
        Check(
            "illiquid_first", "failures for want of cash, insolvency later or never", "%", Band(0.5, None, True), "most",
            "judgement",
        ),
        Check("solvent", "failures with equity left", "%", ABOVE_ZERO, "some", "judgement"),
    ),
    _sweep, conclude_run,
)


def conclude_spiral(seen: Sequence[Seen]) -> dict[str, float]:
    """Of the failures, those that a downgrade announced by one to three quarters, and those that none did within a year."""
    failed, down = (np.concatenate([one[name] for one in seen]) for name in ("failed", "downgrade"))
    there = failed > 0
    ahead = np.where(down[there] > 0, failed[there] - down[there], 0)
    if not there.any():
        return {"announced": float("nan"), "sudden": float("nan")}
    return {"announced": float(((ahead >= 3) & (ahead <= 9)).mean()), "sudden": float((ahead == 0).mean())}


SPIRAL = Fact(
    24, "Rating spiral", "sign",
    "Most failures are announced by a downgrade one to three quarters before; some come out of the blue.",
    "Failures among the lives of fact 23: months from the first downgrade to the failure.",
    (
        Check(
            "announced", "failures with the first downgrade 3 to 9 months before", "%", Band(0.5, None, True), "most",
            "judgement",
        ),
        Check("sudden", "failures without any downgrade before", "%", Band(0.0, 0.5, True), "some", "judgement"),
    ),
    _sweep, conclude_spiral,
)

FACTS = (DENOMINATOR, TIGHTENING, AMORTISATION, TAILS, RUN, SPIRAL)
