"""What a comparison lives: every arm resolved, under one past or each its own, and what becomes of the arms of one seed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import index
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.config.faults import ordered
from sim.config.given import several
from sim.inputs import Arm, Fault, InputError, Resolved, Source, nearest
from sim.inputs.overrides import Overrides
from sim.inputs.resolved import alike, with_one_past
from sim.measures.outcomes import Course, Outcome, outcome_of, stops
from sim.measures.table import metrics_with, outcomes_with
from sim.saving import taken_over
from sim.study.losses import by_dimension, live
from sim.study.panels import Panel, PanelLog
from sim.study.runs import outcome_columns, resolve

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from sim.engine.declare import Mechanism
    from sim.measures.panel import Part
    from sim.model import LendingModel
    from sim.rebinding import Rules

BRIDGE = ("interest_income", "fee_income", "funding_cost", "operating_cost", "provisions")  # from income to net income
SHOWN = (
    "seed", "month", "month_index", "gross_loans", "originations", "delinquency_30_plus", "net_charge_off_rate_3m", "liquidity", "equity",
    *BRIDGE, "net_income", "lender_state",
)  # columns of `monthly` that a comparison keeps


@dataclass(frozen=True)
class Plan:
    """What a comparison lives: the same borrowers and conditions under each arm's policies."""

    labels: tuple[str, ...]
    arms: tuple[Resolved, ...]
    own_past: bool
    horizons: tuple[int, ...]
    threads: int | None = None
    rules: Rules | None = None
    mechanisms: tuple[Mechanism, ...] = ()
    metrics: tuple[str, ...] = ()
    panel: Panel | None = None

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """What is compared: everything that the tables declare for it, or the metrics asked for."""
        return outcomes_named(self.metrics, self.mechanisms) if self.metrics else outcomes_with(self.mechanisms)

    def models(self, seed: int) -> Iterator[tuple[int, LendingModel]]:
        """Each arm at month 0, one at a time; from one opening position, unless each has a past of its own."""
        from sim.model import LendingModel

        def opened(arm: Resolved) -> LendingModel:
            return LendingModel(arm, seed=seed, threads=self.threads, rules=self.rules, mechanisms=self.mechanisms)

        if self.own_past:
            yield from ((k, opened(arm)) for k, arm in enumerate(self.arms))
            return
        trunk = opened(self.arms[0])
        for k in range(1, len(self.arms)):
            yield k, taken_over(trunk, self.arms[k], threads=self.threads)
        yield 0, trunk

    def live(self, seed: int) -> Lives:
        """All arms of one seed."""
        lives = Lives(seed)
        for k, model in self.models(seed):
            lives.opening[k] = model.state.opening_row
            taken = [PanelLog(self.panel)] if self.panel is not None else []
            log = live(model, taken)
            lives.panels += [one.part(model, self.labels[k]) for one in taken]
            monthly = model.monthly_frame()
            for h in self.horizons:
                course = Course(monthly, h)
                lives.numbers[k, h] = {outcome.name: outcome.value(course) for outcome in self.outcomes}
            lives.columns[k] = outcome_columns(model)
            lives.parts[k] = by_dimension(log, model)
            lives.losses[k] = log.frame(model)
            lives.months[k] = monthly[[*SHOWN]]
            label = model.setup.conditions.label
            lives.events[k] = [{**event, "month": label(event["month"])} for event in model.books.events]
            lives.from_outside = model.setup.from_outside
        return lives


@dataclass
class Lives:
    """What became of the arms of one seed, by arm: metrics at horizons, borrowers, opening position, charge-offs and their parts."""

    seed: int
    numbers: dict[tuple[int, int], dict[str, float]] = field(default_factory=dict)
    columns: dict[int, dict[str, np.ndarray]] = field(default_factory=dict)
    opening: dict[int, dict[str, Any]] = field(default_factory=dict)
    parts: dict[int, dict[tuple[str, str, str], float]] = field(default_factory=dict)
    losses: dict[int, pd.DataFrame] = field(default_factory=dict)
    months: dict[int, pd.DataFrame] = field(default_factory=dict)
    events: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    from_outside: dict[str, str] = field(default_factory=dict)
    panels: list[Part] = field(default_factory=list)


