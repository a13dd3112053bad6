"""Roll, cure and loss rates from transitions: against numbers worked out by hand."""

import pandas as pd
import pytest

from sim.measures.rolls import cure_rates, relapse_hazards, relapse_rate, roll_rates, roll_to_loss


def table(*rows):
    return pd.DataFrame(rows, columns=["from_state", "to_state", "accounts"])


MOVES = table(
    ("current", "current", 970), ("current", "1_29", 30),
    ("1_29", "current", 14), ("1_29", "1_29", 2), ("1_29", "30_59", 4),
    ("30_59", "current", 1), ("30_59", "repaid", 1), ("30_59", "1_29", 2), ("30_59", "60_89", 6),
    ("60_89", "charged_off", 8), ("60_89", "current", 2),
)


def test_rolls_and_cures():
    assert roll_rates(MOVES) == pytest.approx({"current": 0.03, "1_29": 0.2, "30_59": 0.6, "60_89": 0.8})
    assert cure_rates(MOVES) == pytest.approx({"1_29": 0.7, "30_59": 0.2, "60_89": 0.2})


def test_roll_to_loss_solves_the_chain():
    p = roll_to_loss(MOVES)
    # a = .1 a + .2 b; b = .2 a + .6 c; c = .8
    c = 0.8
    b = 0.6 * c / (1 - 0.2 * 0.2 / 0.9)
    a = 0.2 * b / 0.9
    assert p == pytest.approx({"1_29": a, "30_59": b, "60_89": c})


def test_relapse_by_hand():
    months = [f"2026-{m:02d}" for m in range(1, 9)]
    monthly = pd.DataFrame(
        {
            "seed": 1, "month": months, "cures": [10, 20, 0, 0, 0, 0, 0, 0], "relapses": [0, 4, 3, 0, 0, 0, 2, 1],
            "recently_cured": [10, 26, 23, 23, 23, 23, 18, 0], "relapse_rate_6m": [None] * 6 + [0.4, 0.3],
        }
    )
    # 10 returns with 4 relapses and 20 with 6
    assert relapse_rate(monthly) == pytest.approx((4 + 6) / 30)
    moves = pd.DataFrame(
        [(1, m, "current", to, n) for m in months for to, n in (("current", 90), ("1_29", 9), ("repaid", 1))],
        columns=["seed", "month", "from_state", "to_state", "accounts"],
    )
    exposed = 10 + 26 + 23 + 23 + 23 + 23 + 18
    cured, others = relapse_hazards(monthly, moves)
    assert cured == pytest.approx(10 / exposed)
    assert others == pytest.approx((7 * 9 - 10) / (7 * 100 - exposed))


def test_no_cures_no_relapse():
    monthly = pd.DataFrame(
        {"seed": 1, "month": ["2026-01"], "cures": [0], "relapses": [0], "recently_cured": [0], "relapse_rate_6m": [None]}
    )
    assert relapse_rate(monthly) is None
    assert relapse_hazards(monthly, MOVES.assign(seed=1, month="2026-01")) is None
