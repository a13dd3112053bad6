"""The page of a comparison: the policies side by side, what differs and how sure that is, and what happened under each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from jinja2 import Environment, FileSystemLoader

from sim.measures.table import MONTHLY, OUTCOMES
from sim.report.comparison import number, reduction, side_of
from sim.report.figures import BLUE, GREEN, GREY, ORANGE, PURPLE, RED, SKY, STYLE, inline, months
from sim.study.results import standing

if TYPE_CHECKING:
    import pandas as pd

    from sim.study.compare import Comparison

COLOURS = (GREY, BLUE, ORANGE, GREEN, PURPLE, SKY, RED)
SERIES = (
    ("gross_loans", "Gross loans, {unit} million", 1e-6), ("delinquency_30_plus", "30 days and more past due, % of loans", 100.0),
    ("net_charge_off_rate_3m", "Net charge-offs, % a year (3 months)", 100.0), ("liquidity", "Liquidity, {unit} million", 1e-6),
)


def write_comparison_page(comparison: Comparison, path: Path) -> Path:
    """Render the page of a comparison."""
    environment = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True)
    meanings = {o.name: o.meaning for o in OUTCOMES} | {m.name: m.meaning for m in MONTHLY}
    manifest, table = comparison.manifest, comparison.table
    figures = [
        ("Medians over the seeds; bands hold the middle eight in ten.", inline(courses(comparison), "courses")),
        (
            "What the difference in net income is made of: means over the seeds, summed over the run; bars to the right raise the result.",
            inline(bridge(comparison), "bridge"),
        ),
    ]
    html = environment.get_template("comparison.html").render(
        title=manifest["title"], policies=manifest["policies"], seeds=manifest["seeds"], past=manifest["past"],
        not_used=manifest["not_used"], currency=manifest["currency"], borrowers=f"{manifest['borrowers']:,}",
        blocks=[_block(rows, alternative, meanings) for alternative, rows in table.groupby("alternative_policy", sort=False)],
        effects=[_effects(rows, alternative) for alternative, rows in comparison.effects.groupby("alternative_policy", sort=False)],
        events=[*_events(comparison)], figures=figures,
    )
    path.write_text(html, encoding="utf-8")
    return path


def _block(rows: pd.DataFrame, alternative: Any, meanings: dict[str, str]) -> dict[str, Any]:
    """One alternative against the baseline, horizon by horizon."""
    horizons = []
    for horizon, part in rows.groupby("horizon", sort=True):
        cells = []
        for record in part.to_dict("records"):
            row = {str(key): value for key, value in record.items()}
            m = str(row["metric"])
            known = row["ci_low"] == row["ci_low"]
            sure = known and (row["ci_low"] > 0 or row["ci_high"] < 0)
            cells.append({
                "metric": m.replace("_", " "), "meaning": meanings.get(m, m), "statistic": row["statistic"],
                "baseline": side_of(row, "baseline"), "alternative": side_of(row, "alternative"), "diff": number(m, row["diff"]),
                "interval": f"{number(m, row['ci_low'])} to {number(m, row['ci_high'])}" if known else row["interval"],
                "reduction": reduction(row), "sure": sure,
            })
        horizons.append({"month": int(str(horizon)), "rows": cells})
    first = rows.iloc[0]
    return {"alternative": alternative, "baseline": first["baseline_policy"], "horizons": horizons[::-1]}


def _effects(rows: pd.DataFrame, alternative: Any) -> dict[str, Any]:
    lines = []
    for row in rows.to_dict("records"):
        known = row["ci_low"] == row["ci_low"]
        lines.append({
            "what": "charged off" if row["metric"] == "charged_off" else "lent", "by": row["dimension"],
            "level": str(row["level"]).replace("_", " "),
            **{name: f"{row[name]:,.0f}" for name in ("baseline", "alternative", "diff")},
            "interval": f"{row['ci_low']:,.0f} to {row['ci_high']:,.0f}" if known else row["interval"],
        })
    return {"alternative": alternative, "lines": lines}


def _events(comparison: Comparison) -> Iterator[dict[str, Any]]:
    """Each kind of event: in what share of the seeds it happened under each policy, and when first."""
    events, policies, n = comparison.events, comparison.manifest["policies"], len(comparison.manifest["seeds"])
    for kind in dict.fromkeys(events["kind"]):
        cells = []
        for policy in policies:
            mine = events[(events["kind"] == kind) & (events["policy"] == policy)]
            first = mine.groupby("seed")["month"].min().sort_values()
            when = f", first {first.iloc[0]}" + (f" to {first.iloc[-1]}" if first.iloc[0] != first.iloc[-1] else "") if len(first) else ""
            cells.append(f"{len(first)} of {n} seeds{when}" if len(first) else "–")
        yield {"kind": kind.replace("_", " "), "cells": cells}


def courses(comparison: Comparison) -> Any:
    """Four series, one line a policy: the median over seeds with the band of the middle 80 %."""
    m, unit = comparison.monthly, comparison.manifest["currency"]
    with plt.rc_context(STYLE | {"figure.figsize": (8.0, 6.2)}):
        fig, axes = plt.subplots(2, 2)
        for ax, (column, title, scale) in zip(axes.flat, SERIES, strict=True):
            for policy, colour in zip(comparison.manifest["policies"], COLOURS * 3, strict=False):
                mine = m[m["policy"] == policy]
                if column in ("delinquency_30_plus", "net_charge_off_rate_3m"):
                    mine = mine.assign(**{column: mine[column].where(standing(mine))})
                wide = mine.pivot(index="month_index", columns="seed", values=column) * scale
                ax.plot(wide.index, wide.median(axis=1), color=colour, label=policy, lw=1.6)
                if wide.shape[1] > 1:
                    ax.fill_between(wide.index, wide.quantile(0.1, axis=1), wide.quantile(0.9, axis=1), color=colour, alpha=0.15, lw=0)
            ax.set_title(title.format(unit=unit))
            months(ax, m[m["policy"] == comparison.manifest["policies"][0]])
            ax.tick_params(axis="x", labelrotation=40)
        axes.flat[0].legend(fontsize=8.5)
    return fig


def bridge(comparison: Comparison) -> Any:
    """Net income of each alternative less the baseline's, item by item."""
    from sim.study.compare import BRIDGE

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
