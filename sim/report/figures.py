"""Five figures of a run: macro, delinquency stack, vintages, losses against unemployment, cash and debt."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

from sim.report.headline import vintage_share
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
Panel = Callable[[Any, "Results"], None]  # draws into a matplotlib Axes
Months = Callable[["pd.DataFrame"], "pd.Series"]  # which months of `monthly` count


def _wide(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    """Months by seeds."""
    return frame.pivot(index="month_index", columns="seed", values=column)


def until_failure(frame: pd.DataFrame) -> pd.Series:
    """Months of one or several seeds up to that of the lender's failure: later its money is its creditors' and nobody quotes it a price."""
    failed = frame["lender_state"] != "going_concern"
    first = frame["month_index"].where(failed).groupby(frame["seed"]).transform("min")
    return first.isna() | (frame["month_index"] <= first)


def _line(
    ax: Any, frame: pd.DataFrame, column: str, colour: str, label: str, scale: float = 1.0, style: str = "-", shown: Months | None = None
) -> None:
    """Median over seeds, with the band that holds the middle 80 % of them; shown: the months that count, all if not given."""
    if shown:
        frame = frame.assign(**{column: frame[column].where(shown(frame))})
    wide = _wide(frame, column) * scale
    ax.plot(wide.index, wide.median(axis=1), style, color=colour, label=label, lw=1.8)
    if wide.shape[1] > 1:
        ax.fill_between(wide.index, wide.quantile(0.1, axis=1), wide.quantile(0.9, axis=1), color=colour, alpha=0.18, lw=0)


def months(ax: Any, frame: pd.DataFrame, rotation: int = 0) -> None:
    """Calendar labels, about eight of them."""
    first = frame[frame["seed"] == frame["seed"].iloc[0]]
    step = max(1, -(-len(first) // 8))
    ticks = first["month_index"].to_numpy()[::step]
    ax.set_xticks(ticks, first["month"].to_numpy()[::step], rotation=rotation, fontsize=8.5)
    ax.set_xlim(first["month_index"].min(), first["month_index"].max())


def failures(ax: Any, frame: pd.DataFrame, colour: str = RED) -> None:
    """Dotted vertical lines where the lender of a seed fails."""
    for _, rows in frame.groupby("seed"):
        failed = rows[rows["lender_state"] != "going_concern"]
        if len(failed):
            ax.axvline(failed["month_index"].iloc[0], color=colour, lw=0.8, ls=":", alpha=0.7)


def _marks(ax: Any, results: Results) -> None:
    """Vertical lines: dashed where a policy takes over, dotted where the lender of a seed fails."""
    frame = results.monthly
    first = frame[frame["seed"] == frame["seed"].iloc[0]]
    changes = results.events[results.events["kind"] == "policy_change"]
    for month in changes["month"].unique():
        ax.axvline(int(first.loc[first["month"] == month, "month_index"].iloc[0]), color=GREY, lw=1.0, ls="--", alpha=0.9)
    failures(ax, frame)


def _unemployment(ax: Any, results: Results) -> None:
    """Prescribed and simulated."""
    m = results.monthly
    _line(ax, m, "unemployment_rate_simulated", BLUE, "among borrowers", 100)
    _line(ax, m, "unemployment_rate", ORANGE, "scenario", 100, "--")
    low, high = ax.get_ylim()
    if high - low < 2:  # a flat path is to look flat, not like its noise
        ax.set_ylim(max(0.0, (low + high) / 2 - 1), (low + high) / 2 + 1)
    ax.set_title("Unemployment, %")
    ax.legend(fontsize=8.5)
    months(ax, m, 40)


def _spread(ax: Any, results: Results) -> None:
    """What funders ask, while the lender lives."""
    m = results.monthly
    _line(ax, m, "funding_spread", ORANGE, "funding spread", 100, shown=until_failure)
    ax.set_title("Spread over the policy rate, % a year")
    months(ax, m, 40)
    _marks(ax, results)


def _arrears(ax: Any, results: Results) -> None:
    """Balances past due by bucket, per cent of gross loans; a bucket in which nothing ever is has no layer."""
    m = results.monthly
    whole = m[standing(m)]
    gross = _wide(whole, "gross_loans").reindex(m["month_index"].unique())
    total = gross.sum(axis=1)
    layers = {
        name: 100 * _wide(whole, f"balance_{name}").reindex(gross.index).sum(axis=1) / total.where(total > 0)
        for name in ("1_29", "30_59", "60_89", "90_119", "120_plus")
    }
    shown = {name: layer for name, layer in layers.items() if (layer > 0).any()} or layers
    colours = dict(zip(layers, (SKY, BLUE, YELLOW, ORANGE, RED), strict=True))
    ax.stackplot(
        gross.index, *shown.values(), labels=[b.replace("_plus", "+").replace("_", "–") + " days" for b in shown],
        colors=[colours[b] for b in shown], alpha=0.9,
    )
    ax.set_title("Balances past due, % of gross loans")
    ax.legend(loc="upper left", ncols=5, fontsize=8.5)
    ax.set_ylim(0, max(1e-6, float(sum(layers.values()).max())) * 1.25)  # type: ignore[union-attr]
    months(ax, m)
    _marks(ax, results)


def _lent_most(v: pd.DataFrame) -> str | None:
    """The product whose vintages are shown."""
    lent = v[v["months_on_book"] == 0].groupby("product", sort=False)["originated"].sum()
    return str(lent.idxmax()) if len(lent) else None


def _vintages(column: str, title: str, legend: bool) -> Panel:
    """A cumulative share of what was lent by months on book, one line a quarter of vintages, every other quarter."""

    def draw(ax: Any, results: Results) -> None:
        v = results.vintages
        v = v[v["product"] == _lent_most(v)]
        months = sorted(v["vintage"].unique())
        chosen = months[::6]
        shades = plt.get_cmap("viridis")(np.linspace(0.05, 0.9, max(1, len(chosen))))
        for month, colour in zip(chosen, shades, strict=False):
            quarter = months[months.index(month) : months.index(month) + 3]
            part = v[v["vintage"].isin(quarter)]
            full = part.groupby("months_on_book")["vintage"].nunique()
            grouped = part.groupby("months_on_book")[[column, "originated"]].sum()
            grouped = grouped[full == len(quarter)]
            label = month if quarter[-1] == month else f"{month} to {quarter[-1][5:] if quarter[-1][:4] == month[:4] else quarter[-1]}"
            ax.plot(grouped.index, 100 * grouped[column] / grouped["originated"], color=colour, label=label, lw=1.6)
        ax.set_title(f"{title}, % of originated")
        ax.set_xlabel("months on book")
        if chosen and legend:
            ax.legend(fontsize=7, ncols=2, title="lent", title_fontsize=8)

    return draw


def _losses(ax: Any, results: Results) -> None:
    """Net charge-offs and 30+ delinquency against unemployment."""
    m = results.monthly
    _line(ax, m, "net_charge_off_rate_3m", RED, "net charge-offs, % a year (3 months)", 100, shown=standing)
    _line(ax, m, "delinquency_30_plus", BLUE, "30+ days past due, % of loans", 100, shown=standing)
    _line(ax, m, "unemployment_rate", GREY, "unemployment, %", 100, "--")
    ax.set_title("Losses and arrears against unemployment, %")
    ax.set_ylim(bottom=0)
    ax.legend(fontsize=8.5)
    months(ax, m)
    _marks(ax, results)


def _debt(ax: Any, results: Results) -> None:
    """Debt against what the pool supports."""
    m = results.monthly
    _line(ax, m, "gross_loans", GREY, "gross loans", 1e-6, "--")
    _line(ax, m, "borrowing_base", GREEN, "borrowing base", 1e-6)
    _line(ax, m, "debt", RED, "debt", 1e-6)
    ax.set_title(f"Loans and debt, {results.resolved.profile.currency.code} million")
    ax.set_ylim(bottom=0)
    ax.legend(fontsize=8.5)
    months(ax, m, 40)
    _marks(ax, results)


def _means(ax: Any, results: Results) -> None:
    """Cash, available funding and equity, while the lender lives."""
    m = results.monthly
    _line(ax, m, "cash", BLUE, "cash", 1e-6, shown=until_failure)
    _line(ax, m, "available_funding", ORANGE, "available funding", 1e-6, shown=until_failure)
    _line(ax, m, "equity", PURPLE, "equity", 1e-6, "--", shown=until_failure)
    ax.set_title(f"Liquidity and equity, {results.resolved.profile.currency.code} million")
    ax.legend(fontsize=8.5)
    months(ax, m, 40)
    _marks(ax, results)


def _vintage_words(results: Results) -> str:
    """What the vintage picture shows, and how much of the losses vintages hold at all."""
    product = (_lent_most(results.vintages) or "no product").replace("_", " ")
    share = vintage_share(results)
    held = "" if share is None else (
        f" The loans of the run, of all products and months, hold {100 * share:.0f} % of its charge-offs; the others are loans of the "
        "opening book."
    )
    return (
        f"Loans of the product lent most ({product}) by the quarter they were lent in, every other quarter: how much of them was ever "
        f"30 days late, and charged off, by age{_together(results)}.{held}"
    )


def _together(results: Results) -> str:
    return ", all seeds together" if len(results.seeds) > 1 else ""


def _if_failed(results: Results, words: str) -> str:
    """What a caption says of failed lenders, where there are any."""
    return words if (results.monthly["lender_state"] != "going_concern").any() else ""


@dataclass(frozen=True)
class Picture:
    """A figure: a sentence that says what is seen, and its panels, side by side in a file and one under the other on a phone."""

    caption: Callable[[Results], str]
    panels: tuple[Panel, ...]


FIGURES: dict[str, Picture] = {
    "macro": Picture(
        lambda r: "Unemployment among the simulated borrowers against the scenario's path, and what funders ask over the policy rate"
        f"{_if_failed(r, ' while the lender lives')}.", (_unemployment, _spread),
    ),
    "delinquency": Picture(
        lambda r: f"Principal past due by days past due, per cent of the principal of all open accounts{_together(r)}.", (_arrears,),
    ),
    "vintages": Picture(
        _vintage_words,
        (_vintages("ever_30_plus", "Ever 30+ days past due", True), _vintages("charged_off", "Charged off", False)),
    ),
    "losses": Picture(
        lambda r: "Net charge-offs of three months at an annual rate, and principal 30 days and more past due, against unemployment"
        + _if_failed(r, "; a failed lender's book while a quarter of it is left") + ".", (_losses,),
    ),
    "liquidity": Picture(
        lambda r: f"Loans, their debt and what the pool supports{_if_failed(r, ', run-off included')}; cash, funding that could be drawn "
        f"at once, and equity{_if_failed(r, ', up to a failure')}.", (_debt, _means),
    ),
}


def figure_of(results: Results, *panels: Panel, width: float = 8.0) -> Any:
    """Panels side by side. width: of the whole, in inches."""
    with plt.rc_context(STYLE | {"figure.figsize": (width, 3.8)}):
        figure, axes = plt.subplots(1, len(panels), squeeze=False)
        for ax, draw in zip(axes.flat, panels, strict=True):
            draw(ax, results)
    return figure


def delinquency_stack(results: Results) -> Any:
    """Balances past due by bucket, per cent of gross loans."""
    return figure_of(results, *FIGURES["delinquency"].panels)


def svg_of(figure: Any) -> str:
    """The figure as SVG text, the same bytes every time."""
    out = io.StringIO()
    with plt.rc_context(STYLE):
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    plt.close(figure)
    return out.getvalue()


def inline(figure: Any, name: str, words: str) -> str:
    """The figure as a part of a page. name: of its own on that page, for ids are unique within a file only and several share one; words:
    what is seen, for readers who do not see it."""
    svg = svg_of(figure)
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg[svg.index("<svg") :], flags=re.DOTALL)
    for mark in ('id="', 'href="#', "url(#"):
        svg = svg.replace(mark, f"{mark}{name}-")
    return svg.replace("<svg ", f'<svg role="img" aria-label="{escape(words)}" ', 1)


def inline_panels(results: Results, name: str) -> list[str]:
    """A figure of the report as parts of a page, one a panel."""
    picture = FIGURES[name]
    width = 8.0 / len(picture.panels)
    parts = []
    for k, panel in enumerate(picture.panels):
        figure = figure_of(results, panel, width=width)
        parts.append(inline(figure, f"{name}-{k}", figure.axes[0].get_title(loc="left")))
    return parts


def save_figures(results: Results, folder: Path) -> None:
    """All figures as SVG and PNG."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, picture in FIGURES.items():
        figure = figure_of(results, *picture.panels)
        figure.savefig(folder / f"{name}.png", dpi=110)
        figure.set_layout_engine("none")  # laid out once: finding places for all labels is half the work of a picture
        (folder / f"{name}.svg").write_text(svg_of(figure), encoding="utf-8")
