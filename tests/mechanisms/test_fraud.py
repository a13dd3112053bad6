"""Fraud: the share that never means to pay, at its switch; whoever cheats never pays."""

import numpy as np
import pytest

from sim.accounts.columns import FRAUDULENT
from sim.mechanisms.fraud import numbers
from tests.rows import PROFILE, inputs, tiny

MUCH = "profile.fraud.share=30%"


@pytest.mark.parametrize("gain", [0.0, 0.5, 1.0, 2.0])
def test_the_share_is_scaled_by_the_switch(gain):
    assert numbers(inputs(fraud=gain)) == {"fraud.attempted": pytest.approx(PROFILE.fraud.share * gain)}


def test_cheats_are_granted_after_screening_and_none_of_them_ever_pays():
    model = tiny(MUCH)
    new = np.asarray(model.borrowers.cash_loan_opened) >= 1
    cheats = (np.asarray(model.borrowers.cash_loan_marks) & FRAUDULENT) != 0
    share = (cheats & new).sum() / new.sum()
    kept = 0.3 * (1 - model.policy.underwriting.fraud_screen)
    expected = kept / (0.7 + kept)
    assert share == pytest.approx(expected, abs=3 * np.sqrt(expected * (1 - expected) / new.sum()))
    b, who = model.borrowers, cheats & (np.asarray(model.borrowers.cash_loan_state) == 1)
    np.testing.assert_array_equal(np.asarray(b.cash_loan_principal)[who], np.asarray(b.cash_loan_original)[who])
    assert sum(row["missed_fraud"] for row in model.rows) > 0


def test_nobody_cheats_where_the_switch_is_off():
    model = tiny(MUCH, "mechanisms.fraud=0")
    assert sum(row["missed_fraud"] for row in model.rows) == 0
    assert not (np.asarray(model.borrowers.cash_loan_marks) & FRAUDULENT).any()
