"""Double entry: signs, closing, and the errors that a breach raises. Minor units."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.funding.ledger import ACCOUNTS, EXPENSE, INCOME, BooksError, Ledger

DEBT = ("first_debt", "second_debt")
NAMES = st.sampled_from((*ACCOUNTS, *DEBT))
ENTRIES = st.lists(st.tuples(NAMES, NAMES, st.integers(0, 10**12)), max_size=40)


@given(ENTRIES)
def test_any_sequence_of_entries_balances(entries):
    ledger = Ledger(DEBT, keep_journal=True)
    for debit, credit, amount in entries:
        ledger.post(1, "entry", debit, credit, amount)
    ledger.check(1)
    assert sum(ledger.balance.values()) == 0
    assert ledger.total_assets() == ledger.liabilities() + ledger.equity()
    rebuilt = dict.fromkeys((*ACCOUNTS, *DEBT), 0)
    for line in ledger.journal:
        rebuilt[line.debit] += line.amount
        rebuilt[line.credit] -= line.amount
    assert rebuilt == ledger.balance
    assert all(line.amount > 0 for line in ledger.journal)


@given(ENTRIES)
def test_closing_empties_income_and_expense_and_keeps_equity(entries):
    ledger = Ledger(DEBT)
    for debit, credit, amount in entries:
        ledger.post(1, "entry", debit, credit, amount)
    before = ledger.equity()
    result = ledger.close_month()
    assert set(result) == {*INCOME, *EXPENSE}
    assert all(ledger.balance[a] == 0 for a in result)
    assert ledger.equity() == before


def test_signs_and_the_journal():
    ledger = Ledger(keep_journal=True)
    ledger.post(2, "shareholders pay in", "cash", "share_capital", 500)
    ledger.post(2, "lend", "loans_principal", "cash", 300)
    ledger.post(2, "nothing", "cash", "share_capital", 0)
    ledger.post(2, "provide", "provisions", "allowance", 12)
    assert (ledger.debit("cash"), ledger.debit("loans_principal"), ledger.credit("allowance")) == (200, 300, 12)
    assert (ledger.total_assets(), ledger.equity(), ledger.liabilities()) == (488, 488, 0)
    assert [(e.month, e.debit, e.credit, e.amount) for e in ledger.journal] == [
        (2, "cash", "share_capital", 500), (2, "loans_principal", "cash", 300), (2, "provisions", "allowance", 12),
    ]


def test_a_single_sided_change_is_found_with_its_month_and_size():
    ledger = Ledger()
    ledger.post(0, "shareholders pay in", "cash", "share_capital", 500)
    ledger.balance["cash"] += 7
    with pytest.raises(BooksError) as caught:
        ledger.check(5)
    assert (caught.value.month, caught.value.difference) == (5, 7)
    assert "month 5" in str(caught.value)
