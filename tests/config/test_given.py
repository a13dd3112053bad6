"""What Python gives in a form that an argument does not take is answered in the asker's words, before anything is run."""

import re
import statistics

import numpy as np
import pytest
from click.testing import CliRunner

import sim
from sim.cli import main
from sim.inputs import check_files
from tests.own_mechanism import GIFT

SMALL = {"borrowers.count": 200, "months": 2, "warm_up_months": 1}
TWO = ("baseline", ["standard", "strict"])


@pytest.mark.parametrize("call", [
    lambda given: sim.run("baseline", set=SMALL, mechanisms=given), lambda given: sim.LendingModel("baseline", set=SMALL, mechanisms=given),
    lambda given: sim.compare(*TWO, seeds=1, set=SMALL, mechanisms=given), lambda given: sim.load_scenario("baseline", mechanisms=given),
])
@pytest.mark.parametrize(("given", "message"), [
    (GIFT, "mechanisms is a list: write mechanisms=[…] around 'gift' too"), ("gift", "mechanisms is a list: write mechanisms=['gift']"),
    ({"gift": GIFT}, "mechanisms is a list, not a mapping"), (["gift"], "a mechanism of your own is a Mechanism(…), not 'gift'"),
])
def test_mechanisms_are_a_list_of_mechanisms(call, given, message):
    with pytest.raises(TypeError, match=re.escape(message)):
        call(given)


@pytest.mark.parametrize(("call", "message"), [
    (lambda: sim.compare(*TWO, metrics="cash"), "metrics is a list: write metrics=['cash']"),
    (lambda: sim.compare(*TWO, horizons=2), "horizons is a list: write horizons=[2]"),
    (lambda: sim.facts(numbers=3), "numbers is a list: write numbers=[3]"),
    (lambda: sim.backtest("us_consumer_credit_to_2006", scenario="us_history", compare="npl"), "compare is a list: write compare=['npl']"),
    (lambda: sim.run("baseline", rules=max), "rules is functions by the name of the rule that each replaces"),
    (lambda: sim.LendingModel("baseline", rules=["willingness"]), "{'willingness': my_rule}, not ['willingness']"),
    (lambda: sim.run("baseline", set=5), "set is values by path, {'borrowers.count': 50_000}, or a list such as "),
    (lambda: sim.run("baseline", set=[5]), "['borrowers.count=50_000'], not 5"),
    (lambda: sim.run("baseline", policy=["standard", "strict"]), "not ['standard', 'strict']; sim.compare takes several policies"),
    (lambda: sim.run(["baseline"]), "scenario is a name, a path, or a mapping of what a file would say, not ['baseline']"),
    (lambda: sim.LendingModel(3), "scenario is a name, a path, or a mapping of what a file would say, not 3"),
])
def test_a_list_is_no_single_thing_and_the_other_way_round(call, message):
    with pytest.raises(TypeError, match=re.escape(message)):
        call()


@pytest.fixture(scope="module")
def model():
    return sim.LendingModel("baseline", set=SMALL)


@pytest.mark.parametrize(("function", "name"), [
    (max, "max"), (min, "min"), (np.max, "max"), (np.argmin, "argmin"), (statistics.mean, "mean"),
])
def test_what_has_no_value_over_no_borrowers_is_told_with_the_attribute(model, function, name):
    nobody = model.borrowers.select(model.borrowers.income < -1)
    for given in (function, [len, function]):
        with pytest.raises(ValueError, match=f"there is no {name} of cash over no borrowers: the selection is empty"):
            nobody.agg("cash", given)
    assert nobody.agg("cash", [sum, len]) == [0, 0]
    with pytest.raises(ValueError, match="mine"):
        model.borrowers.agg("cash", refusing)  # of somebody, the function's own words stand


def refusing(values):
    raise ValueError("mine")


@pytest.mark.parametrize(("call", "message"), [
    (lambda b: b.agg("cash", "mean"), "agg takes a function of a column, such as max or numpy.median, not 'mean'"),
    (lambda b: b.agg("cash", 3), "agg takes a function of a column, such as max or numpy.median, not 3"),
    (lambda b: b.agg(["cash", "income"], max), "agg takes one attribute by its name, not ['cash', 'income']; get takes several"),
    (lambda b: b["cash"], "[] takes borrowers by their number; an attribute of all is read as borrowers.cash"),
])
def test_a_verb_says_what_it_takes(model, call, message):
    with pytest.raises(TypeError, match=re.escape(message)):
        call(model.borrowers)


def test_a_policy_is_placed_at_the_argument_in_python_and_at_the_option_in_the_shell(model):
    for call in (lambda: model.branch(policy="strct"), lambda: sim.run("baseline", policy="strct"),
                 lambda: sim.LendingModel("baseline", policy="strct")):
        with pytest.raises(sim.InputError) as caught:
            call()
        assert str(caught.value).startswith("policy:1:1: policy: there is no policy 'strct'; expected a file or one of ")
        assert str(caught.value).endswith("did you mean 'strict'?")
    told = CliRunner().invoke(main, ["run", "baseline", "--policy", "strct"])
    assert told.exit_code == 2
    assert "--policy:1:1: policy: there is no policy 'strct'" in told.output


def test_arguments_of_a_back_test_are_placed_likewise():
    with pytest.raises(sim.InputError, match=r"^actual:1:1: there is no file 'nope'"):
        sim.backtest("nope", scenario="us_history")
    command = ["backtest", "--scenario", "us_history", "--actual", "us_consumer_credit_to_2006", "--from", "91", "--fit-to", "92"]
    told = CliRunner().invoke(main, command)
    assert told.exit_code == 2
    assert "--from:1:1: '91' is no quarter" in told.output
    assert "--fit-to:1:1: '92' is no quarter" in told.output


@pytest.mark.parametrize(("policies", "told"), [
    (["standard", "standard"], "policy 2:1:1: 'standard' comes to the same as 'standard' before it"),
    (["standard", "strict", {"label": "b", "policy": "strict"}], "policy 3:1:1: 'b' comes to the same as 'strict' before it"),
    (["standard", {"label": "b", "set": {"underwriting.cut_off": 560}}], "policy 2:1:1: 'b' comes to the same as 'standard' before it"),
    (["standard", {"title": "Mine", "extends": "standard"}], "policy 2:1:1: 'Mine' comes to the same as 'standard' before it"),
])
def test_policies_that_come_to_the_same_are_no_comparison(policies, told):
    with pytest.raises(sim.InputError, match=re.escape(told)):
        sim.compare("baseline", policies, seeds=1, set=SMALL)


def test_policies_that_differ_in_dated_changes_alone_are_one():
    dated = {"label": "later", "policy_changes": [{"from": "2026-02", "set": {"underwriting.cut_off": 600}}]}
    assert sim.compare("baseline", ["standard", dated], seeds=1, set=SMALL).manifest["policies"] == ["standard", "later"]


def test_a_check_of_an_experiment_says_so_too(tmp_path):
    file = tmp_path / "e.yaml"
    file.write_text("title: E\nscenario: baseline\npolicies:\n- standard\n- {label: same, set: {underwriting.cut_off: 560}}\n- strict\n")
    (fault,) = check_files([file])
    assert (fault.line, fault.message.partition(",")[0]) == (5, "'same' comes to the same as 'standard' before it")
