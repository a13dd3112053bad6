"""Lending standards: they follow unemployment and other lenders, slowly, within bounds; a policy without them stays as it is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import sim
from sim.lender.standards import aim, moved, tightness
from tests.rows import POLICY

RULE = POLICY.standards
SMALL = {"borrowers.count": 3_000, "months": 24, "warm_up_months": 6}
RISE = [{"variable": "unemployment_rate", "start": "2026-03", "shape": "step", "by": "+2pp"}]


def test_the_aim_is_points_a_point_of_unemployment_above_normal():
    assert aim(RULE, 0.052, 0.042, 0.0, 1.0) == pytest.approx(RULE.per_unemployment)
    assert aim(RULE, 0.032, 0.042, 0.0, 1.0) == pytest.approx(-RULE.per_unemployment)
    assert aim(RULE, 0.042, 0.042, 0.5, 1.0) == pytest.approx(RULE.per_tightening / 2)
    assert aim(RULE, 0.052, 0.042, 0.0, 0.5) == pytest.approx(RULE.per_unemployment / 2)
    assert aim(RULE.model_copy(update={"normal_unemployment": 0.06}), 0.07, 0.042, 0.0, 1.0) == pytest.approx(RULE.per_unemployment)


@given(st.floats(0, 0.9), st.floats(-1, 1), st.floats(-100, 100), st.floats(0, 2))
def test_standards_never_leave_their_bounds(unemployment, tightening, points, gain):
    aimed = aim(RULE, unemployment, 0.042, tightening, gain)
    assert -RULE.bound <= aimed <= RULE.bound
    assert -1 <= tightness(RULE, points) <= 1
    assert abs(moved(RULE, points, aimed) - aimed) <= abs(points - aimed)


def test_a_policy_without_the_rule_does_not_move():
    assert moved(None, 30.0, 60.0) == tightness(None, 30.0) == 0


def test_cut_off_size_caps_and_prices_follow_a_rise_of_unemployment():
    model = sim.LendingModel("baseline", set=SMALL | {"shocks": RISE}, threads=1)
    calm = model.lender.terms(0.07, 1.0)[0]
    model.run_model()
    frame = model.monthly_frame()
    aimed = aim(RULE, 0.062, 0.042, 0.0, 1.0)
    points = [0.0, 0.0]
    for _ in range(2, 24):
        points.append(moved(RULE, points[-1], aimed))
    expected = [int(np.floor(POLICY.underwriting.cut_off + p + 0.5)) for p in points]
    assert frame["cut_off"].tolist() == [expected[0], *expected[:-1]]
    now = model.lender.terms(0.07, 1.0, model.state.public.standards)[0]
    tight = model.state.public.standards / RULE.bound
    np.testing.assert_allclose(now.size_cap, calm.size_cap * (1 - RULE.size * tight))
    np.testing.assert_allclose(now.rate - calm.rate, 10_000 * RULE.price * tight, atol=1)


def test_other_lenders_that_tighten_are_followed_and_the_switch_turns_it_off():
    tight = {"economy.lending_standards": "50%"}
    opening = {"economy.opening.lending_standards": "0%"}
    follows, off = (sim.run("baseline", set=SMALL | tight | opening | more).monthly for more in ({}, {"mechanisms.standards": 0}))
    assert follows["cut_off"].iloc[-1] > POLICY.underwriting.cut_off + 20
    assert (off["cut_off"] == POLICY.underwriting.cut_off).all()
    assert follows["approval_rate"].iloc[-12:].mean() < off["approval_rate"].iloc[-12:].mean()


def test_the_static_policy_keeps_its_cut_off_through_a_recession():
    frame = sim.run("severe_recession", policy="static", set=SMALL).monthly
    assert (frame["cut_off"] == POLICY.underwriting.cut_off).all()


def test_standards_loosen_below_the_policys_cut_off_when_unemployment_falls():
    falls = [{"variable": "unemployment_rate", "start": "2026-02", "shape": "step", "by": "-1pp"}]
    frame = sim.run("baseline", set=SMALL | {"shocks": falls}).monthly
    assert frame["cut_off"].iloc[-1] < POLICY.underwriting.cut_off - 15
    static = sim.run("baseline", policy="static", set=SMALL | {"shocks": falls}).monthly
    assert frame["approvals"].iloc[-12:].sum() > static["approvals"].iloc[-12:].sum()
