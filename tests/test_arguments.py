"""Nothing given is ignored: every argument of the public functions changes what comes out, or how it is lived, or is refused."""

from inspect import signature

import numpy as np
import pytest
from click.testing import CliRunner

import sim
from sim.cli import main
from sim.inputs import load_scenario
from sim.study import parallel
from sim.study.parallel import over_seeds
from sim.study.trace import trace_borrower
from tests.own_mechanism import GIFT

SMALL = {"borrowers.count": 300, "months": 4, "warm_up_months": 2}
OTHER = SMALL | {"mechanisms.churn": 0}


def frankly(lasting, trust, trust_effect, access, missed, arrears_effect, push, noise):
    return lasting - 2 * trust + push + noise


class Silent(sim.Borrower):
    """A borrower of a class of its own."""


def lived(model):
    """How a model is lived, and what comes out of it."""
    how = (model.setup.seed, model.setup.mode, model.engine.threads.count, model.borrower_class, model.setup.from_outside)
    model.run_model()
    return how, model.monthly_frame().to_csv(), model.setup.resolved.past()


def how_it_ran(given):
    """What a study made of its arguments besides its results: how seeds were shared, the threads of each, the calls back."""
    seen = []

    def watched(task, seeds, workers=1, cluster=None, done=None):
        plan = getattr(task, "__self__", task)  # a comparison's seeds are lived by its plan
        seen.append((workers, cluster, getattr(plan, "threads", None), getattr(plan, "mode", None)))
        return over_seeds(task, seeds)

    return seen, watched


def ran(monkeypatch, *scenario, **given):
    """Results of `run`, and how it was done."""
    seen, watched = how_it_ran(given)
    monkeypatch.setattr(parallel, "over_seeds", watched)
    results = sim.run(*scenario, **given)
    panel = None if results.panel is None else results.panel.to_csv()
    return results.results_hash(), panel, seen, results.from_outside


def compared(monkeypatch, *scenario, **given):
    """Tables of `compare`, and how it was done."""
    seen, watched = how_it_ran(given)
    monkeypatch.setattr("sim.study.compare.over_seeds", watched)
    found = sim.compare(*scenario, **given)
    tables = [frame.to_csv() for frame in (found.table, found.counterfactual, found.seeds, found.monthly)]
    return tables, None if found.panel is None else found.panel.to_csv(), seen, found.manifest["from_outside"]


def attributed(monkeypatch, *scenario, **given):
    """Tables of `attribute`, and how it was done."""
    seen, watched = how_it_ran(given)
    monkeypatch.setattr("sim.study.attribute.over_seeds", watched)
    found = sim.attribute(*scenario, **given)
    return [frame.to_csv() for frame in (found.table, found.loops, found.runs)], seen, found.manifest["from_outside"]


# For each argument, another value of it; beside it what it needs
RUN = {
    "policy": {"policy": "strict"}, "seeds": {"seeds": [9]}, "set": {"set": OTHER}, "threads": {"threads": 2}, "mode": {"mode": "objects"},
    "rules": {"rules": {"willingness": frankly}}, "mechanisms": {"mechanisms": [GIFT]}, "own_past": {"policy": "strict", "own_past": True},
    "workers": {"seeds": 2, "workers": 2}, "cluster": {"cluster": "tcp://nowhere:1"}, "panel": {"panel": "cash"},
    "panel_every": {"panel": "cash", "panel_every": 4}, "panel_borrowers": {"panel": "cash", "panel_borrowers": [3]},
    "without": {"without": "churn"},
}
COMPARE = RUN | {
    "policies": {"policies": ["standard", "lenient"]}, "own_past": {"own_past": True}, "metrics": {"metrics": ["approvals"]},
    "horizons": {"horizons": [2]}, "workers": {"seeds": 2, "workers": 2},
}
del COMPARE["policy"], COMPARE["mode"]
ATTRIBUTE = {name: RUN[name] for name in ("policy", "seeds", "set", "threads", "rules", "mechanisms", "workers", "cluster", "without")} | {
    "own_past": {"own_past": True}, "parts": {"parts": ["shocks"]}, "by": {"by": "variable"}, "metrics": {"metrics": ["approvals"]},
    "together": {"together": [["inflation", "policy_rate"]]}, "horizon": {"horizon": 3},
}
MODEL = {
    "policy": {"policy": "strict"}, "seed": {"seed": 9}, "rng": {"rng": 9}, "set": {"set": OTHER}, "threads": {"threads": 2},
    "mode": {"mode": "objects"}, "borrower_class": {"borrower_class": Silent}, "rules": {"rules": {"willingness": frankly}},
    "mechanisms": {"mechanisms": [GIFT]}, "own_past": {"policy": "strict", "own_past": True},
}
# tested below or where they belong, or what everything begins with
TOLD = {"month_done", "progress", "announce", "allow_outside", "scenario", "self", "resumed"}


