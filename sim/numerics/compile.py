"""How the package compiles its hot code.

numba does not notice that a function called from another file has changed, so compiled code is cached
in a user directory whose name is a hash of all kernel sources, numba and Python. Where that directory
cannot be written, code is compiled afresh and one warning says so.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., Any])

_PACKAGE = Path(__file__).resolve().parent.parent
_KERNEL_ROOMS = ("numerics", "borrowers", "lender")


def _source_key() -> str:
    digest = hashlib.sha256(f"{numba.__version__} {sys.version}".encode())
    for room in _KERNEL_ROOMS:
        for file in sorted((_PACKAGE / room).glob("*.py")):
            digest.update(file.name.encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _cache_directory() -> Path | None:
    base = os.environ.get("LENDSIM_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    directory = Path(base) / "lendsim" / "kernels" / _source_key()
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=directory):
            return directory
    except OSError as error:
        warnings.warn(
            f"compiled code cannot be kept in {directory} ({error.strerror}); every start compiles afresh. "
            "Set LENDSIM_CACHE_DIR to a directory that can be written.",
            RuntimeWarning,
            stacklevel=2,
        )
        return None


_CACHE = _cache_directory()
if _CACHE is not None:
    numba.config.CACHE_DIR = str(_CACHE)


_keep = True


@contextmanager
def uncached() -> Iterator[None]:
    """Kernels defined inside are compiled for this process only: the disk cache knows files, not replaced rules."""
    global _keep
    _keep = False
    try:
        yield
    finally:
        _keep = True


def inline(function: F) -> F:
    """A scalar rule: inlined into the loop that calls it, so that the loop can become vector code."""
    return cast(F, numba.njit(forceinline=True, error_model="numpy")(function))


def phase(function: F) -> F:
    """A loop over rows, called from another compiled function."""
    return cast(F, numba.njit(nogil=True, error_model="numpy")(function))


def kernel(function: F) -> F:
    """A compiled function that Python calls: releases the interpreter lock and is cached on disk."""
    return cast(F, numba.njit(nogil=True, error_model="numpy", cache=_keep and _CACHE is not None)(function))
