"""Metrics are declared once, in a form that tables, pages and comparisons can rely on."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

import sim
from sim.measures.monthly import CORE
from sim.measures.outcomes import DERIVED, Course, outcome_of, outcomes_of
from sim.measures.registry import Column, Metric, assemble, ratio
from sim.measures.table import MONTHLY, OUTCOMES, outcome
from tests.measures.records import RECORD


def shunned(r):
    """Share of reached borrowers who complain."""
    return ratio(r.contacts.complaints, r.contacts.reached)


SHUNNED = Metric("complaint_rate", "ratio", "complaints / contacts_reached", shunned, "Collections and contacts", "mean", "mean")


def test_a_mechanisms_metric_comes_after_the_core_and_into_everything():
    table = assemble(MONTHLY, [SHUNNED])
    assert table.names == (*MONTHLY.names, "complaint_rate")
    assert table.row(RECORD) == {**MONTHLY.row(RECORD), "complaint_rate": 2 / 17}
    assert table["complaint_rate"] is SHUNNED
    assert table.described()[-1] == {
        "name": "complaint_rate", "unit": "ratio", "meaning": "complaints / contacts_reached", "over_months": "mean",
        "at_rest": None,
    }
    compared = [o.name for o in outcomes_of(table, DERIVED)]
    assert set(compared) - {o.name for o in OUTCOMES} == {"complaint_rate"}


def test_a_name_declared_twice_is_refused_with_both_places():
    again = replace(SHUNNED, name="cash", section="Elsewhere")
    with pytest.raises(ValueError, match="'cash' is declared twice: under 'Funding and liquidity' and under 'Elsewhere'"):
        assemble(CORE, [again])
    with pytest.raises(ValueError, match="'lowest_liquidity' is declared twice"):
        outcomes_of(MONTHLY, (*DERIVED, DERIVED[2]))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": "Complaint rate"}, "lower case"),
        ({"unit": "percent"}, "the unit is one of label, count, money, ratio, flag, not 'percent'"),
        ({"over_months": "sum"}, "a ratio does not add up over months"),
        ({"unit": "label"}, "a label comes to no number"),
        ({"over_months": None}, "only what is a number over a horizon can be compared"),
    ],
)
def test_a_declaration_that_no_table_can_hold_is_refused(changes, words):
    with pytest.raises(ValueError, match=words):
        replace(SHUNNED, **changes)


def test_a_metric_rests_at_nothing_or_as_another_column_does():
    for at_rest in ("0", "cash"):
        assert assemble(CORE, [replace(SHUNNED, at_rest=at_rest)]).resting() == {"complaint_rate": at_rest}
    with pytest.raises(ValueError, match="'complaint_rate' rests as 'csah', which is neither '0' nor a column"):
        assemble(CORE, [replace(SHUNNED, at_rest="csah")])


def test_the_six_buckets_alone_begin_with_balance():
    assert len([name for name in MONTHLY.names if name.startswith("balance_")]) == 6


def test_units_part_the_columns():
    units = [MONTHLY.of_unit(unit) for unit in ("label", "count", "money", "ratio", "flag")]
    assert sorted(name for unit in units for name in unit) == sorted(MONTHLY.names)
    assert units[0] == {"month", "rating", "lender_state"}
    assert units[4] == {"survival_censored"}


def test_an_unknown_metric_is_a_key_error():
    with pytest.raises(KeyError, match="csah"):
        outcome("csah")
    with pytest.raises(ValueError, match="rating comes to no number"):
        outcome("rating")


# three months of two seeds, by hand; the column `flag` is true once in the first
MONTHS = pd.DataFrame(
    {
        "seed": [1, 1, 1], "month_index": [1, 2, 3], "originations": [10.0, 20.0, 40.0], "gross_charge_offs": [5.0, 7.0, 9.0],
        "recoveries": [1.0, 1.0, 2.0], "net_income": [1.0, -2.0, 4.0], "dividends": [2.0, 0.0, 3.0],
        "operating_cost": [3.0, 3.0, 4.0], "complaints": [1, 0, 5], "churned": [2, 2, 1], "customers_taught": [4, 0, 6],
        "plans_made": [3, 0, 1], "interest_capitalised": [0.5, 1.5, 4.0],
        "gross_loans": [100.0, 140.0, 150.0], "delinquency_30_plus": [0.1, 0.2, 0.3], "equity": [50.0, 48.0, 52.0],
        "cash": [9.0, 3.0, 6.0], "liquidity": [5.0, -2.0, -4.0], "capital_ratio": [0.5, 0.4, 0.45], "mean_trust": [0.6, 0.5, None],
        "lender_state": ["going_concern", "going_concern", "illiquid"], "survival_censored": [False, True, False],
    }
)
AT_2 = {
    "originations": 30, "gross_charge_offs": 12, "recoveries": 2, "operating_cost": 6, "net_income": -1, "complaints": 1, "churned": 4,
    "dividends": 2, "customers_taught": 4, "plans_made": 3, "interest_capitalised": 2, "gross_loans": 140, "delinquency_30_plus": 0.2,
    "equity": 48, "capital_ratio": 0.4, "cash": 3, "liquidity": -2, "mean_trust": 0.5,
    "net_charge_offs": 10, "mean_net_charge_off_rate": 12 * 10 / 2 / 120, "lowest_liquidity": -2, "failed": 0,
}
AT_3 = {
    "originations": 70, "gross_charge_offs": 21, "recoveries": 4, "operating_cost": 10, "net_income": 3, "complaints": 6, "churned": 5,
    "dividends": 5, "customers_taught": 10, "plans_made": 4, "interest_capitalised": 6,
    "gross_loans": 150, "delinquency_30_plus": 0.3, "equity": 52, "capital_ratio": 0.45, "cash": 6, "liquidity": -4,
    "mean_trust": float("nan"),
    "net_charge_offs": 17, "mean_net_charge_off_rate": 12 * 17 / 3 / 130, "lowest_liquidity": -4, "failed": 1,
}


@pytest.mark.parametrize(("horizon", "expected"), [(2, AT_2), (3, AT_3)])
def test_every_outcome_of_a_comparison_by_hand(horizon, expected):
    course = Course(MONTHS, horizon)
    found = {o.name: o.value(course) for o in OUTCOMES}
    assert list(found) == list(expected)
    assert found == pytest.approx(expected, nan_ok=True)


def test_a_flag_counts_if_it_was_ever_raised():
    flag = outcome_of(MONTHLY["survival_censored"])
    assert [flag.value(Course(MONTHS, h)) for h in (1, 2, 3)] == [0, 1, 1]


def test_the_manifest_describes_the_columns():
    results = sim.run("golden_ledger")
    described = json.loads(json.dumps(results.manifest()["metrics"]))
    assert [m["name"] for m in described] == list(results.monthly.columns)
    assert {m["name"]: m["over_months"] for m in described}["survival_months"] == "lowest"
    assert all(Column(m["name"], m["unit"], m["meaning"]).meaning for m in described)


def test_declarations_import_nothing_heavy():
    code = (
        "import sys, sim.measures.registry, sim.measures.monthly, sim.measures.table, sim.cli; "
        "heavy = {'numba', 'pandas', 'mesa', 'scipy'} & set(sys.modules); assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, cwd=Path(__file__).parents[2])
    assert done.returncode == 0, done.stderr
