"""Marked rows are found whatever the length and wherever they stand."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.numerics.blocks import find_marked


@settings(deadline=None)
@given(st.lists(st.sampled_from([0, 0, 0, 1, 2, 255]), max_size=70))
def test_marked_positions(flags):
    column = np.array(flags, np.uint8)
    found = np.empty(column.size, np.int32)
    n = find_marked(column, found)
    assert found[:n].tolist() == np.flatnonzero(column).tolist()
