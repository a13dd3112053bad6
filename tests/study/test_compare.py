"""Paired statistics against their formulas, and who fared differently against the runs themselves."""

import pytest

import sim
from sim.study.intervals import difference

SMALL = {"borrowers.count": 800, "months": 20, "warm_up_months": 4}


def test_a_row_of_the_table_is_the_figure_over_seeds_of_two_runs():
    comparison = sim.compare("severe_recession", ["standard", "strict"], seeds=[3, 5], set=SMALL)
    runs = [sim.run("severe_recession", policy, seeds=[3, 5], set=SMALL).monthly for policy in ("standard", "strict")]
    sums = [frame.groupby("seed")["gross_charge_offs"].sum() for frame in runs]
    row = comparison.table.query("metric == 'gross_charge_offs' and horizon == 20").iloc[0]
    assert row["baseline"] == pytest.approx(sums[0].mean())
    assert row["alternative"] == pytest.approx(sums[1].mean())
    found = difference(sums[0].to_numpy(), sums[1].to_numpy(), "mean")
    assert (row["diff"], row["ci_low"], row["ci_high"], row["interval"]) == (*map(pytest.approx, found[:3]), "t")
    lent = [frame.groupby("seed")["originations"].sum() for frame in runs]
    row = comparison.table.query("metric == 'originations' and horizon == 20").iloc[0]
    assert (row["statistic"], row["baseline"], row["diff"]) == ("median", lent[0].median(), (lent[1] - lent[0]).median())
    assert set(comparison.table["horizon"]) == {9, 18, 20}


def test_fewer_than_two_policies_are_no_comparison():
    with pytest.raises(ValueError, match="at least two policies"):
        sim.compare("baseline", ["standard"])
    with pytest.raises(ValueError, match="at least two policies"):
        sim.compare("baseline", "standard")


def test_an_experiment_is_compared_by_its_name_and_what_is_given_beside_it_comes_first():
    comparison = sim.compare("lenient_vs_strict", seeds=[2], set=SMALL)
    assert comparison.manifest["policies"] == ["strict", "lenient"]
    assert comparison.manifest["borrowers"] == 800
    other = sim.compare("lenient_vs_strict", ["standard", "strict"], seeds=[2], set=SMALL)
    assert other.manifest["policies"] == ["standard", "strict"]


def test_metrics_and_horizons_are_arguments():
    comparison = sim.compare(
        "severe_recession", ["standard", "strict"], seeds=[2], set=SMALL, metrics=["approval_rate", "failed"], horizons=[20, 6]
    )
    assert set(comparison.table["metric"]) <= {"approval_rate", "failed"}
    assert set(comparison.table.query("metric == 'approval_rate'")["horizon"]) == {6, 20}
    for wrong, said in (
        ({"metrics": ["aproval_rate"]}, "did you mean 'approval_rate'"), ({"metrics": ["month"]}, "no number over months"),
        ({"horizons": [21]}, "the horizon 21 lies outside the run: 1 to 20"),
    ):
        with pytest.raises(ValueError, match=said):
            sim.compare("severe_recession", ["standard", "strict"], seeds=1, set=SMALL, **wrong)


def test_no_failure_in_any_seed_is_no_certainty():
    table = sim.compare("baseline", ["standard", "strict"], seeds=[3, 5], set=SMALL).table
    assert "customers_taught" not in set(table["metric"])  # of what neither side did no line is made
    never = table.query("metric == 'failed' and horizon == 20").iloc[0]
    assert (never["baseline"], never["diff"]) == (0, 0)
    assert never["baseline_high"] == pytest.approx(1 - 0.05 ** (1 / 2))  # none of two seeds: at most 78 %
    assert never["ci_high"] > never["ci_low"]
    rows = sim.compare(
        "recession_with_squeeze", ["standard", "lenient"], seeds=[1, 2, 3],
        set=SMALL | {"months": 24, "shocks.4.by": "+25pp", "policy.funding.minimum_cash_months": 0},
    ).table.query("metric == 'failed'")
    for row in rows.to_dict("records"):
        assert row["ci_high"] > row["ci_low"]


def test_one_seed_has_no_interval_and_says_so():
    table = sim.compare("severe_recession", ["standard", "strict"], seeds=[3], set=SMALL).table
    smooth = table[table["statistic"] != "share"]
    assert set(smooth["interval"]) == {"one seed"}
    assert smooth["ci_low"].isna().all()


def test_a_comparison_in_which_nobody_fails_is_printed_and_kept(tmp_path):
    from click.testing import CliRunner

    from sim.cli import main

    safe = SMALL | {"policy.funding.warehouse.delinquency_trigger": "60%", "policy.funding.capital_ratio": "40%"}  # few loans, wild ratios
    sets = [word for path, value in safe.items() for word in ("--set", f"{path}={value}")]
    command = ["compare", "baseline", "--policy", "standard", "--policy", "strict", "--seeds", "2", *sets, "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 0, done.output
    assert "0 %, at most 78 %" in done.output
    assert (tmp_path / "out" / "report.html").exists()


def test_metrics_asked_for_are_there_even_where_nothing_happened(tmp_path):
    comparison = sim.compare(
        "baseline", ["standard", "strict"], seeds=1, set=SMALL, metrics=(name for name in ["customers_taught", "cash", "cash"]),
        horizons=(h for h in [5]),
    )
    assert comparison.table[["metric", "horizon"]].to_numpy().tolist() == [["customers_taught", 5], ["cash", 5]]
    comparison.save(tmp_path / "out")


@pytest.mark.parametrize("horizon", [2.5, True, "9"])
def test_a_horizon_is_a_whole_number_of_months(horizon):
    with pytest.raises(TypeError, match="number of months"):
        sim.compare("baseline", ["standard", "strict"], seeds=1, set=SMALL, horizons=[horizon])


def test_policies_as_a_mapping_are_refused_for_their_values_would_be_lost():
    with pytest.raises(ValueError, match="a list of at least two policies"):
        sim.compare("baseline", {"standard": {}, "strict": {"set": {"underwriting.cut_off": 700}}}, seeds=1, set=SMALL)


def test_ratios_of_lenders_that_have_failed_are_marked_and_of_none_left_out(capsys):
    from sim.report.comparison import print_comparison, with_mark

    assert [with_mark("1.2 %", failed, 3) for failed in (0, 1, 3)] == ["1.2 %", "1.2 % †", "– †"]
    doomed = SMALL | {"policy.funding.warehouse.delinquency_trigger": "0.1%", "policy.funding.warehouse.term_out_months": 2}
    comparison = sim.compare("severe_recession", ["standard", "strict"], seeds=2, set=doomed)
    print_comparison(comparison)
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines() if line.strip()}
    assert "†" in lines["delinquency_30_plus"]
    assert "†" in lines["capital_ratio"]
    assert "†" not in lines["gross_charge_offs"]
