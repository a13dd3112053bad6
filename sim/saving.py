"""Save, load, branch: a run continued from any month is bit for bit the run that was never interrupted.

A saved run is one file: numpy's zip archive of the columns, with the state and the resolved input as JSON inside. It
holds no code: a run with rules or mechanisms of one's own is continued by giving them again.
"""

from __future__ import annotations

import json
import os
import tempfile
import zipfile
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import mesa
import numpy as np
import numpy.typing as npt

import sim
from sim.branching import under_policy
from sim.config.fields import RESOLVED, Month
from sim.economy import Conditions, build_conditions
from sim.economy.variables import VARIABLES
from sim.funding.books import Books, Cash
from sim.funding.causes import BorrowingBase, MonthResult
from sim.funding.frozen import FrozenFunding
from sim.funding.kinds import resumed, saved
from sim.funding.ledger import Entry, Ledger
from sim.funding.terms import Notch
from sim.inputs import Resolved, Source, override_list
from sim.inputs.extension import models_with
from sim.inputs.overrides import Overrides
from sim.inputs.policy import Policy
from sim.lender.collecting import CollectionsPlan
from sim.lender.underwriting import Scorecard
from sim.outside import from_outside
from sim.setup import Setup, Turn, schedule_of
from sim.state import OpeningStocks, Past, PublicState, RunState

if TYPE_CHECKING:
    from sim.agents import Borrower
    from sim.engine.engine import Engine
    from sim.model import LendingModel

FORMAT = 4
JSON = "state.json"


class SavedRunError(ValueError):
    """A file that is no saved run, or one that cannot be continued with what was given."""


@dataclass(frozen=True)
class Saved:
    """A run as it stands: plain data, and arrays by name."""

    data: dict[str, Any]
    arrays: dict[str, npt.NDArray[Any]]

    def restore(self, model: LendingModel) -> RunState:
        """Fill a model's columns and tables, and return the state from which it goes on."""
        tables = {"household": model.population.household}
        tables |= {f"account.{k}": account for k, account in enumerate(model.population.accounts)}
        try:
            for group, table in tables.items():
                table.fill({name: self.arrays[f"{group}.{name}"] for name in table})
            for slot in range(model.engine.slots):
                for name, array in model.engine.memory[0].vintages[slot].items():
                    array[:] = self.arrays[f"vintage.{slot}.{name}"]
        except (KeyError, ValueError) as error:
            raise SavedRunError(f"the saved columns are not those of this version ({error})") from None
        card = self.data["card"]
        model.lender.card = Scorecard(*(np.float32(card[name]) for name in Scorecard._fields))
        model.lender.opening_accounts = self.data["state"]["opening"]["accounts"]
        return _state(self.data["state"], model.setup)


