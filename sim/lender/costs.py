"""The lender's operating cost of a month."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.inputs.policy import Policy


def operating_cost(
    policy: Policy, minor: int, accounts: int, applications: int, reminders: int, further: float, opening_gross: int,
    accounts_at_failure: int | None,
) -> int:
    """Fixed, per account, per application, reminders, and further cost of the month, minor units.

    further: of collections and of what mechanisms bring, major units; opening_gross: principal on which the fixed cost is
    a share, minor units; accounts_at_failure: None for a going concern. A lender in run-off shrinks: its fixed cost
    follows the accounts that are left to service.
    """
    o = policy.operating_cost
    variable = o.per_account * accounts + o.per_application * applications + policy.collections.reminder_cost * reminders + further
    fixed = o.fixed / 12 * opening_gross
    if accounts_at_failure is not None:
        fixed *= min(1.0, accounts / accounts_at_failure)
    return int(fixed + 0.5) + int(variable * minor + 0.5)
