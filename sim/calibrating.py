"""The command `lendsim calibrate`: parse, call, print. Heavy libraries are imported when it is called."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.config.given import MOST_SEEDS
from sim.options import (
    cluster_option,
    guarded,
    once,
    outside_option,
    progress_bar,
    refuse_both,
    runs_a_model,
    set_option,
    threads_option,
    workers_option,
)

if TYPE_CHECKING:
    from sim.inputs.overrides import Given


@click.command()
@click.argument("calibration", metavar="FILE")
@once("--seeds", type=click.IntRange(1, MOST_SEEDS), help="Number of seeds, the same for every trial.  [default: the file's]")
@once("--trials", type=click.IntRange(1), help="Points of the global search.  [default: the file's]")
@set_option
@threads_option
@workers_option
@cluster_option
@once("--out", type=click.Path(path_type=Path), help="Folder that keeps every trial at once, and at the end the results.")
@outside_option
@guarded
@runs_a_model
def calibrate(
    calibration: str, seeds: int | None, trials: int | None, sets: list[Given], threads: int | None, workers: int | None,
    cluster: str | None, out: Path | None, allow_outside: bool,
) -> None:
    """Fit numbers of the profile and the policy to published figures, by simulated moments, and say which of them these determine.

    FILE is a calibration, or a shipped one's name: base scenario, parameters with bounds, moments with target, tolerance and source.
    Every trial is lived with the same seeds. Given the same folder again, what was interrupted or killed goes on.
    """
    from sim.study.calibration.calibrate import calibrate as run_calibration
    from sim.study.store import refuse_target

    refuse_both(workers, cluster)
    if out is not None:
        refuse_target(out, "calibration")
    done = 0

    def told(count: int, total: int) -> None:
        nonlocal done
        done = count
        show(1000 * count // total)

    try:
        with progress_bar("calibrating", 1000) as show:
            result = run_calibration(
                calibration, out, seeds, trials, sets, progress=told, workers=workers, cluster=cluster, threads=threads,
                allow_outside=allow_outside,
            )
    except KeyboardInterrupt:
        kept = f"{out} keeps every trial that was finished: the same command goes on from there" if done and out else "nothing was written"
        click.echo(f"interrupted; {kept}", err=True)
        sys.exit(130)
    from sim.report.calibration import print_calibration

    print_calibration(result, out)
