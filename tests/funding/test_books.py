"""The lender's books: exact under any month, triggers and budgets against closed forms."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.config import load_scenario
from sim.funding.books import Books, Opening
from sim.funding.flows import Flows
from sim.funding.horizon import HorizonInputs, survival_months
from sim.funding.ledger import BooksError, Ledger
from sim.funding.provisions import required_allowance
from sim.funding.ratings import rate
from sim.funding.warehouse import Facility, borrowing_base, monthly_interest, origination_budget, share_half_up

POLICY = load_scenario("baseline").policy


def test_budget_is_the_self_financing_one():
    # advance 80 %, fee 3 %: each unit lent needs 17 cents of own money
    assert origination_budget(1_700, 10**9, 0.80, 0.03, 0.0) == 10_000
    # the commitment binds: (F + H) / (1 - phi)
    assert origination_budget(1_700, 3_150, 0.80, 0.03, 0.0) == 5_000
    assert origination_budget(-5, 10**9, 0.80, 0.03, 0.0) == 0
    assert origination_budget(1_700, 10**9, 0.80, 0.03, 0.10) == 9_000


@given(st.integers(0, 10**12), st.floats(0, 1), st.floats(0, 1))
def test_borrowing_base_is_rounded_down_and_never_negative(eligible, advance, haircut):
    base = borrowing_base(eligible, advance, haircut)
    assert 0 <= base <= eligible
    assert borrowing_base(eligible, advance, 1.0) == 0


def test_interest_and_shares_are_half_up():
    assert monthly_interest(18_200, 0.06) == 91
    assert monthly_interest(7_879, 0.06) == 39
    assert share_half_up(5, 0.5) == 3


def test_allowance_is_by_band():
    p = POLICY.provisioning.model_copy(update={"loss_given_default": 1.0, "roll_to_loss_current": 0.04, "roll_to_loss_90_plus": 0.9})
    assert required_allowance([60_000, 0, 0, 0, 0, 0], p) == 2_400
    assert required_allowance([0, 0, 0, 0, 40_786, 0], p) == 36_707
    assert required_allowance([0, 0, 0, 0, 0, 40_786], p) == 36_707


def test_term_out_repays_in_equal_parts_and_a_deficiency_comes_first():
    f = Facility(commitment=1_200, drawn=1_200, base=1_200, term_out=12)
    assert f.mandatory(5) == 0
    f.stop(5)
    assert f.available == 0
    assert f.mandatory(6) == 100
    f.base = 1_000
    assert f.mandatory(6) == 200


def test_rating_takes_the_first_notch_that_holds():
    table = POLICY.rating
    assert rate(0.5, 0.0, 1.0, table).label == table[0].label
    assert rate(0.16, 0.08, 0.05, table).label == "BBB"
    assert rate(None, 0.0, 1.0, table).label == table[-1].label
    assert rate(0.5, None, 1.0, table).label == table[0].label


def horizon(**changes):
    base = {
        "cash": 1_000, "debt": 0, "commitment": 0, "revolving": False, "advance": 0.8, "eligible": 0, "instalments": [0] * 25,
        "collected_share": 1.0, "falls_ineligible": 0.0, "monthly_rate": 0.0, "operating_cost": 100, "disbursements": 0,
        "new_instalment_factor": 0.1, "new_tenor": 12, "term_out": 12, "stopped_debt": 0, "stopped_since": 0, "amortisation": [1.0] * 24,
        "undrawn_fee": 0.0, "payout_share": 1.0,
    }
    return HorizonInputs(**(base | changes))


def test_survival_is_cash_over_cost_when_nothing_comes_in():
    assert survival_months(horizon(), True) == (11, False)
    assert survival_months(horizon(operating_cost=10), True) == (24, True)
    assert survival_months(horizon(instalments=[100] * 25), True) == (24, True)
    assert survival_months(horizon(disbursements=100), True)[0] < survival_months(horizon(disbursements=100), False)[0]


def test_a_broken_ledger_says_where():
    ledger = Ledger()
    ledger.post(1, "test", "cash", "share_capital", 10)
    ledger.balance["cash"] += 3
    with pytest.raises(BooksError, match="month 4: debits and credits differ by 3"):
        ledger.check(4)


MONTH = st.tuples(
    st.integers(0, 4_000), st.integers(0, 30_000), st.integers(0, 500), st.integers(0, 9_000), st.integers(0, 3_000),
    st.integers(0, 60_000), st.integers(0, 20_000), st.floats(0, 0.3), st.floats(0, 0.2),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(MONTH, min_size=1, max_size=30), st.integers(0, 60_000))
def test_books_stay_exact_and_cash_is_never_negative(months, opening_late):
    bands = [500_000, opening_late, 0, 0, 0, 0]
    books = Books.open(POLICY, Opening(list(bands), 900, 100, 4_000, 2_000))
    cash, debt, equity = books.cash, books.facility.drawn, books.ledger.equity()
    allowance, unpaid = books.ledger.credit("allowance"), 0
    for k, (interest, principal, fees, charge_off, recovery, face, cost, shock, haircut) in enumerate(months, 1):
        books.begin()
        paid = min(principal, bands[0])
        lost = min(charge_off, bands[0] - paid)
        bands[0] -= paid + lost
        flows = Flows(
            interest_accrued=interest, interest_collected_accruing=interest, principal_collected=paid, fees_collected=fees,
            late_fees_charged=fees, gross_charge_offs=lost, recoveries=recovery, band_principal=list(bands),
        )
        books.service(k, flows)
        books.settle(k, bands, 0.05 + shock, haircut, cost, shock)
        lent = min(face, books.budget(0.03, haircut))
        bands[0] += lent
        books.disburse(k, lent, share_half_up(lent, 0.03), bands, haircut)
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
            assert books.budget(0.03, haircut) == 0
        cash, debt, equity, allowance, unpaid = c["cash"], c["debt"], c["equity"], c["allowance"], c["unpaid_obligations"]
