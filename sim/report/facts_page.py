"""The page of an examination of the stylised facts: every fact with what was measured, the published figure and the verdict."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader

from sim.report.facts import lines, told
from sim.study.facts.declare import KINDS
from sim.study.facts.table import FACTS
from sim.study.facts.words import whole

if TYPE_CHECKING:
    from sim.study.facts.findings import Findings


def write_facts_page(findings: Findings, path: Path) -> Path:
    """Render the page."""
    environment = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True)
    declared = {fact.number: fact for fact in FACTS}
    shown = [*lines(findings)]
    facts = [
        {
            "number": row["fact"], "name": row["name"], "verdict": whole(row), "outcome": row["verdict"],
            "sentence": declared[row["fact"]].sentence, "how": declared[row["fact"]].how, "kind": KINDS[declared[row["fact"]].kind],
            "lines": [line for line in shown if line["fact"] == row["fact"]],
        }
        for row in findings.verdicts.to_dict("records")
    ]
    html = environment.get_template("facts.html").render(facts=facts, told=told(findings), manifest=findings.manifest)
    path.write_text(html, encoding="utf-8")
    return path
