"""The model: one month of borrowers and lender, from the economy's news to the books.

Read `LendingModel.step` first: it is the month, top to bottom. The order of what borrowers do stands in sim/month.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import mesa
import numpy as np

from sim import opening, saving
from sim.agents import Borrower, Borrowers
from sim.assembly import numbers_of_month
from sim.economy.clearing import clear
from sim.engine.declare import Mechanism, MonthInputs
from sim.funding.books import Books
from sim.funding.ratings import Rating, Readings
from sim.inputs import Resolved, Source
from sim.inputs.overrides import Overrides
from sim.lender.agent import book
from sim.lender.desk import Applications
from sim.measures.conservation import accounts_by_bucket, flows_of, refuse_impossible
from sim.measures.liquidity import funding_market, survival
from sim.measures.tallies import tallies_of
from sim.measures.transitions import transition_rows
from sim.measures.vintages import accounts_opened
from sim.mechanisms import work
from sim.numerics.sums import half_up
from sim.rebinding import Rules
from sim.running_cost import running_cost
from sim.setup import Setup, seed_in_batch
from sim.state import Lived, RunState, record_of

# What Mesa's DataCollector keeps; the full table is `monthly_frame`
COLLECTED = ("unemployment_rate_simulated", "delinquency_30_plus", "net_charge_off_rate_3m", "cash", "debt", "equity", "lender_state")


def last_value(model: LendingModel, name: str) -> Any:
    """A metric's value in the last month, money in major units."""
    value = model.rows[-1][name]
    return value / model.lender.minor if model.setup.metrics[name].unit == "money" else value


class MonthOrderError(RuntimeError):
    """A borrower was stepped twice in a month, or outside one."""


