"""Roll, cure and relapse rates from the recorded transitions: pure functions of the `transitions` and `monthly` frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.measures.transitions import STATES

if TYPE_CHECKING:
    import pandas as pd

BUCKETS = STATES[:7]


def _flows(transitions: pd.DataFrame, weight: str) -> pd.DataFrame:
    """Sums by state before and state after."""
    return transitions.pivot_table(index="from_state", columns="to_state", values=weight, aggfunc="sum", fill_value=0)


def roll_rates(transitions: pd.DataFrame, weight: str = "accounts") -> dict[str, float]:
    """Share of each bucket that is one bucket further, or charged off, a month later (pooled over months and seeds).

    weight: accounts, or principal (after the month's payments). The last bucket in use rolls to charge-off.
    """
    flows = _flows(transitions, weight)
    out = {}
    for k, bucket in enumerate(BUCKETS):
        if bucket not in flows.index:
            continue
        row: Any = flows.loc[bucket]
        further = BUCKETS[k + 1] if k + 1 < len(BUCKETS) else "charged_off"
        worse = float(row.get(further, 0.0)) + (float(row.get("charged_off", 0.0)) if further != "charged_off" else 0.0)
        if row.sum():
            out[bucket] = worse / float(row.sum())
    return out


def cure_rates(transitions: pd.DataFrame, weight: str = "accounts") -> dict[str, float]:
    """Share of each bucket in arrears that is current or repaid a month later."""
    flows = _flows(transitions, weight)
    out = {}
    for bucket in BUCKETS[1:]:
        if bucket in flows.index and float(flows.loc[bucket].to_numpy().sum()):
            row: Any = flows.loc[bucket]
            out[bucket] = (float(row.get("current", 0.0)) + float(row.get("repaid", 0.0))) / float(row.sum())
    return out


def roll_to_loss(transitions: pd.DataFrame) -> dict[str, float]:
    """Chance that an account in each bucket ends charged off rather than cured or repaid: the run's own loss rates.

    Absorbing Markov chain of the pooled monthly transitions, accounts counted equally: with Q the moves among buckets in
    arrears and r the direct moves to charge-off, p solves p = Q p + r; a return to current counts as no loss.
    """
    flows = _flows(transitions, "accounts")
    buckets = [b for b in BUCKETS[1:] if b in flows.index and float(flows.loc[b].to_numpy().sum()) > 0]
    chance = dict.fromkeys(buckets, 0.0)
    for _ in range(500):
        for bucket in buckets:
            row: Any = flows.loc[bucket]
            total = float(row.sum())
            chance[bucket] = (
                float(row.get("charged_off", 0.0)) + sum(float(row.get(other, 0.0)) * chance[other] for other in buckets)
            ) / total
    return chance


def relapse_rate(monthly: pd.DataFrame) -> float | None:
    """Of accounts that returned to current, the share in arrears again within six months; each return counts once.

    Pooled over seeds and over the returns of recorded months that six more follow.
    """
    cures = monthly.groupby("seed")["cures"].shift(6)
    total = float(cures.sum())
    return float((monthly["relapse_rate_6m"] * cures).sum()) / total if total else None


def relapse_hazards(monthly: pd.DataFrame, transitions: pd.DataFrame) -> tuple[float, float] | None:
    """Monthly chance to fall into arrears: of accounts that returned to current within six months, and of all others.

    From each seed's second recorded month on; None where one of the groups is empty.
    """
    keys = ["seed", "month"]
    starts = transitions[transitions["from_state"] == "current"]
    fallen = starts[~starts["to_state"].isin(["current", "repaid"])]
    m = monthly.set_index(keys)
    current = starts.groupby(keys)["accounts"].sum().reindex(m.index, fill_value=0)
    new = fallen.groupby(keys)["accounts"].sum().reindex(m.index, fill_value=0)
    recent = m.groupby("seed")["recently_cured"].shift(1)
    known = recent.notna()
    exposed = float(recent[known].sum())
    others = float(current[known].sum()) - exposed
    relapses = float(m["relapses"][known].sum())
    if exposed <= 0 or others <= 0:
        return None
    return relapses / exposed, (float(new[known].sum()) - relapses) / others
