"""The borrower's month as loops over blocks of rows, in the order in which it happens.

Each loop reads and writes whole columns, selects instead of branching, and stays in float32/int32, so
that it compiles to vector code. The rules themselves stand in `rules` and `contract`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import float32, int32, uint8, uint32

from sim.borrowers import contract, rules
from sim.borrowers.columns import (
    APPLIES_LOAN,
    APPLIES_PLAN,
    ATTEMPTED,
    CANNOT_PAY,
    DORMANT,
    FORGOT,
    FRAUD,
    FRAUDULENT,
    IN_MARKET,
    LEFT,
    NONE,
    OPEN,
    REACHED,
    WILL_NOT_PAY,
)
from sim.numerics.compile import phase
from sim.numerics.functions32 import bell32, share_of, unit32
from sim.numerics.philox import philox

f = float32
U0, U1 = np.uint8(0), np.uint8(1)
_OPEN, _FRAUDULENT, _REACHED, _ATTEMPTED = np.uint8(OPEN), np.uint8(FRAUDULENT), np.uint8(REACHED), np.uint8(ATTEMPTED)
_NONE, _FRAUD, _CANNOT = np.uint8(NONE), np.uint8(FRAUD), np.uint8(CANNOT_PAY)
_WILL_NOT, _FORGOT = np.uint8(WILL_NOT_PAY), np.uint8(FORGOT)
_LOAN, _PLAN = np.uint8(APPLIES_LOAN), np.uint8(APPLIES_PLAN)
_DORMANT, _IN_MARKET, _LEFT = np.uint8(DORMANT), np.uint8(IN_MARKET), np.uint8(LEFT)

job = rules.job
replacement = rules.replacement
pay = rules.pay
essential_spending = rules.essential_spending
wanted_discretionary = rules.wanted_discretionary
unforeseen_expense = rules.unforeseen_expense
available = rules.available
outside_loan = rules.outside_loan
contact_effect = rules.contact_effect
willingness = rules.willingness
forgetting = rules.forgetting
discretionary = rules.discretionary
next_trust = rules.next_trust
demand = rules.demand
falls_due = contract.falls_due


@phase
def draw(first: Any, month: Any, call: Any, k0: Any, k1: Any, d0: Any, d1: Any, d2: Any, d3: Any) -> None:
    """Four events for every row of the block."""
    for i in range(d0.shape[0]):
        a0, a1, a2, a3 = philox(uint32(first + i), uint32(0), uint32(month), uint32(call), uint32(k0), uint32(k1))
        d0[i] = a0
        d1[i] = a1
        d2[i] = a2
        d3[i] = a3


@phase
def work(employed: Any, spell: Any, hours_cut: Any, job_risk: Any, permanent: Any, d_job: Any, d_hours: Any, p: Any) -> None:
    """Jobs are lost and found, hours cut and restored; a new job pays less than the old one."""
    for i in range(employed.shape[0]):
        had = employed[i] != U0
        has = job(had, unit32(d_job[i]), job_risk[i], p.separation, p.finding)
        same = had == has
        s = int32(min(int32(int32(spell[i]) + int32(1)), int32(600)))
        spell[i] = s if same else int32(0)
        u = unit32(d_hours[i])
        cut = hours_cut[i] != U0
        cut = (u >= p.hours_exit) if cut else (u < p.hours_entry)
        hours_cut[i] = U1 if (has and cut) else U0
        found = has and not had
        permanent[i] = permanent[i] * ((f(1) - p.reemployment_loss) if found else f(1))
        employed[i] = U1 if has else U0


@phase
def earn(
    permanent: Any, income: Any, essential: Any, share: Any, employed: Any, spell: Any, hours_cut: Any,
    d_lasting: Any, d_passing: Any, p: Any,
) -> None:
    """Permanent income moves, the month's income arrives, essentials follow prices and habits."""
    for i in range(permanent.shape[0]):
        lasting = bell32(d_lasting[i])
        passing = bell32(d_passing[i])
        base = pay(permanent[i], False, f(0), p.sigma_permanent, lasting) * p.growth
        benefit = base * replacement(spell[i], p.replacement_rate, p.replacement_months, p.exhausted_rate, p.income_support)
        wage = pay(base, hours_cut[i] != U0, p.hours_depth, p.sigma_transitory, passing)
        permanent[i] = base
        income[i] = wage if employed[i] != U0 else benefit
        essential[i] = essential_spending(essential[i], share[i], base, p.inflation, p.adjustment)


