"""Where the shipped scenarios, policies, profiles and experiments lie: in a checkout or in an installed package."""

from __future__ import annotations

import os
from pathlib import Path

KINDS = ("scenario", "policy", "profile")
FOLDERS = {"scenario": "", "policy": "policies", "profile": "profiles"}
_PACKAGE = Path(__file__).resolve().parent.parent


def shipped_root() -> Path:
    """The folder `scenarios` of a checkout, or the copy of it inside an installed package."""
    inside = _PACKAGE / "shipped"
    return inside if inside.is_dir() else _PACKAGE.parent / "scenarios"


def shipped(kind: str) -> dict[str, Path]:
    """Shipped files of a kind by name."""
    return {p.stem: p for p in sorted((shipped_root() / FOLDERS[kind]).glob("*.yaml"))}


def shipped_experiments() -> dict[str, Path]:
    """Shipped experiment files by name."""
    return {p.stem: p for p in sorted(_experiments().glob("*.yaml"))}


def shipped_calibrations() -> dict[str, Path]:
    """Shipped calibration files by name."""
    return {p.stem: p for p in sorted((_experiments() / "calibrations").glob("*.yaml"))}


def shipped_actuals() -> dict[str, Path]:
    """Shipped files of published outcomes by name."""
    return {p.stem: p for p in sorted((_experiments() / "actual").glob("*.csv"))}


def _experiments() -> Path:
    root = shipped_root()
    return root / "experiments" if root.parent == _PACKAGE else root.parent / "experiments"


def shown(path: Path) -> str:
    """How messages name a path: relative to where the user stands if it lies below."""
    try:
        return str(Path(os.path.abspath(path)).relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(path)
