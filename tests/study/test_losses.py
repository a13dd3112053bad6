"""The log of loans and charge-offs adds up to the books, and a comparison's parts to its totals."""

import pandas as pd
import pytest

import sim
from sim.study.losses import DIMENSIONS, WHY, by_dimension, live

SMALL = {"borrowers.count": 2_500, "months": 14, "warm_up_months": 4}


@pytest.fixture(scope="module")
def lived():
    model = sim.LendingModel("severe_recession", set=SMALL)
    return model, live(model)


def test_the_log_adds_up_to_the_months(lived):
    model, log = lived
    monthly = model.monthly_frame()
    for what, column in (("charged_off", "gross_charge_offs"), ("lent", "originations")):
        frame = log.frame(model, what)
        sums = frame.groupby("month")["principal"].sum().reindex(monthly["month"]).fillna(0.0)
        assert sums.to_numpy() == pytest.approx(monthly[column].to_numpy(), abs=0.005)


def test_the_parts_of_a_dimension_add_up_to_the_whole(lived):
    model, log = lived
    parts = by_dimension(log, model)
    for what, dimensions in DIMENSIONS.items():
        whole = log.frame(model, what)["principal"].sum()
        for dimension in dimensions:
            assert sum(v for (w, d, _), v in parts.items() if (w, d) == (what, dimension)) == pytest.approx(whole)


def test_early_charge_offs_are_those_that_the_month_counts_as_direct_and_come_before_their_age(lived):
    model, log = lived
    frame = log.frame(model)
    assert set(frame["cause"]) <= {*WHY}
    assert (frame["cause"] == "none").sum() <= 3  # missed for the last time before month 1
    assert (frame.query("cause == 'none'")["month_index"] <= 4).all()
    early = frame.query("cause == 'bankruptcy_or_death'")["principal"].sum()
    direct = sum(row["direct_charge_offs"] for row in model.rows) / model.lender.minor
    # of the direct ones those that would have been charged off the month after anyway are told by what they missed
    assert 0.85 * direct < early <= direct + 0.01


@pytest.fixture(scope="module")
def comparison():
    return sim.compare("severe_recession", ["standard", "strict"], seeds=[4, 5], set=SMALL)


def test_effects_stand_next_to_the_totals_and_add_up_to_them(comparison):
    total = comparison.table.query("metric == 'gross_charge_offs' and horizon == 14").iloc[0]
    for dimension in DIMENSIONS["charged_off"]:
        part = comparison.effects[(comparison.effects["metric"] == "charged_off") & (comparison.effects["dimension"] == dimension)]
        assert part["diff"].sum() == pytest.approx(total["diff"], abs=0.01)
        assert part["baseline"].sum() == pytest.approx(total["baseline"], abs=0.01)
    causes = comparison.effects.query("dimension == 'cause'")["level"].tolist()
    assert causes == sorted(causes, key=WHY.index)


def test_the_counterfactual_says_when_of_what_and_why(comparison):
    people = comparison.counterfactual
    for side in ("baseline", "alternative"):
        known = people[f"charged_off_month_{side}"].notna()
        pd.testing.assert_series_equal(known, people[f"charged_off_{side}"], check_names=False)
        assert set(people.loc[known, f"charged_off_cause_{side}"]) <= {*WHY}
    only = people[people["charged_off_baseline"] & ~people["charged_off_alternative"]]
    model = sim.LendingModel("severe_recession", seed=4, set=SMALL)
    model.run_model()
    row = only[only["seed"] == 4].iloc[0]
    account = model.population.by_product[row["charged_off_product_baseline"]]
    assert model.conditions.label(int(account.charged_off[row["borrower_id"]])) == row["charged_off_month_baseline"]
