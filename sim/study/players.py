"""What an attribution takes away: shocks and courses of the economy, the three causes of arrears, single loops.

Each is a player with a sentence that says what the world is like without it, and a function that makes that world from the scenario's
own. What is left of the economy stays as it was at the opening, so that nothing of the past is touched: one opening book serves all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from sim.config.faults import Fault, InputError
from sim.economy import Conditions, build_conditions
from sim.economy.schema import Shock
from sim.economy.tables import read_table
from sim.economy.variables import VARIABLES
from sim.inputs import Resolved

Kind = Literal["shock", "cause", "loop"]


@dataclass(frozen=True)
class Player:
    """Something that an attribution takes away. name: unique in its part. title: as people call it. what: what it is.

    without: the sentence that says what the world is like without it. shocks, courses: what of the economy it stands for.
    """

    kind: Kind
    name: str
    title: str
    what: str
    without: str
    shocks: tuple[int, ...] = ()
    courses: tuple[str, ...] = ()


# --------------------------------------------------------------------------------------------- shocks and courses


def economy_players(resolved: Resolved, conditions: Conditions, by: Literal["shock", "variable"], together: Sequence[Sequence[str]] = ()
                    ) -> list[Player]:
    """The scenario's shocks, and the variables whose path moves by itself (a table's column, a list), one player each.

    by: "variable" makes one player of all that moves a variable. together: variables that count as one.
    """
    calm = build_conditions(without_economy(resolved, [*range(len(resolved.scenario.shocks))], [], conditions))
    moving = [name for name, path in calm.paths.items() if (path != path[0]).any()]
    shocks = resolved.scenario.shocks
    own = {name: tuple(k for k, shock in enumerate(shocks) if shock.variable == name) for name in VARIABLES}
    found, grouped = [], {name for group in together for name in group}
    for group in together:
        indices = tuple(sorted(k for name in group for k in own[name]))
        courses = tuple(name for name in group if name in moving)
        found.append(_player("+".join(group), " and ".join(map(_plain, group)), shocks, indices, courses))
    for name in VARIABLES:
        indices, courses = own[name], (name,) if name in moving else ()
        if name in grouped or not (indices or courses):
            continue
        if by == "variable" or len(indices) + len(courses) == 1:
            found.append(_player(name, _plain(name), shocks, indices, courses))
            continue
        if courses:
            found.append(_player(name, f"course of {_plain(name)}", shocks, (), courses))
        found += [_player(f"{name}.{k}", f"{_plain(name)} from {shocks[k].start} (shocks.{k})", shocks, (k,), ()) for k in indices]
    return sorted(found, key=lambda player: (min(player.shocks, default=-1), player.name))


def _plain(variable: str) -> str:
    return variable.replace("_", " ")


def _player(name: str, title: str, shocks: Sequence[Shock], indices: tuple[int, ...], courses: tuple[str, ...]) -> Player:
    what = [f"the course of {_plain(course)} in the scenario's economy" for course in courses]
    what += [in_words(shocks[k]) for k in indices]
    stays = [f"{_plain(course)} stays as it was at the opening" for course in courses]
    gone = [f"the shock{'s' if len(indices) > 1 else ''} of {', '.join(dict.fromkeys(_plain(shocks[k].variable) for k in indices))} "
            f"do{'' if len(indices) > 1 else 'es'} not come"] if indices else []
    return Player("shock", name, title, "; ".join(what), " and ".join([*stays, *gone]), indices, courses)


def in_words(shock: Shock) -> str:
    """A shock in a few words: what, which shape, how large, from when on."""
    variable = VARIABLES[shock.variable]
    size = ""
    if shock.by is not None:
        size = f" of {shock.by:+.6g}" if variable.is_count else f" of {100 * shock.by:+.6g} pp"
    elif shock.to is not None:
        size = f" to {variable.show(shock.to)}"
    return f"{_plain(shock.variable)}, {shock.shape}{size} from {shock.start}"


def without_economy(resolved: Resolved, shocks: Sequence[int], courses: Sequence[str], conditions: Conditions) -> Resolved:
    """The scenario without some shocks, and with some variables staying as they were at the opening; conditions: the scenario's own."""
    scenario, gone = resolved.scenario, {*shocks}
    kept = [shock for k, shock in enumerate(scenario.shocks) if k not in gone]
    found = replace(resolved, scenario=scenario.model_copy(update={"shocks": kept}))
    for variable in courses:
        found = held(found, variable, float(getattr(conditions, variable)[0]), conditions)
    return found


def held(resolved: Resolved, variable: str, value: float, conditions: Conditions) -> Resolved:
    """The same with a variable at one value in every month, no shocks of it left, and the opening as it was."""
    scenario = resolved.scenario
    opening = scenario.economy.opening.model_copy(update={variable: float(getattr(conditions, variable)[0])})
    update: dict[str, Any] = {variable: value, "opening": opening}
    if resolved.table_path is not None and variable in _columns(resolved):
        update["table_without"] = list(dict.fromkeys([*scenario.economy.table_without, variable]))
    shocks = [shock for shock in scenario.shocks if shock.variable != variable]
    return replace(
        resolved, scenario=scenario.model_copy(update={"economy": scenario.economy.model_copy(update=update), "shocks": shocks})
    )


