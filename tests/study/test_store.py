"""A folder of results is written whole or not at all, and nothing of anybody else's is replaced."""

import json
import os
import signal
import subprocess
import sys
import textwrap

import pytest
from click.testing import CliRunner

from sim.cli import main
from sim.study import store
from sim.study.store import refuse_target, write_folder

RUN = {"kind": "run"}


def fill(folder):
    (folder / "a.csv").write_text("1")
    (folder / "figures").mkdir()
    (folder / "figures" / "b.png").write_text("2")


def read(folder):
    return json.loads((folder / "manifest.json").read_text())


def names(folder):
    return sorted(p.name for p in folder.iterdir())


def test_an_earlier_folder_of_ours_is_replaced_and_says_what_is_its_own(tmp_path):
    out = write_folder(tmp_path / "deep" / "out", fill, RUN | {"n": 1})
    assert read(out) == {
        "program": "lendsim", "lendsim": read(out)["lendsim"], "kind": "run", "n": 1, "files": ["a.csv", "figures/b.png", "manifest.json"],
    }
    write_folder(out, fill, RUN | {"n": 2})
    assert read(out)["n"] == 2
    assert names(out) == ["a.csv", "figures", "manifest.json"]
    assert names(out.parent) == ["out"]  # nothing is left beside it


@pytest.mark.parametrize(("content", "words"), [
    ({"letter.txt": "dear"}, "holds no results of this program"),
    ({"manifest.json": '{"manifest_version": 3}', "background.js": "code"}, "holds no results of this program"),
    ({"manifest.json": '{"kind": "run"}', "monthly.csv": "1"}, "holds no results of this program"),
    ({"manifest.json": "[]"}, "holds no results of this program"),
    ({"manifest.json": "not JSON"}, "holds no results of this program"),
])
def test_a_folder_of_somebody_elses_is_refused_and_kept(tmp_path, content, words):
    mine = tmp_path / "mine"
    mine.mkdir()
    for name, text in content.items():
        (mine / name).write_text(text)
    with pytest.raises(FileExistsError, match=words):
        write_folder(mine, fill, RUN)
    assert {p.name: p.read_text() for p in mine.iterdir()} == content


@pytest.mark.parametrize("name", ["notes.txt", "figures/mine.xlsx", ".hidden"])
def test_ones_own_file_beside_the_results_is_refused_by_its_name_and_kept(tmp_path, name):
    out = write_folder(tmp_path / "out", fill, RUN)
    (out / name).write_text("mine")
    with pytest.raises(FileExistsError, match=f"besides the earlier results .{name.replace('.', '[.]')}.*choose another"):
        write_folder(out, fill, RUN)
    assert (out / name).read_text() == "mine"
    (out / name).unlink()
    (out / ".DS_Store").write_text("what a file manager leaves")
    write_folder(out, fill, RUN)


def test_a_run_does_not_replace_a_comparison(tmp_path):
    out = write_folder(tmp_path / "out", fill, {"kind": "comparison"})
    with pytest.raises(FileExistsError, match="holds the results of a comparison, not of a run"):
        write_folder(out, fill, RUN)
    assert read(out)["kind"] == "comparison"


def test_a_file_and_the_folder_one_works_in_are_refused(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("x")
    with pytest.raises(FileExistsError, match="is a file, not a folder"):
        refuse_target(tmp_path / "file", "run")
    (tmp_path / "empty").mkdir()
    assert refuse_target(tmp_path / "empty", "run") == tmp_path / "empty"
    monkeypatch.chdir(tmp_path / "empty")
    for here in (".", "..", tmp_path):
        with pytest.raises(FileExistsError, match="the folder that you work in"):
            refuse_target(here, "run")


def test_a_link_is_followed_and_stays(tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "out").symlink_to(tmp_path / "disk" / "results")
    write_folder(tmp_path / "out", fill, RUN | {"n": 1})
    write_folder(tmp_path / "out", fill, RUN | {"n": 2})
    assert (tmp_path / "out").is_symlink()
    assert read(tmp_path / "disk" / "results")["n"] == 2
    assert names(tmp_path / "disk") == ["results"]


@pytest.mark.parametrize("exchange", [True, False])
def test_a_failure_leaves_what_was_there(tmp_path, monkeypatch, exchange):
    if not exchange:
        monkeypatch.setattr(store, "_exchanged", lambda first, second: False)
    out = write_folder(tmp_path / "out", fill, RUN | {"n": 1})

    def breaks(folder):
        fill(folder)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_folder(out, breaks, RUN | {"n": 2})
    assert read(out)["n"] == 1
    assert names(tmp_path) == ["out"]
    write_folder(out, fill, RUN | {"n": 3})
    assert read(out)["n"] == 3
    assert names(tmp_path) == ["out"]


def killed(tmp_path, at):
    """A writer that is killed at a point of its work."""
    code = f"""
        import os, signal
        from pathlib import Path
        from sim.study import store
        def fill(folder):
            (folder / "a.csv").write_text("new")
            if {at!r} == "filling":
                os.kill(os.getpid(), signal.SIGKILL)
        if {at!r} == "between the names":
            store._exchanged = lambda first, second: False
            real, calls = os.replace, []
            def replace(a, b):
                calls.append(a)
                if len(calls) == 2:
                    os.kill(os.getpid(), signal.SIGKILL)
                real(a, b)
            store.os.replace = replace
        store.write_folder({str(tmp_path / "out")!r}, fill, {{"kind": "run", "n": 2}})
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=False)
    assert done.returncode == -signal.SIGKILL


@pytest.mark.parametrize("at", ["filling", "between the names"])
def test_what_a_killed_writer_left_is_cleared_by_the_next_and_nothing_is_lost(tmp_path, at):
    write_folder(tmp_path / "out", fill, RUN | {"n": 1})
    killed(tmp_path, at)
    assert any(name.startswith(".out.lendsim-") for name in names(tmp_path))

    def breaks(_folder):
        raise OSError("no room")

    with pytest.raises(OSError, match="no room"):
        write_folder(tmp_path / "out", breaks, RUN | {"n": 3})
    assert read(tmp_path / "out")["n"] in (1, 2)  # old or new, under its name again
    assert names(tmp_path) == ["out"]


def test_a_hidden_folder_of_somebody_elses_is_left_alone(tmp_path):
    theirs = tmp_path / ".out.lendsim-99999999-mine"
    theirs.mkdir()
    (theirs / "p.txt").write_text("precious")
    write_folder(tmp_path / "out", fill, RUN)
    assert (theirs / "p.txt").read_text() == "precious"


def test_another_writer_at_work_is_left_alone(tmp_path):
    theirs = tmp_path / f".out.lendsim-{os.getppid()}-abc"
    theirs.mkdir()
    write_folder(tmp_path / "out", fill, RUN)
    assert theirs.is_dir()


@pytest.mark.parametrize("command", [["run", "baseline"], ["compare", "baseline", "--policy", "standard", "--policy", "strict"]])
def test_every_command_refuses_before_it_runs(tmp_path, command):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "manifest.json").write_text('{"manifest_version": 3}')
    done = CliRunner().invoke(main, [*command, "--set", "borrowers.count=5_000_000", "--out", str(tmp_path / "mine")])
    assert done.exit_code == 2
    assert "holds no results of this program" in done.output
    assert names(tmp_path / "mine") == ["manifest.json"]
