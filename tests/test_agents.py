"""Borrowers as Mesa users know agents: what is written arrives or is refused, a selection is a sequence, verbs do what they say."""

import mesa
import numpy as np
import pytest

import sim
from sim.agents import WriteError

SMALL = {"borrowers.count": 300, "months": 6, "warm_up_months": 3}


@pytest.fixture
def model():
    return sim.LendingModel("severe_recession", set=SMALL)


@pytest.fixture
def people(model):
    return model.borrowers


@pytest.fixture
def poor(people):
    return people.select(people.cash < np.median(people.cash))


# ------------------------------------------------------------------------------------------------------- writing


def test_what_is_written_to_an_attribute_is_in_the_column(model, people, poor):
    people.cash = 7.0
    assert (model.population.household.cash == 7).all()
    poor.cash = np.arange(len(poor))
    assert model.population.household.cash[poor.rows].tolist() == [*range(len(poor))]
    assert people.set("cash", 3).agg("cash", [np.min, np.max]) == [3, 3]


def test_arithmetic_on_a_selections_attribute_reaches_the_column(model, people, poor):
    before = people.cash.copy()
    poor.cash *= 0
    poor.cash += 5
    others = np.setdiff1d(people.rows, poor.rows)
    assert (people.cash[poor.rows] == 5).all()
    np.testing.assert_array_equal(people.cash[others], before[others])


def test_what_is_read_is_not_written(model, people, poor):
    for some in (people, poor):
        with pytest.raises(WriteError, match=r"selection\.cash = values"):
            some.cash[0] = 5
        with pytest.raises(ValueError, match="read-only"):
            some.cash.fill(0)


def test_a_refused_write_has_not_been_done(model, people):
    before = (people.trust.sum(), people.cash_loan_principal.sum())
    for write in (lambda: setattr(people, "trust", people.trust + 1), lambda: people.__setattr__("cash_loan_principal", 5)):
        with pytest.raises(WriteError):
            write()
    with pytest.raises(WriteError):
        people.trust += 1
    with pytest.raises(WriteError):
        people.cash_loan_principal += 5
    assert (people.trust.sum(), people.cash_loan_principal.sum()) == before
    model.step()


def test_arithmetic_does_not_wrap_around(people, poor):
    with pytest.raises(WriteError, match="due_day cannot be"):
        poor.due_day *= 20
    with pytest.raises(WriteError, match="literacy cannot be"):
        poor.literacy += np.uint8(255)
    assert people.due_day.max() <= 28


@pytest.mark.parametrize(("name", "value", "said"), [
    ("cash_loan_principal", -5, "the other side of the lender's books"),
    ("cash_loan_missed", 2, "payments and postings alone"),
    ("cash", float("nan"), "finite"),
    ("cash", "much", "holds numbers"),
    ("employed", 2, "cannot be 2"),
    ("due_day", 3.5, "whole numbers"),
    ("literacy", 300, "0 to 255"),
    ("cash", 1e300, "cannot be 1e\\+300"),
    ("segment", 200, "is a code of the model's own"),
    ("due_day", 29, "1 to 28"),
])
def test_what_a_column_cannot_hold_is_refused_with_the_reason(people, name, value, said):
    before = getattr(people[3], name)
    with pytest.raises(WriteError, match=said):
        setattr(people[3], name, value)
    assert getattr(people[3], name) == before


def test_an_unknown_attribute_is_no_new_one(people, poor):
    for target in (people, poor, people[3]):
        with pytest.raises(AttributeError, match="no attribute 'incme'"):
            target.incme = 5


def test_a_borrower_is_not_removed_and_its_own_step_needs_objects(people):
    with pytest.raises(TypeError, match="the population is closed"):
        people[3].remove()

    class Lazy(sim.Borrower):
        def step(self):
            pass

    with pytest.raises(ValueError, match="mode='objects'"):
        sim.LendingModel("baseline", set=SMALL, borrower_class=Lazy)


# ---------------------------------------------------------------------------------------------------- a sequence


def test_a_selection_is_a_sequence_of_its_own(people, poor):
    assert poor[0].borrower_id == poor.rows[0]
    assert poor[-1].borrower_id == poor.rows[-1]
    assert poor[0] in poor
    assert poor[1:4].rows.tolist() == poor.rows[1:4].tolist()
    assert [b.borrower_id for b in poor[:3]] == poor.rows[:3].tolist()
    assert people[int(np.setdiff1d(people.rows, poor.rows)[0])] not in poor
    with pytest.raises(IndexError):
        poor[len(poor)]
    assert [b.borrower_id for b in people[::100]] == [0, 100, 200]


@pytest.mark.parametrize(("given", "kind"), [
    ({"filter_func": np.arange(300)}, TypeError), ({"filter_func": np.full(300, np.nan)}, TypeError), ({"at_most": -1}, ValueError),
    ({"filter_func": np.ones(3, bool)}, ValueError),
])
def test_a_selection_by_nonsense_is_refused(people, given, kind):
    with pytest.raises(kind):
        people.select(**given)


