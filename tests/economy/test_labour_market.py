"""Separations on a path: log-odds that move by the elasticity; flows at the edges of what they can carry."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.economy.labour_market import labour_flows, separation_on_path

RATE = st.floats(0.01, 0.4)


def logit(p):
    return np.log(p / (1 - p))


@given(RATE, RATE, RATE, st.floats(0.001, 0.2), st.floats(0, 1), st.floats(0, 1))
def test_log_odds_of_the_hazard_move_with_the_level_and_with_the_change(target, opening, before, rate, level, change):
    found = separation_on_path(target, opening, before, rate, level, change)
    moved = level * (logit(target) - logit(opening)) + change * np.log(target / before)
    assert logit(found) == pytest.approx(logit(rate) + moved, abs=1e-9)


def test_unemployment_that_stays_high_ends_no_more_jobs_than_one_that_stays_low():
    assert separation_on_path(0.12, 0.042, 0.12, 0.014, 0.0, 0.31) == pytest.approx(0.014)
    assert separation_on_path(0.12, 0.042, 0.06, 0.014, 0.0, 0.31) > 0.014 > separation_on_path(0.06, 0.042, 0.12, 0.014, 0.0, 0.31)


def test_at_the_opening_rate_or_without_elasticity_the_hazard_is_its_own():
    assert separation_on_path(0.042, 0.042, 0.042, 0.014, 0.25, 0.31) == pytest.approx(0.014)
    assert separation_on_path(0.2, 0.042, 0.1, 0.014, 0.0, 0.0) == pytest.approx(0.014)


@pytest.mark.parametrize("rate", [0.0, 1.0])
def test_a_hazard_of_nobody_or_everybody_does_not_move(rate):
    assert separation_on_path(0.2, 0.042, 0.1, rate, 0.25, 0.31) == rate


@given(RATE, RATE)
def test_more_unemployment_means_more_separations(a, b):
    low, high = sorted((a, b))
    for elasticities in ((0.25, 0.0), (0.0, 0.31)):
        assert separation_on_path(low, 0.05, 0.05, 0.014, *elasticities) <= separation_on_path(high, 0.05, 0.05, 0.014, *elasticities)


def test_in_a_steady_state_flows_balance():
    s, f = labour_flows(0.05, 0.05, 0.014, 0.01)
    assert s == pytest.approx(0.014)
    assert f * 0.05 == pytest.approx(s * 0.95)


def test_with_nobody_out_of_work_separations_carry_the_rise():
    assert labour_flows(0.05, 0.0, 0.014, 0.1) == (pytest.approx(0.05), pytest.approx(0.1))


def test_a_fall_beyond_what_finding_can_do_stops_separations_first():
    s, f = labour_flows(0.01, 0.2, 0.2, 0.05)
    assert (s, f) == (pytest.approx(0.01 / 0.8), 1.0)


def test_with_everybody_out_of_work_only_finding_is_left():
    s, f = labour_flows(0.4, 1.0, 0.014, 0.05)
    assert f == pytest.approx(0.6)
    assert 0 <= s <= 1
