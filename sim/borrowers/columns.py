"""The population as columns: one array per attribute, one row per borrower.

Columns are the truth; `Borrower` is a view on a row. Household money is float32 in major units, account
money int32 in minor units, traits are bytes (0 to 255 for 0 to 1), states small integers.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

# Where a borrower stands towards the market
DORMANT, IN_MARKET, LEFT = 0, 1, 2
# State of an account slot
CLOSED, OPEN, CHARGED_OFF = 0, 1, 2
# Cause of a missed payment: the first gate that failed
NONE, FRAUD, CANNOT_PAY, WILL_NOT_PAY, FORGOT = 0, 1, 2, 3, 4
# Bits of an account's `marks`
FRAUDULENT, NON_ACCRUAL, EVER_30, EVER_90 = 1, 2, 4, 8
# Bits of `contacted`: the plan for the month and whether the borrower was reached
ATTEMPTED, REACHED = 1, 2
# Bits of `applies`
APPLIES_LOAN, APPLIES_PLAN = 1, 2

NEVER = -32768  # in `cured`
RING = 8  # unpaid instalments are kept by month due, modulo 8: seven fit before charge-off at 180 DPD


class Household(NamedTuple):
    """Columns of a borrower that do not belong to an account."""

    permanent: Array  # f4 permanent monthly income when employed, major units
    income: Array  # f4 income received this month
    essential: Array  # f4 essential spending a month
    essential_share: Array  # f4 standard of living aimed for, share of permanent income
    buffer: Array  # f4 liquid buffer aimed for, months of essential spending
    cash: Array  # f4 liquid savings
    other_balance: Array  # f4 unsecured debt at other lenders
    other_target: Array  # f4 debt at other lenders aimed for, months of permanent income
    trust: Array  # f4 trust in the lender, 0 to 1
    willingness: Array  # f4 persistent willingness to pay, logits
    job_risk: Array  # f4 separation hazard relative to the average
    spell: Array  # i2 months in the present employment state
    excluded: Array  # i2 months left without access after a charge-off
    employed: Array  # u1
    hours_cut: Array  # u1
    sector: Array  # u1
    segment: Array  # u1 index into the profile's segments
    literacy: Array  # u1 trait
    attentive: Array  # u1 trait
    impulsive: Array  # u1 trait
    payday: Array  # u1 day of the month
    due_day: Array  # u1 day of the month, 1 to 28
    other_first: Array  # u1 pays other unsecured lenders before us
    market: Array  # u1 dormant, in market, left
    saturation: Array  # u1 how much contact lately
    applies: Array  # u1 bits: wants a cash loan, wants an instalment plan
    score: Array  # i2 last score given


class Account(NamedTuple):
    """Columns of one account slot: slot 0 is the cash loan, slot 1 the instalment plan."""

    principal: Array  # i4 outstanding principal
    scheduled: Array  # i4 principal that the contract's schedule leaves outstanding
    instalment: Array  # i4 regular instalment
    original: Array  # i4 principal at origination
    unearned_fee: Array  # i4 upfront fee not yet earned
    fees_due: Array  # i4 late fees unpaid
    overdue: Array  # i4 interest and principal of missed instalments
    unpaid_at_due: Array  # i4 part of this month's instalment unpaid at the end of its due day
    still_unpaid: Array  # i4 of last month's unpaid_at_due, unpaid after 30 days
    paid_due: Array  # i4 paid on the due day
    paid_catch_up: Array  # i4 paid on the catch-up date
    memo_interest: Array  # i4 interest contractually owed, not recognised
    claim: Array  # i4 charged-off principal still claimed
    rate: Array  # i2 annual nominal rate, basis points
    opened: Array  # i2 month of origination (month 1 is the first simulated one)
    charged_off: Array  # i2 month of charge-off
    cured: Array  # i2 month of the last return from arrears to current, NEVER if none
    missed: Array  # i1 months since the oldest unpaid instalment, 0 if none: the delinquency bucket
    remaining: Array  # u1 instalments not yet fallen due
    tenor: Array  # u1
    state: Array  # u1 closed, open, charged off
    band: Array  # u1 risk band at origination
    marks: Array  # u1 bits: fraudulent, non-accrual, ever 30+, ever 90+
    cause: Array  # u1 why this month's instalment was missed
    contacted: Array  # u1 bits: attempted, reached this month
    ring: Array  # i4 (rows, 16): unpaid interest [0:8] and principal [8:16] by month due modulo 8


_F4, _I4, _I2, _I1, _U1 = np.float32, np.int32, np.int16, np.int8, np.uint8

_HOUSEHOLD_TYPES = (_F4,) * 11 + (_I2,) * 2 + (_U1,) * 13 + (_I2,)
_ACCOUNT_TYPES = (_I4,) * 13 + (_I2,) * 4 + (_I1,) + (_U1,) * 7 + (_I4,)


def empty_household(rows: int) -> Household:
    """Zeroed household columns."""
    return Household(*(np.zeros(rows, kind) for kind in _HOUSEHOLD_TYPES))


def empty_account(rows: int) -> Account:
    """Zeroed account columns."""
    plain = [np.zeros(rows, kind) for kind in _ACCOUNT_TYPES[:-1]]
    ring: Array = np.zeros((rows, 2 * RING), _I4)
    return Account._make([*plain, ring])


class Population(NamedTuple):
    """Everything kept per borrower."""

    household: Household
    loan: Account
    plan: Account

    @property
    def rows(self) -> int:
        return int(self.household.income.shape[0])

    def bytes_per_borrower(self) -> float:
        """Memory of all columns over rows."""
        arrays = [*self.household, *self.loan, *self.plan]
        return sum(a.nbytes for a in arrays) / max(1, self.rows)


def empty_population(rows: int) -> Population:
    """Zeroed columns for a population."""
    return Population(empty_household(rows), empty_account(rows), empty_account(rows))
