"""Values put over a policy: numbers with a sign are added to what stands there, whatever form it is written in."""

import re

import pytest

from sim.config.validation import UNKNOWN, value_at
from sim.inputs import InputError, load_scenario
from sim.inputs.layers import MODELS, judge, judge_again, load_layers, unread
from sim.inputs.overlay import Overlay
from sim.inputs.policy import Policy

HEAD = "title: T\nextends: baseline\n"


@pytest.fixture
def policies(tmp_path, monkeypatch):
    """The dated policies of a scenario with these changes, over a policy of its own."""
    monkeypatch.chdir(tmp_path)

    def of(changes, policy="extends: standard"):
        (tmp_path / "p.yaml").write_text(f"title: P\n{policy}\n", encoding="utf-8")
        (tmp_path / "s.yaml").write_text(f"{HEAD}policy: p.yaml\npolicy_changes:\n{changes}", encoding="utf-8")
        return [change.policy for change in load_scenario("s.yaml").changes]

    return of


def test_changes_add_up_in_the_order_of_their_months_and_end_one_by_one(policies):
    found = policies(
        "- {from: 2026-02, until: 2026-05, set: {underwriting.cut_off: +10, pricing.base_margin: +1pp}}\n"
        "- {from: 2026-03, until: 2026-06, set: {underwriting.cut_off: 600}}\n"
        "- {from: 2026-04, set: {underwriting.cut_off: -5, pricing.base_margin: 2%}}\n",
        "extends: standard\nunderwriting: {cut_off: 550}\npricing: {base_margin: 10%}",
    )
    assert [(p.underwriting.cut_off, p.pricing.base_margin) for p in found] == [
        (560, 0.11), (600, 0.11), (595, 0.02), (595, 0.02), (545, 0.02),
    ]


def test_a_rate_may_be_moved_beyond_one(policies):
    changes = "- {from: 2026-02, set: {pricing.legal_cap: +70.5pp}}\n- {from: 2026-03, set: {pricing.legal_cap: +20pp}}\n"
    first, second = policies(changes, "extends: standard\npricing: {legal_cap: 50%}")
    assert (first.pricing.legal_cap, second.pricing.legal_cap) == (1.205, 1.405)


def test_what_is_put_above_or_below_a_value_is_known_to_the_next_change(policies):
    bands = "[{min_score: 700, premium: 1%, expected_loss: 1%, size_cap: 2, tenor: 12}]"
    found = policies(
        "- {from: 2026-02, set: {underwriting.bands.0.premium: +1pp}}\n"
        f"- {{from: 2026-03, set: {{underwriting.bands: {bands}}}}}\n"
        "- {from: 2026-04, set: {underwriting.bands.0.premium: +1pp, underwriting.bands.0.tenor: +6}}\n"
        "- {from: 2026-05, set: {underwriting.bands.0.premium: +1pp, products.cash_loan.maximum: +100}}\n"
        "- {from: 2026-06, set: {products.cash_loan.maximum: +100}}\n"
    )
    assert [p.underwriting.bands[0].premium for p in found[1:]] == pytest.approx([0.01, 0.02, 0.03, 0.03])
    assert [p.underwriting.bands[0].tenor for p in found[1:]] == [12, 18, 18, 18]
    assert [p.products["cash_loan"].maximum - found[0].products["cash_loan"].maximum for p in found] == [0, 0, 0, 100, 200]


def test_the_file_that_changes_are_put_over_stays_as_it_is(policies):
    first, second, third = policies(
        "- {from: 2026-02, until: 2026-03, set: {underwriting.bands.0.premium: +1pp}}\n"
        "- {from: 2026-04, set: {pricing.base_margin: +1pp}}\n"
    )
    assert first.underwriting.bands[0].premium == pytest.approx(second.underwriting.bands[0].premium + 0.01)
    assert second.underwriting == third.underwriting


@pytest.mark.parametrize(("path", "given", "message"), [
    ("underwriting.cut_off", "+5%", "'+5%' is no change of 550"),
    ("pricing.base_margin", "+5", "'+5' is no change of 0.1"),
    ("funding.dividend_above", "+5pp", "'+5pp' would change a value, and there is none"),
    ("underwriting.cutoff", "+5", "unknown key 'cutoff'"),
    ("collections.ranking", "+5", "'+5' is not allowed"),
])
def test_a_change_that_is_none_is_refused(path, given, message, policies):
    policy = "extends: standard\nunderwriting: {cut_off: 550}\npricing: {base_margin: 10%}\nfunding: {dividend_above: null}"
    with pytest.raises(InputError, match=re.escape(message)):
        policies(f"- {{from: 2026-02, set: {{{path}: {given}}}}}\n", policy)


def test_a_value_is_found_by_path_with_its_field_or_is_unknown():
    data = {"underwriting": {"cut_off": 600, "gini": "x", "bands": [{"min_score": 700, "premium": "5%"}]}, "rating": [{"label": "A"}]}
    assert value_at(Policy, data, ("underwriting", "cut_off"))[0] == 600
    assert value_at(Policy, data, ("underwriting", "bands", "0", "premium"))[0] == 0.05
    assert value_at(Policy, data, ("underwriting", "bands", "0", "tenor"))[0] is UNKNOWN
    assert value_at(Policy, data, ("underwriting", "gini"))[0] is UNKNOWN
    assert value_at(Policy, data, ("pricing", "base_margin"))[0] is UNKNOWN
    assert value_at(Policy, data, ("description",))[0] == ""
    for nowhere in (("underwriting", "cutoff"), ("underwriting", "bands", "1", "premium"), ("nope",), ("rating", "x")):
        assert value_at(Policy, data, nowhere) == (None, None)


@pytest.mark.parametrize("values", [
    {"underwriting.cut_off": 600}, {"underwriting.cut_off": 2000}, {"underwriting.cutoff": 1, "pricing.base_margin": "5%"},
    {"provisioning.roll_to_loss_current": "90%"}, {"underwriting": 3}, {"nope": 1}, {"products.cash_loan.method": "flat_fee"},
    {"rating": []}, {"underwriting.bands": [{"min_score": 700}]}, {},
])
@pytest.mark.parametrize("text", [None, "title: P\nextends: standard\nunderwriting: {gini: 3}\n", "title: P\nextends: nowhere\n"])
def test_judging_only_what_has_changed_says_what_judging_the_whole_says(values, text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "p.yaml").write_text(text or "title: P\nextends: standard\n", encoding="utf-8")
    layered = load_layers("policy", tmp_path / "p.yaml", "p.yaml", False)
    before = judge(layered)
    over = Overlay(layered.copy(), MODELS)
    over.put(values, ("arm", "set"), unread("scenario", []))
    whole, again = judge(over.inner), judge_again(over.inner, before, over.changed)
    assert sorted(map(str, again.faults)) == sorted(map(str, whole.faults))
    assert again.section == whole.section
    assert again.part.__dict__ == whole.part.__dict__
