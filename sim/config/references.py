"""Which file a reference means: a shipped name, a path, a name beside the file; and where it may point."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sim.config.faults import Fault, InputError, nearest, shown_value
from sim.config.shipped import FOLDERS, shipped, shipped_root
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
    close = nearest(text, [*names, *_neighbours(base / text, text)])
    expected = f"a file or one of {', '.join(sorted(names))}"
    raise InputError([Fault(*place, path, f"there is no {kind} {shown_value(text)}", expected, close)])


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
    macro = shipped_root() / "macro"
    similar = nearest(Path(text).name, [p.name for p in macro.glob("*.csv")])
    close = f"macro/{similar}" if similar else ""
    raise InputError([Fault(*place, path, f"there is no table {shown_value(text)}", "an existing CSV file", close)])


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


def _neighbours(missing: Path, text: str) -> list[str]:
    """Files beside the one that is missing, written as the reference was."""
    if not looks_like_path(text):
        return []
    try:
        found = [p.name for p in missing.parent.iterdir() if p.name.endswith(SUFFIXES)]
    except (OSError, ValueError):
        return []
    head = text[: len(text) - len(missing.name)]
    return [head + name for name in sorted(found)]
