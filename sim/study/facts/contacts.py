"""Facts 19 and 20: what collections do, and how much of it is too much."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from sim.config.ranges import Plausible, Range
from sim.inputs.overrides import Given
from sim.measures.rolls import roll_rates
from sim.mechanisms.contact import Contact
from sim.study.facts import measures as of
from sim.study.facts.declare import ABOVE_ZERO, Band, Check, Fact, Seen
from sim.study.facts.lab import RECESSION, Lab, Life

if TYPE_CHECKING:
    import pandas as pd

STAGES = ("early", "middle", "late")
WATCHED = 24  # months
PLENTY = 1_000.0  # attempts a month per 1,000 accounts: more than any stage can use
LESS = 0.8  # of the capacity: what the last collectors are worth
ARREARS = ("balance_1_29", *of.LATE_BALANCES)
HARSH = ("harsh_pressure", "harsh_planning")  # what harshness does, of the profile's `contact`: the evidence has both signs
_EVIDENCE = "Lu et al. 2021 (default halves); J. Yang (up to 30 % more)"


def harshness_at(end: str) -> list[Given]:
    """Overrides that put what harshness does at the "lowest" or the "highest" end of the ranges that a study may try."""
    given: list[Given] = []
    for field in HARSH:
        known = Contact.model_fields[field].metadata
        value = float(getattr(next(m for m in known if isinstance(m, Plausible)), end))
        percent = any(isinstance(m, Range) and m.percent for m in known)
        given.append((f"profile.contact.{field}", f"{100 * value:g}%" if percent else value))
    return given


def with_capacity(lab: Lab, factor: float) -> list[Given]:
    """Overrides that multiply the capacity of the stages before charge-off, from month 1 on."""
    c = lab.setting.calm.policy.collections
    return [(f"policy.collections.{stage}.capacity", factor * getattr(c, stage).capacity) for stage in STAGES]


def in_arrears(monthly: pd.DataFrame) -> float:
    """Principal in arrears, summed over the months."""
    return float(sum(monthly[c].sum() for c in ARREARS))


def _saturation(lab: Lab) -> Seen:
    short: Given = ("months", WATCHED)
    calm, stressed = {}, {}
    worth = dict.fromkeys(("calm", "stress"), 0.0)  # net losses that the last collectors save
    for factor in (0.0, LESS, 1.0, 2.0, 8.0):
        capacity = with_capacity(lab, factor)
        under_stress = lab.run(lab.shocks(RECESSION), *capacity, short).monthly
        stressed[factor] = in_arrears(under_stress)
        if LESS <= factor <= 2.0:
            at_ease = lab.run(*capacity, short).monthly
            calm[factor] = in_arrears(at_ease)
            if factor <= 1.0:
                sign = 1 if factor == LESS else -1
                worth["calm"] += sign * of.net_losses(at_ease)
                worth["stress"] += sign * of.net_losses(under_stress)
    backlog = [float(of.span(life.monthly, 1, WATCHED)["collections_backlog"].sum()) for life in (
        lab.calm(), lab.recession(size=0.5), lab.recession(panel=True),
    )]
    return {
        "concave": of.ratio(stressed[1.0] - stressed[2.0], stressed[0.0] - stressed[1.0]),
        "saturated": of.ratio(stressed[2.0] - stressed[8.0], stressed[0.0] - stressed[2.0]), "flat": of.ratio(calm[2.0], calm[1.0]) - 1,
        **{f"worth_{side}": value for side, value in worth.items()},
        "convex": (backlog[2] - backlog[1]) - (backlog[1] - backlog[0]),
    }


def conclude_saturation(seen: Sequence[Seen]) -> dict[str, float]:
    """Means over the seeds; what the last collectors save in stress over what they save in calm, seeds pooled: one seed's is small."""
    means = {name: float(np.mean([one[name] for one in seen])) for name in seen[0]}
    return {**means, "stress": of.ratio(means.pop("worth_stress"), means.pop("worth_calm"))}


SATURATION = Fact(
    19, "Saturation of collections", "level",
    "More collectors help until four fifths of them are busy; the last one is worth most in stress; results are concave in capacity and "
    "convex in what comes in.",
    "Capacity of the stages before charge-off 0, 0.8, 1, 2 and 8 times the policy's, from month 1, 24 months: principal in arrears. "
    "Stress: net losses that the last fifth of the capacity saves in a severe recession over calm, seeds pooled. Convex: cases left over "
    "under no, half and the whole shock.",
    (
        Check(
            "concave", "gain from doubling capacity over gain from having it, in stress", "times", Band(None, 0.5), "well below 1",
            "judgement",
        ),
        Check("saturated", "gain from capacity beyond twice over gain up to there", "times", Band(-0.02, 0.2), "near 0", "judgement"),
        Check(
            "flat", "change of arrears at twice the capacity, calm", "%", Band(-0.02, 0.02), "flat below 80–90 % utilisation",
            "judgement",
        ),
        Check(
            "stress", "losses saved by the last fifth of the capacity, stress over calm", "times", Band(1.0, None, True), "above 1",
            "judgement",
        ),
        Check("convex", "cases left over: second half of the shock less the first", "number", ABOVE_ZERO, "above 0", "judgement"),
    ),
    _saturation, conclude_saturation,
)


