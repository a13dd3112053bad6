"""The command itself: options once, any console, an interrupt, too little memory, text as text."""

import json
import os
import signal
import subprocess
import sys
import time

import pandas as pd
import pytest
from click.testing import CliRunner

import sim
from sim.cli import main
from sim.config.faults import InputError
from sim.study.results import as_text

SMALL = ["--set", "borrowers.count=300", "--set", "months=4", "--set", "warm_up_months=1"]


def invoke(*arguments):
    return CliRunner().invoke(main, [*map(str, arguments)])


@pytest.mark.parametrize("option", [
    ("--policy", "strict", "lenient"), ("--seed", 1, 2), ("--seeds", 1, 2), ("--threads", 1, 2), ("--out", "a", "b"),
    ("--mode", "columns", "objects"), ("--workers", 1, 2),
])
def test_an_option_that_is_taken_once_is_not_taken_twice_in_silence(option):
    name, first, second = option
    done = invoke("run", "baseline", *SMALL, name, first, name, second)
    assert done.exit_code == 2
    assert f"{name} is given twice" in done.output


def test_a_back_test_s_options_are_taken_once_and_its_outcomes_are_listed():
    for name, first, second in (("--from", "1991", "1992"), ("--scale", "none", "fitted"), ("--seeds", 1, 2), ("--actual", "a", "b")):
        done = invoke("backtest", "--actual" if name != "--actual" else "--to", "x", name, first, name, second)
        assert done.exit_code == 2
        assert f"{name} is given twice" in done.output
    assert "us_consumer_credit_to_2006" in invoke("list").output


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_console_that_cannot_show_a_character_costs_no_run(encoding):
    done = subprocess.run(
        [sys.executable, "-m", "sim.cli", "run", "baseline", *SMALL],
        capture_output=True, env=os.environ | {"PYTHONIOENCODING": encoding}, timeout=300, check=False,
    )
    assert done.returncode == 0, done.stderr
    assert b"Failed by then" in done.stdout  # to the last line
    assert b"Traceback" not in done.stderr


@pytest.mark.skipif(not hasattr(signal, "SIGINT") or os.name == "nt", reason="interrupts are sent by signal")
@pytest.mark.parametrize("after", [0.4, 1.5, 4.0])
def test_an_interrupt_at_any_moment_is_130_and_leaves_nothing_behind(after, tmp_path):
    command = [sys.executable, "-m", "sim.command", "run", "baseline", "--set", "months=600", "--out", str(tmp_path / "out")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        time.sleep(after)
        child.send_signal(signal.SIGINT)
        _, said = child.communicate(timeout=120)
    if child.returncode != -signal.SIGINT:  # before Python had begun to listen
        assert child.returncode == 130, said
        assert "Traceback" not in said
    assert [*tmp_path.iterdir()] == []


def test_too_little_memory_is_a_sentence(monkeypatch):
    def starve(*_args, **_kwargs):
        raise MemoryError("Unable to allocate 3 GiB")

    monkeypatch.setattr("sim.study.runs.run_one", starve)
    done = invoke("run", "baseline", *SMALL, "--workers", 1)
    assert done.exit_code == 1
    assert "not enough memory: Unable to allocate 3 GiB; fewer borrowers" in done.output


@pytest.mark.parametrize("error", [
    ImportError("libscipy.so: failed to map segment from shared object"), RuntimeError("can't start new thread"),
    OSError(12, "Cannot allocate memory"),
])
def test_want_of_memory_is_known_by_its_other_names(monkeypatch, error):
    def starve(*_args, **_kwargs):
        raise error

    monkeypatch.setattr("sim.study.runs.run_one", starve)
    done = invoke("run", "baseline", *SMALL, "--workers", 1)
    assert done.exit_code == 1
    assert done.output == f"error: not enough memory: {error}\n"


def test_numbers_that_grow_without_end_stop_the_run_by_their_name():
    endless = {"borrowers.count": 100, "months": 600, "warm_up_months": 1, "economy.inflation": "10000%"}
    with pytest.raises(InputError, match=r"economy.inflation: prices are more than 1,000,000,000 times as high in 2030-05"):
        sim.run("baseline", set=endless)


def test_control_characters_are_no_text_and_markup_is(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text('title: "\\e[31mred"\nextends: baseline\n')
    assert "control character #x1b" in invoke("check", file).output
    file.write_text('title: "[bold]=1+1[/bold]"\nextends: baseline\n')
    assert "[bold]=1+1[/bold]" in invoke("run", file, *SMALL).output


def test_words_that_a_spreadsheet_would_run_are_marked_as_text():
    frame = pd.DataFrame({"policy": ["=1+1", "+x", "-y", "@z", "plain"], "value": [-1.5, 2, 3, 4, 5]})
    safe = as_text(frame)
    assert safe["policy"].tolist() == ["'=1+1", "'+x", "'-y", "'@z", "plain"]
    assert safe["value"].tolist() == frame["value"].tolist()


@pytest.mark.parametrize("kind", ["scenario", "policy", "profile", "experiment"])
def test_schemas_use_words_that_editors_know(kind):
    done = invoke("schema", kind)
    assert done.exit_code == 0

    def words(node):
        if isinstance(node, dict):
            for key, value in node.items():
                yield key
                for inner in value.values() if key in ("properties", "$defs", "patternProperties") else [value]:
                    yield from words(inner)
        elif isinstance(node, list):
            for inner in node:
                yield from words(inner)

    assert {*words(json.loads(done.output))} <= {
        "$schema", "$ref", "title", "description", "type", "properties", "$defs", "additionalProperties", "anyOf", "items", "enum", "const",
        "default", "examples", "pattern", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minItems", "maxItems", "minLength",
        "maxLength", "minProperties", "maxProperties", "propertyNames",
        "patternProperties",
    }
