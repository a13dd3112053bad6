"""Two policies on the same luck: paired differences with intervals, and who fared differently.

Randomness is addressed by borrower, month and event, so the same borrower meets the same events under
either policy. Both take over the same book in month 1, so the difference of two runs of a seed is the policy's doing
alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.config.faults import listed, ordered
from sim.inputs import Arm, Source, override_list, read_experiment
from sim.inputs.overrides import Overrides, switched_off
from sim.study import intervals
from sim.study.losses import DIMENSIONS, WHY
from sim.study.panels import Chosen, Names, described, panel_of
from sim.study.parallel import cores, over_seeds, workers_for
from sim.study.plan import Lives, Plan, past_of, plan_of
from sim.study.runs import seeds_from

if TYPE_CHECKING:
    import pandas as pd

    from sim.engine.declare import Mechanism
    from sim.rebinding import Rules


@dataclass(frozen=True, repr=False)
class Comparison:
    """Result of a paired comparison.

    table: one row per alternative, metric and horizon. counterfactual: the borrowers whose outcome differs, and why.
    effects: principal lent and charged off over the run by product, risk band and segment, charge-offs by cause too.
    seeds: one row per policy, seed, metric and horizon, what `table` is made of. monthly: months of every policy and seed, the
    columns that the page shows. events: of every policy and seed. panel: borrowers over months, seeds and policies, None
    unless it was asked for.
    """

    table: pd.DataFrame
    counterfactual: pd.DataFrame
    effects: pd.DataFrame
    seeds: pd.DataFrame
    monthly: pd.DataFrame
    events: pd.DataFrame
    manifest: dict[str, Any]
    panel: pd.DataFrame | None = None

    def __repr__(self) -> str:
        p = self.manifest["policies"]
        return f"<Comparison of {', '.join(p[1:])} with {p[0]}, {len(self.manifest['seeds'])} seeds: see .table and .counterfactual>"

    def save(self, directory: str | Path) -> Path:
        """Write tables, figures, the page and manifest.json, whole or not at all."""
        from sim.study.results import as_text
        from sim.study.store import write_folder

        def fill(folder: Path) -> None:
            as_text(self.table).to_csv(folder / "comparison.csv", index=False)
            as_text(self.effects).to_csv(folder / "effects.csv", index=False)
            self.counterfactual.to_parquet(folder / "counterfactual.parquet", index=False)
            if self.panel is not None:
                self.panel.to_parquet(folder / "panel.parquet", index=False)
            as_text(self.seeds).to_csv(folder / "seeds.csv", index=False)
            as_text(self.events).to_csv(folder / "events.csv", index=False)
            from sim.report.comparison_page import write_comparison_page

            write_comparison_page(self, folder / "report.html")

        return write_folder(directory, fill, self.manifest)


def compare(
    scenario: Source,
    policies: Sequence[str | Path | Mapping[str, Any] | Arm] | None = None,
    seeds: int | Sequence[int] | None = None,
    set: Overrides = (),
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    allow_outside: bool = False,
    rules: Rules | None = None,
    mechanisms: Sequence[Mechanism] = (),
    own_past: bool = False,
    metrics: Sequence[str] = (),
    horizons: Sequence[int] = (),
    workers: int | None = None,
    cluster: str | None = None,
    panel: Names | None = None,
    panel_every: int | None = None,
    panel_borrowers: Chosen = None,
    without: str | Sequence[str] = (),
) -> Comparison:
    """Compare policies on a scenario: the first is the baseline, every other is set against it.

    scenario: a scenario, or an experiment that names scenario, policies, seeds and overrides (what is given here beside it
    comes in their place; overrides are added). policies: names, paths, or arms with changes of their own:
    `{"policy": "strict", "set": {"underwriting.cut_off": "+20"}, "policy_changes": […]}`. seeds: how many (default 10), or
    a list.

    The book is built once a seed, under the first policy or the scenario's `opening_policy`; the policies take over in
    month 1. own_past: each policy built its own book. metrics: those to compare (default: all that are declared for it; any
    column of `monthly` will do); horizons: months at which (default 9, 18, 27 and the last). workers: processes that share
    the seeds; cluster: address of a dask scheduler. Differences are alternative
    minus baseline over the same seeds, with 95 % intervals made for each kind of figure (sim/study/intervals.py).
    rules, mechanisms: of your own, for every policy alike; the metrics that such mechanisms declare are compared too.
    panel, panel_every, panel_borrowers: as in `run`, under every policy; the same borrower has the same number in each. without: loops
    that are off under every policy, as in `run`.
    """
    import pandas as pd

    experiment = read_experiment(scenario, allow_outside) if isinstance(scenario, str | Path) else None
    if experiment is not None:
        scenario, policies = experiment.scenario, experiment.policies if policies is None else policies
        seeds = experiment.seeds if seeds is None else seeds
        set = [*override_list(experiment.set), *override_list(set)]
    set = [*override_list(set), *switched_off(without)]
    policies = [] if policies is None or isinstance(policies, str | Mapping) else list(policies)
    if len(policies) < 2:
        raise ValueError("a comparison needs a list of at least two policies; the first is the baseline")
    plan = plan_of(
        scenario, policies, set, allow_outside=allow_outside, own_past=own_past, threads=threads, rules=rules, mechanisms=mechanisms,
        metrics=metrics, horizons=horizons,
    )
    seed_list = seeds_from(plan.arms[0], 10 if seeds is None else seeds, set)
    plan = replace(plan, panel=panel_of(panel, panel_every, panel_borrowers, plan.arms, plan.labels, seed_list, mechanisms))
    count = workers_for(
        plan.arms[0], len(seed_list) * len(plan.arms), len(seed_list), workers, cluster, populations=2, mechanisms=mechanisms
    )  # the trunk, and the arm that goes on from it
    if (count > 1 or cluster is not None) and threads is None:
        plan = replace(plan, threads=max(1, cores() // count))
    done = (lambda k: progress(k, len(seed_list))) if progress else None
    lived = over_seeds(plan.live, seed_list, count, cluster, done)
    rows = [row for k in range(1, len(plan.arms)) for h in plan.horizons for row in _differences(plan, lived, k, h)]
    frames = [
        _with_reasons(
            _who_differs(lives.columns[0], lives.columns[k], lives.seed, plan.labels[0], plan.labels[k]), lives.losses[0], lives.losses[k]
        )
        for k in range(1, len(plan.arms)) for lives in lived
    ]
    first = plan.arms[0]
    return Comparison(
        pd.DataFrame(rows),
        pd.concat(frames, ignore_index=True),
        pd.DataFrame([row for k in range(1, len(plan.arms)) for row in _effects(plan, lived, k)]),
        pd.DataFrame(_by_seed(plan, lived)),
        pd.concat(
            [frame.assign(policy=plan.labels[k]) for lives in lived for k, frame in sorted(lives.months.items())], ignore_index=True
        ),
        pd.DataFrame(
            [
                {"policy": plan.labels[k], "seed": lives.seed, **event}
                for lives in lived for k, events in sorted(lives.events.items()) for event in events
            ],
            columns=["policy", "seed", "month", "kind", "detail", "value", "threshold"],
        ),
        {
            "kind": "comparison", "title": first.scenario.title, "policies": [*plan.labels], "seeds": seed_list,
            "currency": first.profile.currency.code,
            "borrowers": first.scenario.borrowers.count, "past": past_of(plan),
            "not_used": list(dict.fromkeys(note for arm in plan.arms for note in arm.unused())),
            "warnings": [str(warning) for warning in listed(ordered(warning for arm in plan.arms for warning in arm.warnings))],
            "inputs": [{"policy": label, "input": arm.as_dict()} for label, arm in zip(plan.labels, plan.arms, strict=True)],
            "from_outside": lived[0].from_outside,
            **described(plan.panel),
        },
        plan.panel.frame([part for lives in lived for part in lives.panels], first, plan.labels) if plan.panel is not None else None,
    )


def _by_seed(plan: Plan, lived: Sequence[Lives]) -> Iterator[dict[str, Any]]:
    """One row per policy, seed, metric and horizon."""
    for lives in lived:
        for (k, horizon), numbers in sorted(lives.numbers.items()):
            for metric, value in numbers.items():
                yield {"policy": plan.labels[k], "seed": lives.seed, "horizon": horizon, "metric": metric, "value": value}


def _differences(plan: Plan, lived: Sequence[Lives], k: int, horizon: int) -> Iterator[dict[str, Any]]:
    """One row per metric: arm k against the first."""
    for outcome in plan.outcomes:
        metric = outcome.name
        a, b = (np.array([lives.numbers[arm, horizon][metric] for lives in lived]) for arm in (0, k))
        known = np.isfinite(a) & np.isfinite(b)  # a ratio of an empty book is no number
        a, b = a[known], b[known]
        kind = outcome.over_seeds
        if not a.size or (not (a.any() or b.any()) and kind != "share" and not plan.metrics):
            continue  # what neither policy does needs no line, unless it was asked for
        found, reduction = intervals.difference(a, b, kind), intervals.variance_reduction(a, b)
        row = {
            "metric": metric, "horizon": horizon, "baseline_policy": plan.labels[0], "alternative_policy": plan.labels[k],
            "statistic": kind, "baseline": intervals.level(a, kind), "alternative": intervals.level(b, kind),
            "diff": found.estimate, "ci_low": found.low, "ci_high": found.high, "interval": found.method, "seeds": a.size,
            "variance_reduction": reduction.estimate, "reduction_low": reduction.low, "reduction_high": reduction.high,
        }
        for side, x in (("baseline", a), ("alternative", b)):
            own = intervals.share(x) if kind == "share" else None
            row |= {f"{side}_low": own.low if own else float("nan"), f"{side}_high": own.high if own else float("nan")}
        yield row


def _effects(plan: Plan, lived: Sequence[Lives], k: int) -> Iterator[dict[str, Any]]:
    """One row per part of what was lent and charged off over the run: arm k against the first."""
    keys = sorted({key for lives in lived for arm in (0, k) for key in lives.parts[arm]}, key=_place)
    for what, dimension, level in keys:
        a, b = (np.array([lives.parts[arm].get((what, dimension, level), 0.0) for lives in lived]) for arm in (0, k))
        found = intervals.difference(a, b, "mean")
        yield {
            "metric": what, "dimension": dimension, "level": level, "baseline_policy": plan.labels[0], "alternative_policy": plan.labels[k],
            "baseline": a.mean(), "alternative": b.mean(), "diff": found.estimate, "ci_low": found.low, "ci_high": found.high,
            "interval": found.method, "seeds": a.size,
        }


def _place(key: tuple[str, str, str]) -> tuple[int, int, int, str]:
    """Where a part stands in the table: charge-offs by cause first, in the order in which dimensions and causes are declared."""
    what, dimension, level = key
    order = WHY.index(level) if dimension == "cause" else 0
    return [*DIMENSIONS].index(what), DIMENSIONS[what].index(dimension), order, level


def _with_reasons(frame: pd.DataFrame, base: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """The borrowers who fared differently, with month, product and cause of their first charge-off under either policy."""
    for side, losses in (("baseline", base), ("alternative", other)):
        first = losses.drop_duplicates("borrower_id")[["borrower_id", "month", "product", "cause"]]
        names = {"month": "charged_off_month", "product": "charged_off_product", "cause": "charged_off_cause"}
        frame = frame.merge(first.rename(columns={old: f"{new}_{side}" for old, new in names.items()}), on="borrower_id", how="left")
    return frame


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
