"""Trials: what the moments come to at given values, each lived once and kept in a log that outlasts the process.

A search asks for trials one after the other; where the log knows one, its answer is taken from there. So a search that was killed is
begun anew with the same luck, walks through what is known in no time, and goes on where it stopped: bit for bit the same trials.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from sim.inputs import InputError, Resolved
from sim.measures.outcomes import Course
from sim.study.calibration.plan import Plan, Target
from sim.study.intervals import Floats
from sim.study.parallel import cores, over_seeds, workers_for
from sim.study.store import manifest_of, refuse_target, write_folder

if TYPE_CHECKING:
    from sim.engine.declare import Mechanism
    from sim.rebinding import Rules

LOG = "trials.jsonl"
KIND = "calibration"
LOST = 1e4  # tolerances by which a moment counts as missed that came to no number, or could not be lived
Values = tuple[float, ...]


@dataclass(frozen=True)
class Trial:
    """Values that were tried and what the moments came to: one row a seed, one column a moment, NaN for no number.

    stage: what asked for it first. refused: why the files do not take the values together, empty where they do.
    """

    number: int
    stage: str
    values: Values
    by_seed: Floats
    refused: str

    @property
    def moments(self) -> Floats:
        """Means over the seeds; NaN where a seed has no number."""
        return np.asarray(self.by_seed.mean(axis=0))

    def misses(self, targets: Sequence[Target]) -> Floats:
        """Simulated less target, in tolerances."""
        target, tolerance = (np.array([getattr(t, name) for t in targets]) for name in ("value", "tolerance"))
        found = (self.moments - target) / tolerance
        return np.where(np.isfinite(found), found, LOST)

    def loss(self, targets: Sequence[Target]) -> float:
        """Sum of the squared misses."""
        return float((self.misses(targets) ** 2).sum())

    def line(self) -> str:
        """As the log keeps it; numbers come back to the last bit."""
        cells = [[None if math.isnan(v) else v for v in row] for row in self.by_seed.tolist()]
        return json.dumps({"stage": self.stage, "values": self.values, "moments": cells, "refused": self.refused}, ensure_ascii=False)


def trial_from(line: str, shape: tuple[int, int]) -> Trial | None:
    """The trial of a line of the log; None for one that was being written when the process ended."""
    try:
        said = json.loads(line)
        cells = np.array([[math.nan if v is None else v for v in row] for row in said["moments"]], dtype=np.float64)
        found = Trial(-1, str(said["stage"]), tuple(map(float, said["values"])), cells, str(said["refused"]))
    except (ValueError, KeyError, TypeError):
        return None
    return found if cells.shape == shape else None


class Log:
    """The file of trials in the folder of results. It is appended to and brought to the disk trial by trial."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        self.folder, self.fingerprint = folder, plan.fingerprint()
        self.shape = len(plan.seeds), len(plan.targets)
        self._file: IO[bytes] | None = None

    def begin(self, manifest: dict[str, Any]) -> list[Trial]:
        """Open the log, made where there is none: the trials that it holds.

        FileExistsError for a folder of anything else, of another calibration, or that another process is calibrating in.
        """
        if not refuse_other(self.folder, self.fingerprint):
            write_folder(self.folder, lambda aside: _empty(aside / LOG), {**manifest, "finished": False, "fingerprint": self.fingerprint})
        path = Path(os.path.realpath(self.folder)) / LOG
        self._file = path.open("r+b") if path.exists() else path.open("w+b")
        try:
            _lock(self._file, self.folder)
            return [*self._known()]
        except BaseException:
            self.close()
            raise

    def _known(self) -> Iterator[Trial]:
        """The trials of the file, which ends after the last whole one from now on."""
        assert self._file is not None
        end = 0
        for raw in self._file.read().splitlines(keepends=True):
            found = trial_from(raw.decode("utf-8", "replace"), self.shape) if raw.endswith(b"\n") else None
            if found is None:
                break
            end += len(raw)
            yield found
        self._file.truncate(end)
        self._file.seek(end)

    def add(self, trial: Trial) -> None:
        """Keep a trial; it is on the disk when this returns."""
        if self._file is not None:
            self._file.write(f"{trial.line()}\n".encode())
            self._file.flush()
            os.fsync(self._file.fileno())

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None


