"""The check of any input file: of calibrations with the metrics that they name, which the files' own room does not know."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from sim.config.faults import Fault, InputError, ordered
from sim.inputs import file_check
from sim.inputs.calibration import calibration_in


def examined(paths: Iterable[str | Path], allow_outside: bool = False) -> list[Fault]:
    """All faults and warnings of the files, each judged as the kind that it is, with everything it refers to; nothing is run."""
    found: list[Fault] = []
    for path in paths:
        try:
            draft = calibration_in(path)
        except InputError:
            draft = None  # a file that cannot be read is none of any kind
        if draft is None:
            found += file_check.examined([path], allow_outside)
            continue
        from sim.study.calibration import plan

        found += plan.examined(draft, allow_outside)
    return ordered(found)
