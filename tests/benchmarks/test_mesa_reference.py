"""The idiomatic Mesa model that the benchmark compares with plays by the same rules: its outcomes agree statistically."""

import numpy as np

import sim
from benchmarks.mesa_reference import Reference


def test_outcomes_agree_with_the_model_within_sampling_error():
    ours, theirs = [], []
    for seed in (1, 2, 3, 4):
        model = sim.LendingModel("baseline", set=["borrowers.count=4_000", "months=9"], seed=seed)
        model.step()
        reference = Reference(model, seed + 100)
        for _ in range(8):
            model.step()
            reference.step()
        frame = model.monthly_frame().iloc[1:]
        ours.append((frame["missed_total"].mean(), frame["gross_loans"].iloc[-1], (frame["balance_1_29"] / frame["gross_loans"]).mean()))
        rows = reference.rows
        theirs.append((np.mean([r["missed"] for r in rows]), rows[-1]["gross"], np.mean([r["early"] for r in rows])))
    ratio = np.mean(theirs, axis=0) / np.mean(ours, axis=0)
    assert abs(ratio[0] - 1) < 0.10, "missed payments"
    assert abs(ratio[1] - 1) < 0.06, "gross loans"
    assert abs(ratio[2] - 1) < 0.15, "early arrears"
