"""An attribution end to end, through the command and from Python: shares add up for every seed, worlds are the runs that they say."""

import json
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

import sim
from sim.inputs import InputError
from sim.measures.outcomes import Course
from sim.measures.table import outcome
from sim.report.attribution import how
from sim.study.attribute import attribute, exact
from sim.study.worlds import METRICS, chunks_for, plan_of
from tests.command import lendsim

SMALL = {"borrowers.count": 500, "months": 10, "warm_up_months": 3}
SCENARIO = "severe_recession"  # shocks of 2026-07, 2026-07, 2026-08 and 2026-10, the months 7, 7, 8 and 10


@pytest.fixture(scope="module")
def found():
    return sim.attribute(SCENARIO, seeds=3, set=SMALL)


@pytest.fixture(scope="module")
def apart():
    return sim.attribute(SCENARIO, seeds=[2], set=SMALL, own_past=True, parts=["causes", "loops"])


def outcomes_of(seeds=(1, 2, 3), **given):
    """Means over seeds of the outcomes of a run."""
    given["set"] = SMALL | given.get("set", {})
    monthly = sim.run(SCENARIO, seeds=[*seeds], **given).monthly
    each = [{name: outcome(name).value(Course(m, 10)) for name in METRICS} for _, m in monthly.groupby("seed")]
    return pd.DataFrame(each).mean()


def of(table, **where):
    for name, value in where.items():
        table = table[table[name] == value]
    return table


def test_shares_of_every_seed_add_up_to_the_minor_unit(found):
    money = found.seeds[found.seeds["metric"].isin(["net_charge_offs", "net_income", "lowest_liquidity"])]
    assert len(money) == 3 * 3 * (4 + 3)
    for (part, seed, metric), rows in money.groupby(["part", "seed", "metric"]):
        cents = [round(100 * share) for share in rows["share"]]
        np.testing.assert_allclose(rows["share"], np.array(cents) / 100, rtol=1e-14)
        runs = of(found.runs, seed=seed, metric=metric).set_index("without")["value"]
        nobody = " + ".join(dict.fromkeys(found.table[found.table["part"] == part]["player"]))
        assert sum(cents) == round(100 * runs["nothing"]) - round(100 * runs[nobody]) == round(100 * rows["total"].iloc[0])


def test_ratios_and_means_add_up_too(found):
    for _, rows in found.seeds.groupby(["part", "seed", "metric"]):
        assert rows["share"].sum() == pytest.approx(rows["total"].iloc[0], rel=1e-12, abs=1e-15)
    for _, rows in found.table.groupby(["part", "metric"]):
        first = rows.iloc[0]
        assert first["base"] + rows["share"].sum() == pytest.approx(first["full"], rel=1e-9, abs=1e-12)
        assert rows["share"].sum() == pytest.approx(first["total"], rel=1e-9, abs=1e-12)
        if first["total"]:
            assert rows["of_total"].sum() == pytest.approx(1)


def test_the_ends_of_the_games_are_runs_of_their_own(found):
    full, calm = outcomes_of(), outcomes_of(set={"shocks": []})
    for metric in METRICS:
        for part in ("shocks", "causes"):
            assert of(found.table, part=part, metric=metric)["full"].iloc[0] == pytest.approx(full[metric], rel=1e-12)
        assert of(found.table, part="shocks", metric=metric)["base"].iloc[0] == pytest.approx(calm[metric], rel=1e-12)


def test_one_shock_alone_and_the_others_without_it_are_what_they_say(found):
    shocks = sim.load_scenario(SCENARIO).scenario.shocks
    written = [shock.model_dump(mode="json", exclude_none=True) for shock in shocks]
    calm = of(found.table, part="shocks", player="unemployment_rate").set_index("metric")
    alone, others = outcomes_of(set={"shocks": written[:1]}), outcomes_of(set={"shocks": written[1:]})
    for metric in METRICS:
        assert calm.loc[metric, "alone"] == pytest.approx(alone[metric] - calm.loc[metric, "base"], rel=1e-9, abs=1e-9)
        assert calm.loc[metric, "last"] == pytest.approx(calm.loc[metric, "full"] - others[metric], rel=1e-9, abs=1e-9)


