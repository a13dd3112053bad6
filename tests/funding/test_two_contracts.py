"""Books with two lines of different terms: order of cash, each its own account, triggers and price; and exact in any month. Minor units."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.funding.books import Books, Opening
from sim.funding.contract import FundingMarket
from sim.funding.flows import Flows
from sim.funding.kinds import KINDS, contracts_of, opening_spread, resumed, saved
from sim.funding.ledger import BooksError, Ledger
from sim.funding.provisions import required_allowance
from sim.funding.stack import DebtStack, in_turn
from sim.funding.terms import Funding, Warehouse
from sim.funding.warehouse import WarehouseFacility
from tests.funding.policies import golden, line, market, terms
from tests.funding.test_lender_month import CURRENT, MONTHS, Pool


class TwoLines(Funding):
    """The policy file's section with a second line in it: all that a new contract needs, with its entry among the kinds."""

    mezzanine: Warehouse


@pytest.fixture(scope="module", autouse=True)
def _a_second_kind():
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(KINDS, "mezzanine", WarehouseFacility)
        yield


def two_lines(senior=None, mezzanine=None, **changes) -> TwoLines:
    own = golden().funding.model_dump() | {"warehouse": terms(**senior or {}), "mezzanine": terms(**mezzanine or {})}
    return TwoLines.model_construct(**(own | changes))


def given_books(cash: int, bands: list[int], *lines: WarehouseFacility, minimum: int = 0) -> Books:
    """Books with cash, loans and lines as they stand; equity is what is left."""
    stack = DebtStack(lines)
    ledger = Ledger(stack.accounts, keep_journal=True)
    allowance = required_allowance(bands, golden().provisioning)
    for debit, credit, amount in (
        ("cash", "share_capital", cash), ("loans_principal", "share_capital", sum(bands)), ("share_capital", "allowance", allowance),
        *(("share_capital", one.account, one.drawn) for one in lines),
    ):
        ledger.post(0, "given", debit, credit, amount)
    books = Books(golden().funding, golden().provisioning, ledger, stack, minimum)
    books.begin()
    return books


def debts(books: Books) -> list[int]:
    return [c.drawn for c in books.contracts]


def settle(books: Books, month: int, bands: list[int], cost: int = 0, rate: float = 0.0, haircut: float = 0.0) -> None:
    books.settle(month, bands, market(rate, haircut), cost, sum(bands[2:]) / sum(bands))


def late(share: int) -> list[int]:
    return [100_000 - share * 1_000, 0, share * 1_000, 0, 0, 0]


# --------------------------------------------------------------------------------------------- opening, kinds


def test_both_lines_are_struck_on_their_part_of_the_pool():
    funding = two_lines({"commitment": 0.5}, {"commitment": 0.8, "advance_rate": 0.6}, utilisation=0.9, capital_ratio=0.5)
    books = Books.open(funding, golden().provisioning, Opening([10_000_000, 0, 0, 0, 0, 0], 0, 0, 0, 0), FundingMarket(0.0))
    # 5,000,000 committed need 6,250,000 of loans at 80 %; the other 3,750,000 carry 60 %
    assert [c.collateral for c in books.contracts] == [6_250_000, 3_750_000]
    assert debts(books) == [4_500_000, 2_025_000]
    led = books.ledger
    assert (led.credit("warehouse_debt"), led.credit("mezzanine_debt")) == (4_500_000, 2_025_000)
    assert led.equity() * 2 == led.total_assets() == 13_050_000
    assert led.liabilities() == books.contracts.drawn == 6_525_000


def test_the_list_follows_the_table_of_kinds_and_survives_json():
    funding = two_lines()
    stack = contracts_of(funding, 1_000)
    assert [c.name for c in stack] == list(KINDS) == ["warehouse", "mezzanine"]
    for contract, amount in zip(stack, (30, 40), strict=True):
        contract.draw(amount)
    again = resumed(funding, json.loads(json.dumps(saved(stack))))
    assert saved(again) == saved(stack)
    assert again.drawn == 70
    with pytest.raises(KeyError):
        resumed(funding, {"warehouse": saved(stack)["warehouse"]})


