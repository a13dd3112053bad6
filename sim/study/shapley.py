"""Shapley values: a difference shared out among those who made it together, whatever the order in which they come.

Each player's share is its contribution when it joins those already there, averaged over all orders of joining. Shares add up to the
whole exactly, players who are alike have the same, and who changes nothing in any company has none. Source: L. S. Shapley, "A value for
n-person games", Contributions to the Theory of Games II (1953) 307–317. Fractions throughout, so that "exactly" is meant.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

Coalition = frozenset[str]


def coalitions(players: Sequence[str]) -> Iterator[Coalition]:
    """Every set of the players, from nobody to all."""
    for bits in range(1 << len(players)):
        yield frozenset(player for k, player in enumerate(players) if bits >> k & 1)


def shapley(players: Sequence[str], worth: Mapping[Coalition, Fraction]) -> dict[str, Fraction]:
    """Each player's share of what all are worth more than nobody. worth: of every coalition."""
    n = len(players)
    orders = math.factorial(n)
    # of the n! orders, in so many exactly these s others come before the player
    weight = [math.factorial(s) * math.factorial(n - s - 1) for s in range(n)]
    found = dict.fromkeys(players, Fraction(0))
    for those in coalitions(players):
        for player in those:
            others = those - {player}
            found[player] += weight[len(others)] * (worth[those] - worth[others])
    return {player: total / orders for player, total in found.items()}


def apportioned(shares: Sequence[Fraction], unit: Fraction = Fraction(1)) -> list[Fraction]:
    """The shares in whole units that add up to what their sum is in whole units: the largest remainders are rounded up.

    unit: what a whole one is. A share that is whole stays as it is; of equal remainders the first are rounded up.
    """
    exact = [share / unit for share in shares]
    whole = [Fraction(math.floor(share)) for share in exact]
    left = round_half_up(sum(exact, Fraction(0))) - sum(whole, Fraction(0))
    by_remainder = sorted(range(len(exact)), key=lambda k: (-(exact[k] - whole[k]), k))
    for k in by_remainder[: int(left)]:
        whole[k] += 1
    return [share * unit for share in whole]


def round_half_up(value: Fraction) -> int:
    """The nearest whole number, of two the higher."""
    return math.floor(value + Fraction(1, 2))
