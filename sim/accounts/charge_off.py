"""Charge-off by age or event, and what is recovered on the claims that live on."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from numpy import float32 as f
from numpy import int32, int64, uint8
from pydantic import Field

from sim.accounts.arrears import CAREFUL_AT, CLAIMS_AT, STATES
from sim.accounts.columns import CHARGED_OFF, FRAUDULENT, NON_ACCRUAL, RING
from sim.config.fields import MonthCount, Section, Share
from sim.config.ranges import Plausible
from sim.engine.declare import Counter
from sim.engine.pipeline import Block, Numbers
from sim.numerics.compile import phase
from sim.numerics.functions32 import unit32
from sim.numerics.philox import lot

U0 = np.uint8(0)
_CHARGED_OFF = np.uint8(CHARGED_OFF)

COUNTERS = (
    Counter("gross", "principal charged off"),
    Counter("direct", "of which before the age limit"),
    Counter("recovered", "received on claims"),
    Counter("claims", "charged-off claims still open before this month's recoveries"),
)


class ChargeOff(Section):
    direct: Annotated[Share, Plausible(0, 0.03, "US: 15–18 % of gross charge-offs")] = Field(
        description="monthly chance of bankruptcy, death or the like for an account in arrears"
    )


class Recovery(Section):
    lag: MonthCount = Field(description="months between charge-off and the first recovery")
    monthly: Annotated[Share, Plausible(0.01, 0.15)] = Field(
        description="monthly chance that a charged-off borrower with means pays something"
    )
    share: Annotated[Share, Plausible(0.02, 0.4)] = Field(description="share of the claim paid when something is paid")
    months: MonthCount = Field(description="months for which a claim is worked")


SECTIONS: dict[str, Any] = {"charge_off": ChargeOff, "recovery": Recovery}


@phase
def charge_off(b: Block, p: Numbers) -> None:
    """Charge off what is too old, or whose borrower is bankrupt or dead; count the transitions of all listed accounts.

    Principal goes against the allowance; unreceived interest and late fees against income; the claim lives on.
    """
    claims = b.listed[CLAIMS_AT]
    for at in range(b.listed[CAREFUL_AT]):
        before, after = b.was[at], b.now[at]
        if after < 0:
            continue
        i = int64(b.marked[at])
        direct = False
        if before > 0 or after > 0:
            # the borrower's draw, not the account's: bankruptcy or death takes all accounts in arrears at once
            direct = unit32(lot(b.first + i, p.month, p.event.direct_charge_off, p.key.low, p.key.high)) < p.charge_off.direct
        if not (after >= p.charge_off.bucket or (direct and after > 0)):
            b.count.moves[STATES * before + after] += 1
            b.count.moved[STATES * before + after] += b.account.principal[i]
            b.count.bucket_principal[min(after, 5)] += b.account.principal[i]
            b.count.bucket_count[min(after, 5)] += 1
            continue
        amount = b.account.principal[i]
        b.count.gross[0] += amount
        if after < p.charge_off.bucket:
            b.count.direct[0] += amount
        non_accrual = (b.account.marks[i] & uint8(NON_ACCRUAL)) != U0
        for q in range(RING):
            if not non_accrual:
                b.count.interest_reversed[0] += b.account.ring[16 * i + q]
                b.account.memo_interest[i] += b.account.ring[16 * i + q]
            b.account.ring[16 * i + q] = 0
            b.account.ring[16 * i + RING + q] = 0
        b.count.fees_reversed[0] += b.account.fees_due[i]
        b.count.fee_earned[0] += b.account.unearned_fee[i]
        b.account.claim[i] = amount
        b.account.charged_off[i] = np.int16(p.month)
        b.account.principal[i] = 0
        b.account.scheduled[i] = 0
        b.account.overdue[i] = 0
        b.account.fees_due[i] = 0
        b.account.unearned_fee[i] = 0
        b.account.remaining[i] = 0
        b.account.missed[i] = 0
        b.account.plan_left[i] = U0
        b.account.state[i] = _CHARGED_OFF
        b.account.contacted[i] = U0
        b.excluded[i] = np.int16(p.underwriting.exclusion_months)
        vintage = int64(b.account.opened[i]) + int64(p.vintage.zero)
        if vintage >= 0:
            months = int64(p.month) - int64(b.account.opened[i])
            b.vintage.charged_off[vintage * p.vintage.width + months] += amount
        b.count.moves[STATES * before + 8] += 1
        b.count.moved[STATES * before + 8] += amount
        b.claims[claims] = int32(i)
        claims += 1
    b.listed[CLAIMS_AT] = claims


@phase
def recover(b: Block, p: Numbers) -> None:
    """Charged-off borrowers with means pay a part of their claim, after a lag and while it is worked."""
    for at in range(b.listed[CLAIMS_AT]):
        i = int64(b.claims[at])
        if b.account.claim[i] <= 0:
            continue
        b.count.claims[0] += 1
        since = int32(p.month) - int32(b.account.charged_off[i])
        if since < p.recovery.lag or since >= p.recovery.lag + p.recovery.months:
            continue
        if (b.account.marks[i] & uint8(FRAUDULENT)) != U0 or b.employed[i] == U0:
            continue
        u = unit32(lot(b.first + i, p.month, p.event.recovery, p.key.low, p.key.high))
        if u >= p.recovery.monthly * p.recovery.worked:
            continue
        means = int32(min(np.floor(float(b.cash[i]) * p.money.minor_per_major), 2.0e9))
        share = int32(np.floor(b.account.claim[i] * p.recovery.share + 0.5))
        amount = min(b.account.claim[i], min(means, max(int32(1), share)))
        if amount <= 0:
            continue
        b.account.claim[i] -= amount
        b.cash[i] = max(b.cash[i] - f(amount) * f(1.0 / p.money.minor_per_major), f(0))
        b.count.recovered[0] += amount
        vintage = int64(b.account.opened[i]) + int64(p.vintage.zero)
        if vintage >= 0:
            months = int64(p.month) - int64(b.account.opened[i])
            b.vintage.recovered[vintage * p.vintage.width + months] += amount
