"""Intervals against tables, formulas and simulation, and the sentence where there is none."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.study import intervals as iv

pairs = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=2, max_size=60)


def shares(values):
    return np.array([v[0] for v in values], float), np.array([v[1] for v in values], float)


def test_a_mean_has_students_interval():
    found = iv.difference(np.zeros(4), np.array([1.0, 2.0, 3.0, 4.0]), "mean")
    half = 3.182446305284263 * math.sqrt(5 / 3) / 2  # t of three degrees of freedom at 97.5 %, from tables
    assert found[:3] == pytest.approx((2.5, 2.5 - half, 2.5 + half), rel=1e-12)
    assert found.method == "t"


def test_from_thirty_seeds_on_the_bootstrap_follows_the_skew():
    x = np.random.default_rng(1).exponential(size=60)
    found = iv.mean(x)
    assert found.method == "bootstrap"
    assert found.high - found.estimate > found.estimate - found.low  # a long right tail
    assert iv.mean(x) == found  # and says the same every time


def test_where_nothing_differs_no_certainty_is_claimed():
    for kind in ("mean", "median"):
        same = iv.difference(np.full(8, 3.0), np.full(8, 5.0), kind)
        assert (same.estimate, same.method) == (2.0, iv.NO_SEED_DIFFERS)
        assert math.isnan(same.low)
        one = iv.difference(np.array([1.0]), np.array([2.0]), kind)
        assert (one.estimate, one.method) == (1.0, iv.ONE_SEED)


def test_a_median_lies_between_order_statistics():
    found = iv.median(np.arange(1.0, 7.0))
    # six values: the smallest and largest hold the median with 1 - 2/64 = 96.9 %, the next with 78.1 %
    inner = (1 - 2 / 64 - 0.95) / (2 * 6 / 64)
    weight = 5 * inner / (1 + 4 * inner)
    assert found[:3] == pytest.approx((3.5, 1 + weight, 6 - weight))
    assert iv.median(np.arange(5.0)).method == iv.TOO_FEW


def test_where_most_seeds_are_alike_a_median_claims_no_certainty():
    found = iv.median(np.array([0.0] * 9 + [5.0]))
    assert (found.estimate, found.method) == (0.0, iv.ALIKE)
    assert math.isnan(found.low)


@pytest.mark.parametrize(("k", "n", "low", "high"), [(1, 10, 0.0179, 0.4042), (5, 20, 0.1119, 0.4687)])
def test_a_share_has_wilsons_interval(k, n, low, high):
    found = iv.share(np.array([1.0] * k + [0.0] * (n - k)))
    assert found[:3] == pytest.approx((k / n, low, high), abs=5e-5)


def test_no_failure_in_n_seeds_is_at_most_so_much():
    found = iv.share(np.zeros(10))
    assert (found.estimate, found.low, found.method) == (0.0, 0.0, "at most")
    assert (1 - found.high) ** 10 == pytest.approx(0.05)  # with more, no failure in ten seeds would be rarer than one in twenty
    assert iv.share(np.ones(10)).low == pytest.approx(1 - found.high)


def test_a_difference_of_shares_by_hand():
    a, b = np.array([1.0] * 4 + [0.0] * 4), np.array([1.0, 1.0, 0.0, 0.0] * 2)
    # the pairs agree no more than by chance, so the two sides' Wilson distances are squared and added
    centre, spread = 4 / 8, 1.96**2 / 8
    half = 1.959964 / (1 + spread) * math.sqrt(centre * (1 - centre) / 8 + spread / 32)
    found = iv.share_difference(a, b)
    assert found[:3] == pytest.approx((0.0, -half * math.sqrt(2), half * math.sqrt(2)), abs=1e-4)
    # where they agree fully but for two seeds, the interval is shorter
    close = iv.share_difference(a, np.array([1.0] * 6 + [0.0] * 2))
    far = iv.share_difference(a, np.array([0.0, 0.0] + [1.0] * 6))
    assert close.estimate == far.estimate == 0.25
    assert close.high - close.low < far.high - far.low


@settings(max_examples=200, deadline=None)
@given(pairs)
def test_a_difference_of_shares_is_held_by_its_interval_and_turns_with_its_sides(values):
    a, b = shares(values)
    found, turned = iv.share_difference(a, b), iv.share_difference(b, a)
    assert found.low - 1e-12 <= found.estimate <= found.high + 1e-12
    assert (turned.estimate, turned.low, turned.high) == pytest.approx((-found.estimate, -found.high, -found.low))
    assert found.high > found.low  # even where no seed failed on either side


def test_the_variance_reduction_is_unpaired_over_paired_with_its_interval():
    rng = np.random.default_rng(3)
    common = rng.normal(size=40)
    a, b = common + 0.3 * rng.normal(size=40), common + 0.3 * rng.normal(size=40)
    found = iv.variance_reduction(a, b)
    assert found.estimate == pytest.approx((a.var(ddof=1) + b.var(ddof=1)) / (b - a).var(ddof=1))
    assert found.low < found.estimate < found.high
    assert iv.variance_reduction(a[:9], b[:9]).method == iv.TOO_FEW
    assert math.isnan(iv.variance_reduction(a, a + 1).estimate)


def test_a_ratio_that_never_varies_claims_no_certainty():
    found = iv.variance_reduction(np.array([1.0] * 11 + [2]), np.array([1.0] * 11 + [3]))
    assert (found.estimate, found.method) == (pytest.approx(5.0), iv.ALIKE)
    rounding = iv.difference(np.full(8, 0.1), np.array([0.3, 0.3 + 1e-17, 0.1 + 0.2] + [0.3] * 5), "mean")
    assert rounding.method == iv.NO_SEED_DIFFERS


@pytest.mark.parametrize(("kind", "n", "draw", "truth"), [
    ("mean", 8, lambda rng, n: rng.normal(size=n), 0.0),
    ("mean", 30, lambda rng, n: rng.exponential(size=n) - 1, 0.0),
    ("median", 8, lambda rng, n: rng.normal(size=n), 0.0),
    ("median", 10, lambda rng, n: rng.exponential(size=n) - math.log(2), 0.0),
    ("median", 20, lambda rng, n: np.where(rng.random(n) < 0.3, -8 + rng.normal(size=n), rng.normal(size=n)), None),
])
def test_intervals_cover_what_they_say(kind, n, draw, truth):
    rng = np.random.default_rng(7)
    if truth is None:
        truth = float(np.median(draw(rng, 1_000_000)))
    hits = 0
    for _ in range(400):
        found = iv.difference(np.zeros(n), draw(rng, n), kind)
        hits += found.low <= truth <= found.high
    assert 0.915 < hits / 400 < 0.985  # 95 %, give or take three standard errors of 400 trials


def test_paired_shares_cover_what_they_say():
    rng = np.random.default_rng(11)
    hits = 0
    for _ in range(1_000):
        luck = rng.random(20)
        a, b = (luck < 0.10).astype(float), (luck < 0.25).astype(float)
        found = iv.share_difference(a, b)
        hits += found.low <= 0.15 <= found.high
    assert 0.92 < hits / 1_000 < 0.99


def test_the_jackknife_of_a_mean_is_students_interval_and_of_a_ratio_needs_every_seed():
    x = np.array([1.0, 2.0, 4.0, 5.0])
    left_out = np.array([np.delete(x, k).mean() for k in range(4)])
    student = iv.mean(x)
    assert iv.jackknife(3.0, left_out)[:3] == pytest.approx(student[:3], rel=1e-12)
    assert iv.jackknife(3.0, np.array([3.0])).method == iv.ONE_SEED
    assert iv.jackknife(3.0, np.full(4, 3.0)).method == iv.NO_SEED_DIFFERS
    assert iv.jackknife(3.0, np.array([3.0, math.nan])).method == iv.TOO_FEW
    assert iv.jackknife(math.nan, left_out).method == iv.TOO_FEW_CASES
