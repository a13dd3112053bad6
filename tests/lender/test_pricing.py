"""Annuities and caps against closed forms."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.accounts.methods import METHODS, annuity_factor, flat_fee_factor, interest_of
from sim.lender.pricing import capped_rate, offer_terms, pays
from sim.lender.products import products_of
from tests.rows import POLICY, PROFILE, changed


@pytest.mark.parametrize(("rate", "months", "principal", "instalment"), [(2400, 12, 10_000, 945.596), (1400, 36, 10_000, 341.776)])
def test_published_instalments(rate, months, principal, instalment):
    assert principal * annuity_factor(rate, months) == pytest.approx(instalment, abs=5e-4)


def test_no_interest_is_a_straight_line():
    assert annuity_factor(0, 8) == 0.125


@given(st.integers(0, 20_000), st.integers(2, 120))
def test_an_annuity_repays_its_principal(rate, months):
    balance, factor = 1.0, annuity_factor(rate, months)
    for _ in range(months):
        balance += balance * rate / 120_000 - factor
    assert balance == pytest.approx(0, abs=1e-6)


@given(st.integers(0, 6_000), st.sampled_from([6, 12, 36]), st.floats(0, 0.06), st.floats(0.12, 0.6))
def test_the_all_in_price_keeps_the_cap_and_is_the_highest_that_does(rate, months, fee, cap):
    for method in METHODS.values():
        found = capped_rate(method.factor, rate, months, fee, cap)
        limit = (1 - fee) * annuity_factor(int(cap * 10_000 + 1e-9), months)
        if found < 0:
            assert method.factor(0, months) > limit
        else:
            assert found <= rate
            assert method.factor(found, months) <= limit
            assert found == rate or method.factor(found + 1, months) > limit


@pytest.mark.parametrize(("fee", "irr"), [(0.005, 0.109), (0.0075, 0.162), (0.01, 0.215), (0.015, 0.317)])
def test_flat_fee_trap(fee, irr):
    # half a per cent a month on the original principal is not six per cent a year
    asked = round(fee * 120_000)  # the monthly fee as basis points a year
    assert capped_rate(flat_fee_factor, asked, 12, 0.0, irr + 0.001) == asked
    assert 0 < capped_rate(flat_fee_factor, asked, 12, 0.0, irr - 0.002) < asked


@given(st.integers(0, 20_000_000_00), st.integers(0, 30_000))
@settings(deadline=None)  # the first call compiles
def test_interest_is_exact_half_up(base, rate):
    if base < 2**31:
        exact = (2 * base * rate + 120_000) // 240_000
        if exact < 2**31:
            assert int(interest_of(base, rate)) == exact


@given(st.integers(0, 6_000), st.sampled_from([6, 12, 36]), st.floats(0, 0.06), st.floats(0.01, 0.6))
def test_an_offer_pays_where_its_all_in_price_is_at_least_what_it_costs(rate, months, fee, least):
    for method in METHODS.values():
        factor, whole = method.factor(rate, months), int(least * 10_000 + 1e-9)
        assert pays(factor, months, fee, least) == (factor >= (1 - fee) * annuity_factor(whole, months))
    # without a fee an annuity's all-in price is its rate
    assert pays(annuity_factor(whole, months), months, 0.0, least)
    assert not pays(annuity_factor(whole, months), months, 0.0, least + 0.01)


def test_a_cap_rations_the_bands_that_cost_more_than_it_lets_the_lender_earn():
    cash = products_of(POLICY, PROFILE)[0]
    offered = {cap: (offer_terms(POLICY, cash, 0.07, cap).rate >= 0).tolist() for cap in (0.36, 0.24, 0.2, 0.1)}
    assert offered == {0.36: [True] * 4, 0.24: [True, True, True, False], 0.2: [True, True, False, False], 0.1: [False] * 4}


def test_dear_funding_rations_under_the_policys_own_cap_and_a_lender_content_with_less_lends_on():
    cash = products_of(POLICY, PROFILE)[0]
    assert (offer_terms(POLICY, cash, 0.2, 1.0).rate >= 0).tolist() == [True, True, True, False]
    content = changed(POLICY, pricing={"least_margin": -1.0})
    assert (offer_terms(content, cash, 0.2, 1.0).rate >= 0).all()
