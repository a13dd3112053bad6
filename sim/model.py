"""The model: one month of borrowers and lender, from the economy's news to the books.

Read `LendingModel.step` first: it is the month, top to bottom.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import mesa
import numpy as np

from sim.borrowers.agent import Borrower, Borrowers
from sim.borrowers.clearing import clear
from sim.borrowers.parameters import Month, Servicing, build_month
from sim.config import Resolved, load_scenario, override_list
from sim.economy import build_conditions, labour_flows
from sim.engine import Engine, threads_for
from sim.funding.books import Books
from sim.funding.kinds import opening_spread
from sim.funding.ratings import rate
from sim.funding.terms import Notch
from sim.lender.agent import Applications, Lender
from sim.lender.collecting import Plan
from sim.lender.tally import APPLICANTS, CLAIMS, CLOSED_CURRENT, LEFT_MARKET, UNEMPLOYED, UNPAID_AT_DUE
from sim.liquidity import funding_market, survival
from sim.numerics.philox import keys
from sim.opening import open_population, open_scripted_books, opening_position, opening_rating, strike_books, take_stock
from sim.rebinding import Rules, engine_with
from sim.recording import (
    Memory,
    band_counts,
    flows_of,
    month_row,
    net_charge_off_rate,
    originated_this_month,
    tallies_of,
    transition_rows,
)
from sim.script import ScriptedLoan

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
        self.population = self.script.population() if self.script else open_population(
            resolved, self.keys, self.lender, float(c.unemployment_rate[0]), float(c.real_income_growth[0]),
            self.lender.terms(float(c.policy_rate[0]) + self.spread_in_force, float(c.apr_cap[0])),
            threads_for(resolved.scenario.borrowers.count, threads),
        )
        if self.script:
            self.lender.calibrate_scorecard(self.population)
        self.engine: Engine = engine_with(rules)(
            self.population, self.keys, self.months + self.warm_up_months + 2, self.warm_up_months, threads
        )
        self.borrowers = Borrowers(self)
        if resolved.scenario.borrowers.registered:
            for borrower in self.borrowers:
                borrower.pos = None
                self.register_agent(borrower)
        self.books: Books | None = None
        self.rows: list[dict[str, Any]] = []
        self.opening_row: dict[str, Any] = {}
        self.transitions: list[dict[str, Any]] = []
        self.memory = Memory()
        self.datacollector = mesa.DataCollector(model_reporters=dict(REPORTERS))
        self.contacts = Plan()
        self.reminders = 0
        self._in_month = False
        self._stepped: np.ndarray | None = None
        self.unemployment = 1.0 - float(self.population.household.employed.mean())
        self._early_reach = 0.0
        self._access = 1.0
        self._published_arrears = 0.0
        self._opening_arrears = 0.0
        self._left = 0
        self._claims = 0
        self._accounts_at_failure = 0
        self._counts = [0] * 6
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
        m, c, labour = max(0, self.month), self.conditions, self.profile.labour
        target, opening = float(c.unemployment_rate[m]), float(c.unemployment_rate[0])
        separation, finding = labour_flows(
            target, self.unemployment, opening, labour.separation_rate, labour.separation_elasticity, labour.finding_floor
        )
        separation, finding = clear(
            self.population.household, self.month, self.keys, separation, finding, target, self.engine.spans(),
            self.engine.side_by_side,
        )
        self.month_parameters: Month = build_month(
            self.profile,
            self.policy,
            self.mechanisms,
            separation=separation,
            finding=finding,
            unemployment=target,
            unemployment_opening=opening,
            real_income_growth=float(c.real_income_growth[m]),
            inflation=float(c.inflation[m]),
            income_support=float(c.income_support[m]),
            outside_credit=float(c.outside_credit[m]),
            lender_rumour=float(c.lender_rumour[m]),
            early_reach=self._early_reach,
            access=self._access,
            published_arrears=self._published_arrears,
        )
        self.servicing_parameters: Servicing = self.lender.servicing(self._claims)
        if self.books is not None:
            self.funding_market = funding_market(c, m, self.mechanisms.rating * self.rating_in_force.spread)
            self.spread_in_force = self.books.contracts.spread(self.funding_market)
        self.terms = self.lender.terms(float(c.policy_rate[m]) + self.spread_in_force, float(c.apr_cap[m]))
        self.criteria = self.lender.criteria(self.terms)
        if self.books is not None:
            self.books.begin()

    def _borrowers_live(self) -> None:
        """2. Job, income, spending, other debts, two payment opportunities, trust, applications."""
        if self.script is not None:
            self.engine.live_row(self.month_parameters, 0, self.month)
            self.script.pay(self.population, self.month)
            self.servicing_parameters = self.script.servicing(self.servicing_parameters)
            self.engine.service(self.servicing_parameters, self.criteria, self.month)
            self.script.recover(self.population, self.month, self.engine.loan.tally)
            return
        if self.mode == "columns":
            # the compiled loop goes on to service a block, and to judge its applications, while it is in cache
            self.engine.run_month(self.month_parameters, self.servicing_parameters, self.criteria, self.month)
            return
        self._in_month = True
        self._stepped = np.zeros(self.population.rows, bool)
        for borrower in self.borrowers:
            borrower.step()
        self._in_month = False
        self.engine.service(self.servicing_parameters, self.criteria, self.month)

    def step_borrower(self, row: int) -> None:
        """The borrower part of the month in progress for one row; twice, or outside a month, is refused."""
        if not self._in_month or self._stepped is None:
            raise MonthOrderError("a borrower steps only within a month: call model.step()")
        if self._stepped[row]:
            raise MonthOrderError(f"borrower {row} has already lived month {self.month}")
        self._stepped[row] = True
        self.engine.live_row(self.month_parameters, row, self.month)

    def _lender_services_accounts(self) -> None:
        """3a. Postings, non-accrual, charge-off, recoveries, provisions."""
        self.tallies = tallies_of(self.engine)
        self._claims = self.tallies[CLAIMS]
        self.unemployment = int(self.engine.loan.tally[UNEMPLOYED]) / self.population.rows
        left = int(self.engine.loan.tally[LEFT_MARKET])
        self.churned, self._left = left - self._left, left
        self.flows = flows_of(self.tallies, self.month)
        self.closed_current = self.tallies[CLOSED_CURRENT]
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
        applications = int(self.engine.loan.tally[APPLICANTS])
        variable = (
            o.per_account * self.flows.active_accounts
            + o.per_application * applications
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
        self.applications: tuple[Applications, Applications] = self.lender.receive_applications(self.engine)
        if self.books is not None:
            self.lender.ration(self.applications, self.population.household.score, self.books.means(self.funding_market))
        due, kept = self.flows.instalments_due, self.tallies[UNPAID_AT_DUE]
        expected = int(self.flows.active_accounts * kept / due + 0.5) if due else 0
        self.contacts, self._early_reach = self.lender.plan_collections(
            self.population, self.month, self.keys, float(c.contact_cap[m]), expected
        )
        self.lender.work_claims(self._claims, self.contacts)
        self.reminders = int(self.policy.collections.reminder_coverage * self.flows.active_accounts + 0.5)

    def _money_is_disbursed(self) -> None:
        """4. Granted loans are opened and paid out; the borrowing base is restated."""
        approved = sum(a.approved_face for a in self.applications)
        self.granted = self.lender.grant(self.population, self.applications, self.month, self.engine)
        face, fees = sum(g[0] for g in self.granted), sum(g[1] for g in self.granted)
        self.flows.band_principal[0] += face
        self.flows.active_accounts += sum(g[2] for g in self.granted)
        if self.books is not None:
            self.books.disburse(self.month, face, fees, self.flows.band_principal, self.funding_market)
            self.books.distribute(self.month)
            # the prospect of new credit that borrowers see next month
            self._access = face / approved if approved else float(self.books.alive)

    def _month_is_measured(self) -> None:
        """5. The month is recorded; books and accounts must agree to the last minor unit."""
        f, t, mem = self.flows, self.tallies, self.memory
        gross = sum(f.band_principal)
        mem.gross.append(gross)
        mem.charged.append(f.gross_charge_offs - f.recoveries)
        mem.collected_share.append((f.instalments_due_collected, f.instalments_due))
        mem.originations.append(sum(g[0] for g in self.granted))
        mem.payouts.append(sum(g[0] - g[1] for g in self.granted))
        mem.originated_accounts[self.month] = originated_this_month(self.engine, self.month)
        mem.follow_cures(self.month, t)
        mem.fallen.append((int(t.moved[0:2, 2].sum()), sum(f.band_principal[:2])))
        if self.books is not None:
            close = self.books.close(self.month, gross)
            mem.operating_cost.append(close["operating_cost"])
            self.survival, self.survival_runoff = survival(self, True), survival(self, False)
            self.rows.append(month_row(self, close))
            self.transitions += transition_rows(self, self._counts)
            self._rate_lender(close)
            npl = (f.band_principal[4] + f.band_principal[5]) / gross if gross else 0.0
            self._published_arrears = npl - self._opening_arrears
            self.datacollector.collect(self)
        mem.unpaid_at_due = t[UNPAID_AT_DUE]
        self._counts = band_counts(t)
        self._counts[0] += sum(g[2] for g in self.granted)

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
        self._published_arrears = 0.0
        self.lender.opening_accounts = max(1, stocks.accounts)
        market = self.funding_market
        if self.script is not None:
            books = open_scripted_books(self.policy, self.script, market)
        else:
            books = strike_books(self.policy, stocks, self._operating_cost() if self.warm_up_months else 0, market)
        books.code, books.minor = self.profile.currency.code, self.lender.minor
        self.books = books
        nco = net_charge_off_rate(self.memory, 3)
        self.opening_row = {"seed": self.seed_number, **opening_position(books, stocks, nco)}
        self.rating_in_force = opening_rating(books, self.policy, nco, self._opening_gross)
        if not self.memory.gross:
            self.memory.gross.append(gross)
            self._counts = [stocks.accounts, 0, 0, 0, 0, 0]

    def monthly_frame(self) -> Any:
        """The recorded months as a pandas frame, money in major units."""
        from sim.results import monthly_frame

        return monthly_frame(self.rows, self.profile.currency.minor_units)

    def free(self) -> None:
        """Let worker threads go."""
        self.engine.close()
