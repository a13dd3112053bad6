"""What begins after the last month is left out with a note, or refused where one asks for strictness."""

import pandas as pd
import pytest
from click.testing import CliRunner

import sim
from sim.cli import main
from sim.inputs import InputError, load_scenario

SMALL = {"borrowers.count": 400, "months": 4, "warm_up_months": 2}  # the shocks of a recession begin in its seventh month
LATE = {"policy_changes": "[{from: 2026-09, policy: strict}]"}


def overrides(**more):
    return [f"{path}={value}" for path, value in (SMALL | LATE | more).items()]


def test_a_run_that_ends_before_its_shocks_is_a_calm_one():
    short = sim.run("mild_recession", set=SMALL | LATE)
    calm = sim.run("mild_recession", set=SMALL | {"shocks": "[]"})
    pd.testing.assert_frame_equal(short.monthly, calm.monthly)


def test_each_is_told_by_its_month():
    resolved = load_scenario("mild_recession", overrides=overrides())
    assert resolved.unused() == [
        "The shock of unemployment_rate in 2026-07 begins after the last month, 2026-04, and is left out.",
        "The shock of real_income_growth in 2026-07 begins after the last month, 2026-04, and is left out.",
        "The change of policy in 2026-09 begins after the last month, 2026-04, and is left out.",
    ]
    assert load_scenario("mild_recession").unused() == []


def test_strictly_they_are_refused_at_their_place():
    with pytest.raises(InputError) as caught:
        load_scenario("mild_recession", overrides=overrides(), strict=True)
    assert "mild_recession.yaml:7:42: shocks.0.start" in str(caught.value)
    assert "policy_changes.0.from" in str(caught.value)
    done = CliRunner().invoke(main, ["run", "mild_recession", "--set", "months=3", "--strict"])
    assert done.exit_code == 2
    assert "begins after the last month" in done.output


def test_check_warns_of_what_begins_after_the_last_month(tmp_path):
    file = tmp_path / "late.yaml"
    file.write_text("title: Late\nextends: baseline\nmonths: 24\npolicy_changes: [{from: 2029-11, policy: strict}]\n")
    done = CliRunner().invoke(main, ["check", str(file)])
    assert done.exit_code == 0
    assert "warning: policy_changes.0.from: the change of policy in 2029-11 begins after the last month, 2027-12" in done.output
    assert CliRunner().invoke(main, ["check", "--strict", str(file)]).exit_code == 2


def test_an_arm_whose_change_begins_after_the_last_month_is_refused():
    late = {"label": "tighten late", "policy_changes": [{"from": "2029-11", "policy": "strict"}]}
    with pytest.raises(InputError, match="begins after the last month, 2026-12: 'tighten late' would differ from the others in nothing"):
        sim.compare("baseline", ["standard", late], seeds=1, set={"borrowers.count": 300, "months": 12, "warm_up_months": 2})
