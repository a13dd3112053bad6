"""A calibration end to end: known numbers are found again, a kill loses nothing, another's folder is left alone, the result runs."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

import sim
from sim.inputs import InputError, check_files, load_scenario
from sim.measures.outcomes import Course
from sim.measures.table import outcome
from sim.study.calibration import search, trials
from sim.study.calibration.plan import plan_of
from sim.study.calibration.trials import LOST, Trial, trial_from
from sim.study.parallel import over_seeds
from tests.command import ROOT, lendsim, process
from tests.own_mechanism import GIFT

# without spells of inattention: they take longer than these months to tell one chance of forgetting from another
SMALL = {"borrowers.count": 1_500, "warm_up_months": 6, "months": 8, "mechanisms.forgetting_spells": 0}
TRUE = {"profile.attention.forgetting": 0.06, "profile.demand.needs.cash.monthly": 0.065}
BEGIN = {  # bounds and starts of its own, whatever the shipped profile holds by now
    "profile.attention.forgetting": {"from": "2%", "to": "15%", "start": "11%"},
    "profile.demand.needs.cash.monthly": {"from": "1%", "to": "15%", "start": "3%"},
}
METRICS = ("missed_forgot", "applications", "day1_delinquency", "delinquency_30_plus")
OWN = {"title", "description", "extends", "attention"}  # what a calibrated profile says for itself
SOURCE = "a simulation with known numbers"


def moments_of(numbers, seeds=range(101, 109)):
    """The means of the metrics over seeds that no calibration has, and their standard errors as tolerances."""
    results = sim.run("baseline", seeds=list(seeds), set={**SMALL, **numbers}, own_past=True)
    found = []
    for metric in METRICS:
        values = [outcome(metric).value(Course(rows, SMALL["months"])) for _, rows in results.monthly.groupby("seed")]
        tolerance = float(np.std(values, ddof=1)) / len(values) ** 0.5
        found.append({"metric": metric, "target": float(np.mean(values)), "tolerance": tolerance, "source": SOURCE})
    return found


@pytest.fixture(scope="module")
def known():
    """A calibration that begins at the shipped numbers and is to find others; `trust.rumour` moves nothing, for nobody spreads one."""
    return {
        "title": "Known", "scenario": "baseline", "months": 8, "seeds": 6,
        "set": ["borrowers.count=1_500", "warm_up_months=6", "mechanisms.forgetting_spells=0"],
        "parameters": {**BEGIN, "profile.trust.rumour": None}, "moments": moments_of(TRUE), "trials": 14, "polish": 3,
    }


@pytest.fixture(scope="module")
def small(known):
    """The same, shorter: for what does not ask how well it fits."""
    shorter = {"months": 4, "seeds": 2, "trials": 8, "polish": 1, "set": ["borrowers.count=300", "warm_up_months=2"]}
    return {**known, **shorter, "parameters": BEGIN}


@pytest.fixture(scope="module")
def found(known):
    return sim.calibrate(known, workers=1)


@pytest.fixture
def file(small, tmp_path):
    (tmp_path / "c.yaml").write_text(yaml.safe_dump(small, sort_keys=False), encoding="utf-8")
    return tmp_path / "c.yaml"


def same(a, b):
    """Whether two results, or folders of results, hold the same tables."""
    names = ("fit", "parameters", "trials", "slopes", "directions", "correlations")
    if isinstance(a, Path):
        return all((a / f"{name}.csv").read_bytes() == (b / f"{name}.csv").read_bytes() for name in names)
    return all(getattr(a, name).equals(getattr(b, name)) for name in names)


def test_known_numbers_are_found_again_within_their_errors(found):
    p = found.parameters.set_index("parameter")
    for path, true in TRUE.items():
        assert bool(p.loc[path, "identified"])
        assert abs(p.loc[path, "fitted"] - true) < 3 * p.loc[path, "standard_error"]
        assert p.loc[path, "standard_error"] < 0.25 * abs(p.loc[path, "start"] - true)  # an error that could not miss would say nothing
        assert p.loc[path, "low"] < p.loc[path, "fitted"] < p.loc[path, "high"]
        assert p.loc[path, "standard_error"] > p.loc[path, "error_of_targets"]
    assert found.manifest["chance"] > 0.01  # what is missed is no more than the targets' luck and the seeds' own
    assert found.manifest["loss"] < 0.05 * (found.fit["miss_at_start"] ** 2).sum()
    assert found.manifest["loss"] == pytest.approx((found.fit["miss"] ** 2).sum())


def test_a_number_without_effect_is_said_to_be_not_identified_and_stays(found):
    assert found.sentences[0] == "profile.trust.rumour is not identified: it moves none of the moments, and stays where it was."
    p = found.parameters.set_index("parameter").loc["profile.trust.rumour"]
    assert not p["identified"]
    assert np.isnan(p["standard_error"])
    assert p["fitted"] == p["present"] == load_scenario("baseline").profile.trust.rumour
    assert found.directions[found.directions["direction"] == 3]["determined"].tolist() == [False] * 3
    assert found.manifest["condition"] is None


def test_the_calibrated_profile_runs_and_comes_to_the_fit(found, tmp_path):
    path = tmp_path / "calibrated_profile.yaml"
    path.write_text(found.files["calibrated_profile.yaml"], encoding="utf-8")
    assert check_files([path]) == []
    results = sim.run("baseline", seeds=6, set={**SMALL, "borrowers.profile": str(path)}, own_past=True)
    for row in found.fit.to_dict("records"):
        values = [outcome(row["metric"]).value(Course(rows, 8)) for _, rows in results.monthly.groupby("seed")]
        assert np.mean(values) == row["simulated"]  # to the last bit: what is written is what was lived
    text = path.read_text(encoding="utf-8")
    assert yaml.safe_load(text)["extends"] == "us_instalment"
    assert text.startswith("# Known: sim.calibrate, a mapping\n# lendsim ")
    for words in (SOURCE, "95 % interval", "bounds 2% to 15%", "it was", f"lendsim {sim.__version__}", "seeds 1, 2, 3, 4, 5, 6"):
        assert words in text


def test_the_result_does_not_hang_on_workers_nor_on_the_folder(small, tmp_path):
    alone = sim.calibrate(small, workers=1)
    assert same(alone, sim.calibrate(small, tmp_path / "out", workers=2))
    assert (tmp_path / "out" / "trials.jsonl").read_text() == alone.log


def test_other_seeds_trials_and_overrides_make_another_calibration(small):
    plan = plan_of(small)
    others = [plan_of(small, seeds=3), plan_of(small, set={"mechanisms.trust": 0}), plan_of({**small, "search_seed": 2}),
              plan_of({**small, "moments": [{**small["moments"][0], "target": 1}, *small["moments"][1:]]})]
    assert len({plan.fingerprint(), *(other.fingerprint() for other in others)}) == 5
    assert plan_of(small, trials=99).fingerprint() == plan.fingerprint()  # a longer search begins alike


def test_a_killed_calibration_goes_on_as_if_nothing_had_happened(file, tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    command = ("calibrate", file, "--workers", 1, "--out")
    done = lendsim(*command, whole)
    assert done.returncode == 0, done.stderr
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    running = subprocess.Popen([sys.executable, "-m", "sim.cli", *map(str, command), str(killed)], env=env)
    log = killed / "trials.jsonl"
    until = time.monotonic() + 120
    while time.monotonic() < until and (not log.exists() or log.read_bytes().count(b"\n") < 4):
        time.sleep(0.002)
    os.kill(running.pid, signal.SIGKILL)
    running.wait()
    kept = log.read_bytes().count(b"\n")
    assert 4 <= kept < (whole / "trials.jsonl").read_bytes().count(b"\n")
    assert json.loads((killed / "manifest.json").read_text())["finished"] is False
    with log.open("ab") as torn:
        torn.write(b'{"stage": "search", "values": [0.0')  # a line that was being written
    lived = []
    one = trials.Trials._lived
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trials.Trials, "_lived", lambda self, values, stage: lived.append(values) or one(self, values, stage))
        assert lendsim(*command, killed).returncode == 0
    assert same(whole, killed)
    assert (whole / "trials.jsonl").read_bytes() == (killed / "trials.jsonl").read_bytes()
    assert json.loads((killed / "manifest.json").read_text())["finished"] is True
    known = (whole / "trials.jsonl").read_bytes().count(b"\n")
    assert len(lived) == known - kept + 1  # only those that were missing, and the first again to see that the model is the same


def test_an_interrupt_says_how_to_go_on(file, tmp_path, monkeypatch):
    one, count = trials.Trials._lived, []

    def stopped(self, values, stage):
        count.append(values)
        if len(count) > 3:
            raise KeyboardInterrupt
        return one(self, values, stage)

    monkeypatch.setattr(trials.Trials, "_lived", stopped)
    done = lendsim("calibrate", file, "--out", tmp_path / "out")
    assert done.returncode == 130
    assert done.stderr == f"interrupted; {tmp_path / 'out'} keeps every trial that was finished: the same command goes on from there\n"
    assert (tmp_path / "out" / "trials.jsonl").read_bytes().count(b"\n") == 3
    count.clear()
    done = lendsim("calibrate", file)
    assert (done.returncode, done.stderr) == (130, "interrupted; nothing was written\n")


def test_saving_elsewhere_keeps_the_log_and_spares_another_calibration(small, tmp_path):
    given = {**small, "trials": 1, "polish": 0, "method": "local"}
    first, other = (sim.calibrate({**given, "search_seed": seed}, workers=1) for seed in (1, 2))
    first.save(tmp_path / "out")
    with pytest.raises(FileExistsError, match="holds the trials of another calibration"):
        other.save(tmp_path / "out")
    first.save(tmp_path / "out")
    lived = []
    with pytest.MonkeyPatch.context() as patch:
        one = trials.Trials._lived
        patch.setattr(trials.Trials, "_lived", lambda self, values, stage: lived.append(values) or one(self, values, stage))
        assert same(first, sim.calibrate(given, tmp_path / "out", workers=1))
    assert len(lived) == 1  # the first again, to see that the model is the same


def test_a_longer_search_goes_on_from_a_shorter_one(small, tmp_path):
    short = sim.calibrate(small, tmp_path / "out", workers=1)
    longer = sim.calibrate(small, tmp_path / "out", trials=14, workers=1)
    assert same(longer, sim.calibrate(small, trials=14, workers=1))
    assert len(longer.trials) > len(short.trials)
    again = sim.calibrate(small, tmp_path / "out", workers=1)
    assert same(short, again)
    assert len(again.log.splitlines()) >= len(longer.trials)  # nothing that was lived is thrown away


@pytest.mark.parametrize(("change", "words"), [
    ({"search_seed": 7}, "holds the trials of another calibration (Known; its input, moments, seeds or search differ)"),
    ({}, "were lived by another state of the program: the first of them comes to other figures now"),
])
def test_trials_of_something_else_are_refused(small, tmp_path, change, words):
    sim.calibrate({**small, "trials": 1, "polish": 0}, tmp_path / "out", workers=1)
    log = tmp_path / "out" / "trials.jsonl"
    if not change:
        first = json.loads(log.read_text().splitlines()[0])
        first["moments"][0][0] += 1
        log.write_text(json.dumps(first) + "\n")
    before = {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir()}
    with pytest.raises(FileExistsError) as refused:
        sim.calibrate({**small, **change}, tmp_path / "out", workers=1)
    assert words in str(refused.value)
    assert {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir()} == before


def test_a_folder_of_anybody_elses_is_refused_and_kept(file, tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "letter.txt").write_text("dear")
    done = lendsim("calibrate", file, "--out", mine)
    assert done.returncode == 2
    assert "holds no results of this program" in done.stderr
    assert [p.name for p in mine.iterdir()] == ["letter.txt"]


def test_two_processes_do_not_calibrate_in_one_folder(small, tmp_path):
    fcntl = pytest.importorskip("fcntl")
    sim.calibrate({**small, "trials": 1, "polish": 0}, tmp_path / "out", workers=1)
    with (tmp_path / "out" / "trials.jsonl").open("r+b") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(FileExistsError, match="is being calibrated in by another process"):
            sim.calibrate(small, tmp_path / "out", workers=1)


def test_without_the_extra_a_sentence_says_what_to_install(file, monkeypatch):
    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(search, "import_module", missing)
    done = lendsim("calibrate", file)
    assert done.returncode == 1
    assert "needs cmaes: pip install 'lendsim[calibrate]', or method: local" in done.stderr
    file.write_text(file.read_text() + "method: local\n")
    assert lendsim("calibrate", file).returncode == 0


def test_the_command_writes_everything_and_says_what_it_found(file, tmp_path):
    done = process("calibrate", file, "--seeds", 3, "--trials", 7, "--set", "mechanisms.trust=0", "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    flat = " ".join(done.stdout.split())
    assert "Calibration: Known" in flat
    assert "profile.attention.forgetting" in flat
    assert "Standard errors hold the targets' tolerances and the error of simulating with 3 seeds" in flat
    profile = tmp_path / "out" / "calibrated_profile.yaml"
    assert f"lendsim run baseline --set borrowers.profile={profile}" in done.stdout.replace("\n", "")
    assert {p.name for p in (tmp_path / "out").iterdir()} == {
        "fit.csv", "parameters.csv", "trials.csv", "slopes.csv", "directions.csv", "correlations.csv", "trials.jsonl",
        "calibrated_profile.yaml", "manifest.json", "report.html",
    }
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["command"] == f"lendsim calibrate {file} --seeds 3 --trials 7 --set mechanisms.trust=0"
    assert manifest["seeds"] == [1, 2, 3]
    assert manifest["fitted"] == dict(zip(*pd.read_csv(tmp_path / "out" / "parameters.csv")[["parameter", "fitted"]].T.values, strict=True))
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "What the moments determine" in page
    assert page.count("<svg") == 2
    ran = lendsim("run", "baseline", "--set", f"borrowers.profile={profile}", "--set", "borrowers.count=300", "--set", "months=2")
    assert ran.returncode == 0, ran.stderr


def test_the_commands_point_to_one_another(file):
    for command in (("run", file), ("compare", file, "--policy", "strict", "--policy", "lenient"), ("trace", file, "--borrower", 1)):
        assert f"{file} is a calibration: `lendsim calibrate {file}` runs it" in lendsim(*command).stderr
    assert "this file is no calibration" in lendsim("calibrate", ROOT / "scenarios" / "baseline.yaml").stderr
    assert "us_index_loans" in lendsim("list").stdout
    assert json.loads(lendsim("schema", "calibration").stdout)["title"] == "lendsim calibration"
    assert lendsim("check", file, "us_index_loans").stdout == "2 files fine\n"


def test_a_wrong_file_is_refused_with_all_its_faults_before_anything_is_lived(small, file, tmp_path):
    text = file.read_text().replace("metric: applications", "metric: aplications")
    file.write_text(text.replace("profile.attention.forgetting", "profile.attention.forgeting"))
    for command in (("calibrate", file, "--out", tmp_path / "out"), ("check", file)):
        done = lendsim(*command)
        assert done.returncode == 2
        assert "did you mean 'applications'" in done.stderr
        assert "did you mean 'forgetting'" in done.stderr
    assert not (tmp_path / "out").exists()
    with pytest.raises(InputError, match="did you mean 'trust'"):
        plan_of(small, set={"mechanisms.trusst": 0})


def one_number(small, path, bounds, method="local", target=None, **more):
    """A calibration of one number to the applications of the run."""
    moment = {"metric": "applications", "target": target or 1, "tolerance": 5, "source": "x"}
    return {**small, "parameters": {path: bounds}, "moments": [moment], "method": method, **more}


def test_a_fit_at_a_bound_is_said(small):
    found = sim.calibrate(one_number(small, "profile.demand.needs.cash.monthly", {"from": "2%", "to": "6%"}, polish=4, seeds=4), workers=1)
    assert found.fitted == {"profile.demand.needs.cash.monthly": 0.02}
    assert found.parameters["at_bound"].tolist() == ["lowest"]
    assert any("lies at the lowest value of its bounds: the moments ask for less" in words for words in found.sentences)
    assert any("above its target: the search found nothing within the bounds" in words for words in found.sentences)
    assert "fitted (at the lowest bound)" in found.files["calibrated_profile.yaml"]


def test_the_methods_meet_in_one_place(small):
    path = "profile.demand.needs.cash.monthly"
    there = sim.calibrate(one_number(small, path, {"start": "4.5%"}, polish=0), workers=1)
    for method in ("tpe", "local"):
        target = float(there.fit["simulated"][0])
        given = one_number(small, path, {"from": "2%", "to": "6%"}, method, target, polish=4, trials=8)
        found = sim.calibrate(given, workers=1)
        assert found.fitted[path] == pytest.approx(0.045, abs=0.003)
        assert same(found, sim.calibrate(given, workers=1))


def test_a_policy_and_a_list_are_written_too(small, tmp_path):
    given = {
        **small, "parameters": {
            "policy.underwriting.cut_off": {"from": 540, "to": 660}, "profile.work.sectors.2.cyclicality": {"from": 1, "to": 2.5},
        },
        "set": [*small["set"], "policy.pricing.base_margin=9%"], "method": "local", "polish": 1,
    }
    found = sim.calibrate(given, tmp_path / "out", workers=1)
    profile, policy = (yaml.safe_load(found.files[f"calibrated_{kind}.yaml"]) for kind in ("profile", "policy"))
    assert (profile["extends"], policy["extends"]) == ("us_instalment", "standard")
    assert [sector["name"] for sector in profile["work"]["sectors"]] == ["steady", "mixed", "cyclical"]
    assert isinstance(policy["underwriting"]["cut_off"], int)
    assert policy["pricing"] == {"base_margin": "9%"}
    assert "set, not fitted" in found.files["calibrated_policy.yaml"]
    out = tmp_path / "out"
    assert found.overrides["policy.underwriting.cut_off"] == policy["underwriting"]["cut_off"]
    assert load_scenario("baseline", None, [*found.overrides.items()]).policy.underwriting.cut_off == policy["underwriting"]["cut_off"]
    loaded = load_scenario("baseline", out / "calibrated_policy.yaml", [f"borrowers.profile={out / 'calibrated_profile.yaml'}"])
    assert loaded.policy.underwriting.cut_off == found.fitted["policy.underwriting.cut_off"]
    assert loaded.profile.work.sectors[2].cyclicality == found.fitted["profile.work.sectors.2.cyclicality"]
    assert found.manifest["use"].endswith("--policy {folder}/calibrated_policy.yaml --own-past --set warm_up_months=2")


def test_a_profile_of_ones_own_is_written_out_whole(small, tmp_path):
    (tmp_path / "mine.yaml").write_text("title: Mine\nextends: us_instalment\nincome: {median: 5000}\n", encoding="utf-8")
    given = one_number(small, "profile.attention.forgetting", None, polish=0)
    found = sim.calibrate({**given, "set": [*given["set"], f"borrowers.profile={tmp_path / 'mine.yaml'}"]}, workers=1)
    path = tmp_path / "calibrated_profile.yaml"
    path.write_text(found.files["calibrated_profile.yaml"], encoding="utf-8")
    assert "extends" not in yaml.safe_load(found.files["calibrated_profile.yaml"])
    whole, mine = (load_scenario("baseline", None, [("borrowers.profile", str(p))]).profile for p in (path, tmp_path / "mine.yaml"))
    assert whole.model_dump(exclude=OWN) == mine.model_dump(exclude=OWN)
    assert whole.title == "Mine, calibrated"


def test_rules_of_ones_own_are_lived_and_are_part_of_what_a_trial_is(small):
    def frankly(lasting, trust, trust_effect, access, missed, arrears_effect, push, noise):
        return lasting - 99 * trust + push + noise

    given = {**small, "method": "local", "polish": 0}
    plain = sim.calibrate(given, workers=1)
    other = sim.calibrate(given, workers=1, rules={"willingness": frankly})
    assert other.fit["simulated"].tolist() != plain.fit["simulated"].tolist()
    assert other.manifest["fingerprint"] != plain.manifest["fingerprint"]


def test_numbers_and_metrics_of_a_mechanism_of_ones_own_can_be_fitted(small):
    target = 0.15 / 2 * 300 * 4  # half of the borrowers can be given something, over four months
    given = {
        **small, "method": "local", "polish": 3, "seeds": 4, "parameters": {"profile.gift.chance": {"from": "5%", "to": "60%"}},
        "moments": [{"metric": "gifts", "target": target, "tolerance": 4, "source": "arithmetic"}],
    }
    found = sim.calibrate(given, workers=1, mechanisms=[GIFT])
    p = found.parameters.iloc[0]
    assert p["present"] == 0.3
    assert abs(p["fitted"] - 0.15) < 3 * p["standard_error"] < 0.06
    with pytest.raises(InputError, match="there is no 'gift' in profile"):
        plan_of(given)


def together(essential, discretionary):
    """Two shares of spending that may not exceed 120 % together, with where they start."""
    return {
        "profile.spending.essential_share": {"from": "40%", "to": "90%", "start": essential},
        "profile.spending.discretionary_share": {"from": "15%", "to": "60%", "start": discretionary},
    }


def test_values_that_do_not_go_together_are_a_trial_far_off(small):
    found = sim.calibrate({**small, "method": "local", "parameters": together("88%", "31%")}, workers=1)
    refused = found.trials[found.trials["refused"] != ""]
    assert len(refused)
    assert (refused["loss"] >= LOST**2).all()
    assert not np.isnan(found.slopes["slope"]).any()  # the other side is there to tell them
    assert any("could not be lived, for the values do not go together: " in words for words in found.sentences)
    with pytest.raises(InputError, match=r"the values to start with do not go together: .*exceed income by more than a fifth"):
        plan_of({**small, "parameters": together("88%", "35%")})


def test_a_line_of_the_log_comes_back_to_the_last_bit():
    trial = Trial(3, "search", (0.1 + 0.2, 5.0), np.array([[1 / 3, np.nan], [-0.0, 1e-300]]), "why «not»")
    back = trial_from(trial.line(), (2, 2))
    assert back.values == trial.values
    np.testing.assert_array_equal(back.by_seed, trial.by_seed)
    assert (back.stage, back.refused) == ("search", "why «not»")
    assert trial_from(trial.line(), (2, 3)) is None
    assert trial_from(trial.line()[:-5], (2, 2)) is None


def test_nothing_given_is_ignored(small, tmp_path, monkeypatch):
    seen = []

    def watched(task, seeds, workers=1, cluster=None, done=None):
        seen.append((len(seeds), workers, cluster, task.threads))
        return over_seeds(task, seeds)

    monkeypatch.setattr(trials, "over_seeds", watched)
    monkeypatch.setattr(trials, "cores", lambda: 8)
    given = {**small, "method": "local", "polish": 0, "parameters": {"profile.attention.forgetting": None}}
    for more, how in (
        ({"workers": 1}, (2, 1, None, None)), ({"workers": 2}, (2, 2, None, 4)), ({"workers": 2, "threads": 3}, (2, 2, None, 3)),
        ({"seeds": [7, 8, 9], "workers": 1, "threads": 2}, (3, 1, None, 2)), ({"cluster": "tcp://far:1"}, (2, 1, "tcp://far:1", 8)),
    ):
        seen.clear()
        sim.calibrate(given, **more)
        assert {*seen} == {how}
    (tmp_path / "s.yaml").write_text("title: Elsewhere\nextends: baseline\n", encoding="utf-8")
    (tmp_path / "below").mkdir()
    file = tmp_path / "below" / "c.yaml"
    file.write_text(yaml.safe_dump({**given, "scenario": "../s.yaml"}), encoding="utf-8")
    with pytest.raises(InputError, match="lies outside the file's own folder"):
        sim.calibrate(file)
    assert sim.calibrate(file, allow_outside=True).manifest["scenario"] == "Elsewhere"
    for wrong in ({"trials": 0}, {"trials": "x"}, {"seeds": 0}, {"workers": 0}):
        with pytest.raises((TypeError, ValueError)):
            sim.calibrate(given, **wrong)


def test_least_squares_that_were_cut_short_say_so(small):
    words = "The least squares took the 1 step that `polish` allows and had not settled: more may come nearer."
    given = {**small, "method": "local"}
    assert words in sim.calibrate(given, workers=1).sentences
    assert not any("had not settled" in said for said in sim.calibrate({**given, "polish": 0}, workers=1).sentences)
    target = sim.calibrate({**given, "polish": 0}, workers=1).fit["start"]
    met = [{**moment, "target": float(value)} for moment, value in zip(given["moments"], target, strict=True)]
    assert not any("had not settled" in said for said in sim.calibrate({**given, "moments": met}, workers=1).sentences)


def test_progress_is_told_and_never_runs_over(small):
    told = []
    sim.calibrate(small, workers=1, progress=lambda done, total: told.append((done, total)))
    assert told[0][0] == 1
    assert all(done <= total for done, total in told)
    assert len({total for _, total in told}) == 1


def test_line_breaks_of_a_source_stay_in_the_comment_and_overrides_in_the_command(tmp_path):
    """Text after a line break in a comment would be YAML: a value that nobody asked for."""
    given = {
        "scenario": "baseline", "months": 3, "seeds": 1,
        "set": ["borrowers.count=500", "warm_up_months=2", "economy.rival_price=-2%", "policy.underwriting.cut_off=570"],
        "parameters": {"profile.fraud.share": {"from": "0%", "to": "2%"}},
        "moments": [
            {
                "metric": "take_up_rate", "target": "60%", "tolerance": "5pp",
                "source": "Fed survey\nchurn: {monthly: 2%, trust_effect: 10}  # ",
            }
        ],
        "trials": 2, "polish": 0,
    }
    result = sim.calibrate(given, out=tmp_path / "out")
    written = (tmp_path / "out" / "calibrated_profile.yaml").read_text(encoding="utf-8")
    assert all(line.startswith("#") for line in written.splitlines() if "Fed survey" in line or "trust_effect" in line)
    fitted = sim.load_scenario("baseline", overrides=[f"borrowers.profile={tmp_path}/out/calibrated_profile.yaml"]).profile
    assert fitted.churn.monthly < 0.02
    command = result.manifest["use"]
    for kept in ("economy.rival_price=-2%", "policy.underwriting.cut_off=570", "warm_up_months=2"):
        assert f"--set {kept}" in command
    assert "borrowers.count" not in command
