"""Judging merged values by the schema, with messages for people instead of the validator's jargon."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sized
from dataclasses import replace
from typing import Any, TypeVar, cast

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from sim.config import slips
from sim.config.faults import Fault, nearest, shown_value
from sim.config.fields import Section, not_whole
from sim.config.homes import home, split_number, value_of_a_section
from sim.config.sections import bare, entries_of, in_part, kinds_of, section_in
from sim.config.yaml_reader import KeyPath, Place, dotted

S = TypeVar("S", bound=Section)

# faults that fields.py and ranges.py word themselves
OUR_KINDS = ("rate", "share", "number", "month", "count", "range", "policy")
MISSING = "this key is missing"
UNKNOWN_KEY = "unknown key "
UNKNOWN = object()  # a value that nobody knows, because what stands in its place is at fault
MANY = 20  # faults for which a nearest name is looked up; the search is slow

# pydantic's error type -> what is wrong, what was expected ({...} from the error's context)
_WORDS = {
    "greater_than_equal": ("is too small", "at least {ge:g}"),
    "greater_than": ("is too small", "more than {gt:g}"),
    "less_than_equal": ("is too large", "at most {le:g}"),
    "less_than": ("is too large", "less than {lt:g}"),
    "literal_error": ("is not allowed", "one of {expected}"),
    "bool_type": ("is neither true nor false", "true or false"),
    "float_type": ("is not a number", "a number"),
    "finite_number": ("is not a finite number", "a finite number"),
    "string_type": ("is not text", "text (in quotes if it looks like a number)"),
    "string_too_short": ("is empty", "some text"),
    "string_too_long": ("is too long", "at most {max_length} characters"),
    "list_type": ("is not a list", "a list"),
    "model_type": ("is not a mapping", "keys with values"),
    "model_attributes_type": ("is not a mapping", "keys with values"),
    "dict_type": ("is not a mapping", "names with values"),
    "union_tag_invalid": ("is not allowed", "one of {expected_tags}"),
    "too_short": ("has {actual_length} entries", "at least {min_length}"),
    "too_long": ("has {actual_length} entries", "at most {max_length}"),
}


def place_of(path: KeyPath, marks: Mapping[KeyPath, Place]) -> Place:
    """Where a value stands; where it is missing, where the nearest thing around it stands."""
    while path and path not in marks:
        path = path[:-1]
    return marks.get(path, ("", 1, 1))


def validate(
    model: type[S], data: dict[str, Any], marks: Mapping[KeyPath, Place], keys: Mapping[KeyPath, Place]
) -> tuple[S | None, list[Fault], set[KeyPath]]:
    """The validated section, or None; every fault with its place; the paths of the values at fault."""
    try:
        return model.model_validate(data), [], set()
    except ValidationError as error:
        errors = error.errors(include_url=False)
    found: dict[tuple[KeyPath, str], Fault] = {}
    for e in errors:
        raw: KeyPath = tuple(e["loc"])
        close = ""
        if e["type"] == "union_tag_not_found":  # a key tells what kind of section this is; without it, it may be a slip for another
            path = _known(raw, data)
            close = nearest(str(path[-1]), (name for name in _at(data, path[:-1]) if name != path[-1])) if len(found) < MANY else ""
            raw, e["type"] = (*raw, str(e["ctx"]["discriminator"]).strip("'")), "missing"
        if e["type"] == "missing":
            path = (*_known(raw[:-1], data), raw[-1])
            expected = f"'{raw[-1]}' here or in a file that this one extends"
            found[path, "missing"] = Fault(*place_of(path, marks), dotted(path), MISSING, expected, close)
        elif e["type"] == "extra_forbidden":
            path = (*_known(raw[:-1], data), raw[-1])
            section = _section_at(model, path[:-1], data)
            valid = list(section.model_fields) if section else []
            close, told = home(model, str(raw[-1]), valid, len(found) < MANY)
            place = keys.get(path) or place_of(path, marks)
            message, expected = f"{UNKNOWN_KEY}{shown_value(str(raw[-1]))}{_kind_told(section)}", told or f"one of {', '.join(valid)}"
            if number := split_number(path, _at(data, path[:-1])):
                expected, close = "one number, with a decimal point: a comma begins the next key", number
            found[path, "unknown"] = Fault(*place, dotted(path), message, expected, close)
        elif raw[-1] == "[key]":
            path = _known(raw[:-1], data)
            place = keys.get(path) or place_of(path, marks)
            message, expected = f"{shown_value(str(raw[-2]))} is no name", "a lower-case letter, then letters, digits and underscores"
            found[path, "name"] = Fault(*place, dotted(path), message, expected)
        else:
            path = _known(raw, data)
            if e["type"] == "union_tag_invalid":
                key = str(e["ctx"]["discriminator"]).strip("'")
                path, e["input"] = (*path, key), e["input"][key]
            # of a union's branches, the one whose complaint we word ourselves knows the value best
            if (path, "value") not in found or e["type"] in ("rate", "share", "month", "range"):
                found[path, "value"] = _value_fault(e, path, marks, len(found) < MANY)
            section = _section_at(model, path, data) if e["type"] in ("model_type", "model_attributes_type") else None
            if section is not None and issubclass(section, Section) and len(found) < MANY:
                close, expected = value_of_a_section(section, e["input"], path, place_of(path, marks))
                found[path, "value"] = replace(found[path, "value"], expected=expected, nearest=close)
    branches = {path[:k] for path, _ in found for k in range(len(path))}
    faults = {
        key: fault for key, fault in found.items()
        # a list at fault in one entry is not at fault as a whole as well, although a union's other branch says so
        if not (key[1] == "value" and key[0] in branches)
    }
    return None, list(faults.values()), {path for path, _ in faults}


def _value_fault(error: Any, path: KeyPath, marks: Mapping[KeyPath, Place], look: bool) -> Fault:
    """The fault of one value; look: look up the nearest valid one."""
    kind, context, given = error["type"], error.get("ctx", {}), error["input"]
    close = ""
    if kind == "int_type":
        kind, context = "count", not_whole(given).context or {}
    if kind in ("too_short", "too_long") and isinstance(given, Sized):  # of a mapping the validator does not count all
        context = {**context, "actual_length": len(given)}
    if kind == "union_tag_invalid" and look:
        close = nearest(str(given), [w.strip("' ") for w in context["expected_tags"].split(",")])
    if kind in OUR_KINDS:
        message, expected = context["wrong"], context["expected"]
    elif kind in _WORDS:
        wrong, wanted = _WORDS[kind]
        if kind == "literal_error":
            context = {"expected": str(context.get("expected", "")).replace(" or ", ", ")}
            choices = [w.strip("' ") for w in context["expected"].split(",")]
            close = nearest(given, choices) if isinstance(given, str) and look else ""
        message, expected = f"{shown_value(given)} {wrong.format(**context)}", wanted.format(**context)
        if kind == "bool_type" and (meant := slips.of_switch(given)):
            expected = f"{expected}; write {meant}"
    else:
        message, expected = str(error["msg"]), ""
    return Fault(*place_of(path, marks), dotted(path), message, expected, close)


def _known(path: KeyPath, data: Any) -> KeyPath:
    """The part of pydantic's location that exists in the data (it names a union's branches too)."""
    out: list[str | int] = []
    here: Any = data
    for part in path:
        inside = part in here if isinstance(here, dict) else isinstance(here, list) and isinstance(part, int) and part < len(here)
        if inside:
            out.append(part)
            here = here[part]
    return tuple(out)


def _at(data: Any, path: KeyPath) -> Any:
    """What stands at a path that exists."""
    for part in path:
        data = data[part]
    return data


def _section_at(model: type[BaseModel], path: KeyPath, data: Any) -> type[BaseModel] | None:
    """The section that a path leads to, if it is one."""
    current, here = model, data
    for part in path:
        entry = entries_of(current)[1]
        if entry is None:
            section = section_in(current, here)
            field = section.model_fields.get(str(part)) if section is not None else None
            entry = field.annotation if field is not None else None
        current, here = cast(Any, entry), here[part]
    return section_in(current, here)


def field_at(model: type[BaseModel], path: KeyPath, data: Any) -> FieldInfo | None:
    """The field in which the value at a path of the data stands: a section's own, or the list or mapping around it."""
    for k in range(len(path), 0, -1):
        section = _section_at(model, path[: k - 1], data)
        if section is not None and str(path[k - 1]) in section.model_fields:
            return section.model_fields[str(path[k - 1])]
    return None


