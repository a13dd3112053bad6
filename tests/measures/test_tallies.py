"""The engine's vector by name: each sum comes from its own place."""

from dataclasses import fields

import numpy as np

from sim.lender import tally
from sim.measures.tallies import counts_of
from sim.state import Counts

FIRST = {"relapses": tally.RELAPSES + 1}  # counted from one month after the cure


def test_every_sum_is_read_from_the_place_of_its_name():
    counts = counts_of(np.arange(tally.SIZE))
    for field in fields(Counts):
        value, place = getattr(counts, field.name), FIRST.get(field.name, getattr(tally, field.name.upper()))
        expected = tuple(range(place, place + len(value))) if isinstance(value, tuple) else place
        assert value == expected, field.name
        assert all(type(v) is int for v in (value if isinstance(value, tuple) else (value,)))
