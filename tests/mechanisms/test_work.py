"""Work: hazards meet draws, spells and hours follow, a new job pays less; sectors and segments shift the risk."""

import numpy as np
import pytest

from sim.economy.job_durations import losing_risk, relative_finding
from sim.mechanisms.work import count_jobless, durations, job, numbers, opening, separation, work
from tests.rows import GAIN, PROFILE, UNEMPLOYMENT, call, changed, inputs, lived


@pytest.mark.parametrize(
    ("employed", "draw", "risk", "chance", "separation", "finding", "next"),
    [
        (True, 0.019, 1.0, 1.0, 0.02, 0.3, False), (True, 0.021, 1.0, 1.0, 0.02, 0.3, True), (True, 0.029, 1.5, 1.0, 0.02, 0.3, False),
        (False, 0.29, 1.0, 1.0, 0.02, 0.3, True), (False, 0.31, 1.0, 1.0, 0.02, 0.3, False), (True, 0.001, 0.0, 1.0, 0.02, 0.3, True),
        (False, 0.001, 5.0, 1.0, 0.0, 0.0, False), (True, 0.999, 1.0, 1.0, 1.0, 0.0, False), (False, 0.16, 1.0, 0.5, 0.02, 0.3, False),
        (False, 0.14, 1.0, 0.5, 0.02, 0.3, True),
    ],
)
def test_a_draw_below_the_hazard_changes_the_state(employed, draw, risk, chance, separation, finding, next):
    assert call(job, employed, draw, risk, chance, separation, finding) == next


def test_a_new_job_is_the_least_safe_and_a_quarter_of_that_is_left_after_its_months():
    assert call(losing_risk, 0.8, 0.0, 5.0, 18.0) == pytest.approx(0.8 * 6)
    assert call(losing_risk, 0.8, 18.0, 5.0, 18.0) == pytest.approx(0.8 * (1 + 5 / 4))
    assert call(losing_risk, 0.8, 600.0, 5.0, 18.0) == pytest.approx(0.8, rel=0.01)
    assert call(losing_risk, 0.8, 7.0, 0.0, 18.0) == np.float32(0.8)


def test_the_chance_to_find_a_job_falls_from_one_to_the_least():
    assert call(relative_finding, 0.0, 0.45, 5.0) == 1
    assert call(relative_finding, 5.0, 0.45, 5.0) == pytest.approx(0.45 + 0.55 / 4)
    assert call(relative_finding, 600.0, 0.45, 5.0) == pytest.approx(0.45, abs=1e-3)
    assert call(relative_finding, 7.0, 1.0, 5.0) == 1


HAZARDS = {
    "work.separation": 0.02, "work.finding": 0.3, "work.hours_entry": 0.1, "work.hours_cut_exit": 0.2, "work.reemployment_loss": 0.08,
    "work.extra_when_new": 0.0, "work.least_chance": 1.0,
}


def test_a_spell_counts_months_in_a_state_and_begins_anew_at_a_change():
    got = lived(
        work, {"employed": [1, 1, 0, 0, 1], "spell": [5, 5, 5, 5, 600], "job_risk": 1.0, "draw.job": [0.5, 0.01, 0.5, 0.1, 0.5]}, HAZARDS
    )
    assert got.employed.tolist() == [1, 0, 0, 1, 1]
    assert got.spell.tolist() == [6, 0, 6, 0, 600]


def test_hours_are_cut_and_restored_by_chance_and_forgotten_without_a_job():
    got = lived(
        work, {"employed": [1, 1, 1, 1, 1], "hours_cut": [0, 0, 1, 1, 1], "job_risk": [1, 1, 1, 1, 100], "draw.job": 0.5,
               "draw.hours": [0.05, 0.15, 0.15, 0.25, 0.9]}, HAZARDS,
    )
    assert got.employed.tolist() == [1, 1, 1, 1, 0]
    assert got.hours_cut.tolist() == [1, 0, 0, 1, 0]


def test_only_who_finds_a_job_takes_the_loss_of_pay():
    got = lived(work, {"employed": [1, 1, 0, 0], "permanent": 1000.0, "job_risk": 1.0, "draw.job": [0.5, 0.01, 0.5, 0.1]}, HAZARDS)
    np.testing.assert_allclose(got.permanent, [1000, 1000, 1000, 920])


def test_the_jobless_are_counted():
    assert lived(count_jobless, {"employed": [1, 0, 0, 1, 0]}).count_unemployed[0] == 3


def test_sector_risks_average_to_one_and_edges_end_at_one():
    values = opening(PROFILE)
    shares = np.array([s.share for s in PROFILE.work.sectors])
    np.testing.assert_allclose(np.diff([0, *values["table.sector_edges"]]), shares, rtol=1e-6)
    assert (shares * values["table.sector_risk"]).sum() == pytest.approx(1, rel=1e-6)
    assert values["work.last_sector"] == len(shares) - 1


