"""Ranges of the numbers that files hold, each with its reason; declared on the field, read by messages, schemas and warnings.

A `Range` is hard: beyond it a number means nothing or cannot be held, and a file that goes there is refused. A
`Plausible` range is what the literature or a study has tried: beyond it there is a warning.
"""

from __future__ import annotations

import math
import types
import typing
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, core_schema

from sim.config.faults import shown_value

TOLD = "x-range"  # ranges in words, until json_schema.py adds them to the field's description


def refusal(kind: str, wrong: str, expected: str) -> PydanticCustomError:
    """A fault of a value: what is wrong and what was expected, for validation.py to place."""
    return PydanticCustomError(kind, "{wrong}; expected {expected}", {"wrong": wrong, "expected": expected})


def in_words(value: float, percent: bool) -> str:
    """A number as a file writes it, with commas between thousands."""
    if isinstance(value, int) and not percent:
        return f"{value:,}"
    return f"{100 * value:,.10g}%" if percent else f"{value:,.10g}"


@dataclass(frozen=True)
class Range:
    """The values that have a meaning, and why none beyond has; bounds belong to it.

    below: why nothing lies under the lowest value, where the reason does not say it and it is not nothing at all.
    percent: whether people write it as a percentage; above: the lowest value itself lies outside. Put into an
    `Annotated` type it checks a number, or each of a list. ValueError where a bound is not finite or a reason is missing.
    """

    lowest: float
    highest: float
    reason: str
    below: str = ""
    percent: bool = False
    above: bool = False

    def __post_init__(self) -> None:
        if not (math.isfinite(self.lowest) and math.isfinite(self.highest) and self.lowest < self.highest and self.reason):
            raise ValueError(f"a range has two finite bounds, the lower first, and a reason: {self}")

    def holds(self, value: float) -> bool:
        """Whether a value lies inside."""
        return self.lowest <= value <= self.highest and not (self.above and value == self.lowest)

    def show(self, value: float) -> str:
        """A value of the field as people write it."""
        return in_words(value, self.percent)

    def span(self) -> str:
        """Both bounds in words."""
        return f"{'more than ' if self.above else ''}{self.show(self.lowest)} to {self.show(self.highest)}"

    def complaint(self, value: float, given: Any) -> PydanticCustomError:
        """What is said of a value outside; given: how the file writes it."""
        if value > self.highest:
            return refusal("range", f"{shown_value(given)} is too large", f"at most {self.show(self.highest)}: {self.reason}")
        least = f"{'more than' if self.above else 'at least'} {self.show(self.lowest)}"
        why = self.below or (self.reason if self.lowest else "")  # that nothing is less than nothing needs no reason
        return refusal("range", f"{shown_value(given)} is too small", f"{least}: {why}" if why else least)

    def _checked(self, given: Any, handler: Any) -> Any:
        value = handler(given)
        if isinstance(value, list):
            wrong = [(k, v) for k, v in enumerate(value) if not self.holds(v)]
            details = [InitErrorDetails(type=self.complaint(v, given[k]), loc=(k,), input=given[k]) for k, v in wrong]
            if details:
                raise ValidationError.from_exception_data("list", details)
        elif value is not None and not self.holds(value):
            raise self.complaint(value, given)
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_wrap_validator_function(self._checked, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        written = deepcopy(handler(schema))  # the type that many fields share holds one of its own
        for node in _number_nodes(written):
            node["maximum"] = min(node.get("maximum", self.highest), self.highest)
            if self.above:
                node.pop("minimum", None)
            lowest = "exclusiveMinimum" if self.above else "minimum"
            node[lowest] = max(node.get(lowest, self.lowest), self.lowest)
        reasons = ", ".join(dict.fromkeys(filter(None, [self.below, self.reason])))
        written[TOLD] = {"words": [f"{self.span()} ({reasons})"], "percent": self.percent}
        return written


@dataclass(frozen=True)
class Plausible:
    """What a study may try, and where that is from; beyond it there is a warning, not a fault."""

    lowest: float
    highest: float
    source: str = "judgement"

    def holds(self, value: float) -> bool:
        """Whether a value lies inside."""
        return self.lowest <= value <= self.highest

    def span(self, percent: bool) -> str:
        """Both bounds in words."""
        return f"{in_words(self.lowest, percent)} to {in_words(self.highest, percent)}"

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        written = deepcopy(handler(schema))  # the type that many fields share holds one of its own
        told = written.setdefault(TOLD, {"words": [], "percent": False})
        told["words"].append(f"plausible: {self.span(told['percent'])} ({self.source})")
        return written


class Number(NamedTuple):
    """A number that a field may hold: int or float, its hard range, the plausible one."""

    kind: type
    range: Range | None
    plausible: Plausible | None


def numbers_in(field: FieldInfo) -> list[Number]:
    """The numbers that a field may hold itself or in a list or mapping; none for text, words to choose from and sections."""
    return list(_numbers(field.annotation, tuple(field.metadata)))


def _numbers(annotation: Any, marks: tuple[Any, ...]) -> Iterator[Number]:
    """What stands inside an annotation; marks: from the inside out, the outermost last."""
    origin = typing.get_origin(annotation)
    if origin is Annotated:
        inner, *more = typing.get_args(annotation)
        yield from _numbers(inner, (*more, *marks))
    elif origin in (typing.Union, types.UnionType, list):
        for part in typing.get_args(annotation):
            yield from _numbers(part, marks)
    elif origin is dict:
        yield from _numbers(typing.get_args(annotation)[1], marks)
    elif annotation in (int, float):
        yield Number(annotation, _last(marks, Range), _last(marks, Plausible))


def _last(marks: tuple[Any, ...], kind: type) -> Any:
    return next((mark for mark in reversed(marks) if isinstance(mark, kind)), None)


def _number_nodes(node: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The parts of a field's JSON Schema that hold a number."""
    if node.get("type") in ("number", "integer"):
        yield typing.cast("dict[str, Any]", node)
    for inner in (*node.get("anyOf", ()), *filter(None, [node.get("items")])):
        yield from _number_nodes(inner)
