"""Trust in the lender: returns to its mean and takes the blows of harsh contacts, rumours and published arrears."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from numpy import float32 as f
from numpy import int32
from pydantic import Field

from sim.accounts.columns import REACHED
from sim.config.fields import Effect, Section, Share
from sim.config.ranges import Plausible
from sim.engine.columns import Column
from sim.engine.declare import Counter, Mechanism, MonthInputs, Switch, Values
from sim.engine.metric import Metric, ratio
from sim.engine.pipeline import Block, Numbers
from sim.numerics.compile import phase, rule
from sim.numerics.functions32 import clamp32, normal32, unit32

U0 = np.uint8(0)
_REACHED = np.uint8(REACHED)
UNIT = 65_536  # trust is summed in whole 65,536ths


class Trust(Section):
    mean: Share = Field(description="long-run trust in the lender")
    spread: Share = Field(description="standard deviation of opening trust")
    reversion: Share = Field(description="monthly speed of return to the mean")
    harsh_contact: Annotated[Share, Plausible(0, 0.2)] = Field(description="trust lost per harsh contact at full harshness")
    rumour: Annotated[Share, Plausible(0, 0.3, "runs on platforms in 2018")] = Field(
        description="trust lost per month at a rumour of 100 %"
    )
    published_arrears: Effect = Field(
        description="trust lost per month per unit of the published 90+ ratio above its opening level"
    )


@rule
def next_trust(trust: Any, mean: Any, reversion: Any, blow: Any) -> Any:
    """Trust returns to its mean and takes the month's blows (harsh contact, rumour, published arrears)."""
    return clamp32(trust + reversion * (mean - trust) - blow, f(0), f(1))


@phase
def sample_trust(b: Block, p: Numbers) -> None:
    """Trust at the start."""
    for i in range(b.n):
        b.trust[i] = clamp32(p.trust.mean + p.trust.spread * normal32(unit32(b.draw.sample_trust[i])), f(0), f(1))


@phase
def feel(b: Block, p: Numbers) -> None:
    """Trust returns to its mean and takes the month's blows."""
    for i in range(b.n):
        reached = (b.contacts[i] & _REACHED) != U0
        blow = (p.trust.harsh_blow * b.harshness[i] if reached else f(0)) + p.trust.public_blow
        b.trust[i] = next_trust(b.trust[i], p.trust.mean, p.trust.reversion, blow)


@phase
def count_trust(b: Block, _p: Numbers) -> None:
    """Trust of customers with an open account, and their number."""
    one, none = int32(1), int32(0)
    trust = customers = none  # sums over a block fit int32
    for i in range(b.n):
        here = b.open_slots[i] != U0
        trust = int32(trust + (int32(b.trust[i] * f(UNIT)) if here else none))
        customers = int32(customers + (one if here else none))
    b.count.trust_sum[0] += np.int64(trust)
    b.count.trust_count[0] += np.int64(customers)


def numbers(m: MonthInputs) -> Values:
    """The blows of the month."""
    t = m.profile.trust
    public = t.rumour * m.conditions["lender_rumour"] + t.published_arrears * max(0.0, m.public.published_arrears)
    return {
        "trust.harsh_blow": np.float32(t.harsh_contact * m.gain.trust),
        "trust.public_blow": np.float32(public * m.gain.trust),
    }


METRICS = (
    Metric(
        "mean_trust", "ratio", "mean trust of customers with an open account, 0 to 1",
        lambda r: ratio(r.counts.trust_sum / UNIT, r.counts.trust_count), "Trust and the lender's state", "last", "median", "complaints",
    ),
)

MECHANISM = Mechanism(
    name="trust",
    sections={"trust": Trust},
    switches=(Switch("trust", "what moves trust away from its mean"),),
    columns=(Column("trust", "f4", "share", "trust in the lender, 0 to 1", lowest=0, highest=1),),
    counters=(
        Counter("trust_sum", f"trust of customers with an open account, in 1/{UNIT:,}", scope="borrower"),
        Counter("trust_count", "customers with an open account", scope="borrower"),
    ),
    events=("sample_trust",),
    sample=(sample_trust,),
    phases=(feel, count_trust),
    numbers=numbers,
    metrics=METRICS,
)
