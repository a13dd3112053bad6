"""Opening accounts: granted loans, the seasoned book at the start, a scripted loan.

These phases run over a desk's applications, row by row: `b.desk.face[j]` is the j-th, `b.whole` the population.
"""

from __future__ import annotations

import numpy as np
from numpy import float32 as f
from numpy import float64, int32, int64, uint8

from sim.accounts.columns import FRAUDULENT, NEVER, OPEN
from sim.accounts.methods import interest_base, interest_of
from sim.engine.declare import Counter
from sim.engine.pipeline import Block, Numbers
from sim.numerics.compile import phase
from sim.numerics.functions32 import unit32
from sim.numerics.philox import lot

U0 = np.uint8(0)

COUNTERS = (
    Counter("granted_face", "principal of accounts opened, minor units"),
    Counter("granted_fees", "upfront fees netted from their payouts"),
    Counter("granted", "accounts opened"),
)


@phase
def open_accounts(b: Block, p: Numbers) -> None:
    """Open the granted accounts; a claim or past plans that were in the slot are given up. Closing left the rest at zero."""
    for j in range(b.n):
        if b.desk.granted[j] == U0:
            continue
        i = b.desk.rows[j]
        face = b.desk.face[j]
        fee = int64(np.floor(float64(face) * p.product.upfront_fee + 0.5))
        b.whole.account.principal[i] = int32(face)
        b.whole.account.scheduled[i] = int32(face)
        b.whole.account.original[i] = int32(face)
        b.whole.account.instalment[i] = int32(b.desk.instalment[j])
        b.whole.account.unearned_fee[i] = int32(fee)
        b.whole.account.claim[i] = int32(0)
        b.whole.account.rate[i] = np.int16(b.desk.rate[j])
        b.whole.account.opened[i] = np.int16(p.month)
        b.whole.account.cured[i] = np.int16(NEVER)
        b.whole.account.remaining[i] = uint8(b.desk.tenor[j])
        b.whole.account.tenor[i] = uint8(b.desk.tenor[j])
        b.whole.account.state[i] = uint8(OPEN)
        b.whole.account.method[i] = uint8(p.product.method)
        b.whole.account.band[i] = uint8(b.desk.band[j])
        b.whole.account.relief[i] = U0
        b.whole.account.plan_asked[i] = np.int16(0)
        b.whole.account.plan_waived[i] = np.int16(0)
        b.whole.account.plans[i] = U0
        b.whole.account.planned[i] = np.int16(0)
        b.whole.account.probation_ends[i] = np.int16(0)
        b.whole.account.marks[i] = uint8(FRAUDULENT) if b.desk.fraudulent[j] != U0 else U0


@phase
def pay_out(b: Block, p: Numbers) -> None:
    """The payout reaches the borrower, most of it to be spent at once."""
    for j in range(b.n):
        if b.desk.granted[j] == U0:
            continue
        i = b.desk.rows[j]
        face = b.desk.face[j]
        fee = int64(np.floor(float64(face) * p.product.upfront_fee + 0.5))
        b.whole.cash[i] += (f(1) - p.demand.spent) * f(face - fee) * p.money.major
        b.count.granted_face[0] += face
        b.count.granted_fees[0] += fee
        b.count.granted[0] += 1


@phase
def season(b: Block, p: Numbers) -> None:
    """Let the accounts just opened have run for a part of their tenor (the opening book).

    The age is uniform over the tenor; balance and unearned fee are where the schedule says.
    """
    for j in range(b.n):
        if b.desk.granted[j] == U0:
            continue
        i = b.desk.rows[j]
        tenor = int64(b.desk.tenor[j])
        age = int64(unit32(lot(i, 0, p.event.sample_age, p.key.low, p.key.high)) * f(tenor))
        fee = int64(b.whole.account.unearned_fee[i])
        face = int32(b.desk.face[j])
        balance = int64(face)
        for _ in range(age):
            base = interest_base(b.whole.account.method[i], balance, int64(face))
            interest = int64(interest_of(base, b.desk.rate[j]))
            balance -= min(balance, b.desk.instalment[j] - interest)
        b.whole.account.opened[i] = np.int16(p.month - age)
        b.whole.account.principal[i] = int32(balance)
        b.whole.account.scheduled[i] = int32(balance)
        b.whole.account.remaining[i] = uint8(tenor - age)
        b.whole.account.unearned_fee[i] = int32(fee - fee * age // tenor)
        b.whole.account.marks[i] = U0
