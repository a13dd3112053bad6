"""The tables and sentences of a calibration, for the terminal and the page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.report.tables import console_of, titled
from sim.study.words import counted

if TYPE_CHECKING:
    from sim.study.calibration.result import Calibrated

FIT_HEAD = ("moment", "target", "tolerance", "at the start", "fitted", "miss at the start", "miss")
PARAMETER_HEAD = ("parameter", "present", "fitted", "standard error", "95 % interval", "bounds", "")
DIRECTION_HEAD = ("direction", "slope", "error", "seen best in", "")
MEANINGS = {
    "target": "the published figure that is to be met",
    "tolerance": "its standard error, or the miss that is still acceptable; a moment weighs 1 / tolerance²",
    "at the start": "mean over the seeds at the values that the search began with",
    "fitted": "mean over the seeds at the fitted values, or the fitted value itself",
    "miss": "simulated less target, in tolerances",
    "present": "value of the profile or policy that the calibration begins from",
    "standard error": "of the fitted value: from the targets' tolerances and from simulating with so many seeds; a dash where the moments "
    "do not determine it",
    "bounds": "between which values were tried; an interval is cut off at them",
    "slope": "tolerances that the moments move by together when the combination goes through its bounds",
    "seen best in": "the moment that moves most surely with the combination, with the tolerances that it moves by and their standard error "
    "over the seeds",
    "error": "standard error of the combination, as a share of its bounds; a guess from the bounds alone has 0.29",
}


def how(calibrated: Calibrated) -> list[str]:
    """The sentences that say how it was made."""
    m = calibrated.manifest
    search = "least squares from the start" if m["method"] == "local" else f"{m['method']} and least squares"
    return [
        f"{counted(m['trials'], 'trial')} by {search}, each of {counted(m['borrowers'], 'borrower')} over {counted(m['months'], 'month')} "
        f"with the same {counted(len(m['seeds']), 'seed')}; the book is built anew in each, under its own numbers.",
        f"{m['scenario']}, {m['policy']}, {m['profile']}.",
    ]


def figure(value: float, unit: str, digits: int = 4) -> str:
    """A figure of a metric: a ratio in per cent, anything else as it is; a dash when there is none."""
    if value != value:
        return "–"
    return f"{100 * value:.{digits}g} %" if unit == "ratio" else f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.{digits}g}"


def miss(value: float) -> str:
    """A miss in tolerances; a moment that came to no number says so."""
    from sim.study.calibration.trials import LOST

    return "no number" if value >= LOST else f"{value:+.2f}"


def fit_rows(calibrated: Calibrated) -> list[list[str]]:
    """A row a moment, as FIT_HEAD names the cells."""
    return [
        [
            row["moment"], *(figure(row[name], row["unit"]) for name in ("target", "tolerance", "start", "simulated")),
            miss(row["miss_at_start"]), miss(row["miss"]),
        ]
        for row in calibrated.fit.to_dict("records")
    ]


def parameter_rows(calibrated: Calibrated) -> list[list[str]]:
    """A row a parameter, as PARAMETER_HEAD names the cells."""
    rows = []
    for row in calibrated.parameters.to_dict("records"):

        def told(value: float, row: Any = row) -> str:
            return figure(value, "ratio" if row["percent"] else "")

        remark = "not identified" if not row["identified"] else f"at its {row['at_bound']} value" if row["at_bound"] else ""
        rows.append([
            row["parameter"], told(row["present"]), told(row["fitted"]), told(row["standard_error"]),
            f"{told(row['low'])} to {told(row['high'])}" if row["identified"] else "–", f"{told(row['lowest'])} to {told(row['highest'])}",
            remark,
        ])
    return rows


def direction_rows(calibrated: Calibrated) -> list[list[str]]:
    """A row a combination of the parameters, as DIRECTION_HEAD names the cells."""
    rows = []
    for _, part in calibrated.directions.groupby("direction", sort=True):
        first = part.iloc[0]
        made = ", ".join(f"{x:+.2f} {path}" for path, x in zip(part["parameter"], part["loading"], strict=True) if abs(x) >= 0.1)
        error = f"{first['error']:.2g}" if first["error"] < 100 else "–"
        seen = f" ± {first['seen_error']:.2g}" if first["seen_error"] == first["seen_error"] else ""
        rows.append([
            made, f"{first['slope']:.3g}", error, f"{first['seen_in']}: {first['seen_slope']:+.3g}{seen}" if first["slope"] else "–",
            "" if first["determined"] else "not determined",
        ])
    return rows


def print_calibration(calibrated: Calibrated, out: Path | None) -> None:
    """All tables for the terminal, what they mean, and how to run with the fitted numbers."""
    from rich.markup import escape

    console = console_of(160)

    def show(title: str, head: tuple[str, ...], rows: list[list[str]]) -> None:
        console.print(titled(title, head, rows, lambda k, name: k == 0 or not name))

    console.print(f"[bold]Calibration: {escape(calibrated.manifest['title'])}[/bold]", highlight=False)
    for sentence in how(calibrated):
        console.print(escape(sentence), highlight=False)
    show("Moments", FIT_HEAD, fit_rows(calibrated))
    show("Parameters", PARAMETER_HEAD, parameter_rows(calibrated))
    show("What the moments determine", DIRECTION_HEAD, direction_rows(calibrated))
    for sentence in calibrated.sentences:
        console.print(f"• {escape(sentence)}", highlight=False)
    if out is not None:
        console.print(f"\nresults in {escape(str(out))}  (open {escape(str(out / 'report.html'))})", highlight=False, soft_wrap=True)
        console.print(f"run with them:  {escape(use(calibrated, out))}", highlight=False, soft_wrap=True)


def use(calibrated: Calibrated, folder: str | Path) -> str:
    """The command that runs with the fitted numbers."""
    return str(calibrated.manifest["use"]).replace("{folder}", str(folder))
