"""Facts 8, 10 and 28: what the lender's score knows, and what its price does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from sim.inputs.overrides import Given
from sim.study.facts import measures as of
from sim.study.facts.declare import ABOVE_ZERO, BELOW_ZERO, Band, Check, Fact, Seen
from sim.study.facts.lab import RECESSION, SHOCK, Lab, Life
from sim.study.facts.panel import Array, Panel, loans

if TYPE_CHECKING:
    import pandas as pd

OUTCOME = 12  # months on book within which a loan has defaulted or not
_PRACTICE = "judgement"


def _open_door(lab: Lab) -> Sequence[Given]:
    """Overrides that lend to every score."""
    last = len(lab.setting.calm.policy.underwriting.bands) - 1
    return [("policy.underwriting.cut_off", 0), (f"policy.underwriting.bands.{last}.min_score", 0)]


def outcomes(book: pd.DataFrame, first: int, last: int) -> tuple[Array, Array]:
    """Scores of the loans lent in these months, and whether they were 90 days past due or charged off within twelve months."""
    mine = book[book["opened"].between(first, last)]
    bad = ((mine["late_90"] > 0) & (mine["late_90"] <= OUTCOME)) | ((mine["lost"] > 0) & (mine["lost"] <= OUTCOME))
    return mine["score"].to_numpy(np.float64), bad.to_numpy()


def applicants(panel: Panel, first: int, last: int) -> Array:
    """Scores of all who applied in these months."""
    months = range(first, last + 1)
    return np.concatenate([panel["score"][m][panel["applies"][m] > 0] for m in months]).astype(np.float64)


def _rank_order(lab: Lab) -> Seen:
    door = _open_door(lab)
    calm = lab.run(*door, ("months", 36), panel=True, own_past=True).people
    stressed = lab.run(lab.shocks(RECESSION), *door, ("months", 36), panel=True, own_past=True).people
    score, bad = outcomes(loans(calm), 1, 24)
    shifted_score, shifted_bad = outcomes(loans(stressed), SHOCK, 24)
    same_score, same_bad = outcomes(loans(calm), SHOCK, 24)
    before = applicants(calm, 1, SHOCK - 1)
    psi = [of.stability_index(before, applicants(panel, SHOCK + 6, 24)) for panel in (calm, stressed)]
    return {
        "score": score, "bad": bad, "gini": of.gini(score, bad),
        "shift": of.gini(shifted_score, shifted_bad) - of.gini(same_score, same_bad), "psi": psi[1] - psi[0],
    }


def conclude_scores(seen: Sequence[Seen]) -> dict[str, float]:
    """Default by tenths of the score, seeds pooled; means of the others."""
    tenths = of.by_tenths(np.concatenate([one["score"] for one in seen]), np.concatenate([one["bad"] for one in seen]))
    means = {name: float(np.mean([one[name] for one in seen])) for name in ("gini", "shift", "psi")}
    return {"disorders": float(of.disorders([*tenths], rising=False)), **means}


RANK_ORDER = Fact(
    8, "Rank order of the score", "level",
    "Default falls from each tenth of the score to the next; a shift of the economy lowers the score's power and moves its distribution.",
    "A lender that takes every score and has done so before, so that all applicants are seen and none are new to it: 90 days past due or "
    "charged off within twelve months on book. "
    "Tenths over loans of months 1 to 24, seeds pooled. Shift: Gini of the loans of months 7 to 24 under a severe recession less calm. "
    "Stability index of applicants' scores, months 13 to 24 against 1 to 6, severe less calm.",
    (
        Check("disorders", "steps of default against the order, of nine", "number", Band(0, 0), "none", _PRACTICE),
        Check("gini", "Gini coefficient among all applicants", "%", Band(0.40, 0.60), "40–60 % at application", _PRACTICE),
        Check("shift", "change of the Gini coefficient in a recession", "pp", BELOW_ZERO, "falls", _PRACTICE),
        Check("psi", "rise of the stability index in a recession", "number", ABOVE_ZERO, "rises", _PRACTICE),
        Check(
            "behavioural", "Gini coefficient of a behavioural score less that at application", "pp", ABOVE_ZERO, "higher", _PRACTICE,
            missing="a behavioural score of customers who already repay",
        ),
    ),
    _rank_order, conclude_scores,
)

GINIS = ("lower", "own", "higher")  # 10 points of Gini below the policy's own, its own, 10 above
_STEP = 0.10


def _priced(life: Life) -> tuple[float, float]:
    """Approvals of two years, and charge-offs of the loans lent in them per unit lent, 18 months on."""
    m = of.span(life.monthly, 1, 24)
    v = life.vintages[life.vintages["months_on_book"] <= 18]
    last = v.sort_values("months_on_book").groupby(["seed", "vintage", "product"]).tail(1)
    old = last[last["months_on_book"] == 18]
    return of.ratio(m["approvals"].sum(), m["applications"].sum()), of.ratio(old["charged_off"].sum(), old["originated"].sum())


def _better_scores(lab: Lab) -> Seen:
    u = lab.setting.calm.policy.underwriting
    found: dict[str, float] = {}
    for side, shocks in (("calm", ()), ("stress", (lab.shocks(RECESSION),))):
        for name, gini in zip(GINIS, (u.gini - _STEP, u.gini, u.gini + _STEP), strict=True):
            life = lab.run(*shocks, ("policy.underwriting.gini", round(gini, 4)), ("months", 42), own_past=True)
            found[f"{side}_{name}_approved"], found[f"{side}_{name}_lost"] = _priced(life)
        cut = lab.run(*shocks, ("policy.underwriting.cut_off", u.cut_off + 20), ("months", 42), own_past=True)
        found[f"{side}_cut_approved"], found[f"{side}_cut_lost"] = _priced(cut)
    return found


def conclude_better_scores(seen: Sequence[Seen]) -> dict[str, float]:
    """Charge-offs at the approval rate of the policy's own score, along the line that a higher cut-off draws; seeds averaged first."""
    at = {name: float(np.mean([one[name] for one in seen])) for name in seen[0]}
    gain = {}
    for side in ("calm", "stress"):
        slope = of.ratio(at[f"{side}_cut_lost"] - at[f"{side}_own_lost"], at[f"{side}_cut_approved"] - at[f"{side}_own_approved"])
        lost = {n: at[f"{side}_{n}_lost"] - slope * (at[f"{side}_{n}_approved"] - at[f"{side}_own_approved"]) for n in GINIS}
        gain[side] = lost["own"] - lost["higher"]
        gain[f"{side}_first"] = lost["lower"] - lost["own"]
    return {"better": gain["calm"], "stress": gain["stress"] - gain["calm"], "saturates": gain["calm_first"] - gain["calm"]}