@pytest.mark.parametrize(("function", "cases"), [
    (sim.run, RUN), (sim.compare, COMPARE), (sim.attribute, ATTRIBUTE), (sim.LendingModel.__init__, MODEL),
])
def test_the_cases_are_the_arguments(function, cases):
    assert {*signature(function).parameters} - TOLD == {*cases}


def beside(cases, name):
    """What a case needs besides the argument itself."""
    return {other: value for other, value in cases[name].items() if other != name}


@pytest.mark.parametrize("name", RUN)
def test_every_argument_of_run_tells(name, monkeypatch):
    base = {"set": SMALL, "seeds": 1}
    one, other = (ran(monkeypatch, "severe_recession", **base | given) for given in (beside(RUN, name), RUN[name]))
    assert one != other


@pytest.mark.parametrize("name", COMPARE)
def test_every_argument_of_compare_tells(name, monkeypatch):
    base = {"policies": ["standard", "strict"], "seeds": 1, "set": SMALL}
    one, other = (compared(monkeypatch, "severe_recession", **base | given) for given in (beside(COMPARE, name), COMPARE[name]))
    assert one != other


@pytest.mark.parametrize("name", ATTRIBUTE)
def test_every_argument_of_attribute_tells(name, monkeypatch):
    steps = [{"variable": variable, "start": "2026-02", "shape": "step", "by": "+2pp"} for variable in ("policy_rate", "inflation")]
    small = SMALL | {"shocks": [*steps, steps[0] | {"start": "2026-03"}]}
    base = {"seeds": 1, "set": small, "parts": ["shocks", "causes"]}
    more = {"set": small | {"mechanisms.churn": 0}} if name == "set" else ATTRIBUTE[name]
    one, other = (attributed(monkeypatch, "severe_recession", **base | given) for given in (beside(ATTRIBUTE, name), more))
    assert one != other


@pytest.mark.parametrize("name", MODEL)
def test_every_argument_of_a_model_tells(name):
    one, other = (lived(sim.LendingModel("severe_recession", **{"set": SMALL} | given)) for given in (beside(MODEL, name), MODEL[name]))
    assert one != other


def test_calls_back_are_called_and_paths_outside_need_leave(tmp_path):
    months, seeds = [], []
    sim.run("baseline", set=SMALL, month_done=lambda *at: months.append(at))
    assert months == [(0, k, 4) for k in range(1, 5)]
    sim.compare("baseline", ["standard", "strict"], seeds=2, set=SMALL, progress=lambda *at: seeds.append(at))
    assert seeds == [(1, 2), (2, 2)]
    (tmp_path / "in").mkdir()
    (tmp_path / "mine.yaml").write_text("title: Mine\nextends: strict\n")
    file = tmp_path / "in" / "scenario.yaml"
    file.write_text("title: Outside\nextends: baseline\npolicy: ../mine.yaml\n")
    for study in (
        lambda **more: sim.run(file, set=SMALL, **more), lambda **more: sim.compare(file, [{}, "lenient"], 1, SMALL, **more),
        lambda **more: sim.attribute(file, seeds=1, set=SMALL, parts=["causes"], **more),
    ):
        with pytest.raises(sim.InputError, match="outside"):
            study()
        study(allow_outside=True)


# ------------------------------------------------------------------------------------------------- refused beside what is ready


@pytest.mark.parametrize("name", [*(name for name in MODEL if name not in ("threads", "borrower_class"))])
def test_what_a_ready_setup_cannot_take_in_is_refused(name):
    setup = sim.LendingModel("severe_recession", set=SMALL).setup
    word = {"rng": "seed"}.get(name, name)
    with pytest.raises(ValueError, match=rf"the setup of the run is made already, so .*{word}.* can no longer be applied"):
        sim.LendingModel(setup, **MODEL[name])


def test_a_seed_of_zero_and_the_mode_that_it_has_are_given_too():
    setup = sim.LendingModel("severe_recession", set=SMALL).setup
    for given in ({"seed": 0}, {"mode": "columns"}):
        with pytest.raises(ValueError, match=f"so {next(iter(given))} can no longer be applied"):
            sim.LendingModel(setup, **given)


def test_a_ready_setup_takes_threads_and_a_class_and_lives_the_same():
    first = sim.LendingModel("severe_recession", set=SMALL, mode="objects")
    again = sim.LendingModel(first.setup, threads=2, borrower_class=Silent)
    assert (again.engine.threads.count, type(again.borrowers[0]), again.setup.mode) == (2, Silent, "objects")
    first.run_model()
    again.run_model()
    assert first.rows == again.rows


