"""A back-test: a macro history is fed, borrowers live through it in one run, and what they did is set beside what was published.

The run begins years before the first quarter judged, so that the book which meets the first recession was itself built by the model.
Nothing is tuned here: one factor a series is all that is fitted, for the level of losses is a lender's own; their course is the test.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from sim.config.faults import Fault, InputError, ordered
from sim.config.references import find_table
from sim.economy import build_conditions
from sim.economy.tables import Table, needs_units, read_table
from sim.inputs import Resolved, Source, load_scenario, override_list
from sim.inputs.overrides import SET, Overrides
from sim.measures.table import metrics_with
from sim.study.observed import Observed, Units, find_actual, read_observed
from sim.study.runs import run, seeds_from
from sim.study.side_by_side import Economy, Pair, Scale
from sim.study.statistics import BAND, NAN, Floats
from sim.study.windows import BEFORE, Asked, Windows, windows_of

if TYPE_CHECKING:
    import pandas as pd

    from sim.engine.declare import Mechanism
    from sim.rebinding import Rules
    from sim.study.results import Results

Income = Literal["flat", "table"]
INCOME = "real_income_growth"
LEAST_FITTED, LEAST_JUDGED = 8, 4  # quarters; the regression alone has four coefficients
OURS = ("start", "months", "economy.table", "economy.table_units", "economy.table_without")  # what the windows and files decide


@dataclass(frozen=True, repr=False)
class Backtest:
    """Result of a back-test; ratios are fractions, so an RMSE of 0.013 is 1.3 points.

    series: one row per series and quarter: published, simulated (mean over the seeds, scaled) with its band, the rivals' predictions.
    scores: one row per series, window (fitted; judged where that is another) and model. cycle: how either series follows
    unemployment. turning_points: of both. overview: the factor and the band's coverage, one row a series. seeds: one row per series,
    seed and quarter, unscaled. results: the run itself.
    """

    series: pd.DataFrame
    scores: pd.DataFrame
    cycle: pd.DataFrame
    turning_points: pd.DataFrame
    overview: pd.DataFrame
    seeds: pd.DataFrame
    manifest: dict[str, Any]
    results: Results

    def __repr__(self) -> str:
        m = self.manifest
        return f"<Backtest of {', '.join(self.overview['series'])}, {m['from']} to {m['to']}: see .scores, .cycle, .series, .save(folder)>"

    def tables(self) -> dict[str, pd.DataFrame]:
        """The frames by the name of their file."""
        names = ("series", "scores", "cycle", "turning_points", "overview", "seeds")
        return {name: getattr(self, name) for name in names}

    def as_dict(self) -> dict[str, Any]:
        """The windows and all that is said once a series, as plain data."""
        import json

        once = ("overview", "scores", "cycle", "turning_points")
        says = {name: json.loads(self.tables()[name].to_json(orient="records")) for name in once}
        return {**{key: self.manifest[key] for key in WORDS}, **says}

    def save(self, directory: str | Path) -> Path:
        """Write tables, figure, page and manifest.json, whole or not at all."""
        import json

        from sim.report.backtest_page import save_figure, write_backtest_page
        from sim.study.results import as_text
        from sim.study.store import write_folder

        def fill(folder: Path) -> None:
            for name, table in self.tables().items():
                as_text(table).to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
            (folder / "backtest.json").write_text(json.dumps(self.as_dict(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
            save_figure(self, folder / "figures")
            write_backtest_page(self, folder / "report.html")

        return write_folder(directory, fill, self.manifest)

    def report(self, path: str | Path) -> Path:
        """Write the one-file HTML page alone."""
        from sim.report.backtest_page import write_backtest_page

        return write_backtest_page(self, Path(path))

    def plot(self) -> Any:
        """Published and simulated series as a matplotlib figure."""
        from sim.report.backtest_page import courses

        return courses(self)


# of the manifest: how the back-test was made
WORDS = ("title", "policy", "begin", "from", "to", "fit_to", "scale", "seeds", "borrowers", "income", "left_out", "notes")


@dataclass(frozen=True)
class Plan:
    """What a back-test lives and is set beside: everything judged before a month is simulated."""

    resolved: Resolved
    observed: Observed
    windows: Windows
    table: Table
    left_out: Mapping[int, str]
    scale: Scale

    def income(self) -> str:
        """The sentence that says how real incomes grow, and why not as the table has it."""
        economy, stated = self.resolved.scenario.economy, INCOME in self.table.columns
        if stated and INCOME not in economy.table_without:
            return "Real incomes grow as the table states."
        growth = economy.real_income_growth
        flat = f"Real incomes grow {100 * growth:g} % a year" if isinstance(growth, float) else "Real incomes grow as the scenario lists"
        why = "; the table's own growth is left out: an aggregate holds the pay lost with jobs, which would count twice"
        return f"{flat}{why if stated else ''}."

    def economy(self) -> Economy:
        """Unemployment by quarter, from the regression's lags on: the mean of a quarter's three months."""
        w = self.windows
        start = w.first.shift(-3 * BEFORE).index_from(self.table.start)
        months = self.table.columns["unemployment_rate"][start : start + 3 * (w.quarters + BEFORE)]
        return Economy.of(months.reshape(-1, 3).mean(axis=1))

    def pairs(self, simulated: Mapping[str, Floats]) -> list[Pair]:
        """Every published series with its simulated one. simulated: by metric, one row a seed and one column a quarter."""
        w, economy = self.windows, self.economy()
        offset = w.first.index_from(self.observed.first) // 3
        shown = np.array([k not in self.left_out for k in range(w.quarters)])
        in_fit = np.arange(w.quarters) < w.fitted
        pairs = []
        for one in self.observed.series:
            earlier = [v for k, v in enumerate(one.values[:offset]) if v == v and k not in self.observed.left_out]
            values = one.values[offset : offset + w.quarters]
            before = float(earlier[-1]) if earlier else NAN
            pairs.append(Pair(one.name, one.metric, values, before, simulated[one.metric], economy, shown, in_fit, self.scale))
        return pairs


def plan_of(
    actual: str | Path, macro: str | Path | None = None, from_: str | None = None, to: str | None = None, *, fit_to: str | None = None,
    begin: str | None = None, scenario: Source = "baseline", policy: Source | None = None, compare: Sequence[str] = (),
    scale: Scale = "fitted", units: Units = "percent", income: Income = "flat", keep_marked: bool = False, set: Overrides = (),
    allow_outside: bool = False, mechanisms: Sequence[Mechanism] = (),
) -> Plan:
    """Judge files and options of a back-test (see `backtest`); InputError with every fault of all of them."""
    faults: list[Fault] = []
    given = override_list(set)
    faults += _refuse_ours(given)
    asked = Asked.of(from_, to, fit_to, begin, faults)
    base = _tried(faults, lambda: load_scenario(scenario, policy, given, allow_outside, mechanisms, "own"))
    observed = _tried(faults, lambda: read_observed(find_actual(actual), units, compare, metrics_with(mechanisms)))
    table = _tried(faults, lambda: _table(macro, units, base))
    if table is not None and "unemployment_rate" not in table.columns:
        name = str(macro) if macro is not None else "the scenario's table"
        faults.append(Fault("macro", 1, 1, "", f"{name} has no column unemployment_rate", "one: losses are set against it"))
    windows = None
    if observed is not None and table is not None:
        own = base.scenario.start if base is not None and macro is None else None
        windows = windows_of(table, observed, asked, own, faults)
    if faults or base is None or observed is None or table is None or windows is None:
        raise InputError(ordered(faults))
    ours = _overrides(base, table, macro, units, income, windows)
    resolved = load_scenario(scenario, policy, [*given, *ours], allow_outside, mechanisms, "own")
    build_conditions(resolved)
    offset = windows.first.index_from(observed.first) // 3
    marked = {k - offset: why for k, why in observed.left_out.items() if 0 <= k - offset < windows.quarters}
    plan = Plan(resolved, observed, windows, table, {} if keep_marked else marked, scale)
    plan_faults = _too_few(plan)
    if plan_faults:
        raise InputError(plan_faults)
    return plan


def _tried(faults: list[Fault], read: Callable[[], Any]) -> Any:
    """What a reader reads; None, and its faults kept, where it finds any."""
    try:
        return read()
    except InputError as error:
        faults += error.faults
        return None


def _refuse_ours(given: Sequence[Any]) -> list[Fault]:
    """Overrides of what the windows and the files decide: one of the two would be ignored."""
    paths = [(one[0] if isinstance(one, tuple) else one.partition("=")[0]).strip() for one in given]
    return [
        Fault(SET, 1, 1, path, "a back-test sets it itself", "--begin, --to, --macro, --units or --income")
        for path in paths if path in OURS
    ]


def _table(macro: str | Path | None, units: Units, base: Resolved | None) -> Table | None:
    """The macro table: the file given, else the scenario's own."""
    if macro is not None:
        path = find_table(str(macro), None, False, ("macro", 1, 1), "")
        return read_table(path, str(macro), units if needs_units(path, str(macro)) else None)
    if base is None:
        return None  # its own faults say why
    if base.table_path is None:
        raise InputError([Fault("macro", 1, 1, "", f"there is no macro history: {base.scenario.title!r} has no table of its own",
                                "--macro FILE, or a scenario with economy.table")])
    return read_table(base.table_path, str(base.scenario.economy.table), base.scenario.economy.table_units)


