"""Layers: a file over the file that it extends, every merged value with the place it came from."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

from sim.config.faults import Fault, InputError, shown_value
from sim.config.fields import Section
from sim.config.homes import homes
from sim.config.references import is_file, resolve
from sim.config.sections import bare, in_part
from sim.config.shipped import KINDS, shown
from sim.config.validation import MISSING, UNKNOWN_KEY, salvage, validate
from sim.config.yaml_reader import KeyPath, Place, Tree, copied, read_file
from sim.inputs.checks import cross_checks
from sim.inputs.policy import Policy
from sim.inputs.profile import Profile
from sim.inputs.scenario import Scenario

MODELS: dict[str, type[Section]] = {"scenario": Scenario, "policy": Policy, "profile": Profile}
COMMON = {"title", "description", "extends"}
LONGEST_CHAIN = 20


@dataclass(frozen=True)
class SourceFile:
    """A file that took part: its role, its name, its digest."""

    role: str
    name: str
    sha256: str


@dataclass(frozen=True)
class Link:
    """A reference from one file to another: where it stands and which file, as messages name it, it leads to."""

    place: Place
    path: str
    reference: str
    target: str


@dataclass
class Layered:
    """Merged values of a file and its parents, and where each came from.

    folders: the folder of each file by the name that messages use; links: the `extends` in it, deepest first;
    complete: whether all of it could be read, so that a key which is not there is missing.
    """

    kind: str
    data: dict[str, Any]
    marks: dict[KeyPath, Place]
    keys: dict[KeyPath, Place]
    files: list[SourceFile]
    folders: dict[str, Path]
    links: list[Link] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    complete: bool = True

    def value(self, path: KeyPath) -> Any:
        """The value at a path, None if there is none."""
        here: Any = self.data
        for part in path:
            if isinstance(here, dict):
                here = here.get(part)
            else:
                here = here[part] if isinstance(here, list) and isinstance(part, int) and part < len(here) else None
        return here

    def copy(self) -> Layered:
        """The same values again, which may be changed without changing these."""
        return replace(self, data=copied(self.data), marks={**self.marks}, keys={**self.keys}, faults=[*self.faults])


def unread(kind: str, faults: list[Fault]) -> Layered:
    """A file that cannot be read, with the reasons: what is put over it from elsewhere can be judged all the same."""
    return Layered(kind, {}, {}, {}, [], {}, faults=list(faults), complete=False)


def load_layers(kind: str, path: Path, name: str, allow_outside: bool, chain: tuple[Path, ...] = ()) -> Layered:
    """A file merged over what it extends; InputError only if the file itself cannot be read.

    name: how messages call the file. A parent that cannot be read leaves the file alone to be judged.
    """
    return layers_of(kind, read_file(path, name), path, name, allow_outside, chain)


def layers_of(kind: str, tree: Tree, path: Path, name: str, allow_outside: bool, chain: tuple[Path, ...] = ()) -> Layered:
    """What has been read, merged over what it extends; path: the file that it is, or whose folder references count from."""
    _refuse_other_kind(kind, tree)
    source = SourceFile(kind, path.name, tree.sha256)
    alone = Layered(kind, tree.data, tree.marks, tree.keys, [source], {name: path.parent}, faults=list(tree.faults))
    reference = tree.data.get("extends")
    place = tree.marks.get(("extends",), (name, 1, 1))
    if reference is None:
        return alone
    if not isinstance(reference, str):
        expected = f"the name or path of a {kind}"
        alone.faults.append(Fault(*place, "extends", f"{shown_value(reference)} is not a name", expected))
        alone.complete = False
        return alone
    try:
        target = resolve(kind, reference, path.parent, not allow_outside, place, "extends", path)
        if target.resolve() in (p.resolve() for p in (*chain, path)):
            raise InputError([Fault(*place, "extends", "the files extend each other in a circle", "a chain that ends")])
        if len(chain) >= LONGEST_CHAIN:
            raise InputError([Fault(*place, "extends", f"more than {LONGEST_CHAIN} files extend each other")])
        below = load_layers(kind, target, shown(target), allow_outside, (*chain, path))
    except InputError as error:
        alone.faults += error.faults
        if all(f.file != name for f in error.faults):
            alone.faults.append(Fault(*place, "extends", f"the {kind} '{reference}' has faults"))
        alone.complete = False
        return alone
    if "title" in tree.data:  # what the parent says of itself is not true of another
        below.data.pop("description", None)
    _overlay(below, tree)
    below.files.append(source)
    below.folders[name] = path.parent
    below.links.append(Link(place, "extends", reference, shown(target)))
    below.faults += tree.faults
    return below


def _overlay(below: Layered, above: Tree) -> None:
    """Merge a file over its parent: mappings key by key, everything else replaced.

    A product of another method replaces its parent's as a whole: the terms of one method are none of the other.
    """
    replaced: set[KeyPath] = set()

    def put(target: dict[str, Any], source: dict[str, Any], path: KeyPath) -> None:
        for key, value in source.items():
            inner = (*path, key)
            if isinstance(value, dict) and isinstance(target.get(key), dict) and not _of_other_method(value, target[key]):
                put(target[key], value, inner)
            else:
                target[key] = value
                replaced.add(inner)

    put(below.data, above.data, ())
    below.marks = {**_without(below.marks, replaced), **above.marks}
    below.keys = {**_without(below.keys, replaced), **above.keys}


def _of_other_method(above: Mapping[str, Any], below: Mapping[str, Any]) -> bool:
    return "method" in above and "method" in below and above["method"] != below["method"]


def _without(places: Mapping[KeyPath, Place], replaced: set[KeyPath]) -> dict[KeyPath, Place]:
    """The places of what still stands: neither replaced nor below something replaced."""
    return {path: place for path, place in places.items()
            if not any(path[:k] in replaced for k in range(1, len(path) + 1))}


class Judged(NamedTuple):
    """What a file comes to: the validated section, or None; every fault of it and its parents; the part of it that is sound.

    Reading a faulty value of `part` raises AttributeError. own: of the faults those that single values have.
    """

    section: Section | None
    faults: list[Fault]
    part: Section
    own: list[Fault]


def judge(layered: Layered, models: Mapping[str, type[Section]] = MODELS) -> Judged:
    """The merged values by their schema and across fields, as far as both can be said."""
    model = models[layered.kind]
    section, found, faulty = validate(model, layered.data, layered.marks, layered.keys)
    sure = section is not None and layered.complete
    part = section if section is not None and sure else salvage(model, layered.data, faulty, layered.complete)
    return _with_cross_checks(layered, section, part, _not_said(found, layered), sure)


def judge_again(layered: Layered, before: Judged, changed: Collection[str], models: Mapping[str, type[Section]] = MODELS) -> Judged:
    """The same where only these sections of what has been judged before have changed: no others are read again."""
    model = models[layered.kind]
    twin = in_part(model)
    given = {name: layered.data[name] for name in changed if name in layered.data}
    new, found, faulty = validate(twin, given, layered.marks, layered.keys)
    own = [f for f in before.own if f.path.partition(".")[0] not in changed] + _not_said(found, layered)
    if before.section is not None and new is not None:
        section = before.section.model_copy(update={name: getattr(new, name) for name in given})
        return _with_cross_checks(layered, section, section, own, layered.complete)
    left = new if new is not None else salvage(twin, given, faulty, layered.complete)
    values = {name: value for name, value in before.part.__dict__.items() if name not in changed}
    values |= {name: left.__dict__[name] for name in given if name in left.__dict__}
    again = _with_cross_checks(layered, None, bare(model, values), own, False)
    return again if again.faults else judge(layered, models)  # the change has mended what was at fault


def _not_said(found: list[Fault], layered: Layered) -> list[Fault]:
    """Without the faults of values of which the reader has complained, and of keys that may stand where nothing could be read."""
    taken = {(f.file, f.line, f.column) for f in layered.faults}
    said = [f for f in found if (f.file, f.line, f.column) not in taken and (layered.complete or f.message != MISSING)]
    return [_of_another_kind(f) for f in said] if layered.kind == "scenario" else said


def _of_another_kind(fault: Fault) -> Fault:
    """A scenario's unknown key may be one of a policy or a profile: then the fault says so, and how it is reached."""
    if not fault.message.startswith(UNKNOWN_KEY) or fault.nearest or "." in fault.path:
        return fault
    found = [(kind, path) for kind in ("policy", "profile") for path in homes(MODELS[kind]).get(fault.path, ())]
    if len(found) != 1:
        return fault
    kind, path = found[0]
    if fault.file.startswith("--"):
        return replace(fault, nearest=f"{kind}.{path}")
    how = "there, or under set of policy_changes" if kind == "policy" else "there"
    return replace(fault, expected=f"keys of a scenario; {path} is one of a {kind}, to be set {how}")


