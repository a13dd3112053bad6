"""Which principal of the pool is pledged to which contract: every loan to one only.

A pool is given by depth: the principal in its first so many delinquency buckets (1: current accounts alone, 2: below
30 days past due, …). A contract accepts loans down to its own depth. Amounts are minor units, exact as integers;
the forecast of liquidity pledges floats by the same rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Generic, NamedTuple, TypeVar

Amount = TypeVar("Amount", int, float)


class Claim(NamedTuple, Generic[Amount]):
    """What a contract asks of the pool: buckets that it accepts (0: it lends without collateral), and principal.

    for_debt: principal that supports what is drawn; for_commitment: that supports all that could be.
    """

    depth: int
    for_debt: Amount
    for_commitment: Amount


def pool_of(bucket_principal: Sequence[int], depths: Iterable[int]) -> dict[int, int]:
    """The pool by depth, for the depths asked for."""
    return {depth: sum(bucket_principal[:depth]) for depth in depths}


def pledge(pool: Mapping[int, Amount], claims: Sequence[Claim[Amount]]) -> list[Amount]:
    """Principal pledged to each contract, in the order of the claims.

    First to what is drawn, contract by contract; then to what could be drawn, contract by contract; what nobody
    needs stays with the first that takes collateral. A contract is given the loans longest past due that it
    accepts, and leaves the others to those that accept no worse.
    """
    pledged: list[Amount] = [0 for _ in claims]
    secured = [k for k, claim in enumerate(claims) if claim.depth > 0]
    if not secured:
        return pledged
    if len(secured) == 1:  # nobody to share with
        pledged[secured[0]] = pool[claims[secured[0]].depth]
        return pledged
    free = dict(pool)
    for needs in ([claim.for_debt for claim in claims], [claim.for_commitment for claim in claims]):
        for k in secured:
            part = max(0, min(needs[k] - pledged[k], free[claims[k].depth]))
            _take(free, claims[k].depth, part)
            pledged[k] += part
    # not what is still free is added, for a float must not be taken apart and put together: the others' parts are taken from the whole
    first, rest = secured[0], dict(pool)
    for k in secured[1:]:
        _take(rest, claims[k].depth, pledged[k])
    pledged[first] = rest[claims[first].depth]
    return pledged


def _take(free: dict[int, Amount], depth: int, part: Amount) -> None:
    """Take a part out of the first `depth` buckets, the worst of them first; the result does not depend on the order of takers."""
    left = free[depth] - part
    for other in free:
        free[other] = free[other] - part if other >= depth else min(free[other], left)
