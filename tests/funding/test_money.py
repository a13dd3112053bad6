"""Products of money and rates. Minor units."""

import pytest

from sim.funding.money import monthly_interest, share_half_up


def test_shares_are_half_up():
    assert [share_half_up(5, 0.5), share_half_up(7, 0.1), share_half_up(10**13, 0.1234567)] == [3, 1, 1_234_570_000_000]


@pytest.mark.parametrize(
    "debt, rate, expected", [(18_200, 0.06, 91), (7_879, 0.06, 39), (2_218, 0.06, 11), (12_904, 0.06, 65), (100, 0.06, 1), (99, 0.06, 0)]
)
def test_interest_is_a_twelfth_rounded_half_up(debt, rate, expected):
    assert monthly_interest(debt, rate) == expected


def test_a_negative_rate_earns_nothing():
    assert monthly_interest(10**9, -0.01) == 0
