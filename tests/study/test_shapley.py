"""Shapley values: the textbook games, the axioms that define them, and apportioning to whole units."""

from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.study.shapley import apportioned, coalitions, round_half_up, shapley

PLAYERS = ("a", "b", "c", "d")


def worths(values, players=PLAYERS):
    """A game from a list of worths, one for every coalition in the order of `coalitions`."""
    return {those: Fraction(value) for those, value in zip(coalitions(players), values, strict=True)}


games = st.lists(st.integers(-(10**12), 10**12), min_size=16, max_size=16).map(worths)


def by_orders(players, worth):
    """The definition: the mean over every order of what a player adds when it comes."""
    orders = list(permutations(players))
    return {
        player: sum(
            worth[frozenset(order[: order.index(player) + 1])] - worth[frozenset(order[: order.index(player)])] for order in orders
        ) / Fraction(len(orders))
        for player in players
    }


def test_every_coalition_comes_once():
    found = list(coalitions(PLAYERS))
    assert len(found) == len({*found}) == 16
    assert (found[0], found[-1]) == (frozenset(), frozenset(PLAYERS))


def test_the_glove_game():
    """One left glove, two right ones; a pair is worth 1. Shapley's value is 2/3, 1/6, 1/6."""
    pair = {those: Fraction("left" in those and len(those) > 1) for those in coalitions(("left", "right", "other"))}
    assert shapley(("left", "right", "other"), pair) == {"left": Fraction(2, 3), "right": Fraction(1, 6), "other": Fraction(1, 6)}


def test_the_airport_game():
    """Runways of 8, 11 and 13 units: each part is shared by those who need it (Littlechild and Owen 1973)."""
    cost = {"small": 8, "middle": 11, "large": 13}
    worth = {those: Fraction(max((cost[name] for name in those), default=0)) for those in coalitions((*cost,))}
    assert shapley((*cost,), worth) == {"small": Fraction(8, 3), "middle": Fraction(8, 3) + Fraction(3, 2), "large": Fraction(37, 6)}


@given(games)
@settings(max_examples=60)
def test_shares_are_the_mean_over_orders_and_add_up_exactly(worth):
    found = shapley(PLAYERS, worth)
    assert found == by_orders(PLAYERS, worth)
    assert sum(found.values()) == worth[frozenset(PLAYERS)] - worth[frozenset()]


@given(games, games, st.integers(-50, 50))
@settings(max_examples=40)
def test_shares_of_a_sum_of_games_are_the_sums_of_shares(one, other, times):
    both = {those: one[those] + times * other[those] for those in one}
    first, second = shapley(PLAYERS, one), shapley(PLAYERS, other)
    assert shapley(PLAYERS, both) == {player: first[player] + times * second[player] for player in PLAYERS}


@given(games)
def test_who_changes_nothing_has_nothing_and_who_are_alike_have_the_same(worth):
    idle = {those: worth[those - {"d"}] for those in worth}
    assert shapley(PLAYERS, idle)["d"] == 0
    alike = {those: worth[those if "a" in those or "b" not in those else those - {"b"} | {"a"}] for those in worth}
    found = shapley(PLAYERS, alike)
    assert found["a"] == found["b"]


def test_one_player_has_all_and_none_share_nothing():
    assert shapley(("a",), worths([3, 10], ("a",))) == {"a": 7}
    assert shapley((), worths([3], ())) == {}


@given(st.lists(st.fractions(-10**6, 10**6, max_denominator=24), min_size=1, max_size=8), st.sampled_from([1, 100, Fraction(1, 100)]))
def test_apportioned_shares_are_whole_near_and_add_up_to_the_rounded_sum(shares, unit):
    found = apportioned(shares, Fraction(unit))
    assert all((share / unit).denominator == 1 and abs(share - exact) < unit for share, exact in zip(found, shares, strict=True))
    assert sum(found) == round_half_up(sum(shares) / unit) * unit
    assert all(share == exact for share, exact in zip(found, shares, strict=True) if (exact / unit).denominator == 1)


@pytest.mark.parametrize(("shares", "found"), [
    ([Fraction(1, 3)] * 3, [1, 0, 0]), ([Fraction(-1, 3)] * 3, [0, 0, -1]), ([Fraction(0), Fraction(7, 2), Fraction(1, 2)], [0, 4, 0]),
    ([], []), ([Fraction(5), Fraction(-2)], [5, -2]),
])
def test_the_largest_remainders_are_rounded_up_and_nothing_stays_nothing(shares, found):
    assert apportioned(shares) == found
