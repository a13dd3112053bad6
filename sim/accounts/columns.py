"""Columns of one account slot. A borrower has one slot for each product of the lender, in the order of the policy."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from sim.engine.columns import Column

# State of an account slot
CLOSED, OPEN, CHARGED_OFF = 0, 1, 2
# Cause of a missed payment: the first gate that failed
NONE, FRAUD, CANNOT_PAY, WILL_NOT_PAY, FORGOT = 0, 1, 2, 3, 4
CAUSES = ("none", "fraud", "cannot_pay", "will_not_pay", "forgot")
# Bits of an account's `marks`
FRAUDULENT, NON_ACCRUAL, EVER_30, EVER_90 = 1, 2, 4, 8
# Bits of `contacted`: whether a contact was attempted in the month and whether the borrower was reached
ATTEMPTED, REACHED = 1, 2
# Bits of `relief`: what the present plan is, and what the account has had
ON_HARDSHIP_PLAN, HAD_HARDSHIP_PLAN, HAD_HOLIDAY = 1, 2, 4

NEVER = -32768  # in `cured`
EVER = 32_767  # in `excluded`: without end
RING = 8  # unpaid instalments are kept by month due, modulo 8: seven fit before charge-off at 180 DPD

COLUMNS: tuple[Column, ...] = (
    Column("principal", "i4", "minor units", "outstanding principal", lowest=0),
    Column("scheduled", "i4", "minor units", "principal that the contract's schedule leaves outstanding", lowest=0),
    Column("instalment", "i4", "minor units", "regular instalment", lowest=0),
    Column("original", "i4", "minor units", "principal at origination", lowest=0),
    Column("unearned_fee", "i4", "minor units", "upfront fee not yet earned", lowest=0),
    Column("fees_due", "i4", "minor units", "late fees unpaid", lowest=0),
    Column("overdue", "i4", "minor units", "interest and principal of missed instalments", lowest=0),
    Column("unpaid_at_due", "i4", "minor units", "part of this month's instalment unpaid at the end of its due day", lowest=0),
    Column("still_unpaid", "i4", "minor units", "of last month's unpaid_at_due, unpaid after 30 days", lowest=0),
    Column("paid_due", "i4", "minor units", "paid on the due day", lowest=0),
    Column("paid_catch_up", "i4", "minor units", "paid on the catch-up date, early repayment included", lowest=0),
    Column("memo_interest", "i4", "minor units", "interest contractually owed, not recognised", lowest=0),
    Column("claim", "i4", "minor units", "charged-off principal still claimed", lowest=0),
    Column("rate", "i2", "basis points", "annual nominal rate", lowest=0, highest=30_000),
    Column("opened", "i2", "month", "month of origination (month 1 is the first simulated one)"),
    Column("charged_off", "i2", "month", "month of charge-off"),
    Column("cured", "i2", "month", "month of the last return from arrears to current, -32,768 if none"),
    Column(
        "missed", "i1", "count", "months since the oldest unpaid instalment, 0 if none: the delinquency bucket", lowest=0, highest=RING - 1
    ),
    Column("remaining", "u1", "count", "instalments not yet fallen due", lowest=0, highest=120),
    Column("tenor", "u1", "months", "instalments in all", lowest=0, highest=120),
    Column("state", "u1", "code", "closed (0), open (1), charged off (2)", lowest=0, highest=CHARGED_OFF),
    Column(
        "method", "u1", "code", "how it is repaid, see METHODS in sim/accounts/methods.py: annuity (0), flat fee (1)", lowest=0, highest=1
    ),
    Column("band", "u1", "code", "risk band at origination", lowest=0, highest=7),
    Column("marks", "u1", "bits", "fraudulent (1), non-accrual (2), ever 30+ (4), ever 90+ (8)", lowest=0, highest=15),
    Column(
        "cause", "u1", "code", "why this month's instalment was missed: " + ", ".join(f"{c} ({k})" for k, c in enumerate(CAUSES)),
        lowest=NONE, highest=FORGOT,
    ),
    Column("contacted", "u1", "bits", "contact of the month: attempted (1), reached (2)", lowest=0, highest=ATTEMPTED | REACHED),
    # of repayment plans and payment holidays (sim/accounts/plans.py): all zero where there was none
    Column("plan_left", "u1", "months", "months of a repayment plan or payment holiday still to come", lowest=0, highest=120, at_rest=True),
    Column(
        "relief", "u1", "bits", "the present plan is a hardship plan (1), has had a hardship plan (2), a payment holiday (4)", lowest=0,
        highest=7, at_rest=True,
    ),
    Column("plan_asked", "i2", "basis points", "of the instalment, asked under the last plan", lowest=0, highest=10_000, at_rest=True),
    Column("plan_waived", "i2", "basis points", "of unpaid interest, waived under the last plan", lowest=0, highest=10_000, at_rest=True),
    Column("plans", "u1", "count", "hardship plans so far", lowest=0, at_rest=True),
    Column("planned", "i2", "month", "month at whose end the last plan was made, 0 if none was", at_rest=True),
    Column("probation_ends", "i2", "month", "last month of the probation after a hardship plan, 0 if there was none", at_rest=True),
    Column("ring", "i4", "minor units", "unpaid interest [0:8] and principal [8:16] by month due modulo 8", width=2 * RING),
)
SCRATCH: tuple[Column, ...] = (
    Column("due", "i4", "minor units", "instalment that falls due this month"),
    Column("interest", "i4", "minor units", "interest within it"),
    Column("asked", "i4", "minor units", "instalment and what is overdue"),
)
# Read like a column of the account, and under its bare name as the borrower's; worked out from what is kept
DAYS_PAST_DUE = Column("days_past_due", "i2", "days", "30 x missed - due day at month-end, 0 if nothing is past due; worked out when read")
FURTHEST = Column("days_past_due", "i2", "days", "days past due of the account furthest in arrears, 0 if none is; worked out when read")


def days_past_due(missed: npt.NDArray[Any], due_day: npt.NDArray[Any]) -> npt.NDArray[np.int16]:
    """Days past due at month-end (day 30) of accounts with so many missed instalments, 0 for none."""
    return np.where(missed > 0, 30 * missed.astype(np.int16) - due_day.astype(np.int16), 0).astype(np.int16)
