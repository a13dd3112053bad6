"""Judging merged values by the schema, with messages for people instead of the validator's jargon."""

from __future__ import annotations

import types
import typing
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from sim.config.faults import Fault, nearest
from sim.config.fields import Section
from sim.config.yaml_reader import Path_, Place, dotted

S = TypeVar("S", bound=Section)


def _place(path: Path_, marks: dict[Path_, Place]) -> Place:
    p = path
    while p not in marks and p:
        p = p[:-1]
    return marks.get(p, ("", 1, 1))


def _known(path: Path_, data: Any) -> Path_:
    """The part of pydantic's location that exists in the data (union branches are skipped)."""
    out: list[str | int] = []
    here: Any = data
    for part in path:
        if isinstance(here, dict) and part in here:  # noqa: SIM114
            here = here[part]
        elif isinstance(here, list) and isinstance(part, int) and part < len(here):
            here = here[part]
        else:
            continue
        out.append(part)
    return tuple(out)


def _model_at(model: type[BaseModel], path: Path_) -> type[BaseModel] | None:
    """The schema class that a path leads to, if it is a section."""
    current: Any = model
    for part in path:
        if isinstance(part, int):
            current = _inner(current)
            continue
        current = _section(current)
        if current is None or part not in current.model_fields:
            return None
        current = current.model_fields[part].annotation
    return _section(current)


def _inner(annotation: Any) -> Any:
    for arg in typing.get_args(annotation):
        if typing.get_origin(annotation) is list:
            return arg
        if typing.get_origin(arg) is list:
            return typing.get_args(arg)[0]
    return annotation


def _section(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if typing.get_origin(annotation) in (typing.Union, types.UnionType, typing.Annotated):
        for arg in typing.get_args(annotation):
            found = _section(arg)
            if found is not None:
                return found
    return None


def _message(error: Any) -> tuple[str, str]:
    """What is wrong, what was expected."""
    kind, ctx, given = error["type"], error.get("ctx", {}), error["input"]
    shown = repr(given) if not isinstance(given, dict | list) else ("a mapping" if isinstance(given, dict) else "a list")
    if kind in ("rate", "share", "number", "month", "count"):
        wrong, _, expected = error["msg"].partition("; expected ")
        return wrong, expected
    table = {
        "greater_than_equal": ("is too small", f"at least {ctx.get('ge')}"),
        "greater_than": ("is too small", f"more than {ctx.get('gt')}"),
        "less_than_equal": ("is too large", f"at most {ctx.get('le')}"),
        "less_than": ("is too large", f"less than {ctx.get('lt')}"),
        "literal_error": ("is not allowed", str(ctx.get("expected", "")).replace(" or ", ", ")),
        "bool_type": ("is not true or false", "true or false"),
        "bool_parsing": ("is not true or false", "true or false"),
        "int_type": ("is not a whole number", "a whole number"),
        "int_parsing": ("is not a whole number", "a whole number"),
        "int_from_float": ("is not a whole number", "a whole number"),
        "float_type": ("is not a number", "a number"),
        "float_parsing": ("is not a number", "a number"),
        "finite_number": ("is not a finite number", "a finite number"),
        "string_type": ("is not text", "text (put it in quotes if it looks like a number)"),
        "string_too_short": ("is empty", "some text"),
        "string_too_long": ("is too long", f"at most {ctx.get('max_length')} characters"),
        "list_type": ("is not a list", "a list"),
        "dict_type": ("is not a mapping", "keys with values"),
        "model_type": ("is not a mapping", "keys with values"),
        "model_attributes_type": ("is not a mapping", "keys with values"),
        "too_short": (f"has {ctx.get('actual_length')} entries", f"at least {ctx.get('min_length')}"),
        "too_long": (f"has {ctx.get('actual_length')} entries", f"at most {ctx.get('max_length')}"),
    }
    wrong, expected = table.get(kind, (error["msg"], ""))
    return (f"{shown} {wrong}" if kind in table else wrong), expected


def validate(
    model: type[S], data: dict[str, Any], marks: dict[Path_, Place], keys: dict[Path_, Place]
) -> tuple[S | None, list[Fault]]:
    """The validated section, or the faults with their places."""
    try:
        return model.model_validate(data), []
    except ValidationError as error:
        found: dict[tuple[Path_, str], Fault] = {}
        for e in error.errors():
            raw: Path_ = tuple(p for p in e["loc"])
            if e["type"] == "missing":
                path = (*_known(raw[:-1], data), raw[-1])
                place = _place(path[:-1], marks)
                found[(path, "missing")] = Fault(*place, dotted(path), "this key is missing", f"'{raw[-1]}' here or in a file that this one extends")  # noqa: E501
            elif e["type"] == "extra_forbidden":
                path = (*_known(raw[:-1], data), raw[-1])
                section = _model_at(model, path[:-1])
                valid = list(section.model_fields) if section else []
                place = keys.get(path) or _place(path, marks)
                found[(path, "extra")] = Fault(*place, dotted(path), f"unknown key '{raw[-1]}'", f"one of {', '.join(valid)}" if valid else "", nearest(str(raw[-1]), valid))  # noqa: E501
            else:
                path = _known(raw, data)
                wrong, expected = _message(e)
                near = nearest(str(e["input"]), [w.strip("' ") for w in expected.split(",")]) if e["type"] == "literal_error" else ""
                # of a union's branches, the first complaint that knows the value best is enough
                previous = found.get((path, "value"))
                if previous is None or e["type"] in ("rate", "share", "month"):
                    found[(path, "value")] = Fault(*_place(path, marks), dotted(path), wrong, expected, near)
        return None, list(found.values())
