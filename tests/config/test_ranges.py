"""Every number that a file may hold has a range and a reason; messages, schemas and the documented ranges agree with it."""

import math
import re
import typing
from pathlib import Path
from typing import Annotated

import pytest
from pydantic import Field, ValidationError

from sim.config.fields import AnyNumber, Rate, Section, Whole
from sim.config.ranges import Range, numbers_in
from sim.config.shipped import shipped_root
from sim.config.validation import validate
from sim.inputs.changes import Arm, PolicyChange
from sim.inputs.json_schema import KINDS, json_schema
from sim.inputs.policy import Policy
from sim.inputs.profile import Profile


def within(annotation):
    """The sections that an annotation names, at any depth."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        yield annotation
    for part in typing.get_args(annotation):
        yield from within(part)


def every_field(section, seen):
    """Section and name of every field, through all sections below."""
    if section in seen:
        return
    seen.add(section)
    for name, field in section.model_fields.items():
        yield section, name, field
        for inner in within(field.annotation):
            yield from every_field(inner, seen)


SEEN: set[type] = set()
FIELDS = [entry for kind in (*KINDS.values(), PolicyChange, Arm) for entry in every_field(kind, SEEN)]
NUMBERS = [(f"{s.__name__}.{name}", n) for s, name, field in FIELDS for n in numbers_in(field)]


def test_the_walk_reaches_every_room():
    names = {name for name, _ in NUMBERS}
    assert len(names) > 180
    assert {"Work.separation_rate", "Education.cost", "Warehouse.spread", "FlatFeeOffer.tenor", "Shock.by", "OpeningConditions.inflation",
            "ScriptedLoan.rate", "Experiment.seeds", "Need.size", "OpeningBook.holders", "Mechanisms.trust", "Notch.spread"} <= names


@pytest.mark.parametrize(("name", "number"), NUMBERS, ids=[name for name, _ in NUMBERS])
def test_every_number_has_a_finite_range_and_a_reason(name, number):
    assert number.range is not None, f"{name} has no range: take a type of sim/config/fields.py or Annotated[…, Range(…)]"
    assert all(map(math.isfinite, (number.range.lowest, number.range.highest)))
    assert len(number.range.reason) > 10


@pytest.mark.parametrize(("name", "number"), [(n, x) for n, x in NUMBERS if x.plausible is not None])
def test_what_is_plausible_is_allowed(name, number):
    assert number.range.lowest <= number.plausible.lowest < number.plausible.highest <= number.range.highest
    assert number.plausible.source


def test_the_most_influential_numbers_say_what_is_plausible():
    assert sum(number.plausible is not None for _, number in NUMBERS if number.kind is not list) >= 40


def test_a_number_without_range_would_be_found():
    class Bare(Section):
        held: AnyNumber
        inner: list[float] | None

    assert [number.range for field in Bare.model_fields.values() for number in numbers_in(field)] == [None, None]


# ------------------------------------------------------------------------------------------------------- messages


class Mixed(Section):
    rate: Annotated[Rate, Range(-0.5, 2, "none is dearer", percent=True)]
    size: Annotated[AnyNumber, Range(0, 20_000, "no more is held", above=True)] = 1.0
    count: Annotated[Whole, Range(2, 9, "nine are all", below="one is none")] = 3
    path: Annotated[Rate | list[Rate], Range(0, 1, "a part", percent=True)] = Field(default=0.0, description="months")


@pytest.mark.parametrize(("given", "said"), [
    ({"rate": "300%"}, "rate: '300%' is too large; expected at most 200%: none is dearer"),
    ({"rate": -0.6}, "rate: -0.6 is too small; expected at least -50%: none is dearer"),
    ({"rate": 0.0, "size": 20_001}, "size: 20001 is too large; expected at most 20,000: no more is held"),
    ({"rate": 0.0, "size": 0}, "size: 0 is too small; expected more than 0"),
    ({"rate": 0.0, "count": 1}, "count: 1 is too small; expected at least 2: one is none"),
    ({"rate": 0.0, "count": 10}, "count: 10 is too large; expected at most 9: nine are all"),
    ({"rate": 0.0, "path": "101%"}, "path: '101%' is too large; expected at most 100%: a part"),
    ({"rate": 0.0, "path": ["1%", "-1%"]}, "path.1: '-1%' is too small; expected at least 0%"),
])
def test_a_number_out_of_range_is_told_the_bound_and_the_reason(given, said):
    _, faults, _ = validate(Mixed, given, {}, {})
    assert [str(fault) for fault in faults] == [said]


def test_bounds_belong_to_the_range():
    assert Mixed(rate="200%", size=20_000, count=9, path=["0%", "100%"]).rate == 2.0
    with pytest.raises(ValidationError):
        Mixed(rate="200.01%")


@pytest.mark.parametrize(("low", "high", "reason"), [(1, 1, "x"), (2, 1, "x"), (0, math.inf, "x"), (0, 1, "")])
def test_a_range_without_bounds_or_reason_is_none(low, high, reason):
    with pytest.raises(ValueError, match="two finite bounds, the lower first, and a reason"):
        Range(low, high, reason)


# -------------------------------------------------------------------------------------------------------- schemas


def test_editors_see_bounds_and_reasons():
    section = Mixed.model_json_schema()["properties"]
    assert (section["count"]["minimum"], section["count"]["maximum"]) == (2, 9)
    assert section["size"]["anyOf"][0] == {"type": "number", "exclusiveMinimum": 0, "maximum": 20_000}
    told = json_schema("profile")["$defs"]["Work"]["properties"]["separation_elasticity"]["description"]
    assert "; 0 to 10 (at ten any recession takes every job)" in told
    assert told.endswith("; plausible: 0.15 to 0.5 (CPS flows 1985–2006)")
    pricing = json_schema("policy")["$defs"]["Pricing"]["properties"]
    assert pricing["base_margin"]["description"].endswith("plausible: 4% to 18% (judgement)")


# ---------------------------------------------------------------------------------- the ranges beside shipped numbers

LINE = re.compile(r"  (\w+): (\S+)\s+# .*\brange ([−-]?[\d.,]+)(?:–| to \+?)([\d.,]+)( %)?")
FILES = [("profiles/us_instalment.yaml", Profile), ("profiles/china_platform.yaml", Profile), ("policies/standard.yaml", Policy)]


def documented(file):
    """Section, key, lowest and highest of every number whose own comment gives its range."""
    section = ""
    for line in (Path(shipped_root()) / file).read_text(encoding="utf-8").splitlines():
        section = line.split(":")[0] if re.match(r"\w", line) else section
        if match := LINE.match(line):
            scale = 0.01 if match[5] else 1.0
            low, high = (scale * float(text.replace("−", "-").replace(",", "")) for text in (match[3], match[4]))
            yield section, match[1], low, high


@pytest.mark.parametrize(("file", "model"), FILES)
def test_what_shipped_files_call_their_range_gives_no_warning(file, model):
    checked = 0
    for section, key, low, high in documented(file):
        inner = next(within(model.model_fields[section].annotation))
        for number in numbers_in(inner.model_fields[key]):
            for bounds in filter(None, (number.range, number.plausible)):
                checked += bounds is number.plausible
                assert bounds.lowest - 1e-9 <= low < high <= bounds.highest + 1e-9, (section, key)
    assert checked >= (5 if model is Policy else 20)