class SavedRun(mesa.Model):
    """What a model can do with its run beside living it: save, load, branch, and show what was recorded."""

    setup: Setup
    state: RunState
    engine: Engine
    borrower_class: type[Borrower]
    _born_with: frozenset[str]  # attributes of every model: what a subclass adds is its own

    def save(self, file: str | Path) -> Path:
        """Write the run as it stands, to be continued bit for bit by `LendingModel.load`; a crash leaves old or new, never half."""
        return _write(_snapshot(self), Path(file))

    @classmethod
    def load(cls, file: str | Path, **options: Any) -> LendingModel:
        """Continue a saved run. options: threads, mode, borrower_class; rules and mechanisms must be those it was saved with.

        SavedRunError where the file is none, or where rules or mechanisms differ.
        """
        return _resume(cls, _read(Path(file)), options)

    def branch(
        self, policy: Source | None = None, set: Overrides = (), policy_changes: Sequence[Mapping[str, Any]] | None = None, **options: Any
    ) -> LendingModel:
        """A run of its own from this month on, under another policy if one is given; this one is left as it is.

        set: overrides of the policy (`policy.underwriting.…`), and as everywhere of those that its dated changes name.
        options: threads, mode, borrower_class. The past, the borrowers and the debt stay what they are; the policy given
        decides from next month on.

        Dated changes that are still to come stay where the policy is none, the scenario's own or the one in force. Another
        policy stays to the end, for changes that were meant for the first are none of its own; policy_changes gives it its
        own, as a scenario writes them: `[{"from": "2027-01", "set": {"underwriting.cut_off": "+20"}}]`, in months of the run
        that are still to come. InputError for a faulty policy or change; ValueError for `set` or `policy_changes` without a
        policy, and for a product that the accounts do not know.
        """
        _known(options, {"threads", "borrower_class", "mode"})
        setup = replace(self.setup, mode=options.get("mode", self.setup.mode))
        if policy is not None:
            setup = under_policy(setup, self.month, policy, override_list(set), policy_changes)
        elif more := [name for name, given in (("set", set), ("policy_changes", policy_changes is not None)) if given]:
            raise ValueError(f"{' and '.join(more)} of a branch belong to a policy: give the policy by name too")
        return _continued(cast("LendingModel", self), setup, options)

    def __reduce__(self) -> Any:
        """A model travels as a saved run does, with its rules and mechanisms, and what a subclass has added to itself."""
        setup = self.setup
        options = {
            "mode": setup.mode, "rules": setup.rules, "mechanisms": setup.mechanisms, "threads": self.engine.threads.asked,
            "borrower_class": self.borrower_class,
        }
        added = {name: value for name, value in self.__dict__.items() if name not in self._born_with and name != "_born_with"}
        return _resume, (type(self), _snapshot(cast("LendingModel", self)), options), added

    def monthly_frame(self) -> Any:
        """The recorded months as a pandas frame, money in major units."""
        from sim.measures.frame import monthly_frame

        return monthly_frame(self.rows, self.setup.profile.currency.minor_units, self.setup.metrics)

    def free(self) -> None:
        """Let worker threads go."""
        self.engine.close()

    @property
    def month(self) -> int:
        """Months simulated so far: 0 at the opening position, negative while the population warms up."""
        return self.state.month

    @property
    def policy(self) -> Any:
        """The lender's policy in force."""
        return self.setup.policy_at(self.state.month)

    @property
    def profile(self) -> Any:
        """The market's borrowers."""
        return self.setup.profile

    @property
    def conditions(self) -> Conditions:
        """The macro world, month by month."""
        return self.setup.conditions

    @property
    def months(self) -> int:
        """Months of the scenario."""
        return self.setup.conditions.months

    @property
    def books(self) -> Any:
        """The lender's books."""
        return self.state.books

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Rows of `monthly` so far, money in minor units."""
        return self.state.rows


# ------------------------------------------------------------------------------------------------------- to data


def _snapshot(model: LendingModel) -> Saved:
    """Everything of a run as it stands: its own columns and lists, to be written or filled in at once."""
    arrays = {f"household.{name}": column for name, column in model.population.household.items()}
    for slot, account in enumerate(model.population.accounts):
        arrays |= {f"account.{slot}.{name}": column for name, column in account.items()}
        arrays |= {f"vintage.{slot}.{name}": table.reshape(-1) for name, table in model.engine.vintages(slot).items()}
    c = model.setup.conditions
    arrays |= {f"conditions.{name}": np.array(path) for name, path in c.paths.items()}
    assert model.lender.card is not None
    resolved = model.setup.resolved
    data = {
        "format": FORMAT,
        "lendsim": sim.__version__,
        "seed": model.setup.seed,
        "mode": model.setup.mode,
        "start": str(c.start),
        "schedule": [[turn.month, turn.policy.model_dump(mode="json"), turn.words] for turn in model.setup.schedule],
        "outside": model.setup.from_outside,
        "borrower_class": None if model.borrower_class.__name__ == "Borrower" else model.borrower_class.__qualname__,
        "input": {kind: getattr(resolved, kind).model_dump(mode="json") for kind in ("scenario", "policy", "profile")},
        "card": {name: float(value) for name, value in model.lender.card._asdict().items()},
        "state": _state_data(model.state),
    }
    return Saved(data, arrays)


def _state_data(state: RunState) -> dict[str, Any]:
    """A state as plain data."""
    data = {f.name: getattr(state, f.name) for f in fields(RunState) if f.name not in _NESTED}
    books = state.books
    return data | {
        "accounts_before": list(state.accounts_before),
        "public": {f.name: getattr(state.public, f.name) for f in fields(PublicState)} | {"rating": state.public.rating.model_dump()},
        "contacts": asdict(state.contacts),
        "opening": asdict(state.opening),
        "past": asdict(state.past),
        "books": None if isinstance(books, FrozenFunding) else _books_data(books),
    }


_PLAIN = (
    "minimum_cash", "state", "failed_month", "events", "obligations_shortfall", "opening_cash", "opening_unpaid", "required", "code",
    "minor", "monthly_cost", "distress", "deficiency", "wanted",
)
_NESTED = ("public", "books", "contacts", "opening", "past", "accounts_before")


def _books_data(books: Books) -> dict[str, Any]:
    return {name: getattr(books, name) for name in _PLAIN} | {
        "contracts": saved(books.contracts),
        "balance": books.ledger.balance,
        "journal": [asdict(entry) for entry in books.ledger.journal] if books.ledger.keep_journal else None,
        "cash_flows": asdict(books.cash_flows),
        "delinquency": list(books.delinquency),
        "last_profits": list(books.last_profits),
        "results": [list(result) for result in books.results],
        "last_base": list(books.last_base) if books.last_base is not None else None,
    }


# ----------------------------------------------------------------------------------------------------- from data


def _tuples(value: Any) -> Any:
    """JSON's lists as the tuples they were."""
    return tuple(_tuples(v) for v in value) if isinstance(value, list) else value


