"""A mechanism from outside the package, as a researcher would write one; used by several tests."""

import numpy as np
from numpy import float32 as f
from pydantic import Field

from sim.config.fields import NonNegative, Section, Share
from sim.engine.columns import Column
from sim.engine.declare import Counter, Mechanism, Switch
from sim.engine.metric import Metric, ratio
from sim.numerics.compile import phase
from sim.numerics.functions32 import unit32


class Gift(Section):
    chance: Share = Field(default=0.3, description="monthly chance of a gift")
    amount: NonNegative = Field(default=500.0, description="major units")


@phase
def sample_giving(b, p):
    """Who can be given anything."""
    for i in range(b.n):
        b.deserving[i] = np.uint8(1) if unit32(b.draw.deserving[i]) < f(0.5) else np.uint8(0)


@phase
def give(b, p):
    """Gifts arrive."""
    given = np.int64(0)
    for i in range(b.n):
        lucky = (unit32(b.draw.given[i]) < p.gift.chance * p.gain.gift) & (b.deserving[i] != np.uint8(0))
        b.cash[i] = b.cash[i] + (p.gift.amount if lucky else f(0))
        given += np.int64(1) if lucky else np.int64(0)
    b.count.given[0] += given


GIFT = Mechanism(
    name="gift",
    sections={"gift": Gift},
    switches=(Switch("gift", "chance of a gift"),),
    columns=(Column("deserving", "u1", "flag", "can be given something"),),
    counters=(Counter("given", "gifts of the month", scope="borrower"),),
    events=("deserving", "given"),
    sample=(sample_giving,),
    phases=(give,),
    after={"give": "settle"},
    metrics=(
        Metric("gifts", "count", "gifts of the month", lambda r: r.counts.given, section="Gifts", over_months="sum", over_seeds="mean"),
        Metric("gift_share", "ratio", "gifts over borrowers", lambda r: ratio(r.counts.given, r.population), section="Gifts"),
    ),
)
