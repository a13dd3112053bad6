"""What Python hands over is what a file would say: values as they are, mappings as files, nothing cut and nothing ignored."""

import numpy as np
import pytest

import sim
from sim.inputs import InputError, load_scenario, override_list
from sim.study.plan import plan_of

SMALL = {"borrowers.count": 300, "months": 3, "warm_up_months": 1}


def resolved(given, **more):
    return load_scenario("baseline", overrides=override_list(given), **more)


@pytest.mark.parametrize("title", ["Run #3", "Design: row 3", "NO", "it's", "a, b", "- dash", "&x", "*y", "!z", "%", "@home", "`tick`"])
def test_a_text_stays_as_it_stands(title):
    assert resolved({"title": title}).scenario.title == title


@pytest.mark.parametrize(("value", "expected"), [
    (np.int64(700), 700), (700, 700), ("700", 700), ("7_00", 700),
])
def test_a_number_is_a_number_numpys_too(value, expected):
    assert resolved({"borrowers.count": value}).scenario.borrowers.count == expected


def test_lists_hold_numpys_numbers_and_none():
    path = resolved({"economy.inflation": [np.float64(0.01), 0.02, "3%"]}).scenario.economy.inflation
    assert path == [0.01, 0.02, 0.03]
    assert resolved({"economy.inflation": np.array([0.01, 0.02])}).scenario.economy.inflation == [0.01, 0.02]
    with pytest.raises(InputError, match=r"economy.inflation.1"):
        resolved({"economy.inflation": [0.01, None]})
    assert resolved({"policy.underwriting.exclusion_months": None}).policy.underwriting.exclusion_months is None


def test_a_mapping_within_merges_as_in_a_file():
    a = resolved({"policy": {"underwriting": {"cut_off": 600}}, "borrowers": {"count": 400}})
    assert (a.policy.underwriting.cut_off, a.policy.underwriting.gini) == (600, 0.44)
    assert (a.scenario.borrowers.count, a.scenario.borrowers.profile) == (400, "us_instalment")


def test_what_no_file_could_hold_is_refused_by_its_path():
    with pytest.raises(InputError, match=r"set:1:1: title: a object is nothing that a file could hold"):
        resolved({"title": object()})
    with pytest.raises(InputError, match="is no path"):
        resolved({"a..b": 1})


def test_a_scenario_and_a_policy_may_be_mappings():
    mine = {"title": "Mine", "extends": "mild_recession", "borrowers": {"count": 250}, "policy": "strict"}
    a = load_scenario(mine)
    assert (a.scenario.title, a.scenario.borrowers.count, a.policy.title) == ("Mine", 250, "Strict policy")
    assert len(a.scenario.shocks) == len(load_scenario("mild_recession").scenario.shocks)
    b = load_scenario("baseline", policy={"title": "Tight", "extends": "standard", "underwriting": {"cut_off": 620}})
    assert (b.policy.title, b.policy.underwriting.cut_off, b.opening_policy.title) == ("Tight", 620, "Standard policy")
    assert sim.run(mine, set=SMALL).resolved.scenario.title == "Mine"
    with pytest.raises(InputError, match=r"the scenario given.*did you mean 'borrowers'"):
        load_scenario(mine | {"borowers": 3})
    with pytest.raises(InputError, match=r"the policy given.*did you mean 'cut_off'"):
        load_scenario("baseline", policy={"title": "Tight", "extends": "standard", "underwriting": {"cutoff": 620}})


def test_an_arm_may_be_a_mapping_of_a_policy():
    tight = {"title": "Tight", "extends": "standard", "underwriting": {"cut_off": 620}}
    tighter = tight | {"underwriting": {"cut_off": 640}}
    plan = plan_of("baseline", ["standard", tight, {"label": "later", "policy": tighter}], SMALL)
    assert plan.labels == ("standard", "Tight", "later")
    assert [arm.policy.underwriting.cut_off for arm in plan.arms] == [560, 620, 640]
    with pytest.raises(InputError, match="policy 2"):
        plan_of("baseline", ["standard", {"label": 3}], SMALL)


def test_arguments_that_cannot_be_applied_are_refused():
    done = load_scenario("baseline", overrides=override_list(SMALL))
    for call in (
        lambda: sim.run(done, policy="strict"), lambda: sim.run(done, set={"months": 4}), lambda: sim.run(done, own_past=True),
        lambda: sim.compare(done, ["standard", "lenient"]), lambda: sim.LendingModel(done, policy="strict"),
        lambda: sim.LendingModel(done, set={"months": 4}),
    ):
        with pytest.raises(ValueError, match="can no longer be applied"):
            call()
    assert sim.run(done).monthly.shape[0] == 3


@pytest.mark.parametrize(("seeds", "kind", "said"), [
    ([], ValueError, "at least one seed"), (0, ValueError, "at least one seed"), ([3, 3], ValueError, "the seed 3 is given twice"),
    ([2**70], ValueError, "between 0 and 2"), ([-1], ValueError, "between 0 and 2"), ([1.5], TypeError, "a seed is a whole number"),
    ("3", TypeError, "number of seeds or a list"), (True, ValueError, "at least one seed"),
])
def test_seeds_that_are_none_are_refused_in_the_askers_words(seeds, kind, said):
    with pytest.raises(kind, match=said):
        sim.run("baseline", seeds=seeds, set=SMALL)


def test_seeds_may_be_numpys():
    assert sim.run("baseline", seeds=np.int64(2), set=SMALL).seeds == [1, 2]
    assert sim.run("baseline", seeds=np.array([4, 2]), set=SMALL).seeds == [4, 2]
    with pytest.raises(ValueError, match="between 0 and 2"):
        sim.LendingModel("baseline", seed=2**70, set=SMALL)
