"""Fact 30: what must hold to the last minor unit."""

from __future__ import annotations

from sim.study.facts import measures as of
from sim.study.facts.declare import Band, Check, Fact, Seen
from sim.study.facts.lab import SQUEEZE, Lab


def _breaches(lab: Lab) -> Seen:
    """The largest breach of any identity in a calm run, a recession, and one whose lender may fail."""
    lives = (lab.calm(), lab.recession(panel=True), lab.run(lab.shocks(SQUEEZE)))
    minor = 10 ** lab.setting.calm.profile.currency.minor_units
    worst = [round(minor * max(of.residuals(life.monthly).values())) for life in lives]
    return {"books": max(worst), "accounts": max(of.unmoved(life.transitions, life.monthly) for life in lives)}


CONSERVATION = Fact(
    30, "Conservation", "level",
    "Every month assets equal liabilities and equity, cash rolls forward, accounts add up to the portfolio, and every account moves "
    "somewhere.",
    "Identities of docs/outputs.md recomputed from `monthly` and `transitions` of a calm run, a severe recession and a recession with a "
    "funding squeeze: the largest breach. The run itself stops at the first breach within its books.",
    (
        Check("books", "largest breach of an identity, minor units", "number", Band(0, 0), "0", "double-entry bookkeeping"),
        Check(
            "accounts", "accounts missing from the moves between buckets", "number", Band(0, 0), "0",
            "rows of a transition matrix add up to 1",
        ),
    ),
    _breaches, quick=True,
)

FACTS = (CONSERVATION,)
