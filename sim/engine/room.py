"""How much memory is left to this process, so that a run that does not fit is refused in words.

A compiler that runs out of memory ends the process without a word, and so does a system that is out of it: what is
about to be needed is therefore asked for beforehand. Where the system does not say what is left, nothing is refused.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

MIB = 1 << 20
# address space beyond the columns, as measured on Linux: the compiler's libraries, what compiling a month takes, and
# what the C library sets aside for each thread
LIBRARIES, COMPILING, THREAD = 200 * MIB, 160 * MIB, 144 * MIB
ONE_PHASE = 48 * MIB  # what compiling, or loading, a single phase may take
BEGINNING, MODEL = 176 * MIB, 560 * MIB  # what loading the libraries takes, to read files and to run a model
RESULTS = 0.5  # of the columns once more: tables and pictures of the results


class Room(NamedTuple):
    """Bytes left, and what bounds them."""

    left: int
    bound: str


def room(of_addresses: bool = False, proc: Path = Path("/proc"), groups: Path = Path("/sys/fs/cgroup")) -> Room | None:
    """The least that is left, None where nothing says. of_addresses: under the limit on address space alone."""
    found = [*_addresses(proc)]
    if not of_addresses:
        found += [*_of_group(proc, groups), *_of_machine(proc)]
    return min(found, default=None)


def refuse_to_begin(libraries: int = BEGINNING) -> None:
    """MemoryError where the libraries would not load: some answer a lack of address space by an interrupt, or wait for ever."""
    here = room(of_addresses=True)
    if here is not None and here.left < libraries:
        raise MemoryError(f"to begin needs about {_mib(libraries)}, and {_mib(here.left)} are left {here.bound}")


def refuse_without_room(columns: float, what: str, threads: int) -> None:
    """MemoryError where so many bytes of columns, with all that a run needs beside them, do not fit. what: whose they are."""
    libraries = 0 if "numba" in sys.modules else LIBRARIES
    extra = libraries + COMPILING + (threads * THREAD if threads > 1 else 0)
    for here, beside in ((room(of_addresses=True), extra), (room(), libraries // 2)):  # half of what is mapped is touched
        need = int(columns * (1 + RESULTS)) + beside
        if here is not None and need > here.left:
            raise MemoryError(f"{what} need about {_mib(need)}, and {_mib(here.left)} are left {here.bound}")


def processes_with_room(wanted: int, columns: float, what: str, asked: bool) -> int:
    """How many processes, each with so many bytes of columns, have room beside each other, at most as many as wanted and at least one.

    What each sees as left by itself is left to all of them together. asked: MemoryError where not all that are wanted have
    room. what: whose the columns are.
    """
    here = room()
    each = int(columns * (1 + RESULTS)) + LIBRARIES // 2  # half of what is mapped is touched
    if here is None or wanted == 1 or wanted * each <= here.left:
        return wanted
    if asked:
        fewer = max(1, here.left // each)
        told = f"{wanted} workers, each with {what}, need about {_mib(wanted * each)} together, and {_mib(here.left)} are left {here.bound}"
        raise MemoryError(f"{told}; --workers {fewer} needs less")
    return max(1, here.left // each)


def refuse_to_compile(name: str) -> None:
    """MemoryError where the compiler would run out of address space and end the process."""
    here = room(of_addresses=True)
    if here is not None and here.left < ONE_PHASE:
        raise MemoryError(f"compiling '{name}' may need {_mib(ONE_PHASE)}, and {_mib(here.left)} are left {here.bound}")


def _mib(size: int) -> str:
    return f"{max(0, size) / MIB:,.0f} MiB"


def _addresses(proc: Path) -> Iterator[Room]:
    try:
        import resource

        limit = resource.getrlimit(resource.RLIMIT_AS)[0]
        if limit != resource.RLIM_INFINITY:
            used = int((proc / "self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
            yield Room(limit - used, f"under the limit of {_mib(limit)} on address space (ulimit -v)")
    except (ImportError, OSError, ValueError, IndexError):
        return


def _of_group(proc: Path, groups: Path) -> Iterator[Room]:
    """What control groups leave, this process's and those around it; pages of files that can be dropped count as left."""
    try:
        lines = (proc / "self/cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, own = line.split(":", 2)
        if controllers and "memory" not in controllers.split(","):
            continue
        top = groups / "memory" if controllers else groups
        limit, used = ("memory.limit_in_bytes", "memory.usage_in_bytes") if controllers else ("memory.max", "memory.current")
        folder = top / own.lstrip("/")
        for at in (folder, *folder.parents):
            try:
                most = int((at / limit).read_text(encoding="ascii"))
                taken = int((at / used).read_text(encoding="ascii"))
                stat = dict(one.split() for one in (at / "memory.stat").read_text(encoding="ascii").splitlines())
                taken -= int(stat.get("total_inactive_file", stat.get("inactive_file", 0)))
                yield Room(most - taken, f"under the limit of {_mib(most)} of the control group")
            except (OSError, ValueError):  # no limit here, or none of this process's to read
                pass
            if at == top:
                break


def _of_machine(proc: Path) -> Iterator[Room]:
    try:
        said = dict(line.split(":") for line in (proc / "meminfo").read_text(encoding="ascii").splitlines())
        free = sum(int(said[name].split()[0]) for name in ("MemAvailable", "SwapFree"))
    except (OSError, ValueError, KeyError, IndexError):
        return
    yield Room(free * 1024, "on this machine")
