"""What a run carries from month to month, and what a month leaves behind.

`PublicState`: what everybody sees when a month begins. `RunState`: all that is needed, beside the columns, to go on.
`Lived`: the month in progress, filled stage by stage. `MonthRecord`: what its outputs are pure functions of. Integers are
minor units or numbers of accounts; everything of a `RunState` can be written as JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sim.accounts.arrears import RELAPSE_WINDOW
from sim.funding.flows import Flows
from sim.lender.relief import Relief

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from sim.funding.books import Books
    from sim.funding.contract import FundingMarket
    from sim.funding.frozen import FrozenFunding
    from sim.funding.terms import Notch
    from sim.lender.collecting import CollectionsPlan
    from sim.lender.desk import Applications
    from sim.lender.pricing import Terms

Matrix = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Counts:
    """Sums of one month over all accounts and borrowers; money in minor units."""

    accrued: int = 0  # interest
    collected_interest: int = 0  # on accruing accounts
    cash_basis: int = 0  # interest received on non-accrual accounts
    collected_principal: int = 0
    collected_fees: int = 0
    fee_earned: int = 0  # of the upfront fees
    fees_charged: int = 0  # for lateness
    fees_reversed: int = 0
    interest_reversed: int = 0
    interest_capitalised: int = 0  # unpaid, joined to the principal of accounts under a plan
    interest_waived: int = 0  # of accounts under a plan
    under_plan: int = 0  # accounts that keep to a plan or holiday which goes on
    plans_completed: int = 0  # hardship plans kept to their end
    plans_broken: int = 0  # by a payment below what they ask
    plans_redefaulted: int = 0  # accounts that fell into arrears, or further into them, in the probation after a plan
    reaged: int = 0  # accounts in arrears that a kept plan made current
    gross: int = 0  # principal charged off
    direct: int = 0  # of which before the age limit
    recovered: int = 0
    household_debit: int = 0  # what households paid on open accounts, summed on the borrowers' side
    due: int = 0  # instalments of accounts not in arrears
    unpaid_at_due: int = 0  # of these, unpaid at the end of the due day
    due_kept: int = 0  # of these, paid by the month's end
    old_unpaid: int = 0  # of last month's unpaid at the due day, still unpaid after 30 days
    first_unpaid: int = 0  # accounts whose first instalment fell due last month and is still unpaid
    principal: int = 0  # of open accounts, before new loans
    active: int = 0  # open accounts, before new loans
    closed_current: int = 0  # accounts repaid that were not in arrears
    missed: tuple[int, ...] = (0,) * 5  # accounts by cause, at the cause's number (sim/accounts/columns.py)
    # by bucket 0 to 5; at 0 only accounts that were looked at one by one: the rest of the bucket is what the others leave of the whole
    bucket_principal: tuple[int, ...] = (0,) * 6
    bucket_count: tuple[int, ...] = (0,) * 6
    unemployed: int = 0  # borrowers
    trust_sum: int = 0  # customers with an open account, in 65,536ths
    trust_count: int = 0
    left_market: int = 0  # borrowers who have left for good, so far
    claims: int = 0  # charged off and still open before this month's recoveries
    applicants: int = 0  # borrowers who apply for a product
    cures: int = 0  # accounts in arrears a month ago that are current now
    relapses: tuple[int, ...] = (0,) * RELAPSE_WINDOW  # current a month ago, in arrears again, by months since the cure: 1 to 6
    own: Mapping[str, int | tuple[int, ...]] = field(default_factory=dict)  # counters of other mechanisms, by name

    def __getattr__(self, name: str) -> int | tuple[int, ...]:
        try:
            return self.__dict__["own"][name]  # type: ignore[no-any-return]
        except KeyError:
            raise AttributeError(f"there is no counter '{name}'") from None


@dataclass(frozen=True)
class Tallies:
    """The month's sums over both account slots. moves, moved: accounts and principal by transition state before and after.

    ladder: at n, the instalments of accounts under 30 days past due that have n of them still to come.
    """

    counts: Counts
    moves: Matrix
    moved: Matrix
    ladder: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Past:
    """What ratios need of earlier months: one entry a month, the last one of the month that is being recorded.

    The warm-up's months are in it; without a warm-up `gross` begins with the opening book. Adding a month gives a new
    history, so that a record keeps the one it was made with.
    """

    gross: tuple[int, ...] = ()  # principal of open accounts at the month-end
    charged: tuple[int, ...] = ()  # gross charge-offs less recoveries
    unpaid_at_due: tuple[int, ...] = ()
    collected_share: tuple[tuple[int, int], ...] = ()  # (kept, due) of the month's instalments
    originations: tuple[int, ...] = ()
    payouts: tuple[int, ...] = ()  # originations less the fees netted
    wanted: tuple[int, ...] = ()  # principal that passed the risk policy, lent or not
    operating_cost: tuple[int, ...] = ()  # since the books were struck
    fallen: tuple[tuple[int, int], ...] = ()  # principal passing 30 days past due, principal under 30 days
    originated_accounts: tuple[int, ...] = ()
    cures: tuple[int, ...] = ()
    relapsed: tuple[int, ...] = ()  # of the month's cures, in arrears again within the window

    def opened_with(self, gross: int) -> Past:
        """The history of a lender without a warm-up: the opening book alone."""
        return replace(self, gross=(*self.gross, gross))

    def followed_by(
        self, tallies: Tallies, flows: Flows, originations: int, payouts: int, originated_accounts: int, wanted: int
    ) -> Past:
        """The history with one month more. flows: with the new loans in them; wanted: principal that passed the risk policy."""
        counts = tallies.counts
        relapsed = [*self.relapsed, 0]
        for since in range(1, min(RELAPSE_WINDOW, len(self.relapsed)) + 1):
            relapsed[-1 - since] += counts.relapses[since - 1]
        return replace(
            self,
            gross=(*self.gross, sum(flows.bucket_principal)),
            charged=(*self.charged, flows.gross_charge_offs - flows.recoveries),
            unpaid_at_due=(*self.unpaid_at_due, counts.unpaid_at_due),
            collected_share=(*self.collected_share, (flows.instalments_due_collected, flows.instalments_due)),
            originations=(*self.originations, originations),
            payouts=(*self.payouts, payouts),
            wanted=(*self.wanted, wanted),
            fallen=(*self.fallen, (tallies.moved[0][2] + tallies.moved[1][2], sum(flows.bucket_principal[:2]))),
            originated_accounts=(*self.originated_accounts, originated_accounts),
            cures=(*self.cures, counts.cures),
            relapsed=tuple(relapsed),
        )

    def with_operating_cost(self, cost: int) -> Past:
        """The history with the operating cost that the month's books closed with."""
        return replace(self, operating_cost=(*self.operating_cost, cost))


