"""What is fixed when a run begins: the resolved input, the macro world, the seed, and whatever was brought from outside."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from inspect import signature
from operator import index
from types import FrameType
from typing import TYPE_CHECKING, Any, NamedTuple

from sim.assembly import refuse_taken
from sim.economy import Conditions, build_conditions
from sim.engine.declare import Mechanism
from sim.inputs import Resolved, Source, load_scenario, override_list
from sim.inputs.extension import mechanisms_given, models_with
from sim.inputs.overrides import Overrides
from sim.inputs.resolved import refuse_more
from sim.measures.registry import Registry
from sim.measures.table import metrics_with
from sim.numerics.compile import Swaps
from sim.numerics.philox import keys
from sim.outside import from_outside
from sim.rebinding import Rules, rules_given, swaps_for

if TYPE_CHECKING:
    from sim.inputs.policy import Policy
    from sim.inputs.profile import Profile
    from sim.inputs.schedule import Dated

MODES = ("columns", "objects")
LARGEST_SEED = 2**63 - 1
FROM_THE_START = -(2**31)  # a month before every warm-up


class Turn(NamedTuple):
    """A policy that comes into force in a month, and the words for it."""

    month: int
    policy: Policy
    words: str


@dataclass(frozen=True)
class Setup:
    """What is fixed when a run begins."""

    resolved: Resolved
    conditions: Conditions
    seed: int
    mode: str
    schedule: tuple[Turn, ...]  # the policies in the order of their months; the first built the book
    rules: Rules = field(default_factory=dict)
    mechanisms: tuple[Mechanism, ...] = ()

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise ValueError(f"mode is 'columns' or 'objects', not {self.mode!r}")
        refuse_taken(self.mechanisms)

    @classmethod
    def of(
        cls, scenario: Source | Resolved | Setup, policy: Source | None, overrides: Overrides,
        seed: int | None, mode: str | None, rules: Rules | None, mechanisms: Sequence[Mechanism], own_past: bool = False,
    ) -> Setup:
        """Load what is given by name; InputError for a faulty file.

        ValueError for an unknown mode, a name that is taken, a seed given twice, and for what a setup or an input that is
        ready already cannot take in any more.
        """
        mechanisms, rules = mechanisms_given(mechanisms), rules_given(rules)
        if isinstance(scenario, Setup):
            beside = {
                "policy": policy is not None, "set": override_list(overrides), "mode": mode is not None, "rules": rules,
                "seed": seed is not None and not (isinstance(seed, OwnSeedPlus) and seed == 0), "mechanisms": mechanisms,
                "own_past": own_past,
            }
            if more := [name for name, given in beside.items() if given]:
                raise ValueError(f"the setup of the run is made already, so {', '.join(more)} can no longer be applied: give the scenario")
            return scenario
        if isinstance(scenario, Resolved):
            refuse_more(policy=policy, set=override_list(overrides), own_past=own_past)
            refuse_other_mechanisms(scenario, mechanisms)
        if seed is not None and not isinstance(seed, OwnSeedPlus):
            refuse_seed_in(overrides, "seed")
        resolved = scenario if isinstance(scenario, Resolved) else load_scenario(
            scenario, policy, override_list(overrides), mechanisms=mechanisms, past="own" if own_past else "scenario"
        )
        own = resolved.scenario.seed
        number = own + int(seed or 0) if seed is None or isinstance(seed, OwnSeedPlus) else whole_seed(seed)
        conditions = build_conditions(resolved)
        return cls(resolved, conditions, number, mode or "columns", schedule_of(resolved, conditions), rules, mechanisms)

    def turn_at(self, month: int) -> Turn:
        """What is in force in a month."""
        return next(turn for turn in reversed(self.schedule) if turn.month <= month)

    def policy_at(self, month: int) -> Policy:
        """The lender's policy in a month: in month 0 and before it, the one that built the book."""
        return self.turn_at(month).policy

    @property
    def of_the_book(self) -> int:
        """Places of the products that the policy which built the book offers, the first ones; later policies bring the others."""
        built = self.schedule[0].policy.products
        return max((place for place, offer in enumerate(built.values(), 1) if offer.offered), default=len(built))

    @property
    def profile(self) -> Profile:
        """The market's borrowers."""
        return self.resolved.profile

    @property
    def gain(self) -> Any:
        """Strength of each loop: 1 as calibrated, 0 off."""
        return self.resolved.scenario.mechanisms

    @property
    def keys(self) -> tuple[int, int]:
        """The generator's key words."""
        return keys(self.seed)

    @property
    def warm_up_months(self) -> int:
        """Months lived before month 1; a scripted loan needs none."""
        return 0 if self.resolved.scenario.script else self.resolved.scenario.warm_up_months

    @cached_property
    def metrics(self) -> Registry:
        """Columns of `monthly`."""
        return metrics_with(self.mechanisms)

    @cached_property
    def from_outside(self) -> dict[str, str]:
        """Replaced rules and mechanisms of one's own, each with its digest."""
        return from_outside(self.rules, self.mechanisms)

    @cached_property
    def swaps(self) -> Swaps:
        """Which default each replaced rule stands for."""
        return swaps_for(self.rules, self.mechanisms)