def test_what_a_loop_adds_with_a_past_of_its_own_is_the_run_less_the_run_without_it(apart):
    with_it, without = outcomes_of([2]), outcomes_of([2], without="collections")
    for metric in METRICS:
        row = of(apart.loops, metric=metric, loop="collections").iloc[0]
        assert row["with_it"] == pytest.approx(with_it[metric], rel=1e-12)
        assert row["adds"] == pytest.approx(with_it[metric] - without[metric], rel=1e-9, abs=1e-9)
        assert row["interval"] == "one seed"


def test_no_cause_with_a_past_of_its_own_is_the_run_that_files_can_state(apart):
    work = {"replacement_rate": 1, "exhausted_rate": 1, "reemployment_loss": 0, "hours_cut_depth": 0}
    shocks = [s.model_dump(mode="json", exclude_none=True) for s in sim.load_scenario(SCENARIO).scenario.shocks]
    stated = outcomes_of([2], own_past=True, without="income_risk,fraud,inattention,forgetting_spells", set={
        "profile.spending.impulsive_extra": 0, "profile.demand.impulse_effect": 0, "policy.underwriting.gini": 1.0,
        "shocks": [s for s in shocks if s["variable"] != "real_income_growth"], **{f"profile.work.{k}": v for k, v in work.items()},
    })
    for metric in METRICS:
        assert of(apart.table, part="causes", metric=metric)["base"].iloc[0] == pytest.approx(stated[metric], rel=1e-12)
    assert "the differences hold those of two pasts" in " ".join(how(apart))


def test_a_shock_that_comes_too_late_has_nothing_and_costs_no_run():
    plan = plan_of(SCENARIO, seeds=2, set=SMALL, parts=["shocks"], horizon=7)
    assert (len(plan.players["shocks"]), len(plan.worlds), plan.runs) == (4, 4, 8)
    found = attribute(SCENARIO, seeds=2, set=SMALL, parts=["shocks"], horizon=7)
    late = found.table[found.table["player"].isin(["outside_credit", "policy_rate"])]
    assert (late[["share", "alone", "last"]] == 0).all(axis=None)
    assert set(late["interval"]) == {"no seed differs"}
    assert (of(found.seeds, player="policy_rate")["share"] == 0).all()
    assert (of(found.table, player="unemployment_rate", metric="net_income")["share"] != 0).all()


def test_shocks_that_are_alike_have_the_same():
    half = {"variable": "unemployment_rate", "start": "2026-02", "shape": "step", "by": "+2pp"}
    found = attribute("baseline", seeds=1, set=SMALL | {"shocks": [half, half]}, parts=["shocks"], metrics=["missed_cannot_pay"])
    first, second = of(found.table, metric="missed_cannot_pay")["share"]
    assert first == second != 0
    assert [*of(found.table, metric="net_income")["title"]] == [f"unemployment rate from 2026-02 (shocks.{k})" for k in (0, 1)]


def test_groups_make_fewer_players():
    plan = plan_of(SCENARIO, seeds=1, set=SMALL, parts=["shocks"], together=["outside_credit,policy_rate"])
    assert [player.name for player in plan.players["shocks"]] == ["unemployment_rate", "real_income_growth", "outside_credit+policy_rate"]
    assert plan.said() == "8 runs a seed (the scenario, 7 for 3 shocks) on 1 seed: 8 runs of 10 months"


def test_processes_share_runs_and_change_nothing(found):
    again = sim.attribute(SCENARIO, seeds=1, set=SMALL, workers=2, parts=["shocks", "causes"])
    mine = found.seeds[found.seeds["seed"] == 1].reset_index(drop=True)
    pd.testing.assert_frame_equal(again.seeds, mine)
    assert [chunks_for(*given) for given in ((1, 10, 40), (2, 10, 40), (4, 1, 40), (16, 5, 40), (16, 1, 3))] == [1, 1, 4, 4, 3]


