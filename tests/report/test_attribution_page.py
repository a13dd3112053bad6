"""The page of an attribution: figures that add up as they are shown, a sentence for each player, nothing fetched."""

import re
from dataclasses import replace
from html import escape as as_html
from itertools import pairwise

import numpy as np
import pytest

import sim
from sim.report.attribution import Scale, how, largest, loop_rows, metrics_of, shared
from sim.report.attribution_page import waterfall, write_attribution_page
from tests.command import lendsim

SMALL = {"borrowers.count": 900, "months": 12, "warm_up_months": 3}


@pytest.fixture(scope="module")
def result():
    return sim.attribute("severe_recession", seeds=3, set=SMALL)


@pytest.fixture(scope="module")
def page(result, tmp_path_factory):
    return result.report(tmp_path_factory.mktemp("page") / "report.html").read_text(encoding="utf-8")


def escape(text):
    return as_html(text).replace("&#x27;", "&#39;")


def number(text):
    return round(float(text.replace("−", "-").replace(",", "")), 6)


@pytest.mark.parametrize("part", ["shocks", "causes"])
def test_what_is_shown_adds_up_to_the_last_digit(result, part):
    for metric in metrics_of(result, part):
        one = shared(result, part, metric)
        total = number(one.base) + sum(number(line.share) for line in one.lines)
        assert total == pytest.approx(number(one.full), abs=1e-6)
        assert sum(one.steps[:-1]) == one.steps[-1]


def test_every_player_has_its_row_and_its_sentence(result, page):
    for part in ("shocks", "causes"):
        for metric in metrics_of(result, part):
            one = shared(result, part, metric)
            assert [line.player for line in one.lines] == [p["name"] for p in result.manifest["players"] if p["part"] == part]
            for line in one.lines:
                assert f"<li>{line.sentence}</li>" in page
                cells = {"contribution": line.share, "95 % interval": line.interval, "of the change": line.of_total}
                assert "".join(f'<td data-head="{head}">{text}</td>' for head, text in cells.items()) in page
    for player in result.manifest["players"]:
        assert player["part"] == "loops" or escape(player["without"]) in page
        assert escape(player.get("why", "")) in page


def altered(result, **values):
    """The result with other figures for unemployment's share of net charge-offs."""
    table = result.table.copy()
    chosen = (table["part"] == "shocks") & (table["metric"] == "net_charge_offs")
    for name, value in {"unit": "money", "total": 5.1e6, "total_low": 4e6, "total_high": 6e6, "base": 4e6, "full": 9.1e6}.items():
        table.loc[chosen, name] = value
    table.loc[chosen, ["share", "ci_low", "ci_high", "of_total", "interval"]] = (0.0, np.nan, np.nan, 0.0, "no seed differs")
    for player, figures in values.items():
        for name, value in figures.items():
            table.loc[chosen & (table["player"] == player), name] = value
    return shared(replace(result, table=table), "shocks", "net_charge_offs")


def test_the_sentences_of_a_share_one_that_works_against_it_one_not_sure_and_none(result):
    t = {"interval": "t"}
    one = altered(
        result,
        unemployment_rate=t | {"share": 5.9e6, "ci_low": 5e6, "ci_high": 7e6, "of_total": 1.157, "of_total_low": 1.1, "of_total_high": 1.2},
        real_income_growth=t | {"share": -1e6, "ci_low": -1.5e6, "ci_high": -5e5, "of_total": -0.196},
        outside_credit=t | {"share": 2e5, "ci_low": -1e5, "ci_high": 5e5, "of_total": 0.039, "of_total_low": -0.02, "of_total_high": 0.1},
    )
    assert [line.sentence for line in one.lines] == [
        "Of the change of +5.10 million USD in net charge offs, unemployment rate makes +5.90 million USD (116 %, 110 to 120).",
        "Against the change of +5.10 million USD in net charge offs, real income growth makes −1.00 million USD "
        "(95 % interval −1.50 to −0.50).",
        "Of the change of +5.10 million USD in net charge offs, outside credit makes +0.20 million USD (4 %, −2 to 10); not surely, for "
        "its 95 % interval, −0.10 to +0.50, holds zero.",
        "Policy rate changes nothing in net charge offs.",
    ]
    assert [line.sure for line in one.lines] == [True, True, False, False]
    assert largest(one).player == "unemployment_rate"
    assert (one.base, one.full, one.total_interval) == ("4.00", "9.10", "+4.00 to +6.00")


