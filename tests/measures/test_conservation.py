"""What a column may not hold stops the run at the month's end, by column, borrower, month and value."""

from dataclasses import replace

import numpy as np
import pytest

import sim
from sim.accounts import columns as accounts
from sim.assembly import household_columns
from sim.engine.columns import Column, Table
from sim.engine.memory import Population
from sim.measures.conservation import ColumnRangeError, NonFiniteError, refuse_impossible
from sim.numerics.compile import phase
from tests.own_mechanism import GIFT

SMALL = {"borrowers.count": 300, "months": 13, "warm_up_months": 1}


@pytest.fixture
def population():
    household, account = Table(household_columns(), 9), Table(accounts.COLUMNS, 9)
    household.payday[:] = household.due_day[:] = 1
    return Population(household, (account,), ("loan",))


def test_what_columns_declare_holds(population):
    refuse_impossible(population, 12)


@pytest.mark.parametrize(("column", "value", "said"), [
    ("income", -5.0, "month 12: income of borrower 4 is -5; expected at least 0"),
    ("payday", 31, "month 12: payday of borrower 4 is 31; expected 1 to 30"),
    ("due_day", 0, "month 12: due_day of borrower 4 is 0; expected 1 to 28"),
    ("employed", 2, "month 12: employed of borrower 4 is 2; expected 0 to 1 \\(has a job\\)"),
    ("spell", -1, "month 12: spell of borrower 4 is -1; expected 0 to 600"),
    ("segment", 3, "month 12: segment of borrower 4 is 3; expected 0 to 2"),
    ("market", 3, "expected 0 to 2"), ("trust", 1.5, "trust of borrower 4 is 1.5; expected 0 to 1"), ("score", 1001, "0 to 1,000"),
])
def test_a_borrower_out_of_range(population, column, value, said):
    population.household[column][4] = value
    with pytest.raises(ColumnRangeError, match=said):
        refuse_impossible(population, 12)


@pytest.mark.parametrize(("column", "value"), [("principal", -1), ("state", 3), ("cause", 5), ("missed", 8), ("rate", 30_001)])
def test_an_account_out_of_range(population, column, value):
    population.accounts[0][column][7] = value
    with pytest.raises(ColumnRangeError, match=f"month 3: loan_{column} of borrower 7 is {value:,}; expected"):
        refuse_impossible(population, 3)


def test_a_wide_column_names_borrower_and_value(population):
    pairs = Table([Column("pair", "i4", "count", "two of a kind", width=2, lowest=0)], 9)
    pairs.pair[5, 1] = -7
    with pytest.raises(ColumnRangeError, match="month 1: pair of borrower 5 is -7; expected at least 0"):
        refuse_impossible(Population(pairs, (), ()), 1)


def test_no_number_comes_before_a_range(population):
    population.household.income[2] = np.nan
    with pytest.raises(NonFiniteError, match="month 6: income of borrower 2 is no finite number"):
        refuse_impossible(population, 6)


@phase
def give_too_much(b, p):
    """Writes what the column does not mean."""
    for i in range(b.n):
        b.deserving[i] = np.uint8(3)


@pytest.mark.parametrize(("column", "said"), [
    (GIFT.columns[0], r"month 0: deserving of borrower 0 is 3; expected 0 to 1 \(can be given something\)"),
    (Column("deserving", "u1", "code", "kind of gift", highest=2), r"month 0: deserving of borrower 0 is 3; expected at most 2"),
])
def test_a_mechanism_of_ones_own_that_breaks_its_column_is_named(column, said):
    breaking = replace(GIFT, columns=(column,), phases=(*GIFT.phases, give_too_much), after=GIFT.after | {"give_too_much": "give"})
    with pytest.raises(ColumnRangeError, match=said):
        sim.run("baseline", set=SMALL, mechanisms=[breaking])


def test_without_bounds_it_may_hold_anything():
    free = Column("deserving", "u1", "code", "kind of gift")
    kept = replace(GIFT, columns=(free,), phases=(*GIFT.phases, give_too_much), after=GIFT.after | {"give_too_much": "give"})
    assert len(sim.run("baseline", set=SMALL, mechanisms=[kept]).monthly) == 13