def test_two_contracts_need_two_accounts():
    with pytest.raises(ValueError, match="an account of its own"):
        DebtStack((line(1, 0, 0), line(2, 0, 0)))


@given(st.integers(-5, 10**7), st.lists(st.integers(-3, 10**7), max_size=5))
def test_in_turn_gives_out_what_there_is(amount, capacities):
    parts = in_turn(amount, capacities)
    held = [max(0, c) for c in capacities]
    assert sum(parts) == min(max(0, amount), sum(held))
    assert all(0 <= p <= h for p, h in zip(parts, held, strict=True))
    short = [k for k, (p, h) in enumerate(zip(parts, held, strict=True)) if p < h]
    assert not any(parts[short[0] + 1 :] if short else [])


# ---------------------------------------------------------------------------------------------- order of cash


def test_obligations_are_drawn_from_the_first_and_then_from_the_second():
    books = given_books(1_000, CURRENT, line(52_000, 50_000, 0), line(10_000, 4_000, 0, "mezzanine"))
    settle(books, 1, CURRENT, cost=6_000)
    assert (books.cash, debts(books), books.state) == (0, [52_000, 7_000], "going_concern")
    drawn = [(e.event, e.credit, e.amount) for e in books.ledger.journal if e.debit == "cash" and e.month == 1]
    assert drawn == [
        ("draw warehouse for obligations", "warehouse_debt", 2_000), ("draw mezzanine for obligations", "mezzanine_debt", 3_000),
    ]


def test_disbursement_draws_and_surplus_repays_in_turn():
    books = given_books(0, CURRENT, line(52_000, 50_000, 0), line(10_000, 4_000, 0, "mezzanine"), minimum=500)
    settle(books, 1, CURRENT)
    books.disburse(1, 3_000, 0, [103_000, 0, 0, 0, 0, 0], market())
    assert (books.cash, debts(books)) == (500, [52_000, 5_500])
    books.close(1, 103_000)
    books.begin()
    books.service(2, Flows(principal_collected=54_000, bucket_principal=[49_000, 0, 0, 0, 0, 0]))
    books.disburse(2, 0, 0, [49_000, 0, 0, 0, 0, 0], market())
    assert (books.cash, debts(books)) == (500, [0, 3_500])


def test_each_line_has_its_own_price_and_entry():
    mezzanine = line(10_000, 6_000, 0, "mezzanine", spread=0.12, undrawn_fee=0.03)
    books = given_books(5_000, CURRENT, line(60_000, 48_000, 0, spread=0.02), mezzanine)
    books.settle(1, CURRENT, FundingMarket(0.04, spread=0.0), 0, 0.0)
    paid = {e.event: e.amount for e in books.ledger.journal if e.debit == "funding_cost"}
    assert paid == {"warehouse interest paid on opening debt": 240, "mezzanine interest paid on opening debt": 80 + 10}


def test_the_spread_in_force_is_the_mean_by_debt():
    senior, mezzanine = line(60_000, 30_000, 0, spread=0.03), line(10_000, 10_000, 0, "mezzanine", spread=0.09)
    stack = DebtStack((senior, mezzanine))
    assert stack.spread(FundingMarket(0.04)) == pytest.approx(0.045)
    assert stack.spread(FundingMarket(0.04, 0.01, 0.02)) == pytest.approx(0.075)
    senior.repay(30_000)
    assert stack.spread(FundingMarket(0.04)) == pytest.approx(0.09)
    mezzanine.repay(10_000)
    assert stack.spread(FundingMarket(0.04)) == 0.03  # nothing drawn: the line that is drawn first
    assert opening_spread(two_lines({"spread": 0.031}), FundingMarket(0.0)) == 0.031


