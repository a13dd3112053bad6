"""Faults of every sort come in one go: of types, ranges, across fields, of tables, references, names, in all files that take part."""

import pytest

import sim
from sim.inputs import InputError, check_files, load_scenario, read_experiment

BASE = "title: Test\nextends: baseline\n"


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def put(name, text):
        (tmp_path / name).write_text(text, encoding="utf-8")

    return put


def places(faults):
    return [(f.file, f.line, f.path) for f in faults]


def refused(*args, **more):
    with pytest.raises(InputError) as caught:
        load_scenario(*args, **more)
    return caught.value.faults


SCENARIO = BASE + """\
months: 12.5
borowers: {count: 3}
policy: pol.yaml
borrowers: {profile: prof.yaml, count: 10k}
economy: {table: t.csv, table_units: percnt, inflation: 5, unemployment_rate: 95%}
shocks:
- {variable: inflation, start: 2026-07, shape: ramp, by: +5}
- {variable: unemploymentrate, start: 2026-07, shape: step, by: +5pp}
policy_changes:
- {from: 2026-1, policy: lenyent}
- {from: 2026-05, until: 2026-03, set: {underwriting.cutoff: 600, pricing.base_margin: +1pp}}
- {from: 2026-06, policy: strikt}
mechanisms: {trusst: 1}
"""
POLICY = """\
title: P
extends: standard
underwriting: {gini: 150%, cut_off: 0.6}
products: {cash_loan: {minimum: 90000, need: holidays}}
servicing: {late_fee: [1]}
"""
PROFILE = "title: P\nextends: us_instalment\nsegments:\n" + "".join(
    f"- {{name: {name}, share: 50%, income_factor: {factor}, buffer_factor: 1, job_loss_factor: 1, attention_shift: 0}}\n"
    for name, factor in (("youth", 1), ("middle", "x"), ("other", 1))
)
TABLE = "month,inflatoin,policy_rate\n2026-01,2,x\n2026-03,2,1\n"
OF_SCENARIO = [
    ("s.yaml", 4, "borowers"), ("s.yaml", 6, "borrowers.profile"), ("s.yaml", 6, "borrowers.count"),
    ("s.yaml", 7, "economy.table"), ("s.yaml", 7, "economy.table_units"), ("s.yaml", 7, "economy.inflation"),
    ("s.yaml", 7, "economy.unemployment_rate"), ("s.yaml", 9, "shocks.0.over"), ("s.yaml", 9, "shocks.0.by"),
    ("s.yaml", 10, "shocks.1.variable"), ("s.yaml", 12, "policy_changes.0.from"), ("s.yaml", 12, "policy_changes.0.policy"),
    ("s.yaml", 13, "policy_changes.1.until"), ("s.yaml", 13, "underwriting.cutoff"), ("s.yaml", 14, "policy_changes.2.policy"),
    ("s.yaml", 15, "mechanisms.trusst"),
]
OF_POLICY = [
    ("pol.yaml", 3, "underwriting.gini"), ("pol.yaml", 3, "underwriting.cut_off"), ("pol.yaml", 4, "products.cash_loan.minimum"),
    ("pol.yaml", 5, "servicing.late_fee"),
]
OF_NEED = ("pol.yaml", 4, "products.cash_loan.need")
OF_PROFILE = [("prof.yaml", 4, "segments"), ("prof.yaml", 5, "segments.1.income_factor")]
OF_TABLE = [("t.csv", 1, "inflatoin"), ("t.csv", 2, "policy_rate"), ("t.csv", 3, "month")]


@pytest.fixture
def broken(write):
    for name, text in (("s.yaml", SCENARIO), ("pol.yaml", POLICY), ("prof.yaml", PROFILE), ("t.csv", TABLE)):
        write(name, text)
    return write


