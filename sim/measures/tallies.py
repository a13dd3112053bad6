"""From the engine's vectors to sums by name: the one place that knows where a sum stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.lender import tally as at
from sim.state import Counts, Matrix, Tallies

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from sim.engine import Engine


def tallies_of(engine: Engine) -> Tallies:
    """The month's sums over both account slots; borrowers are counted in the first slot only."""
    a, b = engine.loan, engine.plan
    return Tallies(
        counts_of(a.tally + b.tally), _matrix(a.moves + b.moves), _matrix(a.moved + b.moved), (a.ladder + b.ladder).sum(axis=1)
    )


def counts_of(vector: npt.NDArray[np.int64]) -> Counts:
    """Name the entries of a tally vector."""
    t: list[int] = vector.tolist()
    return Counts(
        accrued=t[at.ACCRUED],
        collected_interest=t[at.COLLECTED_INTEREST],
        cash_basis=t[at.CASH_BASIS],
        collected_principal=t[at.COLLECTED_PRINCIPAL],
        collected_fees=t[at.COLLECTED_FEES],
        fee_earned=t[at.FEE_EARNED],
        fees_charged=t[at.FEES_CHARGED],
        fees_reversed=t[at.FEES_REVERSED],
        interest_reversed=t[at.INTEREST_REVERSED],
        gross=t[at.GROSS],
        direct=t[at.DIRECT],
        recovered=t[at.RECOVERED],
        household_debit=t[at.HOUSEHOLD_DEBIT],
        due=t[at.DUE],
        unpaid_at_due=t[at.UNPAID_AT_DUE],
        due_kept=t[at.DUE_KEPT],
        old_unpaid=t[at.OLD_UNPAID],
        first_unpaid=t[at.FIRST_UNPAID],
        principal=t[at.PRINCIPAL],
        active=t[at.ACTIVE],
        closed_current=t[at.CLOSED_CURRENT],
        missed=tuple(t[at.MISSED : at.MISSED + 5]),
        band_principal=tuple(t[at.BAND_PRINCIPAL : at.BAND_PRINCIPAL + 6]),
        band_count=tuple(t[at.BAND_COUNT : at.BAND_COUNT + 6]),
        unemployed=t[at.UNEMPLOYED],
        trust_sum=t[at.TRUST_SUM],
        trust_count=t[at.TRUST_COUNT],
        left_market=t[at.LEFT_MARKET],
        claims=t[at.CLAIMS],
        applicants=t[at.APPLICANTS],
        cures=t[at.CURES],
        relapses=tuple(t[at.RELAPSES + 1 : at.RELAPSES + 1 + at.RELAPSE_WINDOW]),
    )


def _matrix(array: npt.NDArray[np.int64]) -> Matrix:
    return tuple(tuple(row) for row in array.tolist())
