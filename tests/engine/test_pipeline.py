"""Phases over blocks: values as numpy has them, whatever the block, the offset and the number of threads; refusals by name."""

from dataclasses import replace

import numpy as np
import pytest
from numpy import float32, int64

from sim.engine.columns import LIMIT, Column, Table, padded
from sim.engine.declare import Counter
from sim.engine.draws import EVENTS, LANES, address
from sim.engine.engine import Engine
from sim.engine.memory import Layout, Population
from sim.engine.pipeline import Pipeline, Place, Step, names_of
from sim.numerics.compile import Rule, phase, rule
from sim.numerics.philox import keys, words


@rule
def wave(x, by):
    return x * by - float32(0.25) * x * x


@phase
def prepare(b, p):
    for i in range(b.n):
        b.half[i] = b.x[i] * float32(0.5) + p.deep.shift


@phase
def transform(b, p):
    for i in range(b.n):
        b.y[i] = wave(b.half[i], p.by) + float32(b.k[i])


@phase
def add(b, p):
    for i in range(b.n):
        b.count.total[0] += int64(b.k[i])
        b.count.rows[0] += 1


@phase
def throw(b, p):
    for i in range(b.n):
        b.luck[i] = b.draw.job[i]


COLUMNS = (
    Column("x", "f4", "ratio", "given"), Column("k", "i4", "count", "given"), Column("y", "f4", "ratio", "made"),
    Column("luck", "u4", "words", "thrown"),
)
LAYOUT = Layout(
    scratch=(Column("half", "f4", "ratio", "passed on"),), account_scratch=(), desk=(), vintages=(),
    counters=(Counter("total", "", scope="borrower"), Counter("rows", "", scope="borrower")),
)
VALUES = {"by": np.float32(1.5), "deep.shift": np.float32(0.1)}
STEPS = (Step(prepare), Step(transform), Step(add), Step(throw))
SEED = keys(11)


def population(n):
    table = Table(COLUMNS, n)
    rng = np.random.default_rng(n)
    table.x[:], table.k[:] = rng.normal(size=n), rng.integers(-1000, 1000, n)
    return Population(table, (), ())


def around(column):
    """The bytes of a column's memory before its first row and behind its last."""
    memory = column.base
    assert memory.dtype == np.uint8
    start = column.ctypes.data - memory.ctypes.data
    assert 0 <= start <= start + column.nbytes <= memory.size
    return memory[:start], memory[start + column.nbytes :]


def expected(table):
    half = table.x * np.float32(0.5) + np.float32(0.1)
    return half * np.float32(1.5) - np.float32(0.25) * half * half + table.k.astype(np.float32)


def engine_for(n, threads=1, swaps=None):
    people = population(n)
    return people.household, Engine(people, LAYOUT, SEED, 3, 0, threads, swaps or {})