def _overrides(
    base: Resolved, table: Table, macro: str | Path | None, units: Units, income: Income, windows: Windows
) -> list[tuple[str, Any]]:
    """The scenario's window and table as overrides."""
    without: list[str] = [] if macro is not None else [name for name in base.scenario.economy.table_without if name != INCOME]
    if income == "flat" and INCOME in table.columns:
        without.append(INCOME)
    elif income == "table" and INCOME not in table.columns:
        raise InputError([Fault("income", 1, 1, "", f"the table has no column {INCOME}", "--income flat, or such a column")])
    ours: list[tuple[str, Any]] = [
        ("start", str(windows.begin)), ("months", windows.months), ("economy.table_without", without),
    ]
    if macro is not None:
        path = find_table(str(macro), None, False, ("macro", 1, 1), "")
        ours += [("economy.table", str(macro)), ("economy.table_units", units if needs_units(path, str(macro)) else None)]
    return ours


def _too_few(plan: Plan) -> list[Fault]:
    """Series with too few published values in a window, at their column."""
    found = []
    w, name = plan.windows, plan.observed.name
    labels = w.labels()
    ones = {one.metric: np.zeros((1, w.quarters)) for one in plan.observed.series}
    for pair, one in zip(plan.pairs(ones), plan.observed.series, strict=True):
        spans = [(pair.fitted, LEAST_FITTED, labels[0], labels[w.fitted - 1], "fit on")]
        if w.apart:
            spans.append((pair.judged, LEAST_JUDGED, labels[w.fitted], labels[-1], "judge"))
        for mask, least, first, last, what in spans:
            if mask.sum() < least:
                found.append(Fault(name, one.place.line, one.place.column, one.name,
                                   f"{int(mask.sum())} quarters to {what} from {first} to {last}",
                                   f"at least {least}, or --compare without this series"))
    return found


