"""What is kept of every borrower month by month: public columns, and the loans that they tell of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sim.accounts.columns import OPEN

if TYPE_CHECKING:
    import pandas as pd

    from sim.model import LendingModel

Array = npt.NDArray[Any]

HOUSEHOLD = ("employed", "cash", "essential", "permanent", "other_balance", "score", "applies")
ACCOUNT = ("state", "missed", "opened", "charged_off", "band", "rate", "tenor")
DEFAULT = 4  # instalments missed at 90 days past due and more
LATE = 2  # at 30 days and more


@dataclass
class Panel:
    """Public columns by name, months by borrowers: row 0 is the opening position, row m month m. products: of the policy, in order."""

    products: tuple[str, ...]
    columns: Mapping[str, Array]

    def __getitem__(self, name: str) -> Array:
        return self.columns[name]

    @property
    def months(self) -> int:
        """Months lived."""
        return int(next(iter(self.columns.values())).shape[0]) - 1

    def of_accounts(self, name: str) -> Array:
        """A column of all products' accounts: products by months by borrowers."""
        return np.stack([self.columns[f"{product}_{name}"] for product in self.products])

    def arrears(self) -> Array:
        """Instalments missed on the borrower's worst open account, months by borrowers; -1 where none is open."""
        missed = np.where(self.of_accounts("state") == OPEN, self.of_accounts("missed").astype(np.int16), np.int16(-1))
        return np.asarray(missed.max(axis=0))


@dataclass
class Diary:
    """Takes down a model's public columns at the opening position and after every month."""

    products: tuple[str, ...]
    pages: dict[str, list[Array]] = field(default_factory=dict)

    def note(self, model: LendingModel) -> None:
        """Copy the columns as they stand."""
        for name in (*HOUSEHOLD, *(f"{product}_{name}" for product in self.products for name in ACCOUNT)):
            self.pages.setdefault(name, []).append(np.asarray(getattr(model.borrowers, name)).copy())

    def panel(self) -> Panel:
        """All that was taken down."""
        return Panel(self.products, {name: np.stack(pages) for name, pages in self.pages.items()})


def loans(panel: Panel) -> pd.DataFrame:
    """One row per loan lent in a simulated month.

    product, borrower, opened (month), band, rate (basis points), tenor, score (of its application); late_30, late_90, lost:
    months on book at which it first was 30 and 90 days past due and was charged off, 0 if it never was; seen: months on book until
    it was repaid, charged off, or the last month came.
    """
    import pandas as pd

    frames = [_loans_of(panel, product) for product in panel.products]
    return pd.concat(frames, ignore_index=True)


def _loans_of(panel: Panel, product: str) -> pd.DataFrame:
    import pandas as pd

    opened, state, missed = (panel[f"{product}_{name}"] for name in ("opened", "state", "missed"))
    off, band, rate, tenor = (panel[f"{product}_{name}"] for name in ("charged_off", "band", "rate", "tenor"))
    current = np.full(opened.shape[1], -1)
    parts: list[tuple[Array, int]] = []
    ends: dict[str, list[tuple[Array, Array]]] = {"late_30": [], "late_90": [], "lost": [], "seen": []}
    count = 0
    born = np.zeros(0, np.int64)
    for month in range(1, panel.months + 1):
        ours = current >= 0
        age = np.where(ours, month - np.where(ours, born[current] if count else 0, 0), 0)
        for name, reached in (
            ("late_30", ours & (missed[month] >= LATE) & (state[month] == OPEN)),
            ("late_90", ours & (missed[month] >= DEFAULT) & (state[month] == OPEN)), ("lost", ours & (off[month] == month)), ("seen", ours),
        ):
            rows = np.flatnonzero(reached)
            ends[name].append((current[rows], age[rows]))
        current[state[month] != OPEN] = -1
        new = np.flatnonzero((opened[month] == month) & (state[month] == OPEN))
        current[new] = np.arange(count, count + new.size)
        born = np.concatenate([born, np.full(new.size, month)])
        parts.append((new, month))
        count += new.size
    rows = np.concatenate([p[0] for p in parts]) if parts else np.zeros(0, np.int64)
    frame = pd.DataFrame({
        "product": product, "borrower": rows, "opened": born, "band": band[born, rows], "rate": rate[born, rows],
        "tenor": tenor[born, rows], "score": panel["score"][born, rows],
    })
    for name, found in ends.items():
        who, age = (np.concatenate([f[k] for f in found]) if found else np.zeros(0, np.int64) for k in (0, 1))
        value = np.zeros(count, np.int64)
        if name == "seen":
            np.maximum.at(value, who, age)
        else:  # the first month that it was so
            value[who[::-1]] = age[::-1]
        frame[name] = value
    return frame


def hazards(book: pd.DataFrame, upto: int, groups: Sequence[Any], by: str = "band", event: str = "lost") -> tuple[Array, Array]:
    """Loans at risk and events, groups by months on book 1 to `upto`; a loan is at risk in month k if it was on the book at its start."""
    at_risk, events = np.zeros((len(groups), upto)), np.zeros((len(groups), upto))
    for g, level in enumerate(groups):
        mine = book[book[by] == level]
        seen, when = mine["seen"].to_numpy(), mine[event].to_numpy()
        last = np.where(when > 0, when, seen)
        for k in range(1, upto + 1):
            at_risk[g, k - 1] = float((last >= k).sum())
            events[g, k - 1] = float((when == k).sum())
    return at_risk, events
