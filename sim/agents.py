"""`Borrower`: a Mesa agent that is a view on one row, and `Borrowers`: the population with AgentSet-like verbs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np
import numpy.typing as npt

from sim.engine.memory import Population

if TYPE_CHECKING:
    from sim.model import LendingModel

def column_of(population: Population, name: str) -> npt.NDArray[Any]:
    """The column behind an attribute name: `income`, or for an account's the product's name first: `cash_loan_principal`."""
    if name in population.household:
        return population.household[name]
    for product, account in population.by_product.items():
        column = name.removeprefix(f"{product}_")
        if column != name and column in account:
            return account[column]
    raise AttributeError(f"a borrower has no attribute '{name}'; see model.borrowers.names")


class Borrower(mesa.Agent):
    """One borrower: `agent.income`, `agent.cash_loan_principal`, `agent.step()`.

    Holds only the model and the row; equal to any other view on the same row. `unique_id` is Mesa's,
    `borrower_id` the row. Views cost nothing: they are made when asked for.
    """

    def __init__(self, model: LendingModel, row: int) -> None:
        # The row is the registration: Mesa 3.3's Agent.__init__ would keep the model alive for ever.
        object.__setattr__(self, "model", model)
        object.__setattr__(self, "borrower_id", row)
        object.__setattr__(self, "unique_id", row + 1)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name in ("model", "borrower_id"):
            raise AttributeError(name)
        return column_of(self.model.population, name)[self.borrower_id].item()

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("_") or name in ("model", "borrower_id", "unique_id", "pos"):
            object.__setattr__(self, name, value)
            return
        column_of(self.model.population, name)[self.borrower_id] = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Borrower) and other.model is self.model and other.borrower_id == self.borrower_id

    def __hash__(self) -> int:
        return hash((id(self.model), self.borrower_id))

    def __repr__(self) -> str:
        return f"<Borrower {self.borrower_id}: income {self.income:,.0f}, cash {self.cash:,.0f}>"

    def step(self) -> None:
        """This borrower's part of the month in progress: the very code that runs over the whole population."""
        self.model.step_borrower(self.borrower_id)


class Borrowers:
    """The population: columns (`borrowers.income`), views (`borrowers[17]`) and verbs.

    Verbs are named like AgentSet's: do, select, get, agg, groupby. A selection keeps row numbers only.
    """

    def __init__(self, model: LendingModel, rows: npt.NDArray[np.int64] | None = None) -> None:
        self._model = model
        self._rows = rows

    @property
    def names(self) -> list[str]:
        """All attribute names."""
        population = self._model.population
        accounts = [f"{product}_{c.name}" for product, a in population.by_product.items() for c in a.columns if c.width == 1]
        return [*population.household, *accounts]

    @property
    def rows(self) -> npt.NDArray[np.int64]:
        """Row numbers in this set."""
        return np.arange(self._model.population.rows) if self._rows is None else self._rows

    def __len__(self) -> int:
        return self._model.population.rows if self._rows is None else int(self._rows.size)

    def __getattr__(self, name: str) -> npt.NDArray[Any]:
        if name.startswith("_"):
            raise AttributeError(name)
        column = column_of(self._model.population, name)
        return column if self._rows is None else column[self._rows]

    def __getitem__(self, row: int) -> Borrower:
        rows = self._model.population.rows
        if not -rows <= row < rows:
            raise IndexError(f"borrower {row} of {rows}")
        return self._model.borrower_class(self._model, int(row) % rows)

    def __iter__(self) -> Iterator[Borrower]:
        return (self._model.borrower_class(self._model, int(row)) for row in self.rows)

    def __contains__(self, agent: object) -> bool:
        return isinstance(agent, Borrower) and agent.model is self._model and (
            self._rows is None or bool(np.isin(agent.borrower_id, self._rows))
        )

    def register(self) -> None:
        """Register every borrower as an agent of the model (teaching size)."""
        for borrower in self:
            borrower.pos = None
            self._model.register_agent(borrower)

    def select(self, where: npt.NDArray[np.bool_] | Callable[[Borrower], bool], at_most: int | None = None) -> Borrowers:
        """A subset: by a boolean column as long as this set, or by a function of one borrower."""
        if callable(where):
            picked = np.array([b.borrower_id for b in self if where(b)], np.int64)
        else:
            picked = self.rows[np.asarray(where, bool)]
        return Borrowers(self._model, picked if at_most is None else picked[:at_most])

    def do(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> Borrowers:
        """Call a method (by name) or a function on every borrower in row order."""
        for borrower in self:
            if callable(method):
                method(borrower, *args, **kwargs)
            else:
                getattr(borrower, method)(*args, **kwargs)
        return self

    def get(self, names: str | Iterable[str]) -> npt.NDArray[Any] | list[npt.NDArray[Any]]:
        """Copies of one or several columns of this set."""
        if isinstance(names, str):
            return np.array(getattr(self, names))
        return [np.array(getattr(self, name)) for name in names]

    def agg(self, name: str, function: Callable[[npt.NDArray[Any]], Any]) -> Any:
        """A function of one column: `borrowers.agg("cash", np.median)`."""
        return function(getattr(self, name))

    def groupby(self, name: str) -> dict[Any, Borrowers]:
        """Subsets by the value of a column."""
        column = getattr(self, name)
        groups: dict[Any, list[int]] = defaultdict(list)
        for row, value in zip(self.rows.tolist(), column.tolist(), strict=True):
            groups[value].append(row)
        return {value: Borrowers(self._model, np.array(rows, np.int64)) for value, rows in sorted(groups.items())}
