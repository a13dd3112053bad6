"""The lender's month: opening, obligations by rank, trigger, failure, run-off; and random months that keep the books. Minor units."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.funding.books import Books, Opening
from sim.funding.flows import Flows
from sim.funding.ledger import BooksError
from sim.funding.provisions import required_allowance
from sim.funding.warehouse import borrowing_base
from tests.funding.policies import budget, golden, market, opened, with_funding


def book(cash: int, debt: int, bands: list[int], minimum: int = 0, **changes) -> Books:
    """Books with a given cash, debt and loans, and a commitment without practical limit; equity is what is left."""
    policy = with_funding(**changes) if changes else golden()
    books = Books.start(policy.funding, policy.provisioning, 0, 10**8, minimum, keep_journal=True)
    allowance = required_allowance(bands, books.provisioning)
    for debit, credit, amount in (
        ("cash", "share_capital", cash), ("loans_principal", "share_capital", sum(bands)), ("share_capital", "allowance", allowance),
        ("share_capital", "warehouse_debt", debt),
    ):
        books.ledger.post(0, "given", debit, credit, amount)
    books.contracts.contracts[0].draw(debt)
    books.begin()
    return books


def settle(books: Books, month: int, bands: list[int], cost: int = 0, rate: float = 0.0, haircut: float = 0.0) -> None:
    books.settle(month, bands, market(rate, haircut), cost, sum(bands[2:]) / sum(bands) if sum(bands) else None)


CURRENT = [100_000, 0, 0, 0, 0, 0]


# -------------------------------------------------------------------------------------------------- opening


def test_opening_balance_sheet():
    bands = [9_000_000, 500_000, 200_000, 100_000, 100_000, 0]
    o = Opening(bands, 50_000, 4_000, 90_000, 40_000)
    books = opened(with_funding(capital_ratio=0.5, utilisation=0.9, minimum_cash_months=2), o)
    debt = 9_500_000 * 80 // 100 * 90 // 100
    assert (books.contracts.drawn, books.minimum_cash) == (debt, 80_000)
    assert books.ledger.total_assets() == 2 * debt
    assert books.ledger.equity() == debt
    assert books.cash > books.minimum_cash
    assert books.ledger.credit("allowance") == required_allowance(bands, books.provisioning)
    assert books.contracts.base == 9_500_000 * 80 // 100


def test_opening_never_holds_less_than_the_minimum_cash():
    bands = [9_000_000, 500_000, 200_000, 100_000, 100_000, 0]
    books = opened(with_funding(capital_ratio=0.10, utilisation=0.5, minimum_cash_months=3), Opening(bands, 0, 0, 0, 40_000))
    assert books.cash == 120_000
    assert books.ledger.equity() / books.ledger.total_assets() > 0.10  # shareholders paid in what was missing


# -------------------------------------------------------------------------------------- obligations by rank


def test_everything_is_paid_when_cash_suffices():
    books = book(20_000, 60_000, CURRENT)
    settle(books, 1, CURRENT, cost=3_000, rate=0.12)
    assert (books.cash, books.contracts.drawn, books.state) == (20_000 - 3_000 - 600, 60_000, "going_concern")


def test_the_line_pays_obligations_that_cash_cannot():
    books = book(1_000, 60_000, CURRENT)
    settle(books, 1, CURRENT, cost=3_000, rate=0.12)
    assert (books.cash, books.contracts.drawn, books.state) == (0, 62_600, "going_concern")
    assert books.cash_flows.debt_drawn == 2_600


@pytest.mark.parametrize(
    "cash, repaid, unpaid, short",
    [
        (30_000, 26_000, 0, 0),  # cost 3,000, interest 1,000, deficiency 26,000
        (29_999, 25_999, 0, 1),
        (4_000, 0, 0, 26_000),  # principal goes without first, and stays debt
        (3_500, 0, 500, 26_500),  # then interest
        (1_000, 0, 3_000, 29_000),  # then operating cost
        (0, 0, 4_000, 30_000),
    ],
)
def test_rank_of_obligations(cash, repaid, unpaid, short):
    aged = [60_000, 7_500, 32_500, 0, 0, 0]  # base 54,000
    books = book(cash, 80_000, aged)
    settle(books, 1, aged, cost=3_000, rate=0.15)
    assert books.cash_flows.debt_repaid == repaid
    assert books.ledger.credit("unpaid_obligations") == unpaid
    assert books.obligations_shortfall == short
    assert books.state == ("illiquid" if short else "going_concern")
    assert books.cash >= 0
    books.disburse(1, 0, 0, aged, market())
    columns = books.close(1, 100_000)
    assert (columns["operating_cost"], columns["funding_cost"]) == (3_000, 1_000)  # incurred, whether paid or not
    assert columns["total_assets"] == columns["debt"] + columns["unpaid_obligations"] + columns["equity"]


def test_what_was_left_unpaid_is_paid_out_of_later_collections():
    aged = [60_000, 7_500, 32_500, 0, 0, 0]
    books = book(0, 80_000, aged)
    settle(books, 1, aged, cost=3_000, rate=0.15)
    books.disburse(1, 0, 0, aged, market())
    books.close(1, 100_000)
    books.begin()
    left = [30_000, 7_500, 32_500, 0, 0, 0]
    books.service(2, Flows(principal_collected=30_000, bucket_principal=left))
    settle(books, 2, left, cost=3_000, rate=0.15)
    assert books.ledger.credit("unpaid_obligations") == 0
    assert books.cash_flows.debt_repaid + books.cash == 30_000 - 4_000 - 3_000 - 1_000
    # deficiency 80,000 - 30,000; with cost, interest and the 4,000 of last month 58,000 are due against 30,000
    assert books.obligations_shortfall == 28_000


def test_operating_cost_ranks_before_interest():
    aged = [60_000, 7_500, 32_500, 0, 0, 0]
    books = book(3_400, 80_000, aged)
    settle(books, 1, aged, cost=3_000, rate=0.15)
    paid = {e.debit: e.amount for e in books.ledger.journal if e.credit == "cash" and e.month == 1}
    left = {e.debit: e.amount for e in books.ledger.journal if e.credit == "unpaid_obligations"}
    assert (paid, left) == ({"operating_cost": 3_000, "funding_cost": 400}, {"funding_cost": 600})


def test_a_haircut_takes_the_line_away():
    books = book(0, 75_000, CURRENT)
    settle(books, 1, CURRENT, haircut=0.10)
    assert (books.contracts.base, books.state, books.obligations_shortfall) == (70_000, "illiquid", 5_000)


# ------------------------------------------------------------------------------------------------- trigger


def late(share: int) -> list[int]:
    return [100_000 - share * 1_000, 0, share * 1_000, 0, 0, 0]


def test_the_trigger_reads_three_months_and_stops_the_line():
    books = book(100_000, 60_000, CURRENT, warehouse={"delinquency_trigger": 0.08, "term_out_months": 6})
    for month, share in ((1, 2), (2, 9), (3, 13)):  # mean exactly 8 %: not over
        settle(books, month, late(share))
    assert not books.contracts.stopped
    settle(books, 4, late(3))  # mean (9 + 13 + 3) / 3 = 8.33 %
    assert (books.contracts.contracts[0].state.stopped_in, books.contracts.available) == (4, 0)
    breach = books.events_of("trigger_breach")
    assert [(e["month"], round(e["value"], 4), e["threshold"]) for e in breach] == [(4, 0.0833, 0.08)]
    assert books.contracts.drawn == 60_000
    settle(books, 5, late(0))
    assert books.contracts.drawn == 50_000  # a sixth a month, and no way back
    assert books.contracts.stopped


def test_a_stopped_line_leads_to_failure_with_its_cause():
    books = book(1_000, 60_000, CURRENT, warehouse={"delinquency_trigger": 0.05, "term_out_months": 6})
    for month in range(1, 4):
        settle(books, month, late(10))
    assert books.state == "going_concern"
    settle(books, 4, late(10))
    assert (books.state, books.obligations_shortfall) == ("illiquid", 9_000)
    words = books.events_of("illiquid")[0]["detail"]
    assert words.index("trigger") < words.index("stops revolving") < words.index("term-out")


# ------------------------------------------------------------------------------------------------- failure


def test_losses_beyond_equity_make_the_lender_insolvent_and_then_illiquid_too():
    bands = [50_000, 0, 0, 0, 0, 0]
    books = book(10_000, 40_000, bands)
    books.service(1, Flows(gross_charge_offs=30_000, bucket_principal=[20_000, 0, 0, 0, 0, 0]))
    settle(books, 1, [20_000, 0, 0, 0, 0, 0])
    # base 16,000 against 40,000 drawn: the first breach is liquidity, the second equity
    books.disburse(1, 0, 0, [20_000, 0, 0, 0, 0, 0], market())
    columns = books.close(1, 20_000)
    assert columns["equity"] < 0
    assert columns["lender_state"] == "illiquid_and_insolvent"
    assert [e["kind"] for e in books.events] == ["illiquid", "insolvent"]
    assert books.failed_month == 1


def test_insolvent_with_cash_in_hand_runs_off():
    bands = [10_000, 0, 0, 0, 0, 0]
    books = book(50_000, 8_000, bands)
    books.ledger.post(0, "fees taken in advance", "share_capital", "unearned_fees", 52_000)
    settle(books, 1, bands)
    books.disburse(1, 0, 0, bands, market())
    columns = books.close(1, 10_000)
    assert (columns["lender_state"], columns["available_funding"], columns["undrawn_committed"]) == ("insolvent", 0, 0)
    assert budget(books, 0.0, 0.0) == 0
    books.begin()
    settle(books, 2, bands, cost=100)
    assert (books.contracts.drawn, books.ledger.credit("unpaid_obligations"), books.state) == (0, 0, "insolvent")


def test_a_failed_lender_lends_nothing():
    books = book(0, 90_000, CURRENT)
    settle(books, 1, CURRENT)
    assert books.state == "illiquid"
    assert budget(books, 0.03, 0.0) == 0


def test_in_run_off_collections_repay_the_line_and_next_months_cost_is_kept():
    books = book(0, 90_000, CURRENT)
    settle(books, 1, CURRENT)
    books.begin()
    books.service(2, Flows(interest_collected_cash_basis=60_000, bucket_principal=CURRENT))
    settle(books, 2, CURRENT, cost=3_000)
    assert (books.cash, books.contracts.drawn, books.state) == (3_000, 90_000 - 54_000, "illiquid")
    books.disburse(2, 0, 0, CURRENT, market())
    assert books.contracts.drawn == 36_000  # and nothing is repaid voluntarily


def test_without_a_revolving_line_own_cash_lends_less_the_next_part():
    books = book(50_000, 12_000, CURRENT, minimum=5_000)
    books.contracts.contracts[0].stop(0)
    assert budget(books, 0.0, 0.0) == 50_000 - 5_000 - 1_000


# ---------------------------------------------------------------------------------------- lending and surplus


def test_surplus_repays_a_revolving_line_down_to_the_minimum():
    books = book(30_000, 60_000, CURRENT, minimum=5_000)
    settle(books, 1, CURRENT)
    books.disburse(1, 0, 0, CURRENT, market())
    assert (books.cash, books.contracts.drawn) == (5_000, 35_000)


def test_disbursement_draws_only_what_keeps_the_minimum():
    books = book(30_000, 60_000, CURRENT, minimum=5_000)
    settle(books, 1, CURRENT)
    books.disburse(1, 40_000, 1_000, [140_000, 0, 0, 0, 0, 0], market())
    assert (books.cash, books.contracts.drawn) == (5_000, 60_000 + 14_000)
    assert books.ledger.credit("unearned_fees") == 1_000
    columns = books.close(1, 140_000)
    assert (columns["disbursed"], columns["originations"], columns["borrowing_base"]) == (39_000, 40_000, 112_000)
    assert columns["liquidity"] == columns["available_funding"] == 112_000 - 74_000


def test_the_accounts_must_add_up_to_the_ledger():
    books = book(30_000, 0, CURRENT)
    with pytest.raises(BooksError) as caught:
        books.close(7, 100_001)
    assert (caught.value.month, caught.value.difference) == (7, -1)


# ------------------------------------------------------------------------------------------- random months


@dataclass
class Pool:
    """A crude book that ages, pays and is charged off by given shares (per mille), to feed the lender."""

    bands: list[int]
    interest: int = 0
    fees: int = 0
    unearned: int = 0
    claims: int = 0
    log: list[Flows] = field(default_factory=list)

    def month(self, pay: int, roll: int, take: int) -> Flows:
        paid = [b * pay // 1000 for b in self.bands]
        left = [b - p for b, p in zip(self.bands, paid, strict=True)]
        rolled = [b * roll // 1000 for b in left]
        bands = [left[k] - rolled[k] + (rolled[k - 1] if k else 0) for k in range(6)]
        accrued, late_fees = sum(self.bands[:4]) // 50, rolled[0] // 100
        self.interest += accrued
        self.fees += late_fees
        collected, fees = self.interest * pay // 1000, self.fees * pay // 1000
        self.interest -= collected
        self.fees -= fees
        reversed_interest, reversed_fees, earned = self.interest * roll // 2000, self.fees * roll // 2000, self.unearned // 12
        self.interest -= reversed_interest
        self.fees -= reversed_fees
        self.unearned -= earned
        recovered = self.claims * take // 1000
        self.claims += rolled[5] - recovered
        self.bands = bands
        return Flows(
            interest_accrued=accrued, interest_collected_accruing=collected, interest_collected_cash_basis=paid[4] // 20,
            interest_reversed=reversed_interest, principal_collected=sum(paid), fees_collected=fees, late_fees_charged=late_fees,
            late_fees_reversed=reversed_fees, upfront_fees_earned=earned, gross_charge_offs=rolled[5], recoveries=recovered,
            bucket_principal=list(bands),
        )


MONTHS = st.lists(
    st.tuples(
        st.integers(0, 300),  # paid, per mille
        st.integers(0, 900),  # rolled on, per mille
        st.integers(0, 100),  # of the claims recovered, per mille
        st.integers(0, 100),  # of the budget lent, per cent
        st.integers(0, 30),  # haircut, per cent
        st.integers(0, 200_000),  # operating cost
    ),
    min_size=1,
    max_size=24,
)


@settings(max_examples=150, deadline=None)
@given(
    bands=st.lists(st.integers(0, 3_000_000), min_size=6, max_size=6), capital=st.integers(5, 40), use=st.integers(0, 100),
    minimum=st.integers(1, 4), dividends=st.sampled_from([None, 0.3]), months=MONTHS,
)
def test_random_months_keep_the_books(bands, capital, use, minimum, dividends, months):
    """Identities 2 to 6 of the output contract from the columns alone; cash never negative; failure absorbing."""
    policy = with_funding(
        capital_ratio=capital / 100, utilisation=use / 100, minimum_cash_months=minimum, dividend_above=dividends, headroom=0.05,
        warehouse={"commitment": 1.2, "delinquency_trigger": 0.10, "undrawn_fee": 0.005},
    )
    pool = Pool(bands, interest=sum(bands) // 100, fees=sum(bands) // 500, unearned=sum(bands) // 60)
    books = opened(policy, Opening(list(bands), pool.interest, pool.fees, pool.unearned, 10_000), keep_journal=True)
    before = {
        "gross": sum(bands), "cash": books.cash, "debt": books.contracts.drawn, "equity": books.ledger.equity(),
        "allowance": books.ledger.credit("allowance"), "unpaid": 0,
    }
    failed = False
    for month, (pay, roll, take, lend, haircut, cost) in enumerate(months, start=1):
        books.begin()
        flows = pool.month(pay, roll, take)
        cut = haircut / 100
        books.service(month, flows)
        settle(books, month, pool.bands, cost=cost, rate=0.08, haircut=cut)
        face = budget(books, 0.0, cut) * lend // 100
        assert not (failed and face)
        fee = face * 3 // 100
        pool.bands[0] += face
        pool.unearned += fee
        books.disburse(month, face, fee, list(pool.bands), market(haircut=cut))
        books.distribute(month)
        c = books.close(month, sum(pool.bands))
        gross = sum(pool.bands)
        assert gross == before["gross"] + c["originations"] - c["principal_collected"] - flows.gross_charge_offs
        assert c["allowance"] == before["allowance"] + c["provisions"] - flows.gross_charge_offs + flows.recoveries
        assert c["allowance"] == required_allowance(pool.bands, policy.provisioning)
        assert c["cash"] == (
            before["cash"] + c["principal_collected"] + c["interest_collected"] + c["fees_collected"] + flows.recoveries
            - c["disbursed"] - c["operating_cost"] - c["funding_cost"] - c["tax"] + c["debt_drawn"] - c["debt_repaid"]
            + c["capital_paid_in"] + c["unpaid_obligations"] - before["unpaid"]
        )
        assert c["debt"] == before["debt"] + c["debt_drawn"] - c["debt_repaid"]
        assert c["equity"] == before["equity"] + c["net_income"] + c["capital_paid_in"]
        assert c["total_assets"] == c["debt"] + c["unpaid_obligations"] + c["equity"]
        assert min(c["cash"], c["debt"], c["unpaid_obligations"]) >= 0
        assert c["liquidity"] == c["cash"] - books.minimum_cash + c["available_funding"]
        assert c["borrowing_base"] == borrowing_base(sum(pool.bands[:2]), 0.8, cut)
        led = books.ledger
        assert (led.debit("interest_receivable"), led.debit("fees_receivable")) == (pool.interest, pool.fees)
        assert led.credit("unearned_fees") == pool.unearned
        if failed:
            assert c["debt_drawn"] == c["originations"] == 0
        if c["lender_state"] == "going_concern":
            assert not failed
            assert c["equity"] >= 0
            assert c["unpaid_obligations"] == 0
        failed = c["lender_state"] != "going_concern"
        before = {
            "gross": gross, "cash": c["cash"], "debt": c["debt"], "equity": c["equity"], "allowance": c["allowance"],
            "unpaid": c["unpaid_obligations"],
        }
