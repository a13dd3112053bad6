"""The opening position: a seasoned book, a warm-up with funding frozen, then the books are struck."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.borrowers.columns import IN_MARKET, NON_ACCRUAL, OPEN, RING, Account, Population
from sim.borrowers.population import sample_population
from sim.config import Resolved
from sim.config.schema import Policy
from sim.funding.books import Books, Opening
from sim.funding.contract import FundingMarket
from sim.funding.flows import BANDS
from sim.funding.ratings import rate
from sim.funding.terms import Notch
from sim.lender import booking
from sim.lender.agent import Lender
from sim.lender.pricing import Terms
from sim.script import ScriptedLoan


def open_population(
    resolved: Resolved, keys: tuple[int, int], lender: Lender, unemployment: float, real_growth: float, terms: Terms,
    threads: int,
) -> Population:
    """Sample the borrowers and give some of them accounts that have run for a part of their tenor.

    The warm-up then lets arrears build up as they do in life; its length is the scenario's.
    """
    profile, policy = resolved.profile, resolved.policy
    population = sample_population(
        profile, resolved.scenario.borrowers.count, keys, unemployment, policy.underwriting.exclusion_months, real_growth,
        threads,
    )
    lender.calibrate_scorecard(population)
    month = -resolved.scenario.warm_up_months
    for plan, account, share, fee in (
        (False, population.loan, profile.opening.cash_loan, policy.products.cash_loan.upfront_fee),
        (True, population.plan, profile.opening.instalment_plan, 0.0),
    ):
        product = policy.products.instalment_plan if plan else policy.products.cash_loan
        if not product.offered:
            continue
        picked = booking.pick_opening(population.rows, np.float32(share), plan, *keys)
        rows = np.flatnonzero((picked == 1) & (population.household.market == IN_MARKET)).astype(np.int64)
        a = lender.consider(population, rows, plan, month, keys, terms)
        j = a.judged
        booking.season(
            population.household, account, rows, a.granted, j.face, j.rate, j.instalment, j.tenor, j.band, fee, plan,
            month, *keys,
        )
    lender.opening_accounts = int((population.loan.state == OPEN).sum() + (population.plan.state == OPEN).sum())
    return population


@dataclass(frozen=True)
class BookStocks:
    """Sums over the open accounts, minor units."""

    band_principal: list[int]
    accounts: int
    interest_receivable: int
    fees_receivable: int
    unearned_fees: int


def _interest_receivable(a: Account) -> int:
    accruing = (a.state == OPEN) & ((a.marks & NON_ACCRUAL) == 0) & (a.overdue > 0)
    return int(a.ring[accruing][:, :RING].sum(dtype=np.int64))


def take_stock(population: Population) -> BookStocks:
    """Count the book from the columns themselves: the oracle that the running sums are checked against."""
    bands = [0] * 6
    accounts = receivable = fees = unearned = 0
    for a in (population.loan, population.plan):
        live = a.state == OPEN
        for k in range(6):
            hit = live & (a.missed == k if k < 5 else a.missed >= 5)
            bands[k] += int(a.principal[hit].sum(dtype=np.int64))
        accounts += int(live.sum())
        receivable += _interest_receivable(a)
        fees += int(a.fees_due[live].sum(dtype=np.int64))
        unearned += int(a.unearned_fee[live].sum(dtype=np.int64))
    return BookStocks(bands, accounts, receivable, fees, unearned)


def strike_books(policy: Policy, stocks: BookStocks, monthly_cost: int, market: FundingMarket) -> Books:
    """The opening balance sheet on the warmed-up book."""
    opening = Opening(stocks.band_principal, stocks.interest_receivable, stocks.fees_receivable, stocks.unearned_fees, monthly_cost)
    return Books.open(policy.funding, policy.provisioning, opening, market)


def open_scripted_books(policy: Policy, script: ScriptedLoan, market: FundingMarket) -> Books:
    """Shareholders pay in, the one loan is disbursed in month 0; the journal is kept."""
    minimum = int(policy.funding.minimum_cash_months * policy.operating_cost.fixed / 12 * script.face + 0.5)
    books = Books.start(policy.funding, policy.provisioning, script.equity, script.face, minimum, keep_journal=True)
    books.begin()
    books.disburse(0, script.face, script.fee, [script.face, 0, 0, 0, 0, 0], market)
    books.close(0, script.face)
    return books


def opening_position(books: Books, stocks: BookStocks, nco: float | None) -> dict[str, Any]:
    """The stocks that month 1 starts from, in minor units; nco: net charge-off rate of the last months of the warm-up."""
    led = books.ledger
    return {
        "gross_loans": sum(stocks.band_principal),
        **{f"balance_{band}": stocks.band_principal[k] for k, band in enumerate(BANDS)},
        "active_accounts": stocks.accounts, "allowance": led.credit("allowance"), "cash": books.cash,
        "debt": books.contracts.drawn, "equity": led.equity(), "total_assets": led.total_assets(),
        "borrowing_base": books.contracts.base, "net_charge_off_rate_3m": nco, "unpaid_obligations": 0,
    }


def opening_rating(books: Books, policy: Policy, nco: float | None, gross: int) -> Notch:
    """The rating that the opening position earns."""
    led = books.ledger
    return rate(led.equity() / max(1, led.total_assets()), nco, books.liquidity / gross, policy.rating)
