"""The first notch whose three conditions hold."""

import pytest

from sim.funding.ratings import rate
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
    assert rate(capital, losses, liquidity, TABLE).label == label