def back(series: tuple[int, ...], months: int) -> int:
    """The entry of a history so many months before the one that is recorded; 0 where it does not reach back so far."""
    return series[-1 - months] if len(series) > months else 0


@dataclass(frozen=True)
class Contacts:
    """Collections planned for next month: units of capacity, accounts, attempts."""

    used: int = 0
    available: int = 0
    backlog: int = 0  # accounts selected that capacity does not reach
    attempts: int = 0
    reached: int = 0
    complaints: int = 0


@dataclass(frozen=True)
class MonthRecord:
    """One closed month of one seed: the row of `monthly` and the rows of `transitions` are pure functions of it.

    close: the accounting columns that the books closed the month with (sim/funding/books.py), minor units.
    """

    label: str  # calendar month, YYYY-MM
    month: int  # 1 for the first simulated month
    seed: int
    conditions: Mapping[str, float]  # by macro variable
    population: int  # borrowers
    unemployment: float  # share of the population
    counts: Counts
    moves: Matrix  # accounts by transition state before and after
    moved: Matrix  # their principal after the month's payments, or the amount charged off
    accounts_before: tuple[int, ...]  # open accounts by bucket at the month's start
    flows: Flows  # with the new loans in them
    close: Mapping[str, Any]
    received: int  # applications of all products
    passed: int  # of which passed by the risk policy
    declined: int  # of which the applicant did not take
    granted: int  # of which by the budget too
    contacts: Contacts
    reminders: int
    churned: int  # customers in good standing who left for good this month
    survival: tuple[int, bool]  # months, and whether the horizon cut them off
    survival_runoff: tuple[int, bool]
    cut_off: int  # lowest score that was approved
    rating: str  # in force during the month
    spread: float  # annual, over the policy rate, in force during the month
    past: Past
    relief: Relief = field(default_factory=Relief)

    @property
    def gross_loans(self) -> int:
        """Principal of open accounts at the month-end, minor units."""
        return sum(self.flows.bucket_principal)

    @property
    def principal_30_plus(self) -> int:
        """Principal of accounts 30 days and more past due, minor units."""
        return sum(self.flows.bucket_principal[2:])

    @property
    def principal_90_plus(self) -> int:
        """Principal of accounts 90 days and more past due, minor units."""
        return sum(self.flows.bucket_principal[4:])