def _kind_told(section: type[BaseModel] | None) -> str:
    """Which of its alternatives a section is, for messages."""
    told = kinds_of(section) if section is not None else {}
    return "".join(f" under {key}: {kind}" for key, kind in told.items())


# ----------------------------------------------------------------------------------- what is left of a faulty file


def salvage(model: type[S], data: Any, faulty: Iterable[KeyPath], complete: bool = True) -> S:
    """The section without its faulty values: reading one of them raises AttributeError.

    Lets the checks across fields judge what can be judged of a file that has other faults too. complete: a key that is not
    there has its default; otherwise it may stand in a part that could not be read, and is left out too.
    """
    wrong = set(faulty)
    return cast(S, _salvage(model, data, {path[:k] for path in wrong for k in range(1, len(path) + 1)}, wrong, (), complete))


def whole(section: BaseModel) -> bool:
    """Whether nothing is missing of what salvage left of a section, nor of the sections in it."""
    values = [getattr(section, name, None) for name in type(section).model_fields]
    return all(name in section.__dict__ for name in type(section).model_fields) and all(
        whole(value) for value in values if isinstance(value, BaseModel)
    )


def _salvage(model: type[Section], data: Any, touched: set[KeyPath], wrong: set[KeyPath], at: KeyPath, complete: bool) -> Section:
    if not isinstance(data, dict):
        return bare(model, {})
    names = model.model_fields
    sound = {name: data[name] for name in names if name in data and (*at, name) not in touched}
    absent = {name: field.get_default(call_default_factory=True) for name, field in names.items()
              if name not in data and not field.is_required()} if complete else {}
    values = absent
    try:
        part = in_part(model).model_validate(sound)
        values |= {name: getattr(part, name) for name in sound}
    except ValidationError:
        pass
    for name, field in names.items():
        path = (*at, name)
        if path in touched and path not in wrong and name in data:  # a list that is too long is not looked into
            given = data[name]
            inner, (container, entry) = section_in(field.annotation, given), entries_of(field.annotation)
            if inner is not None and isinstance(given, dict):
                values[name] = _salvage(inner, given, touched, wrong, path, complete)
            elif section_in(entry) is not None and isinstance(given, dict | list) and isinstance(given, container):
                values[name] = _salvage_entries(entry, given, touched, wrong, path, complete)
    return bare(model, values)


