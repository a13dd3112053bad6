"""Macro tables: what is read, and what is answered to the forms that people write."""

import pytest

from sim.config.faults import InputError
from sim.economy import csv_reader, tables
from sim.economy.csv_reader import MOST_CELLS, read_rows
from sim.economy.tables import UNREADABLE, read_table

FED = "Date,Unemployment rate,Real disposable income growth,CPI inflation rate,3-month Treasury rate\n"


@pytest.fixture
def table(tmp_path):
    def read(text, units="percent"):
        path = tmp_path / "t.csv"
        path.write_text(text, encoding="utf-8")
        return read_table(path, "t.csv", units)

    return read


@pytest.fixture
def said(table):
    def check(text, units="percent"):
        with pytest.raises(InputError) as caught:
            table(text, units)
        return [str(f) for f in caught.value.faults]

    return check


def months(count, cell="2"):
    return "".join(f"20{26 + k // 12}-{k % 12 + 1:02d},{cell}\n" for k in range(count))


def test_a_table_without_a_unit_is_one_fault_and_no_guess_at_its_numbers(said):
    text = "month,inflation,unemployment_rate\n" + "".join(f"2026-{k:02d},250,5\n" for k in range(1, 13))
    assert said(text, None) == [
        "t.csv:1:1: economy.table_units: the unit of the table's cells is not stated; expected table_units: percent or fraction"
    ]


def test_units_at_fault_themselves_leave_the_rest_to_be_judged(said):
    (fault,) = said("month,inflation\n2026-01,500\n2026-02,x\n", UNREADABLE)
    assert fault.startswith("t.csv:3:9: inflation: 'x' is no number")


@pytest.mark.parametrize(("header", "mark", "word"), [
    ("month;inflation", ";", "semicolons"), ("month\tinflation", "\t", "tabs"), ("month|inflation", "|", "bars"),
])
def test_another_separator_is_one_fault_with_its_name(header, mark, word, said):
    rows = "".join(f"2026-{k:02d}{mark}2,5\n" for k in range(1, 13))
    assert said(f"{header}\n{rows}") == [
        f"t.csv:1:6: the cells are separated by {word}; expected commas between the cells, and decimal points: a file saved as CSV UTF-8"
    ]


def test_decimal_commas_are_one_fault(said):
    assert said("month,inflation\n" + months(12, "2,5")) == [
        "t.csv:2:11: the row has 3 cells, like 11 more rows; expected 2 as in the header; write 5.2 for 5,2, with a decimal point"
    ]
    assert said("month,inflation\n" + months(12, '"2,5"')) == [
        "t.csv:2:9: inflation: '2,5' is no number, like 11 more cells of this column; "
        "expected a plain number such as 5.2 or 5.2%; write 2.5 with a decimal point"
    ]


@pytest.mark.parametrize(("cell", "advice"), [
    ("200bp", "write 2%"), ("2 percent", "write 2%"), ("$2", "write 2, in the profile's currency"),
])
def test_cells_in_other_forms(cell, advice, said):
    (fault,) = said("month,inflation\n" + months(3, cell))
    assert fault.endswith(f"'{cell}' is no number, like 2 more cells of this column; expected a plain number such as 5.2 or 5.2%; {advice}")


def test_different_slips_are_told_each_at_its_cell(said):
    found = said("month,inflation\n2026-01,x\n2026-02,2\n2026-03,y\n")
    assert [f.split(": ")[0] for f in found] == ["t.csv:2:9", "t.csv:4:9"]


@pytest.mark.parametrize("date", ["2021 Q1", "2021Q1", "2021:Q1", "2021 q1"])
def test_quarters_that_are_read(date, table):
    assert str(table(f"{FED}{date},5,1,2,1\n").start) == "2021-01"


@pytest.mark.parametrize("date", ["Q1 2021", "2021:1", "1Q2021", "2021-03-31", "Mar 2021", "2021-02"])
def test_quarters_in_another_form_are_told_theirs(date, said):
    rows = f"{date},5,1,2,1\n" * 2
    assert said(FED + rows) == [
        f"t.csv:2:1: Date: '{date}' is no date, like 1 more cell of this column; expected a quarter such as 2021 Q1; write 2021 Q1"
    ]


def test_quarters_above_a_column_of_another_name(said):
    assert said(FED.replace("Date", "quarter") + "2021 Q1,5,1,2,1\n") == [
        "t.csv:1:1: quarter: the header is of no known form; expected 'Date' above the quarters, as published by the Fed"
    ]
    for title in ("quarter", "Date"):
        assert said(f"{title},inflation\n2021 Q1,2\n") == [
            f"t.csv:1:1: {title}: the header is of no known form; expected 'month' first, with one row a month (a quarter is three rows)"
        ]


@pytest.mark.parametrize(("date", "advice"), [
    ("Q2 2021", "; a quarter is three rows, from 2021-04 on"), ("Jan 2026", "; write 2026-01"), ("2026-1", "; write 2026-01"),
    ("31.12.26", ""),
])
def test_months_in_another_form(date, advice, said):
    assert said(f"month,inflation\n{date},2\n") == [f"t.csv:2:1: month: '{date}' is no date; expected a month such as 2026-07{advice}"]


def test_an_empty_column_is_one_fault(said):
    assert said("month,inflation\n" + months(12, "")) == [
        "t.csv:2:9: inflation: no row has a cell of this column; expected a number in every row"
    ]


def test_cells_are_counted_and_no_more_are_made_than_a_table_may_have(tmp_path, monkeypatch):
    made = []
    plain = csv_reader.Cell
    monkeypatch.setattr(csv_reader, "Cell", lambda *given: made.append(1) or plain(*given))
    for k, text in enumerate(["a," * 1_500_000, "month,inflation\n" + "x,y\n" * 500_000, "\n" * 2_000_000 + "a" + ",a" * 400_000]):
        made.clear()
        path = tmp_path / f"{k}.csv"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(InputError, match="more than 50,000 cells"):
            read_rows(path, "t.csv")
        assert len(made) <= MOST_CELLS + 1


def test_nearest_names_are_looked_up_for_the_first_columns_only(said, monkeypatch):
    looked = []
    monkeypatch.setattr(tables, "nearest", lambda word, _choices: looked.append(word) or "")
    found = said("month," + ",".join(f"inflatio{k}" for k in range(5_000)) + "\n2026-01\n")
    assert len(found) == 5_000
    assert len(looked) <= tables.MANY


def test_a_cell_as_long_as_a_file_is_told_by_its_beginning(said):
    (fault,) = said("month,inflation\n2026-01," + "9" * 1_000_000 + "\n")
    assert len(fault) < 300
