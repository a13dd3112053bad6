"""Calibration files: every fault at once where it stands, defaults from the declared study ranges, references by the file's folder."""

import pytest

import sim
from sim.config.ranges import numbers_in
from sim.inputs import InputError, check_files, is_calibration, is_experiment, json_schema, load_scenario, shipped_calibrations
from sim.inputs.calibration import calibration_in
from sim.inputs.fitted import Fitted, as_written, judged
from sim.study.calibration.plan import plan_of
from sim.study.check import examined

FINE = """\
title: Fine
scenario: baseline
months: 12
parameters:
  profile.attention.forgetting:
  profile.willingness.arrears_effect: {from: 0.5, to: 2, scale: log}
  policy.underwriting.cut_off: {from: 560, to: 640}
  profile.work.sectors.1.cyclicality: {from: 0.5, to: 2}
  profile.demand.needs.cash.monthly: {to: 5%}
  profile.opening.holders.cash: {from: 20%, to: 60%, start: 50%}
moments:
- {metric: delinquency_30_plus, over: mean, target: 4%, tolerance: 0.2pp, source: someone}
- {metric: mean_net_charge_off_rate, target: 7%, tolerance: 1pp, source: someone}
- {metric: applications, horizon: 6, target: 900, tolerance: 30, source: someone}
- {metric: missed_forgot, target: 90, tolerance: 5, source: someone}
- {metric: failed, target: 0, tolerance: 0.1, source: someone}
- {metric: gross_loans, horizon: 6, target: 900, tolerance: 30, source: someone}
"""


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def put(name, text):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return name

    return put


def told(faults):
    return [(f.line, f.column, f.path) for f in faults]


def test_a_fine_file_has_no_fault_and_its_bounds_are_read(write):
    assert examined([write("c.yaml", FINE)]) == check_files(["c.yaml"]) == []
    plan = plan_of("c.yaml")
    by_path = {one.path: one for one in plan.fitted}
    profile = load_scenario("baseline").profile
    now, study = profile.attention.forgetting, numbers_in(type(profile.attention).model_fields["forgetting"])[0].plausible
    assert by_path["profile.attention.forgetting"] == Fitted(
        "profile.attention.forgetting", study.lowest, study.highest, now, now, percent=True
    )
    assert by_path["policy.underwriting.cut_off"].whole
    assert by_path["profile.willingness.arrears_effect"].log
    assert by_path["profile.demand.needs.cash.monthly"].high == 0.05
    holders = by_path["profile.opening.holders.cash"]
    assert (holders.start, holders.present) == (0.5, profile.opening.holders["cash"])
    assert [target.name for target in plan.targets[:3]] == [
        "delinquency_30_plus, mean to 12", "mean_net_charge_off_rate, month 12", "applications, month 6",
    ]
    assert (plan.method, plan.trials, plan.seeds, plan.resolved.scenario.months) == ("cma", 60, (1, 2, 3, 4, 5), 12)


