"""How much of what is wrong is written out, and how much is looked up on the way."""

from dataclasses import replace

import pytest

from sim.config import faults
from sim.config.faults import MOST_CHOICES, MOST_LISTED, Fault, InputError, listed, nearest


def some(count, file="a.yaml"):
    return [Fault(file, k + 1, 1, f"key{k}", "wrong") for k in range(count)]


def test_of_each_file_the_first_faults_are_written_out_and_the_others_counted():
    found = [*some(MOST_LISTED + 1_950), *some(3, "b.yaml")]
    lines = [str(f) for f in listed(found)]
    assert len(lines) == MOST_LISTED + 1 + 3
    assert lines[MOST_LISTED] == f"a.yaml:{MOST_LISTED + 1}:1: and 1,950 more"
    assert lines[-1] == "b.yaml:3:1: key2: wrong"
    error = InputError(found)
    assert str(error).splitlines() == lines
    assert error.faults == found


def test_warnings_are_counted_for_themselves_and_hide_no_fault():
    doubts = [replace(fault, warning=True) for fault in some(MOST_LISTED + 7)]
    fault = Fault("a.yaml", 2_000, 1, "last", "wrong")
    lines = [str(f) for f in listed([*doubts, fault])]
    assert lines[MOST_LISTED:] == ["a.yaml:2000:1: last: wrong", f"a.yaml:{MOST_LISTED + 1}:1: warning: and 7 more"]


@pytest.mark.parametrize("count", [0, 1, MOST_LISTED])
def test_what_fits_is_written_out_whole(count):
    assert listed(some(count)) == some(count)


def test_a_nearest_name_is_looked_for_among_so_many(monkeypatch):
    seen = []
    monkeypatch.setattr(faults.difflib, "get_close_matches", lambda word, choices, **_: seen.append(len(choices)) or [])
    nearest("word", (f"w{k}" for k in range(10**6)))
    nearest("x" * 1_000, ["x"])
    assert seen == [MOST_CHOICES]


def test_a_path_as_long_as_a_file_is_told_by_its_beginning():
    assert len(str(Fault("x.yaml", 1, 1, "k" * 400_000, "wrong"))) < 300
