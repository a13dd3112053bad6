"""Trust: back to its mean, less after harsh contacts, rumours and published arrears; counted among customers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.accounts.columns import ATTEMPTED, REACHED
from sim.mechanisms.trust import UNIT, count_trust, feel, next_trust, numbers
from tests.rows import PROFILE, call, inputs, lived, tiny

SHARE = st.floats(0, 1, width=32)


def test_trust_moves_a_share_of_the_way_to_its_mean_less_the_blow():
    assert call(next_trust, 0.5, 0.6, 0.06, 0.0) == pytest.approx(0.506)
    assert call(next_trust, 0.7, 0.6, 0.06, 0.05) == pytest.approx(0.644)
    assert call(next_trust, 0.6, 0.6, 0.06, 0.0) == np.float32(0.6)
    assert call(next_trust, 0.1, 0.6, 0.0, 0.3) == 0
    assert call(next_trust, 0.9, 1.0, 0.0, -0.3) == 1


@given(SHARE, SHARE, SHARE, SHARE)
def test_trust_stays_a_share_and_a_blow_never_raises_it(trust, mean, reversion, blow):
    now = call(next_trust, trust, mean, reversion, blow)
    assert 0 <= now <= 1
    assert now <= call(next_trust, trust, mean, reversion, 0.0)


def test_half_of_a_blow_is_gone_after_a_year():
    gap = 1.0
    for _ in range(12):
        gap *= 1 - PROFILE.trust.reversion
    trust = np.float32(0.4)
    for _ in range(12):
        trust = call(next_trust, trust, 0.6, PROFILE.trust.reversion, 0.0)
    assert 0.6 - trust == pytest.approx(0.2 * gap, abs=1e-5)
    assert 0.4 < gap < 0.55


def test_only_who_was_reached_feels_the_harshness_and_everybody_the_rumour():
    got = lived(
        feel, {"trust": 0.6, "contacts": [0, ATTEMPTED, REACHED, ATTEMPTED | REACHED], "harshness": 0.5},
        {"trust.harsh_blow": 0.2, "trust.public_blow": 0.03, "trust.mean": 0.6, "trust.reversion": 0.06},
    )
    np.testing.assert_allclose(got.trust, [0.57, 0.57, 0.47, 0.47], rtol=1e-6)


def test_trust_is_summed_over_customers_alone():
    got = lived(count_trust, {"trust": [0.5, 0.25, 1.0], "open_slots": [1, 0, 3]})
    assert got.count_trust_sum[0] == UNIT // 2 + UNIT
    assert got.count_trust_count[0] == 2


def test_the_blows_follow_rumour_and_arrears_and_end_with_the_switch():
    calm = numbers(inputs())
    assert calm["trust.public_blow"] == 0
    assert calm["trust.harsh_blow"] == np.float32(PROFILE.trust.harsh_contact)
    both = numbers(inputs(conditions={"lender_rumour": 0.5}, public={"published_arrears": 0.1}))
    assert both["trust.public_blow"] == pytest.approx(PROFILE.trust.rumour * 0.5 + PROFILE.trust.published_arrears * 0.1)
    assert numbers(inputs(public={"published_arrears": -0.2}))["trust.public_blow"] == 0  # fewer arrears than at the opening are no gift
    off = numbers(inputs(conditions={"lender_rumour": 1.0}, public={"published_arrears": 0.5}, trust=0.0))
    assert off == {"trust.harsh_blow": 0, "trust.public_blow": 0}


def test_opening_trust_has_the_profiles_mean_and_spread(people):
    assert people.trust.mean() == pytest.approx(PROFILE.trust.mean, abs=0.003)
    assert people.trust.std() == pytest.approx(PROFILE.trust.spread, rel=0.03)
    assert people.trust.min() >= 0
    assert people.trust.max() <= 1


RUMOUR = "shocks=[{variable: lender_rumour, start: 2026-02, shape: step, by: +60%, hold: 4}]"


def test_a_rumour_lowers_trust_unless_the_switch_is_off():
    last = [tiny(*sets).rows[5]["mean_trust"] for sets in ((), (RUMOUR,), (RUMOUR, "mechanisms.trust=0"))]
    assert last[1] < last[0] - 0.1
    assert last[2] > last[1] + 0.1