def test_every_fault_of_a_scenario_and_of_all_that_it_names_comes_at_once(broken):
    faults = check_files(["s.yaml"])
    expected = [
        ("s.yaml", 3, "months"), ("s.yaml", 5, "policy"), *OF_SCENARIO, *OF_POLICY, OF_NEED, *OF_PROFILE, *OF_TABLE,
    ]
    assert sorted(places(faults)) == sorted(expected), [str(f) for f in faults]


def test_overrides_and_the_policy_given_are_judged_with_the_files(broken):
    sets = ["months=x", "policy.pricing.base_margin=5", "nope", "a.b=1"]
    found = places(refused("s.yaml", policy="lenyent", overrides=sets))
    for place in [("--set", 1, "months"), ("--set", 1, ""), ("--set", 1, "a"), ("policy", 1, "policy"), *OF_SCENARIO, *OF_POLICY]:
        assert place in found
    assert ("s.yaml", 3, "months") not in found  # the override stands in its place


def test_a_file_that_cannot_be_read_leaves_what_is_given_beside_it_to_be_judged(write):
    write("s.yaml", BASE + "months: [3\n")
    sets = ["economy.inflation=5", "policy.pricing.base_margin=5", "shocks.0.by=1%", "nope"]
    assert sorted(places(refused("s.yaml", policy="standard", overrides=sets))) == [
        ("--set", 1, ""), ("--set", 1, "economy.inflation"), ("--set", 1, "policy.pricing.base_margin"), ("s.yaml", 4, ""),
    ]


def test_a_parent_that_is_not_there_is_one_fault_beside_those_of_the_file_itself(write):
    write("s.yaml", "title: T\nextends: nowhere\neconomy: {unemployment_rate: 95%}\n"
          "shocks: [{variable: inflation, start: 2026-01, shape: ramp, by: 1%}]\n")
    assert places(check_files(["s.yaml"])) == [
        ("s.yaml", 2, "extends"), ("s.yaml", 3, "economy.unemployment_rate"), ("s.yaml", 4, "shocks.0.over"),
    ]


@pytest.mark.parametrize(("text", "count"), [
    ("economy: {table: t.csv}", 1),  # the unit
    ("economy: {table: none.csv, table_units: percent}", 1),
    ("economy: {table: t.csv, table_units: parts}", 1),
    ("start: 2026-1\nshocks: [{variable: inflation, start: 2026-07, shape: step, by: 1%}]", 1),
    ("start: [2026-01]\npolicy_changes: [{from: 2026-03, policy: strict}]", 1),
    ("shocks: 5", 1), ("policy_changes: 5", 1), ("economy: 5", 1), ("mechanisms: [trust]", 1), ("policy: nowhere", 1),
    ("borrowers: null", 1),
    ("policy: [strict, lenient]", 1), ("shocks: [{variable: inflatoin, start: 2026-07, shape: step, by: 99pp}]", 1),
    ("shocks: [{variable: inflation, start: 2020-07, shape: step, by: 1%}]", 1),
])
def test_one_fault_is_one_line(text, count, write):
    write("t.csv", "month,inflation,unemployment_rate\n" + "".join(f"2026-{k:02d},500,300\n" for k in range(1, 13)))
    write("s.yaml", f"{BASE}months: 12\n{text}\n")
    found = [str(f) for f in check_files(["s.yaml"])]
    assert len(found) == count, found


def test_paths_out_of_range_are_told_beside_other_faults_but_not_where_a_faulty_shock_may_be_of_the_same_variable(write):
    shock = "- {{variable: {}, start: 2026-03, shape: step, by: {}}}\n"
    out_of_range = shock.format("outside_credit", "+50pp")
    for other, told in ((shock.format("inflation", "x"), True), (shock.format("outside_credt", "-50pp"), False),
                        (shock.format("outside_credit", "x"), False), (shock.format("inflatoin", "1%"), True)):
        write("s.yaml", f"{BASE}months: 12\nborowers: {{}}\nshocks:\n{out_of_range}{other}")
        assert (("s.yaml", 6, "shocks.0") in places(check_files(["s.yaml"]))) is told, other


