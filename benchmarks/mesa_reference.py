"""The same month as an idiomatic Mesa model: one Python object a borrower, plain floats, one random stream.

Written to be compared with, so written fairly: attributes are plain Python numbers, `do` instead of the dearer
`shuffle_do` (the order does not matter), no data collection inside the loop, no needless work. The rules are those of
sim/mechanisms and sim/lender; the starting population is copied from a LendingModel, so that both begin alike.
"""

from __future__ import annotations

import math
import random
from typing import Any

import mesa
import numpy as np

from sim.lender.collecting import attempts_per_account
from sim.model import LendingModel
from sim.numerics.functions64 import normal_quantile64
from sim.numerics.philox import Event, words


class Account:
    """A loan or plan: whole minor units, unpaid instalments as a list of [interest, principal], oldest first."""

    __slots__ = (
        "flat", "instalment", "marks_fraud", "original", "principal", "rate", "reached", "remaining", "scheduled", "tenor", "tried",
        "unpaid",
    )

    def __init__(
        self, principal: int, scheduled: int, instalment: int, original: int, rate: int, remaining: int, tenor: int, flat: bool
    ) -> None:
        self.principal, self.scheduled, self.instalment, self.original = principal, scheduled, instalment, original
        self.rate, self.remaining, self.tenor, self.flat = rate, remaining, tenor, flat
        self.unpaid: list[list[int]] = []
        self.marks_fraud = False
        self.reached = self.tried = False

    def bill(self) -> int:
        """The instalment that falls due: appended to what is unpaid; its amount."""
        if self.remaining == 0:
            return 0
        interest = ((self.original if self.flat else self.principal) * self.rate + 60_000) // 120_000
        planned = ((self.original if self.flat else self.scheduled) * self.rate + 60_000) // 120_000
        part = self.scheduled if self.remaining == 1 else max(0, min(self.scheduled, self.instalment - planned))
        self.scheduled -= part
        self.remaining -= 1
        self.unpaid.append([interest, part])
        return interest + part

    def receive(self, money: int) -> None:
        """Oldest instalment first, interest then principal; what is over repays early."""
        while money and self.unpaid:
            first = self.unpaid[0]
            x = min(money, first[0])
            first[0] -= x
            money -= x
            y = min(money, first[1])
            first[1] -= y
            money -= y
            self.principal -= y
            if not first[0] and not first[1]:
                self.unpaid.pop(0)
        self.principal -= money