def plan_of(
    scenario: Source, policies: Sequence[str | Path | Mapping[str, Any] | Arm], set: Overrides = (), *, allow_outside: bool = False,
    own_past: bool = False, threads: int | None = None, rules: Rules | None = None, mechanisms: Sequence[Mechanism] = (),
    metrics: Sequence[str] = (), horizons: Sequence[int] = (),
) -> Plan:
    """Resolve every arm; the first one's policy built the book, unless the scenario names an `opening_policy`.

    InputError with every fault of the scenario and of each policy; ValueError for metrics that there are not, or that come to
    no number, and for a horizon outside the run.
    """
    faults: list[Fault] = []
    given: list[Arm] = []
    arms: list[Resolved] = []
    for k, policy in enumerate(policies):
        try:
            given.append(Arm.of(policy, k + 1))
            arms.append(resolve(scenario, given[-1], set, allow_outside, mechanisms, "own" if own_past or k else "stated"))
            faults += _too_late(given[-1], arms[-1])
        except InputError as error:
            faults += error.faults  # said with those of the other policies
    metrics = tuple(dict.fromkeys(several("metrics", metrics)))
    horizons = several("horizons", horizons)
    unknown = wrong_metrics(metrics, mechanisms)
    if faults:
        raise InputError(ordered([*faults, *(Fault("metrics", 1, 1, "", message) for message in unknown)]))
    if unknown:
        raise ValueError("; ".join(unknown))
    if same := [*alike(given, arms)]:
        raise InputError(same)
    labels = [arm.name for arm in given]
    if len(frozenset(labels)) < len(labels):
        labels = [f"{label}#{k + 1}" for k, label in enumerate(labels)]
    if not own_past:
        past = arms[0].opening_policy or arms[0].policy
        arms = with_one_past(past, arms)
    months = arms[0].scenario.months
    horizons = tuple(whole_horizon(h) for h in horizons)
    if wrong := [h for h in horizons if not 1 <= h <= months]:
        raise ValueError(f"the horizon {wrong[0]} lies outside the run: 1 to {months}")
    return Plan(
        tuple(labels), tuple(arms), own_past, tuple(sorted({*horizons})) or tuple(stops(months)), threads, rules, tuple(mechanisms),
        tuple(metrics),
    )


def _too_late(arm: Arm, resolved: Resolved) -> Iterator[Fault]:
    """Changes of policy that are an arm's own and begin after the last month: left out, the arm would be like one without them."""
    for at, what in resolved.late().items() if arm.policy_changes else ():
        if at.startswith("policy_changes."):
            message = f"{what}: '{arm.name}' would differ from the others in nothing"
            yield Fault(*resolved.mark(at), at, message, f"a month up to {resolved.scenario.start.shift(resolved.scenario.months - 1)}"
                        if resolved.scenario.start is not None else "a month of the run")


def past_of(plan: Plan) -> str:
    """The sentence that says under which policy the books were built."""
    if plan.own_past:
        return "each policy built its own book before month 1, so the differences hold those of two pasts"
    past = plan.arms[0].opening_policy or plan.arms[0].policy
    return f"one past: the book was built under {past.title}; every policy takes over from it in month 1"


def whole_horizon(horizon: Any) -> int:
    """A horizon as a whole number of months; TypeError for anything else."""
    if isinstance(horizon, bool):
        raise TypeError(f"a horizon is a number of months, not {horizon!r}")
    try:
        return index(horizon)
    except TypeError:
        raise TypeError(f"a horizon is a whole number of months, not {horizon!r}") from None


def outcomes_named(metrics: Sequence[str], mechanisms: Sequence[Mechanism]) -> tuple[Outcome, ...]:
    """What the metrics asked for come to; KeyError for one that there is not."""
    known = {outcome.name: outcome for outcome in outcomes_with(mechanisms)}
    return tuple(known.get(name) or outcome_of(metrics_with(mechanisms)[name]) for name in metrics)


def wrong_metrics(metrics: Sequence[str], mechanisms: Sequence[Mechanism]) -> list[str]:
    """What is wrong with the metrics asked for, a sentence each."""
    columns = metrics_with(mechanisms)
    known = [*(outcome.name for outcome in outcomes_with(mechanisms)), *columns.names]
    wrong = []
    for name in metrics:
        if name not in known:
            close = nearest(name, known)
            wrong.append(f"there is no metric {name!r}" + (f"; did you mean {close!r}?" if close else "; docs/outputs.md lists them"))
        elif name in columns.names and columns[name].over_months is None:
            wrong.append(f"{name} comes to no number over months, so it cannot be compared")
    return wrong