@given(st.floats(0, 0.3), st.floats(-0.05, 0.3), st.floats(-0.01, 0.1), st.integers(0, 10**12))
def test_one_line_gives_its_own_spread_to_the_bit(own, shock, notch, debt):
    assert DebtStack((line(10**12, debt, 0, spread=own),)).spread(FundingMarket(0.0, shock, notch)) == own + shock + notch


# ------------------------------------------------------------------------------------- deficiencies and triggers


def test_a_deficiency_of_one_is_met_by_the_other():
    """A haircut takes 10,000 from the first; the second has room and the loans to carry it."""
    books = given_books(0, [140_000, 0, 0, 0, 0, 0], line(80_000, 80_000, 0), line(40_000, 10_000, 0, "mezzanine", eligible_below_dpd=60))
    bands = [100_000, 0, 40_000, 0, 0, 0]  # only the second accepts loans 30 days past due
    settle(books, 1, bands, haircut=0.10)
    assert (debts(books), books.cash, books.state) == ([70_000, 20_000], 0, "going_concern")
    events = [e.event for e in books.ledger.journal if e.debit == "warehouse_debt" and e.month == 1]
    assert events == ["borrowing-base deficiency repaid"]


def test_deficiencies_of_both_are_paid_in_turn_and_named_together():
    books = given_books(3_000, CURRENT, line(50_000, 50_000, 0), line(40_000, 30_000, 0, "mezzanine"))
    settle(books, 1, [80_000, 0, 20_000, 0, 0, 0])
    # 80,000 carry 64,000: all of the first debt, 14,000 of the second; 16,000 are due
    assert [c.base for c in books.contracts] == [50_000, 14_000]
    assert (debts(books), books.state, books.obligations_shortfall) == ([50_000, 27_000], "illiquid", 13_000)
    assert "a borrowing-base deficiency of 160.00 falls due -> obligations of 160.00" in books.events[-1]["detail"]


def test_triggers_of_both_are_reported_each_at_its_threshold():
    books = given_books(
        100_000, CURRENT, line(50_000, 30_000, 0, delinquency_trigger=0.05, term_out_months=6),
        line(50_000, 12_000, 0, "mezzanine", delinquency_trigger=0.08, term_out_months=3),
    )
    for month, share in enumerate((6, 6, 6, 9, 12), start=1):
        settle(books, month, late(share))
    breaches = [(e["month"], e["threshold"], e["detail"].split(": ")[1]) for e in books.events_of("trigger_breach")]
    assert breaches == [
        (3, 0.05, "the warehouse stops revolving and is repaid over its term-out"),
        (5, 0.08, "the mezzanine stops revolving and is repaid over its term-out"),
    ]
    assert debts(books) == [20_000, 12_000]  # two sixths of the first are repaid
    settle(books, 6, late(0))
    assert debts(books) == [15_000, 8_000]
    standing = [(c.name, t.name, round(t.headroom, 4), t.breached) for c, t in books.contracts.triggers(books.reading)]
    assert standing == [("warehouse", "delinquency", -0.02, True), ("mezzanine", "delinquency", 0.01, False)]


def test_triggers_breached_in_one_month_are_two_events():
    books = given_books(100_000, CURRENT, *(line(50_000, 30_000, 0, name, delinquency_trigger=0.05) for name in ("warehouse", "mezzanine")))
    for month in (1, 2, 3):
        settle(books, month, late(7))
    assert [(e["month"], e["kind"]) for e in books.events] == [(3, "trigger_breach")] * 2
    assert [c.stopped for c in books.contracts] == ["trigger", "trigger"]


