"""A double-entry ledger in whole minor units.

Every line debits one account and credits another with the same amount, so the trial balance is zero by
construction; what `check` proves each month is that the accounts agree with what they stand for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

# Account names. The sign of a balance in the books' own terms is given by the group it belongs to.
CASH = "cash"
LOANS = "loans_principal"
INTEREST_RECEIVABLE = "interest_receivable"
FEES_RECEIVABLE = "fees_receivable"
ALLOWANCE = "allowance"
UNEARNED_FEES = "unearned_fees"
DEBT = "warehouse_debt"
UNPAID = "unpaid_obligations"
CAPITAL = "share_capital"
RETAINED = "retained_earnings"
INTEREST_INCOME = "interest_income"
FEE_INCOME = "fee_income"
PROVISIONS = "provisions"
OPERATING_COST = "operating_cost"
FUNDING_COST = "funding_cost"
TAX = "tax"

ASSETS = (CASH, LOANS, INTEREST_RECEIVABLE, FEES_RECEIVABLE)
CONTRA_ASSETS = (ALLOWANCE, UNEARNED_FEES)  # credit balances shown as deductions from assets
LIABILITIES = (DEBT, UNPAID)
EQUITY = (CAPITAL, RETAINED)
INCOME = (INTEREST_INCOME, FEE_INCOME)
EXPENSES = (PROVISIONS, OPERATING_COST, FUNDING_COST, TAX)
DEBIT_ACCOUNTS = frozenset(ASSETS + EXPENSES)
ACCOUNTS = ASSETS + CONTRA_ASSETS + LIABILITIES + EQUITY + INCOME + EXPENSES
NEVER_NEGATIVE = ASSETS + CONTRA_ASSETS + LIABILITIES

CLOSING = "close to retained earnings"


class BooksError(Exception):
    """The books do not hold. month: index; what: the rule; difference: found minus expected, minor units."""

    def __init__(self, month: int, what: str, difference: int) -> None:
        super().__init__(f"month {month}: {what}: off by {difference:,} minor units")
        self.month, self.what, self.difference = month, what, difference

    def __reduce__(self) -> tuple[type[BooksError], tuple[int, str, int]]:
        return BooksError, (self.month, self.what, self.difference)


class Entry(NamedTuple):
    """One line of the journal; amount in minor units."""

    month: int
    event: str
    debit: str
    credit: str
    amount: int


class Ledger:
    """Accounts of the lender. `keep_journal` keeps every line for tests and `lendsim trace`."""

    def __init__(self, keep_journal: bool = False) -> None:
        self._debits: dict[str, int] = dict.fromkeys(ACCOUNTS, 0)  # balance, debit positive
        self.journal: list[Entry] | None = [] if keep_journal else None

    def post(self, month: int, event: str, debit: str, credit: str, amount: int) -> None:
        """Post one line. A zero amount leaves no line; a negative amount or unknown account is refused."""
        if amount < 0:
            raise ValueError(f"{event}: amount {amount} is negative; swap debit and credit")
        if debit not in self._debits or credit not in self._debits:
            raise KeyError(f"{event}: no such account: {debit if debit not in self._debits else credit}")
        if amount == 0:
            return
        self._debits[debit] += amount
        self._debits[credit] -= amount
        if self.journal is not None:
            self.journal.append(Entry(month, event, debit, credit, amount))

    def balance(self, account: str) -> int:
        """Balance in the account's natural sign: assets and expenses debit, all others credit."""
        value = self._debits[account]
        return value if account in DEBIT_ACCOUNTS else -value

    def trial_balance(self) -> dict[str, int]:
        """Every account with its balance, debit positive; the values sum to zero."""
        return dict(self._debits)

    @property
    def total_assets(self) -> int:
        """Cash + gross loans + receivables - allowance - unearned upfront fees."""
        return sum(self.balance(a) for a in ASSETS) - sum(self.balance(a) for a in CONTRA_ASSETS)

    @property
    def total_liabilities(self) -> int:
        """Drawn debt and obligations that could not be paid."""
        return sum(self.balance(a) for a in LIABILITIES)

    @property
    def net_income(self) -> int:
        """Income less expenses since the last close."""
        return sum(self.balance(a) for a in INCOME) - sum(self.balance(a) for a in EXPENSES)

    @property
    def equity(self) -> int:
        """Capital, retained earnings and the income of the month in progress."""
        return sum(self.balance(a) for a in EQUITY) + self.net_income

    def close_month(self, month: int) -> int:
        """Move income and expense to retained earnings; returns the net income moved."""
        net = self.net_income
        for account in INCOME + EXPENSES:
            value = self._debits[account]
            if value > 0:
                self.post(month, CLOSING, RETAINED, account, value)
            else:
                self.post(month, CLOSING, account, RETAINED, -value)
        return net

    def check(self, month: int, expected: Mapping[str, int]) -> None:
        """Raise BooksError unless the books hold at the month's end.

        expected: account -> balance found outside the ledger (sum of the accounts for loans_principal, the
        required allowance, cash rolled forward from the cash flows, and so on), minor units.
        """
        difference = sum(self._debits.values())
        if difference:
            raise BooksError(month, "trial balance is not zero", difference)
        difference = self.total_assets - self.total_liabilities - self.equity
        if difference:
            raise BooksError(month, "assets differ from liabilities plus equity", difference)
        for account in NEVER_NEGATIVE:
            if self.balance(account) < 0:
                raise BooksError(month, f"{account} is negative", self.balance(account))
        for account, value in expected.items():
            difference = self.balance(account) - value
            if difference:
                raise BooksError(month, f"{account} in the ledger differs from what it stands for", difference)