@phase
def plan_budget(
    permanent: Any, income: Any, impulsive: Any, literacy: Any, other_balance: Any, d_expense: Any, p: Any,
    wanted: Any, expense: Any, other_due: Any,
) -> None:
    """What the household would like to spend, what hits it unforeseen, what other lenders ask."""
    for i in range(permanent.shape[0]):
        wanted[i] = wanted_discretionary(
            income[i], permanent[i], p.discretionary_share, p.impulsive_extra, share_of(impulsive[i]), share_of(literacy[i])
        )
        expense[i] = unforeseen_expense(unit32(d_expense[i]), p.shock_probability, p.shock_size, permanent[i])
        other_due[i] = other_balance[i] * p.other_payment


@phase
def bill(
    state: Any, remaining: Any, principal: Any, scheduled: Any, instalment: Any, original: Any, rate: Any, overdue: Any,
    flat: Any, new_due: Any, interest_part: Any, asked: Any,
) -> None:
    """The instalment of the month and, with what is overdue, the amount asked."""
    for i in range(state.shape[0]):
        interest, part = falls_due(
            state[i], remaining[i], principal[i], scheduled[i], instalment[i], original[i], rate[i], flat
        )
        n = int32(interest + part)
        new_due[i] = n
        interest_part[i] = interest
        asked[i] = int32(n + overdue[i]) if state[i] == _OPEN else int32(0)


@phase
def resolve(
    trust: Any, lasting: Any, attentive: Any, saturation: Any, missed_a: Any, missed_b: Any, contacted_a: Any,
    contacted_b: Any, d_willing: Any, d_due: Any, d_catch: Any, d_early: Any, p: Any,
    willing: Any, aware: Any, freed: Any,
) -> None:
    """Will the borrower pay, is he aware of the due day and of the catch-up date, what does a contact change?

    aware: bit 0 on the due day, bit 1 on the catch-up date.
    """
    for i in range(trust.shape[0]):
        k = int32(max(missed_a[i], missed_b[i]))
        planned = ((contacted_a[i] | contacted_b[i]) & _REACHED) != U0
        early = (k == int32(0)) and (unit32(d_early[i]) < p.early_reach)
        sat = share_of(saturation[i])
        harsh = p.harsh_early if k <= int32(1) else (p.harsh_middle if k <= int32(3) else p.harsh_late)
        effect = contact_effect(planned, k, sat, p.contact_decay, p.contact_satiation, p.contact_gain)
        first = contact_effect(early, k, sat, p.contact_decay, p.contact_satiation, p.contact_gain)
        push = effect * (p.pressure + p.harsh_pressure * harsh)
        noise = p.willingness_noise * bell32(d_willing[i])
        z = willingness(
            lasting[i], trust[i] - p.trust_mean, p.trust_effect, p.access_push, k, p.arrears_effect, push, noise
        )
        z2 = z + first * (p.pressure + p.harsh_pressure * harsh)
        off = p.willing_gain <= f(0)
        strong = max(p.willing_gain, f(1e-6))
        # the gain moves the threshold: at gain g refusal needs a willingness below 1 - 1/g logits
        slack = f(1) / strong - f(1)
        w1 = off or (z + slack > f(0))
        w2 = off or (z2 + slack > f(0))
        willing[i] = (U1 if w1 else U0) | (uint8(2) if w2 else U0)
        p1 = forgetting(
            p.forgetting, share_of(attentive[i]), p.mean_inattention, p.reminder_relief, k, p.forgetting_in_arrears
        )
        relief = p.reached_attention * min(f(1), max(effect, first))
        p2 = p.forgetting_catch_up * (f(1) - relief)
        due_ok = unit32(d_due[i]) >= p1
        catch_ok = due_ok or (unit32(d_catch[i]) >= p2)
        aware[i] = (U1 if due_ok else U0) | (uint8(2) if catch_ok else U0)
        freed[i] = p.plan_effect * (f(1) - harsh) * min(f(1), max(effect, first))


