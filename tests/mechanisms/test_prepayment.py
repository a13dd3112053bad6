"""Early repayment and leaving: only in good standing, out of savings or by a rival, never more than is owed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.accounts.columns import CHARGED_OFF, CLOSED, OPEN
from sim.engine.pipeline import names_of
from sim.mechanisms.demand import DORMANT, IN_MARKET, LEFT
from sim.mechanisms.prepayment import early_repayment, leaving, numbers, repay_early, repays_from_savings, think_of_leaving
from tests.rows import PROFILE, call, inputs, lived, tiny

DRAW = next(name for name in names_of(repay_early)[0] if "draw." in name)


def test_churn_is_its_base_at_mean_trust_or_above_and_rises_to_its_full_extra_at_none():
    assert call(leaving, 0.01, 3.0, 0.6, 0.6) == pytest.approx(0.01)
    assert call(leaving, 0.01, 3.0, 0.9, 0.6) == pytest.approx(0.01)
    assert call(leaving, 0.01, 3.0, 0.3, 0.6) == pytest.approx(0.025)
    assert call(leaving, 0.01, 3.0, 0.0, 0.6) == pytest.approx(0.04)


@given(st.floats(0, 1, width=32), st.floats(0, 1, width=32))
def test_more_trust_never_means_more_leaving(a, b):
    low, high = sorted((a, b))
    assert call(leaving, 0.01, 3.0, high, 0.6) <= call(leaving, 0.01, 3.0, low, 0.6)


def test_savings_repay_where_the_buffer_is_left():
    assert call(repays_from_savings, 4000.0, 1000.0, 3.0, 1000.0)
    assert not call(repays_from_savings, 3999.0, 1000.0, 3.0, 1000.0)


def test_who_thinks_of_leaving_is_in_the_market():
    got = lived(
        think_of_leaving, {"trust": 0.6, "market": [IN_MARKET, IN_MARKET, DORMANT, LEFT], "draw.churn": [0.1, 0.3, 0.1, 0.1]},
        {"churn.chance": 0.2, "churn.trust_effect": 0.0, "trust.mean": 0.6},
    )
    assert got.unfaithful.tolist() == [1, 0, 0, 0]


GOOD = {
    "account.state": OPEN, "account.asked": 100_00, "account.due": 100_00, "account.interest": 20_00, "account.principal": 1000_00,
    "account.paid_due": 100_00, "unfaithful": 1, "at_catch": 10_000.0, "essential": 1000.0, DRAW: 0.5,
}


def test_who_leaves_repays_the_rest_out_of_savings_and_is_gone():
    got = lived(repay_early, GOOD, slot=0)
    assert got.account_paid_catch_up[0] == 1000_00 - 80_00
    assert got.at_catch[0] == pytest.approx(10_000 - 920)
    assert got.refinanced[0] == 0
    assert got.leaving[0] == 1


def test_a_rival_refinances_what_savings_do_not_cover():
    got = lived(repay_early, GOOD | {"at_catch": 3000.0}, {"prepayment.buffer_months": 3.0}, slot=0)
    assert got.account_paid_catch_up[0] == 920_00
    assert got.at_catch[0] == 3000
    assert got.refinanced[0] == pytest.approx(920)


@pytest.mark.parametrize(
    "otherwise",
    [
        {"account.state": CHARGED_OFF}, {"account.state": CLOSED}, {"account.missed": 1}, {"account.overdue": 1},
        {"account.paid_due": 99_99}, {"account.fees_due": 1}, {"account.asked": 0},
    ],
)
def test_only_in_good_standing(otherwise):
    got = lived(repay_early, GOOD | otherwise, slot=0)
    assert got.account_paid_catch_up[0] == 0
    assert got.leaving[0] == 0
    assert got.at_catch[0] == 10_000


def test_the_last_instalment_leaves_nothing_to_repay_early():
    got = lived(repay_early, GOOD | {"account.principal": 80_00}, slot=0)
    assert got.account_paid_catch_up[0] == 0
    assert got.leaving[0] == 1


def test_early_repayment_comes_with_its_chance():
    u = (np.arange(4000) + 0.5) / 4000
    numbers = {"prepayment.monthly": 0.25, "prepayment.seasoning": 16.0, "prepayment.pull": 0.0}
    here = GOOD | {"unfaithful": 0, DRAW: u, "account.tenor": 36, "account.remaining": 20}
    got = lived(repay_early, here, numbers, slot=0)
    assert (got.account_paid_catch_up > 0).mean() == pytest.approx(0.25, abs=0.001)
    assert not got.leaving.any()
    assert not lived(repay_early, here, numbers | {"prepayment.monthly": 0.0}, slot=0).account_paid_catch_up.any()
    # half as often at half the age, and half as often again where a rival asks five points more than this loan
    young = lived(repay_early, here | {"account.remaining": 28}, numbers, slot=0)
    assert (young.account_paid_catch_up > 0).mean() == pytest.approx(0.125, abs=0.001)
    rival = {"rivals.base": 0.25, "rivals.per_point": 0.0, "rivals.cap": 1.0, "product.0.effective": 1.0, "prepayment.pull": 0.1}
    cheap = lived(repay_early, here | {"account.rate": 2_000}, numbers | rival, slot=0)
    assert (cheap.account_paid_catch_up > 0).mean() == pytest.approx(0.125, abs=0.001)


def test_churn_is_scaled_by_its_switch():
    assert numbers(inputs())["churn.chance"] == np.float32(PROFILE.churn.monthly)
    assert numbers(inputs(churn=0.0))["churn.chance"] == 0


def test_nobody_leaves_where_the_switch_is_off():
    often = "profile.churn.monthly=5%"
    assert (np.asarray(tiny(often).borrowers.market) == LEFT).sum() > 20
    assert (np.asarray(tiny(often, "mechanisms.churn=0").borrowers.market) == LEFT).sum() == 0


def test_early_repayment_seasons_and_follows_the_price_that_a_rival_saves():
    assert call(early_repayment, 0.01, 3, 6.0, 0.1, 0.0) == pytest.approx(0.005)
    assert call(early_repayment, 0.01, 6, 6.0, 0.1, 0.0) == pytest.approx(0.01)
    assert call(early_repayment, 0.01, 30, 6.0, 0.1, 0.05) == pytest.approx(0.015)
    assert call(early_repayment, 0.01, 30, 6.0, 0.1, -0.2) == 0
    assert call(early_repayment, 0.01, 0, 0.0, 0.1, 0.0) == pytest.approx(0.01)
