"""Types of the values that input files may hold: shares, rates, months, references.

Percentages are written `5%` or `+5pp`, or as a fraction `0.05`. A bare number beyond 1 where a rate is
meant is refused with both readings, since it is a mistake more often than 500 %. Nothing is converted
silently: `true` is no number, `'5'` in quotes is no number, `60.0` is no whole number.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    StringConstraints,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from sim.config import slips
from sim.config.faults import shown_value
from sim.config.ranges import Range, refusal

_DECIMAL = r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)"
_PERCENT = re.compile(rf"({_DECIMAL}) ?(%|pp)")

COUNTED = {"contact_cap": "contact attempts", "forbearance_months": "months"}  # macro variables that are counts, not rates: of what
NAME = "^[a-z][a-z0-9_]*$"  # of what a file names itself: it becomes part of paths and of attributes
WHOLE_NUMBER = "a whole number such as 12 or 50_000"


class Section(BaseModel):
    """A mapping in a file: unknown keys are refused, values are not converted silently."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


@dataclass(frozen=True, order=True)
class Month:
    """A calendar month, written 2026-01."""

    year: int
    month: int

    @classmethod
    def parse(cls, text: Any) -> Month:
        """Read `YYYY-MM`; ValueError otherwise."""
        if isinstance(text, Month):
            return text
        match = re.fullmatch(r"([0-9]{4})-([0-9]{2})", text) if isinstance(text, str) else None
        if not match or not 1 <= int(match[2]) <= 12:
            meant = slips.of_month(text)
            expected = f"YYYY-MM; write {meant}" if meant else "YYYY-MM, e.g. 2026-07"
            raise refusal("month", f"{shown_value(text)} is not a month", expected)
        return cls(int(match[1]), int(match[2]))

    def shift(self, months: int) -> Month:
        """The month so many months later."""
        total = self.year * 12 + self.month - 1 + months
        return Month(total // 12, total % 12 + 1)

    def index_from(self, first: Month) -> int:
        """Months from `first` to this one."""
        return (self.year - first.year) * 12 + self.month - first.month

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: Any) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls.parse, serialization=core_schema.to_string_ser_schema()
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: Any, _handler: Any) -> dict[str, Any]:
        return {"type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$", "examples": ["2026-07"]}


def percentage(text: str, unit: str) -> float | None:
    """The fraction that `5%` or `5pp` means, None for text in no such form; unit: % or pp."""
    match = _PERCENT.fullmatch(text.strip())
    # scale the decimal text, not the float, so that 5% is exactly 0.05
    return float(f"{match[1]}e-2") if match is not None and match[0].endswith(unit) else None


def _number(value: Any, what: str) -> float:
    """A number, or a percentage as the fraction that it means; `what` is what should stand there."""
    if isinstance(value, str):
        match = _PERCENT.fullmatch(value.strip())
        if match is None:
            raise refusal("number", f"{shown_value(value)} is not a number", _hint(value.strip(), what))
        # scale the decimal text, not the float, so that 5% is exactly 0.05
        number = float(f"{match[1]}e-2")
    elif isinstance(value, bool) or not isinstance(value, int | float):
        raise refusal("number", f"{shown_value(value)} is not a number", what)
    else:
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
    if not math.isfinite(number):
        raise refusal("number", f"{shown_value(value)} is too large", what)
    return number


def _hint(text: str, what: str) -> str:
    """What was expected, with a word on the slips that are common."""
    slip = slips.of_number(text)
    return what + (slip.words if slip is not None else "")


RESOLVED = {"resolved": True}  # validation context of values that were validated before: a bare 1.5 means 150 %


def _rate(value: Any, info: ValidationInfo | None = None) -> float:
    number = _number(value, "a rate such as 5% or 0.05")
    read_before = info is not None and info.context == RESOLVED
    if not isinstance(value, str) and abs(number) > 1 and not read_before:
        raise refusal(
            "rate", f"a bare {shown_value(value)} has two readings",
            f"{number:g}% (that is {number / 100:g}) or {100 * number:g}%",
        )
    return number


