"""Every row belongs to exactly one thread, whose span begins at a whole block; the block follows the cache."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.engine import threads as threads_module
from sim.engine.columns import LIMIT
from sim.engine.threads import THREADED_FROM, Threads, block_rows, threads_for


@given(st.integers(1, 300_000), st.integers(1, 9))
@settings(max_examples=80, deadline=None)
def test_spans_cover_every_row_once_in_order_and_begin_at_whole_blocks(rows, asked):
    team = Threads(rows, asked)
    try:
        assert team.spans[0][0] == 0
        assert team.spans[-1][1] == rows
        assert len(team.spans) <= asked
        for (lo, hi), (after, _) in zip(team.spans, [*team.spans[1:], (rows, rows)], strict=True):
            assert lo < hi == after
            assert lo % LIMIT == 0
    finally:
        team.close()


def test_few_rows_run_on_one_thread_unless_more_are_asked_for(monkeypatch):
    monkeypatch.setattr(threads_module.os, "cpu_count", lambda: 6)
    assert threads_for(THREADED_FROM - 1, None) == 1
    assert threads_for(THREADED_FROM, None) == 6
    assert threads_for(10, 3) == 3
    with pytest.raises(ValueError, match="at least one thread is needed, not 0"):
        threads_for(10, 0)


@pytest.mark.parametrize(("text", "rows"), [("2048K\n", 4096), ("1024K", 4096), ("1023K", 2048), ("512K", 2048), ("256K", 1024)])
def test_the_block_follows_the_second_level_cache(monkeypatch, text, rows):
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: text)
    assert block_rows.__wrapped__() == rows


@pytest.mark.parametrize("broken", ["2M", ""])
def test_where_the_cache_does_not_say_its_size_in_kib_the_block_is_of_middle_size(monkeypatch, broken):
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: broken)
    assert block_rows.__wrapped__() == LIMIT // 2


def test_where_there_is_no_such_file_the_block_is_of_middle_size(monkeypatch):
    def absent(*_, **__):
        raise FileNotFoundError

    monkeypatch.setattr(Path, "read_text", absent)
    assert block_rows.__wrapped__() == LIMIT // 2


@pytest.mark.parametrize("count", [1, 3])
def test_results_come_in_the_order_of_the_tasks(count):
    team = Threads(3 * LIMIT, count)
    assert team.side_by_side(*(lambda k=k: k * k for k in range(10))) == [k * k for k in range(10)]
    team.close()
    team.close()  # twice is once
    assert team.side_by_side(lambda: 1) == [1]


def test_what_a_task_raises_reaches_the_caller():
    def fails():
        raise ArithmeticError("in a thread")

    for count in (1, 2):
        team = Threads(2 * LIMIT, count)
        with pytest.raises(ArithmeticError, match="in a thread"):
            team.side_by_side(lambda: 1, fails)
        team.close()
