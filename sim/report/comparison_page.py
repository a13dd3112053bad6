"""The page of a comparison: the policies side by side, what differs and how sure that is, and what happened under each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from jinja2 import Environment, FileSystemLoader

from sim.measures.outcomes import Outcome
from sim.measures.table import MONTHLY, OUTCOMES
from sim.report.comparison import bounded, difference, failed_seeds, reduction, side_of, sure, with_mark
from sim.report.figures import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    RED,
    SKY,
    STYLE,
    Months,
    failures,
    inline,
    months,
    until_failure,
)
from sim.report.meanings import Term, glossary, metric_meaning, outcome_meaning, plain, unit_words
from sim.study.results import standing

if TYPE_CHECKING:
    import pandas as pd

    from sim.study.compare import Comparison

MILLION = 1e6
COLOURS = (GREY, BLUE, ORANGE, GREEN, PURPLE, SKY, RED)
SERIES: tuple[tuple[str, str, float, Months | None], ...] = (
    ("gross_loans", "Gross loans, {unit} million", 1e-6, None),
    ("delinquency_30_plus", "30 days and more past due, % of loans", 100.0, standing),
    ("net_charge_off_rate_3m", "Net charge-offs, % a year (3 months)", 100.0, standing),
    ("liquidity", "Liquidity, {unit} million", 1e-6, until_failure),
)
REDUCED = Term("variance reduction", "how much wider, squared, the interval would be with unpaired seeds; in brackets its own interval")
WAYS = (
    Term(
        "cause", "why the last instalment before a charge-off was missed: fraud, cannot pay, will not pay, forgot, none of these; or "
        "bankruptcy or death, where it came before the charge-off's age",
    ),
    Term("product", "the policy's product that was lent"),
    Term("band", "risk band at origination, band 1 the best"),
    Term("segment", "the borrowers' segment of the profile"),
)


def write_comparison_page(comparison: Comparison, path: Path) -> Path:
    """Render the page of a comparison."""
    environment = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True)
    manifest, table = comparison.manifest, comparison.table
    blocks = [_block(comparison, rows) for _, rows in table.groupby("alternative_policy", sort=False)]
    events = sorted(_events(comparison), key=lambda event: str(event["first"]))
    past = str(manifest["past"])
    html = environment.get_template("comparison.html").render(
        title=manifest["title"], policies=manifest["policies"], seeds=manifest["seeds"], past=f"{past[:1].upper()}{past[1:]}.",
        not_used=manifest["not_used"], currency=manifest["currency"], borrowers=f"{manifest['borrowers']:,}",
        single=len(manifest["seeds"]) == 1, blocks=blocks, reduced=REDUCED, ways={way.label: way.meaning for way in WAYS},
        effects=[_effects(rows, alternative) for alternative, rows in comparison.effects.groupby("alternative_policy", sort=False)],
        events=events, figures=_figures(comparison),
        terms=glossary(
            [row["term"] for block in blocks for horizon in block["horizons"] for row in horizon["rows"]], [REDUCED, *WAYS],
            [event["term"] for event in events],
        ),
    )
    path.write_text(html, encoding="utf-8")
    return path


def _block(comparison: Comparison, rows: pd.DataFrame) -> dict[str, Any]:
    """One alternative against the baseline, horizon by horizon, the last first."""
    sides = {side: rows[f"{side}_policy"].iloc[0] for side in ("baseline", "alternative")}
    horizons = []
    for horizon, part in rows.groupby("horizon", sort=True):
        month = int(str(horizon))
        failed = {side: failed_seeds(comparison, policy, month) for side, policy in sides.items()}
        lines = [_line(comparison, {str(key): value for key, value in record.items()}, failed) for record in part.to_dict("records")]
        heads = [{"label": policy, "failed": failed[side]} for side, policy in sides.items()]
        # on a phone, where each figure names its column
        of = f"of {len(comparison.manifest['seeds'])}"
        told = [f"{one['label']}, failed in {one['failed']} {of}" if one["failed"] else one["label"] for one in heads]
        horizons.append({"month": month, "rows": lines, "heads": heads, "told": [*told, "difference"], "failed": any(failed.values())})
    return {**sides, "horizons": horizons[::-1]}


def _line(comparison: Comparison, row: dict[str, Any], failed: dict[str, int]) -> dict[str, Any]:
    """A metric at a horizon: money in millions where either side comes to one; a failed lender's ratio is marked, or left out where no
    seed's lender is left."""
    metric, n, currency = str(row["metric"]), len(comparison.manifest["seeds"]), str(comparison.manifest["currency"])
    known = next((column for column in (*OUTCOMES, *MONTHLY) if column.name == metric), None)
    unit = known.unit if known else "count"
    most = max(abs(row["baseline"]), abs(row["alternative"]))
    millions, digits = unit == "money" and most >= MILLION, 2 if most >= 10 * MILLION else 3
    of_failed = failed if unit == "ratio" else dict.fromkeys(failed, 0)

    def shown(value: float) -> str:
        return f"{value / MILLION:,.{digits}f}" if millions and value == value else difference(metric, value)

    def marked(text: str, sides: Iterable[str]) -> str:
        return with_mark(text, max(of_failed[side] for side in sides), n)

    left_out = max(of_failed.values()) == n

    cells = [marked(shown(row[side]) if millions else side_of(row, side), [side]) for side in failed]
    cells.append(marked(shown(row["diff"]), failed))
    of = f"{row['statistic']} over {n} seeds" if n > 1 else "one seed"
    less = f"; {row['seeds']} of the {n} seeds have it" if row["seeds"] < n else ""
    meaning = plain(metric) if known is None else outcome_meaning(known) if isinstance(known, Outcome) else metric_meaning(metric)
    return {
        "term": Term(plain(metric), f"{meaning} ({of}{less})"), "unit": unit_words(unit, f"{currency} million" if millions else currency),
        "cells": cells, "sure": sure(row) and not left_out, "reduction": "–" if left_out else reduction(row),
        "interval": marked(f"{shown(row['ci_low'])} to {shown(row['ci_high'])}" if bounded(row) else str(row["interval"]), failed),
    }