def refuse_other(folder: str | Path, fingerprint: str) -> bool:
    """Whether a folder holds this calibration already. FileExistsError where it holds another, whose trials are kept, or anything else."""
    said = manifest_of(refuse_target(folder, KIND))
    if said and said.get("fingerprint") != fingerprint:
        raise FileExistsError(
            f"{folder} holds the trials of another calibration ({said.get('title')}; its input, moments, seeds or search differ); "
            "choose another folder"
        )
    return bool(said)


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _lock(file: IO[bytes], folder: Path) -> None:
    """Two processes that append to one log would each lose what the other finds."""
    with suppress(ImportError):  # where the system has no such lock, its users mind themselves
        import fcntl

        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise FileExistsError(f"{folder} is being calibrated in by another process; wait for it, or choose another folder") from None


@dataclass
class Trials:
    """The trials of a calibration, in the order in which the search asked for them.

    progress: called with how many there are. new: how many were lived now.
    """

    plan: Plan
    log: Log | None = None
    known: Sequence[Trial] = ()
    workers: int | None = None
    cluster: str | None = None
    threads: int | None = None
    progress: Callable[[int], None] | None = None
    asked: dict[Values, Trial] = field(default_factory=dict)
    new: int = 0

    def __post_init__(self) -> None:
        self._before = {trial.values: trial for trial in self.known}
        expected = self.plan.trials + self.plan.polish * (2 * len(self.plan.fitted) + 1)
        self._workers = workers_for(
            self.plan.resolved, expected * len(self.plan.seeds), len(self.plan.seeds), self.workers, self.cluster
        )

    def at(self, values: Values, stage: str) -> Trial:
        """The trial of these values: as asked for before, as the log has it, or lived now."""
        found = self.asked.get(values)
        if found is not None:
            return found
        before = self._before.get(values)
        if before is None:
            before = self._lived(values, stage)
            if self.log is not None:
                self.log.add(before)
            self.new += 1
        found = replace(before, number=len(self.asked), stage=stage)
        self.asked[values] = found
        if self.progress is not None:
            self.progress(len(self.asked))
        return found

    def confirm(self) -> None:
        """Live the log's first trial again. FileExistsError where it comes to anything else: the model is another by now."""
        first = next((trial for trial in self.known if not trial.refused), None)
        if first is not None and not np.array_equal(self._lived(first.values, first.stage).by_seed, first.by_seed, equal_nan=True):
            where = self.log.folder if self.log is not None else "the log"
            raise FileExistsError(
                f"the trials in {where} were lived by another state of the program: the first of them comes to other figures now; "
                "choose another folder"
            )

    def loss(self, trial: Trial) -> float:
        """What is made as small as can be."""
        return trial.loss(self.plan.targets)

    def best(self) -> Trial:
        """The trial with the least loss, the first of several."""
        return min(self.asked.values(), key=lambda trial: (self.loss(trial), trial.number))

    def lines(self) -> str:
        """The log's text: what was asked for, then what it holds besides, from a longer search."""
        others = [trial for values, trial in self._before.items() if values not in self.asked]
        return "".join(f"{trial.line()}\n" for trial in (*self.asked.values(), *others))

    def _lived(self, values: Values, stage: str) -> Trial:
        plan = self.plan
        try:
            resolved = plan.at(values)
        except InputError as error:
            nothing = np.full((len(plan.seeds), len(plan.targets)), math.nan)
            return Trial(-1, stage, values, nothing, "; ".join(str(fault) for fault in error.faults[:3]))
        alone = self._workers == 1 and self.cluster is None
        threads = self.threads if alone or self.threads else max(1, cores() // self._workers)
        life = _Life(resolved, plan.targets, threads, plan.rules, plan.mechanisms)
        rows = over_seeds(life, plan.seeds, self._workers, self.cluster)
        return Trial(-1, stage, values, np.array(rows, dtype=np.float64), "")


@dataclass(frozen=True)
class _Life:
    """One seed of a trial; it travels to other processes."""

    resolved: Resolved
    targets: tuple[Target, ...]
    threads: int | None
    rules: Rules
    mechanisms: tuple[Mechanism, ...]

    def __call__(self, seed: int) -> list[float]:
        from sim.study.runs import run_one

        model = run_one(self.resolved, seed, self.threads, rules=self.rules, mechanisms=self.mechanisms)
        monthly = model.monthly_frame()
        return [float(target.outcome.value(Course(monthly, target.horizon))) for target in self.targets]

