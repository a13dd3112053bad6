"""A ledger in plain Python of an account that may be under a plan, written from what a plan is, beside tests/accounts/ledger.py."""

from __future__ import annotations

from dataclasses import dataclass, field

from sim.accounts.plans import Plan
from tests.accounts.ledger import Ledger, Terms, half_up


@dataclass
class PlannedLedger(Ledger):
    """An account's books with plans. re_aged_after: kept payments that make it current."""

    plan: Plan | None = None
    left: int = 0
    kept: int = 0
    re_aged_after: int = 3
    story: list[str] = field(default_factory=list)

    def begin(self, plan: Plan) -> None:
        self.plan, self.left, self.kept = plan, plan.months, 0

    def month_of_interest(self) -> int:
        return half_up((self.face if self.flat else self.principal) * self.rate, 120_000)

    def asked(self) -> int:
        if self.left and self.state == 1:
            return min(half_up(self.instalment * self.plan.asked, 10_000), self.month_of_interest() + self.scheduled)
        return super().asked()

    def live(self, now: int, paid: int, terms: Terms) -> None:
        if not self.left or self.state != 1:
            super().live(now, paid, terms)
            return
        asked = self.asked()
        if paid < asked - int(asked * terms.tolerance):
            self.left = 0
            self.story.append("broken")
            self.stretch()
            super().live(now, paid, terms)
            return
        interest, money = self.month_of_interest(), paid
        on_interest = min(interest, money)
        money -= on_interest
        on_principal = min(money, max(0, asked - interest))
        money -= on_principal
        on_fees = min(money, self.fees_due)
        on_principal += money - on_fees
        self.fees_due -= on_fees
        waived = half_up((interest - on_interest) * self.plan.waived, 10_000)
        added = interest - on_interest - waived
        earned = half_up(self.unearned, self.remaining + self.left)
        self.unearned -= earned
        for name, amount in (
            ("fee_earned", earned), ("collected_fees", on_fees), ("collected_principal", on_principal),
            ("cash_basis" if self.non_accrual else "collected_interest", on_interest),
        ):
            self.add(name, amount)
        if self.non_accrual:
            self.memo += added
            added = 0
        else:
            self.add("accrued", on_interest + added)
        for item in self.unpaid:
            item[0] += 1
        self.left -= 1
        self.kept += 1
        if self.plan.hardship and self.unpaid and self.kept >= self.re_aged_after:
            late = sum(item[1] for item in self.unpaid)
            waived, added = (waived + late, added) if self.non_accrual else (waived, added + late)
            self.scheduled += sum(item[2] for item in self.unpaid)
            self.unpaid = []
            self.story.append("re-aged")
            self.missed, self.non_accrual, self.memo = 0, False, 0
        self.add("interest_capitalised", added)
        self.add("interest_waived", waived)
        self.principal += added - on_principal
        self.scheduled = max(0, self.scheduled + added - on_principal)
        if not self.left:
            self.stretch()
            self.story.append("completed")
        if self.principal == 0 and not self.unpaid:
            self.add("fee_earned", self.unearned)
            self.add("fees_reversed", self.fees_due)
            self.unearned = self.fees_due = self.memo = self.missed = self.remaining = self.scheduled = self.left = 0
            self.non_accrual, self.state = False, 0

    def stretch(self) -> None:
        """As many instalments as the scheduled balance needs; less than a hundredth of one goes with the last."""
        left, months = self.scheduled, 0
        while left > self.instalment / 100 and months < 120:
            part = self.instalment - half_up((self.face if self.flat else left) * self.rate, 120_000)
            if part <= 0:
                months = 120
                break
            left, months = left - part, months + 1
        self.remaining = max(1, months)
