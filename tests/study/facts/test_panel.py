"""Loans read off a panel, on lives of three months written by hand."""

import numpy as np
import pandas as pd

from sim.study.facts.panel import hazards, loans
from sim.study.facts.people import job_losses, late_months
from tests.study.facts.frames import panel

# one borrower a column; months 0 to 6. The first borrows in month 1 and is charged off in month 6, the second repays in month 3
# and borrows again in month 4, the third has a loan from before
STATE = [[0, 0, 1], [1, 1, 1], [1, 1, 1], [1, 0, 1], [1, 1, 1], [1, 1, 1], [2, 1, 0]]
OPENED = [[0, 0, -5], [1, 1, -5], [1, 1, -5], [1, 1, -5], [1, 4, -5], [1, 4, -5], [1, 4, -5]]
MISSED = [[0, 0, 0], [0, 0, 0], [1, 0, 0], [2, 0, 0], [3, 0, 0], [4, 1, 0], [0, 0, 0]]
OFF = [[0, 0, 0]] * 6 + [[6, 0, 0]]


def book():
    return loans(panel(loan_state=STATE, loan_opened=OPENED, loan_missed=MISSED, loan_charged_off=OFF, score=np.arange(21).reshape(7, 3)))


def test_every_loan_of_the_simulated_months_has_a_row_with_its_course():
    found = book().sort_values(["borrower", "opened"])
    columns = ["borrower", "opened", "late_30", "late_90", "lost", "seen", "score"]
    assert found[columns].to_numpy().tolist() == [[0, 1, 2, 4, 5, 5, 3], [1, 1, 0, 0, 0, 2, 4], [1, 4, 0, 0, 0, 2, 13]]


def test_hazards_count_who_is_at_risk_and_who_is_lost():
    at_risk, events = hazards(book(), 6, [0])
    assert at_risk.tolist() == [[3.0, 3.0, 1.0, 1.0, 1.0, 0.0]]
    assert events.tolist() == [[0.0, 0.0, 0.0, 0.0, 1.0, 0.0]]


def test_a_panel_without_lending_has_no_loans():
    assert loans(panel(loan_state=np.zeros((3, 2), int))).empty


def test_a_job_loss_is_followed_for_its_months():
    # the first loses the job in month 1 and is 30 days late two months on, in default four months on; the second pays
    found = job_losses(
        panel(
            employed=[[1, 1]] + [[0, 0]] * 5, cash=[[150.0, 400.0]] * 6, essential=[[100.0, 100.0]] * 6, loan_state=[[1, 1]] * 6,
            loan_missed=[[0, 0], [0, 0], [1, 0], [2, 0], [3, 0], [4, 0]],
        ),
        within=4,
    )
    assert found.buffer.tolist() == [1.5, 4.0]
    assert found.to_30.tolist() == [2, 0]
    assert found.defaulted.tolist() == [True, False]


def test_months_in_arrears_are_those_with_a_loan():
    p = panel(loan_state=[[1, 0], [1, 1], [0, 1]], loan_missed=[[1, 0], [0, 0], [0, 2]])
    assert late_months(p, np.array([True, True]), 0, 2) == 0.5
    assert pd.isna(late_months(p, np.array([False, True]), 0, 0))
