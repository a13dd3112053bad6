"""The lender: an agent that scores, prices, grants, collects and keeps its books."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import mesa
import numpy as np
import numpy.typing as npt

from sim.borrowers.columns import Population
from sim.borrowers.parameters import Servicing
from sim.config.profile_schema import Profile
from sim.config.schema import Mechanisms, Policy
from sim.funding.means import Means
from sim.lender import booking, underwriting
from sim.lender.collecting import Plan, attempts_per_account, capacity_of, plan_stage
from sim.lender.pricing import Terms, half_up, offer_terms
from sim.lender.tally import V_ACCOUNTS, V_ORIGINATED
from sim.lender.underwriting import Criteria, Judged, empty_judged

if TYPE_CHECKING:
    from sim.engine import Engine
    from sim.model import LendingModel

Int64 = npt.NDArray[np.int64]
EVER = 32_767  # exclusion without end, in the column's terms


@dataclass
class Applications:
    """This month's applications of one product, and which of them are granted."""

    judged: Judged
    granted: npt.NDArray[np.uint8]

    @property
    def approved_face(self) -> int:
        """Principal that passed the risk policy, minor units."""
        return int(self.judged.face[self.judged.approved == 1].sum())


class Lender(mesa.Agent):
    """The lending company. Registered with the model without Mesa 3.3's leaking constructor."""

    def __init__(self, model: LendingModel, profile: Profile, policy: Policy, mechanisms: Mechanisms) -> None:
        object.__setattr__(self, "model", model)
        self.unique_id = 0
        self.pos = None
        model.register_agent(self)
        self.profile, self.policy, self.mechanisms = profile, policy, mechanisms
        self.minor = 10**profile.currency.minor_units
        self.major = np.float32(1.0 / self.minor)
        self.payment_share = np.float32(profile.other_debts.payment_share)
        self.weights = tuple(
            np.float32(w)
            for w in (
                profile.latent_risk.buffer,
                profile.latent_risk.burden,
                profile.latent_risk.willingness,
                profile.latent_risk.attention,
                profile.latent_risk.employment,
            )
        )
        self.card: underwriting.Scorecard | None = None
        self.opening_accounts = 0

    def calibrate_scorecard(self, population: Population) -> None:
        """Centre and scale of the true index from the population; noise from the target Gini."""
        n = population.rows
        total, squares = underwriting.index_moments(population.household, self.weights, self.payment_share)
        centre = total / n / 4096
        scale = math.sqrt(max(1e-6, squares / n / 4096**2 - centre**2))
        self.card = underwriting.Scorecard(
            self.weights,  # type: ignore[arg-type]
            np.float32(centre),
            np.float32(scale),
            np.float32(underwriting.noise_for_gini(self.policy.underwriting.gini, self.profile.latent_risk.separation)),
            np.float32(self.policy.underwriting.bias),
        )

    def terms(self, funding_rate: float, apr_cap: float) -> Terms:
        """Prices and limits of the month."""
        return offer_terms(self.policy, self.profile.currency.minor_units, funding_rate, apr_cap)

    def servicing(self, claims: int) -> Servicing:
        """Numbers that the servicing of accounts runs with this month."""
        s, r, x = self.policy.servicing, self.profile.recovery, self.policy.collections.external
        exclusion = self.policy.underwriting.exclusion_months
        capacity = capacity_of(x, self.opening_accounts)
        attempts = max(1, x.intensity)
        covered = min(1.0, capacity / (claims * attempts)) if claims else 0.0
        miss = 1.0
        for _ in range(attempts):
            miss *= 1.0 - x.reach
        effect = min(1.0, self.mechanisms.collections)
        return Servicing(
            tolerance=1.0 - s.paid_in_full_share,
            late_fee=half_up(s.late_fee * self.minor),
            late_fee_cap=s.late_fee_cap,
            charge_off_bucket=s.charge_off_dpd // 30 + 1,
            direct_charge_off=self.profile.repayment.direct_charge_off,
            exclusion=EVER if exclusion is None else min(EVER - 1, exclusion),
            claim_worked=covered * (1.0 - miss) * effect,
            recovery_lag=r.lag,
            recovery_months=r.months,
            recovery_monthly=r.monthly,
            recovery_share=r.share,
            minor=float(self.minor),
        )

    def criteria(self, terms: Terms) -> Criteria:
        """What this month's applications are judged by."""
        d, r, u = self.profile.demand, self.profile.repayment, self.policy.underwriting
        assert self.card is not None
        return Criteria(
            self.card, terms, np.float32(d.size), np.float32(d.plan_size), np.float32(d.size_spread),
            np.float32(r.fraud * self.mechanisms.fraud), np.float32(u.fraud_screen), self.payment_share, self.major,
            u.exclusion_months is not None,
        )

    def consider(self, population: Population, rows: Int64, plan: bool, month: int, keys: tuple[int, int], terms: Terms) -> Applications:
        """Judge an application of each of the given rows."""
        judged = empty_judged(rows.size)
        judged.rows[:] = rows
        underwriting.judge_rows(population.household, population.loan, population.plan, plan, month, *keys, self.criteria(terms), judged)
        return Applications(judged, judged.approved.copy())

    def receive_applications(self, engine: Engine) -> tuple[Applications, Applications]:
        """What the month's applications came to: cash loans, then instalment plans, all the approved granted for now."""
        loans, plans = (Applications(judged, judged.approved.copy()) for judged in (engine.judged(0), engine.judged(1)))
        return loans, plans

    def ration(self, applications: tuple[Applications, Applications], score: npt.NDArray[np.int16], means: Means) -> None:
        """Grant within the lender's means: best score first, ties by lot; stop at the first that does not fit."""
        fee = self.policy.products.cash_loan.upfront_fee
        held_back = self.policy.funding.headroom
        judged = [a.judged for a in applications]
        which = [np.flatnonzero(j.approved == 1) for j in judged]
        rows = np.concatenate([j.rows[w] for j, w in zip(judged, which, strict=True)])
        face = np.concatenate([j.face[w] for j, w in zip(judged, which, strict=True)])
        tie = np.concatenate([j.tie[w] for j, w in zip(judged, which, strict=True)])
        slot = np.concatenate([np.full(w.size, k) for k, w in enumerate(which)])
        payout = face - np.where(slot == 0, np.floor(face * fee + 0.5).astype(np.int64), 0)
        if face.size == 0 or means.afford(face.sum(keepdims=True), payout.sum(keepdims=True), held_back)[0]:
            return
        order = np.lexsort((slot, rows, tie, -score[rows].astype(np.int64)))
        fits = means.afford(np.cumsum(face[order]), np.cumsum(payout[order]), held_back)
        kept = order[: int(np.argmin(fits)) if not fits.all() else fits.size]
        keep = np.zeros(rows.size, bool)
        keep[kept] = True
        start = 0
        for a, w in zip(applications, which, strict=True):
            a.granted = np.zeros(a.judged.rows.size, np.uint8)
            a.granted[w[keep[start : start + w.size]]] = 1
            start += w.size

    def grant(
        self, population: Population, applications: tuple[Applications, Applications], month: int, engine: Engine
    ) -> list[tuple[int, int, int]]:
        """Open the granted accounts; by product: face principal, fees netted, number."""
        accounts, outputs = (population.loan, population.plan), (engine.loan, engine.plan)
        fees = (self.policy.products.cash_loan.upfront_fee, 0.0)

        def book(lo: int, hi: int) -> list[tuple[int, int, int]]:
            # one product after the other: a borrower may be granted both, and both pay into one purse
            booked = []
            for a, account, fee in zip(applications, accounts, fees, strict=True):
                part = slice(*np.searchsorted(a.judged.rows, (lo, hi)))
                j = Judged(*(column[part] for column in a.judged))
                booked.append(booking.book(
                    population.household, account, j.rows, a.granted[part], j.face, j.rate, j.instalment, j.tenor, j.band,
                    j.fraudulent, fee, np.float32(self.profile.demand.spent), self.major, month,
                ))
            return booked

        parts = engine.side_by_side(*(lambda lo=lo, hi=hi: book(lo, hi) for lo, hi in engine.spans()))
        totals = [tuple(int(x) for x in np.sum(part, axis=0)) for part in zip(*parts, strict=True)]
        for (face, _, count), output in zip(totals, outputs, strict=True):
            if month + output.vintage_zero >= 0:
                output.vintages[V_ORIGINATED, month + output.vintage_zero, 0] += face
                output.vintages[V_ACCOUNTS, month + output.vintage_zero, 0] += count
        return totals  # type: ignore[return-value]

    def plan_collections(
        self, population: Population, month: int, keys: tuple[int, int], legal_cap: float, expected_misses: int
    ) -> tuple[Plan, float]:
        """Next month's contacts within each stage's capacity; also the chance that a fresh miss is reached early.

        expected_misses: fresh misses on the due day, as seen last month.
        """
        c = self.policy.collections
        plan = Plan()
        population.loan.contacted[:] = 0
        population.plan.contacted[:] = 0
        complaint = self.profile.contact.complaint * self.mechanisms.complaints
        missed = (population.loan.missed, population.plan.missed)
        late = tuple(np.flatnonzero(m > 0).astype(np.int64) for m in missed)
        bucket = tuple(m[r] for m, r in zip(missed, late, strict=True))
        for stage, low, high in ((c.early, 1, 1), (c.middle, 2, 3), (c.late, 4, 99)):
            rows = tuple(r[(b >= low) & (b <= high)] for r, b in zip(late, bucket, strict=True))
            plan_stage(
                population, rows, stage, c, legal_cap, complaint, self.opening_accounts, month, keys, plan  # type: ignore[arg-type]
            )
            if low == 1:
                spare = max(0, capacity_of(stage, self.opening_accounts) - plan.used)
        attempts = attempts_per_account(c.early, legal_cap, c.contact_cap)
        served = min(expected_misses, spare // attempts) if attempts else 0
        covered = served / expected_misses if expected_misses else 1.0 if attempts else 0.0
        miss = 1.0
        for _ in range(attempts):
            miss *= 1.0 - c.early.reach
        reached = covered * (1.0 - miss)
        plan.used += served * attempts
        plan.backlog += expected_misses - served
        plan.attempts += served * attempts
        plan.reached += int(served * (1.0 - miss) + 0.5)
        plan.complaints += int(served * attempts * complaint * c.early.harshness + 0.5)
        plan.cost += served * attempts * c.early.cost
        return plan, reached

    def work_claims(self, claims: int, plan: Plan) -> None:
        """The external stage on charged-off claims: adds its attempts, cost and expected complaints to the plan."""
        x = self.policy.collections.external
        capacity = capacity_of(x, self.opening_accounts)
        used = min(capacity, claims * x.intensity)
        plan.used += used
        plan.available += capacity
        plan.cost += used * x.cost
        complaint = self.profile.contact.complaint * self.mechanisms.complaints * x.harshness
        plan.complaints += int(used * complaint + 0.5)


__all__ = ["EVER", "Applications", "Lender"]

