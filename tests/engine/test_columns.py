"""Declared columns: known units, room behind the end, contents taken over only where everything fits."""

import numpy as np
import pytest

from sim.accounts import columns as accounts
from sim.assembly import household_columns, layout
from sim.engine.columns import LIMIT, UNITS, Column, Table, padded

COLUMNS = (Column("cash", "f4", "major units", "savings"), Column("age", "i2", "months", "age"), Column("ring", "i4", "count", "pairs", 2))


def test_a_unit_that_is_none_is_refused_with_the_columns_name():
    with pytest.raises(ValueError, match="column 'cash': 'dollars' is no unit; there are major units,"):
        Column("cash", "f4", "dollars", "savings")


def test_a_type_that_is_none_is_refused():
    with pytest.raises(TypeError):
        Column("cash", "float31", "share", "savings")


def test_a_flag_is_nothing_or_one_and_bounds_have_an_order():
    assert (Column("held", "u1", "flag", "x").lowest, Column("held", "u1", "flag", "x").highest) == (0, 1)
    assert Column("held", "u1", "flag", "x", highest=4).highest == 4
    assert Column("held", "u1", "code", "x").lowest is None
    assert Column("held", "i4", "count", "x", lowest=1_000).span() == "at least 1,000"
    with pytest.raises(ValueError, match="column 'held': its lowest value 2 exceeds its highest, 1"):
        Column("held", "u1", "code", "x", lowest=2, highest=1)


def test_every_column_that_is_declared_says_its_unit_and_its_meaning():
    every = [*household_columns(), *accounts.COLUMNS, *layout().scratch, *layout().account_scratch, *layout().desk]
    assert len(every) > 80
    for column in every:
        assert column.unit in UNITS
        assert column.meaning.strip(), column.name


@pytest.mark.parametrize("dtype", ["u1", "i2", "f4", "i8"])
@pytest.mark.parametrize("width", [1, 16])
def test_padding_lies_behind_the_last_row_and_is_zero(dtype, width):
    array = padded(10, dtype, width)
    assert array.size == 10 * width
    whole = array.base
    start = array.ctypes.data - whole.ctypes.data
    assert array.ctypes.data % array.itemsize == 0
    assert whole.nbytes - start - array.nbytes >= LIMIT * width * array.itemsize
    assert not whole.any()


def test_a_table_gives_its_columns_by_name_and_counts_their_memory():
    table = Table(COLUMNS, 5)
    assert list(table) == ["cash", "age", "ring"]
    assert table.cash.dtype == np.float32
    assert table["ring"].shape == (5, 2)
    assert table.nbytes == 5 * (4 + 2 + 8)
    assert "age" in table
    assert "rage" not in table
    table.cash[3] = 7
    assert table["cash"][3] == 7
    with pytest.raises(AttributeError, match="there is no column 'rage'"):
        _ = table.rage


def test_columns_share_no_memory():
    table = Table(COLUMNS, 5)
    for name, array in table.items():
        array.base[:] = 1
        assert all((other == 0).all() for key, other in table.items() if key != name)
        array.base[:] = 0


def test_a_name_declared_twice_is_refused():
    with pytest.raises(ValueError, match="column 'cash' is declared twice"):
        Table((*COLUMNS, COLUMNS[0]), 5)


def test_fill_takes_over_every_column_and_keeps_the_memory():
    one, other = Table(COLUMNS, 5), Table(COLUMNS, 5)
    rng = np.random.default_rng(1)
    for _, array in one.items():
        array[:] = rng.integers(0, 100, array.shape)
    address = other.cash.ctypes.data
    other.fill(dict(one.items()))
    for name, array in one.items():
        np.testing.assert_array_equal(other[name], array)
    assert other.cash.ctypes.data == address
    one.cash[0] += 1
    assert other.cash[0] != one.cash[0]


def test_fill_refuses_other_names_shapes_and_types():
    table = Table(COLUMNS, 5)
    good = {name: array.copy() for name, array in table.items()}
    with pytest.raises(ValueError, match="columns differ: rage"):
        table.fill({**good, "rage": good["age"]})
    with pytest.raises(ValueError, match="columns differ: age"):
        table.fill({name: array for name, array in good.items() if name != "age"})
    with pytest.raises(ValueError, match=r"column 'cash': \(4,\) float32, expected \(5,\) float32"):
        table.fill({**good, "cash": good["cash"][:4]})
    with pytest.raises(ValueError, match=r"column 'cash': \(5,\) float64"):
        table.fill({**good, "cash": good["cash"].astype(float)})
