"""The fitted numbers as a profile or policy that extends the one they were fitted in; and any file's values written as YAML."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.config.references import resolve
from sim.config.shipped import shipped, shown
from sim.config.yaml_reader import scalar
from sim.inputs.fitted import FILES
from sim.inputs.layers import load_layers
from sim.inputs.overrides import COMMAND_LINE, parse_override
from sim.inputs.referred import REFERRED
from sim.study.calibration.plan import Plan


@dataclass(frozen=True)
class Line:
    """A value of a calibrated file, and what is said of it."""

    path: str
    value: Any
    remark: str


def calibrated_files(plan: Plan, fitted: Sequence[Line], head: Sequence[str]) -> dict[str, str]:
    """The texts of calibrated_profile.yaml and calibrated_policy.yaml, each where one of its numbers was fitted.

    They hold the overrides of the calibration too, for the numbers were fitted under them.
    """
    texts = {}
    for kind in FILES:
        mine = [line for line in fitted if line.path.startswith(f"{kind}.")]
        if mine:
            lines = [Line(line.path.partition(".")[2], line.value, line.remark) for line in (*_overridden(plan, kind), *mine)]
            texts[f"calibrated_{kind}.yaml"] = _file(plan, kind, lines, head)
    return texts


def _overridden(plan: Plan, kind: str) -> Iterator[Line]:
    """The overrides of every trial that reach into a kind of file."""
    for given in plan.base.overrides:
        override = parse_override(given)
        if override.parts[0] == kind and len(override.parts) > 1:
            yield Line(".".join(override.parts), override.tree.data, "set, not fitted")


def _file(plan: Plan, kind: str, lines: Sequence[Line], head: Sequence[str]) -> str:
    """It extends a shipped file by name; one of the user's own is written out whole, so that the result stands by itself."""
    source, section = source_of(plan, kind), getattr(plan.resolved, kind)
    name = {path.resolve(): name for name, path in shipped(kind).items()}.get(source.resolve())
    whole = load_layers(kind, source, shown(source), True).data
    own = {} if name is not None else {key: value for key, value in whole.items() if key not in ("title", "extends")}
    values = {"title": f"{section.title}, calibrated", **({"extends": name} if name is not None else {}), **deepcopy(own)}
    for line in lines:
        _put(values, whole, tuple(line.path.split(".")), line.value)
    remarks = {tuple(line.path.split(".")): line.remark for line in lines}
    written_out = [] if name is not None else [f"All values of {source.name}, for it is no shipped {kind}; the calibrated ones are marked."]
    comment = "".join(f"# {_one_line(sentence)}\n" for sentence in (*head, *written_out))
    return comment + "".join(f"{text}\n" for text in _block(values, (), remarks))


def source_of(plan: Plan, kind: str) -> Path:
    """The file of the profile or the policy that every trial begins from."""
    if kind == "policy" and plan.base.policy is not None:
        return plan.base.policy
    path = REFERRED[kind]
    reference: Any = plan.resolved.scenario
    for part in path:
        reference = getattr(reference, str(part))
    place = plan.resolved.mark(path)
    return resolve(kind, reference, None if place[0] in COMMAND_LINE else Path(place[0]).parent, False, place, kind)


def _put(values: dict[str, Any], whole: Any, path: tuple[str, ...], value: Any) -> None:
    """Set a value by its path. A list is replaced, never merged: the whole of it is taken over from the base first."""
    here: Any = values
    for part in path[:-1]:
        whole = _inside(whole, part)
        if isinstance(here, dict) and part not in here:
            here[part] = deepcopy(whole) if isinstance(whole, list) else {}
        here = _inside(here, part)
    here[int(path[-1]) if isinstance(here, list) else path[-1]] = value


def _inside(value: Any, part: str) -> Any:
    """What stands in a mapping or a list; nothing where there is none."""
    if isinstance(value, list):
        return value[int(part)]
    return value.get(part, {}) if isinstance(value, dict) else {}


def _block(values: Mapping[str, Any], at: tuple[str, ...], remarks: Mapping[tuple[str, ...], str]) -> Iterator[str]:
    """The lines of a mapping, indented; lists stand on one line."""
    indent = "  " * len(at)
    for key, value in values.items():
        here = (*at, key)
        if isinstance(value, dict) and value:
            yield f"{indent}{_text(key)}:"
            yield from _block(value, here, remarks)
        else:
            remark = remarks.get(here) or "; ".join(text for path, text in remarks.items() if path[: len(here)] == here)
            yield f"{indent}{_text(key)}: {_flow(value)}{f'  # {_one_line(remark)}' if remark else ''}"


def _one_line(comment: str) -> str:
    """A comment without line breaks, its indent kept: what follows one in a text of the user's would be no comment."""
    indent = len(comment) - len(comment.lstrip(" "))
    return " " * indent + " ".join(comment.split())


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_text(key)}: {_flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, str):
        return _text(value)
    return json.dumps(value.real if isinstance(value, int | float) and not isinstance(value, bool) else value)


def _text(text: str) -> str:
    """A text as YAML: plain where it is one word that means nothing else, in quotes otherwise."""
    plain = text.replace("_", "a").replace("%", "").replace(".", "").replace("-", "").isalnum() and text.isascii() and text[0] != "-"
    return text if plain and isinstance(scalar(text), str) else json.dumps(text, ensure_ascii=False)
