"""Seeds side by side: in this process, in processes of this machine, or on a cluster; the results are the same.

A seed's run knows nothing of the others, so that their order and place cannot matter. Tasks and what they return travel
by cloudpickle (joblib's loky, dask.distributed).
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from sim.assembly import bytes_of_a_borrower
from sim.engine.declare import Mechanism
from sim.engine.room import processes_with_room
from sim.inputs import Resolved

T = TypeVar("T")

WORTH_IT = 8.0  # seconds of work from which starting processes (three seconds each) pays
PATIENCE = 10  # seconds in which a scheduler is to answer
_MONTH, _BORROWER = 3e-3, 9e-8  # seconds that a month takes, and a month of a borrower: only to tell a small study from a large one


def cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def workers_for(
    resolved: Resolved, runs: int, seeds: int, asked: int | None, cluster: str | None = None, *, populations: int = 1,
    mechanisms: Sequence[Mechanism] = (),
) -> int:
    """Processes for so many runs in all: as asked, else as many as there are processors, seeds and room, or one where that is faster.

    populations: how many a process holds at once. TypeError for no whole number, ValueError for less than one, MemoryError
    where so many as are asked for have no room beside each other.
    """
    scenario = resolved.scenario
    columns = populations * scenario.borrowers.count * bytes_of_a_borrower(len(resolved.policy.products), mechanisms)
    what = f"{scenario.borrowers.count:,} borrowers{' twice' if populations == 2 else ''}"
    if asked is not None:
        if isinstance(asked, bool) or not hasattr(asked, "__index__"):
            raise TypeError(f"workers is a number of processes, not {asked!r}")
        if asked < 1:
            raise ValueError(f"at least one worker is needed, not {asked}")
        if cluster is not None:
            raise ValueError("a cluster has workers of its own: give workers or cluster, not both")
        return processes_with_room(min(asked, seeds), columns, what, asked=True)
    lived = runs * (scenario.months + scenario.warm_up_months)
    if lived * (_MONTH + _BORROWER * scenario.borrowers.count) < WORTH_IT:
        return 1
    wanted = min(cores(), seeds)
    return wanted if cluster is not None else processes_with_room(wanted, columns, what, asked=False)


def over_seeds(
    task: Callable[[int], T], seeds: Sequence[int], workers: int = 1, cluster: str | None = None, done: Callable[[int], None] | None = None
) -> list[T]:
    """What the task returns for each seed, in the order of the seeds; done(k) is called when k of them are finished.

    cluster: address of a dask scheduler, `tcp://host:port`; a worker that is lost there has its seeds run again.
    """
    found: dict[int, T] = {}
    if cluster is not None:
        source = _on_cluster(task, seeds, cluster)
    else:
        source = _in_processes(task, seeds, workers) if workers > 1 else _here(task, seeds)
    for seed, result in source:
        found[seed] = result
        if done is not None:
            done(len(found))
    return [found[seed] for seed in seeds]


def _here(task: Callable[[int], T], seeds: Sequence[int]) -> Iterator[tuple[int, T]]:
    for seed in seeds:
        yield seed, task(seed)


def _with_seed(task: Callable[[int], T], seed: int) -> tuple[int, T]:
    return seed, task(seed)


def _in_processes(task: Callable[[int], T], seeds: Sequence[int], workers: int) -> Iterator[tuple[int, T]]:
    from joblib import Parallel, delayed

    # loky retires a process that has grown and starts another: no seed is lost, and nobody need hear of it
    warnings.filterwarnings("ignore", message="A worker stopped while some jobs", category=UserWarning)
    yield from Parallel(n_jobs=workers, return_as="generator_unordered")(delayed(_with_seed)(task, seed) for seed in seeds)


class ClusterError(RuntimeError):
    """No scheduler answers, or the extra `cluster` is not installed."""


def _on_cluster(task: Callable[[int], T], seeds: Sequence[int], address: str) -> Iterator[tuple[int, T]]:
    try:
        from distributed import Client, as_completed
    except ImportError:
        raise ClusterError("a cluster needs dask.distributed: pip install 'lendsim[cluster]'") from None
    try:
        client = Client(address, timeout=PATIENCE)
    except (OSError, ValueError, TimeoutError) as error:
        raise ClusterError(f"no scheduler answers at {address} ({error.__class__.__name__})") from None
    with client:
        # each seed a task of its own, not pure: two studies that ask for the same seed are two
        futures = [client.submit(_with_seed, task, seed, pure=False, retries=3) for seed in seeds]
        yield from (future.result() for future in as_completed(futures))
