"""The opening position: a seasoned book, a warm-up with funding frozen, then the books are struck."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from sim import month
from sim.accounts.columns import EVER, NON_ACCRUAL, OPEN, RING
from sim.assembly import (
    bytes_of_a_borrower,
    empty_population,
    layout,
    numbers_at_opening,
    numbers_of_files,
    numbers_of_month,
    split_tables,
)
from sim.economy.clearing import clearing_pipeline
from sim.engine.columns import Table
from sim.engine.declare import Mechanism, MonthInputs
from sim.engine.draws import luck_numbers
from sim.engine.engine import Engine
from sim.engine.memory import Population
from sim.engine.pipeline import Pipeline, Step
from sim.engine.room import refuse_without_room
from sim.engine.threads import threads_for
from sim.funding.books import Books, Opening
from sim.funding.contract import FundingMarket
from sim.funding.flows import BUCKETS
from sim.funding.frozen import FrozenFunding
from sim.funding.ratings import Readings, rate
from sim.funding.terms import Notch
from sim.inputs.policy import Policy
from sim.lender.agent import Lender
from sim.lender.collecting import CollectionsPlan
from sim.measures.liquidity import funding_market
from sim.measures.monthly import net_charge_off_rate
from sim.numerics.sums import half_up
from sim.running_cost import running_cost
from sim.script import ScriptedLoan
from sim.state import OpeningStocks, PublicState, RunState

if TYPE_CHECKING:
    from sim.model import LendingModel
    from sim.saving import Saved
    from sim.setup import Setup


@dataclass
class Pipelines:
    """The month's pipelines, bound to memory, and the numbers that no month changes."""

    numbers: dict[str, Any]
    clearing: Pipeline
    live: Pipeline  # the borrowers' part
    serve: Pipeline  # the lender's part, after borrowers have stepped one by one
    month: Pipeline  # both, block by block
    booking: list[Pipeline]  # by product
    script: ScriptedLoan | None = None


def assemble(model: LendingModel, threads: int | None, resumed: Saved | None) -> tuple[Lender, Engine, Pipelines]:
    """Lender, engine and pipelines of a run; the population is sampled, or left empty for a saved one to fill."""
    setup = model.setup
    policy = setup.policy_at(-setup.warm_up_months if resumed is None else resumed.data["state"]["month"])
    lender = Lender(model, setup.profile, policy, setup.gain)
    scenario, slots, more = setup.resolved.scenario, len(lender.products), setup.mechanisms
    rows = 1 if scenario.script else scenario.borrowers.count
    workers = threads_for(rows, threads)
    refuse_without_room(
        rows * bytes_of_a_borrower(slots, more), f"{rows:,} borrowers on {workers} thread{'s' if workers > 1 else ''}", workers
    )
    names = [product.name for product in lender.products]
    population = empty_population(rows, names, more, luck_numbers(names, setup.of_the_book))
    lived = setup.conditions.months + setup.warm_up_months + 2
    engine = Engine(population, layout(more), setup.keys, lived, setup.warm_up_months, threads, setup.swaps)
    numbers = numbers_under(policy, setup, engine)
    script = ScriptedLoan(scenario.script, policy, lender.minor) if scenario.script else None
    if script is not None:
        script.fill(population)
        lender.read_risk(0, 0, 1)
    elif resumed is None:
        _populate(model, lender, engine, numbers)
    stages = month.with_mechanisms(more)
    live, serve = month.steps(stages.live, slots), month.steps(stages.serve, slots)
    again = month.steps([month.BEGIN, month.BILLS], slots)
    return lender, engine, Pipelines(
        numbers, clearing_pipeline(engine), engine.pipeline(live), engine.pipeline([*again, *serve]), engine.pipeline([*live, *serve]),
        [engine.pipeline(month.of_desk([month.BOOK], slots, slot), on_desk=True) for slot in range(slots)], script,
    )


def numbers_under(policy: Policy, setup: Setup, engine: Engine) -> dict[str, Any]:
    """The numbers that no month changes while a policy is in force."""
    return numbers_of_files(setup.profile, policy, setup.gain) | {"vintage.zero": engine.vintage_zero, "vintage.width": engine.months}


