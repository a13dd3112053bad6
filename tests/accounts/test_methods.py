"""What falls due, to the minor unit: the fast forms equal whole-number arithmetic, at the edges above all."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.accounts.methods import fee_earned, interest_of


def interest_in_whole_numbers(base: int, rate: int) -> int:
    return (base * rate + 60_000) // 120_000


def test_interest_at_its_rounding_edges():
    # bases whose interest lies on a half, or one basis point of it to either side
    for rate in (1, 7, 99, 640, 1_799, 3_600, 12_345, 29_999):
        for quotient in (0, 1, 2, 999, 50_001, 2**20 + 1, 2**30):
            edge = (quotient * 120_000 + 60_000) // rate
            for base in (edge - 1, edge, edge + 1):
                exact = interest_in_whole_numbers(base, rate)
                if 0 <= base < 2**31 and exact < 2**31:
                    assert int(interest_of(np.int32(base), np.int16(rate))) == exact


@given(st.integers(0, 2**30 - 1), st.integers(0, 255))
@settings(max_examples=500, deadline=None)
def test_fee_earned_is_exact_half_up(unearned, months):
    n = max(1, months)
    assert int(fee_earned(np.int32(unearned), np.uint8(months))) == (2 * unearned + n) // (2 * n)


def test_fee_earned_at_its_rounding_edges():
    for months in (1, 2, 3, 7, 24, 36, 60, 255):
        for quotient in (0, 1, 5, 40_000, 2**21 + 1, (2**30 - 256) // months - 1):
            half = quotient * months + months // 2
            for unearned in (half - 1, half, half + 1):
                if 0 <= unearned < 2**30:
                    assert int(fee_earned(np.int32(unearned), np.uint8(months))) == (2 * unearned + months) // (2 * months)
