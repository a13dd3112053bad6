"""docs/facts.md, written from the declarations.

    python -m sim.study.facts.page [FILE]

writes the list of facts between `<!-- table facts: … -->` and `<!-- end of table facts -->`; the prose around it stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from sim.measures.page import table, write_page
from sim.study.facts.declare import KINDS, Fact
from sim.study.facts.table import FACTS
from sim.study.facts.words import band

PAGE = Path(__file__).resolve().parents[3] / "docs" / "facts.md"


def section(fact: Fact) -> str:
    """A fact with its checks."""
    heads = ("check", "band", "published", "source")
    rows = [
        (
            check.what + (f" ({check.currency} only)" if check.currency else ""), band(check.unit, check.band), check.published,
            check.source + (f". **Not measurable yet:** {check.missing}" if check.missing else ""),
        )
        for check in fact.checks
    ]
    quick = "; part of the quick selection" if fact.quick else ""
    words = f"{fact.sentence} *{KINDS[fact.kind].capitalize()}{quick}.*"
    return f"### {fact.number}. {fact.name}\n\n{words}\n\n{fact.how}\n\n{table(heads, rows)}"


def tables(facts: Iterable[Fact] = FACTS) -> dict[str, str]:
    """The text of the page's marked place."""
    return {"facts": "\n".join(section(fact) for fact in facts)}


def main() -> None:
    """Write the facts into the page."""
    write_page("python -m sim.study.facts.page", "Write the stylised facts into their page.", PAGE, tables())


if __name__ == "__main__":
    main()
