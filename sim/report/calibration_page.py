"""The page of a calibration: the moments before and after, the fitted numbers with their errors, and what the moments determine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from jinja2 import Environment, FileSystemLoader

from sim.report.calibration import (
    DIRECTION_HEAD,
    FIT_HEAD,
    MEANINGS,
    PARAMETER_HEAD,
    direction_rows,
    fit_rows,
    how,
    parameter_rows,
    use,
)
from sim.report.figures import BLUE, GREY, ORANGE, STYLE, inline

if TYPE_CHECKING:
    from sim.study.calibration.result import Calibrated

MOMENTS = "Misses of the moments in tolerances, at the start and fitted. Grey: within two tolerances. Beyond ten the axis is logarithmic."
LINEAR = 10  # tolerances up to which the axis of the misses is linear
COURSE = "Sum of the squared misses by trial, and the least so far."
STAGES = {"search": "global search", "polish": "least squares", "slopes": "what it comes to nearby"}


def write_calibration_page(calibrated: Calibrated, path: Path) -> Path:
    """Render the page of a calibration."""
    environment = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True)
    m = calibrated.manifest
    correlations = calibrated.correlations.set_index("parameter")
    html = environment.get_template("calibration.html").render(
        title=m["title"], how=how(calibrated), sentences=calibrated.sentences, manifest=m, meanings=MEANINGS,
        fit_head=FIT_HEAD, fit=fit_rows(calibrated), sources=[*zip(calibrated.fit["moment"], calibrated.fit["source"], strict=True)],
        parameter_head=PARAMETER_HEAD, parameters=parameter_rows(calibrated),
        direction_head=DIRECTION_HEAD, directions=direction_rows(calibrated), condition=m["condition"],
        names=list(correlations.columns), correlations=[(name, [f"{x:+.2f}" for x in row]) for name, row in correlations.iterrows()],
        moments=inline(moments(calibrated), "moments", MOMENTS), moments_caption=MOMENTS,
        course=inline(course(calibrated), "course", COURSE), course_caption=COURSE, use=use(calibrated, "FOLDER"),
    )
    path.write_text(html, encoding="utf-8")
    return path


def moments(calibrated: Calibrated) -> Any:
    """Every moment's miss before and after, in tolerances."""
    fit = calibrated.fit.iloc[::-1]
    y = np.arange(len(fit))
    with plt.rc_context(STYLE | {"figure.figsize": (5.4, 1.3 + 0.42 * len(fit))}):
        fig, ax = plt.subplots()
        ax.axvspan(-2, 2, color=GREY, alpha=0.15, lw=0)
        ax.axvline(0, color=GREY, lw=1.0)
        ax.hlines(y, fit["miss_at_start"], fit["miss"], color=GREY, lw=1.0)
        ax.plot(fit["miss_at_start"], y, "o", color=ORANGE, ms=6, label="at the start", mfc="none", mew=1.8)
        ax.plot(fit["miss"], y, "o", color=BLUE, ms=7, label="fitted")
        widest = max(3.0, float(fit[["miss_at_start", "miss"]].abs().to_numpy().max()) * 1.3)
        if widest > LINEAR:
            ax.set_xscale("symlog", linthresh=LINEAR)
            ax.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        ax.set_xlim(-widest, widest)
        ax.set_yticks(y, [name.replace("_", " ") for name in fit["moment"]], fontsize=8.5)
        ax.set_ylim(-0.6, len(fit) - 0.4)
        ax.set_xlabel("tolerances")
        fig.legend(fontsize=8.5, ncols=2, loc="outside upper right")
    return fig


def course(calibrated: Calibrated) -> Any:
    """The loss by trial and the least so far."""
    trials = calibrated.trials
    colours = {"search": ORANGE, "polish": BLUE, "slopes": GREY}
    with plt.rc_context(STYLE | {"figure.figsize": (5.4, 3.0)}):
        fig, ax = plt.subplots()
        for stage, colour in colours.items():
            mine = trials[trials["stage"].replace({"start": "search", "rest": "slopes"}) == stage]
            if len(mine):
                ax.plot(mine["trial"], mine["loss"], "o", color=colour, ms=4, label=STAGES[stage])
        ax.plot(trials["trial"], trials["loss"].cummin(), color=BLUE, lw=1.4, drawstyle="steps-post", label="least so far")
        ax.set_yscale("log")
        ax.set_xlabel("trial")
        fig.legend(fontsize=8.5, ncols=2, loc="outside upper right")
    return fig
