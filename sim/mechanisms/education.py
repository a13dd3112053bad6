"""Credit education: messages teach some customers each month; what was learnt fades; who knows forgets and splurges less.

The simplest form: reach, cost, effect, decay. It acts on two of the causes of arrears, forgetting and spending without
foresight, and leaves "cannot" and "will not" alone.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import float32 as f
from numpy import int32, uint8
from pydantic import Field

from sim.config.fields import Cost, Section, Share
from sim.engine.columns import Column
from sim.engine.declare import Counter, Mechanism, MonthInputs, Switch, Values
from sim.engine.metric import Metric
from sim.engine.pipeline import Block, Numbers
from sim.numerics.compile import phase, rule
from sim.numerics.functions32 import unit32

U0 = np.uint8(0)


class Education(Section):
    """A campaign of credit education among customers with something to pay."""

    reach: Share = Field(description="monthly chance that a customer is reached and takes the lesson in")
    cost: Cost = Field(description="cost per customer reached, major units")
    lesson: Share = Field(description="share of what there is to know that one lesson teaches")
    decay: Share = Field(description="share of what was learnt that is lost each month")
    attention: Share = Field(description="share of overlooked catch-up dates that full knowledge prevents")
    restraint: Share = Field(description="share of wished discretionary spending that full knowledge forgoes")


@rule
def next_knowledge(knowledge: Any, taught: Any, lesson: Any, decay: Any) -> Any:
    """Knowledge, 0 to 1: it fades, and a lesson teaches a share of what is not known."""
    kept = knowledge * (f(1) - decay)
    return kept + (lesson * (f(1) - kept) if taught else f(0))


@phase
def learn(b: Block, p: Numbers) -> None:
    """Lessons reach customers who have something to pay; the informed wish for less, and notice what they had overlooked."""
    one, none = int32(1), int32(0)
    reached = none
    for i in range(b.n):
        customer = b.asked[i] > int32(0)
        taught = customer & (unit32(b.draw.taught[i]) < p.education.reached)
        knowledge = next_knowledge(b.knowledge[i], taught, p.education.lesson, p.education.decay)
        b.knowledge[i] = knowledge
        b.wanted[i] = b.wanted[i] * (f(1) - p.education.restraint * knowledge)
        recalls = unit32(b.draw.recalled[i]) < p.education.attention * knowledge
        b.aware[i] = b.aware[i] | (uint8(2) if recalls else U0)
        reached = int32(reached + (one if taught else none))
    b.count.taught[0] += np.int64(reached)


def numbers(m: MonthInputs) -> Values:
    """The campaign at the switch's gain; without one nobody is reached and nothing is known."""
    campaign = m.policy.education
    fields = ("lesson", "decay", "attention", "restraint")
    values: Values = {f"education.{name}": np.float32(getattr(campaign, name) if campaign else 0.0) for name in fields}
    return values | {"education.reached": np.float32(campaign.reach * m.gain.education if campaign else 0.0)}


def cost(policy: Any, counts: Any) -> float:
    """Cost of the month's lessons."""
    return float(policy.education.cost * counts.taught) if policy.education else 0.0


METRICS = (
    Metric(
        "customers_taught", "count", "customers whom a lesson of the credit-education campaign reached", lambda r: r.counts.taught,
        "Collections and contacts", "sum", "mean", "forborne_loans",
    ),
)

MECHANISM = Mechanism(
    name="education",
    policy_sections={"education": Education},
    switches=(Switch("education", "reach of a campaign of credit education"),),
    columns=(Column("knowledge", "f4", "share", "what the borrower has learnt of credit, 0 to 1", lowest=0, highest=1),),
    counters=(Counter("taught", "customers whom a lesson reached", scope="borrower"),),
    events=("taught", "recalled"),
    phases=(learn,),
    numbers=numbers,
    cost=cost,
    metrics=METRICS,
)