def _populate(model: LendingModel, lender: Lender, engine: Engine, numbers: dict[str, Any]) -> None:
    """Sample the borrowers and give some of them accounts, under the conditions of the opening."""
    setup, now, policy = model.setup, model.setup.conditions.at(0), lender.policy
    sampling = sampling_numbers(
        setup.profile, now["unemployment_rate"], policy.underwriting.exclusion_months, now["real_income_growth"]
    )
    sample_borrowers(engine, setup.profile, numbers | sampling, setup.mechanisms)
    spread = FrozenFunding(policy.funding).spread(funding_market(setup.conditions, 0))
    engine.set_tables(lender.tables(lender.terms(now["policy_rate"] + spread, now["apr_cap"])))
    public = PublicState(now["unemployment_rate"], policy.rating[0])
    opening = numbers_of_month(MonthInputs(setup.profile, policy, setup.gain, now, now, now, public, 0.0, 0.0), setup.mechanisms)
    season_book(engine, lender, numbers | opening | lender.numbers(0), -setup.warm_up_months)


def begin(model: LendingModel) -> RunState:
    """The state in which the warm-up begins."""
    policy = model.lender.policy
    unemployment = 1.0 - float(model.population.household.employed.mean())
    return RunState(
        -model.setup.warm_up_months, PublicState(unemployment, policy.rating[0]), FrozenFunding(policy.funding), CollectionsPlan()
    )


def strike(model: LendingModel) -> None:
    """The warm-up is over: strike the opening books, rate the lender."""
    state, setup, policy = model.state, model.setup, model.policy
    stocks = take_stock(model.population)
    gross = sum(stocks.bucket_principal)
    cost = 0
    state.opening = OpeningStocks(max(1, gross), sum(stocks.bucket_principal[4:]) / gross if gross else 0.0, max(1, stocks.accounts))
    if model.lived is not None:
        cost = running_cost(policy, model.lender.minor, state, model.lived, setup.mechanisms)
    model.lender.opening_accounts = state.opening.accounts
    market = funding_market(setup.conditions, 0)
    if model.pipelines.script is not None:
        books = open_scripted_books(policy, model.pipelines.script, market)
    else:
        books = strike_books(policy, stocks, cost, market)
    books.code, books.minor = setup.profile.currency.code, model.lender.minor
    nco = net_charge_off_rate(state.past, 3)
    state.books = books
    state.opening_row = {"seed": setup.seed, **opening_position(books, stocks, nco)}
    rating = opening_rating(books, policy, nco, state.opening.gross)
    state.public = replace(state.public, rating=rating, published_arrears=0.0)
    if not state.past.gross:
        state.past = state.past.opened_with(gross)
        state.accounts_before = (stocks.accounts, 0, 0, 0, 0, 0)


def sample_borrowers(engine: Engine, profile: Any, values: dict[str, Any], more: tuple[Mechanism, ...] = ()) -> None:
    """Fill the borrowers' columns: a borrower is the same person whatever the size of the population."""
    scalars, tables = split_tables(values | numbers_at_opening(profile, more))
    engine.set_tables(tables)
    own = [Step(phase) for mechanism in more for phase in mechanism.sample]
    sampling = engine.pipeline([*month.steps(month.SAMPLE, engine.slots), *own])
    engine.load(sampling, scalars, 0)
    engine.run(sampling)


def sampling_numbers(profile: Any, unemployment: float, exclusion_months: int | None, real_growth: float) -> dict[str, Any]:
    """Numbers of the sampling that do not come from the profile alone.

    unemployment: the opening rate; exclusion_months: the policy's exclusion of former defaulters, None for ever;
    real_growth: annual real income growth, behind which the standard of living lags from the start.
    """
    # essentials follow permanent income with speed a, so under steady growth g they stand at a / (a + g) of their aim
    speed = max(1e-6, profile.spending.adjustment)
    finding = profile.work.separation_rate * (1 - unemployment) / max(unemployment, 1e-6)
    return {
        "work.unemployment": np.float32(unemployment),
        "work.finding_at_opening": np.float32(min(1.0, finding)),
        "spending.lag": np.float32(speed / max(1e-6, speed + real_growth / 12)),
        "underwriting.exclusion": np.float32(EVER if exclusion_months is None else exclusion_months),
    }


