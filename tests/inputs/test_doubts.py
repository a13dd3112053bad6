"""Doubts: allowed and hardly meant. They are warnings with a place, refused by --strict, and no shipped file raises one."""

import pytest
from click.testing import CliRunner

import sim
from sim.cli import main
from sim.config.faults import MOST_LISTED, InputError
from sim.config.shipped import KINDS
from sim.inputs import check_files, examined, load_scenario, read_experiment, shipped, shipped_experiments

SMALL = ("--set", "borrowers.count=100", "--set", "months=2", "--set", "warm_up_months=1")


@pytest.fixture
def doubted(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def examine(kind, text):
        head = {"policy": "extends: standard", "profile": "extends: us_instalment", "scenario": "extends: baseline"}[kind]
        (tmp_path / "x.yaml").write_text(f"title: T\n{head}\n{text}\n", encoding="utf-8")
        assert check_files(["x.yaml"]) == []
        return [str(fault) for fault in examined(["x.yaml"])]

    return examine


def test_no_shipped_file_is_doubtful():
    files = [path for kind in KINDS for path in shipped(kind).values()]
    assert examined([*files, *shipped_experiments().values()]) == []


@pytest.mark.parametrize("policy", sorted(shipped("policy")))
@pytest.mark.parametrize("scenario", ["baseline", "china_baseline"])
def test_no_shipped_pair_is_doubtful(scenario, policy):
    assert load_scenario(scenario, policy).warnings == ()


@pytest.mark.parametrize(("kind", "text", "said"), [
    ("profile", "work: {separation_elasticity: 10}",
     "x.yaml:3:31: warning: work.separation_elasticity: 10 is allowed and beyond what studies try; expected 0.15 to 0.5 "
     "(CPS flows 1985–2006)"),
    ("profile", "spending: {essential_share: 90%, discretionary_share: 20%}",
     "x.yaml:3:29: warning: spending.essential_share: 90% is allowed and beyond what studies try; expected 40% to 70% "
     "(consumer expenditure surveys, lower half)"),
    ("profile", "work: {hours_cut_depth: 100%}", "work.hours_cut_depth: 100% is allowed"),
    ("profile", "contact: {harsh_pressure: 3}", "expected -0.6 to 0.8 (evidence has both signs)"),
    ("profile", "demand: {needs: {cash: {size: 12}}}", "demand.needs.cash.size: 12 is allowed"),
    ("policy", "hardship_plans: {from_missed: 1, up_to_missed: 3, diagnosis: 80%, take_up: 50%, payment_share: 50%, months: 3, "
     "interest_waived: 0%, re_aged_after: 4, probation_months: 12, again_after: 12, most: 2, cost: 15}",
     "hardship_plans.re_aged_after: a plan ends before 4 payments are kept, so that it makes nobody current; expected at most 3, "
     "the months of a plan"),
    ("profile", "work: {exhausted_rate: 40%}", "40% is more than the benefit that has run out; expected at most 33%, the replacement_rate"),
    ("profile", "spending: {essential_most: 50%}", "essential_share: 57.5% is a mean beyond what any borrower spends; expected 10% to 50%"),
    ("scenario", "economy: {unemployment_rate: [5%, 40%]}", "economy.unemployment_rate.1: 40% is allowed"),
    ("scenario", "mechanisms: {trust: 5}", "mechanisms.trust: 5 is allowed and beyond what studies try; expected 0 to 2 (1 is"),
    ("policy", "underwriting: {cut_off: 700}", "underwriting.cut_off: 700 is allowed"),
    ("policy", "underwriting: {cut_off: 500, bands: [{min_score: 560, premium: 5%, expected_loss: 5%, size_cap: 2, tenor: 12}]}",
     "scores of 500 to 559 pass and have no band, so that they are refused all the same; expected at least 560"),
    ("policy", "pricing: {legal_cap: 10%, least_margin: -10%}", "pricing.legal_cap: the cheapest band asks 10.5% before the cost of funds"),
    ("policy", "products: {cash_loan: {upfront_fee: 60%}}", "products.cash_loan.offered: nobody gets an offer: no price within"),
    ("policy", "funding: {minimum_cash_months: 60}", "the fixed cost of 60 months is 32.5% of opening loans, more than all equity"),
    ("policy", "funding: {dividend_above: 15%}", "15% lies below the opening capital ratio"),
    ("policy", "collections: {late: {intensity: 20}}", "collections.late.intensity: 20 attempts exceed contact_cap; expected at most 12"),
])
def test_a_doubt_says_where_what_and_what_was_expected(kind, text, said, doubted):
    found = doubted(kind, text)
    assert len(found) == 1, found
    assert said in found[0]
    assert ": warning: " in found[0]


def test_premiums_that_fall_and_sizes_that_rise_with_risk(doubted):
    bands = "{min_score: 620, premium: 5%, expected_loss: 1%, size_cap: 2, tenor: 12}, "
    bands += "{min_score: 560, premium: 3%, expected_loss: 1%, size_cap: 4, tenor: 12}"
    premium, size = doubted("policy", f"underwriting: {{bands: [{bands}]}}")
    assert "bands.1.premium: 3% falls as risk rises; expected at least 5%, the premium of the band above" in premium
    assert "bands.1.size_cap: 4 months of income rise as risk rises; expected at most 2" in size


def test_check_says_it_and_strict_refuses(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text("title: T\nextends: us_instalment\nwork: {separation_elasticity: 10}\n", encoding="utf-8")
    lax, strict = (CliRunner().invoke(main, ["check", str(file), *more]) for more in ((), ("--strict",)))
    assert (lax.exit_code, strict.exit_code) == (0, 2)
    assert "1 file fine, 1 warning" in lax.output
    assert "warning: work.separation_elasticity" in lax.output
    assert "fine" not in strict.output


def test_what_is_doubtful_is_said_beside_what_is_wrong_and_of_a_faulty_file_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, text in {
        "s.yaml": "title: S\nextends: baseline\npolicy: p.yaml\nborrowers: {profile: f.yaml}\nmonths: 0\nmechanisms: {trust: 5}\n",
        "p.yaml": "title: P\nextends: standard\nunderwriting: {cut_off: 700}\n",
        "f.yaml": "title: F\nextends: us_instalment\nwork: {separation_elasticity: 10}\nfraud: {share: x}\n",
        "e.yaml": "title: E\nscenario: baseline\npolicies: [p.yaml, {policy: p.yaml, set: {pricing.base_margin: 9%}}]\nseeds: 0\n",
    }.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    places = [(f.file, f.line, f.path) for f in examined(["s.yaml"]) if f.warning]
    assert places == [("p.yaml", 3, "underwriting.cut_off")]
    places = [(f.file, f.path, f.warning) for f in examined(["e.yaml"])]
    assert sorted(places) == [("e.yaml", "seeds", False), ("p.yaml", "underwriting.cut_off", True)]
    with pytest.raises(InputError) as told:
        read_experiment("e.yaml")
    assert [fault.path for fault in told.value.faults] == ["seeds"]


def test_a_path_of_doubts_is_told_by_its_first_ones(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text(f"title: T\nextends: baseline\neconomy: {{policy_rate: [{', '.join(['40%'] * 90)}]}}\n", encoding="utf-8")
    said = CliRunner().invoke(main, ["check", str(file)]).output
    assert said.count("warning: economy.policy_rate.") == MOST_LISTED
    assert f"warning: and {90 - MOST_LISTED} more" in said
    assert "1 file fine, 90 warnings" in said


def test_run_says_it_once_and_strict_refuses():
    doubtful = ("--set", "policy.underwriting.cut_off=700")
    lax, strict = (CliRunner().invoke(main, ["run", "baseline", *SMALL, *doubtful, *more]) for more in ((), ("--strict",)))
    assert (lax.exit_code, strict.exit_code) == (0, 2)
    assert lax.output.count("--set:1:29: warning: policy.underwriting.cut_off: 700 is allowed") == 1
    assert "policy.underwriting.cut_off: 700 is allowed and beyond what studies try" in strict.output
    assert "warning" not in strict.output


def test_compare_says_it_once():
    doubtful = ("--set", "profile.fraud.share=5%")
    policies = ("--policy", "standard", "--policy", "lenient", "--seeds", "2")
    done = CliRunner().invoke(main, ["compare", "baseline", *policies, *SMALL, *doubtful])
    assert done.exit_code == 0
    assert done.output.count("--set:1:21: warning: profile.fraud.share: 5% is allowed and beyond what studies try") == 1


def test_a_dated_change_is_doubted_where_it_stands():
    change = [{"from": "2026-03", "set": {"underwriting.cut_off": 700}}]
    said = [w.message for w in load_scenario("baseline", None, [("policy_changes", change)]).warnings]
    assert said == ["700 is allowed and beyond what studies try"]
    with pytest.raises(InputError, match="700 is allowed and beyond"):
        load_scenario("baseline", None, [("policy_changes", change)], strict=True)


def test_python_reads_them_too():
    results = sim.run("baseline", set={"borrowers.count": 50, "months": 1, "profile.fraud.share": "5%"})
    assert [warning.path for warning in results.resolved.warnings] == ["profile.fraud.share"]
