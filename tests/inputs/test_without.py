"""--without: loops by name, as the override that sets their gain to 0; given once, told in the notes and in the manifest."""

import json

import pytest

import sim
from sim.inputs import InputError, load_scenario
from sim.inputs.overrides import switched_off
from tests.command import lendsim

SMALL = ["borrowers.count=300", "months=4", "warm_up_months=2"]


def faults(*overrides):
    with pytest.raises(InputError) as caught:
        load_scenario("baseline", overrides=overrides)
    return [str(fault) for fault in caught.value.faults]


@pytest.mark.parametrize("names", ["trust,churn", ["trust", "churn"], " trust , churn ", ("trust, churn",)])
def test_the_loops_named_are_off_and_no_other(names):
    gains = dict(load_scenario("baseline", overrides=switched_off(names)).scenario.mechanisms)
    assert {name for name, gain in gains.items() if gain == 0} == {"trust", "churn"}
    assert switched_off(()) == []


def test_it_is_the_override_of_the_gain():
    set_to_0 = sim.run("severe_recession", set=[*SMALL, "mechanisms.churn=0"])
    assert sim.run("severe_recession", set=SMALL, without="churn").results_hash() == set_to_0.results_hash()
    both = [sim.compare("severe_recession", ["standard", "strict"], 1, set=given, without=off).seeds for given, off in (
        (SMALL, ["churn"]), ([*SMALL, "mechanisms.churn=0"], ()),
    )]
    assert both[0].equals(both[1])


def test_unknown_names_are_told_with_the_nearest_and_all_faults_at_once():
    found = faults("months=x", *switched_off("trust, chrun,,mechanisms.trust"))
    assert [text for text in found if text.startswith("--set:1:8: months: 'x' is not a whole number")]
    assert [text for text in found if text.startswith("without:1:8: mechanisms.chrun: unknown key 'chrun'; expected one of inattention")]
    assert [text for text in found if text.endswith("did you mean 'churn'?")]
    assert [text for text in found if text.startswith("without:1:14: a loop without a name")]
    assert [text for text in found if text.startswith("without:1:15: mechanisms.mechanisms.trust: unknown key")]
    assert len(found) == 4


SET_TOO = "trust is switched off, and its gain is set as well"


@pytest.mark.parametrize(("given", "column", "said"), [
    (["mechanisms.trust=1", *switched_off("churn,trust")], 7, SET_TOO), ([*switched_off("trust"), "mechanisms.trust=0"], 1, SET_TOO),
    ([("mechanisms.trust", 1), *switched_off("trust")], 1, SET_TOO), (["mechanisms={trust: 1}", *switched_off("trust")], 1, SET_TOO),
    (switched_off(["trust", "churn,trust"]), 13, "trust is switched off twice"),
])
def test_a_gain_is_given_once(given, column, said):
    assert faults(*given) == [f"without:1:{column}: mechanisms.trust: {said}; expected one of the two"]


def test_another_loops_gain_may_stand_beside_it():
    gains = load_scenario("baseline", overrides=["mechanisms.trust=2", *switched_off("churn")]).scenario.mechanisms
    assert (gains.trust, gains.churn) == (2, 0)


def test_the_commands_take_it_say_it_and_keep_it(tmp_path):
    small = [part for text in SMALL for part in ("--set", text)]
    done = lendsim("run", "baseline", *small, "--without", "trust,churn", "--without", "rating", "--out", tmp_path / "run")
    assert done.returncode == 0, done.stderr
    assert "Switched off: churn, trust, rating." in done.stdout
    assert "Switched off: churn, trust, rating." in (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    gains = json.loads((tmp_path / "run" / "manifest.json").read_text(encoding="utf-8"))["input"]["scenario"]["mechanisms"]
    assert {name for name, gain in gains.items() if gain == 0} == {"trust", "churn", "rating"}
    done = lendsim("compare", "baseline", "--policy", "standard", "--policy", "strict", "--seeds", 1, *small, "--without", "take_up")
    assert "Note: Switched off: take_up." in done.stdout
    told = [lendsim("trace", "baseline", "--borrower", 1, *small, *more) for more in ([], ["--without", "income_risk"])]
    assert told[0].returncode == told[1].returncode == 0
    assert told[0].stdout != told[1].stdout
    back = ["backtest", "--actual", "us_consumer_credit_to_2006"]
    for command in (["run", "baseline"], ["trace", "baseline", "--borrower", "1"], ["facts"], back):
        refused = lendsim(*command, "--without", "trsut")
        assert (refused.returncode, refused.stdout) == (2, "")
        assert "--without:1:1: mechanisms.trsut: unknown key 'trsut'" in refused.stderr
        assert "did you mean 'trust'?" in refused.stderr