class LendingModel(saving.SavedRun):
    """A lender and its borrowers under a scenario.

    scenario: a file, a shipped name, an already resolved input, or another model's `setup`, which takes threads and
    borrower_class beside it and nothing else (ValueError). seed: None for the scenario's own; rng is Mesa's word for
    it. borrower_class: with a `step` of its own needs mode "objects" (ValueError). mode: "columns" (the default) runs compiled
    loops over the population, "objects" steps every borrower as an agent; both give the same bits. threads: None for all cores. rules:
    functions that replace rules by name, a mechanism's too (sim/rebinding.py). mechanisms: of your own (sim/engine/declare.py).
    own_past: a policy given here built the opening book too; otherwise the scenario's own did, and it takes over in month 1.
    `month` is 0 at the opening position and counts the simulated months.
    """

    def __init__(
        self, scenario: Source | Resolved | Setup = "baseline", policy: Source | None = None, seed: int | None = None, *,
        set: Overrides = (), threads: int | None = None, mode: str | None = None,
        borrower_class: type[Borrower] = Borrower, rules: Rules | None = None, mechanisms: Sequence[Mechanism] = (),
        own_past: bool = False, rng: int | None = None, resumed: saving.Saved | None = None,
    ) -> None:
        if seed is not None and rng is not None:
            raise ValueError("rng is Mesa's word for the seed: give one of the two")
        if not (isinstance(borrower_class, type) and issubclass(borrower_class, Borrower)):
            raise TypeError(f"borrower_class is a subclass of sim.Borrower, not {borrower_class!r}")
        setup = Setup.of(scenario, policy, set, seed_in_batch(rng if seed is None else seed), mode, rules, mechanisms, own_past)
        super().__init__(rng=setup.seed & 0x7FFFFFFF)
        self.setup, self.borrower_class = setup, borrower_class
        if setup.mode == "columns" and borrower_class.step is not Borrower.step:
            raise ValueError(f"{borrower_class.__name__} has a step of its own: only mode='objects' steps borrowers one by one")
        self.lender, self.engine, self.pipelines = opening.assemble(self, threads, resumed)
        self.population, self.borrowers = self.engine.population, Borrowers(self)
        if setup.resolved.scenario.borrowers.registered:
            self.borrowers.register()
        self.datacollector = mesa.DataCollector({name: partial(last_value, name=name) for name in COLLECTED})
        self._waiting: np.ndarray | None = None  # in objects mode, during a month: borrowers who have not stepped yet
        self.lived: Lived | None = None
        self.state: RunState = opening.begin(self) if resumed is None else resumed.restore(self)
        if resumed is None:
            while self.state.month < 0:
                self._live_a_month()  # no step of Mesa's: its counters begin with month 1
            opening.strike(self)
        self.running = self.month < self.months
        self._born_with = frozenset(self.__dict__)

    # ------------------------------------------------------------------------------------------ the month

    def step(self) -> None:
        """One month: everybody decides on last month's public state. MonthOrderError after the last one; RefusedValueError
        (sim/engine/guards.py) where a rule or a mechanism of your own makes what is no finite number, or no column holds."""
        if self.month >= self.months:
            raise MonthOrderError(f"the scenario ends with month {self.months}")
        self._live_a_month()
        self.running = self.month < self.months

    def _live_a_month(self) -> None:
        """The month, whether the books are open or the population warms up."""
        self.state.month += 1
        self._policy_takes_over()
        lived = self.lived = self._economy_publishes()
        self._borrowers_live(lived)
        self._lender_services_accounts(lived)
        self._lender_meets_its_obligations(lived)
        self._lender_decides(lived)
        self._money_is_disbursed(lived)
        self._month_is_measured(lived)

    def run_model(self) -> None:
        """All months that are left."""
        while self.month < self.months:
            self.step()

    def _policy_takes_over(self) -> None:
        """0. A policy that comes into force this month: lender and contracts go by it; accounts, borrowers and debt stay as they are."""
        month = self.month
        turn = self.setup.turn_at(month)
        if turn.policy is self.setup.policy_at(month - 1):
            return
        self.lender.adopt(turn.policy)
        self.pipelines.numbers = opening.numbers_under(turn.policy, self.setup, self.engine)
        self.books.adopt(turn.policy.funding, turn.policy.provisioning)
        self.books.note(month, "policy_change", turn.words)

    def _economy_publishes(self) -> Lived:
        """1. Conditions of the month; the labour market clears at the path's unemployment; the lender prices its products."""
        state, setup = self.state, self.setup
        m = max(0, state.month)
        now, first, year_ago = (setup.conditions.at(k) for k in (m, 0, max(0, m - 12)))
        wanted = work.flows(setup.profile, setup.gain, now, first, year_ago, state.public.unemployment)
        known = self.pipelines.numbers | work.durations(setup.profile, setup.gain)
        hazards = clear(self.engine, self.pipelines.clearing, state.month, *wanted, now["unemployment_rate"], known)
        inputs = MonthInputs(setup.profile, self.policy, setup.gain, now, first, year_ago, state.public, *hazards)
        market = funding_market(setup.conditions, m, setup.gain.rating * state.public.rating.spread if state.books.recording else 0.0)
        spread = state.books.spread(market)
        terms = self.lender.terms(now["policy_rate"] + spread, now["apr_cap"], state.public.standards)
        self.engine.set_tables(self.lender.tables(terms))
        state.books.begin()
        decided = self.lender.numbers(state.claims, state.public.standards)
        numbers = self.pipelines.numbers | numbers_of_month(inputs, setup.mechanisms) | decided
        return Lived(now, market, spread, terms, numbers)

    def _borrowers_live(self, lived: Lived) -> None:
        """2. Job, income, spending, other debts, two payment opportunities, trust, applications; then 3a's servicing, in cache."""
        engine, pipelines, month = self.engine, self.pipelines, self.month
        engine.clear_month()
        if pipelines.script is not None:
            pipelines.script.live(engine, pipelines, lived.numbers, month)
        elif self.setup.mode == "columns":
            engine.load(pipelines.month, lived.numbers, month)
            engine.run(pipelines.month)
        else:
            engine.load(pipelines.live, lived.numbers, month)
            self._waiting = np.ones(self.population.rows, bool)
            for borrower in self.borrowers:
                borrower.step()
            self._waiting = None
            engine.load(pipelines.serve, lived.numbers, month)
            engine.run(pipelines.serve)

    def step_borrower(self, row: int) -> None:
        """The borrower part of the month in progress for one row; twice, or outside a month, is refused."""
        if self._waiting is None:
            raise MonthOrderError("a borrower steps only within a month: call model.step()")
        if not self._waiting[row]:
            raise MonthOrderError(f"borrower {row} has already lived month {self.month}")
        self._waiting[row] = False
        self.engine.run_row(self.pipelines.live, row)

    def _lender_services_accounts(self, lived: Lived) -> None:
        """3a. Postings, non-accrual, charge-off, recoveries, provisions."""
        state, lived.tallies = self.state, tallies_of(self.engine)
        counts = lived.tallies.counts
        lived.churned = counts.left_market - state.left_market
        lived.flows = flows_of(counts, self.month)
        state.claims, state.left_market = counts.claims, counts.left_market
        state.public = replace(state.public, unemployment=counts.unemployed / self.population.rows)
        state.books.service(self.month, lived.flows)

    def _lender_meets_its_obligations(self, lived: Lived) -> None:
        """3b. Operating cost, interest, deficiency of the borrowing base, triggers."""
        buckets = lived.flows.bucket_principal
        gross = sum(buckets)
        cost = running_cost(self.policy, self.lender.minor, self.state, lived, self.setup.mechanisms)
        self.state.books.settle(self.month, buckets, lived.market, cost, sum(buckets[2:]) / gross if gross else None)

    def _lender_decides(self, lived: Lived) -> None:
        """3c. Approvals within the self-financing budget; next month's collections, plans and lending standards."""
        state, lived.applications = self.state, Applications(self.engine)
        self.lender.ration(lived.applications, self.population.household.score, state.books.means(lived.market))
        accounts, due = lived.flows.active_accounts, lived.flows.instalments_due
        expected = half_up(accounts * lived.tallies.counts.unpaid_at_due / due) if due else 0
        state.contacts, early_reach = self.lender.plan_collections(
            self.population, self.month, self.setup.keys, lived.conditions["contact_cap"], expected
        )
        lived.relief = self.lender.grant_relief(self.population, state, lived, self.setup.keys)
        self.lender.work_claims(state.claims, state.contacts)
        state.reminders = half_up(self.policy.collections.reminder_coverage * accounts)
        points = self.lender.next_standards(state.public.standards, lived.conditions, self.setup.conditions.at(0))
        state.public = replace(state.public, early_reach=early_reach, standards=points)

    def _money_is_disbursed(self, lived: Lived) -> None:
        """4. Granted loans are opened and paid out; the borrowing base is restated."""
        state, approved = self.state, lived.applications.approved_face
        lived.wanted = state.books.wanted = approved
        lived.booked = book(self.engine, self.pipelines.booking, lived.numbers, self.month)
        lived.flows.bucket_principal[0] += lived.face
        lived.flows.active_accounts += lived.granted
        state.books.disburse(self.month, lived.face, lived.fees, lived.flows.bucket_principal, lived.market)
        least = max(self.policy.funding.dividend_liquidity, state.public.rating.min_liquidity)
        state.books.distribute(self.month, half_up(least * state.opening.gross))
        # the prospect of new credit that borrowers see next month
        state.public = replace(state.public, access=lived.face / approved if approved else float(state.books.alive))

    def _month_is_measured(self, lived: Lived) -> None:
        """5. The month is recorded; books and accounts must agree to the last minor unit; the lender is rated."""
        state, buckets = self.state, lived.flows.bucket_principal
        if self.month % 12 == 0 or self.month == self.months:
            refuse_impossible(self.population, self.month)
        opened = accounts_opened(self.engine, self.month)
        state.past = state.past.followed_by(lived.tallies, lived.flows, lived.face, lived.face - lived.fees, opened, lived.wanted)
        if isinstance(state.books, Books):
            gross = sum(buckets)
            close = state.books.close(self.month, gross)
            state.past = state.past.with_operating_cost(close["operating_cost"])
            horizons = survival(state, lived, self.lender.flagship)
            label = self.setup.conditions.label(self.month)
            record = record_of(label, self.setup.seed, self.population.rows, state, lived, close, *horizons)
            state.rows.append(self.setup.metrics.row(record))
            state.transitions += transition_rows(record)
            liquidity, charge_offs = close["liquidity"] / state.opening.gross, state.rows[-1]["net_charge_off_rate_3m"]
            rated = self.lender.rated(
                state.books, self.month, Readings(close["capital_ratio"], charge_offs, liquidity),
                Rating(state.public.rating, state.public.better_for),
            )
            npl = record.principal_90_plus / gross if gross else 0.0
            state.public = replace(
                state.public, rating=rated.notch, better_for=rated.better_for, published_arrears=npl - state.opening.npl_ratio
            )
            self.datacollector.collect(self)
        before = accounts_by_bucket(lived.tallies.counts)
        state.accounts_before = (before[0] + lived.granted, *before[1:])
