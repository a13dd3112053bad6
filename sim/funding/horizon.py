"""Survival horizon: how long cash and committed funding last without new commitments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sim.funding.collateral import pledge
from sim.funding.contract import Projection
from sim.numerics.sums import plain_sum

HORIZON = 24


@dataclass(frozen=True)
class HorizonInputs:
    """What the projection starts from; money in minor units, rates a month.

    contracts: the funding contracts in the order in which they are drawn; pool: principal by the depths that they accept
    (see `collateral`); instalments[h-1]: contractual instalments of accounts under 30 DPD falling due h months ahead;
    new_instalment_factor: instalment per unit of newly lent principal, paid over new_tenor months.
    """

    cash: int
    contracts: Sequence[Projection]
    pool: Mapping[int, int]
    instalments: Sequence[int]
    collected_share: float
    falls_ineligible: float  # share of eligible principal that leaves eligibility a month
    operating_cost: int
    disbursements: int  # principal that passes the risk policy a month, trailing mean; from h = 2 on, for nothing is still unpaid
    payout_share: float  # cash paid out per unit of it: 1 less the fee netted
    new_instalment_factor: float
    new_tenor: int
    amortisation: Sequence[float]  # share of eligible principal scheduled to remain after h months


def survival_months(x: HorizonInputs, lending: bool) -> tuple[int, bool]:
    """Smallest h in 1..24 with L(h) < 0, and whether the horizon was censored (24 and still liquid).

    L(h) = L(h-1) + c D(h) + draw(h) - opex - interest(h) - mandatory(h) - disbursements(h), interest, mandatory repayment
    and draws over all contracts; lending False is the run-off version without new loans.
    """
    level, debts = float(x.cash), [contract.debt for contract in x.contracts]
    volume = float(x.disbursements) if lending else 0.0
    # loans lent since then amortise in a straight line, near enough for a liquidity ladder: by age, the oldest first
    outstanding = [volume * max(0.0, 1.0 - age / x.new_tenor) for age in range(HORIZON - 2, -1, -1)] if lending else []
    kept = 1.0
    for h in range(1, HORIZON + 1):
        kept *= 1.0 - x.falls_ineligible
        young = min(max(0, h - 2), x.new_tenor)
        due = x.instalments[h - 1] + volume * x.new_instalment_factor * young
        fresh = plain_sum(outstanding[HORIZON - h :]) if lending else 0.0
        pool = {depth: amount * x.amortisation[h - 1] * kept + fresh for depth, amount in x.pool.items()}
        parts = pledge(pool, [contract.claim(debt) for contract, debt in zip(x.contracts, debts, strict=True)])
        limits = [contract.limit(part) for contract, part in zip(x.contracts, parts, strict=True)]
        interest = plain_sum(contract.interest(debt) for contract, debt in zip(x.contracts, debts, strict=True))
        repaid = [contract.mandatory(debt, limit, h) for contract, debt, limit in zip(x.contracts, debts, limits, strict=True)]
        payout = volume * x.payout_share if h > 1 else 0.0
        level += x.collected_share * due - x.operating_cost - interest - plain_sum(repaid) - payout
        for k, contract in enumerate(x.contracts):
            debts[k] -= repaid[k]
            if level < 0:
                draw = min(-level, contract.drawable(debts[k], limits[k]))
                level += draw
                debts[k] += draw
        if level < -0.5:
            return h, False
    return HORIZON, True
