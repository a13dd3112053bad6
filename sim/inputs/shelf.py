"""What a check has read: every file found, read and judged once, whoever refers to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sim.config.faults import Fault, InputError
from sim.config.fields import Month, Section
from sim.config.references import find, resolve
from sim.config.shipped import shown
from sim.config.yaml_reader import KeyPath, Place
from sim.inputs.doubts import doubts
from sim.inputs.layers import Judged, Layered, judge, layers_of, load_layers
from sim.inputs.overrides import Override, apply_override
from sim.inputs.plain import given_tree

Source = str | Path | Mapping[str, Any]  # a shipped name, a file, or what a file would say
MOST_MARKS = 3_000  # values of a file over which others are put; the longest policy has a tenth of them


@dataclass(frozen=True)
class Shelved:
    """A file that has been read and judged, its overrides applied; `inner` is None where it cannot be read, which `faults` says."""

    inner: Layered | None
    faults: list[Fault]  # of its overrides, which the judgement does not hold, or why it cannot be read
    judged: Judged | None
    written: Mapping[str, Any] | None = None  # what it is, where no file says it; held so that no other takes its place on the shelf

    @property
    def usable(self) -> bool:
        """Whether others may be put over it: a file with thousands of values is at fault, and slow to copy."""
        return self.inner is not None and len(self.inner.marks) <= MOST_MARKS




@dataclass
class Shelf:
    """What has been judged of one scenario, once however many arms and dated changes refer to it: macro paths, files, warnings."""

    files: dict[tuple[str, str | int, tuple[Override, ...]], Shelved] = field(default_factory=dict)
    found: dict[tuple[str, str, Path | None], Path | list[Fault]] = field(default_factory=dict)
    doubted: dict[int, tuple[Section, list[Fault]]] = field(default_factory=dict)  # by the section's identity, held with it
    # what is wrong with the macro paths once they are put together, and the first month; None: not yet judged
    conditions: tuple[list[Fault], Month | None] | None = None

    def find(self, kind: str, reference: str, folder: Path | None, confined: bool, place: Place, where: str) -> Path:
        """The file that a reference means; InputError, placed where the reference stands, if there is none."""
        key = kind, reference, folder
        if key not in self.found:
            try:
                self.found[key] = resolve(kind, reference, folder, confined, place, where)
            except InputError as error:
                self.found[key] = error.faults
        found = self.found[key]
        if isinstance(found, Path):
            return found
        raise InputError([replace(f, file=place[0], line=place[1], column=place[2], path=where) for f in found])

    def read(
        self, kind: str, path: Path | None, written: Mapping[str, Any] | None, overrides: Sequence[Override], allow_outside: bool,
        models: Mapping[str, type[Section]],
    ) -> Shelved:
        """A file, or what is written in the place of one, with the overrides; not to be changed, so copy it."""
        key = kind, str(path) if path is not None else id(written), tuple(overrides)
        if key not in self.files:
            try:
                inner = load_layers(kind, path, shown(path), allow_outside) if path is not None else layers_from(kind, written or {}, True)
            except InputError as error:
                self.files[key] = Shelved(None, error.faults, None, written)
            else:
                faults = _apply(inner, overrides)
                self.files[key] = Shelved(inner, faults, judge(inner, models), written)
        return self.files[key]


    def doubts_of(self, section: Section, marks: Mapping[KeyPath, Place]) -> list[Fault]:
        """Warnings of a sound section, judged once."""
        if id(section) not in self.doubted:
            self.doubted[id(section)] = section, doubts(section, marks)
        return self.doubted[id(section)][1]


def _apply(inner: Layered, overrides: Iterable[Override]) -> list[Fault]:
    """Put overrides in place; the faults of those that cannot be."""
    faults: list[Fault] = []
    for override in overrides:
        try:
            apply_override(inner, override)
        except InputError as error:
            faults += error.faults
    return faults


def layers_from(kind: str, source: Source, allow_outside: bool) -> Layered:
    """The layers of a file, or of a mapping that stands for one; what a mapping refers to counts from the working folder."""
    if not isinstance(source, Mapping):
        path = find(kind, source)
        return load_layers(kind, path, shown(path), allow_outside)
    tree = given_tree(source, kind)
    return layers_of(kind, tree, Path.cwd() / tree.file, tree.file, True)
