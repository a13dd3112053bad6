"""Policies take over from one past: the book, the debt and the borrowers of month 0 are the same under each."""

import numpy as np
import pandas as pd
import pytest

import sim
from sim.inputs import InputError, load_scenario
from sim.study.plan import plan_of

SMALL = {"borrowers.count": 1_200, "months": 12, "warm_up_months": 5}
SCENARIO = "severe_recession"  # from 2026-01


@pytest.fixture(scope="module")
def standard():
    return sim.run(SCENARIO, set=SMALL)


@pytest.fixture(scope="module")
def strict():
    return sim.run(SCENARIO, "strict", set=SMALL)


def column(results, name):
    return results.monthly[name].to_numpy()


def test_a_policy_takes_over_the_book_that_the_scenarios_own_has_built(standard, strict):
    pd.testing.assert_frame_equal(strict.opening, standard.opening)
    assert column(strict, "approvals")[0] < column(standard, "approvals")[0]
    own = sim.run(SCENARIO, "strict", set=SMALL, own_past=True)
    assert own.opening["gross_loans"].iloc[0] < 0.97 * standard.opening["gross_loans"].iloc[0]


def test_an_override_of_the_policy_takes_over_in_month_1_too(standard):
    cut = sim.run(SCENARIO, set=SMALL | {"policy.underwriting.cut_off": 600, "policy.funding.warehouse.advance_rate": "78%"})
    pd.testing.assert_frame_equal(cut.opening, standard.opening)
    assert column(cut, "originations")[0] < column(standard, "originations")[0]
    assert column(cut, "borrowing_base")[0] < 0.95 * column(standard, "borrowing_base")[0]


def test_a_takeover_is_an_event_and_no_takeover_is_none(standard, strict):
    changes = strict.events.query("kind == 'policy_change'")
    assert changes[["month", "detail"]].to_numpy().tolist() == [["2026-01", "Strict policy"]]
    assert standard.events.query("kind == 'policy_change'").empty


def test_the_arms_of_a_comparison_begin_alike_and_are_the_runs_themselves(standard, strict):
    plan = plan_of(SCENARIO, ["standard", "strict"], SMALL)
    lives = plan.live(standard.seeds[0])
    assert lives.opening[0] == lives.opening[1]
    for k, results in ((0, standard), (1, strict)):
        assert lives.numbers[k, 12]["originations"] == pytest.approx(column(results, "originations").sum(), rel=1e-12)
        assert lives.numbers[k, 12]["gross_loans"] == pytest.approx(column(results, "gross_loans")[-1], rel=1e-12)
    comparison = sim.compare(SCENARIO, ["standard", "strict"], seeds=1, set=SMALL)
    assert "built under Standard policy" in comparison.manifest["past"]
    apart = sim.compare(SCENARIO, ["standard", "strict"], seeds=1, set=SMALL, own_past=True)
    assert "two pasts" in apart.manifest["past"]
    differences = [c.table.query("metric == 'gross_loans' and horizon == 12")["diff"].iloc[0] for c in (comparison, apart)]
    assert differences[0] != differences[1]


def test_the_first_policy_built_the_book_unless_the_scenario_names_another(strict):
    first_strict = plan_of(SCENARIO, ["strict", "standard"], SMALL).live(1).opening[1]
    named = plan_of(SCENARIO, ["strict", "standard"], SMALL | {"opening_policy": "standard"}).live(1).opening
    assert named[0] == named[1]
    assert named[0]["gross_loans"] != first_strict["gross_loans"]


def test_policies_of_different_products_share_one_past(tmp_path):
    other = tmp_path / "other.yaml"
    other.write_text(
        "title: Phones\nextends: standard\nproducts:\n  instalment_plan: {offered: false}\n"
        "  phone: {method: flat_fee, need: purchase, offered: true, minimum: 200, maximum: 3000, tenor: 10, monthly_fee: 1%}\n"
    )
    plan = plan_of(SCENARIO, ["standard", other], SMALL)
    assert [list(arm.policy.products) for arm in plan.arms] == [["cash_loan", "instalment_plan", "phone"]] * 2
    lives = plan.live(1)
    assert lives.opening[0] == lives.opening[1]
    assert not lives.columns[0]["open_phone"].any()
    assert lives.columns[1]["open_phone"].any()
    alone = sim.run(SCENARIO, set=SMALL, seeds=[1]).monthly["originations"].sum()
    assert lives.numbers[0, 12]["originations"] == pytest.approx(alone, rel=1e-12)


