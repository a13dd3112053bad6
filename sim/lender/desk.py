"""The desk: the month's applications of all products, from every thread, and which of them are granted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sim.engine.engine import Engine
from sim.engine.memory import LISTED


class Approved(NamedTuple):
    """Applications that passed the risk policy and whose offer is taken, product by product, in row order."""

    product: npt.NDArray[np.int64]
    rows: npt.NDArray[np.int64]
    face: npt.NDArray[np.int64]  # minor units
    tie: npt.NDArray[np.uint32]


def payout_of(face: npt.NDArray[np.int64], fee: float | npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """What is paid out of each principal once the fee is netted, minor units."""
    kept: npt.NDArray[np.int64] = face - np.floor(face * fee + 0.5).astype(np.int64)
    return kept


class Applications:
    """What the month's applications came to; all who passed and take the offer are granted until the lender rations."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        parts = [(k, m.desks[k], int(m.done[k][LISTED])) for k in range(engine.slots) for m in engine.memory]
        self._received = sum(n for _, _, n in parts)
        self._passed = sum(int(desk.approved[:n].sum()) for _, desk, n in parts)
        # product, desk, places of those who passed and take the offer
        self._taken = [(k, desk, np.flatnonzero(desk.granted[:n] == 1)) for k, desk, n in parts]

    @property
    def received(self) -> int:
        """Applications of the month."""
        return self._received

    @property
    def passed(self) -> int:
        """Of these, passed by the risk policy, whether the applicant takes the offer or not."""
        return self._passed

    @property
    def declined(self) -> int:
        """Offers that the applicant does not take."""
        return self._passed - sum(taken.size for _, _, taken in self._taken)

    @property
    def approved_face(self) -> int:
        """Principal that passed the risk policy and is wanted, minor units."""
        return sum(int(desk.face[taken].sum()) for _, desk, taken in self._taken)

    def approved_payout(self, fees: Sequence[float]) -> int:
        """What is paid out if all of that is lent, minor units; fees: netted at the start, as shares of principal, by product."""
        return sum(int(payout_of(desk.face[taken], fees[k]).sum()) for k, desk, taken in self._taken)

    def approved(self) -> Approved:
        """The applications that passed the risk policy and whose offer is taken."""
        found = self._taken
        return Approved(
            np.concatenate([np.full(w.size, k) for k, _, w in found]), np.concatenate([desk["rows"][w] for _, desk, w in found]),
            np.concatenate([desk.face[w] for _, desk, w in found]), np.concatenate([desk.tie[w] for _, desk, w in found]),
        )

    def grant_only(self, keep: npt.NDArray[np.uint8]) -> None:
        """Grant of the approved, in the order of `approved()`, those marked 1."""
        start = 0
        for _, desk, taken in self._taken:
            desk.granted[taken] = keep[start : start + taken.size]
            start += taken.size
