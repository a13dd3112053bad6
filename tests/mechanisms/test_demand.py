"""Demand: who stands in the market, who is driven to apply, who may."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.accounts.columns import CHARGED_OFF, CLOSED, OPEN
from sim.mechanisms.demand import DORMANT, EVER, IN_MARKET, LEFT, apply, count_applicants, demand, enter_market
from tests.rows import POLICY, PROFILE, call, lived, tiny

SHARE = st.floats(0, 1, width=32)
DRAW = "account.draw.demand"


def test_a_borrower_at_ease_has_drive_one_and_need_impulse_and_trust_multiply():
    assert call(demand, 0.0, 0.8, 0.0, 0.8, 0.0, 1.0) == 1
    assert call(demand, 1.0, 0.8, 0.0, 0.8, 0.0, 1.0) == pytest.approx(1.8)
    assert call(demand, 0.5, 0.8, 0.5, 0.8, 0.0, 1.0) == pytest.approx(1.4 * 1.4)
    assert call(demand, 0.0, 0.8, 0.0, 0.8, 0.4, 1.0) == pytest.approx(1.4)
    assert call(demand, 0.0, 0.8, 0.0, 0.8, -0.6, 2.0) == 0  # distrust ends it, and does not turn it round


@given(SHARE, SHARE, st.floats(-1, 1, width=32), SHARE)
def test_drive_rises_with_need_impulse_and_trust(thin, impulsive, trust, more):
    here = call(demand, thin, 0.8, impulsive, 0.8, trust, 1.0)
    assert here >= 0
    assert call(demand, max(thin, more), 0.8, impulsive, 0.8, trust, 1.0) >= here
    assert call(demand, thin, 0.8, max(impulsive, more), 0.8, trust, 1.0) >= here
    assert call(demand, thin, 0.8, impulsive, 0.8, trust + more, 1.0) >= here


def test_the_dormant_enter_and_who_leaves_never_comes_back():
    got = lived(
        enter_market,
        {
            "market": [DORMANT, DORMANT, IN_MARKET, IN_MARKET, LEFT, DORMANT], "leaving": [0, 0, 0, 1, 0, 1],
            "draw.churn": [0.1, 0.9, 0.1, 0.1, 0.1, 0.1],
        },
        {"demand.activation": 0.5},
    )
    assert got.market.tolist() == [IN_MARKET, DORMANT, IN_MARKET, LEFT, LEFT, LEFT]


def test_exclusion_runs_out_month_by_month_and_for_ever_never():
    got = lived(enter_market, {"excluded": [0, 1, 24, EVER - 1, EVER], "applies": 3})
    assert got.excluded.tolist() == [0, 0, 23, EVER - 2, EVER]
    assert not got.applies.any()


def test_thin_savings_drive_to_apply():
    got = lived(
        enter_market, {"cash": [0.0, 500.0, 1000.0, 5000.0], "essential": 1000.0, "trust": 0.6},
        {"demand.need_effect": 0.8, "demand.impulse_effect": 0.0, "trust.mean": 0.6},
    )
    np.testing.assert_allclose(got.drive, [1.8, 1.4, 1, 1], rtol=1e-6)


def test_only_who_is_in_the_market_without_arrears_and_without_an_open_account_applies():
    got = lived(
        apply,
        {
            "market": [IN_MARKET, DORMANT, LEFT, IN_MARKET, IN_MARKET, IN_MARKET], "worst": [0, 0, 0, 1, 0, 0], "drive": 1e6, DRAW: 0.5,
            "account.state": [CLOSED, CLOSED, CLOSED, CLOSED, OPEN, CHARGED_OFF],
        },
        slot=0,
    )
    assert (got.applies != 0).tolist() == [True, False, False, False, False, True]


def test_without_drive_nobody_applies():
    got = lived(apply, {"market": IN_MARKET, "drive": 0.0, DRAW: [0.001, 0.5, 0.999]}, slot=0)
    assert not got.applies.any()


def test_an_application_for_one_product_leaves_that_for_another():
    one = lived(apply, {"market": IN_MARKET, "drive": 1e6, "applies": [0, 2], DRAW: 0.5}, slot=0)
    assert one.applies.tolist() == [1, 3]


def test_applicants_and_who_has_left_are_counted():
    got = lived(count_applicants, {"market": [LEFT, IN_MARKET, LEFT, DORMANT], "applies": [0, 1, 0, 2]})
    assert (got.count_left_market[0], got.count_applicants[0]) == (2, 2)


def test_standing_is_sampled_as_the_profile_says(people):
    assert (people.market == DORMANT).mean() == pytest.approx(PROFILE.demand.dormant, abs=0.01)
    assert set(np.unique(people.market)) == {DORMANT, IN_MARKET}
    out = people.excluded > 0
    assert out.mean() == pytest.approx(PROFILE.opening.former_defaulters, abs=0.01)
    months = people.excluded[out]
    assert 1 <= months.min() <= months.max() <= POLICY.underwriting.exclusion_months
    assert months.mean() == pytest.approx((1 + POLICY.underwriting.exclusion_months) / 2, abs=0.5)


def test_a_need_that_is_felt_more_brings_more_applications():
    base = sum(row["applications"] for row in tiny().rows)
    more = sum(row["applications"] for row in tiny("profile.demand.need_effect=6").rows)
    assert more > base > 0
