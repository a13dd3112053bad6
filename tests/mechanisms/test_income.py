"""Income: a mean-one month around a permanent level, cut hours, benefits while they last, growth of the month."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from sim.mechanisms.income import earn, numbers, opening, pay, replacement, reverting
from tests.rows import PROFILE, call, inputs, lived

CALM = {"income.permanent": 0.0, "income.transitory": 0.0, "income.jumps": 0.0, "income.dips": 0.0, "income.returning": 0.0}


@pytest.mark.parametrize(
    ("spell", "support", "share"), [(0, 0.0, 0.33), (5, 0.0, 0.33), (6, 0.0, 0.17), (3, 0.2, 0.53), (60, 0.2, 0.37), (3, 0.9, 1.23)]
)
def test_benefits_last_for_their_months_and_support_may_exceed_the_pay(spell, support, share):
    assert call(replacement, spell, 0.33, 6.0, 0.17, support) == pytest.approx(share)


@given(st.integers(0, 600), st.floats(0, 1, width=32), st.floats(0, 1, width=32), st.floats(0, 2, width=32))
def test_replacement_is_a_share_and_support_never_lowers_it(spell, rate, exhausted, support):
    given_ = call(replacement, spell, rate, 6.0, exhausted, support)
    assert given_ >= 0
    assert given_ >= call(replacement, spell, rate, 6.0, exhausted, 0.0)


def test_pay_is_permanent_income_less_cut_hours_in_a_month_without_swings():
    assert call(pay, 4000.0, False, 0.3, 0.0, 1.7) == 4000
    assert call(pay, 4000.0, True, 0.3, 0.0, 1.7) == pytest.approx(2800)
    assert call(pay, 4000.0, False, 0.3, 0.1, 1.0) == pytest.approx(4000 * np.exp(0.1 - 0.005), rel=1e-6)


@pytest.mark.parametrize("sigma", [0.012, 0.1, 0.45])
def test_the_swing_of_a_month_has_mean_one(sigma):
    z = norm.ppf((np.arange(2_000) + 0.5) / 2_000)
    assert np.mean([call(pay, 1.0, False, 0.0, sigma, float(x)) for x in z]) == pytest.approx(1, abs=2e-3)


def test_the_employed_earn_pay_and_the_others_benefits_of_a_level_that_has_grown():
    still = {"income.growth": 1.01, "income.support": 0.05} | CALM
    got = lived(
        earn, {"permanent": 1000.0, "anchor": 1000.0, "employed": [1, 1, 0, 0], "hours_cut": [0, 1, 0, 0], "spell": [50, 50, 2, 50]},
        still | {"work.replacement_rate": 0.33, "work.replacement_months": 6.0, "work.exhausted_rate": 0.17, "work.hours_cut_depth": 0.3},
    )
    np.testing.assert_allclose(got.permanent, 1010, rtol=1e-6)
    np.testing.assert_allclose(got.income, [1010, 707, 1010 * 0.38, 1010 * 0.22], rtol=1e-6)


def test_a_universal_payment_reaches_everybody():
    got = lived(
        earn, {"permanent": [1000.0, 4000.0], "anchor": [1000.0, 4000.0], "employed": [1, 0], "spell": [50, 2]},
        {"income.growth": 1.0, "income.support": 0.0, "income.universal": 500.0, "work.replacement_rate": 0.33} | CALM,
    )
    np.testing.assert_allclose(got.income, [1500, 0.33 * 4000 + 500], rtol=1e-6)
    paid = numbers(inputs(conditions={"universal_payment": 0.29}))["income.universal"]
    assert paid == np.float32(0.29 * PROFILE.income.median)


def test_the_drawn_swings_have_the_profiles_spread():
    u = (np.arange(4_000) * 0.6180339887) % 1
    v = (np.arange(4_000) * 0.7548776662) % 1
    draws = {"draw.income_permanent": u, "draw.income_transitory": v}
    small = {"income.growth": 1.0, "income.jumps": 0.0, "income.dips": 0.0, "income.returning": 0.0}
    got = lived(earn, {"permanent": 1000.0, "employed": 1, **draws}, small)
    lasting, passing = np.log(got.permanent / 1000), np.log(got.income / got.permanent)
    assert lasting.std() == pytest.approx(PROFILE.income.permanent, rel=0.1)
    assert passing.std() == pytest.approx(PROFILE.income.transitory, rel=0.1)
    assert got.permanent.mean() == pytest.approx(1000, rel=2e-3)
    large = lived(earn, {"permanent": 1000.0, "employed": 1, **draws}, small | {"income.jumps": 1.0, "income.dips": 1.0})
    assert np.log(large.permanent / 1000).std() == pytest.approx(PROFILE.income.jump, rel=0.1)
    assert np.log(large.income / large.permanent).std() == pytest.approx(PROFILE.income.dip, rel=0.1)
    assert large.permanent.mean() == pytest.approx(1000, rel=0.05)


def test_rare_shocks_come_as_often_as_they_should():
    u = (np.arange(4_000) + 0.5) / 4_000
    z = np.full(4_000, 0.999)  # a word far up in the small shock's draw, so that a jump is seen
    got = lived(
        earn, {"permanent": 1000.0, "anchor": 1000.0, "employed": 1, "draw.income_jump": u, "draw.income_permanent": z},
        {"income.growth": 1.0} | CALM | {"income.jumps": 0.006, "income.jump": 0.9},
    )
    assert (got.permanent != 1000).mean() == pytest.approx(0.006, abs=1e-3)


def test_income_returns_to_an_anchor_that_grows():
    assert call(reverting, 500.0, 1000.0, 0.02) == 510
    assert call(reverting, 2000.0, 1000.0, 0.02) == 1980
    got = lived(
        earn, {"permanent": [500.0, 2000.0], "anchor": 1000.0, "employed": 1},
        {"income.growth": 1.01} | CALM | {"income.returning": 0.02},
    )
    np.testing.assert_allclose(got.anchor, 1010, rtol=1e-6)
    np.testing.assert_allclose(got.permanent, [505 + 0.02 * 505, 2020 - 0.02 * 1010], rtol=1e-6)


def test_rare_shocks_and_reversion_go_with_their_switch():
    off, full, double = (numbers(inputs(income_risk=g)) for g in (0.0, 1.0, 2.0))
    names = ("income.jumps", "income.dips", "income.returning")
    assert [off[n] for n in names] == [0, 0, 0]
    income = PROFILE.income
    jumps, dips, back = income.jump_probability, income.dip_probability, income.reversion
    assert [full[n] for n in names] == [np.float32(x) for x in (jumps, dips, back)]
    assert [double[n] for n in names] == [np.float32(x) for x in (2 * jumps, 2 * dips, back)]


def test_growth_compounds_real_growth_prices_and_what_careers_regain():
    regained = 1 + PROFILE.work.separation_rate * PROFILE.work.reemployment_loss
    still = {"real_income_growth": 0.0, "inflation": 0.0}
    assert numbers(inputs(conditions=still))["income.growth"] == 1
    assert numbers(inputs(conditions=still, income_risk=0.0))["income.growth"] == pytest.approx(regained, rel=1e-6)
    grown = numbers(inputs(conditions={"real_income_growth": 0.01, "inflation": 0.02, "income_support": 0.1}))
    assert grown["income.growth"] == pytest.approx((1.01 * 1.02) ** (1 / 12), rel=1e-6)
    assert grown["income.support"] == np.float32(0.1)
    assert numbers(inputs(conditions={"real_income_growth": -0.1}))["income.growth"] < 1


def test_permanent_income_is_lognormal_around_its_segments_level(people):
    factor = np.array([s.income_factor for s in PROFILE.segments])[people.segment]
    z = np.log(people.permanent / (PROFILE.income.median * factor))
    assert z.mean() == pytest.approx(0, abs=0.01)
    assert z.std() == pytest.approx(PROFILE.income.spread, rel=0.02)
    assert norm.cdf(z / PROFILE.income.spread).mean() == pytest.approx(0.5, abs=0.01)


def test_income_goes_with_prudence_as_the_profile_links_them(people):
    # willingness shares prudence: its correlation with income is the product of both links
    z = np.log(people.permanent / np.array([s.income_factor for s in PROFILE.segments])[people.segment])
    r = np.corrcoef(z, people.willingness)[0, 1]
    assert r == pytest.approx(PROFILE.traits.income_link * PROFILE.traits.prudence, abs=0.02)
    assert opening(PROFILE)["income.own"] == pytest.approx(np.sqrt(1 - PROFILE.traits.income_link**2))


def test_what_came_in_last_is_full_pay_or_what_is_left_without_a_job(people):
    works = people.employed == 1
    np.testing.assert_array_equal(people.income[works], people.permanent[works])
    np.testing.assert_allclose(people.income[~works], people.permanent[~works] * PROFILE.work.exhausted_rate, rtol=1e-6)
