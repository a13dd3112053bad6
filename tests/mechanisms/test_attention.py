"""Forgetting: inattention over its mean, less after a reminder, less in arrears; a switch without which nobody forgets."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import sim
from sim.measures.rolls import relapse_rate
from sim.mechanisms.attention import forgetting, forgetting_anew, forgetting_in_a_spell, forgetting_later, notice, numbers, sample_astray
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
            "attention.forgetting_catch_up": 0.5, "attention.spells": 0.0,
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


def test_within_a_spell_the_day_is_overlooked_by_its_own_chance_but_never_less_than_alone():
    assert call(forgetting_in_a_spell, 0.1, 0.9, 0.3, 0, 0.2, 1.0) == pytest.approx(0.63)
    assert call(forgetting_in_a_spell, 0.1, 0.9, 0.3, 1, 0.2, 1.0) == pytest.approx(0.126)
    assert call(forgetting_in_a_spell, 0.4, 0.9, 0.3, 1, 0.2, 1.0) == pytest.approx(0.4)
    assert call(forgetting_in_a_spell, 0.1, 0.9, 0.0, 0, 0.2, 0.5) == pytest.approx(0.5)
    assert call(forgetting_in_a_spell, 0.1, 0.9, 0.0, 0, 0.2, 0.0) == np.float32(0.1)


@given(st.floats(0, 0.5, width=32), SHARE, st.floats(0.0625, 1, width=32))
def test_spells_leave_the_long_run_share_of_months_overlooked_as_it_is(alone, more, spell_end):
    """The stationary share of months that begin in a spell is e / (e + x); of those `within` are overlooked, of the others e."""
    within = float(np.float32(alone + more * (1 - alone)))
    anew = float(call(forgetting_anew, alone, within, spell_end))
    astray = anew / (anew + spell_end)
    assert (1 - astray) * anew + astray * within == pytest.approx(alone, abs=1e-5)
    assert anew <= alone


def test_without_spells_a_spell_changes_nothing():
    for alone in (0.0, 0.013, 0.3, 1.0):
        within = call(forgetting_in_a_spell, alone, 0.9, 0.2, 0, 0.5, 0.0)
        assert within == np.float32(alone) == call(forgetting_anew, alone, within, 0.08)


def test_a_spell_begins_with_an_overlooked_day_and_ends_by_its_chance():
    got = lived(
        notice,
        {
            "astray": [0, 0, 1, 1, 1, 1], "draw.forget_due": [0.01, 0.9, 0.9, 0.9, 0.5, 0.5],
            "draw.forget_catch_up": [0.5, 0.95, 0.5, 0.95, 0.5, 0.95],
        },
        {
            "attention.overlooked": 0.1, "attention.reference_inattention": 1.0, "attention.reminder_relief": 0.0,
            "attention.forgetting_catch_up": 0.6, "attention.again": 0.8, "attention.spell_end": 0.1, "attention.spells": 1.0,
        },
    )
    assert got.astray.tolist() == [1, 0, 1, 0, 1, 0]
    assert got.aware.tolist() == [0, 3, 3, 3, 0, 2]


def test_who_forgot_once_forgets_again_sooner_and_nobody_forgets_more_often_in_all():
    """With spells the population falls back after a cure more often, and overlooks somewhat less: in arrears spells are broken."""
    often = {"borrowers.count": 10_000, "months": 18, "warm_up_months": 24, "profile.attention.forgetting": 0.15}
    on, off = (sim.run("baseline", set=often | {"mechanisms.forgetting_spells": gain}).monthly for gain in (1, 0))
    assert relapse_rate(on) > 1.15 * relapse_rate(off)
    assert 0.6 < on["missed_forgot"].sum() / off["missed_forgot"].sum() < 1.0


def test_at_the_start_as_many_are_in_a_spell_as_in_the_long_run():
    u = (np.arange(4000) + 0.5) / 4000
    numbers = {
        "attention.forgetting": 0.1, "attention.reference": 0.5, "attention.again": 0.9, "attention.spell_end": 0.1,
        "gain.forgetting_spells": 1.0,
    }
    got = lived(sample_astray, {"attentive": 128, "draw.sample_astray": u}, numbers)
    alone = 0.1 * (1 - 128 / 255) / 0.5
    anew = alone / (1 + (0.9 - alone) / 0.1)
    assert got.astray.mean() == pytest.approx(anew / (anew + 0.1), abs=0.001)


def test_a_gain_above_one_makes_spells_worse():
    assert call(forgetting_in_a_spell, 0.1, 0.5, 0.0, 0, 0.2, 2.0) == pytest.approx(0.9)
    assert call(forgetting_in_a_spell, 0.1, 0.9, 0.0, 0, 0.2, 2.0) == 1
