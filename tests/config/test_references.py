"""A reference that leads nowhere says where it was looked for, and names the existing file that it most likely means."""

import pytest

from sim.inputs import check_files, load_scenario
from sim.inputs.loading import InputError


@pytest.fixture
def told(tmp_path, monkeypatch):
    """The one fault of a scenario in the folder `mine` that says this, seen from the folder above."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine" / "data").mkdir(parents=True)
    (tmp_path / "mine" / "data" / "losses.csv").write_text("month,inflation\n2026-01,2\n")
    (tmp_path / "mine" / "pol.yaml").write_text("title: P\nextends: standard\n")
    (tmp_path / "other.yaml").write_text("title: P\nextends: standard\n")

    def of(line):
        (tmp_path / "mine" / "s.yaml").write_text(f"title: T\nextends: baseline\n{line}\n")
        (fault,) = check_files(["mine/s.yaml"])
        return fault

    return of


@pytest.mark.parametrize(("text", "looked", "close"), [
    ("mine/data/losses.csv", "mine/mine/data/losses.csv", "data/losses.csv"),  # counted from where the user stands
    ("losses.csv", "mine/losses.csv", "data/losses.csv"),
    ("loses.csv", "mine/loses.csv", ""),
    ("data/loses.csv", "mine/data/loses.csv", "data/losses.csv"),
    ("data/losses", "mine/data/losses", "data/losses.csv"),
    ("fed_2019_baselin.csv", "mine/fed_2019_baselin.csv", "macro/fed_2019_baseline.csv"),
    ("data/../losses.csv", "mine/losses.csv", "data/losses.csv"),
])
def test_a_table_is_told_where_it_was_looked_for(text, looked, close, told):
    fault = told(f"economy: {{table: {text}, table_units: percent}}")
    assert fault.message == f"there is no table '{text}' (paths count from the file that they stand in: {looked})"
    assert fault.nearest == close


@pytest.mark.parametrize(("line", "path", "looked", "close"), [
    ("policy: mine/pol.yaml", "policy", "mine/mine/pol.yaml", "pol.yaml"),
    ("policy: pols/pol.yaml", "policy", "mine/pols/pol.yaml", "pol.yaml"),
    ("policy: pl.yaml", "policy", "mine/pl.yaml", "pol.yaml"),
    ("policy: mine/pol", "policy", "mine/mine/pol", "pol.yaml"),
    ("borrowers: {profile: profiles/us_instalment.yml}", "borrowers.profile", "mine/profiles/us_instalment.yml", "us_instalment"),
    ("policy: other.yaml", "policy", "mine/other.yaml", ""),  # exists, and lies outside the file's folder
    ("policy_changes: [{from: 2026-03, policy: mine/pol.yaml}]", "policy_changes.0.policy", "mine/mine/pol.yaml", "pol.yaml"),
])
def test_a_policy_or_profile_given_by_its_path_is_told_where_it_was_looked_for(line, path, looked, close, told):
    fault = told(line)
    assert fault.path == path
    assert f"(paths count from the file that they stand in: {looked})" in fault.message
    assert fault.nearest == close


@pytest.mark.parametrize(("given", "close"), [("strikt", "strict"), ("mine/pl.yaml", "mine/pol.yaml"), ("pol.yaml", "mine/pol.yaml")])
def test_a_path_on_the_command_line_counts_from_where_the_user_stands_and_says_nothing_of_files(given, close, told):
    with pytest.raises(InputError) as caught:
        load_scenario("baseline", given)
    (fault,) = caught.value.faults
    assert fault.message == f"there is no policy '{given}'"
    assert fault.nearest == close
