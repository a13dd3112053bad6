"""Two policies on the same luck: paired differences with intervals, and who fared differently.

Randomness is addressed by borrower, month and event, so the same borrower meets the same events under
either policy; the difference of two runs of a seed is the policy's doing alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.measures.outcomes import Course, stops
from sim.measures.table import outcomes_with
from sim.study.runs import outcome_columns, resolve, run_one, seeds_from

if TYPE_CHECKING:
    import pandas as pd

    from sim.engine.declare import Mechanism
    from sim.rebinding import Rules



@dataclass(frozen=True, repr=False)
class Comparison:
    """Result of a paired comparison. `table` has one row per alternative, metric and horizon."""

    table: pd.DataFrame
    counterfactual: pd.DataFrame
    manifest: dict[str, Any]

    def __repr__(self) -> str:
        p = self.manifest["policies"]
        return f"<Comparison of {', '.join(p[1:])} with {p[0]}, {len(self.manifest['seeds'])} seeds: see .table and .counterfactual>"

    def save(self, directory: str | Path) -> Path:
        """Write comparison.csv, counterfactual.parquet and manifest.json, whole or not at all."""
        from sim.study.store import write_folder

        def fill(folder: Path) -> None:
            self.table.to_csv(folder / "comparison.csv", index=False)
            self.counterfactual.to_parquet(folder / "counterfactual.parquet", index=False)

        return write_folder(directory, fill, self.manifest)


def paired_interval(difference: np.ndarray, confidence: float = 0.95) -> tuple[float, float, float]:
    """Mean of paired differences with its Student-t interval; an interval of no width for a single or constant pair."""
    from scipy import stats

    n, mean = difference.size, float(difference.mean())
    if n < 2:
        return mean, float("nan"), float("nan")
    half = float(stats.t.ppf(0.5 + confidence / 2, n - 1) * difference.std(ddof=1) / np.sqrt(n))
    return mean, mean - half, mean + half


def variance_reduction(a: np.ndarray, b: np.ndarray) -> float:
    """Variance of an unpaired difference over that of the paired one; NaN where the pair never differs."""
    if a.size < 2:
        return float("nan")
    paired = float((b - a).var(ddof=1))
    return float(a.var(ddof=1) + b.var(ddof=1)) / paired if paired > 0 else float("nan")


def compare(
    scenario: str | Path,
    policies: Sequence[str | Path],
    seeds: int | Sequence[int] = 10,
    set: Mapping[str, Any] | Sequence[str] = (),
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    allow_outside: bool = False,
    rules: Rules | None = None,
    mechanisms: Sequence[Mechanism] = (),
) -> Comparison:
    """Compare policies on a scenario: the first is the baseline, every other is set against it.

    Differences are alternative minus baseline over the same seeds, with 95 % t-intervals. rules, mechanisms: of your own,
    for every policy alike; the metrics that such mechanisms declare are compared too.
    """
    import pandas as pd

    if isinstance(policies, str) or len(policies) < 2:
        raise ValueError("a comparison needs a list of at least two policies; the first is the baseline")
    numbers: dict[tuple[int, int], list[dict[str, float]]] = {}
    frames: list[pd.DataFrame] = []
    seed_list: list[int] = []
    outcomes = outcomes_with(mechanisms)
    manifests: list[dict[str, Any]] = []
    labels = [Path(str(p)).stem for p in policies]
    if len(frozenset(labels)) < len(labels):
        labels = [f"{label}#{k + 1}" for k, label in enumerate(labels)]
    columns: dict[tuple[int, int], dict[str, np.ndarray]] = {}
    total, done = 0, 0
    for k, policy in enumerate(policies):
        resolved = resolve(scenario, policy, set, allow_outside, mechanisms)
        manifests.append({"policy": labels[k], "input": resolved.as_dict()})
        seed_list = seeds_from(resolved, seeds)
        total = len(policies) * len(seed_list)
        for seed in seed_list:
            model = run_one(resolved, seed, threads, rules=rules, mechanisms=mechanisms)
            monthly = model.monthly_frame()
            horizons = stops(int(monthly["month_index"].max()))
            for h in horizons:
                course = Course(monthly, h)
                numbers.setdefault((k, h), []).append({outcome.name: outcome.value(course) for outcome in outcomes})
            columns[(k, seed)] = outcome_columns(model)
            done += 1
            if progress:
                progress(done, total)
    rows = []
    for (k, h), found in numbers.items():
        if k == 0:
            continue
        base = numbers[(0, h)]
        for metric in found[0]:
            a = np.array([x[metric] for x in base])
            b = np.array([x[metric] for x in found])
            mean, low, high = paired_interval(b - a)
            rows.append(
                {
                    "metric": metric, "horizon": h, "baseline_policy": labels[0], "alternative_policy": labels[k],
                    "baseline": a.mean(), "alternative": b.mean(), "diff": mean, "ci_low": low, "ci_high": high,
                    "seeds": a.size, "variance_reduction": variance_reduction(a, b),
                }
            )
    for k in range(1, len(policies)):
        for seed in seed_list:
            frames.append(_who_differs(columns[(0, seed)], columns[(k, seed)], seed, labels[0], labels[k]))
    return Comparison(
        pd.DataFrame(rows),
        pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(),
        {
            "kind": "comparison", "policies": labels, "seeds": seed_list, "currency": model.setup.profile.currency.code,
            "borrowers": model.population.rows, "inputs": manifests, "from_outside": model.setup.from_outside,
        },
    )


def _who_differs(
    base: dict[str, np.ndarray], other: dict[str, np.ndarray], seed: int, base_label: str, other_label: str
) -> pd.DataFrame:
    """One row per borrower whose outcome (defaulted, customer) differs between the two runs of a seed.

    Nobody has an account of a product that one of the two policies does not know.
    """
    import pandas as pd

    nobody = np.zeros(base["charged_off"].size, bool)
    base, other = ({name: columns.get(name, nobody) for name in {**base, **other}} for columns in (base, other))
    differs = nobody.copy()
    for name in base:
        differs |= base[name] != other[name]
    rows = np.flatnonzero(differs)
    frame: dict[str, Any] = {
        "seed": seed, "baseline_policy": base_label, "alternative_policy": other_label, "borrower_id": rows,
    }
    for name in base:
        frame[f"{name}_baseline"] = base[name][rows]
        frame[f"{name}_alternative"] = other[name][rows]
    return pd.DataFrame(frame)
