"""What can be read of a borrower, by name: the household's columns, each account's under its product's name, and days past due."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.accounts import columns as account
from sim.engine.columns import Column
from sim.engine.memory import Population

ACCOUNT = (*(column for column in account.COLUMNS if column.width == 1), account.DAYS_PAST_DUE)


def attributes(household: Iterable[Column], products: Iterable[str]) -> dict[str, Column]:
    """Every attribute of a borrower by name, as it is declared; household: the borrower's own columns."""
    own = {column.name: column for column in (*household, account.FURTHEST) if column.width == 1}
    return own | {f"{product}_{column.name}": column for product in products for column in ACCOUNT}


def worked_out(population: Population, name: str, rows: Any) -> npt.NDArray[Any] | None:
    """Days past due of rows, of the account that the name says or of the one furthest in arrears; None for any other attribute."""
    if not name.endswith(account.FURTHEST.name):
        return None
    due_day = population.household.due_day[rows]
    if name == account.FURTHEST.name:
        every = [account.days_past_due(slot.missed[rows], due_day) for slot in population.accounts]
        return np.asarray(np.maximum.reduce(every))
    slot = population.by_product.get(name.removesuffix(f"_{account.DAYS_PAST_DUE.name}"))
    return None if slot is None else account.days_past_due(slot.missed[rows], due_day)
