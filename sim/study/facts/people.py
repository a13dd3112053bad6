"""Facts 11, 25, 26 and 27: which borrowers do not pay, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.study.facts import measures as of
from sim.study.facts.declare import ABOVE_ZERO, Band, Check, Fact, Seen
from sim.study.facts.lab import SHOCK, SQUEEZE, Lab, Life
from sim.study.facts.panel import DEFAULT, LATE, Array, Panel

WITHIN = 12  # months after a job loss
BUFFERS = ((0.0, 0.5), (0.5, 1.5), (1.5, 2.5), (2.5, 3.5))  # months of essential spending at the loss


@dataclass(frozen=True)
class Losses:
    """Job losses of borrowers with a loan and no arrears.

    buffer: savings in months of essentials; to_30: months until 30 days past due, 0 for never; defaulted or not.
    """

    buffer: Array
    to_30: Array
    defaulted: Array


def job_losses(panel: Panel, within: int = WITHIN) -> Losses:
    """Every job loss that so many recorded months follow; defaulted: 90 days past due or charged off within them."""
    worst = panel.arrears()
    written_off = panel.of_accounts("charged_off")
    buffers, first_late, defaults = [], [], []
    for month in range(1, panel.months - within + 1):
        rows = np.flatnonzero((panel["employed"][month - 1] == 1) & (panel["employed"][month] == 0) & (worst[month - 1] == 0))
        after = worst[month : month + within + 1, rows]
        late = after >= LATE
        first_late.append(np.where(late.any(axis=0), late.argmax(axis=0), 0))
        off = ((written_off[:, month + within, rows] >= month) & (written_off[:, month + within, rows] <= month + within)).any(axis=0)
        defaults.append((after >= DEFAULT).any(axis=0) | off)
        buffers.append(panel["cash"][month - 1, rows] / np.maximum(panel["essential"][month - 1, rows], 1.0))
    joined = (np.concatenate(parts) if parts else np.zeros(0) for parts in (buffers, first_late, defaults))
    return Losses(*joined)


def _buffers(lab: Lab) -> Seen:
    losses = job_losses(lab.calm().people)
    found: dict[str, float | Array] = {}
    for k, (low, high) in enumerate(BUFFERS):
        here = (losses.buffer >= low) & (losses.buffer < high)
        found |= {f"losses_{k}": float(here.sum()), f"defaults_{k}": float(losses.defaulted[here].sum())}
    late = losses.to_30 > 0
    return {**found, "wait": losses.to_30[late] - losses.buffer[late]}


def conclude_buffers(seen: Sequence[Seen]) -> dict[str, float]:
    """Default risk after a job loss by savings, seeds pooled; median wait until 30 days past due, beyond the savings' months."""
    risk = []
    for k in range(len(BUFFERS)):
        n = sum(one[f"losses_{k}"] for one in seen)
        risk.append(of.ratio(sum(one[f"defaults_{k}"] for one in seen), n))
    wait = np.concatenate([one["wait"] for one in seen])
    return {
        "ratio": of.ratio(risk[0], risk[3]), "disorders": float(of.disorders(risk, rising=False)),
        "convex": (risk[0] - risk[1]) - (risk[2] - risk[3]), "wait": float(np.median(wait)) if wait.size else float("nan"),
    }


SAVINGS = Fact(
    11, "Savings and job loss", "level",
    "Default after a job loss falls with months of savings, the first months protecting most; who falls behind does so about when the "
    "savings are gone.",
    "Calm scenario, borrowers with a loan and no arrears who lose their job: 90 days past due or charged off within twelve months, by "
    "savings in months of essential spending (0–0.5, 0.5–1.5, 1.5–2.5, 2.5–3.5). Wait: months from the loss to 30 days past due less "
    "months of savings, median of those who get there. Seeds pooled.",
    (
        Check("ratio", "default risk without savings over that with three months", "times", Band(3.0, None), "at least 3", "judgement"),
        Check("disorders", "steps of the risk against the order", "number", Band(0, 0), "none", "judgement"),
        Check("convex", "risk saved by the first month less that by the third", "pp", ABOVE_ZERO, "above 0: convex", "judgement"),
        Check(
            "wait", "months to 30 days past due beyond the savings", "months", Band(0.0, 2.0), "1: savings in months and one", "judgement",
        ),
    ),
    _buffers, conclude_buffers,
)

NETWORK = "acquaintances among borrowers (a network), through which default and news of the lender spread"
CONTAGION = Fact(
    25, "Contagion among borrowers", "sign",
    "A default among one's acquaintances raises one's own hazard; overall the loop amplifies losses a little, most after a blow to trust.",
    "Hazard in the three months after an acquaintance's default against others alike; losses with the loop on over those with it off.",
    (
        Check(
            "hazard", "rise of the hazard after an acquaintance's default", "%", Band(0.13, 0.27), "13–27 %",
            "Lien et al., Chinese microloans", missing=NETWORK,
        ),
        Check("multiplier", "losses with contagion over losses without", "times", Band(1.1, 1.4), "1.1–1.4", "judgement", missing=NETWORK),
    ),
)


