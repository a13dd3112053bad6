"""What the running model hands to the funding room: the month's market, and what the survival horizon is projected from."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np

from sim.funding.contract import FundingMarket
from sim.funding.horizon import HORIZON, HorizonInputs, survival_months
from sim.lender.pricing import annuity_factor

if TYPE_CHECKING:
    from sim.economy.conditions import Conditions
    from sim.model import LendingModel


def funding_market(conditions: Conditions, month: int, notch: float = 0.0) -> FundingMarket:
    """What funders ask in a month under the scenario; notch: the spread that the lender's rating adds."""
    c = conditions
    return FundingMarket(float(c.policy_rate[month]), float(c.funding_spread[month]), notch, float(c.funding_haircut[month]))


Survival = tuple[int, bool]  # months, and whether the horizon cut them off


def survival(model: LendingModel) -> tuple[Survival, Survival]:
    """Months that cash and committed funding last, while lending and in run-off; 0 after failure."""
    books, mem, f = model.books, model.past, model.flows
    if books is None or not books.alive:
        return (0, False), (0, False)
    market = model.funding_market
    ladder = model.tallies.ladder
    due = ladder[::-1].cumsum()[::-1][1 : HORIZON + 2].tolist()
    total = max(1, int((ladder * np.arange(ladder.size)).sum()))
    left = [max(0.0, 1.0 - paid / total) for paid in accumulate(due[:HORIZON])]
    kept, asked = (sum(x[k] for x in mem.collected_share[-3:]) for k in (0, 1))
    fallen, stock = (sum(x[k] for x in mem.fallen[-3:]) for k in (0, 1))
    tenor = model.policy.underwriting.bands[0].tenor
    recent = mem.originations[-3:]
    inputs = HorizonInputs(
        cash=books.cash,
        contracts=books.contracts.project(model.month, market),
        pool=books.contracts.pool(f.band_principal, market),
        instalments=due,
        collected_share=kept / asked if asked else 1.0,
        falls_ineligible=fallen / stock if stock else 0.0,
        operating_cost=sum(mem.operating_cost[-3:]) // max(1, len(mem.operating_cost[-3:])),
        disbursements=sum(recent) // max(1, len(recent)),
        payout_share=sum(mem.payouts[-3:]) / sum(recent) if sum(recent) else 1.0,
        new_instalment_factor=annuity_factor(max(0, int(model.terms[0].rate[0])), tenor),
        new_tenor=tenor,
        amortisation=left,
    )
    return survival_months(inputs, True), survival_months(inputs, False)
