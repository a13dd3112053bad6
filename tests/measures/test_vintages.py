"""Vintages from a product's sums: cumulative, by months on book, from month 1 on."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.assembly import VINTAGES
from sim.measures.vintages import COLUMNS, accounts_opened, vintage_rows

ZERO = 2  # two months of warm-up stand before month 0


@pytest.fixture
def sums():
    v = {name: np.zeros((8, 8), np.int64) for name in VINTAGES}
    for month, face, accounts in ((-1, 11_100, 1), (1, 500_050, 5), (3, 200_000, 2)):
        v["originated"][month + ZERO, 0], v["accounts"][month + ZERO, 0] = face, accounts
    v["ever_30"][1 + ZERO, 1:3] = 10_000, 20_000
    v["ever_90"][1 + ZERO, 2] = 9_000
    v["charged_off"][1 + ZERO, 2] = 8_000
    v["recovered"][1 + ZERO, 2] = 123
    return v


def test_each_vintage_has_a_row_a_month_on_book(sums):
    rows = vintage_rows("cash_loan", sums, ZERO, 3, lambda m: f"2026-{m:02d}", seed=7, scale=100)
    assert [list(row) for row in rows] == [[c.name for c in COLUMNS]] * len(rows)
    # months 1 and 3 have loans, month 2 has none, the warm-up's are not shown
    assert [tuple(row.values()) for row in rows] == [
        (7, "2026-01", "cash_loan", 0, 5_000.5, 5, 0.0, 0.0, 0.0, 0.0),
        (7, "2026-01", "cash_loan", 1, 5_000.5, 5, 100.0, 0.0, 0.0, 0.0),
        (7, "2026-01", "cash_loan", 2, 5_000.5, 5, 300.0, 90.0, 80.0, 1.23),
        (7, "2026-03", "cash_loan", 0, 2_000.0, 2, 0.0, 0.0, 0.0, 0.0),
    ]


def test_accounts_opened_in_a_month_of_all_products(sums):
    both = [sums, {name: table * 10 for name, table in sums.items()}]
    engine = SimpleNamespace(
        vintage=lambda slot, measure, opened, age: int(both[slot][measure][opened, age]), slots=2, vintage_zero=ZERO
    )
    assert [accounts_opened(engine, month) for month in (-1, 0, 1, 3)] == [11, 0, 55, 22]
