"""Paired statistics against their formulas, and who fared differently against the runs themselves."""

import math

import numpy as np
import pytest

import sim
from sim.study.compare import paired_interval, variance_reduction

SMALL = {"borrowers.count": 800, "months": 20, "warm_up_months": 4}


def test_the_interval_is_students():
    mean, low, high = paired_interval(np.array([1.0, 2.0, 3.0, 4.0]))
    half = 3.182446305284263 * math.sqrt(5 / 3) / 2  # t of three degrees of freedom at 97.5 %, from tables
    assert (mean, low, high) == pytest.approx((2.5, 2.5 - half, 2.5 + half), rel=1e-12)
    assert paired_interval(np.array([2.0, 2.0])) == (2.0, 2.0, 2.0)
    one = paired_interval(np.array([2.0]))
    assert one[0] == 2.0
    assert math.isnan(one[1])
    assert math.isnan(one[2])


def test_the_variance_reduction_is_unpaired_over_paired():
    a, b = np.array([1.0, 2.0, 4.0]), np.array([2.0, 3.5, 4.5])
    assert variance_reduction(a, b) == pytest.approx((np.var(a, ddof=1) + np.var(b, ddof=1)) / np.var(b - a, ddof=1))
    assert math.isnan(variance_reduction(a, a + 1))  # the pair never differs
    assert math.isnan(variance_reduction(a[:1], b[:1]))


def test_a_row_of_the_table_is_the_mean_over_seeds_of_two_runs():
    comparison = sim.compare("severe_recession", ["standard", "strict"], seeds=[3, 5], set=SMALL)
    runs = [sim.run("severe_recession", policy, seeds=[3, 5], set=SMALL).monthly for policy in ("standard", "strict")]
    sums = [frame.groupby("seed")["originations"].sum() for frame in runs]
    row = comparison.table.query("metric == 'originations' and horizon == 20").iloc[0]
    assert row["baseline"] == pytest.approx(sums[0].mean())
    assert row["alternative"] == pytest.approx(sums[1].mean())
    assert (row["diff"], row["ci_low"], row["ci_high"]) == pytest.approx(paired_interval((sums[1] - sums[0]).to_numpy()))
    assert set(comparison.table["horizon"]) == {9, 18, 20}


def test_fewer_than_two_policies_are_no_comparison():
    with pytest.raises(ValueError, match="at least two policies"):
        sim.compare("baseline", ["standard"])
    with pytest.raises(ValueError, match="at least two policies"):
        sim.compare("baseline", "standard")
