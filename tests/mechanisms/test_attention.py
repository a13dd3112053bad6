"""Forgetting: inattention over its mean, less after a reminder, less in arrears; a switch without which nobody forgets."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.mechanisms.attention import forgetting, forgetting_later, notice, numbers
from tests.rows import POLICY, PROFILE, call, changed, inputs, lived, tiny

SHARE = st.floats(0, 1, width=32)


def test_the_chance_is_inattention_over_its_mean_times_what_the_reminder_leaves():
    assert call(forgetting, 0.1, 0.5, 0.35, 0.3, 0, 0.45) == pytest.approx(0.1 * 0.5 / 0.35 * 0.7)
    assert call(forgetting, 0.1, 0.5, 0.35, 0.3, 1, 0.45) == pytest.approx(0.1 * 0.5 / 0.35 * 0.7 * 0.45)
    assert call(forgetting, 0.1, 1.0, 0.35, 0.0, 0, 0.45) == 0
    assert call(forgetting, 0.9, 0.0, 0.35, 0.0, 0, 0.45) == 1  # 2.57 is cut


def test_a_borrower_of_mean_attention_forgets_at_the_base_rate():
    assert call(forgetting, 0.076, 0.65, 0.35, 0.0, 0, 0.45) == pytest.approx(0.076)


@given(SHARE, SHARE, SHARE, SHARE, st.integers(0, 7), SHARE)
def test_it_is_a_chance_that_falls_with_attention_relief_and_arrears(base, attentive, more, relief, missed, in_arrears):
    chance = call(forgetting, base, attentive, 0.35, relief, missed, in_arrears)
    assert 0 <= chance <= 1
    assert call(forgetting, base, max(attentive, more), 0.35, relief, missed, in_arrears) <= chance
    assert call(forgetting, base, attentive, 0.35, max(relief, more), missed, in_arrears) <= chance
    assert call(forgetting, base, attentive, 0.35, relief, 1, in_arrears) <= call(forgetting, base, attentive, 0.35, relief, 0, in_arrears)


def test_being_reached_helps_to_remember_the_catch_up_date_but_no_more_than_in_full():
    assert call(forgetting_later, 0.35, 0.8, 0.0) == pytest.approx(0.35)
    assert call(forgetting_later, 0.35, 0.8, 0.5) == pytest.approx(0.35 * 0.6)
    assert call(forgetting_later, 0.35, 0.8, 1.0) == pytest.approx(0.07)
    assert call(forgetting_later, 0.35, 0.8, 2.0) == call(forgetting_later, 0.35, 0.8, 1.0)


def test_who_noticed_the_due_day_needs_no_second_date():
    got = lived(
        notice,
        {"draw.forget_due": [0.1, 0.1, 0.9, 0.9], "draw.forget_catch_up": [0.1, 0.9, 0.1, 0.9]},
        {
            "attention.overlooked": 0.25, "attention.reference_inattention": 0.5, "attention.reminder_relief": 0.0,
            "attention.forgetting_catch_up": 0.5,
        },
    )
    assert got.aware.tolist() == [0, 2, 3, 3]


def test_a_contact_reminds_of_the_catch_up_date_and_arrears_of_the_due_day():
    got = lived(
        notice,
        {"draw.forget_due": [0.5, 0.5, 0.5], "draw.forget_catch_up": 0.1, "effect": [0, 1, 0], "early_effect": 0.0, "worst": [0, 0, 2]},
        {
            "attention.overlooked": 0.9, "attention.reference_inattention": 1.0, "attention.reminder_relief": 0.0,
            "attention.forgetting_in_arrears": 0.1, "attention.forgetting_catch_up": 0.4, "contact.reached_attention": 0.9,
        },
    )
    assert got.aware.tolist() == [0, 2, 3]


def test_the_switch_scales_forgetting_and_reminders_take_their_part_off():
    one, off = numbers(inputs()), numbers(inputs(inattention=0.0))
    assert one["attention.overlooked"] == np.float32(PROFILE.attention.forgetting)
    assert off["attention.overlooked"] == 0
    assert numbers(inputs(inattention=2.0))["attention.overlooked"] == pytest.approx(2 * PROFILE.attention.forgetting)
    covered = POLICY.collections.reminder_coverage * PROFILE.contact.reminder_effect
    assert one["attention.reminder_relief"] == pytest.approx(covered)
    assert numbers(inputs(collections=0.0))["attention.reminder_relief"] == 0
    assert numbers(inputs(collections=2.0))["attention.reminder_relief"] == one["attention.reminder_relief"]  # a reminder is no call
    assert numbers(inputs(changed(PROFILE, attention={"reference": 1.0})))["attention.reference_inattention"] == np.float32(1e-3)


def test_nobody_forgets_where_the_switch_is_off():
    assert sum(row["missed_forgot"] for row in tiny().rows) > 0
    assert sum(row["missed_forgot"] for row in tiny("mechanisms.inattention=0").rows) == 0