# ------------------------------------------------------------------------------------------------- dated changes


def dated(*changes, **more):
    return sim.run(SCENARIO, set=SMALL | {"policy_changes": f"[{', '.join(changes)}]"}, **more)


@pytest.fixture(scope="module")
def tightened():
    return dated("{from: 2026-04, policy: strict}", "{from: 2026-07, set: {underwriting.cut_off: +20}, until: 2026-10}")


def test_nothing_differs_before_a_dated_change(standard, tightened):
    before = standard.monthly["month"] < "2026-04"
    pd.testing.assert_frame_equal(tightened.monthly[before], standard.monthly[before])
    after = column(tightened, "approvals") != column(standard, "approvals")
    assert after[3:].all()


def test_each_change_is_an_event_in_its_month_and_ends_in_its_month(tightened):
    events = tightened.events.query("kind == 'policy_change'")
    assert events[["month", "detail"]].to_numpy().tolist() == [
        ["2026-04", "Strict policy"], ["2026-07", "Strict policy with underwriting.cut_off +20"], ["2026-10", "Strict policy"],
    ]
    assert tightened.resolved.changes[1].policy.underwriting.cut_off == 620
    assert [c.policy.underwriting.cut_off for c in tightened.resolved.changes] == [600, 620, 600]


def test_a_dated_change_is_the_branch_that_was_taken_in_that_month(tightened):
    trunk = sim.LendingModel(SCENARIO, set=SMALL)
    for _ in range(3):
        trunk.step()
    branch = trunk.branch("strict")
    for _ in range(3):
        branch.step()
    mine = branch.monthly_frame().drop(columns=["month"])
    theirs = tightened.monthly.iloc[:6].drop(columns=["month"])
    pd.testing.assert_frame_equal(mine.reset_index(drop=True), theirs.reset_index(drop=True))


@pytest.mark.parametrize("mode", ["columns", "objects"])
def test_a_run_saved_before_a_change_meets_it_when_it_goes_on(tmp_path, mode, tightened):
    model = sim.LendingModel(SCENARIO, set=SMALL | {
        "policy_changes": "[{from: 2026-04, policy: strict}, {from: 2026-07, set: {underwriting.cut_off: +20}, until: 2026-10}]",
    }, mode=mode)
    for _ in range(5):
        model.step()
    again = sim.LendingModel.load(model.save(tmp_path / "run.npz"))
    again.run_model()
    pd.testing.assert_frame_equal(again.monthly_frame(), tightened.monthly)


def test_a_change_with_a_sign_is_added_to_the_value_in_force():
    policy = load_scenario(SCENARIO, overrides=[
        "policy_changes=[{from: 2026-03, set: {underwriting: {payment_to_income_cap: -5pp}, servicing.late_fee: +5.5, "
        "underwriting.cut_off: 580, underwriting.bands.0.premium: +0.5pp}}]",
    ]).changes[0].policy
    assert policy.underwriting.payment_to_income_cap == 0.17
    assert policy.servicing.late_fee == 30.5
    assert policy.underwriting.cut_off == 580
    assert policy.underwriting.bands[0].premium == 0.025


