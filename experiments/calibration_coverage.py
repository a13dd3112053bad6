# %% [markdown]
# # Do the errors of a calibration hold?
# A calibration prints an interval for each number that it fits, and a test of what no number can mend. Whether they keep their word
# can be counted: let a simulation with known numbers make the targets, with seeds that no calibration has, fit the numbers to these
# from where the shipped profile has them, and see how often the intervals hold the truth.
#
#     python experiments/calibration_coverage.py --times 40 --seeds 4          (ten seconds for each time)

# %%
from __future__ import annotations

import argparse

import numpy as np

import sim
from sim.measures.outcomes import Course
from sim.measures.table import outcome

TRUE = {"profile.attention.forgetting": 0.06, "profile.demand.needs.cash.monthly": 0.045}
METRICS = ("missed_forgot", "applications", "day1_delinquency", "delinquency_30_plus")
SMALL = {"borrowers.count": 1_500, "warm_up_months": 6, "months": 8}
BEHIND = 8  # seeds behind every target


# %%
def targets(times: int) -> tuple[np.ndarray, np.ndarray]:
    """What was measured, one row for each time and a column for each metric, and the standard errors."""
    seeds = range(10_001, 10_001 + times * BEHIND)
    monthly = sim.run("baseline", seeds=list(seeds), set={**SMALL, **TRUE}, own_past=True).monthly
    found = np.array([
        [outcome(metric).value(Course(rows, SMALL["months"])) for metric in METRICS] for _, rows in monthly.groupby("seed")
    ])
    return found.reshape(times, BEHIND, -1).mean(axis=1), found.std(axis=0, ddof=1) / BEHIND**0.5


# %%
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=40)
    parser.add_argument("--seeds", type=int, default=4)
    options = parser.parse_args()
    measured, errors = targets(options.times)
    held = told = refused = 0
    for k, row in enumerate(measured):
        moments = [
            {"metric": metric, "target": float(value), "tolerance": float(error), "source": "a simulation with known numbers"}
            for metric, value, error in zip(METRICS, row, errors, strict=True)
        ]
        found = sim.calibrate(
            {"scenario": "baseline", "parameters": dict.fromkeys(TRUE), "moments": moments, "method": "local", "polish": 4},
            seeds=range(1 + options.seeds * k, 1 + options.seeds * (k + 1)), set=SMALL, workers=1,
        )
        for number in found.parameters.itertuples():
            told += number.identified
            held += number.low <= TRUE[number.parameter] <= number.high
        refused += found.manifest["chance"] < 0.05
        print(f"{k + 1} times: {held} of {told} intervals hold the truth, {refused} refused at 5 %", flush=True)


if __name__ == "__main__":
    main()