def _effects(rows: pd.DataFrame, alternative: Any) -> dict[str, Any]:
    lines = []
    for row in rows.to_dict("records"):
        lines.append({
            "what": "charged off" if row["metric"] == "charged_off" else "lent", "by": row["dimension"], "level": plain(str(row["level"])),
            **{name: f"{row[name]:,.0f}" for name in ("baseline", "alternative", "diff")}, "sure": sure(row),
            "interval": f"{row['ci_low']:,.0f} to {row['ci_high']:,.0f}" if bounded(row) else row["interval"],
        })
    return {"alternative": alternative, "lines": lines}


def _events(comparison: Comparison) -> Iterator[dict[str, Any]]:
    """Each kind of event: in what share of the seeds it happened under each policy, and when first; an instance tells what it means."""
    events, policies, n = comparison.events, comparison.manifest["policies"], len(comparison.manifest["seeds"])
    for kind in dict.fromkeys(events["kind"]):
        cells = []
        for policy in policies:
            mine = events[(events["kind"] == kind) & (events["policy"] == policy)]
            first = mine.groupby("seed")["month"].min().sort_values()
            when = " to ".join(dict.fromkeys([first.iloc[0], first.iloc[-1]])) if len(first) else ""
            cells.append("–" if not when else when if n == 1 else f"{len(first)} of {n} seeds, first {when}")
        of_kind = events[events["kind"] == kind]
        told = f"for instance: {of_kind['detail'].iloc[0]}".replace("->", "→")
        yield {"term": Term(plain(kind), told), "cells": cells, "first": of_kind["month"].min()}


def _figures(comparison: Comparison) -> Iterator[dict[str, Any]]:
    """Pictures with what is seen in them."""
    several = len(comparison.manifest["seeds"]) > 1
    failed = bool((comparison.monthly["lender_state"] != "going_concern").any())
    words = "Medians over the seeds; bands hold the middle eight in ten." if several else "The one seed's months."
    if failed:
        words += (
            " A dotted line in a policy's colour marks the month in which its lender failed"
            f"{' in a seed' if several else ''}. From then on its gross loans are a book in run-off, its ratios are shown while a quarter "
            "of the book is left, and its liquidity no more."
        )
    yield {"caption": words, "svgs": [
        inline(figure, f"courses-{k}", figure.axes[0].get_title(loc="left"))
        for k, figure in enumerate(courses(comparison, series) for series in SERIES)
    ]}
    over = "means over the seeds, summed over the run" if several else "summed over the run"
    yield {
        "caption": f"What the difference in net income is made of: {over}; bars to the right raise the result.",
        "svgs": [inline(bridge(comparison), "bridge", "Net income, item by item")],
    }


def courses(comparison: Comparison, series: tuple[str, str, float, Months | None]) -> Any:
    """A series, one line a policy: the median over seeds with the band of the middle 80 %."""
    m, unit = comparison.monthly, comparison.manifest["currency"]
    column, title, scale, shown = series
    with plt.rc_context(STYLE | {"figure.figsize": (4.0, 3.2)}):
        fig, ax = plt.subplots()
        for policy, colour in zip(comparison.manifest["policies"], COLOURS * 3, strict=False):
            mine = m[m["policy"] == policy]
            failures(ax, mine, colour)
            if shown:
                mine = mine.assign(**{column: mine[column].where(shown(mine))})
            wide = mine.pivot(index="month_index", columns="seed", values=column) * scale
            ax.plot(wide.index, wide.median(axis=1), color=colour, label=policy, lw=1.6)
            if wide.shape[1] > 1:
                ax.fill_between(wide.index, wide.quantile(0.1, axis=1), wide.quantile(0.9, axis=1), color=colour, alpha=0.15, lw=0)
        ax.set_title(title.format(unit=unit))
        months(ax, m[m["policy"] == comparison.manifest["policies"][0]], 40)
        ax.legend(fontsize=8.5)
    return fig


def bridge(comparison: Comparison) -> Any:
    """Net income of each alternative less the baseline's, item by item."""
    from sim.study.plan import BRIDGE

    m, policies = comparison.monthly, comparison.manifest["policies"]
    sums = m.groupby(["policy", "seed"])[[*BRIDGE, "net_income"]].sum().groupby("policy").mean()
    costs = {"funding_cost", "operating_cost", "provisions"}
    items = [*BRIDGE, "net_income"]
    with plt.rc_context(STYLE | {"figure.figsize": (8.0, 1.2 + 0.45 * len(items))}):
        fig, ax = plt.subplots()
        height = 0.8 / max(1, len(policies) - 1)
        for k, policy in enumerate(policies[1:]):
            values = [(-1 if item in costs else 1) * float(sums.loc[policy, item] - sums.loc[policies[0], item]) / 1e6 for item in items]
            ax.barh(np.arange(len(items)) + k * height, values, height, color=(COLOURS[1:] * 3)[k], label=policy)
        ax.set_yticks(np.arange(len(items)) + 0.4 - height / 2, [item.replace("_", " ") for item in items])
        ax.invert_yaxis()
        ax.axvline(0, color=GREY, lw=0.8)
        ax.set_title(f"Net income against {policies[0]}, {comparison.manifest['currency']} million over the run")
        ax.legend(fontsize=8.5)
    return fig
