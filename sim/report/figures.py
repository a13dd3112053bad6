"""Five figures of a run: macro, delinquency stack, vintages, losses against unemployment, cash and debt."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

from sim.study.results import standing

if TYPE_CHECKING:
    import pandas as pd

    from sim.study.results import Results

# Okabe-Ito, safe for colour-blind readers
BLUE, ORANGE, GREEN, RED, PURPLE, SKY, YELLOW, GREY = (
    "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#F0E442", "#777777",
)
STYLE: Any = {
    "font.size": 10, "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True, "grid.alpha": 0.25,
    "figure.figsize": (8.0, 3.8), "figure.constrained_layout.use": True, "svg.hashsalt": "lendsim", "svg.fonttype": "none",
    "legend.frameon": False, "axes.titlelocation": "left", "axes.titlesize": 11,
}


def _wide(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    """Months by seeds."""
    return frame.pivot(index="month_index", columns="seed", values=column)


def _line(
    ax: Any, frame: pd.DataFrame, column: str, colour: str, label: str, scale: float = 1.0, style: str = "-", whole: bool = False
) -> None:
    """Median over seeds, with the band that holds the middle 80 % of them; whole: leave out the remains of a book."""
    if whole:
        frame = frame.assign(**{column: frame[column].where(standing(frame))})
    wide = _wide(frame, column) * scale
    ax.plot(wide.index, wide.median(axis=1), style, color=colour, label=label, lw=1.8)
    if wide.shape[1] > 1:
        ax.fill_between(wide.index, wide.quantile(0.1, axis=1), wide.quantile(0.9, axis=1), color=colour, alpha=0.18, lw=0)


def months(ax: Any, frame: pd.DataFrame) -> None:
    """Calendar labels, about eight of them."""
    first = frame[frame["seed"] == frame["seed"].iloc[0]]
    step = max(1, -(-len(first) // 8))
    ticks = first["month_index"].to_numpy()[::step]
    ax.set_xticks(ticks, first["month"].to_numpy()[::step], rotation=0, fontsize=8.5)
    ax.set_xlim(first["month_index"].min(), first["month_index"].max())


def _marks(ax: Any, results: Results) -> None:
    """Vertical lines: dashed where a policy takes over, dotted where the lender of a seed fails."""
    frame = results.monthly
    first = frame[frame["seed"] == frame["seed"].iloc[0]]
    changes = results.events[results.events["kind"] == "policy_change"]
    for month in changes["month"].unique():
        ax.axvline(int(first.loc[first["month"] == month, "month_index"].iloc[0]), color=GREY, lw=1.0, ls="--", alpha=0.9)
    for _, rows in frame.groupby("seed"):
        failed = rows[rows["lender_state"] != "going_concern"]
        if len(failed):
            ax.axvline(failed["month_index"].iloc[0], color=RED, lw=0.8, ls=":", alpha=0.7)


def macro(results: Results) -> Any:
    """Unemployment prescribed and simulated; what the lender's funding costs."""
    m = results.monthly
    with plt.rc_context(STYLE):
        fig, (left, right) = plt.subplots(1, 2)
        _line(left, m, "unemployment_rate_simulated", BLUE, "among borrowers", 100)
        _line(left, m, "unemployment_rate", ORANGE, "scenario", 100, "--")
        low, high = left.get_ylim()
        if high - low < 2:  # a flat path is to look flat, not like its noise
            left.set_ylim(max(0.0, (low + high) / 2 - 1), (low + high) / 2 + 1)
        left.set_title("Unemployment, %")
        left.legend()
        _line(right, m, "funding_spread", ORANGE, "funding spread", 100)
        right.set_title("Funding spread over the policy rate, % a year")
        for ax in (left, right):
            months(ax, m)
            ax.tick_params(axis="x", labelrotation=40)
    return fig


def delinquency_stack(results: Results) -> Any:
    """Balances past due by bucket, per cent of gross loans."""
    m = results.monthly
    bands = ("1_29", "30_59", "60_89", "90_119", "120_plus")
    with plt.rc_context(STYLE):
        fig, ax = plt.subplots()
        whole = m[standing(m)]
        gross = _wide(whole, "gross_loans").reindex(m["month_index"].unique())
        total = gross.sum(axis=1)
        layers = [
            100 * _wide(whole, f"balance_{b}").reindex(gross.index).sum(axis=1) / total.where(total > 0) for b in bands
        ]
        ax.stackplot(
            gross.index, *layers, labels=[b.replace("_plus", "+").replace("_", "–") + " days" for b in bands],
            colors=[SKY, BLUE, YELLOW, ORANGE, RED], alpha=0.9,
        )
        ax.set_title("Balances past due, % of gross loans (all seeds together)")
        ax.legend(loc="upper left", ncols=5, fontsize=8.5)
        ax.set_ylim(0, max(1e-6, float(sum(layers).max())) * 1.25)  # type: ignore[union-attr]
        months(ax, m)
        _marks(ax, results)
    return fig


