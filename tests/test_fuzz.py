"""Whatever is accepted ends with finite columns and balanced books: a few random inputs here, ten thousand on demand (tests/fuzz.py)."""

import contextlib
import re
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sim
from sim.config.faults import InputError
from sim.config.ranges import numbers_in
from sim.inputs import load_scenario
from tests.fuzz import attempt, drawn, places, read_once, shipped, written

RESOLVED = shipped("baseline")
PLACES = [*places(RESOLVED.scenario, ""), *places(RESOLVED.policy, "policy."), *places(RESOLVED.profile, "profile.")]

SMALL = {"borrowers.count": 200, "months": 8, "warm_up_months": 2}


@pytest.mark.parametrize("block", range(6))
def test_random_inputs_end_well(block):
    ended = [attempt(number) for number in range(500 + 12 * block, 500 + 12 * (block + 1))]
    assert [each.wrong for each in ended if each.wrong is not None] == []


def test_most_inputs_that_are_drawn_are_accepted_and_some_are_not():
    with patch("tests.fuzz.LendingModel"):  # nothing is run
        accepted = sum(attempt(number).accepted for number in range(900, 940))
    assert 16 <= accepted < 40


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([place for place in PLACES if numbers_in(place.field)]), st.randoms(use_true_random=False))
def test_a_number_within_its_range_is_never_refused_as_out_of_it(place, luck):
    """Drawn from the schema: what the range holds passes, and what it does not is told both bound and reason."""
    number = numbers_in(place.field)[0]
    value = drawn(number.range, None, luck)
    value = round(value) if number.kind is int else value
    given = written(number, value)
    held = number.range.holds(value)
    said = []
    with patch("sim.inputs.layers.read_file", read_once), contextlib.suppress(InputError):
        try:
            load_scenario("baseline", None, [(place.path, given)])
        except InputError as error:
            said = [fault for fault in error.faults if re.search(r"too (small|large); expected|is no share", str(fault))]
            raise
    assert bool(said) is not held


@pytest.mark.parametrize(("path", "value"), [
    ("policy.operating_cost.fixed", "-5%"), ("policy.servicing.late_fee_cap", "1000000%"), ("policy.funding.warehouse.spread", "900%"),
    ("policy.rating.4.spread", "300%"), ("policy.pricing.base_margin", "900%"),
])
def test_what_would_end_in_nonsense_is_refused_with_its_range(path, value):
    with pytest.raises(InputError, match=rf"{path}: .* too (small|large); expected at (least|most)"):
        sim.run("baseline", set=SMALL | {path: value})


def test_a_failed_lender_under_extreme_spreads_is_rated_and_lives_on():
    frame = sim.run("recession_with_squeeze", set=SMALL | {"policy.rating.4.spread": "150%", "months": 20}, own_past=True).monthly
    assert len(frame) == 20


@pytest.mark.parametrize(("payments", "months"), [([333.34] * 3, 3), ([5000.0], 120), ([1000.0, 1000.0], 2)])
def test_what_a_scripted_borrower_pays_beyond_what_is_owed_is_handed_back(payments, months):
    loan = {"principal": 1000, "rate": "0%", "tenor": max(2, months), "due_day": 10}
    results = sim.run("golden_ledger", set={"script.loan": loan, "script.payments": payments, "months": 9})
    received = results.monthly["principal_collected"].sum()
    assert received <= 1000
    assert results.monthly["gross_loans"].iloc[-1] + results.monthly["gross_charge_offs"].sum() == pytest.approx(1000 - received)