def season_book(engine: Engine, lender: Lender, values: dict[str, Any], at: int) -> None:
    """Give some borrowers accounts that have run for a part of their tenor, product by product.

    The warm-up then lets arrears build up as they do in life. at: the month, minus the warm-up's length.
    """
    slots = engine.slots
    moments = engine.pipeline(month.steps(month.MOMENTS, slots))
    engine.clear_month()
    engine.load(moments, values, at)
    engine.run(moments)
    counts = engine.counts()
    lender.read_risk(counts.index_sum, counts.index_squares, engine.population.rows)  # type: ignore[arg-type]
    values = values | lender.numbers(0)  # the scorecard is known now
    for slot in range(slots):
        engine.clear_month()
        apply = engine.pipeline(month.of_desk([month.HOLD, *month.SERVE], slots, slot))
        engine.load(apply, values, at)
        engine.run(apply)
        season = engine.pipeline(month.of_desk([month.SEASON], slots, slot), on_desk=True)
        engine.load(season, values, at)
        engine.run_desk(season, slot)
    engine.population.household.applies[:] = 0
    lender.opening_accounts = sum(int((account.state == OPEN).sum()) for account in engine.population.accounts)


@dataclass(frozen=True)
class BookStocks:
    """Sums over the open accounts, minor units."""

    bucket_principal: list[int]
    accounts: int
    interest_receivable: int
    fees_receivable: int
    unearned_fees: int


def _interest_receivable(a: Table) -> int:
    accruing = (a.state == OPEN) & ((a.marks & NON_ACCRUAL) == 0) & (a.overdue > 0)
    return int(a.ring[accruing][:, :RING].sum(dtype=np.int64))


def take_stock(population: Population) -> BookStocks:
    """Count the book from the columns themselves: the oracle that the running sums are checked against."""
    buckets = [0] * 6
    accounts = receivable = fees = unearned = 0
    for a in population.accounts:
        live = a.state == OPEN
        for k in range(6):
            hit = live & (a.missed == k if k < 5 else a.missed >= 5)
            buckets[k] += int(a.principal[hit].sum(dtype=np.int64))
        accounts += int(live.sum())
        receivable += _interest_receivable(a)
        fees += int(a.fees_due[live].sum(dtype=np.int64))
        unearned += int(a.unearned_fee[live].sum(dtype=np.int64))
    return BookStocks(buckets, accounts, receivable, fees, unearned)


def strike_books(policy: Policy, stocks: BookStocks, monthly_cost: int, market: FundingMarket) -> Books:
    """The opening balance sheet on the warmed-up book."""
    opening = Opening(stocks.bucket_principal, stocks.interest_receivable, stocks.fees_receivable, stocks.unearned_fees, monthly_cost)
    return Books.open(policy.funding, policy.provisioning, opening, market)


def open_scripted_books(policy: Policy, script: ScriptedLoan, market: FundingMarket) -> Books:
    """Shareholders pay in, the one loan is disbursed in month 0; the journal is kept."""
    minimum = half_up(policy.funding.minimum_cash_months * policy.operating_cost.fixed / 12 * script.face)
    books = Books.start(policy.funding, policy.provisioning, script.equity, script.face, minimum, keep_journal=True)
    books.begin()
    books.disburse(0, script.face, script.fee, [script.face, 0, 0, 0, 0, 0], market)
    books.close(0, script.face)
    return books


def opening_position(books: Books, stocks: BookStocks, nco: float | None) -> dict[str, Any]:
    """The stocks that month 1 starts from, in minor units; nco: net charge-off rate of the last months of the warm-up."""
    led = books.ledger
    return {
        "gross_loans": sum(stocks.bucket_principal),
        **{f"balance_{bucket}": stocks.bucket_principal[k] for k, bucket in enumerate(BUCKETS)},
        "active_accounts": stocks.accounts, "allowance": led.credit("allowance"), "cash": books.cash,
        "debt": books.contracts.drawn, "equity": led.equity(), "total_assets": led.total_assets(),
        "borrowing_base": books.contracts.base, "net_charge_off_rate_3m": nco, "unpaid_obligations": 0,
    }


def opening_rating(books: Books, policy: Policy, nco: float | None, gross: int) -> Notch:
    """The rating that the opening position earns."""
    led = books.ledger
    return rate(Readings(led.equity() / max(1, led.total_assets()), nco, books.liquidity / gross), policy.rating)
