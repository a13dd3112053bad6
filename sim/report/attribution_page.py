"""The page of an attribution: what each shock, each cause and each loop contributes, in pictures, tables and a sentence each."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from jinja2 import Environment, FileSystemLoader
from matplotlib.ticker import MaxNLocator

from sim.measures.outcomes import Outcome
from sim.measures.table import MONTHLY, OUTCOMES
from sim.report.attribution import BASES, READING, TITLES, Shared, how, largest, loop_rows, metrics_of, shared
from sim.report.figures import BLUE, GREY, ORANGE, STYLE, inline
from sim.report.meanings import Term, glossary, metric_meaning, outcome_meaning, plain

if TYPE_CHECKING:
    from sim.study.attribute import Attribution

CAPTION = (
    "From the months {base} at the top to the scenario at the bottom: each bar begins where the one above it ends. Orange raises the "
    "figure, blue lowers it; thin lines are 95 % intervals of the bar's length over the seeds."
)
COLUMNS = (
    Term("contribution", "the Shapley share: the mean of what the player adds over every order in which the players can come"),
    Term("of the change", "the contribution over the whole change, with its 95 % interval; a dash where the change itself is not sure or "
         "the players pull against each other so that it says nothing"),
    Term("alone", "what the player does where no other is there"),
    Term("last", "what the player adds to all others: without it alone the scenario would differ by so much"),
)


def write_attribution_page(attribution: Attribution, path: Path) -> Path:
    """Render the page of an attribution."""
    environment = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True)
    m = attribution.manifest
    parts = [_part(attribution, part) for part in TITLES if metrics_of(attribution, part)]
    heads, rows = loop_rows(attribution) if len(attribution.loops) else ([], [])
    meanings = {player["title"]: player["what"] for player in m["players"] if player["part"] == "loops"}
    html = environment.get_template("attribution.html").render(
        title=m["title"], policy=m["policy"], borrowers=f"{m['borrowers']:,}", seeds=m["seeds"], horizon=m["horizon"],
        how=how(attribution), parts=parts, loop_heads=heads, loops=rows, loop_meanings=meanings, reading=READING, columns=COLUMNS,
        players=[player for player in m["players"] if player["part"] != "loops"], manifest=m,
        terms=glossary([one["term"] for part in parts for one in part["metrics"]], [*COLUMNS]),
    )
    path.write_text(html, encoding="utf-8")
    return path


def _part(attribution: Attribution, part: str) -> dict[str, Any]:
    """A game as the page shows it: headlines, a picture a metric, a table a metric."""
    found = [shared(attribution, part, metric) for metric in metrics_of(attribution, part)]
    most = [line.sentence for line in (largest(one) for one in found) if line is not None]
    return {
        "name": part, "title": TITLES[part], "base": BASES[part], "headlines": most, "caption": CAPTION.format(base=BASES[part]),
        "pictures": [
            inline(waterfall(attribution, part, one.metric), f"{part}-{one.metric}", f"{plain(one.metric)}, {one.unit}") for one in found
        ],
        "metrics": [{"shared": one, "term": _term(one.metric), "head": f"{one.unit}".strip()} for one in found],
    }


def _term(metric: str) -> Term:
    """A metric with what it means."""
    known = next((column for column in (*OUTCOMES, *MONTHLY) if column.name == metric), None)
    meaning = plain(metric) if known is None else outcome_meaning(known) if isinstance(known, Outcome) else metric_meaning(metric)
    return Term(plain(metric), f"{meaning} (mean over the seeds)")


def waterfall(attribution: Attribution, part: str, metric: str) -> Any:
    """From the world without any player to the scenario, a bar each; figures stand beside the names."""
    one = shared(attribution, part, metric)
    names, values, starts, colours = _bars(one, part)
    with plt.rc_context(STYLE | {"figure.figsize": (4.6, 1.1 + 0.36 * len(values))}):
        fig, ax = plt.subplots()
        ax.barh(range(len(values)), values, 0.62, left=starts, color=colours)
        for k, line in enumerate(one.lines, 1):
            if line.low == line.low:
                bounds = [starts[k] + bound / float(one.scale.unit) for bound in (line.low, line.high)]
                ax.plot(bounds, [k, k], color="#222222", lw=1.0)
        ax.xaxis.set_major_locator(MaxNLocator(4))
        ax.set_yticks(range(len(values)), names, fontsize=8.5)
        ax.invert_yaxis()
        ax.axvline(0, color=GREY, lw=0.8)
        ax.set_title(f"{plain(metric)[:1].upper()}{plain(metric)[1:]}, {one.unit}".rstrip(", "))
    return fig


def _bars(one: Shared, part: str) -> tuple[list[str], list[float], list[float], list[str]]:
    """Names with figures, lengths, beginnings and colours of the bars."""
    unit = float(one.scale.step / one.scale.unit)
    base, *steps, full = (step * unit for step in one.steps)
    starts, at = [0.0], base
    for step in steps:
        starts.append(at)
        at += step
    names = [f"{BASES[part]}  {one.base}", *(f"{line.title}  {line.share}" for line in one.lines), f"the scenario  {one.full}"]
    colours = [GREY, *(ORANGE if step > 0 else BLUE for step in steps), GREY]
    return names, [base, *steps, full], [*starts, 0.0], colours
