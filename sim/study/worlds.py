"""What an attribution lives: the scenario, and every world without some of its shocks, its causes or its loops, judged beforehand.

Two games and single loops. Shocks are set against the calm scenario, causes against the same scenario without them, so that either
difference ends at the scenario's own figures. Worlds that are the same up to the horizon are lived once.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any, Literal, get_args

from sim.config.faults import Fault, InputError, nearest, ordered
from sim.config.given import several
from sim.economy import Conditions, build_conditions
from sim.economy.variables import VARIABLES
from sim.inputs import Arm, Resolved, Source
from sim.inputs.overrides import Overrides
from sim.measures.outcomes import Course, Outcome
from sim.saving import taken_over
from sim.study.plan import outcomes_named, whole_horizon, wrong_metrics
from sim.study.players import (
    CAUSES,
    Player,
    conditions_without,
    economy_players,
    loop_players,
    with_gains,
    with_own_past,
    without_causes,
    without_economy,
)
from sim.study.runs import resolve, seeds_from
from sim.study.shapley import Coalition, coalitions
from sim.study.words import counted

if TYPE_CHECKING:
    from sim.engine.declare import Mechanism
    from sim.model import LendingModel
    from sim.rebinding import Rules

Part = Literal["shocks", "causes", "loops"]
PARTS: tuple[Part, ...] = get_args(Part)
By = Literal["shock", "variable"]
# always: the loss in money and over the book, for a book that shrinks loses less; the income, the lowest liquidity
METRICS = ("net_charge_offs", "mean_net_charge_off_rate", "net_income", "lowest_liquidity")
FAILED = "failed"  # kept of every run, whatever is asked for
MOST_PLAYERS = 8  # every coalition is a run: 256 of them


@dataclass(frozen=True)
class World:
    """The scenario without some players. gone: who; branches: from the scenario's own opening book, or it has one of its own."""

    part: Part
    gone: tuple[str, ...]
    resolved: Resolved
    branches: bool = True


