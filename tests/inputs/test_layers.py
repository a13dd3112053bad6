"""Files that extend and refer to files: merging, places, circles, and where a reference may point."""

import json
import re

import pytest

from sim.inputs import InputError, check_files, find, load_scenario, shipped

BASE = "title: Test\nextends: baseline\n"


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def put(name, text):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return put


def said(name):
    return [str(f) for f in check_files([name])]


def places(name):
    return [(f.file, f.line, f.column, f.path) for f in check_files([name])]


def test_mappings_merge_lists_replace_and_null_clears(write):
    write("parent.yaml", BASE + "economy: {inflation: 3%, policy_rate: [1%, 2%]}\nmonths: 24\n"
          "shocks:\n- {variable: inflation, start: 2026-03, shape: step, by: +1pp}\n")
    write("child.yaml", "title: Child\nextends: parent.yaml\neconomy: {policy_rate: [4%]}\nshocks: []\n")
    scenario = load_scenario("child.yaml").scenario
    assert scenario.title == "Child"
    assert scenario.months == 24
    assert scenario.economy.inflation == 0.03
    assert scenario.economy.policy_rate == [0.04]
    assert scenario.shocks == []


def test_a_fault_keeps_the_place_of_the_layer_that_it_comes_from(write):
    write("parent.yaml", BASE + "economy: {inflation: 5}\n")
    write("child.yaml", "title: Child\nextends: parent.yaml\nmonths: 0\n")
    assert places("child.yaml") == [
        ("child.yaml", 2, 10, "extends"), ("child.yaml", 3, 9, "months"), ("parent.yaml", 3, 22, "economy.inflation"),
    ]


def test_a_fault_three_layers_down_is_told_at_every_reference(write):
    write("a.yaml", "title: A\nextends: standard\npricing: {base_margin: 9}\n")
    write("b.yaml", "title: B\nextends: a.yaml\n")
    write("c.yaml", BASE + "policy: b.yaml\n")
    assert {p[:2] for p in places("c.yaml")} == {("c.yaml", 3), ("b.yaml", 2), ("a.yaml", 3)}


def test_a_child_repairs_its_parent(write):
    write("parent.yaml", BASE + "economy: {inflation: 5}\n")
    write("child.yaml", "title: Child\nextends: parent.yaml\neconomy: {inflation: 5%}\n")
    assert said("child.yaml") == []


def test_an_unreadable_parent_leaves_the_child_to_be_judged_alone(write):
    write("parent.yaml", "a: [1\n")
    write("child.yaml", "title: Child\nextends: parent.yaml\nmonths: 0\nborowers: {}\n")
    found = {(f, line, path) for f, line, _, path in places("child.yaml")}
    assert found == {("child.yaml", 2, "extends"), ("child.yaml", 3, "months"), ("child.yaml", 4, "borowers"), ("parent.yaml", 2, "")}


def test_a_missing_key_is_told_at_its_section(write):
    text = re.sub(r"  inflation: .*\n", "", shipped("scenario")["baseline"].read_text(encoding="utf-8"))
    write("whole.yaml", text)
    line = text.splitlines().index("economy:") + 1
    assert ("whole.yaml", line, 1, "economy.inflation") in places("whole.yaml")


@pytest.mark.parametrize("kind", ["policy", "profile", "scenario"])
def test_no_key_has_a_hidden_default(kind, write):
    """Every leaf of a complete shipped file that is taken out is missed, but for those that mean 'none'."""
    from sim.config.validation import validate
    from sim.config.yaml_reader import read_file
    from sim.inputs.layers import MODELS

    name = {"policy": "standard", "profile": "us_instalment", "scenario": "baseline"}[kind]
    tree = read_file(shipped(kind)[name], name)
    tried = 0
    for path in [p for p in tree.keys if all(isinstance(part, str) for part in p)]:
        data = json.loads(json.dumps(tree.data))
        here = data
        for part in path[:-1]:
            here = here[part]
        # names that a file gives: there may be any number of them
        named = path[:-1] in (("products",), ("demand", "needs"), ("opening", "holders"))
        gain = path[0] == "mechanisms" and len(path) == 2  # left out, a loop is as it was calibrated: 1
        if named or gain or path[-1] in ("description", "start"):
            continue
        del here[path[-1]]
        _, faults, _ = validate(MODELS[kind], data, tree.marks, tree.keys)
        assert any("missing" in f.message for f in faults), path
        tried += 1
    assert tried > 20


