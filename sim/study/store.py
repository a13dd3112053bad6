"""Writing a folder of results whole or not at all: written aside, then put in its place in one step.

Nothing of anybody else's is replaced: only a folder whose manifest says that this program wrote it, of the same kind, and
that holds nothing besides the files which the manifest lists.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sim

PROGRAM = "lendsim"
UNFINISHED = ".unfinished"  # in a folder that a writer is filling
LITTER = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})  # what file managers leave


def files_of(folder: Path) -> set[str]:
    """Everything in a folder that is no folder itself, by its path below it; links are not followed."""
    found = set()
    for where, folders, files in os.walk(folder):
        for name in [*files, *(f for f in folders if os.path.islink(os.path.join(where, f)))]:
            found.add(Path(where, name).relative_to(folder).as_posix())
    return found


def refuse_target(target: str | Path, kind: str) -> Path:
    """The folder that a path means, links followed; FileExistsError where results of this kind (run, comparison) may not go.

    They may go where nothing is, into an empty folder, and in the place of an earlier folder of the same kind.
    """
    given, target = target, Path(os.path.realpath(target))
    if target.exists() and not target.is_dir():
        raise FileExistsError(f"{given} is a file, not a folder")
    if target == Path.cwd() or target in Path.cwd().parents:
        raise FileExistsError(f"{given} is the folder that you work in; choose one below it")
    if not target.is_dir() or not any(target.iterdir()):
        return target
    manifest = manifest_of(target)
    if manifest.get("program") != PROGRAM or not isinstance(manifest.get("files"), list):
        raise FileExistsError(f"{given} is not empty and holds no results of this program; choose another folder")
    if manifest.get("kind") != kind:
        raise FileExistsError(f"{given} holds the results of {_a(manifest.get('kind'))}, not of {_a(kind)}; choose another folder")
    others = sorted(name for name in files_of(target) - {*map(str, manifest["files"])} if Path(name).name not in LITTER)
    if others:
        more = f" and {len(others) - 1} more" if len(others) > 1 else ""
        raise FileExistsError(f"{given} holds files besides the earlier results ({others[0]}{more}); choose another folder")
    return target


def _a(kind: object) -> str:
    """A kind of results with its article."""
    return f"{'an' if str(kind)[:1] in 'aeiou' else 'a'} {kind}"


def manifest_of(folder: Path) -> dict[str, Any]:
    """What a folder's manifest says; nothing where there is none that can be read."""
    try:
        found = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write_folder(directory: str | Path, fill: Callable[[Path], None], manifest: dict[str, Any]) -> Path:
    """Fill a temporary folder beside `directory`, add manifest.json last, then put it in place in one step.

    The manifest says which program wrote the folder and which files are its own. FileExistsError where `refuse_target`
    says so. What writers that were killed have left beside it is removed.
    """
    kind = str(manifest["kind"])
    target = refuse_target(directory, kind)
    target.parent.mkdir(parents=True, exist_ok=True)
    _sweep(target)
    aside = Path(tempfile.mkdtemp(prefix=f"{_mark(target)}{os.getpid()}-", dir=target.parent))
    try:
        (aside / UNFINISHED).write_text(PROGRAM, encoding="utf-8")
        fill(aside)
        (aside / UNFINISHED).unlink()
        listed = sorted([*files_of(aside), "manifest.json"])
        whole = {"program": PROGRAM, "lendsim": sim.__version__, **manifest, "files": listed}
        (aside / "manifest.json").write_text(json.dumps(whole, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        aside.chmod(0o755)
        refuse_target(directory, kind)  # it may have been filled while this run was lived
        _put(aside, target)
    finally:
        shutil.rmtree(aside, ignore_errors=True)  # what is left of it: all after a failure, the earlier results after a swap
    return Path(directory)


def _mark(target: Path) -> str:
    """How the hidden folders beside a target begin."""
    return f".{target.name}.lendsim-"


def _sweep(target: Path) -> None:
    """Remove hidden folders of writers that run no more; a lost target is put back from the last of them that was whole."""
    for left in sorted(target.parent.glob(f"{_mark(target)}*")):
        process = left.name.removeprefix(_mark(target)).partition("-")[0]
        if not process.isdecimal() or _runs(int(process)):
            continue
        if not (left / UNFINISHED).exists() and manifest_of(left).get("program") != PROGRAM:
            continue  # not of our making
        if not target.exists() and manifest_of(left).get("program") == PROGRAM:
            os.replace(left, target)
        else:
            shutil.rmtree(left, ignore_errors=True)


def _runs(process: int) -> bool:
    if process == os.getpid():
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _put(aside: Path, target: Path) -> None:
    """Give a folder its name; where one is there already, both change names at once."""
    if not target.exists():
        os.replace(aside, target)
    elif not _exchanged(aside, target):
        # in two steps where the system has no exchange: should the second not come, the next writer puts the earlier folder back
        earlier = Path(tempfile.mkdtemp(prefix=f"{_mark(target)}{os.getpid()}-", dir=target.parent))
        os.replace(target, earlier)
        os.replace(aside, target)
        shutil.rmtree(earlier, ignore_errors=True)


def _exchanged(first: Path, second: Path) -> bool:
    """Exchange two names in one step of the file system (Linux); False where that is not to be had."""
    with contextlib.suppress(OSError, AttributeError):
        call = ctypes.CDLL(None, use_errno=True).renameat2
        here, exchange = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
        return bool(call(here, os.fsencode(first), here, os.fsencode(second), exchange) == 0)
    return False
