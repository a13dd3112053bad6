"""What a contact does: it reminds, it presses, it helps to plan; less so the later and the more often."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from numpy import float32 as f
from numpy import int32, uint8
from pydantic import Field

from sim.accounts.columns import ATTEMPTED, REACHED
from sim.config.fields import Effect, Logits, Rate, Section, Share, SignedLogits
from sim.config.ranges import Plausible, Range
from sim.engine.columns import Column
from sim.engine.declare import Mechanism, MonthInputs, Switch, Values
from sim.engine.pipeline import Block, Numbers
from sim.numerics.compile import phase, rule
from sim.numerics.functions32 import share_of, unit32

U0 = np.uint8(0)
_REACHED, _ATTEMPTED = np.uint8(REACHED), np.uint8(ATTEMPTED)


class Contact(Section):
    reminder_effect: Share = Field(description="fall in the chance of overlooking the due day after a reminder")
    reached_attention: Share = Field(description="fall in the chance of overlooking the catch-up date after being reached")
    pressure: Annotated[Logits, Plausible(0.2, 1.5, "Laudenbach–Pirschel–Siegel")] = Field(
        description="gain of willingness from one reached contact at 1 missed instalment, logits"
    )
    harsh_pressure: Annotated[SignedLogits, Plausible(-0.6, 0.8, "evidence has both signs")] = Field(
        description="further gain (or loss) of willingness from full harshness, logits; evidence has both signs"
    )
    plan_effect: Share = Field(
        description="further share of discretionary spending freed when a reached borrower is helped to plan"
    )
    harsh_planning: Annotated[
        Rate, Range(-2, 2, "twice the help is no change of it", percent=True), Plausible(-1.5, 0.5, "evidence has both signs")
    ] = Field(
        description="change of that help at full harshness, relative: -100% where nobody is helped by threats; evidence has both signs"
    )
    arrears_decay: Share = Field(description="relative loss of contact effect per missed instalment")
    saturation: Share = Field(description="relative loss of contact effect at full saturation by earlier contacts")
    memory_gain: Share = Field(description="saturation that a month with an attempted contact adds, share of full saturation")
    memory_loss: Share = Field(description="share of saturation that fades each month")
    complaint: Share = Field(description="chance that a month's first attempt brings a complaint, at full harshness")
    complaint_growth: Annotated[Effect, Plausible(0, 0.5)] = Field(
        description="relative rise of that chance with each further attempt of the month"
    )


@rule
def contact_effect(reached: Any, missed: Any, saturation: Any, decay: Any, satiation: Any, gain: Any) -> Any:
    """Strength of a contact that reached the borrower: falls with arrears and with earlier contacts."""
    late = max(f(0), f(1) - decay * max(f(missed) - f(1), f(0)))
    return gain * late * (f(1) - satiation * saturation) if reached else f(0)


@rule
def help_to_plan(plan_effect: Any, harsh_planning: Any, harshness: Any, effect: Any) -> Any:
    """Share of discretionary spending freed when a borrower who was reached is helped to plan, more or less so when harshly."""
    return plan_effect * (f(1) + harsh_planning * harshness) * min(f(1), effect)


@rule
def next_saturation(saturation: Any, attempted: Any, gain: Any, loss: Any) -> Any:
    """Memory of contacts, 0 to 255: a share fades each month, an attempted contact adds to it."""
    s = int32(saturation)
    s = int32(int32(s - int32(f(s) * loss)) + (int32(f(255) * gain + f(0.5)) if attempted else int32(0)))
    return uint8(min(s, int32(255)))


@phase
def be_contacted(b: Block, p: Numbers) -> None:
    """Effect of the contacts planned last month, and of an early one between due day and catch-up date."""
    for i in range(b.n):
        k = b.worst[i]
        planned = (b.contacts[i] & _REACHED) != U0
        owes = b.asked[i] > int32(0)  # nobody calls who has nothing to pay
        early = owes and (k == int32(0)) and (unit32(b.draw.early_reached[i]) < p.contact.early_reach)
        memory = share_of(b.saturation[i])
        harsh = p.contact.harsh_early if k <= int32(1) else (p.contact.harsh_middle if k <= int32(3) else p.contact.harsh_late)
        effect = contact_effect(planned, k, memory, p.contact.arrears_decay, p.contact.saturation, p.gain.collections)
        first = contact_effect(early, k, memory, p.contact.arrears_decay, p.contact.saturation, p.gain.collections)
        b.harshness[i] = harsh
        b.effect[i] = effect
        b.early_effect[i] = first
        b.freed[i] = help_to_plan(p.contact.plan_effect, p.contact.harsh_planning, harsh, effect)
        b.freed_early[i] = help_to_plan(p.contact.plan_effect, p.contact.harsh_planning, harsh, first)


@phase
def remember_contacts(b: Block, p: Numbers) -> None:
    """The memory of contacts fades, this month's is added."""
    for i in range(b.n):
        b.saturation[i] = next_saturation(
            b.saturation[i], (b.contacts[i] & _ATTEMPTED) != U0, p.contact.memory_gain, p.contact.memory_loss
        )


def numbers(m: MonthInputs) -> Values:
    """Harshness by stage, and the chance that a fresh miss is reached before the catch-up date."""
    c = m.policy.collections
    return {
        "contact.harsh_early": np.float32(c.early.harshness),
        "contact.harsh_middle": np.float32(c.middle.harshness),
        "contact.harsh_late": np.float32(c.late.harshness),
        "contact.early_reach": np.float32(m.public.early_reach),
    }


MECHANISM = Mechanism(
    name="contact",
    sections={"contact": Contact},
    switches=(Switch("collections", "effect of contacts"), Switch("complaints", "complaints about harsh contacts")),
    columns=(Column("saturation", "u1", "trait", "how much contact lately"),),
    scratch=(
        Column("harshness", "f4", "share", "harshness of the stage that the borrower is in"),
        Column("effect", "f4", "ratio", "effect of the month's contact"),
        Column("early_effect", "f4", "ratio", "effect of a contact between due day and catch-up date"),
        Column("freed", "f4", "share", "further discretionary spending that can be cut"),
        Column("freed_early", "f4", "share", "and beyond it by who is called after missing the due day"),
    ),
    events=("early_reached",),
    phases=(be_contacted, remember_contacts),
    numbers=numbers,
)
