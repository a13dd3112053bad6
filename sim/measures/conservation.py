"""What must add up: what borrowers paid is what the lender received, and no account is lost between two months."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.funding.flows import Flows
from sim.state import Counts

if TYPE_CHECKING:
    from sim.engine.columns import Array, Column
    from sim.engine.memory import Population


class ConservationError(RuntimeError):
    """What should add up does not: payments and receipts, or accounts and their transitions; names the month."""


class NonFiniteError(RuntimeError):
    """A column of the population holds something that is no number; names the month, the column and a borrower."""


class ColumnRangeError(RuntimeError):
    """A column of the population holds what it cannot mean; names the month, the column, a borrower, the value and the range."""


def refuse_impossible(population: Population, month: int) -> None:
    """What no column may hold, in one pass over each that could.

    NonFiniteError where a column is not finite: inputs so extreme that incomes or debts outgrow any number. ColumnRangeError
    where one leaves the range that it declares: a rule or phase that writes what the column does not mean.
    """
    tables = {"": population.household, **{f"{name}_": account for name, account in population.by_product.items()}}
    for prefix, table in tables.items():
        for column in table.columns:
            values = table[column.name]
            if values.dtype.kind == "f" or column.lowest is not None or column.highest is not None:
                _refuse(column, f"{prefix}{column.name}", values, month)


def _refuse(column: Column, name: str, values: Array, month: int) -> None:
    floating, unsigned = values.dtype.kind == "f", values.dtype.kind == "u"
    may_be_low = column.lowest is not None and not (unsigned and column.lowest <= 0)
    least = values.min() if floating or may_be_low else 0
    most = values.max() if floating or column.highest is not None else 0
    if floating and not (np.isfinite(least) and np.isfinite(most)):
        row, _ = _first(~np.isfinite(values), values)
        raise NonFiniteError(
            f"month {month}: {name} of borrower {row} is no finite number; look for an input that grows without end, "
            "such as inflation or a shock of thousands of per cent"
        )
    low = column.lowest is not None and may_be_low and least < column.lowest
    if low or (column.highest is not None and most > column.highest):
        row, value = _first(values < column.lowest if low else values > column.highest, values)
        raise ColumnRangeError(f"month {month}: {name} of borrower {row} is {value:,g}; expected {column.span()} ({column.meaning})")


def _first(wrong: Array, values: Array) -> tuple[int, float]:
    """The first borrower with a wrong value, and the value."""
    row = int(np.argmax(wrong.reshape(len(wrong), -1).any(axis=1)))
    return row, float(values[row][wrong[row]].flat[0] if values.ndim > 1 else values[row])


def flows_of(c: Counts, month: int) -> Flows:
    """The month's flows for the lender, before new loans. ConservationError unless payments and receipts agree to the minor unit."""
    received = c.collected_interest + c.cash_basis + c.collected_principal + c.collected_fees
    if received != c.household_debit:
        raise ConservationError(f"month {month}: households paid {c.household_debit} and the lender received {received} minor units")
    late = c.bucket_principal[1:]
    return Flows(
        interest_accrued=c.accrued,
        interest_capitalised=c.interest_capitalised,
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
