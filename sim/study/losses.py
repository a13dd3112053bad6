"""Who was lent to and who was charged off, when, of what product, and why: noted month by month while a run is lived."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from sim.accounts.columns import CAUSES
from sim.study.runs import Observer, finished

if TYPE_CHECKING:
    import pandas as pd

    from sim.model import LendingModel

EARLY = len(CAUSES)  # charged off before its time, whatever was missed
WHY = (*CAUSES, "bankruptcy_or_death")
DIMENSIONS = {"charged_off": ("cause", "product", "band", "segment"), "lent": ("product", "band", "segment")}


@dataclass
class Log:
    """Entries of a run in the order of their months, as arrays to be joined: see `AccountsLog.frame` for what each column means."""

    parts: dict[str, list[np.ndarray]] = field(default_factory=dict)

    def add(self, **columns: np.ndarray) -> None:
        """Entries of one month and product."""
        for name, values in columns.items():
            self.parts.setdefault(name, []).append(values)

    def column(self, name: str) -> np.ndarray:
        """All entries' values."""
        return np.concatenate(self.parts[name]) if self.parts else np.zeros(0, np.int64)


@dataclass
class AccountsLog:
    """Loans lent and loans charged off in a run."""

    lent: Log = field(default_factory=Log)
    charged_off: Log = field(default_factory=Log)
    _missed: list[np.ndarray] = field(default_factory=list)
    _cause: list[np.ndarray] = field(default_factory=list)  # of the last instalment missed: after maturity none falls due any more

    def begin(self, model: LendingModel) -> None:
        """Take note of the arrears with which the first month begins."""
        self._missed = [account.missed.copy() for account in model.population.accounts]
        self._cause = [account.cause.copy() for account in model.population.accounts]

    def month(self, model: LendingModel) -> None:
        """Take note of a month's loans and charge-offs, once it has been lived, and of the arrears that it leaves."""
        assert model.lived is not None
        month, bucket = model.month, model.lived.numbers["charge_off.bucket"]
        segment = model.population.household.segment
        for number, (account, missed) in enumerate(zip(model.population.accounts, self._missed, strict=True)):
            last = self._cause[number]
            np.copyto(last, account.cause, where=(account.cause > 0) | (account.opened == month))
            for log, rows, principal in (
                (self.charged_off, np.flatnonzero(account.charged_off == month), account.claim),
                (self.lent, np.flatnonzero(account.opened == month), account.original),
            ):
                if not rows.size:
                    continue
                cause = np.where(missed[rows] + 1 < bucket, EARLY, last[rows])
                log.add(
                    borrower=rows, month=np.full(rows.size, month), product=np.full(rows.size, number), cause=cause.astype(np.int64),
                    band=account.band[rows].astype(np.int64), segment=segment[rows].astype(np.int64),
                    principal=principal[rows].astype(np.int64),
                )
            np.copyto(missed, account.missed)

    def frame(self, model: LendingModel, of: str = "charged_off") -> pd.DataFrame:
        """One row per charge-off (or per loan lent) in words, principal in major units.

        cause: of the last instalment missed before a charge-off (none: before month 1), bankruptcy_or_death where it came
        early. band: of risk at origination, band 1 the best. segment: of the profile. month_index: 1 for the first simulated month.
        """
        import pandas as pd

        log = getattr(self, of)
        names = {
            "product": [product.name for product in model.lender.products], "cause": [*WHY],
            "segment": [segment.name for segment in model.setup.profile.segments],
        }
        month = log.column("month")
        frame = pd.DataFrame({
            "borrower_id": log.column("borrower"), "month_index": month, "month": [model.setup.conditions.label(int(m)) for m in month],
            **{name: np.array(words)[log.column(name)] for name, words in names.items()},
            "band": [f"band {b + 1}" for b in log.column("band")],
            "principal": log.column("principal") / model.lender.minor,
        })
        return frame if of == "charged_off" else frame.drop(columns="cause")


def live(model: LendingModel, observers: Sequence[Observer] = ()) -> AccountsLog:
    """Live a model to its last month, taking note of every loan and every charge-off; observers: who else takes note."""
    log = AccountsLog()
    finished(model, observers=[log, *observers])
    return log


def by_dimension(log: AccountsLog, model: LendingModel) -> dict[tuple[str, str, str], float]:
    """Principal by what happened to it (lent, charged_off), dimension and level: `("charged_off", "cause", "cannot_pay")`."""
    found: dict[tuple[str, str, str], float] = {}
    for what, dimensions in DIMENSIONS.items():
        frame = log.frame(model, what)
        for dimension in dimensions:
            found |= {(what, dimension, str(level)): float(v) for level, v in frame.groupby(dimension)["principal"].sum().items()}
    return found