def test_a_stopped_line_is_refinanced_by_an_open_one_and_bars_distributions():
    books = given_books(0, CURRENT, line(30_000, 30_000, 0, term_out_months=6), line(60_000, 20_000, 0, "mezzanine"))
    books.contracts.contracts[0].stop(0, "trigger")
    books.last_profits.append(1)
    settle(books, 1, CURRENT)
    assert (debts(books), books.state) == ([25_000, 25_000], "going_concern")
    means = books.means(market())
    assert means.free == 80_000 - 50_000 - 5_000  # what the pool carries, less both debts and the next instalment
    assert [t.room for t in means.tranches] == [0, 60_000 - 55_000]
    books.disburse(1, 0, 0, CURRENT, market())
    books.distribute(1)
    assert books.cash_flows.capital_paid_in == 0


def test_failure_stops_both_names_both_and_the_run_off_repays_in_turn():
    books = given_books(
        2_000, CURRENT, line(40_000, 36_000, 0, delinquency_trigger=0.05, term_out_months=6),
        line(30_000, 30_000, 0, "mezzanine", delinquency_trigger=0.05, term_out_months=6),
    )
    for month in (1, 2, 3):
        settle(books, month, late(6))
    assert books.state == "going_concern"
    settle(books, 4, late(6))  # 6,000 and 5,000 fall due
    assert (books.state, books.obligations_shortfall, books.cash) == ("illiquid", 9_000, 0)
    assert books.events[-1]["detail"].startswith(
        "arrears over the trigger -> the warehouse stops revolving -> the mezzanine stops revolving"
        " -> a term-out instalment of 110.00 falls due"
    )
    assert debts(books) == [34_000, 30_000]
    books.begin()
    books.service(5, Flows(interest_collected_cash_basis=50_000, bucket_principal=late(6)))
    settle(books, 5, late(6), cost=1_000)
    assert debts(books) == [0, 34_000 + 30_000 - 48_000]  # 1,000 paid, 1,000 kept for next month's cost


def test_a_debt_that_leaves_the_ledger_is_found_by_its_contract():
    books = given_books(0, CURRENT, line(40_000, 10_000, 0), line(40_000, 10_000, 0, "mezzanine"))
    books.contracts.contracts[1].draw(7)
    with pytest.raises(BooksError, match="in the contract 'mezzanine' differ by -7"):
        books.close(1, 100_000)


# -------------------------------------------------------------------------------------------------- any month


