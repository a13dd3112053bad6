"""What moments determine, against closed forms: errors, directions, the test of what is left over."""

import math

import numpy as np
import pytest
from scipy import stats

from sim.study.calibration.identify import GUESS, chance, identification, in_all, sentences

TOLERANCES = np.array([0.5, 2.0, 1.0])


MOMENTS = ["m", "n", "o"]


def of(slopes, spread=0.0, seeds=4, noise=0.0):
    """Slopes that are alike in every seed save for `noise`; moments that differ over the seeds by `spread` tolerances."""
    slopes = np.asarray(slopes, float)
    turns = np.array([1.0, -1.0] * (seeds // 2)) if seeds > 1 else np.zeros(1)
    by_seed = slopes[None] + noise * turns[:, None, None]
    moments = 10.0 + spread * np.outer(turns, TOLERANCES)
    return identification(by_seed, moments, TOLERANCES)


def test_two_numbers_with_a_moment_each_have_the_tolerance_over_the_slope():
    found = of([[20.0, 0.0], [0.0, 5.0], [0.0, 0.0]])
    np.testing.assert_allclose(found.errors, [1 / 20, 1 / 5])
    np.testing.assert_allclose(found.errors_of_targets, found.errors)
    np.testing.assert_allclose(found.correlations, np.eye(2), atol=1e-12)
    assert found.condition == pytest.approx(4.0)
    assert found.identified == (True, True)


def test_the_errors_are_those_of_the_sandwich():
    rng = np.random.default_rng(1)
    slopes = rng.normal(size=(1, 3, 2)) * 20
    moments = rng.normal(size=(6, 3)) * TOLERANCES
    found = identification(np.repeat(slopes, 6, axis=0), moments, TOLERANCES)
    a, omega = slopes[0], np.eye(3) + np.cov(moments / TOLERANCES, rowvar=False) / 6
    bread = np.linalg.inv(a.T @ a)
    whole = bread @ a.T @ omega @ a @ bread
    np.testing.assert_allclose(found.errors, np.sqrt(np.diag(whole)))
    np.testing.assert_allclose(found.correlations, whole / np.outer(found.errors, found.errors))
    np.testing.assert_allclose(found.errors_of_targets, np.sqrt(np.diag(bread)))


def test_seeds_that_scatter_as_widely_as_the_targets_add_one_over_their_number():
    rng = np.random.default_rng(2)
    white = np.linalg.qr(rng.normal(size=(40, 4)) - 0.0)[0]
    white = np.linalg.qr(np.column_stack([np.ones(40), white]))[0][:, 1:4] * math.sqrt(39)  # covariance one, means nought
    found = identification(np.repeat([[[20.0, 0.0], [0.0, 5.0], [0.0, 0.0]]], 40, axis=0), white * TOLERANCES, TOLERANCES)
    np.testing.assert_allclose(found.errors / found.errors_of_targets, math.sqrt(1 + 1 / 40))


def test_an_interval_is_wider_than_the_normal_one_by_what_few_seeds_know_of_themselves():
    sure, equal = of([[20.0], [0.0], [0.0]]), of([[20.0], [0.0], [0.0]], spread=math.sqrt(3.0))
    assert sure.within(0, 4) == pytest.approx(stats.norm.ppf(0.975))
    # 3 · 4/3 over four seeds is as much as the targets' own variance
    assert equal.errors[0] == pytest.approx(math.sqrt(2) * equal.errors_of_targets[0])
    assert equal.within(0, 4) == pytest.approx(stats.t.ppf(0.975, 3 * 2**2))
    assert of([[20.0], [0.0], [0.0]], seeds=1).within(0, 1) == pytest.approx(1.96, abs=1e-3)


def test_a_number_without_effect_has_the_error_of_a_guess_and_a_sentence():
    found = of([[20.0, 0.0], [3.0, 0.0], [0.0, 0.0]])
    assert found.identified == (True, False)
    assert found.errors[1] == pytest.approx(GUESS)
    assert found.condition == math.inf
    assert sentences(found, ["a", "b"], MOMENTS, [0.5, 0.5]) == [
        "b is not identified: it moves none of the moments, and stays where it was."
    ]


def test_two_numbers_that_do_the_same_are_not_identified_together():
    found = of([[20.0, 20.0], [8.0, 8.0], [1.0, 1.0]])
    assert found.identified == (True, True)  # half of either is known: their sum
    assert [direction.determined for direction in found.directions] == [True, False]
    told = sentences(found, ["a", "b"], MOMENTS, [0.5, 0.5])
    assert any("Not identified together: " in words and "a" in words and "b" in words for words in told)
    np.testing.assert_allclose(np.abs(found.directions[1].loadings), [math.sqrt(0.5)] * 2)


def test_a_direction_that_no_moment_shows_surely_is_not_determined():
    slopes = [[20.0, 0.0], [0.0, 6.0], [0.0, 0.0]]
    least = stats.t.ppf(1 - 0.05 / 2 / 3, 3)  # four seeds, three moments
    error = math.sqrt(4 / 3) / 2  # of ±1 over four seeds
    for factor, seen in ((0.99, True), (1.01, False)):
        found = of(slopes, noise=factor * 6.0 / least / error)
        assert (found.directions[1].seen, found.directions[1].determined) == (seen, seen)
    assert (found.directions[1].moment, found.directions[1].moment_slope) == (1, pytest.approx(6.0))
    told = sentences(found, ["a", "b"], MOMENTS, [0.5, 0.5])
    assert any("may be the luck of the seeds (seen best in n: +6 ± " in words for words in told)


def test_two_seeds_do_not_hide_what_nobody_doubts():
    error = math.sqrt(2) / math.sqrt(2)  # of ±1 over two seeds
    assert of([[20.0], [0.0], [0.0]], seeds=2, noise=1.99 / error).identified == (True,)
    assert of([[20.0], [0.0], [0.0]], seeds=2, noise=2.01 / error).identified == (False,)


def test_a_noisy_moment_does_not_hide_what_another_shows():
    slopes = np.repeat([[[20.0, 0.0], [0.0, 6.0], [0.0, 0.0]]], 4, axis=0)
    slopes[:, 2, 1] = [40.0, -40.0, 35.0, -35.0]
    assert identification(slopes, np.zeros((4, 3)), TOLERANCES).directions[1].seen


def test_a_slope_that_says_less_than_the_bounds_determines_nothing():
    edge = 1 / GUESS
    assert of([[1.1 * edge], [0.0], [0.0]]).identified == (True,)
    assert of([[0.9 * edge], [0.0], [0.0]]).identified == (False,)


def test_a_number_at_a_bound_and_two_that_go_together_are_told():
    found = of([[20.0, 19.0], [0.0, 6.0], [0.0, 0.0]])
    told = sentences(found, ["a", "b"], MOMENTS, [0.0, 0.5])
    assert told[0].startswith("All 2 parameters are identified: the direction that the moments see least, ")
    assert any(words.startswith("a lies at the lowest value of its bounds: the moments ask for less") for words in told)
    assert any("a and b are told apart only weakly: their estimates rise as the other falls, correlation -0.9" in words for words in told)


def test_what_is_left_over_leaves_out_what_the_numbers_can_mend():
    found = of([[20.0, 0.0], [0.0, 5.0], [0.0, 0.0]], spread=1.0)
    statistic, free = found.left_over(np.array([100.0, 100.0, 2.0]))
    seed_variance = 4 / 3 / 4  # of ±1 over four seeds, over their number
    assert free == 1
    # what the three moments' noise has in common cannot be told from the rest, for the numbers mend the first two
    assert statistic == pytest.approx(4.0 / (1 + seed_variance))


def test_the_sentence_of_the_misses_says_when_nothing_is_left_over():
    exact = identification(np.repeat([[[20.0, 0.0], [0.0, 5.0]]], 2, axis=0), np.zeros((2, 2)), np.ones(2))
    assert "no moment is left over" in in_all(exact, np.array([0.1, 0.2]))
    assert math.isnan(chance(exact, np.array([0.1, 0.2])))
    misses = np.array([0.0, 1.0, 1.0])
    assert "2 degrees of freedom" in in_all(of([[20.0], [0.0], [0.0]]), misses)
    assert chance(of([[20.0], [0.0], [0.0]]), misses) == pytest.approx(math.exp(-1))  # of chi-squared with two degrees beyond 2


def test_one_seed_tells_nothing_of_its_own_error():
    found = of([[20.0, 0.0], [0.0, 5.0], [0.0, 0.0]], seeds=1)
    np.testing.assert_allclose(found.errors, [1 / 20, 1 / 5])
    assert np.isnan(found.slope_errors).all()
