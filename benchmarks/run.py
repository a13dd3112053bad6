"""What the speed is and against whom: `python -m benchmarks.run` prints everything, `--quick` a small version.

All comparisons are ratios within one run, interleaved, best of several, so that a busy machine slows both sides.
The reference kernel draws three philox calls a row, the least that any model with twelve addressed events must do.
`--phases` adds where the month's time goes, phase by phase; `--against REV` measures this tree against a revision instead.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.engine.pipeline import Step
    from sim.model import LendingModel

# What the parts import is imported in them: a child's peak memory begins at its parent's


def best(task: Callable[[], object], repeats: int = 5) -> float:
    """Shortest wall time of several, seconds."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        task()
        times.append(time.perf_counter() - start)
    return min(times)


def model_of(borrowers: int, threads: int, months: int = 100) -> LendingModel:
    """A model of the baseline that has a short warm-up behind it."""
    from sim.model import LendingModel

    return LendingModel("baseline", set=[f"borrowers.count={borrowers}", f"months={months}", "warm_up_months=6"], threads=threads)


def by_part(borrowers: int) -> None:
    """Nanoseconds per borrower-month on one core, by part of the month, and as a ratio to the reference kernel."""
    from benchmarks.kernel import reference_task
    from sim import month as order
    from sim.economy.clearing import clear

    model = model_of(borrowers, 1)
    model.step()
    engine, slots = model.engine, model.engine.slots
    reference = reference_task(model)
    judged = [step for step in order.steps(order.SERVE, slots) if step.desk is not None]
    kept = [step for step in order.steps(order.SERVE, slots) if step.desk is None]
    parts: dict[str, list[float]] = {}

    def timed(name: str, task: Callable[[], object]) -> None:
        start = time.perf_counter()
        task()
        parts.setdefault(name, []).append(time.perf_counter() - start)

    def planned(steps: Iterable[Step]) -> Callable[[], None]:
        plan = engine.pipeline(steps)

        def run() -> None:
            engine.load(plan, model.lived.numbers, month)
            engine.run(plan)

        return run

    month = model.month
    # parts run apart find less in cache than together, so they add up to more than the month does
    known = model.lived.numbers
    live, judge = planned(order.steps(order.LIVE, slots)), planned(judged)
    serve = planned([*order.steps([order.BEGIN, order.BILLS], slots), *kept])
    for _ in range(8):
        month += 1
        timed("reference kernel (3 philox calls)", reference)
        timed("clearing the labour market", lambda m=month: clear(engine, model.pipelines.clearing, m, 0.01, 0.2, 0.05, known))
        engine.clear_month()
        timed("borrowers live", live)
        timed("servicing", serve)
        timed("applications", judge)
        timed("collections plan", lambda m=month: model.lender.plan_collections(model.population, m, model.setup.keys, 99.0, 1000))
    whole = model_of(borrowers, 1)
    for _ in range(8):
        timed("the whole month", whole.step)
    print(f"\nBy part, {borrowers:,} borrowers, one core, ns per borrower-month (best of 7):")
    base = min(parts["reference kernel (3 philox calls)"][1:])
    for name, times in parts.items():
        t = min(times[1:])
        print(f"  {name:36s}{t / borrowers * 1e9:8.2f}   {t / base:6.2f} x reference")


def by_phase(borrowers: int) -> None:
    """Nanoseconds per borrower-month of every phase, timed in place."""
    from benchmarks.phases import phase_times, readable

    if not readable():
        print("\nBy phase: this processor's counter cannot be read by programs")
        return
    model = model_of(borrowers, 1)
    model.step()
    times = phase_times(model)
    draws = sum(t.nanoseconds for t in times if t.label == "draw")
    print(f"\nBy phase, {borrowers:,} borrowers, one core, ns per row, and share of the three draws:")
    for t in [*times, type(times[0])("all phases", sum(t.nanoseconds for t in times))]:
        print(f"  {t.label:36s}{t.nanoseconds:8.2f}   {t.nanoseconds / draws:6.2f}")


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
    from benchmarks.mesa_reference import Reference

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


def main(arguments: list[str] | None = None) -> int:
    """Run all parts, or the comparison with a revision."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small populations, a minute in all")
    parser.add_argument("--phases", action="store_true", help="also where the month's time goes, phase by phase")
    parser.add_argument("--against", metavar="REV", help="measure this tree against a revision of it, and nothing else")
    asked = parser.parse_args(arguments)
    if asked.against is not None:
        from benchmarks.against import report

        return report(asked.against, asked.quick)
    quick = asked.quick
    whole_command(100_000 if quick else 1_000_000)  # first: a child inherits its parent's peak memory
    by_part(100_000 if quick else 1_000_000)
    if asked.phases:
        by_phase(100_000 if quick else 500_000)
    scaling([1_000, 10_000, 100_000] if quick else [1_000, 10_000, 100_000, 1_000_000])
    against_mesa(1_000 if quick else 5_000, 100_000 if quick else 1_000_000)
    start_up()
    return 0


if __name__ == "__main__":
    sys.exit(main())
