"""How a borrower lives and decides: pure functions of scalars, written once.

The column engine inlines these into loops over the whole population; a single `Borrower` runs the very
same compiled code on its row. All numbers are float32 unless said; shares and probabilities in [0, 1].
A researcher may replace any of them by name with a function of the same arguments.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import float32, float64, int32

from sim.numerics.compile import inline
from sim.numerics.functions32 import clamp32, exp32, log32

f = float32


@inline
def job(employed: Any, draw: Any, job_risk: Any, separation: Any, finding: Any) -> Any:
    """Employed next? Loses the job if draw < separation x relative risk; finds one if draw < finding."""
    loses = draw < separation * job_risk
    finds = draw < finding
    return (not loses) if employed else finds


@inline
def replacement(spell: Any, rate: Any, months: Any, exhausted: Any, support: Any) -> Any:
    """Income of the unemployed over permanent income: benefit while it lasts, plus emergency support, at most 1."""
    return min(f(1), (rate if f(spell) < months else exhausted) + support)


@inline
def pay(permanent: Any, hours_cut: Any, depth: Any, sigma: Any, z: Any) -> Any:
    """Pay of the employed: permanent income, less cut hours, times a mean-one lognormal month (sd sigma, normal z)."""
    return permanent * (f(1) - (depth if hours_cut else f(0))) * exp32(sigma * z - f(0.5) * sigma * sigma)


@inline
def essential_spending(essential: Any, share: Any, permanent: Any, inflation: Any, adjustment: Any) -> Any:
    """Essentials follow prices at once and the household's permanent income slowly."""
    e = essential * (f(1) + inflation)
    return e + adjustment * (share * permanent - e)


@inline
def wanted_discretionary(income: Any, permanent: Any, share: Any, extra: Any, impulsive: Any, literacy: Any) -> Any:
    """Discretionary spending that the borrower prefers: a share of income, more if impulsive and unschooled."""
    return share * min(income, permanent) * (f(1) + extra * impulsive * (f(1) - literacy))


@inline
def unforeseen_expense(draw: Any, probability: Any, size: Any, permanent: Any) -> Any:
    """With the given probability an expense of exponential size with mean `size` months of permanent income."""
    hit = draw < probability
    inner = clamp32(draw / max(probability, f(1e-9)), f(1e-6), f(1))
    return -log32(inner) * size * permanent if hit else f(0)


@inline
def available(cash: Any, income: Any, floor: Any, expense: Any, other_due: Any, other_first: Any) -> Any:
    """Money that can reach us: what is left after the spending floor, the unforeseen and debts that rank before us."""
    return max(f(0), cash + income - floor - expense - (other_due if other_first else f(0)))


@inline
def outside_loan(short: Any, easiness: Any, room: Any) -> Any:
    """Borrowed elsewhere to cover a shortfall: a share of it, within what other lenders still grant."""
    return min(max(short, f(0)) * easiness, max(room, f(0)))


@inline
def contact_effect(reached: Any, missed: Any, saturation: Any, decay: Any, satiation: Any, gain: Any) -> Any:
    """Strength of a contact that reached the borrower: falls with arrears and with earlier contacts."""
    late = max(f(0), f(1) - decay * max(f(missed) - f(1), f(0)))
    return gain * late * (f(1) - satiation * saturation) if reached else f(0)


@inline
def willingness(
    lasting: Any, trust: Any, trust_effect: Any, access: Any, missed: Any, arrears_effect: Any, push: Any, noise: Any
) -> Any:
    """Willingness to pay in logits; the borrower pays if it is positive.

    Lasting disposition + trust above its mean + prospect of new credit - arrears (giving up) + contacts + the month's mood.
    """
    return lasting + trust_effect * trust + access - arrears_effect * f(missed) + push + noise


@inline
def forgetting(base: Any, attentive: Any, mean_inattention: Any, relief: Any, missed: Any, in_arrears: Any) -> Any:
    """Chance to overlook the due day: inattention over its mean, less after a reminder, less once in arrears."""
    known = in_arrears if missed > 0 else f(1)
    return min(f(1), base * (f(1) - attentive) / mean_inattention * (f(1) - relief) * known)


@inline
def discretionary(wealth: Any, wanted: Any, buffer: Any, compression: Any, rebuild: Any, spend_down: Any) -> Any:
    """Discretionary spending after all payments: cut to rebuild a missing buffer, raised out of an excess one.

    wealth: money left before it; buffer: savings aimed for. Never more than the wealth.
    """
    after = wealth - wanted
    cut = min(compression * wanted, rebuild * max(buffer - after, f(0)))
    more = spend_down * max(after - buffer, f(0))
    return min(max(wealth, f(0)), wanted - cut + more)


@inline
def next_trust(trust: Any, mean: Any, reversion: Any, blow: Any) -> Any:
    """Trust returns to its mean and takes the month's blows (harsh contact, rumour, published arrears)."""
    return clamp32(trust + reversion * (mean - trust) - blow, f(0), f(1))


@inline
def demand(base: Any, thin: Any, need: Any, impulsive: Any, impulse: Any, trust: Any, trust_effect: Any) -> Any:
    """Monthly chance to apply: more when savings are thin and when impulsive, less when trust is low."""
    return base * (f(1) + need * thin) * (f(1) + impulse * impulsive) * max(f(0), f(1) + trust_effect * trust)


@inline
def interest_of(base: Any, rate: Any) -> Any:
    """A month's interest in minor units, half up: base x annual basis points / 120,000, exact for every int32 base.

    A product with 1 / 120,000 is four times as fast as the division. The numerator is a whole number, so adding
    another half keeps the quotient 4e-6 away from any whole number, and rounding errs by less than 1e-6.
    """
    return int32(np.floor((float64(base) * float64(rate) + 60000.5) * (1.0 / 120000.0)))


@inline
def risk_index(
    thin: Any, burden: Any, lasting: Any, attentive: Any, job_risk: Any, employed: Any, weights: Any
) -> Any:
    """The borrower's true credit risk as an index (higher is riskier), before the lender's noise.

    thin: exp(-months of buffer); burden: essentials and debt service over income.
    """
    w_buffer, w_burden, w_willing, w_attention, w_employment = weights
    job_part = f(0.5) * (job_risk - f(1)) if employed else f(1.5)
    return (
        w_buffer * thin
        + w_burden * burden
        - w_willing * f(0.25) * lasting
        + w_attention * (f(1) - attentive)
        + w_employment * job_part
    )