def unwilling(life: Life, first: int, last: int) -> float:
    """Instalments missed by able but unwilling borrowers, of those that were missed unwillingly or not missed at all."""
    m = of.span(life.monthly, first, last)
    able = float(m["active_accounts"].sum()) - float(m["missed_total"].sum()) + float(m["missed_will_not_pay"].sum())
    return of.ratio(m["missed_will_not_pay"].sum(), able)


def _prospects(lab: Lab) -> Seen:
    first, last = SHOCK, SHOCK + 11
    rumour = {"variable": "lender_rumour", "start": lab.month(SHOCK), "shape": "step", "to": 1.0, "hold": 12}
    talked_of = lab.run(("shocks", [rumour]), ("months", last))
    squeezed = lab.run(lab.shocks(SQUEEZE))
    indifferent = lab.run(lab.shocks(SQUEEZE), ("mechanisms.access", 0.0))
    return {
        "rumour": of.ratio(unwilling(talked_of, first, last), unwilling(lab.calm(), first, last)),
        "access": of.ratio(unwilling(squeezed, 13, 30), unwilling(indifferent, 13, 30)),
    }


PROSPECTS = Fact(
    26, "A failing lender's borrowers", "sign",
    "When a lender stops lending on or is talked of as failing, fewer of those who could pay still do.",
    "Instalments missed by able but unwilling borrowers over all that able ones owed. Rumour: a year of full rumour from month 7 against "
    "calm. Access: recession with a funding squeeze, months 13 to 30, against the same with the gain `access` at 0.",
    (
        Check(
            "rumour", "unwilling share under a rumour over calm", "times", Band(1.0, None, True), "above 1",
            "judgement; runs of 2018 (PIIE)",
        ),
        Check(
            "access", "unwilling share with the prospect of credit over without", "times", Band(1.0, None, True), "above 1",
            "judgement; repeat share 79–87 % (FinVolution 2019, 360 2020)",
        ),
    ),
    _prospects,
)


def late_months(panel: Panel, who: Array, first: int, last: int) -> float:
    """Of the months in which these borrowers have a loan, the share in which they are in arrears on one."""
    worst = panel.arrears()[first : last + 1, who]
    return of.ratio((worst > 0).sum(), (worst >= 0).sum())


def _stacked(lab: Lab) -> Seen:
    calm = lab.calm()
    shock = {"variable": "outside_credit", "start": lab.month(SHOCK), "shape": "ramp", "by": -0.6, "over": 3}
    tight = lab.run(("shocks", [shock]), ("months", SHOCK + 14), panel=True)
    before = SHOCK - 1
    panel = calm.people
    has_loan = panel.arrears()[before] >= 0
    debt = panel["other_balance"][before] / np.maximum(panel["permanent"][before], 1.0)
    owing = has_loan & (debt > 0)
    edges = np.quantile(debt[owing], (1 / 3, 2 / 3)) if owing.any() else np.zeros(2)
    groups = [has_loan & (debt <= 0), owing & (debt <= edges[0]), owing & (debt > edges[0]) & (debt <= edges[1]), owing & (debt > edges[1])]
    first, last = SHOCK + 3, SHOCK + 14
    calm_late = [late_months(panel, who, first, last) for who in groups]
    tight_late = [late_months(tight.people, who, first, last) for who in groups]
    rise = [b - a for a, b in zip(calm_late, tight_late, strict=True)]
    return {
        "more_debt": of.ratio(calm_late[3], calm_late[0]), "rise": rise[3] - rise[0], "stacked": of.ratio(tight_late[3], calm_late[3]),
    }


LENDERS = "the number of lenders that a borrower owes to (debts elsewhere are one sum)"
STACKING = Fact(
    27, "Debts at several lenders", "sign",
    "Arrears rise with debts at other lenders; when all lenders tighten, those who rolled such debts over default most.",
    "Borrowers with a loan, by debts elsewhere over monthly income before month 7: none, and thirds of the others. Share of their months "
    "in arrears, months 10 to 21, calm and when credit elsewhere falls by 60 points within three months.",
    (
        Check(
            "more_debt", "arrears of the most indebted third over those without debts elsewhere", "times", Band(1.0, None, True),
            "above 1", "judgement",
        ),
        Check("rise", "rise of arrears when others tighten, most indebted less unindebted", "pp", ABOVE_ZERO, "above 0", "judgement"),
        Check(
            "stacked", "arrears of the most indebted third, tightened over calm", "times", Band(1.5, 2.5),
            "2.0: QFIN's 1–30 days, 0.81 to 1.64 % in 2025", "QFIN 20-F 2025", "CNY",
        ),
        Check(
            "lenders", "default by the number of active lenders", "times", Band(1.0, None, True), "rises",
            "judgement", missing=LENDERS,
        ),
    ),
    _stacked,
)

FACTS = (SAVINGS, CONTAGION, PROSPECTS, STACKING)
