"""The month's row against numbers worked out by hand."""

import json
from dataclasses import asdict, replace

import pytest

from sim.measures.monthly import net_charge_off_rate
from sim.measures.table import MONTHLY
from sim.state import Counts, Past, Tallies
from tests.measures.records import CLOSE, EMPTY, RECORD, flows

BY_HAND = {
    "month": "2026-08",
    "month_index": 8,
    "seed": 42,
    "unemployment_rate": 0.05,
    "unemployment_rate_simulated": 0.0625,
    "applications": 80,
    "approvals": 20,  # 15 lent, 5 offers not taken
    "cut_off": 560,
    "approval_rate": 0.25,  # 20 / 80
    "rejected_policy": 30,  # 80 - 50
    "rejected_budget": 30,  # 50 - 20
    "declined_offers": 5,
    "take_up_rate": 0.75,  # 15 / 20
    "originations": 1_500,
    "disbursed": 1_455,
    "active_accounts": 77,
    "gross_loans": 10_000,
    "balance_current": 6_000,
    "balance_1_29": 2_000,
    "balance_30_59": 800,
    "balance_60_89": 700,
    "balance_90_119": 400,
    "balance_120_plus": 100,
    "delinquency_30_plus": 0.2,  # (800 + 700 + 400 + 100) / 10,000
    "day1_delinquency": 0.15,  # 30 / 200
    "collection_rate_30d": 0.75,  # (40 - 10) / 40: last month's unpaid, not this month's
    "payment_rate": 0.1,  # (700 + 180 + 20) / 9,000
    "first_payment_default": 0.075,  # 3 / 40 opened two months ago
    "npl_ratio": 0.05,  # 500 / 10,000
    "npl_ratio_lagged": 0.0625,  # 500 / 8,000
    "gross_charge_offs": 140,
    "direct_charge_offs": 15,
    "recoveries": 30,
    "net_charge_off_rate": 12 * 110 / 9_500,  # average of 9,000 and 10,000
    "net_charge_off_rate_3m": 4 * (50 + 60 + 110) / ((8_700 + 8_900 + 9_500) / 3),
    "missed_total": 40,  # 1 + 20 + 6 + 13
    "missed_fraud": 1,
    "missed_cannot_pay": 20,
    "missed_will_not_pay": 6,
    "missed_forgot": 13,
    "cures": 7,
    "relapses": 4,
    "recently_cured": 35,  # 9 + 8 + 7 + 6 + 5 + 7 less 3 + 2 + 1 + 1
    "relapse_rate_6m": 0.4,  # 4 of the 10 cures of six months ago
    "allowance": 1_200,
    "allowance_ratio": 0.12,
    "coverage_ratio": 2.4,  # 1,200 / 500
    "interest_income": 301,
    "fee_income": 41,
    "funding_cost": 52,
    "operating_cost": 63,
    "provisions": 74,
    "tax": 5,
    "net_income": 148,
    "equity": 2_500,
    "total_assets": 12_500,
    "capital_ratio": 0.2,
    "cash": 2_100,
    "debt": 9_000,
    "undrawn_committed": 3_000,
    "borrowing_base": 9_100,
    "available_funding": 100,
    "liquidity": 1_700,
    "trigger_reading": 0.125,
    "survival_months": 24,
    "survival_censored": True,
    "survival_months_runoff": 18,
    "rating": "BB",
    "funding_spread": 0.045,
    "collections_utilisation": 0.25,  # 30 / 120
    "collections_backlog": 4,
    "reminders": 11,
    "contacts": 31,
    "contacts_reached": 17,
    "complaints": 2,
    "mean_trust": 0.6,  # 3 / 5
    "churned": 9,
    "lender_state": "going_concern",
    "principal_collected": 700,
    "interest_collected": 180,
    "fees_collected": 20,
    "debt_drawn": 33,
    "debt_repaid": 44,
    "capital_paid_in": -55,
    "dividends": 57,
    "unpaid_obligations": 66,
    "forborne_loans": 1_900,
    "customers_taught": 41,
    "delinquency_30_plus_incl_forborne": 0.37,  # (2,000 + 1,700) / 10,000
    "forborne_accounts": 27,
    "plans_made": 23,
    "holidays_granted": 24,
    "plans_completed": 14,
    "plans_broken": 16,
    "plans_redefaulted": 21,
    "reaged": 22,
    "interest_capitalised": 45,
    "interest_waived": 8,
}
KIND = {"label": str, "count": int, "money": int, "ratio": float, "flag": bool}


def test_the_row_has_these_columns_in_this_order():
    assert list(MONTHLY.row(RECORD)) == list(BY_HAND) == list(MONTHLY.names)


