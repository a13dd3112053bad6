"""One account in plain Python, written from the contract's terms alone, and a few real accounts beside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np

from sim import month
from sim.accounts.columns import CHARGED_OFF, CLOSED, NEVER, NON_ACCRUAL, OPEN, RING
from sim.accounts.methods import METHODS, annuity_factor
from sim.assembly import empty_population, layout
from sim.engine.engine import Engine
from tests.rows import baseline_numbers

ANNUITY, FLAT = 0, 1  # slots of the baseline's products: interest on what is outstanding, a fixed fee
MONTHS = 90


def half_up(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)


@dataclass
class Terms:
    """What servicing goes by."""

    late_fee: int = 25_00
    fee_cap: float = 0.6
    tolerance: float = 0.0
    bucket: int = 5


@dataclass
class Ledger:
    """An account's books: unpaid instalments as a list, oldest first."""

    face: int
    rate: int
    tenor: int
    flat: bool
    fee: int
    opened: int = 0
    state: int = OPEN
    unpaid: list[list[int]] = field(default_factory=list)  # [month due, interest, principal]
    fees_due: int = 0
    memo: int = 0
    non_accrual: bool = False
    missed: int = 0
    claim: int = 0
    sums: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        factor = 1 / self.tenor + self.rate / 120_000 if self.flat else annuity_factor(self.rate, self.tenor)
        self.instalment = int(self.face * factor + 0.5)
        self.principal = self.scheduled = self.face
        self.remaining, self.unearned = self.tenor, self.fee

    def add(self, name: str, amount: int) -> None:
        self.sums[name] = self.sums.get(name, 0) + amount

    @property
    def overdue(self) -> int:
        return sum(interest + part for _, interest, part in self.unpaid)

    def due(self) -> tuple[int, int]:
        """Interest and principal that fall due next."""
        if self.state != OPEN or self.remaining == 0:
            return 0, 0
        interest = half_up((self.face if self.flat else self.principal) * self.rate, 120_000)
        planned = half_up((self.face if self.flat else self.scheduled) * self.rate, 120_000)
        part = self.scheduled if self.remaining == 1 else max(0, min(self.scheduled, self.instalment - planned))
        return interest, part

    def asked(self) -> int:
        return sum(self.due()) + self.overdue if self.state == OPEN else 0

    def live(self, now: int, paid: int, terms: Terms) -> None:
        """A month: the instalment falls due, what was paid is allocated, the account ages."""
        if self.state != OPEN:
            return
        interest, part = self.due()
        tolerance = int(self.instalment * terms.tolerance)
        current = self.missed == 0 and not self.unpaid
        fell = self.remaining > 0
        if self.missed == 0 and self.unpaid:  # within the tolerance: it stays due with the newest instalment
            self.unpaid = [[now, sum(u[1] for u in self.unpaid), sum(u[2] for u in self.unpaid)]]
        if fell:
            earned = half_up(self.unearned, self.remaining)
            self.unearned -= earned
            self.add("fee_earned", earned)
            self.remaining -= 1
            self.scheduled -= part
            if self.unpaid and self.unpaid[-1][0] == now:
                self.unpaid[-1][1] += interest
                self.unpaid[-1][2] += part
            else:
                self.unpaid.append([now, interest, part])
            self.accrue(interest)
        elif self.non_accrual:
            self.memo += half_up((self.face if self.flat else self.principal) * self.rate, 120_000)
        money = self.allocate(paid)
        if current and money:  # what exceeds instalment and fees repays early
            self.principal -= money
            self.add("collected_principal", money)
            money = 0
        assert money == 0, "more was paid than is owed"
        newest = sum(self.unpaid[-1][1:]) if self.unpaid and self.unpaid[-1][0] == now else 0
        if fell and newest > tolerance:
            room = max(0, int(self.principal * terms.fee_cap / 12 + 0.5) - interest)
            self.fees_due += min(terms.late_fee, room)
            self.add("fees_charged", min(terms.late_fee, room))
            self.add("missed", 1)
        if self.principal == 0 and self.overdue == 0:
            self.add("fee_earned", self.unearned)
            self.add("fees_reversed", self.fees_due)
            self.unearned = self.fees_due = self.memo = self.missed = self.remaining = self.scheduled = 0
            self.non_accrual, self.state = False, CLOSED
            return
        late = [now - due + 1 for due, i, q in self.unpaid if i + q > tolerance]
        self.grow_old(max(late, default=0), now, terms)

    def accrue(self, interest: int) -> None:
        if self.non_accrual:
            self.memo += interest
        else:
            self.add("accrued", interest)

    def allocate(self, money: int) -> int:
        """Oldest first, interest before principal, fees last; what is left over."""
        for item in self.unpaid:
            for k, name in ((1, "interest"), (2, "principal")):
                x = min(money, item[k])
                item[k] -= x
                money -= x
                if name == "principal":
                    self.principal -= x
                    self.add("collected_principal", x)
                elif self.non_accrual:
                    self.memo -= min(x, self.memo)
                    self.add("cash_basis", x)
                else:
                    self.add("collected_interest", x)
        self.unpaid = [item for item in self.unpaid if item[1] + item[2] > 0]
        fees = min(money, self.fees_due)
        self.fees_due -= fees
        self.add("collected_fees", fees)
        return money - fees

    def grow_old(self, bucket: int, now: int, terms: Terms) -> None:
        if bucket >= 4 and not self.non_accrual:
            self.reverse()
            self.non_accrual = True
        elif bucket == 0 and self.non_accrual:
            self.non_accrual, self.memo = False, 0
            self.add("accrued", sum(i for _, i, _ in self.unpaid))  # what is still unpaid is recognised again
        self.missed = bucket
        if bucket >= terms.bucket:
            if not self.non_accrual:
                self.reverse()
            self.add("gross", self.principal)
            self.add("fee_earned", self.unearned)
            self.add("fees_reversed", self.fees_due)
            self.claim, self.state = self.principal, CHARGED_OFF
            self.principal = self.scheduled = self.fees_due = self.unearned = self.remaining = self.missed = 0
            self.unpaid = []

    def reverse(self) -> None:
        interest = sum(i for _, i, _ in self.unpaid)
        self.memo += interest
        self.add("interest_reversed", interest)


