"""Printing a paired comparison."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sim.measures.table import MONTHLY, OUTCOMES
from sim.report.tables import console_of
from sim.study.intervals import RATIO_FROM

if TYPE_CHECKING:
    import pandas as pd
    from rich.table import Table

    from sim.study.compare import Comparison

RATIOS = frozenset(column.name for column in (*OUTCOMES, *MONTHLY) if column.unit == "ratio")
_FRACTIONS = frozenset(column.name for column in (*OUTCOMES, *MONTHLY) if column.unit in ("ratio", "flag"))


def number(metric: str, value: float) -> str:
    if value != value:
        return "–"
    return f"{100 * value:.2f} %" if metric in _FRACTIONS else f"{value:,.0f}"


def difference(metric: str, value: float) -> str:
    """A difference: of two ratios in percentage points, for a per cent of a ratio would be another number."""
    return number(metric, value).replace("%", "pp")


def interval(metric: str, row: Mapping[Any, Any]) -> str:
    """The interval of a difference; where there is none, the reason."""
    return f"{difference(metric, row['ci_low'])} to {difference(metric, row['ci_high'])}" if bounded(row) else str(row["interval"])


def bounded(row: Mapping[Any, Any]) -> bool:
    """Whether a difference has an interval."""
    return bool(row["ci_low"] == row["ci_low"])


def sure(row: Mapping[Any, Any]) -> bool:
    """Whether the interval leaves out zero."""
    return bounded(row) and (row["ci_low"] > 0 or row["ci_high"] < 0)


def side_of(row: Mapping[Any, Any], side: str) -> str:
    """A policy's own figure; a share of seeds that is 0 or 1 with what it may still be."""
    shown = number(row["metric"], row[side])
    if row["statistic"] == "share" and row[side] in (0.0, 1.0):
        bound, word = (row[f"{side}_high"], "at most") if row[side] == 0.0 else (row[f"{side}_low"], "at least")
        shown = f"{100 * row[side]:.0f} %, {word} {100 * bound:.0f} %"
    return shown


def reduction(row: Mapping[Any, Any]) -> str:
    """How much narrower pairing makes the interval, with its own; from too few seeds none."""
    value, low, high = row["variance_reduction"], row["reduction_low"], row["reduction_high"]
    if value != value:
        return "–"
    if low == low:
        return f"{value:.1f}x ({low:.1f} to {high:.1f})"
    return "too few seeds" if row["seeds"] < RATIO_FROM else f"{value:.1f}x, most seeds alike"


def _parts(effects: pd.DataFrame, base: str, alternative: str) -> Table:
    """Where the difference in charge-offs lies: by cause, product, band and segment."""
    from rich import box
    from rich.table import Table

    out = Table(title="Charge-offs over the run, and where they differ", box=box.SIMPLE_HEAD)
    for name in ("by", "", base, alternative, "difference", "95 % interval"):
        out.add_column(name, justify="left" if name in ("by", "") else "right")
    before = ""
    for row in effects[effects["metric"] == "charged_off"].to_dict("records"):
        out.add_row(
            "" if row["dimension"] == before else row["dimension"], row["level"].replace("_", " "),
            *(f"{row[name]:,.0f}" for name in ("baseline", "alternative", "diff")),
            f"{row['ci_low']:,.0f} to {row['ci_high']:,.0f}" if bounded(row) else row["interval"],
        )
        before = row["dimension"]
    return out


def failed_seeds(comparison: Comparison, policy: Any, horizon: int) -> int:
    """In how many seeds a policy's lender has failed by a horizon."""
    m = comparison.monthly
    mine = m[(m["policy"] == policy) & (m["month_index"] <= horizon) & (m["lender_state"] != "going_concern")]
    return int(mine["seed"].nunique())


def with_mark(text: str, failed: int, seeds: int) -> str:
    """A ratio that counts failed lenders is marked; where no seed's lender is left, a dash stands for it."""
    return ("– †" if failed == seeds else f"{text} †") if failed else text


def _row(row: dict[Any, Any], failed: dict[str, int], seeds: int) -> list[str]:
    """A metric's cells: name, both sides, difference, interval, variance reduction."""
    m = str(row["metric"])
    of_failed = failed if m in RATIOS else dict.fromkeys(failed, 0)
    dead = max(of_failed.values())
    return [
        f"{m} ({row['statistic']})" if row["statistic"] != "mean" else m,
        *(with_mark(side_of(row, side), of_failed[side], seeds) for side in failed),
        with_mark(difference(m, row["diff"]), dead, seeds), with_mark(interval(m, row), dead, seeds),
        "–" if dead == seeds else reduction(row),
    ]


def print_comparison(comparison: Comparison) -> None:
    """The last horizon of every alternative as a table; comparison.csv holds all horizons."""
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    console = console_of(140)
    table = comparison.table
    for alternative, rows in table.groupby("alternative_policy", sort=False):
        last = rows[rows["horizon"] == rows["horizon"].max()]
        base = str(last["baseline_policy"].iloc[0])
        out = Table(
            title=f"{alternative} minus {base}, month {int(last['horizon'].iloc[0])}, "
            f"{int(last['seeds'].iloc[0])} paired seeds",
            box=box.SIMPLE_HEAD,
        )
        for name in ("metric", base, str(alternative), "difference", "95 % interval", "variance reduction"):
            out.add_column(name, justify="left" if name == "metric" else "right")
        horizon, seeds = int(last["horizon"].iloc[0]), len(comparison.manifest["seeds"])
        dead = {"baseline": failed_seeds(comparison, base, horizon), "alternative": failed_seeds(comparison, alternative, horizon)}
        for row in last.to_dict("records"):
            out.add_row(*_row(row, dead, seeds))
        console.print(out)
        if any(dead.values()):
            console.print("†: lenders that have failed count in this ratio; a dash: no seed's lender is left.", highlight=False)
        console.print(_parts(comparison.effects[comparison.effects["alternative_policy"] == alternative], base, str(alternative)))
        failures = last[last["metric"] == "failed"].to_dict("records")  # none where other metrics were asked for
        for failed, side in ((failed, side) for failed in failures for side in ("baseline", "alternative")):
            if failed[side] > 0:
                name = escape(base if side == "baseline" else str(alternative))
                console.print(
                    f"[bold]{name} failed in {100 * failed[side]:.0f} % of the seeds[/bold]: from then on it lends nothing, "
                    "and its losses and stocks are those of a book in run-off.", highlight=False,
                )
    console.print(
        f"Money in {comparison.manifest['currency']}; flows summed to the month, stocks at the month; means over the seeds where no other "
        "statistic is named; pp: percentage points. Differences are of pairs of a seed: their median need not be that of the medians. "
        "Variance reduction: how much wider, squared, the interval of unpaired seeds.",
        highlight=False,
    )
    console.print(f"Past: {escape(comparison.manifest['past'])}.", highlight=False)
    for note in comparison.manifest["not_used"]:
        console.print(f"Note: {escape(note)}", highlight=False)
    people = comparison.counterfactual
    if len(people):
        a = int((people["charged_off_baseline"] & ~people["charged_off_alternative"]).sum())
        b = int((~people["charged_off_baseline"] & people["charged_off_alternative"]).sum())
        pairs = comparison.manifest["borrowers"] * len(comparison.manifest["seeds"]) * (len(comparison.manifest["policies"]) - 1)
        console.print(
            f"Of {pairs:,} pairs of a borrower's lives, charged off only under the baseline policy: {a:,}; "
            f"only under an alternative: {b:,}."
        )
