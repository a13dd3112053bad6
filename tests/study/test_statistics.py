"""Statistics of one series beside another: closed forms, numpy and scipy as judges."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.study.statistics import (
    Turn,
    band,
    bias,
    bridged,
    correlation,
    matched,
    r_squared,
    regress,
    rmse,
    scale_factor,
    turning_points,
)

X = np.array([4.0, 4.5, 5.5, 7.0, 6.5, 5.0, 4.2, 4.1, 4.8, 6.0])


def test_a_series_equal_to_the_other_misses_by_nothing():
    assert rmse(X, X) == 0
    assert bias(X, X) == 0
    assert correlation(X, X) == pytest.approx(1)
    assert scale_factor(X, X) == pytest.approx(1)


def test_errors_by_hand():
    assert rmse(np.array([1.0, 3.0]), np.array([2.0, 5.0])) == pytest.approx(np.sqrt(2.5))
    assert bias(np.array([1.0, 3.0]), np.array([2.0, 5.0])) == -1.5


def test_what_does_not_vary_has_no_correlation():
    assert np.isnan(correlation(X, np.full_like(X, 3.0)))
    assert np.isnan(correlation(X[:1], X[:1]))


@given(st.floats(0.05, 20))
def test_the_factor_between_a_series_and_its_multiple_is_found(k):
    assert scale_factor(X, k * X) == pytest.approx(k)


def test_the_factor_is_the_least_squares_one():
    y = X + np.array([1, -1, 0.5, 0, -0.5, 1, 0, -1, 0.2, 0.3])
    k = scale_factor(X, y)
    assert rmse(k * X, y) < min(rmse((k + 0.01) * X, y), rmse((k - 0.01) * X, y))
    assert np.isnan(scale_factor(np.zeros(3), X[:3]))


def test_least_squares_against_numpy_and_against_known_coefficients():
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=40), rng.normal(size=40)
    exact = regress(2 + 3 * a - 0.5 * b, [a, b])
    np.testing.assert_allclose(exact.coefficients, [2, 3, -0.5])
    assert exact.r_squared == pytest.approx(1)
    y = 2 + 3 * a - 0.5 * b + rng.normal(size=40)
    fit = regress(y, [a, b])
    design = np.column_stack([np.ones(40), a, b])
    np.testing.assert_allclose(fit.coefficients, np.linalg.solve(design.T @ design, design.T @ y))
    np.testing.assert_allclose(fit.predict([a, b]), design @ fit.coefficients)
    assert r_squared(y, a) == pytest.approx(np.corrcoef(y, a)[0, 1] ** 2)


def test_standard_errors_without_lags_are_white_s_and_with_lags_add_the_weighted_covariances():
    rng = np.random.default_rng(2)
    a = rng.normal(size=30)
    y = a + rng.normal(size=30)
    design = np.column_stack([np.ones(30), a])
    e = y - design @ regress(y, [a]).coefficients
    inverse = np.linalg.inv(design.T @ design)
    white = design.T @ np.diag(e**2) @ design
    np.testing.assert_allclose(regress(y, [a], lags=0).errors, np.sqrt(np.diag(inverse @ white @ inverse) * 30 / 28))
    weights = np.clip(1 - np.abs(np.subtract.outer(np.arange(30), np.arange(30))) / 3, 0, None)
    lagged = design.T @ (weights * np.outer(e, e)) @ design
    np.testing.assert_allclose(regress(y, [a], lags=2).errors, np.sqrt(np.diag(inverse @ lagged @ inverse) * 30 / 28))


def test_too_few_observations_are_refused():
    with pytest.raises(ValueError, match="2 observations do not determine 2 coefficients"):
        regress(X[:2], [X[:2]])


def test_a_further_seed_lies_in_the_band_as_often_as_it_says():
    rng = np.random.default_rng(3)
    for n in (3, 8):
        draws = rng.normal(size=(n, 20_000))
        low, high = band(draws)
        further = rng.normal(size=20_000)
        assert np.mean((low <= further) & (further <= high)) == pytest.approx(0.90, abs=0.01)
    assert np.isnan(band(draws[:1])).all()
    gaps = draws[:3, :2].copy()
    gaps[0, 0], gaps[1:, 1] = np.nan, np.nan
    low, high = band(gaps)
    np.testing.assert_allclose([low[0], high[0]], np.concatenate(band(gaps[1:, :1])))
    assert np.isnan([low[1], high[1]]).all()


def test_turning_points_of_a_wave_are_its_crests_and_hollows():
    wave = np.sin(2 * np.pi * np.arange(33) / 16)
    assert turning_points(wave) == [Turn(4, True), Turn(12, False), Turn(20, True), Turn(28, False)]
    assert turning_points(-wave) == [Turn(4, False), Turn(12, True), Turn(20, False), Turn(28, True)]


def test_a_ripple_on_a_wave_is_no_turning_point():
    wave = np.sin(2 * np.pi * np.arange(33) / 16)
    rippled = wave.copy()
    rippled[8] += 0.3
    assert turning_points(rippled) == turning_points(wave)
    assert turning_points(np.arange(20.0)) == []
    assert turning_points(np.ones(20)) == []


@given(st.lists(st.floats(-5, 5), min_size=0, max_size=60))
def test_turning_points_alternate_and_lie_as_far_apart_as_they_must(values):
    x = np.array(values)
    turns = turning_points(x)
    for a, b in pairwise(turns):
        assert a.peak != b.peak
        assert b.at - a.at >= 2
        assert (x[a.at] > x[b.at]) == a.peak
    for a, b in zip(turns, turns[2:], strict=False):
        assert b.at - a.at >= 5


def test_turning_points_are_matched_once_each_the_nearest_first():
    a = [Turn(4, True), Turn(12, False), Turn(20, True)]
    s = [Turn(6, True), Turn(3, True), Turn(12, True), Turn(30, False)]
    assert matched(a, s, 4) == [(a[0], s[1]), (None, s[0]), (a[1], None), (None, s[2]), (a[2], None), (None, s[3])]


def test_gaps_are_bridged_by_straight_lines():
    gap = np.nan
    np.testing.assert_allclose(bridged(np.array([gap, 1, gap, gap, 4, gap])), [1, 1, 2, 3, 4, 4])
    assert np.isnan(bridged(np.array([gap, gap]))).all()
