"""Files at the limits of size: what is slow is done a few times only, and what is said of them can be read."""

import pytest

from sim.config import faults, validation, yaml_reader
from sim.config.faults import MOST_LISTED
from sim.inputs import InputError, check_files

HEAD = "title: T\nextends: baseline\n"


@pytest.fixture
def check(tmp_path, monkeypatch):
    """Check a text; the faults and how often a nearest name was searched for, a section's twin made and a text parsed."""
    monkeypatch.chdir(tmp_path)
    counts = {"searches": 0, "twins": 0, "parsed": 0}

    def counted(name, function):
        def wrapped(*given, **more):
            counts[name] += 1
            return function(*given, **more)
        return wrapped

    monkeypatch.setattr(faults.difflib, "get_close_matches", counted("searches", faults.difflib.get_close_matches))
    monkeypatch.setattr(validation, "create_model", counted("twins", validation.create_model))
    monkeypatch.setattr(yaml_reader, "read_text", counted("parsed", yaml_reader.read_text))

    def judged(text):
        (tmp_path / "x.yaml").write_text(text, encoding="utf-8")
        counts.update(dict.fromkeys(counts, 0))
        return check_files(["x.yaml"]), dict(counts)

    return judged


LARGE = {
    "unknown keys": (HEAD + "".join(f"key{k}: 1\n" for k in range(5_900)), 5_900),
    "keys that nearly are one": (HEAD + "".join(f"month{k}: 1\n" for k in range(5_900)), 5_900),
    "unknown mechanisms": (HEAD + "mechanisms: {" + ", ".join(f"trust{k}: 9" for k in range(5_900)) + "}\n", 5_900),
    "words for rates": (HEAD + "economy: {inflation: [" + ", ".join(["x"] * 11_000) + "]}\n", 11_000),
    "rates with two readings": (HEAD + "economy: {inflation: [" + ", ".join(["5"] * 11_000) + "]}\n", 11_000),
    "products without a method": ("title: T\nextends: standard\nproducts:\n" + "".join(f"  a{k}: {{}}\n" for k in range(5_900)), 5_900),
    "a key many times": (HEAD + "months: 3\n" * 5_900, 5_899),
    "tags": (HEAD + "shocks: [" + ", ".join(["!x 1"] * 11_000) + "]\n", 11_000),
    "missing keys": (HEAD + "shocks:\n" + "- {shape: step}\n" * 200, 400),
}


@pytest.mark.parametrize("name", LARGE)
def test_thousands_of_faults_are_counted_and_few_of_them_looked_into(name, check):
    text, at_least = LARGE[name]
    found, counts = check(text)
    assert len(found) >= at_least
    assert counts["searches"] <= 2 * validation.MANY
    assert counts["twins"] <= 30  # of sections, of which there are so many kinds
    lines = str(InputError(found)).splitlines()
    assert len(lines) == MOST_LISTED + 1
    assert lines[-1].endswith(f": and {len(found) - MOST_LISTED:,} more")
    assert max(map(len, lines)) < 1_000


@pytest.mark.parametrize(("text", "word"), [
    (HEAD + "".join(f"key{k}: 1\n" for k in range(30_000)), "more than 12,000 values"),
    (HEAD + "shocks:\n" + "- {}\n" * 20_000, "more than 12,000 values"),
    (HEAD + "a: " + "[" * 200_000, "nested deeper"),
    (HEAD + "#" * 600_000, "larger than 500,000 bytes"),
    (HEAD + "shocks:\n- &a {variable: inflation, start: 2026-03, shape: step, by: 0pp}\n" + "- *a\n" * 300, "at most 200"),
    (HEAD + "policy_changes:\n- &a {from: 2026-03, policy: strict}\n" + "- *a\n" * 70, "at most 60"),
    (HEAD + "policy_changes:\n- {from: 2026-03, set: {" + ", ".join(f"a.b{k}: 1" for k in range(60)) + "}}\n", "at most 50"),
    ("title: T\nscenario: baseline\npolicies: [standard, strict]\nset: [" + ", ".join(["months=3"] * 200) + "]\n", "at most 100"),
    ("title: T\nextends: baseline\nstart: " + "x" * 400_000 + "\n", "is not a month"),
])
def test_what_is_too_much_is_one_fault(text, word, check):
    found, _ = check(text)
    assert len(found) == 1
    assert word in str(found[0])
    assert len(str(found[0])) < 1_000


def test_a_file_is_parsed_once_whoever_asks_for_it(check):
    names = ", ".join(f"{{label: a{k}, policy: strict, set: {{underwriting.cut_off: +{k}}}}}" for k in range(20))
    found, counts = check(f"title: once\nscenario: severe_recession\npolicies: [{names}]\n")
    assert found == []
    assert counts["parsed"] <= 1 + 2 + 3 + 1  # the experiment, the scenario and its parent, policies, the profile


def test_a_parsed_file_may_be_changed_by_whoever_has_it(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_text("a: {b: [1]}\na: 2\n", encoding="utf-8")
    first = yaml_reader.read_file(path, "x")
    first.data["a"]["b"].append(2)
    first.marks.clear()
    first.faults.clear()
    second = yaml_reader.read_file(path, "x")
    assert second.data == {"a": {"b": [1]}}
    assert second.marks
    assert len(second.faults) == 1
    path.write_text("a: 3\n", encoding="utf-8")
    assert yaml_reader.read_file(path, "x").data == {"a": 3}