def test_failures_are_told():
    failing = {"policy.funding.warehouse.delinquency_trigger": "0.5%", "policy.funding.warehouse.term_out_months": 3}
    found = sim.attribute("recession_with_squeeze", seeds=2, set=SMALL | failing | {"months": 20}, parts=["shocks"], metrics=["failed"],
                          together=[["funding_spread", "funding_haircut"]])
    assert found.manifest["failed_seeds"]["scenario"] > 0
    assert 0 <= of(found.table, metric="failed")["full"].iloc[0] <= 1


def test_what_a_table_moves_is_shared_out_too():
    small = SMALL | {"months": 6, "borrowers.count": 300}
    found = attribute("fed_2021_severely_adverse", seeds=1, set=small, parts=["shocks"])
    assert "What a table or a list moves counts as a shock (" in " ".join(how(found))
    assert "unemployment rate" in " ".join(how(found))
    assert {"unemployment_rate", "real_income_growth"} <= {*found.table["player"]}
    rows = of(found.table, metric="net_income")
    assert rows["share"].sum() == pytest.approx(rows["total"].iloc[0])


def test_progress_and_announcement():
    told, done = [], []
    sim.attribute(
        SCENARIO, seeds=2, set=SMALL | {"months": 7}, parts=["causes"], workers=1, announce=told.append,
        progress=lambda *at: done.append(at),
    )
    assert told == ["8 runs a seed (the scenario, 7 for 3 causes) on 2 seeds: 16 runs of 7 months"]
    assert done == [(k, 16) for k in range(1, 17)]


def test_money_is_exact_to_the_minor_unit_and_nothing_is_no_number():
    assert exact(outcome("net_income"), 0.1 + 0.2, 100) == Fraction(3, 10)
    assert exact(outcome("mean_net_charge_off_rate"), 0.25, 100) == Fraction(1, 4)
    assert exact(outcome("mean_net_charge_off_rate"), float("nan"), 100) is None


def test_a_ratio_that_a_seed_has_not_leaves_that_seed_out(found):
    few = attribute(SCENARIO, seeds=2, set=SMALL | {"borrowers.count": 30, "months": 8}, parts=["causes"], metrics=["relapse_rate_6m"])
    rows = of(few.table, metric="relapse_rate_6m")
    assert rows.empty or rows["seeds"].max() <= 2
    assert set(found.table["seeds"]) == {3}


# ------------------------------------------------------------------------------------------------------- the command

OPTIONS = [part for path, value in SMALL.items() for part in ("--set", f"{path}={value}")]


def test_the_command_says_how_many_runs_and_writes_everything(tmp_path):
    done = lendsim("attribute", SCENARIO, "--seeds", 2, *OPTIONS, "--without", "rating", "--metric", "approvals", "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert done.stderr.strip() == (
        "39 runs a seed (the scenario, 15 for 4 shocks, 7 for 3 causes, 16 for 16 single loops) on 2 seeds: 78 runs of 10 months"
    )
    flat = " ".join(done.stdout.split())
    assert "What each shock contributes" in flat
    assert "income pressure makes" in flat
    assert "Switched off: rating." in flat
    assert "a cause or a loop is off from month 1 on" in flat
    assert {p.name for p in (tmp_path / "out").iterdir()} == {
        "attribution.csv", "loops.csv", "seeds.csv", "runs.csv", "manifest.json", "report.html",
    }
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["kind"], manifest["runs"], manifest["horizon"]) == ("attribution", 78, 10)
    assert manifest["input"]["scenario"]["mechanisms"]["rating"] == 0
    assert {player["name"] for player in manifest["players"] if player["part"] == "causes"} == {
        "income_pressure", "underestimated_risk", "weak_awareness",
    }
    table = pd.read_csv(tmp_path / "out" / "attribution.csv")
    assert "approvals" in set(table["metric"])
    assert "rating" not in set(pd.read_csv(tmp_path / "out" / "loops.csv")["loop"])
    elsewhere = lendsim("run", "baseline", "--out", tmp_path / "out")
    assert "holds the results of an attribution, not of a run" in " ".join(elsewhere.stderr.split())


