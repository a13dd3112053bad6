"""What the running model hands to the funding room: the month's market, and what the survival horizon is projected from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.funding.contract import FundingMarket
from sim.funding.horizon import HORIZON, HorizonInputs, survival_months

if TYPE_CHECKING:
    from sim.economy.conditions import Conditions
    from sim.model import LendingModel


def funding_market(conditions: Conditions, month: int, notch: float = 0.0) -> FundingMarket:
    """What funders ask in a month under the scenario; notch: the spread that the lender's rating adds."""
    c = conditions
    return FundingMarket(float(c.policy_rate[month]), float(c.funding_spread[month]), notch, float(c.funding_haircut[month]))


def survival(model: LendingModel, lending: bool) -> tuple[int, bool]:
    """Months that cash and committed funding last; 0 after failure."""
    books, mem, f = model.books, model.past, model.flows
    if books is None or not books.alive:
        return 0, False
    market = model.funding_market
    ladder = model.tallies.ladder
    due = [int(ladder[h:].sum()) for h in range(1, HORIZON + 2)]
    total = max(1, int((ladder * np.arange(ladder.size)).sum()))
    left = [max(0.0, 1.0 - sum(due[:h]) / total) for h in range(1, HORIZON + 1)]
    kept, asked = (sum(x[k] for x in mem.collected_share[-3:]) for k in (0, 1))
    fallen, stock = (sum(x[k] for x in mem.fallen[-3:]) for k in (0, 1))
    terms = model.terms[model.lender.flagship]  # new loans are taken to be of the best band
    recent = mem.originations[-3:]
    return survival_months(
        HorizonInputs(
            cash=books.cash,
            contracts=books.contracts.project(model.month, market),
            pool=books.contracts.pool(f.band_principal, market),
            instalments=due,
            collected_share=kept / asked if asked else 1.0,
            falls_ineligible=fallen / stock if stock else 0.0,
            operating_cost=sum(mem.operating_cost[-3:]) // max(1, len(mem.operating_cost[-3:])),
            disbursements=sum(recent) // max(1, len(recent)),
            payout_share=sum(mem.payouts[-3:]) / sum(recent) if sum(recent) else 1.0,
            new_instalment_factor=float(terms.factor[0]),
            new_tenor=int(terms.tenor[0]),
            amortisation=left,
        ),
        lending,
    )
