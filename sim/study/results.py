"""Results of a run: frames, summary, the run's folder and its hash."""

from __future__ import annotations

import hashlib
import io
import json
import platform
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

import sim
from sim.inputs import Resolved
from sim.measures import transitions, vintages
from sim.measures.frame import monthly_frame
from sim.measures.outcomes import Course
from sim.measures.registry import Column, Registry
from sim.measures.table import MONTHLY, outcome
from sim.measures.vintages import vintage_rows
from sim.study.panels import described
from sim.study.store import write_folder

if TYPE_CHECKING:
    from sim.measures.panel import Part
    from sim.model import LendingModel
    from sim.study.panels import Panel

TABLES = ("monthly", "vintages", "transitions", "events")
MONEY = MONTHLY.of_unit("money") | {c.name for c in (*vintages.COLUMNS, *transitions.COLUMNS) if c.unit == "money"}


def final_columns_digest(model: LendingModel, core: bool = False) -> str:
    """sha256 over every column of the population at the end, by name, so that the order of declaration does not count.

    Columns of a mechanism that is not used (`at_rest`) are left out, so that one more mechanism changes no digest. core: without
    the columns of mechanisms from outside the package.
    """
    outside = {column.name for mechanism in model.setup.mechanisms for column in mechanism.columns} if core else set()
    population = model.population
    tables = {"household": population.household, **{f"account.{product}": a for product, a in population.by_product.items()}}
    named = {f"{group}.{name}": column for group, table in tables.items() for name, column in table.items() if name not in outside}
    resting = {
        f"{group}.{c.name}" for group, table in tables.items() for c in table.columns if c.at_rest and not table[c.name].any()
    }
    digest = hashlib.sha256()
    for name in sorted({*named} - resting):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(named[name]).data)
    return digest.hexdigest()


def _git_revision() -> str | None:
    try:
        where = Path(__file__).resolve().parent
        out = subprocess.run(["git", "-C", str(where), "rev-parse", "HEAD"], capture_output=True, text=True, timeout=5, check=False)
        dirty = subprocess.run(["git", "-C", str(where), "status", "--porcelain"], capture_output=True, text=True, timeout=5, check=False)
    except (OSError, subprocess.SubprocessError):
        return None
    if out.returncode:
        return None
    return out.stdout.strip() + ("+changes" if dirty.stdout.strip() else "")


def standing(frame: pd.DataFrame, least: float = 0.25) -> pd.Series:
    """Months of one or several seeds in which the lender lives, or has at least a quarter of its first month's book left.

    Ratios of the last remains of a book in run-off say nothing about its credit quality; peaks and pictures leave them out.
    """
    first = frame.groupby("seed")["gross_loans"].transform("first")
    return (frame["lender_state"] == "going_concern") | (frame["gross_loans"] >= least * first)


def _month_of_peak(frame: pd.DataFrame, series: pd.Series) -> str | None:
    return str(frame["month"].iloc[int(np.nanargmax(series.to_numpy()))]) if series.notna().any() else None


