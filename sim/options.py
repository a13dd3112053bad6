"""What the commands share: options, how they are guarded, the bar that shows how far they are."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

import click

if TYPE_CHECKING:
    from sim.inputs.overrides import Given

F = TypeVar("F", bound=Callable[..., Any])


# faults of what no file holds are placed at the argument's name, for whoever writes Python; the command line calls it by its option
ARGUMENTS = ("policy", "without", "actual", "macro", "from_", "to", "fit_to", "begin", "compare", "income", "by", "together", "horizon")
OPTIONS = {name: f"--{name.rstrip('_').replace('_', '-')}" for name in ARGUMENTS} | {"metrics": "--metric", "parts": "--part"}


class Savable(Protocol):
    """What can be written to a folder."""

    def save(self, directory: Path) -> Any:
        """Write it."""


T = TypeVar("T", bound=Savable)


def for_want_of_memory(error: Exception) -> bool:
    """Whether memory was what an error lacked: a library that is not loaded and a thread that does not start tell it by other names."""
    signs = ("failed to map segment", "cannot allocate memory", "can't start new thread")
    return isinstance(error, MemoryError) or any(sign in str(error).lower() for sign in signs)


def runs_a_model(function: F) -> F:
    """A command that loads all that a model needs, if there is room for it."""

    @wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        from sim.engine.room import MODEL, refuse_to_begin

        refuse_to_begin(MODEL)
        return function(*args, **kwargs)

    return cast(F, wrapper)


def guarded(function: F) -> F:
    """Wrong input: its faults, exit 2. Interrupted: 130. Anything else: one line, exit 1 (--traceback shows more)."""

    @wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        from sim.inputs import InputError

        try:
            return function(*args, **kwargs)
        except InputError as error:
            by_option = [replace(f, file=OPTIONS.get(f.file, f.file)) for f in error.faults]
            click.echo(str(InputError(by_option)), err=True)
            sys.exit(2)
        except KeyboardInterrupt:
            click.echo("interrupted; nothing was written", err=True)
            sys.exit(130)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except FileExistsError as error:
            raise click.UsageError(str(error)) from None
        except Exception as error:
            if for_want_of_memory(error):
                why = (str(error).splitlines() or [""])[0]
                less = "; fewer borrowers or --threads 1 need less" if isinstance(error, MemoryError) else ""
                click.echo(f"error: not enough memory{f': {why}' if why else ''}{less}", err=True)
                sys.exit(1)
            if click.get_current_context().find_root().params.get("traceback"):
                raise
            click.echo(f"error: {error.__class__.__name__}: {error}", err=True)
            sys.exit(1)

    return cast(F, wrapper)


class Once(click.Option):
    """An option that may be given once: a second one would silently take the place of the first."""

    def add_to_parser(self, parser: Any, ctx: click.Context) -> None:
        super().add_to_parser(parser, ctx)
        for name in self.opts:
            option = parser._long_opt.get(name) or parser._short_opt.get(name)
            process = option.process

            def once(value: Any, state: Any, process: Any = process, option: Any = option, name: str = name) -> None:
                if option.dest in state.opts:
                    raise click.UsageError(f"{name} is given twice; it is taken once", ctx)
                process(value, state)

            option.process = once


def once(*names: str, **settings: Any) -> Callable[[F], F]:
    """An option that is given at most once."""
    return click.option(*names, cls=Once, **settings)


def set_option(function: F) -> F:
    """--set and --without: `sets` of the command holds what both say."""

    @click.option(
        "--set", "sets", multiple=True, metavar="PATH=VALUE",
        help="Override one value, e.g. borrowers.count=50_000, policy.underwriting.cut_off=600, shocks.0.by=+3pp. Repeatable.",
    )
    @click.option(
        "--without", multiple=True, metavar="NAME[,NAME…]",
        help="Switch loops off, as mechanisms.NAME=0 does; `lendsim list switches` names them. Repeatable.",
    )
    @wraps(function)
    def wrapper(*args: Any, sets: tuple[str, ...], without: tuple[str, ...], **kwargs: Any) -> Any:
        from sim.inputs.overrides import switched_off

        return function(*args, sets=[*sets, *switched_off(without)], **kwargs)

    return cast(F, wrapper)


strict_option = click.option("--strict", is_flag=True, help="Refuse what is otherwise a warning, and what begins after the last month.")
outside_option = click.option("--allow-outside", is_flag=True, help="Let files refer to paths outside their own folder.")
past_option = click.option(
    "--own-past", is_flag=True,
    help="Build the opening book under the given policy too; without it, it takes over in month 1 from the scenario's own.",
)
threads_option = once("--threads", type=click.IntRange(1), help="Threads for large populations (default: all cores).")
workers_option = once("--workers", type=click.IntRange(1), help="Processes that share the seeds (default: as many as gain by it).")
panel_option = once(
    "--panel", metavar="NAME,NAME…", help="Keep these attributes of borrowers over months and seeds too, as panel.parquet in --out.",
)
panel_every_option = once("--panel-every", type=click.IntRange(1), help="Months from one state of the panel to the next (default: 1).")
panel_share_option = once("--panel-share", metavar="SHARE", help="Share of the borrowers in the panel, such as 10% (default: all).")
cluster_option = once("--cluster", metavar="tcp://HOST:PORT", help="Send the seeds to a dask scheduler (extra `cluster`).")


@contextmanager
def progress_bar(title: str, total: int) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal, nothing in a pipe."""
    if not sys.stderr.isatty():
        yield lambda done: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=total)
        yield lambda done: bar.update(task, completed=done)


