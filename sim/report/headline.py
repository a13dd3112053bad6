"""The headline of a run in numbers and words, for the terminal and the report."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.measures.outcomes import Course, Outcome, stops
from sim.measures.rolls import cure_rates, relapse_hazards, relapse_rate, roll_rates, roll_to_loss
from sim.measures.table import outcome
from sim.report.meanings import Term, metric_meaning, outcome_meaning
from sim.study.words import counted

if TYPE_CHECKING:
    import pandas as pd

    from sim.study.results import Results


def percent(value: float | None, digits: int = 1) -> str:
    """A fraction as per cent; a dash when there is none."""
    return "–" if value is None or value != value else f"{100 * value:.{digits}f} %"


def money(value: float | None, code: str) -> str:
    """Money in millions from a million on."""
    if value is None or value != value:
        return "–"
    return f"{code} {value / 1e6:,.1f} m" if abs(value) >= 1e6 else f"{code} {value:,.0f}"


def horizon_terms() -> list[Term]:
    """What each line of the horizon table means."""
    return [Term(label, outcome_meaning(outcome(name))) for label, name in _HORIZON_LINES]


@dataclass(frozen=True)
class Figure(Term):
    """A headline figure."""

    value: str


_OF_MONTHS = (
    "net_charge_off_rate_3m", "delinquency_30_plus", "net_income", "capital_ratio", "liquidity", "survival_months", "relapse_rate_6m",
)


@dataclass(frozen=True)
class Headline:
    """Lines for people: figures with their meanings, the first breach, and the horizon table."""

    figures: list[Figure]
    breach: str
    horizons: list[tuple[str, list[str]]]


# what each line of the horizon table shows; flows come summed and stocks as they stand, by their declaration
_HORIZON_LINES = (
    ("Gross loans", "gross_loans"), ("Equity", "equity"), ("Debt", "debt"), ("Cash", "cash"),
    ("Originations, cumulative", "originations"), ("Net income, cumulative", "net_income"),
    ("Dividends, cumulative", "dividends"),
    ("Net charge-offs, cumulative", "net_charge_offs"), ("Net charge-off rate (3 months)", "net_charge_off_rate_3m"),
    ("30+ delinquency", "delinquency_30_plus"), ("90+ ratio", "npl_ratio"), ("90+ ratio, lagged balance", "npl_ratio_lagged"),
    ("Capital ratio", "capital_ratio"), ("Mean trust", "mean_trust"), ("Failed by then, share of seeds", "failed"),
)


def _spread(values: list[float], show: object) -> str:
    """Mean over seeds and, with several, the range."""
    mean = sum(values) / len(values)
    text = show(mean)  # type: ignore[operator]
    if len(values) > 1:
        text = f"mean {text}  ({show(min(values))} to {show(max(values))} over {len(values)} seeds)"  # type: ignore[operator]
    return str(text)


def _when(months: pd.Series) -> str:
    """Between which months the seeds have theirs; nothing for a single seed, whose month is chance as much as anything."""
    known = sorted(months.dropna())
    if len(months) < 2 or not known:
        return ""
    return f", {known[0]}" if known[0] == known[-1] else f", {known[0]} to {known[-1]}"


def _months(value: float) -> str:
    return "1 month" if round(value) == 1 else f"{value:.0f} months"


def _recovered(m: pd.DataFrame) -> float | None:
    """Recoveries over gross charge-offs of the run; None where nothing was charged off."""
    charged = float(m["gross_charge_offs"].sum())
    return float(m["recoveries"].sum()) / charged if charged else None


def vintage_share(results: Results) -> float | None:
    """Share of the run's charge-offs that its vintages hold; the others are loans of the opening book."""
    v, charged = results.vintages, float(results.monthly["gross_charge_offs"].sum())
    if not charged or not len(v):
        return None
    last = v.sort_values("months_on_book").groupby(["seed", "vintage", "product"])["charged_off"].last()
    return float(last.sum()) / charged


def one_seed(results: Results) -> str:
    """The sentence that a single seed carries, empty for several."""
    if len(results.seeds) > 1:
        return ""
    return "One seed is one course of luck: figures and months would differ under another. --seeds 10 shows their range."