def _rate_in_context(value: Any, info: ValidationInfo) -> float:
    return _rate(value, info)


def _share(value: Any) -> float:
    number = _rate(value)
    if not SHARE.holds(number):
        raise refusal("share", f"{shown_value(value)} is no share", SHARE.span())
    return number


def _plain(value: Any) -> float:
    return _number(value, "a number, or a percentage such as 5%")


def _counted(value: Any, what: str) -> float:
    """A count that may be fractional: a plain number of these, never a percentage."""
    if isinstance(value, str):
        raise refusal("number", f"{shown_value(value)} is not a number", f"a plain number of {what}")
    return _number(value, f"a plain number of {what}")


def _attempts(value: Any) -> float:
    return _counted(value, COUNTED["contact_cap"])


def _months(value: Any) -> float:
    return _counted(value, COUNTED["forbearance_months"])


def _change(value: Any, info: ValidationInfo) -> float:
    """Size of a shock: a rate, except for variables that are counts, where 3 means three."""
    variable = info.data.get("variable")
    if variable is None:  # the variable itself is at fault, and with it what this number means
        return _plain(value)
    return _counted(value, COUNTED[variable]) if variable in COUNTED else _rate(value, info)


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise not_whole(value)
    return value


def not_whole(value: Any) -> PydanticCustomError:
    """The fault of a value that should be a whole number, with a word on the slips that are common."""
    expected = WHOLE_NUMBER
    if isinstance(value, str):
        slip = slips.of_number(value)
        expected += slip.words if slip is not None and slip.kind in slips.OF_WHOLE_NUMBERS else ""
    elif isinstance(value, float) and value.is_integer():
        expected = f"{WHOLE_NUMBER}; write {int(value)}" if abs(value) < 1e15 else expected
    return refusal("count", f"{shown_value(value)} is not a whole number", expected)


SCORES = 1000  # scores go from 0 to this


def _score(value: Any) -> int:
    """A score: a whole number, and no share of it."""
    share = percentage(value, "%") if isinstance(value, str) else value if isinstance(value, float) else None
    if share is not None and 0 < share <= 1:
        wrong = f"{shown_value(value)} is a share, and a score goes from 0 to {SCORES:,}"
        raise refusal("count", wrong, f"a whole number; write {round(SCORES * share)}")
    return _whole(value)


def _printable(value: Any) -> Any:
    """Text without control characters: what a terminal or a page would take for a command is no text."""
    if isinstance(value, str):
        for character in value:
            if (ord(character) < 32 and character not in "\n\t") or 127 <= ord(character) < 160:
                raise refusal("number", f"the control character #x{ord(character):02x} is no text", "printable characters")
    return value


def _one_policy(value: Any) -> Any:
    """A policy's name; where several stand, or the values of one, the answer says where these belong."""
    dated = "a name or path; what takes over later stands under policy_changes: [{from: 2027-01, policy: strict}]"
    if isinstance(value, list):
        raise refusal("policy", "a list is not one policy", dated)
    if isinstance(value, dict):
        by_month = "from" in value or any(slips.of_month(key) for key in value)
        own_file = "a name or path; a policy's values stand in a file of their own"
        raise refusal("policy", "a mapping is not a policy's name", dated if by_month else own_file)
    return value


def _percent_or(low: float | None, high: float | None) -> dict[str, Any]:
    number: dict[str, Any] = {"type": "number"}
    if low is not None:
        number["minimum"] = low
    if high is not None:
        number["maximum"] = high
    return {"anyOf": [number, {"type": "string", "pattern": f"^{_DECIMAL} ?(%|pp)$"}]}


def is_rate(field: FieldInfo) -> bool:
    """Whether a field holds a share or a rate."""
    checks = [m.func for m in field.metadata if isinstance(m, BeforeValidator)]
    return any(check in (_share, _rate_in_context) for check in checks)


