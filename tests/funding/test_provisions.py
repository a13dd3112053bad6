"""The required allowance by band. Minor units."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.funding.provisions import bucket_rates, required_allowance
from sim.funding.terms import Provisioning
from tests.funding.policies import golden


@pytest.mark.parametrize(
    "band, principal, expected",
    [(0, 60_000, 2_400), (0, 50_488, 2_020), (1, 45_498, 9_100), (2, 45_498, 22_749), (3, 40_786, 28_550), (4, 40_786, 36_707)],
)
def test_the_golden_ledgers_figures(band, principal, expected):
    bands = [principal if k == band else 0 for k in range(6)]
    assert required_allowance(bands, golden().provisioning) == expected


def test_ninety_and_more_share_a_rate_and_rates_are_roll_times_loss():
    table = Provisioning(
        loss_given_default=0.9, roll_to_loss_current=0.04, roll_to_loss_1_29=0.15, roll_to_loss_30_59=0.42,
        roll_to_loss_60_89=0.65, roll_to_loss_90_plus=0.82,
    )
    assert bucket_rates(table) == (36_000, 135_000, 378_000, 585_000, 738_000, 738_000)


@given(st.lists(st.integers(0, 10**13), min_size=6, max_size=6))
def test_each_band_is_rounded_half_up_by_itself(bands):
    expected = sum(
        int(Fraction(rate, 100) * principal + Fraction(1, 2))  # floor, since nothing is negative
        for rate, principal in zip((4, 20, 50, 70, 90, 90), bands, strict=True)
    )
    assert required_allowance(bands, golden().provisioning) == expected


def test_six_bands_are_asked_for():
    with pytest.raises(ValueError):
        required_allowance([1, 2, 3], golden().provisioning)