@dataclass(repr=False)
class Results:
    """What a run leaves: `monthly`, `vintages`, `transitions`, `events`, `opening` are pandas frames.

    Money is in major units, ratios are fractions. `borrowers` holds one row per borrower of the last seed; `panel` borrowers
    over months and seeds, None unless it was asked for.
    """

    resolved: Resolved
    seeds: list[int]
    monthly: pd.DataFrame
    vintages: pd.DataFrame
    transitions: pd.DataFrame
    events: pd.DataFrame
    opening: pd.DataFrame
    digests: dict[str, str]
    core_digests: dict[str, str] = field(default_factory=dict, repr=False)
    metrics: Registry = field(default_factory=MONTHLY.declared, repr=False)  # columns of `monthly`, from outside too
    from_outside: dict[str, str] = field(default_factory=dict, repr=False)  # replaced rules and own mechanisms, by digest
    columns: dict[str, np.ndarray] = field(default_factory=dict, repr=False)  # the last seed's population, as the model keeps it
    units: dict[str, str] = field(default_factory=dict, repr=False)  # of these columns
    panel: pd.DataFrame | None = None
    panel_asked: dict[str, Any] = field(default_factory=dict, repr=False)  # what the panel holds, as the manifest tells of it

    def __repr__(self) -> str:
        r = self.resolved
        return (
            f"<Results of {r.scenario.title!r} under {r.policy.title!r}, {len(self.seeds)} seed{'s' if len(self.seeds) > 1 else ''}, "
            f"{self.monthly['month'].iloc[0]} to {self.monthly['month'].iloc[-1]}: see .summary(), .monthly, .events, .save(folder)>"
        )

    @property
    def borrowers(self) -> pd.DataFrame:
        """One row per borrower at the end of the last seed's run: money in major units, rates as fractions, traits from 0 to 1."""
        from sim.measures.people import people_frame

        return people_frame(self.columns, self.units, self.resolved.profile.currency.minor_units)

    def csv_text(self, table: str) -> str:
        """The exact text of a table's CSV file."""
        return _csv(getattr(self, table), self.resolved.profile.currency.minor_units, MONEY | self.metrics.of_unit("money"))

    def results_hash(self) -> str:
        """sha256 over monthly, vintages, transitions, events and the final columns."""
        texts = {t: self.csv_text(t) for t in TABLES}
        return hash_of(texts | {"monthly": without_rest(texts["monthly"], self.metrics.resting())}, self.digests)

    def core_hash(self) -> str:
        """The results hash without what mechanisms from outside add: their columns of `monthly` and of the population.

        With every such mechanism at gain 0 it is the results hash of a run without them.
        """
        core = replace(self, monthly=self.monthly[list(MONTHLY.names)], metrics=MONTHLY.declared(), digests=self.core_digests)
        return core.results_hash()

    def manifest(self) -> dict[str, Any]:
        """What was run, with what, and the hash of what came out."""
        from importlib.metadata import version

        return {
            "kind": "run",
            "title": self.resolved.scenario.title,
            "policy": self.resolved.policy.title,
            "seeds": self.seeds,
            "results_hash": self.results_hash(),
            "final_columns": self.digests,
            "lendsim": sim.__version__,
            "git_revision": _git_revision(),
            "python": platform.python_version(),
            "platform": f"{platform.system()} {platform.machine()}",
            "packages": {p: version(p) for p in ("mesa", "numpy", "numba", "pandas", "pydantic", "PyYAML", "pyarrow")},
            "metrics": self.metrics.described(),
            **self.panel_asked,
            "from_outside": self.from_outside,
            "input": self.resolved.as_dict(),
        }

    def summary(self) -> pd.DataFrame:
        """Headline figures by seed: minima and peaks per seed first, to be summarised afterwards. No seed is dropped.

        opening_equity + net_income - dividends = final_equity: nothing else moves it.
        """
        rows = []
        opening = dict(zip(self.opening["seed"], self.opening["equity"].astype("float64"), strict=True))
        for seed, m in self.monthly.groupby("seed", sort=False):
            whole = m[standing(m)]
            course = Course(m, int(m["month_index"].iloc[-1]))
            nco, late = whole["net_charge_off_rate_3m"], whole["delinquency_30_plus"]
            failed = m[m["lender_state"] != "going_concern"]
            rows.append(
                {
                    "seed": seed,
                    "peak_net_charge_off_rate_3m": nco.max(),
                    "peak_net_charge_off_month": _month_of_peak(whole, nco),
                    "peak_delinquency_30_plus": late.max(),
                    "peak_delinquency_month": _month_of_peak(whole, late),
                    "net_charge_offs": outcome("net_charge_offs").value(course),
                    "opening_equity": opening[seed],
                    "net_income": outcome("net_income").value(course),
                    "dividends": outcome("dividends").value(course),
                    "final_equity": outcome("equity").value(course),
                    "lowest_capital_ratio": whole["capital_ratio"].min(),
                    "lowest_liquidity": outcome("lowest_liquidity").value(course),
                    "lowest_liquidity_month": str(m["month"].iloc[int(m["liquidity"].to_numpy().argmin())]),
                    "lowest_survival_months": int(outcome("survival_months").value(course)),
                    "lender_state": m["lender_state"].iloc[-1],
                    "failed_month": failed["month"].iloc[0] if len(failed) else None,
                    "final_gross_loans": outcome("gross_loans").value(course),
                }
            )
        return pd.DataFrame(rows)

    def save(self, directory: str | Path) -> Path:
        """Write the run's folder whole or not at all."""
        manifest = self.manifest()

        def fill(folder: Path) -> None:
            for table in (*TABLES, "opening"):
                (folder / f"{table}.csv").write_text(self.csv_text(table), encoding="utf-8")
            self.monthly.to_parquet(folder / "monthly.parquet", index=False)
            if self.panel is not None:
                self.panel.to_parquet(folder / "panel.parquet", index=False)
            from sim.report.figures import save_figures
            from sim.report.page import write_page

            save_figures(self, folder / "figures")
            write_page(self, folder / "report.html", manifest)

        return write_folder(directory, fill, manifest)

    def report(self, path: str | Path) -> Path:
        """Write the one-file HTML report alone."""
        from sim.report.page import write_page

        return write_page(self, Path(path))

    def plot(self) -> Any:
        """The delinquency stack as a matplotlib figure."""
        from sim.report.figures import delinquency_stack

        return delinquency_stack(self)


def _csv(frame: pd.DataFrame, minor_units: int, amounts: frozenset[str]) -> str:
    out = as_text(frame)  # before amounts become text: theirs is the minus
    for name in [c for c in out.columns if c in amounts]:
        out[name] = [f"{v:.{minor_units}f}" if v == v else "" for v in out[name].astype("float64")]
    text: str = out.to_csv(index=False, lineterminator="\n")
    return text


