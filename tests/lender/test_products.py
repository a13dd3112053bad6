"""What is offered reaches the accounts: terms by product and band, amounts in whole units within bounds, exact instalments."""

import numpy as np
import pytest

import sim


@pytest.fixture(scope="module")
def model():
    made = sim.LendingModel("baseline", set=["borrowers.count=4_000", "months=3", "warm_up_months=1"], threads=1)
    made.run_model()
    return made


def fresh(model, slot):
    account = model.population.accounts[slot]
    return account, np.flatnonzero((account.opened == model.month) & (account.state == 1))


def test_a_products_number_is_its_slot_and_its_name_its_own(model):
    products = model.lender.products
    assert [p.number for p in products] == list(range(len(products)))
    assert len({p.name for p in products}) == len(products) == len(model.population.accounts)


def test_a_new_account_carries_the_terms_of_its_product_and_band(model):
    for slot, terms in enumerate(model.lived.terms):
        account, rows = fresh(model, slot)
        assert rows.size > 10
        band = account.band[rows]
        np.testing.assert_array_equal(account.rate[rows], terms.rate[band])
        np.testing.assert_array_equal(account.tenor[rows], terms.tenor[band])
        np.testing.assert_array_equal(account.remaining[rows], terms.tenor[band])
        face = account.original[rows].astype(np.int64)
        np.testing.assert_array_equal(account.instalment[rows], np.floor(face * terms.factor[band] + 0.5))


def test_amounts_are_whole_units_within_what_the_product_lends(model):
    minor = model.lender.minor
    for slot, product in enumerate(model.lender.products):
        account, rows = fresh(model, slot)
        face = account.original[rows]
        assert (face % minor == 0).all()
        assert face.min() >= product.minimum * minor - minor
        assert face.max() <= product.maximum * minor


def test_the_band_is_the_best_that_the_score_earns(model):
    for slot, terms in enumerate(model.lived.terms):
        account, rows = fresh(model, slot)
        points = model.population.household.score[rows]
        for k, least in enumerate(terms.min_score):
            mine = account.band[rows] == k
            assert (points[mine] >= least).all()
            if k:
                assert (points[mine] < terms.min_score[k - 1]).all()


def test_instalments_and_debts_elsewhere_keep_within_the_cap_on_income(model):
    cap = model.policy.underwriting.payment_to_income_cap
    for slot in range(len(model.lender.products)):
        account, rows = fresh(model, slot)
        income = model.population.household.permanent[rows].astype(float) * model.lender.minor
        assert (account.instalment[rows] <= cap * income + 1).all()


def test_terms_are_dearer_for_worse_bands_and_funding_costs_are_passed_on(model):
    offers = list(zip(model.lender.terms(0.05, 1.0), model.lender.terms(0.08, 1.0), strict=True))
    for product, (cheap, dear) in zip(model.lender.products, offers, strict=True):
        assert cheap.rate.tolist() == sorted(cheap.rate.tolist()), product.name
        assert (dear.rate >= cheap.rate).all()
    assert any((dear.rate > cheap.rate).any() for cheap, dear in offers)


def test_prices_are_made_anew_when_the_cost_of_funds_the_cap_or_the_policy_changes():
    lender = sim.LendingModel("baseline", set=["borrowers.count=200", "months=1", "warm_up_months=0"], threads=1).lender
    rates = lender.terms(0.05, 1.0)[0].rate
    assert lender.terms(0.05, 1.0)[0].rate is rates
    assert (lender.terms(0.06, 1.0)[0].rate > rates).all()
    assert (lender.terms(0.05, 0.1)[0].rate < rates).all()
    dearer = lender.policy.pricing.model_copy(update={"base_margin": lender.policy.pricing.base_margin + 0.01})
    lender.adopt(lender.policy.model_copy(update={"pricing": dearer}))
    assert (lender.terms(0.05, 1.0)[0].rate == rates + 100).all()


def test_a_product_that_is_not_offered_is_neither_asked_for_nor_held():
    model = sim.LendingModel(
        "baseline", set=["borrowers.count=1_000", "months=3", "warm_up_months=1", "policy.products.cash_loan.offered=false"], threads=1,
        own_past=True,
    )
    model.run_model()
    names = [p.name for p in model.lender.products]
    for name, account in zip(names, model.population.accounts, strict=True):
        assert (account.state == 0).all() == (name == "cash_loan"), name
