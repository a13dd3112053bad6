"""What new loans can be paid from: the self-financing budget, exact to the minor unit."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sim.funding.money import PPM, ppm

Int64 = npt.NDArray[np.int64]
LARGEST = 2**62  # more principal than any column of sums holds


class Tranche(NamedTuple):
    """What one contract lends on new loans: the advance on their principal, within its unused room."""

    room: int
    advance: float

    @property
    def capacity(self) -> int:
        """Principal of new loans that fills the room."""
        advance = ppm(self.advance)
        return min(LARGEST, -(-self.room * PPM // advance)) if advance else 0


class Means(NamedTuple):
    """What new loans are paid from: F of own money and open lines, and what the contracts lend on the loans themselves.

    free (F): cash above the minimum after this month's obligations, plus what the existing pool lets draw, less next
    month's instalments of debt; room H of a tranche: its commitment less what the pool already supports.
    """

    free: int
    tranches: tuple[Tranche, ...] = ()

    def afford(self, face: Int64, payout: Int64, held_back: float) -> npt.NDArray[np.bool_]:
        """Which of these cumulative sums of face and payout can be paid, to the minor unit.

        New loans are pledged to the contracts in turn, each until its room is filled. Own money must cover what they
        do not lend, payout - sum(min(H, floor(advance x its part of face))) <= F, and own money with all rooms must
        cover the payout, payout <= F + sum(H). held_back: share of the means not used. With one contract and loans of
        one fee share phi the largest face is min(F / (1 - phi - a), (F + H) / (1 - phi)).
        """
        keep = PPM - ppm(held_back)
        room = sum(tranche.room for tranche in self.tranches)
        own, total = max(0, self.free) * keep // PPM, max(0, self.free + room) * keep // PPM
        left, lent = face, np.zeros_like(face)
        for tranche in self.tranches:
            part = np.minimum(left, tranche.capacity)
            lent = lent + np.minimum(part * ppm(tranche.advance) // PPM, min(LARGEST, tranche.room))
            left = left - part
        return (payout - lent <= own) & (payout <= total)