def largest(books: Books, funding: FundingMarket) -> int:
    """The largest loan that the means afford, upfront fee 3 %, found by halving."""
    means, low, high = books.means(funding), 0, 10**9
    while high - low > 1:
        face = (low + high) // 2
        if means.afford(np.array([face]), np.array([face - face * 3 // 100]), books.funding.headroom)[0]:
            low = face
        else:
            high = face
    return low


@settings(max_examples=150, deadline=None)
@given(
    bands=st.lists(st.integers(0, 3_000_000), min_size=6, max_size=6), capital=st.integers(5, 40), use=st.integers(0, 100),
    minimum=st.integers(0, 3), headroom=st.sampled_from([0.0, 0.05]), dividends=st.sampled_from([None, 0.3]),
    shares=st.tuples(st.integers(0, 120), st.integers(0, 120)), advances=st.tuples(st.integers(0, 95), st.integers(0, 95)),
    depths=st.tuples(st.sampled_from([30, 60, 90]), st.sampled_from([30, 60, 90])), months=MONTHS,
)
def test_random_months_keep_the_books_of_two_lines(
    bands, capital, use, minimum, headroom, dividends, shares, advances, depths, months
):
    senior, mezzanine = (
        {"commitment": s / 100, "advance_rate": a / 100, "eligible_below_dpd": d, "delinquency_trigger": t, "spread": p, "undrawn_fee": u}
        for s, a, d, t, p, u in zip(shares, advances, depths, (0.10, 0.14), (0.03, 0.08), (0.005, 0.02), strict=True)
    )
    funding = two_lines(
        senior, mezzanine, capital_ratio=capital / 100, utilisation=use / 100, minimum_cash_months=minimum, headroom=headroom,
        dividend_above=dividends,
    )
    pool = Pool(bands, interest=sum(bands) // 100, fees=sum(bands) // 500, unearned=sum(bands) // 60)
    opening = Opening(list(bands), pool.interest, pool.fees, pool.unearned, 10_000)
    books = Books.open(funding, golden().provisioning, opening, FundingMarket(0.04), keep_journal=True)
    cash, debt, unpaid, failed = books.cash, books.contracts.drawn, 0, False
    for month, (pay, roll, take, lend, haircut, cost) in enumerate(months, start=1):
        books.begin()
        flows, now = pool.month(pay, roll, take), FundingMarket(0.04, haircut=haircut / 100)
        books.service(month, flows)
        books.settle(month, pool.bands, now, cost, sum(pool.bands[2:]) / sum(pool.bands) if sum(pool.bands) else None)
        face = largest(books, now) * lend // 100
        fee = face * 3 // 100
        assert not (failed and face)
        pool.bands[0] += face
        pool.unearned += fee
        books.disburse(month, face, fee, list(pool.bands), now)
        books.distribute(month)
        c = books.close(month, sum(pool.bands))  # checks: balance, roll-forward of cash, each debt against its account, cash >= 0
        assert c["cash"] == (
            cash + c["principal_collected"] + c["interest_collected"] + c["fees_collected"] + flows.recoveries - c["disbursed"]
            - c["operating_cost"] - c["funding_cost"] - c["tax"] + c["debt_drawn"] - c["debt_repaid"] + c["capital_paid_in"]
            + c["unpaid_obligations"] - unpaid
        )
        assert c["debt"] == debt + c["debt_drawn"] - c["debt_repaid"] == sum(debts(books))
        assert c["total_assets"] == c["debt"] + c["unpaid_obligations"] + c["equity"]
        assert c["liquidity"] == c["cash"] - books.minimum_cash + sum(x.available for x in books.contracts)
        for depth in (2, 3, 4):  # no loan carries two debts
            holders = [x for x in books.contracts if x.claim(now).depth <= depth]
            assert sum(x.collateral for x in holders) <= sum(pool.bands[:depth])
        if c["lender_state"] == "going_concern":
            assert not failed
            assert all(x.drawn <= x.limit for x in books.contracts)
        failed = c["lender_state"] != "going_concern"
        if failed:
            assert c["available_funding"] == c["undrawn_committed"] == 0
        cash, debt, unpaid = c["cash"], c["debt"], c["unpaid_obligations"]


def test_a_line_cut_in_two_lives_as_the_whole_to_within_rounding():
    whole = given_books(20_000, CURRENT, line(90_000, 60_000, 0, spread=0.05, undrawn_fee=0.01))
    halves = given_books(
        20_000, CURRENT, *(line(45_000, 30_000, 0, name, spread=0.05, undrawn_fee=0.01) for name in ("warehouse", "mezzanine"))
    )
    bands = list(CURRENT)
    for month in range(1, 13):
        paid = bands[0] // 12
        bands[0] -= paid
        for books in (whole, halves):
            books.begin()
            books.service(month, Flows(interest_accrued=2_000, interest_collected_accruing=2_000, principal_collected=paid, bucket_principal=list(bands)))  # noqa: E501
            books.settle(month, bands, FundingMarket(0.04), 900, 0.0)
        face = largest(whole, FundingMarket(0.04)) * 9 // 10
        bands[0] += face
        for books in (whole, halves):
            books.disburse(month, face, face * 3 // 100, list(bands), FundingMarket(0.04))
            books.close(month, bands[0])
        assert abs(whole.contracts.drawn - halves.contracts.drawn) <= 2 * month
        assert abs(whole.ledger.equity() - halves.ledger.equity()) <= 2 * month
    assert halves.state == whole.state == "going_concern"
