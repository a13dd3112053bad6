"""The lives on which facts are measured: runs of one seed, each lived once however many facts look at it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sim.config.fields import Month
from sim.inputs import Resolved, Source, load_scenario
from sim.inputs.overrides import Given
from sim.inputs.resolved import with_one_past
from sim.measures.table import MONTHLY
from sim.study.facts.panel import Diary, Panel
from sim.study.runs import finished

if TYPE_CHECKING:
    import pandas as pd

    from sim.study.results import Results

RECESSION, SQUEEZE = "severe_recession", "recession_with_squeeze"  # shipped scenarios whose shocks are laid over the calm one
SHOCK = 7  # month in which their first shock begins, as in the shipped files
FEEDBACK = ("trust", "churn", "complaints", "rating", "collections", "access")  # loops by which the lender's state reaches borrowers
# a lender whom no loss and no trigger stops, where a fact is about borrowers and loans alone
AMPLE: tuple[Given, ...] = (
    ("policy.funding.capital_ratio", 0.6), ("policy.funding.dividend_above", None), ("policy.funding.warehouse.delinquency_trigger", 1.0),
)
FAR = 1_000_003  # seeds of further lucks lie so far apart
CALM = ("baseline", "china_baseline")


@dataclass(frozen=True)
class Setting:
    """What all lives have in common: a calm scenario, its policy and overrides."""

    scenario: Source
    policy: Source | None
    overrides: tuple[Given, ...]
    allow_outside: bool = False

    @cached_property
    def calm(self) -> Resolved:
        """The calm scenario, its book built under the policy that is judged. InputError for a faulty input."""
        return self.resolved(())

    def resolved(self, changes: Sequence[Given], own_past: bool = True) -> Resolved:
        """The calm scenario changed; own_past: the book was built under the changed policy too."""
        arm = load_scenario(self.scenario, self.policy, [*self.overrides, *changes], self.allow_outside, (), "own")
        return arm if own_past or not changes else with_one_past(self.calm.policy, [arm])[0]

    @property
    def start(self) -> Month:
        """The first simulated month."""
        start = self.calm.scenario.start
        assert start is not None  # a scenario without a table states it
        return start

    @property
    def currency(self) -> str:
        """Code of the market's currency."""
        return self.calm.profile.currency.code


@dataclass
class Life:
    """One run of one seed. panel: of the borrowers, where it was asked for."""

    results: Results
    panel: Panel | None

    @property
    def monthly(self) -> pd.DataFrame:
        """The months."""
        return self.results.monthly

    @property
    def transitions(self) -> pd.DataFrame:
        """The moves between delinquency buckets."""
        return self.results.transitions

    @property
    def vintages(self) -> pd.DataFrame:
        """Outcomes by month of origination."""
        return self.results.vintages

    @property
    def people(self) -> Panel:
        """The panel of a life that kept one."""
        assert self.panel is not None
        return self.panel


class Lab:
    """Lives of one seed under a setting."""

    def __init__(self, setting: Setting, seed: int, threads: int | None = 1) -> None:
        self.setting, self.seed, self.threads = setting, seed, threads
        self.lived: dict[str, Life] = {}

    def run(self, *changes: Given, own_past: bool = False, panel: bool = False, luck: int = 0) -> Life:
        """The calm scenario with these overrides, which come after the user's own. A policy that they change takes over in month 1.

        own_past: the book was built under it as well. panel: keep public columns of every borrower. luck: other than 0 for a seed of
        its own, which no other life of the examination has.
        """
        key = repr((changes, own_past and bool(changes), luck))
        life = self.lived.get(key)
        if life is None or (panel and life.panel is None):
            life = self.lived[key] = self._live(self.setting.resolved(changes, own_past), panel, self.seed + luck * FAR)
        return life

    def calm(self) -> Life:
        """The scenario as it is, with its panel."""
        return self.run(panel=True)

    def recession(self, *changes: Given, size: float = 1.0, **options: Any) -> Life:
        """The same under the shocks of a severe recession, `size` times as large."""
        return self.run(self.shocks(RECESSION, size), *changes, **options)

    def shocks(self, scenario: str, size: float = 1.0, leave_out: Sequence[str] = ()) -> Given:
        """A shipped scenario's shocks as an override, moved to this scenario's months. leave_out: variables to spare."""
        return "shocks", stress(scenario, self.setting.start, size, leave_out)

    def month(self, number: int) -> str:
        """The calendar month of a simulated one."""
        return str(self.setting.start.shift(number - 1))

    def _live(self, resolved: Resolved, panel: bool, seed: int) -> Life:
        from sim.model import LendingModel
        from sim.study.results import gathered, results_of

        model = LendingModel(resolved, seed=seed, threads=self.threads)
        diary = Diary(tuple(product.name for product in model.lender.products))
        if panel:
            diary.note(model)
        finished(model, (lambda _month, _months: diary.note(model)) if panel else None)
        results = gathered(resolved, [results_of(model, columns=False)], MONTHLY)
        return Life(results, diary.panel() if panel else None)


def stress(scenario: str, start: Month, size: float = 1.0, leave_out: Sequence[str] = ()) -> list[dict[str, Any]]:
    """The shocks of a shipped scenario, `size` times as large, as if it began in another month."""
    source = load_scenario(scenario).scenario
    assert source.start is not None
    moved = start.index_from(source.start)
    found = []
    for shock in source.shocks:
        if shock.variable in leave_out:
            continue
        written: dict[str, Any] = shock.model_dump(mode="json", exclude_none=True)
        written["start"] = str(shock.start.shift(moved))
        written["by"] = shock.by * size if shock.by is not None else None
        found.append({name: value for name, value in written.items() if value is not None})
    return found


def gains(names: Sequence[str], gain: float = 0.0) -> list[Given]:
    """Overrides that set the strength of these mechanisms."""
    return [(f"mechanisms.{name}", gain) for name in names]

