"""The one-file HTML report: no network, figures inline, every text escaped."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader

from sim.report.distress import SIGNS, worst_point
from sim.report.figures import FIGURES, inline
from sim.report.headline import breached, bucket_table, headline, meanings, one_seed, relapse_story, vintage_share

if TYPE_CHECKING:
    from sim.study.results import Results

_MOST_EVENTS = 40
VINTAGES = "They hold {:.0f} % of the run's charge-offs; the others are loans of the opening book."


def write_page(results: Results, path: Path, manifest: dict[str, Any] | None = None) -> Path:
    """Render the report of a run. manifest: of the run, where it has been made already."""
    environment = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True)
    m, r = results.monthly, results.resolved
    figures = []
    for name, (caption, draw) in FIGURES.items():
        svg = inline(draw(results), name)
        share = vintage_share(results) if name == "vintages" else None
        figures.append((f"{caption} {VINTAGES.format(100 * share)}" if share is not None else caption, svg))
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
        headline=headline(results),
        meanings=meanings(),
        breached=breached(results),
        worst=worst_point(results),
        distressed=bool(results.events["kind"].isin(SIGNS).any()),
        figures=figures,
        buckets=bucket_table(results),
        relapse=relapse_story(results),
        events=results.events.head(_MOST_EVENTS).to_dict("records"),
        more=max(0, len(results.events) - _MOST_EVENTS),
        manifest=results.manifest() if manifest is None else manifest,
    )
    path.write_text(html, encoding="utf-8")
    return path
