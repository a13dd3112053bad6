"""The command `lendsim`: parse, call, print. Heavy libraries are imported by the command that needs them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from sim.calibrating import calibrate
from sim.config.given import MOST_SEEDS
from sim.options import (
    cluster_option,
    guarded,
    kept_and_told,
    no_calibration,
    no_experiment,
    once,
    outside_option,
    panel_every_option,
    panel_option,
    panel_share_option,
    past_option,
    progress_bar,
    refuse_both,
    refuse_panel,
    runs_a_model,
    set_option,
    strict_option,
    threads_option,
    with_seed,
    workers_option,
)

if TYPE_CHECKING:
    from sim.inputs.overrides import Given
    from sim.listing import What

F = TypeVar("F", bound=Callable[..., Any])


def entry() -> None:
    """The command: what a console cannot show is replaced, not refused, and an interrupt at any moment is exit 130."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        code = main.main(prog_name="lendsim", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):  # click tells an interrupt as an abort
        click.echo("interrupted; nothing was written", err=True)
        sys.exit(130)
    sys.exit(code if isinstance(code, int) else 0)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="lendsim")
@click.option("--traceback", is_flag=True, help="Show the Python traceback of an unexpected error.")
def main(traceback: bool) -> None:
    """Simulate a consumer-lending portfolio under economic stress.

    Borrowers with incomes, savings, debts and habits meet a lender with policies for risk, products,
    collections and funding, under macro shocks written in YAML.

    \b
    Start here:
      lendsim list                              what is shipped
      lendsim run severe_recession --out runs/severe
      lendsim run severe_recession --policy lenient --set borrowers.count=50_000 --seeds 4 --out runs/lenient
      lendsim compare severe_recession --policy standard --policy lenient --seeds 10 --out runs/compared
      lendsim attribute severe_recession --horizon 27 --out runs/attributed
      lendsim trace severe_recession --borrower 33
      lendsim backtest --scenario us_history --actual us_consumer_credit_to_2006 --from 1991 --to 2006 --out runs/backtest
      lendsim facts                             the model against the stylised facts of consumer credit
      lendsim calibrate us_index_loans --out runs/calibrated    numbers of the profile fitted to published figures
      lendsim check my_scenario.yaml            all faults of a file at once

    Exit codes: 0 done, 2 the input is wrong, 1 anything else, 130 interrupted.
    """


@main.command()
@click.argument("scenario")
@once("--policy", metavar="NAME|FILE", help="Policy instead of the scenario's own.")
@set_option
@once("--seed", type=click.IntRange(0), help="Seed instead of the scenario's own.")
@once("--seeds", type=click.IntRange(1, MOST_SEEDS), default=1, show_default=True, help="Number of seeds, from the first on.")
@threads_option
@workers_option
@cluster_option
@once(
    "--mode", type=click.Choice(["columns", "objects"]), default="columns", show_default=True,
    help="Compiled columns, or every borrower stepped as an agent; the results are the same.",
)
@once("--out", type=click.Path(path_type=Path), help="Folder for the results; without it only the summary is printed.")
@panel_option
@panel_every_option
@panel_share_option
@past_option
@strict_option
@outside_option
@guarded
@runs_a_model
def run(
    scenario: str, policy: str | None, sets: list[Given], seed: int | None, seeds: int, threads: int | None, mode: str,
    out: Path | None, own_past: bool, allow_outside: bool, workers: int | None, cluster: str | None,
    strict: bool, panel: str | None, panel_every: int | None, panel_share: str | None,
) -> None:
    """Run SCENARIO (a file or a shipped name) and report default and liquidity outcomes."""
    from sim.inputs import listed
    from sim.study.runs import resolve
    from sim.study.runs import run as run_scenario
    from sim.study.store import refuse_target

    refuse_both(workers, cluster)
    refuse_panel(out, panel, panel_every, panel_share)
    if out is not None:
        refuse_target(out, "run")
    no_experiment(scenario)
    overrides = with_seed(sets, seed)
    resolved = resolve(scenario, policy, overrides, allow_outside, past="own" if own_past else "scenario", strict=strict)
    for warning in listed(resolved.warnings):
        click.echo(str(warning), err=True)
    with progress_bar(resolved.scenario.title, 1000) as show:
        results = run_scenario(
            resolved, seeds=seeds, threads=threads, mode=mode, workers=workers, cluster=cluster,
            month_done=lambda k, m, n: show(int(1000 * (k + m / n) / seeds)),
            panel=panel, panel_every=panel_every, panel_borrowers=panel_share,
        )
    from sim.report.terminal import print_summary

    kept_and_told(results, out, print_summary)


