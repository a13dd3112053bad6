"""An examination of the stylised facts, line by line, and printed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sim.report.tables import console_of
from sim.study.facts.declare import FAILS, HOLDS, NOT_YET, TOO_FEW, Band
from sim.study.facts.words import band, interval, number, verdict, whole
from sim.study.words import counted

if TYPE_CHECKING:
    from sim.study.facts.findings import Findings

_COLOURS = {HOLDS: "green", FAILS: "red", NOT_YET: "dim", TOO_FEW: "yellow"}


def lines(findings: Findings) -> Iterator[dict[str, Any]]:
    """Every check as it is shown, fact by fact."""
    for record in findings.table.to_dict("records"):
        row: dict[str, Any] = {str(name): value for name, value in record.items()}
        unit = str(row["unit"])
        low, high = (None if row[name] != row[name] else row[name] for name in ("band_low", "band_high"))
        yield {
            "fact": row["fact"], "name": row["name"], "what": row["what"], "measured": number(unit, row["measured"]),
            "interval": interval(unit, row), "band": band(unit, Band(low, high, row["strict"])), "published": row["published"],
            "source": row["source"], "verdict": verdict(row), "outcome": row["verdict"],
        }


def told(findings: Findings) -> str:
    """The verdicts in one sentence."""
    n, v = findings.manifest["verdicts"], findings.verdicts
    surely = {outcome: int(((v["verdict"] == outcome) & v["sure"]).sum()) for outcome in (HOLDS, FAILS)}
    words = (
        f"{n[HOLDS]} hold ({surely[HOLDS]} surely)", f"{n[FAILS]} fail ({surely[FAILS]} surely)", f"{n[NOT_YET]} cannot be measured yet",
    )
    few = [f"{n[TOO_FEW]} met too few cases"] if n[TOO_FEW] else []
    return f"Of {counted(len(findings.verdicts), 'fact')}, {', '.join((*words, *few))}."


def print_facts(findings: Findings) -> None:
    """The table of all checks, then the verdicts in one sentence."""
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    console = console_of(160)
    m = findings.manifest
    console.print(
        f"[bold]Stylised facts[/bold] on {escape(m['title'])} · {escape(m['policy'])} · {escape(m['profile'])} · "
        f"{counted(m['borrowers'], 'borrower')} · {counted(len(m['seeds']), 'seed')}", highlight=False,
    )
    table = Table(box=box.SIMPLE_HEAD)
    for name in ("", "what is measured", "measured", "95 % interval", "band", "verdict"):
        table.add_column(name, justify="right" if name in ("", "measured", "95 % interval", "band") else "left")
    outcomes = {row["fact"]: (row["verdict"], whole(row)) for row in findings.verdicts.to_dict("records")}
    before = None
    for line in lines(findings):
        if line["fact"] != before:
            outcome, words = outcomes[line["fact"]]
            table.add_row(
                f"[bold]{line['fact']}[/bold]", f"[bold]{escape(line['name'])}[/bold]", "", "", "",
                f"[bold {_COLOURS[outcome]}]{words}[/]",
            )
            before = line["fact"]
        table.add_row(
            "", escape(line["what"]), line["measured"], line["interval"], line["band"],
            f"[{_COLOURS[line['outcome']]}]{escape(line['verdict'])}[/]",
        )
    console.print(table)
    console.print(f"[bold]{told(findings)}[/bold] A fact holds where all its checks do.", highlight=False)
    console.print(
        "Not surely: the interval reaches over the band's edge, and more seeds could turn the verdict. "
        "docs/facts.md says how each fact is measured, and where its figure comes from.", highlight=False,
    )
