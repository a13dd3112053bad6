"""What the page of a run says of its figures and events, and which events it has room for."""

from dataclasses import replace

import pandas as pd
import pytest

import sim
from sim.report.distress import worst_seed
from sim.report.figures import FIGURES, delinquency_stack, figure_of
from sim.report.headline import headline
from sim.report.page import _MOST_EVENTS, _events, tied

FAILING = {
    "borrowers.count": 900, "months": 20, "warm_up_months": 4, "policy.funding.warehouse.delinquency_trigger": "0.5%",
    "policy.funding.warehouse.term_out_months": 3,
}


@pytest.fixture(scope="module")
def results():
    return sim.run("recession_with_squeeze", seeds=[3, 4, 5, 6], set=FAILING)


def test_every_headline_figure_has_a_meaning_in_plain_words(results):
    figures = headline(results).figures
    assert len({f.label for f in figures}) == len(figures) == 11
    for figure in figures:
        assert len(figure.meaning) > 15
        assert "_" not in figure.meaning
    assert figures[0].meaning.startswith("highest month of: 4 x three months' net charge-offs")


def test_events_that_do_not_fit_are_told_of_the_seed_that_came_lowest(results):
    assert len(_events(results)[0]) == len(results.events) <= _MOST_EVENTS
    results = replace(results, events=pd.concat([results.events] * 2))
    assert len(results.events) > _MOST_EVENTS
    shown, told = _events(results)
    assert {event["seed"] for event in shown} == {worst_seed(results)}
    assert {"trigger_breach", "illiquid"} <= {event["kind"] for event in shown}
    assert f"seed {worst_seed(results)}, whose liquidity came lowest" in told
    assert f"All {len(results.events)} are in events.csv." in told


def test_a_failed_lender_has_no_spread_and_no_liquidity_in_a_picture(results):
    m = results.monthly
    assert (m["lender_state"].groupby(m["seed"]).last() != "going_concern").all()
    last = m[m["lender_state"] != "going_concern"].groupby("seed")["month_index"].min().max()
    assert last < m["month_index"].max()
    for name, panel, labels in (("macro", 1, ["funding spread"]), ("liquidity", 1, ["cash", "available funding", "equity"])):
        ax = figure_of(results, FIGURES[name].panels[panel]).axes[0]
        for line in (line for line in ax.lines if line.get_label() in labels):
            assert max(x for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True) if y == y) == last, (name, line.get_label())


def test_a_bucket_that_nothing_ever_reaches_is_not_in_the_legend(results):
    assert results.monthly["balance_120_plus"].max() == 0  # charged off at 120 days
    legend = delinquency_stack(results).axes[0].get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["1–29 days", "30–59 days", "60–89 days", "90–119 days"]


def test_a_caption_names_the_product_that_is_seen(results):
    assert "Loans of the product lent most (cash loan)" in FIGURES["vintages"].caption(results)


def test_captions_speak_of_seeds_and_failures_where_there_are_any(results):
    calm = sim.run("baseline", seeds=[3], set={"borrowers.count": 300, "months": 6, "warm_up_months": 2})
    for picture in FIGURES.values():
        words = picture.caption(calm)
        assert not any(word in words for word in ("all seeds", "failed", "failure", "run-off", "lives"))
    told = " ".join(picture.caption(results) for picture in FIGURES.values())
    assert all(word in told for word in ("all seeds together", "a failed lender's book", "up to a failure", "while the lender lives"))


def test_numbers_stay_on_a_line_with_their_units():
    assert tied("mean USD -2.3 m (9 % to 12 %)") == "mean USD\u00a0-2.3\u00a0m (9\u00a0% to 12\u00a0%)"
    assert tied("12 months") == "12 months"