class Accounts:
    """Real accounts of one slot, month by month: bills, then servicing of what was paid."""

    def __init__(self, rows: int) -> None:
        model_numbers = baseline_numbers()
        slots = 1 + max(int(name.split(".")[1]) for name in model_numbers if name.startswith("product."))
        self.rows = rows
        self.population = empty_population(rows, [f"product_{k}" for k in range(slots)])
        self.engine = Engine(self.population, layout(), (1, 0), MONTHS, 0, 1)
        self.bill = self.engine.pipeline(month.steps([month.BEGIN, month.BILLS], slots))
        servicing = next(stage for stage in month.SERVE if stage.title == "servicing")
        self.serve = self.engine.pipeline(month.steps([servicing], slots))

    def start(self, slot: int, ledgers: list[Ledger], terms: Terms) -> None:
        """Open the accounts that the ledgers describe."""
        self.slot = slot
        for table in (self.population.household, *self.population.accounts):
            for _, array in table.items():
                array[:] = 0
        for memory in self.engine.memory:
            memory.clear_month()
            for tables in memory.vintages:
                for array in tables.values():
                    array[:] = 0
        a = self.account = self.population.accounts[slot]
        for k, led in enumerate(ledgers):
            a.principal[k] = a.scheduled[k] = a.original[k] = led.face
            a.instalment[k], a.rate[k], a.unearned_fee[k] = led.instalment, led.rate, led.fee
            a.remaining[k] = a.tenor[k] = led.tenor
            a.opened[k], a.cured[k], a.state[k] = led.opened, NEVER, led.state
            a.method[k] = METHODS["flat_fee" if led.flat else "annuity"].code
        self.numbers: dict[str, Any] = baseline_numbers() | {
            "servicing.tolerance": terms.tolerance, "servicing.late_fee": terms.late_fee, "servicing.late_fee_cap": terms.fee_cap,
            "charge_off.bucket": terms.bucket, "charge_off.direct": 0.0, "recovery.worked": 0.0, "vintage.zero": 0, "vintage.width": MONTHS,
        }

    def live(self, now: int, paid: list[int], cause: int = 2, **numbers: Any) -> SimpleNamespace:
        """A month with so much paid on each account; the month's sums."""
        values = self.numbers | numbers
        self.engine.clear_month()
        self.engine.load(self.bill, values, now)
        self.engine.run(self.bill)
        self.account.paid_due[:] = 0
        self.account.paid_catch_up[:] = paid
        self.account.cause[:] = cause
        self.engine.load(self.serve, values, now)
        self.engine.run(self.serve)
        counts = self.engine.counts()
        return SimpleNamespace(**{name: getattr(counts, name) for name in counts.names})

    def shows(self, k: int) -> dict[str, Any]:
        """What a ledger of the account would say."""
        a = self.account
        return {
            "state": int(a.state[k]), "principal": int(a.principal[k]), "scheduled": int(a.scheduled[k]), "remaining": int(a.remaining[k]),
            "overdue": int(a.overdue[k]), "missed": int(a.missed[k]), "fees_due": int(a.fees_due[k]), "unearned": int(a.unearned_fee[k]),
            "memo": int(a.memo_interest[k]), "claim": int(a.claim[k]),
            "non_accrual": bool(a.marks[k] & NON_ACCRUAL) and int(a.state[k]) == OPEN,
            "interest": int(a.ring[k, :RING].sum()), "parts": int(a.ring[k, RING:].sum()),
        }


