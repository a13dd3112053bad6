"""Labour-market clearing: hazards such that this month's jobless share meets the path, not only on average.

Jobs are lost and found by each borrower's own addressed draw against a public hazard. Sampling noise would
leave the simulated rate up to a third of a point off in a small population; so the hazard is read off the
population's own draws: the count of those below it is the count that the flows ask for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numba import float32, int32, uint32

from sim.borrowers.columns import Household
from sim.numerics.blocks import find_marked
from sim.numerics.compile import kernel, phase
from sim.numerics.functions32 import unit32
from sim.numerics.philox import Event, philox

f = float32
_JOB_CALL = int(Event.JOB) // 4
_BINS = 16_384
_BLOCK = 2048


@phase
def _draw(first: Any, month: Any, k0: Any, k1: Any, word: Any) -> None:
    """The job draw of every row of the block."""
    for i in range(word.shape[0]):
        a, _b, _c, _d = philox(uint32(first + i), uint32(0), uint32(month), uint32(_JOB_CALL), uint32(k0), uint32(k1))
        word[i] = a


@phase
def _sort_out(employed: Any, job_risk: Any, word: Any, top: Any, group: Any, place: Any) -> None:
    """Who can lose a job (1) or is without one (2), else 0; and the bin of the draw that decides it."""
    scale = f(f(_BINS) / top)
    for i in range(word.shape[0]):
        u = unit32(word[i])
        works = employed[i] != np.uint8(0)
        at_risk = works and (u < top * job_risk[i])
        bin_losing = int32(min(u / max(job_risk[i], f(1e-6)) * scale, f(_BINS - 1)))
        place[i] = bin_losing if works else int32(min(u * f(_BINS), f(_BINS - 1)))
        group[i] = np.uint8(1) if at_risk else (np.uint8(0) if works else np.uint8(2))


@kernel
def _histogram(
    employed: Any, job_risk: Any, lo: int, hi: int, month: int, k0: int, k1: int, top: Any, losing: Any, finding: Any
) -> int:
    """For rows lo to hi: draws over relative risk of the employed (up to top) and draws of the unemployed, in equal bins."""
    jobless = 0
    words = np.empty(_BLOCK, np.uint32)
    group = np.empty(_BLOCK, np.uint8)
    place = np.empty(_BLOCK, np.int32)
    few = np.empty(_BLOCK, np.int32)
    for s in range(lo, hi, _BLOCK):
        n = min(_BLOCK, hi - s)
        _draw(s, month, k0, k1, words[:n])
        _sort_out(employed[s : s + n], job_risk[s : s + n], words[:n], top, group[:n], place[:n])
        for at in range(find_marked(group[:n], few)):
            j = few[at]
            if group[j] == np.uint8(1):
                losing[place[j]] += 1
            else:
                jobless += 1
                finding[place[j]] += 1
    return jobless


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
    household: Household, month: int, keys: tuple[int, int], separation: float, finding: float, target: float,
    spans: Sequence[tuple[int, int]], side_by_side: Callable[..., list[int]],
) -> tuple[float, float]:
    """Hazards (separation at average risk, finding) whose counts on this month's draws meet the target rate.

    separation, finding: the flows that the economy asks for; target: unemployment rate at the month's end;
    spans: the rows of each thread; side_by_side: calls functions, perhaps at once.
    """
    rows = household.employed.shape[0]
    top = min(1.0e3, max(1e-4, 2.0 * separation))
    bins = np.zeros((len(spans), 2, _BINS), np.int64)

    def count(k: int) -> int:
        lo, hi = spans[k]
        return int(
            _histogram(household.employed, household.job_risk, lo, hi, month, *keys, np.float32(top), bins[k, 0], bins[k, 1])
        )

    jobless = sum(side_by_side(*(lambda k=k: count(k) for k in range(len(spans)))))
    losing, found = bins.sum(axis=0)
    leave = round(finding * jobless)
    enter = round(target * rows) - jobless + leave
    if enter < 0:
        leave, enter = min(jobless, leave - enter), 0
    return _threshold(losing, enter, top), _threshold(found, leave, 1.0)