def _state(data: Mapping[str, Any], setup: Setup) -> RunState:
    public = dict(data["public"]) | {"rating": Notch.model_validate(data["public"]["rating"], context=RESOLVED)}
    books, policy = data["books"], setup.policy_at(data["month"])
    return RunState(
        **{f.name: data[f.name] for f in fields(RunState) if f.name not in _NESTED},
        accounts_before=tuple(data["accounts_before"]),
        public=PublicState(**public),
        contacts=CollectionsPlan(**data["contacts"]),
        opening=OpeningStocks(**data["opening"]),
        past=Past(**{name: _tuples(value) for name, value in data["past"].items()}),
        books=FrozenFunding(policy.funding) if books is None else _books(books, policy),
    )


def _books(data: Mapping[str, Any], policy: Policy) -> Books:
    contracts = resumed(policy.funding, data["contracts"])
    ledger = Ledger(contracts.accounts, data["journal"] is not None)
    ledger.balance.update(data["balance"])
    ledger.journal.extend(Entry(**entry) for entry in data["journal"] or ())
    return Books(
        policy.funding, policy.provisioning, ledger, contracts,
        **{name: data[name] for name in _PLAIN},
        cash_flows=Cash(**data["cash_flows"]),
        delinquency=deque(data["delinquency"], maxlen=3),
        last_profits=deque(data["last_profits"], maxlen=3),
        results=deque((MonthResult(*result) for result in data["results"]), maxlen=12),
        last_base=BorrowingBase(*data["last_base"]) if data["last_base"] is not None else None,
    )


def _resolved(data: Mapping[str, Any], setup_mechanisms: tuple[Any, ...]) -> Resolved:
    models = models_with(setup_mechanisms)
    parts: dict[str, Any] = {kind: models[kind].model_validate(data[kind], context=RESOLVED) for kind in ("scenario", "policy", "profile")}
    return Resolved(parts["scenario"], parts["policy"], parts["profile"], (), None, {})


