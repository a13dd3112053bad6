"""The first notch whose three conditions hold."""

import pytest

from sim.funding.ratings import Rating, Readings, next_rating, rate
from sim.funding.terms import Notch

TABLE = [
    Notch(label="A", min_capital_ratio=0.20, max_net_charge_off=0.05, min_liquidity=0.05, spread=-0.005),
    Notch(label="B", min_capital_ratio=0.10, max_net_charge_off=0.10, min_liquidity=0.0, spread=0.02),
    Notch(label="C", min_capital_ratio=0.05, max_net_charge_off=0.20, min_liquidity=-0.1, spread=0.05),
]


@pytest.mark.parametrize(
    "capital, losses, liquidity, label",
    [
        (0.20, 0.05, 0.05, "A"),  # thresholds belong to the better notch
        (0.199, 0.01, 0.20, "B"),  # capital alone
        (0.30, 0.051, 0.20, "B"),  # losses alone
        (0.30, 0.01, 0.049, "B"),  # liquidity alone
        (0.30, 0.01, -0.05, "C"),
        (-1.0, 0.9, -1.0, "C"),  # no notch fits: the last
        (None, 0.01, 0.20, "C"),  # no assets, no capital ratio
        (0.30, None, 0.20, "A"),  # no loans yet, no charge-off rate
    ],
)
def test_notch(capital, losses, liquidity, label):
    assert rate(Readings(capital, losses, liquidity), TABLE).label == label


GOOD, FAIR, POOR = Readings(0.3, 0.01, 0.2), Readings(0.15, 0.06, 0.02), Readings(0.06, 0.06, 0.02)


def course(readings, start="B", patience=3, alive=True):
    """Labels and events of a run of months."""
    rating, labels, events = Rating(next(n for n in TABLE if n.label == start)), [], []
    for month, reading in enumerate(readings, 1):
        rating, change = next_rating(rating, reading, TABLE, patience, alive)
        labels.append(rating.notch.label)
        if change is not None:
            events.append((month, *change))
    return "".join(labels), events


def test_down_at_once_with_the_reading_and_the_limit_that_it_missed():
    labels, events = course([FAIR, POOR, POOR])
    assert labels == "BCC"
    assert events == [(2, "downgrade", "B to C: the capital ratio 6.0 %, limit 10 %", 0.06, 0.10)]


def test_up_by_one_notch_after_months_in_a_row():
    labels, events = course([GOOD] * 7, start="C")
    assert labels == "CCBBBAA"
    assert [(month, kind, detail) for month, kind, detail, *_ in events] == [
        (3, "upgrade", "C to B: its conditions held for 3 months"), (6, "upgrade", "B to A: its conditions held for 3 months"),
    ]


def test_readings_that_come_and_go_change_no_rating():
    """What rose and fell in alternate months, and moved the spread each time, stays where it is."""
    labels, events = course([GOOD, FAIR] * 6)
    assert labels == "B" * 12
    assert events == []


def test_a_lender_that_has_failed_is_rated_d_once():
    labels, events = course([GOOD, GOOD], alive=False)
    assert labels == "DD"
    assert [(month, kind) for month, kind, *_ in events] == [(1, "downgrade")]


def test_a_notch_of_another_table_finds_its_place_by_its_spread():
    foreign = Rating(Notch(label="Baa", min_capital_ratio=0.1, max_net_charge_off=0.1, min_liquidity=0, spread=0.01))
    kept, change = next_rating(foreign, FAIR, TABLE, 1, True)
    assert (kept.notch.label, change.kind) == ("B", "downgrade")
    up, change = next_rating(foreign, GOOD, TABLE, 1, True)
    assert (up.notch.label, change.kind) == ("A", "upgrade")