@pytest.mark.parametrize("given", [
    {"policy": "strict"}, {"set": {"months": 3}}, {"own_past": True}, {"allow_outside": True}, {"without": "trust"},
])
def test_what_a_resolved_scenario_cannot_take_in_is_refused(given):
    resolved = load_scenario("severe_recession", overrides=[*SMALL.items()])
    with pytest.raises(ValueError, match=rf"resolved already, so {next(iter(given))} can no longer be applied"):
        sim.run(resolved, **given)


def test_mechanisms_are_those_that_a_scenario_was_resolved_for():
    plain, gifted = (load_scenario("baseline", overrides=[*SMALL.items()], mechanisms=m) for m in ((), (GIFT,)))
    for start in (sim.run, sim.LendingModel):
        for resolved, mechanisms in ((plain, [GIFT]), (gifted, [])):
            with pytest.raises(ValueError, match=r"was resolved for other mechanisms \(gift\): give load_scenario the mechanisms"):
                start(resolved, mechanisms=mechanisms)
    assert sim.run(gifted, mechanisms=[GIFT]).monthly["gifts"].sum() > 0


@pytest.mark.parametrize("seed", [{"seed": 9}, [("seed", 9)], ["seed=9"]])
def test_a_seed_is_given_once(seed):
    more = [*SMALL.items(), *(seed.items() if isinstance(seed, dict) else seed)]
    assert sim.run("baseline", set=more, seeds=2).seeds == [9, 10]
    assert sim.LendingModel("baseline", set=more).setup.seed == 9
    for twice in (
        lambda: sim.run("baseline", set=more, seeds=[3]), lambda: sim.compare("baseline", ["standard", "strict"], [3], more),
        lambda: sim.LendingModel("baseline", set=more, seed=3), lambda: sim.LendingModel("baseline", set=more, rng=3),
    ):
        with pytest.raises(ValueError, match="the seed is given twice, by set and by"):
            twice()
    with pytest.raises(ValueError, match="rng is Mesa's word for the seed: give one of the two"):
        sim.LendingModel("baseline", set=SMALL, seed=3, rng=3)


@pytest.mark.parametrize(("given", "kind", "said"), [
    ({"threads": 0}, ValueError, "at least one thread is needed, not 0"),
    ({"threads": 2.5}, TypeError, "threads is a number of threads, not 2.5"),
    ({"threads": True}, TypeError, "threads is a number of threads"),
    ({"workers": 0}, ValueError, "at least one worker is needed, not 0"),
    ({"workers": 1.5}, TypeError, "workers is a number of processes, not 1.5"),
    ({"workers": 2, "cluster": "tcp://nowhere:1"}, ValueError, "a cluster has workers of its own"),
    ({"cluster": ""}, parallel.ClusterError, "no scheduler answers"),
])
def test_what_cannot_be_followed_is_refused(given, kind, said):
    arms = ["standard", "strict"]
    for study in (
        lambda: sim.run("baseline", set=SMALL, **given), lambda: sim.compare("baseline", arms, 1, SMALL, **given),
        lambda: sim.attribute("baseline", seeds=1, set=SMALL, parts=["causes"], **given),
    ):
        with pytest.raises(kind, match=said):
            study()


def test_threads_of_numpys_are_numbers_too():
    assert sim.LendingModel("baseline", set=SMALL, threads=np.int64(2)).engine.threads.count == 2


@pytest.mark.parametrize("wrong", [int, "Borrower", None])
def test_a_class_of_borrowers_is_one(wrong):
    with pytest.raises(TypeError, match=r"borrower_class is a subclass of sim\.Borrower"):
        sim.LendingModel("baseline", set=SMALL, borrower_class=wrong)


def test_a_past_and_a_borrower_that_there_are_not():
    with pytest.raises(ValueError, match="past is one of 'scenario', 'stated', 'own', not 'owm'"):
        load_scenario("baseline", past="owm")
    for row in (-1, 300):
        with pytest.raises(IndexError, match=f"borrower {row}: the scenario has 300"):
            trace_borrower("baseline", None, row, SMALL)


@pytest.mark.parametrize(("command", "said"), [
    (["run", "baseline", "--seed", "1", "--set", "seed=2"], "the seed is given twice, by --seed and by --set"),
    (["trace", "baseline", "--borrower", "1", "--seed", "1", "--set", " seed = 2"], "the seed is given twice, by --seed and by --set"),
    (["run", "baseline", "--workers", "2", "--cluster", "tcp://nowhere:1"], "give --workers or --cluster, not both"),
    (["attribute", "baseline", "--workers", "2", "--cluster", "tcp://nowhere:1"], "give --workers or --cluster, not both"),
    (
        ["compare", "baseline", "--policy", "strict", "--policy", "standard", "--workers", "2", "--cluster", "tcp://nowhere:1"],
        "give --workers or --cluster, not both",
    ),
])
def test_the_command_takes_nothing_in_silence_either(command, said):
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 2
    assert said in " ".join(done.output.replace("│", " ").split())