def test_a_dated_change_of_a_value_at_fault_says_nothing_about_what_it_comes_to(write):
    write("p.yaml", "title: P\nextends: standard\nunderwriting: {cut_off: x}\n")
    change = "{from: 2026-03, set: {underwriting.cut_off: +20, pricing.base_margin: +900pp}}"
    write("s.yaml", f"{BASE}policy: p.yaml\npolicy_changes: [{change}]\n")
    assert sorted(places(check_files(["s.yaml"]))) == [
        ("p.yaml", 3, "underwriting.cut_off"), ("s.yaml", 3, "policy"), ("s.yaml", 4, "pricing.base_margin"),
    ]


CHANGES = """\
policy_changes:
- {from: 2026-03, policy: strikt, set: {pricing.base_margin: +5}}
- {from: 2026-04, set: {underwriting.cutoff: 600, underwriting.cut_off: 2000, underwriting.bias: +x, nowhere.gini: +1pp}}
- {from: 2026-05, policy: strict, set: {underwriting.cut_off: +2000}}
"""
OF_CHANGES = [(2, "policy_changes.0.policy"), (2, "pricing.base_margin"), (3, "underwriting.cutoff"), (3, "underwriting.cut_off"),
              (3, "underwriting.bias"), (3, "nowhere"), (4, "underwriting.cut_off")]


@pytest.mark.parametrize(("head", "wrong"), [
    ("title: T\nextends: nowhere\n", (2, "extends")),
    ("title: T\nextends: baseline\nborrowers: {profile: nowhere}\n", (3, "borrowers.profile")),
    ("title: T\nextends: baseline\npolicy: nowhere\n", (3, "policy")),
    ("title: T\nextends: baseline\npolicy: bad.yaml\n", (3, "policy")),
    ("title: T\nextends: baseline\npolicy: orphan.yaml\n", (3, "policy")),
    ("title: T\nextends: baseline\npolicy: [3]\n", (3, "policy")),
    ("title: T\nextends: baseline\neconomy: {table: none.csv}\n", (3, "economy.table")),
])
def test_faults_of_dated_changes_are_told_beside_a_reference_that_leads_nowhere(head, wrong, write):
    write("bad.yaml", "title: [\n")
    write("orphan.yaml", "title: P\nextends: nowhere\nunderwriting: {gini: 50%}\n")
    write("s.yaml", head + CHANGES)
    lines = head.count("\n")
    expected = [("s.yaml", *wrong), *(("s.yaml", lines + line, path) for line, path in OF_CHANGES)]
    found = [place for place in places(check_files(["s.yaml"])) if place[0] == "s.yaml" and place[2] != "economy.table_units"]
    assert sorted(found) == sorted(expected)


def test_an_arm_over_a_policy_that_is_not_there_has_its_own_values_judged(write):
    write("e.yaml", "title: E\nscenario: nowhere\npolicies:\n- {policy: nobody, set: {underwriting.cutoff: 1}}\n"
          "- {label: b, policy_changes: [{from: 2026-03, set: {pricing.base_margin: +5}}]}\n")
    found = places(check_files(["e.yaml"]))
    for line, path in [(2, "scenario"), (4, "policy"), (4, "underwriting.cutoff"), (5, "pricing.base_margin")]:
        assert found.count(("e.yaml", line, path)) == 1, path


def test_a_change_may_mend_what_is_wrong_in_the_policy_that_it_names(write):
    write("p.yaml", "title: P\nextends: standard\nunderwriting: {cut_off: x}\n")
    write("s.yaml", f"{BASE}policy_changes: [{{from: 2026-03, policy: p.yaml, set: {{underwriting.cut_off: 600}}}}]\n")
    resolved = load_scenario("s.yaml")
    assert [change.policy.underwriting.cut_off for change in resolved.changes] == [600]


