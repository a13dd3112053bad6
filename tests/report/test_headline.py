"""The lines of a run's horizon table: equity is bridged from the opening by net income and dividends."""

import pytest

import sim
from sim.report.headline import headline, horizon_terms

SMALL = {"borrowers.count": 700, "months": 20, "warm_up_months": 6, "policy.funding.capital_ratio": "40%"}


@pytest.fixture(scope="module")
def results():
    return sim.run("baseline", seeds=2, set=SMALL)


def test_opening_equity_and_profit_less_dividends_are_the_equity_of_every_month(results):
    m = results.monthly
    assert (m.groupby("seed")["dividends"].sum() > 0).all()
    for seed, own in m.groupby("seed"):
        opening = results.opening.set_index("seed")["equity"][seed]
        rolled = opening + (own["net_income"] - own["dividends"]).cumsum()
        assert (rolled - own["equity"]).abs().max() < 0.01 * len(own)  # each figure is rounded to a cent


def test_equity_rolls_forward_in_the_horizon_table_as_it_is_printed(results):
    table = dict(headline(results).horizons)
    months = len(table[""])
    assert table[""][-1] == "month 20"

    def amounts(label):
        return [float(cell.removeprefix("USD ").replace(",", "")) for cell in table[label][1:months]]

    opening = float(table["Equity"][0].removeprefix("USD ").replace(",", ""))
    flows = zip(amounts("Equity"), amounts("Net income, cumulative"), amounts("Dividends, cumulative"), strict=True)
    for equity, profit, paid in flows:
        assert opening + profit - paid == pytest.approx(equity, abs=2)  # each is rounded to a unit
    assert {"Equity", "Net income, cumulative", "Dividends, cumulative"} <= {term.label for term in horizon_terms()}


def test_equity_rolls_forward_in_the_summary_of_every_seed(results):
    s = results.summary()
    assert (s["dividends"] > 0).all()
    assert (s["opening_equity"] + s["net_income"] - s["dividends"] - s["final_equity"]).abs().max() < 0.3


def test_a_difference_in_equity_is_one_of_profit_less_one_of_dividends():
    comparison = sim.compare(
        "baseline", ["standard", {"label": "keeps", "policy": "standard", "set": {"funding.dividend_above": "90%"}}], seeds=2, set=SMALL
    )
    at_end = comparison.table[comparison.table["horizon"] == 20].set_index("metric")["diff"]
    assert at_end["dividends"] < 0
    assert at_end["equity"] == pytest.approx(at_end["net_income"] - at_end["dividends"], abs=0.3)


def test_the_event_of_a_first_dividend_tells_the_months_own(results):
    begun = results.events[results.events["kind"] == "dividends_begin"]
    m = results.monthly.set_index(["seed", "month"])["dividends"]
    assert len(begun)
    for row in begun.to_dict("records"):
        assert m[row["seed"], row["month"]] == pytest.approx(row["value"])
