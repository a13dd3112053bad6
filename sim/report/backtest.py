"""The tables and sentences of a back-test, for the terminal and the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.report.tables import console_of, titled
from sim.study.side_by_side import MODELS, NEAR
from sim.study.words import counted

if TYPE_CHECKING:
    from sim.study.backtest import Backtest

MEANINGS = {
    "RMSE": "root of the mean squared error, percentage points",
    "over regression": "RMSE over that of the regression on unemployment; below 1 is better than the banks' own model",
    "bias": "mean of predicted less published, percentage points",
    "correlation": "Pearson's correlation with the published series",
    "per point of level": "points of the series for each point of unemployment, in a regression on level and lagged change together; "
    "± the standard error (Newey and West, four lags)",
    "per point of change": "points of the series for each point of unemployment's change over four quarters, two quarters before, "
    "in the same regression",
    "R² level": "share of the series' variance that the level of unemployment explains alone",
    "R² change": "share that its change over four quarters explains alone",
    "R² lagged change": "share that the same change two quarters before explains alone",
}


def points(value: float, digits: int = 2) -> str:
    """A fraction as percentage points; a dash when there is none."""
    return plain(100 * value, digits)


def plain(value: float, digits: int = 2) -> str:
    """A number; a dash when there is none."""
    return "–" if value is None or value != value else f"{round(value, digits) + 0.0:.{digits}f}"  # no minus before nothing


def share(value: float) -> str:
    """A share as per cent; a dash when there is none."""
    return "–" if value is None or value != value else f"{100 * value:.0f} %"


def name_of(series: str) -> str:
    """A series as people read it."""
    return series.replace("_", " ")


def how(backtest: Backtest) -> list[str]:
    """The sentences that say how it was made."""
    m = backtest.manifest
    said = [
        f"{m['borrowers']:,} borrowers under {m['policy']}, {counted(len(m['seeds']), 'seed')}; the book was built over "
        f"{counted(m['warm_up_months'], 'month')} under the conditions of {m['begin']} and lived on from there in one run.",
        (
            f"Fitted on {m['from']} to {m['fit_to']}, judged on the quarters after it to {m['to']}." if m["fit_to"] != m["to"]
            else f"Fitted and judged on the same quarters, {m['from']} to {m['to']}: in sample."
        ),
        (
            "One factor a series is fitted to the simulated level." if m["scale"] == "fitted"
            else "Levels stand as simulated, nothing is fitted."
        ),
        m["income"],
    ]
    if m["left_out"]:
        quarters = "; ".join(f"{quarter} ({why})" for quarter, why in m["left_out"].items())
        said.append(f"Left out of fit and judgement: {quarters}.")
    if len(m["seeds"]) == 1:
        said.append("One seed is one course of luck: there is no band.")
    return [*said, *m["notes"]]


def verdict(backtest: Backtest, series: str) -> str:
    """Where the simulation stands among its rivals, in a sentence."""
    scores = backtest.scores[backtest.scores["series"] == series]
    window = "judged" if (scores["window"] == "judged").any() else "fitted"
    rmse = scores[scores["window"] == window].set_index("model")["rmse"]
    named = {"constant": "a constant", "regression": "the regression on unemployment"}
    sides = {
        "better than": [words for model, words in named.items() if rmse["simulated"] < rmse[model]],
        "no better than": [words for model, words in named.items() if rmse["simulated"] >= rmse[model]],
    }
    place = ", ".join(f"{side} {(' or ' if side[:2] == 'no' else ' and ').join(rivals)}" for side, rivals in sides.items() if rivals)
    return (
        f"The simulation misses by {points(rmse['simulated'])} points, a constant by {points(rmse['constant'])}, the regression by "
        f"{points(rmse['regression'])}: {place}."
    )


def score_rows(backtest: Backtest, series: str) -> list[list[str]]:
    """window, model, quarters, RMSE, over regression, bias, correlation."""
    mine = backtest.scores[backtest.scores["series"] == series]
    rows = [
        [
            row["window"], MODELS[row["model"]], str(row["quarters"]), points(row["rmse"]), plain(row["rmse_over_regression"]),
            points(row["bias"]), plain(row["correlation"]),
        ]
        for row in mine.to_dict("records")
    ]
    for k in range(len(rows) - 1, 0, -1):
        if rows[k][0] == rows[k - 1][0]:
            rows[k][0] = ""
    return rows


SCORE_HEAD = ("window", "model", "quarters", "RMSE", "over regression", "bias", "correlation")
CYCLE_HEAD = ("series", "", "mean", "sd", "per point of level", "per point of change", "R² level", "R² change", "R² lagged change", "peak")


def cycle_rows(backtest: Backtest) -> list[list[str]]:
    """How published and simulated series follow unemployment, two rows a series."""
    rows = []
    for row in backtest.cycle.to_dict("records"):
        rows.append([
            name_of(row["series"]) if row["source"] == "published" else "", row["source"], points(row["mean"]), points(row["sd"]),
            f"{plain(row['per_point_of_level'])} ± {plain(row['level_error'])}",
            f"{plain(row['per_point_of_lagged_change'])} ± {plain(row['lagged_change_error'])}",
            *(plain(row[name]) for name in ("r2_level", "r2_change", "r2_lagged_change")),
            f"{points(row['peak'])} in {row['peak_quarter']}",
        ])
    return rows


def turn_rows(backtest: Backtest, series: str) -> list[list[str]]:
    """kind, published, simulated, how late."""
    mine = backtest.turning_points[backtest.turning_points["series"] == series]
    rows = []
    for row in mine.to_dict("records"):
        late = row["quarters_late"]
        apart = f"{counted(int(abs(late)), 'quarter')} {'late' if late > 0 else 'early'}" if late == late else "–"
        said = "same quarter" if late == 0 else apart
        rows.append([row["kind"], *(row[side] if isinstance(row[side], str) else "none" for side in ("published", "simulated")), said])
    return rows


def turn_sentence(backtest: Backtest, series: str) -> str:
    """How many turning points were met, in a sentence."""
    mine: Any = backtest.turning_points[backtest.turning_points["series"] == series]
    actual, met = int(mine["published"].notna().sum()), int(mine["quarters_late"].notna().sum())
    extra = int(mine["published"].isna().sum())
    close = int((mine["quarters_late"].abs() <= 2).sum())
    return (
        f"Of {counted(actual, 'published turning point')}, {met} met by a simulated one within {NEAR} quarters, {close} within two; "
        f"{counted(extra, 'simulated one')} without a match."
    )


def coverage_sentence(backtest: Backtest, series: str) -> str:
    """The factor and the band's coverage, in a sentence."""
    row = backtest.overview[backtest.overview["series"] == series].iloc[0]
    windows = {"fitted": row["coverage_fitted"], "judged": row["coverage_judged"]}
    if backtest.manifest["fit_to"] == backtest.manifest["to"]:
        del windows["judged"]
    told = " and ".join(f"{share(value)} of the quarters {window}" for window, value in windows.items() if value == value)
    factor = f"Set beside {row['metric'].replace('_', ' ')}, times {row['factor']:.3f}."
    if not 0.5 <= row["factor"] <= 2.0:  # a fit of the course says nothing of the level
        times = f"{1 / row['factor']:.1f} times" if row["factor"] < 1 else f"one {row['factor']:.1f}th of"
        factor += f" Only the course is compared: the simulated level is {times} the published one."
    return f"{factor} The band that holds nine further seeds in ten holds {told}." if told else factor


def print_backtest(backtest: Backtest) -> None:
    """All tables for the terminal."""
    from rich.markup import escape

    console = console_of(160)

    def show(title: str, head: tuple[str, ...], rows: list[list[str]], words: int) -> None:
        console.print(titled(title, head, rows, lambda k, _: k < words))

    console.print(f"[bold]Back-test: {escape(backtest.manifest['title'])}[/bold]", highlight=False)
    for sentence in how(backtest):
        console.print(escape(sentence), highlight=False)
    for series in backtest.overview["series"]:
        show(escape(name_of(series)), SCORE_HEAD, score_rows(backtest, series), 2)
        for sentence in (verdict(backtest, series), coverage_sentence(backtest, series), turn_sentence(backtest, series)):
            console.print(escape(sentence), highlight=False)
    show("How the series follow unemployment", CYCLE_HEAD, cycle_rows(backtest), 2)
    console.print("RMSE, bias, mean, sd and peak in percentage points; the simulated series scaled.",
                  highlight=False)
