"""Facts 19 and 20: what collections do, and how much of it is too much."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.inputs.overrides import Given
from sim.measures.rolls import cure_rates
from sim.study.facts import measures as of
from sim.study.facts.declare import ABOVE_ZERO, Band, Check, Fact, Seen
from sim.study.facts.lab import RECESSION, Lab, Life

if TYPE_CHECKING:
    import pandas as pd

STAGES = ("early", "middle", "late")
WATCHED = 24  # months
PLENTY = 1_000.0  # attempts a month per 1,000 accounts: more than any stage can use
ARREARS = ("balance_1_29", *of.LATE_BALANCES)
HARSH_PRESSURE = (-0.6, 0.8)  # ends of the range that the evidence on harsh contacts leaves, logits
_EVIDENCE = "Lu et al. 2021 (default halves); J. Yang (up to 30 % more)"


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
    for factor in (0.0, 0.5, 1.0, 2.0, 8.0):
        capacity = with_capacity(lab, factor)
        stressed[factor] = in_arrears(lab.run(lab.shocks(RECESSION), *capacity, short).monthly)
        if 0.5 <= factor <= 2.0:
            calm[factor] = in_arrears(lab.run(*capacity, short).monthly)
    backlog = [float(of.span(life.monthly, 1, WATCHED)["collections_backlog"].sum()) for life in (
        lab.calm(), lab.recession(size=0.5), lab.recession(panel=True),
    )]
    return {
        "concave": of.ratio(stressed[1.0] - stressed[2.0], stressed[0.0] - stressed[1.0]),
        "saturated": of.ratio(stressed[2.0] - stressed[8.0], stressed[0.0] - stressed[2.0]), "flat": of.ratio(calm[2.0], calm[1.0]) - 1,
        "stress": of.ratio(stressed[0.5] - stressed[1.0], calm[0.5] - calm[1.0]),
        "convex": (backlog[2] - backlog[1]) - (backlog[1] - backlog[0]),
    }


SATURATION = Fact(
    19, "Saturation of collections", "level",
    "More collectors help until four fifths of them are busy; the last one is worth most in stress; results are concave in capacity and "
    "convex in what comes in.",
    "Capacity of the stages before charge-off 0, half, once, twice and eight times the policy's, from month 1, 24 months: principal in "
    "arrears. Stress: what the second half of the capacity takes off arrears in a severe recession over calm. Convex: cases left over "
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
            "stress", "worth of the second half of the capacity, stress over calm", "times", Band(1.0, None, True), "above 1",
            "judgement",
        ),
        Check("convex", "cases left over: second half of the shock less the first", "number", ABOVE_ZERO, "above 0", "judgement"),
    ),
    _saturation,
)


def _stage_effects(lab: Lab) -> dict[str, float]:
    """Points by which contacts raise the cure rate of their bucket: the same contacts in every stage, for every case, against none."""
    short: Given = ("months", WATCHED)
    alike = [
        (f"policy.collections.{stage}.{name}", value) for stage in STAGES
        for name, value in (("capacity", PLENTY), ("intensity", 2), ("reach", 0.4), ("harshness", 0.0))
    ]
    cures = cure_rates(lab.run(*alike, short).transitions)
    found = {}
    for stage, bucket in (("early", "1_29"), ("middle", "30_59"), ("late", "90_119")):
        closed = lab.run(*alike, (f"policy.collections.{stage}.capacity", 0.0), short)
        found[stage] = cures.get(bucket, float("nan")) - cure_rates(closed.transitions).get(bucket, float("nan"))
    return found


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
    """Net losses when every contact is harsh over those when none is, at both ends of the evidence."""
    found = {}
    for name, pressure in zip(("backfires", "presses"), HARSH_PRESSURE, strict=True):
        lives: list[Life] = []
        for harsh in (0.0, 1.0):
            tone = [(f"policy.collections.{stage}.harshness", harsh) for stage in STAGES]
            lives.append(lab.run(("profile.contact.harsh_pressure", pressure), *tone, ("months", WATCHED), own_past=True))
        found[name] = of.ratio(of.net_losses(lives[1].monthly), of.net_losses(lives[0].monthly))
    return found


def _contacts(lab: Lab) -> Seen:
    effect, intensity = _stage_effects(lab), _intensity(lab)
    return {"fading": effect["early"] - effect["late"], "effect": effect["early"], **intensity, **_harshness(lab)}


CONTACTS = Fact(
    20, "Contacts: effect, excess and tone", "sign",
    "A contact helps less the later it comes; more of them bring less and less, and more and more complaints; harshness may help or harm.",
    "Calm scenario, 24 months, capacity for every case. Fading: the same contacts in every stage; fall of the cure rate from 1–29 days "
    "when early ones stop, less that from 90–119 days when late ones do. Excess: attempts per account doubled twice, second step over "
    "first, per attempt. Tone: net losses with harshness 1 over harshness 0 at both ends of the range of `contact.harsh_pressure`, the "
    "book built so too.",
    (
        Check(
            "effect", "cures that early contacts add, of accounts 1–29 days late", "pp", ABOVE_ZERO, "above 0",
            "Laudenbach–Pirschel–Siegel (34 pp of those reached)",
        ),
        Check(
            "fading", "cures that early contacts add less those that late ones do", "pp", ABOVE_ZERO, "above 0",
            "judgement",
        ),
        Check(
            "concave", "arrears avoided per further attempt, second doubling over first", "times", Band(None, 1.0, True), "below 1",
            "judgement",
        ),
        Check(
            "convex", "complaints per further attempt, second doubling over first", "times", Band(1.0, None, True), "above 1", "judgement",
        ),
        Check("backfires", "losses when harsh over gentle, pressure at its lowest", "times", Band(1.0, None, True), "above 1", _EVIDENCE),
        Check("presses", "losses when harsh over gentle, pressure at its highest", "times", Band(None, 1.0, True), "below 1", _EVIDENCE),
    ),
    _contacts,
)

FACTS = (SATURATION, CONTACTS)