SHARE = Range(0, 1, "a share is a part of a whole", percent=True)
ACCOUNT = "an account counts minor units in 32 bits"
RUN = "no run has more months"
RATE_HELD = "no account holds a rate above 300 %"

# What a field holds before its range is known: a number or percentage, a rate, a whole number
AnyNumber = Annotated[float, BeforeValidator(_plain), WithJsonSchema(_percent_or(None, None))]
Rate = Annotated[float, BeforeValidator(_rate_in_context), WithJsonSchema(_percent_or(-1, 1))]
Whole = Annotated[int, BeforeValidator(_whole)]

# Kinds of number that many fields share, each with its range and the reason for it
Share = Annotated[float, BeforeValidator(_share), WithJsonSchema(_percent_or(0, 1)), SHARE]
AnnualPrice = Annotated[Rate, Range(-1, 3, RATE_HELD, percent=True)]
Money = Annotated[AnyNumber, Range(0, 20_000_000, ACCOUNT)]
Cost = Annotated[AnyNumber, Range(0, 1_000_000, "a month's costs of all accounts must fit the books' 64 bits")]
Months = Annotated[AnyNumber, Range(0, 600, "fifty years are a working life")]
Duration = Annotated[AnyNumber, Range(0.01, 600, "fifty years are a working life", below="a hundredth of a month is less than a day")]
MonthCount = Annotated[Whole, Range(0, 600, RUN)]
Tenor = Annotated[Whole, Range(2, 120, "ten years outlast every unsecured loan", below="one payment is no instalment loan")]
Score = Annotated[int, BeforeValidator(_score), Range(0, SCORES, f"scores lie between 0 and {SCORES:,}")]
Factor = Annotated[AnyNumber, Range(0, 10, "groups ten times apart have no average to be compared with", above=True)]
Effect = Annotated[AnyNumber, Range(0, 100, "a rise of a hundred times moves everybody there is")]
Spread = Annotated[AnyNumber, Range(0, 2, "at 2 on the log scale one in forty is 50 times the median")]
Logits = Annotated[AnyNumber, Range(0, 10, "at 10 logits the odds are 22,000 to 1: nobody is in doubt")]
SignedLogits = Annotated[AnyNumber, Range(-10, 10, "at 10 logits the odds are 22,000 to 1: nobody is in doubt")]
Weight = Annotated[AnyNumber, Range(0, 10, "ten times as heavy hides all other parts, and squares must add up in 64 bits")]
Change = Annotated[
    float, BeforeValidator(_change), WithJsonSchema(_percent_or(None, None)), Range(-100, 100, "no macro variable has a wider range")
]
Attempts = Annotated[
    float, BeforeValidator(_attempts), WithJsonSchema({"type": "number"}), Range(0, 99, "99 attempts a month are no cap at all")
]
HolidayMonths = Annotated[
    float, BeforeValidator(_months), WithJsonSchema({"type": "number"}),
    Range(1, 60, "five years are another loan", below="a holiday has a month"),
]
AttemptCount = Annotated[Whole, Range(0, 99, "99 attempts a month are no cap at all")]

# For a mechanism from outside the package that knows no narrower range
_HELD = "columns of 32 bits hold seven digits of it"
NonNegative = Annotated[AnyNumber, Range(0, 1e9, _HELD)]
Multiple = Annotated[AnyNumber, Range(0, 1e9, _HELD, above=True)]
Signed = Annotated[AnyNumber, Range(-1e9, 1e9, _HELD)]
Count = Annotated[Whole, Range(0, 100_000, "no list and no wait is longer")]

Name = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=40, pattern=NAME)]
Text = Annotated[str, BeforeValidator(_printable), StringConstraints(strict=True, max_length=2000)]
Reference = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=500)]
PolicyReference = Annotated[str, BeforeValidator(_one_policy), StringConstraints(strict=True, min_length=1, max_length=500)]
