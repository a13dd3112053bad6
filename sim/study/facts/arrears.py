"""Facts 1, 2, 6, 7, 12, 13 and 14: how loans fall into arrears and out of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from sim.accounts.arrears import RELAPSE_WINDOW
from sim.accounts.columns import OPEN
from sim.measures.rolls import cure_rates, relapse_rate, roll_rates
from sim.study.facts import measures as of
from sim.study.facts.declare import ABOVE_ZERO, BELOW_ZERO, Band, Check, Fact, Seen
from sim.study.facts.lab import Lab, gains
from sim.study.facts.panel import Panel, hazards, loans

if TYPE_CHECKING:
    import pandas as pd

BUCKETS = ("1_29", "30_59", "60_89", "90_119")
OLDEST = 36  # months on book that hazards are read to
_LENDINGCLUB = "LendingClub loan data 2007–18, Kaplan–Meier hazards by grade (1.86 million matured loans)"
_INDUSTRY = "calculated: Little's-law chain that fits FRED card charge-offs and delinquencies"
_CHAIN_CN = "calculated from listed platforms' filings 2019–25"


def _hazard_curves(lab: Lab) -> Seen:
    """Loans at risk and charge-offs by risk band and months on book, of the loans with the longest tenor."""
    book = loans(lab.calm().people)
    longest = book[book["tenor"] == book["tenor"].max()]
    at_risk, events = hazards(longest, OLDEST, range(int(longest["band"].max()) + 1))
    return {"at_risk": at_risk, "events": events}


def _curve(seen: Sequence[Seen]) -> tuple[np.ndarray, np.ndarray]:
    rows = min(len(one["at_risk"]) for one in seen)
    return sum(one["at_risk"][:rows] for one in seen), sum(one["events"][:rows] for one in seen)


def _window(at_risk: np.ndarray, events: np.ndarray, first: int, last: int) -> float:
    """Pooled monthly hazard between two months on book."""
    exposed = float(at_risk[..., first - 1 : last].sum())
    return float(events[..., first - 1 : last].sum()) / exposed if exposed else float("nan")


def conclude_hazards(seen: Sequence[Seen]) -> dict[str, float]:
    """Hazards of all bands together around months on book 6, 12 and 24; rank correlation of band and month of the peak."""
    from scipy import stats

    at_risk, events = _curve(seen)
    near = {k: _window(at_risk, events, k - 1, k + 1) for k in (6, 12, 24)}
    peaks = []
    for band in range(len(at_risk)):
        smooth = [_window(at_risk[band], events[band], max(1, k - 3), min(OLDEST, k + 3)) for k in range(4, OLDEST - 2)]
        peaks.append(4 + int(np.nanargmax(smooth)) if np.isfinite(smooth).any() else np.nan)
    rank = float(stats.spearmanr(np.arange(len(peaks)), peaks).statistic) if len(set(peaks)) > 1 else 0.0
    return {"rise": of.ratio(near[12], near[6]), "later": of.ratio(near[24], near[12]), "rank": rank}


HAZARD = Fact(
    1, "Hazard by months on book", "level",
    "The chance to be charged off rises steeply over the first six to ten months, then flattens; it peaks earlier for riskier bands.",
    "Loans of the longest tenor lent in the calm scenario's months: charge-offs over loans at risk by months on book, three months "
    "together for the levels, seven for the peaks; rank correlation of risk band (0 the best) and month of the peak. Seeds pooled.",
    (
        Check("rise", "hazard at month 12 over month 6", "times", Band(1.1, 1.7), "1.12 (grade G) to 1.69 (grade A)", _LENDINGCLUB, "USD"),
        Check("later", "hazard at month 24 over month 12", "times", Band(0.86, 1.32), "0.86 (G) to 1.32 (A)", _LENDINGCLUB, "USD"),
        Check(
            "rank", "rank correlation of risk band and month of the peak", "correlation", BELOW_ZERO,
            "peak at month 29 (A), 22 (B), 19 (C–D), 10–12 (E–G)", _LENDINGCLUB,
        ),
    ),
    _hazard_curves, conclude_hazards,
)


def first_instalment_spike(vintages: pd.DataFrame) -> float:
    """Principal that first reaches 30 days past due at month on book 2 over the mean of months 3 to 5, vintages that are old enough."""
    v = vintages[vintages["months_on_book"] <= 5].pivot_table(
        index=["seed", "vintage", "product"], columns="months_on_book", values="ever_30_plus"
    )
    new = v.reindex(columns=range(6)).dropna().diff(axis=1).sum()
    return float(new[2] / new[[3, 4, 5]].mean()) if new[[3, 4, 5]].sum() > 0 else float("nan")


def _first_payments(lab: Lab) -> Seen:
    calm, honest = lab.calm(), lab.run(*gains(["fraud"]), own_past=True)
    return {
        "level": of.mean_of(calm.monthly, "first_payment_default"),
        "spike": first_instalment_spike(calm.vintages), "without": first_instalment_spike(honest.vintages),
    }


FIRST_PAYMENT = Fact(
    2, "First-payment default", "level",
    "Defaults on the first instalment stand out above the smooth curve where there is fraud, and no longer do without it.",
    "First-payment default of `monthly`. Spike: principal that first reaches 30 days past due on its first instalment, over the mean of "
    "the three months after; with fraud as calibrated and with its gain at 0.",
    (
        Check(
            "level", "loans 30 days late on their first instalment", "%", Band(0.003, 0.01), "FPD30 0.3–1.0 %",
            "lenders' reports (Lexin: below 1 %)",
        ),
        Check(
            "spike", "first instalment over the three months after, with fraud", "times", Band(1.0, None, True), "above 1",
            "reasoning: who never meant to pay misses the first",
        ),
        Check(
            "without", "the same without fraud", "times", Band(None, 1.0), "at most 1",
            "reasoning: who never meant to pay misses the first",
        ),
    ),
    _first_payments, quick=True,
)


def _rolls(lab: Lab) -> Seen:
    calm = lab.calm()
    rolls, cures = roll_rates(calm.transitions), cure_rates(calm.transitions)
    owed = roll_rates(calm.transitions, "principal")
    chain = [bucket for bucket in ("current", *BUCKETS, "120_149", "150_179") if bucket in rolls]
    return {
        "roll_disorders": of.disorders([rolls[b] for b in chain]),
        "cure_disorders": of.disorders([cures[b] for b in chain[1:]], rising=False),
        **{f"roll_{b}": rolls.get(b, float("nan")) for b in BUCKETS},
        **{f"cure_{b}": cures.get(b, float("nan")) for b in BUCKETS},
        "into_30": owed.get("current", float("nan")) * owed.get("1_29", float("nan")),
    }


_US_ROLLS = (
    ("1_29", 0.18, 0.35, "20–30 % (70–80 % cure)"), ("30_59", 0.55, 0.70, "60–62 %"),
    ("60_89", 0.58, 0.80, "75 %"), ("90_119", 0.60, 0.90, "85 %"),
)
_US_CURES = (
    ("1_29", 0.70, 0.80, "70–80 %"), ("30_59", 0.25, 0.30, "25–30 %"), ("60_89", 0.12, 0.15, "12–15 %"), ("90_119", 0.04, 0.10, "7 %"),
)
_CN_ROLLS = (("30_59", "85 %"), ("60_89", "92 %"), ("90_119", "94 %"))


def _days(bucket: str) -> str:
    return bucket.replace("_", "–") + " days"


ROLLS = Fact(
    6, "Roll and cure rates by days past due", "level",
    "The share of accounts that get worse within a month rises with days past due, and the share that return to current falls.",
    "Moves between buckets in the calm scenario, accounts pooled over its months; roll: one bucket further or charged off, cure: current "
    "or repaid a month later. Steps against the order are counted in every seed.",
    (
        Check("roll_disorders", "steps of the roll rates against the order", "number", Band(0, 0), "none", _INDUSTRY),
        Check("cure_disorders", "steps of the cure rates against the order", "number", Band(0, 0), "none", _INDUSTRY),
        *(Check(f"roll_{b}", f"roll from {_days(b)}", "%", Band(low, high), said, _INDUSTRY, "USD") for b, low, high, said in _US_ROLLS),
        *(
            Check(f"cure_{b}", f"cure from {_days(b)}", "%", Band(low, high), said, "judgement that goes with the rolls", "USD")
            for b, low, high, said in _US_CURES
        ),
        Check("into_30", "principal that is current and 30 days late two months on", "%", Band(0.006, 0.010), "0.8 %", _CHAIN_CN, "CNY"),
        *(Check(f"roll_{b}", f"roll from {_days(b)}", "%", Band(0.85, 0.98), said, _CHAIN_CN, "CNY") for b, said in _CN_ROLLS),
    ),
    _rolls, quick=True,
)


def _early_and_late_rolls(lab: Lab) -> Seen:
    calm, recession = lab.calm(), lab.recession(panel=True)
    first, last = lab.month(9), lab.month(24)

    def during(transitions: pd.DataFrame) -> dict[str, float]:
        return roll_rates(transitions[transitions["month"].between(first, last)])

    before, after = during(calm.transitions), during(recession.transitions)
    worse = {b: of.ratio(after.get(b, 0.0), before.get(b, 0.0)) - 1 for b in ("current", *BUCKETS)}
    early = (worse["current"] + worse["1_29"]) / 2
    late = (worse["60_89"] + worse["90_119"]) / 2
    return {"early": early, "late": late, "difference": early - late}


RECESSION_ROLLS = Fact(
    7, "Roll rates in a recession", "sign",
    "In a recession roll rates worsen mostly at the early buckets; the late ones are near their ceiling.",
    "Severe recession against the calm scenario, same borrowers and luck, months 9 to 24: relative rise of the rolls from current and "
    "1–29 days, and of those from 60–89 and 90–119 days.",
    (
        Check("early", "relative rise of the early rolls", "%", ABOVE_ZERO, "C→30 and 30→60 rise", "judgement"),
        Check(
            "difference", "early rise less late rise", "pp", ABOVE_ZERO, "late rolls are near 1 already",
            "judgement",
        ),
    ),
    _early_and_late_rolls, quick=True,
)


def without_reminders(lab: Lab) -> dict[str, float]:
    """Relative changes when no reminder is sent, the book built without as well: early balances, 30+, 90+, misses for want of money."""
    m, n = lab.calm().monthly, lab.run(("policy.collections.reminder_coverage", 0.0), own_past=True).monthly
    return {
        "early": of.ratio(of.share(n, "balance_1_29"), of.share(m, "balance_1_29")) - 1,
        "late": of.ratio(of.mean_of(n, "delinquency_30_plus"), of.mean_of(m, "delinquency_30_plus")) - 1,
        "npl": of.ratio(of.mean_of(n, "npl_ratio"), of.mean_of(m, "npl_ratio")) - 1,
        "cannot": of.ratio(n["missed_cannot_pay"].sum(), m["missed_cannot_pay"].sum()) - 1,
    }


ATTENTION = Fact(
    12, "Forgetting", "level",
    "Without reminders more accounts are a few days late, and hardly more are ever seriously so.",
    "The calm scenario with no account reminded, the book built so too, against itself: relative change of balances 1–29 days and of the "
    "90+ share.",
    (
        Check(
            "early", "rise of balances 1–29 days late", "%", Band(0.20, 0.40), "20–40 %",
            "judgement after reminder trials (Cadena–Schoar 2011)",
        ),
        Check(
            "npl", "change of the 90+ share", "%", Band(-0.05, 0.05), "less than 5 %", "judgement",
        ),
    ),
    without_reminders, quick=True,
)


def relapse_over_never_late(panel: Panel) -> float:
    """Monthly chance to fall into arrears of loans cured within six months, over that of loans that have never been late."""
    state, missed, opened = (panel.of_accounts(name) for name in ("state", "missed", "opened"))
    late_once = missed[:, 0] > 0
    cured = np.full(late_once.shape, -RELAPSE_WINDOW - 1)  # month of the last return to current
    fell, stood = np.zeros(2), np.zeros(2)
    for month in range(1, panel.months + 1):
        new = opened[:, month] != opened[:, month - 1]
        running = (state[:, month] == OPEN) & (state[:, month - 1] == OPEN) & ~new
        current = running & (missed[:, month - 1] == 0)
        for k, group in enumerate((current & (month - cured <= RELAPSE_WINDOW), current & ~late_once)):
            fell[k] += (group & (missed[:, month] > 0)).sum()
            stood[k] += group.sum()
        cured[running & (missed[:, month - 1] > 0) & (missed[:, month] == 0)] = month
        cured[new] = -RELAPSE_WINDOW - 1
        late_once = (late_once | (missed[:, month] > 0)) & ~new
    return of.ratio(of.ratio(fell[0], stood[0]), of.ratio(fell[1], stood[1]))


def _spells(lab: Lab) -> Seen:
    calm = lab.calm()
    survival = [*of.spell_survival(calm.transitions), float("nan"), float("nan")]
    relapse = relapse_rate(calm.monthly)
    return {
        "short": 1.0 - survival[0], "tail": of.ratio(survival[1], survival[0]),
        "relapse": relapse_over_never_late(calm.people), "relapse_6m": float("nan") if relapse is None else relapse,
    }


SPELLS = Fact(
    13, "Spells of arrears and relapse", "sign",
    "Most spells of 1–29 days end within a month, those that do not last long, and who was cured falls back far sooner than others fall.",
    "Calm scenario. Short: cure rate from 1–29 days. Tail: chance that a spell goes on after its second month over after its first. "
    "Relapse: monthly chance to fall into arrears of loans cured within six months over that of loans never late in the scenario's months.",
    (
        Check(
            "short", "spells of 1–29 days that end within a month", "%", Band(0.5, None, True), "70–80 %",
            "judgement consistent with US rolls",
        ),
        Check(
            "tail", "chance to go on after month two over after month one", "times", Band(1.0, None, True), "above 1: heavy-tailed",
            "judgement",
        ),
        Check("relapse", "hazard of the cured over that of the never late", "times", Band(4.0, 8.0), "4–8 times", "judgement"),
        Check(
            "relapse_6m", "cured accounts in arrears again within six months", "%", Band(0.30, 0.50), "30–50 %",
            "judgement consistent with US rolls",
        ),
    ),
    _spells, quick=True,
)

_SEASONS = "seasonal incomes and spending (tax refunds, festivals) and calendar days; the model's months have 30 days"
SEASONS = Fact(
    14, "Seasonality", "sign",
    "In the United States arrears are lowest in February and March and highest in the fourth quarter; in China they bulge at the Spring "
    "Festival.",
    "Months of the calm scenario: lowest and highest month of the 30+ share.",
    (
        Check(
            "trough", "calendar month of the lowest 30+ share", "months", Band(2, 3),
            "trough in February–March, peak in the fourth quarter",
            "KBRA consumer-loan indices, March and April 2023", missing=_SEASONS,
        ),
    ),
)

FACTS = (HAZARD, FIRST_PAYMENT, ROLLS, RECESSION_ROLLS, ATTENTION, SPELLS, SEASONS)
