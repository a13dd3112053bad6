"""The page of a comparison holds what the tables hold, explains every name, and is whole without a network."""

import re

import pytest

import sim
from sim.report.comparison import reduction
from sim.report.comparison_page import bridge, write_comparison_page

SMALL = {"borrowers.count": 900, "months": 20, "warm_up_months": 4}


@pytest.fixture(scope="module")
def comparison():
    return sim.compare("recession_with_squeeze", ["standard", {"label": "<strict>", "policy": "strict"}], seeds=[3, 4, 5], set=SMALL)


@pytest.fixture(scope="module")
def page(comparison, tmp_path_factory):
    return write_comparison_page(comparison, tmp_path_factory.mktemp("page") / "report.html").read_text(encoding="utf-8")


def test_every_metric_stands_there_with_its_meaning_at_every_horizon(comparison, page):
    for metric in comparison.table["metric"].unique():
        assert page.count(f">{metric.replace('_', ' ')}</abbr>") == 3
    assert 'title="gross_charge_offs - recoveries, summed (mean over the seeds)"' in page
    for horizon in (9, 18, 20):
        assert f"to month {horizon}</summary>" in page


def test_text_of_a_label_is_text_and_nothing_is_fetched(page):
    assert "<strict>" not in page
    assert "&lt;strict&gt;" in page
    assert "http" not in page.replace("http://www.w3.org", "")
    ids = re.findall(r'id="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_tables_wider_than_a_phone_scroll_in_their_own_frame(page):
    assert page.count("<table") == page.count('<div class="wide"><table')


def test_events_tell_in_how_many_seeds_and_when(comparison, page):
    change = comparison.events.query("kind == 'policy_change'")
    assert set(change["policy"]) == {"<strict>"}
    assert "3 of 3 seeds, first 2026-01" in page


def test_the_bridge_adds_up_to_the_difference_of_net_income(comparison):
    widths = [bar.get_width() for bar in bridge(comparison).axes[0].patches]
    total = comparison.table.query("metric == 'net_income' and horizon == 20")["diff"].iloc[0]
    assert widths[-1] == pytest.approx(total / 1e6)
    assert sum(widths[:-1]) == pytest.approx(widths[-1])


def test_the_folder_holds_the_page_and_every_table(comparison, tmp_path):
    folder = comparison.save(tmp_path / "out")
    assert {p.name for p in folder.iterdir()} == {
        "comparison.csv", "effects.csv", "seeds.csv", "events.csv", "counterfactual.parquet", "manifest.json", "report.html",
    }


def test_the_per_seed_table_is_what_the_table_is_made_of(comparison):
    seeds = comparison.seeds.query("metric == 'net_income' and horizon == 20").pivot(index="seed", columns="policy", values="value")
    row = comparison.table.query("metric == 'net_income' and horizon == 20").iloc[0]
    assert (seeds["<strict>"] - seeds["standard"]).mean() == pytest.approx(row["diff"])


@pytest.mark.parametrize(("seeds", "low", "said"), [
    (4, float("nan"), "too few seeds"), (12, float("nan"), "1.0x, most seeds alike"), (12, 0.8, "1.0x (0.8 to 1.2)"),
])
def test_a_variance_reduction_without_an_interval_says_which_reason_it_has(seeds, low, said):
    assert reduction({"variance_reduction": 1.0, "reduction_low": low, "reduction_high": 1.2, "seeds": seeds}) == said
