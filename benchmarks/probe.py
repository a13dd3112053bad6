"""One measurement in a process of its own, on whichever tree PYTHONPATH names; used by `python -m benchmarks.run --against`.

It knows the public interface alone (`sim.LendingModel`, `step`), so that revisions far apart can be compared. What it
finds is printed as a line of JSON.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from numpy import float32

CANONICAL = ["borrowers.count=2000", "months=3"]  # the fixed small run: compiled code is all that it costs


def my_willingness(
    lasting: Any, trust: Any, trust_effect: Any, access: Any, missed: Any, arrears_effect: Any, push: Any, noise: Any
) -> Any:
    """The default rule with the month's mood left out: a replacement as a researcher would write it."""
    return lasting + trust_effect * trust + access - arrears_effect * float32(missed) + push


def small(rules: dict[str, Any]) -> None:
    """The fixed small run."""
    import sim

    sim.LendingModel("baseline", set=CANONICAL, threads=1, rules=rules).run_model()


def months(borrowers: int, threads: int) -> None:
    """A month for every line of input, timed: wall and CPU seconds; where the tree can, of the reference kernel too."""
    import sim

    settings = [f"borrowers.count={borrowers}", "months=100", "warm_up_months=2"]
    model = sim.LendingModel("baseline", set=settings, threads=threads or None)
    model.step()
    try:
        from benchmarks.kernel import reference_task

        reference = reference_task(model)
        reference()
    except (ImportError, AttributeError):
        reference = None
    print(json.dumps({"bytes": model.population.bytes_per_borrower()}), flush=True)
    for line in sys.stdin:
        task = reference if line.strip() == "reference" else model.step
        if task is None:
            break
        wall, cpu = time.perf_counter(), time.process_time()
        task()
        print(json.dumps({"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}), flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "months":
        months(int(sys.argv[2]), int(sys.argv[3]))
    else:
        small({"willingness": my_willingness} if sys.argv[1] == "rule" else {})
