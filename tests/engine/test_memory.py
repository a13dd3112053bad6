"""Counts by name, and where every kind of name lies."""

import numpy as np
import pytest

from sim.engine.columns import Column, Table
from sim.engine.declare import Counter
from sim.engine.draws import ACCOUNT_EVENTS, LANES, PRODUCT_CALLS, address
from sim.engine.memory import Counts, Layout, Memory, Population
from sim.engine.pipeline import Step
from sim.numerics.compile import phase

COUNTERS = (Counter("one", "a number"), Counter("three", "three numbers", size=3), Counter("people", "of borrowers", scope="borrower"))
LAYOUT = Layout(
    scratch=(Column("effect", "f4", "ratio", "passed on"),),
    account_scratch=(Column("due", "i4", "minor units", "passed on"),),
    counters=COUNTERS,
    desk=(Column("face", "i8", "minor units", "principal"),),
    vintages=("accounts",),
    own_events={"mine": 4 * (1 << 24) + 1},
)


@phase
def anything(b, p):
    b.x[0] = 1


@pytest.fixture
def memory():
    household = Table((Column("cash", "f4", "major units", "savings"),), 10)
    accounts = tuple(Table((Column("principal", "i4", "minor units", "owed"), Column("ring", "i4", "count", "", 4)), 10) for _ in range(2))
    tables = {"table.edges": np.zeros(16), "terms.1.rate": np.ones(16)}
    return Memory(Population(household, accounts, ("one", "two")), LAYOUT, 10, 3, tables)


BORROWER, ACCOUNT, DESK = Step(anything), Step(anything, slot=1), Step(anything, desk=1)


def test_counts_are_numbers_or_lists_by_name_side_by_side_in_one_vector():
    counts = Counts(COUNTERS)
    assert counts.names == ("one", "three", "people")
    counts.part("one")[0] += 5
    counts.part("three")[:] = [1, 2, 3]
    assert (counts.one, counts.three, counts.people) == (5, [1, 2, 3], 0)
    assert counts.vector.tolist() == [5, 1, 2, 3, 0]
    assert "three" in counts
    assert "four" not in counts
    with pytest.raises(AttributeError, match="there is no counter 'four'"):
        _ = counts.four


def test_a_borrowers_column_is_found_with_its_stride(memory):
    place = memory.find("cash", BORROWER)
    assert place.array.ctypes.data == memory.population.household.cash.ctypes.data
    assert place.stride == 4


def test_an_accounts_column_is_that_of_the_steps_slot_and_a_wide_one_is_flat(memory):
    account = memory.population.accounts[1]
    assert memory.find("account.principal", ACCOUNT).array.ctypes.data == account.principal.ctypes.data
    ring = memory.find("account.ring", ACCOUNT)
    assert (ring.array.ndim, ring.array.size, ring.stride) == (1, 40, 16)
    with pytest.raises(KeyError, match=r"anything names the column 'account.principal', which nothing declares"):
        memory.find("account.principal", BORROWER)


def test_scratch_is_one_memory_for_every_block(memory):
    assert memory.find("effect", BORROWER) == (memory.scratch["effect"], 0)
    assert memory.find("account.due", ACCOUNT).array is memory.account_scratch[1]["due"]
    assert memory.account_scratch[0]["due"] is not memory.account_scratch[1]["due"]


