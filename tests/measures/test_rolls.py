"""Roll, cure and loss rates from transitions: against numbers worked out by hand."""

import pandas as pd
import pytest

from sim.measures.rolls import cure_rates, roll_rates, roll_to_loss


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
