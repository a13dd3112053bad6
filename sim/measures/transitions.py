"""The `transitions` table: accounts and principal by state before and after, month by month."""

from __future__ import annotations

from typing import Any

from sim.measures.conservation import ConservationError
from sim.measures.registry import Column
from sim.state import MonthRecord

STATES = ("current", "1_29", "30_59", "60_89", "90_119", "120_149", "150_179", "180_plus", "charged_off", "repaid")
CHARGED_OFF, REPAID = 8, 9  # states that an account does not leave

COLUMNS = (
    Column("seed", "count", "seed of the run"),
    Column("month", "label", "calendar month, YYYY-MM"),
    Column("from_state", "label", "delinquency bucket at the month's start: current, 1_29, 30_59, … 180_plus"),
    Column("to_state", "label", "bucket at the month's end, charged_off or repaid"),
    Column("accounts", "count", "accounts that made this move"),
    Column("principal", "money", "their principal after the month's payments; the amount charged off for charged_off"),
)


def transition_rows(r: MonthRecord) -> list[dict[str, Any]]:
    """The month's moves among accounts open at its start; principal in minor units.

    Careful accounts were counted one by one; what is left of the current bucket stayed there or was repaid on time.
    ConservationError where the moves from a bucket are not the accounts that were in it.
    """
    moves, moved = [list(row) for row in r.moves], [list(row) for row in r.moved]
    moves[0][REPAID] += r.counts.closed_current
    stayed = r.accounts_before[0] - sum(moves[0])
    moves[0][0] += stayed
    # the last bucket of the accounts holds what the states tell apart from 120 days on
    left = [sum(moves[k]) for k in range(1, 5)] + [sum(sum(moves[k]) for k in range(5, CHARGED_OFF))]
    if stayed < 0 or left != list(r.accounts_before[1:]):
        raise ConservationError(
            f"month {r.month}: accounts by bucket at the start {list(r.accounts_before)}, accounts that moved from each {left}, "
            f"current accounts left over {stayed}"
        )
    moved[0][0] = r.flows.bucket_principal[0] - sum(moved[k][0] for k in range(1, CHARGED_OFF))
    return [
        {
            "seed": r.seed, "month": r.label, "from_state": STATES[before], "to_state": STATES[after],
            "accounts": moves[before][after], "principal": moved[before][after],
        }
        for before in range(CHARGED_OFF)
        for after in range(len(STATES))
        if moves[before][after] or (before == after and before < 5)
    ]
