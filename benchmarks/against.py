"""This tree against a revision before it, in one run: `python -m benchmarks.run --against REV`.

The revision is checked out into a scratch folder that is gone at the end, whatever happens. Every measurement is a
process of its own, and the two trees take turns, so that a busy machine slows both. Nothing heavy is imported here: a
child's peak memory begins at its parent's.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
PROBE = Path(__file__).with_name("probe.py")
RULE_FIRST, RULE_NEXT = (f"the same with one rule replaced, {which} process" for which in ("first", "next"))


class UnknownRevisionError(ValueError):
    """What was asked for names no commit of this repository."""


def commit_of(revision: str, root: Path = HERE) -> str:
    """The commit that a revision names."""
    asked = ["git", "-C", str(root), "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"]
    try:
        found = subprocess.run(asked, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise UnknownRevisionError("git is not installed, and a revision can only be measured in a checkout") from None
    if found.returncode != 0:
        raise UnknownRevisionError(f"there is no revision '{revision}' in {root}; `git log --oneline` lists them")
    return found.stdout.strip()


@contextlib.contextmanager
def checked_out(revision: str, root: Path = HERE) -> Iterator[Path]:
    """The tree of a revision in a scratch folder, removed at the end."""
    commit = commit_of(revision, root)
    git = ["git", "-C", str(root), "worktree"]
    with tempfile.TemporaryDirectory(prefix="lendsim-against-") as scratch:
        tree = Path(scratch) / commit[:12]
        try:
            subprocess.run([*git, "add", "--detach", str(tree), commit], capture_output=True, check=True)
            yield tree
        finally:
            # twice forced: a checkout that was interrupted is still locked
            subprocess.run([*git, "remove", "--force", "--force", str(tree)], capture_output=True, check=False)


@dataclass(frozen=True)
class Cost:
    """What a process took: seconds by the clock, of processor time, peak memory in MiB."""

    wall: float
    cpu: float
    peak: float


@dataclass(frozen=True)
class Tree:
    """A tree to be measured, with a folder for its compiled code."""

    path: Path
    cache: Path

    def _environment(self, cache: Path | None) -> dict[str, str]:
        return os.environ | {"PYTHONPATH": str(self.path), "LENDSIM_CACHE_DIR": str(cache or self.cache)}

    def process(self, arguments: list[str], cache: Path | None = None) -> Cost:
        """Run Python with these arguments to its end."""
        start = time.perf_counter()
        with tempfile.TemporaryFile() as said:
            child = subprocess.Popen(
                [sys.executable, *arguments], cwd=self.path, env=self._environment(cache), stdout=said, stderr=subprocess.STDOUT
            )
            try:
                _, status, used = os.wait4(child.pid, 0)
            except BaseException:
                child.kill()
                child.wait()
                raise
            child.returncode = os.waitstatus_to_exitcode(status)
            wall = time.perf_counter() - start
            if child.returncode:
                said.seek(0)
                last = said.read().decode(errors="replace").strip().splitlines()[-1:]
                raise RuntimeError(f"{self.path.name}: {' '.join(arguments)} ended with {child.returncode}: {' '.join(last)}")
        return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)

    @contextlib.contextmanager
    def months(self, borrowers: int, threads: int) -> Iterator[tuple[float, Callable[[str], dict[str, float]]]]:
        """A model that lives a month, or runs the reference kernel, at each call; first its bytes a borrower."""
        with subprocess.Popen(
            [sys.executable, "-P", str(PROBE), "months", str(borrowers), str(threads)], cwd=self.path, env=self._environment(None),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        ) as child:

            def ask(what: str) -> dict[str, float]:
                assert child.stdin is not None
                assert child.stdout is not None
                if what:
                    child.stdin.write(what + "\n")
                    child.stdin.flush()
                line = child.stdout.readline()
                if not line:
                    raise RuntimeError(f"{self.path.name}: the model of {borrowers:,} borrowers ended early")
                return json.loads(line)  # type: ignore[no-any-return]

            try:
                yield ask("")["bytes"], ask
            finally:
                child.kill()


@dataclass(frozen=True)
class Row:
    """A line of the table: what is measured, here and there, in which unit."""

    what: str
    here: float | None
    there: float | None
    unit: str

    def shown(self, reference: float | None = None) -> str:
        """The line as printed; reference: the reference kernel in the same unit."""

        def cell(value: float | None, width: int, places: int = 2) -> str:
            return " " * (width - 1) + "-" if value is None else f"{value:{width},.{places}f}"

        ratio = self.here / self.there if self.here is not None and self.there else None
        by = self.here / reference if self.here is not None and reference else None
        return f"  {self.what:52s}{cell(self.here, 11)}{cell(self.there, 11)}  {self.unit:6s}{cell(ratio, 8)}{cell(by, 10)}"


def whole_months(here: Tree, there: Tree, borrowers: int, threads: int, repeats: int) -> tuple[list[Row], float, list[Row]]:
    """Months of both trees in turn: rows in ns per borrower-month, the reference kernel's, and bytes a borrower."""
    with here.months(borrowers, threads) as (mine, step), there.months(borrowers, threads) as (theirs, other_step):
        kernel, ours, others = [], [], []
        for _ in range(repeats):
            kernel.append(step("reference")["wall"])
            ours.append(step("step")["wall"])
            others.append(other_step("step")["wall"])
    scale = 1e9 / borrowers
    name = f"month, {borrowers:,} borrowers, {'1 thread' if threads == 1 else 'all threads'}"
    reference = min(kernel) * scale
    rows = [
        Row(f"{name}: best", min(ours) * scale, min(others) * scale, "ns"),
        Row(f"{name}: median", statistics.median(ours) * scale, statistics.median(others) * scale, "ns"),
    ]
    return rows, reference, [Row("columns of a borrower", mine, theirs, "bytes")]


