"""What payment relief changes: relative changes on frames made by hand, and the shocks as they are laid over a scenario."""

import pandas as pd
import pytest

from sim.study.facts.lab import Lab, Setting
from sim.study.facts.relief import FORBEARANCE, PLANS, change, plans_of, shocks
from tests.study.facts.frames import months

LAB = Lab(Setting("baseline", None, ()), 1)


def lives(late, charge_offs):
    return months(
        gross_loans=1000.0, balance_90_119=late, balance_120_plus=[0.0] * len(late), gross_charge_offs=charge_offs,
        recoveries=[1.0] * len(late),
    )


def test_changes_of_serious_arrears_and_of_losses_by_hand():
    off = lives([10.0, 20.0, 10.0, 10.0], [5.0, 5.0, 11.0, 11.0])
    on = lives([5.0, 10.0, 15.0, 15.0], [3.0, 3.0, 14.0, 14.0])
    assert change(on, off, (1, 2), "late") == pytest.approx(15 / 30 - 1)
    assert change(on, off, (3, 4), "late") == pytest.approx(30 / 20 - 1)
    assert change(on, off, (1, 2), "losses") == pytest.approx(4 / 8 - 1)
    assert change(on, off, (1, 4), "losses") == pytest.approx(30 / 28 - 1)
    both, neither = pd.concat([on, off]), pd.concat([off, off])
    assert change(both, neither, (1, 2), "late") == pytest.approx(45 / 60 - 1)


def test_the_shocks_differ_in_whether_income_comes_back_and_the_programme_comes_on_top():
    name, temporary = shocks(LAB, temporary=True, holidays=True)
    _, lasting = shocks(LAB, temporary=False, holidays=False)
    assert name == "shocks"
    assert [s["variable"] for s in temporary] == ["unemployment_rate", "forbearance"]
    assert [s["variable"] for s in lasting] == ["real_income_growth"]
    calm, hit = (LAB.setting.resolved(c) for c in ([], [("shocks", temporary), ("months", 12)]))
    from sim.economy import build_conditions

    u, f = build_conditions(hit).unemployment_rate, build_conditions(hit).forbearance
    assert u[1:4].tolist() == [u[1]] * 3
    assert u[1] == pytest.approx(calm.scenario.economy.unemployment_rate + 0.08)
    assert u[7] == pytest.approx(calm.scenario.economy.unemployment_rate)
    assert f[1:5].tolist() == [0.5, 0.5, 0.5, 0.0]


def test_the_plans_are_those_of_the_shipped_policy_and_every_check_is_observed():
    assert plans_of(PLANS)["payment_share"] == 0.5
    lab = Lab(Setting("baseline", None, (("borrowers.count", 1_500), ("warm_up_months", 6))), 1)
    assert set(FORBEARANCE.observe(lab)) == {check.name for check in FORBEARANCE.checks}
