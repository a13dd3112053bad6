"""The protocol holds for a contract of another nature: an unsecured note that is repaid at once when it matures. Minor units."""

from dataclasses import asdict, dataclass, field

import pytest

from sim.funding.books import Books
from sim.funding.collateral import Claim
from sim.funding.contract import BY_TRIGGER, Contract, Due, FundingMarket, PoolReading, Repayment, Trigger
from sim.funding.flows import Flows
from sim.funding.horizon import HORIZON, HorizonInputs, survival_months
from sim.funding.ledger import Ledger
from sim.funding.means import Tranche
from sim.funding.money import monthly_interest
from sim.funding.provisions import required_allowance
from sim.funding.stack import DebtStack
from tests.funding.policies import golden, line, market
from tests.funding.test_lender_month import CURRENT


@dataclass
class NoteState:
    drawn: int
    matures: int
    stopped: str | None = None


@dataclass
class Note:
    """A fixed coupon, no collateral, all of it due in one month; accelerated when arrears pass 20 %."""

    state: NoteState
    coupon: float = 0.12
    name: str = "note"
    account: str = "note_debt"
    collateral: int = 0
    base: int = 0
    available: int = 0
    undrawn_committed: int = 0
    prepayable: int = 0
    asked: list[int] = field(default_factory=list)

    @property
    def drawn(self):
        return self.state.drawn

    @property
    def next_instalment(self):
        return 0

    @property
    def stopped(self):
        return self.state.stopped

    def claim(self, market):
        return Claim(0, 0, 0)

    def restate(self, collateral, market):
        self.asked.append(collateral)

    def opening_debt(self, utilisation):
        return 0

    def spread(self, market):
        return self.coupon - market.policy_rate

    def interest(self, market):
        return Due(monthly_interest(self.drawn, self.coupon), "coupon")

    def mandatory(self, month):
        return Repayment(self.drawn if month >= self.state.matures else 0, "note repaid", True)

    def tranche(self, market):
        return Tranche(0, 0.0)

    def triggers(self, reading):
        value = reading.delinquency_3m
        return (Trigger("acceleration", value, 0.2, None, value is not None and value > 0.2, "the note falls due"),)

    def draw(self, amount):
        self.state.drawn += amount

    def repay(self, amount):
        self.state.drawn -= amount

    def stop(self, month, because):
        self.state.stopped, self.state.matures = because, min(month, self.state.matures)

    def project(self, month, market):
        return NoteAhead(float(self.drawn), self.coupon / 12, self.state.matures - month)

    def save(self):
        return asdict(self.state)


@dataclass(frozen=True)
class NoteAhead:
    debt: float
    monthly_rate: float
    left: int

    def claim(self, debt):
        return Claim(0, 0.0, 0.0)

    def limit(self, collateral):
        return 0.0

    def interest(self, debt):
        return debt * self.monthly_rate

    def mandatory(self, debt, limit, ahead):
        return debt if ahead >= self.left else 0.0

    def drawable(self, debt, limit):
        return 0.0


def with_note(cash: int, matures: int, commitment: int = 80_000, drawn: int = 30_000) -> Books:
    note: Contract = Note(NoteState(20_000, matures))
    stack = DebtStack((note, line(commitment, drawn, 0)))
    ledger = Ledger(stack.accounts, keep_journal=True)
    for debit, credit, amount in (
        ("cash", "share_capital", cash), ("loans_principal", "share_capital", 100_000),
        ("share_capital", "allowance", required_allowance(CURRENT, golden().provisioning)),
        ("share_capital", "note_debt", 20_000), ("share_capital", "warehouse_debt", drawn),
    ):
        ledger.post(0, "given", debit, credit, amount)
    return Books(golden().funding, golden().provisioning, ledger, stack, 0)


def lived(books: Books, months: range, bands: list[int], rate: float = 0.06) -> None:
    for month in months:
        books.begin()
        books.service(month, Flows(bucket_principal=list(bands)))
        books.settle(month, bands, market(rate), 0, sum(bands[2:]) / sum(bands))
        books.disburse(month, 0, 0, bands, market(rate))
        books.close(month, sum(bands))


def test_a_note_pays_its_coupon_and_is_refinanced_by_the_line_when_it_matures():
    books = with_note(cash=0, matures=3)
    lived(books, range(1, 4), CURRENT)
    # 200 of coupon a month, and 6 % a year on 30,000, 30,350 and 30,702: all drawn on the line
    assert [c.drawn for c in books.contracts] == [0, 30_000 + 350 + 352 + 354 + 20_000]
    events = [(e.month, e.event, e.amount) for e in books.ledger.journal if e.credit == "cash" and "note" in e.debit]
    assert events == [(3, "note repaid", 20_000)]
    assert books.state == "going_concern"
    assert set(books.contracts.contracts[0].asked) == {0}  # it was given no loan


def test_a_note_that_cannot_be_refinanced_is_the_cause_of_the_failure():
    books = with_note(cash=1_000, matures=2, commitment=30_000)
    lived(books, range(1, 3), CURRENT)
    assert books.state == "illiquid"
    assert "instalment of 200.00 falls due" in books.events[-1]["detail"]


def test_its_own_trigger_accelerates_it():
    books = with_note(cash=0, matures=99)
    lived(books, range(1, 4), [75_000, 0, 25_000, 0, 0, 0], rate=0.0)
    assert [e["detail"] for e in books.events_of("trigger_breach")] == ["the note falls due"]
    assert [c.stopped for c in books.contracts] == [BY_TRIGGER, None]
    assert books.contracts.contracts[0].drawn == 0
    assert [t.name for _, t in books.contracts.triggers(PoolReading(None))] == ["acceleration", "delinquency"]


def test_the_horizon_sees_the_maturity():
    books = with_note(cash=3_000, matures=10, drawn=75_000)
    quiet = HorizonInputs(
        cash=books.cash, contracts=books.contracts.project(2, market()), pool=books.contracts.pool(CURRENT, market()),
        instalments=[0] * HORIZON, collected_share=1.0, falls_ineligible=0.0, operating_cost=0, disbursements=0,
        new_instalment_factor=0.0, new_tenor=12, payout_share=1.0, amortisation=[1.0] * HORIZON,
    )
    assert survival_months(quiet, True) == (8, False)  # eight months ahead 20,000 fall due against 3,000 and 5,000


@pytest.mark.parametrize("policy_rate", [0.0, 0.05])
def test_a_fixed_coupon_enters_the_mean_price(policy_rate):
    books = with_note(cash=0, matures=9)
    spread = books.contracts.spread(FundingMarket(policy_rate))
    assert spread == pytest.approx((20_000 * (0.12 - policy_rate) + 30_000 * golden().funding.warehouse.spread) / 50_000)
