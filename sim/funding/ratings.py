"""Rating: the best notch whose conditions all hold; downgrades at once, upgrades one notch at a time once they have lasted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sim.funding.terms import Notch

FAILED = "D"


class Readings(NamedTuple):
    """What the conditions are held against; None where there is nothing to divide by."""

    capital_ratio: float | None
    net_charge_off: float | None  # three months, annual
    liquidity: float | None  # over opening gross loans


class Miss(NamedTuple):
    """A condition that does not hold: what is read, its value, the notch's limit."""

    what: str
    value: float | None
    limit: float


def misses(readings: Readings, notch: Notch) -> list[Miss]:
    """The conditions of a notch that do not hold.

    Without a capital or liquidity ratio a condition fails; without a charge-off rate it holds.
    """
    found = []
    capital, losses, liquidity = readings
    if capital is None or capital < notch.min_capital_ratio:
        found.append(Miss("the capital ratio", capital, notch.min_capital_ratio))
    if losses is not None and losses > notch.max_net_charge_off:
        found.append(Miss("net charge-offs of three months", losses, notch.max_net_charge_off))
    if liquidity is None or liquidity < notch.min_liquidity:
        found.append(Miss("liquidity over opening loans", liquidity, notch.min_liquidity))
    return found


def rate(readings: Readings, table: Sequence[Notch]) -> Notch:
    """First notch whose three conditions hold, else the last."""
    return next((notch for notch in table if not misses(readings, notch)), table[-1])


def failed(table: Sequence[Notch]) -> Notch:
    """The notch of a lender that has failed."""
    worst = table[-1]
    return worst.model_copy(update={"label": FAILED, "min_capital_ratio": -1.0, "max_net_charge_off": 1.0, "min_liquidity": -1.0})


class Rating(NamedTuple):
    """A notch in force, and for how many months in a row a better one has held."""

    notch: Notch
    better_for: int = 0


class Change(NamedTuple):
    """A change of notch as an event tells it."""

    kind: str  # downgrade or upgrade
    detail: str
    value: float | None
    threshold: float | None


def _place(notch: Notch, table: Sequence[Notch]) -> float:
    """Rank of a notch, 0 the best. One of another policy's table stands between those of this one by its spread."""
    labels = [n.label for n in table]
    if notch.label in labels:
        return labels.index(notch.label)
    if notch.label == FAILED:
        return len(table)
    return sum(n.spread < notch.spread for n in table) - 0.5


def next_rating(before: Rating, readings: Readings, table: Sequence[Notch], patience: int, alive: bool) -> tuple[Rating, Change | None]:
    """The rating after a month: down to what the readings allow at once, up by one notch after `patience` months of better readings."""
    if not alive:
        notch = failed(table)
        if before.notch.label == FAILED:
            return Rating(notch), None
        return Rating(notch), Change("downgrade", f"{before.notch.label} to {FAILED}: the lender has failed", None, None)
    allowed, now = rate(readings, table), before.notch
    here, there = _place(now, table), _place(allowed, table)
    if there == here:
        return Rating(allowed), None
    if there > here:
        held = now if now.label in [n.label for n in table] else table[max(0, int(there) - 1)]
        broken = misses(readings, held)
        worst = broken[0] if broken else Miss("the policy's table", None, 0.0)
        told = f"{worst.what} {'is not known' if worst.value is None else f'{100 * worst.value:.1f} %'}, limit {100 * worst.limit:g} %"
        return Rating(allowed), Change("downgrade", f"{now.label} to {allowed.label}: {told}", worst.value, worst.limit)
    if before.better_for + 1 < patience:
        return Rating(now, before.better_for + 1), None
    up = table[max(0, int(-(-here // 1)) - 1)]
    held_for = f"its conditions held for {patience} months" if patience > 1 else "its conditions hold"
    return Rating(up), Change("upgrade", f"{now.label} to {up.label}: {held_for}", float(patience), float(patience))
