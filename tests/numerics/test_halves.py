"""Sums of halves are sums."""

from hypothesis import given
from hypothesis import strategies as st

from sim.numerics.halves import high, low, whole
from tests.rows import call


@given(st.integers(0, 2**31 - 1), st.integers(0, 2**31 - 1))
def test_halves_of_an_amount_add_up_to_it(one, other):
    assert call(low, one) + 65_536 * call(high, one) == one
    assert whole(call(low, one) + call(low, other), call(high, one) + call(high, other)) == one + other
