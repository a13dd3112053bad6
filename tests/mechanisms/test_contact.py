"""Contacts: weaker the later and the more often; harshness by stage; an early one only between due day and catch-up date."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.accounts.columns import ATTEMPTED, REACHED
from sim.mechanisms.contact import be_contacted, contact_effect, help_to_plan, next_saturation, numbers, remember_contacts
from tests.rows import POLICY, call, changed, inputs, lived

SHARE = st.floats(0, 1, width=32)

MEMORY = (0.188, 0.25)  # a contacted month adds 48 of 255, a quarter fades


def test_the_effect_is_full_at_one_missed_instalment_and_fades_with_arrears_and_satiation():
    assert call(contact_effect, True, 1, 0.0, 0.22, 0.4, 1.0) == 1
    assert call(contact_effect, True, 0, 0.0, 0.22, 0.4, 1.0) == 1
    assert call(contact_effect, True, 3, 0.0, 0.22, 0.4, 1.0) == pytest.approx(0.56)
    assert call(contact_effect, True, 3, 0.5, 0.22, 0.4, 1.0) == pytest.approx(0.56 * 0.8)
    assert call(contact_effect, True, 7, 0.0, 0.22, 0.4, 1.0) == 0  # 1 - 0.22 * 6 is less than nothing
    assert call(contact_effect, True, 1, 0.0, 0.22, 0.4, 2.0) == 2
    assert call(contact_effect, False, 1, 0.0, 0.22, 0.4, 1.0) == 0


@given(st.integers(0, 7), SHARE, SHARE, SHARE, SHARE)
def test_it_is_never_negative_and_falls_with_arrears_and_memory(missed, memory, more, decay, satiation):
    here = call(contact_effect, True, missed, memory, decay, satiation, 1.0)
    assert 0 <= here <= 1
    assert call(contact_effect, True, missed + 1, memory, decay, satiation, 1.0) <= here
    assert call(contact_effect, True, missed, max(memory, more), decay, satiation, 1.0) <= here


def test_help_to_plan_frees_wishes_unless_it_is_harsh():
    assert call(help_to_plan, 0.22, -1.0, 0.0, 1.0) == pytest.approx(0.22)
    assert call(help_to_plan, 0.22, -1.0, 0.25, 0.5) == pytest.approx(0.22 * 0.75 * 0.5)
    assert call(help_to_plan, 0.22, -1.0, 1.0, 1.0) == 0
    assert call(help_to_plan, 0.22, 0.5, 1.0, 1.0) == pytest.approx(0.33)
    assert call(help_to_plan, 0.22, -1.0, 0.0, 3.0) == pytest.approx(0.22)


def test_memory_fades_by_a_quarter_and_a_contact_adds_48():
    assert call(next_saturation, np.uint8(100), False, *MEMORY) == 75
    assert call(next_saturation, np.uint8(100), True, *MEMORY) == 123
    assert call(next_saturation, np.uint8(255), True, *MEMORY) == 240
    assert call(next_saturation, np.uint8(0), False, *MEMORY) == 0


def test_memory_stays_a_byte_rises_with_what_it_was_and_settles():
    for attempted in (False, True):
        after = [int(call(next_saturation, np.uint8(s), attempted, *MEMORY)) for s in range(256)]
        assert after == sorted(after)
        assert 0 <= after[0] <= after[-1] <= 255
    s = np.uint8(0)
    for _ in range(60):
        s = np.uint8(call(next_saturation, s, True, *MEMORY))
    assert 189 <= s <= 195  # a quarter of it is what a contact adds
    for _ in range(60):
        s = np.uint8(call(next_saturation, s, False, *MEMORY))
    assert s <= 3


STAGES = {"contact.harsh_early": 0.1, "contact.harsh_middle": 0.2, "contact.harsh_late": 0.3}


def test_harshness_is_that_of_the_stage():
    got = lived(be_contacted, {"worst": [0, 1, 2, 3, 4, 6]}, STAGES)
    np.testing.assert_allclose(got.harshness, [0.1, 0.1, 0.2, 0.2, 0.3, 0.3], rtol=1e-6)


def test_a_planned_contact_works_when_it_reached_and_an_early_one_only_before_arrears():
    got = lived(
        be_contacted,
        {
            "asked": [100, 100, 100, 100, 100, 0], "worst": [1, 1, 0, 0, 1, 0],
            "contacts": [ATTEMPTED, ATTEMPTED | REACHED, 0, 0, 0, 0], "draw.early_reached": [0.9, 0.9, 0.4, 0.6, 0.4, 0.4],
        },
        STAGES | {"contact.early_reach": 0.5, "contact.plan_effect": 0.2},
    )
    assert got.effect.tolist() == [0, 1, 0, 0, 0, 0]
    assert got.early_effect.tolist() == [0, 0, 1, 0, 0, 0]  # and nobody calls who has nothing to pay
    np.testing.assert_allclose(got.freed, [0, 0.18, 0, 0, 0, 0], rtol=1e-6)
    np.testing.assert_allclose(got.freed_early, [0, 0, 0.18, 0, 0, 0], rtol=1e-6)


def test_without_the_switch_no_contact_has_an_effect():
    got = lived(
        be_contacted, {"worst": [1, 0], "contacts": ATTEMPTED | REACHED, "draw.early_reached": 0.0},
        {"gain.collections": 0.0, "contact.early_reach": 1.0},
    )
    assert not got.effect.any()
    assert not got.early_effect.any()
    assert not got.freed.any()
    assert not got.freed_early.any()


def test_an_attempt_is_remembered_whether_it_reached_or_not():
    got = lived(remember_contacts, {"saturation": 100, "contacts": [0, ATTEMPTED, REACHED, ATTEMPTED | REACHED]})
    assert got.saturation.tolist() == [75, 123, 75, 123]


def test_the_policys_stages_and_the_reach_of_last_month_are_the_months_numbers():
    policy = changed(POLICY, collections={"early": {"harshness": 0.3}, "late": {"harshness": 0.9}})
    values = numbers(inputs(policy=policy, public={"early_reach": 0.25}))
    assert values == {
        "contact.harsh_early": np.float32(0.3), "contact.harsh_middle": np.float32(POLICY.collections.middle.harshness),
        "contact.harsh_late": np.float32(0.9), "contact.early_reach": np.float32(0.25),
    }