def whole_seed(seed: Any) -> int:
    """A seed as the generator takes it. TypeError for what is no whole number, ValueError for one below 0 or above 2**63 - 1."""
    try:
        number = index(seed)
    except TypeError:
        raise TypeError(f"a seed is a whole number, not {seed!r}") from None
    if isinstance(seed, bool):
        raise TypeError(f"a seed is a whole number, not {seed!r}")
    if not 0 <= number <= LARGEST_SEED:
        raise ValueError(f"a seed lies between 0 and 2**63 - 1, so {number} is none")
    return number


def refuse_seed_in(overrides: Overrides, beside: str) -> None:
    """ValueError where overrides give the seed that another argument gives already."""
    given = [one[0] if isinstance(one, tuple) else one.partition("=")[0].strip() for one in override_list(overrides)]
    if "seed" in given:
        raise ValueError(f"the seed is given twice, by set and by {beside}: give it once")


def refuse_other_mechanisms(resolved: Resolved, mechanisms: Sequence[Mechanism]) -> None:
    """ValueError where an input was resolved for other mechanisms from outside than it is to run with."""
    models = models_with(mechanisms)
    wanted = {*models["profile"].model_fields, *models["scenario"].model_fields["mechanisms"].annotation.model_fields}  # type: ignore[union-attr]
    found = {*type(resolved.profile).model_fields, *type(resolved.scenario.mechanisms).model_fields}
    if other := sorted(found ^ wanted):
        raise ValueError(
            f"the scenario was resolved for other mechanisms ({', '.join(other)}): give load_scenario the mechanisms that run with it"
        )


def schedule_of(resolved: Resolved, conditions: Conditions) -> tuple[Turn, ...]:
    """The past's policy, month 1's where it is another, and the dated changes."""
    past = resolved.opening_policy
    turns = [Turn(FROM_THE_START, past or resolved.policy, "")]
    if past is not None:
        turns.append(Turn(1, resolved.policy, resolved.policy.title))
    return (*turns, *dated_turns(resolved.changes, conditions))


def dated_turns(changes: Iterable[Dated], conditions: Conditions) -> Iterator[Turn]:
    """Dated changes by the number of their month."""
    yield from (Turn(change.first.index_from(conditions.start) + 1, change.policy, change.words) for change in changes)


class OwnSeedPlus(int):
    """So many added to the scenario's own seed."""


def seed_in_batch(seed: int | None) -> int | None:
    """The seed of a model that `mesa.batch_run` makes: its iterations are to differ, and Mesa tells the model nothing of them.

    Mesa 3.3 builds every iteration with the same arguments, Mesa 3.5 with a seed of None unless `rng` lists some. The
    iteration is read off Mesa's own frame: it is added to the scenario's seed, or moves a seed that is given by 2**32, far
    from any other that one would list. Anywhere else the seed is as given.
    """
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_name == "_model_run_func" and frame.f_globals.get("__name__") == "mesa.batchrunner":
            iteration = int(frame.f_locals.get("iteration", 0))
            if seed is None:
                return OwnSeedPlus(iteration)
            seeds_listed = "rng" in signature(frame.f_globals["batch_run"]).parameters
            return seed if seeds_listed else seed + (iteration << 32)
        frame = frame.f_back
    return seed