def refuse_panel(out: Path | None, panel: str | None, every: int | None, share: str | None) -> None:
    """A panel is a file of the results, and its options belong to one."""
    given = [name for name, value in (("--panel", panel), ("--panel-every", every), ("--panel-share", share)) if value is not None]
    if given and panel is None:
        raise click.UsageError(f"{given[0]} says how a panel is taken, and none is asked for: give --panel NAME,NAME…")
    if given and out is None:
        raise click.UsageError("--panel is kept in the folder of the results: give --out")
    if share is not None:
        from sim.study.panels import share_of

        if share_of(share) is None:
            raise click.UsageError(f"--panel-share {share!r} is no share of the borrowers; expected one such as 10%, or 0.1 for it")


def with_seed(sets: list[Given], seed: int | None) -> list[Given]:
    """Overrides with the seed of an option of its own."""
    if seed is None:
        return [*sets]
    if any(isinstance(text, str) and text.partition("=")[0].strip() == "seed" for text in sets):
        raise click.UsageError("the seed is given twice, by --seed and by --set: give it once")
    return [*sets, f"seed={seed}"]


def refuse_both(workers: int | None, cluster: str | None) -> None:
    """Processes here or a cluster, not both."""
    if workers is not None and cluster is not None:
        raise click.UsageError("a cluster has workers of its own: give --workers or --cluster, not both")


def no_calibration(given: str) -> None:
    """Where a scenario or an experiment is asked for, a calibration is pointed to the command that runs it."""
    from sim.inputs import is_calibration

    if is_calibration(given):
        raise click.UsageError(f"{given} is a calibration: `lendsim calibrate {given}` runs it")


def no_experiment(scenario: str) -> None:
    """Where a scenario is asked for, an experiment or a calibration is pointed to the command that runs it."""
    from sim.inputs import is_experiment

    no_calibration(scenario)
    if is_experiment(scenario):
        raise click.UsageError(f"{scenario} is an experiment: `lendsim compare {scenario}` runs it")


def kept_and_told(result: T, out: Path | None, tell: Callable[[T], None]) -> None:
    """Results are kept first, where a folder is given: whatever a console makes of the tables, they are there."""
    if out is not None:
        result.save(out)
    tell(result)
    if out is not None:
        click.echo(f"\nresults in {out}  (open {out / 'report.html'})")