def test_a_calm_scenario_has_causes_and_no_shocks():
    done = lendsim("attribute", "baseline", "--seeds", 1, *OPTIONS, "--part", "shocks", "--part", "causes")
    assert done.returncode == 0, done.stderr
    assert "Nothing moves the scenario's economy, so there is no shock" in " ".join(done.stdout.split())
    assert "What each shock contributes" not in done.stdout
    refused = lendsim("attribute", "baseline", "--seeds", 1, *OPTIONS, "--part", "shocks")
    assert refused.returncode == 2
    assert refused.stderr.strip() == (
        "--part:1:1: nothing moves the economy of 'Baseline', so no shock is at work; expected causes or loops, or a scenario with "
        "shocks"
    )


MANY = "shocks=[{}]".format(", ".join(f"{{variable: inflation, start: 2026-0{k}, shape: step, by: +0.1pp}}" for k in range(1, 10)))


@pytest.mark.parametrize(("arguments", "said"), [
    (["--set", MANY], "--by:1:1: 9 shocks are 512 runs a seed, one for each set of them; expected at most 8: by variable all that "
     "moves one counts as one (1 here); variables that are given together count as one"),
    (["--together", "inflaton,policy_rate"], "--together:1:1: 'inflaton' is no variable of the economy; expected one of those that shocks "
     "name; did you mean 'inflation'?"),
    (["--together", "policy_rate,policy_rate"], "--together:1:1: 'policy_rate' is given twice; expected each variable in one group"),
    (["--together", "policy_rate,inflation"], "--together:1:1: nothing moves inflation in this scenario; expected of unemployment_rate, "
     "real_income_growth, policy_rate, outside_credit"),
    (["--metric", "net_incone"], "--metric:1:1: there is no metric 'net_incone'; did you mean 'net_income'?"),
    (["--metric", "rating"], "--metric:1:1: rating comes to no number over months, so it cannot be compared"),
    (["--horizon", "11"], "--horizon:1:1: 11 lies outside the run; expected 1 to 10"),
    (["--without", "trsut"], "did you mean 'trust'?"),
])
def test_faults_are_told_to_people(arguments, said):
    done = lendsim("attribute", SCENARIO, *OPTIONS, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_all_faults_come_at_once():
    done = lendsim("attribute", SCENARIO, "--set", "months=x", "--metric", "nothing_such", "--together", "nobody")
    assert [line.split(":")[0] for line in done.stderr.splitlines()] == ["--metric", "--together", "--set"]


def test_shocks_that_hold_each_other_in_range_are_told_to_go_together():
    each = [f"{{variable: forbearance, start: 2026-02, shape: step, by: {by}}}" for by in ("-30pp", "+40pp")]
    shocks = f"shocks=[{', '.join(each)}]"
    done = lendsim("attribute", "baseline", *OPTIONS, "--set", shocks)
    assert done.returncode == 2
    assert "--by:1:1: without forbearance from 2026-02 (shocks.1) with this shock forbearance is -30% in 2026-02, below" in done.stderr
    assert "expected variable, by which shocks of one variable come or go together" in done.stderr
    assert lendsim("attribute", "baseline", "--seeds", 1, *OPTIONS, "--set", shocks, "--by", "variable", "--part", "shocks").returncode == 0


def test_a_scripted_loan_and_python_s_own_words():
    done = lendsim("attribute", "golden_ledger")
    assert done.returncode == 2
    assert "script: the payments of a scripted loan have no causes; expected a scenario with borrowers" in done.stderr
    with pytest.raises(InputError, match="'cause' is unknown; expected one of shocks, causes, loops; did you mean 'causes'"):
        attribute(SCENARIO, parts=["cause"])
    for given in ({"parts": "causes"}, {"metrics": "approvals"}, {"together": "inflation"}):
        with pytest.raises(TypeError, match=f"{next(iter(given))} is a list: write"):
            attribute(SCENARIO, **given)
    with pytest.raises(TypeError, match=r"a horizon is a whole number of months, not 2\.5"):
        attribute(SCENARIO, horizon=2.5)
    with pytest.raises(InputError, match="'shok' is unknown; expected one of shock, variable; did you mean 'shock'"):
        attribute(SCENARIO, by="shok")
