"""Why a lender failed, in words: the chain from arrears, funders and losses to the month of failure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

Words = Callable[[int], str]  # an amount in minor units as people write it


class BorrowingBase(NamedTuple):
    """A borrowing base and what it was made of; minor units."""

    eligible: int
    haircut: float
    amount: int


class MonthResult(NamedTuple):
    """What moved equity in a month; minor units."""

    margin: int  # income less funding, operating cost and tax, before provisions
    provisions: int
    distributed: int  # to shareholders, less what they paid in


def why_illiquid(
    stopped: Sequence[str], deficiency: int, instalment: int, due: int, short: int, before: BorrowingBase | None, now: BorrowingBase,
    words: Words,
) -> str:
    """The chain to a month in which obligations exceed cash and available funding.

    stopped: the contracts that arrears had stopped; deficiency, instalment: repayments due for want of collateral, and as
    scheduled; due: all obligations; before, now: the borrowing base of last month's close and of this month.
    """
    chain = ["arrears over the trigger", *(f"the {name} stops revolving" for name in stopped)] if stopped else []
    if deficiency and before is not None and now.amount < before.amount:
        if now.eligible < before.eligible:
            chain.append(f"eligible loans fall from {words(before.eligible)} to {words(now.eligible)}")
        if now.haircut > before.haircut:
            chain.append(f"the funders' haircut rises from {100 * before.haircut:g} % to {100 * now.haircut:g} %")
        chain.append(f"the borrowing base falls from {words(before.amount)} to {words(now.amount)}")
    if deficiency:
        chain.append(f"a borrowing-base deficiency of {words(deficiency)} falls due")
    if instalment:
        chain.append(f"a term-out instalment of {words(instalment)} falls due")
    chain.append(f"obligations of {words(due)} exceed cash and available funding by {words(short)}")
    return " -> ".join(chain)


def why_insolvent(months: Iterable[MonthResult], short: int, words: Words) -> str:
    """The chain to a month-end at which liabilities exceed assets, over the last months recorded."""
    recorded = list(months)
    margin, provisions, distributed = (sum(column) for column in zip(*recorded, strict=True)) if recorded else (0, 0, 0)
    chain = []
    if provisions > 0:
        span = f"the last {len(recorded)} months" if len(recorded) > 1 else "the month"
        against = f"against a margin of {words(margin)}" if margin >= 0 else f"on top of costs that exceed income by {words(-margin)}"
        chain.append(f"provisions of {words(provisions)} in {span} {against}")
    elif margin < 0:
        chain.append(f"costs exceed income by {words(-margin)}")
    if distributed > 0:
        chain.append(f"{words(distributed)} went to shareholders meanwhile")
    chain.append(f"losses exceed equity by {words(short)}")
    return " -> ".join(chain)