def headline(results: Results) -> Headline:
    """What a risk committee asks first."""
    s = results.summary()
    code = results.resolved.profile.currency.code
    m = results.monthly
    n = len(s)
    nco = s["peak_net_charge_off_rate_3m"].tolist()
    book = "months after a failure count while a quarter of the first month's book is left"
    known = {name: metric_meaning(name) for name in _OF_MONTHS}
    over = "several seeds: the mean, the lowest and the highest, and between which months they had theirs"
    p = [
        Figure(
            "Peak net charge-off rate (3 months, annual)", f"highest month of: {known['net_charge_off_rate_3m']}; {book}; {over}",
            _spread(nco, percent) + _when(s["peak_net_charge_off_month"]),
        ),
        Figure(
            "Peak 30+ delinquency", f"highest month of: {known['delinquency_30_plus']}; {book}; {over}",
            _spread(s["peak_delinquency_30_plus"].tolist(), percent) + _when(s["peak_delinquency_month"]),
        ),
        Figure(
            "Net charge-offs over the horizon", "gross charge-offs - recoveries, summed over all months",
            _spread(s["net_charge_offs"].tolist(), lambda v: money(v, code)),
        ),
        Figure(
            "Net income over the horizon", f"{known['net_income']}; summed over all months",
            _spread(s["net_income"].tolist(), lambda v: money(v, code)),
        ),
        Figure("Recovered of charge-offs", "recoveries / gross charge-offs, over all months and seeds", percent(_recovered(m))),
        Figure(
            "Lowest capital ratio", f"lowest month of: {known['capital_ratio']}; {book}",
            _spread(s["lowest_capital_ratio"].tolist(), percent),
        ),
        Figure(
            "Lowest liquidity", f"lowest month-end of: {known['liquidity']}; {over}",
            _spread(s["lowest_liquidity"].tolist(), lambda v: money(v, code)) + _when(s["lowest_liquidity_month"]),
        ),
        Figure(
            "Shortest survival horizon", f"lowest month of: {known['survival_months']}",
            _spread(s["lowest_survival_months"].tolist(), _months),
        ),
        Figure("Cured accounts in arrears again within 6 months", known["relapse_rate_6m"], percent(relapse_rate(m))),
        Figure(
            "Illiquid", "seeds whose lender could not pay what fell due",
            f"{s['lender_state'].str.startswith('illiquid').sum()} of {counted(n, 'seed')}",
        ),
        Figure(
            "Insolvent", "seeds whose lender's equity fell below zero",
            f"{s['lender_state'].str.contains('insolvent').sum()} of {counted(n, 'seed')}",
        ),
    ]
    return Headline(p, first_breach(results), _horizons(results, code))


ROLLS = (
    Term("bucket", "days past due of an account at the start of a month"),
    Term("a bucket further next month", "share of a bucket's accounts that are one bucket further, or charged off, a month later"),
    Term("current or repaid next month", "share of a bucket's accounts that are current, or repaid in full, a month later"),
    Term("roll to loss in the policy", "share of a bucket's accounts that the policy's allowance expects to end charged off, not cured"),
    Term("roll to loss in this run", "share of a bucket's accounts that end charged off rather than cured, by the run's own monthly rolls"),
)


def bucket_table(results: Results) -> list[tuple[str, ...]]:
    """By bucket: rolls and cures within a month, then the policy's roll to loss against the run's own, for a table."""
    p = results.resolved.policy.provisioning
    own = roll_to_loss(results.transitions)
    rolls, cures = roll_rates(results.transitions), cure_rates(results.transitions)
    stated = {
        "1_29": p.roll_to_loss_1_29, "30_59": p.roll_to_loss_30_59, "60_89": p.roll_to_loss_60_89, "90_119": p.roll_to_loss_90_plus,
        "120_149": p.roll_to_loss_90_plus, "150_179": p.roll_to_loss_90_plus,
    }
    return [
        (bucket.replace("_", "–") + " days", *(percent(rates[bucket], 0) for rates in (rolls, cures, stated, own))) for bucket in own
    ]


