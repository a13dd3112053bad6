"""The model: one month of borrowers and lender, from the economy's news to the books.

Read `LendingModel.step` first: it is the month, top to bottom.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import mesa
import numpy as np

from sim.borrowers.agent import Borrower, Borrowers
from sim.borrowers.clearing import clear
from sim.borrowers.parameters import Month, Servicing, build_month
from sim.config import Resolved, load_scenario
from sim.economy import build_conditions, labour_flows
from sim.engine import Engine
from sim.lender.agent import Applications, Lender, count_claims
from sim.lender.collecting import Plan
from sim.lender.lender_month import LenderBooks
from sim.lender.tally import UNEMPLOYED
from sim.measures.monthly import MonthlyRecorder
from sim.numerics.philox import keys
from sim.opening import open_population, strike_books
from sim.recording import flows_of, month_record, transitions_of


class MonthOrderError(RuntimeError):
    """A borrower was stepped twice in a month, or outside one."""


class LendingModel(mesa.Model):
    """A lender and its borrowers under a scenario.

    scenario: a file, a shipped name, or an already resolved input. mode: "columns" runs compiled loops over
    the population, "objects" steps every borrower as an agent; both give the same bits. threads: None for
    all cores. `month` is 0 at the opening position and counts the simulated months.
    """

    def __init__(
        self,
        scenario: str | Path | Resolved = "baseline",
        policy: str | Path | None = None,
        seed: int | None = None,
        *,
        set: Sequence[str] = (),
        threads: int | None = None,
        mode: str = "columns",
        borrower_class: type[Borrower] = Borrower,
    ) -> None:
        resolved = scenario if isinstance(scenario, Resolved) else load_scenario(scenario, policy, tuple(set))
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
        self.population = open_population(resolved, self.keys, self.lender, float(self.conditions.unemployment_rate[0]))
        warm_up = resolved.scenario.warm_up_months
        self.engine = Engine(self.population, self.keys, self.months + warm_up + 2, warm_up, threads)
        self.borrowers = Borrowers(self)
        if resolved.scenario.borrowers.registered:
            for borrower in self.borrowers:
                borrower.pos = None
                self.register_agent(borrower)
        self.books: LenderBooks | None = None
        self.recorder = MonthlyRecorder(self.profile.currency.minor_units)
        self.events: list[dict[str, Any]] = []
        self.transitions: list[tuple[int, str, str, int, int]] = []
        self._phase = "between"
        self._stepped: np.ndarray | None = None
        self._unemployment = 1.0 - float(self.population.household.employed.mean())
        self._early_reach = 0.0
        self._access = 1.0
        self._published_arrears = 0.0
        self._opening_arrears: float | None = None
        self._last_due = (0, 0)
        self._claims = count_claims(self.population)
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

    def run(self) -> LendingModel:
        """All months that are left."""
        while self.month < self.months:
            self.step()
        return self

    def _economy_publishes(self) -> None:
        """1. Conditions of the month; the labour market clears at the path's unemployment."""
        self.month += 1
        m, c, labour = max(0, self.month), self.conditions, self.profile.labour
        target, opening = float(c.unemployment_rate[m]), float(c.unemployment_rate[0])
        separation, finding = labour_flows(
            target, self._unemployment, opening, labour.separation_rate, labour.separation_elasticity, labour.finding_floor
        )
        separation, finding = clear(self.population.household, self.month, self.keys, separation, finding, target)
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
        for output in (self.engine.loan, self.engine.plan):
            output.clear_month()

    def _borrowers_live(self) -> None:
        """2. Job, income, spending, other debts, two payment opportunities, trust, applications."""
        if self.mode == "columns":
            # the compiled loop goes on to service a block while it is in cache; see engine.run_rows
            self.engine.run_month(self.month_parameters, self.servicing_parameters, self.month)
            return
        self._phase = "borrowers"
        self._stepped = np.zeros(self.population.rows, bool)
        for borrower in self.borrowers:
            borrower.step()
        self._phase = "between"
        self.engine.service(self.servicing_parameters, self.month)

    def step_borrower(self, row: int) -> None:
        """The borrower part of the month in progress for one row; twice, or outside a month, is refused."""
        if self._phase != "borrowers" or self._stepped is None:
            raise MonthOrderError("a borrower steps only within a month: call model.step()")
        if self._stepped[row]:
            raise MonthOrderError(f"borrower {row} has already lived month {self.month}")
        self._stepped[row] = True
        self.engine.live_row(self.month_parameters, row, self.month)

    def _lender_services_accounts(self) -> None:
        """3a. Postings, non-accrual, charge-off, recoveries, provisions."""
        tally = self.engine.loan.tally
        self._unemployment = int(tally[UNEMPLOYED]) / self.population.rows
        self.flows = flows_of(self.engine, self.policy.funding.warehouse.eligible_below_dpd, self.month)
        self._claims = count_claims(self.population)
        if self.books is not None:
            self.books.service(self.flows, self.month)

    def _lender_meets_its_obligations(self) -> None:
        """3b. Operating cost, interest, deficiency of the borrowing base, triggers, rating."""
        if self.books is not None:
            self.funding = self.books.settle(self)

    def _lender_decides(self) -> None:
        """3c. Approvals within the self-financing budget; next month's collections within capacity."""
        m, c = max(0, self.month), self.conditions
        spread = self.books.funding_spread if self.books is not None else self.policy.funding.warehouse.spread
        funding_rate = float(c.policy_rate[m]) + spread
        self.terms = self.lender.terms(funding_rate, float(c.apr_cap[m]))
        self.applications: tuple[Applications, Applications] = self.lender.receive_applications(
            self.population, self.month, self.keys, self.terms
        )
        if self.books is not None:
            fee = self._fee_share()
            budget = self.books.origination_budget(fee)
            self.lender.ration(self.applications, self.population.household.score, budget)
        due, late = self.flows.instalments_due, self.flows.unpaid_at_due_day
        expected = int(self.flows.active_accounts * late / due + 0.5) if due else 0
        self.plan: Plan
        self.plan, self._early_reach = self.lender.plan_collections(
            self.population, self.month, self.keys, float(c.contact_cap[m]), expected
        )

    def _fee_share(self) -> float:
        """Netted upfront fee over the face of what is approved."""
        loans, plans = (a.approved_face for a in self.applications)
        total = loans + plans
        return self.policy.products.cash_loan.upfront_fee * loans / total if total else 0.0

    def _money_is_disbursed(self) -> None:
        """4. Granted loans are opened and paid out; the borrowing base is restated."""
        self.granted = [self.lender.grant(self.population, a, self.month, self.engine) for a in self.applications]
        face, fees = sum(g[0] for g in self.granted), sum(g[1] for g in self.granted)
        self.flows.band_principal[0] += face
        self.flows.active_accounts += sum(g[2] for g in self.granted)
        if self.books is not None:
            self.books.disburse_month(self, face, fees)
            self._access = self.books.access

    def _month_is_measured(self) -> None:
        """5. The month is recorded; books and columns must agree to the last minor unit."""
        if self.books is None:
            return
        self.recorder.add(month_record(self))
        self.transitions.extend(transitions_of(self))
        bands = self.flows.band_principal
        ratio = (bands[4] + bands[5]) / sum(bands) if sum(bands) else 0.0
        if self._opening_arrears is not None:
            self._published_arrears = ratio - self._opening_arrears

    # ----------------------------------------------------------------------------------------- the opening

    def _warm_up(self) -> None:
        """Months under the opening conditions with funding frozen, then the opening books are struck."""
        for _ in range(self.resolved.scenario.warm_up_months):
            self.step()
        strike_books(self)

    def free(self) -> None:
        """Let worker threads go."""
        self.engine.close()
