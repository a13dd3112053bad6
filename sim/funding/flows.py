"""What the accounts report to the lender at a month's end: integers only, minor units unless said."""

from __future__ import annotations

from dataclasses import dataclass, field

BUCKETS = ("current", "1_29", "30_59", "60_89", "90_119", "120_plus")


@dataclass(slots=True)
class Flows:
    """One month of the managed book, summed over all accounts.

    Interest collected is split by the account's status: on an accruing account it settles the
    receivable, on a non-accrual account it is income when received (cash basis).
    """

    interest_accrued: int = 0
    interest_capitalised: int = 0  # accrued, unpaid, joined to the principal of accounts under a plan
    interest_reversed: int = 0  # accrued, unreceived: at 90 DPD or at an earlier charge-off
    interest_collected_accruing: int = 0
    interest_collected_cash_basis: int = 0
    principal_collected: int = 0
    fees_collected: int = 0
    late_fees_charged: int = 0
    late_fees_reversed: int = 0
    upfront_fees_earned: int = 0
    gross_charge_offs: int = 0
    direct_charge_offs: int = 0  # of which before the age limit
    recoveries: int = 0

    # Stocks after this month's servicing, before new loans
    bucket_principal: list[int] = field(default_factory=lambda: [0] * 6)  # by BUCKETS
    active_accounts: int = 0

    instalments_due: int = 0  # principal + interest of instalments that fell due this month
    instalments_due_collected: int = 0  # of these, paid by the month's end
