"""Files at the limits of size: what is slow is done a few times only, and what is said of them can be read."""

import pytest

from sim.config import faults, sections, validation, yaml_reader
from sim.config.faults import MOST_LISTED
from sim.inputs import InputError, check_files, layers, loading, overlay, shelf

HEAD = "title: T\nextends: baseline\n"


@pytest.fixture
def check(tmp_path, monkeypatch):
    """Check a text; the faults and how often a nearest name was searched for, a section's twin made, a text parsed, a file judged
    as a whole, a value put over a policy by walking to it."""
    monkeypatch.chdir(tmp_path)
    counts = {"searches": 0, "twins": 0, "parsed": 0, "judged": 0, "walks": 0}

    def counted(name, function):
        def wrapped(*given, **more):
            counts[name] += 1
            return function(*given, **more)
        return wrapped

    monkeypatch.setattr(faults.difflib, "get_close_matches", counted("searches", faults.difflib.get_close_matches))
    monkeypatch.setattr(sections, "create_model", counted("twins", sections.create_model))
    monkeypatch.setattr(yaml_reader, "_read", counted("parsed", yaml_reader._read))
    judge = counted("judged", layers.judge)
    for room in (layers, shelf, loading):
        monkeypatch.setattr(room, "judge", judge)
    monkeypatch.setattr(overlay, "apply_override", counted("walks", overlay.apply_override))

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


def month(k):
    return f"{2026 + k // 12}-{k % 12 + 1:02d}"


def arms(dated, more=""):
    """An experiment of twenty arms with sixty dated changes each."""
    sides = []
    for a in range(20):
        listed = "".join(f"  - {dated(k, a)}\n" for k in range(60))
        sides.append(f"- label: a{a}\n  set: {{underwriting.bias: {a}{more}}}\n  policy_changes:\n{listed}")
    return "title: T\nscenario: baseline\npolicies:\n" + "".join(sides)


def test_twenty_arms_with_sixty_dated_changes_judge_every_file_once_and_put_every_value_once(check):
    found, counts = check(arms(lambda k, a: f"{{from: {month(k)}, set: {{underwriting.cut_off: +1}}}}"))
    assert found == []
    assert counts["judged"] == 3  # scenario, policy, profile; what a change touches is judged by itself
    assert counts["walks"] <= 20 * 62  # a change and the bias for each policy in force, not one for every earlier date as well


def test_changes_that_end_one_by_one_put_their_values_where_they_are_known_to_stand(check):
    dated = arms(lambda k, a: f"{{from: {month(k)}, until: {month(k + 60)}, set: {{underwriting.cut_off: +1}}}}")
    found, counts = check(dated)
    assert found == []
    assert counts["walks"] <= 20 * 122  # once for each policy in force, of which 60 hold 30 changes on average


def test_a_policy_that_is_too_large_to_be_right_is_judged_once_and_each_change_of_it_alone(check, tmp_path):
    keys = "".join(f"  key{k}: 1\n" for k in range(5_000))
    (tmp_path / "p.yaml").write_text(f"title: P\nextends: standard\nunderwriting:\n{keys}", encoding="utf-8")
    found, counts = check(arms(lambda k, a: f"{{from: {month(k)}, set: {{underwriting.cutoff: {k}}}}}", "}\n  policy: p.yaml\n  # {"))
    of_changes = [f for f in found if f.file == "x.yaml" and f.path == "underwriting.cutoff"]
    assert len(of_changes) == 20 * 60
    assert len(found) == 5_000 + 20 + len(of_changes)  # and where each arm names the policy
    assert counts["judged"] <= 3 + 20 * 60


@pytest.mark.parametrize("files", [3, 30])
def test_what_a_chain_of_files_holds_together_is_bounded(files, check, tmp_path):
    """Twice 12,000 values are read and no more, whether in files that extend each other or beside each other."""
    paths = ", ".join(["2%"] * 11_000)
    for k in range(files):
        below = f"c{k - 1}.yaml" if k else "baseline"
        (tmp_path / f"c{k}.yaml").write_text(f"title: C\nextends: {below}\na{k}: [{paths}]\n", encoding="utf-8")
        (tmp_path / f"p{k}.yaml").write_text(f"title: P\nextends: standard\na: [{paths}, {k}]\n", encoding="utf-8")
    found, counts = check(f"title: T\nextends: c{files - 1}.yaml\n")
    assert counts["parsed"] <= 5
    assert [f.message for f in found if "too much is read" in f.message] == ["with this, too much is read for one run"]
    sides = ", ".join(f"p{k % files}.yaml" for k in range(min(files, 20)))
    found, counts = check(f"title: T\nscenario: baseline\npolicies: [{sides}]\n")
    assert counts["parsed"] <= 6
    assert [f for f in found if "at most 24,000 values" in f.expected]


def test_overrides_are_parsed_once_for_all_arms_and_counted(check):
    texts = ", ".join(f"'shocks=[{'1, ' * 600}{k}]'" for k in range(100))
    found, counts = check(f"title: T\nscenario: baseline\npolicies: [standard, strict, lenient]\nset: [{texts}]\n")
    assert counts["parsed"] <= 50
    assert [f for f in found if f.file == "--set" and "too much is read" in f.message]


def test_what_is_read_for_one_file_does_not_count_for_the_next(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for k in range(4):
        (tmp_path / f"{k}.yaml").write_text(f"title: T\nextends: baseline\n# {k}\neconomy: {{inflation: [{', '.join(['2%'] * 9_000)}]}}\n")
    assert check_files([f"{k}.yaml" for k in range(4)]) == []


def test_every_shipped_file_is_far_below_what_may_be_read(monkeypatch):
    monkeypatch.setattr(yaml_reader, "MOST_READ", 0)
    sizes = []
    monkeypatch.setattr(yaml_reader._Allowance, "take", lambda self, text, tree: sizes.append((tree.size, len(text))))
    for name in ("severe_recession", "us_history", "lenient_vs_strict", "coverage"):
        sizes.clear()
        assert check_files([name]) == []
        assert sum(values for values, _ in {*sizes}) < 6_000
        assert sum(characters for _, characters in {*sizes}) < 150_000
