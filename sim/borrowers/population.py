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
from numba import float32, uint8, uint32

from sim.borrowers.columns import DORMANT, IN_MARKET, Household, Population, empty_population
from sim.borrowers.parameters import lasting_willingness_mean, logit64
from sim.config.profile_schema import Profile
from sim.numerics.compile import kernel
from sim.numerics.functions32 import clamp32, exp32, logistic32, normal32, unit32
from sim.numerics.philox import Event, word

f = float32

_SEGMENT, _SECTOR, _EMPLOYED = int(Event.SAMPLE_SEGMENT), int(Event.SAMPLE_SECTOR), int(Event.SAMPLE_EMPLOYED)
_PAYDAY, _DUE_DAY, _PRUDENCE = int(Event.SAMPLE_PAYDAY), int(Event.SAMPLE_DUE_DAY), int(Event.SAMPLE_PRUDENCE)
_INCOME, _BUFFER, _LITERACY = int(Event.SAMPLE_INCOME), int(Event.SAMPLE_BUFFER), int(Event.SAMPLE_LITERACY)
_ATTENTION, _IMPULSE = int(Event.SAMPLE_ATTENTION), int(Event.SAMPLE_IMPULSE)
_WILLINGNESS, _TRUST = int(Event.SAMPLE_WILLINGNESS), int(Event.SAMPLE_TRUST)
_ESSENTIAL, _OTHER, _PRIORITY = int(Event.SAMPLE_ESSENTIAL), int(Event.SAMPLE_OTHER_DEBT), int(Event.SAMPLE_PRIORITY)
_MARKET, _EXCLUDED, _SAVINGS = int(Event.SAMPLE_MARKET), int(Event.SAMPLE_EXCLUDED), int(Event.SAMPLE_SAVINGS)
_SPELL = int(Event.SAMPLE_SPELL)


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
    for i in range(lo, hi):
        u = unit32(word(i, 0, uint32(_SEGMENT), k0, k1))
        g = 0
        while g < 2 and u > segment_edges[g]:
            g += 1
        u = unit32(word(i, 0, uint32(_SECTOR), k0, k1))
        sector = 0
        while sector < sector_edges.shape[0] - 1 and u > sector_edges[sector]:
            sector += 1
        H.segment[i] = uint8(g)
        H.sector[i] = uint8(sector)
        H.job_risk[i] = sector_risk[sector] * segment_table[2, g]
        prudence = normal32(unit32(word(i, 0, uint32(_PRUDENCE), k0, k1)))
        z = x.income_link * prudence + x.own_income * normal32(unit32(word(i, 0, uint32(_INCOME), k0, k1)))
        H.permanent[i] = x.median_income * segment_table[0, g] * exp32(x.income_spread * z)
        z = x.prudence * prudence + x.own * normal32(unit32(word(i, 0, uint32(_LITERACY), k0, k1)))
        H.literacy[i] = uint8(f(255) * logistic32(x.literacy + x.trait_spread * z) + f(0.5))
        z = x.prudence * prudence + x.own * normal32(unit32(word(i, 0, uint32(_ATTENTION), k0, k1)))
        H.attentive[i] = uint8(f(255) * logistic32(x.attentive + x.trait_spread * (z + segment_table[3, g])) + f(0.5))
        z = -x.prudence * prudence + x.own * normal32(unit32(word(i, 0, uint32(_IMPULSE), k0, k1)))
        H.impulsive[i] = uint8(f(255) * logistic32(x.impulsive + x.trait_spread * z) + f(0.5))
        z = x.prudence * prudence + x.own * normal32(unit32(word(i, 0, uint32(_BUFFER), k0, k1)))
        H.buffer[i] = x.buffer * segment_table[1, g] * exp32(x.buffer_spread * z)
        z = x.prudence * prudence + x.own * normal32(unit32(word(i, 0, uint32(_WILLINGNESS), k0, k1)))
        H.willingness[i] = x.willing_mean + x.willing_spread * z
        z = normal32(unit32(word(i, 0, uint32(_TRUST), k0, k1)))
        H.trust[i] = clamp32(x.trust + x.trust_spread * z, f(0), f(1))
        z = normal32(unit32(word(i, 0, uint32(_ESSENTIAL), k0, k1)))
        H.essential_share[i] = clamp32(x.essential + x.essential_spread * z, f(0.1), f(0.95))
        H.essential[i] = H.essential_share[i] * H.permanent[i] * x.lag
        u = unit32(word(i, 0, uint32(_OTHER), k0, k1))
        holds = u < x.holders
        # among holders the burden is uniform between 0 and twice its mean
        H.other_target[i] = f(2) * (u / max(x.holders, f(1e-6))) * x.other_target if holds else f(0)
        H.other_balance[i] = H.other_target[i] * H.permanent[i]
        H.other_first[i] = uint8(1) if unit32(word(i, 0, uint32(_PRIORITY), k0, k1)) < x.paid_first else uint8(0)
        due = 1 + int(unit32(word(i, 0, uint32(_DUE_DAY), k0, k1)) * f(28))
        H.due_day[i] = uint8(due)
        u = unit32(word(i, 0, uint32(_PAYDAY), k0, k1))
        if u < x.payday_before:
            day = 1 + int(u / x.payday_before * f(due))
        else:
            day = due + 1 + int((u - x.payday_before) / (f(1) - x.payday_before) * f(30 - due))
        H.payday[i] = uint8(min(day, 30))
        employed = unit32(word(i, 0, uint32(_EMPLOYED), k0, k1)) >= x.unemployment * min(H.job_risk[i], f(3))
        H.employed[i] = uint8(1) if employed else uint8(0)
        u = unit32(word(i, 0, uint32(_SPELL), k0, k1))
        H.spell[i] = np.int16(min(f(120), u / max(x.finding, f(0.02)) * (f(20) if employed else f(1))))
        H.income[i] = H.permanent[i] * (f(1) if employed else x.exhausted)
        u = unit32(word(i, 0, uint32(_SAVINGS), k0, k1))
        # savings fluctuate around the buffer aimed for: uniform between nothing and twice of it
        H.cash[i] = (f(2) * u * H.buffer[i] * H.essential[i]) * (f(1) if employed else f(0.4))
        u = unit32(word(i, 0, uint32(_MARKET), k0, k1))
        H.market[i] = uint8(DORMANT) if u < x.dormant else uint8(IN_MARKET)
        u = unit32(word(i, 0, uint32(_EXCLUDED), k0, k1))
        if u < x.excluded and x.exclusion > f(0):
            left = f(1) + u / x.excluded * min(x.exclusion, f(120))
            H.excluded[i] = np.int16(32767) if x.exclusion > f(32000) else np.int16(left)


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
