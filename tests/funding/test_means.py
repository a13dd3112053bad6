"""The self-financing budget: what `Means.afford` lets through is the closed form's O_max. Minor units."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sim.funding.means import Means, Tranche
from sim.funding.warehouse import borrowing_base
from tests.funding.policies import origination_budget


@pytest.mark.parametrize(
    "free, below, advance, fee, held, expected",
    [
        (17_000, 10**9, 0.80, 0.03, 0.0, 100_000),  # F / (1 - phi - a): 17,000 / 0.17
        (17_000, 10**9, 0.80, 0.03, 0.05, 95_000),  # a share is kept back
        (17_000, 2_400, 0.80, 0.03, 0.0, 20_000),  # (F + H) / (1 - phi): the commitment binds
        (1_000, 10**9, 0.0, 0.0, 0.0, 1_000),  # own money only
        (-1, 10**9, 0.80, 0.03, 0.0, 0),
        (-100, 50, 0.99, 0.03, 0.0, 0),  # a loan finances more than itself, yet F + H is negative
        (1_000, 970, 0.99, 0.03, 0.0, 2_030),  # only the commitment bounds it: 1,970 / 0.97
    ],
)
def test_origination_budget(free, below, advance, fee, held, expected):
    assert origination_budget(free, below, advance, fee, held) == expected


@given(
    free=st.integers(0, 10**11), below=st.integers(0, 10**11), advance=st.integers(0, 95), fee=st.integers(0, 4),
    eligible=st.integers(0, 10**11),
)
def test_the_budget_is_affordable_and_almost_all_of_what_is(free, below, advance, fee, eligible):
    """Lend the budget to the last unit: cash and line suffice to less than one minor unit; a little more would not do."""
    base = borrowing_base(eligible, advance / 100, 0.0)
    commitment = base + below  # all drawn before: F is own cash
    face = origination_budget(free, below, advance / 100, fee / 100, 0.0)

    def lacking(lent: int) -> Fraction:
        limit = min(commitment, borrowing_base(eligible + lent, advance / 100, 0.0))
        return lent * Fraction(100 - fee, 100) - free - (limit - base)

    assert lacking(face) < 1
    assert lacking(face + 100) > 0  # each unit lent takes at least 1 - 0.04 - 0.95 of own cash


def affords(means: Means, face: int, fee: int, held_back: float = 0.0) -> bool:
    return bool(means.afford(np.array([face]), np.array([face - face * fee // 100]), held_back)[0])


@given(
    free=st.integers(-(10**9), 10**11), room=st.integers(0, 10**11), advance=st.integers(0, 90), fee=st.integers(0, 4),
    held=st.integers(0, 50),
)
def test_one_contract_lends_the_closed_form_to_within_rounding(free, room, advance, fee, held):
    means = Means(free, (Tranche(room, advance / 100),))
    most = origination_budget(free, room, advance / 100, fee / 100, 0.0)
    assert affords(means, max(0, most - 50), fee)
    assert not affords(means, most + 50, fee)  # a unit takes at least 1 - 0.04 - 0.90 of own money
    kept = origination_budget(free, room, advance / 100, fee / 100, held / 100)
    assert affords(means, max(0, kept - 50), fee, held / 100)
    assert means.afford(np.array([0]), np.array([0]), held / 100)[0]


@given(
    free=st.integers(0, 10**9), rooms=st.tuples(st.integers(0, 10**9), st.integers(0, 10**9)),
    advances=st.tuples(st.integers(1, 90), st.integers(1, 90)), face=st.integers(0, 4 * 10**9),
)
def test_two_contracts_lend_on_new_loans_in_turn(free, rooms, advances, face):
    """The oracle in fractions: the first until its room is full, the rest of the principal goes to the second."""
    means = Means(free, tuple(Tranche(h, a / 100) for h, a in zip(rooms, advances, strict=True)))
    left, lent = Fraction(face), Fraction(0)
    for h, a in zip(rooms, advances, strict=True):
        part = min(left, Fraction(100 * h, a))
        left, lent = left - part, lent + part * Fraction(a, 100)
    gap = face - lent - free
    assume(abs(gap) > 3)
    assert affords(means, face, 0) == (gap < 0)


def test_a_second_contract_never_lends_less():
    alone = Means(1_000, (Tranche(4_000, 0.8),))
    both = Means(1_000, (Tranche(4_000, 0.8), Tranche(2_000, 0.5)))
    face = np.arange(0, 9_000)
    a, b = (m.afford(face, face, 0.0) for m in (alone, both))
    assert not (a & ~b).any()
    assert face[a].max() == 5_000  # 1,000 + 4,000: the commitment binds
    assert face[b].max() == 5_000  # beyond 5,000 the second brings half of each unit, and own money is gone
    rich = Means(2_000, (Tranche(4_000, 0.8), Tranche(2_000, 0.5)))
    assert face[rich.afford(face, face, 0.0)].max() == 7_000  # 4,000 on 5,000; then 1,000 of own money carries 2,000 more


def test_a_room_beyond_all_columns_is_no_limit():
    means = Means(10, (Tranche(10**19, 0.000001),))
    assert affords(means, 10, 0)
    assert not affords(means, 12, 0)
