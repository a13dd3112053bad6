"""The page of a comparison holds what the tables hold, explains every name, and is whole without a network."""

import re
from dataclasses import replace

import pytest

import sim
from sim.report.comparison import difference, number, reduction
from sim.report.comparison_page import SERIES, _block, bridge, courses, write_comparison_page
from sim.report.figures import until_failure

SMALL = {"borrowers.count": 900, "months": 20, "warm_up_months": 4}


@pytest.fixture(scope="module")
def comparison():
    return sim.compare("recession_with_squeeze", ["standard", {"label": "<strict>", "policy": "strict"}], seeds=[3, 4, 5], set=SMALL)


@pytest.fixture(scope="module")
def page(comparison, tmp_path_factory):
    return write_comparison_page(comparison, tmp_path_factory.mktemp("page") / "report.html").read_text(encoding="utf-8")


def test_every_metric_stands_there_with_its_meaning_at_every_horizon(comparison, page):
    # what is nothing on both sides up to a horizon has no row there: nobody has been paid a dividend by month 9
    for metric, rows in comparison.table.groupby("metric").size().items():
        assert page.count(f"<b>{metric.replace('_', ' ')}.</b>") == rows >= 2
    assert (comparison.table.groupby("metric").size() == 3).sum() > 15
    assert "<b>net charge offs.</b> gross charge offs - recoveries, summed (mean over 3 seeds)." in page
    assert "<b>gross loans.</b> principal of open accounts; at the horizon (median over 3 seeds)." in page
    for horizon in (9, 18, 20):
        assert f"to month {horizon}</summary>" in page


def test_text_of_a_label_is_text_and_nothing_is_fetched(page):
    assert "<strict>" not in page
    assert "&lt;strict&gt;" in page
    assert "http" not in page.replace("http://www.w3.org", "")
    ids = re.findall(r'id="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_tables_wider_than_a_phone_scroll_in_their_own_frame(page):
    assert page.count("<table") == len(re.findall(r'<div class="wide"[^>]*><table', page))


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


@pytest.fixture(scope="module")
def failing():
    terms = {"policy.funding.warehouse.delinquency_trigger": "0.5%", "policy.funding.warehouse.term_out_months": 3}
    return sim.compare("recession_with_squeeze", ["standard", "strict"], seeds=[3, 4], set=SMALL | terms)


def rows_of(comparison, horizon):
    """The lines of a horizon's table by metric, and its column heads."""
    part = comparison.table[comparison.table["horizon"] == horizon]
    lines = _block(comparison, part)["horizons"][0]
    return {row["term"].label: row for row in lines["rows"]}, lines["heads"]


def with_failures(comparison, seeds):
    """The comparison as if the baseline's lender had failed in month 2 of these seeds, and no other had."""
    monthly = comparison.monthly.assign(lender_state="going_concern")
    mine = (monthly["policy"] == "standard") & monthly["seed"].isin(seeds)
    monthly.loc[mine & (monthly["month_index"] >= 2), "lender_state"] = "illiquid"
    return replace(comparison, monthly=monthly)


def test_ratios_that_count_failed_lenders_are_marked_and_those_of_failed_lenders_alone_left_out(comparison):
    rows, heads = rows_of(with_failures(comparison, [4]), 20)
    assert [head["failed"] for head in heads] == [1, 0]
    standard, strict, diff = rows["delinquency 30 plus"]["cells"]
    assert standard.endswith(" % †")
    assert not strict.endswith("†")
    assert diff.endswith(" pp †")
    assert not any("†" in cell for cell in rows["net income"]["cells"])  # the head says it of the whole column
    rows, heads = rows_of(with_failures(comparison, [3, 4, 5]), 20)
    assert [head["failed"] for head in heads] == [3, 0]
    late = rows["delinquency 30 plus"]
    assert (late["cells"][0], late["cells"][2], late["interval"], late["reduction"], late["sure"]) == ("– †", "– †", "– †", "–", False)
    assert late["cells"][1].endswith(" %")
    rows, _ = rows_of(with_failures(comparison, []), 20)
    assert not any("†" in cell for row in rows.values() for cell in [*row["cells"], row["interval"]])


def test_a_line_says_its_unit_and_its_numbers_are_the_tables(comparison):
    rows, _ = rows_of(with_failures(comparison, []), 20)
    table = comparison.table.query("horizon == 20").set_index("metric")
    lent = table.loc["originations"]
    digits = 2 if max(lent["baseline"], lent["alternative"]) >= 1e7 else 3
    assert rows["originations"]["unit"] == "USD million"
    assert rows["originations"]["cells"] == [f"{lent[side] / 1e6:,.{digits}f}" for side in ("baseline", "alternative", "diff")]
    assert rows["complaints"]["unit"] == "number"
    late = table.loc["delinquency_30_plus"]
    assert rows["delinquency 30 plus"]["cells"][2] == f"{100 * late['diff']:.2f} pp"


@pytest.mark.parametrize(("metric", "value", "said"), [
    ("approval_rate", 0.634, "63.40 %"), ("capital_ratio", 0.2, "20.00 %"), ("survival_censored", 0.5, "50.00 %"),
    ("cash", 1234.4, "1,234"), ("survival_months", 7.0, "7"), ("cash", float("nan"), "–"),
])
def test_a_ratio_asked_for_is_a_ratio(metric, value, said):
    assert number(metric, value) == said
    assert difference(metric, value) == said.replace("%", "pp")


def test_one_seed_has_no_columns_for_what_it_cannot_have(tmp_path):
    one = sim.compare("recession_with_squeeze", ["standard", "strict"], seeds=[3], set=SMALL)
    page = write_comparison_page(one, tmp_path / "report.html").read_text(encoding="utf-8")
    assert "another seed may say the opposite" in page
    assert "95 % interval" not in page
    assert "1 of 1 seeds" not in page
    assert "bands hold" not in page


def test_pictures_end_a_failed_lenders_liquidity_and_mark_its_month(failing):
    m = failing.monthly
    assert (m["lender_state"] != "going_concern").any()
    kept = until_failure(m)
    for _, rows in m.groupby(["policy", "seed"]):
        failed = rows["lender_state"] != "going_concern"
        assert kept[rows.index].sum() == (len(rows) if not failed.any() else (~failed).sum() + 1)
    gross, liquidity = (courses(failing, series).axes[0] for series in (SERIES[0], SERIES[3]))
    marks = [line for line in gross.lines if line.get_linestyle() == ":"]
    assert len(marks) == m[m["lender_state"] != "going_concern"].groupby(["policy", "seed"]).ngroups
    line = next(line for line in liquidity.lines if line.get_label() == "standard")
    last = m[(m["policy"] == "standard") & kept]["month_index"].max()
    assert max(x for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True) if y == y) == last < 20