def test_draws_are_lanes_of_a_call_and_those_of_accounts_another_products(memory):
    word = memory.find("draw.job", BORROWER)
    at = address("job")
    assert word.array is memory.words(at // LANES)[at % LANES]
    assert word.stride == 0
    assert memory.find("account.draw.prepay", ACCOUNT).array is memory.words(address("prepay", 1) // LANES)[address("prepay") % LANES]
    assert memory.find("account.draw.prepay", ACCOUNT).array is not memory.find("account.draw.prepay", Step(anything, slot=0)).array
    assert address("prepay", 1) == address("prepay") + LANES * PRODUCT_CALLS
    assert memory.find("account.draw.job", ACCOUNT).array is word.array  # the borrower's, from whichever account it is looked at
    assert memory.find("draw.mine", BORROWER).array is memory.words(1 << 24)[1]
    assert memory.find("account.draw.mine", ACCOUNT).array is memory.words((1 << 24) + (1 << 22))[1]
    assert memory.find("draw.user_1", BORROWER).array is memory.words(address("user_1") // LANES)[0]
    assert memory.find("account.draw.user_1", ACCOUNT).array is memory.words(address("user_1") // LANES + PRODUCT_CALLS)[0]
    made = Step(anything, numbers={"call": 7})
    assert [memory.find(f"d{k}", made).array is memory.words(7)[k] for k in range(4)] == [True] * 4


@pytest.mark.parametrize("step", [BORROWER, ACCOUNT, DESK])
@pytest.mark.parametrize("event", sorted(ACCOUNT_EVENTS))
def test_an_accounts_event_is_no_draw_of_the_borrowers(memory, step, event):
    with pytest.raises(KeyError, match=rf"anything.* 'draw\.{event}' is an event of an account: name 'account\.draw\.{event}'"):
        memory.find(f"draw.{event}", step)


def test_the_whole_population_is_seen_from_a_desk(memory):
    assert memory.find("whole.cash", DESK).array is memory.population.household.cash
    assert memory.find("whole.account.principal", DESK).array is memory.population.accounts[1].principal
    assert memory.find("whole.account.principal", Step(anything, slot=0, desk=1)).array is memory.population.accounts[0].principal
    assert memory.find("whole.cash", DESK).stride == 0


def test_counters_are_the_borrowers_or_the_accounts(memory):
    assert memory.find("count.people", BORROWER).array.ctypes.data == memory.counts.part("people").ctypes.data
    assert memory.find("count.three", ACCOUNT).array.ctypes.data == memory.account_counts[1].part("three").ctypes.data
    assert memory.find("count.three", DESK).array.size == 3
    with pytest.raises(KeyError, match=r"'count.three'"):
        memory.find("count.three", BORROWER)


def test_vintages_desks_tables_and_terms(memory):
    assert memory.find("vintage.accounts", ACCOUNT).array is memory.vintages[1]["accounts"]
    assert memory.vintages[1]["accounts"].size == 9
    assert memory.find("desk.face", DESK).array is memory.desks[1]["face"]
    assert memory.find("desk.done", DESK).array is memory.done[1]
    assert memory.find("table.edges", BORROWER).array is memory.tables["table.edges"]
    assert memory.find("terms.rate", DESK).array is memory.tables["terms.1.rate"]


def test_on_a_desk_the_rows_of_a_block_are_applications(memory):
    assert memory.find_on_desk("desk.face", DESK).stride == 8
    assert memory.find_on_desk("desk.done", DESK).stride == 0
    assert memory.find_on_desk("whole.cash", DESK).stride == 0


NOWHERE = [
    "mystery", "account.mystery", "count.mystery", "table.mystery", "whole.mystery", "whole.account.mystery", "vintage.mystery",
    "desk.mystery", "terms.mystery",
]


@pytest.mark.parametrize("name", NOWHERE)
def test_a_name_that_nothing_declares_is_refused_with_the_steps_name(memory, name):
    with pytest.raises(KeyError, match=rf"anything\[1\] names the column '{name}', which nothing declares"):
        memory.find(name, ACCOUNT)


def test_a_month_begins_with_empty_counts_and_desks(memory):
    memory.counts.vector[:], memory.account_counts[0].vector[:], memory.done[1][:] = 1, 2, 3
    memory.vintages[0]["accounts"][:] = 4
    memory.clear_month()
    assert not memory.counts.vector.any()
    assert not memory.account_counts[0].vector.any()
    assert not memory.done[1].any()
    assert memory.vintages[0]["accounts"].all()  # the run's, not the month's


def test_bytes_per_borrower_are_those_of_all_columns(memory):
    assert memory.population.bytes_per_borrower() == 4 + 2 * (4 + 16)
