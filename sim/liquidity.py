"""The survival horizon of the running model: what the projection of sim/funding/horizon.py starts from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.funding.horizon import HORIZON, HorizonInputs, survival_months
from sim.lender.pricing import annuity_factor

if TYPE_CHECKING:
    from sim.model import LendingModel


def survival(model: LendingModel, lending: bool) -> tuple[int, bool]:
    """Months that cash and committed funding last; 0 after failure."""
    books, mem, f = model.books, model.memory, model.flows
    if books is None or not books.alive:
        return 0, False
    m, c, w = model.month, model.conditions, model.policy.funding.warehouse
    ladder = model.tallies.ladder
    due = [int(ladder[h:].sum()) for h in range(1, HORIZON + 2)]
    total = max(1, int((ladder * np.arange(ladder.size)).sum()))
    left = [max(0.0, 1.0 - sum(due[:h]) / total) for h in range(1, HORIZON + 1)]
    kept, asked = (sum(x[k] for x in mem.collected_share[-3:]) for k in (0, 1))
    fallen, stock = (sum(x[k] for x in mem.fallen[-3:]) for k in (0, 1))
    tenor = model.policy.underwriting.bands[0].tenor
    recent = mem.originations[-3:]
    return survival_months(
        HorizonInputs(
            cash=books.cash,
            debt=books.facility.drawn,
            commitment=books.facility.commitment,
            revolving=books.facility.drawable,
            advance=max(0.0, w.advance_rate - float(c.funding_haircut[m])),
            eligible=sum(f.band_principal[: w.eligible_below_dpd // 30 + 1]),
            instalments=due,
            collected_share=kept / asked if asked else 1.0,
            falls_ineligible=fallen / stock if stock else 0.0,
            monthly_rate=(float(c.policy_rate[m]) + model.spread_in_force) / 12,
            undrawn_fee=w.undrawn_fee / 12,
            operating_cost=sum(mem.operating_cost[-3:]) // max(1, len(mem.operating_cost[-3:])),
            disbursements=sum(recent) // max(1, len(recent)),
            payout_share=sum(mem.payouts[-3:]) / sum(recent) if sum(recent) else 1.0,
            new_instalment_factor=annuity_factor(max(0, int(model.terms.rate_bp[0])), tenor),
            new_tenor=tenor,
            term_out=w.term_out_months,
            stopped_debt=books.facility.at_stop,
            stopped_since=m - books.facility.stopped if books.facility.stopped is not None else 0,
            amortisation=left,
        ),
        lending,
    )
