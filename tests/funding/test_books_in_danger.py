"""What must not happen in the books: entries that do not roll forward, means overdrawn, errors that lose their words."""

import pickle

import pytest

import sim
from sim.funding.books import Opening
from sim.funding.flows import Flows
from sim.funding.ledger import BooksError
from tests.funding.policies import budget, market, opened, with_funding
from tests.funding.test_lender_month import CURRENT, book


def test_a_books_error_survives_a_worker_process():
    error = pickle.loads(pickle.dumps(BooksError(3, "what", 7)))
    assert (error.month, error.what, error.difference) == (3, "what", 7)


def test_a_lender_without_a_cash_cushion_lends_to_the_last_unit_and_no_further():
    tight = ["policy.funding.minimum_cash_months=0", "policy.funding.headroom=0%", "policy.funding.utilisation=100%", "policy.funding.capital_ratio=9%"]  # noqa: E501
    model = sim.LendingModel("baseline", seed=4, set=["borrowers.count=3000", "months=36", "warm_up_months=6", *tight])
    model.run_model()
    assert sum(r["rejected_budget"] for r in model.rows) > 0
    assert min(r["cash"] for r in model.rows) >= 0


def test_a_repaid_line_holds_nothing_back():
    books = book(50_000, 12_000, CURRENT, minimum=5_000)
    books.contracts.contracts[0].stop(0)
    books._repay(1, ["all"], [12_000])
    assert budget(books, 0.0, 0.0) == 50_000 - 12_000 - 5_000


def test_a_negative_flow_is_refused():
    books = book(50_000, 0, CURRENT)
    with pytest.raises(BooksError):
        books.service(1, Flows(principal_collected=-5, bucket_principal=[100_005, 0, 0, 0, 0, 0]))


def test_cash_that_does_not_roll_forward_stops_the_run():
    books = book(50_000, 0, CURRENT)
    books.ledger.post(1, "stray entry", "share_capital", "cash", 999)
    books.disburse(1, 0, 0, CURRENT, market())
    with pytest.raises(BooksError, match="cash and its roll-forward"):
        books.close(1, 100_000)


def test_the_opening_capital_ratio_is_not_below_the_stated_one():
    policy = with_funding(capital_ratio=0.19, utilisation=1.0)
    books = opened(policy, Opening([100_000_037, 3_000_000, 0, 0, 0, 0], 0, 0, 9_000_000, 1))
    assert books.cash > books.minimum_cash
    assert books.ledger.equity() / books.ledger.total_assets() >= 0.19
