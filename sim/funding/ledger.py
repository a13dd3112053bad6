"""Double entry: every amount is debited to one account and credited to another, in integer minor units."""

from __future__ import annotations

from dataclasses import dataclass, field

ASSETS = ("cash", "loans_principal", "interest_receivable", "fees_receivable")
CONTRA = ("allowance", "unearned_fees")  # credit balances set against loans
LIABILITIES = ("unpaid_obligations",)  # beside the debt accounts, one for each funding contract
CAPITAL = ("share_capital", "retained_earnings")
INCOME = ("interest_income", "fee_income")
EXPENSE = ("provisions", "operating_cost", "funding_cost", "tax")
ACCOUNTS = (*ASSETS, *CONTRA, *LIABILITIES, *CAPITAL, *INCOME, *EXPENSE)


class BooksError(RuntimeError):
    """The books do not hold: the month, what was compared, and the difference in minor units."""

    def __init__(self, month: int, what: str, difference: int) -> None:
        super().__init__(f"month {month}: {what} differ by {difference} minor units")
        self.month, self.what, self.difference = month, what, difference

    def __reduce__(self) -> tuple[type[BooksError], tuple[int, str, int]]:
        return BooksError, (self.month, self.what, self.difference)  # so that worker processes can hand it on


@dataclass(frozen=True)
class Entry:
    """One journal line."""

    month: int
    event: str
    debit: str
    credit: str
    amount: int


@dataclass
class Ledger:
    """Balances by account, debits positive; the journal is kept if asked for.

    debt_accounts: the funding contracts' accounts, beside those that every lender has.
    """

    debt_accounts: tuple[str, ...] = ()
    keep_journal: bool = False
    balance: dict[str, int] = field(default_factory=dict)
    journal: list[Entry] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.balance = dict.fromkeys((*ACCOUNTS, *self.debt_accounts), 0) | self.balance

    def post(self, month: int, event: str, debit: str, credit: str, amount: int) -> None:
        """Debit one account and credit another; zero posts nothing, a negative amount is a fault of the caller."""
        if amount == 0:
            return
        if amount < 0:
            raise BooksError(month, f"'{event}' and an amount of at least 0", amount)
        self.balance[debit] += amount
        self.balance[credit] -= amount
        if self.keep_journal:
            self.journal.append(Entry(month, event, debit, credit, amount))

    def debit(self, account: str) -> int:
        """Balance of an account that normally stands in debit."""
        return self.balance[account]

    def credit(self, account: str) -> int:
        """Balance of an account that normally stands in credit."""
        return -self.balance[account]

    def total_assets(self) -> int:
        """Assets net of the allowance and of fees not yet earned."""
        return sum(self.balance[a] for a in (*ASSETS, *CONTRA))

    def equity(self) -> int:
        """Capital, earnings retained and the running result."""
        return -sum(self.balance[a] for a in (*CAPITAL, *INCOME, *EXPENSE))

    def liabilities(self) -> int:
        """Debt and obligations not paid."""
        return -sum(self.balance[a] for a in (*self.debt_accounts, *LIABILITIES))

    def close_month(self) -> dict[str, int]:
        """The month's income and expense (income positive, expense positive), moved to retained earnings."""
        result = {a: -self.balance[a] for a in INCOME} | {a: self.balance[a] for a in EXPENSE}
        for account in (*INCOME, *EXPENSE):
            self.balance["retained_earnings"] += self.balance[account]
            self.balance[account] = 0
        return result

    def check(self, month: int) -> None:
        """Assets = liabilities + equity, and the trial balance is zero."""
        if sum(self.balance.values()):
            raise BooksError(month, "debits and credits", sum(self.balance.values()))
        gap = self.total_assets() - self.liabilities() - self.equity()
        if gap:
            raise BooksError(month, "assets and liabilities plus equity", gap)