def _columns(resolved: Resolved) -> list[str]:
    assert resolved.table_path is not None
    return [*read_table(resolved.table_path, str(resolved.scenario.economy.table), resolved.scenario.economy.table_units).columns]


def conditions_without(resolved: Resolved, gone: Sequence[Player]) -> Conditions:
    """The conditions of a world; InputError where the shocks that are left lead a path out of its range."""
    try:
        return build_conditions(resolved)
    except InputError as error:
        names = ", ".join(player.title for player in gone)
        raise InputError([
            Fault("by", 1, 1, "", f"without {names} {fault.message}", "variable, by which shocks of one variable come or go together")
            for fault in error.faults
        ]) from None


# --------------------------------------------------------------------------------------------- the three causes

Change = Callable[[Resolved, Conditions], Resolved]


@dataclass(frozen=True)
class Cause:
    """A cause of arrears. without: what the world is like without it. why: why that, in this model, is the world without it."""

    name: str
    title: str
    what: str
    without: str
    why: str
    change: Change

    def player(self) -> Player:
        """As a player."""
        return Player("cause", self.name, self.title, self.what, self.without)


def with_gains(resolved: Resolved, **gains: float) -> Resolved:
    """The same with other gains of loops."""
    mechanisms = resolved.scenario.mechanisms.model_copy(update=gains)
    return replace(resolved, scenario=resolved.scenario.model_copy(update={"mechanisms": mechanisms}))


def _with_profile(resolved: Resolved, section: str, **values: float) -> Resolved:
    part = getattr(resolved.profile, section).model_copy(update=values)
    return replace(resolved, profile=resolved.profile.model_copy(update={section: part}))


def _no_income_pressure(resolved: Resolved, conditions: Conditions) -> Resolved:
    found = _with_profile(
        with_gains(resolved, income_risk=0.0), "work", replacement_rate=1.0, exhausted_rate=1.0, reemployment_loss=0.0, hours_cut_depth=0.0
    )
    found = held(found, "real_income_growth", float(conditions.real_income_growth[0]), conditions)
    return held(found, "income_support", 0.0, conditions)


def _no_underestimated_risk(resolved: Resolved, _: Conditions) -> Resolved:
    def sees_all(policy: Any) -> Any:
        # a Gini beyond what the profile allows leaves no noise (noise_for_gini)
        return policy.model_copy(update={"underwriting": policy.underwriting.model_copy(update={"gini": 1.0, "bias": 0})})

    past, *later = resolved.all_policies()
    return with_gains(resolved, fraud=0.0).under([past, *map(sees_all, later)])


def _no_weak_awareness(resolved: Resolved, _: Conditions) -> Resolved:
    found = with_gains(resolved, inattention=0.0, forgetting_spells=0.0)
    return _with_profile(_with_profile(found, "spending", impulsive_extra=0.0), "demand", impulse_effect=0.0)


CAUSES: tuple[Cause, ...] = (
    Cause(
        "income_pressure", "income pressure", "pay lost with jobs, hours and growth, jumps and far swings of pay",
        "out of work, in cut hours and in a new job a borrower earns as before, pay neither jumps nor swings far, and real incomes grow "
        "as at the opening",
        "Jobs are still lost as the economy says, so that the lender's answer to unemployment is not counted here: only the money that "
        "borrowers lose is. The switches job_cycle and job_duration say whose job is lost and when, not how many, and are loops of their "
        "own. Income support is not paid where no pay is lost.",
        _no_income_pressure,
    ),
    Cause(
        "underestimated_risk", "under-estimated risk", "the score's noise and bias, and fraud that the lender does not see",
        "the score shows every applicant's true risk (no noise, no bias), and nobody applies who never meant to pay",
        "Cut-off, bands and prices stay the policy's own, so that the lender lends more or less than before: it counts here. Loans granted "
        "before it is switched off stay what they are.",
        _no_underestimated_risk,
    ),
    Cause(
        "weak_awareness", "weak credit awareness", "forgotten due days and their spells, impulsive spending and borrowing",
        "nobody overlooks a due day, and impulsive borrowers spend and apply like others",
        "Unwillingness to pay is no want of awareness and stays: it is a loop of its own.",
        _no_weak_awareness,
    ),
)


def without_causes(resolved: Resolved, names: Sequence[str], conditions: Conditions) -> Resolved:
    """The scenario without some of the causes from month 1 on."""
    for cause in CAUSES:
        if cause.name in names:
            resolved = cause.change(resolved, conditions)
    return resolved


def with_own_past(resolved: Resolved) -> Resolved:
    """The same with a book that was built under the policy of month 1."""
    _, first, *later = resolved.all_policies()
    return resolved.under([first, first, *later])


# --------------------------------------------------------------------------------------------- single loops


def loop_players(resolved: Resolved, conditions: Conditions) -> list[Player]:
    """Every loop that is on and that no cause switches off."""
    gains = dict(resolved.scenario.mechanisms)
    calm = dict(without_causes(resolved, [cause.name for cause in CAUSES], conditions).scenario.mechanisms)
    fields = type(resolved.scenario.mechanisms).model_fields
    return [
        Player("loop", name, name.replace("_", " "), str(fields[name].description or ""), f"mechanisms.{name} is 0")
        for name, gain in gains.items() if gain > 0 and calm[name] == gain
    ]