def _salvage_entries(
    annotation: Any, given: dict[str, Any] | list[Any], touched: set[KeyPath], wrong: set[KeyPath], at: KeyPath, complete: bool
) -> Any:
    """What is left of each section in a list or a mapping. A list is replaced, never merged: nothing of its entries stands elsewhere."""

    def left(key: str | int, entry: Any) -> Any:
        if (*at, key) not in touched and not isinstance(entry, dict):
            return entry  # sound, and no section: a name, where names and sections may stand
        own = complete or isinstance(key, int)
        return _salvage(cast(type[Section], section_in(annotation, entry)), entry, touched, wrong, (*at, key), own)

    if isinstance(given, dict):
        return {key: left(key, entry) for key, entry in given.items()}
    return [left(k, entry) for k, entry in enumerate(given)]


def value_at(model: type[Section], data: Any, path: KeyPath) -> tuple[Any, FieldInfo | None]:
    """The value at a path of a section's data, validated by itself, and the field that holds it; (None, None) where no field does.

    UNKNOWN in the place of a value that is at fault, or missing although there must be one.
    """
    for k, part in enumerate(path):
        field = model.model_fields.get(str(part))
        if field is None:
            return None, None
        blank: Any = {} if field.is_required() else None  # of a section that must be there the fields are known, whatever they hold
        given = data.get(part, blank) if isinstance(data, dict) else None
        inner = section_in(field.annotation, given) if isinstance(given, dict) and entries_of(field.annotation)[1] is None else None
        if inner is not None and k + 1 < len(path):
            model, data = inner, given
            continue
        if not isinstance(data, dict) or part not in data:
            value = UNKNOWN if field.is_required() else field.get_default(call_default_factory=True)
        else:
            twin = in_part(model)
            section, _, wrong = validate(twin, {str(part): given}, {}, {})
            value = getattr(section if section is not None else salvage(twin, {str(part): given}, wrong), str(part), UNKNOWN)
        return _inside(value, path[k + 1 :], field)
    return None, None


def _inside(here: Any, path: KeyPath, field: FieldInfo) -> tuple[Any, FieldInfo | None]:
    """The value at a path within a field's value, and the innermost field on the way."""
    for part in path:
        if here is UNKNOWN:
            return here, field
        if isinstance(here, BaseModel) and part in type(here).model_fields:
            field = type(here).model_fields[str(part)]
            here = getattr(here, str(part), UNKNOWN)
        elif isinstance(here, dict) and part in here:
            here = here[part]
        elif isinstance(here, list) and str(part).isdecimal() and int(part) < len(here):
            here = here[int(part)]
        else:
            return None, None
    return here, field
