"""Willingness: able borrowers who do not pay, because they never meant to, gave up, or see no reason to."""

from __future__ import annotations

import math
from typing import Annotated, Any

import numpy as np
from numpy import float32 as f
from numpy import uint8
from pydantic import Field

from sim.config.fields import Logits, Section, Share
from sim.config.ranges import Plausible
from sim.engine.columns import Column
from sim.engine.declare import Mechanism, MonthInputs, Switch, Values
from sim.engine.pipeline import Block, Numbers
from sim.numerics.compile import phase, rule
from sim.numerics.functions32 import bell32, normal32, unit32
from sim.numerics.functions64 import normal_quantile64

U0, U1 = np.uint8(0), np.uint8(1)


class Willingness(Section):
    unwilling: Annotated[Share, Plausible(0.001, 0.03, "Gerardi et al. 2018")] = Field(
        description="share of borrowers who would not pay at neutral trust, 0 DPD and no contact"
    )
    spread: Logits = Field(description="persistent spread of willingness on the logit scale")
    noise: Logits = Field(description="monthly spread of willingness on the logit scale")
    arrears_effect: Annotated[Logits, Plausible(0.3, 4)] = Field(description="loss of willingness per missed instalment, logits")
    trust_effect: Annotated[Logits, Plausible(0, 3)] = Field(description="gain of willingness from no trust to full trust, logits")
    access_effect: Logits = Field(description="gain of willingness from the prospect of new credit, logits")


@rule
def willingness(
    lasting: Any, trust: Any, trust_effect: Any, access: Any, missed: Any, arrears_effect: Any, push: Any, noise: Any
) -> Any:
    """Willingness to pay in logits; the borrower pays if it is positive.

    Lasting disposition + trust above its mean + prospect of new credit - arrears (giving up) + contacts + the month's mood.
    """
    return lasting + trust_effect * trust + access - arrears_effect * f(missed) + push + noise


@phase
def sample_willingness(b: Block, p: Numbers) -> None:
    """Lasting willingness, around prudence."""
    for i in range(b.n):
        z = p.traits.prudence * b.prudence[i] + p.traits.own * normal32(unit32(b.draw.sample_willingness[i]))
        b.willingness[i] = p.willingness.mean + p.willingness.spread * z


@phase
def be_willing(b: Block, p: Numbers) -> None:
    """Will the borrower pay: bit 0 on the due day, bit 1 on the catch-up date."""
    for i in range(b.n):
        push = b.effect[i] * (p.contact.pressure + p.contact.harsh_pressure * b.harshness[i])
        noise = p.willingness.noise * bell32(b.draw.willing[i])
        z = willingness(
            b.willingness[i], b.trust[i] - p.trust.mean, p.willingness.trust_effect, p.willingness.access_push, b.worst[i],
            p.willingness.arrears_effect, push, noise,
        )
        later = z + b.early_effect[i] * (p.contact.pressure + p.contact.harsh_pressure * b.harshness[i])
        off = p.gain.willingness <= f(0)
        strong = max(p.gain.willingness, f(1e-6))
        # the gain moves the threshold: at gain g refusal needs a willingness below 1 - 1/g logits
        slack = f(1) / strong - f(1)
        b.willing[i] = (U1 if off or (z + slack > f(0)) else U0) | (uint8(2) if off or (later + slack > f(0)) else U0)


def lasting_mean(profile: Any) -> float:
    """Mean of the lasting willingness such that the stated share of borrowers would not pay at neutral trust."""
    w = profile.willingness
    spread = math.sqrt(w.spread**2 + w.noise**2)
    return -float(normal_quantile64(min(max(w.unwilling, 1e-9), 1 - 1e-9))) * spread


def opening(profile: Any) -> Values:
    """Where lasting willingness lies."""
    return {"willingness.mean": np.float32(lasting_mean(profile))}


def numbers(m: MonthInputs) -> Values:
    """Willingness that the prospect of new credit takes or leaves."""
    push = m.profile.willingness.access_effect * (m.public.access - 1.0) * m.gain.access
    return {"willingness.access_push": np.float32(push)}


MECHANISM = Mechanism(
    name="willingness",
    sections={"willingness": Willingness},
    switches=(Switch("willingness", "strategic non-payment"), Switch("access", "willingness from the prospect of new credit")),
    columns=(Column("willingness", "f4", "logits", "persistent willingness to pay"),),
    scratch=(Column("willing", "u1", "bits", "willing on the due day (1), on the catch-up date (2)"),),
    events=("willing", "sample_willingness"),
    sample=(sample_willingness,),
    opening=opening,
    phases=(be_willing,),
    numbers=numbers,
)
