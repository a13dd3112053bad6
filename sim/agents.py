"""`Borrower`: a Mesa agent that is a view on one row, and `Borrowers`: the population with AgentSet-like verbs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from operator import index
from typing import TYPE_CHECKING, Any, NoReturn

import mesa
import numpy as np
import numpy.typing as npt

from sim.engine.columns import Column, Table
from sim.engine.memory import Population
from sim.measures.attributes import attributes, worked_out

if TYPE_CHECKING:
    from sim.model import LendingModel

Array = npt.NDArray[Any]

_SIGNED = frozenset({"month", "logits", "points", "basis points", "ratio", "major units"})  # units in which a value may lie below 0


class WriteError(ValueError):
    """A value that a column cannot hold, or a column that is not to be written."""


def _home(population: Population, name: str) -> tuple[Table, str, str | None]:
    """The table, the column's own name in it, and for an account's the product."""
    if name in population.household:
        return population.household, name, None
    for product, account in population.by_product.items():
        own = name.removeprefix(f"{product}_")
        if own != name and own in account:
            return account, own, product
    raise AttributeError(f"a borrower has no attribute '{name}'; see model.borrowers.names")


def values_of(population: Population, name: str, rows: Any = slice(None)) -> Array:
    """An attribute of all borrowers, or of some rows: `income`, or for an account's the product's name first: `cash_loan_principal`."""
    found = worked_out(population, name, rows)
    if found is None:
        table, own, _ = _home(population, name)
        found = table[own][rows]
    return found


def write(population: Population, name: str, rows: Any, values: Any) -> None:
    """Write values into rows of a column. WriteError for an account's column and for what the column cannot hold."""
    if worked_out(population, name, slice(0)) is not None:
        raise WriteError(f"{name} is not to be written: it is worked out from the accounts when it is read")
    table, own, product = _home(population, name)
    if product is not None:
        raise WriteError(
            f"{name} is not to be written: an account is the other side of the lender's books, and changes by payments and postings alone"
        )
    column = next(c for c in table.columns if c.name == own)
    table[own][rows] = _fitting(column, values)


def _fitting(column: Column, values: Any) -> Array:
    """The values in the column's kind, if it holds every one of them."""
    given = np.asarray(values)
    if given.dtype.kind not in "biuf":
        raise WriteError(f"{column.name} holds numbers, not {values!r}")
    if not np.isfinite(given).all():
        raise WriteError(f"{column.name} holds finite numbers only")
    kind = np.dtype(column.dtype)
    if column.unit in ("code", "bits"):
        raise WriteError(f"{column.name} is a {column.unit} of the model's own and is not to be written")
    low, high = (0.0, np.inf) if column.unit not in _SIGNED else (-np.inf, np.inf)
    if column.unit in ("share", "flag"):
        high = 1.0
    if column.unit == "day":
        low, high = 1.0, 28.0
    if kind.kind == "f":
        low, high = max(low, -float(np.finfo(kind).max)), min(high, float(np.finfo(kind).max))
    if kind.kind in "iu":
        low, high = max(low, np.iinfo(kind).min), min(high, np.iinfo(kind).max)
        if (given != np.floor(given)).any():
            raise WriteError(f"{column.name} holds whole numbers ({column.unit})")
    if (given < low).any() or (given > high).any():
        wrong = given.flat[int(np.argmax(((given < low) | (given > high)).ravel()))]
        span = f"{low:g} to {high:g}" if np.isfinite(high) else f"{low:g} and more"
        raise WriteError(f"{column.name} cannot be {wrong:g}: it holds {span} ({column.unit})")
    return given.astype(kind)


