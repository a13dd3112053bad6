"""Writing a folder of results whole or not at all: written aside, then renamed."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any


def refuse_target(target: Path) -> None:
    """Raise FileExistsError where results may not go: a file, or a folder that is not empty and not ours."""
    if target.exists() and not target.is_dir():
        raise FileExistsError(f"{target} is a file, not a folder")
    if target.is_dir() and any(target.iterdir()) and not (target / "manifest.json").exists():
        raise FileExistsError(f"{target} is not empty and holds no earlier results; choose another folder")


def write_folder(directory: str | Path, fill: Callable[[Path], None], manifest: dict[str, Any]) -> Path:
    """Fill a temporary folder beside `directory`, add manifest.json last, then put it in place.

    An existing folder is replaced only if it is empty or holds a manifest.json, i.e. is ours to replace.
    """
    target = Path(directory)
    refuse_target(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        fill(aside)
        (aside / "manifest.json").write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        aside.chmod(0o755)
        if target.exists():
            old = Path(tempfile.mkdtemp(prefix=f".{target.name}-old-", dir=target.parent))
            os.replace(target, old / "was")
            os.replace(aside, target)
            shutil.rmtree(old, ignore_errors=True)
        else:
            os.replace(aside, target)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    return target
