"""What running the lender costs in a month as it was lived: its own cost, collections, and what mechanisms bring."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sim.assembly import costs
from sim.lender.costs import operating_cost

if TYPE_CHECKING:
    from sim.engine.declare import Mechanism
    from sim.inputs.policy import Policy
    from sim.state import Lived, RunState


def running_cost(policy: Policy, minor: int, state: RunState, lived: Lived, mechanisms: Iterable[Mechanism]) -> int:
    """Operating cost of the month, minor units; the accounts at a failure are kept, for a lender in run-off shrinks with them.

    minor: minor units of a major one; mechanisms: those from outside the package.
    """
    accounts, counts = lived.flows.active_accounts, lived.tallies.counts
    if not state.books.alive and state.accounts_at_failure is None:
        state.accounts_at_failure = max(1, accounts)
    further = state.contacts.cost + costs(policy, counts, mechanisms)
    return operating_cost(
        policy, minor, accounts, counts.applicants, state.reminders, further, state.opening.gross, state.accounts_at_failure
    )
