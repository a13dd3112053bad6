"""The numbers that a calibration fits: found in the profile or the policy, with their bounds, scale and start, and every fault of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.config.faults import Fault, InputError, nearest, shown_value
from sim.config.fields import Section
from sim.config.ranges import Number, in_words, numbers_in
from sim.config.references import resolve
from sim.config.validation import field_at
from sim.config.yaml_reader import KeyPath, dotted
from sim.inputs.calibration import Draft
from sim.inputs.loading import load_scenario
from sim.inputs.overrides import COMMAND_LINE, SET, Given, parse_override
from sim.inputs.resolved import Resolved

if TYPE_CHECKING:
    from sim.engine.declare import Mechanism

FILES = ("profile", "policy")
DIGITS = 6  # of a value that is tried: what is written is what was lived


@dataclass(frozen=True)
class Fitted:
    """A number to be fitted. path: as overrides write it; start: the present value, or the one that the file gives.

    A place in the bounds is told as a share of the way from the lowest to the highest value, on the scale.
    """

    path: str
    low: float
    high: float
    start: float
    present: float
    log: bool = False
    whole: bool = False
    percent: bool = False

    @property
    def file(self) -> str:
        """Which file holds it: profile or policy."""
        return self.path.partition(".")[0]

    def value(self, share: float) -> float:
        """The value at a share of the way through the bounds, as it is written: six digits, whole where the field is."""
        if self.log:
            value = math.exp(math.log(self.low) + share * (math.log(self.high) - math.log(self.low)))
        else:
            value = self.low + share * (self.high - self.low)
        value = float(round(value)) if self.whole else float(f"{value:.{DIGITS}g}")
        return min(self.high, max(self.low, value))

    def share(self, value: float) -> float:
        """How far through the bounds a value lies; below 0 or above 1 outside them, where the scale has it."""
        if self.log:
            return math.log(value / self.low) / math.log(self.high / self.low) if value > 0 else -math.inf
        return (value - self.low) / (self.high - self.low)

    def written(self, value: float) -> Any:
        """A value as a file says it: rates and shares in per cent, to the last digit."""
        return as_written(value, self.percent, self.whole)

    def words(self, value: float) -> str:
        """A value as people read it."""
        return in_words(int(value) if self.whole and math.isfinite(value) else value, self.percent)

    def slope(self, value: float) -> float:
        """Change of the value for each unit of share, there."""
        return value * math.log(self.high / self.low) if self.log else self.high - self.low


def as_written(value: float, percent: bool, whole: bool = False) -> Any:
    """A number as a file says it; a rate beyond 1 would be refused as a bare number, and one within reads better in per cent."""
    if percent:
        return f"{Decimal(repr(float(value))).scaleb(2).normalize():f}%"
    return int(value) if whole else float(value)


@dataclass(frozen=True)
class Base:
    """What every trial of a calibration begins from, before the values that are tried."""

    scenario: Path
    policy: Path | None
    overrides: tuple[Given, ...]
    allow_outside: bool
    mechanisms: tuple[Mechanism, ...]

    def resolved(self, values: Sequence[Given] = ()) -> Resolved:
        """The scenario with these values, the book built under its own policy. InputError where they do not go together."""
        return load_scenario(
            self.scenario, self.policy, [*self.overrides, *values], self.allow_outside, self.mechanisms, past="own"
        )


@dataclass(frozen=True)
class Judged:
    """A calibration judged with everything that it refers to, save the names of metrics, which only a study knows.

    What cannot be had is None, and `faults` says why.
    """

    draft: Draft
    base: Base | None
    resolved: Resolved | None
    fitted: list[Fitted]
    faults: list[Fault]


def judged(
    draft: Draft, more: Sequence[Given] = (), allow_outside: bool = False, mechanisms: Sequence[Mechanism] = ()
) -> Judged:
    """Judge a calibration. more: overrides from outside the file, which come after its own."""
    faults = [*draft.faults]
    base, resolved = _base(draft, more, allow_outside, mechanisms, faults)
    ready = base, resolved
    if base is not None and resolved is None:  # the parameters are judged all the same, by the scenario as it stands
        with suppress(InputError):
            ready = (bare := replace(base, policy=None, overrides=())), bare.resolved()
    fitted = _fitted(draft, *ready, faults)
    part = draft.part
    wanted, moments = getattr(part, "parameters", {}), getattr(part, "moments", [])
    known = not any(fault.path.partition(".")[0] in ("moments", "parameters") for fault in draft.faults)
    if known and len(moments) < len(wanted):
        faults.append(Fault(*draft.place(("moments",)), "moments",
                            f"{len(moments)} cannot determine {len(wanted)} parameters", "at least as many moments as parameters"))
    if getattr(part, "method", None) == "cma" and len(wanted) == 1:
        faults.append(Fault(*draft.place(("method",)), "method", "cma moves two numbers at least", "tpe, or local"))
    for k, moment in enumerate(moments) if resolved is not None else ():
        horizon, months = getattr(moment, "horizon", None), resolved.scenario.months if resolved is not None else 0
        if horizon is not None and horizon > months:
            at: KeyPath = ("moments", k, "horizon")
            faults.append(Fault(*draft.place(at), dotted(at), f"{horizon} lies outside the run", f"1 to {months}"))
    return Judged(draft, base, resolved, fitted, faults)


def _base(
    draft: Draft, more: Sequence[Given], allow_outside: bool, mechanisms: Sequence[Mechanism], faults: list[Fault]
) -> tuple[Base | None, Resolved | None]:
    """The base of a calibration, and resolved; None for what cannot be had, with the reasons among `faults`."""
    part = draft.part
    scenario = _referred("scenario", draft, allow_outside, faults)
    policy = _referred("policy", draft, allow_outside, faults)
    own = [*_sound(getattr(part, "set", []), draft, faults)]
    if scenario is None:
        return None, None
    months = getattr(part, "months", None)
    stated: list[Given] = [("months", months)] if months is not None else []
    base = Base(scenario, policy, (*stated, *own, *more), allow_outside, tuple(mechanisms))
    try:
        return base, base.resolved()
    except InputError as error:
        placed = [_in_file(fault, own, draft) for fault in error.faults]
        faults += placed
        if any(fault.file not in (draft.name, *COMMAND_LINE) for fault in placed):
            faults.append(Fault(*draft.place(("scenario",)), "scenario", f"the scenario {shown_value(part.scenario)} has faults"))
        return base, None


def _referred(kind: str, draft: Draft, allow_outside: bool, faults: list[Fault]) -> Path | None:
    """The file that the calibration names."""
    text = getattr(draft.part, kind, None)
    if text is None:
        return None
    confined = draft.folder is not None and not allow_outside
    try:
        return resolve(kind, text, draft.folder, confined, draft.place((kind,)), kind)
    except InputError as error:
        faults += error.faults
        return None


def _sound(given: Sequence[str], draft: Draft, faults: list[Fault]) -> list[str]:
    """The overrides of the file that can be read; what is wrong with the others, where they stand."""
    found = []
    for k, text in enumerate(given):
        try:
            parse_override(text)
            found.append(text)
        except InputError as error:
            faults += [Fault(*draft.place(("set", k)), f.path or f"set.{k}", f.message, f.expected) for f in error.faults]
    return found


def _in_file(fault: Fault, own: Sequence[str], draft: Draft) -> Fault:
    """A fault of an override, told where the calibration's file has the override."""
    if fault.file == SET:
        for k, text in enumerate(getattr(draft.part, "set", [])):
            path = text.partition("=")[0].strip()
            if text in own and (fault.path == path or fault.path.startswith(f"{path}.")):
                return Fault(*draft.place(("set", k)), fault.path, fault.message, fault.expected, fault.nearest)
    return fault


