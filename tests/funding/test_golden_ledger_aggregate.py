"""The golden ledger with the accounts' sums given by hand: the lender's books alone, without the engine. Minor units."""

import pytest

from sim.funding.books import Books
from sim.funding.flows import Flows
from tests.funding.policies import budget, golden, market
from tests.test_golden_ledger import BALANCES, JOURNAL, PROFIT

MINIMUM_CASH, COST, RATE = 5_000, 300, 0.06  # 0.5 % a month on opening debt


def band(place: int, principal: int) -> list[int]:
    return [principal if k == place else 0 for k in range(6)]


FLOWS = {
    1: Flows(interest_accrued=1200, interest_collected_accruing=1200, principal_collected=9512, upfront_fees_earned=300, bucket_principal=band(0, 50488)),  # noqa: E501
    2: Flows(
        interest_accrued=1010, interest_collected_accruing=1010, principal_collected=4990, late_fees_charged=500, upfront_fees_earned=300,
        bucket_principal=band(1, 45498),
    ),
    3: Flows(interest_accrued=910, late_fees_charged=500, upfront_fees_earned=300, bucket_principal=band(2, 45498)),
    4: Flows(
        interest_accrued=910, interest_collected_accruing=288, principal_collected=4712, late_fees_charged=500, upfront_fees_earned=300,
        bucket_principal=band(2, 40786),
    ),
    5: Flows(interest_accrued=816, late_fees_charged=500, upfront_fees_earned=300, bucket_principal=band(3, 40786)),
    6: Flows(interest_accrued=816, late_fees_charged=500, interest_reversed=3164, upfront_fees_earned=300, bucket_principal=band(4, 40786)),
    7: Flows(gross_charge_offs=40786, late_fees_reversed=2500),
    8: Flows(recoveries=3000),
    9: Flows(recoveries=1889),  # the sale of the claim is a recovery
}


def lived(equity: int) -> tuple[Books, list[dict], list[tuple[int, ...]]]:
    """Months 0 to 9: the books, the columns, and the balances of each month."""
    books = Books.start(golden().funding, golden().provisioning, equity, 60_000, MINIMUM_CASH, keep_journal=True)
    columns, balances = [], []
    for month in range(10):
        books.begin()
        face, fee, bands = 0, 0, [0] * 6
        if month:
            flows = FLOWS[month]
            bands = flows.bucket_principal
            books.service(month, flows)
            late = sum(bands[2:]) / sum(bands) if sum(bands) else None
            books.settle(month, bands, market(RATE), COST, late)
        else:
            face, fee, bands = 60_000, 1_800, band(0, 60_000)
            assert budget(books, fee / face, 0.0) >= face
        books.disburse(month, face, fee, bands, market())
        columns.append(books.close(month, sum(bands)))
        led = books.ledger
        balances.append((
            books.cash, led.debit("loans_principal"), led.debit("interest_receivable"), led.debit("fees_receivable"),
            led.credit("allowance"), led.credit("unearned_fees"), led.credit("warehouse_debt"), led.equity(), columns[-1]["borrowing_base"],
        ))  # fmt: skip
    return books, columns, balances


@pytest.fixture(scope="module")
def alive():
    return lived(45_000)


@pytest.fixture(scope="module")
def illiquid():
    return lived(40_000)


@pytest.mark.parametrize("month", range(10))
def test_balances(alive, month):
    assert alive[2][month] == BALANCES[month][2:11]


@pytest.mark.parametrize("month", range(10))
def test_journal(alive, month):
    lines = [(e.debit, e.credit, e.amount) for e in alive[0].ledger.journal if e.month == month]
    assert sorted(lines) == sorted(JOURNAL[month])
    assert len([e for e in alive[0].ledger.journal if e.month == month and not e.event]) == 0


def test_draw_comes_before_the_payout_it_is_for(alive):
    events = [(e.debit, e.credit) for e in alive[0].ledger.journal if e.month == 0]
    assert events.index(("cash", "warehouse_debt")) < events.index(("loans_principal", "cash"))


@pytest.mark.parametrize("month", range(1, 10))
def test_profit_and_loss(alive, month):
    names = ("interest_income", "fee_income", "funding_cost", "operating_cost", "provisions", "net_income")
    assert tuple(alive[1][month][n] for n in names) == PROFIT[month][:6]


def test_capital_ratio_and_state(alive):
    ratios = [round(c["capital_ratio"], 4) for c in alive[1]]
    assert ratios == [0.7007, 0.8484, 0.9455] + [1.0] * 7
    assert {c["lender_state"] for c in alive[1]} == {"going_concern"}
    assert alive[0].events_of("trigger_breach", "illiquid", "insolvent") == []
    # the book is in run-off: collections go to the line, which no longer lends on what is late, and cash falls below its minimum
    assert [e["kind"] for e in alive[0].events][:1] == ["borrowing_base_deficiency"]


def test_closing_proof(alive):
    columns = alive[1]
    assert 45_000 + sum(c["net_income"] for c in columns) == columns[-1]["cash"] == columns[-1]["equity"] == 10_560
    assert sum(c["provisions"] for c in columns) == 40_786 - 4_889
    assert sum(c["interest_collected"] for c in columns) == sum(c["interest_income"] for c in columns) == 2_498
    assert sum(c["fee_income"] for c in columns) == 1_800


def test_with_less_equity_the_deficiency_cannot_be_paid(illiquid):
    books, columns, _ = illiquid
    assert [c["debt"] for c in columns[:4]] == [23_200, 12_904, 7_269, 2_605]
    assert [c["lender_state"] for c in columns] == ["going_concern"] * 3 + ["illiquid"] * 7
    assert (columns[3]["cash"], columns[3]["equity"], columns[3]["debt_repaid"]) == (0, 21_154, 4_664)
    failure = next(e for e in books.events if e["kind"] == "illiquid")
    assert (books.failed_month, failure["month"], books.obligations_shortfall) == (3, 3, 0)
    assert "deficiency" in failure["detail"]


def test_after_the_failure_collections_repay_the_line(illiquid):
    columns = illiquid[1]
    assert columns[4]["debt"] < columns[3]["debt"]
    assert columns[4]["debt"] == columns[3]["debt"] - columns[4]["debt_repaid"]
    assert all(c["debt_drawn"] == 0 and c["undrawn_committed"] == 0 and c["available_funding"] == 0 for c in columns[3:])
    assert columns[9]["debt"] == 0
    assert columns[9]["equity"] > 0
