"""Work: jobs are lost and found, hours cut and restored.

Hazards are public; each borrower meets them with a draw of its own. So that the simulated unemployment follows the
economy's path and not only on average, the hazards are read off the population's own draws (see sim/economy/clearing.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import numpy as np
from numpy import float32 as f
from numpy import int32, uint8
from pydantic import Field

from sim.config.fields import AnyNumber, Duration, Effect, Factor, MonthCount, Section, Share, Text
from sim.config.ranges import Plausible, Range
from sim.economy.job_durations import losing_risk, relative_finding
from sim.economy.labour_market import labour_flows, separation_on_path
from sim.engine.columns import Column
from sim.engine.declare import Counter, Mechanism, MonthInputs, Switch, Values
from sim.engine.metric import Metric
from sim.engine.pipeline import Block, Numbers
from sim.mechanisms.people import by_segment
from sim.numerics.compile import phase, rule
from sim.numerics.functions32 import unit32
from sim.numerics.sums import plain_sum

U0, U1 = np.uint8(0), np.uint8(1)
ELASTICITY = Range(0, 10, "at ten any recession takes every job")


class Sector(Section):
    name: Text
    share: Share
    cyclicality: Factor = Field(description="separation hazard relative to the average sector")


class Work(Section):
    separation_rate: Annotated[Share, Plausible(0.008, 0.02, "CPS and NBS flows")] = Field(
        description="monthly employment-to-unemployment hazard at the opening unemployment rate"
    )
    separation_elasticity: Annotated[AnyNumber, ELASTICITY, Plausible(0.15, 0.5, "CPS flows 1985–2006")] = Field(
        description="rise of the log separation hazard per unit rise of log unemployment over twelve months"
    )
    level_elasticity: Annotated[AnyNumber, ELASTICITY, Plausible(0.15, 0.5, "Shimer 2012: one quarter")] = Field(
        description="rise of the separation log-odds per unit of unemployment's log-odds over their opening, where job losses "
        "follow the level (switch job_cycle at 0)"
    )
    finding_floor: Share = Field(description="lowest monthly job-finding hazard")
    replacement_rate: Annotated[Share, Plausible(0.15, 0.6)] = Field(
        description="unemployment benefit over permanent income, averaged over takers and non-takers"
    )
    replacement_months: MonthCount = Field(description="months for which the benefit is paid")
    exhausted_rate: Share = Field(description="income over permanent income after the benefit has run out")
    reemployment_loss: Annotated[Share, Plausible(0, 0.2, "Davis–von Wachter 2011")] = Field(
        description="permanent income lost at re-employment"
    )
    hours_cut_entry: Share = Field(
        description="monthly chance that an employed borrower's hours are cut at the reference unemployment rate"
    )
    hours_cut_exit: Share = Field(description="monthly chance that cut hours are restored")
    hours_cut_depth: Annotated[Share, Plausible(0.15, 0.5)] = Field(description="share of pay lost while hours are cut")
    hours_cut_pulse: Annotated[Effect, Plausible(0, 2, "involuntary part-time doubled 2007–2009")] = Field(
        description="rise of the monthly chance of cut hours per unit rise of unemployment over twelve months (0.4: +0.4 points per point)"
    )
    hours_cut_cyclicality: Effect = Field(
        description="rise of hours_cut_entry per unit rise of unemployment above its opening rate, relative, where it follows "
        "the level (switch job_cycle at 0)"
    )
    newcomer_extra: Annotated[Effect, Plausible(0, 10, "Farber 1999")] = Field(
        description="further separation hazard of the newly hired, over that of a settled job"
    )
    newcomer_months: Duration = Field(description="months in a job after which a quarter of that is left")
    finding_least: Annotated[
        Share, Range(0.05, 1, "search does not help", below="below a twentieth nobody of them would be hired", percent=True),
        Plausible(0.2, 1, "Kroft–Lange–Notowidigdo 2013"),
    ] = Field(description="finding hazard of the long unemployed, over that of the first month")
    finding_months: Duration = Field(description="months of search after which a quarter of the difference is left")
    opening_risk_cap: Annotated[AnyNumber, Range(0, 100, "a cap of a hundred times the average risk is none", above=True)] = Field(
        description="highest relative risk to be without a job at the start"
    )
    opening_tenure: Annotated[AnyNumber, Range(0, 1_000, "a spell is kept up to 120 months at the start", above=True)] = Field(
        description="longest job at the start, over the longest spell without one"
    )
    sectors: Annotated[list[Sector], Field(min_length=1, max_length=8)]


@rule
def job(employed: Any, draw: Any, risk: Any, chance: Any, separation: Any, finding: Any) -> Any:
    """Employed next? Loses the job if draw < separation x relative risk; finds one if draw < finding x relative chance."""
    loses = draw < separation * risk
    finds = draw < finding * chance
    return (not loses) if employed else finds


@phase
def sample_work(b: Block, p: Numbers) -> None:
    """Sector, the risk to lose a job that goes with sector and segment, employment and the months spent in it."""
    for i in range(b.n):
        u = unit32(b.draw.sample_sector[i])
        k = 0
        while k < p.work.last_sector and u > b.table.sector_edges[k]:
            k += 1
        b.sector[i] = uint8(k)
        segment = by_segment(
            b.segment[i], p.segments.job_loss_factor_0, p.segments.job_loss_factor_1, p.segments.job_loss_factor_2
        )
        b.job_risk[i] = b.table.sector_risk[k] * segment


@phase
def sample_jobs(b: Block, p: Numbers) -> None:
    """Employed or not, and for how long."""
    for i in range(b.n):
        has = unit32(b.draw.sample_employed[i]) >= p.work.unemployment * min(b.job_risk[i], p.work.opening_risk_cap)
        b.employed[i] = U1 if has else U0
        months = unit32(b.draw.sample_spell[i]) / max(p.work.finding_at_opening, f(0.02)) * (p.work.opening_tenure if has else f(1))
        b.spell[i] = np.int16(int32(min(f(120), months)))


@phase
def work(b: Block, p: Numbers) -> None:
    """Jobs are lost and found, hours cut and restored; a new job pays less than the old one."""
    for i in range(b.n):
        had = b.employed[i] != U0
        spell = f(b.spell[i])
        risk = losing_risk(b.job_risk[i], spell, p.work.extra_when_new, p.work.newcomer_months)
        chance = relative_finding(spell, p.work.least_chance, p.work.finding_months)
        has = job(had, unit32(b.draw.job[i]), risk, chance, p.work.separation, p.work.finding)
        same = had == has
        s = int32(min(int32(int32(b.spell[i]) + int32(1)), int32(600)))
        b.spell[i] = s if same else int32(0)
        u = unit32(b.draw.hours[i])
        cut = b.hours_cut[i] != U0
        cut = (u >= p.work.hours_cut_exit) if cut else (u < p.work.hours_entry)
        b.hours_cut[i] = U1 if (has and cut) else U0
        found = has and not had
        b.permanent[i] = b.permanent[i] * ((f(1) - p.work.reemployment_loss) if found else f(1))
        b.employed[i] = U1 if has else U0


@phase
def count_jobless(b: Block, _p: Numbers) -> None:
    """The unemployed."""
    one, none = int32(1), int32(0)
    jobless = none
    for i in range(b.n):
        jobless = int32(jobless + (none if b.employed[i] != U0 else one))
    b.count.unemployed[0] += np.int64(jobless)


def opening(profile: Any) -> Values:
    """Edges and relative risks of the sectors."""
    sectors = profile.work.sectors
    mean = plain_sum(k.share * k.cyclicality for k in sectors)
    edges, total = [], 0.0
    for k in sectors:
        total += k.share
        edges.append(total)
    return {
        "work.last_sector": len(sectors) - 1,
        "table.sector_edges": np.array(edges, np.float32),
        "table.sector_risk": np.array([k.cyclicality / mean for k in sectors], np.float32),
    }


def durations(profile: Any, gain: Any) -> Values:
    """How the months in a job, and without one, bear on losing and finding it, at the switch's gain."""
    w, g = profile.work, gain.job_duration
    return {
        "work.extra_when_new": np.float32(w.newcomer_extra * g),
        "work.least_chance": np.float32(1.0 - min(1.0, g) * (1.0 - w.finding_least)),
    }