class Borrower(mesa.Agent):
    """One borrower: `agent.income`, `agent.cash_loan_principal`, `agent.step()`.

    Holds only the model and the row; equal to any other view on the same row. `unique_id` is Mesa's,
    `borrower_id` the row. Views cost nothing: they are made when asked for. Writing an attribute writes the column:
    WriteError where it cannot hold the value, and for an account's attributes.
    """

    def __init__(self, model: LendingModel, row: int) -> None:
        # The row is the registration: Mesa 3.3's Agent.__init__ would keep the model alive for ever.
        object.__setattr__(self, "model", model)
        object.__setattr__(self, "borrower_id", row)
        object.__setattr__(self, "unique_id", row + 1)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name in ("model", "borrower_id"):
            raise AttributeError(name)
        return values_of(self.model.population, name, self.borrower_id).item()

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("_") or name in ("model", "borrower_id", "unique_id", "pos"):
            object.__setattr__(self, name, value)
            return
        write(self.model.population, name, self.borrower_id, value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Borrower) and other.model is self.model and other.borrower_id == self.borrower_id

    def __hash__(self) -> int:
        return hash((id(self.model), self.borrower_id))

    def __reduce__(self) -> Any:
        return type(self), (self.model, self.borrower_id)

    def __repr__(self) -> str:
        return f"<Borrower {self.borrower_id}: income {self.income:,.0f}, cash {self.cash:,.0f}>"

    def step(self) -> None:
        """This borrower's part of the month in progress: the very code that runs over the whole population."""
        self.model.step_borrower(self.borrower_id)

    def remove(self) -> NoReturn:
        """Refused: the population is closed."""
        raise TypeError("a borrower is not removed: the population is closed, and whoever leaves the market stays in it as a prospect")


class Picked(np.ndarray):
    """Values of borrowers to be read. `people.cash *= 2` writes the column, `people.cash[0] = 2` is refused."""

    def __setitem__(self, key: Any, value: Any) -> NoReturn:
        raise WriteError("these values are to be read: write the attribute as a whole, selection.cash = values")

    def _wide(self) -> Array:
        """The values in a kind that arithmetic does not overflow."""
        return np.asarray(self, np.float64 if self.dtype.kind == "f" else np.int64)

    def __iadd__(self, other: Any) -> Any:  # type: ignore[misc]
        return self._wide() + other

    def __isub__(self, other: Any) -> Any:  # type: ignore[misc]
        return self._wide() - other

    def __imul__(self, other: Any) -> Any:  # type: ignore[misc]
        return self._wide() * other

    def __itruediv__(self, other: Any) -> Any:  # type: ignore[misc]
        return self._wide() / other


