"""The lender's month in money: postings, obligations, draws, disbursement, close.

Order within a month: `service` (3a), `settle` (3b), `means` (3c), `disburse` (4), `close`. Everything is an integer in
minor units; every entry goes through the double-entry ledger and the books are checked at close. Debt is a list of
contracts (see `contract`): each is drawn and repaid in its turn, and what all of them ask for is paid together.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from sim.funding.causes import BorrowingBase, MonthResult, why_illiquid, why_insolvent
from sim.funding.contract import BY_FAILURE, BY_TRIGGER, FundingMarket, PoolReading
from sim.funding.distress import Reading, changes
from sim.funding.flows import Flows
from sim.funding.kinds import adopt, contracts_of
from sim.funding.ledger import BooksError, Ledger
from sim.funding.means import Means
from sim.funding.provisions import required_allowance
from sim.funding.stack import DebtStack, in_turn
from sim.funding.terms import Funding, Provisioning
from sim.numerics.sums import plain_sum

GOING, ILLIQUID, INSOLVENT, BOTH = "going_concern", "illiquid", "insolvent", "illiquid_and_insolvent"


@dataclass(frozen=True)
class Opening:
    """The book on which the opening balance sheet is struck."""

    bucket_principal: list[int]
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
    capital_paid_in: int = 0  # less dividends
    dividends: int = 0
    disbursed: int = 0
    originations: int = 0
    recoveries: int = 0


@dataclass
class Books:
    """Balance sheet, funding contracts and state of one lender."""

    funding: Funding
    provisioning: Provisioning
    ledger: Ledger
    contracts: DebtStack
    minimum_cash: int
    state: str = GOING
    failed_month: int | None = None
    events: list[dict[str, Any]] = field(default_factory=list)
    cash_flows: Cash = field(default_factory=Cash)
    delinquency: deque[float] = field(default_factory=lambda: deque(maxlen=3))  # 30+ ratios before new loans
    obligations_shortfall: int = 0
    last_profits: deque[int] = field(default_factory=lambda: deque(maxlen=3))
    opening_cash: int = 0
    opening_unpaid: int = 0
    required: int = 0  # allowance that the policy requires on the last buckets seen
    results: deque[MonthResult] = field(default_factory=lambda: deque(maxlen=12))
    last_base: BorrowingBase | None = None  # as restated at last month's close
    code: str = ""  # currency and minor units per major, for the words of events
    minor: int = 100
    distress: list[str] = field(default_factory=list)  # signs that last month showed
    deficiency: int = 0  # of the borrowing base, in a month in which repaying it takes cash below its minimum
    wanted: int = 0  # principal that passed the risk policy this month
    monthly_cost: int = 0  # operating cost of a month when the books were struck, that the minimum cash is a multiple of

    recording: ClassVar[bool] = True  # the months of open books are recorded

    # ------------------------------------------------------------------------------------------- opening

    @classmethod
    def open(
        cls, funding: Funding, provisioning: Provisioning, o: Opening, market: FundingMarket, keep_journal: bool = False
    ) -> Books:
        """Strike the opening balance sheet.

        Each contract is drawn as its terms have it (a line: advance x eligible principal x utilisation); equity = the stated
        share of total assets; cash balances. Should that leave less than the minimum cash, shareholders pay in the rest
        (the capital ratio is then higher).
        """
        gross = sum(o.bucket_principal)
        contracts = contracts_of(funding, gross)
        ledger = Ledger(contracts.accounts, keep_journal)
        allowance = required_allowance(o.bucket_principal, provisioning)
        contracts.restate(o.bucket_principal, market)
        for contract in contracts:
            contract.draw(contract.opening_debt(funding.utilisation))
        net_loans = gross + o.interest_receivable + o.fees_receivable - allowance - o.unearned_fees
        minimum = int(funding.minimum_cash_months * o.monthly_cost + 0.5)
        assets = math.ceil(contracts.drawn / max(1e-9, 1.0 - funding.capital_ratio))
        cash = max(minimum, assets - net_loans)
        equity = cash + net_loans - contracts.drawn
        for account, amount in (
            ("cash", cash), ("loans_principal", gross), ("interest_receivable", o.interest_receivable),
            ("fees_receivable", o.fees_receivable), ("allowance", -allowance), ("unearned_fees", -o.unearned_fees),
            *((contract.account, -contract.drawn) for contract in contracts), ("share_capital", -equity),
        ):
            ledger.balance[account] += amount
        ledger.check(0)
        return cls(
            funding, provisioning, ledger, contracts, minimum, opening_cash=cash, required=allowance, monthly_cost=o.monthly_cost
        )

    @classmethod
    def start(
        cls, funding: Funding, provisioning: Provisioning, equity: int, principal: int, minimum_cash: int, keep_journal: bool = False
    ) -> Books:
        """A lender that begins with shareholders' cash and no loans; principal: what commitments are shares of."""
        contracts = contracts_of(funding, principal)
        ledger = Ledger(contracts.accounts, keep_journal)
        ledger.post(0, "opening: shareholders pay in", "cash", "share_capital", equity)
        return cls(funding, provisioning, ledger, contracts, minimum_cash, opening_cash=equity)

    def adopt(self, funding: Funding, provisioning: Provisioning) -> None:
        """Go by another policy from now on: terms of contracts, minimum cash, provisions; debt and capital stay as they are."""
        adopt(self.contracts, funding)
        if self.monthly_cost:
            self.minimum_cash = int(funding.minimum_cash_months * self.monthly_cost + 0.5)
        self.funding, self.provisioning = funding, provisioning

    # ------------------------------------------------------------------------------------------ shortcuts

    @property
    def cash(self) -> int:
        """Unrestricted cash, minor units."""
        return self.ledger.debit("cash")

    @property
    def liquidity(self) -> int:
        """Cash above the minimum, and what the contracts let draw."""
        return self.cash - self.minimum_cash + self.contracts.available

    @property
    def alive(self) -> bool:
        """Neither illiquid nor insolvent so far; failure is for good."""
        return self.state == GOING

    def spread(self, market: FundingMarket) -> float:
        """Annual spread over the policy rate on the debt, mean over what is drawn."""
        return self.contracts.spread(market)

    def _pay(self, month: int, event: str, account: str, amount: int) -> int:
        """Pay what cash allows; returns what stays unpaid."""
        paid = min(amount, max(0, self.cash))
        self.ledger.post(month, event, account, "cash", paid)
        return amount - paid

    def _draw(self, month: int, purpose: str, amount: int) -> None:
        """Draw on each contract in turn, as far as it goes."""
        for contract, part in zip(self.contracts, in_turn(amount, [c.available for c in self.contracts]), strict=True):
            self.ledger.post(month, f"draw {contract.name} for {purpose}", "cash", contract.account, part)
            contract.draw(part)
            self.cash_flows.debt_drawn += part

    def _repay(self, month: int, events: Sequence[str], amounts: Sequence[int]) -> None:
        """Repay the contracts these amounts."""
        for contract, event, amount in zip(self.contracts, events, amounts, strict=True):
            self.ledger.post(month, event, contract.account, "cash", amount)
            contract.repay(amount)
            self.cash_flows.debt_repaid += amount

    # ------------------------------------------------------------------------------------------- the month

    def begin(self) -> None:
        """Forget last month's flows."""
        self.cash_flows = Cash()
        self.opening_cash, self.opening_unpaid = self.cash, self.ledger.credit("unpaid_obligations")
        self.obligations_shortfall = self.deficiency = self.wanted = 0

    def service(self, month: int, f: Flows) -> None:
        """3a. Accruals, payments, fees, non-accrual, charge-offs, recoveries, allowance."""
        post = self.ledger.post
        post(month, "accrue interest on outstanding principal at the due date", "interest_receivable", "interest_income", f.interest_accrued)  # noqa: E501
        post(month, "capitalise unpaid interest of accounts under a plan", "loans_principal", "interest_receivable", f.interest_capitalised)
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
        self._provide(month, f.bucket_principal)
        c = self.cash_flows
        c.principal_collected, c.fees_collected, c.recoveries = f.principal_collected, f.fees_collected, f.recoveries
        c.interest_collected = f.interest_collected_accruing + f.interest_collected_cash_basis

    def _provide(self, month: int, buckets: list[int]) -> None:
        self.required = required_allowance(buckets, self.provisioning)
        change = self.required - self.ledger.credit("allowance")
        if change >= 0:
            self.ledger.post(month, "provision up to the required allowance", "provisions", "allowance", change)
        else:
            self.ledger.post(month, "release of allowance", "allowance", "provisions", -change)

    def settle(self, month: int, buckets: list[int], market: FundingMarket, operating_cost: int, delinquency: float | None) -> None:
        """3b. Operating cost, interest and fees, mandatory repayments, triggers; delinquency: 30+ ratio of the pool, None without loans."""
        base = self.contracts.restate(buckets, market)
        self._watch_triggers(month, delinquency)
        costs = [("operating cost paid", "operating_cost", operating_cost)]
        costs += [(interest.event, "funding_cost", interest.amount) for interest in (c.interest(market) for c in self.contracts)]
        repayments = [c.mandatory(month) for c in self.contracts]
        old = self.ledger.credit("unpaid_obligations")
        due = old + sum(amount for _, _, amount in costs) + sum(r.amount for r in repayments)
        short = due - self.cash - self.contracts.available
        beyond = sum(r.amount for r in repayments if not r.scheduled)
        left = self.cash - old - sum(amount for _, _, amount in costs) - self.minimum_cash
        self.deficiency = beyond if beyond > max(0, left) else 0  # what collections repay in passing is no distress
        self._draw(month, "obligations", due - self.cash)
        self._pay(month, "obligations of earlier months", "unpaid_obligations", old)
        for event, account, amount in costs:
            unpaid = self._pay(month, event, account, amount)
            self.ledger.post(month, f"unpaid: {event}", account, "unpaid_obligations", unpaid)
        self._repay(month, [r.event for r in repayments], in_turn(self.cash, [r.amount for r in repayments]))
        if short > 0:
            self.obligations_shortfall = short
            self._fail(month, ILLIQUID, short, why_illiquid(
                [c.name for c in self.contracts if c.stopped == BY_TRIGGER], sum(r.amount for r in repayments if not r.scheduled),
                sum(r.amount for r in repayments if r.scheduled), due, short, self.last_base, base, self.in_words,
            ))
        if not self.alive:
            surplus = self.cash - (operating_cost if self.state == ILLIQUID else 0)
            run_off = [f"run-off: collections repay the {c.name}" for c in self.contracts]
            self._repay(month, run_off, in_turn(surplus, [c.drawn for c in self.contracts]))
        self.contracts.restate(buckets, market)  # what has been repaid frees its loans for other contracts

    def _watch_triggers(self, month: int, delinquency: float | None) -> None:
        """An open contract stops when one of its triggers is breached; each breach is an event."""
        if delinquency is None:
            return
        self.delinquency.append(delinquency)
        breached = [(c, t) for c, t in self.contracts.triggers(self.reading) if t.breached and c.stopped is None]
        for contract, trigger in breached:
            contract.stop(month, BY_TRIGGER)
            self.note(month, "trigger_breach", trigger.consequence, trigger.value, trigger.threshold)

    @property
    def reading(self) -> PoolReading:
        """What the contracts' triggers read this month."""
        return PoolReading(self.trigger_reading)

    @property
    def trigger_reading(self) -> float | None:
        """Three months' mean of the 30+ ratio of the pool before new loans: what the trigger reads; None before the third."""
        return plain_sum(self.delinquency) / 3 if len(self.delinquency) == 3 else None

    def note(self, month: int, kind: str, detail: str, value: float | None = None, threshold: float | None = None) -> None:
        """Record an event of the month, with the value that brought it about and the threshold that it crossed."""
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
            for contract in self.contracts:
                contract.stop(month, BY_FAILURE)

    def means(self, market: FundingMarket) -> Means:
        """3c. What new loans can be paid from, next month's instalments of debt held back; nothing after failure."""
        if not self.alive:
            return Means(0)
        return Means(self.liquidity - self.contracts.next_instalments, tuple(c.tranche(market) for c in self.contracts))

    def disburse(self, month: int, face: int, fees: int, buckets_after: list[int], market: FundingMarket) -> None:
        """4. Pay out new loans, provide for them, pledge the pool anew, draw or repay.

        buckets_after: principal by bucket with the new loans in it.
        """
        self.last_base = self.contracts.restate(buckets_after, market)
        payout = face - fees
        if payout:
            self._draw(month, "disbursement", payout + self.minimum_cash - self.cash)
        self.ledger.post(month, "originate loans, upfront fee netted", "loans_principal", "cash", payout)
        self.ledger.post(month, "originate loans, upfront fee netted", "loans_principal", "unearned_fees", fees)
        self._provide(month, buckets_after)
        self.cash_flows.disbursed, self.cash_flows.originations = payout, face
        if self.alive:
            surplus = in_turn(self.cash - self.minimum_cash, [c.prepayable for c in self.contracts])
            self._repay(month, ["voluntary repayment, cash above minimum" for _ in surplus], surplus)

    def distribute(self, month: int, least_liquidity: int = 0) -> None:
        """Pay out capital above the policy's ratio, out of cash or open lines, if the last months earned it and no contract has stopped.

        least_liquidity: what a payout must leave, minor units.
        """
        limit = self.funding.dividend_above
        if limit is None or not self.alive or self.contracts.stopped or sum(self.last_profits) <= 0:
            return
        assets, equity = self.ledger.total_assets(), self.ledger.equity()
        surplus = int((equity - limit * assets) / (1.0 - limit)) if limit < 1 else 0
        amount = min(
            surplus, max(0, self.cash - self.minimum_cash) + self.contracts.available // 2, self.liquidity - least_liquidity
        )
        if amount <= 0:
            return
        self._draw(month, "the distribution", amount - max(0, self.cash - self.minimum_cash))
        self.ledger.post(month, "distribution to shareholders", "share_capital", "cash", amount)
        self.cash_flows.capital_paid_in -= amount
        self.cash_flows.dividends += amount

    def close(self, month: int, principal_of_accounts: int) -> dict[str, Any]:
        """Close the month: check the books, move the result to retained earnings, return the accounting columns."""
        led, debt, c = self.ledger, self.contracts, self.cash_flows
        result = led.close_month()
        led.check(month)
        if led.debit("loans_principal") != principal_of_accounts:
            raise BooksError(month, "loans in the ledger and in the accounts", led.debit("loans_principal") - principal_of_accounts)
        for contract in debt:
            gap = led.credit(contract.account) - contract.drawn
            if gap:
                raise BooksError(month, f"debt in the ledger and in the contract '{contract.name}'", gap)
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
        if self.alive:
            reading = Reading(self.deficiency, self.cash, self.minimum_cash, self.wanted, c.originations, c.dividends)
            for event in changes(self.distress, reading, self.in_words, self.minor):
                self.note(month, *event)
        self.last_profits.append(net_income)
        self.results.append(MonthResult(net_income + result["provisions"], result["provisions"], c.dividends))
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
            "debt": debt.drawn,
            "undrawn_committed": debt.undrawn_committed,
            "borrowing_base": debt.base,
            "available_funding": debt.available,
            "liquidity": self.liquidity,
            "allowance": led.credit("allowance"),
            "unpaid_obligations": led.credit("unpaid_obligations"),
            "lender_state": self.state,
            "principal_collected": c.principal_collected,
            "interest_collected": c.interest_collected,
            "fees_collected": c.fees_collected,
            "debt_drawn": c.debt_drawn,
            "debt_repaid": c.debt_repaid,
            "capital_paid_in": c.capital_paid_in,
            "dividends": c.dividends,
            "disbursed": c.disbursed,
            "originations": c.originations,
        }