def separation(profile: Any, gain: Any, now: float, opening: float, year_ago: float) -> float:
    """The month's separation hazard: it follows the change of unemployment; at gain 0 of the switch, its level."""
    w, g = profile.work, gain.job_cycle
    level = w.level_elasticity * max(0.0, 1.0 - g)
    return separation_on_path(now, opening, year_ago, w.separation_rate, level, w.separation_elasticity * g)


def flows(
    profile: Any, gain: Any, now: Mapping[str, float], opening: Mapping[str, float], year_ago: Mapping[str, float], simulated: float
) -> tuple[float, float]:
    """The hazards of losing and of finding a job that lead to the path's unemployment, from last month's simulated rate."""
    target, first, before = (c["unemployment_rate"] for c in (now, opening, year_ago))
    return labour_flows(target, simulated, separation(profile, gain, target, first, before), profile.work.finding_floor)


def numbers(m: MonthInputs) -> Values:
    """Hazards of the month."""
    w, g = m.profile.work, m.gain.job_cycle
    now, first, before = (c["unemployment_rate"] for c in (m.conditions, m.opening, m.year_ago))
    stress = (max(0.0, now / first - 1.0) if first > 0 else 0.0) * max(0.0, 1.0 - g)
    entry = w.hours_cut_entry * (1.0 + w.hours_cut_cyclicality * stress) + w.hours_cut_pulse * g * max(0.0, now - before)
    return {
        **durations(m.profile, m.gain),
        "work.separation": np.float32(m.separation),
        "work.finding": np.float32(m.finding),
        "work.hours_entry": np.float32(min(1.0, entry)),
    }


METRICS = (
    Metric(
        "unemployment_rate_simulated", "ratio", "unemployed over all borrowers of the population, after the month's job changes",
        lambda r: r.unemployment, "Month and economy", "mean", after="unemployment_rate",
    ),
)

MECHANISM = Mechanism(
    name="work",
    sections={"work": Work},
    switches=(
        Switch("job_cycle", "job losses and cut hours follow the change of unemployment over twelve months; at 0 its level"),
        Switch("job_duration", "new jobs are lost, and jobs found, the more easily the shorter the time in work or without"),
    ),
    columns=(
        Column("employed", "u1", "flag", "has a job"),
        Column("spell", "i2", "months", "months in the present employment state, at most 600", lowest=0, highest=600),
        Column("hours_cut", "u1", "flag", "works cut hours"),
        Column("sector", "u1", "code", "index into the profile's sectors", lowest=0, highest=7),
        Column("job_risk", "f4", "ratio", "separation hazard relative to the average", lowest=0),
    ),
    counters=(Counter("unemployed", "borrowers without a job", scope="borrower"),),
    events=("job", "hours", "sample_sector", "sample_employed", "sample_spell"),
    sample=(sample_work, sample_jobs),
    opening=opening,
    phases=(work, count_jobless),
    numbers=numbers,
    metrics=METRICS,
)