@pytest.mark.parametrize("n", [1, 7, 8, 9, LIMIT // 2 - 1, LIMIT // 2, LIMIT // 2 + 1, LIMIT - 1, LIMIT, LIMIT + 1, 2 * LIMIT + 3])
def test_values_and_sums_are_those_of_numpy_around_every_size_of_a_block(n):
    table, engine = engine_for(n)
    pipeline = engine.pipeline(STEPS)
    engine.load(pipeline, VALUES, 4)
    engine.run(pipeline)
    np.testing.assert_allclose(table.y, expected(table), rtol=1e-6, atol=1e-5)
    assert (engine.counts().total, engine.counts().rows) == (int(table.k.sum()), n)
    for row in {0, n // 2, n - 1}:
        assert table.luck[row] == words(row, 4, EVENTS["job"] // 4, *SEED)[EVENTS["job"] % 4]
    # nothing is written behind the last row, nor before the first
    for name, column in table.items():
        before, behind = around(column)
        assert behind.size >= LIMIT * column.itemsize
        assert not before.any(), name
        assert not behind.any(), name


def test_neither_the_block_nor_the_offset_nor_the_threads_change_a_bit():
    n = 3 * LIMIT + 5
    table, engine = engine_for(n)
    pipeline = engine.pipeline(STEPS)
    engine.load(pipeline, VALUES, 4)
    engine.run(pipeline)
    y, luck, total = table.y.copy(), table.luck.copy(), engine.counts().total
    for block in (1, 3, 512, LIMIT):
        for cut in (0, 1, 700):
            engine.clear_month()
            table.y[:], table.luck[:] = 0, 0
            pipeline.run(0, 0, cut, block)
            pipeline.run(0, cut, n, block)
            np.testing.assert_array_equal(table.y, y)
            np.testing.assert_array_equal(table.luck, luck)
            assert engine.counts().total == total
    for threads in (2, 4):
        other, team = engine_for(n, threads)
        pipeline = team.pipeline(STEPS)
        team.load(pipeline, VALUES, 4)
        team.run(pipeline)
        np.testing.assert_array_equal(other.y, y)
        np.testing.assert_array_equal(other.luck, luck)
        assert team.counts().total == total
        team.close()


def test_one_row_alone_gets_what_it_gets_among_all():
    table, engine = engine_for(100)
    pipeline = engine.pipeline(STEPS)
    engine.load(pipeline, VALUES, 4)
    engine.run(pipeline)
    y, luck = table.y.copy(), table.luck.copy()
    table.y[:], table.luck[:] = 0, 0
    engine.run_row(pipeline, 42)
    assert (table.y[42], table.luck[42]) == (y[42], luck[42])
    assert np.count_nonzero(table.y) == 1


def test_numbers_are_taken_over_month_by_month():
    table, engine = engine_for(10)
    pipeline = engine.pipeline([Step(prepare), Step(transform)])
    for shift in (0.1, 0.7):
        engine.load(pipeline, VALUES | {"deep.shift": np.float32(shift)}, 1)
        engine.run(pipeline)
        half = table.x * np.float32(0.5) + np.float32(shift)
        np.testing.assert_allclose(table.y, half * np.float32(1.5) - np.float32(0.25) * half * half + table.k, rtol=1e-6, atol=1e-5)


def test_a_steps_own_numbers_come_before_the_months():
    table, engine = engine_for(10)
    pipeline = engine.pipeline([Step(prepare, numbers={"deep.shift": np.float32(3)}), Step(transform)])
    engine.load(pipeline, VALUES, 1)
    engine.run(pipeline)
    half = table.x * np.float32(0.5) + np.float32(3)
    np.testing.assert_allclose(table.y, half * np.float32(1.5) - np.float32(0.25) * half * half + table.k, rtol=1e-6, atol=1e-5)


def test_a_replaced_rule_changes_the_phase_that_names_it():
    def flat(x, by):
        return by

    table, engine = engine_for(10, swaps={wave: Rule(flat)})
    pipeline = engine.pipeline([Step(prepare), Step(transform)])
    engine.load(pipeline, VALUES, 1)
    engine.run(pipeline)
    np.testing.assert_array_equal(table.y, np.float32(1.5) + table.k.astype(np.float32))


def test_the_months_draws_are_made_once_for_all_phases_that_use_them():
    _, engine = engine_for(10)
    twice = engine.pipeline([Step(throw), Step(throw), Step(prepare)])
    assert [step.phase.name for step in twice.steps] == ["draw", "throw", "throw", "prepare"]
    assert [step.phase.name for step in engine.pipeline([Step(prepare)]).steps] == ["prepare"]


# ------------------------------------------------------------------------------------------------------------- refusals


@phase
def reads_mystery(b, p):
    for i in range(b.n):
        b.y[i] = b.mystery[i]


@phase
def throws_mystery(b, p):
    for i in range(b.n):
        b.luck[i] = b.draw.mystery[i]


@phase
def names_mystery(b, p):
    for i in range(b.n):
        b.y[i] = p.deep.mystery


@phase
def three(b, p, q):
    b.y[0] = 1


@phase
def wrong(b, p):
    for i in range(b.n):
        b.y[i] = "word"


@phase
def fails(b, p):
    for i in range(b.n):
        if b.k[i] < 0:
            raise ValueError("negative")


def test_what_nothing_declares_is_refused_with_the_steps_name():
    _, engine = engine_for(10)
    with pytest.raises(KeyError, match="reads_mystery names the column 'mystery', which nothing declares"):
        engine.load(engine.pipeline([Step(reads_mystery)]), VALUES, 1)
    with pytest.raises(KeyError, match=r"names_mystery names the number deep.mystery, which nothing gives"):
        engine.load(engine.pipeline([Step(names_mystery)]), VALUES, 1)
    with pytest.raises(KeyError, match="there is no random event 'mystery'"):
        engine.pipeline([Step(throws_mystery)])


def test_a_phase_takes_a_block_and_numbers():
    _, engine = engine_for(10)
    with pytest.raises(TypeError, match=r"phase three takes \(b, p\), not \(b, p, q\)"):
        engine.pipeline([Step(three)])


def test_what_does_not_compile_is_refused_by_the_phases_name():
    _, engine = engine_for(10)
    with pytest.raises(TypeError, match="phase 'wrong' does not compile"):
        engine.load(engine.pipeline([Step(wrong)]), VALUES, 1)


def test_a_number_that_changes_its_type_is_refused():
    _, engine = engine_for(10)
    pipeline = engine.pipeline([Step(prepare), Step(transform)])
    engine.load(pipeline, VALUES, 1)
    with pytest.raises(TypeError, match=r"transform: by is a float64 now and was compiled as a float32"):
        engine.load(pipeline, VALUES | {"by": 1.5}, 2)
    with pytest.raises(TypeError, match=r"prepare: deep.shift is a int64 now"):
        engine.load(pipeline, VALUES | {"deep.shift": 1}, 2)


@phase
def mixes(b, p):
    for i in range(b.n):
        b.one[i] = b.other[i] + float32(1)


@pytest.mark.parametrize("start", [0, 1, 9])
def test_two_names_for_one_memory_are_refused(start):
    memory = padded(10, "f4")
    held = {"one": memory, "other": memory[start:]}
    pipeline = Pipeline([Step(mixes, slot=1)], [lambda name, step: Place(held[name], 4)])
    with pytest.raises(TypeError, match=r"mixes\[1\]: '(one|other)' and '(one|other)' share memory; a phase names every column once"):
        pipeline.load({})


def test_neighbours_in_one_memory_are_no_overlap():
    memory = padded(20, "f4")
    held = {"one": memory[:10], "other": memory[10:]}
    pipeline = Pipeline([Step(mixes)], [lambda name, step: Place(held[name], 4)])
    pipeline.load({})
    pipeline.run(0, 0, 10, 10)
    assert memory.tolist() == [1.0] * 10 + [0.0] * 10


def test_a_phase_that_fails_is_named():
    table, engine = engine_for(10)
    pipeline = engine.pipeline([Step(prepare), Step(fails)])
    engine.load(pipeline, VALUES, 1)
    table.k[:] = 1
    engine.run(pipeline)
    table.k[7] = -1
    with pytest.raises(RuntimeError, match="phase fails failed"):
        engine.run(pipeline)


def test_a_step_is_labelled_by_its_slot_and_its_desk():
    assert Step(prepare).label == "prepare"
    assert Step(prepare, slot=1).label == "prepare[1]"
    assert Step(prepare, slot=0, desk=1).label == "prepare[0, 1]"


def test_a_products_number_is_that_of_the_steps_product():
    for owner in ("product", "event"):
        assert [Step(prepare, slot=k).full_name(f"{owner}.x") for k in (0, 1)] == [f"{owner}.0.x", f"{owner}.1.x"]
        assert Step(prepare, desk=1).full_name(f"{owner}.x") == f"{owner}.1.x"
        assert Step(prepare, slot=0, desk=1).full_name(f"{owner}.x") == f"{owner}.0.x"  # the slot is looked up, the desk asked for
        assert Step(prepare).full_name(f"{owner}.x") == f"{owner}.x"
    assert Step(prepare, slot=0).full_name("month") == "month"
    assert Step(prepare, slot=0).full_name("deep.product.x") == "deep.product.x"


@phase
def charge(b, p):
    for i in range(b.n):
        b.fee[i] = p.product.fee + p.month


def test_steps_of_one_phase_read_their_own_products_numbers():
    held = {(None, k): padded(5, "i8") for k in (0, 1)} | {(1, None): padded(5, "i8")}
    pipeline = Pipeline([Step(charge, slot=slot, desk=desk) for slot, desk in held], [lambda _, step: Place(held[step.slot, step.desk], 8)])
    for month, fees in ((1, (10, 20)), (2, (10, 30))):
        pipeline.load({"product.0.fee": fees[0], "product.1.fee": fees[1], "month": month})
        pipeline.run(0, 0, 5, 5)
        assert [array.tolist() for array in held.values()] == [[fees[k] + month] * 5 for k in (0, 1, 1)]
    with pytest.raises(KeyError, match=r"charge\[2\] names the number product\.2\.fee, which nothing gives"):
        Pipeline([Step(charge, slot=2)], [lambda _, __: Place(held[1, None], 8)]).load({"product.0.fee": 1, "month": 1})
    with pytest.raises(KeyError, match=r"charge names the number product\.fee, which nothing gives"):
        Pipeline([Step(charge)], [lambda _, __: Place(held[1, None], 8)]).load({"product.0.fee": 1, "month": 1})


@phase
def copy_number(b, p):
    for i in range(b.n):
        b.fee[i] = p.rate


def test_the_runs_own_numbers_come_before_the_months_and_a_zero_keeps_its_sign():
    held = padded(3, "f4")
    pipeline = Pipeline([Step(copy_number)], [lambda _, __: Place(held, 4)])
    for rate in (float32(0), float32(-0.0), float32(2), float32(2)):
        pipeline.load({"rate": rate})
        pipeline.run(0, 0, 3, 3)
        assert held.tolist() == [float(rate)] * 3
        assert np.signbit(held).tolist() == [np.signbit(rate)] * 3
    with pytest.raises(TypeError, match="copy_number: rate is a float64 now and was compiled as a float32"):
        pipeline.load({"rate": 2.0})
    own = Pipeline([Step(copy_number)], [lambda _, __: Place(held, 4)])
    own.load({"rate": float32(5)}, {"rate": float32(6)})
    own.run(0, 0, 3, 3)
    assert held.tolist() == [6.0] * 3


@phase
def ask(b, p):
    for i in range(b.n):
        b.account.at[i] = p.event.recovery
        b.account.too[i] = p.event.job
        b.account.mine[i] = p.event.mine


def test_an_event_asked_for_by_address_is_the_products_where_it_is_an_accounts_or_an_outsiders():
    columns = tuple(Column(name, "i8", "count", "made") for name in ("at", "too", "mine"))
    accounts = tuple(Table(columns, 3) for _ in range(3))
    own = {"mine": LANES << 24}
    engine = Engine(Population(Table(COLUMNS, 3), accounts, ("a", "b", "c")), replace(LAYOUT, own_events=own), SEED, 3, 0, 1)
    pipeline = engine.pipeline([Step(ask, slot=k) for k in range(3)])
    engine.load(pipeline, {}, 1)
    engine.run(pipeline)
    for k, account in enumerate(accounts):
        assert set(account["at"]) == {address("recovery", k)}
        assert set(account["too"]) == {EVENTS["job"]}
        assert set(account["mine"]) == {address("mine", k, own)}
    assert len({int(account["at"][0]) for account in accounts}) == len({int(account["mine"][0]) for account in accounts}) == 3


def test_names_of_a_phase_are_columns_and_numbers():
    assert names_of(transform) == (("half", "k", "y"), ("by",))
