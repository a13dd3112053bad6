"""Willingness: a sum of logits whose sign decides; the gain moves the threshold; the stated share refuses at rest."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from sim.mechanisms.willingness import be_willing, lasting_mean, numbers, opening, willingness
from tests.rows import PROFILE, call, changed, inputs, lived, tiny

LOGITS = st.floats(-5, 5, width=32)


def test_it_is_the_sum_of_its_parts():
    assert call(willingness, 1.0, -0.2, 1.5, -0.4, 2, 0.75, 0.3, 0.1) == pytest.approx(1 - 0.3 - 0.4 - 1.5 + 0.3 + 0.1, abs=1e-6)


@given(LOGITS, st.floats(-1, 1, width=32), LOGITS, st.integers(0, 6), LOGITS, LOGITS)
def test_arrears_lower_it_and_trust_and_contacts_raise_it(lasting, trust, access, missed, push, noise):
    here = call(willingness, lasting, trust, 1.5, access, missed, 1.0, push, noise)
    assert call(willingness, lasting, trust, 1.5, access, missed + 1, 1.0, push, noise) < here
    assert call(willingness, lasting, trust + 0.25, 1.5, access, missed, 1.0, push, noise) > here
    assert call(willingness, lasting, trust, 1.5, access, missed, 1.0, push + 0.25, noise) > here


NEUTRAL = {
    "willingness.noise": 0.0, "trust.mean": 0.5, "willingness.trust_effect": 1.0, "willingness.access_push": 0.0,
    "willingness.arrears_effect": 1.0, "contact.pressure": 0.6, "contact.harsh_pressure": 0.2, "gain.willingness": 1.0,
}


def test_the_sign_decides_on_the_due_day_and_an_early_contact_on_the_catch_up_date():
    got = lived(be_willing, {"willingness": [0.1, -0.1, -0.5, -0.7], "trust": 0.5, "early_effect": [0, 0, 1, 1]}, NEUTRAL)
    assert got.willing.tolist() == [3, 0, 2, 0]


def test_contacts_press_and_harshness_adds_its_own():
    got = lived(
        be_willing, {"willingness": -0.7, "trust": 0.5, "effect": [0, 1, 1], "harshness": [0, 0, 1], "worst": 0}, NEUTRAL
    )
    assert got.willing.tolist() == [0, 0, 3]  # 0.6 is too little, 0.8 enough


def test_a_missed_instalment_and_lost_trust_cost_willingness():
    got = lived(be_willing, {"willingness": 1.5, "trust": [0.5, 0.5, 0.5, 0.0], "worst": [0, 1, 2, 1]}, NEUTRAL)
    assert got.willing.tolist() == [3, 3, 0, 0]


@pytest.mark.parametrize(("gain", "edge"), [(0.5, -1.0), (1.0, 0.0), (2.0, 0.5)])
def test_the_gain_moves_the_threshold_to_one_less_its_inverse(gain, edge):
    got = lived(be_willing, {"willingness": [edge - 0.01, edge + 0.01], "trust": 0.5}, NEUTRAL | {"gain.willingness": gain})
    assert got.willing.tolist() == [0, 3]


def test_without_the_switch_everybody_is_willing():
    got = lived(be_willing, {"willingness": [-100, 0, 100], "trust": 0.0, "worst": 5}, NEUTRAL | {"gain.willingness": 0.0})
    assert got.willing.tolist() == [3, 3, 3]


@pytest.mark.parametrize("unwilling", [0.001, 0.006, 0.05, 0.5])
def test_the_stated_share_would_not_pay_at_rest(unwilling):
    profile = changed(PROFILE, willingness={"unwilling": unwilling})
    spread = math.hypot(profile.willingness.spread, profile.willingness.noise)
    assert norm.cdf(-lasting_mean(profile) / spread) == pytest.approx(unwilling, rel=1e-6)
    assert opening(profile)["willingness.mean"] == np.float32(lasting_mean(profile))


def test_a_share_of_nought_or_one_stays_finite():
    for share in (0.0, 1.0):
        assert abs(lasting_mean(changed(PROFILE, willingness={"unwilling": share}))) < 15


def test_lasting_willingness_is_sampled_around_that_mean(people):
    assert people.willingness.mean() == pytest.approx(lasting_mean(PROFILE), abs=0.03)
    assert people.willingness.std() == pytest.approx(PROFILE.willingness.spread, rel=0.02)
    noisy = people.willingness + PROFILE.willingness.noise * np.random.default_rng(1).normal(size=people.rows)
    assert (noisy < 0).mean() == pytest.approx(PROFILE.willingness.unwilling, abs=0.0015)


def test_the_prospect_of_credit_pushes_by_what_is_granted_less_than_all_unless_its_switch_is_off():
    effect = PROFILE.willingness.access_effect
    assert numbers(inputs())["willingness.access_push"] == 0
    tight = {"access": 0.25}
    assert numbers(inputs(public=tight))["willingness.access_push"] == pytest.approx(-0.75 * effect)
    assert numbers(inputs(public=tight, access=2.0))["willingness.access_push"] == pytest.approx(-1.5 * effect)
    assert numbers(inputs(public=tight, access=0.0))["willingness.access_push"] == 0


def test_nobody_refuses_where_the_switch_is_off():
    strategic = "profile.willingness.unwilling=5%"
    assert sum(row["missed_will_not_pay"] for row in tiny(strategic).rows) > 0
    assert sum(row["missed_will_not_pay"] for row in tiny(strategic, "mechanisms.willingness=0").rows) == 0
