"""Measures on frames made by hand, against numbers worked out by hand."""

import math

import numpy as np
import pandas as pd
import pytest

from sim.study.facts import measures as of
from tests.study.facts.frames import months, moves


def test_loss_rate_is_annual_net_charge_offs_over_gross_loans():
    m = months(gross_charge_offs=[3.0, 5.0], recoveries=[1.0, 1.0], gross_loans=[100.0, 200.0])
    assert of.net_losses(m) == 6.0
    assert of.loss_rate(m) == pytest.approx(12 * 6 / 300)
    assert of.loss_rate(of.span(m, 2, 2)) == pytest.approx(12 * 4 / 200)


def test_shares_are_of_sums_not_means_of_shares():
    assert of.share(months(a=[1.0, 0.0], b=[1.0, 2.0], gross_loans=[10.0, 30.0]), "a", "b") == pytest.approx(0.1)


def test_quarters_leave_out_one_that_is_not_whole():
    m = months(
        unemployment_rate=[1.0, 2.0, 3.0, 4.0], delinquency_30_plus=[0.1, 0.2, 0.3, 0.4], gross_charge_offs=[3.0, 3.0, 3.0, 9.0],
        recoveries=0.0, gross_loans=[100.0, 100.0, 100.0, 1.0],
    )
    q = of.quarters(m)
    assert len(q) == 1
    assert q.iloc[0].to_dict() == pytest.approx({"unemployment": 2.0, "late": 0.2, "losses": 4 * 9 / 100})


def test_the_lag_is_found_by_which_a_series_follows():
    lead = pd.Series([0.0, 1, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0])
    found = of.lagged_correlations(lead, lead.shift(2), range(-2, 5))
    assert of.best_lag(found) == 2
    assert found[2] == pytest.approx(1.0)


def test_regression_recovers_an_exact_plane_and_what_one_variable_explains():
    x1, x2 = np.array([0.0, 1, 2, 3, 4, 5]), np.array([1.0, 0, 1, 0, 1, 0])
    slopes, explained = of.regression(2 + 3 * x1 - x2, x1, x2)
    assert slopes == pytest.approx([3.0, -1.0])
    assert explained == pytest.approx(1.0)
    assert of.fitted_slope([0, 1, 2], [5, 7, 9]) == pytest.approx(2.0)
    assert of.logit(np.array([0.5, 0.0])) == pytest.approx([0.0, math.log(1e-5 / (1 - 1e-5))])


@pytest.mark.parametrize(("values", "rising", "count"), [
    ([1, 2, 3], True, 0), ([1, 3, 2, 2], True, 2), ([3, 2, 1], False, 0), ([3, 3, 1], False, 1),
])
def test_disorders_count_steps_against_the_order_and_those_that_stand_still(values, rising, count):
    assert of.disorders(values, rising) == count


def test_spells_survive_where_they_are_not_cured():
    survival = of.spell_survival(moves(("1_29", "current", 7), ("1_29", "30_59", 3), ("30_59", "30_59", 1), ("30_59", "charged_off", 1)))
    assert survival == pytest.approx([0.3, 1.0])


def test_gini_of_a_perfect_a_reversed_and_a_worthless_score():
    score, bad = np.array([1.0, 2, 3, 4]), np.array([True, True, False, False])
    assert of.gini(score, bad) == 1.0
    assert of.gini(-score, bad) == -1.0
    assert of.gini(np.ones(4), bad) == 0.0
    assert of.gini(np.array([1.0, 3, 2, 4]), bad) == pytest.approx(0.5)  # three of four pairs in order: 2 x 3/4 - 1
    assert math.isnan(of.gini(score, np.zeros(4, bool)))


def test_stability_index_of_shares_worked_out_by_hand():
    before, after = np.array([0.0] * 50 + [1.0] * 50), np.array([0.0] * 25 + [1.0] * 75)
    assert of.stability_index(before, before, 2) == 0.0
    assert of.stability_index(before, after, 2) == pytest.approx(0.25 * math.log(1.5) - 0.25 * math.log(0.5))


def test_tenths_go_from_the_lowest_scores_up():
    assert of.by_tenths(np.array([4.0, 1, 3, 2]), np.array([False, True, False, True]), 2).tolist() == [1.0, 0.0]


IDENTITIES = {
    "balance_current": 70.0, "balance_1_29": 10.0, "balance_30_59": 8.0, "balance_60_89": 6.0, "balance_90_119": 4.0,
    "balance_120_plus": 2.0, "gross_loans": 100.0, "originations": 8.0, "interest_capitalised": 1.0, "principal_collected": 6.0,
    "gross_charge_offs": 3.0,
    "allowance": 5.0, "provisions": 2.0, "recoveries": 1.0, "interest_collected": 4.0, "fees_collected": 1.0, "disbursed": 8.0,
    "operating_cost": 2.0, "funding_cost": 1.0, "tax": 0.0, "debt_drawn": 3.0, "debt_repaid": 3.0, "capital_paid_in": -1.0,
    "unpaid_obligations": 0.0, "cash": 10.0, "debt": 60.0, "equity": 40.0, "net_income": 1.0, "total_assets": 100.0,
    "missed_total": 10, "missed_fraud": 1, "missed_cannot_pay": 5, "missed_will_not_pay": 2, "missed_forgot": 2,
    "applications": 9, "approvals": 5, "rejected_policy": 3, "rejected_budget": 1,
}


def test_identities_that_hold_leave_nothing_over():
    assert set(of.residuals(months(**{name: [value] * 3 for name, value in IDENTITIES.items()})).values()) == {0.0}


@pytest.mark.parametrize(("column", "broken"), [
    ("balance_30_59", "buckets"), ("originations", "loans"), ("interest_capitalised", "loans"),
    ("provisions", "allowance"), ("disbursed", "cash"), ("net_income", "equity"),
    ("total_assets", "assets"), ("missed_forgot", "missed"), ("rejected_budget", "applications"), ("debt_drawn", "debt"),
])
def test_each_identity_breaks_with_its_column(column, broken):
    values = {name: [value] * 3 for name, value in IDENTITIES.items()}
    values[column] = [values[column][0], values[column][0] + 1, values[column][0]]
    assert of.residuals(months(**values))[broken] == 1.0


def test_accounts_that_no_move_tells_of_are_counted():
    m = pd.DataFrame({"month": ["2026-01", "2026-02"], "active_accounts": [10, 11]})
    told = pd.DataFrame({"month": ["2026-01", "2026-02", "2026-02"], "accounts": [9, 6, 3]})
    assert of.unmoved(told, m) == 1
