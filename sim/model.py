"""The model: one month of borrowers and lender, from the economy's news to the books.

Read `LendingModel.step` first: it is the month, top to bottom.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import mesa
import numpy as np

from sim import month as order
from sim.agents import Borrower, Borrowers
from sim.assembly import empty_population, layout, numbers_of_files, numbers_of_month
from sim.economy import build_conditions, labour_flows
from sim.economy.clearing import clear, clearing_plan
from sim.economy.variables import VARIABLES
from sim.engine.declare import MonthInputs
from sim.engine.engine import Engine
from sim.funding.books import Books
from sim.funding.kinds import opening_spread
from sim.funding.ratings import rate
from sim.funding.terms import Notch
from sim.inputs import Resolved, load_scenario, override_list
from sim.lender.agent import Lender, book
from sim.lender.collecting import CollectionsPlan
from sim.lender.desk import Applications
from sim.measures.conservation import accounts_by_bucket, flows_of
from sim.measures.liquidity import funding_market, survival
from sim.measures.monthly import net_charge_off_rate
from sim.measures.table import MONTHLY
from sim.measures.tallies import tallies_of
from sim.measures.transitions import transition_rows
from sim.measures.vintages import accounts_opened
from sim.numerics.philox import keys
from sim.opening import (
    open_scripted_books,
    opening_position,
    opening_rating,
    sample_borrowers,
    sampling_numbers,
    season_book,
    strike_books,
    take_stock,
)
from sim.rebinding import Rules, swaps_for
from sim.script import ScriptedLoan
from sim.state import Past, record_of

# What Mesa's DataCollector keeps; the full table is `monthly_frame`
REPORTERS = {
    name: (lambda model, name=name: model.rows[-1][name])
    for name in ("unemployment_rate_simulated", "delinquency_30_plus", "net_charge_off_rate_3m", "cash", "debt", "equity", "lender_state")
}


class MonthOrderError(RuntimeError):
    """A borrower was stepped twice in a month, or outside one."""


class LendingModel(mesa.Model):
    """A lender and its borrowers under a scenario.

    scenario: a file, a shipped name, or an already resolved input. mode: "columns" runs compiled loops over
    the population, "objects" steps every borrower as an agent; both give the same bits. threads: None for
    all cores. rules: functions that replace behavioural rules by name (see sim/rebinding.py). `month` is 0 at the
    opening position and counts the simulated months.
    """

    def __init__(
        self,
        scenario: str | Path | Resolved = "baseline",
        policy: str | Path | None = None,
        seed: int | None = None,
        *,
        set: Mapping[str, Any] | Sequence[str] = (),
        threads: int | None = None,
        mode: str = "columns",
        borrower_class: type[Borrower] = Borrower,
        rules: Rules | None = None,
    ) -> None:
        resolved = scenario if isinstance(scenario, Resolved) else load_scenario(scenario, policy, override_list(set))
        self._seed_given = resolved.scenario.seed if seed is None else int(seed)
        super().__init__(rng=self._seed_given & 0x7FFFFFFF)
        if mode not in ("columns", "objects"):
            raise ValueError(f"mode is 'columns' or 'objects', not {mode!r}")
        self.resolved, self.mode, self.borrower_class = resolved, mode, borrower_class
        self.policy, self.profile = resolved.policy, resolved.profile
        self.mechanisms = resolved.scenario.mechanisms
        self.seed_number = self._seed_given
        self.keys = keys(self._seed_given)
        self.conditions = build_conditions(resolved)
        self.months = self.conditions.months
        self.month = -resolved.scenario.warm_up_months
        self.lender = Lender(self, self.profile, self.policy, self.mechanisms)
        self.warm_up_months = 0 if resolved.scenario.script else resolved.scenario.warm_up_months
        c = self.conditions
        self.rating_in_force = self.policy.rating[0]
        self.funding_market = funding_market(c, 0)
        self.spread_in_force = opening_spread(self.policy.funding, self.funding_market)
        script = resolved.scenario.script
        self.script = ScriptedLoan(script, self.policy, self.lender.minor) if script else None
        slots = len(self.lender.products)
        self.population = empty_population(resolved.scenario.borrowers.count if script is None else 1, slots)
        self.engine = Engine(
            self.population, layout(), self.keys, self.months + self.warm_up_months + 2, self.warm_up_months, threads, swaps_for(rules)
        )
        self.file_numbers = numbers_of_files(self.profile, self.policy, self.mechanisms)
        if self.script:
            self.script.fill(self.population)
            self.lender.read_risk(0, 0, 1)
        else:
            unemployment = float(c.unemployment_rate[0])
            values = self.file_numbers | sampling_numbers(
                self.profile, unemployment, self.policy.underwriting.exclusion_months, float(c.real_income_growth[0])
            )
            sample_borrowers(self.engine, self.profile, values)
            terms = self.lender.terms(float(c.policy_rate[0]) + self.spread_in_force, float(c.apr_cap[0]))
            self.engine.set_tables(self.lender.tables(terms))
            fraud = np.float32(self.profile.fraud.share * self.mechanisms.fraud)
            season_book(self.engine, self.lender, values | self.lender.numbers(0) | {"fraud.attempted": fraud}, self.month)
        self._clearing = clearing_plan(self.engine)
        live, serve = order.steps(order.LIVE, slots), order.steps(order.SERVE, slots)
        self._live = self.engine.plan(live)
        self._month = self.engine.plan([*live, *serve])
        self._serve = self.engine.plan([*order.steps([order.BEGIN, order.BILLS], slots), *serve])
        self._booking = [self.engine.plan(order.of_desk([order.BOOK], slots, slot), on_desk=True) for slot in range(slots)]
        self.borrowers = Borrowers(self)
        if resolved.scenario.borrowers.registered:
            for borrower in self.borrowers:
                borrower.pos = None
                self.register_agent(borrower)
        self.books: Books | None = None
        self.rows: list[dict[str, Any]] = []
        self.opening_row: dict[str, Any] = {}
        self.transitions: list[dict[str, Any]] = []
        self.past = Past()
        self.datacollector = mesa.DataCollector(model_reporters=dict(REPORTERS))
        self.contacts = CollectionsPlan()
        self.reminders = 0
        self._in_month = False
        self._stepped: np.ndarray | None = None
        self.unemployment = 1.0 - float(self.population.household.employed.mean())
        self.early_reach = 0.0
        self.access = 1.0
        self.published_arrears = 0.0
        self._opening_arrears = 0.0
        self._left = 0
        self._claims = 0
        self._accounts_at_failure = 0
        self.accounts_before = [0] * 6
        self._warm_up()
        self.running = self.months > 0

    # ------------------------------------------------------------------------------------------ the month

    def step(self) -> None:
        """One month. Everybody decides on last month's public state, so the order of agents never matters."""
        self._economy_publishes()
        self._borrowers_live()
        self._lender_services_accounts()
        self._lender_meets_its_obligations()
        self._lender_decides()
        self._money_is_disbursed()
        self._month_is_measured()
        self.running = self.month < self.months

    def run_model(self) -> None:
        """All months that are left."""
        while self.month < self.months:
            self.step()

    def _economy_publishes(self) -> None:
        """1. Conditions of the month; the labour market clears at the path's unemployment."""
        self.month += 1
        m, c, labour = max(0, self.month), self.conditions, self.profile.work
        target, opening = float(c.unemployment_rate[m]), float(c.unemployment_rate[0])
        separation, finding = labour_flows(
            target, self.unemployment, opening, labour.separation_rate, labour.separation_elasticity, labour.finding_floor
        )
        separation, finding = clear(self.engine, self._clearing, self.month, separation, finding, target)
        inputs = MonthInputs(
            self.profile, self.policy, self.mechanisms, {v: float(getattr(c, v)[m]) for v in VARIABLES},
            {v: float(getattr(c, v)[0]) for v in VARIABLES}, self, separation, finding,
        )
        self.numbers = self.file_numbers | numbers_of_month(inputs) | self.lender.numbers(self._claims) | {
            "vintage.zero": self.engine.vintage_zero, "vintage.width": self.engine.months,
        }
        if self.books is not None:
            self.funding_market = funding_market(c, m, self.mechanisms.rating * self.rating_in_force.spread)
            self.spread_in_force = self.books.contracts.spread(self.funding_market)
        self.terms = self.lender.terms(float(c.policy_rate[m]) + self.spread_in_force, float(c.apr_cap[m]))
        self.engine.set_tables(self.lender.tables(self.terms))
        if self.books is not None:
            self.books.begin()

    def _borrowers_live(self) -> None:
        """2. Job, income, spending, other debts, two payment opportunities, trust, applications."""
        self.engine.clear_month()
        if self.script is not None:
            self.numbers |= self.script.numbers()
            self.engine.load(self._live, self.numbers, self.month)
            self.engine.run_row(self._live, 0)
            self.script.pay(self.population, self.month)
            self._service()
            self.script.recover(self.population, self.month, self.engine.memory[0].account_counts[0])
            return
        if self.mode == "columns":
            # the compiled loop goes on to service a block, and to judge its applications, while it is in cache
            self.engine.load(self._month, self.numbers, self.month)
            self.engine.run(self._month)
            return
        self.engine.load(self._live, self.numbers, self.month)
        self._in_month = True
        self._stepped = np.zeros(self.population.rows, bool)
        for borrower in self.borrowers:
            borrower.step()
        self._in_month = False
        self._service()

    def _service(self) -> None:
        """Servicing and applications alone, after every borrower has stepped."""
        self.engine.load(self._serve, self.numbers, self.month)
        self.engine.run(self._serve)

    def step_borrower(self, row: int) -> None:
        """The borrower part of the month in progress for one row; twice, or outside a month, is refused."""
        if not self._in_month or self._stepped is None:
            raise MonthOrderError("a borrower steps only within a month: call model.step()")
        if self._stepped[row]:
            raise MonthOrderError(f"borrower {row} has already lived month {self.month}")
        self._stepped[row] = True
        self.engine.run_row(self._live, row)

    def _lender_services_accounts(self) -> None:
        """3a. Postings, non-accrual, charge-off, recoveries, provisions."""
        self.tallies = tallies_of(self.engine)
        counts = self.tallies.counts
        self._claims = counts.claims
        self.unemployment = counts.unemployed / self.population.rows
        self.churned, self._left = counts.left_market - self._left, counts.left_market
        self.flows = flows_of(counts, self.month)
        if self.books is not None:
            self.books.service(self.month, self.flows)

    def _lender_meets_its_obligations(self) -> None:
        """3b. Operating cost, interest, deficiency of the borrowing base, triggers."""
        if self.books is None:
            return
        bands = self.flows.band_principal
        gross = sum(bands)
        delinquency = sum(bands[2:]) / gross if gross else None
        self.books.settle(self.month, bands, self.funding_market, self._operating_cost(), delinquency)

    def _operating_cost(self) -> int:
        """Fixed, per account, per application, reminders and collections of the month, minor units."""
        o, unit = self.policy.operating_cost, self.lender.minor
        variable = (
            o.per_account * self.flows.active_accounts
            + o.per_application * self.tallies.counts.applicants
            + self.policy.collections.reminder_cost * self.reminders
            + self.contacts.cost
        )
        fixed = o.fixed / 12 * self._opening_gross
        if self.books is not None and not self.books.alive:
            # a lender in run-off shrinks: its fixed cost follows the accounts that are left to service
            self._accounts_at_failure = self._accounts_at_failure or max(1, self.flows.active_accounts)
            fixed *= min(1.0, self.flows.active_accounts / self._accounts_at_failure)
        return int(fixed + 0.5) + int(variable * unit + 0.5)

    def _lender_decides(self) -> None:
        """3c. Approvals within the self-financing budget; next month's collections within capacity."""
        m, c = max(0, self.month), self.conditions
        self.applications = Applications(self.engine)
        if self.books is not None:
            self.lender.ration(self.applications, self.population.household.score, self.books.means(self.funding_market))
        due, kept = self.flows.instalments_due, self.tallies.counts.unpaid_at_due
        expected = int(self.flows.active_accounts * kept / due + 0.5) if due else 0
        self.contacts, self.early_reach = self.lender.plan_collections(
            self.population, self.month, self.keys, float(c.contact_cap[m]), expected
        )
        self.lender.work_claims(self._claims, self.contacts)
        self.reminders = int(self.policy.collections.reminder_coverage * self.flows.active_accounts + 0.5)

    def _money_is_disbursed(self) -> None:
        """4. Granted loans are opened and paid out; the borrowing base is restated."""
        approved = self.applications.approved_face
        self.granted = book(self.engine, self._booking, self.numbers, self.month)
        face, fees = sum(g[0] for g in self.granted), sum(g[1] for g in self.granted)
        self.flows.band_principal[0] += face
        self.flows.active_accounts += sum(g[2] for g in self.granted)
        if self.books is not None:
            self.books.disburse(self.month, face, fees, self.flows.band_principal, self.funding_market)
            self.books.distribute(self.month)
            # the prospect of new credit that borrowers see next month
            self.access = face / approved if approved else float(self.books.alive)

    def _month_is_measured(self) -> None:
        """5. The month is recorded; books and accounts must agree to the last minor unit."""
        f = self.flows
        gross = sum(f.band_principal)
        self.past = self.past.followed_by(
            self.tallies, f, sum(g[0] for g in self.granted), sum(g[0] - g[1] for g in self.granted),
            accounts_opened(self.engine, self.month),
        )
        if self.books is not None:
            close = self.books.close(self.month, gross)
            self.past = self.past.with_operating_cost(close["operating_cost"])
            self.survival, self.survival_runoff = survival(self)
            record = record_of(self, close)
            self.rows.append(MONTHLY.row(record))
            self.transitions += transition_rows(record)
            self._rate_lender(close)
            npl = (f.band_principal[4] + f.band_principal[5]) / gross if gross else 0.0
            self.published_arrears = npl - self._opening_arrears
            self.datacollector.collect(self)
        self.accounts_before = accounts_by_bucket(self.tallies.counts)
        self.accounts_before[0] += sum(g[2] for g in self.granted)

    def _rate_lender(self, close: dict[str, Any]) -> None:
        """The notch that next month's funding is priced at."""
        row = self.rows[-1]
        new = rate(
            close["capital_ratio"], row["net_charge_off_rate_3m"], close["liquidity"] / self._opening_gross, self.policy.rating
        )
        if self.books is not None and not self.books.alive:
            new = Notch(label="D", min_capital_ratio=-1, max_net_charge_off=1, min_liquidity=-1, spread=self.policy.rating[-1].spread)
        if new.label != self.rating_in_force.label and self.books is not None:
            order = [n.label for n in self.policy.rating] + ["D"]
            down = order.index(new.label) > order.index(self.rating_in_force.label)
            self.books.note(self.month, "downgrade" if down else "upgrade", f"{self.rating_in_force.label} to {new.label}")
        self.rating_in_force = new

    # ----------------------------------------------------------------------------------------- the opening

    def _warm_up(self) -> None:
        """Months under the opening conditions with funding frozen, then the opening books are struck."""
        self._opening_gross = 1
        for _ in range(self.warm_up_months):
            self.step()
        stocks = take_stock(self.population)
        gross = sum(stocks.band_principal)
        self._opening_gross = max(1, gross)
        self._opening_arrears = (stocks.band_principal[4] + stocks.band_principal[5]) / gross if gross else 0.0
        self.published_arrears = 0.0
        self.lender.opening_accounts = max(1, stocks.accounts)
        market = self.funding_market
        if self.script is not None:
            books = open_scripted_books(self.policy, self.script, market)
        else:
            books = strike_books(self.policy, stocks, self._operating_cost() if self.warm_up_months else 0, market)
        books.code, books.minor = self.profile.currency.code, self.lender.minor
        self.books = books
        nco = net_charge_off_rate(self.past, 3)
        self.opening_row = {"seed": self.seed_number, **opening_position(books, stocks, nco)}
        self.rating_in_force = opening_rating(books, self.policy, nco, self._opening_gross)
        if not self.past.gross:
            self.past = self.past.opened_with(gross)
            self.accounts_before = [stocks.accounts, 0, 0, 0, 0, 0]

    def monthly_frame(self) -> Any:
        """The recorded months as a pandas frame, money in major units."""
        from sim.results import monthly_frame

        return monthly_frame(self.rows, self.profile.currency.minor_units)

    def free(self) -> None:
        """Let worker threads go."""
        self.engine.close()