def test_every_fault_comes_at_once_where_it_stands(write):
    write("c.yaml", """\
titel: Slip
scenario: baseline
policy: strikt
months: 12.5
seeds: 0
set: [borrowers.count=10k, mechanisms.trusst=1, borowers.count]
parameters:
  attention.forgetting:
  profile.atention.forgetting:
  profile.work.sectors.7.cyclicality: {from: 0.5, to: 2}
  profile.title: {from: 1, to: 2}
  profile.trust.spread:
  profile.trust.mean: {from: 70%, to: 50%}
  profile.trust.rumour: {from: 0, to: 90%, scale: log}
  profile.recovery.months: {from: 12.5, to: 48}
  profile.savings.buffer_months: {from: 2, to: 3}
  profile.attention.reference: {from: 0.4, to: 150%}
  profile.attention.forgetting_catch_up: {form: 3}
moments:
- {metric: delinquency_30plus, target: 4%, tolerance: 0.2pp, source: someone}
- {metric: delinquency_30_plus, target: 4 percent, tolerance: 0, source: ''}
- {metric: delinquency_30_plus, target: 4%, tolerance: 1%}
- {metric: delinquency_30_plus, over: sum, target: 4%, tolerance: 1%, source: x}
- {metric: lowest_liquidity, over: mean, target: 4, tolerance: 1, source: x}
- {metric: rating, over: last, target: 4, tolerance: 1, source: x}
- {metric: month, target: 4, tolerance: 1, source: x}
- {metric: applications, over: meen, horizon: 700, target: 4, tolerance: 1, source: x}
method: cmaes
""")
    faults = examined(["c.yaml"])
    found = {(f.line, f.path) for f in faults}
    assert {f.file for f in faults} == {"c.yaml"}
    assert {f.path for f in faults} - {f.path for f in check_files(["c.yaml"])} == {  # metrics are known to studies alone
        "moments.0.metric", "moments.3.over", "moments.4.over", "moments.5.metric", "moments.6.metric",
    }
    assert found == {
        (1, "titel"), (3, "policy"), (4, "months"), (5, "seeds"), (6, "borrowers.count"), (6, "mechanisms.trusst"), (6, "set.2"),
        (8, "attention.forgetting"), (9, "profile.atention.forgetting"), (10, "profile.work.sectors.7.cyclicality"), (11, "profile.title"),
        (12, "parameters.profile.trust.spread"), (13, "parameters.profile.trust.mean.to"), (14, "parameters.profile.trust.rumour.scale"),
        (15, "parameters.profile.recovery.months.from"), (16, "parameters.profile.savings.buffer_months"),
        (17, "parameters.profile.attention.reference.to"), (18, "parameters.profile.attention.forgetting_catch_up.form"),
        (18, "parameters.profile.attention.forgetting_catch_up"),
        (20, "moments.0.metric"), (21, "moments.1.target"), (21, "moments.1.tolerance"), (21, "moments.1.source"), (22, "moments.2.source"),
        (23, "moments.3.over"), (24, "moments.4.over"), (25, "moments.5.metric"), (26, "moments.6.metric"), (27, "moments.7.over"),
        (27, "moments.7.horizon"), (28, "method"),
    }
    said = {(f.line, f.path): str(f) for f in faults}
    assert "did you mean 'profile.attention.forgetting'" in said[8, "attention.forgetting"]
    assert "did you mean 'delinquency_30_plus'" in said[20, "moments.0.metric"]


def test_parameters_are_judged_in_the_files_that_they_reach_into(write):
    write("c.yaml", FINE.partition("parameters:")[0] + """\
parameters:
  attention.forgetting:
  profile.atention.forgetting:
  profile.work.sectors.7.cyclicality: {from: 0.5, to: 2}
  profile.title: {from: 1, to: 2}
  profile.trust.spread:
  profile.trust.mean: {from: 70%, to: 50%}
  profile.trust.rumour: {from: 0, to: 90%, scale: log}
  profile.recovery.months: {from: 12.5, to: 48}
  profile.savings.buffer_months: {from: 2, to: 3}
  profile.attention.reference: {from: 0.4, to: 150%}
  profile.spending.essential_share: {from: 50%, to: 99%}
moments: [{metric: applications, target: 4, tolerance: 1, source: x}]
""")
    said = {f.path: str(f) for f in examined(["c.yaml"])}
    assert said.pop("attention.forgetting") == (
        "c.yaml:5:3: attention.forgetting: 'attention.forgetting' is no number of a profile or a policy; expected profile.… or policy.…, "
        "a number of one of these files; did you mean 'profile.attention.forgetting'?"
    )
    assert "did you mean 'attention'" in said.pop("profile.atention.forgetting")
    assert "there is no '7' in profile.work.sectors" in said.pop("profile.work.sectors.7.cyclicality")
    assert "which is no number" in said.pop("profile.title")
    assert "no study range is declared for profile.trust.spread; expected from and to" in said.pop("parameters.profile.trust.spread")
    assert "50% is not above the lowest value, 70%" in said.pop("parameters.profile.trust.mean.to")
    assert "no logarithm reaches 0%" in said.pop("parameters.profile.trust.rumour.scale")
    assert "is not a whole number" in said.pop("parameters.profile.recovery.months.from")
    outside = said.pop("parameters.profile.savings.buffer_months")
    assert "lies outside the bounds; expected bounds around it, or start: a value from 2 to 3" in outside
    assert "c.yaml:14:48: " in (share := said.pop("parameters.profile.attention.reference.to"))
    assert "is no share" in share
    assert "exceed income by more than a fifth" in said.pop("parameters.profile.spending.essential_share.to")
    assert said.pop("moments").startswith("c.yaml:16:10: moments: 1 cannot determine 11 parameters")
    assert said == {}


