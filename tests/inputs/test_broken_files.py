"""Every broken file is refused at its place with its word; its repaired twin passes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.config.yaml_reader import read_text
from sim.inputs import InputError, check_files
from tests.command import lendsim
from tests.inputs.broken_files import CASES


def test_there_are_at_least_sixty():
    assert len(CASES) >= 60
    assert len({c.name for c in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_broken_file_is_refused_at_its_place(case, tmp_path):
    file = tmp_path / "broken.yaml"
    file.write_text(case.broken, encoding="utf-8")
    faults = check_files([file])
    said = [str(f) for f in faults]
    assert any((f.line, f.column) == (case.line, case.column) and case.word in str(f) for f in faults), said


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_its_repaired_twin_passes(case, tmp_path):
    file = tmp_path / "repaired.yaml"
    file.write_text(case.repaired, encoding="utf-8")
    assert [str(f) for f in check_files([file])] == []


def test_the_command_refuses_all_of_them_at_once_without_a_traceback(tmp_path):
    files = []
    for k, case in enumerate(CASES):
        file = tmp_path / f"broken_{k}.yaml"
        file.write_text(case.broken, encoding="utf-8")
        files.append(file)
    done = lendsim("check", *files)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    for k, case in enumerate(CASES):
        place = f"broken_{k}.yaml:{case.line}:{case.column}: "
        assert any(place in line and case.word in line for line in done.stderr.splitlines()), case.name


def test_latin_1_is_refused_at_its_byte(tmp_path):
    file = tmp_path / "latin.yaml"
    file.write_bytes("title: Test\ndescription: caf\xe9\n".encode("latin-1"))
    (fault,) = check_files([file])
    assert (fault.line, fault.column) == (2, 17)
    assert "UTF-8" in str(fault)


def test_a_fault_in_a_referred_file_is_also_placed_at_the_referring_line(tmp_path):
    (tmp_path / "mine.yaml").write_text("title: Mine\nextends: standard\nunderwriting: {cutoff: 500}\n", encoding="utf-8")
    file = tmp_path / "scenario.yaml"
    file.write_text("title: Test\nextends: baseline\npolicy: mine.yaml\n", encoding="utf-8")
    said = [str(f) for f in check_files([file])]
    assert any("mine.yaml:3:16: underwriting.cutoff" in s for s in said)
    assert any("scenario.yaml:3:9: policy" in s for s in said)


def test_files_that_extend_each_other_in_a_circle(tmp_path):
    (tmp_path / "a.yaml").write_text("title: A\nextends: b.yaml\nmonths: 3\n", encoding="utf-8")
    (tmp_path / "b.yaml").write_text("title: B\nextends: a.yaml\nmonths: 3\n", encoding="utf-8")
    assert any("circle" in str(f) for f in check_files([tmp_path / "a.yaml"]))


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_never_a_crash(text):
    caught = None
    try:
        read_text(text, "any.yaml")
    except InputError as error:
        caught = error
    assert caught is None or caught.faults