BETTER_SCORES = Fact(
    28, "A better score", "sign",
    "At equal approval a score with less noise beats a higher cut-off; it is worth more in stress, and the more is known the less more "
    "knowledge gives.",
    "Charge-offs within 18 months on book over what was lent, with the score's Gini 10 points lower, its own, and 10 higher, the book "
    "built so too; brought to one approval rate along the line that a cut-off 20 points higher draws. Stress: severe recession.",
    (
        Check("better", "charge-offs saved by 10 points of Gini at equal approval", "pp", ABOVE_ZERO, "above 0", "judgement"),
        Check("stress", "the same in a recession less calm", "pp", ABOVE_ZERO, "above 0", "judgement"),
        Check("saturates", "saved by the first 10 points less by the next", "pp", ABOVE_ZERO, "above 0", "judgement"),
    ),
    _better_scores, conclude_better_scores,
)

DEARER = 0.05  # a year
CHEAPER_RIVALS = [{"variable": "rival_price", "shape": "step", "by": -DEARER}]


def _lost(life: Life) -> float:
    """Charge-offs within 18 months on book of the first product's loans of 24 months, per unit lent."""
    first = life.results.resolved.policy.products
    name = next(name for name, offer in first.items() if offer.offered)
    v = life.vintages[(life.vintages["product"] == name) & (life.vintages["months_on_book"] == 18)]
    return of.ratio(v["charged_off"].sum(), v["originated"].sum())


def _dearer(lab: Lab) -> Seen:
    """The same offers at par, beside cheaper rivals (the offer selects), and themselves dearer (the price is paid as well)."""
    still = (("mechanisms.refinancing", 0), ("months", 42))  # a cheaper rival would also refinance the good
    margin = lab.setting.calm.policy.pricing.base_margin
    shock = [{**each, "start": lab.month(1)} for each in CHEAPER_RIVALS]
    par = lab.run(*still)
    beside, dearer = lab.run(("shocks", shock), *still), lab.run(("policy.pricing.base_margin", round(margin + DEARER, 6)), *still)
    taken = [float(of.span(life.monthly, 1, 24)["take_up_rate"].mean()) for life in (par, dearer)]
    return {"take_up": of.ratio(taken[1], taken[0]) - 1.0, "par": _lost(par), "beside": _lost(beside), "dearer": _lost(dearer)}


def conclude_price(seen: Sequence[Seen]) -> dict[str, float]:
    """Losses by who takes the offer and by what it costs, over losses of the dearer offer; seeds averaged first."""
    at = {name: float(np.mean([one[name] for one in seen])) for name in seen[0]}
    private = of.ratio(at["dearer"] - at["par"], at["dearer"])
    return {"take_up": at["take_up"], "selected": of.ratio(at["beside"], at["par"]), "private": private}


_TRIALS = "Karlan–Zinman 2007, offers and contracts of a South African lender at random prices"
PRICE = Fact(
    10, "Adverse selection on price", "sign",
    "A dearer offer is taken by fewer; those who take it default more, and more again because of what it costs.",
    "The first product's loans of 24 months, charge-offs within 18 months on book; refinancing by rivals switched off. Offers at par, the "
    "same contracts beside rivals who are 5 percentage points cheaper (who takes the offer is all that differs), and the lender's margin "
    "5 points higher (the contract is dearer too).",
    (
        Check("take_up", "change of take-up at 5 points more", "%", BELOW_ZERO, "falls", _TRIALS),
        Check(
            "selected", "losses of the same contract, dearer than rivals' over at par", "times", Band(1.0, None, True),
            "rises a little", _TRIALS,
        ),
        Check(
            "private", "losses of a dearer offer and contract that come with the price", "%", Band(0.07, 0.16),
            "7–16 % of default from hidden information and action", _TRIALS,
        ),
    ),
    _dearer, conclude_price,
)

FACTS = (RANK_ORDER, PRICE, BETTER_SCORES)
