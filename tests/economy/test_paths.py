"""Macro paths end to end: shapes, sums of shocks, tables, and the flows that lead to a rate."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.economy import build_conditions
from sim.economy.labour_market import labour_flows
from sim.inputs import InputError, load_scenario


def path(*shocks, variable="unemployment_rate", months=12):
    sets = [f"months={months}", "start=2026-01", f"shocks=[{', '.join(shocks)}]"]
    return build_conditions(load_scenario("baseline", overrides=sets)).paths[variable]


def test_index_0_is_the_opening_without_shocks():
    p = path("{variable: unemployment_rate, start: 2026-01, shape: step, by: +5pp}")
    assert p[0] == 0.042
    np.testing.assert_allclose(p[1:], 0.092)


def test_ramp_hold_half_life():
    p = path("{variable: unemployment_rate, start: 2026-02, shape: ramp, by: +4pp, over: 4, hold: 1, recovery: {half_life: 2}}") - 0.042
    np.testing.assert_allclose(p[1:10] * 100, [0, 1, 2, 3, 4, 4, 4 * 0.5**0.5, 2, 2 * 0.5**0.5], atol=1e-12)


def test_pulse_to_a_level_and_recovery_by_a_month():
    p = path("{variable: income_support, start: 2026-03, shape: pulse, to: 30%, hold: 2}", variable="income_support")
    np.testing.assert_allclose(p[1:6], [0, 0, 0.3, 0.3, 0])
    shock = "{variable: unemployment_rate, start: 2026-02, shape: step, by: +3pp, hold: 1, recovery: {by: 2026-05}}"
    q = path(shock) - 0.042
    np.testing.assert_allclose(q[1:6] * 100, [0, 3, 2, 1, 0], atol=1e-12)


def test_shocks_add_up_and_nothing_adds_nothing():
    one = "{variable: inflation, start: 2026-02, shape: step, by: +1pp}"
    two = "{variable: inflation, start: 2026-04, shape: path, values: [+1pp, -2pp]}"
    a, b, both = (path(*s, variable="inflation") for s in ((one,), (two,), (one, two)))
    np.testing.assert_allclose(both, a + b - path(variable="inflation"), atol=1e-15)
    nothing = path("{variable: inflation, start: 2026-02, shape: step, by: +0pp}", variable="inflation")
    np.testing.assert_array_equal(nothing, path(variable="inflation"))


def test_a_path_that_leaves_its_range_is_refused_not_bent():
    with pytest.raises(InputError) as caught:
        path("{variable: outside_credit, start: 2026-02, shape: step, by: +50pp}")
    assert "outside_credit" in str(caught.value)


@given(st.floats(0.01, 0.3), st.floats(0.01, 0.3))
def test_flows_lead_exactly_to_the_target(now, target):
    s, f = labour_flows(target, now, 0.014, 0.05)
    assert 0 <= s <= 1
    assert 0.05 - 1e-12 <= f <= 1
    assert now + s * (1 - now) - f * now == pytest.approx(target, abs=1e-12)


def test_a_leap_of_ten_points_is_carried_by_separations_once_finding_is_at_its_floor():
    s, f = labour_flows(0.142, 0.042, 0.014, 0.05)
    assert f == 0.05
    assert s == pytest.approx((0.142 - 0.042 + 0.05 * 0.042) / (1 - 0.042))


def test_shipped_federal_reserve_tables_give_thirteen_quarters():
    c = build_conditions(load_scenario("fed_2021_severely_adverse"))
    assert (c.months, c.label(1), c.label(39)) == (39, "2021-01", "2024-03")
    quarters = c.unemployment_rate[1:].reshape(13, 3).mean(axis=1)
    assert quarters.max() == pytest.approx(0.1075, abs=0.002)
    # growth is annualised within its quarter: 2021 Q1 real disposable income +2.8 %
    np.testing.assert_allclose(c.real_income_growth[1:4], 0.028)


def test_a_missing_cell_is_refused_by_line_and_name(tmp_path):
    text = "Scenario Name,Date,Real disposable income growth,Unemployment rate,CPI inflation rate,3-month Treasury rate\n"
    rows = ["X,2021 Q1,2.0,5.0,1.0,0.1", "X,2021 Q2,2.0,,1.0,0.1", "X,2021 Q3,2.0,5.2,1.0,0.1"]
    table = tmp_path / "table.csv"
    table.write_text(text + "\n".join(rows) + "\n")
    with pytest.raises(InputError) as caught:
        build_conditions(load_scenario("fed_2021_severely_adverse", overrides=[f"economy.table={table}", "months=9"]))
    said = str(caught.value)
    assert "Unemployment rate" in said
    assert ":3:" in said


def test_a_tables_first_quarter_of_growth_is_news_and_its_level_of_interest_is_not():
    given = ["economy.real_income_growth=1.5%", "economy.opening.policy_rate=null"]
    c = build_conditions(load_scenario("fed_2021_severely_adverse", overrides=given))
    assert (c.real_income_growth[0], c.real_income_growth[1]) == (0.015, 0.028)
    assert c.policy_rate[0] == c.policy_rate[1] == 0.001


def from_table(tmp_path, *sets):
    (tmp_path / "own.csv").write_text("month,unemployment_rate,inflation\n2026-01,5,3\n2026-02,6,4\n", encoding="utf-8")
    table = ("economy.table", str(tmp_path / "own.csv"))
    return build_conditions(load_scenario("baseline", overrides=["months=2", "economy.table_units=percent", table, *sets]))


def test_a_column_of_the_table_that_is_left_out_gives_way_to_the_scenario_s_own_values(tmp_path):
    assert from_table(tmp_path).inflation.tolist() == [0.02, 0.03, 0.04]
    without = from_table(tmp_path, "economy.table_without=[inflation]")
    assert without.inflation.tolist() == [0.02, 0.02, 0.02]
    assert without.unemployment_rate.tolist() == [0.05, 0.05, 0.06]


@pytest.mark.parametrize(("sets", "said"), [
    (["economy.table_without=[inflation, policy_rate]"],
     "economy.table_without.1: the table .* has no column policy_rate; expected one of unemployment_rate, inflation"),
    (["economy.table_without=[inflaton]"], "economy.table_without.0: 'inflaton' is not allowed; .*did you mean 'inflation'"),
    (["economy.table_without=[inflation]", "economy.table=null"], "economy.table_without: there is no table whose columns could be left"),
])
def test_columns_that_cannot_be_left_out(tmp_path, sets, said):
    with pytest.raises(InputError, match=said):
        from_table(tmp_path, *sets)
