"""Numbers, percentages, months: what is taken, what is refused, and with which words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from sim.config.fields import Attempts, Change, Count, Multiple, NonNegative, Rate, Section, Share, Signed
from sim.inputs import Month


def taken(kind, value):
    return TypeAdapter(kind).validate_python(value)


def refused(kind, value):
    with pytest.raises(ValidationError) as caught:
        taken(kind, value)
    return caught.value.errors()[0]["msg"]


@pytest.mark.parametrize(
    "text, value",
    [("5%", 0.05), ("+5pp", 0.05), ("-2.5 %", -0.025), (".5%", 0.005), ("250%", 2.5), (0.05, 0.05), (-1, -1.0), (1, 1.0), ("0%", 0.0)],
)
def test_rates(text, value):
    assert taken(Rate, text) == value


@given(st.integers(min_value=-9_999, max_value=9_999))
def test_a_percentage_is_the_float_nearest_to_its_fraction(hundredths):
    assert taken(Rate, f"{hundredths / 100:.2f}%") == hundredths / 10_000


@pytest.mark.parametrize("kind", [Rate, Share])
@pytest.mark.parametrize("value", [5, 1.5, 100])
def test_a_bare_number_above_one_is_refused_with_both_readings(kind, value):
    message = refused(kind, value)
    assert f"{value:g}%" in message
    assert f"{100 * value:g}%" in message


@pytest.mark.parametrize("kind", [Rate, Share, Signed, NonNegative, Multiple, Attempts])
@pytest.mark.parametrize("value", [True, None, "yes", "0.05", "1e-3", "٥%", float("nan"), float("inf"), 10**400, [], {}, "9" * 400 + "%"])
def test_what_is_no_number_is_refused(kind, value):
    assert "; expected " in refused(kind, value)


@pytest.mark.parametrize(
    "value, hint",
    [("1,000", "1000 or 1_000"), ("0,05", "0.05 with a decimal point"), ("0,5%", "0.5%"), ("0.05", "without quotes"), (".nan", "finite")],
)
def test_common_slips_get_a_hint(value, hint):
    assert hint in refused(Signed, value)


def test_bounds():
    assert taken(Share, "100%") == 1.0
    assert "0% to 100%" in refused(Share, "100.1%")
    assert "0% to 100%" in refused(Share, -0.1)
    refused(NonNegative, -1e-9)
    refused(Multiple, 0)
    refused(Attempts, 100)
    assert taken(NonNegative, 1000) == 1000.0
    assert "contact attempts" in refused(Attempts, "5%")


@pytest.mark.parametrize("value", [True, 5.0, "5", None, -1, 100_001])
def test_counts_are_whole_numbers(value):
    refused(Count, value)


class Sized(Section):
    variable: str
    by: Change


def test_the_size_of_a_shock_is_a_rate_unless_its_variable_is_a_count():
    assert Sized.model_validate({"variable": "inflation", "by": "5%"}).by == 0.05
    assert Sized.model_validate({"variable": "contact_cap", "by": 3}).by == 3.0
    for variable, by in (("inflation", 3), ("contact_cap", "300%")):
        with pytest.raises(ValidationError):
            Sized.model_validate({"variable": variable, "by": by})


class Plain(Section):
    flag: bool = False
    number: int = 0
    fraction: float = 0.0


@pytest.mark.parametrize(
    "wrong", [{"flag": "yes"}, {"flag": 1}, {"number": "5"}, {"number": 5.0}, {"number": True}, {"fraction": "0.5"}, {"fraction": True}]
)
def test_a_section_converts_nothing_silently(wrong):
    with pytest.raises(ValidationError):
        Plain.model_validate(wrong)


months = st.builds(Month, st.integers(1000, 8000), st.integers(1, 12))


@given(months, st.integers(-5000, 5000))
def test_months_shift_and_count_back(month, n):
    later = month.shift(n)
    assert later.index_from(month) == n
    assert later.shift(-n) == month
    assert (later > month) == (n > 0)
    assert Month.parse(str(month)) == month


@pytest.mark.parametrize("text", ["2026-1", "2026-13", "2026-00", "2026-01-01", "202601", 202601, 2026.01, None, "2026-٠١", " 2026-01"])
def test_what_is_no_month_is_refused(text):
    with pytest.raises(ValueError, match="YYYY-MM"):
        Month.parse(text)