@pytest.mark.parametrize("chain", [["a"], ["a", "b"], ["a", "b", "c"]])
def test_circles_are_refused(chain, write):
    for k, name in enumerate(chain):
        write(f"{name}.yaml", f"title: X\nextends: {chain[(k + 1) % len(chain)]}.yaml\nmonths: 3\n")
    assert any("circle" in s for s in said("a.yaml"))


def test_a_chain_is_bounded(write):
    write("f0.yaml", BASE + "months: 12\n")
    for k in range(1, 30):
        write(f"f{k}.yaml", f"title: X\nextends: f{k - 1}.yaml\nmonths: 12\n")
    assert said("f15.yaml") == []
    assert any("more than 20 files" in s for s in said("f29.yaml"))


def test_a_file_may_bear_the_name_of_the_shipped_one_that_it_extends(write):
    write("baseline.yaml", BASE + "months: 12\n")
    assert load_scenario("baseline.yaml").scenario.months == 12


def test_policies_and_scenarios_of_one_name_are_not_confused(write):
    write("mine.yaml", BASE + "policy: mine\n")
    write("policies/mine.yaml", "title: Mine\nextends: strict\n")
    assert load_scenario("mine.yaml").policy.title == "Mine"


def test_a_scenario_where_a_policy_should_be_is_one_fault_and_its_reference(write):
    write("other.yaml", BASE + "months: 12\n")
    write("x.yaml", BASE + "policy: other.yaml\n")
    assert {(f, line) for f, line, _, _ in places("x.yaml")} == {("x.yaml", 3), ("other.yaml", 3)}
    assert any("this file is a scenario; expected a policy" in s for s in said("x.yaml"))


@pytest.mark.parametrize("text", ["extends: standard\n", "title: P\nextends: p2.yaml\n"])
def test_a_file_with_no_keys_of_its_own_is_of_its_parents_kind(text, write):
    write("p2.yaml", "title: P\nextends: strict\n")
    write("p.yaml", text)
    assert said("p.yaml") == []


def test_a_path_in_a_file_stays_below_its_folder_unless_allowed(write, tmp_path):
    write("away/policy.yaml", "title: P\nextends: standard\n")
    write("in/x.yaml", BASE + "policy: ../away/policy.yaml\n")
    write("in/absolute.yaml", BASE + f"policy: {tmp_path}/away/policy.yaml\n")
    (tmp_path / "in" / "link.yaml").symlink_to(tmp_path / "away" / "policy.yaml")
    write("in/linked.yaml", BASE + "policy: link.yaml\n")
    for name in ("x", "absolute", "linked"):
        assert any("outside" in s for s in said(f"in/{name}.yaml")), name
        assert load_scenario(f"in/{name}.yaml", allow_outside=True).policy.title == "P"
    assert load_scenario("in/x.yaml", policy="away/policy.yaml", past="own").policy.title == "P"
    assert load_scenario("in/x.yaml", overrides=["policy=away/policy.yaml"], past="own").policy.title == "P"


def test_a_table_outside_is_refused_too(write):
    write("t.csv", "month,inflation\n2026-01,1\n")
    write("in/x.yaml", BASE + "economy: {table: ../t.csv, table_units: percent}\nmonths: 1\n")
    assert any(":3:18: economy.table:" in s and "outside" in s for s in said("in/x.yaml"))


def test_a_reference_is_meant_from_the_file_that_it_stands_in(write):
    write("in/deep/policy.yaml", "title: Deep\nextends: standard\n")
    write("in/deep/parent.yaml", BASE + "policy: policy.yaml\n")
    write("in/child.yaml", "title: C\nextends: deep/parent.yaml\n")
    assert load_scenario("in/child.yaml").policy.title == "Deep"


def test_nearest_file_name(write):
    write("policy.yaml", "title: P\nextends: standard\n")
    write("x.yaml", BASE + "policy: ./polcy.yaml\n")
    assert any("did you mean './policy.yaml'" in s for s in said("x.yaml"))
    assert any("did you mean 'policy.yaml'" in s for s in said("polici.yaml"))