def vintages(results: Results) -> Any:
    """Cumulative ever-30+ and charge-offs by months on book, one line a half-year of vintages of the product lent most."""
    v = results.vintages
    lent = v[v["months_on_book"] == 0].groupby("product", sort=False)["originated"].sum()
    v = v[v["product"] == lent.idxmax()] if len(lent) else v
    with plt.rc_context(STYLE):
        fig, axes = plt.subplots(1, 2)
        columns = (("ever_30_plus", "Ever 30+ days past due"), ("charged_off", "Charged off"))
        for ax, (column, title) in zip(axes, columns, strict=True):
            months = sorted(v["vintage"].unique())
            chosen = months[::6]
            shades = plt.get_cmap("viridis")(np.linspace(0.05, 0.9, max(1, len(chosen))))
            for month, colour in zip(chosen, shades, strict=False):
                quarter = months[months.index(month) : months.index(month) + 3]
                part = v[v["vintage"].isin(quarter)]
                full = part.groupby("months_on_book")["vintage"].nunique()
                grouped = part.groupby("months_on_book")[[column, "originated"]].sum()
                grouped = grouped[full == len(quarter)]
                ax.plot(grouped.index, 100 * grouped[column] / grouped["originated"], color=colour, label=f"{month} +2", lw=1.6)
            ax.set_title(f"{title}, % of originated")
            ax.set_xlabel("months on book")
        if chosen:
            axes[0].legend(fontsize=7.5, ncols=2, title="vintages from", title_fontsize=8)
    return fig


def losses(results: Results) -> Any:
    """Net charge-offs and 30+ delinquency against unemployment."""
    m = results.monthly
    with plt.rc_context(STYLE):
        fig, ax = plt.subplots()
        _line(ax, m, "net_charge_off_rate_3m", RED, "net charge-offs, % a year (3 months)", 100, whole=True)
        _line(ax, m, "delinquency_30_plus", BLUE, "30+ days past due, % of loans", 100, whole=True)
        _line(ax, m, "unemployment_rate", GREY, "unemployment, %", 100, "--")
        ax.set_title("Losses and arrears against unemployment")
        ax.set_ylim(bottom=0)
        ax.legend(fontsize=8.5)
        months(ax, m)
        _marks(ax, results)
    return fig


def cash_and_debt(results: Results) -> Any:
    """Debt against what the pool supports; cash and available funding."""
    m, unit = results.monthly, results.resolved.profile.currency.code
    with plt.rc_context(STYLE):
        fig, (left, right) = plt.subplots(1, 2)
        _line(left, m, "gross_loans", GREY, "gross loans", 1e-6, "--")
        _line(left, m, "borrowing_base", GREEN, "borrowing base", 1e-6)
        _line(left, m, "debt", RED, "debt", 1e-6)
        left.set_title(f"Loans and debt, {unit} million")
        left.set_ylim(bottom=0)
        left.legend(fontsize=8.5)
        _line(right, m, "cash", BLUE, "cash", 1e-6)
        _line(right, m, "available_funding", ORANGE, "available funding", 1e-6)
        _line(right, m, "equity", PURPLE, "equity", 1e-6, "--")
        right.set_title(f"Liquidity and equity, {unit} million")
        right.legend(fontsize=8.5)
        for ax in (left, right):
            months(ax, m)
            ax.tick_params(axis="x", labelrotation=40)
            _marks(ax, results)
    return fig


FIGURES: dict[str, tuple[str, Callable[[Results], Any]]] = {
    "macro": ("Unemployment among the simulated borrowers against the scenario's path, and what funders ask over the policy rate.", macro),
    "delinquency": ("Principal past due by days past due, per cent of all principal lent.", delinquency_stack),
    "vintages": ("Loans by the quarter they were lent in: how much of them was ever 30 days late, and charged off, by age.", vintages),
    "losses": ("Net charge-offs of three months at an annual rate, and principal 30 days and more past due, against unemployment.", losses),
    "liquidity": ("Loans, their debt and what the pool supports; cash, funding that could be drawn at once, and equity.", cash_and_debt),
}


def svg_of(figure: Any) -> str:
    """The figure as SVG text, the same bytes every time."""
    out = io.StringIO()
    with plt.rc_context(STYLE):
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    plt.close(figure)
    return out.getvalue()


def inline(figure: Any, name: str) -> str:
    """The figure as a part of a page; name: of its own on that page, for ids are unique within a file only and several share one."""
    svg = svg_of(figure)
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg[svg.index("<svg") :], flags=re.DOTALL)
    for mark in ('id="', 'href="#', "url(#"):
        svg = svg.replace(mark, f"{mark}{name}-")
    return svg


def save_figures(results: Results, folder: Path) -> None:
    """All figures as SVG and PNG."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, (_, draw) in FIGURES.items():
        figure = draw(results)
        figure.savefig(folder / f"{name}.png", dpi=110)
        (folder / f"{name}.svg").write_text(svg_of(figure), encoding="utf-8")
