"""Survival horizon: how long cash and committed funding last without new commitments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

HORIZON = 24


@dataclass(frozen=True)
class HorizonInputs:
    """What the projection starts from; money in minor units, rates a month.

    instalments[h-1]: contractual instalments of accounts under 30 DPD falling due h months ahead;
    new_instalment_factor: instalment per unit of newly lent principal, paid over new_tenor months.
    """

    cash: int
    debt: int
    commitment: int
    revolving: bool
    advance: float
    eligible: int
    instalments: Sequence[int]
    collected_share: float
    falls_ineligible: float  # share of eligible principal that leaves eligibility a month
    monthly_rate: float  # funding rate a month on debt
    undrawn_fee: float  # a month, on the undrawn commitment while the line revolves
    operating_cost: int
    disbursements: int  # principal newly lent a month, trailing mean; from h = 2 on, for nothing approved is still unpaid
    payout_share: float  # cash paid out per unit of it: 1 less the fee netted
    new_instalment_factor: float
    new_tenor: int
    term_out: int
    stopped_debt: int  # debt when the line stopped, 0 while it revolves
    stopped_since: int  # months since then
    amortisation: Sequence[float]  # share of eligible principal scheduled to remain after h months


def survival_months(x: HorizonInputs, lending: bool) -> tuple[int, bool]:
    """Smallest h in 1..24 with L(h) < 0, and whether the horizon was censored (24 and still liquid).

    L(h) = L(h-1) + c D(h) + draw(h) - opex - interest(h) - mandatory(h) - disbursements(h);
    lending False is the run-off version without new loans.
    """
    level, debt = float(x.cash), float(x.debt)
    volume = float(x.disbursements) if lending else 0.0
    kept = 1.0
    for h in range(1, HORIZON + 1):
        kept *= 1.0 - x.falls_ineligible
        young = min(max(0, h - 2), x.new_tenor)
        due = x.instalments[h - 1] + volume * x.new_instalment_factor * young
        eligible = x.eligible * x.amortisation[h - 1] * kept
        # loans lent since then amortise in a straight line, near enough for a liquidity ladder
        eligible += sum(volume * max(0.0, 1.0 - (h - k) / x.new_tenor) for k in range(max(2, h - x.new_tenor + 1), h + 1))
        base = min(float(x.commitment), x.advance * eligible)
        planned = x.stopped_debt * max(0, x.term_out - x.stopped_since - h) / max(1, x.term_out)
        mandatory = max(0.0, debt - base) if x.revolving else max(0.0, debt - min(base, planned))
        interest = debt * x.monthly_rate
        if x.revolving:
            interest += max(0.0, x.commitment - debt) * x.undrawn_fee
        payout = volume * x.payout_share if h > 1 else 0.0
        level += x.collected_share * due - x.operating_cost - interest - mandatory - payout
        debt -= mandatory
        if level < 0 and x.revolving:
            draw = min(-level, max(0.0, base - debt))
            level += draw
            debt += draw
        if level < -0.5:
            return h, False
    return HORIZON, True
