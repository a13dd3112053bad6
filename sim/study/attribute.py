"""Attribution: how much of the loss, the income and the lowest liquidity each shock, each cause and each loop contributes.

Paired runs of one seed meet the same luck, so that the difference of two worlds is the doing of what they differ in. Shapley values share
it out among shocks, and among causes, in a way that adds up for every seed: amounts of money to the minor unit. A loop is taken out
alone, for the sum of loops is not the model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.config.faults import listed
from sim.inputs import Arm, Resolved, Source, override_list
from sim.inputs.overrides import Overrides, switched_off
from sim.measures.outcomes import Outcome
from sim.rebinding import rules_given
from sim.study import intervals
from sim.study.parallel import cores, over_seeds, workers_for
from sim.study.players import CAUSES
from sim.study.shapley import Coalition, apportioned, shapley
from sim.study.worlds import FAILED, PARTS, Part, Plan, chunks_for, plan_of

if TYPE_CHECKING:
    import pandas as pd

    from sim.engine.declare import Mechanism
    from sim.rebinding import Rules

Lived = Mapping[tuple[int, int], tuple[float, ...]]
"""What the outcomes came to, by seed and world."""
GAMES: tuple[Part, ...] = ("shocks", "causes")


@dataclass(frozen=True, repr=False)
class Attribution:
    """Result of an attribution; money in major units, ratios are fractions.

    table: one row per part (shocks, causes), metric and player: `share` with its interval, `of_total` as a share of the whole
    difference `total` between `base`, without any player, and `full`, the scenario; `alone` is what the player does alone, `last` what it
    adds to all others. Means over the seeds. loops: one row per metric and loop, what the loop adds to the scenario. seeds: the
    shares of every seed; amounts of money add up to the minor unit. runs: every outcome of every run.
    """

    table: pd.DataFrame
    loops: pd.DataFrame
    seeds: pd.DataFrame
    runs: pd.DataFrame
    manifest: dict[str, Any]

    def __repr__(self) -> str:
        m = self.manifest
        return f"<Attribution of {m['title']!r}, {len(m['seeds'])} seeds: see .table, .loops, .seeds, .save(folder)>"

    def save(self, directory: str | Path) -> Path:
        """Write tables, the page and manifest.json, whole or not at all."""
        from sim.report.attribution_page import write_attribution_page
        from sim.study.results import as_text
        from sim.study.store import write_folder

        def fill(folder: Path) -> None:
            for name, frame in (("attribution", self.table), ("loops", self.loops), ("seeds", self.seeds), ("runs", self.runs)):
                as_text(frame).to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
            write_attribution_page(self, folder / "report.html")

        return write_folder(directory, fill, self.manifest)

    def report(self, path: str | Path) -> Path:
        """Write the one-file HTML page alone."""
        from sim.report.attribution_page import write_attribution_page

        return write_attribution_page(self, Path(path))

    def plot(self) -> Any:
        """The first outcome's shares as a matplotlib figure."""
        from sim.report.attribution_page import waterfall

        first = self.table.iloc[0]
        return waterfall(self, str(first["part"]), str(first["metric"]))


def attribute(
    scenario: Source | Resolved, policy: Source | Arm | None = None, seeds: int | Sequence[int] = 10, set: Overrides = (), *,
    without: str | Sequence[str] = (), parts: Sequence[str] = PARTS, by: str = "shock", together: Sequence[Sequence[str] | str] = (),
    metrics: Sequence[str] = (), horizon: int | None = None, own_past: bool = False, allow_outside: bool = False,
    threads: int | None = None, workers: int | None = None, cluster: str | None = None, rules: Rules | None = None,
    mechanisms: Sequence[Mechanism] = (), announce: Callable[[str], None] | None = None, progress: Callable[[int, int], None] | None = None,
) -> Attribution:
    """Share out what a scenario does among its shocks and among the causes of arrears, and take out every other loop alone.

    parts: "shocks", "causes", "loops", or some of them. by: "shock" for each shock of its own, "variable" for all that moves a variable
    together; together: groups of variables that count as one, `[["funding_spread", "funding_haircut"]]`. At most eight players: every set
    of them is a run. metrics: beside net charge-offs, net income and the lowest liquidity; horizon: months that count (default: all).

    Every world begins from the scenario's own opening book: a cause or a loop is off from month 1 on, and what is told is what it adds
    from then on. own_past: each world without a cause or a loop built a book of its own as well. announce: is told beforehand how
    many runs it will be; progress(done, total): called as runs, or pieces of seeds where they are shared by processes, are finished.
    Other arguments as in `run`. Raises InputError for faulty input.
    """
    overrides = [*override_list(set), *switched_off(without)]
    plan = plan_of(
        scenario, policy, seeds, overrides, parts=parts, by=by, together=together, metrics=metrics, horizon=horizon, own_past=own_past,
        allow_outside=allow_outside, threads=threads, rules=rules_given(rules), mechanisms=mechanisms,
    )
    if announce is not None:
        announce(plan.said())
    lived = _lived(plan, workers, cluster, progress)
    return gathered(plan, lived)