@pytest.mark.parametrize(("change", "said"), [
    ("{from: 2026-03}", "changes nothing"),
    ("{from: 2026-03, policy: strct}", "did you mean 'strict'"),
    ("{from: 2025-03, policy: strict}", "2025-03 lies outside the run"),
    ("{from: 2026-03, policy: strict, until: 2026-02}", "not after 2026-03"),
    ("{from: 2026-03, set: {underwriting.cutoff: 600}}", "did you mean 'cut_off'"),
    ("{from: 2026-03, set: {underwriting.cut_off: +900}}", "1460 is too large"),
    ("{from: 2026-03, set: {underwriting.cut_off: +5%}}", "is no change of 560"),
    ("{from: 2026-03, set: {underwriting.payment_to_income_cap: +5%}}", "+5pp"),
    ("{from: 2026-03, set: {underwriting.payment_to_income_cap: +20}}", "is no change of 0.22"),
    ("{from: 2026-03, set: {funding.capital_ratio: 25%}}", "only the opening balance sheet"),
    ("{from: 2026-05, policy: strict}, {from: 2026-03, policy: lenient}", "before the change above it"),
])
def test_a_change_that_cannot_be_is_refused_in_a_sentence(change, said):
    with pytest.raises(InputError) as caught:
        dated(change)
    assert said in str(caught.value)


def test_arms_of_a_comparison_have_changes_of_their_own():
    later = {"label": "later", "set": {"underwriting.cut_off": "+20"}, "policy_changes": [{"from": "2026-06", "policy": "strict"}]}
    plan = plan_of(SCENARIO, ["standard", later], SMALL)
    assert plan.labels == ("standard", "later")
    assert plan.arms[1].policy.underwriting.cut_off == 580
    assert plan.arms[1].changes[0].policy.underwriting.cut_off == 600
    lives = plan.live(1)
    assert lives.opening[0] == lives.opening[1]
    assert lives.numbers[1, 9]["originations"] < lives.numbers[0, 9]["originations"]


def test_a_value_that_only_the_opening_reads_is_said_to_be_unused(tmp_path):
    rich = tmp_path / "rich.yaml"
    rich.write_text("title: Rich\nextends: standard\nfunding: {capital_ratio: 30%}\n")
    comparison = sim.compare(SCENARIO, ["standard", rich], seeds=1, set=SMALL)
    assert comparison.manifest["not_used"] == [
        "funding.capital_ratio of Rich (0.3) is not used: the opening balance sheet is struck under Standard policy (0.19); "
        "--own-past uses it."
    ]
    overridden = load_scenario(SCENARIO, overrides=["policy.funding.capital_ratio=30%"])
    assert overridden.opening_policy is None  # the opening reads it, so there is nothing left for month 1 to change
    assert overridden.policy.funding.capital_ratio == 0.3


# ------------------------------------------------------------------------------------------------- opening conditions


def test_the_book_is_built_under_the_conditions_before_the_table():
    conditions = sim.LendingModel("fed_2021_severely_adverse", set={"borrowers.count": 200, "warm_up_months": 0}).conditions
    assert conditions.unemployment_rate[:2].tolist() == [0.068, 0.078]
    stated = load_scenario("baseline", overrides=["economy.opening.unemployment_rate=9%", "economy.opening.inflation=5%"])
    from sim.economy import build_conditions

    paths = build_conditions(stated)
    assert (paths.unemployment_rate[0], paths.inflation[0]) == (0.09, 0.05)
    assert paths.unemployment_rate[1] == build_conditions(load_scenario("baseline")).unemployment_rate[1]
    with pytest.raises(InputError, match="at most 90%: the labour flows need odds"):
        load_scenario("baseline", overrides=["economy.opening.unemployment_rate=100%"])


def test_a_table_that_begins_earlier_lends_its_last_earlier_row():
    start = {"start": "2021-07", "months": 12, "economy.opening.unemployment_rate": None}
    overrides = [f"{path}={'null' if value is None else value}" for path, value in start.items()]
    from sim.economy import build_conditions

    paths = build_conditions(load_scenario("fed_2021_severely_adverse", overrides=overrides))
    whole = build_conditions(load_scenario("fed_2021_severely_adverse"))
    assert paths.unemployment_rate[0] == whole.unemployment_rate[6]
    assert np.array_equal(paths.unemployment_rate[1:], whole.unemployment_rate[7:19])


# -------------------------------------------------------------------------------------- what fresh eyes had found


