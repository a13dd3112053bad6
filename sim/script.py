"""A single loan whose payments are given: the books of one borrower, to be followed entry by entry."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sim.borrowers.columns import CANNOT_PAY, CHARGED_OFF, IN_MARKET, NONE, OPEN, Population, empty_population
from sim.borrowers.parameters import Servicing
from sim.config.schema import Policy, Script
from sim.lender.booking import open_scripted
from sim.lender.pricing import annuity_factor, half_up
from sim.lender.tally import RECOVERED


class ScriptedLoan:
    """The loan, its payments by month, and what is recovered after charge-off; minor units."""

    def __init__(self, script: Script, policy: Policy, minor: int) -> None:
        self.loan = script.loan
        self.face = half_up(script.loan.principal * minor)
        self.fee = half_up(self.face * policy.products.cash_loan.upfront_fee)
        self.equity = half_up(script.equity * minor)
        self.rate = half_up(script.loan.rate * 10_000)
        self.payments = [half_up(p * minor) for p in script.payments]
        self.recoveries = [half_up(r * minor) for r in script.recoveries]
        self.sale_price = script.sale_price

    def population(self) -> Population:
        """One borrower with the loan, opened in month 0."""
        population = empty_population(1)
        h = population.household
        h.employed[0], h.market[0], h.due_day[0], h.payday[0] = 1, IN_MARKET, self.loan.due_day, 1
        h.permanent[0] = h.income[0] = 4.0 * self.loan.principal
        h.essential_share[0] = 0.5
        h.essential[0] = 2.0 * self.loan.principal
        h.job_risk[0], h.willingness[0], h.trust[0] = 1.0, 10.0, 0.6
        instalment = half_up(self.face * annuity_factor(self.rate, self.loan.tenor))
        open_scripted(population.loan, self.face, self.rate, instalment, self.loan.tenor, self.fee)
        return population

    def pay(self, population: Population, month: int) -> None:
        """Replace what the borrower decided by what the script says."""
        a = population.loan
        paid = self.payments[month - 1] if month <= len(self.payments) and a.state[0] == OPEN else 0
        a.paid_due[0], a.paid_catch_up[0] = 0, paid
        a.cause[0] = NONE if a.state[0] != OPEN else CANNOT_PAY
        population.household.applies[0] = 0

    def servicing(self, s: Servicing) -> Servicing:
        """Servicing without chance: no early charge-off, recoveries by script."""
        return s._replace(direct_charge_off=0.0, claim_worked=0.0)

    def recover(self, population: Population, month: int, tally: npt.NDArray[np.int64]) -> None:
        """Recoveries in the months after charge-off, then the sale of the rest."""
        a = population.loan
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
        tally[RECOVERED] += amount
