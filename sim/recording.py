"""From the month's tallies and books to one row of `monthly`: pure arithmetic on recorded integers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.funding.flows import BANDS, Flows
from sim.lender.tally import (
    ACCRUED,
    ACTIVE,
    BAND_COUNT,
    BAND_PRINCIPAL,
    CASH_BASIS,
    COLLECTED_FEES,
    COLLECTED_INTEREST,
    COLLECTED_PRINCIPAL,
    CURES,
    DIRECT,
    DUE,
    DUE_KEPT,
    FEE_EARNED,
    FEES_CHARGED,
    FEES_REVERSED,
    FIRST_UNPAID,
    GROSS,
    HOUSEHOLD_DEBIT,
    INTEREST_REVERSED,
    MISSED,
    OLD_UNPAID,
    PRINCIPAL,
    RECOVERED,
    RELAPSE_WINDOW,
    RELAPSES,
    TRUST_COUNT,
    TRUST_SUM,
    UNPAID_AT_DUE,
    V_ACCOUNTS,
)
from sim.numerics.sums import plain_sum

if TYPE_CHECKING:
    from sim.engine import Engine
    from sim.model import LendingModel

TRUST_UNIT = 65_536
STATES = ("current", "1_29", "30_59", "60_89", "90_119", "120_149", "150_179", "180_plus", "charged_off", "repaid")


class ConservationError(RuntimeError):
    """What should add up does not: payments and receipts, or accounts and their transitions; names the month."""


@dataclass
class Tallies:
    """Both slots' sums of the month."""

    both: np.ndarray
    moves: np.ndarray
    moved: np.ndarray
    ladder: np.ndarray

    def __getitem__(self, place: int) -> int:
        return int(self.both[place])


def tallies_of(engine: Engine) -> Tallies:
    """Sum the two account slots."""
    a, b = engine.loan, engine.plan
    return Tallies(a.tally + b.tally, a.moves + b.moves, a.moved + b.moved, (a.ladder + b.ladder).sum(axis=1))


def flows_of(t: Tallies, month: int) -> Flows:
    """The month's flows for the lender; payments and receipts must agree to the minor unit."""
    received = t[COLLECTED_INTEREST] + t[CASH_BASIS] + t[COLLECTED_PRINCIPAL] + t[COLLECTED_FEES]
    if received != t[HOUSEHOLD_DEBIT]:
        raise ConservationError(
            f"month {month}: households paid {t[HOUSEHOLD_DEBIT]} and the lender received {received} minor units"
        )
    bands = [0] + [t[BAND_PRINCIPAL + k] for k in range(1, 6)]
    bands[0] = t[PRINCIPAL] - sum(bands)
    return Flows(
        interest_accrued=t[ACCRUED],
        interest_reversed=t[INTEREST_REVERSED],
        interest_collected_accruing=t[COLLECTED_INTEREST],
        interest_collected_cash_basis=t[CASH_BASIS],
        principal_collected=t[COLLECTED_PRINCIPAL],
        fees_collected=t[COLLECTED_FEES],
        late_fees_charged=t[FEES_CHARGED],
        late_fees_reversed=t[FEES_REVERSED],
        upfront_fees_earned=t[FEE_EARNED],
        gross_charge_offs=t[GROSS],
        direct_charge_offs=t[DIRECT],
        recoveries=t[RECOVERED],
        band_principal=bands,
        active_accounts=t[ACTIVE],
        instalments_due=t[DUE],
        instalments_due_collected=t[DUE_KEPT],
    )


def ratio(a: float, b: float) -> float | None:
    """a / b, None when there is nothing to divide by."""
    return a / b if b else None