def test_the_newly_hired_go_first():
    got = lived(
        work, {"employed": 1, "spell": [0, 18, 200], "job_risk": 1.0, "draw.job": 0.045},
        HAZARDS | {"work.extra_when_new": 5.0, "work.newcomer_months": 18.0},
    )
    assert got.employed.tolist() == [0, 1, 1]


def test_cut_hours_rise_while_unemployment_rises_and_not_because_it_is_high():
    base, pulse = PROFILE.work.hours_cut_entry, PROFILE.work.hours_cut_pulse
    high = {"unemployment_rate": 0.084}
    assert numbers(inputs())["work.hours_entry"] == np.float32(base)
    assert numbers(inputs(conditions=high, year_ago=high))["work.hours_entry"] == np.float32(base)
    assert numbers(inputs(year_ago=high))["work.hours_entry"] == np.float32(base)
    assert numbers(inputs(conditions=high))["work.hours_entry"] == pytest.approx(base + pulse * 0.042)
    steep = changed(PROFILE, work={"hours_cut_pulse": 1e6})
    assert numbers(inputs(steep, conditions=high))["work.hours_entry"] == 1


def test_without_the_switch_cut_hours_follow_the_level():
    base = PROFILE.work.hours_cut_entry
    high = {"unemployment_rate": 0.084}
    assert numbers(inputs(conditions={"unemployment_rate": 0.021}, job_cycle=0.0))["work.hours_entry"] == np.float32(base)
    doubled = numbers(inputs(conditions=high, year_ago=high, job_cycle=0.0))["work.hours_entry"]
    assert doubled == pytest.approx(base * (1 + PROFILE.work.hours_cut_cyclicality))


def test_separations_follow_the_change_or_without_the_switch_the_level():
    w = PROFILE.work
    assert separation(PROFILE, GAIN, 0.084, 0.042, 0.084) == pytest.approx(w.separation_rate)
    odds = w.separation_rate / (1 - w.separation_rate) * 2**w.separation_elasticity
    assert separation(PROFILE, GAIN, 0.084, 0.042, 0.042) == pytest.approx(odds / (1 + odds))
    level = GAIN.model_copy(update={"job_cycle": 0.0})
    assert separation(PROFILE, level, 0.084, 0.042, 0.084) == separation(PROFILE, level, 0.084, 0.042, 0.042) > w.separation_rate


def test_gains_scale_what_durations_do():
    w = PROFILE.work
    none, half, double = (durations(PROFILE, GAIN.model_copy(update={"job_duration": g})) for g in (0.0, 0.5, 2.0))
    assert (none["work.extra_when_new"], none["work.least_chance"]) == (0, 1)
    assert half["work.extra_when_new"] == np.float32(w.newcomer_extra / 2)
    assert half["work.least_chance"] == pytest.approx((1 + w.finding_least) / 2)
    assert (double["work.extra_when_new"], double["work.least_chance"]) == (2 * w.newcomer_extra, np.float32(w.finding_least))


def test_the_months_hazards_are_those_for_which_the_market_clears():
    values = numbers(inputs(separation=0.031, finding=0.27))
    assert (values["work.separation"], values["work.finding"]) == (np.float32(0.031), np.float32(0.27))


def test_sectors_are_sampled_by_share_and_the_average_risk_is_one(people):
    for k, sector in enumerate(PROFILE.work.sectors):
        assert (people.sector == k).mean() == pytest.approx(sector.share, abs=0.01)
    assert people.job_risk.mean() == pytest.approx(1, abs=0.01)
    order = np.argsort([s.cyclicality for s in PROFILE.work.sectors])
    means = [people.job_risk[people.sector == k].mean() for k in order]
    assert means == sorted(means)


def test_the_jobless_share_is_the_opening_rate_and_follows_the_risk(people):
    jobless = people.employed == 0
    assert jobless.mean() == pytest.approx(UNEMPLOYMENT, abs=0.004)
    high, low = people.job_risk > np.quantile(people.job_risk, 0.8), people.job_risk < np.quantile(people.job_risk, 0.2)
    assert jobless[high].mean() > 2 * jobless[low].mean()
    for risk in np.unique(people.job_risk):
        who = people.job_risk == risk
        share = UNEMPLOYMENT * min(float(risk), 3)
        assert jobless[who].mean() == pytest.approx(share, abs=5 * np.sqrt(share / who.sum()))


def test_spells_of_the_jobless_are_short_and_those_of_the_employed_long(people):
    finding = PROFILE.work.separation_rate * (1 - UNEMPLOYMENT) / UNEMPLOYMENT
    jobless = people.spell[people.employed == 0]
    assert jobless.max() <= 1 / finding
    assert jobless.mean() == pytest.approx(0.5 / finding - 0.5, abs=0.3)  # uniform, rounded down
    assert 0 <= people.spell.min() <= people.spell.max() == min(120, int(20 / finding))
