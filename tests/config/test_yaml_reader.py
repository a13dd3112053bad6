"""What a scalar means, and where each value stands."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.config import yaml_reader as reader
from sim.config.yaml_reader import PlusFloat, PlusInt, read_file, read_text, scalar
from sim.inputs import Fault, InputError


@pytest.mark.parametrize(
    "text, value",
    [
        ("NO", "NO"), ("Off", "Off"), ("yes", "yes"), ("on", "on"), ("true", True), ("False", False), ("null", None), ("~", None),
        ("1e-3", 0.001), ("1E5", 1e5), ("-5e-2", -0.05), (".5", 0.5), ("5.", 5.0), ("010", 10), ("0123", 123), ("1_000", 1000),
        ("+7", 7), ("12:30:45", "12:30:45"), ("2026-01-01", "2026-01-01"), ("2026-01", "2026-01"), ("5%", "5%"), ("1,000", "1,000"),
        (".inf", ".inf"), (".nan", ".nan"), ("0x1F", "0x1F"), ("0o17", "0o17"), ("1__0", "1__0"), ("_1", "_1"), ("1_", "1_"),
        ("1.10", 1.1), ("=", "="), ("٣", "٣"),
    ],
)
def test_plain_scalars(text, value):
    assert scalar(text) == value
    assert isinstance(scalar(text), type(value))
    assert isinstance(scalar(text), bool) == isinstance(value, bool)
    assert read_text(f"a: {text}", "x").data == {"a": value}


def test_a_number_remembers_that_it_was_written_with_a_plus():
    assert isinstance(scalar("+7"), PlusInt)
    assert isinstance(scalar("+.5"), PlusFloat)
    assert type(scalar("7")) is type(scalar("-7")) is int
    assert type(scalar("-.5")) is float


@pytest.mark.parametrize("quoted", ["'5'", '"true"', "'null'", "|-\n  5"])
def test_quoted_scalars_are_text(quoted):
    assert isinstance(read_text(f"a: {quoted}", "x").data["a"], str)


def test_every_value_knows_its_place():
    tree = read_text("a: 1\nb:\n  c: {d: [5, 6]}\n  e:\n  - f: 7\n", "x")
    places = {reader.dotted(path): place[1:] for path, place in tree.marks.items()}
    assert places["a"] == (1, 4)
    assert places["b"] == (2, 1)  # a mapping below its key stands where the key does
    assert places["b.c"] == (3, 6)
    assert places["b.c.d.1"] == (3, 14)
    assert places["b.e.0.f"] == (5, 8)
    assert tree.keys[("b", "e")] == ("x", 4, 3)


def test_an_alias_stands_where_its_anchor_does():
    tree = read_text("a: &x [1, 2]\nb: *x\n", "x")
    assert tree.data["b"] == [1, 2]
    assert tree.marks[("b", 0)] == ("x", 1, 8)


def test_faults_of_the_yaml_do_not_hide_the_rest():
    tree = read_text("a: 1\na: 2\nb: !!int 3\nc: 4\n", "x")
    assert tree.data["c"] == 4
    assert [(f.line, f.path) for f in tree.faults] == [(2, "a"), (3, "b")]
    assert "first in line 1" in tree.faults[0].message


def test_depth_is_bounded_exactly():
    deep = reader.MAX_DEPTH
    read_text("a: " + "[" * deep + "]" * deep, "x")
    with pytest.raises(InputError, match="nested deeper"):
        read_text("a: " + "[" * (deep + 1) + "]" * (deep + 1), "x")


def test_size_is_bounded(tmp_path):
    file = tmp_path / "big.yaml"
    file.write_bytes(b"a: 1\n" + b"#" * reader.MAX_BYTES)
    with pytest.raises(InputError, match="larger than"):
        read_file(file, "big.yaml")


def test_a_byte_order_mark_moves_nothing(tmp_path):
    file = tmp_path / "bom.yaml"
    file.write_bytes(b"\xef\xbb\xbfa: 1\n")
    assert read_file(file, "x").marks[("a",)] == ("x", 1, 4)


@pytest.mark.parametrize("raw, line, column", [("é: ü\nb: ".encode() + b"\xff", 2, 4), ("a: é".encode("utf-16"), 1, 1)])
def test_what_is_not_utf_8_is_refused_at_its_character(tmp_path, raw, line, column):
    file = tmp_path / "x.yaml"
    file.write_bytes(raw)
    with pytest.raises(InputError, match="UTF-8") as caught:
        read_file(file, "x")
    assert (caught.value.faults[0].line, caught.value.faults[0].column) == (line, column)


@pytest.mark.parametrize(
    "text, line, column, word",
    [
        ('a: "\\UFFFFFFFF"', 1, 7, "out of range"),
        ('a: 1\nb: "\\ud800"', 2, 4, "surrogate"),
        ("a: " + "9" * 5000, 1, 4, "too large"),
        ("a: 1\nb: *c\n", 2, 4, "alias"),
        ("a: b: c\n", 1, 5, "quotes"),
        ("a: 'b\nc: 1\n", 1, 4, "has no end"),
        ("a: [1, 2\nb: 3\n", 2, 2, "line 1"),
        ("a:\n  b: 1\n c: 2\n", 3, 2, "line up"),
        ("%YAML 9." + "9" * 5000 + "\n---\na: 1\n", 1, 9, "out of range"),
    ],
)
def test_places_of_syntax_faults(text, line, column, word):
    try:
        faults = read_text(text, "x").faults
    except InputError as error:
        faults = error.faults
    assert [(f.line, f.column) for f in faults] == [(line, column)], [str(f) for f in faults]
    assert word in str(faults[0])


def test_a_message_is_one_line_whatever_the_file_holds():
    fault = Fault("x", 1, 1, "a\nb", "unknown key '\x1b[31m'", "", "\ud800")
    assert str(fault).isprintable()


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.sampled_from(list("ab:-[]{}&*!|>'\"%@`#?,\n\t \\uU09~<")), max_size=80))
def test_any_punctuation_is_read_or_refused(text):
    try:
        faults = read_text(text, "any.yaml").faults
    except InputError as error:
        faults = error.faults or [Fault("", 0, 0, "", "refused without a reason")]
    assert all(f.line >= 1 and f.column >= 1 for f in faults)


def test_each_reader_has_a_tree_of_its_own_and_a_changed_file_is_read_anew(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text("step: +5\nrate: +1.5\nlist: [1, 2]\n", encoding="utf-8")
    first, second = read_file(file, "mine.yaml"), read_file(file, "mine.yaml")
    assert (first.data, first.marks, first.keys, first.sha256) == (second.data, second.marks, second.keys, second.sha256)
    assert [type(value) for value in second.data.values()] == [PlusInt, PlusFloat, list]
    first.data["list"].append(3)
    first.marks.clear()
    assert read_file(file, "mine.yaml").data["list"] == [1, 2]
    assert read_file(file, "yours.yaml").marks["list",][0] == "yours.yaml"
    file.write_text("step: +6\nrate: +1.5\nlist: [1, 2]\n", encoding="utf-8")
    assert read_file(file, "mine.yaml").data["step"] == 6
