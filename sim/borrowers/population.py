"""Sampling a population from a profile, borrower by borrower and jointly.

One latent `prudence` is shared by savings, literacy, attention, restraint and willingness, and is
correlated with income; everything else is drawn around it. Draws are addressed, so a borrower is the same
person whatever the size of the population.
"""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
from numba import float32, int32, uint8

from sim.borrowers.columns import DORMANT, IN_MARKET, Household, Population, empty_population
from sim.borrowers.parameters import lasting_willingness_mean, logit64
from sim.borrowers.phases import draw
from sim.config.profile_schema import Profile
from sim.numerics.compile import inline, kernel, phase
from sim.numerics.functions32 import clamp32, exp32, logistic32, normal32, unit32
from sim.numerics.philox import Event

f = float32

# lanes of the sampling draws
_FIRST = int(Event.SAMPLE_SEGMENT)
_LANES = 24
_SEGMENT, _SECTOR, _EMPLOYED, _PAYDAY = (
    int(e) - _FIRST for e in (Event.SAMPLE_SEGMENT, Event.SAMPLE_SECTOR, Event.SAMPLE_EMPLOYED, Event.SAMPLE_PAYDAY)
)
_PRUDENCE, _INCOME, _BUFFER, _LITERACY = (
    int(e) - _FIRST for e in (Event.SAMPLE_PRUDENCE, Event.SAMPLE_INCOME, Event.SAMPLE_BUFFER, Event.SAMPLE_LITERACY)
)
_ATTENTION, _IMPULSE, _WILLINGNESS, _TRUST = (
    int(e) - _FIRST for e in (Event.SAMPLE_ATTENTION, Event.SAMPLE_IMPULSE, Event.SAMPLE_WILLINGNESS, Event.SAMPLE_TRUST)
)
_ESSENTIAL, _OTHER, _PRIORITY, _DUE_DAY = (
    int(e) - _FIRST for e in (Event.SAMPLE_ESSENTIAL, Event.SAMPLE_OTHER_DEBT, Event.SAMPLE_PRIORITY, Event.SAMPLE_DUE_DAY)
)
_MARKET, _EXCLUDED, _SAVINGS, _SPELL = (
    int(e) - _FIRST for e in (Event.SAMPLE_MARKET, Event.SAMPLE_EXCLUDED, Event.SAMPLE_SAVINGS, Event.SAMPLE_SPELL)
)
_BLOCK = 4096


class _Numbers(NamedTuple):
    """Scalars of the profile that sampling reads, float32."""

    median_income: np.float32
    income_spread: np.float32
    income_link: np.float32
    prudence: np.float32
    own: np.float32  # sqrt(1 - prudence**2)
    own_income: np.float32
    literacy: np.float32
    attentive: np.float32
    impulsive: np.float32
    trait_spread: np.float32
    essential: np.float32
    essential_spread: np.float32
    buffer: np.float32
    buffer_spread: np.float32
    holders: np.float32
    other_target: np.float32
    paid_first: np.float32
    willing_mean: np.float32
    willing_spread: np.float32
    trust: np.float32
    trust_spread: np.float32
    payday_before: np.float32
    dormant: np.float32
    excluded: np.float32
    exclusion: np.float32
    unemployment: np.float32
    finding: np.float32
    exhausted: np.float32
    lag: np.float32  # essentials over what they would be without growth