@main.command()
@click.argument("scenario")
@click.option("--policy", "policies", multiple=True, metavar="NAME|FILE", help="Twice or more; the first is the baseline.")
@once("--seeds", type=click.IntRange(1, MOST_SEEDS), help="Number of paired seeds.  [default: the experiment's, else 10]")
@set_option
@threads_option
@workers_option
@cluster_option
@once("--out", type=click.Path(path_type=Path), help="Folder for comparison.csv and counterfactual.parquet.")
@panel_option
@panel_every_option
@panel_share_option
@click.option("--own-past", is_flag=True, help="Let each policy build its own book; without it the first one built it for all.")
@outside_option
@guarded
@runs_a_model
def compare(
    scenario: str, policies: tuple[str, ...], seeds: int | None, sets: list[Given], threads: int | None, out: Path | None,
    own_past: bool, allow_outside: bool, workers: int | None, cluster: str | None, panel: str | None, panel_every: int | None,
    panel_share: str | None,
) -> None:
    """Compare policies on the same luck: paired differences with 95 % intervals.

    SCENARIO is a scenario, or an experiment (a file or a shipped name) that names scenario, policies, seeds and overrides.
    """
    from sim.inputs import nearest, read_experiment, shipped_experiments

    no_calibration(scenario)
    experiment = read_experiment(scenario, allow_outside)
    if len(policies or (experiment.policies if experiment is not None else ())) < 2:
        close = nearest(scenario, shipped_experiments())
        hint = f"; or did you mean the experiment {close!r}?" if close else ""
        raise click.UsageError(f"--policy is needed at least twice, the first is the baseline{hint}")
    from sim.study.compare import compare as compare_policies
    from sim.study.store import refuse_target

    refuse_both(workers, cluster)
    refuse_panel(out, panel, panel_every, panel_share)
    if out is not None:
        refuse_target(out, "comparison")
    with progress_bar("comparing", 1000) as show:
        result = compare_policies(
            scenario, policies or None, seeds, sets, threads, lambda done, total: show(1000 * done // total), allow_outside,
            own_past=own_past, workers=workers, cluster=cluster, panel=panel, panel_every=panel_every, panel_borrowers=panel_share,
        )
    for warning in result.manifest["warnings"]:
        click.echo(warning, err=True)
    from sim.report.comparison import print_comparison

    kept_and_told(result, out, print_comparison)


main.add_command(calibrate)


@main.command()
@click.argument("scenario")
@once("--policy", metavar="NAME|FILE", help="Policy instead of the scenario's own.")
@set_option
@once("--seeds", type=click.IntRange(1, MOST_SEEDS), default=10, show_default=True, help="Number of paired seeds.")
@click.option("--part", "parts", multiple=True, type=click.Choice(["shocks", "causes", "loops"]),
              help="What is attributed. Repeatable.  [default: all three]")
@once("--by", type=click.Choice(["shock", "variable"]), default="shock", show_default=True,
      help="Each shock alone, or all that moves a variable as one.")
@click.option("--together", multiple=True, metavar="VARIABLE,VARIABLE…", help="Variables of the economy that count as one. Repeatable.")
@click.option("--metric", "metrics", multiple=True, metavar="NAME", help="One more outcome (docs/outputs.md). Repeatable.")
@once("--horizon", type=click.IntRange(1), metavar="MONTHS", help="Months that count.  [default: all of the scenario]")
@threads_option
@workers_option
@cluster_option
@once("--out", type=click.Path(path_type=Path), help="Folder for tables and page.")
@click.option("--own-past", is_flag=True, help="Let each world without a cause or a loop build its own book; so does --policy.")
@outside_option
@guarded
@runs_a_model
def attribute(scenario: str, seeds: int, sets: list[Given], parts: tuple[str, ...], out: Path | None, **options: Any) -> None:
    """How much of loss, income and lowest liquidity in SCENARIO each shock and each cause of arrears makes; then every other loop alone.

    Shapley shares over paired runs, which add up exactly: of what the shocks do to the calm scenario, and of what income pressure,
    under-estimated risk and weak credit awareness do to the scenario itself.
    """
    from sim.study.attribute import attribute as attributed
    from sim.study.store import refuse_target
    from sim.study.worlds import PARTS

    refuse_both(options["workers"], options["cluster"])
    if out is not None:
        refuse_target(out, "attribution")
    no_experiment(scenario)
    with progress_bar("attributing", 1000) as show:
        found = attributed(
            scenario, seeds=seeds, set=sets, parts=parts or PARTS, announce=lambda text: click.echo(text, err=True),
            progress=lambda done, total: show(1000 * done // total), **options,
        )
    for warning in found.manifest["warnings"]:
        click.echo(warning, err=True)
    from sim.report.attribution import print_attribution

    kept_and_told(found, out, print_attribution)


@main.command()
@once("--macro", metavar="FILE", help="Macro history (CSV) instead of the scenario's own table.")
@once("--actual", required=True, metavar="FILE|NAME", help="Published outcomes (CSV): quarter or month, then a column a series.")
@once("--from", "from_", metavar="QUARTER", help="First quarter set side by side: 1991, '1991 Q1' or 1991-01.  [default: the earliest]")
@once("--to", metavar="QUARTER", help="Last one.  [default: the latest]")
@once("--fit-to", metavar="QUARTER", help="Last quarter to fit on; those after it are judged alone.  [default: fit on all]")
@once("--begin", metavar="MONTH", help="First simulated month; up to --from it is lived and not judged.  [default: the table's first]")
@once("--scenario", default="baseline", show_default=True, metavar="NAME|FILE", help="What the history is fed to.")
@once("--policy", metavar="NAME|FILE", help="Policy instead of the scenario's own, from the warm-up on.")
@click.option("--compare", multiple=True, metavar="SERIES[=METRIC]", help="Series to compare, and beside which metric. Repeatable.")
@once("--scale", type=click.Choice(["fitted", "none"]), default="fitted", show_default=True,
       help="One factor a series, or levels as simulated.")
@once("--units", type=click.Choice(["percent", "fraction"]), default="percent", show_default=True, help="Of plain numbers in both files.")
@once("--income", type=click.Choice(["flat", "table"]), default="flat", show_default=True,
       help="Growth of real incomes: the scenario's own, or the table's, which may count lost jobs twice.")
@click.option("--keep-marked", is_flag=True, help="Fit and judge the quarters too that the file marks as left_out.")
@once("--seeds", type=click.IntRange(1, MOST_SEEDS), default=5, show_default=True, help="Number of seeds.")
@set_option
@threads_option
@workers_option
@cluster_option
@once("--out", type=click.Path(path_type=Path), help="Folder for tables, figure and page.")
@outside_option
@guarded
def backtest(seeds: int, sets: list[Given], out: Path | None, actual: str, macro: str | None, **options: Any) -> None:
    """Feed a macro history, simulate, and set losses and arrears beside those published, quarter by quarter.

    Judged beside a constant, last quarter's value and a regression on unemployment, all fitted on the same quarters.
    """
    from sim.study.backtest import backtest as run_backtest
    from sim.study.store import refuse_target

    if out is not None:
        refuse_target(out, "backtest")
    no_experiment(options["scenario"])
    with progress_bar("back-test", 1000) as show:
        result = run_backtest(
            actual, macro, seeds=seeds, set=sets, month_done=lambda k, m, n: show(int(1000 * (k + m / n) / seeds)), **options
        )
    from sim.report.backtest import print_backtest

    kept_and_told(result, out, print_backtest)


@main.command()
@click.option("--full", is_flag=True, help="All facts, at the scenario's own size and on more seeds: some minutes.")
@click.option("--fact", "numbers", multiple=True, type=click.IntRange(1), metavar="N", help="Number of a fact to measure. Repeatable.")
@once("--scenario", default="baseline", show_default=True, metavar="NAME|FILE", help="A calm scenario; recessions are laid over it.")
@once("--policy", metavar="NAME|FILE", help="Policy instead of the scenario's own; the book is built under it.")
@once("--profile", metavar="NAME|FILE", help="Borrowers instead of the scenario's own.")
@set_option
@once("--seeds", type=click.IntRange(1, MOST_SEEDS), help="Number of paired seeds.  [default: 3, full 8]")
@workers_option
@once("--out", type=click.Path(path_type=Path), help="Folder for facts.csv, seeds.csv and a page.")
@outside_option
@guarded
def facts(
    full: bool, numbers: tuple[int, ...], scenario: str, policy: str | None, profile: str | None, sets: list[Given], seeds: int | None,
    workers: int | None, out: Path | None, allow_outside: bool,
) -> None:
    """Hold the model against the stylised facts of consumer credit: what holds, what fails and by how much, what is not built.

    Without --full a quick selection on a small population. docs/facts.md says how each fact is measured and where its figure comes from.
    """
    from sim.study.facts.judge import NoSuchFactError
    from sim.study.facts.judge import facts as measured
    from sim.study.store import refuse_target

    if out is not None:
        refuse_target(out, "facts")
    try:
        with progress_bar("measuring", 1000) as show:
            findings = measured(
                full, numbers, scenario, policy, profile, seeds, sets, lambda done, total: show(1000 * done // total), workers,
                allow_outside,
            )
    except NoSuchFactError as error:
        raise click.BadParameter(str(error), param_hint="--fact") from None
    from sim.report.facts import print_facts

    kept_and_told(findings, out, print_facts)


@main.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--strict", is_flag=True, help="Exit 2 for warnings too.")
@outside_option
@guarded
def check(files: tuple[Path, ...], strict: bool, allow_outside: bool) -> None:
    """Check scenario, policy, profile, experiment and calibration FILES: every fault as file:line:column: path: what is wrong.

    What is allowed and yet hardly meant is a warning.
    """
    from sim.inputs import InputError, listed
    from sim.study.check import examined

    found = examined(files, allow_outside)
    warnings = sum(fault.warning for fault in found)
    if (strict and found) or len(found) > warnings:
        raise InputError(found)
    for warning in listed(found):
        click.echo(str(warning), err=True)
    told = f", {warnings} warning{'s' if warnings != 1 else ''}" if warnings else ""
    click.echo(f"{len(files)} file{'s' if len(files) != 1 else ''} fine{told}")


@main.command(name="list")
@click.argument("what", type=click.Choice(["files", "phases", "rules", "switches"]), default="files")
@guarded
def list_shipped(what: What) -> None:
    """List the shipped files; or the month's PHASES, the RULES that can be replaced, or the SWITCHES of mechanisms."""
    from sim.listing import listing

    click.echo(listing(what))


@main.command()
@click.argument("kind", type=click.Choice(["scenario", "policy", "profile", "experiment", "calibration"]), default="scenario")
@guarded
def schema(kind: str) -> None:
    """Print the JSON Schema of a KIND of file, for editors."""
    from sim.inputs import json_schema

    click.echo(json.dumps(json_schema(kind), indent=2))


@main.command()
@click.argument("scenario")
@once("--borrower", type=click.IntRange(0), required=True, help="Row of the borrower, from 0.")
@click.option("--policy", "policies", multiple=True, metavar="NAME|FILE", help="Twice: the same borrower under both, side by side.")
@set_option
@once("--seed", type=click.IntRange(0))
@past_option
@outside_option
@guarded
@runs_a_model
def trace(
    scenario: str, borrower: int, policies: tuple[str, ...], sets: list[Given], seed: int | None, own_past: bool, allow_outside: bool
) -> None:
    """Tell one borrower's months: income, what was due, what was paid, and why not."""
    if len(policies) > 2:
        raise click.UsageError("--policy may be given twice at most")
    from sim.report.story import print_stories
    from sim.study.trace import trace_borrower

    overrides = with_seed(sets, seed)
    no_experiment(scenario)
    try:
        stories = [trace_borrower(scenario, p, borrower, overrides, allow_outside, own_past) for p in (policies or (None,))]
    except IndexError as error:
        raise click.UsageError(str(error)) from None
    print_stories(stories)


if __name__ == "__main__":
    entry()
