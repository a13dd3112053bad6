"""What must add up: what borrowers paid is what the lender received, and no account is lost between two months."""

from __future__ import annotations

from sim.funding.flows import Flows
from sim.state import Counts


class ConservationError(RuntimeError):
    """What should add up does not: payments and receipts, or accounts and their transitions; names the month."""


def flows_of(c: Counts, month: int) -> Flows:
    """The month's flows for the lender, before new loans. ConservationError unless payments and receipts agree to the minor unit."""
    received = c.collected_interest + c.cash_basis + c.collected_principal + c.collected_fees
    if received != c.household_debit:
        raise ConservationError(f"month {month}: households paid {c.household_debit} and the lender received {received} minor units")
    late = c.bucket_principal[1:]
    return Flows(
        interest_accrued=c.accrued,
        interest_reversed=c.interest_reversed,
        interest_collected_accruing=c.collected_interest,
        interest_collected_cash_basis=c.cash_basis,
        principal_collected=c.collected_principal,
        fees_collected=c.collected_fees,
        late_fees_charged=c.fees_charged,
        late_fees_reversed=c.fees_reversed,
        upfront_fees_earned=c.fee_earned,
        gross_charge_offs=c.gross,
        direct_charge_offs=c.direct,
        recoveries=c.recovered,
        bucket_principal=[c.principal - sum(late), *late],
        active_accounts=c.active,
        instalments_due=c.due,
        instalments_due_collected=c.due_kept,
    )


def accounts_by_bucket(c: Counts) -> list[int]:
    """Open accounts after servicing by bucket 0 to 5, before new loans."""
    late = c.bucket_count[1:]
    return [c.active - sum(late), *late]
