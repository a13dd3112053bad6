"""Who borrowers are: the segment they belong to, and traits around one latent prudence.

Prudence is shared by savings, literacy, attention, restraint and willingness, and correlated with income; everything
else is drawn around it. Draws are addressed, so a borrower is the same person whatever the size of the population.
"""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

import numpy as np
from numpy import float32 as f
from numpy import int32, uint8
from pydantic import Field

from sim.config.fields import AnyNumber, Factor, Logits, Section, Share
from sim.config.ranges import Range
from sim.engine.columns import Column
from sim.engine.declare import Mechanism, Values
from sim.engine.pipeline import Block, Numbers
from sim.numerics.compile import phase, rule
from sim.numerics.functions32 import logistic32, normal32, unit32
from sim.numerics.functions64 import logit64
from sim.numerics.sums import plain_sum


class Segment(Section):
    name: Literal["youth", "middle", "other"] = Field(description="age band the segment stands for")
    share: Share = Field(description="share of borrowers")
    income_factor: Factor = Field(description="income relative to the profile's median")
    buffer_factor: Factor = Field(description="savings buffer relative to the profile's median")
    job_loss_factor: Factor = Field(description="separation hazard relative to the average borrower")
    attention_shift: Annotated[AnyNumber, Range(-5, 5, "five standard deviations apart groups have nothing in common")] = Field(
        description="shift of attentiveness in standard deviations"
    )


class Traits(Section):
    literacy: Share = Field(description="mean financial literacy, 0 to 1")
    attentiveness: Share = Field(description="mean attentiveness to due dates, 0 to 1")
    impulsiveness: Share = Field(description="mean impulsiveness, 0 to 1")
    spread: Logits = Field(description="standard deviation of the traits on the logit scale")
    prudence: Share = Field(description="correlation that savings, literacy, attention, restraint and willingness share")
    income_link: Share = Field(description="correlation of income with prudence")


@rule
def by_segment(segment: Any, first: Any, second: Any, third: Any) -> Any:
    """The value of the borrower's segment."""
    return first if segment == uint8(0) else (second if segment == uint8(1) else third)


@rule
def trait_byte(z: Any, centre: Any, spread: Any) -> Any:
    """A trait as a byte: 255 x logistic(centre + spread z), half up."""
    return uint8(int32(f(255) * logistic32(centre + spread * z) + f(0.5)))


@phase
def sample_people(b: Block, p: Numbers) -> None:
    """Segment, prudence, and the traits around it."""
    for i in range(b.n):
        u = unit32(b.draw.sample_segment[i])
        segment = (uint8(0) if u <= p.segments.edge_0 else (uint8(1) if u <= p.segments.edge_1 else uint8(2)))
        b.segment[i] = segment
        latent = normal32(unit32(b.draw.sample_prudence[i]))
        b.prudence[i] = latent
        shared = p.traits.prudence * latent
        z = shared + p.traits.own * normal32(unit32(b.draw.sample_literacy[i]))
        b.literacy[i] = trait_byte(z, p.traits.literacy_logit, p.traits.spread)
        z = shared + p.traits.own * normal32(unit32(b.draw.sample_attention[i]))
        shift = by_segment(segment, p.segments.attention_shift_0, p.segments.attention_shift_1, p.segments.attention_shift_2)
        b.attentive[i] = trait_byte(z + shift, p.traits.attentiveness_logit, p.traits.spread)
        z = -shared + p.traits.own * normal32(unit32(b.draw.sample_impulse[i]))
        b.impulsive[i] = trait_byte(z, p.traits.impulsiveness_logit, p.traits.spread)


def logit(p: float) -> float:
    """Log-odds of a share, kept off 0 and 1."""
    return logit64(min(max(p, 1e-4), 1 - 1e-4))


def opening(profile: Any) -> Values:
    """Edges of the segments, and their factors."""
    t, segments = profile.traits, profile.segments
    mean_job_loss = plain_sum(g.share * g.job_loss_factor for g in segments)
    values: Values = {
        "segments.edge_0": np.float32(segments[0].share),
        "segments.edge_1": np.float32(segments[0].share + segments[1].share),
        "traits.own": np.float32(math.sqrt(1 - t.prudence**2)),
        "traits.literacy_logit": np.float32(logit(t.literacy)),
        "traits.attentiveness_logit": np.float32(logit(t.attentiveness)),
        "traits.impulsiveness_logit": np.float32(logit(t.impulsiveness)),
    }
    for k, g in enumerate(segments):
        values |= {
            f"segments.income_factor_{k}": np.float32(g.income_factor),
            f"segments.buffer_factor_{k}": np.float32(g.buffer_factor),
            f"segments.job_loss_factor_{k}": np.float32(g.job_loss_factor / mean_job_loss),
            f"segments.attention_shift_{k}": np.float32(g.attention_shift),
        }
    return values


MECHANISM = Mechanism(
    name="people",
    sections={"segments": Annotated[list[Segment], Field(min_length=3, max_length=3)], "traits": Traits},
    columns=(
        Column("segment", "u1", "code", "index into the profile's segments", lowest=0, highest=2),
        Column("literacy", "u1", "trait", "financial literacy"),
        Column("attentive", "u1", "trait", "attentiveness to due dates"),
        Column("impulsive", "u1", "trait", "impulsiveness"),
    ),
    scratch=(Column("prudence", "f4", "ratio", "latent prudence, standard normal; only while sampling"),),
    events=("sample_segment", "sample_prudence", "sample_literacy", "sample_attention", "sample_impulse"),
    sample=(sample_people,),
    opening=opening,
)