@dataclass
class Memory:
    """What ratios need of earlier months, integers; index -1 is the last closed month."""

    gross: list[int] = field(default_factory=list)
    charged: list[int] = field(default_factory=list)  # gross charge-offs less recoveries
    unpaid_at_due: int = 0
    collected_share: list[tuple[int, int]] = field(default_factory=list)  # (kept, due)
    originations: list[int] = field(default_factory=list)
    payouts: list[int] = field(default_factory=list)  # originations less the fees netted
    operating_cost: list[int] = field(default_factory=list)
    fallen: list[tuple[int, int]] = field(default_factory=list)  # principal passing 30 DPD, eligible principal
    originated_accounts: dict[int, int] = field(default_factory=dict)
    cures: dict[int, int] = field(default_factory=dict)  # by month of the return to current
    relapsed: dict[int, int] = field(default_factory=dict)  # of those, in arrears again within the window

    def follow_cures(self, month: int, t: Tallies) -> None:
        """Take in the month's returns to current, and the relapses of earlier ones by the month of their return."""
        self.cures[month], self.relapsed[month] = t[CURES], 0
        for since in range(1, RELAPSE_WINDOW + 1):
            if month - since in self.relapsed:
                self.relapsed[month - since] += t[RELAPSES + since]


def net_charge_off_rate(memory: Memory, months: int) -> float | None:
    """12 / months x the months' net charge-offs over the mean of their average balances; memory.gross has one more entry."""
    n = min(months, len(memory.charged), len(memory.gross) - 1)
    if n <= 0:
        return None
    averages = [(memory.gross[-k] + memory.gross[-k - 1]) / 2 for k in range(1, n + 1)]
    return ratio(12 / n * sum(memory.charged[-n:]), plain_sum(averages) / n)


def month_row(model: LendingModel, close: dict[str, Any]) -> dict[str, Any]:
    """One row of `monthly`: money in minor units, to be scaled when the frame is built."""
    t, f, m, mem = model.tallies, model.flows, model.month, model.memory
    gross, before = sum(f.band_principal), mem.gross[-2]
    late = sum(f.band_principal[2:])
    npl = f.band_principal[4] + f.band_principal[5]
    apps = model.applications
    received = sum(int(a.judged.rows.size) for a in apps)
    passed = sum(int(a.judged.approved.sum()) for a in apps)
    granted = sum(g[2] for g in model.granted)
    missed = [t[MISSED + k] for k in range(1, 5)]
    plan = model.contacts
    first = mem.originated_accounts.get(m - 2, 0)
    return {
        "month": model.conditions.label(m),
        "month_index": m,
        "seed": model.seed_number,
        "unemployment_rate": float(model.conditions.unemployment_rate[m]),
        "unemployment_rate_simulated": model.unemployment,
        "applications": received,
        "approvals": granted,
        "approval_rate": ratio(granted, received),
        "rejected_policy": received - passed,
        "rejected_budget": passed - granted,
        "originations": close["originations"],
        "disbursed": close["disbursed"],
        "active_accounts": f.active_accounts,
        "gross_loans": gross,
        **{f"balance_{band}": f.band_principal[k] for k, band in enumerate(BANDS)},
        "delinquency_30_plus": ratio(late, gross),
        "day1_delinquency": ratio(t[UNPAID_AT_DUE], t[DUE]),
        "collection_rate_30d": ratio(mem.unpaid_at_due - t[OLD_UNPAID], mem.unpaid_at_due),
        "payment_rate": ratio(close["principal_collected"] + close["interest_collected"] + close["fees_collected"], before),
        "first_payment_default": ratio(t[FIRST_UNPAID], first),
        "npl_ratio": ratio(npl, gross),
        "npl_ratio_lagged": ratio(npl, mem.gross[-7]) if len(mem.gross) >= 7 else None,
        "gross_charge_offs": f.gross_charge_offs,
        "direct_charge_offs": f.direct_charge_offs,
        "recoveries": f.recoveries,
        "net_charge_off_rate": net_charge_off_rate(mem, 1),
        "net_charge_off_rate_3m": net_charge_off_rate(mem, 3),
        "missed_total": sum(missed),
        "missed_fraud": missed[0],
        "missed_cannot_pay": missed[1],
        "missed_will_not_pay": missed[2],
        "missed_forgot": missed[3],
        "cures": t[CURES],
        "relapses": sum(t[RELAPSES + since] for since in range(1, RELAPSE_WINDOW + 1)),
        "recently_cured": sum(mem.cures.get(c, 0) - mem.relapsed.get(c, 0) for c in range(m - RELAPSE_WINDOW + 1, m + 1)),
        "relapse_rate_6m": ratio(mem.relapsed.get(m - RELAPSE_WINDOW, 0), mem.cures.get(m - RELAPSE_WINDOW, 0)),
        "allowance": close["allowance"],
        "allowance_ratio": ratio(close["allowance"], gross),
        "coverage_ratio": ratio(close["allowance"], npl),
        **{k: close[k] for k in (
            "interest_income", "fee_income", "funding_cost", "operating_cost", "provisions", "tax", "net_income", "equity",
            "total_assets", "capital_ratio", "cash", "debt", "undrawn_committed", "borrowing_base", "available_funding",
            "liquidity", "trigger_reading",
        )},
        "survival_months": model.survival[0],
        "survival_censored": model.survival[1],
        "survival_months_runoff": model.survival_runoff[0],
        "rating": model.rating_in_force.label,
        "funding_spread": model.spread_in_force,
        "collections_utilisation": ratio(plan.used, plan.available),
        "collections_backlog": plan.backlog,
        "reminders": model.reminders,
        "contacts": plan.attempts,
        "contacts_reached": plan.reached,
        "complaints": plan.complaints,
        "mean_trust": ratio(t[TRUST_SUM] / TRUST_UNIT, t[TRUST_COUNT]),
        "churned": model.churned,
        "lender_state": close["lender_state"],
        "principal_collected": close["principal_collected"],
        "interest_collected": close["interest_collected"],
        "fees_collected": close["fees_collected"],
        "debt_drawn": close["debt_drawn"],
        "debt_repaid": close["debt_repaid"],
        "capital_paid_in": close["capital_paid_in"],
        "unpaid_obligations": close["unpaid_obligations"],
        "forborne_loans": 0,
    }


