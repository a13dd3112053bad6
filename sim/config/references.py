"""Which file a reference means: a shipped name, a path, a name beside the file; and where it may point."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from sim.config.faults import MOST_CHOICES, Fault, InputError, nearest, shown_value
from sim.config.shipped import FOLDERS, shipped, shipped_root, shown
from sim.config.yaml_reader import Place

SUFFIXES = (".yaml", ".yml")
NOWHERE: Place = ("", 0, 0)


def find(kind: str, reference: str | Path, base_dir: str | Path | None = None) -> Path:
    """The file that a reference of a kind means; InputError if there is none.

    base_dir: the folder that relative paths count from (default: the working folder).
    """
    return resolve(kind, str(reference), Path(base_dir) if base_dir is not None else None, False, NOWHERE, "")


def resolve(
    kind: str, text: str, folder: Path | None, confined: bool, place: Place, path: str, referring: Path | None = None
) -> Path:
    """The file that a reference means.

    folder: that of the file in which the reference stands; None for the command line. confined: what is found must
    lie below that folder or the shipped ones. place, path: where a fault is reported. referring: the file itself,
    which a shipped name never means (a scenario called baseline.yaml may extend the shipped baseline).
    """
    names = shipped(kind)
    base = folder if folder is not None else Path.cwd()
    for candidate in _candidates(kind, text, folder, base, names):
        if not is_file(candidate) or (text in names and referring is not None and _same(candidate, referring)):
            continue
        if confined and not inside(candidate, base):
            raise outside(text, place, path)
        return candidate
    if confined and looks_like_path(text) and not inside(base / text, base):
        raise outside(text, place, path)
    close = _similar(text, base, SUFFIXES, confined) if looks_like_path(text) else ""
    close = close or nearest(text, names)
    expected = f"a file or one of {', '.join(sorted(names))}"
    raise InputError([Fault(*place, path, f"there is no {kind} {shown_value(text)}{_looked(text, folder)}", expected, close)])


def _candidates(kind: str, text: str, folder: Path | None, base: Path, names: dict[str, Path]) -> Iterator[Path]:
    """Where to look, in order. From a file: its folder of that kind, then the shipped ones, then its own folder."""
    if looks_like_path(text):
        yield base / text
        if folder is not None and text.endswith(SUFFIXES):
            yield shipped_root() / text
        return
    if folder is None:
        yield base / text
    else:
        yield base / FOLDERS[kind] / f"{text}.yaml"
    if text in names:
        yield names[text]
    if folder is not None:
        yield base / f"{text}.yaml"


def find_table(text: str, folder: Path | None, confined: bool, place: Place, path: str) -> Path:
    """The macro table that a scenario names, below its folder or the shipped one; from the command line, anywhere."""
    bases = [folder, shipped_root()] if folder is not None else [Path.cwd(), shipped_root()]
    for base in bases:
        if is_file(base / text):
            if confined and not inside(base / text, base):
                raise outside(text, place, path)
            return base / text
    if confined and not inside(bases[0] / text, bases[0]):
        raise outside(text, place, path)
    close = _similar(text, bases[0], (".csv",), confined)
    if not close and (similar := nearest(Path(text).name, [p.name for p in (shipped_root() / "macro").glob("*.csv")])):
        close = f"macro/{similar}"
    message = f"there is no table {shown_value(text)}{_looked(text, folder, always=True)}"
    raise InputError([Fault(*place, path, message, "an existing CSV file", close)])


def _looked(text: str, folder: Path | None, always: bool = False) -> str:
    """Where a path in a file was looked for: it counts from the file's own folder, which is easily forgotten."""
    if folder is None or not (always or looks_like_path(text)):
        return ""
    return f" (paths count from the file that they stand in: {shown(folder / text)})"


def _similar(text: str, base: Path, suffixes: tuple[str, ...], confined: bool) -> str:
    """The existing file that a path most likely means, written as it counts from the base.

    One that it leads to from where the user stands, or without the end of its name; one of that name in the base or right
    below it; else one of a similar name beside the place that it leads to.
    """
    wanted = Path(text).name
    if not wanted:
        return ""
    for end in ("", *suffixes):
        for candidate in (base / f"{text}{end}", Path.cwd() / f"{text}{end}", base / f"{wanted}{end}", *_below(base, f"{wanted}{end}")):
            if is_file(candidate) and candidate.name.endswith(suffixes) and (inside(candidate, base) or not confined):
                return os.path.relpath(candidate, base)
    beside = _neighbours(base / text, text, suffixes)
    return beside.get(nearest(_without(text, suffixes), beside), "")


def _below(base: Path, name: str) -> list[Path]:
    """Where a file of a name may lie one folder further down."""
    try:
        return [folder / name for folder in sorted(base.iterdir())[:MOST_CHOICES] if folder.is_dir()]
    except (OSError, ValueError):
        return []


def looks_like_path(text: str) -> bool:
    """Whether a reference is a path and not a name."""
    return "/" in text or text.endswith(SUFFIXES)


def is_file(path: Path) -> bool:
    """Whether there is such a file; a name that the system cannot even look up is none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def inside(path: Path, folder: Path) -> bool:
    """Whether a path, links followed, lies below the folder or the shipped ones."""
    try:
        real = path.resolve()
        return any(real.is_relative_to(root.resolve()) for root in (folder, shipped_root()))
    except (OSError, ValueError, RuntimeError):
        return False


def outside(text: str, place: Place, path: str) -> InputError:
    """The refusal of a path that leads out of the file's folder."""
    message = f"{shown_value(text)} lies outside the file's own folder"
    return InputError([Fault(*place, path, message, "a path below it, a shipped name, or --allow-outside")])


def _same(a: Path, b: Path) -> bool:
    return a.resolve() == b.resolve()


def _neighbours(missing: Path, text: str, suffixes: tuple[str, ...]) -> dict[str, str]:
    """Files beside the one that is missing, written as the reference was, by the same without the end that they all have."""
    try:
        found = sorted(p.name for p in missing.parent.iterdir() if p.name.endswith(suffixes))
    except (OSError, ValueError):
        return {}
    head = text[: len(text) - len(missing.name)]
    return {_without(head + name, suffixes): head + name for name in found}


def _without(text: str, suffixes: tuple[str, ...]) -> str:
    return next((text.removesuffix(end) for end in suffixes if text.endswith(end)), text)