def quarterly(results: Results, windows: Windows, metrics: Sequence[str]) -> dict[str, Floats]:
    """The simulated metrics by quarter, one row a seed: the mean of a quarter's months, or its last one, as the metric is declared.

    NaN once a lender has failed and its book is a remnant: what is left of it says nothing about credit quality.
    """
    from sim.study.results import standing

    skipped, count, found = windows.first.index_from(windows.begin), windows.quarters, {}
    frame = results.monthly.assign(_alive=standing(results.monthly))
    for metric in metrics:
        rows = []
        for seed in results.seeds:
            mine = frame[frame["seed"] == seed]
            by_month = mine[metric].where(mine["_alive"]).to_numpy("float64")[skipped : skipped + 3 * count].reshape(count, 3)
            rows.append(by_month[:, 2] if results.metrics[metric].over_months == "last" else by_month.mean(axis=1))
        found[metric] = np.array(rows)
    return found


def backtest(
    actual: str | Path, macro: str | Path | None = None, from_: str | None = None, to: str | None = None, *, fit_to: str | None = None,
    begin: str | None = None, scenario: Source = "baseline", policy: Source | None = None, compare: Sequence[str] = (),
    scale: Scale = "fitted", units: Units = "percent", income: Income = "flat", keep_marked: bool = False,
    seeds: int | Sequence[int] = 5, set: Overrides = (), threads: int | None = None,
    month_done: Callable[[int, int, int], None] | None = None, allow_outside: bool = False, rules: Rules | None = None,
    mechanisms: Sequence[Mechanism] = (), workers: int | None = None, cluster: str | None = None,
) -> Backtest:
    """Feed a macro history, simulate, and set the outcome beside what was published, by quarter.

    actual: CSV of outcomes (sim/study/observed.py), or a shipped name. macro: CSV as `economy.table` takes it, in the place of the
    scenario's own. from_, to: first and last quarter, default: as wide as both files allow. fit_to: last quarter to fit on; the later
    ones are then judged alone. begin: first simulated month, default: the table's first; a warm-up under the conditions of that
    month comes before it, as the scenario states. policy: the lender's throughout, the warm-up included.

    compare: `series` or `series=metric`, default: every column with the metric that its name ends in. scale: "fitted" for one factor
    a series (least squares), "none" for levels as simulated. units: of plain numbers in both files. income: "flat" leaves the table's
    real_income_growth out, for an aggregate holds the pay lost with jobs and would count it twice; "table" takes it. keep_marked: fit
    and judge quarters too that the file marks as left out. Other arguments as in `run`. Raises InputError for faulty input.
    """
    import pandas as pd

    plan = plan_of(
        actual, macro, from_, to, fit_to=fit_to, begin=begin, scenario=scenario, policy=policy, compare=compare, scale=scale, units=units,
        income=income, keep_marked=keep_marked, set=set, allow_outside=allow_outside, mechanisms=mechanisms,
    )
    results = run(
        plan.resolved, seeds=seeds_from(plan.resolved, seeds), threads=threads, month_done=month_done, rules=rules, mechanisms=mechanisms,
        workers=workers, cluster=cluster,
    )
    w, labels = plan.windows, plan.windows.labels()
    simulated = quarterly(results, w, list(dict.fromkeys(one.metric for one in plan.observed.series)))
    pairs = plan.pairs(simulated)
    if lost := [pair.name for pair in pairs if pair.fitted.sum() < LEAST_FITTED or pair.judged.sum() < LEAST_JUDGED]:
        raise RuntimeError(
            f"the lender failed in every seed before it could be judged ({', '.join(lost)}): more borrowers, or more capital "
            "(policy.funding.capital_ratio), last longer"
        )
    return Backtest(
        pd.DataFrame([row for pair in pairs for row in pair.rows(labels, plan.left_out)]),
        pd.DataFrame([row for pair in pairs for row in pair.scores()]),
        pd.DataFrame([row for pair in pairs for row in pair.cycle(labels)]),
        pd.DataFrame([row for pair in pairs for row in pair.turns(labels)],
                     columns=["series", "kind", "published", "simulated", "quarters_late"]),
        pd.DataFrame([pair.overview() for pair in pairs]),
        pd.DataFrame([
            {"series": pair.name, "metric": pair.metric, "seed": seed, "quarter": label, "value": value}
            for pair in pairs for seed, values in zip(results.seeds, pair.simulated, strict=True)
            for label, value in zip(labels, values, strict=True)
        ]),
        {"kind": "backtest", **_said(plan, results), "run": results.manifest()},
        results,
    )


def _said(plan: Plan, results: Results) -> dict[str, Any]:
    """What a manifest, a page and a terminal say of how the back-test was made."""
    w, scenario, labels = plan.windows, plan.resolved.scenario, plan.windows.labels()
    notes = [*plan.resolved.unused()]
    failed = results.monthly[results.monthly["lender_state"] != "going_concern"].groupby("seed")["month"].first()
    if len(failed):
        notes.append(f"The lender failed in {len(failed)} of {len(results.seeds)} seeds, first in {failed.min()}; what was left of its "
                     "book is not judged.")
    return {
        "title": scenario.title, "policy": plan.resolved.policy.title, "seeds": results.seeds, "borrowers": scenario.borrowers.count,
        "begin": str(w.begin), "warm_up_months": scenario.warm_up_months, "from": labels[0], "to": labels[-1],
        "fit_to": labels[w.fitted - 1], "scale": plan.scale, "income": plan.income(), "band": BAND,
        "left_out": {labels[k]: why for k, why in sorted(plan.left_out.items())}, "notes": notes,
        "actual": {"file": Path(plan.observed.name).name, "sha256": plan.observed.sha256},
        "compared": {one.name: one.metric for one in plan.observed.series},
    }