def test_at_most_and_places_may_be_numpys(people):
    assert len(people.select(at_most=np.float32(0.5))) == 150
    assert people[np.int64(3)].borrower_id == 3
    with pytest.raises(TypeError):
        people[1.5]


# --------------------------------------------------------------------------------------------------------- verbs


def agents(model, people):
    """The same people as Mesa's own AgentSet."""
    model.held = [people[k] for k in range(len(people))]  # AgentSet's references are weak
    return mesa.agent.AgentSet(model.held, random=model.random)


def ids(found):
    return [b.borrower_id for b in found]


@pytest.mark.parametrize("given", [
    {}, {"at_most": 5}, {"at_most": 0.25}, {"at_most": 1.0}, {"at_most": 1}, {"filter_func": lambda b: b.income > 4000},
    {"filter_func": lambda b: b.income > 4000, "at_most": 0.1}, {"agent_type": sim.Borrower}, {"agent_type": sim.LendingModel},
])
def test_select_is_mesas(model, people, given):
    assert ids(people.select(**given)) == ids(agents(model, people).select(**given))


@pytest.mark.parametrize("ascending", [True, False])
def test_sort_is_mesas(model, people, ascending):
    assert ids(people.sort("income", ascending=ascending)) == ids(agents(model, people).sort("income", ascending=ascending))
    by = lambda b: b.due_day  # noqa: E731
    assert ids(people.sort(by, ascending=ascending)) == ids(agents(model, people).sort(by, ascending=ascending))


def test_map_agg_and_get_are_mesas(model, people):
    theirs = agents(model, people)
    assert people.map(lambda b, k: b.income * k, 2) == theirs.map(lambda b, k: b.income * k, 2)
    assert people.agg("income", max) == theirs.agg("income", max)
    assert people.get("due_day").tolist() == theirs.get("due_day")


def test_groups_are_mesas(model, people):
    ours, theirs = people.groupby("segment"), agents(model, people).groupby("segment")
    assert ours.count() == theirs.count()
    assert ours.agg("income", max) == pytest.approx(theirs.agg("income", max))
    assert ours.map(len) == theirs.map(len)
    by = people.groupby(lambda b: b.due_day > 15, result_type="list").count()
    assert by == agents(model, people).groupby(lambda b: b.due_day > 15, result_type="list").count()


def test_a_random_order_holds_everybody_once(people):
    assert sorted(ids(people.shuffle())) == people.rows.tolist()
    seen = []
    people.shuffle_do(lambda b: seen.append(b.borrower_id))
    assert sorted(seen) == people.rows.tolist()
    assert seen != people.rows.tolist()


def test_in_place_a_selection_changes_and_the_population_does_not(people, poor):
    rows = poor.rows
    assert poor.sort("income", inplace=True) is poor
    assert sorted(poor.rows) == sorted(rows)
    with pytest.raises(WriteError, match="not narrowed or reordered in place"):
        people.select(at_most=3, inplace=True)


# -------------------------------------------------------------------------------------------------- Mesa's own tools


def test_warm_up_is_no_step_of_mesas(model):
    assert model.steps == 0
    assert getattr(model, "time", 0.0) == 0.0
    model.step()
    assert model.steps == 1
    assert len(model.datacollector.model_vars["cash"]) == 1


def batch(**more):
    given = {"parameters": {"scenario": "mild_recession", "set": [SMALL]}, "display_progress": False, **more}
    return mesa.batch_run(sim.LendingModel, **given)


@pytest.mark.filterwarnings("ignore")
def test_a_batch_of_mesas_lives_every_month_under_seeds_of_its_own():
    rows = batch(iterations=3, data_collection_period=1)
    assert len(rows) == 3 * 6
    end = max(row["Step"] for row in rows)  # 5 on Mesa 3.3, which counts from 0, and 6 on Mesa 3.5
    last = [row["equity"] for row in rows if row["Step"] == end]
    assert len(set(last)) == 3
    ours = sim.run("mild_recession", seeds=3, set=SMALL).monthly.query("month_index == 6")["equity"]
    assert last == pytest.approx(ours.tolist())  # major units, as everywhere


@pytest.mark.filterwarnings("ignore")
def test_a_batch_over_policies_and_seeds():
    rows = batch(parameters={"scenario": "mild_recession", "policy": ["standard", "strict"], "set": [SMALL], "seed": [5, 6]})
    assert len({row["equity"] for row in rows}) == 4
    assert len({row["Step"] for row in rows}) == 1


def test_mesas_word_for_a_seed_is_taken_too():
    assert sim.LendingModel("mild_recession", rng=5, set=SMALL).setup.seed == 5
