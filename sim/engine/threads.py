"""Worker threads and the rows of each; the block of rows that fits the processor's second-level cache."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from sim.engine.columns import LIMIT

T = TypeVar("T")
THREADED_FROM = 50_000  # rows below which one thread is faster


def threads_for(rows: int, asked: int | None) -> int:
    """Worker threads: what was asked, else one for small populations and the cores for others.

    TypeError for no whole number, ValueError for less than one.
    """
    if asked is not None:
        if isinstance(asked, bool) or not hasattr(asked, "__index__"):
            raise TypeError(f"threads is a number of threads, not {asked!r}")
        if asked < 1:
            raise ValueError(f"at least one thread is needed, not {asked}")
        return asked
    return 1 if rows < THREADED_FROM else (os.cpu_count() or 1)


@lru_cache(maxsize=1)
def block_rows() -> int:
    """Rows of a block: as many as keep a month's columns in the second-level cache. Results do not depend on it."""
    try:
        text = Path("/sys/devices/system/cpu/cpu0/cache/index2/size").read_text(encoding="ascii").strip()
        kib = int(text.removesuffix("K"))
    except (OSError, ValueError):
        return LIMIT // 2
    return LIMIT if kib >= 1024 else LIMIT // 2 if kib >= 512 else LIMIT // 4


class Threads:
    """Spans of rows, one for each thread, and a pool that runs tasks side by side."""

    def __init__(self, rows: int, asked: int | None) -> None:
        self.asked, self.count = asked, threads_for(rows, asked)
        self.block = block_rows()
        share = -(-rows // self.count)
        share += -share % LIMIT
        self.spans = [(lo, min(rows, lo + share)) for lo in range(0, rows, share)]
        self._pool = ThreadPoolExecutor(self.count) if self.count > 1 else None

    def side_by_side(self, *tasks: Callable[[], T]) -> list[T]:
        """Results of independent tasks, on the worker threads if there are any."""
        if self._pool is None:
            return [task() for task in tasks]
        return [job.result() for job in [self._pool.submit(task) for task in tasks]]

    def close(self) -> None:
        """Let the worker threads go."""
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None
