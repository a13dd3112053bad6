"""Rivals: what they ask, who takes an offer in spite of it, and who is left when the price rises."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import sim
from sim.accounts.methods import annuity_factor, effective_rate, flat_fee_factor
from sim.mechanisms.rivals import numbers, rival_price, takes
from tests.rows import PROFILE, call, inputs

CHEAPER = {"variable": "rival_price", "start": "2026-01", "shape": "step", "by": "-8pp"}
SMALL = {"borrowers.count": 20_000, "months": 14, "warm_up_months": 12}


def test_rivals_ask_more_of_weaker_scores_and_keep_the_cap():
    assert call(rival_price, 0.26, 0.001, 600, 1.0) == pytest.approx(0.26)
    assert call(rival_price, 0.26, 0.001, 650, 1.0) == pytest.approx(0.21)
    assert call(rival_price, 0.26, 0.001, 550, 1.0) == pytest.approx(0.31)
    assert call(rival_price, 0.26, 0.001, 550, 0.30) == pytest.approx(0.30)
    assert call(rival_price, 0.02, 0.001, 700, 1.0) == 0


def test_an_offer_is_taken_as_often_as_at_par_and_by_the_odds_of_the_price_beyond():
    ease = math.log(3)
    assert call(takes, ease, 0.15, 0.0, 1.0, 0.0, 1.0) == pytest.approx(0.75, abs=1e-6)
    # four points dearer: the odds of 3 to 1 shrink by e^-0.6
    odds = 3 * math.exp(-0.6)
    assert call(takes, ease, 0.15, 0.04, 1.0, 0.0, 1.0) == pytest.approx(odds / (1 + odds), abs=1e-6)
    # half as alert at half a standard deviation of hidden risk, not at all from one on
    odds = 3 * math.exp(-0.3)
    assert call(takes, ease, 0.15, 0.04, 1.0, 0.5, 1.0) == pytest.approx(odds / (1 + odds), abs=1e-6)
    assert call(takes, ease, 0.15, 0.04, 1.0, 1.7, 1.0) == pytest.approx(0.75, abs=1e-6)


def test_without_the_switch_everybody_takes_what_is_offered():
    assert call(takes, -3.0, 0.4, 0.3, 1.0, -1.0, 0.0) == 1
    assert call(takes, math.log(3), 0.15, 0.0, 1.0, 0.0, 0.5) == pytest.approx(0.875, abs=1e-6)


@given(st.floats(-0.25, 0.25, width=32), st.floats(-0.25, 0.25, width=32), st.floats(-2, 2, width=32))
def test_a_dearer_offer_is_never_taken_more_often(a, b, hidden):
    low, high = sorted((a, b))
    assert call(takes, 1.0, 0.2, high, 0.5, hidden, 1.0) <= call(takes, 1.0, 0.2, low, 0.5, hidden, 1.0) + 1e-6


def test_rivals_price_off_the_policy_rate_and_follow_unemployment_and_the_scenario():
    r = PROFILE.rivals
    calm = inputs(conditions={"policy_rate": 0.03})
    worse = inputs(conditions={"policy_rate": 0.03, "unemployment_rate": calm.opening["unemployment_rate"] + 0.02, "rival_price": -0.01})
    assert numbers(calm)["rivals.base"] == pytest.approx(0.03 + r.margin, abs=1e-6)
    assert numbers(worse)["rivals.base"] == pytest.approx(0.03 + r.margin + 2 * r.per_unemployment - 0.01, abs=1e-6)
    assert numbers(inputs(conditions={"apr_cap": 0.24}))["rivals.cap"] == np.float32(0.24)
    assert 1 / (1 + math.exp(-numbers(calm)["rivals.ease"])) == pytest.approx(r.take_up, abs=1e-6)


@pytest.mark.parametrize(("rate", "months", "fee"), [(2_400, 36, 0.03), (0, 12, 0.0), (1_500, 60, 0.0), (3_600, 6, 0.08)])
def test_the_effective_rate_discounts_the_instalments_to_the_payout(rate, months, fee):
    factor = annuity_factor(rate, months)
    found = effective_rate(factor, months, fee)
    value = sum(factor / (1 + found / 120_000) ** k for k in range(1, months + 1))
    assert value <= 1 - fee + 1e-9
    if found:
        less = sum(factor / (1 + (found - 1) / 120_000) ** k for k in range(1, months + 1))
        assert less > 1 - fee
    if fee == 0:
        assert found == rate


def test_a_flat_fee_is_nearly_twice_as_dear_as_it_looks():
    assert effective_rate(flat_fee_factor(1_080, 12), 12) == pytest.approx(1_938, abs=2)


def test_dearer_than_rivals_the_lender_keeps_fewer_and_worse_of_the_same_applicants():
    """The same contract beside rivals five points cheaper: the offer selects, nothing else differs."""
    par, dear = (
        sim.run({"extends": "baseline", "shocks": shocks}, seeds=range(1, 5), set=SMALL | {"mechanisms.refinancing": 0})
        for shocks in ([], [CHEAPER])
    )
    first = [r.monthly.query("month_index == 1") for r in (par, dear)]
    assert (first[0]["approvals"].to_numpy() == first[1]["approvals"].to_numpy()).all()
    assert (first[1]["take_up_rate"].to_numpy() < first[0]["take_up_rate"].to_numpy() - 0.03).all()
    lost = [
        (v["charged_off"].sum() / v["originated"].sum())
        for v in (r.vintages.query("months_on_book == 9 and product == 'cash_loan'") for r in (par, dear))
    ]
    assert lost[1] > lost[0]


def test_a_declined_offer_is_no_loan_and_takes_no_budget():
    frame = sim.run("recession_with_squeeze", set=SMALL | {"months": 12}).monthly
    loans = frame["approvals"] - frame["declined_offers"]
    assert (frame["applications"] == frame["approvals"] + frame["rejected_policy"] + frame["rejected_budget"]).all()
    assert frame["take_up_rate"].dropna().to_numpy() == pytest.approx((loans / frame["approvals"]).dropna().to_numpy())
    assert frame["rejected_budget"].sum() > 0
    off = sim.run("baseline", set=SMALL | {"mechanisms.take_up": 0}).monthly
    assert (off["declined_offers"] == 0).all()


def test_cheaper_rivals_refinance_more_of_the_book():
    """A price war of eight points: who is in good standing leaves earlier, unless the switch is off."""
    collected = {}
    for switch in (0, 1):
        runs = [
            sim.run(
                {"extends": "baseline", "shocks": shocks},
                set=SMALL | {"mechanisms.take_up": 0, "mechanisms.refinancing": switch, "months": 8},
            ).monthly["principal_collected"].sum()
            for shocks in ([], [CHEAPER])
        ]
        collected[switch] = runs
    assert collected[1][1] > collected[1][0]
    assert collected[0][1] == collected[0][0]
