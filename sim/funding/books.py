"""The lender's month in money: postings, obligations, draws, disbursement, close.

Order within a month: `service` (3a), `settle` (3b), `budget` (3c), `disburse` (4), `close`. Everything is an
integer in minor units; every entry goes through the double-entry ledger and the books are checked at close.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from sim.config.schema import Policy
from sim.funding.causes import BorrowingBase, MonthResult, why_illiquid, why_insolvent
from sim.funding.flows import Flows
from sim.funding.ledger import BooksError, Ledger
from sim.funding.provisions import required_allowance
from sim.funding.warehouse import Facility, Means, borrowing_base, monthly_interest, origination_budget, share_half_up

GOING, ILLIQUID, INSOLVENT, BOTH = "going_concern", "illiquid", "insolvent", "illiquid_and_insolvent"


@dataclass(frozen=True)
class Opening:
    """The book on which the opening balance sheet is struck."""

    band_principal: list[int]
    interest_receivable: int
    fees_receivable: int
    unearned_fees: int
    monthly_cost: int  # operating cost of a month, for the minimum cash


@dataclass
class Cash:
    """Cash-flow columns of the month."""

    principal_collected: int = 0
    interest_collected: int = 0
    fees_collected: int = 0
    debt_drawn: int = 0
    debt_repaid: int = 0
    capital_paid_in: int = 0
    disbursed: int = 0
    originations: int = 0
    recoveries: int = 0


@dataclass
class Books:
    """Balance sheet, facility and state of one lender."""

    policy: Policy
    ledger: Ledger
    facility: Facility
    minimum_cash: int
    state: str = GOING
    failed_month: int | None = None
    events: list[dict[str, Any]] = field(default_factory=list)
    cash_flows: Cash = field(default_factory=Cash)
    delinquency: deque[float] = field(default_factory=lambda: deque(maxlen=3))
    obligations_shortfall: int = 0
    last_profits: deque[int] = field(default_factory=lambda: deque(maxlen=3))
    opening_cash: int = 0
    opening_unpaid: int = 0
    required: int = 0  # allowance that the policy requires on the last bands seen
    results: deque[MonthResult] = field(default_factory=lambda: deque(maxlen=12))
    last_base: BorrowingBase | None = None  # as restated at last month's close
    code: str = ""  # currency and minor units per major, for the words of events
    minor: int = 100

    # ------------------------------------------------------------------------------------------- opening

    @classmethod
    def open(cls, policy: Policy, o: Opening, haircut: float = 0.0, keep_journal: bool = False) -> Books:
        """Strike the opening balance sheet.

        Debt = advance x eligible principal x utilisation; equity = the stated share of total assets; cash balances.
        Should that leave less than the minimum cash, shareholders pay in the rest (the capital ratio is then higher).
        """
        w, f = policy.funding.warehouse, policy.funding
        ledger = Ledger(keep_journal)
        gross = sum(o.band_principal)
        allowance = required_allowance(o.band_principal, policy.provisioning)
        base = borrowing_base(eligible_principal(o.band_principal, w.eligible_below_dpd), w.advance_rate, haircut)
        commitment = share_half_up(gross, w.commitment)
        debt = min(share_half_up(base, f.utilisation), commitment)
        net_loans = gross + o.interest_receivable + o.fees_receivable - allowance - o.unearned_fees
        minimum = int(f.minimum_cash_months * o.monthly_cost + 0.5)
        assets = math.ceil(debt / max(1e-9, 1.0 - f.capital_ratio))
        cash = max(minimum, assets - net_loans)
        equity = cash + net_loans - debt
        for account, amount in (
            ("cash", cash), ("loans_principal", gross), ("interest_receivable", o.interest_receivable),
            ("fees_receivable", o.fees_receivable), ("allowance", -allowance), ("unearned_fees", -o.unearned_fees),
            ("warehouse_debt", -debt), ("share_capital", -equity),
        ):
            ledger.balance[account] += amount
        ledger.check(0)
        books = cls(policy, ledger, Facility(commitment, debt, base, term_out=w.term_out_months), minimum)
        books.opening_cash, books.required = cash, allowance
        return books

    @classmethod
    def start(cls, policy: Policy, equity: int, commitment: int, minimum_cash: int, keep_journal: bool = False) -> Books:
        """A lender that begins with shareholders' cash and no loans."""
        ledger = Ledger(keep_journal)
        ledger.post(0, "opening: shareholders pay in", "cash", "share_capital", equity)
        facility = Facility(commitment, 0, 0, term_out=policy.funding.warehouse.term_out_months)
        return cls(policy, ledger, facility, minimum_cash, opening_cash=equity)

    # ------------------------------------------------------------------------------------------ shortcuts

    @property
    def cash(self) -> int:
        return self.ledger.debit("cash")

    @property
    def alive(self) -> bool:
        return self.state == GOING

    def _pay(self, month: int, event: str, account: str, amount: int) -> int:
        """Pay what cash allows; returns what stays unpaid."""
        paid = min(amount, max(0, self.cash))
        self.ledger.post(month, event, account, "cash", paid)
        return amount - paid

    def _draw(self, month: int, event: str, amount: int) -> None:
        self.ledger.post(month, event, "cash", "warehouse_debt", amount)
        self.facility.drawn += amount
        self.cash_flows.debt_drawn += amount

    def _repay(self, month: int, event: str, amount: int) -> None:
        self.ledger.post(month, event, "warehouse_debt", "cash", amount)
        self.facility.drawn -= amount
        self.cash_flows.debt_repaid += amount

    # ------------------------------------------------------------------------------------------- the month

    def begin(self) -> None:
        """Forget last month's flows."""
        self.cash_flows = Cash()
        self.opening_cash, self.opening_unpaid = self.cash, self.ledger.credit("unpaid_obligations")
        self.obligations_shortfall = 0

    def service(self, month: int, f: Flows) -> None:
        """3a. Accruals, payments, fees, non-accrual, charge-offs, recoveries, allowance."""
        post = self.ledger.post
        post(month, "accrue interest on outstanding principal at the due date", "interest_receivable", "interest_income", f.interest_accrued)  # noqa: E501
        paid = "borrower pays: oldest instalment first, interest then principal, fees last"
        post(month, paid, "cash", "interest_receivable", f.interest_collected_accruing)
        post(month, "interest received on a non-accrual account", "cash", "interest_income", f.interest_collected_cash_basis)
        post(month, paid, "cash", "loans_principal", f.principal_collected)
        post(month, paid, "cash", "fees_receivable", f.fees_collected)
        post(month, "late fee, once per missed instalment", "fees_receivable", "fee_income", f.late_fees_charged)
        post(month, "non-accrual: reverse accrued interest not received", "interest_income", "interest_receivable", f.interest_reversed)
        post(month, "upfront fee earned, straight line over tenor", "unearned_fees", "fee_income", f.upfront_fees_earned)
        post(month, "charge off principal against the allowance", "allowance", "loans_principal", f.gross_charge_offs)
        post(month, "reverse late fees not received", "fee_income", "fees_receivable", f.late_fees_reversed)
        post(month, "recovery after charge-off", "cash", "allowance", f.recoveries)
        self._provide(month, f.band_principal)
        c = self.cash_flows
        c.principal_collected, c.fees_collected, c.recoveries = f.principal_collected, f.fees_collected, f.recoveries
        c.interest_collected = f.interest_collected_accruing + f.interest_collected_cash_basis

    def _provide(self, month: int, bands: list[int]) -> None:
        self.required = required_allowance(bands, self.policy.provisioning)
        change = self.required - self.ledger.credit("allowance")
        if change >= 0:
            self.ledger.post(month, "provision up to the required allowance", "provisions", "allowance", change)
        else:
            self.ledger.post(month, "release of allowance", "allowance", "provisions", -change)

    def settle(
        self, month: int, bands: list[int], annual_rate: float, haircut: float, operating_cost: int, delinquency: float | None
    ) -> None:
        """3b. Operating cost, interest and undrawn fee, deficiency or term-out; the delinquency trigger.

        annual_rate: policy rate + spread; delinquency: 30+ ratio on the existing pool, None without loans.
        """
        w, fac = self.policy.funding.warehouse, self.facility
        eligible = eligible_principal(bands, w.eligible_below_dpd)
        fac.base = borrowing_base(eligible, w.advance_rate, haircut)
        self._watch_trigger(month, delinquency)
        interest = monthly_interest(fac.drawn, annual_rate) + monthly_interest(fac.undrawn_committed, w.undrawn_fee)
        mandatory = fac.mandatory(month)
        old = self.ledger.credit("unpaid_obligations")
        due = old + operating_cost + interest + mandatory
        short = due - self.cash - fac.available
        if self.cash < due and fac.available:
            self._draw(month, "draw warehouse for obligations", min(due - self.cash, fac.available))
        self._pay(month, "obligations of earlier months", "unpaid_obligations", old)
        for event, account, amount in (
            ("operating cost paid", "operating_cost", operating_cost),
            ("warehouse interest paid on opening debt", "funding_cost", interest),
        ):
            unpaid = self._pay(month, event, account, amount)
            self.ledger.post(month, f"unpaid: {event}", account, "unpaid_obligations", unpaid)
        if mandatory:
            event = "borrowing-base deficiency repaid" if fac.stopped is None else "term-out of the warehouse"
            self._repay(month, event, min(mandatory, max(0, self.cash)))
        if short > 0:
            self.obligations_shortfall = short
            term_out = fac.stopped not in (None, month)
            self._fail(month, ILLIQUID, short, why_illiquid(
                bool(self.events_of("trigger_breach")), term_out, mandatory, due, short, self.last_base,
                BorrowingBase(eligible, haircut, fac.base), self.in_words,
            ))
        if not self.alive:
            surplus = max(0, self.cash - (operating_cost if self.state == ILLIQUID else 0))
            self._repay(month, "run-off: collections repay the warehouse", min(surplus, fac.drawn))

    def _watch_trigger(self, month: int, delinquency: float | None) -> None:
        if delinquency is None:
            return
        self.delinquency.append(delinquency)
        mean = self.trigger_reading
        limit = self.policy.funding.warehouse.delinquency_trigger
        if mean is not None and mean > limit and self.facility.stopped is None:
            self.facility.stop(month)
            self.note(month, "trigger_breach", "30+ delinquency, three-month average, over the trigger: the warehouse stops revolving and is repaid over its term-out", mean, limit)  # noqa: E501

    @property
    def trigger_reading(self) -> float | None:
        """Three months' mean of the 30+ ratio of the pool before new loans: what the trigger reads; None before the third."""
        return sum(self.delinquency) / 3 if len(self.delinquency) == 3 else None

    def note(self, month: int, kind: str, detail: str, value: float | None = None, threshold: float | None = None) -> None:
        self.events.append({"month": month, "kind": kind, "detail": detail, "value": value, "threshold": threshold})

    def in_words(self, amount: int) -> str:
        """An amount as people write it: millions from a million on."""
        major = amount / self.minor
        text = f"{major / 1e6:,.2f} m" if abs(major) >= 1e6 else f"{major:,.2f}" if abs(major) < 1000 else f"{major:,.0f}"
        return f"{self.code} {text}".strip()

    def events_of(self, *kinds: str) -> list[dict[str, Any]]:
        """Events of the kinds named, in order."""
        return [e for e in self.events if e["kind"] in kinds]

    def _fail(self, month: int, how: str, value: int, why: str) -> None:
        """Enter a state of failure with its chain of causes; value: the shortfall of obligations, or equity."""
        if self.state in (how, BOTH):
            return
        first = self.state == GOING
        self.state = how if first else BOTH
        self.note(month, how, why, value / self.minor, 0.0)
        if first:
            self.failed_month = month
            self.facility.stop(month)

    def means(self, haircut: float) -> Means:
        """3c. What new loans can be paid from: nothing after failure, own cash alone once the line has stopped."""
        if not self.alive:
            return Means(0, 0, 0.0)
        fac, w = self.facility, self.policy.funding.warehouse
        if not fac.drawable:
            part = min(fac.drawn, fac.at_stop // fac.term_out)
            return Means(max(0, self.cash - self.minimum_cash - part), 0, 0.0)
        free = self.cash - self.minimum_cash + fac.available
        return Means(free, fac.commitment - fac.limit, max(0.0, w.advance_rate - haircut))

    def budget(self, fee_share: float, haircut: float) -> int:
        """Face principal that can be lent this month at a uniform netted fee, the policy's headroom held back."""
        m = self.means(haircut)
        return origination_budget(m.free, m.below_commitment, m.advance, fee_share, self.policy.funding.headroom)

    def disburse(self, month: int, face: int, fees: int, bands_after: list[int], haircut: float) -> None:
        """4. Pay out new loans, provide for them, restate the borrowing base, draw or repay.

        bands_after: principal by band with the new loans in it.
        """
        w, fac = self.policy.funding.warehouse, self.facility
        eligible = eligible_principal(bands_after, w.eligible_below_dpd)
        fac.base = borrowing_base(eligible, w.advance_rate, haircut)
        self.last_base = BorrowingBase(eligible, haircut, fac.base)
        payout = face - fees
        want = payout + self.minimum_cash - self.cash
        if payout and want > 0:
            self._draw(month, "draw warehouse for disbursement", min(want, fac.available))
        self.ledger.post(month, "originate loans, upfront fee netted", "loans_principal", "cash", payout)
        self.ledger.post(month, "originate loans, upfront fee netted", "loans_principal", "unearned_fees", fees)
        self._provide(month, bands_after)
        self.cash_flows.disbursed, self.cash_flows.originations = payout, face
        surplus = self.cash - self.minimum_cash
        if self.alive and fac.drawable and surplus > 0:
            self._repay(month, "voluntary repayment, cash above minimum", min(surplus, fac.drawn))

    def distribute(self, month: int) -> None:
        """Pay out capital above the policy's ratio, out of cash or the line, if the last months earned it."""
        limit = self.policy.funding.dividend_above
        if limit is None or not self.alive or not self.facility.drawable or sum(self.last_profits) <= 0:
            return
        assets, equity = self.ledger.total_assets(), self.ledger.equity()
        surplus = int((equity - limit * assets) / (1.0 - limit)) if limit < 1 else 0
        amount = min(surplus, max(0, self.cash - self.minimum_cash) + self.facility.available // 2)
        if amount <= 0:
            return
        from_line = max(0, amount - max(0, self.cash - self.minimum_cash))
        if from_line:
            self._draw(month, "draw warehouse for the distribution", from_line)
        self.ledger.post(month, "distribution to shareholders", "share_capital", "cash", amount)
        self.cash_flows.capital_paid_in -= amount

    def close(self, month: int, principal_of_accounts: int) -> dict[str, Any]:
        """Close the month: check the books, move the result to retained earnings, return the accounting columns."""
        led, fac, c = self.ledger, self.facility, self.cash_flows
        result = led.close_month()
        led.check(month)
        if led.debit("loans_principal") != principal_of_accounts:
            raise BooksError(month, "loans in the ledger and in the accounts", led.debit("loans_principal") - principal_of_accounts)
        if led.credit("warehouse_debt") != fac.drawn:
            raise BooksError(month, "debt in the ledger and in the facility", led.credit("warehouse_debt") - fac.drawn)
        moved = (
            self.opening_cash + c.principal_collected + c.interest_collected + c.fees_collected + c.recoveries - c.disbursed
            - result["operating_cost"] - result["funding_cost"] - result["tax"] + c.debt_drawn - c.debt_repaid + c.capital_paid_in
            + led.credit("unpaid_obligations") - self.opening_unpaid
        )
        if moved != self.cash:
            raise BooksError(month, "cash and its roll-forward", self.cash - moved)
        if led.credit("allowance") != self.required:
            raise BooksError(month, "the allowance and what is required", led.credit("allowance") - self.required)
        if self.cash < 0:
            raise BooksError(month, "cash below zero: obligations and means", self.cash)
        equity, assets = led.equity(), led.total_assets()
        net_income = (
            result["interest_income"] + result["fee_income"] - result["funding_cost"] - result["operating_cost"]
            - result["provisions"] - result["tax"]
        )
        self.last_profits.append(net_income)
        self.results.append(MonthResult(net_income + result["provisions"], result["provisions"], -c.capital_paid_in))
        if equity < 0:
            self._fail(month, INSOLVENT, equity, why_insolvent(self.results, -equity, self.in_words))
        return {
            **result,
            "net_income": net_income,
            "equity": equity,
            "total_assets": assets,
            "capital_ratio": equity / assets if assets > 0 else None,
            "trigger_reading": self.trigger_reading,
            "cash": self.cash,
            "debt": fac.drawn,
            "undrawn_committed": fac.undrawn_committed,
            "borrowing_base": fac.base,
            "available_funding": fac.available,
            "liquidity": self.cash - self.minimum_cash + fac.available,
            "allowance": led.credit("allowance"),
            "unpaid_obligations": led.credit("unpaid_obligations"),
            "lender_state": self.state,
            "principal_collected": c.principal_collected,
            "interest_collected": c.interest_collected,
            "fees_collected": c.fees_collected,
            "debt_drawn": c.debt_drawn,
            "debt_repaid": c.debt_repaid,
            "capital_paid_in": c.capital_paid_in,
            "disbursed": c.disbursed,
            "originations": c.originations,
        }


def eligible_principal(bands: list[int], below_dpd: int) -> int:
    """Principal of accounts under the eligibility limit (30, 60 or 90 DPD)."""
    return sum(bands[: below_dpd // 30 + 1])
