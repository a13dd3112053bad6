"""Days past due are those of docs/outputs.md, of each account and of the one furthest in arrears."""

import numpy as np
import pytest

import sim
from sim.accounts.columns import COLUMNS, OPEN, days_past_due
from sim.agents import WriteError
from sim.engine.columns import Column
from sim.measures.attributes import attributes

SMALL = {"borrowers.count": 600, "months": 6, "warm_up_months": 6}


@pytest.fixture(scope="module")
def model():
    found = sim.LendingModel("severe_recession", set=SMALL)
    found.run_model()
    return found


def test_days_past_due_by_hand():
    missed, due_day = np.array([0, 1, 1, 2, 6], np.int8), np.array([15, 1, 28, 10, 28], np.uint8)
    assert days_past_due(missed, due_day).tolist() == [0, 29, 2, 50, 152]


def test_they_agree_with_the_bucket_and_only_open_accounts_have_any(model):
    people = model.borrowers
    each = [people.cash_loan_days_past_due, people.instalment_plan_days_past_due]
    for days, missed, state in zip(
        each, (people.cash_loan_missed, people.instalment_plan_missed), (people.cash_loan_state, people.instalment_plan_state), strict=True
    ):
        assert ((days + 29) // 30 == missed).all()
        assert (days[state != OPEN] == 0).all()
        assert (days > 0).any()
    np.testing.assert_array_equal(people.days_past_due, np.maximum(*each))


def test_one_borrower_a_selection_and_the_table_of_names_have_them_too(model):
    people = model.borrowers
    late = people.select(people.days_past_due > 30)
    assert late[0].days_past_due == late.days_past_due[0] > 30
    assert {"days_past_due", "cash_loan_days_past_due"} <= {*people.names}
    assert people.units["days_past_due"] == "days"
    assert [*people.names] == [*people.units]


def test_what_is_worked_out_is_not_written(model):
    for name in ("days_past_due", "cash_loan_days_past_due"):
        with pytest.raises(WriteError, match="is worked out from the accounts when it is read"):
            setattr(model.borrowers, name, 3)
    with pytest.raises(AttributeError, match="no attribute 'phone_days_past_due'"):
        _ = model.borrowers.phone_days_past_due


def test_a_name_is_an_attribute_once_for_borrowers_and_once_for_each_product():
    found = attributes([Column("age", "u1", "months", "age"), Column("wide", "u1", "count", "two", width=2)], ["a", "b"])
    kept = [c.name for c in COLUMNS if c.width == 1]
    assert [*found] == ["age", "days_past_due", *(f"{p}_{name}" for p in "ab" for name in [*kept, "days_past_due"])]
