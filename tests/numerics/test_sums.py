"""A sum that rounds after each addition, whatever the Python."""

from hypothesis import given
from hypothesis import strategies as st

from sim.numerics.sums import plain_sum


@given(st.lists(st.floats(-1e12, 1e12)))
def test_it_adds_from_the_left(values):
    total = 0.0
    for value in values:
        total = total + value
    assert plain_sum(values) == total


def test_no_rounding_error_is_carried_along():
    assert plain_sum([0.1] * 10) == 0.9999999999999999  # Python 3.12's sum gives 1.0
    assert plain_sum([]) == 0.0