@pytest.mark.parametrize("metric", list(MONTHLY), ids=lambda m: m.name)
def test_every_metric_by_hand_and_in_its_unit(metric):
    value = metric.value(RECORD)
    assert type(value) is KIND[metric.unit]
    assert value == (pytest.approx(BY_HAND[metric.name], rel=1e-12) if metric.unit == "ratio" else BY_HAND[metric.name])


def test_ratios_are_empty_where_there_is_nothing_to_divide_by():
    row = MONTHLY.row(EMPTY)
    always = {"unemployment_rate", "unemployment_rate_simulated", "funding_spread"}
    assert {name for name, value in row.items() if value is None} == MONTHLY.of_unit("ratio") - always


@pytest.mark.parametrize(
    ("name", "past"),
    [
        ("npl_ratio_lagged", replace(RECORD.past, gross=RECORD.past.gross[-6:])),
        ("collection_rate_30d", replace(RECORD.past, unpaid_at_due=(30,))),
        ("first_payment_default", replace(RECORD.past, originated_accounts=(12, 35))),
        ("relapse_rate_6m", replace(RECORD.past, cures=(9, 8, 7, 6, 5, 7), relapsed=(3, 2, 1, 1, 0, 0))),
    ],
)
def test_what_looks_back_is_empty_until_the_history_reaches_so_far(name, past):
    assert MONTHLY.row(replace(RECORD, past=past)) == {**MONTHLY.row(RECORD), name: None}


def test_the_charge_off_rate_takes_the_months_that_there_are():
    assert net_charge_off_rate(Past(gross=(500,)), 3) is None  # an opening book, no month yet
    # two months: 6 x (20 + 30) / mean of 550 and 700
    assert net_charge_off_rate(Past(gross=(500, 600, 800), charged=(20, 30)), 3) == pytest.approx(6 * 50 / 625)
    # a warm-up's first month has no opening balance
    assert net_charge_off_rate(Past(gross=(600, 800), charged=(20, 30)), 3) == pytest.approx(12 * 30 / 700)
    assert net_charge_off_rate(Past(gross=(0, 0), charged=(0,)), 1) is None
    # recoveries above charge-offs make it negative
    assert net_charge_off_rate(Past(gross=(1_000, 1_000), charged=(-25,)), 1) == pytest.approx(-0.3)


def passing_30_days(from_current, from_1_29):
    """Tallies in which so much principal passes 30 days past due, and some more stays behind it."""
    moved = [[0] * 10 for _ in range(10)]
    moved[0][2], moved[1][2], moved[2][2] = from_current, from_1_29, 1_000
    rows = tuple(tuple(row) for row in moved)
    return Tallies(RECORD.counts, rows, rows, ladder=None)


def test_a_month_joins_the_history_without_touching_the_one_before():
    tallies = passing_30_days(10, 5)
    after = RECORD.past.followed_by(tallies, flows(50, 40, 30, 0, 0, 0, gross_charge_offs=9, recoveries=2), 600, 582, 8, 700)
    assert RECORD.past.gross[-1] == 10_000
    assert after.gross == (*RECORD.past.gross, 120)
    assert after.charged[-1] == 7
    assert after.unpaid_at_due[-2:] == (30, 30)
    assert (after.originations, after.payouts, after.originated_accounts[-1], after.wanted) == ((600,), (582,), 8, (700,))
    assert after.fallen == ((15, 90),)  # what moved past 30 days from either bucket below, of what stands below
    assert after.cures[-1] == 7
    # relapses one, three and six months after the cure are added to the months of those cures
    assert after.relapsed == (900, 4, 3 + 1, 2, 1, 1 + 2, 0, 0 + 1, 0)
    assert after.operating_cost == ()
    assert after.with_operating_cost(63).operating_cost == (63,)


def test_the_history_of_a_young_lender_has_no_cures_to_relapse():
    young = Past().opened_with(1_000).followed_by(passing_30_days(0, 0), flows(900, 0, 0, 0, 0, 0), 0, 0, 0, 0)
    assert young.relapsed == (0,)
    assert young.gross == (1_000, 900)


def test_the_books_own_columns_are_taken_as_they_are():
    close = {name: value if isinstance(value, str) else 7_000 + k for k, (name, value) in enumerate(CLOSE.items())}
    row = MONTHLY.row(replace(RECORD, close=close))
    assert {name: row[name] for name in close} == close


def test_history_and_sums_survive_being_written_as_json():
    past, counts = (json.loads(json.dumps(asdict(part))) for part in (RECORD.past, RECORD.counts))
    read = replace(RECORD, past=Past(**past), counts=Counts(**counts))
    assert MONTHLY.row(read) == MONTHLY.row(RECORD)