def originated_this_month(engine: Engine, month: int) -> int:
    """Accounts opened this month, both products."""
    return int(sum(o.vintages[V_ACCOUNTS, month + o.vintage_zero, 0] for o in (engine.loan, engine.plan)))


def transition_rows(model: LendingModel, opening_counts: list[int]) -> list[dict[str, Any]]:
    """Accounts and principal by (state before, state after) among accounts open at the month's start.

    Careful accounts were counted one by one; what is left of the bucket stayed current or was repaid on time.
    """
    t = model.tallies
    rows = []
    moves, moved = t.moves.copy(), t.moved.copy()
    repaid = model.closed_current
    moves[0, 9] += repaid
    stayed = opening_counts[0] - int(moves[0].sum())
    moves[0, 0] += stayed
    left = [int(moves[k].sum()) for k in range(1, 5)] + [int(moves[5:8].sum())]
    if stayed < 0 or left != opening_counts[1:]:
        raise ConservationError(
            f"month {model.month}: accounts by bucket at the start {opening_counts}, accounts that moved from each {left}, "
            f"current accounts left over {stayed}"
        )
    moved[0, 0] = model.flows.band_principal[0] - sum(int(moved[k, 0]) for k in range(1, 8))
    for before in range(8):
        for after in range(10):
            if moves[before, after] or (before == after and before < 5):
                rows.append(
                    {
                        "seed": model.seed_number, "month": model.conditions.label(model.month), "from_state": STATES[before],
                        "to_state": STATES[after], "accounts": int(moves[before, after]), "principal": int(moved[before, after]),
                    }
                )
    return rows


def band_counts(t: Tallies) -> list[int]:
    """Accounts by bucket after servicing, index 0 current, 1..5 as tallied."""
    late = [t[BAND_COUNT + k] for k in range(1, 6)]
    return [t[ACTIVE] - sum(late), *late]
