"""A single loan whose payments are given: the books of one borrower, to be followed entry by entry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.accounts.columns import CANNOT_PAY, CHARGED_OFF, NEVER, NONE, OPEN
from sim.accounts.methods import METHODS, annuity_factor
from sim.accounts.plans import asked_of
from sim.engine.memory import Counts, Population
from sim.inputs.policy import Policy
from sim.inputs.scenario import Script
from sim.mechanisms.demand import IN_MARKET
from sim.numerics.sums import half_up

if TYPE_CHECKING:
    from sim.engine.engine import Engine
    from sim.opening import Pipelines


class ScriptedLoan:
    """The loan, its payments by month, and what is recovered after charge-off; minor units."""

    def __init__(self, script: Script, policy: Policy, minor: int) -> None:
        self.loan = script.loan
        self.face = half_up(script.loan.principal * minor)
        first = next(iter(policy.products.values()))  # the loan is one of the first product
        self.fee = half_up(self.face * getattr(first, "upfront_fee", 0.0))
        self.equity = half_up(script.equity * minor)
        self.rate = half_up(script.loan.rate * 10_000)
        self.payments = [half_up(p * minor) for p in script.payments]
        self.recoveries = [half_up(r * minor) for r in script.recoveries]
        self.sale_price = script.sale_price

    def fill(self, population: Population) -> None:
        """One borrower with the loan, opened in month 0."""
        h, a = population.household, population.accounts[0]
        h.employed[0], h.market[0], h.due_day[0], h.payday[0] = 1, IN_MARKET, self.loan.due_day, 1
        h.permanent[0] = h.income[0] = 4.0 * self.loan.principal
        h.essential_share[0] = 0.5
        h.essential[0] = 2.0 * self.loan.principal
        h.job_risk[0], h.willingness[0], h.trust[0] = 1.0, 10.0, 0.6
        a.principal[0] = a.scheduled[0] = a.original[0] = self.face
        a.instalment[0] = half_up(self.face * annuity_factor(self.rate, self.loan.tenor))
        a.unearned_fee[0], a.rate[0], a.cured[0] = self.fee, self.rate, NEVER
        a.remaining[0] = a.tenor[0] = self.loan.tenor
        a.state[0], a.method[0] = OPEN, METHODS["annuity"].code

    def live(self, engine: Engine, pipelines: Pipelines, numbers: dict[str, Any], month: int) -> None:
        """The month of the one borrower: what it decides is replaced by the script, servicing goes by the book without chance."""
        numbers |= self.numbers()
        engine.load(pipelines.live, numbers, month)
        engine.run_row(pipelines.live, 0)
        self.pay(engine.population, month)
        engine.load(pipelines.serve, numbers, month)
        engine.run(pipelines.serve)
        self.recover(engine.population, month, engine.memory[0].account_counts[0])

    def pay(self, population: Population, month: int) -> None:
        """Replace what the borrower decided by what the script says."""
        a = population.accounts[0]
        asked = asked_of(a, 0)
        owed = asked + int(a.fees_due[0])  # what is paid beyond it is handed back
        paid = min(self.payments[month - 1], owed) if month <= len(self.payments) and a.state[0] == OPEN else 0
        a.paid_due[0], a.paid_catch_up[0] = 0, paid
        a.cause[0] = CANNOT_PAY if a.state[0] == OPEN and paid < asked else NONE
        population.household.applies[0] = 0

    def numbers(self) -> dict[str, Any]:
        """Servicing without chance: no early charge-off, recoveries by script."""
        return {"charge_off.direct": 0.0, "recovery.worked": 0.0}

    def recover(self, population: Population, month: int, counts: Counts) -> None:
        """Recoveries in the months after charge-off, then the sale of the rest."""
        a = population.accounts[0]
        if a.state[0] != CHARGED_OFF:
            return
        k = month - int(a.charged_off[0])
        amount = 0
        if 1 <= k <= len(self.recoveries):
            amount = min(self.recoveries[k - 1], int(a.claim[0]))
            a.claim[0] -= amount
        elif k == len(self.recoveries) + 1:
            amount = half_up(self.sale_price * int(a.claim[0]))
            a.claim[0] = 0
        counts.part("recovered")[0] += amount
