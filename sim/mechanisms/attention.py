"""Attention: borrowers who could and would pay overlook the due day."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from numpy import float32 as f
from numpy import uint8
from pydantic import Field

from sim.config.fields import Section, Share
from sim.config.ranges import Plausible
from sim.engine.columns import Column
from sim.engine.declare import Mechanism, MonthInputs, Switch, Values
from sim.engine.pipeline import Block, Numbers
from sim.numerics.compile import phase, rule
from sim.numerics.functions32 import share_of, unit32

U0, U1 = np.uint8(0), np.uint8(1)


class Attention(Section):
    forgetting: Annotated[Share, Plausible(0.02, 0.15, "surveys of missed payments")] = Field(
        description="monthly chance that a borrower of the reference attentiveness overlooks the due day, without a reminder"
    )
    reference: Share = Field(description="attentiveness at which that chance holds; a population that is more attentive overlooks less")
    forgetting_catch_up: Share = Field(description="chance that who overlooked the due day also overlooks the catch-up date")
    forgetting_in_arrears: Share = Field(description="chance of overlooking once in arrears, relative to a borrower who is not")


@rule
def forgetting(base: Any, attentive: Any, reference_inattention: Any, relief: Any, missed: Any, in_arrears: Any) -> Any:
    """Chance to overlook the due day: inattention over the reference's, less after a reminder, less once in arrears."""
    known = in_arrears if missed > 0 else f(1)
    return min(f(1), base * (f(1) - attentive) / reference_inattention * (f(1) - relief) * known)


@rule
def forgetting_later(base: Any, reached_attention: Any, effect: Any) -> Any:
    """Chance to overlook the catch-up date as well: less for who was reached."""
    return base * (f(1) - reached_attention * min(f(1), effect))


@phase
def notice(b: Block, p: Numbers) -> None:
    """Is the borrower aware: bit 0 of the due day, bit 1 of the catch-up date."""
    for i in range(b.n):
        first = forgetting(
            p.attention.overlooked, share_of(b.attentive[i]), p.attention.reference_inattention, p.attention.reminder_relief,
            b.worst[i], p.attention.forgetting_in_arrears,
        )
        later = forgetting_later(p.attention.forgetting_catch_up, p.contact.reached_attention, max(b.effect[i], b.early_effect[i]))
        due_ok = unit32(b.draw.forget_due[i]) >= first
        catch_ok = due_ok or (unit32(b.draw.forget_catch_up[i]) >= later)
        b.aware[i] = (U1 if due_ok else U0) | (uint8(2) if catch_ok else U0)


def numbers(m: MonthInputs) -> Values:
    """Forgetting at the switch's gain; what reminders take off it."""
    covered = m.policy.collections.reminder_coverage * m.profile.contact.reminder_effect
    return {
        "attention.overlooked": np.float32(m.profile.attention.forgetting * m.gain.inattention),
        "attention.reference_inattention": np.float32(max(1e-3, 1.0 - m.profile.attention.reference)),
        "attention.reminder_relief": np.float32(covered * min(1.0, m.gain.collections)),
    }


MECHANISM = Mechanism(
    name="attention",
    sections={"attention": Attention},
    switches=(Switch("inattention", "forgetting"),),
    scratch=(Column("aware", "u1", "bits", "aware of the due day (1), of the catch-up date (2)"),),
    events=("forget_due", "forget_catch_up"),
    phases=(notice,),
    numbers=numbers,
)
