"""The one-file HTML report: no network, figures inline, every text escaped."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader

from sim.report.distress import SIGNS, worst_point, worst_seed
from sim.report.figures import FIGURES, inline_panels
from sim.report.headline import ROLLS, breached, bucket_table, headline, horizon_terms, one_seed, relapse_story
from sim.report.meanings import Term, glossary

if TYPE_CHECKING:
    from sim.study.results import Results

_MOST_EVENTS = 40
EVENT_HEADS = (
    Term("seed", "the number that luck is drawn from: the same seed is the same course of luck"),
    Term("month", "calendar month at whose close it happened"),
    Term("event", "its kind, as in events.csv"),
    Term("what happened", "with the figures that decided it"),
)


def write_page(results: Results, path: Path, manifest: dict[str, Any] | None = None) -> Path:
    """Render the report of a run. manifest: of the run, where it has been made already."""
    environment = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True)
    environment.filters["tied"] = tied
    m, r = results.monthly, results.resolved
    code, shown, lines = r.profile.currency.code, headline(results), horizon_terms()
    events, told = _events(results)
    html = environment.get_template("page.html").render(
        title=r.scenario.title,
        description=r.scenario.description,
        policy=r.policy.title,
        past=r.past(),
        one_seed=one_seed(results),
        unused=r.unused(),
        changes=bool(r.opening_policy or r.changes),
        profile=r.profile.title,
        count=f"{r.scenario.borrowers.count:,}",
        first=m["month"].iloc[0],
        last=m["month"].iloc[-1],
        seeds=results.seeds,
        failures=bool((m["lender_state"] != "going_concern").any()),
        headline=shown,
        lines={line.label: line.meaning for line in lines},
        money=f"money in {code}, m for million",
        breached=breached(results),
        worst=worst_point(results),
        distressed=bool(results.events["kind"].isin(SIGNS).any()),
        figures=[(picture.caption(results), inline_panels(results, name)) for name, picture in FIGURES.items()],
        rolls=ROLLS,
        heads=EVENT_HEADS,
        buckets=bucket_table(results),
        relapse=relapse_story(results),
        events=events,
        told=told,
        terms=glossary([*shown.figures], lines, [*ROLLS], [*EVENT_HEADS]),
        manifest=results.manifest() if manifest is None else manifest,
    )
    path.write_text(html, encoding="utf-8")
    return path


def tied(text: str) -> str:
    """Numbers and their units on one line."""
    return re.sub(r"(?<=\d) (?=(?:%|m\b))|(?<=\b[A-Z]{3}) (?=-?\d)", "\u00a0", text)


def _events(results: Results) -> tuple[list[dict[Any, Any]], str]:
    """The events that a page has room for, and which they are: all, or those of the seed that came lowest."""
    events = results.events
    if len(events) <= _MOST_EVENTS:
        return events.to_dict("records"), "All events of the run."
    seed = worst_seed(results)
    mine = events[events["seed"] == seed]
    whose = f"Events of seed {seed}, whose liquidity came lowest" if len(results.seeds) > 1 else "Events of the run"
    part = "" if len(mine) <= _MOST_EVENTS else f": the first {_MOST_EVENTS} of {len(mine)}"
    return mine.head(_MOST_EVENTS).to_dict("records"), f"{whose}{part}. All {len(events)} are in events.csv."
