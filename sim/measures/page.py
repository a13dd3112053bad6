"""The column tables of docs/outputs.md, written from the declarations.

    python -m sim.measures.page [FILE]

replaces what stands between `<!-- table NAME: … -->` and `<!-- end of table NAME -->`; the prose around it stays as it is.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from sim.accounts.columns import FURTHEST
from sim.assembly import household_columns
from sim.engine.columns import Column as Kept
from sim.measures import panel, transitions, vintages
from sim.measures.attributes import ACCOUNT
from sim.measures.outcomes import Outcome
from sim.measures.registry import Column, Metric
from sim.measures.table import MONTHLY, OUTCOMES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "outputs.md"

_TABLE = re.compile(r"(<!-- table (\w+)[^>]*-->\n).*?(<!-- end of table \2 -->)", re.DOTALL)


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def metric_tables(metrics: Iterable[Metric]) -> str:
    """One table a section, sections in the order of their first metric."""
    sections: dict[str, list[Metric]] = {}
    for metric in metrics:
        sections.setdefault(metric.section, []).append(metric)
    heads = ("column", "unit", "over months", "meaning")
    return "\n".join(
        f"### {heading}\n\n" + table(heads, ((m.name, m.unit, m.over_months or "–", m.meaning) for m in group))
        for heading, group in sections.items()
    )


def column_table(columns: Iterable[Column]) -> str:
    """Name, unit and meaning."""
    return table(("column", "unit", "meaning"), ((c.name, c.unit, c.meaning) for c in columns))


def kept_table(columns: Iterable[Kept]) -> str:
    """What is kept for each borrower or account; a trait is a share kept as a byte."""
    return table(("column", "kind", "unit", "meaning"), ((c.name, c.dtype, c.unit, c.meaning) for c in columns if c.width == 1))


def outcome_table(outcomes: Iterable[Outcome]) -> str:
    """The metrics of a comparison."""
    rows = ((o.name, o.unit, o.over_seeds, o.meaning) for o in outcomes)
    return table(("metric", "unit", "over seeds", "meaning"), rows)


def tables() -> dict[str, str]:
    """The text of every table of the page, by name."""
    return {
        "monthly": metric_tables(MONTHLY),
        "vintages": column_table(vintages.COLUMNS),
        "transitions": column_table(transitions.COLUMNS),
        "comparison": outcome_table(OUTCOMES),
        "borrowers": kept_table((*household_columns(), FURTHEST)),
        "accounts": kept_table(ACCOUNT),
        "panel": column_table(panel.COLUMNS),
    }


def renewed(page: str, by_name: dict[str, str]) -> str:
    """The page with its tables as they should be. ValueError where the marked places are not exactly the tables there are."""
    found = [match[2] for match in _TABLE.finditer(page)]
    if sorted(found) != sorted(by_name):
        raise ValueError(f"the page marks the tables {', '.join(found) or 'none'}; it should mark {', '.join(by_name)}, each once")
    return _TABLE.sub(lambda match: match[1] + by_name[match[2]] + match[3], page)


def write_page(prog: str, description: str, page: Path, by_name: dict[str, str]) -> None:
    """The command that writes tables into the page named on the command line, or into the project's own."""
    parser = argparse.ArgumentParser(prog=prog, description=description)
    parser.add_argument("file", nargs="?", type=Path, default=page, help=f"the page (default: {page})")
    file: Path = parser.parse_args().file
    if not file.is_file():
        parser.error(f"there is no page {file}; an installed package has none, name one")
    before = file.read_text(encoding="utf-8")
    try:
        after = renewed(before, by_name)
    except ValueError as error:
        parser.error(f"{file}: {error}")
    file.write_text(after, encoding="utf-8")
    print(f"{file} {'written' if after != before else 'was up to date'}")


def main() -> None:
    """Write the tables into the page."""
    write_page("python -m sim.measures.page", "Write the column tables of the outputs' page.", PAGE, tables())


if __name__ == "__main__":
    main()
