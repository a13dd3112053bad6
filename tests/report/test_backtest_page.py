"""The page of a back-test holds what the tables hold, says how it was made, and is whole without a network."""

import re
from dataclasses import replace

import numpy as np
import pytest

import sim
from sim.report.backtest import turn_rows, verdict
from sim.report.backtest_page import courses, write_backtest_page


@pytest.fixture(scope="module")
def result():
    return sim.backtest(
        "us_consumer_credit_to_2006", None, "1991", "2006", scenario="us_history", fit_to="2000", begin="1990-06", seeds=2,
        set={
            "borrowers.count": 1_500, "warm_up_months": 4, "policy.funding.capital_ratio": "40%", "policy.funding.dividend_above": "null",
        },
    )


@pytest.fixture(scope="module")
def page(result, tmp_path_factory):
    return result.report(tmp_path_factory.mktemp("page") / "report.html").read_text(encoding="utf-8")


def test_it_says_what_was_left_out_and_how_incomes_grew(page):
    assert "Left out of fit and judgement: 2005 Q4 (rush to file before the bankruptcy law of October 2005); 2006 Q1" in page
    assert "Real incomes grow 1 % a year" in page
    assert "Fitted on 1991 Q1 to 2000 Q4, judged on the quarters after it to 2006 Q4." in page


def test_every_series_has_its_scores_and_its_verdict(result, page):
    for series in result.overview["series"]:
        assert f"<h2>{series.replace('_', ' ')}</h2>" in page
        assert verdict(result, series) in page
    rows = result.scores.query("model == 'simulated'")
    assert page.count('<tr class="ours">') == len(rows) == 6
    for rmse in rows["rmse"]:
        assert f">{100 * rmse:.2f}</td>" in page


@pytest.mark.parametrize(("simulated", "place"), [
    (0.004, "better than a constant and the regression on unemployment."),
    (0.006, "better than the regression on unemployment, no better than a constant."),
    (0.009, "no better than a constant or the regression on unemployment."),
])
def test_the_verdict_is_of_the_quarters_judged(result, simulated, place):
    scores = result.scores.copy()
    scores["rmse"] = 0.001
    for model, rmse in (("simulated", simulated), ("constant", 0.005), ("regression", 0.007)):
        scores.loc[(scores["window"] == "judged") & (scores["model"] == model), "rmse"] = rmse
    said = verdict(replace(result, scores=scores), "card_net_charge_off_rate")
    assert said == f"The simulation misses by {100 * simulated:.2f} points, a constant by 0.50, the regression by 0.70: {place}"


def test_nothing_is_fetched_ids_are_unique_and_tables_scroll(page):
    assert "http" not in page.replace("http://www.w3.org", "")
    ids = re.findall(r'id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert page.count("<table") == page.count('<div class="wide" tabindex="0" role="region" aria-label="table"><table')


def test_the_picture_shows_each_series_and_unemployment(result):
    axes = courses(result).axes
    assert len(axes) == len(result.overview) + 1
    for ax, (_, rows) in zip(axes, result.series.groupby("series", sort=False), strict=False):
        lines = {line.get_label(): line.get_ydata() for line in ax.get_lines()}
        np.testing.assert_allclose(lines["published"], 100 * rows["published"])
        np.testing.assert_allclose(lines["simulated, scaled"], 100 * rows["simulated"])
        assert np.ptp(ax.get_ylim()) < 2 * 100 * np.ptp(rows[["published", "simulated", "regression"]])  # not the band of two seeds
    np.testing.assert_allclose(axes[-1].get_lines()[0].get_ydata()[0], 100 * result.series["unemployment_rate"].iloc[0])


def test_text_from_a_file_is_text(result, tmp_path):
    result.manifest["notes"].append("<b>bold</b>")
    page = write_backtest_page(result, tmp_path / "report.html").read_text(encoding="utf-8")
    result.manifest["notes"].pop()
    assert "&lt;b&gt;bold&lt;/b&gt;" in page


def test_turning_points_say_who_was_late(result):
    rows = [row for series in result.overview["series"] for row in turn_rows(result, series)]
    assert len(rows) == len(result.turning_points)
    alone = result.turning_points[["published", "simulated"]].isna().sum().sum()
    assert sum(row.count("none") for row in rows) == alone > 0
    for (_, _, _, said), late in zip(rows, result.turning_points["quarters_late"], strict=True):
        if late != late:
            assert said == "–"
        else:
            assert said == ("same quarter" if late == 0 else f"{abs(late):.0f} quarter{'s' if abs(late) > 1 else ''} "
                            f"{'late' if late > 0 else 'early'}")