def _lived(plan: Plan, workers: int | None, cluster: str | None, progress: Callable[[int, int], None] | None) -> Lived:
    """All runs, here or side by side."""
    most = len(plan.seeds) * len(plan.worlds)
    count = workers_for(plan.resolved, plan.runs, most, workers, cluster, populations=2, mechanisms=plan.mechanisms)
    alone = count == 1 and cluster is None
    plan = replace(plan, chunks=1 if cluster is not None else chunks_for(count, len(plan.seeds), len(plan.worlds)))
    if not alone and plan.threads is None:
        plan = replace(plan, threads=max(1, cores() // count))
    tasks = [*range(len(plan.seeds) * plan.chunks)]
    if progress is None:
        found = over_seeds(plan.task, tasks, count, cluster)
    elif alone:
        done = iter(range(1, plan.runs + 1))
        found = over_seeds(replace(plan, lived=lambda: progress(next(done), plan.runs)).task, tasks)
    else:
        found = over_seeds(plan.task, tasks, count, cluster, lambda k: progress(k, len(tasks)))
    return {(seed, world): values for piece in found for seed, world, values in piece}


def exact(outcome: Outcome, value: float, minor: int) -> Fraction | None:
    """An outcome as a fraction: money to the minor unit (minor: how many make one major), all else as the number stands; None for none."""
    if value != value:
        return None
    return Fraction(round(value * minor), minor) if outcome.unit == "money" else Fraction(value)


def gathered(plan: Plan, lived: Lived) -> Attribution:
    """The tables from what was lived."""
    import pandas as pd

    minor = 10**plan.resolved.profile.currency.minor_units
    table: list[dict[str, Any]] = []
    seeds: list[dict[str, Any]] = []
    loops: list[dict[str, Any]] = []
    for k, outcome in enumerate(plan.outcomes):
        values = {at: exact(outcome, numbers[k], minor) for at, numbers in lived.items()}
        for part in (part for part in GAMES if plan.players.get(part)):
            shared = [_shared(plan, part, outcome, seed, values, minor) for seed in plan.seeds]
            known = [one for one in shared if one is not None]
            seeds += [row for one in known for row in one.rows(part, outcome.name)]
            table += _rows(plan, part, outcome, known)
        if plan.players.get("loops"):
            loops += _loop_rows(plan, outcome, values)
    return Attribution(
        pd.DataFrame(table, columns=TABLE), pd.DataFrame(loops, columns=LOOPS), pd.DataFrame(seeds, columns=SEEDS),
        pd.DataFrame(
            [
                {"seed": seed, "without": " + ".join(plan.worlds[world].gone) or "nothing", "metric": outcome.name, "value": value}
                for (seed, world), numbers in sorted(lived.items(), key=lambda item: (plan.seeds.index(item[0][0]), item[0][1]))
                for outcome, value in zip(plan.outcomes, numbers, strict=True)
            ]
        ),
        _manifest(plan, lived),
    )


TABLE = (
    "part", "metric", "unit", "player", "title", "share", "ci_low", "ci_high", "interval", "of_total", "of_total_low", "of_total_high",
    "alone", "last", "base", "full", "total", "total_low", "total_high", "seeds",
)
LOOPS = ("metric", "unit", "loop", "title", "adds", "ci_low", "ci_high", "interval", "with_it", "without", "seeds")
SEEDS = ("part", "seed", "metric", "player", "share", "total")


@dataclass(frozen=True)
class _Shared:
    """A difference of one seed, shared out. shares, alone, last: by player."""

    seed: int
    base: Fraction
    full: Fraction
    shares: dict[str, Fraction]
    alone: dict[str, Fraction]
    last: dict[str, Fraction]

    def rows(self, part: str, metric: str) -> list[dict[str, Any]]:
        """As rows of `seeds`."""
        total = float(self.full - self.base)
        return [{"part": part, "seed": self.seed, "metric": metric, "player": name, "share": float(share), "total": total}
                for name, share in self.shares.items()]


def _shared(
    plan: Plan, part: Part, outcome: Outcome, seed: int, values: Mapping[tuple[int, int], Fraction | None], minor: int
) -> _Shared | None:
    """One seed's difference of an outcome shared out among a part's players; None where the outcome is no number in some world."""
    worth: dict[Coalition, Fraction] = {}
    for those, world in plan.game(part).items():
        value = values[seed, world]
        if value is None:
            return None
        worth[those] = value
    names = [player.name for player in plan.players[part]]
    everybody, nobody = frozenset(names), frozenset[str]()
    shares = shapley(names, worth)
    if outcome.unit == "money":
        shares = dict(zip(names, apportioned([*shares.values()], Fraction(1, minor)), strict=True))
    return _Shared(
        seed, worth[nobody], worth[everybody], shares, {name: worth[frozenset([name])] - worth[nobody] for name in names},
        {name: worth[everybody] - worth[everybody - {name}] for name in names},
    )


def _mean(values: Sequence[Fraction]) -> float:
    return float(sum(values, Fraction(0)) / len(values))


def _interval(values: Sequence[Fraction]) -> intervals.Interval:
    """The mean over seeds with its interval; the estimate is the exact mean, so that shares add up."""
    x = np.array([float(value) for value in values])
    return intervals.difference(np.zeros_like(x), x, "mean")._replace(estimate=_mean(values))


def _of_total(shares: Sequence[Fraction], totals: Sequence[Fraction]) -> intervals.Interval:
    """The seeds' mean share over their mean total, with the jackknife's interval; NaN where the whole is nothing."""
    x, whole = (np.array([float(value) for value in values]) for values in (shares, totals))
    others = whole.sum() - whole
    left_out = np.where(others != 0, x.sum() - x, intervals.NAN) / np.where(others != 0, others, 1.0)
    together = sum(totals, Fraction(0))
    ratio = float(sum(shares, Fraction(0)) / together) if together else intervals.NAN
    return intervals.jackknife(ratio, left_out)


def _rows(plan: Plan, part: Part, outcome: Outcome, known: Sequence[_Shared]) -> list[dict[str, Any]]:
    """Rows of `table`: one a player."""
    if not known:
        return []
    totals = [one.full - one.base for one in known]
    whole = _interval(totals)
    rows = []
    for player in plan.players[part]:
        name = player.name
        shares = [one.shares[name] for one in known]
        found, ratio = _interval(shares), _of_total(shares, totals)
        rows.append(dict(zip(TABLE, (
            part, outcome.name, outcome.unit, name, player.title, *found, *ratio[:3], _mean([one.alone[name] for one in known]),
            _mean([one.last[name] for one in known]), _mean([one.base for one in known]), _mean([one.full for one in known]),
            *whole[:3], len(known),
        ), strict=True)))
    return rows


def _loop_rows(plan: Plan, outcome: Outcome, values: Mapping[tuple[int, int], Fraction | None]) -> list[dict[str, Any]]:
    """Rows of `loops`: what each adds to the scenario."""
    rows = []
    for player in plan.players["loops"]:
        pairs = [(values[seed, 0], values[seed, plan.at["loops", frozenset([player.name])]]) for seed in plan.seeds]
        known = [(a, b) for a, b in pairs if a is not None and b is not None]
        if known:
            found = _interval([a - b for a, b in known])
            rows.append(dict(zip(LOOPS, (
                outcome.name, outcome.unit, player.name, player.title, *found, _mean([a for a, _ in known]), _mean([b for _, b in known]),
                len(known),
            ), strict=True)))
    return rows


def _manifest(plan: Plan, lived: Lived) -> dict[str, Any]:
    """What was asked, what was lived, and what a reader must know of it."""
    from sim.outside import from_outside

    resolved, k = plan.resolved, next(k for k, outcome in enumerate(plan.outcomes) if outcome.name == FAILED)
    games = [part for part in GAMES if plan.players.get(part)]
    failures = {part: sum(lived[seed, plan.game(part)[frozenset()]][k] > 0 for seed in plan.seeds) for part in games}
    whys = {cause.name: cause.why for cause in CAUSES}
    return {
        "kind": "attribution", "title": resolved.scenario.title, "policy": resolved.policy.title, "seeds": [*plan.seeds],
        "borrowers": resolved.scenario.borrowers.count, "currency": resolved.profile.currency.code,
        "minor_units": resolved.profile.currency.minor_units, "months": resolved.scenario.months, "horizon": plan.horizon,
        "runs": plan.runs, "said": plan.said(), "past": resolved.past(), "own_past": plan.own_past,
        "asked": [outcome.name for outcome in plan.outcomes if outcome.name != FAILED or plan.failures_asked],
        "parts": [part for part in PARTS if part in plan.players],
        "players": [
            {"part": part, "name": player.name, "title": player.title, "what": player.what, "without": player.without,
             "courses": [*player.courses],
             **({"why": whys[player.name]} if part == "causes" else {})}
            for part, players in plan.players.items() for player in players
        ],
        "metrics": [{"name": outcome.name, "unit": outcome.unit, "meaning": outcome.meaning} for outcome in plan.outcomes],
        "failed_seeds": {"scenario": sum(lived[seed, 0][k] > 0 for seed in plan.seeds), **failures},
        "not_used": resolved.unused(), "warnings": [str(warning) for warning in listed(resolved.warnings)],
        "input": resolved.as_dict(), "from_outside": from_outside(dict(plan.rules or {}), plan.mechanisms),
    }
