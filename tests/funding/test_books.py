"""The lender's books stay exact under any month of one line. Minor units."""

from hypothesis import given, settings
from hypothesis import strategies as st

from sim.funding.books import Opening
from sim.funding.contract import FundingMarket
from sim.funding.flows import Flows
from sim.funding.money import share_half_up
from sim.inputs import load_scenario
from tests.funding.policies import budget, opened

POLICY = load_scenario("baseline").policy

MONTH = st.tuples(
    st.integers(0, 4_000), st.integers(0, 30_000), st.integers(0, 500), st.integers(0, 9_000), st.integers(0, 3_000),
    st.integers(0, 60_000), st.integers(0, 20_000), st.floats(0, 0.3), st.floats(0, 0.2),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(MONTH, min_size=1, max_size=30), st.integers(0, 60_000))
def test_books_stay_exact_and_cash_is_never_negative(months, opening_late):
    bands = [500_000, opening_late, 0, 0, 0, 0]
    books = opened(POLICY, Opening(list(bands), 900, 100, 4_000, 2_000))
    cash, debt, equity = books.cash, books.contracts.drawn, books.ledger.equity()
    allowance, unpaid = books.ledger.credit("allowance"), 0
    for k, (interest, principal, fees, charge_off, recovery, face, cost, shock, haircut) in enumerate(months, 1):
        books.begin()
        paid = min(principal, bands[0])
        lost = min(charge_off, bands[0] - paid)
        bands[0] -= paid + lost
        flows = Flows(
            interest_accrued=interest, interest_collected_accruing=interest, principal_collected=paid, fees_collected=fees,
            late_fees_charged=fees, gross_charge_offs=lost, recoveries=recovery, bucket_principal=list(bands),
        )
        books.service(k, flows)
        market = FundingMarket(0.05, shock, haircut=haircut)
        books.settle(k, bands, market, cost, shock)
        lent = min(face, budget(books, 0.03, haircut))
        bands[0] += lent
        books.disburse(k, lent, share_half_up(lent, 0.03), bands, market)
        books.distribute(k)
        c = books.close(k, sum(bands))
        assert c["cash"] >= 0
        assert c["cash"] == (
            cash + c["principal_collected"] + c["interest_collected"] + c["fees_collected"] + recovery - c["disbursed"]
            - c["operating_cost"] - c["funding_cost"] + c["debt_drawn"] - c["debt_repaid"] + c["capital_paid_in"] + c["unpaid_obligations"] - unpaid  # noqa: E501
        )
        assert c["debt"] == debt + c["debt_drawn"] - c["debt_repaid"] >= 0
        assert c["equity"] == equity + c["net_income"] + c["capital_paid_in"]
        assert c["total_assets"] == c["debt"] + c["unpaid_obligations"] + c["equity"]
        assert c["allowance"] == allowance + c["provisions"] - lost + recovery
        if c["lender_state"] != "going_concern":
            assert budget(books, 0.03, haircut) == 0
        cash, debt, equity, allowance, unpaid = c["cash"], c["debt"], c["equity"], c["allowance"], c["unpaid_obligations"]
