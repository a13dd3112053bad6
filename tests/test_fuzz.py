"""Whatever is accepted ends with finite columns and balanced books: a few random inputs here, ten thousand on demand (tests/fuzz.py)."""

import pytest

import sim
from sim.config.faults import InputError
from tests.fuzz import attempt

SMALL = {"borrowers.count": 200, "months": 8, "warm_up_months": 2}


@pytest.mark.parametrize("block", range(6))
def test_random_inputs_end_well(block):
    wrong = [said for said in map(attempt, range(500 + 12 * block, 500 + 12 * (block + 1))) if said is not None]
    assert wrong == []


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