EXPERIMENT = """\
title: E
scenario: {}
policies:
- standard
- lenyent
- {{label: 3, policy: pol.yaml, set: {{underwriting.cutoff: +5}}}}
- {{policy: strict, set: {{underwriting.cut_off: +2000}}, policy_changes: [{{from: 2026-1}}]}}
- [a]
seeds: 0
sed: 1
set:
- months=x
- nope
- 5
"""
OF_EXPERIMENT = [
    ("e.yaml", 5, "policy"), ("e.yaml", 6, "policies.2.label"), ("e.yaml", 6, "policy"), ("e.yaml", 6, "underwriting.cutoff"),
    ("e.yaml", 7, "underwriting.cut_off"), ("e.yaml", 7, "policies.3.policy_changes.0.from"), ("e.yaml", 8, "policies.4"),
    ("e.yaml", 9, "seeds"), ("e.yaml", 10, "sed"), ("e.yaml", 14, "set.2"),
]


def test_an_experiment_tells_the_faults_of_its_scenario_and_of_every_policy(broken):
    broken("e.yaml", EXPERIMENT.format("s.yaml"))
    found = places(check_files(["e.yaml"]))
    for place in [*OF_EXPERIMENT, *OF_SCENARIO, *OF_POLICY, OF_NEED, *OF_PROFILE, *OF_TABLE]:
        assert found.count(place) == 1, place
    assert ("e.yaml", 4, "policy") not in found  # the shipped policy has no faults, whatever the scenario's changes do to it
    with pytest.raises(InputError) as caught:
        read_experiment("e.yaml")
    assert sorted(places(caught.value.faults)) == sorted(found)


def test_an_experiment_without_a_scenario_has_its_policies_judged(broken):
    broken("e.yaml", EXPERIMENT.format("nowhere"))
    found = places(check_files(["e.yaml"]))
    for place in [("e.yaml", 2, "scenario"), *OF_EXPERIMENT, *OF_POLICY]:
        assert found.count(place) == 1, place
    assert not [place for place in found if place[0] == "s.yaml"]


def test_an_experiment_is_known_by_the_scenario_that_it_names(write):
    write("e.yaml", "title: E\nscenario: baseline\npolices: [standard, strict]\n")
    assert sorted(places(check_files(["e.yaml"]))) == [("e.yaml", 1, "policies"), ("e.yaml", 3, "polices")]


def test_a_comparison_tells_the_faults_of_all_policies_and_metrics(write):
    write("p.yaml", POLICY)
    with pytest.raises(InputError) as caught:
        sim.compare("baseline", ["lenyent", {"set": {"pricing.base_margin": "9"}, "lable": "x"}, "p.yaml"], metrics=["cahs", "nothing"])
    said = str(caught.value)
    for word in ("'lenyent'", "policy 2:1:1: lable: unknown key", "p.yaml:3:22", "no metric 'cahs'", "no metric 'nothing'"):
        assert word in said
    with pytest.raises(ValueError, match=r"'cahs'; did you mean 'cash'.*'nothing'"):
        sim.compare("baseline", ["standard", "strict"], metrics=["cahs", "nothing"])


def test_columns_left_out_that_cannot_be_read_hide_neither_the_table_nor_the_months(write):
    write("t.csv", "month,unemployment_rate,inflation\n2026-01,5,3\n2026-02,6,90000\n")
    economy = "economy: {table: t.csv, table_units: percent, table_without: [inflaton]}\n"
    write("s.yaml", BASE + economy + "start: 2030-01\n")
    misspelt = ("s.yaml", 3, "economy.table_without.0")
    assert sorted(places(check_files(["s.yaml"]))) == [("s.yaml", 3, "economy.table"), misspelt, ("t.csv", 3, "inflation")]
    write("t.csv", "month,unemployment_rate,inflation\n2026-01,5,3\n2026-02,6,4\n")
    assert sorted(places(check_files(["s.yaml"]))) == [misspelt, ("s.yaml", 4, "start")]