def _resume(cls: Any, kept: Saved, options: Mapping[str, Any]) -> LendingModel:
    """The model of a saved run."""
    _known(options, {"threads", "borrower_class", "mode", "rules", "mechanisms"})
    mechanisms, rules = tuple(options.get("mechanisms", ())), dict(options.get("rules") or {})
    given, wanted = from_outside(rules, mechanisms), kept.data["outside"]
    if given != wanted:
        names = sorted(name for name in {*given, *wanted} if given.get(name) != wanted.get(name))
        what = "; ".join(f"{n}: {'missing' if n not in given else 'not there then' if n not in wanted else 'changed since'}" for n in names)
        raise SavedRunError(f"the run was saved with other rules or mechanisms ({what}); give those it was saved with")
    own_class = kept.data["borrower_class"]
    if own_class is not None and getattr(options.get("borrower_class"), "__qualname__", None) != own_class:
        raise SavedRunError(f"the run was saved with borrower_class {own_class}; give it again")
    start = Month.parse(kept.data["start"])
    paths = {name: kept.arrays[f"conditions.{name}"] for name in VARIABLES}
    for path in paths.values():
        path.flags.writeable = False
    conditions = Conditions(start=start, months=len(paths["unemployment_rate"]) - 1, paths=paths)
    policies = models_with(mechanisms)["policy"]
    turns = kept.data["schedule"]
    schedule = tuple(Turn(m, cast(Policy, policies.model_validate(policy, context=RESOLVED)), words) for m, policy, words in turns)
    setup = Setup(
        _resolved(kept.data["input"], mechanisms), conditions, kept.data["seed"], options.get("mode", kept.data["mode"]), schedule, rules,
        mechanisms,
    )
    own = {name: options[name] for name in ("threads", "borrower_class") if name in options}
    model: LendingModel = cls(setup, resumed=kept, **own)
    return model


def _known(options: Mapping[str, Any], known: set[str]) -> None:
    """TypeError for an option that there is not."""
    if unknown := sorted(set(options) - known):
        raise TypeError(f"unknown option {unknown[0]!r}; there are {', '.join(sorted(known))}")


def taken_over(model: LendingModel, resolved: Resolved, **options: Any) -> LendingModel:
    """A run of its own from the opening position on, under the policies, shocks and gains of another resolved input.

    The past is the model's. ValueError after month 0, and where the other input has other months or another opening.
    """
    if model.month != 0:
        raise ValueError(f"another input takes over from an opening position, not from month {model.month}")
    setup, conditions = model.setup, build_conditions(resolved)
    was, begins = setup.conditions, (conditions.start, conditions.months, conditions.at(0))
    if begins != (was.start, was.months, was.at(0)):
        raise ValueError("another input takes over within the same months and from the same conditions of the opening")
    return _continued(
        model, replace(setup, resolved=resolved, conditions=conditions, schedule=schedule_of(resolved, conditions)), options
    )


def _continued(model: LendingModel, setup: Setup, options: Mapping[str, Any]) -> LendingModel:
    """A copy of a run that goes on under another setup."""
    now = _snapshot(model)
    kept = Saved(json.loads(json.dumps(now.data)), now.arrays)  # by way of text: it shares no list with the run that goes on
    own = {name: options[name] for name in ("threads", "borrower_class") if name in options}
    return type(model)(setup, resumed=kept, **{"borrower_class": model.borrower_class, **own})


# ------------------------------------------------------------------------------------------------------- the file


def _write(kept: Saved, file: Path) -> Path:
    if file.exists() and not _is_saved_run(file):
        raise FileExistsError(f"{file} is there and is no saved run; choose another name")
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{file.name}-", dir=file.parent)
    try:
        with os.fdopen(handle, "wb") as out:
            text = np.frombuffer(json.dumps(kept.data).encode(), np.uint8)
            np.savez(out, allow_pickle=False, **kept.arrays, **{JSON: text})
        os.replace(name, file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return file


def _is_saved_run(file: Path) -> bool:
    try:
        with zipfile.ZipFile(file) as archive:
            return f"{JSON}.npy" in archive.namelist()
    except (OSError, zipfile.BadZipFile):
        return False


def _read(file: Path) -> Saved:
    try:
        with np.load(file, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        data = json.loads(arrays.pop(JSON).tobytes())
        if not isinstance(data, dict) or "format" not in data:
            raise ValueError("no state")
    except FileNotFoundError:
        raise SavedRunError(f"{file}: there is no such file") from None
    except (OSError, TypeError, AttributeError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise SavedRunError(f"{file} is no saved run, or is damaged ({type(error).__name__})") from None
    if data["format"] != FORMAT:
        raise SavedRunError(f"{file} was written in format {data['format']}; this version reads format {FORMAT}")
    return Saved(data, arrays)