@phase
def find_money(
    cash: Any, income: Any, essential: Any, wanted: Any, expense: Any, other_due: Any, other_balance: Any,
    other_target: Any, permanent: Any, other_first: Any, payday: Any, due_day: Any, freed: Any, asked_a: Any, asked_b: Any,
    p: Any, at_due: Any, at_catch: Any, borrowed: Any,
) -> None:
    """Money that can reach us on the due day and on the catch-up date; discretionary spending is cut first.

    Before payday the month's essentials are already paid out of last month's income: only savings count.
    """
    for i in range(cash.shape[0]):
        compression = min(f(1), p.compression + freed[i])
        floor = essential[i] + (f(1) - compression) * wanted[i]
        owed = f(int32(asked_a[i] + asked_b[i])) * p.major
        short = floor + expense[i] + other_due[i] + owed - cash[i] - income[i]
        room = f(1.5) * other_target[i] * permanent[i] - other_balance[i]
        loan = outside_loan(short, p.other_ease, room)
        first = other_first[i] != U0
        paid_by_due = payday[i] <= due_day[i]
        paid_by_catch = f(payday[i]) <= f(due_day[i]) + p.grace_days
        money = cash[i] + loan
        with_pay = available(money, income[i], floor, expense[i], other_due[i], first)
        without = available(money, f(0), f(0), expense[i], other_due[i], first)
        borrowed[i] = loan
        at_due[i] = with_pay if paid_by_due else without
        at_catch[i] = with_pay if paid_by_catch else without


@phase
def pay_account(
    state: Any, asked: Any, new_due: Any, fees_due: Any, overdue: Any, marks: Any, willing: Any, aware: Any,
    at_due: Any, at_catch: Any, p: Any, paid_due: Any, paid_catch: Any, cause: Any, unpaid_at_due: Any, still_unpaid: Any,
) -> None:
    """Two payment opportunities; what is left moves on to the next account. Fees are paid last."""
    for i in range(state.shape[0]):
        a = asked[i]
        owes = a > int32(0)
        honest = (marks[i] & _FRAUDULENT) == U0
        w = willing[i]
        k = aware[i]
        cents_due = int32(min(at_due[i] * p.minor, f(2.0e9)))
        cents_catch = int32(min(at_catch[i] * p.minor, f(2.0e9)))
        # due day: in full or not at all
        full1 = owes and honest and ((w & U1) != U0) and ((k & U1) != U0) and (cents_due >= a)
        with_fees1 = int32(min(cents_due, int32(a + fees_due[i])))
        first = with_fees1 if full1 else int32(0)
        # catch-up date: in full if possible, else a part
        able2 = cents_catch >= a
        ready2 = owes and honest and ((w & uint8(2)) != U0) and ((k & uint8(2)) != U0) and not full1
        part = int32(f(cents_catch) * p.partial_payment)
        part = int32(min(part, a))
        with_fees2 = int32(min(cents_catch, int32(a + fees_due[i])))
        second = (with_fees2 if able2 else part) if ready2 else int32(0)
        paid_due[i] = first
        paid_catch[i] = second
        missing = owes and (int32(first + second) < a)
        reason = _CANNOT if not able2 else (_WILL_NOT if (w & uint8(2)) == U0 else _FORGOT)
        reason = reason if honest else _FRAUD
        cause[i] = reason if missing else _NONE
        # thirty days after last month's due day: what is still unpaid of what was unpaid then
        still_unpaid[i] = int32(min(unpaid_at_due[i], max(int32(0), int32(overdue[i] - first))))
        # newly overdue amounts only: an account in arrears is not collected from its due day on
        fresh = overdue[i] == int32(0)
        unpaid_at_due[i] = int32(max(int32(0), int32(new_due[i] - first))) if fresh else int32(0)
        spent = f(int32(first + second)) * p.major
        at_due[i] = max(f(0), at_due[i] - spent)
        at_catch[i] = max(f(0), at_catch[i] - spent)


@phase
def repay_early(
    state: Any, principal: Any, new_due: Any, asked: Any, fees_due: Any, missed: Any, overdue: Any, interest_part: Any,
    paid_due: Any, paid_catch: Any, essential: Any, trust: Any, market: Any, d_prepay: Any, d_churn: Any, upper: Any, p: Any, at_catch: Any, refinanced: Any, leaving: Any,  # noqa: E501
) -> None:
    """Borrowers in good standing repay early, out of savings or refinanced by a rival; some leave for good.

    interest_part: interest within new_due, so that what remains after this month's instalment is known.
    """
    for i in range(state.shape[0]):
        standing = (state[i] == _OPEN) and (missed[i] == np.int8(0)) and (overdue[i] == int32(0))
        paid = int32(paid_due[i] + paid_catch[i])
        kept_up = standing and (paid >= int32(asked[i] + fees_due[i])) and (asked[i] > int32(0))
        u = unit32(d_prepay[i])
        early = (u > f(1) - p.prepayment) if upper else (u < p.prepayment)
        distrust = max(f(0), p.trust_mean - trust[i]) / max(p.trust_mean, f(1e-3))
        gone = (unit32(d_churn[i]) < p.churn * (f(1) + p.churn_trust_effect * distrust)) and (market[i] == _IN_MARKET)
        rest = int32(principal[i] - int32(new_due[i] - interest_part[i]))
        act = kept_up and (early or gone) and (rest > int32(0))
        rest = rest if act else int32(0)
        own = f(rest) * p.major
        from_savings = at_catch[i] >= own + p.prepayment_buffer * essential[i]
        outside = (f(0) if from_savings else own) if act else f(0)
        refinanced[i] = refinanced[i] + outside
        at_catch[i] = at_catch[i] - ((own if from_savings else f(0)) if act else f(0))
        paid_catch[i] = int32(paid_catch[i] + rest)
        leaving[i] = leaving[i] | (U1 if (kept_up and gone) else U0)


