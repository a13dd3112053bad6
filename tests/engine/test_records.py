"""Names that a phase's code uses, and what reading and writing a named column means for every type."""

import numpy as np
import pytest
from numpy import float32, int32, int64, uint8, uint64

from sim.engine.columns import padded
from sim.engine.pipeline import Pipeline, Place, Step
from sim.engine.records import names_used
from sim.numerics.compile import phase


def in_a_loop(b, p):
    for i in range(b.n):
        b.cash[i] = b.cash[i] + b.account.overdue[i] * p.trust.reversion
        b.count.cures[0] += 1


def in_branches(b, p):
    i = b.first
    while i < b.hi:
        if p.flag and b.left[i] > 0:
            b.right[i] = p.x if b.left[i] else (p.y.z or p.y.w)
        i += 1


def in_calls(b, p):
    return max(b.draw.job[0], b.account.draw.prepay[1]), f"{b.text[0]}", (p.a, p.b.c.d)


def of_eights(b, p):
    return b.rest.eights[0] + b.applies[1] + b.account.marks.eights[2]


def of_one(b, _p):
    return b.alone[0]


def shadowed(b, p):
    q, r = p.one, p.two
    return q, r, b.n


def of_neither(b, p):
    return 1


@pytest.mark.parametrize(
    ("function", "argument", "names"),
    [
        (in_a_loop, "b", ("account.overdue", "cash", "count.cures")),
        (in_a_loop, "p", ("trust.reversion",)),
        (in_branches, "b", ("left", "right")),
        (in_branches, "p", ("flag", "x", "y.w", "y.z")),
        (in_calls, "p", ("a", "b.c.d")),
        (of_eights, "b", ("account.marks", "applies", "rest")),
        (of_one, "b", ("alone",)),
        (of_one, "_p", ()),
        (shadowed, "p", ("one", "two")),
        (shadowed, "b", ()),
        (of_neither, "b", ()),
    ],
)
def test_names_are_read_off_the_code_in_alphabetical_order(function, argument, names):
    assert names_used(function, argument) == names


def test_names_inside_calls_are_found_as_well():
    assert {"account.draw.prepay", "draw.job", "text"} <= set(names_used(in_calls, "b"))


def once(function, n=5, numbers=None, **columns):
    """A phase over n rows of given columns (padded copies), which are returned."""
    held = {}
    for name, given in columns.items():
        held[name] = padded(max(len(given), n), given.dtype)
        held[name][: len(given)] = given
    plan = Pipeline([Step(function)], [lambda name, step: Place(held[name], held[name].itemsize)])
    plan.load(numbers or {})
    plan.run(0, 0, n, 4096)
    return held


@phase
def copied(b, p):
    for i in range(b.n):
        b.out[i] = b.x[i]


@pytest.mark.parametrize(
    ("source", "target", "values", "expected"),
    [
        ("f8", "i4", [1.9, -1.9, 0.0, 2.5, -7.0], [1, -1, 0, 2, -7]),  # towards zero, as a cast does
        ("i8", "i2", [1, -1, 32_767, -32_768, 70_000], [1, -1, 32_767, -32_768, 4_464]),
        ("i4", "f4", [1, -1, 2**24, 7, 0], [1, -1, 2**24, 7, 0]),
        ("f8", "f4", [0.1, 1 / 3, -2.5, 1e30, 0], np.float32([0.1, 1 / 3, -2.5, 1e30, 0])),
        ("u1", "i8", [0, 1, 127, 128, 255], [0, 1, 127, 128, 255]),
        ("i1", "i4", [0, 1, 127, -128, -1], [0, 1, 127, -128, -1]),
        ("u4", "u8", [0, 1, 2**31, 2**32 - 1, 5], [0, 1, 2**31, 2**32 - 1, 5]),
    ],
)
def test_a_value_takes_the_columns_type_when_it_is_written(source, target, values, expected):
    got = once(copied, x=np.array(values, source), out=np.zeros(5, target))["out"]
    np.testing.assert_array_equal(got, np.array(expected, target))


@phase
def compared(b, p):
    for i in range(b.n):
        b.out[i] = b.x[i] > p.edge


def test_a_truth_value_is_written_as_one_or_zero():
    got = once(compared, x=np.array([1, 2, 3, 4, 5], "f4"), out=np.zeros(5, "u1"), numbers={"edge": np.float32(2.5)})["out"]
    assert got.tolist() == [0, 0, 1, 1, 1]


@phase
def marked(b, p):
    for w in range(b.n // 8 + 1):
        b.word[w] = b.flags.eights[w]


def test_eights_are_the_bytes_of_eight_rows_in_one_word():
    flags = np.zeros(32, np.uint8)
    flags[[0, 9, 23]] = [1, 2, 255]
    got = once(marked, n=31, flags=flags, word=np.zeros(31, np.uint64))["word"]
    np.testing.assert_array_equal(got[:4], flags.view("<u8"))
    assert [int(x != 0) for x in got[:4]] == [1, 1, 1, 0]


@phase
def typed(b, p):
    for i in range(b.n):
        b.halves[i] = p.third * p.whole  # float32 times int64 is a float64 for the compiler
        b.small[i] = float32(p.third) * float32(2)
        b.large[i] = p.whole + int64(1)


def test_numbers_keep_their_types():
    third = np.float32(1 / 3)
    made = once(
        typed, n=1, numbers={"third": third, "whole": 2**40}, halves=np.zeros(1), small=np.zeros(1, "f4"), large=np.zeros(1, np.int64)
    )
    assert made["halves"][0] == float(third) * 2**40
    assert made["small"][0] == third * np.float32(2)
    assert made["large"][0] == 2**40 + 1


@phase
def placed(b, p):
    for i in range(b.n):
        b.row[i] = b.first + i
        b.size[i] = int32(b.n)
        b.end[i] = b.hi


def test_a_block_knows_its_rows_its_first_and_its_threads_end():
    n = 10
    held = {"row": padded(n, "i8"), "size": padded(n, "i4"), "end": padded(n, "i8")}
    plan = Pipeline([Step(placed)], [lambda name, step: Place(held[name], held[name].itemsize)])
    plan.load({})
    plan.run(0, 1, 9, 3)  # blocks of 3, 3 and 2 rows
    assert held["row"].tolist() == [0, *range(1, 9), 0]
    assert held["size"].tolist() == [0, 3, 3, 3, 3, 3, 3, 2, 2, 0]
    assert held["end"].tolist() == [0, *[9] * 8, 0]


@phase
def aliased(b, p):
    account = b.account
    for i in range(b.n):
        account.owed[i] = uint8(1) if uint64(i) else uint8(0)


def test_a_record_that_is_given_another_name_is_refused_by_its_own():
    from sim.engine.columns import Table
    from sim.engine.memory import Memory, Population
    from tests.engine.test_memory import LAYOUT

    empty = Population(Table((), 1), (Table((), 1),), ("one",))
    plan = Pipeline([Step(aliased, slot=0)], [Memory(empty, LAYOUT, 1, 1, {}).find])
    with pytest.raises(KeyError, match=r"aliased\[0\] names the column 'account', which nothing declares"):
        plan.load({})
