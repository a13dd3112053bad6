"""The summary that `lendsim run` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.report.distress import worst_point
from sim.report.headline import headline, one_seed, percent
from sim.report.tables import console_of
from sim.study.words import counted

if TYPE_CHECKING:
    from sim.study.results import Results

BARS = "▁▂▃▄▅▆▇█"


def sparkline(values: list[float], width: int = 48) -> str:
    """The course of a series in one line; gaps are blanks."""
    if len(values) > width:
        step = len(values) / width
        values = [values[int(k * step)] for k in range(width)]
    known = [v for v in values if v == v]
    if not known:
        return ""
    low, high = min(known), max(known)
    span = (high - low) or 1.0
    return "".join(" " if v != v else BARS[min(7, int(7.999 * (v - low) / span))] for v in values)


def print_summary(results: Results) -> None:
    """Headline figures, the first breach and why, and three sparklines (mean over seeds)."""
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    from sim.study.results import standing

    console = console_of(118)
    r = results.resolved
    h = headline(results)
    m = results.monthly
    console.print(
        f"[bold]{escape(r.scenario.title)}[/bold] · {escape(r.policy.title)} · {counted(r.scenario.borrowers.count, 'borrower')} · "
        f"{m['month'].iloc[0]} to {m['month'].iloc[-1]} · seed{'s' if len(results.seeds) > 1 else ''} "
        f"{', '.join(str(s) for s in results.seeds[:6])}{' …' if len(results.seeds) > 6 else ''}",
        highlight=False,
    )
    for sentence in filter(None, (one_seed(results), r.past(), *r.unused())):
        console.print(escape(sentence), highlight=False)
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for figure in h.figures:
        table.add_row(figure.label, escape(figure.value))
    console.print(table)
    console.print(f"[bold]First breach[/bold]  {escape(h.breach)}", highlight=False)
    console.print(f"[bold]Worst point[/bold]   {escape(worst_point(results))}", highlight=False)
    lines = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    mean = m.groupby("month_index")
    for label, column, unit in (
        ("30+ delinquency", "delinquency_30_plus", "%"), ("net charge-offs", "net_charge_off_rate_3m", "%"),
        ("unemployment", "unemployment_rate", "%"), ("liquidity", "liquidity", "m"),
    ):
        of_the_book = column in ("delinquency_30_plus", "net_charge_off_rate_3m")
        series = m[column].where(standing(m)).groupby(m["month_index"]).mean() if of_the_book else mean[column].mean()
        ends = [percent(v) if unit == "%" else f"{v / 1e6:,.1f} m" for v in (series.iloc[0], series.iloc[-1])]
        lines.add_row(label, ends[0], sparkline(series.tolist()), ends[1])
    console.print(lines)
    horizons = Table(box=box.SIMPLE_HEAD)
    for k, name in enumerate(["", *h.horizons[0][1]]):
        horizons.add_column(name, justify="right" if k else "left")
    for label, cells in h.horizons[1:]:
        horizons.add_row(label, *cells)
    console.print(horizons)
