"""numba's disk cache, keyed by what a function is and not by the file in which it stands."""

from __future__ import annotations

import contextlib
import hashlib
import pickle
import warnings
from pathlib import Path
from typing import Any

from numba.core.caching import CompileResultCacheImpl, FunctionCache, IndexDataCacheFile, _CacheLocator


class _Locator(_CacheLocator):
    """One directory for all; the key stands in the file's name."""

    directory: Path

    def __init__(self, directory: Path, key: str) -> None:
        self.directory, self.key = directory, key

    def get_cache_path(self) -> str:
        return str(self.directory)

    def get_source_stamp(self) -> str:
        return self.key

    def get_disambiguator(self) -> str:
        return self.key

    @classmethod
    def from_function(cls, py_func: Any, py_file: str) -> None:
        return None


class _Impl(CompileResultCacheImpl):
    def __init__(self, py_func: Any, locator: _Locator) -> None:
        self._lineno = py_func.__code__.co_firstlineno
        self._locator = locator
        self._filename_base = f"{py_func.__name__}-{locator.key}"


class _Files(IndexDataCacheFile):
    """Machine code under a checksum: a byte that rotted in it would otherwise run."""

    def _save_data(self, name: str, data: Any) -> None:
        dumped = self._dump(data)
        with self._open_for_write(self._data_path(name)) as file:
            file.write(hashlib.sha256(dumped).digest() + dumped)

    def _load_data(self, name: str) -> Any:
        kept = Path(self._data_path(name)).read_bytes()
        if hashlib.sha256(kept[32:]).digest() != kept[:32]:
            raise ValueError("checksum")
        return pickle.loads(kept[32:])


class DiskCache(FunctionCache):
    """Machine code of one function. A damaged file is thrown away with a warning and the code compiled again."""

    def __init__(self, py_func: Any, directory: Path, key: str) -> None:
        self._name = repr(py_func)
        self._py_func = py_func
        self._impl = _Impl(py_func, _Locator(directory, key))
        self._cache_path = str(directory)
        self._source_stamp, self._key = key, key
        self._cache_file = _Files(cache_path=self._cache_path, filename_base=self._impl.filename_base, source_stamp=key)
        self.enable()

    def _index_key(self, sig: Any, codegen: Any) -> Any:
        return str(sig), codegen.magic_tuple(), self._key

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        try:
            return super().load_overload(sig, target_context)
        except Exception as error:
            for file in Path(self._cache_path).glob(f"{self._impl.filename_base}*"):
                with contextlib.suppress(OSError):
                    file.unlink()
            warnings.warn(
                f"kept machine code was damaged ({type(error).__name__}) and is compiled again: {self._impl.filename_base}",
                RuntimeWarning, stacklevel=2,
            )
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        try:
            super().save_overload(sig, data)
        except OSError as error:  # a full disk costs the next start its time, not this run its result
            warnings.warn(f"compiled code could not be kept: {error}", RuntimeWarning, stacklevel=2)
        except Exception:  # a damaged index: begin a new one
            for file in Path(self._cache_path).glob(f"{self._impl.filename_base}*"):
                with contextlib.suppress(OSError):
                    file.unlink()
            with contextlib.suppress(Exception):
                super().save_overload(sig, data)
