"""The page of a back-test: each series as published and as simulated, beside what simple models would have said."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from jinja2 import Environment, FileSystemLoader

from sim.report.backtest import (
    CYCLE_HEAD,
    MEANINGS,
    SCORE_HEAD,
    coverage_sentence,
    cycle_rows,
    how,
    name_of,
    score_rows,
    turn_rows,
    turn_sentence,
    verdict,
)
from sim.report.figures import BLUE, GREY, ORANGE, RED, STYLE, inline, svg_of

if TYPE_CHECKING:
    from sim.study.backtest import Backtest

CAPTION = (
    "Published series against the simulated one (mean over the seeds, scaled) with the band that nine further seeds in ten would lie in, "
    "and the regression on unemployment. Grey columns: quarters left out."
)
LAST_FITTED = " Upright dashed line: the last quarter fitted on."


def write_backtest_page(backtest: Backtest, path: Path) -> Path:
    """Render the page of a back-test."""
    environment = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True)
    m = backtest.manifest
    caption = CAPTION + (LAST_FITTED if m["fit_to"] != m["to"] else "")
    html = environment.get_template("backtest.html").render(
        title=m["title"], first=m["from"], last=m["to"], policy=m["policy"], borrowers=f"{m['borrowers']:,}", seeds=m["seeds"],
        how=how(backtest), caption=caption,
        courses=[inline(figure, f"courses-{k}", title) for k, (title, figure) in enumerate(panels(backtest))],
        parts=[
            {
                "name": name_of(series), "verdict": verdict(backtest, series), "coverage": coverage_sentence(backtest, series),
                "scores": score_rows(backtest, series), "turned": turn_sentence(backtest, series), "turns": turn_rows(backtest, series),
            }
            for series in backtest.overview["series"]
        ],
        score_head=SCORE_HEAD, cycle_head=CYCLE_HEAD, cycle=cycle_rows(backtest), meanings=MEANINGS, actual=m["actual"], run=m["run"],
    )
    path.write_text(html, encoding="utf-8")
    return path


def courses(backtest: Backtest) -> Any:
    """One panel a series, and unemployment below."""
    names = list(backtest.overview["series"])
    with plt.rc_context(STYLE | {"figure.figsize": (8.0, 2.6 * len(names) + 1.8)}):
        fig, axes = plt.subplots(len(names) + 1, 1, sharex=True, height_ratios=[1.6] * len(names) + [1.0])
        for ax, name in zip(axes, names, strict=False):
            _course(ax, backtest, name)
        fig.legend(*axes[0].get_legend_handles_labels(), fontsize=8.5, ncols=3, loc="outside upper right")
        _unemployment(axes[-1], backtest)
        _quarters(axes[-1], backtest, 9)
    return fig


def panels(backtest: Backtest) -> Iterator[tuple[str, Any]]:
    """The same in pictures of their own with their titles, each with its legend and small enough for a phone."""
    with plt.rc_context(STYLE | {"figure.figsize": (5.2, 3.4)}):
        for name in backtest.overview["series"]:
            fig, ax = plt.subplots()
            _course(ax, backtest, name)
            _quarters(ax, backtest, 6)
            fig.legend(fontsize=8.5, ncols=2, loc="outside lower center")
            yield f"{name_of(name)}, %", fig
        fig, ax = plt.subplots()
        _unemployment(ax, backtest)
        _quarters(ax, backtest, 6)
        yield "Unemployment, %", fig


def _of(backtest: Backtest, name: str) -> Any:
    return backtest.series[backtest.series["series"] == name].reset_index(drop=True)


def _course(ax: Any, backtest: Backtest, name: str) -> None:
    """A series as published and as simulated, with the band and the regression."""
    s = _of(backtest, name)
    x = np.arange(len(s))
    ax.fill_between(x, 100 * s["low"], 100 * s["high"], color=RED, alpha=0.18, lw=0)
    ax.plot(x, 100 * s["regression"], color=GREY, lw=1.2, ls="--", label="regression on unemployment")
    ax.plot(x, 100 * s["published"], color=BLUE, lw=1.8, label="published")
    ax.plot(x, 100 * s["simulated"], color=RED, lw=1.8, label="simulated, scaled")
    _frame(ax, 100 * s[["regression", "published", "simulated"]].to_numpy())
    ax.set_title(f"{name_of(name)}, %")
    _marks(ax, s["left_out"].to_numpy(), s["quarter"].tolist(), backtest.manifest)


def _unemployment(ax: Any, backtest: Backtest) -> None:
    s = _of(backtest, backtest.overview["series"].iloc[-1])
    ax.plot(np.arange(len(s)), 100 * s["unemployment_rate"], color=ORANGE, lw=1.8)
    ax.set_title("Unemployment, %")


def _quarters(ax: Any, backtest: Backtest, most: int) -> None:
    """Labels of quarters along the axis, so many at most."""
    s = _of(backtest, backtest.overview["series"].iloc[0])
    step = max(1, -(-len(s) // most))
    ax.set_xticks(np.arange(len(s))[::step], s["quarter"].to_numpy()[::step], fontsize=8.5)
    ax.set_xlim(-0.5, len(s) - 0.5)


def _frame(ax: Any, lines: Any) -> None:
    """Room for the lines and a third more: the band of two or three seeds is wider than anything that could be read beside it."""
    low, high = float(np.nanmin(lines)), float(np.nanmax(lines))
    room = (high - low or 1.0) / 3
    ax.set_ylim(low - room, high + room)


def _marks(ax: Any, left_out: Any, quarters: list[str], manifest: dict[str, Any]) -> None:
    """Grey columns over quarters left out; a dashed line after the last one fitted on."""
    for k in np.flatnonzero(left_out != ""):
        ax.axvspan(k - 0.5, k + 0.5, color=GREY, alpha=0.2, lw=0)
    if manifest["fit_to"] != manifest["to"]:
        ax.axvline(quarters.index(manifest["fit_to"]) + 0.5, color=GREY, lw=1.0, ls="--")


def save_figure(backtest: Backtest, folder: Path) -> None:
    """The picture as SVG and PNG."""
    folder.mkdir(parents=True, exist_ok=True)
    figure = courses(backtest)
    figure.savefig(folder / "courses.png", dpi=110)
    (folder / "courses.svg").write_text(svg_of(figure), encoding="utf-8")