@kernel
def _sample(
    H: Any, lo: int, hi: int, k0: int, k1: int, x: Any, segment_edges: Any, segment_table: Any, sector_edges: Any,
    sector_risk: Any,
) -> None:
    """Fill the household columns for rows lo to hi. segment_table: income, buffer, job loss, attention by segment."""
    words = np.empty((_LANES, min(_BLOCK, hi - lo)), np.uint32)
    for s in range(lo, hi, _BLOCK):
        e = min(hi, s + _BLOCK)
        n = e - s
        for call in range(_LANES // 4):
            w = 4 * call
            draw(s, 0, _FIRST // 4 + call, k0, k1, words[w, :n], words[w + 1, :n], words[w + 2, :n], words[w + 3, :n])
        _place(
            H.segment[s:e], H.sector[s:e], H.job_risk[s:e], words[_SEGMENT, :n], words[_SECTOR, :n], segment_edges, segment_table,
            sector_edges, sector_risk,
        )
        _characters(
            H.segment[s:e], H.permanent[s:e], H.literacy[s:e], H.attentive[s:e], H.impulsive[s:e], words[_PRUDENCE, :n],
            words[_INCOME, :n], words[_LITERACY, :n], words[_ATTENTION, :n], words[_IMPULSE, :n], segment_table, x,
        )
        _habits(
            H.segment[s:e], H.buffer[s:e], H.willingness[s:e], H.trust[s:e], H.essential_share[s:e], words[_PRUDENCE, :n],
            words[_BUFFER, :n], words[_WILLINGNESS, :n], words[_TRUST, :n], words[_ESSENTIAL, :n], segment_table, x,
        )
        _situation(
            H.permanent[s:e], H.essential_share[s:e], H.essential[s:e], H.job_risk[s:e], H.buffer[s:e], H.employed[s:e],
            H.spell[s:e], H.income[s:e], H.cash[s:e], words[_EMPLOYED, :n], words[_SPELL, :n], words[_SAVINGS, :n], x,
        )
        _obligations(
            H.permanent[s:e], H.other_target[s:e], H.other_balance[s:e], H.other_first[s:e], H.due_day[s:e], H.payday[s:e],
            words[_OTHER, :n], words[_PRIORITY, :n], words[_DUE_DAY, :n], words[_PAYDAY, :n], x,
        )
        _standing(H.market[s:e], H.excluded[s:e], words[_MARKET, :n], words[_EXCLUDED, :n], x)


@phase
def _place(
    segment: Any, sector: Any, job_risk: Any, w_segment: Any, w_sector: Any, segment_edges: Any, segment_table: Any,
    sector_edges: Any, sector_risk: Any,
) -> None:
    """Segment and sector, and the risk to lose a job that goes with them."""
    for i in range(segment.shape[0]):
        u = unit32(w_segment[i])
        g = 0
        while g < 2 and u > segment_edges[g]:
            g += 1
        u = unit32(w_sector[i])
        k = 0
        while k < sector_edges.shape[0] - 1 and u > sector_edges[k]:
            k += 1
        segment[i] = uint8(g)
        sector[i] = uint8(k)
        job_risk[i] = sector_risk[k] * segment_table[2, g]


@inline
def _by_segment(g: Any, first: Any, second: Any, third: Any) -> Any:
    return first if g == np.uint8(0) else (second if g == np.uint8(1) else third)


@inline
def _share(z: Any, centre: Any, spread: Any) -> Any:
    """A trait as a byte."""
    return uint8(int32(f(255) * logistic32(centre + spread * z) + f(0.5)))


@phase
def _characters(
    segment: Any, permanent: Any, literacy: Any, attentive: Any, impulsive: Any, w_prudence: Any, w_income: Any, w_literacy: Any,
    w_attention: Any, w_impulse: Any, table: Any, x: Any,
) -> None:
    """Income and traits, around the one latent prudence."""
    income_1, income_2, income_3 = table[0, 0], table[0, 1], table[0, 2]
    shift_1, shift_2, shift_3 = table[3, 0], table[3, 1], table[3, 2]
    for i in range(segment.shape[0]):
        g = segment[i]
        shared = x.prudence * normal32(unit32(w_prudence[i]))
        z = x.income_link * normal32(unit32(w_prudence[i])) + x.own_income * normal32(unit32(w_income[i]))
        permanent[i] = x.median_income * _by_segment(g, income_1, income_2, income_3) * exp32(x.income_spread * z)
        literacy[i] = _share(shared + x.own * normal32(unit32(w_literacy[i])), x.literacy, x.trait_spread)
        z = shared + x.own * normal32(unit32(w_attention[i]))
        attentive[i] = _share(z + _by_segment(g, shift_1, shift_2, shift_3), x.attentive, x.trait_spread)
        impulsive[i] = _share(-shared + x.own * normal32(unit32(w_impulse[i])), x.impulsive, x.trait_spread)


@phase
def _habits(
    segment: Any, buffer: Any, willingness: Any, trust: Any, essential_share: Any, w_prudence: Any, w_buffer: Any, w_willing: Any,
    w_trust: Any, w_essential: Any, table: Any, x: Any,
) -> None:
    """Savings aimed for, lasting willingness, trust, standard of living."""
    buffer_1, buffer_2, buffer_3 = table[1, 0], table[1, 1], table[1, 2]
    for i in range(segment.shape[0]):
        shared = x.prudence * normal32(unit32(w_prudence[i]))
        z = shared + x.own * normal32(unit32(w_buffer[i]))
        buffer[i] = x.buffer * _by_segment(segment[i], buffer_1, buffer_2, buffer_3) * exp32(x.buffer_spread * z)
        z = shared + x.own * normal32(unit32(w_willing[i]))
        willingness[i] = x.willing_mean + x.willing_spread * z
        trust[i] = clamp32(x.trust + x.trust_spread * normal32(unit32(w_trust[i])), f(0), f(1))
        z = normal32(unit32(w_essential[i]))
        essential_share[i] = clamp32(x.essential + x.essential_spread * z, f(0.1), f(0.95))


@phase
def _situation(
    permanent: Any, essential_share: Any, essential: Any, job_risk: Any, buffer: Any, employed: Any, spell: Any, income: Any,
    cash: Any, w_employed: Any, w_spell: Any, w_savings: Any, x: Any,
) -> None:
    """Job, income, essentials and savings at the start."""
    for i in range(permanent.shape[0]):
        living = essential_share[i] * permanent[i] * x.lag
        essential[i] = living
        has = unit32(w_employed[i]) >= x.unemployment * min(job_risk[i], f(3))
        employed[i] = uint8(1) if has else uint8(0)
        months = unit32(w_spell[i]) / max(x.finding, f(0.02)) * (f(20) if has else f(1))
        spell[i] = np.int16(int32(min(f(120), months)))
        income[i] = permanent[i] * (f(1) if has else x.exhausted)
        # savings fluctuate around the buffer aimed for: uniform between nothing and twice of it
        cash[i] = (f(2) * unit32(w_savings[i]) * buffer[i] * living) * (f(1) if has else f(0.4))


@phase
def _obligations(
    permanent: Any, other_target: Any, other_balance: Any, other_first: Any, due_day: Any, payday: Any, w_other: Any,
    w_priority: Any, w_due: Any, w_payday: Any, x: Any,
) -> None:
    """Debts at other lenders, due day and payday."""
    for i in range(permanent.shape[0]):
        u = unit32(w_other[i])
        # among holders the burden is uniform between 0 and twice its mean
        target = f(2) * (u / max(x.holders, f(1e-6))) * x.other_target if u < x.holders else f(0)
        other_target[i] = target
        other_balance[i] = target * permanent[i]
        other_first[i] = uint8(1) if unit32(w_priority[i]) < x.paid_first else uint8(0)
        due = int32(int32(1) + int32(unit32(w_due[i]) * f(28)))
        due_day[i] = uint8(due)
        u = unit32(w_payday[i])
        before = int32(int32(1) + int32(u / x.payday_before * f(due)))
        after = int32(int32(due + int32(1)) + int32((u - x.payday_before) / (f(1) - x.payday_before) * f(int32(int32(30) - due))))
        day = before if u < x.payday_before else after
        payday[i] = uint8(min(int32(day), int32(30)))


@phase
def _standing(market: Any, excluded: Any, w_market: Any, w_excluded: Any, x: Any) -> None:
    """In the market or not yet; still excluded for an earlier default or not."""
    for i in range(market.shape[0]):
        market[i] = uint8(DORMANT) if unit32(w_market[i]) < x.dormant else uint8(IN_MARKET)
        u = unit32(w_excluded[i])
        if u < x.excluded and x.exclusion > f(0):
            left = f(1) + u / x.excluded * min(x.exclusion, f(120))
            excluded[i] = np.int16(32767) if x.exclusion > f(32000) else np.int16(left)


def sample_population(
    profile: Profile, rows: int, seed_keys: tuple[int, int], unemployment: float, exclusion_months: int | None, real_growth: float,
    threads: int = 1,
) -> Population:
    """A fresh population without accounts.

    unemployment: the opening rate; exclusion_months: the policy's exclusion of former defaulters, None for ever;
    real_growth: annual real income growth, behind which the standard of living lags from the start.
    """
    t, o, s = profile.traits, profile.other_debts, profile.savings
    labour = profile.labour
    # essentials follow permanent income with speed a, so under steady growth g they stand at a / (a + g) of their aim
    speed = max(1e-6, profile.spending.adjustment)
    lag = speed / max(1e-6, speed + real_growth / 12)
    finding = labour.separation_rate * (1 - unemployment) / max(unemployment, 1e-6)
    x = _Numbers(
        *(
            np.float32(v)
            for v in (
                profile.income.median,
                profile.income.spread,
                t.income_link,
                t.prudence,
                math.sqrt(1 - t.prudence**2),
                math.sqrt(1 - t.income_link**2),
                _logit(t.literacy),
                _logit(t.attentiveness),
                _logit(t.impulsiveness),
                t.spread,
                profile.spending.essential_share,
                profile.spending.essential_spread,
                s.buffer_months,
                s.buffer_spread,
                o.holders,
                o.burden / max(o.payment_share, 1e-6),
                o.paid_first,
                lasting_willingness_mean(profile),
                profile.repayment.willingness_spread,
                profile.trust.mean,
                profile.trust.spread,
                min(max(t.payday_before_due, 1e-6), 1 - 1e-6),
                profile.demand.dormant,
                profile.opening.former_defaulters,
                32767 if exclusion_months is None else exclusion_months,
                unemployment,
                min(1.0, finding),
                labour.exhausted_rate,
                lag,
            )
        )
    )
    mean_job_loss = sum(g.share * g.job_loss_factor for g in profile.segments)
    mean_cyclicality = sum(k.share * k.cyclicality for k in labour.sectors)
    segment_edges = np.array([profile.segments[0].share, profile.segments[0].share + profile.segments[1].share], np.float32)
    segment_table = np.array(
        [
            [g.income_factor for g in profile.segments],
            [g.buffer_factor for g in profile.segments],
            [g.job_loss_factor / mean_job_loss for g in profile.segments],
            [g.attention_shift for g in profile.segments],
        ],
        np.float32,
    )
    edges, total = [], 0.0
    for k in labour.sectors:
        total += k.share
        edges.append(total)
    population = empty_population(rows)
    household: Household = population.household
    sector_edges = np.array(edges, np.float32)
    sector_risk = np.array([k.cyclicality / mean_cyclicality for k in labour.sectors], np.float32)
    share = max(1, -(-rows // threads))
    with ThreadPoolExecutor(threads) as pool:
        jobs = [
            pool.submit(
                _sample, household, lo, min(rows, lo + share), seed_keys[0], seed_keys[1], x, segment_edges, segment_table,
                sector_edges, sector_risk,
            )
            for lo in range(0, rows, share)
        ]
        for job in jobs:
            job.result()
    return population


def _logit(p: float) -> float:
    return logit64(min(max(p, 1e-4), 1 - 1e-4))