def processes(here: Tree, there: Tree, scratch: Path, repeats: int) -> list[Row]:
    """Compilation, the cache, a replaced rule, start-up: CPU seconds of processes, best of several."""
    probe = ["-P", str(PROBE)]
    found: dict[str, dict[str, list[Cost]]] = {}
    for k in range(repeats):
        for side, tree in (("here", here), ("there", there)):
            cache = scratch / f"{side}-{k}"
            cache.mkdir()
            for what, arguments in (
                ("cold compile: baseline, 2,000 borrowers, 3 months", [*probe, "plain"]),
                ("the same from the cache", [*probe, "plain"]),
                (RULE_FIRST, [*probe, "rule"]),
                (RULE_NEXT, [*probe, "rule"]),
                ("lendsim --help", ["-m", "sim.cli", "--help"]),
                ("lendsim check scenarios/baseline.yaml", ["-m", "sim.cli", "check", "scenarios/baseline.yaml"]),
            ):
                found.setdefault(what, {}).setdefault(side, []).append(tree.process(arguments, cache))
    return process_rows(found)


def process_rows(found: dict[str, dict[str, list[Cost]]]) -> list[Row]:
    """A row of the least CPU seconds for each kind of process, and what compiling the replaced rule takes by itself.

    found: what was measured -> side ("here", "there") -> the costs of its processes, both processes with a rule among them.
    """
    least = {what: {side: min(c.cpu for c in runs) for side, runs in costs.items()} for what, costs in found.items()}
    rows = []
    for what, cpu in least.items():
        rows.append(Row(what, cpu["here"], cpu["there"], "CPU s"))
        if what == RULE_NEXT:  # which does all that the first one did, but for the compilation
            alone = {side: least[RULE_FIRST][side] - cpu[side] for side in cpu}
            rows.append(Row("compiling the replaced rule: first less next", alone["here"], alone["there"], "CPU s"))
    return rows


def peak_memory(here: Tree, there: Tree, borrowers: int) -> Row:
    """Peak memory of `lendsim run` of a large population."""
    arguments = ["-m", "sim.cli", "run", "baseline", "--set", f"borrowers.count={borrowers}", "--set", "months=3"]
    return Row(f"lendsim run, {borrowers:,} borrowers: peak memory", here.process(arguments).peak, there.process(arguments).peak, "MiB")


def compare(revision: str, quick: bool) -> Generator[str, None, None]:
    """The table's lines, as they are found."""
    size, repeats = (50_000, 5) if quick else (500_000, 20)
    with checked_out(revision) as tree, tempfile.TemporaryDirectory(prefix="lendsim-caches-") as folder:
        scratch = Path(folder)
        # the caches that the cold runs leave serve the months afterwards
        here, there = Tree(HERE, scratch / "here-0"), Tree(tree, scratch / "there-0")
        yield f"  {'':52s}{'this tree':>11s}{tree.name[:9]:>11s}  {'':6s}{'ratio':>8s}{'by kernel':>10s}"
        yield from (row.shown() for row in processes(here, there, scratch, 1 if quick else 2))
        extra: list[Row] = []
        for threads in (1, 0):
            rows, reference, extra = whole_months(here, there, size, threads, repeats)
            yield Row("reference kernel (3 philox calls)", reference, None, "ns").shown(reference)
            yield from (row.shown(reference) for row in rows)
        rows, _, _ = whole_months(here, there, 1_000, 1, 20)
        yield from (Row(row.what, row.here and row.here / 1e3, row.there and row.there / 1e3, "ms").shown() for row in rows)
        yield from (row.shown() for row in [*extra, peak_memory(here, there, size)])


def report(revision: str, quick: bool) -> int:
    """Print the table; 0, or 2 with a sentence where the revision is not known."""
    try:
        commit = commit_of(revision)
    except UnknownRevisionError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(f"\nThis tree against {commit[:7]}, in turn; ratio: this tree over it; by kernel: this tree over the reference kernel:")
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that an end from outside tidies up as Ctrl-C does
    try:
        with contextlib.closing(compare(commit, quick)) as lines:
            for line in lines:
                print(line, flush=True)
    finally:
        signal.signal(signal.SIGTERM, before)
    return 0
