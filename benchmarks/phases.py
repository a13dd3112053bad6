"""Where a month's time goes: every phase timed in place, block by block, by the processor's own counter.

A phase run alone over a whole population would find none of its columns in cache, and one run again over the same rows
would change them; so months that are really lived are timed from inside. Other programs on the machine disturb single
blocks, not most of them: the figure is the lower quartile over blocks and months.
"""

from __future__ import annotations

import platform
import time
from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from sim.engine.pipeline import Pipeline
from sim.engine.records import call
from sim.model import LendingModel
from sim.numerics.compile import kernel


@intrinsic
def ticks(_typing: Any) -> Any:
    """The processor's time stamp."""

    def generate(_context: Any, builder: Any, _sig: Any, _arguments: Any) -> Any:
        kind = ir.FunctionType(ir.IntType(64), [])
        return builder.call(builder.module.declare_intrinsic("llvm.readcyclecounter", (), kind), [])

    return types.int64(), generate


@kernel
def timed_drive(
    addresses: Any, starts: Any, table: Any, base: Any, stride: Any, numbers: Any, lo: int, hi: int, block: int, spent: Any
) -> None:
    """The engine's driver with a stamp before and after every phase; spent: by block and phase."""
    for s in range(lo, hi, block):
        n = min(block, hi - s)
        for k in range(addresses.shape[0]):
            a = starts[k]
            before = ticks()
            for j in range(a, starts[k + 1]):
                table[j] = base[j] + s * stride[j]
            table[a] = n
            table[a + 1] = s
            table[a + 2] = hi
            call(addresses[k], table.ctypes.data + 8 * a, numbers[k])
            spent[(s - lo) // block, k] = ticks() - before


@kernel
def stamp() -> int:
    """One time stamp."""
    return ticks()  # type: ignore[no-any-return]


class PhaseTime(NamedTuple):
    """A phase of a plan and what a row costs in it, nanoseconds."""

    label: str
    nanoseconds: float


def readable() -> bool:
    """Whether programs may read the processor's counter here."""
    return platform.machine() in ("x86_64", "AMD64")


def _tick_length() -> float:
    """Nanoseconds of one tick."""
    stamp()
    start, first = time.perf_counter_ns(), stamp()
    time.sleep(0.05)
    end, last = time.perf_counter_ns(), stamp()
    return (end - start) / (last - first)


def phase_times(model: LendingModel, months: int = 8) -> list[PhaseTime]:
    """Cost of every phase of the month's plan, in the order in which they run. The model lives so many months more."""
    plan, lo, hi, block = model.pipelines.month, *model.engine.threads.spans[0], model.engine.threads.block
    blocks = -(-(hi - lo) // block)
    spent = np.zeros((months, blocks, len(plan.steps)), np.int64)
    run = Pipeline.run
    try:
        for month in range(months):

            def timed(pipeline: Pipeline, thread: int, lo: int, hi: int, block: int, into: Any = spent[month]) -> None:
                if pipeline is plan and thread == 0:
                    table, base, stride = plan._tables[thread]
                    timed_drive(plan._addresses, plan._starts, table, base, stride, plan._pointers, lo, hi, block, into)
                else:
                    run(pipeline, thread, lo, hi, block)

            Pipeline.run = timed  # type: ignore[method-assign]
            model.step()
    finally:
        Pipeline.run = run  # type: ignore[method-assign]
    whole = spent[:, : (hi - lo) // block].reshape(-1, len(plan.steps))
    cost = np.quantile(whole, 0.25, axis=0) * _tick_length() / block
    return [PhaseTime(step.label, float(ns)) for step, ns in zip(plan.steps, cost, strict=True)]
