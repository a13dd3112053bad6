"""Types of the values that input files may hold: shares, rates, months, references.

Percentages are written `5%` or `+5pp`, or as a fraction `0.05`. A bare number beyond 1 where a rate is
meant is refused with both readings, since it is a mistake more often than 500 %.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

_PERCENT = re.compile(r"^[+-]?(\d+(\.\d*)?|\.\d+)\s*(%|pp)$")


class Section(BaseModel):
    """A mapping in a file: unknown keys are refused, values are not converted silently."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


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
        match = re.fullmatch(r"(\d{4})-(\d{2})", text) if isinstance(text, str) else None
        if not match or not 1 <= int(match[2]) <= 12:
            raise PydanticCustomError("month", "{given} is not a month; expected YYYY-MM, e.g. 2026-07", {"given": repr(text)})
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
        return {"type": "string", "pattern": r"^\d{4}-\d{2}$", "examples": ["2026-07"]}


def _number(value: Any, what: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise PydanticCustomError("number", "{given} is not a number; expected {what}", {"given": repr(value), "what": what})
    if isinstance(value, str):
        text = value.strip()
        if _PERCENT.match(text):
            body = text.rstrip("%p ").strip()
            # scale the decimal text, not the float, so that 5% is exactly 0.05
            return float(f"{body}e-2")
        raise PydanticCustomError("number", "{given} is not a number; expected {what}", {"given": repr(value), "what": what})
    return float(value)


def _rate(value: Any) -> float:
    number = _number(value, "a rate such as 5% or 0.05")
    if not isinstance(value, str) and abs(number) > 1:
        raise PydanticCustomError(
            "rate", "a bare {given} has two readings; expected {a}% or {b}%, whichever is meant",
            {"given": str(value), "a": f"{number:g}", "b": f"{100 * number:g}"},
        )
    return number


def _share(value: Any) -> float:
    number = _rate(value)
    if not 0 <= number <= 1:
        raise PydanticCustomError("share", "{given} is no share; expected 0% to 100%", {"given": str(value)})
    return number


def _plain(value: Any) -> float:
    return _number(value, "a number, or a percentage such as 5%")


def _no_bool(value: Any) -> Any:
    if isinstance(value, bool | float | str) or not isinstance(value, int):
        raise PydanticCustomError("count", "{given} is not a whole number; expected 0, 1, 2, …", {"given": repr(value)})
    return value


_RATE_SCHEMA = {"anyOf": [{"type": "number", "minimum": -1, "maximum": 1}, {"type": "string", "pattern": r"^[+-]?[0-9.]+ ?(%|pp)$"}]}
_NUMBER_SCHEMA = {"anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^[+-]?[0-9.]+ ?(%|pp)$"}]}

Rate = Annotated[float, BeforeValidator(_rate), WithJsonSchema(_RATE_SCHEMA)]
Share = Annotated[float, BeforeValidator(_share), WithJsonSchema(_RATE_SCHEMA)]
Signed = Annotated[float, BeforeValidator(_plain), WithJsonSchema(_NUMBER_SCHEMA)]
NonNegative = Annotated[float, BeforeValidator(_plain), Field(ge=0), WithJsonSchema(_NUMBER_SCHEMA)]
Multiple = Annotated[float, BeforeValidator(_plain), Field(gt=0), WithJsonSchema(_NUMBER_SCHEMA)]
Count = Annotated[int, BeforeValidator(_no_bool), Field(ge=0, le=100_000)]
Text = Annotated[str, StringConstraints(strict=True, max_length=2000)]
Reference = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=500)]