def _fitted(draft: Draft, base: Base | None, resolved: Resolved | None, faults: list[Fault]) -> list[Fitted]:
    """The numbers that are fitted; what is wrong with the others among `faults`. Without the resolved base only their paths are judged."""
    found = []
    for path, given in getattr(draft.part, "parameters", {}).items():
        at: KeyPath = ("parameters", path)
        number = _number_at(path, resolved)
        if isinstance(number, Fault):
            faults.append(Fault(*draft.place((*at, "")), path, number.message, number.expected, number.nearest))
        elif number is not None and base is not None:
            one = _bounded(path, given, number, draft, faults)
            if one is not None and _allowed(one, base, draft, faults):
                found.append(one)
    if base is not None and found:
        try:
            base.resolved([(one.path, one.written(one.start)) for one in found])
        except InputError as error:
            first = error.faults[0]
            faults.append(Fault(*draft.place(("parameters",)), "parameters",
                                f"the values to start with do not go together: {first.path}: {first.message}", first.expected))
    return found


def _number_at(path: str, resolved: Resolved | None) -> tuple[Number, float] | Fault | None:
    """The number that a path leads to and its present value; a fault without a place; None where the file is not known."""
    parts = path.split(".")
    if parts[0] not in FILES or len(parts) < 2:
        expected = "profile.… or policy.…, a number of one of these files"
        close = [f"{file}.{path}" for file in FILES if resolved is not None and parts[0] in type(getattr(resolved, file)).model_fields]
        return Fault("", 1, 1, path, f"'{path}' is no number of a profile or a policy", expected, close[0] if close else "")
    if resolved is None:
        return None
    section: Section = getattr(resolved, parts[0])
    data = section.model_dump(mode="json")
    keys: list[str | int] = []
    here: Any = data
    for part in parts[1:]:
        if isinstance(here, list) and part.isdecimal() and int(part) < len(here):
            keys.append(int(part))
        elif isinstance(here, dict) and part in here:
            keys.append(part)
        else:
            known = list(here) if isinstance(here, dict) else [str(k) for k in range(len(here))] if isinstance(here, list) else []
            where = ".".join(parts[: len(keys) + 1])
            return Fault("", 1, 1, path, f"there is no {shown_value(part)} in {where}", f"one of {', '.join(known)}" if known else "",
                         nearest(part, known))
        here = here[keys[-1]]
    field = field_at(type(section), tuple(keys), data)
    numbers = numbers_in(field) if field is not None else []
    if not numbers or isinstance(here, bool) or not isinstance(here, int | float):
        what = "not set" if here is None else f"{shown_value(here)}, which is no number"
        return Fault("", 1, 1, path, f"it is {what}", "the path of a number")
    return numbers[0], here