def says(led: Ledger) -> dict[str, Any]:
    """What a ledger says of its account."""
    return {
        "state": led.state, "principal": led.principal, "scheduled": led.scheduled, "remaining": led.remaining, "overdue": led.overdue,
        "missed": led.missed, "fees_due": led.fees_due, "unearned": led.unearned, "memo": led.memo, "claim": led.claim,
        "non_accrual": led.non_accrual and led.state == OPEN, "interest": sum(i for _, i, _ in led.unpaid),
        "parts": sum(q for _, _, q in led.unpaid),
    }


def payment(led: Ledger, act: float | str) -> int:
    """What an account pays: a share of what is asked, all of it with its fees, or everything that is left."""
    asked = led.asked()
    if act == "fees":
        return asked + led.fees_due
    if act == "early":
        interest, _ = led.due()
        ready = led.state == OPEN and led.missed == 0 and not led.unpaid and led.remaining > 0
        return led.principal + interest + led.fees_due if ready else asked + led.fees_due
    return int(asked * float(act))


SUMS = (
    "accrued", "collected_interest", "cash_basis", "collected_principal", "collected_fees", "fee_earned", "fees_charged", "fees_reversed",
    "interest_reversed", "gross",
)


def run_together(accounts: Accounts, slot: int, ledgers: list[Ledger], acts: list[list[Any]], terms: Terms) -> None:
    """Both live through the same payments and agree in every number of every month, and money is conserved."""
    accounts.start(slot, ledgers, terms)
    padding = [0] * (accounts.rows - len(ledgers))
    total = dict.fromkeys(SUMS, 0)
    faces, fees = sum(led.face for led in ledgers), sum(led.fee for led in ledgers)
    for now in range(1, len(acts[0]) + 1):
        paid = [payment(led, act[now - 1]) for led, act in zip(ledgers, acts, strict=True)]
        counts = accounts.live(now, paid + padding)
        for k, (led, amount) in enumerate(zip(ledgers, paid, strict=True)):
            led.live(now, amount, terms)
            assert accounts.shows(k) == says(led), f"month {now}, account {k}"
        for name in SUMS:
            total[name] += getattr(counts, name)
        assert total == {name: sum(led.sums.get(name, 0) for led in ledgers) for name in SUMS}, f"month {now}"
        # what households paid is what was received, in whole
        received = counts.collected_interest + counts.cash_basis + counts.collected_principal + counts.collected_fees
        assert counts.household_debit == sum(paid) == received
        a = accounts.account
        live = a.state == OPEN
        accruing = live & ((a.marks & NON_ACCRUAL) == 0)
        assert faces - total["collected_principal"] - total["gross"] == int(a.principal.sum()) == counts.principal
        assert fees - total["fee_earned"] == int(a.unearned_fee.sum())
        assert total["fees_charged"] - total["collected_fees"] - total["fees_reversed"] == int(a.fees_due.sum())
        receivable = int(a.ring[accruing][:, :RING].sum())
        assert total["accrued"] - total["collected_interest"] - total["interest_reversed"] == receivable
        assert counts.active == int(live.sum())
        assert np.array_equal(a.overdue[live], a.ring[live].sum(axis=1))