def test_a_change_before_the_first_month_is_refused_in_an_arm_too(tmp_path):
    early = {"label": "early", "policy_changes": [{"from": "2020-01", "policy": "strict"}]}
    with pytest.raises(InputError, match="2020-01 lies outside the run"):
        plan_of(SCENARIO, ["standard", early], SMALL)
    file = tmp_path / "early.yaml"
    file.write_text("scenario: baseline\npolicies:\n  - standard\n  - policy_changes: [{from: 2020-01, policy: strict}]\n")
    from sim.inputs import check_files

    assert any("lies outside the run" in str(fault) for fault in check_files([file]))


def test_an_arm_may_say_that_nothing_changes():
    changes = SMALL | {"policy_changes": "[{from: 2026-03, set: {underwriting.cut_off: +100}}]"}
    plan = plan_of(SCENARIO, [{"label": "as planned"}, {"label": "no reaction", "policy_changes": []}], changes)
    assert [len(arm.changes) for arm in plan.arms] == [1, 0]


def test_the_scenarios_own_policy_built_the_book_however_another_is_named(strict):
    named = sim.run(SCENARIO, set=SMALL | {"policy": "strict"})
    assert named.results_hash() == strict.results_hash()


def test_a_plus_before_an_override_is_refused_where_it_would_be_taken_for_the_value():
    for path, value in (("policy.underwriting.cut_off", "+20"), ("policy.funding.warehouse.advance_rate", "+5pp")):
        with pytest.raises(InputError, match="reads as a change, and an override gives the value itself"):
            load_scenario(SCENARIO, overrides=[f"{path}={value}"])
    trunk = sim.LendingModel(SCENARIO, set=SMALL)
    with pytest.raises(InputError, match="reads as a change"):
        trunk.branch("lenient", set={"underwriting.cut_off": "+20"})


def test_numpys_values_in_an_arm_are_values():
    arm = {"set": {"underwriting.cut_off": np.int64(580), "underwriting.payment_to_income_cap": np.float64(-0.05)},
           "policy_changes": [{"from": "2026-05", "set": {"servicing.late_fee": np.int64(20)}}]}
    plan = plan_of(SCENARIO, ["standard", arm], SMALL)
    policy = plan.arms[1].policy
    assert (policy.underwriting.cut_off, policy.underwriting.payment_to_income_cap) == (580, 0.17)
    assert plan.arms[1].changes[0].policy.servicing.late_fee == 20


def test_what_cannot_be_changed_is_said():
    with pytest.raises(InputError, match="what a file extends cannot be changed"):
        dated("{from: 2026-03, set: {extends: strict}}")
    never = ["policy.funding.dividend_above=null", "policy_changes=[{from: 2026-03, set: {funding.dividend_above: -5pp}}]"]
    with pytest.raises(InputError, match="would change a value, and there is none"):
        load_scenario(SCENARIO, overrides=never)


def test_too_many_products_are_a_fault_with_a_place(tmp_path):
    form = "method: flat_fee, need: purchase, offered: true, minimum: 100, maximum: 900, tenor: 6, monthly_fee: 1%"
    for name in ("a", "b"):
        lines = "\n".join(f"  {name}{k}: {{{form}}}" for k in range(2))
        (tmp_path / f"{name}.yaml").write_text(f"title: {name}\nextends: standard\nproducts:\n{lines}\n")
    changes = f"policy_changes=[{{from: 2026-03, policy: '{tmp_path / 'b.yaml'}'}}]"
    with pytest.raises(InputError, match="know 6 products together"):
        load_scenario("baseline", tmp_path / "a.yaml", [changes])


def test_a_section_or_a_product_may_come_with_a_change():
    education = {"reach": 0.1, "cost": 1.0, "lesson": 0.1, "decay": 0.01, "attention": 0.1, "restraint": 0.1}
    phone = {"method": "flat_fee", "need": "purchase", "offered": True, "minimum": 100, "maximum": 900, "tenor": 6, "monthly_fee": 0.01}
    arm = {"label": "more", "set": {"education": education, "products": {"phone": phone}, "underwriting.cut_off": "+20"}}
    plan = plan_of(SCENARIO, ["standard", arm], SMALL)
    policy = plan.arms[1].policy
    assert (policy.education.reach, list(policy.products), policy.underwriting.cut_off) == (
        0.1, ["cash_loan", "instalment_plan", "phone"], 580,
    )
