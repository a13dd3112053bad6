"""The outputs' page holds the tables as declared, and only marked places are ever written."""

import subprocess
import sys
from pathlib import Path

import pytest

from sim.accounts.columns import COLUMNS
from sim.assembly import household_columns
from sim.measures.page import PAGE, column_table, main, metric_tables, outcome_table, renewed, tables
from sim.measures.registry import Column, Metric
from sim.measures.table import MONTHLY, OUTCOMES


def test_the_committed_page_is_the_one_that_would_be_written():
    page = PAGE.read_text(encoding="utf-8")
    assert renewed(page, tables()) == page


def test_every_metric_and_outcome_has_its_line():
    monthly, comparison = tables()["monthly"].splitlines(), tables()["comparison"].splitlines()
    for metric in MONTHLY:
        assert f"| {metric.name} | {metric.unit} | {metric.over_months or '–'} | {metric.meaning} |" in monthly
    for outcome in OUTCOMES:
        assert f"| {outcome.name} | {outcome.unit} | {outcome.over_seeds} | {outcome.meaning} |" in comparison


def test_every_column_of_borrowers_and_accounts_has_its_line():
    lines = (tables()["borrowers"] + tables()["accounts"]).splitlines()
    assert "| trust | f4 | share | trust in the lender, 0 to 1 |" in lines
    assert "| principal | i4 | minor units | outstanding principal |" in lines
    assert len(lines) == 4 + len(household_columns()) + len([c for c in COLUMNS if c.width == 1]) + 2  # days past due, of either


def test_the_tables_of_declarations_made_here():
    declared = (
        Metric("a", "count", "one | two", lambda r: 1, "First", "sum"),
        Metric("b", "label", "a word", lambda r: "x", "Second"),
        Metric("c", "money", "an amount", lambda r: 0, "First", "last"),
    )
    assert metric_tables(declared) == (
        "### First\n\n| column | unit | over months | meaning |\n|---|---|---|---|\n| a | count | sum | one \\| two |\n"
        "| c | money | last | an amount |\n"
        "\n### Second\n\n| column | unit | over months | meaning |\n|---|---|---|---|\n| b | label | – | a word |\n"
    )
    assert column_table([Column("x", "flag", "yes or no")]) == "| column | unit | meaning |\n|---|---|---|\n| x | flag | yes or no |\n"
    assert outcome_table(OUTCOMES[-1:]).splitlines()[-1].startswith("| failed | flag | share | ")


def test_prose_stays_and_a_missing_place_is_refused():
    page = "before\n<!-- table a: words -->\nold\n<!-- end of table a -->\nbetween\n<!-- table b -->\n<!-- end of table b -->\nafter\n"
    new = renewed(page, {"a": "A \\1\n", "b": "B\n"})
    assert new == page.replace("old\n", "A \\1\n").replace("<!-- table b -->\n", "<!-- table b -->\nB\n")
    assert renewed(new, {"a": "A \\1\n", "b": "B\n"}) == new
    with pytest.raises(ValueError, match="the page marks the tables a, b; it should mark a, b, c, each once"):
        renewed(page, {"a": "", "b": "", "c": ""})
    with pytest.raises(ValueError, match="marks the tables a, b, a, b;"):
        renewed(page + page, {"a": "", "b": ""})


def test_the_command_writes_the_file_it_is_given_and_imports_nothing_heavy(tmp_path):
    page = tmp_path / "page.md"
    empty = "\n".join(f"words\n<!-- table {name}: -->\n<!-- end of table {name} -->" for name in tables())
    page.write_text(empty, encoding="utf-8")
    code = (
        "import sys; from sim.measures import page; page.main(); "
        "heavy = {'numba', 'pandas', 'mesa'} & set(sys.modules); assert not heavy, heavy"
    )
    for words in ("written", "was up to date"):
        done = subprocess.run(
            [sys.executable, "-c", code, str(page)], capture_output=True, text=True, timeout=60, cwd=Path(__file__).parents[2]
        )
        assert done.returncode == 0, done.stderr
        assert words in done.stdout
    assert page.read_text(encoding="utf-8") == renewed(empty, tables())


@pytest.mark.parametrize(("text", "words"), [(None, "there is no page"), ("no tables at all", "it should mark monthly, vintages")])
def test_a_page_that_cannot_be_written_is_refused_and_left_alone(tmp_path, monkeypatch, capsys, text, words):
    page = tmp_path / "page.md"
    if text is not None:
        page.write_text(text, encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["page", str(page)])
    with pytest.raises(SystemExit) as exit_:
        main()
    assert exit_.value.code == 2
    assert words in " ".join(capsys.readouterr().err.split())
    assert text is None or page.read_text(encoding="utf-8") == text