def test_a_share_of_what_is_not_sure_or_small_beside_its_makers_is_not_told(result):
    t = {"interval": "t", "share": 5.1e6, "ci_low": 5e6, "ci_high": 5.2e6, "of_total": 1.0, "total_low": -1e6}
    assert altered(result, unemployment_rate=t).lines[0].of_total == "–"
    opposed = {"interval": "t", "share": 5.1e6, "ci_low": 5e6, "ci_high": 5.2e6, "of_total": 8.4}
    assert altered(result, unemployment_rate=opposed).lines[0].sentence == (
        "Of the change of +5.10 million USD in net charge offs, unemployment rate makes +5.10 million USD (95 % interval +5.00 to +5.20)."
    )
    tiny = {"interval": "t", "share": 100.0, "ci_low": 50.0, "ci_high": 150.0}
    whole = {"interval": "t", "share": 5.1e6, "ci_low": 5e6, "ci_high": 5.2e6, "of_total": 1.0}
    one = altered(result, unemployment_rate=whole, policy_rate=tiny)
    assert one.lines[-1].sentence == "Policy rate makes next to nothing of the change of +5.10 million USD in net charge offs."


@pytest.mark.parametrize(("unit", "most", "value", "text", "words"), [
    ("money", 5.1e6, -2_345_678, "−2.35", "million USD"), ("money", 5.1e8, 2_345_678, "2.3", "million USD"),
    ("money", 80_000, 12_345, "12.3", "thousand USD"), ("money", 900, 12.4, "12", "USD"), ("ratio", 0.2, 0.0123456, "1.23", "%"),
    ("flag", 1, 0.3, "30.00", "%"), ("count", 20, 12.34, "12.3", ""),
])
def test_figures_have_units_and_digits_for_their_size(unit, most, value, text, words):
    scale = Scale.of(unit, most, "USD")
    assert (scale.text(scale.steps(value)), scale.words) == (text, words)


def test_loops_that_have_no_part_say_so(result, page):
    heads, rows = loop_rows(result)
    assert heads[0].startswith("net charge offs, ")
    by_name = {row[0][0]: row[1:] for row in rows}
    assert {text for text, _, _ in by_name["hardship plans"]} == {"nothing"}
    assert len(by_name) == 17 == len(result.loops["loop"].unique())
    assert "take-up of the lender&#39;s hardship plans" in page


def test_the_waterfall_begins_and_ends_with_the_figures(result):
    one = shared(result, "shocks", "net_charge_offs")
    bars = waterfall(result, "shocks", "net_charge_offs").axes[0].patches
    unit = float(one.scale.step / one.scale.unit)
    assert [bar.get_width() for bar in bars] == pytest.approx([step * unit for step in one.steps])
    for before, bar in pairwise(bars[:-1]):
        assert bar.get_x() == pytest.approx(before.get_x() + before.get_width())
    assert bars[-2].get_x() + bars[-2].get_width() == pytest.approx(bars[-1].get_width())
    assert result.plot().axes[0].get_title(loc="left").startswith("Net charge offs, ")


def test_it_says_how_it_was_made_and_holds_its_past(result, page):
    flat = " ".join(how(result))
    assert "15 for 4 shocks, 7 for 3 causes, 17 for 17 single loops) on 3 seeds: 120 runs of 12 months" in flat
    assert "All worlds begin from that one book: a cause or a loop is off from month 1 on" in flat
    assert "All worlds begin from that one book" in page
    assert "average" in page


def test_nothing_is_fetched_ids_are_unique_and_tables_scroll(page):
    assert "http" not in page.replace("http://www.w3.org", "")
    ids = re.findall(r'id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert page.count("<table") == page.count('<div class="wide" tabindex="0" role="region" aria-labelledby=')


def test_text_from_a_file_is_text_on_page_and_terminal(result, tmp_path):
    hostile = replace(result, manifest=result.manifest | {"title": "<b>bold</b> [red]"})
    page = write_attribution_page(hostile, tmp_path / "report.html").read_text(encoding="utf-8")
    assert "&lt;b&gt;bold&lt;/b&gt;" in page
    assert "<b>bold" not in page
    done = lendsim("attribute", "severe_recession", "--seeds", 1, "--set", "title=A [red] one", "--set", "borrowers.count=200",
                   "--set", "months=3", "--set", "warm_up_months=1", "--part", "causes")
    assert "Attribution: A [red] one" in done.stdout
    assert "One seed is one course of luck: there is no interval." in done.stdout
