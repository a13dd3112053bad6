"""Addressed randomness: a pure function of seed, borrower, month and event.

philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011) with
key = seed and counter = (borrower low, borrower high, month, call). One call serves four events; the
table below gives every named event its (call, lane) and is only ever appended to, so that switching a
mechanism off, or adding one, moves no other draw.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any

from numpy import uint32, uint64

from sim.numerics.compile import kernel, rule


class Event(IntEnum):
    """Every random event of the model: value = 4 * call + lane. Append only."""

    JOB = 0
    INCOME_TRANSITORY = 1
    HOURS = 2
    EXPENSE = 3
    WILLING = 4
    FORGET_DUE = 5
    FORGET_CATCH_UP = 6
    EARLY_REACHED = 7
    DEMAND = 8
    PREPAY = 9
    CHURN = 10
    INCOME_PERMANENT = 11
    # Rare events, drawn only for the rows concerned
    REACHED = 12
    COMPLAINT = 13
    DIRECT_CHARGE_OFF = 14
    RECOVERY = 15
    APPLICATION_SIZE = 16
    APPLICATION_FRAUD = 17
    FRAUD_SCREEN = 18
    TIE_BREAK = 19
    SCORE_NOISE = 20
    COLLECTION_TIE_BREAK = 23
    # Sampling of the population (month 0)
    SAMPLE_SEGMENT = 24
    SAMPLE_SECTOR = 25
    SAMPLE_EMPLOYED = 26
    SAMPLE_PAYDAY = 27
    SAMPLE_PRUDENCE = 28
    SAMPLE_INCOME = 29
    SAMPLE_BUFFER = 30
    SAMPLE_LITERACY = 31
    SAMPLE_ATTENTION = 32
    SAMPLE_IMPULSE = 33
    SAMPLE_WILLINGNESS = 34
    SAMPLE_TRUST = 35
    SAMPLE_ESSENTIAL = 36
    SAMPLE_OTHER_DEBT = 37
    SAMPLE_PRIORITY = 38
    SAMPLE_DUE_DAY = 39
    SAMPLE_MARKET = 40
    # 41 to 44 are retired (who holds a cash loan, a plan, and their ages: events of named products) and stay reserved
    SAMPLE_EXCLUDED = 45
    SAMPLE_SAVINGS = 46
    SAMPLE_SPELL = 47
    # Reserved for researchers' own rules
    USER_1 = 48
    USER_2 = 49
    USER_3 = 50
    USER_4 = 51
    # Sampling of the accounts held at the start, for each product
    SAMPLE_HOLDS = 52
    SAMPLE_AGE = 53
    SAMPLE_ASTRAY = 54  # the borrower's: in a spell of inattention
    # Credit education
    TAUGHT = 56
    RECALLED = 57
    # Rare shocks of income
    INCOME_JUMP = 58
    INCOME_DIP = 59
    # Payment relief
    PLAN_DIAGNOSED = 60
    PLAN_TAKEN = 61
    FORBEARANCE = 62


RETIRED = frozenset({41, 42, 43, 44})  # addresses that had a name once: never given to another event
# Events of an account: every product has a draw of its own, so that a borrower's two accounts do not share their luck. All
# others are the borrower's. A direct charge-off is: bankruptcy or death takes all accounts of a borrower that are in arrears.
OF_ACCOUNT = frozenset(
    {
        Event.DEMAND, Event.PREPAY, Event.REACHED, Event.COMPLAINT, Event.RECOVERY, Event.APPLICATION_SIZE, Event.APPLICATION_FRAUD,
        Event.FRAUD_SCREEN, Event.TIE_BREAK, Event.COLLECTION_TIE_BREAK, Event.SAMPLE_HOLDS, Event.SAMPLE_AGE,
        Event.PLAN_DIAGNOSED, Event.PLAN_TAKEN,
    }
)


@rule
def philox(c0: Any, c1: Any, c2: Any, c3: Any, k0: Any, k1: Any) -> Any:
    """Ten rounds of philox4x32: four 32-bit words for one counter and one key."""
    m0 = uint64(0xD2511F53)
    m1 = uint64(0xCD9E8D57)
    for _ in range(10):
        p0 = m0 * uint64(c0)
        p1 = m1 * uint64(c2)
        h0 = uint32(p0 >> uint64(32))
        l0 = uint32(p0)
        h1 = uint32(p1 >> uint64(32))
        l1 = uint32(p1)
        n0 = uint32(h1 ^ c1 ^ k0)
        n2 = uint32(h0 ^ c3 ^ k1)
        c0 = n0
        c1 = l1
        c2 = n2
        c3 = l0
        k0 = uint32(k0 + uint32(0x9E3779B9))
        k1 = uint32(k1 + uint32(0xBB67AE85))
    return c0, c1, c2, c3


@rule
def lot(borrower: Any, month: Any, event: Any, k0: Any, k1: Any) -> Any:
    """The 32-bit word of one event for one borrower and month: for rare events, drawn only for the rows concerned."""
    b = uint64(borrower)
    e = uint32(event)
    a0, a1, a2, a3 = philox(uint32(b), uint32(b >> uint64(32)), uint32(month), e >> uint32(2), uint32(k0), uint32(k1))
    lane = e & uint32(3)
    low = a0 if lane == uint32(0) else a1
    high = a2 if lane == uint32(2) else a3
    return low if lane < uint32(2) else high


@kernel
def words(borrower: int, month: int, call: int, k0: int, k1: int) -> Any:
    """The four words of one call, for inspection and tests."""
    b = uint64(borrower)
    return philox(uint32(b), uint32(b >> uint64(32)), uint32(month), uint32(call), uint32(k0), uint32(k1))


@kernel
def raw(c0: int, c1: int, c2: int, c3: int, k0: int, k1: int) -> Any:
    """philox4x32-10 on a bare counter and key, for the published known-answer vectors."""
    return philox(uint32(c0), uint32(c1), uint32(c2), uint32(c3), uint32(k0), uint32(k1))


def keys(seed: int) -> tuple[int, int]:
    """The generator's two key words of a 64-bit seed."""
    return seed & 0xFFFFFFFF, (seed >> 32) & 0xFFFFFFFF