def relapse_story(results: Results) -> str:
    """What became of the accounts that returned to current, in a sentence; empty if too few did."""
    share, hazards = relapse_rate(results.monthly), relapse_hazards(results.monthly, results.transitions)
    if share is None or hazards is None:
        return ""
    cured, others = hazards
    against = f"{cured / others:.1f} times the {percent(others)}" if others > 0 else f"against {percent(others)}"
    return (
        f"Of accounts that returned to current, {percent(share, 0)} were in arrears again within six months. A current account that "
        f"returned within the last six months falls into arrears with a chance of {percent(cured)} a month, "
        f"{against} of all others."
    )


def first_breach(results: Results) -> str:
    """The first trigger, downgrade to the worst notches, or failure, and why."""
    e = results.events
    serious = e[e["kind"].isin(["trigger_breach", "illiquid", "insolvent"])]
    if not len(serious):
        down = e[e["kind"] == "downgrade"]
        if len(down):
            when = f" {down['month'].iloc[0]}" if len(results.seeds) > 1 else ""
            return f"No trigger was breached. First downgrade{when}: {down['detail'].iloc[0]}."
        return "No trigger was breached and the rating held."
    first = serious["seed"].iloc[0]
    own = serious[serious["seed"] == first].drop_duplicates("kind")
    lines = [f"{month}: {detail.replace('->', '→')}." for month, detail in zip(own["month"], own["detail"], strict=True)]
    if len(results.seeds) == 1:
        lines.insert(0, "In this one course of luck,")
    if len(results.seeds) > 1:
        lines.insert(0, f"{serious['seed'].nunique()} of {len(results.seeds)} seeds had one; in the first of them, seed {first},")
    return " ".join(lines)


def breached(results: Results) -> bool:
    """Whether a trigger was breached or the lender failed in any seed."""
    return bool(results.events["kind"].isin(["trigger_breach", "illiquid", "insolvent"]).any())


def _horizons(results: Results, code: str) -> list[tuple[str, list[str]]]:
    """Each line's outcome at the opening and at the horizons: amounts over all seeds, ratios over those whose lender lives.

    A ratio of a book in run-off says nothing of the lender; a share of seeds is of all of them.
    """
    frame, opening = results.monthly, _opening(results.opening)
    last = int(frame["month_index"].max())
    horizons = stops(last)
    courses = [[Course(rows, h) for _, rows in frame.groupby("seed", sort=False)] for h in horizons]
    table: list[tuple[str, list[str]]] = [("", ["opening", *(f"month {h}" for h in horizons)])]
    for label, name in _HORIZON_LINES:
        line = outcome(name)
        ratio = line.unit == "ratio" and line.over_seeds != "share"

        def shown(values: list[float], line: Outcome = line) -> str:
            known = [v for v in values if v == v]
            mean = math.fsum(known) / len(known) if known else None
            return money(mean, code) if line.unit == "money" else percent(mean, 0 if line.over_seeds == "share" else 1)

        cells = [shown(opening[name]) if name in opening else "–"]
        for seeds in courses:
            told = [c for c in seeds if not ratio or c.rows["lender_state"].iloc[-1] == "going_concern"]
            cells.append(shown([line.value(c) for c in told]))
        table.append((label, cells))
    return table


def _opening(opening: pd.DataFrame) -> dict[str, list[float]]:
    """Figures of the horizon table that the opening position has, by seed."""
    late = opening[["balance_30_59", "balance_60_89", "balance_90_119", "balance_120_plus"]].sum(axis=1)
    late_90 = opening[["balance_90_119", "balance_120_plus"]].sum(axis=1)
    gross = opening["gross_loans"].where(opening["gross_loans"] > 0)
    known = {name: opening[name] for name in ("gross_loans", "equity", "debt", "cash", "net_charge_off_rate_3m")}
    capital = opening["equity"] / opening["total_assets"]
    known |= {"delinquency_30_plus": late / gross, "npl_ratio": late_90 / gross, "capital_ratio": capital}
    return {name: [float(v) for v in series.astype("float64")] for name, series in known.items()}
