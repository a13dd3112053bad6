"""What facts are read from: pure functions of a run's frames. Frames may hold one or several seeds; money is in major units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]

QUARTER = 3
LATE_BALANCES = ("balance_30_59", "balance_60_89", "balance_90_119", "balance_120_plus")
NPL_BALANCES = ("balance_90_119", "balance_120_plus")


def ratio(a: Any, b: Any) -> float:
    """a over b; NaN where there is nothing to divide by."""
    return float(a) / float(b) if float(b) else float("nan")


def span(monthly: pd.DataFrame, first: int, last: int) -> pd.DataFrame:
    """The months from `first` to `last`, both included."""
    return monthly[monthly["month_index"].between(first, last)]


def share(monthly: pd.DataFrame, *columns: str) -> float:
    """Sum of these balances over the months by that of gross loans."""
    return ratio(sum(monthly[c].sum() for c in columns), monthly["gross_loans"].sum())


def net_losses(monthly: pd.DataFrame) -> float:
    """Charge-offs less recoveries, summed."""
    return float((monthly["gross_charge_offs"] - monthly["recoveries"]).sum())


def loss_rate(monthly: pd.DataFrame) -> float:
    """Annual net charge-offs over gross loans, of all months together."""
    return 12 * ratio(net_losses(monthly), monthly["gross_loans"].sum())


def mean_of(monthly: pd.DataFrame, column: str) -> float:
    """Mean of a column over the months that have a value."""
    return float(monthly[column].mean())


def quarters(monthly: pd.DataFrame) -> pd.DataFrame:
    """Quarter by quarter, of one seed: unemployment and 30+ share (means), annual net charge-offs over mean gross loans."""
    by = monthly.groupby((monthly["month_index"] - 1) // QUARTER)
    whole = by["month_index"].transform("size") == QUARTER
    by = monthly[whole].groupby((monthly["month_index"] - 1) // QUARTER)
    losses = by["gross_charge_offs"].sum() - by["recoveries"].sum()
    return by.agg(unemployment=("unemployment_rate", "mean"), late=("delinquency_30_plus", "mean")).assign(
        losses=4 * losses / by["gross_loans"].mean()
    )


def lagged_correlations(lead: pd.Series, follow: pd.Series, lags: Sequence[int]) -> dict[int, float]:
    """Correlation of `lead` with `follow` so many periods later; of earlier ones for a negative lag."""
    return {k: float(lead.corr(follow.shift(-k))) for k in lags}


def best_lag(correlations: Mapping[int, float]) -> int:
    """The lag of the highest correlation."""
    return max(correlations, key=lambda k: correlations[k])


def regression(y: Floats, *xs: Floats) -> tuple[Floats, float]:
    """Ordinary least squares with a constant: the slopes, and the share of the variance explained."""
    design = np.column_stack([np.ones(len(y)), *xs])
    found = np.linalg.lstsq(design, y, rcond=None)[0]
    left = float(((y - design @ found) ** 2).sum())
    return np.asarray(found[1:], np.float64), 1.0 - left / float(((y - y.mean()) ** 2).sum())


def logit(shares: Floats) -> Floats:
    """Log-odds; shares are kept a hundred-thousandth away from 0 and 1."""
    p = np.clip(shares, 1e-5, 1 - 1e-5)
    return np.asarray(np.log(p / (1 - p)))


def disorders(values: Sequence[float], rising: bool = True) -> int:
    """Steps of a sequence that go against the order, or stand still."""
    steps = np.diff(np.asarray(values, np.float64))
    return int((steps <= 0).sum() if rising else (steps >= 0).sum())


def spell_survival(transitions: pd.DataFrame) -> list[float]:
    """Chance that an account in arrears is in arrears a month later, by bucket: spells so old go on. Charge-offs end no spell."""
    from sim.measures.rolls import cure_rates

    return [1.0 - cured for cured in cure_rates(transitions).values()]


def gini(risky_first: Floats, bad: npt.NDArray[np.bool_]) -> float:
    """Gini coefficient of a score: 2 x chance that a bad case has the lower one, ties one half, minus 1. NaN where all are alike."""
    good = ~bad
    if not bad.any() or not good.any():
        return float("nan")
    order = np.argsort(risky_first, kind="stable")
    values = risky_first[order]
    _, first, counts = np.unique(values, return_index=True, return_counts=True)
    rank = np.empty(len(values))
    rank[order] = np.repeat(first + (counts + 1) / 2, counts)
    u = float(rank[good].sum()) - good.sum() * (good.sum() + 1) / 2  # pairs in which the good case has the higher score
    return 2.0 * float(u) / float(good.sum() * bad.sum()) - 1.0


def stability_index(before: Floats, after: Floats, parts: int = 10) -> float:
    """Population stability index of two samples over the quantile groups of the first: sum of (q - p) ln (q / p)."""
    edges = np.quantile(before, np.linspace(0, 1, parts + 1)[1:-1])
    p, q = (np.bincount(np.searchsorted(edges, x, side="right"), minlength=parts) / len(x) for x in (before, after))
    p, q = np.maximum(p, 1e-4), np.maximum(q, 1e-4)
    return float(((q - p) * np.log(q / p)).sum())


def by_tenths(score: Floats, bad: npt.NDArray[np.bool_], parts: int = 10) -> Floats:
    """Share of bad cases in each tenth of the score, from the lowest scores to the highest; ties share a tenth as their ranks fall."""
    order = np.argsort(score, kind="stable")
    return np.array([float(part.mean()) if len(part) else np.nan for part in np.array_split(bad[order], parts)])


def fitted_slope(x: Sequence[float], y: Sequence[float]) -> float:
    """Slope of the least-squares line."""
    return float(regression(np.asarray(y, np.float64), np.asarray(x, np.float64))[0][0])


def residuals(monthly: pd.DataFrame) -> dict[str, float]:
    """The largest breach of each identity that `monthly` must satisfy (docs/outputs.md), of one seed, in major units or counts."""
    m = monthly

    def rolled(stock: str, change: Any) -> float:
        return float((m[stock] - m[stock].shift(1) - change).iloc[1:].abs().max())

    unpaid = m["unpaid_obligations"]
    cash = (
        m["principal_collected"] + m["interest_collected"] + m["fees_collected"] + m["recoveries"] - m["disbursed"] - m["operating_cost"]
        - m["funding_cost"] - m["tax"] + m["debt_drawn"] - m["debt_repaid"] + m["capital_paid_in"] + unpaid - unpaid.shift(1)
    )
    missed = sum(m[f"missed_{cause}"] for cause in ("fraud", "cannot_pay", "will_not_pay", "forgot"))
    buckets = sum(m[c] for c in ("balance_current", "balance_1_29", *LATE_BALANCES))
    return {
        "buckets": float((buckets - m["gross_loans"]).abs().max()),
        "loans": rolled("gross_loans", m["originations"] + m["interest_capitalised"] - m["principal_collected"] - m["gross_charge_offs"]),
        "allowance": rolled("allowance", m["provisions"] - m["gross_charge_offs"] + m["recoveries"]),
        "cash": rolled("cash", cash),
        "debt": rolled("debt", m["debt_drawn"] - m["debt_repaid"]),
        "equity": rolled("equity", m["net_income"] + m["capital_paid_in"]),
        "assets": float((m["total_assets"] - m["debt"] - unpaid - m["equity"]).abs().max()),
        "missed": float((m["missed_total"] - missed).abs().max()),
        "applications": float((m["applications"] - m["approvals"] - m["rejected_policy"] - m["rejected_budget"]).abs().max()),
    }


def unmoved(transitions: pd.DataFrame, monthly: pd.DataFrame) -> int:
    """Largest difference, in accounts, between the moves out of all buckets and the accounts open a month earlier, of one seed."""
    moved = transitions.groupby("month")["accounts"].sum().reindex(monthly["month"]).to_numpy()
    return int(np.abs(moved[1:] - monthly["active_accounts"].to_numpy()[:-1]).max())
