"""The golden ledger through the real engine: every journal line, every balance, both variants. Minor units."""

import pytest

import sim
from tests.command import lendsim

# month: DPD, paid, cash, principal, interest receivable, fees receivable, allowance, unearned fee, debt, equity, base, memo interest
BALANCES = {
    0: (0, 0, 5000, 60000, 0, 0, 2400, 1800, 18200, 42600, 48000, 0),
    1: (0, 10712, 5000, 50488, 0, 0, 2020, 1500, 7879, 44089, 40390, 0),
    2: (15, 6000, 5000, 45498, 0, 500, 9100, 1200, 2218, 38480, 36398, 0),
    3: (45, 0, 2471, 45498, 910, 1000, 22749, 900, 0, 26230, 0, 0),
    4: (45, 5000, 7171, 40786, 1532, 1500, 20393, 600, 0, 29996, 0, 0),
    5: (75, 0, 6871, 40786, 2348, 2000, 28550, 300, 0, 23155, 0, 0),
    6: (105, 0, 6571, 40786, 0, 2500, 36707, 0, 0, 13150, 0, 3164),
    7: (0, 0, 6271, 0, 0, 0, 0, 0, 0, 6271, 0, 3980),
    8: (0, 0, 8971, 0, 0, 0, 0, 0, 0, 8971, 0, 3980),
    9: (0, 0, 10560, 0, 0, 0, 0, 0, 0, 10560, 0, 3980),
}
# month: interest income, fee income, funding cost, operating cost, provisions, net income, gross charge-off, recoveries
PROFIT = {
    1: (1200, 300, 91, 300, -380, 1489, 0, 0),
    2: (1010, 800, 39, 300, 7080, -5609, 0, 0),
    3: (910, 800, 11, 300, 13649, -12250, 0, 0),
    4: (910, 800, 0, 300, -2356, 3766, 0, 0),
    5: (816, 800, 0, 300, 8157, -6841, 0, 0),
    6: (-2348, 800, 0, 300, 8157, -10005, 0, 0),
    7: (0, -2500, 0, 300, 4079, -6879, 40786, 0),
    8: (0, 0, 0, 300, -3000, 2700, 0, 3000),
    9: (0, 0, 0, 300, -1889, 1589, 0, 1889),
}
# month: (debit, credit, amount), sorted; lines of one purpose appear once
JOURNAL = {
    0: [("cash", "share_capital", 45000), ("cash", "warehouse_debt", 18200), ("loans_principal", "cash", 58200),
        ("loans_principal", "unearned_fees", 1800), ("provisions", "allowance", 2400)],
    1: [("interest_receivable", "interest_income", 1200), ("cash", "interest_receivable", 1200), ("cash", "loans_principal", 9512),
        ("unearned_fees", "fee_income", 300), ("allowance", "provisions", 380), ("operating_cost", "cash", 300),
        ("funding_cost", "cash", 91), ("warehouse_debt", "cash", 10321)],
    2: [("interest_receivable", "interest_income", 1010), ("cash", "interest_receivable", 1010), ("cash", "loans_principal", 4990),
        ("fees_receivable", "fee_income", 500), ("unearned_fees", "fee_income", 300), ("provisions", "allowance", 7080),
        ("operating_cost", "cash", 300), ("funding_cost", "cash", 39), ("warehouse_debt", "cash", 5661)],
    3: [("interest_receivable", "interest_income", 910), ("fees_receivable", "fee_income", 500), ("unearned_fees", "fee_income", 300),
        ("provisions", "allowance", 13649), ("operating_cost", "cash", 300), ("funding_cost", "cash", 11), ("warehouse_debt", "cash", 2218)],  # noqa: E501
    4: [("interest_receivable", "interest_income", 910), ("cash", "interest_receivable", 288), ("cash", "loans_principal", 4712),
        ("fees_receivable", "fee_income", 500), ("unearned_fees", "fee_income", 300), ("allowance", "provisions", 2356),
        ("operating_cost", "cash", 300)],
    5: [("interest_receivable", "interest_income", 816), ("fees_receivable", "fee_income", 500), ("unearned_fees", "fee_income", 300),
        ("provisions", "allowance", 8157), ("operating_cost", "cash", 300)],
    6: [("interest_receivable", "interest_income", 816), ("fees_receivable", "fee_income", 500), ("interest_income", "interest_receivable", 3164),  # noqa: E501
        ("unearned_fees", "fee_income", 300), ("provisions", "allowance", 8157), ("operating_cost", "cash", 300)],
    7: [("allowance", "loans_principal", 40786), ("fee_income", "fees_receivable", 2500), ("provisions", "allowance", 4079),
        ("operating_cost", "cash", 300)],
    8: [("cash", "allowance", 3000), ("allowance", "provisions", 3000), ("operating_cost", "cash", 300)],
    9: [("cash", "allowance", 1889), ("allowance", "provisions", 1889), ("operating_cost", "cash", 300)],
}
# month: gross loans, 30+, NPL, NCO, coverage, capital ratio
RATIOS = {
    1: (50488, 0.0, 0.0, 0.0, None, 0.8484),
    2: (45498, 0.0, 0.0, 0.0, None, 0.9455),
    3: (45498, 1.0, 0.0, 0.0, None, 1.0),
    4: (40786, 1.0, 0.0, 0.0, None, 1.0),
    5: (40786, 1.0, 0.0, 0.0, None, 1.0),
    6: (40786, 1.0, 1.0, 0.0, 0.9, 1.0),
    7: (0, None, None, 24.0, None, 1.0),
    8: (0, None, None, None, None, 1.0),
    9: (0, None, None, None, None, 1.0),
}


