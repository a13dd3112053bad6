"""Labour-market clearing: hazards such that this month's jobless share meets the path, not only on average.

Jobs are lost and found by each borrower's own addressed draw against a public hazard. Sampling noise would
leave the simulated rate up to a third of a point off in a small population; so the hazard is read off the
population's own draws: the count of those below it is the count that the flows ask for.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import Any

import numpy as np
from numpy import float32 as f
from numpy import int32, uint8, uint64

from sim.economy.job_durations import losing_risk, relative_finding
from sim.engine.columns import Column
from sim.engine.engine import Engine
from sim.engine.pipeline import Block, Numbers, Pipeline, Step
from sim.numerics.compile import phase
from sim.numerics.functions32 import unit32

U0 = np.uint8(0)
BINS = 16_384
SCRATCH = (
    Column("job_group", "u1", "code", "can lose a job (1), is without one (2)"),
    Column("job_bin", "i4", "count", "bin of the draw that decides it"),
    Column("losing", "i8", "count", "draws over relative risk of the employed, by bin", width=2),
    Column("finding", "i8", "count", "draws of the unemployed, by bin", width=2),
)


@phase
def sort_jobs(b: Block, p: Numbers) -> None:
    """Who can lose a job (1) or is without one (2), else 0; and the bin of the draw that decides it."""
    scale = f(f(BINS) / p.clearing.top)
    finding_scale = f(f(BINS) / p.clearing.finding_top)
    for i in range(b.n):
        u = unit32(b.draw.job[i])
        spell = f(b.spell[i])
        risk = losing_risk(b.job_risk[i], spell, p.work.extra_when_new, p.work.newcomer_months)
        chance = relative_finding(spell, p.work.least_chance, p.work.finding_months)
        works = b.employed[i] != U0
        at_risk = works and (u < p.clearing.top * risk)
        losing = int32(min(u / max(risk, f(1e-6)) * scale, f(BINS - 1)))
        finding = int32(min(u / chance * finding_scale, f(BINS - 1)))
        b.job_bin[i] = losing if works else finding
        b.job_group[i] = uint8(1) if at_risk else (U0 if works else uint8(2))


@phase
def count_jobs(b: Block, _p: Numbers) -> None:
    """Count the draws by bin; rows that nothing can happen to are passed over eight at a time."""
    for w in range(b.n // 8 + 1):
        if b.job_group.eights[w] != uint64(0):
            for i in range(8 * w, min(8 * w + 8, b.n)):
                if b.job_group[i] == uint8(1):
                    b.losing[b.job_bin[i]] += 1
                elif b.job_group[i] == uint8(2):
                    b.finding[b.job_bin[i]] += 1


def clearing_pipeline(engine: Engine) -> Pipeline:
    """The pipeline that sorts the population's job draws."""
    return engine.pipeline([Step(sort_jobs), Step(count_jobs)])


def _threshold(counts: Any, wanted: int, top: float) -> float:
    """Smallest bin edge below which at least `wanted` draws lie, whichever edge is nearer in count."""
    if wanted <= 0:
        return 0.0
    running = np.cumsum(counts)
    edge = int(np.searchsorted(running, wanted))
    if edge >= len(counts):
        return top
    if edge > 0 and wanted - running[edge - 1] < running[edge] - wanted:
        edge -= 1
    return top * (edge + 1) / len(counts)


def clear(
    engine: Engine, pipeline: Pipeline, month: int, separation: float, finding: float, target: float, numbers: Mapping[str, Any]
) -> tuple[float, float]:
    """Hazards (separation at average risk, finding in the first month) whose counts on this month's draws meet the target rate.

    separation, finding: the flows that the economy asks for; target: unemployment rate at the month's end; numbers: with
    those that say how the months in a job and without one bear on both (sim/economy/job_durations.py).
    """
    top = min(1.0e3, max(1e-4, 2.0 * separation))
    finding_top = 1.0 / float(numbers["work.least_chance"])  # who has searched longest may need so much of the hazard to be sure
    for memory in engine.memory:
        memory.scratch["losing"][:] = 0
        memory.scratch["finding"][:] = 0
    values = {"clearing.top": np.float32(top), "clearing.finding_top": np.float32(finding_top)}
    engine.load(pipeline, {**numbers, **values}, month)
    engine.run(pipeline)
    losing, found = (
        reduce(np.add, [memory.scratch[name].reshape(-1)[:BINS] for memory in engine.memory]) for name in ("losing", "finding")
    )
    jobless = int(found.sum())
    leave = round(finding * jobless)
    enter = round(target * engine.population.rows) - jobless + leave
    if enter < 0:
        leave, enter = min(jobless, leave - enter), 0
    return _threshold(losing, enter, top), _threshold(found, leave, finding_top)
