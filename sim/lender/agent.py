"""The lender: an agent that scores, prices, grants and collects."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np
import numpy.typing as npt

from sim.accounts.columns import EVER
from sim.funding.ratings import Rating, Readings, next_rating
from sim.lender import collecting, relief, standards, underwriting
from sim.lender.collecting import CollectionsPlan, attempts_per_account, capacity_of, plan_stage
from sim.lender.desk import Applications, payout_of
from sim.lender.pricing import Terms, offer_terms
from sim.lender.products import Product, products_of
from sim.lender.relief import Relief
from sim.numerics.sums import half_up

if TYPE_CHECKING:
    from sim.engine.engine import Engine
    from sim.engine.memory import Population
    from sim.funding.books import Books
    from sim.funding.frozen import Unlimited
    from sim.funding.means import Means
    from sim.inputs.policy import Policy
    from sim.inputs.profile import Profile
    from sim.model import LendingModel
    from sim.state import Lived, RunState



class Lender(mesa.Agent):
    """The lending company. Registered with the model without Mesa 3.3's leaking constructor."""

    def __init__(self, model: LendingModel, profile: Profile, policy: Policy, gain: Any) -> None:
        object.__setattr__(self, "model", model)
        self.unique_id = 0
        self.pos = None
        model.register_agent(self)
        self.profile, self.gain = profile, gain
        self.minor = 10**profile.currency.minor_units
        self.card: underwriting.Scorecard | None = None
        self.opening_accounts = 0
        self.adopt(policy)

    def adopt(self, policy: Policy) -> None:
        """Decide by this policy from now on. What the scorecard has learnt of the population stays, its noise and bias change."""
        self.policy = policy
        self._priced: tuple[tuple[float, float, float], tuple[Terms, ...]] | None = None
        self.products: tuple[Product, ...] = products_of(policy, self.profile)
        # the product whose best terms stand for new lending in projections: the first that is offered
        self.flagship = next((p.number for p in self.products if p.offered), 0)
        if self.card is not None:
            self.card = self.card._replace(**self._signals())

    def _signals(self) -> dict[str, np.float32]:
        """Noise and bias of the score."""
        u = self.policy.underwriting
        return {
            "noise": np.float32(underwriting.noise_for_gini(u.gini, self.profile.latent_risk.separation)), "bias": np.float32(u.bias),
        }

    def read_risk(self, index_sum: int, index_squares: int, rows: int) -> None:
        """Centre and scale of the true index, from its sums over the population in 1/4096; noise from the target Gini."""
        centre = index_sum / rows / 4096
        scale = math.sqrt(max(1e-6, index_squares / rows / 4096**2 - centre**2))
        self.card = underwriting.Scorecard(np.float32(centre), np.float32(scale), **self._signals())

    def terms(self, funding_rate: float, apr_cap: float, points: float = 0.0) -> tuple[Terms, ...]:
        """Prices and limits of the month, by product; points: by which standards have moved.

        Last month's where nothing has changed that they follow.
        """
        asked = (funding_rate, apr_cap, standards.tightness(self.policy.standards, points))
        if self._priced is None or self._priced[0] != asked:
            self._priced = asked, tuple(offer_terms(self.policy, product, *asked) for product in self.products)
        return self._priced[1]

    def cut_off(self, points: float) -> int:
        """The lowest score approved this month; points: by which standards have moved."""
        return half_up(self.policy.underwriting.cut_off + (points if self.policy.standards is not None else 0.0))

    def next_standards(self, points: float, conditions: Mapping[str, float], opening: Mapping[str, float]) -> float:
        """Points by which next month's cut-off differs from the policy's."""
        rule = self.policy.standards
        if rule is None:
            return 0.0
        u, first, tightening = conditions["unemployment_rate"], opening["unemployment_rate"], conditions["lending_standards"]
        return standards.moved(rule, points, standards.aim(rule, u, first, tightening, self.gain.standards))

    def numbers(self, claims: int, points: float = 0.0) -> dict[str, Any]:
        """Numbers of the month for servicing and underwriting; claims: open last month; points: by which standards have moved."""
        s, r, u, x = self.policy.servicing, self.profile.recovery, self.policy.underwriting, self.policy.collections.external
        capacity = capacity_of(x, self.opening_accounts)
        attempts = max(1, x.intensity)
        covered = min(1.0, capacity / (claims * attempts)) if claims else 0.0
        effect = min(1.0, self.gain.collections)
        values: dict[str, Any] = {
            "servicing.tolerance": 1.0 - s.paid_in_full_share,
            "servicing.late_fee": half_up(s.late_fee * self.minor),
            "servicing.late_fee_cap": float(s.late_fee_cap),
            "charge_off.bucket": s.charge_off_dpd // 30 + 1,
            "charge_off.direct": float(self.profile.charge_off.direct),
            "underwriting.exclusion_months": EVER if u.exclusion_months is None else min(EVER - 1, u.exclusion_months),
            "underwriting.former_allowed": int(u.exclusion_months is not None),
            "underwriting.cut_off": self.cut_off(points),
            "underwriting.last_band": len(u.bands) - 1,
            "underwriting.payment_to_income_cap": float(u.payment_to_income_cap),
            "recovery.worked": covered * (1.0 - collecting.missed_chance(x.reach, attempts)) * effect,
            "recovery.lag": int(r.lag),
            "recovery.months": int(r.months),
            "recovery.monthly": float(r.monthly),
            "recovery.share": float(r.share),
        }
        if self.card is not None:
            values |= {f"score.{name}": value for name, value in self.card._asdict().items()}
        for product in self.products:
            values |= product.numbers(self.minor)
        return values

    def tables(self, terms: tuple[Terms, ...]) -> dict[str, npt.NDArray[Any]]:
        """The month's terms as small arrays, by product and band."""
        return {f"terms.{k}.{name}": value for k, t in enumerate(terms) for name, value in t._asdict().items()}

    def ration(self, applications: Applications, score: npt.NDArray[np.int16], means: Means | Unlimited) -> None:
        """Grant within the lender's means: best score first, ties by lot; stop at the first that does not fit."""
        held_back = self.policy.funding.headroom
        fees = [p.upfront_fee for p in self.products]
        face, paid_out = applications.approved_face, applications.approved_payout(fees)
        if face == 0 or means.afford(np.array([face]), np.array([paid_out]), held_back)[0]:
            return
        a = applications.approved()
        payout = payout_of(a.face, np.array(fees)[a.product])
        order = np.lexsort((a.product, a.rows, a.tie, -score[a.rows].astype(np.int64)))
        fits = means.afford(np.cumsum(a.face[order]), np.cumsum(payout[order]), held_back)
        kept = order[: int(np.argmin(fits)) if not fits.all() else fits.size]
        keep = np.zeros(a.rows.size, np.uint8)
        keep[kept] = 1
        applications.grant_only(keep)

    def plan_collections(
        self, population: Population, month: int, keys: tuple[int, int], legal_cap: float, expected_misses: int
    ) -> tuple[CollectionsPlan, float]:
        """Next month's contacts within each stage's capacity; also the chance that a fresh miss is reached early.

        expected_misses: fresh misses on the due day, as seen last month.
        """
        c = self.policy.collections
        plan = CollectionsPlan()
        for account in population.accounts:
            account.contacted[:] = 0
        complaints = self._complaints()
        late = [np.flatnonzero(account.missed > 0).astype(np.int64, copy=False) for account in population.accounts]
        # who keeps to a plan is left in peace
        late = [rows[account.plan_left[rows] == 0] for account, rows in zip(population.accounts, late, strict=True)]
        bucket = [account.missed[rows] for account, rows in zip(population.accounts, late, strict=True)]
        spare = 0
        for stage, low, high in ((c.early, 1, 1), (c.middle, 2, 3), (c.late, 4, 99)):
            rows = [r[(b >= low) & (b <= high)] for r, b in zip(late, bucket, strict=True)]
            plan_stage(population, rows, stage, c, legal_cap, complaints, self.opening_accounts, month, keys, plan)
            if low == 1:
                spare = max(0, capacity_of(stage, self.opening_accounts) - plan.used)
        attempts = attempts_per_account(c.early, legal_cap, c.contact_cap)
        served = min(expected_misses, spare // attempts) if attempts else 0
        covered = served / expected_misses if expected_misses else 1.0 if attempts else 0.0
        miss = collecting.missed_chance(c.early.reach, attempts)
        plan.serve(served, expected_misses, attempts, c.early.cost)
        plan.reached += int(served * (1.0 - miss) + 0.5)
        plan.complaints += int(served * complaints.of(attempts, c.early.harshness) + 0.5)
        return plan, covered * (1.0 - miss)

    def grant_relief(self, population: Population, state: RunState, lived: Lived, keys: tuple[int, int]) -> Relief:
        """Hardship plans with borrowers whom collections have just reached, at a cost; then payment holidays by public order."""
        terms, holiday, month = getattr(self.policy, "hardship_plans", None), relief.holiday_of(lived.conditions), state.month
        plans = holidays = 0
        if terms is not None and self.gain.hardship_plans > 0:
            plans = relief.make_plans(population, terms, min(1.0, terms.take_up * self.gain.hardship_plans), month, keys)
            state.contacts.cost += plans * terms.cost
        if holiday is not None and self.gain.forbearance > 0:
            share = min(1.0, lived.conditions["forbearance"] * self.gain.forbearance)
            holidays = relief.grant_holidays(population, share, holiday, month, keys)
        if not (lived.tallies.counts.under_plan or plans or holidays):
            return Relief()
        return relief.standing(population, plans, holidays, lived.tallies.ladder)

    def rated(self, books: Books, month: int, readings: Readings, before: Rating) -> Rating:
        """The rating that next month's funding is priced at; a change is an event with its reading and limit; D after failure."""
        new, change = next_rating(before, readings, self.policy.rating, self.policy.funding.upgrade_months, books.alive)
        if change is not None:
            books.note(month, *change)
        return new

    def work_claims(self, claims: int, plan: CollectionsPlan) -> None:
        """The external stage on charged-off claims: adds its attempts, cost and expected complaints to the plan."""
        x = self.policy.collections.external
        capacity = capacity_of(x, self.opening_accounts)
        used = min(capacity, claims * x.intensity)
        plan.used += used
        plan.available += capacity
        plan.cost += used * x.cost
        if x.intensity:
            plan.complaints += int(used / x.intensity * self._complaints().of(x.intensity, x.harshness) + 0.5)

    def _complaints(self) -> collecting.Complaints:
        contact = self.profile.contact
        return collecting.Complaints(contact.complaint * self.gain.complaints, contact.complaint_growth)


def book(engine: Engine, plans: list[Any], values: dict[str, Any], month: int) -> list[tuple[int, int, int]]:
    """Open the granted accounts and pay them out; by product: face principal, fees netted, number.

    One product after the other: a borrower may be granted several, and all pay into one purse.
    """
    totals = []
    for slot, plan in enumerate(plans):
        engine.load(plan, values, month)
        engine.run_desk(plan, slot)
        face, fees, number = (engine.slot_count(slot, name) for name in ("granted_face", "granted_fees", "granted"))
        if number and month + engine.vintage_zero >= 0:
            at = (month + engine.vintage_zero) * engine.months
            table = engine.memory[0].vintages[slot]
            table["originated"][at] += face
            table["accounts"][at] += number
        totals.append((face, fees, number))
    return totals
