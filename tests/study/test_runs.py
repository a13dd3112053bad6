"""Runs: which seeds, and input that is read once however many there are."""

import pytest

import sim
from sim.inputs import load_scenario
from sim.study import runs
from sim.study.runs import outcome_columns, seeds_from

SMALL = {"borrowers.count": 300, "months": 4, "warm_up_months": 2}


def test_seeds_count_on_from_the_scenarios_own_or_are_as_given():
    resolved = load_scenario("baseline", overrides=["seed=7"])
    assert seeds_from(resolved, 3) == [7, 8, 9]
    assert seeds_from(resolved, (4, 2)) == [4, 2]
    with pytest.raises(ValueError, match="at least one seed is needed"):
        seeds_from(resolved, 0)


@pytest.mark.parametrize("study", ["run", "compare"])
def test_files_are_read_once_for_each_policy_whatever_the_number_of_seeds(study, monkeypatch):
    read = []
    monkeypatch.setattr(runs, "load_scenario", lambda *given: read.append(given[1]) or load_scenario(*given))
    if study == "run":
        sim.run("baseline", "strict", seeds=3, set=SMALL)
        assert read == ["strict"]
    else:
        sim.compare("baseline", ["standard", "strict"], seeds=3, set=SMALL)
        assert [arm.policy for arm in read] == ["standard", "strict"]


def test_what_became_of_borrowers_is_read_off_their_accounts():
    model = sim.LendingModel("severe_recession", set=SMALL | {"months": 30, "shocks": []})
    model.run_model()
    found = outcome_columns(model)
    frame = {name: getattr(model.borrowers, name) for name in model.borrowers.names}
    assert (found["charged_off"] == ((frame["cash_loan_charged_off"] > 0) | (frame["instalment_plan_charged_off"] > 0))).all()
    assert (found["in_arrears"] == ((frame["cash_loan_missed"] > 0) | (frame["instalment_plan_missed"] > 0))).all()
    assert found["charged_off"].any()
    assert found["in_arrears"].any()
    assert not found["charged_off"].all()


def test_more_seeds_than_a_study_can_keep_and_what_is_no_list_are_refused_at_once():
    resolved = load_scenario("baseline")
    with pytest.raises(ValueError, match=r"1,000,000,000 seeds are more than a study can keep, at most 100,000"):
        seeds_from(resolved, 10**9)
    with pytest.raises(TypeError, match="seeds is a number of seeds or a list of them"):
        seeds_from(resolved, {1: 2})
    with pytest.raises(TypeError, match=r"panel is a list: write panel=\[5\]"):
        sim.run("baseline", set={"months": 1, "borrowers.count": 10}, panel=5)
    with pytest.raises(TypeError, match="rules is functions by the name of the rule"):
        sim.calibrate({**CALIBRATION}, rules=5)


CALIBRATION = {
    "scenario": "baseline", "months": 1, "seeds": 1, "parameters": {"profile.fraud.share": {"from": "0%", "to": "2%"}},
    "moments": [{"metric": "applications", "target": 1, "tolerance": 1, "source": "x"}],
}
