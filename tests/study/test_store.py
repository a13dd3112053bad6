"""A folder of results is written whole or not at all, and nothing of anybody else's is replaced."""

import json

import pytest

from sim.study.store import refuse_target, write_folder


def fill(folder):
    (folder / "a.csv").write_text("1")


def test_a_folder_is_filled_and_an_earlier_one_of_ours_replaced(tmp_path):
    out = write_folder(tmp_path / "deep" / "out", fill, {"n": 1})
    (out / "old.csv").write_text("old")
    write_folder(out, fill, {"n": 2})
    assert sorted(p.name for p in out.iterdir()) == ["a.csv", "manifest.json"]
    assert json.loads((out / "manifest.json").read_text()) == {"n": 2}
    assert [p.name for p in out.parent.iterdir()] == ["out"]  # nothing is left beside it


def test_what_is_not_ours_is_refused_and_kept(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    (tmp_path / "file").write_text("x")
    for name, words in (("mine", "is not empty and holds no earlier results"), ("file", "is a file, not a folder")):
        with pytest.raises(FileExistsError, match=words):
            write_folder(tmp_path / name, fill, {})
    assert (tmp_path / "mine" / "letter.txt").read_text() == "dear"
    (tmp_path / "empty").mkdir()
    refuse_target(tmp_path / "empty")


def test_a_failure_leaves_what_was_there(tmp_path):
    out = write_folder(tmp_path / "out", fill, {"n": 1})

    def breaks(folder):
        fill(folder)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_folder(out, breaks, {"n": 2})
    assert json.loads((out / "manifest.json").read_text()) == {"n": 1}
    assert [p.name for p in tmp_path.iterdir()] == ["out"]
