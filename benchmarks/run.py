"""What the speed is and against whom: `python -m benchmarks.run` prints everything, `--quick` a small version.

All comparisons are ratios within one run, interleaved, best of several, so that a busy machine slows both sides.
The reference kernel draws three philox calls a row, the least that any model with twelve addressed events must do.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from sim.borrowers import phases

from benchmarks.mesa_reference import Reference
from sim.engine import live_rows, service_rows
from sim.model import LendingModel
from sim.numerics.compile import kernel


@kernel
def reference_kernel(n: int, words: Any, month: int) -> None:
    """Three philox calls a row into a block of scratch."""
    for s in range(0, n, 2048):
        e = min(n, s + 2048)
        for call in range(3):
            phases.draw(s, month, call, 1, 0, words[0, : e - s], words[1, : e - s], words[2, : e - s], words[3, : e - s])


def best(task: Callable[[], object], repeats: int = 5) -> float:
    """Shortest wall time of several, seconds."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        task()
        times.append(time.perf_counter() - start)
    return min(times)


def model_of(borrowers: int, threads: int, months: int = 60) -> LendingModel:
    return LendingModel("baseline", set=[f"borrowers.count={borrowers}", f"months={months}", "warm_up_months=6"], threads=threads)


def by_part(borrowers: int) -> None:
    """Nanoseconds per borrower-month on one core, by part of the month, and as a ratio to the reference kernel."""
    model = model_of(borrowers, 1)
    model.step()
    H, A, B = model.population
    a, b, desk = model.engine.loan, model.engine.plan, model.engine.desks[0]
    words = np.empty((4, 2048), np.uint32)
    p, sv, c, n, k = model.month_parameters, model.servicing_parameters, model.criteria, borrowers, model.engine
    reference_kernel(n, words, 1)
    months = []
    parts: dict[str, list[float]] = {}

    def timed(name: str, task: Callable[[], object]) -> None:
        start = time.perf_counter()
        task()
        parts.setdefault(name, []).append(time.perf_counter() - start)

    # one warming call each, then months that are really lived, part by part
    for month in range(2, 10):
        timed("reference kernel (3 philox calls)", lambda month=month: reference_kernel(n, words, month))
        timed("borrowers live", lambda month=month: live_rows(H, A, B, p, 0, n, month, k.k0, k.k1))
        for o in (a, b):
            o.clear_month()
        desk[2][:] = 0
        timed(
            "serviced, measured, applications",
            lambda month=month: service_rows(H, A, B, sv, c, 0, n, month, k.k0, k.k1, a.arguments(), b.arguments(), desk),
        )
        timed("collections plan", lambda month=month: model.lender.plan_collections(model.population, month, model.setup.keys, 99.0, 1000))
    print(f"\nBy part, {borrowers:,} borrowers, one core, ns per borrower-month (best of {len(parts['borrowers live']) - 1}):")
    base = min(parts["reference kernel (3 philox calls)"][1:])
    for name, times in parts.items():
        t = min(times[1:])
        months.append(t)
        print(f"  {name:36s}{t / n * 1e9:8.1f}   {t / base:6.2f} x reference")


def scaling(sizes: list[int]) -> None:
    """Whole months (everything that `step` does) by size of the population, one core and all."""
    cores = os.cpu_count() or 1
    print(f"\nWhole months, ns per borrower-month (wall), 1 thread and {cores}:")
    for size in sizes:
        cells = []
        for threads in (1, cores):
            model = model_of(size, threads)
            model.step()
            t = best(model.step, 6)
            cells.append(f"{t / size * 1e9:8.1f}")
            bytes_each = model.population.bytes_per_borrower()
            model.free()
        print(f"  {size:>10,} borrowers: {'  '.join(cells)}    {bytes_each:.0f} bytes a borrower in columns")


def against_mesa(borrowers: int, large: int) -> None:
    """Months of the idiomatic Mesa model against ours, interleaved; outcomes side by side."""
    model = model_of(borrowers, 1)
    big = model_of(large, os.cpu_count() or 1)
    model.step()
    big.step()
    mesa_model = Reference(model, 1)
    ours, theirs = [], []
    for _ in range(12):
        model.step()
        start = time.perf_counter()
        mesa_model.step()
        theirs.append(time.perf_counter() - start)
        start = time.perf_counter()
        big.step()
        ours.append(time.perf_counter() - start)
    t, o = min(theirs) / borrowers * 1e9, min(ours) / large * 1e9
    print(f"\nAgainst idiomatic Mesa with the same rules ({borrowers:,} objects; ours {large:,} on {big.engine.threads.count} threads):")
    print(f"  Mesa {t:,.0f} ns, ours {o:.1f} ns per borrower-month: {t / o:,.0f} times")
    print("  Outcomes of one run each, other draws, so a fifth apart is noise at this size (tests/benchmarks pairs many seeds):")
    frame = model.monthly_frame().iloc[-12:]
    rows = mesa_model.rows
    for name, mine, other in (
        ("30+ delinquency", frame["delinquency_30_plus"].mean(), sum(r["late"] for r in rows) / 12),
        ("1-29 share", (frame["balance_1_29"] / frame["gross_loans"]).mean(), sum(r["early"] for r in rows) / 12),
        ("missed payments a month", frame["missed_total"].mean(), sum(r["missed"] for r in rows) / 12),
        ("gross loans at the end", frame["gross_loans"].iloc[-1], rows[-1]["gross"]),
    ):
        print(f"    {name:26s} ours {mine:14,.4f}   Mesa {other:14,.4f}   ratio {other / mine:.3f}")


def start_up() -> None:
    """Wall time of small commands, best of three, imports included and code already compiled."""
    print("\nStart-up, seconds:")
    for arguments in (["--help"], ["check", "scenarios/baseline.yaml"], ["run", "baseline"]):
        command = [sys.executable, "-m", "sim.cli", *arguments]
        t = best(lambda command=command: subprocess.run(command, capture_output=True, check=True), 3)
        print(f"  lendsim {' '.join(arguments):34s}{t:6.2f}")


def whole_command(borrowers: int) -> None:
    """`lendsim run` of a large population: wall, memory, ns per borrower-month and core."""
    arguments = [sys.executable, "-m", "sim.cli", "run", "baseline", "--set", f"borrowers.count={borrowers}"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    subprocess.run(arguments, capture_output=True, check=True)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    lived = borrowers * (60 + 18)
    print(f"\nlendsim run baseline, {borrowers:,} borrowers, 60 months after 18 of warm-up:")
    memory = f"peak memory {after.ru_maxrss / 1024:,.0f} MiB"
    print(f"  wall {wall:.1f} s, CPU {cpu:.1f} s, {memory}, {cpu / lived * 1e9:.0f} ns CPU per borrower-month lived")


def main() -> None:
    """Run all parts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small populations, a minute in all")
    quick = parser.parse_args().quick
    whole_command(100_000 if quick else 1_000_000)  # first: a child inherits its parent's peak memory
    by_part(100_000 if quick else 1_000_000)
    scaling([10_000, 100_000] if quick else [10_000, 100_000, 1_000_000])
    against_mesa(1_000 if quick else 5_000, 100_000 if quick else 1_000_000)
    start_up()


if __name__ == "__main__":
    main()
