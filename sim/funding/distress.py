"""Signs of distress: what a lender that survives goes through, each an event when it begins and when it is over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple


class Reading(NamedTuple):
    """A month as distress is told from it; money in minor units."""

    deficiency: int  # debt over the borrowing base, due at once, where repaying it takes cash below its minimum
    cash: int
    minimum_cash: int
    wanted: int  # principal that passed the risk policy
    lent: int
    distributed: int


class Sign(NamedTuple):
    """A sign of distress: whether a month shows it, and how its beginning and end are told."""

    begins: str  # kind of the event
    ends: str
    holds: Callable[[Reading], bool]
    told: Callable[[Reading, Callable[[int], str]], str]
    value: Callable[[Reading], float]  # money, or a share where `money` is False
    threshold: Callable[[Reading], float]
    money: bool = True


def _refused(r: Reading) -> float:
    return 1 - r.lent / r.wanted if r.wanted else 0.0


SIGNS: dict[str, Sign] = {
    "deficiency": Sign(
        "borrowing_base_deficiency", "deficiency_repaid", lambda r: r.deficiency > 0,
        lambda r, words: f"a borrowing-base deficiency of {words(r.deficiency)} is more than cash above its minimum can repay",
        lambda r: r.deficiency, lambda r: 0,
    ),
    "cash": Sign(
        "cash_below_minimum", "minimum_cash_restored", lambda r: r.cash < r.minimum_cash,
        lambda r, words: (
            f"cash of {words(r.cash)} is {100 * (1 - r.cash / r.minimum_cash):.0f} % below its minimum of {words(r.minimum_cash)}"
        ),
        lambda r: r.cash, lambda r: r.minimum_cash,
    ),
    "rationed": Sign(
        "lending_rationed", "lending_free", lambda r: r.lent < r.wanted,
        lambda r, words: f"{100 * _refused(r):.0f} % of the principal that passed the risk policy is refused for want of money",
        _refused, lambda r: 0.0, money=False,
    ),
    "stopped": Sign(
        "lending_stopped", "lending_resumed", lambda r: r.wanted > 0 and r.lent == 0,
        lambda r, words: f"nothing is lent of {words(r.wanted)} that passed the risk policy",
        _refused, lambda r: 1.0, money=False,
    ),
    "dividend": Sign(
        "dividends_begin", "dividends_end", lambda r: r.distributed > 0,
        lambda r, words: f"{words(r.distributed)} is paid to shareholders", lambda r: r.distributed, lambda r: 0,
    ),
}
ENDS = {
    "deficiency_repaid": "debt is within the borrowing base again, or repaid out of collections",
    "minimum_cash_restored": "cash is at its minimum again",
    "lending_free": "whatever passes the risk policy is lent again", "lending_resumed": "the lender lends again",
    "dividends_end": "nothing is paid to shareholders any more",
}


def changes(shown: list[str], reading: Reading, words: Callable[[int], str], minor: int) -> Iterator[tuple[str, str, float, float]]:
    """Signs that begin or are over in a month: kind of event, what is told, value and threshold, money in major units.

    shown: signs that the month before showed, brought up to this one. words: an amount as people write it; minor: minor units
    per major one.
    """
    for name, sign in SIGNS.items():
        now, before, unit = sign.holds(reading), name in shown, minor if sign.money else 1
        measured = sign.value(reading) / unit, sign.threshold(reading) / unit
        if now and not before:
            shown.append(name)
            yield sign.begins, sign.told(reading, words), *measured
        elif before and not now:
            shown.remove(name)
            yield sign.ends, ENDS[sign.ends], *measured
