"""Forms that people write: each is refused with what to write instead, word for word."""

import pytest

from sim.config import slips
from sim.inputs import check_files

RATE = "expected a rate such as 5% or 0.05; write {}"
WHOLE = "expected a whole number such as 12 or 50_000; write {}"
MONTH = "expected YYYY-MM; write {}"
DATED = "expected a name or path; what takes over later stands under policy_changes: [{from: 2027-01, policy: strict}]"


@pytest.fixture
def said(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def check(text, parent="baseline"):
        (tmp_path / "x.yaml").write_text(f"title: Test\nextends: {parent}\n{text}\n", encoding="utf-8")
        return [str(f) for f in check_files(["x.yaml"])]

    return check


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("economy: {inflation: 200bp}", RATE.format("2%")),
        ("economy: {inflation: 200 bps}", RATE.format("2%")),
        ("economy: {inflation: 12.5 basis points}", RATE.format("0.125%")),
        ("economy: {inflation: '5,5%'}", RATE.format("5.5% with a decimal point")),
        ("economy: {inflation: 5 percent}", RATE.format("5%")),
        ("economy: {inflation: 5% p.a.}", RATE.format("5%")),
        ("shocks: [{variable: inflation, start: 2026-07, shape: step, by: +200bp}]", RATE.format("+2pp")),
        ("shocks: [{variable: inflation, start: 2026-07, shape: step, by: 2 ppt}]", RATE.format("2pp")),
        ("borrowers: {count: 10k}", WHOLE.format("10_000")),
        ("borrowers: {count: 1.2m}", WHOLE.format("1_200_000")),
        ("borrowers: {count: '50,000'}", WHOLE.format("50000 or 50_000")),
        ("borrowers: {count: 50 000}", WHOLE.format("50000 or 50_000")),
        ("start: 2026-1", MONTH.format("2026-01")),
        ("start: Jan 2026", MONTH.format("2026-01")),
        ("start: 01/2026", MONTH.format("2026-01")),
        ("start: 2026-01-15", MONTH.format("2026-01")),
        ("start: September 2026", MONTH.format("2026-09")),
        ("start: 2026.03", MONTH.format("2026-03")),
        ("start: 202604", MONTH.format("2026-04")),
        ("start: 2026 Q2", MONTH.format("2026-04")),
        ("start: 2026-13", "expected YYYY-MM, e.g. 2026-07"),
        ("borrowers: {registered: yes}", "expected true or false; write true"),
        ("borrowers: {registered: No}", "expected true or false; write false"),
        ("borrowers: {registered: 1}", "expected true or false; write true"),
        ("policy: [{from: 2026-01, policy: strict}]", DATED),
        ("policy: {2026-01: strict, 2027-01: lenient}", DATED),
        ("policy: {underwriting: {cut_off: 600}}", "expected a name or path; a policy's values stand in a file of their own"),
    ],
)
def test_the_answer_says_what_to_write_in_a_scenario(text, expected, said):
    (fault,) = said(text)
    assert fault.endswith(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("servicing: {late_fee: $500}", "; expected a number, or a percentage such as 5%; write 500, in the profile's currency"),
        ("servicing: {late_fee: 25 €}", "; write 25, in the profile's currency"),
        ("servicing: {late_fee: USD 1.2k}", "; write 1_200, in the profile's currency"),
        ("underwriting: {cut_off: 0.6}", "0.6 is a share, and a score goes from 0 to 1,000; expected a whole number; write 600"),
        ("underwriting: {cut_off: 1200}", "1200 is too large; expected at most 1,000: scores lie between 0 and 1,000"),
        ("underwriting: {cut_off: 60%}", "'60%' is a share, and a score goes from 0 to 1,000; expected a whole number; write 600"),
        ("products: {cash_loan: {offered: off}}", "expected true or false; write false"),
    ],
)
def test_the_answer_says_what_to_write_in_a_policy(text, expected, said):
    (fault,) = said(text, "standard")
    assert fault.endswith(expected)


@pytest.mark.parametrize("text", ["abc", "$", "EUR", "NAN$", "", "1.2.3", "12/5", "k", "-", "5 loans", "$" * 500, "1" * 100_000 + "bp"])
def test_what_is_no_known_form_gets_no_advice(text):
    assert slips.of_number(text) is None


@pytest.mark.parametrize("given", ["2026", 2026, "13/2026", "2026-00", "May 5, 2026", "Foo 2026", True, None, [], "2026-01" * 1000])
def test_what_means_no_month_gets_no_advice(given):
    assert slips.of_month(given) == ""


@pytest.mark.parametrize("text", ["2021 Q1", "2021Q1", "Q1 2021", "2021:1", "2021:Q1", "1Q2021", "2021-q1", "Quarter 1 2021"])
def test_quarters_in_other_forms(text):
    assert slips.of_quarter(text) == "2021 Q1"
    assert slips.of_month(text) == "2021-01"


@pytest.mark.parametrize(("text", "words"), [
    ("+1k", "; write +1_000"), ("-1k", "; write -1_000"), ("4,5bp", "; write 0.045%"), ("+1,5 percent", "; write +1.5%"),
    ("4,2%", "; write 4.2% with a decimal point"), ("-500bp", "; write -5pp"), ("1,2 apples", None),
])
def test_signs_and_decimal_commas_are_kept_with_every_unit(text, words):
    slip = slips.of_number(text)
    assert (slip.words if slip is not None else None) == words
