"""Opening accounts: granted loans, the seasoned book at the start, a scripted loan."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import float32, int32, uint8, uint32

from sim.borrowers import rules
from sim.borrowers.columns import FRAUDULENT, NEVER, OPEN
from sim.numerics.compile import inline, kernel
from sim.numerics.functions32 import unit32
from sim.numerics.philox import Event, word

f = float32
_LOAN_AGE, _PLAN_AGE = int(Event.SAMPLE_LOAN_AGE), int(Event.SAMPLE_PLAN_AGE)
_HAS_LOAN, _HAS_PLAN = int(Event.SAMPLE_CASH_LOAN), int(Event.SAMPLE_PLAN)


@kernel
def book(
    H: Any, A: Any, rows: Any, grant: Any, face: Any, rate: Any, instalment: Any, tenor: Any, band: Any, fraudulent: Any,
    fee_share: float, spent: Any, major: Any, month: int,
) -> tuple[int, int, int]:
    """Open the granted accounts; returns face principal, fees netted and number of accounts."""
    total = 0
    fees = 0
    count = 0
    cash, columns, marks = H.cash, _columns(A), A.marks
    for j in range(rows.shape[0]):
        if grant[j] == uint8(0):
            continue
        i = rows[j]
        fee = int(np.floor(face[j] * fee_share + 0.5))
        open_account(columns, i, face[j], rate[j], instalment[j], tenor[j], band[j], fee, month)
        if fraudulent[j] != uint8(0):
            marks[i] = uint8(FRAUDULENT)
        cash[i] += (f(1) - spent) * f(face[j] - fee) * major
        total += face[j]
        fees += fee
        count += 1
    return total, fees, count


@inline
def _columns(A: Any) -> Any:
    """The columns that opening an account writes, taken out of their record once and not in the loop."""
    return (
        A.principal, A.scheduled, A.original, A.instalment, A.unearned_fee, A.claim, A.rate, A.opened, A.cured, A.remaining,
        A.tenor, A.state, A.band, A.marks,
    )


@inline
def open_account(columns: Any, i: Any, face: Any, rate: Any, instalment: Any, tenor: Any, band: Any, fee: Any, month: Any) -> None:
    """A fresh account in the slot; a charged-off claim that was there is given up. Closing left the rest at zero."""
    (
        principal, scheduled, original, regular, unearned_fee, claim, annual, opened, cured, remaining, months, state, risk_band,
        marks,
    ) = columns
    principal[i] = int32(face)
    scheduled[i] = int32(face)
    original[i] = int32(face)
    regular[i] = int32(instalment)
    unearned_fee[i] = int32(fee)
    claim[i] = int32(0)
    annual[i] = np.int16(rate)
    opened[i] = np.int16(month)
    cured[i] = np.int16(NEVER)
    remaining[i] = uint8(tenor)
    months[i] = uint8(tenor)
    state[i] = uint8(OPEN)
    risk_band[i] = uint8(band)
    marks[i] = uint8(0)


@kernel
def season(
    H: Any, A: Any, rows: Any, grant: Any, face: Any, rate: Any, instalment: Any, tenor: Any, band: Any, fee_share: float,
    plan: bool, month: int, k0: int, k1: int,
) -> None:
    """Give the granted borrowers an account that has already run for part of its tenor (the opening book).

    The age is uniform over the tenor; balance and unearned fee are where the schedule says.
    """
    columns = _columns(A)
    principal, scheduled, remaining, unearned_fee = A.principal, A.scheduled, A.remaining, A.unearned_fee
    for j in range(rows.shape[0]):
        if grant[j] == uint8(0):
            continue
        i = rows[j]
        event = uint32(_PLAN_AGE) if plan else uint32(_LOAN_AGE)
        age = int(unit32(word(i, 0, event, k0, k1)) * f(tenor[j]))
        fee = int(np.floor(face[j] * fee_share + 0.5))
        open_account(columns, i, face[j], rate[j], instalment[j], tenor[j], band[j], fee, month - age)
        balance = int(face[j])
        for _ in range(age):
            base = face[j] if plan else balance
            interest = int(rules.interest_of(base, rate[j]))
            balance -= min(balance, instalment[j] - interest)
        principal[i] = int32(balance)
        scheduled[i] = int32(balance)
        remaining[i] = uint8(tenor[j] - age)
        unearned_fee[i] = int32(fee - fee * age // tenor[j])


@kernel
def pick_opening(n: int, share: Any, plan: bool, k0: int, k1: int) -> Any:
    """Bytes: who holds a seasoned account at the start."""
    chosen = np.zeros(n, np.uint8)
    event = uint32(_HAS_PLAN) if plan else uint32(_HAS_LOAN)
    for i in range(n):
        chosen[i] = uint8(1) if unit32(word(i, 0, event, k0, k1)) < share else uint8(0)
    return chosen


@kernel
def open_scripted(A: Any, face: int, rate: int, instalment: int, tenor: int, fee: int) -> None:
    """Open the account of a scripted loan in row 0, month 0."""
    open_account(_columns(A), 0, face, rate, instalment, tenor, 0, fee, 0)