class Household(mesa.Agent):
    """A borrower with plain attributes."""

    def __init__(self, model: Reference, **state: Any) -> None:
        super().__init__(model)
        self.__dict__.update(state)
        self.loan: Account | None = None
        self.plan: Account | None = None

    def step(self) -> None:
        m, p, rnd = self.model, self.model.p, self.model.random.random
        # work
        had = self.employed
        u = rnd()
        if had:
            settled = 1 / (1 + self.spell / p["work.newcomer_months"])
            self.employed = u >= p["work.separation"] * self.job_risk * (1 + p["work.extra_when_new"] * settled * settled)
        else:
            fresh = 1 / (1 + self.spell / p["work.finding_months"])
            self.employed = u < p["work.finding"] * (p["work.least_chance"] + (1 - p["work.least_chance"]) * fresh * fresh)
        self.spell = self.spell + 1 if self.employed == had else 0
        u = rnd()
        cut = (u >= p["work.hours_cut_exit"]) if self.hours_cut else (u < p["work.hours_entry"])
        self.hours_cut = self.employed and cut
        if self.employed and not had:
            self.permanent *= 1 - p["work.reemployment_loss"]
        # earn
        s = p["income.jump"] if rnd() < p["income.jumps"] else p["income.permanent"]
        self.permanent *= math.exp(s * m.random.gauss(0, 1) - s * s / 2) * p["income.growth"]
        self.anchor *= p["income.growth"]
        self.permanent += p["income.returning"] * (self.anchor - self.permanent)
        if self.employed:
            s = p["income.dip"] if rnd() < p["income.dips"] else p["income.transitory"]
            factor = 1 - (p["work.hours_cut_depth"] if self.hours_cut else 0)
            income = self.permanent * factor * math.exp(s * m.random.gauss(0, 1) - s * s / 2)
        else:
            rate = p["work.replacement_rate"] if self.spell < p["work.replacement_months"] else p["work.exhausted_rate"]
            income = self.permanent * (rate + p["income.support"])
        income += p["income.universal"]
        e = self.essential * (1 + p["spending.inflation"])
        self.essential = e = e + p["spending.adjustment"] * (self.share * self.permanent - e)
        # budget
        want = p["spending.discretionary_share"] * min(income, self.permanent)
        want *= 1 + p["spending.impulsive_extra"] * self.impulsive * (1 - self.literacy)
        u = rnd()
        hit = p["spending.shock_probability"]
        expense = -math.log(max(u / hit, 1e-6)) * p["spending.shock_size"] * self.permanent if u < hit else 0.0
        other_due = self.other_balance * p["other_debts.payment_share"]
        accounts = [a for a in (self.loan, self.plan) if a is not None]
        missed = max((len(a.unpaid) for a in accounts), default=0)
        had_loan, had_plan = self.loan is not None, self.plan is not None
        asked = {}
        for a in accounts:
            owed = sum(i + q for i, q in a.unpaid)
            fresh = a.bill()
            asked[a] = (owed + fresh, fresh, owed)
        # will he, does he know
        gain = p["gain.collections"]
        reached = any(a.reached for a in accounts)
        late = max(0.0, 1 - p["contact.arrears_decay"] * max(missed - 1, 0))
        strength = gain * late * (1 - p["contact.saturation"] * self.saturation)
        effect = strength if reached else 0.0
        first = strength if accounts and missed == 0 and rnd() < p["contact.early_reach"] else 0.0
        harsh = p["contact.harsh_early"] if missed <= 1 else p["contact.harsh_middle"] if missed <= 3 else p["contact.harsh_late"]
        force = p["contact.pressure"] + p["contact.harsh_pressure"] * harsh
        z = (
            self.willingness + p["willingness.trust_effect"] * (self.trust - p["trust.mean"]) + p["willingness.access_push"]
            - p["willingness.arrears_effect"] * missed
            + effect * force + p["willingness.noise"] * m.random.gauss(0, 1)
        )
        will1, will2 = z > 0, z + first * force > 0
        inattention = (1 - self.attentive) / p["attention.reference_inattention"]
        chance = min(1.0, p["attention.overlooked"] * inattention * (1 - p["attention.reminder_relief"]))
        again = p["attention.again"] * (1 - p["attention.reminder_relief"])
        if missed:
            chance *= p["attention.forgetting_in_arrears"]
            again *= p["attention.forgetting_in_arrears"]
        again = chance + p["attention.spells"] * max(0.0, again - chance)
        was_astray = self.astray
        aware1 = rnd() >= (again if was_astray else chance / (1 + (again - chance) / p["attention.spell_end"]))
        self.astray = rnd() >= p["attention.spell_end"] if was_astray else not aware1
        aware2 = aware1 or rnd() >= p["attention.forgetting_catch_up"] * (1 - p["contact.reached_attention"] * min(1.0, max(effect, first)))
        plan = p["contact.plan_effect"] * (1 + p["contact.harsh_planning"] * harsh)
        freed, freed_early = plan * min(1.0, effect), plan * min(1.0, first)
        # money
        compression = min(1.0, p["spending.compression"] + freed)
        floor = e + (1 - compression) * want
        owed_now = sum(x[0] for x in asked.values()) / 100
        short = floor + expense + other_due + owed_now - self.cash - income
        borrowed = min(max(short, 0.0) * p["other_debts.ease"], max(1.5 * self.other_target * self.permanent - self.other_balance, 0.0))
        rest = self.cash + borrowed - expense - (other_due if self.other_first else 0.0)
        with_pay, without = max(0.0, rest + income - floor), max(0.0, rest)
        at_due = with_pay if self.payday <= self.due_day else without
        at_catch = with_pay if self.payday <= self.due_day + p["servicing.grace_days"] else without
        # a call after the due day helps to plan only who is called because nothing came
        when_called = max(0.0, rest + income - (e + (1 - min(1.0, compression + freed_early)) * want)) - with_pay
        when_called = when_called if self.payday <= self.due_day + p["servicing.grace_days"] else 0.0
        missed_due_day = False
        paid_all = refinanced = 0.0
        prepay, leave = rnd(), rnd()
        for a in accounts:
            total, fresh, owed = asked[a]
            if not total:
                continue
            honest = not a.marks_fraud
            paid = total if honest and will1 and aware1 and int(at_due * 100) >= total else 0
            if not paid:
                missed_due_day = True
                catch_cents = int((at_catch + when_called) * 100)
                if honest and will2 and aware2:
                    paid = total if catch_cents >= total else int(catch_cents * p["paying.partial_payment"])
                    if catch_cents < total and rnd() < p["paying.whole"]:
                        paid = max(paid, catch_cents // a.instalment * a.instalment)
            if paid < total and fresh:
                m.missed += 1
            extra = 0
            if not owed and paid >= total:
                distrust = max(0.0, p["trust.mean"] - self.trust) / p["trust.mean"]
                gone = leave < p["churn.chance"] * (1 + p["churn.trust_effect"] * distrust)
                price = a.rate / 10_000 * p["product.1.effective" if a.flat else "product.0.effective"]
                pull = max(0.0, 1 + p["prepayment.pull"] * 100 * (price - m.rival_price(self.score)))
                chance = p["prepayment.monthly"] * min(1.0, (a.tenor - a.remaining) / p["prepayment.seasoning"]) * pull
                early = prepay < chance if a is self.loan else prepay > 1 - chance
                if early or gone:
                    extra = a.principal - a.unpaid[-1][1]
                    if at_catch - paid / 100 < extra / 100 + p["prepayment.buffer_months"] * e:
                        refinanced += extra / 100
                    if gone:
                        self.market = 2
            a.receive(paid + extra)
            paid_all += (paid + extra) / 100
            called_for = max(0.0, at_catch + when_called - paid / 100)
            at_due, at_catch = max(0.0, at_due - paid / 100), max(0.0, at_catch - paid / 100)
            when_called = min(when_called, called_for - at_catch)
            k = len(a.unpaid)
            if k >= p["charge_off.bucket"] or (k and rnd() < p["charge_off.direct"]):
                m.charged_off += a.principal
                self.drop(a)
                self.excluded = p["underwriting.exclusion_months"]
            elif a.principal <= 0:
                self.drop(a)
        # settle
        left = self.cash + income + borrowed + refinanced - paid_all - e - expense
        to_others = min(other_due, max(left, 0.0))
        wealth = left - to_others
        compression = min(1.0, p["spending.compression"] + freed + (freed_early if missed_due_day else 0.0))
        after = wealth - want
        buffer = self.buffer * e
        spend = want - min(compression * want, p["savings.rebuild_speed"] * max(buffer - after, 0.0))
        spend += p["savings.spend_down"] * max(after - buffer, 0.0)
        self.cash = max(0.0, wealth - min(max(wealth, 0.0), spend))
        debt = self.other_balance * (1 + p["other_debts.monthly_interest"]) - to_others + borrowed + refinanced
        self.other_balance = max(0.0, debt + 0.05 * (self.other_target * self.permanent - debt))
        # feel and ask
        blow = (p["trust.harsh_blow"] * harsh if reached else 0.0) + p["trust.public_blow"]
        self.trust = min(1.0, max(0.0, self.trust + p["trust.reversion"] * (p["trust.mean"] - self.trust) - blow))
        self.saturation = min(1.0, self.saturation * 0.75 + (48 / 255 if any(a.tried for a in accounts) else 0.0))
        if self.excluded:
            self.excluded -= 1
        u = rnd()
        if self.market == 0 and u < p["demand.activation"]:
            self.market = 1
        if self.market == 1 and not missed:
            thin = max(0.0, 1 - self.cash / max(e, 1.0))
            drive = (1 + p["demand.need_effect"] * thin) * (1 + p["demand.impulse_effect"] * self.impulsive)
            drive *= max(0.0, 1 + p["demand.trust_effect"] * (self.trust - p["trust.mean"]))
            if not had_loan and u < p["product.0.demand"] * drive:
                m.applicants.append((self, False))
            if not had_plan and u > 1 - p["product.1.demand"] * drive:
                m.applicants.append((self, True))

    def drop(self, account: Account) -> None:
        """Close an account."""
        if account is self.loan:
            self.loan = None
        else:
            self.plan = None


class Reference(mesa.Model):
    """Begins where the given model stands after its warm-up, under the same month parameters."""

    def __init__(self, twin: LendingModel, seed: int) -> None:
        super().__init__(rng=seed)
        self.random = random.Random(seed)
        self.twin, self.lender = twin, twin.lender
        self.missed = self.charged_off = 0
        self.applicants: list[tuple[Household, bool]] = []
        self.rows: list[dict[str, float]] = []
        h = twin.population.household
        columns = {name: h[name].tolist() for name in h}
        self.households = []
        for i in range(twin.population.rows):
            state = {
                "permanent": columns["permanent"][i], "anchor": columns["anchor"][i],
                "essential": columns["essential"][i], "share": columns["essential_share"][i],
                "buffer": columns["buffer"][i], "cash": columns["cash"][i], "other_balance": columns["other_balance"][i],
                "other_target": columns["other_target"][i], "trust": columns["trust"][i], "willingness": columns["willingness"][i],
                "job_risk": columns["job_risk"][i], "spell": columns["spell"][i], "excluded": columns["excluded"][i],
                "employed": bool(columns["employed"][i]), "hours_cut": bool(columns["hours_cut"][i]),
                "literacy": columns["literacy"][i] / 255, "attentive": columns["attentive"][i] / 255,
                "impulsive": columns["impulsive"][i] / 255, "payday": columns["payday"][i], "due_day": columns["due_day"][i],
                "other_first": bool(columns["other_first"][i]), "market": columns["market"][i],
                "saturation": columns["saturation"][i] / 255, "score": columns["score"][i],
                "astray": bool(columns["astray"][i]),
            }
            # the lender's view of a person is as lucky as in the twin: earlier refusals have selected on it
            word = words(i, 0, int(Event.SCORE_NOISE) // 4, *twin.setup.keys)[int(Event.SCORE_NOISE) % 4]
            state["luck"] = float(normal_quantile64(((word >> 9) + 0.5) * 2.0**-23))
            self.households.append(Household(self, **state))
        for slot, flat, a in (("loan", False, twin.population.accounts[0]), ("plan", True, twin.population.accounts[1])):
            for i in (a.state == 1).nonzero()[0].tolist():
                account = Account(
                    int(a.principal[i]), int(a.scheduled[i]), int(a.instalment[i]), int(a.original[i]), int(a.rate[i]),
                    int(a.remaining[i]), int(a.tenor[i]), flat,
                )
                k = int(a.missed[i])
                for back in range(k - 1, -1, -1):
                    q = (twin.month - back) & 7
                    account.unpaid.append([int(a.ring[i, q]), int(a.ring[i, 8 + q])])
                account.marks_fraud = bool(a.marks[i] & 1)
                account.tried, account.reached = bool(a.contacted[i] & 1), bool(a.contacted[i] & 2)
                setattr(self.households[i], slot, account)

    def step(self) -> None:
        """One month under the twin's parameters."""
        self.missed = self.charged_off = 0
        self.applicants = []
        self.p = {name: value.item() if isinstance(value, np.generic) else value for name, value in self.twin.lived.numbers.items()}
        self.terms = [{name: values.tolist() for name, values in terms._asdict().items()} for terms in self.twin.lived.terms]
        self.agents.do("step")
        for household, plan in self.applicants:
            self._apply(household, plan)
        self._collect()
        gross = [0] * 8
        for h in self.households:
            for a in (h.loan, h.plan):
                if a is not None:
                    gross[min(7, len(a.unpaid))] += a.principal
        total = sum(gross)
        self.rows.append(
            {
                "gross": total / 100, "late": sum(gross[2:]) / total, "early": gross[1] / total, "missed": self.missed,
                "charged_off": self.charged_off / 100, "jobless": sum(not h.employed for h in self.households) / len(self.households),
            }
        )

    def rival_price(self, score: int) -> float:
        """What another lender asks of a borrower with so many points."""
        p = self.p
        return min(max(p["rivals.base"] + p["rivals.per_point"] * (600 - score), 0.0), p["rivals.cap"])

    def _apply(self, h: Household, plan: bool) -> None:
        """Score and decide as sim/lender/underwriting.py does."""
        p, slot = self.p, int(plan)
        mine = [a for a in (h.loan, h.plan) if a is not None]
        ours = sum(a.instalment for a in mine)
        elsewhere = p["other_debts.payment_share"] * h.other_balance
        burden = min(2.0, (h.essential + elsewhere + ours / 100) / max(h.permanent, 1.0))
        index = (
            p["latent_risk.buffer"] * math.exp(-h.cash / max(h.essential, 1.0)) + p["latent_risk.burden"] * burden
            - p["latent_risk.willingness"] * h.willingness + p["latent_risk.attention"] * (1 - h.attentive)
            + (p["latent_risk.job_risk"] * (h.job_risk - 1) if h.employed else p["latent_risk.jobless"])
        )
        score = 600 + p["score.bias"] - 50 * ((index - p["score.centre"]) / p["score.scale"] + p["score.noise"] * h.luck)
        h.score = int(score)
        min_score = self.terms[slot]["min_score"]
        if score < max(p["underwriting.cut_off"], min_score[-1]) or not h.employed or h.excluded:
            return
        cheat = self.random.random() < p["fraud.attempted"]
        if cheat and self.random.random() < p["underwriting.fraud_screen"]:
            return
        k = next(b for b, least in enumerate(min_score) if int(score) >= least)
        rate, tenor, factor = (self.terms[slot][name][k] for name in ("rate", "tenor", "factor"))
        income = h.permanent * 100
        want = p[f"product.{slot}.size"] * math.exp(p["demand.size_spread"] * self.random.gauss(0, 1)) * income
        most = min(p[f"product.{slot}.maximum"], self.terms[slot]["size_cap"][k] * income)
        amount = min(want, most, (p["underwriting.payment_to_income_cap"] * income - elsewhere * 100 - ours) / factor)
        if rate < 0 or amount < p[f"product.{slot}.minimum"]:
            return
        face = int(amount / 100) * 100
        # a dearer offer than a rival's is taken less often, but hardly less by who is riskier than the score says
        gap = 100 * (self.terms[slot]["price"][k] - self.rival_price(h.score))
        alert = max(0.0, 1 + p["rivals.private_information"] * p["score.noise"] * h.luck)
        odds = math.exp(p["rivals.ease"] - p[f"product.{slot}.price_effect"] * alert * gap)
        if not cheat and self.random.random() >= odds / (1 + odds):
            return
        account = Account(face, face, math.floor(face * factor + 0.5), face, rate, tenor, tenor, plan)
        account.marks_fraud = cheat
        h.cash += (1 - p["demand.spent"]) * face * (1 - p[f"product.{slot}.upfront_fee"]) / 100
        if plan:
            h.plan = account
        else:
            h.loan = account

    def _collect(self) -> None:
        """Contact everybody in arrears within capacity, largest balance first."""
        c, scale = self.lender.policy.collections, self.lender.opening_accounts / 1000
        stages: list[list[Account]] = [[], [], []]
        for h in self.households:
            for a in (h.loan, h.plan):
                if a is not None:
                    a.tried = a.reached = False
                    k = len(a.unpaid)
                    if k:
                        stages[0 if k == 1 else 1 if k <= 3 else 2].append(a)
        for stage, waiting in zip((c.early, c.middle, c.late), stages, strict=True):
            attempts = attempts_per_account(stage, 99, c.contact_cap)
            places = int(stage.capacity * scale / max(1, attempts))
            if len(waiting) > places:
                waiting = sorted(waiting, key=lambda a: -a.principal)[:places]
            chance = 1 - (1 - stage.reach) ** attempts
            for a in waiting:
                a.tried, a.reached = True, self.random.random() < chance
