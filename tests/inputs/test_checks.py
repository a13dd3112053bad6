"""Checks across fields, in sound files and in files that have other faults too."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.config.faults import InputError
from sim.inputs import check_files, load_scenario

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
    assert any("unemployment_rate" in s and "at most 90%: the labour flows need odds" in s for s in found)


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
        ("spending: {essential_least: 60%, essential_most: 40%}", "essential_least: 60% exceeds essential_most; expected at most 40%"),
    ],
)
def test_profiles(text, word, said):
    assert any(word in s for s in said(f"title: P\nextends: us_instalment\n{text}\n"))


@pytest.mark.parametrize(
    "text, word",
    [
        ("rating: [{label: A, min_capital_ratio: 10%, max_net_charge_off: 5%, min_liquidity: 0%, spread: 2%}, "
         "{label: B, min_capital_ratio: 5%, max_net_charge_off: 9%, min_liquidity: -5%, spread: 1%}]",
         "rating.1.spread: 1% falls from 2% of A; expected at least 2%: notches go from the best to the worst"),
        ("rating: [{label: A, min_capital_ratio: 10%, max_net_charge_off: 5%, min_liquidity: 0%, spread: 0%}, "
         "{label: B, min_capital_ratio: 12%, max_net_charge_off: 9%, min_liquidity: -5%, spread: 1%}]",
         "rating.1.min_capital_ratio: 12% rises from 10% of A; expected at most 10%"),
        ("rating: [{label: A, min_capital_ratio: 10%, max_net_charge_off: 5%, min_liquidity: 0%, spread: 0%}, "
         "{label: B, min_capital_ratio: 5%, max_net_charge_off: 4%, min_liquidity: 5%, spread: 1%}]",
         "rating.1.max_net_charge_off: 4% falls from 5% of A; expected at least 5%"),
        ("provisioning: {roll_to_loss_60_89: 40%}",
         "provisioning.roll_to_loss_60_89: 40% falls with days past due; expected at least 49%, the roll_to_loss_30_59"),
        ("funding: {warehouse: {advance_rate: 120%}}", "'120%' is no share; expected 0% to 100%"),
        ("servicing: {grace_days: 40}", "at most 28: the catch-up date lies before the next due day"),
        ("products: {cash_loan: {maximum: 30_000_000}}", "at most 20,000,000: an account counts minor units in 32 bits"),
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


def refused(*overrides):
    with pytest.raises(InputError) as told:
        load_scenario("baseline", None, list(overrides))
    return [str(fault) for fault in told.value.faults]


def test_loans_must_fit_the_currencys_accounts():
    """In yen more fits than in dinars; what falls due in arrears and other products take their part."""
    large = ("policy.products.cash_loan.maximum", 5_000_000)
    for minor in (0, 2):
        load_scenario("baseline", None, [large, ("profile.currency.minor_units", minor)])
    said = refused(large, ("profile.currency.minor_units", 3))
    assert len(said) == 1
    most = re.search(r"5,000,000 and what falls due on it are more than an account can hold; expected at most ([\d,]+), with", said[0])
    fits = int(most[1].replace(",", ""))
    load_scenario("baseline", None, [("policy.products.cash_loan.maximum", fits), ("profile.currency.minor_units", 3)])
    refused(("policy.products.cash_loan.maximum", fits + 1), ("profile.currency.minor_units", 3))


def test_a_scripted_loan_that_nobody_can_pay_out():
    loan = {"principal": 600, "rate": "24%", "tenor": 6, "due_day": 15}
    script = {"equity": 101.99, "loan": loan, "payments": [], "recoveries": [], "sale_price": 0.0}
    scripted = [("script", script), ("policy", "golden_ledger")]
    short = "script.equity: 101.99 and the line's 480 do not pay out the loan's 582; expected at least 102"
    assert any(short in said for said in refused(*scripted))
    load_scenario("baseline", None, [*scripted, ("script.equity", 102)])
    coin = "0.001 is less than the smallest coin of USD; expected at least 0.01"
    assert any(coin in said for said in refused(*scripted, ("script.loan.principal", 0.001)))


def test_growth_without_end_is_refused_before_it_runs():
    endless = [("economy.real_income_growth", "900%"), ("months", 120)]
    with pytest.raises(InputError, match=r"economy\.real_income_growth: incomes are more than 1,000,000,000 times as high in 20") as told:
        load_scenario("baseline", None, endless)
    (fault,) = told.value.faults
    assert fault.file == "set"


def test_growth_without_end_and_loans_beyond_accounts_are_told_beside_other_faults():
    others = [("borrowers.count", 0), ("policy.servicing.late_fee", "x"), ("economy.policy_rate", 5)]
    found = refused(*others, ("economy.inflation", "900%"), ("months", 120), ("policy.products.cash_loan.maximum", 20_000_000))
    assert {fault.split(": ")[1] for fault in found} >= {
        "borrowers.count", "policy.servicing.late_fee", "economy.policy_rate", "economy.inflation"
    }
    beside = refused(("policy.underwriting.gini", "x"), ("policy.products.cash_loan.maximum", 20_000_000))
    assert any("policy.products.cash_loan.maximum: 20,000,000 and what falls due on it" in fault for fault in beside)
    assert any("policy.underwriting.gini: 'x' is not a number" in fault for fault in beside)


def test_an_empty_list_is_told_once_where_a_scripted_loan_reads_it():
    loan = {"principal": 600, "rate": "24%", "tenor": 6, "due_day": 15}
    script = {"equity": 102, "loan": loan, "payments": [], "recoveries": [], "sale_price": 0.0}
    (fault,) = refused(("script", script), ("policy", "golden_ledger"), ("economy.funding_haircut", []))
    assert "economy.funding_haircut: the list is empty" in fault


def test_growth_that_a_shock_takes_out_of_range_is_told_once():
    shock = [{"variable": "inflation", "start": "2026-01", "shape": "step", "by": "+10000%"}]
    (fault,) = refused(("shocks", shock), ("months", 120))
    assert "shocks.0: with this shock inflation is" in fault


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