@pytest.mark.parametrize("reference", ["a" * 300, "a" * 300 + ".yaml", "x/" * 200, '"a\\0b.yaml"', ".", "/", "~"])
def test_references_that_no_system_can_open(reference, write):
    write("x.yaml", BASE + f"policy: {reference}\n")
    assert any(":3:9: policy:" in s for s in said("x.yaml"))


@pytest.mark.parametrize("name", ["nowhere.yaml", "a" * 300, "a\0b", ".", ""])
def test_files_that_cannot_be_opened(name, write):
    assert len(said(name)) == 1


def test_faults_of_scenario_policy_profile_and_table_come_at_once(write):
    write("policy.yaml", "title: P\nextends: standard\npricing: {base_margin: 9}\n")
    write("profile.yaml", "title: P\nextends: us_instalment\nincome: {median: 0}\n")
    write("x.yaml", BASE + "policy: policy.yaml\nborrowers: {profile: profile.yaml}\neconomy: {table: none.csv}\nmonths: 0\n")
    assert {(f, line) for f, line, _, _ in places("x.yaml")} == {
        ("policy.yaml", 3), ("profile.yaml", 3), ("x.yaml", 3), ("x.yaml", 4), ("x.yaml", 5), ("x.yaml", 6),
    }


def test_a_faulty_table_is_told_beside_a_faulty_policy_and_at_its_reference(write):
    write("policy.yaml", "title: P\nextends: standard\npricing: {base_margin: 9}\n")
    write("t.csv", "month,inflation\n2026-01,x\n")
    write("x.yaml", BASE + "policy: policy.yaml\neconomy: {table: t.csv, table_units: percent}\nmonths: 1\n")
    found = {(f, line) for f, line, _, _ in places("x.yaml")}
    assert ("policy.yaml", 3) in found
    assert ("t.csv", 2) in found
    assert ("x.yaml", 4) in found


def test_shocks_that_leave_the_range_are_told_at_the_shock(write):
    write("x.yaml", BASE + "shocks:\n- {variable: unemployment_rate, start: 2026-03, shape: step, by: +99pp}\n")
    assert [(line, column) for _, line, column, _ in places("x.yaml")] == [(4, 3)]


def test_find_and_shipped():
    assert find("policy", "strict") == shipped("policy")["strict"]
    with pytest.raises(InputError, match="did you mean 'strict'"):
        find("policy", "strikt")


def test_what_is_resolved_is_plain_data_without_machine_paths(write, tmp_path):
    write("x.yaml", BASE + "economy: {table: macro/fed_2019_baseline.csv}\nstart: null\nmonths: 12\n")
    resolved = load_scenario(tmp_path / "x.yaml")
    text = json.dumps(resolved.as_dict())
    assert str(tmp_path) not in text
    assert str(shipped("policy")["strict"].parent) not in text
    assert resolved.as_dict()["scenario"]["economy"]["table"]["name"] == "fed_2019_baseline.csv"
    files = {(f.role, f.name) for f in resolved.files}
    assert files >= {("scenario", "x.yaml"), ("scenario", "baseline.yaml"), ("policy", "standard.yaml")}


def test_marks_by_path_in_either_notation(write):
    write("x.yaml", BASE + "shocks:\n- {variable: inflation, start: 2026-03, shape: step, by: +1pp}\n")
    resolved = load_scenario("x.yaml")
    assert resolved.mark("shocks[0].by") == resolved.mark("shocks.0.by") == resolved.mark(("shocks", 0, "by")) == ("x.yaml", 4, 58)
    assert resolved.mark("shocks[0].hold") == ("x.yaml", 4, 3)


def test_a_title_of_ones_own_does_not_come_with_the_parents_description():
    named = load_scenario({"title": "Ours", "extends": "severe_recession"}).scenario
    assert (named.title, named.description) == ("Ours", "")
    both = load_scenario({"title": "Ours", "description": "A storm.", "extends": "severe_recession"}).scenario
    assert both.description == "A storm."
    assert load_scenario({"extends": "severe_recession", "months": 12}).scenario.description != ""
