"""The lender: an agent that scores, prices, grants, collects and keeps its books."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import mesa
import numpy as np
import numpy.typing as npt

from sim.borrowers.columns import APPLIES_LOAN, APPLIES_PLAN, Population
from sim.borrowers.parameters import Servicing
from sim.config.profile_schema import Profile
from sim.config.schema import Mechanisms, Policy
from sim.lender import underwriting
from sim.lender.collecting import Plan, attempts_per_account, capacity_of, plan_stage
from sim.lender.funding import Means
from sim.lender.pricing import Terms, half_up, offer_terms

if TYPE_CHECKING:
    from sim.engine import Engine
    from sim.model import LendingModel

Int64 = npt.NDArray[np.int64]
EVER = 32_767  # exclusion without end, in the column's terms


@dataclass
class Applications:
    """This month's applications of one product and what came of them; one entry per applicant."""

    plan: bool
    rows: Int64
    approved: npt.NDArray[np.uint8]  # risk policy passed
    face: Int64
    rate: npt.NDArray[np.int32]
    instalment: Int64
    tenor: npt.NDArray[np.int32]
    band: npt.NDArray[np.uint8]
    fraudulent: npt.NDArray[np.uint8]
    tie: npt.NDArray[np.uint32]
    granted: npt.NDArray[np.uint8] = field(default_factory=lambda: np.zeros(0, np.uint8))

    @property
    def approved_face(self) -> int:
        return int(self.face[self.approved == 1].sum())


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

    def consider(
        self, population: Population, rows: Int64, plan: bool, month: int, keys: tuple[int, int], terms: Terms
    ) -> Applications:
        """Apply the risk policy to every application of one product."""
        d, r, u = self.profile.demand, self.profile.repayment, self.policy.underwriting
        n = rows.size
        a = Applications(
            plan, rows, np.zeros(n, np.uint8), np.zeros(n, np.int64), np.zeros(n, np.int32), np.zeros(n, np.int64),
            np.zeros(n, np.int32), np.zeros(n, np.uint8), np.zeros(n, np.uint8), np.zeros(n, np.uint32),
        )
        underwriting.decide(
            population.household, population.loan, population.plan, rows, plan, month, *keys, self.card, terms,
            np.float32(d.plan_size if plan else d.size), np.float32(d.size_spread),
            np.float32(r.fraud * self.mechanisms.fraud), np.float32(u.fraud_screen), self.payment_share, self.major,
            u.exclusion_months is not None, a.approved, a.face, a.rate, a.instalment, a.tenor, a.band, a.fraudulent, a.tie,
        )
        a.granted = a.approved.copy()
        return a

    def receive_applications(
        self, population: Population, month: int, keys: tuple[int, int], terms: Terms, engine: Engine
    ) -> tuple[Applications, Applications]:
        """All applications of the month: cash loans, then instalment plans. Both see the same state of the borrower."""
        applies = population.household.applies
        loans = np.flatnonzero(applies & APPLIES_LOAN).astype(np.int64)
        plans = np.flatnonzero(applies & APPLIES_PLAN).astype(np.int64)
        first, second = engine.side_by_side(
            lambda: self.consider(population, loans, False, month, keys, terms),
            lambda: self.consider(population, plans, True, month, keys, terms),
        )
        return first, second

    def ration(self, applications: tuple[Applications, Applications], score: npt.NDArray[np.int16], means: Means) -> None:
        """Grant within the lender's means: best score first, ties by lot; stop at the first that does not fit."""
        fee = self.policy.products.cash_loan.upfront_fee
        held_back = self.policy.funding.headroom
        which = [np.flatnonzero(a.approved == 1) for a in applications]
        rows = np.concatenate([a.rows[w] for a, w in zip(applications, which, strict=True)])
        face = np.concatenate([a.face[w] for a, w in zip(applications, which, strict=True)])
        tie = np.concatenate([a.tie[w] for a, w in zip(applications, which, strict=True)])
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
            a.granted = np.zeros(a.rows.size, np.uint8)
            a.granted[w[keep[start : start + w.size]]] = 1
            start += w.size

    def grant(
        self, population: Population, a: Applications, month: int, engine: Engine
    ) -> tuple[int, int, int]:
        """Open the granted accounts: face principal, fees netted, number."""
        account, output = (population.plan, engine.plan) if a.plan else (population.loan, engine.loan)
        fee = 0.0 if a.plan else self.policy.products.cash_loan.upfront_fee
        face, fees, count = underwriting.book(
            population.household, account, a.rows, a.granted, a.face, a.rate, a.instalment, a.tenor, a.band, a.fraudulent,
            fee, np.float32(self.profile.demand.spent), self.major, month, output.vintages, output.vintage_zero,
        )
        return int(face), int(fees), int(count)

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