@dataclass(frozen=True)
class PublicState:
    """What everybody sees when a month begins: borrowers and lender decide on this, so their order never matters."""

    unemployment: float  # share of the population at last month's end
    rating: Notch  # in force
    better_for: int = 0  # months in a row in which a better notch has held
    early_reach: float = 0.0  # chance that a fresh miss is reached before the catch-up date
    access: float = 1.0  # prospect of new credit: granted over approved principal, 1 while the lender lends freely
    published_arrears: float = 0.0  # 90+ ratio over its opening level
    standards: float = 0.0  # points by which the lender's cut-off exceeds its policy's


@dataclass(frozen=True)
class OpeningStocks:
    """What later months are measured against; minor units, accounts."""

    gross: int = 1
    npl_ratio: float = 0.0
    accounts: int = 0


@dataclass
class RunState:
    """All that a run needs to go on from a month's end, beside the population's columns and the vintage tables.

    month: 0 at the opening position, negative while the population warms up. books: the lender's, or what stands in for
    them during the warm-up.
    """

    month: int
    public: PublicState
    books: Books | FrozenFunding
    contacts: CollectionsPlan
    opening: OpeningStocks = field(default_factory=OpeningStocks)
    past: Past = field(default_factory=Past)
    reminders: int = 0
    claims: int = 0  # charged off and still open
    left_market: int = 0  # borrowers who have left for good
    accounts_before: tuple[int, ...] = (0,) * 6  # open accounts by bucket at the month's start
    accounts_at_failure: int | None = None
    rows: list[dict[str, Any]] = field(default_factory=list)  # of `monthly`, money in minor units
    transitions: list[dict[str, Any]] = field(default_factory=list)
    opening_row: dict[str, Any] = field(default_factory=dict)


@dataclass
class Lived:
    """A month as it is lived, filled stage by stage."""

    conditions: Mapping[str, float]  # by macro variable
    market: FundingMarket
    spread: float  # annual, over the policy rate
    terms: tuple[Terms, ...]  # by product
    numbers: dict[str, Any]  # what phases read, by dotted name
    tallies: Tallies = field(init=False)
    flows: Flows = field(init=False)
    churned: int = 0
    wanted: int = 0  # principal that passed the risk policy
    applications: Applications = field(init=False)
    relief: Relief = field(init=False)
    booked: list[tuple[int, int, int]] = field(init=False)  # by product: face principal, fees netted, accounts

    @property
    def face(self) -> int:
        """Principal lent this month."""
        return sum(face for face, _, _ in self.booked)

    @property
    def fees(self) -> int:
        """Upfront fees netted from the payouts."""
        return sum(fees for _, fees, _ in self.booked)

    @property
    def granted(self) -> int:
        """Accounts opened."""
        return sum(accounts for _, _, accounts in self.booked)


def record_of(
    label: str, seed: int, population: int, state: RunState, lived: Lived, close: Mapping[str, Any], survival: tuple[int, bool],
    survival_runoff: tuple[int, bool],
) -> MonthRecord:
    """The record of the month for which the books have just been closed."""
    plan = state.contacts
    return MonthRecord(
        label=label,
        month=state.month,
        seed=seed,
        conditions=lived.conditions,
        population=population,
        unemployment=state.public.unemployment,
        counts=lived.tallies.counts,
        moves=lived.tallies.moves,
        moved=lived.tallies.moved,
        accounts_before=state.accounts_before,
        flows=replace(lived.flows, bucket_principal=list(lived.flows.bucket_principal)),
        close=close,
        received=lived.applications.received,
        passed=lived.applications.passed,
        declined=lived.applications.declined,
        granted=lived.granted,
        contacts=Contacts(plan.used, plan.available, plan.backlog, plan.attempts, plan.reached, plan.complaints),
        reminders=state.reminders,
        churned=lived.churned,
        survival=survival,
        survival_runoff=survival_runoff,
        cut_off=int(lived.numbers["underwriting.cut_off"]),
        rating=state.public.rating.label,
        spread=lived.spread,
        past=state.past,
        relief=lived.relief,
    )