def as_text(frame: pd.DataFrame) -> pd.DataFrame:
    """The same with words that a spreadsheet would read as a formula marked as text."""
    out = frame.copy()
    for name in out.columns:
        if not pd.api.types.is_numeric_dtype(out[name]) and not pd.api.types.is_bool_dtype(out[name]):
            out[name] = [f"'{v}" if isinstance(v, str) and v[:1] in ("=", "+", "-", "@") else v for v in out[name]]
    return out


def without_rest(monthly: str, resting: Mapping[str, str]) -> str:
    """The text of `monthly` without the columns of mechanisms that were not used: such a mechanism leaves no trace in the hash.

    resting: what a column holds then, nothing ("0") or what another column does.
    """
    table = pd.read_csv(io.StringIO(monthly), dtype=str, keep_default_na=False)

    def rests(name: str, as_what: str) -> bool:
        return bool((table[name].str.strip("0.") == "").all() if as_what == "0" else (table[name] == table[as_what]).all())

    text: str = table.drop(columns=[name for name, as_what in resting.items() if rests(name, as_what)]).to_csv(
        index=False, lineterminator="\n"
    )
    return text


def hash_of(texts: dict[str, str], digests: dict[str, str]) -> str:
    """The results hash from the tables' texts and the final columns' digests."""
    digest = hashlib.sha256()
    for table in TABLES:
        digest.update(f"{table}\n{texts[table]}".encode())
    for seed in sorted(digests, key=int):
        digest.update(f"{seed} {digests[seed]}\n".encode())
    return digest.hexdigest()


def verify(directory: str | Path) -> bool:
    """Whether a run's folder still has the hash that its manifest states."""
    folder = Path(directory)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    texts = {t: (folder / f"{t}.csv").read_text(encoding="utf-8") for t in TABLES}
    resting = {metric["name"]: metric["at_rest"] for metric in manifest["metrics"] if metric["at_rest"]}
    hashed = texts | {"monthly": without_rest(texts["monthly"], resting)}
    return bool(hash_of(hashed, manifest["final_columns"]) == manifest["results_hash"])


def _table(rows: list[dict[str, Any]], columns: Sequence[Column]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=[c.name for c in columns])


@dataclass
class SeedResults:
    """What one seed's run leaves, as plain data. columns: of the population, by attribute name; empty where nobody asked for them."""

    seed: int
    rows: list[dict[str, Any]]
    vintages: list[dict[str, Any]]
    transitions: list[dict[str, Any]]
    events: list[dict[str, Any]]
    opening: dict[str, Any]
    digest: str
    core_digest: str
    from_outside: dict[str, str]
    columns: dict[str, np.ndarray] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    panel: Part | None = None


def results_of(model: LendingModel, columns: bool = True) -> SeedResults:
    """Take over a finished run."""
    seed, scale, label = model.setup.seed, model.lender.minor, model.setup.conditions.label
    made: list[dict[str, Any]] = []
    for product in model.lender.products:
        made += vintage_rows(
            product.name, model.engine.vintages(product.number), model.engine.vintage_zero, model.month, label, seed, scale
        )
    digest = final_columns_digest(model)
    return SeedResults(
        seed, model.rows, made, [{**t, "principal": t["principal"] / scale} for t in model.state.transitions],
        [{"seed": seed, **e, "month": label(e["month"])} for e in model.books.events],
        {k: v / scale if k in MONEY else v for k, v in model.state.opening_row.items()},
        digest, final_columns_digest(model, core=True) if model.setup.mechanisms else digest, model.setup.from_outside,
        {name: np.asarray(getattr(model.borrowers, name)) for name in model.borrowers.names} if columns else {},
        model.borrowers.units if columns else {},
    )


def gathered(resolved: Resolved, found: Sequence[SeedResults], metrics: Registry, panel: Panel | None = None) -> Results:
    """The frames of all seeds; panel: what was asked for of the panel that the seeds took."""
    minor, last = resolved.profile.currency.minor_units, found[-1]

    def of_all(name: str) -> list[dict[str, Any]]:
        return [row for one in found for row in getattr(one, name)]

    events = ["seed", "month", "kind", "detail", "value", "threshold"]
    return Results(
        resolved, [one.seed for one in found], monthly_frame(of_all("rows"), minor, metrics), _table(of_all("vintages"), vintages.COLUMNS),
        _table(of_all("transitions"), transitions.COLUMNS), pd.DataFrame(of_all("events"), columns=events),
        pd.DataFrame([one.opening for one in found]), {str(one.seed): one.digest for one in found},
        {str(one.seed): one.core_digest for one in found}, metrics.declared(), last.from_outside, last.columns, last.units,
        None if panel is None else panel.frame([one.panel for one in found if one.panel is not None], resolved), described(panel),
    )
