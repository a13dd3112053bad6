"""Machine code on disk: a second process compiles nothing; damaged files, or no place to write, cost time and a warning."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from sim.numerics import compile as code
from sim.numerics.compile import dispatcher, kernel, rule

SCRIPT = """
import json, warnings
from sim.numerics.compile import dispatcher, kernel, rule

@rule
def third(x):
    return x / 3.0

@kernel
def total(n):
    s = 0.0
    for i in range(n):
        s += third(float(i))
    return s

with warnings.catch_warnings(record=True) as seen:
    warnings.simplefilter("always")
    values = [total(10), total(10)]
stats = dispatcher(total).stats
said = [str(w.message) for w in seen if w.category is RuntimeWarning]
print(json.dumps([values, said, sum(stats.cache_hits.values()), sum(stats.cache_misses.values())]))
"""


def in_a_process(place):
    out = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, env=os.environ | {"LENDSIM_CACHE_DIR": str(place)}
    )
    return json.loads(out.stdout.splitlines()[-1])


def test_a_second_process_compiles_nothing_and_says_nothing(tmp_path):
    assert in_a_process(tmp_path) == [[15.0, 15.0], [], 0, 1]
    assert in_a_process(tmp_path) == [[15.0, 15.0], [], 1, 0]


def test_where_nothing_can_be_written_code_is_compiled_with_one_warning(tmp_path):
    (tmp_path / "file").write_text("not a directory")
    values, said, hits, _ = in_a_process(tmp_path / "file" / "below")
    assert (values, hits) == ([15.0, 15.0], 0)
    assert len(said) == 1
    assert "compiled code cannot be kept in" in said[0]
    assert "Set LENDSIM_CACHE_DIR" in said[0]


# ------------------------------------------------------------------- damage, within one process: dispatchers are forgotten instead


@rule
def _half(x):
    return x * 0.5


@kernel
def _halves(n):
    s = 0.0
    for i in range(n):
        s += _half(float(i))
    return s


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A cache directory of its own, with the machine code of `_halves` in it."""
    monkeypatch.setenv("LENDSIM_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(code, "_dispatchers", {})
    code.cache_directory.cache_clear()
    vars(_halves).pop("_made", None)
    assert _halves(5) == 5.0
    yield tmp_path / "lendsim" / "kernels"
    code.cache_directory.cache_clear()
    vars(_halves).pop("_made", None)


def again():
    """The kernel as a new process would find it: hits and misses of its cache."""
    code._dispatchers.clear()
    vars(_halves).pop("_made", None)
    assert _halves(5) == 5.0
    stats = dispatcher(_halves).stats
    return sum(stats.cache_hits.values()), sum(stats.cache_misses.values())


def test_the_directory_holds_an_index_and_the_code_under_the_kernels_name(place):
    names = sorted(file.name for file in place.iterdir())
    assert len(names) == 2
    assert all(name.startswith("_halves-") and code.digest(_halves) in name for name in names)
    assert again() == (1, 0)


def truncated(data):
    return data[: len(data) // 2]


def emptied(data):
    return b""


def random(data):
    return np.random.default_rng(3).bytes(len(data))


def one_byte(data):
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


@pytest.mark.parametrize("damage", [truncated, emptied, random])
@pytest.mark.parametrize("which", [".nbi", ".nbc", ""])
def test_damaged_files_are_compiled_anew_with_one_warning(place, which, damage):
    for file in place.glob(f"*{which}"):
        file.write_bytes(damage(file.read_bytes()))
    with pytest.warns(RuntimeWarning, match="kept machine code was damaged") as said:
        assert again() == (0, 1)
    assert len(said) == 1
    assert again() == (1, 0)  # what was compiled is kept again


def test_one_rotten_byte_of_machine_code_does_not_run(place):
    (file,) = place.glob("*.nbc")
    file.write_bytes(one_byte(file.read_bytes()))
    with pytest.warns(RuntimeWarning, match="damaged"):
        assert again() == (0, 1)
    assert again() == (1, 0)


def test_a_missing_code_file_is_compiled_without_a_word(place, recwarn):
    next(place.glob("*.nbc")).unlink()
    assert again() == (0, 1)
    assert [w for w in recwarn if w.category is RuntimeWarning] == []


def test_a_disk_that_is_full_costs_the_next_start_its_time_and_not_this_run(place, monkeypatch):
    from sim.numerics.disk_cache import _Files

    def full(*_):
        raise OSError(28, "No space left on device")

    for file in place.iterdir():
        file.unlink()
    monkeypatch.setattr(_Files, "_save_data", full)
    with pytest.warns(RuntimeWarning, match="could not be kept: .*No space left"):
        assert again() == (0, 1)
