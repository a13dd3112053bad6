"""What must add up: what borrowers paid is what the lender received, and no account is lost between two months."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.funding.flows import Flows
from sim.state import Counts

if TYPE_CHECKING:
    from sim.engine.memory import Population


class ConservationError(RuntimeError):
    """What should add up does not: payments and receipts, or accounts and their transitions; names the month."""


class NonFiniteError(RuntimeError):
    """A column of the population holds something that is no number; names the month, the column and a borrower."""


def refuse_non_finite(population: Population, month: int) -> None:
    """NonFiniteError where a column is not finite: inputs so extreme that incomes or debts outgrow any number."""
    tables = {"": population.household, **{f"{name}_": account for name, account in population.by_product.items()}}
    for prefix, table in tables.items():
        for name, column in table.items():
            if column.dtype.kind == "f" and not (np.isfinite(column.min()) and np.isfinite(column.max())):
                row = int(np.argmin(np.isfinite(column.reshape(len(column), -1)).all(axis=1)))
                raise NonFiniteError(
                    f"month {month}: {prefix}{name} of borrower {row} is no finite number; look for an input that grows without end, "
                    "such as inflation or a shock of thousands of per cent"
                )


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
