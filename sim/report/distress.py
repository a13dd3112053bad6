"""The worst point of a run in a sentence: the chain from the economy and the funders to cash, lending and the book.

Told for every run, whether the lender fails or survives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from sim.economy import build_conditions
from sim.study.words import counted

if TYPE_CHECKING:
    from sim.study.results import Results

SIGNS = (
    "borrowing_base_deficiency", "cash_below_minimum", "lending_rationed", "lending_stopped", "trigger_breach", "illiquid", "insolvent",
)
_ARROW = " → "


def worst_seed(results: Results) -> int:
    """The seed with the lowest liquidity."""
    lowest = results.monthly.groupby("seed", sort=False)["liquidity"].min()
    return int(lowest.index[int(lowest.to_numpy().argmin())])


def worst_point(results: Results) -> str:
    """The chain of causes to the month of the lowest liquidity in the seed that had the lowest; a short sentence without distress."""
    seed = worst_seed(results)
    m = results.monthly[results.monthly["seed"] == seed].reset_index(drop=True)
    e = results.events[results.events["seed"] == seed]
    signs = e[e["kind"].isin(SIGNS)]
    at = int(m["liquidity"].to_numpy().argmin())
    if not len(signs):
        share = m["liquidity"].iloc[at] / results.opening["gross_loans"].iloc[0]
        return f"No sign of distress: at its lowest, liquidity was {100 * share:.1f} % of opening loans."
    chain = [*_economy(results, m, at), *_told(signs)]
    stopped = _span(e, "lending_stopped", "lending_resumed", m)
    if stopped:
        chain.append(f"lending stopped for {counted(stopped, 'month')}")
    rationed = _span(e, "lending_rationed", "lending_free", m)
    if rationed > stopped:
        chain.append(f"short of money to lend for {counted(rationed, 'month')}")
    opening = float(results.opening.loc[results.opening["seed"] == seed, "gross_loans"].iloc[0])
    low = float(m["gross_loans"].min())
    if low < 0.98 * opening:
        until = m["month"].iloc[int(m["gross_loans"].to_numpy().argmin())]
        chain.append(f"the book falls by {100 * (1 - low / opening):.0f} % until {until}")
    alive = m["lender_state"].iloc[-1] == "going_concern"
    where = f"of {counted(len(results.seeds), 'seed')}, seed {seed} came lowest: " if len(results.seeds) > 1 else ""
    end = "; the lender survives" if alive else ""
    text = where + _ARROW.join(chain) + end + "."
    return text[0].upper() + text[1:]


def _economy(results: Results, m: pd.DataFrame, at: int) -> list[str]:
    """What the scenario had done by then: arrears and what funders ask, against the opening."""
    c = build_conditions(results.resolved)
    month = int(m["month_index"].iloc[at])
    parts = []
    told = {"unemployment_rate": "unemployment", "funding_haircut": "the funders' haircut", "funding_spread": "the funding spread"}
    for name, words in told.items():
        path = getattr(c, name)[: month + 1]
        rise = float(path.max() - path[0])
        if rise >= 0.005:
            parts.append(f"{words} up {100 * rise:.1f} points")
    before = float(m["delinquency_30_plus"].iloc[0])
    rise = float(m["delinquency_30_plus"].iloc[: at + 1].max()) - before
    if rise >= 0.005:
        parts.append(f"arrears of 30 days and more up {100 * rise:.1f} points")
    return [" and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else parts[0]] if parts else []


def _told(signs: pd.DataFrame) -> list[str]:
    """Each sign's first occurrence, in order, in its own words; what is told by its length comes later."""
    first = signs[~signs["kind"].isin(["lending_stopped", "lending_rationed"])].drop_duplicates("kind")
    told = []
    for row in first.to_dict("records"):
        steps = row["detail"].split(" -> ")
        if row["kind"] == "illiquid" and "trigger_breach" in first["kind"].tolist():  # the breach has been told
            steps = [step for step in steps if "trigger" not in step and "stops revolving" not in step]
        told.append(f"{row['month']}: {_ARROW.join(steps)}")
    return told


def _span(events: pd.DataFrame, begins: str, ends: str, m: pd.DataFrame) -> int:
    """Months between the beginnings and ends of a sign, to the lender's failure or the end of the run where it does not end."""
    index = dict(zip(m["month"], m["month_index"], strict=True))
    total, since = 0, None
    for row in events.to_dict("records"):
        if row["kind"] == begins:
            since = index[row["month"]]
        elif row["kind"] == ends and since is not None:
            total += index[row["month"]] - since
            since = None
    alive = m[m["lender_state"] == "going_concern"]["month_index"]
    return total + (max(1, int(alive.max()) + 1 - since) if since is not None and len(alive) else 0)
