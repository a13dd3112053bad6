"""Checks across fields, in sound files and in files that have other faults too."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.inputs import check_files

BASE = "title: Test\nextends: baseline\n"
SHOCK = "shocks:\n- {{variable: {}, start: {}, {}}}\n"


@pytest.fixture
def said(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def check(text):
        (tmp_path / "x.yaml").write_text(text, encoding="utf-8")
        return [str(f) for f in check_files(["x.yaml"])]

    return check


@pytest.mark.parametrize(
    "parts",
    [
        "shape: step, by: +1pp", "shape: step, to: 6%, hold: 3", "shape: ramp, by: 1%, over: 2", "shape: pulse, by: 1%, hold: 1",
        "shape: path, values: [1%, 2%], recovery: {half_life: 3}", "shape: step, by: 1%, hold: 1, recovery: {by: 2027-01}",
        "shape: ramp, by: 1%, over: 3, recovery: {half_life: 0.5}",
    ],
)
def test_sound_shocks(parts, said):
    assert said(BASE + SHOCK.format("unemployment_rate", "2026-03", parts)) == []


@pytest.mark.parametrize(
    "start, fine", [("2025-12", False), ("2026-01", True), ("2030-12", True), ("2031-01", True)]
)
def test_shocks_do_not_start_before_the_run(start, fine, said):
    assert (said(BASE + SHOCK.format("inflation", start, "shape: step, by: +1pp")) == []) is fine


def test_a_contact_cap_is_a_count_of_attempts(said):
    assert said(BASE + SHOCK.format("contact_cap", "2026-03", "shape: step, to: 3")) == []
    assert any("contact attempts" in s for s in said(BASE + SHOCK.format("contact_cap", "2026-03", "shape: step, to: 3%")))


def test_checks_across_fields_run_beside_other_faults(said):
    shock = SHOCK.format("inflation", "2026-03", "shape: ramp, by: 1%")
    found = said(BASE + "months: x\neconomy: {inflation: 2, unemployment_rate: 95%}\n" + shock)
    assert len(found) == 4
    assert any("ramp needs" in s for s in found)
    assert any("unemployment_rate" in s and "out of range" in s for s in found)


def test_a_check_that_needs_a_faulty_value_stays_silent(said):
    """The size is at fault, so nothing can be said of its being there; nor of the months of a run of unknown length."""
    assert len(said(BASE + SHOCK.format("inflation", "2026-03", "shape: step, by: 5"))) == 1
    assert len(said(BASE + "months: x\n" + SHOCK.format("inflation", "2050-01", "shape: step, by: 5%"))) == 1
    assert len(said(BASE + "shocks: [5]\n")) == 1


SEGMENT = "- {{name: {}, share: {}, income_factor: 1, buffer_factor: 1, job_loss_factor: 1, attention_shift: 0}}\n"


def segments(*parts):
    return "title: P\nextends: us_instalment\nsegments:\n" + "".join(SEGMENT.format(*p) for p in parts)


def test_segments(said):
    assert said(segments(("youth", "20%"), ("middle", "30%"), ("other", "50%"))) == []
    assert any("90%" in s for s in said(segments(("youth", "20%"), ("middle", "30%"), ("other", "40%"))))
    assert any("'other' stands 0 times" in s for s in said(segments(("youth", "20%"), ("middle", "30%"), ("youth", "50%"))))
    # the share at fault silences the sum, not the names
    found = said(segments(("youth", "20"), ("middle", "30%"), ("youth", "50%")))
    assert not any("add up" in s for s in found)
    assert any("'other' stands 0 times" in s for s in found)


@pytest.mark.parametrize(
    "text, word",
    [
        ("work: {sectors: [{name: a, share: 50%, cyclicality: 1}, {name: b, share: 40%, cyclicality: 1}]}", "add up to 90%"),
        ("work: {sectors: [{name: a, share: 50%, cyclicality: 1}, {name: a, share: 50%, cyclicality: 1}]}", "stands twice"),
        ("spending: {essential_share: 70%, discretionary_share: 60%}", "at most 120%"),
    ],
)
def test_profiles(text, word, said):
    assert any(word in s for s in said(f"title: P\nextends: us_instalment\n{text}\n"))


@pytest.mark.parametrize(
    "text, word",
    [
        ("products: {cash_loan: {maximum: 30_000_000}}", "more than an account can hold"),
        ("servicing: {paid_in_full_share: 0%}", "ever be overdue"),
        ("funding: {warehouse: {term_out_months: 0}}", "at least 1"),
        ("funding: {dividend_above: 20}", "two readings"),
        ("rating: [{label: A, min_capital_ratio: 18, max_net_charge_off: 5%, min_liquidity: 5%, spread: 0%}]", "two readings"),
        ("rating: [" + ", ".join(["{label: A, min_capital_ratio: 1%, max_net_charge_off: 5%, min_liquidity: 5%, spread: 0%}"] * 2) + "]",
         "stands twice"),
    ],
)
def test_policies(text, word, said):
    assert any(word in s for s in said(f"title: P\nextends: standard\n{text}\n"))


WORDS = st.sampled_from(
    ["title", "extends", "baseline", "standard", "months", "economy", "inflation", "shocks", "policy", "5", "5%", "-1", "x", "null"]
)
VALUES = st.recursive(WORDS, lambda v: st.lists(v, max_size=3) | st.dictionaries(WORDS, v, max_size=4), max_leaves=12)


def flow(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}: {flow(v)}" for k, v in value.items()) + "}"
    return "[" + ", ".join(map(flow, value)) + "]" if isinstance(value, list) else value


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(WORDS, VALUES, max_size=5))
def test_any_mixture_of_our_words_is_judged_never_a_crash(tmp_path_factory, mixture):
    file = tmp_path_factory.getbasetemp() / "mixture.yaml"
    file.write_text(flow(mixture) + "\n", encoding="utf-8")
    assert all(f.line >= 1 and f.column >= 1 and f.message for f in check_files([file]))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_judged_never_a_crash(tmp_path_factory, raw):
    file = tmp_path_factory.getbasetemp() / "bytes.yaml"
    file.write_bytes(b"extends: baseline\n" + raw)
    check_files([file])