@phase
def settle(
    cash: Any, income: Any, essential: Any, buffer: Any, wanted: Any, expense: Any, other_due: Any, other_balance: Any,
    other_target: Any, permanent: Any, borrowed: Any, refinanced: Any, paid_1: Any, paid_2: Any, paid_3: Any, paid_4: Any, freed: Any, p: Any,  # noqa: E501
) -> None:
    """After our payments: other lenders, then discretionary spending and savings."""
    for i in range(cash.shape[0]):
        ours = (f(paid_1[i]) + f(paid_2[i]) + f(paid_3[i]) + f(paid_4[i])) * p.major
        left = cash[i] + income[i] + borrowed[i] + refinanced[i] - ours - essential[i] - expense[i]
        to_others = min(other_due[i], max(left, f(0)))
        wealth = left - to_others
        compression = min(f(1), p.compression + freed[i])
        spend = discretionary(
            wealth, wanted[i], buffer[i] * essential[i], compression, p.rebuild_speed, p.spend_down
        )
        cash[i] = max(f(0), wealth - spend)
        owed = other_balance[i] * (f(1) + p.other_interest) - to_others + borrowed[i] + refinanced[i]
        aim = other_target[i] * permanent[i]
        other_balance[i] = max(f(0), owed + f(0.05) * (aim - owed))


@phase
def feel(
    trust: Any, saturation: Any, missed_a: Any, missed_b: Any, contacted_a: Any, contacted_b: Any, market: Any,
    leaving: Any, p: Any,
) -> None:
    """Trust returns to its mean and takes the month's blows; the memory of contacts fades."""
    for i in range(trust.shape[0]):
        k = int32(max(missed_a[i], missed_b[i]))
        both = contacted_a[i] | contacted_b[i]
        reached = (both & _REACHED) != U0
        attempted = (both & _ATTEMPTED) != U0
        harsh = p.harsh_early if k <= int32(1) else (p.harsh_middle if k <= int32(3) else p.harsh_late)
        blow = (p.trust_harsh * harsh if reached else f(0)) + p.trust_public_blow
        trust[i] = next_trust(trust[i], p.trust_mean, p.trust_reversion, blow)
        s = int32(saturation[i])
        s = int32(s - int32(s >> int32(2))) + (int32(48) if attempted else int32(0))
        saturation[i] = uint8(min(int32(s), int32(255)))
        market[i] = _LEFT if leaving[i] != U0 else market[i]


@phase
def ask_for_credit(
    cash: Any, essential: Any, impulsive: Any, trust: Any, market: Any, excluded: Any, state_a: Any, state_b: Any,
    missed_a: Any, missed_b: Any, d_demand: Any, p: Any, applies: Any,
) -> None:
    """Who applies for a loan or a plan: in the market, slot free, not in arrears."""
    for i in range(cash.shape[0]):
        thin = max(f(0), f(1) - cash[i] / max(essential[i], f(1)))
        drive = demand(
            f(1), thin, p.demand_need, share_of(impulsive[i]), p.demand_impulse, trust[i] - p.trust_mean, p.demand_trust
        )
        u = unit32(d_demand[i])
        # who is not in the market yet uses the same draw to enter it
        market[i] = _IN_MARKET if (market[i] == _DORMANT and u < p.activation) else market[i]
        able = (market[i] == _IN_MARKET) and (missed_a[i] == np.int8(0)) and (missed_b[i] == np.int8(0))
        loan = able and (state_a[i] != _OPEN) and (u < p.demand_loan * drive)
        plan = able and (state_b[i] != _OPEN) and (u > f(1) - p.demand_plan * drive)
        applies[i] = (_LOAN if loan else U0) | (_PLAN if plan else U0)
        excluded[i] = int32(excluded[i]) - (int32(1) if (int32(excluded[i]) > 0 and int32(excluded[i]) < 32767) else int32(0))