def _worse(life: Life) -> dict[str, float]:
    """Chance to get worse: that a loan not in arrears is 30 days late two months on, and that one of 90 days rolls further."""
    rolls = roll_rates(life.transitions)
    return {"early": rolls.get("current", np.nan) * rolls.get("1_29", np.nan), "late": rolls.get("90_119", np.nan)}


def _stage_effects(lab: Lab) -> dict[str, float]:
    """Share of what gets worse that contacts of a stage prevent: the same contacts in every stage, for every case, against none."""
    short: Given = ("months", WATCHED)
    alike = [
        (f"policy.collections.{stage}.{name}", value) for stage in STAGES
        for name, value in (("capacity", PLENTY), ("intensity", 2), ("reach", 0.4), ("harshness", 0.0))
    ]
    with_all = _worse(lab.run(*alike, short))
    return {
        stage: 1 - of.ratio(with_all[stage], _worse(lab.run(*alike, (f"policy.collections.{stage}.capacity", 0.0), short))[stage])
        for stage in with_all
    }


def _intensity(lab: Lab) -> dict[str, float]:
    """Gains and complaints as attempts per account double, and double again, with capacity for all of them."""
    c = lab.setting.calm.policy.collections
    arrears, complaints = [], []
    for times in (1, 2, 4):
        more: list[Given] = [("policy.collections.contact_cap", 99), ("months", WATCHED)]
        for stage in STAGES:
            more += [
                (f"policy.collections.{stage}.capacity", 4 * PLENTY),
                (f"policy.collections.{stage}.intensity", times * getattr(c, stage).intensity),
            ]
        life = lab.run(*more)
        arrears.append(in_arrears(life.monthly))
        complaints.append(float(life.monthly["complaints"].sum()))
    return {
        "concave": of.ratio(arrears[1] - arrears[2], arrears[0] - arrears[1]) / 2,
        "convex": of.ratio(complaints[2] - complaints[1], complaints[1] - complaints[0]) / 2,
    }


def _harshness(lab: Lab) -> dict[str, float]:
    """Net losses when every contact is harsh over those when none is, at both ends of what the evidence leaves open."""
    found = {}
    for name, end in (("backfires", "lowest"), ("presses", "highest")):
        lives: list[Life] = []
        for harsh in (0.0, 1.0):
            tone = [(f"policy.collections.{stage}.harshness", harsh) for stage in STAGES]
            lives.append(lab.run(*harshness_at(end), *tone, ("months", WATCHED), own_past=True))
        found[name] = of.ratio(of.net_losses(lives[1].monthly), of.net_losses(lives[0].monthly))
    return found


def _contacts(lab: Lab) -> Seen:
    effect, intensity = _stage_effects(lab), _intensity(lab)
    return {"fading": effect["early"] - effect["late"], "effect": effect["early"], **intensity, **_harshness(lab)}


CONTACTS = Fact(
    20, "Contacts: effect, excess and tone", "sign",
    "A contact helps less the later it comes; more of them bring less and less, and more and more complaints; harshness may help or harm.",
    "Calm scenario, 24 months, capacity for every case. Fading: the same contacts in every stage; share of the loans that would go from "
    "current to 30 days late which early contacts prevent, less the share of rolls from 90–119 days that late ones do. Excess: attempts "
    "per account doubled twice, second step over first, per attempt. Tone: net losses with harshness 1 over harshness 0 at both ends of "
    "the ranges of `contact.harsh_pressure` and `contact.harsh_planning`, the book built so too.",
    (
        Check(
            "effect", "new arrears of 30 days that early contacts prevent", "%", ABOVE_ZERO, "above 0",
            "Laudenbach–Pirschel–Siegel (34 pp of those reached)",
        ),
        Check("fading", "prevented by early contacts less by late ones", "pp", ABOVE_ZERO, "above 0", "judgement"),
        Check(
            "concave", "arrears avoided per further attempt, second doubling over first", "times", Band(None, 1.0, True), "below 1",
            "judgement",
        ),
        Check(
            "convex", "complaints per further attempt, second doubling over first", "times", Band(1.0, None, True), "above 1", "judgement",
        ),
        Check("backfires", "losses when harsh over gentle, effects at their lowest", "times", Band(1.0, None, True), "above 1", _EVIDENCE),
        Check("presses", "losses when harsh over gentle, effects at their highest", "times", Band(None, 1.0, True), "below 1", _EVIDENCE),
    ),
    _contacts,
)

FACTS = (SATURATION, CONTACTS)
