# %% [markdown]
# # Do the intervals hold?
# A comparison prints a 95 % interval beside each difference. Whether it holds the truth 95 times in a hundred can be counted:
# live the comparison of `coverage.yaml` over thousands of seeds, take all of them for the truth, and draw small comparisons
# from them as a study would see them.
#
#     python experiments/interval_coverage.py --seeds 2000 --size 8 --size 20

# %%
from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from sim.inputs import read_experiment
from sim.study import intervals
from sim.study.parallel import cores, over_seeds
from sim.study.plan import Plan, plan_of

HERE = Path(__file__).resolve().parent


# %%
def lived(seeds: int) -> tuple[Plan, dict[str, tuple[np.ndarray, np.ndarray]]]:
    """The two sides' figures at the last horizon, by metric, one value a seed."""
    experiment = read_experiment(HERE / "coverage.yaml")
    assert experiment is not None
    plan = plan_of(experiment.scenario, experiment.policies, experiment.set, threads=1)
    chosen = range(1, seeds + 1)
    print(f"{seeds:,} seeds under two policies, {cores()} at a time …", flush=True)
    lives = over_seeds(plan.live, chosen, cores())
    last = plan.horizons[-1]
    figures = {}
    for outcome in plan.outcomes:
        sides = [np.array([one.numbers[k, last][outcome.name] for one in lives]) for k in (0, 1)]
        if all(np.isfinite(side).all() for side in sides) and any(side.any() for side in sides):
            figures[outcome.name] = (sides[0], sides[1])
    return plan, figures


# %%
def coverage(plan: Plan, figures: dict[str, tuple[np.ndarray, np.ndarray]], size: int, trials: int) -> pd.DataFrame:
    """How often the interval of a comparison of so many seeds holds the difference over all seeds, by metric."""
    rng = np.random.default_rng(size)
    kinds = {outcome.name: outcome.over_seeds for outcome in plan.outcomes}
    rows = []
    for name, (a, b) in figures.items():
        kind = kinds[name]
        truth = intervals.difference(a, b, kind).estimate
        held = made = 0
        for _ in range(trials):
            pick = rng.choice(a.size, size, replace=False)
            found = intervals.difference(a[pick], b[pick], kind)
            made += found.low == found.low
            held += found.low <= truth <= found.high
        held_share = held / made if made else np.nan
        rows.append({"metric": name, "statistic": kind, "seeds": size, "truth": truth, "intervals": made, "coverage": held_share})
    return pd.DataFrame(rows)


def main(arguments: list[str] | None = None) -> pd.DataFrame:
    """Print the table of coverage."""
    parser = argparse.ArgumentParser(description="Coverage of the intervals of a comparison.")
    parser.add_argument("--seeds", type=int, default=2000)
    parser.add_argument("--size", type=int, action="append", help="seeds of a small comparison; repeatable (default 8, 20)")
    parser.add_argument("--trials", type=int, default=1000, help="small comparisons per metric")
    asked = parser.parse_args(arguments)
    plan, figures = lived(asked.seeds)
    table = pd.concat([coverage(plan, figures, size, asked.trials) for size in asked.size or (8, 20)], ignore_index=True)
    print(table.to_string(index=False, float_format=lambda v: f"{v:,.3f}"))
    return table


if __name__ == "__main__":
    main()

# %% [markdown]
# **Notice.** An interval from eight seeds is wide; that is the price of eight seeds. **Try.** Change the policies in
# `coverage.yaml`, or the statistic of a metric, and see which interval breaks first. **Questions.** Why does a figure that piles
# up in two places, such as cash, defeat the mean, and not the median?
