"""Shocks: what is added to a macro path, month by month.

A shock has three phases, each with its own number of months:

    build-up   step, pulse: none;  ramp: `over` months, k/over of the size in the k-th, full size in the last;
               path: its values, one a month
    hold       `hold` months at full size (a path: at its last value)
    recovery   half_life: size * (1/2)**(k / half_life) in the k-th month after the hold;
               by: linear, the first month without any effect is `by`

With neither hold nor recovery a step, ramp or path stays for ever. With a hold and no recovery the shock is
gone the month after the hold. With a recovery and no hold it fades from the month after full size was first
reached. So `ramp, over: 6, hold: 6` rises for six months, the sixth at full size, and stays there six more.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache

from sim.config.fields import Month
from sim.economy.schema import Shock

Complaint = tuple[tuple[str, ...], str, str]
"""Where in the shock (the keys that lead there, none for the whole), what is wrong, what was expected."""


@lru_cache(maxsize=4096)
def half_power(x: float) -> float:
    """(1/2)**x for x >= 0, exact at whole x; relative error below 2e-14.

    The binary digits of the fraction pick among the successive square roots of 1/2. Square root and product are
    correctly rounded by IEEE 754 on every machine, which libm's power is not.
    """
    whole = math.floor(x)
    if whole > 1100:  # below the smallest float64
        return 0.0
    fraction = x - whole
    product = 1.0
    root = 0.5
    for _ in range(53):
        root = math.sqrt(root)
        fraction *= 2.0
        if fraction >= 1.0:
            product *= root
            fraction -= 1.0
    return math.ldexp(product, -whole)


def complaints(shock: Shock) -> Iterator[Complaint]:
    """What in a shock does not go together. Of what is left of a faulty one, as far as its sound values show it."""
    for check in (_size_complaints, _length_complaints, _recovery_complaints):
        try:
            yield from check(shock)
        except AttributeError:  # a faulty value, which has a fault of its own
            continue


def _size_complaints(shock: Shock) -> Iterator[Complaint]:
    given = [name for name in ("by", "to", "values") if getattr(shock, name) is not None]
    wanted = "values: a list of changes, one a month" if shock.shape == "path" else "exactly one of by, to"
    allowed = (["values"],) if shock.shape == "path" else (["by"], ["to"])
    if given not in allowed:
        yield (), f"a {shock.shape} with {' and '.join(given) or 'no size'}", wanted
    elif shock.values is not None and not shock.values:
        yield ("values",), "the list is empty", "one change a month"


def _length_complaints(shock: Shock) -> Iterator[Complaint]:
    if shock.shape == "ramp" and not shock.over:
        yield ("over",), "a ramp needs the months it takes", "over: months, at least 1"
    if shock.shape != "ramp" and shock.over is not None:
        yield ("over",), f"only a ramp takes months to build up, not a {shock.shape}", "shape: ramp, or no `over`"
    if shock.shape == "pulse" and not shock.hold:
        yield ("hold",), "a pulse needs the months it lasts", "hold: months, at least 1"
    if shock.shape == "step" and shock.hold == 0:
        yield ("hold",), "a step held for 0 months never acts", "hold: months, at least 1, or no `hold`"


def _recovery_complaints(shock: Shock) -> Iterator[Complaint]:
    recovery = shock.recovery
    if recovery is None:
        return
    if (recovery.by is None) == (recovery.half_life is None):
        yield ("recovery",), "a recovery is either by a month or by a half-life", "exactly one of by, half_life"
    elif recovery.half_life is not None and not recovery.half_life > 0.0:
        yield ("recovery", "half_life"), "a half-life of no months", "a number of months above 0"
    elif recovery.by is not None and recovery.by <= shock.start:
        yield ("recovery", "by"), f"{recovery.by} is not after the start {shock.start}", "a later month"
    elif recovery.by is not None and shock.start.shift(full_months(shock)).index_from(recovery.by) > 0:
        last = shock.start.shift(full_months(shock) - 1)
        yield ("recovery", "by"), f"the shock is still at full size in {last}", f"a month after {last}"


def build_up(shock: Shock) -> list[float]:
    """Size of the build-up months, as a share of the full size (a path: its values themselves)."""
    if shock.shape == "ramp":
        over = shock.over or 1
        return [(k + 1) / over for k in range(over)]
    return list(shock.values or []) if shock.shape == "path" else []


def full_months(shock: Shock) -> int:
    """Months from the start to the end of the hold, where the shock has one or recovers."""
    rising = len(build_up(shock))
    if shock.hold is not None:
        return rising + shock.hold
    return max(rising, 1)


def weights(shock: Shock, months: int) -> list[float]:
    """The shock's course over its first `months` months, as a share of its full size (a path: in its own values)."""
    rising = build_up(shock)
    full = rising[-1] if shock.shape == "path" else 1.0
    stays = shock.hold is None and shock.recovery is None
    held = months if stays else full_months(shock)
    course = (rising + [full] * max(0, held - len(rising)))[:months]
    for k in range(1, months - len(course) + 1):
        course.append(full * _left_after(shock, k))
    return course


def _left_after(shock: Shock, k: int) -> float:
    """Share of the full size left in the k-th month after the hold."""
    recovery = shock.recovery
    if recovery is None:
        return 0.0
    if recovery.half_life is not None:
        return half_power(k / recovery.half_life)
    assert recovery.by is not None
    span = recovery.by.index_from(shock.start) - full_months(shock) + 1
    return max(0, span - k) / span


def deltas(shock: Shock, start: Month, base_at_start: float, months: int) -> list[float]:
    """What the shock adds in each of the months 1..months that begin with `start`.

    base_at_start: the path without this shock in its first month, from which `to` counts.
    """
    quiet = shock.start.index_from(start)
    course = weights(shock, max(0, months - quiet))
    if shock.shape == "path":
        return ([0.0] * quiet + course)[:months]
    if shock.by is not None:
        size = shock.by
    else:
        assert shock.to is not None
        size = shock.to - base_at_start
    return ([0.0] * quiet + [size * share for share in course])[:months]
