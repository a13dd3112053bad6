"""--set: what it reaches, how its values read, where its faults are placed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.inputs import InputError, load_scenario


def resolved(*overrides, scenario="severe_recession", **more):
    return load_scenario(scenario, overrides=overrides, **more)


def faults(*overrides, **more):
    with pytest.raises(InputError) as caught:
        resolved(*overrides, **more)
    return caught.value.faults


def test_values_follow_the_rules_of_files():
    r = resolved(
        "borrowers.count=50_000", "shocks.0.by=+3pp", "economy.inflation=[1%, 1e-3]", "title=NO", "shocks.1.recovery={by: 2028-01}",
        "policy.underwriting.cut_off=600", "profile.income.median=3000", "policy.underwriting.bands.0.size_cap=3",
    )
    assert r.scenario.borrowers.count == 50_000
    assert r.scenario.shocks[0].by == 0.03
    assert r.scenario.economy.inflation == [0.01, 0.001]
    assert r.scenario.title == "NO"
    assert str(r.scenario.shocks[1].recovery.by) == "2028-01"
    assert r.policy.underwriting.cut_off == 600
    assert r.policy.underwriting.bands[0].size_cap == 3
    assert r.profile.income.median == 3000


def test_the_last_one_wins_and_all_come_after_the_policy_option():
    assert resolved("months=24", "months=36").scenario.months == 36
    assert resolved("policy.underwriting.cut_off=601", policy="lenient").policy.underwriting.cut_off == 601
    assert resolved("policy=strict", "policy.underwriting.cut_off=601").policy.title == "Strict policy"


def test_a_section_left_out_can_be_filled():
    assert resolved("shocks.3.recovery.half_life=5").scenario.shocks[3].recovery.half_life == 5


@pytest.mark.parametrize(
    "text, column, path, word",
    [
        ("borowers.count=5", 1, "borowers", "did you mean 'borrowers'"),
        ("borrowers.cuont=5", 11, "borrowers.cuont", "did you mean 'count'"),
        ("borrowers.count=5.5", 17, "borrowers.count", "whole number"),
        ("economy.inflation=5", 19, "economy.inflation", "two readings"),
        ("economy.inflation=[1%, 5]", 24, "economy.inflation.1", "two readings"),
        ("economy.inflation=[1%", 22, "economy.inflation", "not closed"),
        ("economy.inflation.0=1%", 19, "economy.inflation.0", "single value"),
        ("shocks.9.by=1%", 8, "shocks.9.by", "0 to 3"),
        ("shocks.-1.by=1%", 8, "shocks.-1.by", "no element"),
        ("policy.underwriting.cut_of=5", 21, "policy.underwriting.cut_of", "did you mean 'cut_off'"),
        ("policy.underwriting.cut_off=5000", 29, "policy.underwriting.cut_off", "at most 1,000"),
        ("policy=lenyent", 8, "policy", "did you mean 'lenient'"),
        ("profile=china_platform", 1, "profile", "borrowers.profile"),
        ("extends=baseline", 1, "extends", "cannot be overridden"),
        ("policy.extends=strict", 8, "policy.extends", "cannot be overridden"),
        ("months=", 8, "months", "nothing"),
        ("months", 1, "", "path=value"),
        ("=5", 1, "", "path=value"),
        ("a..b=5", 1, "", "path=value"),
        ("borrowers.5=1", 11, "borrowers.5", "unknown key"),
    ],
)
def test_faults_are_placed_in_the_override(text, column, path, word):
    hits = [f for f in faults(text) if f.file == "--set"]
    assert [(f.line, f.column, f.path) for f in hits] == [(1, column, path)], [str(f) for f in hits]
    assert word in str(hits[0])


def test_what_an_override_upsets_is_told_where_it_stands():
    """The shares are a list of the profile; that they no longer add up is a fault of that list."""
    found = faults("profile.segments.0.share=99%")
    assert any(f.file.endswith("us_instalment.yaml") and f.path == "segments" and "add up" in f.message for f in found)


def test_a_fault_of_an_override_alone_does_not_blame_the_policy_file():
    assert all(f.file == "--set" for f in faults("policy.underwriting.cut_off=5000"))


def test_all_overrides_at_fault_are_told_at_once():
    assert len(faults("months=0", "borowers.count=1", "policy.pricing.base_margin=9", "x")) == 4


def test_an_override_repairs_a_file(tmp_path):
    file = tmp_path / "x.yaml"
    file.write_text("title: X\nextends: baseline\nmonths: 0\n", encoding="utf-8")
    assert load_scenario(file, overrides=["months=12"]).scenario.months == 12


def test_unknown_policy_option():
    (fault,) = faults(policy="lenyent")
    assert fault.file == "policy"
    assert fault.nearest == "lenient"


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=30), st.sampled_from(["", "months=", "economy.inflation=", "policy.pricing=", "shocks.0=", "policy=", "title="]))
def test_any_override_is_taken_or_refused(text, head):
    try:
        count = resolved(head + text).scenario.borrowers.count
    except InputError as error:
        count = len(error.faults)
    assert count > 0
