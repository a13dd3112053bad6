"""The month's sums by name: none is lost on the way from the engine's counters, of whatever mechanism."""

from dataclasses import fields

import pytest

import sim
from sim.measures.tallies import KNOWN, tallies_of
from sim.state import Counts


@pytest.fixture(scope="module")
def model():
    model = sim.LendingModel("baseline", set=["borrowers.count=3_000", "months=4", "warm_up_months=6"])
    model.run_model()
    return model


def test_every_counter_of_the_engine_is_reached_by_its_name(model):
    engine, named = model.engine.counts(), tallies_of(model.engine)
    for name in engine.names:
        expected = getattr(engine, name)
        if name in ("moves", "moved"):
            assert [x for row in getattr(named, name) for x in row] == expected
        elif name == "ladder":
            assert named.ladder.sum() == sum(expected)
        elif name == "relapses":
            assert list(named.counts.relapses) == expected[1:]
        else:
            found = getattr(named.counts, name)
            assert (list(found) if isinstance(found, tuple) else found) == expected


def test_counters_beyond_the_core_keep_their_names(model):
    counts = tallies_of(model.engine).counts
    assert frozenset(f.name for f in fields(Counts)) - {"own"} == KNOWN
    assert counts.granted == counts.own["granted"] > 0
    with pytest.raises(AttributeError, match="no counter 'grantd'"):
        counts.grantd  # noqa: B018


def test_products_add_up_to_the_whole(model):
    parts = [model.engine.slot_count(slot, "principal") for slot in range(model.engine.slots)]
    assert sum(parts) == model.engine.counts().principal > 0