@dataclass(frozen=True)
class Plan:
    """An attribution before it is lived. worlds: each once, the scenario itself first; at: the world of a part without some players."""

    resolved: Resolved
    players: Mapping[Part, tuple[Player, ...]]
    worlds: tuple[World, ...]
    at: Mapping[tuple[Part, Coalition], int]
    outcomes: tuple[Outcome, ...]
    horizon: int
    seeds: tuple[int, ...]
    own_past: bool
    threads: int | None = None
    rules: Rules | None = None
    mechanisms: tuple[Mechanism, ...] = ()
    failures_asked: bool = False  # failures are kept of every run, and told where they were asked for
    chunks: int = 1  # pieces in which a seed's worlds are lived side by side
    lived: Callable[[], None] | None = field(default=None, compare=False)  # called after every run, where it is lived in this process

    def game(self, part: Part) -> dict[Coalition, int]:
        """The world of every coalition of a part's players: those who are there."""
        names = [player.name for player in self.players[part]]
        return {those: self.at[part, frozenset(names) - those] for those in coalitions(names)}

    @property
    def runs(self) -> int:
        """Runs in all."""
        return len(self.worlds) * len(self.seeds)

    def said(self) -> str:
        """How many runs it will be, and for what, in a sentence."""
        more = {part: sum(world.part == part for world in self.worlds[1:]) for part in PARTS}
        words = {"shocks": "shock", "causes": "cause", "loops": "single loop"}
        parts = [f"{more[part]} for {counted(len(self.players[part]), words[part])}" for part in PARTS if self.players.get(part)]
        return (
            f"{counted(len(self.worlds), 'run')} a seed (the scenario, {', '.join(parts)}) on {counted(len(self.seeds), 'seed')}: "
            f"{counted(self.runs, 'run')} of {counted(self.horizon, 'month')}"
        )

    def live(self, task: int) -> Iterator[tuple[int, int, tuple[float, ...]]]:
        """Some of the worlds of one seed: seed, world, and what its outcomes come to. task: counts the chunks of all seeds."""
        seed, chunk = self.seeds[task // self.chunks], task % self.chunks
        mine = [k for k in range(len(self.worlds)) if k % self.chunks == chunk]
        trunk = self._opened(self.resolved, seed) if any(self.worlds[k].branches for k in mine) else None
        for k in reversed(mine):  # the trunk is lived last, when nobody branches from it any more
            world = self.worlds[k]
            if trunk is not None and k == 0:
                model = trunk
            elif trunk is not None and world.branches:
                model = taken_over(trunk, world.resolved, threads=self.threads)
            else:
                model = self._opened(world.resolved, seed)
            yield seed, k, self._outcomes(model)
            if self.lived is not None:
                self.lived()
        if trunk is not None:
            trunk.free()

    def task(self, number: int) -> list[tuple[int, int, tuple[float, ...]]]:
        """`live` as a list, which travels."""
        return list(self.live(number))

    def _opened(self, resolved: Resolved, seed: int) -> LendingModel:
        from sim.model import LendingModel

        return LendingModel(resolved, seed=seed, threads=self.threads, rules=self.rules, mechanisms=self.mechanisms)

    def _outcomes(self, model: LendingModel) -> tuple[float, ...]:
        try:
            while model.month < self.horizon:
                model.step()
        finally:
            model.free()
        course = Course(model.monthly_frame(), self.horizon)
        return tuple(outcome.value(course) for outcome in self.outcomes)


def plan_of(
    scenario: Source | Resolved, policy: Source | Arm | None = None, seeds: int | Sequence[int] = 10, set: Overrides = (), *,
    parts: Sequence[str] = PARTS, by: str = "shock", together: Sequence[Sequence[str] | str] = (), metrics: Sequence[str] = (),
    horizon: int | None = None, own_past: bool = False, allow_outside: bool = False, threads: int | None = None, rules: Rules | None = None,
    mechanisms: Sequence[Mechanism] = (),
) -> Plan:
    """Judge what is asked of an attribution (see `attribute`) and make its worlds; InputError with every fault."""
    faults: list[Fault] = []
    parts, given = several("parts", parts), several("together", together)
    groups = [[name.strip() for name in (group.split(",") if isinstance(group, str) else several("together", group))] for group in given]
    names = tuple(dict.fromkeys([*METRICS, *several("metrics", metrics)]))
    horizon = None if horizon is None else whole_horizon(horizon)
    faults += [Fault("metrics", 1, 1, "", message) for message in wrong_metrics(names, mechanisms)]
    faults += _wrong_words("parts", parts, PARTS) + _wrong_words("by", [by], get_args(By)) + _wrong_groups(groups)
    resolved: Resolved | None = None
    try:
        resolved = resolve(scenario, policy, set, allow_outside, mechanisms, "own" if own_past else "scenario")
        faults += _unfit(resolved, horizon)
    except InputError as error:
        faults += error.faults
    if faults or resolved is None:
        raise InputError(ordered(faults))
    found = _Worlds(resolved, build_conditions(resolved), horizon or resolved.scenario.months, own_past)
    players: dict[Part, tuple[Player, ...]] = {}
    if "shocks" in parts:
        players["shocks"] = tuple(economy_players(resolved, found.conditions, "variable" if by == "variable" else "shock", groups))
        _refuse_groups(players["shocks"], groups, resolved)
        found.shocks(players["shocks"])
    if "causes" in parts:
        players["causes"] = tuple(cause.player() for cause in CAUSES)
        found.causes(players["causes"])
    if "loops" in parts:
        players["loops"] = tuple(loop_players(resolved, found.conditions))
        found.loops(players["loops"])
    if not any(players.values()):
        raise InputError([Fault("parts", 1, 1, "", f"nothing moves the economy of '{resolved.scenario.title}', so no shock is at work",
                                "causes or loops, or a scenario with shocks")])
    outcomes = outcomes_named([*dict.fromkeys([*names, FAILED])], mechanisms)
    return Plan(
        resolved, players, tuple(found.worlds), found.at, outcomes, found.horizon, tuple(seeds_from(resolved, seeds, set)), own_past,
        threads, rules, tuple(mechanisms), FAILED in names,
    )


class _Worlds:
    """Worlds as they are made, the same ones once."""

    def __init__(self, resolved: Resolved, conditions: Conditions, horizon: int, own_past: bool) -> None:
        self.resolved, self.conditions, self.horizon, self.own_past = resolved, conditions, horizon, own_past
        self.worlds = [World("shocks", (), resolved)]
        self.at: dict[tuple[Part, Coalition], int] = {}
        self._known = {self._key(resolved, conditions, True): 0}

    def _key(self, resolved: Resolved, conditions: Conditions, branches: bool) -> tuple[Any, ...]:
        """Equal for worlds that are the same up to the horizon."""
        sections = (resolved.scenario.mechanisms, resolved.profile, *resolved.all_policies())
        return (
            *(path[: self.horizon + 1].tobytes() for path in conditions.paths.values()),
            json.dumps([section.model_dump(mode="json") for section in sections]), branches,
        )

    def _add(self, part: Part, gone: Sequence[Player], resolved: Resolved, branches: bool) -> None:
        conditions = conditions_without(resolved, gone)
        branches = branches or not gone
        key = self._key(resolved, conditions, branches)
        if key not in self._known:
            self._known[key] = len(self.worlds)
            self.worlds.append(World(part, tuple(player.name for player in gone), resolved, branches))
        self.at[part, frozenset(player.name for player in gone)] = self._known[key]

    def shocks(self, players: Sequence[Player]) -> None:
        """Without every set of shocks: they leave the past alone, so all branch from one opening."""
        for gone in _sets(players):
            shocks, courses = ([x for player in gone for x in getattr(player, kind)] for kind in ("shocks", "courses"))
            self._add("shocks", gone, without_economy(self.resolved, shocks, courses, self.conditions), True)

    def causes(self, players: Sequence[Player]) -> None:
        """Without every set of causes."""
        for gone in _sets(players):
            self._alone("causes", gone, without_causes(self.resolved, [player.name for player in gone], self.conditions))

    def loops(self, players: Sequence[Player]) -> None:
        """Without each loop alone, and with all."""
        self._alone("loops", (), self.resolved)
        for player in players:
            self._alone("loops", (player,), with_gains(self.resolved, **{player.name: 0.0}))

    def _alone(self, part: Part, gone: Sequence[Player], resolved: Resolved) -> None:
        self._add(part, gone, with_own_past(resolved) if self.own_past and gone else resolved, not self.own_past)


def _sets(players: Sequence[Player]) -> Iterator[list[Player]]:
    for gone in coalitions([player.name for player in players]):
        yield [player for player in players if player.name in gone]


def _wrong_words(option: str, given: Sequence[str], known: Sequence[str]) -> list[Fault]:
    return [Fault(option, 1, 1, "", f"'{word}' is unknown", f"one of {', '.join(known)}", nearest(word, known))
            for word in given if word not in known]


def _wrong_groups(groups: Sequence[Sequence[str]]) -> list[Fault]:
    """Names that are no variable's, or come twice."""
    every = [name for group in groups for name in group]
    found = [
        Fault("together", 1, 1, "", f"'{name}' is no variable of the economy", "one of those that shocks name", nearest(name, VARIABLES))
        for name in dict.fromkeys(every) if name not in VARIABLES
    ]
    twice = [name for name, same in groupby(sorted(every)) if len(list(same)) > 1]
    return found + [Fault("together", 1, 1, "", f"'{name}' is given twice", "each variable in one group") for name in twice]


def _unfit(resolved: Resolved, horizon: int | None) -> list[Fault]:
    """What of a sound scenario cannot be attributed."""
    found = []
    if resolved.scenario.script is not None:
        message = "the payments of a scripted loan have no causes"
        found.append(Fault(*resolved.mark("script"), "script", message, "a scenario with borrowers"))
    if horizon is not None and not 1 <= horizon <= resolved.scenario.months:
        found.append(Fault("horizon", 1, 1, "", f"{horizon} lies outside the run", f"1 to {resolved.scenario.months}"))
    return found


def _refuse_groups(players: Sequence[Player], groups: Sequence[Sequence[str]], resolved: Resolved) -> None:
    """InputError for a variable in a group that nothing moves, and for more players than every set of them can be run for."""
    moved = {course for player in players for course in player.courses} | {shock.variable for shock in resolved.scenario.shocks}
    if idle := [name for group in groups for name in group if name not in moved]:
        message = f"nothing moves {', '.join(idle)} in this scenario"
        raise InputError([Fault("together", 1, 1, "", message, f"of {', '.join(name for name in VARIABLES if name in moved) or 'none'}")])
    if len(players) <= MOST_PLAYERS:
        return
    ways = [f"by variable all that moves one counts as one ({len(moved)} here)"] if len(moved) < len(players) else []
    ways.append("variables that are given together count as one")
    raise InputError([Fault(
        "by", 1, 1, "", f"{len(players)} shocks are {2 ** len(players):,} runs a seed, one for each set of them",
        f"at most {MOST_PLAYERS}: {'; '.join(ways)}",
    )])


def chunks_for(workers: int, seeds: int, worlds: int) -> int:
    """Pieces in which each seed's worlds are lived, so that every process has work; each piece builds the opening book anew."""
    return max(1, min(math.ceil(workers / seeds), worlds))
