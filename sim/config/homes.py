"""Where a key or a value that stands in the wrong place belongs: `job_cycle` under `mechanisms`, a bare number under `borrowers.count`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, ValidationError

from sim.config.faults import nearest
from sim.config.fields import Section
from sim.config.sections import in_part, plain_section
from sim.config.yaml_reader import KeyPath, Place, dotted

ALIKE = 0.8  # how similar a name must be for another place: a stricter measure than for the same one
MOST_HOMES = 4  # places of one name that are told; a name that stands in more says nothing


@lru_cache(maxsize=64)
def homes(model: type[BaseModel]) -> Mapping[str, tuple[str, ...]]:
    """Every key of a file's sections by its name: the paths at which it may stand, the shortest first.

    Lists, and names of the file's own, are left out.
    """
    found: dict[str, list[str]] = {}
    for path in _paths(model, ()):
        found.setdefault(path[-1], []).append(".".join(path))
    return {name: tuple(sorted(paths, key=lambda path: path.count("."))) for name, paths in found.items()}


def _paths(model: type[BaseModel], at: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for name, field in model.model_fields.items():
        yield (*at, name)
        inner = plain_section(field.annotation)
        if inner is not None:
            yield from _paths(inner, (*at, name))


def home(model: type[BaseModel], name: str, beside: list[str], look: bool) -> tuple[str, str]:
    """What an unknown key most likely means, and what was expected where several are likely.

    beside: the names that may stand where it does. look: search for similar names too, which takes time.
    """
    known = homes(model).get(name, ())
    if len(known) == 1 or (known and known[0].count(".") < known[1].count(".")):
        return known[0], ""
    if 1 < len(known) <= MOST_HOMES:
        return "", f"its full path: {', '.join(known)}"
    if not look:
        return "", ""
    close = nearest(name, beside)
    if close:
        return close, ""
    elsewhere = nearest(name, sorted({*homes(model)} - {*beside}))
    similar = homes(model).get(elsewhere, ())
    alike = SequenceMatcher(None, name, elsewhere).ratio() >= ALIKE
    return (similar[0] if alike and len(similar) == 1 else ""), ""


_REST_OF_A_NUMBER = re.compile(r"[0-9]+ ?(%|pp)?")


def split_number(path: KeyPath, mapping: Mapping[str, Any]) -> str:
    """The number that a decimal comma has split into a value and a key, as `by: 4.2%`; nothing where it has not.

    path: of the unknown key; mapping: what it stands in.
    """
    name, names = str(path[-1]), list(mapping)
    if mapping.get(name) is not None or not _REST_OF_A_NUMBER.fullmatch(name) or names.index(name) == 0:
        return ""
    before = names[names.index(name) - 1]
    value = mapping[before]
    if isinstance(value, bool) or not isinstance(value, int):
        return ""
    sign = "+" if type(value) is not int and value >= 0 else ""
    return f"{before}: {sign}{value:d}.{name}"


def value_of_a_section(section: type[Section], given: Any, path: KeyPath, place: Place) -> tuple[str, str]:
    """What a bare value in the place of a section most likely means, and what was expected.

    Where of the keys that the section must have one alone could hold the value, that one is meant.
    """
    names = list(section.model_fields)
    fitting = [name for name in names if _holds(section, name, given)] if given is not None and not isinstance(given, list) else []
    needed = [name for name in fitting if section.model_fields[name].is_required()]
    if len(needed) != 1:
        return "", f"keys with values, such as {fitting[0]}: {given}" if len(fitting) > 1 else f"keys with values: {', '.join(names)}"
    at = dotted(path)
    if place[0].startswith("--"):  # the command line writes paths, a file and Python keys
        return f"{at}.{needed[0]}={given}", "keys with values"
    return f"{path[-1]}: {{{needed[0]}: {given}}}" if path else f"{needed[0]}: {given}", "keys with values"


def _holds(section: type[Section], name: str, given: Any) -> bool:
    try:
        in_part(section).model_validate({name: given})
    except ValidationError:
        return False
    return True
