"""The comparison with a revision: what it is asked for, and that its scratch checkout is gone afterwards; no time is tested."""

import subprocess

import pytest

from benchmarks import against, run


@pytest.fixture
def repository(tmp_path):
    """A small repository of one commit."""
    root = tmp_path / "repository"
    root.mkdir()
    (root / "kept.txt").write_text("as it was\n")
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    for command in (["init", "-q"], ["add", "."], [*who, "commit", "-q", "-m", "first"]):
        subprocess.run(["git", "-C", str(root), *command], check=True)
    return root


def worktrees(root):
    listed = subprocess.run(["git", "-C", str(root), "worktree", "list"], capture_output=True, text=True, check=True)
    return listed.stdout.splitlines()


def test_a_revision_is_checked_out_as_it_was_and_removed_again(repository):
    (repository / "kept.txt").write_text("changed since\n")
    with against.checked_out("HEAD", repository) as tree:
        assert (tree / "kept.txt").read_text() == "as it was\n"
        assert len(worktrees(repository)) == 2
    assert not tree.parent.exists()
    assert len(worktrees(repository)) == 1


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_the_checkout_is_removed_after_a_failure_and_after_an_interruption(repository, error):
    with pytest.raises(error), against.checked_out("HEAD", repository) as tree:
        raise error
    assert not tree.parent.exists()
    assert len(worktrees(repository)) == 1


@pytest.mark.parametrize("revision", ["no-such-revision", "--help", ""])
def test_an_unknown_revision_is_refused_with_a_sentence_and_exit_2(revision, capsys):
    assert run.main([f"--against={revision}"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("error: ")
    assert len(said.err.splitlines()) == 1


def test_an_argument_that_does_not_exist_is_refused():
    with pytest.raises(SystemExit) as refused:
        run.main(["--agianst", "HEAD"])
    assert refused.value.code == 2


def test_a_process_that_fails_is_named_with_its_last_words(tmp_path):
    tree = against.Tree(tmp_path, tmp_path)
    assert tree.process(["-c", "pass"]).peak > 0
    with pytest.raises(RuntimeError, match="ended with 3: gone"):
        tree.process(["-c", "import sys; print('gone'); sys.exit(3)"])


def test_a_row_shows_both_sides_and_their_ratios():
    assert against.Row("a", 3.0, 2.0, "ns").shown(1.5).split() == ["a", "3.00", "2.00", "ns", "1.50", "2.00"]
    assert against.Row("a", 3.0, None, "ns").shown().split() == ["a", "3.00", "-", "ns", "-", "-"]


def test_what_compiling_a_replaced_rule_takes_is_the_first_process_less_the_next_one():
    def costs(*cpu):
        return [against.Cost(wall=9.0, cpu=seconds, peak=9.0) for seconds in cpu]

    rows = against.process_rows({
        "cold": {"here": costs(20.0, 21.0), "there": costs(30.0)},
        against.RULE_FIRST: {"here": costs(7.5, 6.5), "there": costs(9.0)},
        against.RULE_NEXT: {"here": costs(3.0, 3.5), "there": costs(4.0)},
        "help": {"here": costs(0.5), "there": costs(0.5)},
    })
    found = [(row.what, row.here, row.there) for row in rows]
    assert found[:3] == [("cold", 20.0, 30.0), (against.RULE_FIRST, 6.5, 9.0), (against.RULE_NEXT, 3.0, 4.0)]
    assert found[3] == ("compiling the replaced rule: first less next", 3.5, 5.0)
    assert found[4] == ("help", 0.5, 0.5)
    assert {row.unit for row in rows} == {"CPU s"}
