"""The times of phases: one a step of the month's pipeline, taken while the model lives as ever."""

import pandas as pd
import pytest

import sim
from benchmarks.phases import phase_times, readable

SMALL = {"borrowers.count": 9_000, "months": 8, "warm_up_months": 1}


@pytest.mark.skipif(not readable(), reason="this processor's counter cannot be read by programs")
def test_every_step_has_its_time_and_the_model_lives_on_unchanged():
    timed, plain = (sim.LendingModel("baseline", set=SMALL, threads=1) for _ in range(2))
    times = phase_times(timed, months=3)
    assert [t.label for t in times] == [step.label for step in timed.pipelines.month.steps]
    assert all(t.nanoseconds > 0 for t in times)
    for _ in range(3):
        plain.step()
    pd.testing.assert_frame_equal(timed.monthly_frame(), plain.monthly_frame())