def _bounded(path: str, given: Any, found: tuple[Number, float], draft: Draft, faults: list[Fault]) -> Fitted | None:
    """The number with its bounds, or None, and what is wrong with them among `faults`."""
    number, present = found
    at: KeyPath = ("parameters", path)
    percent = number.range is not None and number.range.percent
    known = len(faults)

    def refuse(key: str, message: str, expected: str) -> None:
        inner = (*at, key)
        faults.append(Fault(*draft.place(inner), dotted(inner if inner in draft.marks else at), message, expected))

    ends: dict[str, Any] = {}
    for key, of_study in (("from", "lowest"), ("to", "highest")):
        ends[key] = getattr(given, key, None)
        if ends[key] is None and given is not None and (*at, key) in draft.marks and not hasattr(given, key):
            return None  # at fault, which has been said
        if ends[key] is None and number.plausible is not None:
            ends[key] = getattr(number.plausible, of_study)
    if None in ends.values():
        missing = " and ".join(key for key, value in ends.items() if value is None)
        refuse("", f"no study range is declared for {path}", f"{missing}: the bounds of the search")
        return None
    low, high = float(ends["from"]), float(ends["to"])
    log, start = getattr(given, "scale", "linear") == "log", getattr(given, "start", None)
    whole = number.kind is int
    start = float(present if start is None else start)
    if low >= high:
        refuse("to", f"{in_words(high, percent)} is not above the lowest value, {in_words(low, percent)}", "bounds with room between them")
    if log and low <= 0:
        refuse("scale", f"no logarithm reaches {in_words(low, percent)}", "a lowest value above 0, or scale: linear")
    for key, value in (("from", low), ("to", high), ("start", start)):
        if whole and value != round(value):
            refuse(key, f"{in_words(value, percent)} is not a whole number, and {path} is", "a whole number")
    if low < high and not low <= start <= high:
        what = "the present value" if getattr(given, "start", None) is None else "the start"
        refuse("start", f"{what}, {in_words(start, percent)}, lies outside the bounds",
               f"bounds around it, or start: a value from {in_words(low, percent)} to {in_words(high, percent)}")
    return Fitted(path, low, high, start, float(present), log, whole, percent) if len(faults) == known else None


def _allowed(one: Fitted, base: Base, draft: Draft, faults: list[Fault]) -> bool:
    """Whether the files take either bound; what they say of it is told where the bound stands."""
    known = len(faults)
    for key, value in (("from", one.low), ("to", one.high)):
        at: KeyPath = ("parameters", one.path, key)
        try:
            base.resolved([(one.path, one.written(value))])
        except InputError as error:
            own = [fault for fault in error.faults if fault.path == one.path] or error.faults[:1]
            for fault in own:
                said = fault.message if fault.path == one.path else f"{one.words(value)} does not go with {fault.path}: {fault.message}"
                faults.append(Fault(*draft.place(at), dotted(at), said, fault.expected))
    return len(faults) == known