def balances(model):
    a, led, books = model.population.accounts[0], model.books.ledger, model.books
    missed = int(a.missed[0])
    paid = int(a.paid_due[0]) + int(a.paid_catch_up[0]) if model.month and model.month <= 7 else 0
    return (
        30 * missed - 15 if missed else 0, paid, books.cash, led.debit("loans_principal"), led.debit("interest_receivable"),
        led.debit("fees_receivable"), led.credit("allowance"), led.credit("unearned_fees"), books.contracts.drawn, led.equity(),
        books.contracts.base, int(a.memo_interest[0]),
    )


@pytest.fixture(scope="module")
def lived():
    model = sim.LendingModel("golden_ledger")
    seen = {0: balances(model)}
    while model.month < 9:
        model.step()
        seen[model.month] = balances(model)
    return model, seen


@pytest.mark.parametrize("month", range(10))
def test_balances_of_every_month(lived, month):
    assert lived[1][month] == BALANCES[month]


@pytest.mark.parametrize("month", range(10))
def test_every_journal_line(lived, month):
    lines = [(e.debit, e.credit, e.amount) for e in lived[0].books.ledger.journal if e.month == month]
    assert sorted(lines) == sorted(JOURNAL[month])


@pytest.mark.parametrize("month", range(1, 10))
def test_profit_and_loss(lived, month):
    row = lived[0].rows[month - 1]
    names = ("interest_income", "fee_income", "funding_cost", "operating_cost", "provisions", "net_income", "gross_charge_offs", "recoveries")  # noqa: E501
    assert tuple(row[n] for n in names) == PROFIT[month]


@pytest.mark.parametrize("month", range(1, 10))
def test_ratios(lived, month):
    row = lived[0].rows[month - 1]
    names = ("gross_loans", "delinquency_30_plus", "npl_ratio", "net_charge_off_rate", "coverage_ratio", "capital_ratio")
    for name, expected in zip(names, RATIOS[month], strict=True):
        if expected is None:
            assert row[name] is None, name
        else:
            assert row[name] == pytest.approx(expected, abs=5e-5), name


def test_closing_proof(lived):
    model, _ = lived
    assert 45000 + sum(r["net_income"] for r in model.rows) - 2400 == model.books.cash == model.books.ledger.equity() == 10560
    assert sum(r["provisions"] for r in model.rows) + 2400 == 40786 - 4889


def test_with_less_equity_the_lender_is_illiquid_while_solvent():
    model = sim.LendingModel("golden_ledger", set=["script.equity=400"])
    assert model.books.contracts.drawn == 23200
    drawn = {}
    while model.month < 3:
        model.step()
        drawn[model.month] = model.books.contracts.drawn
    assert (drawn[1], drawn[2]) == (12904, 7269)
    failure = next(e for e in model.books.events if e["kind"] == "illiquid")
    assert (failure["month"], failure["value"]) == (3, 26.05)
    assert "a borrowing-base deficiency of USD 72.69 falls due" in failure["detail"]
    assert model.books.state == "illiquid"
    assert model.books.ledger.equity() == 21154


def test_trace_prints_the_borrower_table():
    done = lendsim("trace", "golden_ledger", "--borrower", 0)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    for month, words in (("2026-01", "pays 107.12"), ("2026-02", "pays 60.00"), ("2026-04", "45 DPD"), ("2026-06", "105 DPD"), ("2026-07", "charged off 407.86")):  # noqa: E501
        assert any(month in line and words in line for line in lines), (month, words)
