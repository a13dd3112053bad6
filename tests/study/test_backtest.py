"""A back-test end to end on two small CSV files of another country, through the command and from Python."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import sim
from sim.cli import main
from sim.config.fields import Month
from sim.inputs import InputError
from sim.study.backtest import plan_of, quarterly
from sim.study.side_by_side import Economy, Pair
from sim.study.statistics import regress, rmse
from sim.study.windows import Windows

SMALL = {
    "borrowers.count": 700, "warm_up_months": 3, "policy.funding.capital_ratio": "40%", "policy.funding.dividend_above": "null",
}
UNEMPLOYMENT = 0.06 + 0.02 * np.sin(2 * np.pi * np.arange(120) / 60)  # 2000-01 to 2009-12
WINDOWS = Windows(Month(2000, 1), Month(2003, 1), Month(2008, 10), Month(2006, 10))
QUARTERS = [f"{2000 + k // 4} Q{k % 4 + 1}" for k in range(40)]


@pytest.fixture(scope="module")
def country(tmp_path_factory):
    """A macro history with an income column, and outcomes from 2002 on with one quarter marked."""
    folder = tmp_path_factory.mktemp("country")
    months = [str(Month(2000, 1).shift(k)) for k in range(120)]
    pd.DataFrame({
        "month": months, "unemployment_rate": 100 * UNEMPLOYMENT, "real_income_growth": 4.0, "policy_rate": 3.0,
    }).to_csv(folder / "macro.csv", index=False, float_format="%.6f")
    u = UNEMPLOYMENT.reshape(-1, 3).mean(axis=1)
    pd.DataFrame({
        "quarter": QUARTERS[8:], "bank_net_charge_off_rate": 100 * (0.01 + u[8:]), "bank_delinquency_30_plus": 100 * u[8:],
        "left_out": ["a moratorium" if k == 20 else "" for k in range(8, 40)],
    }).to_csv(folder / "actual.csv", index=False)
    return folder


def invoke(*arguments):
    return CliRunner().invoke(main, ["backtest", *map(str, arguments)])


def options(country):
    return [
        "--macro", country / "macro.csv", "--actual", country / "actual.csv", "--scenario", "china_baseline", "--seeds", 2,
        *(part for path, value in SMALL.items() for part in ("--set", f"{path}={value}")),
    ]


@pytest.fixture(scope="module")
def result(country):
    return sim.backtest(
        country / "actual.csv", country / "macro.csv", "2003", "2008", fit_to="2006", scenario="china_baseline", seeds=3, set=SMALL,
    )


def test_the_command_writes_everything_and_says_how_it_was_made(country, tmp_path):
    done = invoke(*options(country), "--from", "2003", "--to", "2008", "--fit-to", "2006", "--out", tmp_path / "out")
    assert done.exit_code == 0, done.output
    flat = " ".join(done.output.split())
    assert "Fitted on 2003 Q1 to 2006 Q4, judged on the quarters after it to 2008 Q4." in flat
    assert "Real incomes grow" in flat
    assert "Left out of fit and judgement: 2005 Q1 (a moratorium)." in flat
    assert "bank delinquency 30 plus" in flat
    assert {p.relative_to(tmp_path / "out").as_posix() for p in (tmp_path / "out").rglob("*.*")} == {
        "series.csv", "scores.csv", "cycle.csv", "turning_points.csv", "overview.csv", "seeds.csv", "backtest.json", "manifest.json",
        "report.html", "figures/courses.png", "figures/courses.svg",
    }
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["kind"], manifest["begin"], manifest["from"], manifest["fit_to"]) == ("backtest", "2000-01", "2003 Q1", "2006 Q4")
    assert manifest["compared"] == {
        "bank_net_charge_off_rate": "net_charge_off_rate_3m", "bank_delinquency_30_plus": "delinquency_30_plus",
    }
    said = json.loads((tmp_path / "out" / "backtest.json").read_text(encoding="utf-8"))
    assert {row["window"] for row in said["scores"]} == {"fitted", "judged"}
    again = invoke(*options(country), "--from", "2003", "--out", tmp_path / "out", "--scale", "none")
    assert again.exit_code == 0, again.output
    assert "nothing is fitted" in again.output
    elsewhere = CliRunner().invoke(main, ["run", "baseline", "--out", str(tmp_path / "out")])
    assert "holds the results of a backtest, not of a run" in " ".join(elsewhere.output.split())


def test_rivals_are_what_they_say(result, country):
    u = UNEMPLOYMENT.reshape(-1, 3).mean(axis=1)
    s = result.series[result.series["series"] == "bank_delinquency_30_plus"].reset_index(drop=True)
    assert s["quarter"].tolist() == QUARTERS[12:36]
    np.testing.assert_allclose(s["unemployment_rate"], u[12:36], atol=1e-8)
    fitted = np.array([k < 16 and k != 8 for k in range(24)])  # 2005 Q1 is marked
    assert s["fitted"].tolist() == fitted.tolist()
    assert s["judged"].tolist() == [k >= 16 for k in range(24)]
    np.testing.assert_allclose(s["constant"], u[12:28][fitted[:16]].mean(), atol=1e-9)
    assert s["last_value"].iloc[0] == pytest.approx(u[11])  # of before the window
    assert s["last_value"].iloc[9] == pytest.approx(u[19])  # not of the marked quarter
    assert s["held"].iloc[:16].isna().all()
    np.testing.assert_allclose(s["held"].iloc[16:], u[27])
    np.testing.assert_allclose(s["regression"], u[12:36], atol=1e-8)  # the outcome is unemployment itself
    cycle = result.cycle.set_index(["series", "source"]).loc[("bank_delinquency_30_plus", "published")]
    assert cycle["per_point_of_level"] == pytest.approx(1)
    assert cycle["r2_level"] == pytest.approx(1)
    assert cycle["peak_quarter"] == QUARTERS[12 + int(np.argmax(np.where(np.arange(24) == 8, 0, u[12:36])))]


def test_the_simulated_series_is_the_run_s_own_by_quarter(result):
    run = result.results
    assert run.monthly["month"].iloc[0] == "2000-01"
    one = run.monthly[run.monthly["seed"] == 1]
    for metric in ("net_charge_off_rate_3m", "delinquency_30_plus"):
        ends = one[one["month"].isin([f"{y}-{m:02d}" for y in range(2003, 2009) for m in (3, 6, 9, 12)])][metric]
        mine = result.seeds[(result.seeds["metric"] == metric) & (result.seeds["seed"] == 1)]["value"]
        np.testing.assert_array_equal(mine, ends)
    s = result.series[result.series["series"] == "bank_delinquency_30_plus"]
    factor = result.overview.set_index("series").loc["bank_delinquency_30_plus", "factor"]
    by_seed = result.seeds[result.seeds["series"] == "bank_delinquency_30_plus"]
    mean = by_seed.groupby("quarter", sort=False)["value"].mean()
    np.testing.assert_allclose(s["simulated"], factor * mean)
    fitted = s["fitted"].to_numpy()
    y, x = s["published"].to_numpy()[fitted], mean.to_numpy()[fitted]
    assert factor == pytest.approx((x * y).sum() / (x * x).sum())
    scores = result.scores.set_index(["series", "window", "model"]).loc["bank_delinquency_30_plus"]
    judged = s["judged"].to_numpy()
    own = rmse(s["simulated"].to_numpy()[judged], s["published"].to_numpy()[judged])
    assert scores.loc[("judged", "simulated"), "rmse"] == pytest.approx(own)
    assert scores.loc[("judged", "simulated"), "quarters"] == 8


def test_a_published_series_that_is_the_simulated_one_is_met_exactly_and_its_half_gives_the_factor(result, country, tmp_path):
    mine = result.seeds[(result.seeds["seed"] == 1) & (result.seeds["series"] == "bank_delinquency_30_plus")]
    pd.DataFrame({
        "quarter": mine["quarter"], "delinquency_30_plus": [f"{100 * v!r}%" for v in mine["value"]],
        "half": [f"{50 * v!r}%" for v in mine["value"]],
    }).to_csv(tmp_path / "own.csv", index=False)
    again = sim.backtest(
        tmp_path / "own.csv", country / "macro.csv", "2003", "2008", scenario="china_baseline", seeds=[1],
        set=SMALL, compare=["delinquency_30_plus", "half=delinquency_30_plus"],
    )
    scores, cycle = again.scores.set_index(["series", "model"]), again.cycle.set_index(["series", "source"])
    for name, factor in (("delinquency_30_plus", 1.0), ("half", 0.5)):
        assert scores.loc[(name, "simulated"), "rmse"] == pytest.approx(0, abs=1e-12)
        assert scores.loc[(name, "simulated"), "correlation"] == pytest.approx(1)
        assert again.overview.set_index("series").loc[name, "factor"] == pytest.approx(factor)
        assert (again.turning_points.query("series == @name")["quarters_late"] == 0).all()
        published, simulated = (cycle.loc[(name, source)].drop("peak_quarter").astype(float) for source in ("published", "simulated"))
        np.testing.assert_allclose(published, simulated)
    assert again.series["low"].isna().all()  # one seed is no band
    assert again.overview["coverage_fitted"].isna().all()


def test_a_metric_of_every_month_is_the_quarter_s_mean(result):
    by_quarter = quarterly(result.results, WINDOWS, ["approval_rate"])["approval_rate"]
    m = result.results.monthly.query("seed == 2 and '2004-04' <= month <= '2004-06'")
    assert by_quarter[1, 5] == pytest.approx(m["approval_rate"].mean())


def test_quarters_after_a_failure_are_not_judged_once_the_book_is_a_remnant(result):
    monthly = result.results.monthly.copy()
    gone = (monthly["seed"] == 2) & (monthly["month"] >= "2007-05")
    monthly.loc[gone, "lender_state"] = "illiquid"
    monthly.loc[gone, "gross_loans"] = 1.0
    by_quarter = quarterly(replace(result.results, monthly=monthly), WINDOWS, ["delinquency_30_plus"])["delinquency_30_plus"]
    assert np.isnan(by_quarter[1, 17:]).all()
    assert not np.isnan(by_quarter[[0, 2]]).any()


def test_coverage_and_windows_of_a_pair_by_hand():
    n = 12
    economy = Economy.of(np.linspace(0.04, 0.06, n + 6) + 0.002 * np.cos(np.arange(n + 6)))
    published = np.linspace(0.02, 0.03, n)
    simulated = np.stack([published - 0.001, published + 0.001])
    half = 6.313751514675043 * np.sqrt(1.5) * np.std([-0.001, 0.001], ddof=1)  # t of one degree of freedom at 95 %
    published[[2, 11]] += 2 * half
    shown = np.arange(n) != 4
    pair = Pair("x", "m", published, np.nan, simulated, economy, shown, np.arange(n) < 8, "none")
    low, high = pair.bounds()
    np.testing.assert_allclose(high - low, 2 * half)
    said = pair.overview()
    assert (said["factor"], said["quarters_fitted"], said["quarters_judged"]) == (1.0, 7, 4)
    assert (said["coverage_fitted"], said["coverage_judged"]) == (pytest.approx(6 / 7), pytest.approx(3 / 4))


def test_the_economy_s_changes_line_up_with_their_quarters():
    u = np.arange(20.0) ** 2
    e = Economy.of(u)
    for k in range(14):
        t = k + 6
        assert (e.level[k], e.change[k], e.lagged_change[k]) == (u[t], u[t] - u[t - 4], u[t - 2] - u[t - 6])
    fit = regress(2 + 3 * e.lagged_change, e.at(np.ones(14, dtype=bool)))
    np.testing.assert_allclose(fit.predict(e.at(np.ones(14, dtype=bool))), 2 + 3 * e.lagged_change)


def test_income_stays_flat_unless_the_table_s_is_asked_for(country):
    files = (country / "actual.csv", country / "macro.csv")
    flat, table = (plan_of(*files, scenario="china_baseline", income=income) for income in ("flat", "table"))
    assert flat.resolved.scenario.economy.table_without == ["real_income_growth"]
    assert table.resolved.scenario.economy.table_without == []
    growth = 100 * flat.resolved.scenario.economy.real_income_growth
    assert flat.income().startswith(f"Real incomes grow {growth:g} % a year; the table's own growth is left out")
    assert table.income() == "Real incomes grow as the table states."
    own = plan_of("us_consumer_credit_to_2006", scenario="us_history")
    assert own.resolved.scenario.economy.table_without == ["real_income_growth"]
    assert str(own.windows.begin) == "1985-01"


def test_the_federal_reserve_s_form_is_in_per_cent_whatever_the_outcomes_are(tmp_path):
    rows = [f"20{20 + k // 4} Q{k % 4 + 1},0.0{k + 1}" for k in range(9)]
    (tmp_path / "actual.csv").write_text("\n".join(["quarter,npl_ratio", *rows]), encoding="utf-8")
    with pytest.raises(InputError, match="npl_ratio: 7 quarters to fit on from 2020 Q3 to 2022 Q1") as caught:  # and nothing else
        plan_of(tmp_path / "actual.csv", "macro/fed_2019_baseline.csv", units="fraction")
    assert len(caught.value.faults) == 1


def test_the_policy_given_built_the_book_too(country):
    plan = plan_of(country / "actual.csv", country / "macro.csv", policy="strict")
    assert plan.resolved.opening_policy is None
    assert plan.resolved.policy.title == "Strict policy"


def test_marked_quarters_are_kept_where_that_is_asked_for(country):
    files = (country / "actual.csv", country / "macro.csv")
    assert [*plan_of(*files, "2003").left_out] == [8]
    assert not plan_of(*files, "2003", keep_marked=True).left_out


@pytest.mark.parametrize(("more", "said"), [
    (["--set", "months=12", "--policy", "strickt", "--from", "2003-02"], [
        "--set:1:1: months: a back-test sets it itself; expected --begin, --to, --macro, --units or --income",
        "--from:1:1: 2003-02 is not the first month of a quarter; expected 2003-01",
        "did you mean 'strict'?",
    ]),
    (["--from", "2003", "--to", "2004-09"], [
        "actual.csv:1:9: bank_net_charge_off_rate: 7 quarters to fit on from 2003 Q1 to 2004 Q3; expected at least 8",
        "actual.csv:1:34: bank_delinquency_30_plus: 7 quarters",
    ]),
    (["--from", "2003", "--fit-to", "2009 Q2"], ["2 quarters to judge from 2009 Q3 to 2009 Q4; expected at least 4, or --compare without"]),
])
def test_everything_wrong_is_said_at_once_with_exit_2(country, more, said):
    done = invoke(*options(country), *more)
    assert done.exit_code == 2, done.output
    assert "Traceback" not in done.output
    for words in said:
        assert words in done.output


def test_files_that_do_not_fit_the_purpose(country, tmp_path):
    with pytest.raises(InputError, match="there is no macro history: 'Baseline' has no table of its own"):
        plan_of(country / "actual.csv")
    (tmp_path / "macro.csv").write_text("month,inflation\n2000-01,2\n", encoding="utf-8")
    with pytest.raises(InputError, match="has no column unemployment_rate"):
        plan_of(country / "actual.csv", tmp_path / "macro.csv")
    text = (country / "macro.csv").read_text(encoding="utf-8").replace("real_income_growth", "apr_cap")
    (tmp_path / "macro.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="income:1:1: the table has no column real_income_growth"):
        plan_of(country / "actual.csv", tmp_path / "macro.csv", income="table")
    with pytest.raises(InputError, match=r"inflation: .* is out of range|unemployment_rate: .* is out of range"):
        plan_of(country / "actual.csv", country / "macro.csv", units="fraction")
    done = invoke("--actual", country / "actual.csv", "--scenario", "lenient_vs_strict")
    assert done.exit_code == 2
    assert "is an experiment" in done.output


def with_failures(result, country, monkeypatch, seeds, since):
    """The same back-test with the lenders of some seeds gone from a month on."""
    monthly = result.results.monthly.copy()
    gone = monthly["seed"].isin(seeds) & (monthly["month"] >= since)
    monthly.loc[gone, "lender_state"] = "illiquid"
    monthly.loc[gone, "gross_loans"] = 1.0
    monkeypatch.setattr("sim.study.backtest.run", lambda *_, **__: replace(result.results, monthly=monthly))
    return sim.backtest(
        country / "actual.csv", country / "macro.csv", "2003", "2008", fit_to="2006", scenario="china_baseline", seeds=3, set=SMALL,
    )


def test_a_lender_that_fails_in_some_seeds_is_told(result, country, monkeypatch):
    some = with_failures(result, country, monkeypatch, [2, 3], "2006-02")
    assert some.manifest["notes"][-1] == "The lender failed in 2 of 3 seeds, first in 2006-02; what was left of its book is not judged."
    by_seed = some.seeds.query("series == 'bank_delinquency_30_plus'").pivot(index="quarter", columns="seed", values="value")
    s = some.series.query("series == 'bank_delinquency_30_plus'")
    factor = some.overview.set_index("series").loc["bank_delinquency_30_plus", "factor"]
    np.testing.assert_allclose(s["simulated"], factor * by_seed.mean(axis=1))  # of those that live
    assert (s["low"].isna().to_numpy() == (by_seed.notna().sum(axis=1) < 2).to_numpy()).all()


def test_a_lender_that_fails_in_every_seed_is_a_sentence(result, country, monkeypatch):
    with pytest.raises(RuntimeError, match=r"the lender failed in every seed before it could be judged \(bank_net_charge_off_rate"):
        with_failures(result, country, monkeypatch, [1, 2, 3], "2006-02")
