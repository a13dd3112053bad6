"""What the running model hands to the funding room: the month's market, and what the survival horizon is projected from."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np

from sim.funding.contract import FundingMarket
from sim.funding.frozen import FrozenFunding
from sim.funding.horizon import HORIZON, HorizonInputs, survival_months

if TYPE_CHECKING:
    from sim.economy.conditions import Conditions
    from sim.state import Lived, RunState


def funding_market(conditions: Conditions, month: int, notch: float = 0.0) -> FundingMarket:
    """What funders ask in a month under the scenario; notch: the spread that the lender's rating adds."""
    c = conditions
    return FundingMarket(float(c.policy_rate[month]), float(c.funding_spread[month]), notch, float(c.funding_haircut[month]))


Survival = tuple[int, bool]  # months, and whether the horizon cut them off


def survival(state: RunState, lived: Lived, flagship: int) -> tuple[Survival, Survival]:
    """Months that cash and committed funding last, while lending and in run-off; 0 after failure.

    flagship: the product of which new loans are taken to be.
    """
    books, mem, f = state.books, state.past, lived.flows
    if isinstance(books, FrozenFunding) or not books.alive:
        return (0, False), (0, False)
    ladder = lived.tallies.ladder
    due = ladder[::-1].cumsum()[::-1][1 : HORIZON + 2].tolist()
    total = max(1, int((ladder * np.arange(ladder.size)).sum()))
    left = [max(0.0, 1.0 - paid / total) for paid in accumulate(due[:HORIZON])]
    kept, asked = (sum(x[k] for x in mem.collected_share[-3:]) for k in (0, 1))
    fallen, stock = (sum(x[k] for x in mem.fallen[-3:]) for k in (0, 1))
    new_loans = lived.terms[flagship]  # in the best bucket
    recent = mem.originations[-3:]
    inputs = HorizonInputs(
        cash=books.cash,
        contracts=books.contracts.project(state.month, lived.market),
        pool=books.contracts.pool(f.bucket_principal, lived.market),
        instalments=due,
        collected_share=kept / asked if asked else 1.0,
        falls_ineligible=fallen / stock if stock else 0.0,
        operating_cost=sum(mem.operating_cost[-3:]) // max(1, len(mem.operating_cost[-3:])),
        # what customers want, not what the lender could pay: a stop for want of money must not read as a longer life
        disbursements=sum(mem.wanted[-3:]) // max(1, len(recent)),
        payout_share=sum(mem.payouts[-3:]) / sum(recent) if sum(recent) else 1.0,
        new_instalment_factor=float(new_loans.factor[0]),
        new_tenor=int(new_loans.tenor[0]),
        amortisation=left,
    )
    return survival_months(inputs, True), survival_months(inputs, False)