def test_a_faulty_scenario_is_told_where_it_is_and_where_it_is_named(write):
    write("s.yaml", "title: S\nextends: baseline\nmonths: 0\n")
    write("c.yaml", FINE.replace("scenario: baseline\nmonths: 12", "scenario: s.yaml"))
    assert {(f.file, f.line, f.path) for f in examined(["c.yaml"])} == {("s.yaml", 3, "months"), ("c.yaml", 2, "scenario")}


def test_horizons_lie_within_the_run(write):
    write("c.yaml", FINE.replace("horizon: 6", "horizon: 13", 1))
    assert [str(f) for f in examined(["c.yaml"])] == ["c.yaml:14:35: moments.2.horizon: 13 lies outside the run; expected 1 to 12"]


def test_references_count_from_the_folder_of_the_file_and_stay_in_it(write, tmp_path):
    (tmp_path / "below").mkdir()
    write("s.yaml", "title: S\nextends: baseline\n")
    write("below/c.yaml", FINE.replace("scenario: baseline", "scenario: ../s.yaml"))
    assert ["outside" in str(f) for f in examined(["below/c.yaml"])] == [True]
    assert examined(["below/c.yaml"], allow_outside=True) == []
    write("below/s.yaml", "title: S\nextends: baseline\n")
    write("below/c.yaml", FINE.replace("scenario: baseline", "scenario: s.yaml"))
    assert examined(["below/c.yaml"]) == []


def test_the_kind_is_known_by_its_keys(write):
    write("c.yaml", FINE)
    write("p.yaml", "title: P\nextends: us_instalment\n")
    assert is_calibration("c.yaml")
    assert not is_experiment("c.yaml")
    assert not is_calibration("p.yaml")
    assert not is_calibration("nothing.yaml")
    with pytest.raises(InputError, match="this file is no calibration"):
        sim.calibrate("p.yaml")
    with pytest.raises(InputError, match="there is no such calibration; expected a file, or one of us_index_loans; did you mean 'us_index"):
        sim.calibrate("us_index_loan")


def test_a_mapping_says_what_a_file_would():
    moment = {"metric": "applications", "target": 3, "tolerance": 1, "source": "x"}
    given = {"scenario": "baseline", "parameters": {"profile.attention.forgetting": None}, "moments": [moment]}
    assert plan_of(given).method == "tpe"  # cma moves two numbers at least
    faults = judged(calibration_in({**given, "method": "cma"})).faults
    assert [str(f) for f in faults] == [
        "the calibration given:1:1: method: cma moves two numbers at least; expected tpe, or local"
    ]


@pytest.mark.parametrize("path", shipped_calibrations().values(), ids=str)
def test_shipped_calibrations_are_fine_and_name_their_schema(path):
    assert examined([path]) == []
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=../../sim/inputs/schemas/calibration.schema.json"
    assert "parameters" in json_schema("calibration")["properties"]


def test_values_move_on_their_scale_and_are_what_is_written():
    one = Fitted("profile.a", 0.01, 0.16, 0.04, 0.04, log=True, percent=True)
    assert one.value(0.5) == pytest.approx(0.04)
    assert one.share(0.08) == pytest.approx(0.75)
    assert one.value(-0.1) == 0.01
    assert one.value(0.3) == float(f"{one.value(0.3):.6g}")
    whole = Fitted("policy.b", 500, 600, 550, 550, whole=True)
    assert whole.value(0.123) == 512.0
    assert whole.written(512.0) == 512
    for value in (0.0142137, 1.5, 1e-7, 0.3):
        assert float(f"{as_written(value, True).removesuffix('%')}e-2") == value
    assert as_written(0.0142137, True) == "1.42137%"