class Borrowers:
    """The population, or a selection of it: columns (`borrowers.income`), views (`borrowers[17]`) and verbs.

    A selection is a sequence of its own: `selection[0]` is its first borrower, slices are selections, `in` and `len` are its
    own. Verbs are named like AgentSet's and behave like them: do, map, set, get, agg, select, sort, shuffle, shuffle_do,
    groupby. Where they differ stands in docs/mesa.md. A selection keeps row numbers only.
    """

    _model: LendingModel
    _rows: npt.NDArray[np.int64] | None

    def __init__(self, model: LendingModel, rows: npt.NDArray[np.int64] | None = None) -> None:
        object.__setattr__(self, "_model", model)
        object.__setattr__(self, "_rows", rows)

    @property
    def names(self) -> list[str]:
        """All attribute names."""
        return [*attributes(self._model.population.household.columns, self._model.population.products)]

    @property
    def units(self) -> dict[str, str]:
        """Unit of every attribute as the columns keep it, by name; `results.borrowers` has them as people read them."""
        population = self._model.population
        return {name: column.unit for name, column in attributes(population.household.columns, population.products).items()}

    @property
    def rows(self) -> npt.NDArray[np.int64]:
        """Row numbers in this set."""
        return np.arange(self._model.population.rows) if self._rows is None else self._rows

    # ---------------------------------------------------------------------------------------------- columns

    def __getattr__(self, name: str) -> Array:
        if name.startswith("_"):
            raise AttributeError(name)
        read = values_of(self._model.population, name, slice(None) if self._rows is None else self._rows).view(Picked)
        read.flags.writeable = False  # what is written goes through the attribute, and is judged first
        return read

    def __setattr__(self, name: str, values: Any) -> None:
        """Write a column, or the selected rows of it. WriteError where it cannot hold the values, and for an account's columns."""
        if name in ("names", "units", "rows"):
            raise WriteError(f"{name} belongs to the set itself and is not to be written")
        write(self._model.population, name, slice(None) if self._rows is None else self._rows, values)

    def get(self, names: str | Iterable[str]) -> Array | list[Array]:
        """Copies of one or several columns of this set."""
        if isinstance(names, str):
            return np.array(getattr(self, names))
        return [np.array(getattr(self, name)) for name in names]

    def set(self, name: str, values: Any) -> Borrowers:
        """Write one attribute of all, with one value or one for each."""
        setattr(self, name, values)
        return self

    def agg(self, name: str, function: Callable[[Array], Any] | Iterable[Callable[[Array], Any]]) -> Any:
        """A function of one column, `borrowers.agg("cash", np.median)`, or several of them.

        TypeError for what is no function; ValueError where a function makes nothing of a set without borrowers.
        """
        if not isinstance(name, str):
            raise TypeError(f"agg takes one attribute by its name, not {name!r}; get takes several")
        if isinstance(function, str) or not (callable(function) or isinstance(function, Iterable)):
            raise TypeError(f"agg takes a function of a column, such as max or numpy.median, not {function!r}")
        values = np.asarray(getattr(self, name))
        return self._made(function, name, values) if callable(function) else [self._made(one, name, values) for one in function]

    def _made(self, function: Callable[[Array], Any], name: str, values: Array) -> Any:
        try:
            return function(values)
        except ValueError as error:
            if len(values):
                raise
            what = getattr(function, "__name__", repr(function))
            raise ValueError(f"there is no {what} of {name} over no borrowers: the selection is empty ({error})") from error

    # --------------------------------------------------------------------------------------------- a sequence

    def __len__(self) -> int:
        return self._model.population.rows if self._rows is None else int(self._rows.size)

    def __getitem__(self, at: int | slice) -> Any:
        if isinstance(at, slice):
            return Borrowers(self._model, self.rows[at])
        if isinstance(at, str):
            raise TypeError(f"[] takes borrowers by their number; an attribute of all is read as borrowers.{at}")
        at = index(at)
        if not -len(self) <= at < len(self):
            raise IndexError(f"borrower {at} of {len(self)}")
        return self._view(int(at) % len(self) if self._rows is None else int(self._rows[at]))

    def _view(self, row: int) -> Borrower:
        return self._model.borrower_class(self._model, row)

    def __iter__(self) -> Iterator[Borrower]:
        return (self._view(int(row)) for row in self.rows)

    def __contains__(self, agent: object) -> bool:
        return isinstance(agent, Borrower) and agent.model is self._model and (
            self._rows is None or bool(np.isin(agent.borrower_id, self._rows))
        )

    def __repr__(self) -> str:
        return f"<{len(self):,} borrowers>" if self._rows is None else f"<{len(self):,} of {self._model.population.rows:,} borrowers>"

    def register(self) -> None:
        """Register every borrower as an agent of the model (teaching size)."""
        for borrower in self:
            borrower.pos = None
            self._model.register_agent(borrower)

    # -------------------------------------------------------------------------------------------------- verbs

    def select(
        self, filter_func: Array | Callable[[Borrower], bool] | None = None, at_most: float = float("inf"), inplace: bool = False,
        agent_type: type[mesa.Agent] | None = None,
    ) -> Borrowers:
        """A subset: by a boolean column as long as this set, or by a function of one borrower.

        at_most: a number of borrowers, or as a float up to 1 a share of this set, rounded down; the first ones are taken.
        """
        if agent_type is not None and not issubclass(self._model.borrower_class, agent_type):
            picked = np.zeros(0, np.int64)
        elif filter_func is None:
            picked = self.rows
        elif callable(filter_func):
            picked = np.array([b.borrower_id for b in self if filter_func(b)], np.int64)
        else:
            where = np.asarray(filter_func)
            if where.dtype != bool:
                raise TypeError(f"a condition is a column of true and false, not of {where.dtype}; [] takes borrowers by their number")
            if where.shape != (len(self),):
                raise ValueError(f"a condition for {len(self):,} borrowers has as many entries, not {where.size:,}")
            picked = self.rows[where]
        if isinstance(at_most, np.generic):
            at_most = at_most.item()
        if not at_most >= 0:
            raise ValueError(f"at_most is a number of borrowers or a share of them, not {at_most!r}")
        most = int(len(self) * at_most) if isinstance(at_most, float) and at_most <= 1 else at_most
        return self._with(picked if most >= picked.size else picked[: int(most)], inplace)

    def _with(self, rows: npt.NDArray[np.int64], inplace: bool) -> Borrowers:
        if not inplace:
            return Borrowers(self._model, rows)
        if self is self._model.borrowers:
            raise WriteError("the population is not narrowed or reordered in place; leave inplace out")
        object.__setattr__(self, "_rows", rows)
        return self

    def sort(self, key: str | Callable[[Borrower], Any], ascending: bool = False, inplace: bool = False) -> Borrowers:
        """In the order of an attribute or of a function of one borrower, largest first unless ascending; equals keep their order."""
        values = np.asarray([key(b) for b in self] if callable(key) else getattr(self, key))
        order = np.argsort(values if ascending else -values.astype(float), kind="stable")
        return self._with(self.rows[order], inplace)

    def shuffle(self, inplace: bool = False) -> Borrowers:
        """In random order, by the model's own generator, which decides nothing else."""
        order = [*range(len(self))]
        self._model.random.shuffle(order)
        return self._with(self.rows[np.array(order, np.int64)], inplace)

    def do(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> Borrowers:
        """Call a method (by name) or a function on every borrower in order."""
        self.map(method, *args, **kwargs)
        return self

    def shuffle_do(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> Borrowers:
        """The same in random order; what borrowers do in a month does not depend on it."""
        self.shuffle().map(method, *args, **kwargs)
        return self

    def map(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> list[Any]:
        """What a method (by name) or a function returns for every borrower in order."""
        if callable(method):
            return [method(borrower, *args, **kwargs) for borrower in self]
        return [getattr(borrower, method)(*args, **kwargs) for borrower in self]

    def groupby(self, by: str | Callable[[Borrower], Any], result_type: str = "agentset") -> Groups:
        """Subsets by the value of an attribute or of a function of one borrower; result_type "list" gives lists of borrowers."""
        if result_type not in ("agentset", "list"):
            raise ValueError(f"result_type is 'agentset' or 'list', not {result_type!r}")
        values = self.map(by) if callable(by) else np.asarray(getattr(self, by)).tolist()
        groups: dict[Any, list[int]] = {}
        for row, value in zip(self.rows.tolist(), values, strict=True):
            groups.setdefault(value, []).append(row)
        sets = {value: Borrowers(self._model, np.array(groups[value], np.int64)) for value in sorted(groups)}
        return Groups({value: [*group] for value, group in sets.items()} if result_type == "list" else sets)


class Groups(dict[Any, Any]):
    """Borrowers by the value that they share; Mesa's verbs of a grouping. Iterating gives (value, group) pairs through `items()`."""

    def count(self) -> dict[Any, int]:
        """Borrowers in each group."""
        return {value: len(group) for value, group in self.items()}

    def agg(self, name: str, function: Callable[[Any], Any]) -> dict[Any, Any]:
        """A function of one attribute, group by group."""
        return {
            value: group.agg(name, function) if isinstance(group, Borrowers) else function([getattr(b, name) for b in group])
            for value, group in self.items()
        }

    def map(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> dict[Any, Any]:
        """What a function of a group, or its method by name, returns."""
        return {
            value: method(group, *args, **kwargs) if callable(method) else getattr(group, method)(*args, **kwargs)
            for value, group in self.items()
        }

    def do(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> Groups:
        """The same for its effect."""
        self.map(method, *args, **kwargs)
        return self
