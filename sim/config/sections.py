"""The sections that models are made of: which one a field holds, and its twin of which keys may be missing."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator, Mapping
from copy import copy
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, create_model

from sim.config.fields import Section


def parts_of(annotation: Any) -> tuple[Any, ...]:
    """What an annotation is made of, if it is only a frame around it: alternatives, or a type with its constraints."""
    framed = typing.get_origin(annotation) in (typing.Union, types.UnionType, typing.Annotated)
    return typing.get_args(annotation) if framed else ()


def entries_of(annotation: Any) -> tuple[type, Any]:
    """list or dict, and the annotation of its entries; (NoneType, None) for what has no entries."""
    if typing.get_origin(annotation) in (list, dict):
        return typing.get_origin(annotation), typing.get_args(annotation)[-1]
    return next((found for found in map(entries_of, parts_of(annotation)) if found[1] is not None), (type(None), None))


def section_in(annotation: Any, given: Any = None) -> type[Section] | None:
    """The section that a value holds: itself, as an alternative to null, or of several the one that the given value is."""
    found = list(_sections(annotation))
    told = [s for s in found if isinstance(given, Mapping) and any(given.get(key) == kind for key, kind in kinds_of(s).items())]
    return next(iter([*told, *found]), None)


def plain_section(annotation: Any) -> type[Section] | None:
    """The one section that a field holds by itself, be it optional; None for lists, for mappings and where there are alternatives."""
    found = list(_sections(annotation))
    return found[0] if len(found) == 1 and entries_of(annotation)[1] is None else None


def _sections(annotation: Any) -> Iterator[type[Section]]:
    if isinstance(annotation, type) and issubclass(annotation, Section):
        yield annotation
    for part in parts_of(annotation):
        yield from _sections(part)


def kinds_of(section: type[BaseModel]) -> dict[str, Any]:
    """Keys of a section that can hold one word only: they tell it from its alternatives."""
    literals = {name: typing.get_args(field.annotation) for name, field in section.model_fields.items()
                if typing.get_origin(field.annotation) is typing.Literal}
    return {name: values[0] for name, values in literals.items() if len(values) == 1 and isinstance(values[0], str)}


@lru_cache(maxsize=256)
def in_part(model: type[Section]) -> type[Section]:
    """The section's twin of which any key may be missing; what a missing one holds there means nothing."""
    fields: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        free = copy(field)
        free.default, free.default_factory = None, None
        fields[name] = (field.annotation, free)
    return create_model(f"Part of {model.__name__}", __base__=Section, **fields)


def bare(model: type[Section], values: dict[str, Any]) -> Section:
    """An instance that holds these values and, unlike model_construct, no defaults for the others."""
    instance = model.model_construct(**values)
    for name in model.model_fields:
        if name not in values:
            instance.__dict__.pop(name, None)
    return instance
