"""Where a key or a value that stands in the wrong place belongs is named in the answer."""

import pytest

from sim.inputs import InputError, check_files, load_scenario

HEAD = "title: T\nextends: baseline\n"


@pytest.fixture
def told(tmp_path, monkeypatch):
    """What is expected and what is nearest, of the first fault of a scenario with these lines."""
    monkeypatch.chdir(tmp_path)

    def of(lines):
        (tmp_path / "s.yaml").write_text(f"{HEAD}{lines}\n", encoding="utf-8")
        fault = check_files(["s.yaml"])[-1]
        return fault.nearest, fault.expected

    return of


def changed(values):
    return f"policy_changes: [{{from: 2026-03, set: {{{values}}}}}]"


@pytest.mark.parametrize(("lines", "close"), [
    (changed("cut_off: +20"), "underwriting.cut_off"),
    (changed("early.capacity: 20"), "collections.early"),
    (changed("funding.advance_rate: 3%"), "funding.warehouse.advance_rate"),
    (changed("cutt_off: 500"), "underwriting.cut_off"),
    ("job_cycle: 0", "mechanisms.job_cycle"), ("job_cylce: 0", "mechanisms.job_cycle"),
    ("count: 500", "borrowers.count"), ("inflation: 3%", "economy.inflation"),
    ("mechanisms: {months: 3}", "months"), ("economy: {unemployment: 5%}", "unemployment_rate"),
    ("borrowers: 5000", "borrowers: {count: 5000}"), ("borrowers: us_instalment", "borrowers: {profile: us_instalment}"),
    ("shocks: [{variable: inflation, start: 2026-03, shape: step, by: 4,2%}]", "by: 4.2%"),
    ("shocks: [{variable: inflation, start: 2026-03, shape: step, by: +4,25pp}]", "by: +4.25pp"),
])
def test_the_place_of_a_key_or_value_is_the_nearest_name(lines, close, told):
    assert told(lines)[0] == close


@pytest.mark.parametrize(("lines", "expected"), [
    ("cut_off: 500", "keys of a scenario; underwriting.cut_off is one of a policy, to be set there, or under set of policy_changes"),
    ("months: 12\ntraits: {}", "keys of a scenario; traits is one of a profile, to be set there"),
    ("mechanisms: 0", "keys with values, such as inattention: 0"),
    ("borrowers: null", "keys with values: profile, count, registered"),
    (changed("pricing: 5"), "keys with values: base_margin, least_margin, legal_cap"),
    (changed("capacity: 5"), "its full path: collections.early.capacity, collections.middle.capacity, collections.late.capacity, "
                             "collections.external.capacity"),
])
def test_where_several_places_are_likely_or_none_the_answer_says_what_there_is(lines, expected, told):
    assert told(lines) == ("", expected)


@pytest.mark.parametrize(("given", "close"), [
    ("job_cycle=0", "mechanisms.job_cycle"), ("borrowers=50000", "borrowers.count=50000"),
    ("borrowers=mine.yaml", "borrowers.profile=mine.yaml"),
    ("cut_off=600", "policy.underwriting.cut_off"), ("policy.cut_off=600", "policy.underwriting.cut_off"), ("count=3", "borrowers.count"),
    ("traits.x=3", "profile.traits"), ("policy.underwriting.cutoff=3", "cut_off"),
    ("policy.funding.spread=3%", "policy.funding.warehouse.spread"),
])
def test_an_override_is_answered_with_a_path_that_works(given, close):
    with pytest.raises(InputError) as caught:
        load_scenario("baseline", overrides=[given])
    (fault,) = caught.value.faults
    assert fault.nearest == close


def test_a_value_from_python_is_answered_in_its_form():
    with pytest.raises(InputError) as caught:
        load_scenario("baseline", overrides=[("borrowers", 50_000)])
    assert "did you mean 'borrowers: {count: 50000}'" in str(caught.value)


@pytest.mark.parametrize(("given", "written"), [
    ("off", "0"), ("no", "0"), ("false", "0"), ("on", "1"), ("true", "1"), ("yes", "1"), ("50%", "0.5"),
])
def test_a_switch_is_a_number_and_its_words_are_answered_with_it(given, written, told):
    wanted = f"a number, 0 off, 1 as calibrated; write {written}"
    assert told(f"mechanisms: {{job_cycle: {given}}}") == ("", wanted)
    with pytest.raises(InputError, match=f"write {written}"):
        load_scenario("baseline", overrides=[f"mechanisms.job_cycle={given}"])


@pytest.mark.parametrize(("values", "hint"), [
    ("pricing.base_margin: -500bp", "write -5pp"), ("funding.warehouse.advance_rate: -3%", "write -3pp"),
    ("underwriting.cut_off: +1k", "write +1_000"), ("pricing.base_margin: '+4,2pp'", "write +4.2pp with a decimal point"),
])
def test_a_change_in_another_form_is_answered_with_the_one_to_write(values, hint, told):
    assert told(changed(values))[1].endswith(hint)