def _with_cross_checks(layered: Layered, section: Section | None, part: Section, own: list[Fault], sure: bool) -> Judged:
    faults = [*layered.faults, *own, *cross_checks(part, layered.marks, partial=not sure)]
    for link in layered.links:
        if any(f.file == link.target for f in faults):
            faults.append(Fault(*link.place, link.path, f"the {layered.kind} '{link.reference}' has faults"))
    return Judged(section if not faults else None, faults, part, own)


def kind_of(path: Path, tree: Tree, depth: int = 0) -> str:
    """Which kind of file this is, by the keys it holds; one with common keys only, by what it extends."""
    score = own_keys(tree)
    best = max(KINDS, key=lambda k: score[k])
    if score[best]:
        return best
    reference = tree.data.get("extends")
    if isinstance(reference, str) and depth < LONGEST_CHAIN:
        for kind in KINDS:
            try:
                target = resolve(kind, reference, path.parent, False, ("", 0, 0), "", path)
                if is_file(target) and kind_of(target, read_file(target, str(target)), depth + 1) == kind:
                    return kind
            except InputError:
                continue
    return "scenario"


def own_keys(tree: Tree) -> dict[str, int]:
    """How many of a file's keys each kind of file has for its own."""
    return {kind: len(set(tree.data) & (set(model.model_fields) - COMMON)) for kind, model in MODELS.items()}


def _refuse_other_kind(kind: str, tree: Tree) -> None:
    """One clear fault where a policy stands for a scenario, instead of one for every key of it."""
    score = own_keys(tree)
    other = max(KINDS, key=lambda k: score[k])
    if not score[kind] and score[other]:
        line = tree.keys[next(k for k in tree.keys if len(k) == 1 and k[0] in MODELS[other].model_fields and k[0] not in COMMON)]
        raise InputError([Fault(*line, "", f"this file is a {other}", f"a {kind}")])
