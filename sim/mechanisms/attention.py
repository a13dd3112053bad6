"""Attention: borrowers who could and would pay overlook the due day, and for a while overlook it again.

Forgetting comes in spells: a move, an illness or a new account may keep a borrower from looking for months. A spell begins
with an overlooked day; while it lasts the day is overlooked with a chance of its own, and every month it may end.
"""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from numpy import float32 as f
from numpy import int32, uint8
from pydantic import Field

from sim.config.fields import Section, Share
from sim.config.ranges import Plausible, Range
from sim.engine.columns import Column
from sim.engine.declare import Mechanism, MonthInputs, Switch, Values
from sim.engine.pipeline import Block, Numbers
from sim.numerics.compile import phase, rule
from sim.numerics.functions32 import share_of, unit32

U0, U1 = np.uint8(0), np.uint8(1)


class Attention(Section):
    forgetting: Annotated[Share, Plausible(0.02, 0.2, "surveys of missed payments")] = Field(
        description="monthly chance that a borrower of the reference attentiveness overlooks the due day, without a reminder"
    )
    reference: Share = Field(description="attentiveness at which that chance holds; a population that is more attentive overlooks less")
    again: Annotated[Share, Plausible(0, 0.95)] = Field(
        description="chance to overlook the due day again while a spell of inattention lasts, without a reminder; below the borrower's own "
        "monthly chance there are no spells"
    )
    spell_end: Annotated[Share, Range(0.01, 1, "a hundredth a month is a spell of eight years", percent=True), Plausible(0.05, 1)] = Field(
        description="monthly chance that a spell of inattention ends"
    )
    forgetting_catch_up: Share = Field(description="chance that who overlooked the due day also overlooks the catch-up date")
    forgetting_in_arrears: Share = Field(description="chance of overlooking once in arrears, relative to a borrower who is not")


@rule
def forgetting(base: Any, attentive: Any, reference_inattention: Any, relief: Any, missed: Any, in_arrears: Any) -> Any:
    """Chance to overlook the due day: inattention over the reference's, less after a reminder, less once in arrears."""
    known = in_arrears if missed > 0 else f(1)
    return min(f(1), base * (f(1) - attentive) / reference_inattention * (f(1) - relief) * known)


@rule
def forgetting_in_a_spell(alone: Any, again: Any, relief: Any, missed: Any, in_arrears: Any, spells: Any) -> Any:
    """Chance to overlook the due day within a spell; alone: that of single months, which it never falls below; spells: gain."""
    known = in_arrears if missed > 0 else f(1)
    return min(f(1), alone + spells * max(f(0), again * (f(1) - relief) * known - alone))


@rule
def forgetting_anew(alone: Any, within: Any, spell_end: Any) -> Any:
    """Chance that a spell begins, so that over time who is in no arrears overlooks as much as if months were independent.

    Of the months, e / (e + spell_end) begin in a spell, so the long-run share overlooked is
    e (spell_end + within) / (e + spell_end), which is `alone` for this e.
    """
    return alone / (f(1) + (within - alone) / spell_end)


@rule
def forgetting_later(base: Any, reached_attention: Any, effect: Any) -> Any:
    """Chance to overlook the catch-up date as well: less for who was reached."""
    return base * (f(1) - reached_attention * min(f(1), effect))


@phase
def sample_astray(b: Block, p: Numbers) -> None:
    """Who is in a spell at the start: as many as there are in the long run, without reminders and arrears."""
    for i in range(b.n):
        alone = forgetting(
            p.attention.forgetting, share_of(b.attentive[i]), max(f(1e-3), f(1) - p.attention.reference), f(0), int32(0), f(1)
        )
        within = forgetting_in_a_spell(alone, p.attention.again, f(0), int32(0), f(1), p.gain.forgetting_spells)
        anew = forgetting_anew(alone, within, p.attention.spell_end)
        b.astray[i] = U1 if unit32(b.draw.sample_astray[i]) < anew / (anew + p.attention.spell_end) else U0


@phase
def notice(b: Block, p: Numbers) -> None:
    """Is the borrower aware: bit 0 of the due day, bit 1 of the catch-up date."""
    for i in range(b.n):
        alone = forgetting(
            p.attention.overlooked, share_of(b.attentive[i]), p.attention.reference_inattention, p.attention.reminder_relief,
            b.worst[i], p.attention.forgetting_in_arrears,
        )
        within = forgetting_in_a_spell(
            alone, p.attention.again, p.attention.reminder_relief, b.worst[i], p.attention.forgetting_in_arrears, p.attention.spells
        )
        anew = forgetting_anew(alone, within, p.attention.spell_end)
        astray = b.astray[i] != U0
        first = within if astray else anew
        later = forgetting_later(p.attention.forgetting_catch_up, p.contact.reached_attention, max(b.effect[i], b.early_effect[i]))
        due_ok = unit32(b.draw.forget_due[i]) >= first
        catch_up = unit32(b.draw.forget_catch_up[i])
        # `|` and `&`, not `or` and `and`: branches would keep the loop scalar
        catch_ok = due_ok | (catch_up >= later)
        # who overlooked the day leaves the spell by noticing at the catch-up date: one draw serves both
        goes_on = catch_up < f(1) - p.attention.spell_end
        b.astray[i] = U1 if ((astray & goes_on) | ~(astray | due_ok)) else U0
        b.aware[i] = (U1 if due_ok else U0) | (uint8(2) if catch_ok else U0)


def numbers(m: MonthInputs) -> Values:
    """Forgetting at the switch's gain; what reminders take off it."""
    covered = m.policy.collections.reminder_coverage * m.profile.contact.reminder_effect
    return {
        "attention.overlooked": np.float32(m.profile.attention.forgetting * m.gain.inattention),
        "attention.spells": np.float32(m.gain.forgetting_spells if m.gain.inattention > 0 else 0.0),
        "attention.reference_inattention": np.float32(max(1e-3, 1.0 - m.profile.attention.reference)),
        "attention.reminder_relief": np.float32(covered * min(1.0, m.gain.collections)),
    }


MECHANISM = Mechanism(
    name="attention",
    sections={"attention": Attention},
    switches=(Switch("inattention", "forgetting"), Switch("forgetting_spells", "what was overlooked once is overlooked again for a while")),
    columns=(Column("astray", "u1", "flag", "in a spell of inattention"),),
    scratch=(Column("aware", "u1", "bits", "aware of the due day (1), of the catch-up date (2)"),),
    events=("forget_due", "forget_catch_up", "sample_astray"),
    sample=(sample_astray,),
    phases=(notice,),
    numbers=numbers,
)
