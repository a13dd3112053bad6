"""Facts 3, 4, 5, 9, 15 and 29: how losses, lending and provisions move with the economy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from sim.inputs.overrides import Given
from sim.study.facts import measures as of
from sim.study.facts.declare import ABOVE_ZERO, BELOW_ZERO, Band, Check, Fact, Seen
from sim.study.facts.lab import AMPLE, FEEDBACK, RECESSION, SHOCK, Lab, Life, gains
from sim.study.facts.panel import loans
from sim.study.facts.short_book import provision_at_booking

if TYPE_CHECKING:
    import pandas as pd

# U.S. Bureau of Labor Statistics, unemployment rate, seasonally adjusted, per cent, means of quarters 1989 Q1 to 2006 Q4 (FRED UNRATE)
UNEMPLOYMENT_1989_2006 = (
    5.2, 5.2, 5.2, 5.4, 5.3, 5.3, 5.7, 6.1, 6.6, 6.8, 6.9, 7.1, 7.4, 7.6, 7.6, 7.4, 7.1, 7.1, 6.8, 6.6, 6.6, 6.2, 6.0, 5.6,
    5.5, 5.7, 5.7, 5.6, 5.5, 5.5, 5.3, 5.3, 5.2, 5.0, 4.9, 4.7, 4.6, 4.4, 4.5, 4.4, 4.3, 4.3, 4.2, 4.1, 4.0, 3.9, 4.0, 3.9,
    4.2, 4.4, 4.8, 5.5, 5.7, 5.8, 5.7, 5.9, 5.9, 6.1, 6.1, 5.8, 5.7, 5.6, 5.4, 5.4, 5.3, 5.1, 5.0, 5.0, 4.7, 4.6, 4.6, 4.4,
)
NINE_QUARTERS = 27  # months of a supervisory stress test
CARD_LOSSES = 0.0433  # a year of balances, mean 1986–2004 (FRED CORCCACBS): other books' points are told at this level
_FRED = "FRED CORCCACBS, DRCCLACBS and UNRATE, 1986–2004 (own least squares)"
_CARDS = "judgement after FRED card charge-offs, 1990–92 (0.75) and 2001–02 (1.0–1.5)"


def monthly_path(quarters: Sequence[float]) -> list[float]:
    """Month by month between the middles of quarters, as changes against the first, per cent as fractions."""
    months = np.arange(of.QUARTER * len(quarters))
    level = np.interp(months, of.QUARTER * np.arange(len(quarters)) + 1, quarters)
    return [float(v) for v in np.round((level - level[0]) / 100, 6)]


def _history(lab: Lab) -> pd.DataFrame:
    """Quarters of a life under eighteen years of American unemployment.

    As the published series are of cards, loans are charged off at 180 days; equity is ample, so that no lender fails on the way.
    """
    path = monthly_path(UNEMPLOYMENT_1989_2006)
    shock = {"variable": "unemployment_rate", "start": lab.month(1), "shape": "path", "values": path}
    late: Given = ("policy.servicing.charge_off_dpd", 180)
    return of.quarters(lab.run(("months", len(path)), ("shocks", [shock]), late, *AMPLE, own_past=True).monthly)


def _timing(lab: Lab) -> Seen:
    change = _history(lab).diff(4)
    by_lag = of.lagged_correlations(change["unemployment"], change["losses"], range(-2, 7))
    arrears = of.lagged_correlations(change["late"], change["losses"], range(-2, 5))
    return {"lag": of.best_lag(by_lag), "at_4": by_lag[4], "lead": of.best_lag(arrears)}


TIMING = Fact(
    3, "Timing of losses", "level",
    "Losses follow the rise of unemployment, not its level: their yearly changes go together within a quarter and no longer a year "
    "later; arrears lead losses.",
    "Unemployment of the United States 1989–2006, as changes laid over the calm scenario, 216 months. Correlations of four-quarter "
    "changes, quarter by quarter: of losses with unemployment so many quarters before, and with the 30+ share before. Charge-off at 180 "
    "days, as the published series has it.",
    (
        Check("lag", "lag of losses behind unemployment", "quarters", Band(-1, 1), "highest from −1 to 1: 0.55, 0.55, 0.47", _FRED),
        Check("at_4", "correlation four quarters later", "correlation", Band(-0.25, 0.25), "near zero (−0.14)", _FRED),
        Check("lead", "lead of the 30+ share over losses", "quarters", Band(1, 3), "2 quarters (0.68)", _FRED),
    ),
    _timing,
)


def paired_elasticity(stressed: pd.DataFrame, calm: pd.DataFrame, first: int) -> float:
    """Points of annual net losses per point of unemployment: the largest half-year from the peak of unemployment to two quarters on."""
    rise = stressed["unemployment_rate"].to_numpy() - calm["unemployment_rate"].to_numpy()
    peak = int(rise.argmax()) + 1
    windows = [range(start, start + 6) for start in range(max(first, peak - 2), peak + 5)]

    def excess(window: range) -> float:
        return of.loss_rate(of.span(stressed, window[0], window[-1])) - of.loss_rate(of.span(calm, window[0], window[-1]))

    return max(excess(window) for window in windows) / float(rise.max())


def nine_quarter_multiple(stressed: pd.DataFrame, calm: pd.DataFrame) -> float:
    """Loss rate, net losses over average balances, of the first nine quarters over the calm one."""
    return of.ratio(of.loss_rate(of.span(stressed, 1, NINE_QUARTERS)), of.loss_rate(of.span(calm, 1, NINE_QUARTERS)))


def _elasticity(lab: Lab) -> Seen:
    q = _history(lab)
    level, change = q["unemployment"], q["unemployment"].diff(4)
    losses = of.logit(q["losses"].to_numpy())
    best = (-1.0, 0.0, 0.0, 0.0)
    for lag in range(3):
        moved = change.shift(lag).to_numpy()
        known = ~np.isnan(moved)
        y, x1, x2 = losses[known], level.to_numpy()[known], moved[known]
        slopes, explained = of.regression(y, x1, x2)
        alone = of.regression(y, x1)[1]
        best = max(best, (explained, float(slopes[0]), float(slopes[1]), explained - alone))
    calm, recession = lab.calm().monthly, lab.recession(panel=True).monthly
    at_cards = of.ratio(CARD_LOSSES, of.loss_rate(of.span(calm, SHOCK, SHOCK + 23)))
    return {
        "level": best[1] / 100, "change": best[2] / 100, "gain": best[3],
        "elasticity": paired_elasticity(recession, calm, SHOCK) * at_cards,
        "multiple": nine_quarter_multiple(recession, calm),
    }


ELASTICITY = Fact(
    4, "Losses and rising unemployment", "level",
    "Losses respond to unemployment that rises: its change explains much beyond its level, and at a given change its level, which "
    "follows years in which lenders had tightened, takes losses down.",
    "The life of fact 3: log-odds of quarterly losses on unemployment and its four-quarter change, lagged 0 to 2 quarters, whichever "
    "explains more. Elasticity: severe recession against calm, largest half-year between the peak of unemployment and two quarters later, "
    "told at the mean losses of cards, 4.33 % a year, since points grow with a book's own level. Multiple: losses over average "
    "balances of the first nine quarters.",
    (
        Check("level", "slope on the level, log-odds a point", "number", Band(-0.19, -0.03), "−0.09 to −0.14, each ±0.05", _FRED),
        Check(
            "change", "slope on the four-quarter change, log-odds a point", "number", Band(0.14, 0.37), "0.24–0.31, each ±0.06 to 0.10",
            _FRED,
        ),
        Check("gain", "variance explained in addition by the change", "%", Band(0.2, 0.6), "37–54 % (fact 4 of the field: 20–30 %)", _FRED),
        Check(
            "elasticity", "points of losses per point of unemployment, at cards' level", "pp per pp", Band(0.8, 1.3),
            "0.8–1.3 pp per pp for prime cards", _CARDS,
        ),
        Check(
            "multiple", "severe recession's loss rate over the calm one, nine quarters", "times", Band(1.5, 2.2),
            "1.7–1.9 (cards 17.4–17.6 % of balances in nine quarters against 4–4.6 % a year)",
            "Federal Reserve stress tests 2023–24 (recalled)",
        ),
    ),
    _elasticity,
)


def _increments(lab: Lab) -> Seen:
    """Net losses of nine quarters: calm, half the shock and all of it, with the feedback loops on and off."""
    off = gains(FEEDBACK)

    def losses(life: Life) -> float:
        return of.net_losses(of.span(life.monthly, 1, NINE_QUARTERS))

    return {
        "on_0": losses(lab.calm()), "on_1": losses(lab.recession(size=0.5)), "on_2": losses(lab.recession(panel=True)),
        "off_0": losses(lab.run(*off, own_past=True)), "off_1": losses(lab.recession(*off, size=0.5, own_past=True)),
        "off_2": losses(lab.recession(*off, own_past=True)),
    }


def conclude_convexity(seen: Sequence[Seen]) -> dict[str, float]:
    """Increment of losses at the whole shock over that at half of it, seeds pooled."""
    total = {name: sum(one[name] for one in seen) for name in seen[0]}
    on, off = (
        of.ratio(total[f"{side}_2"] - total[f"{side}_0"], total[f"{side}_1"] - total[f"{side}_0"]) for side in ("on", "off")
    )
    return {"on": on, "off": off, "difference": on - off}


CONVEXITY = Fact(
    5, "Convexity", "level",
    "A shock twice as large costs more than twice as much once feedback is on; without feedback only the threshold of default bends the "
    "curve.",
    "Severe recession and half of it against calm: increments of net losses over nine quarters, seeds pooled; with all loops as "
    "calibrated, and with "
    f"these gains at 0, the book built so too: {', '.join(FEEDBACK)}.",
    (
        Check("on", "increment at the whole shock over half of it, feedback on", "times", Band(2.0, 2.6), "2.0–2.6", "judgement"),
        Check("off", "the same with feedback off", "times", Band(1.8, 2.2), "1.8–2.2", "judgement"),
        Check("difference", "feedback on less off", "times", ABOVE_ZERO, "above 0: the test that matters", "judgement"),
    ),
    _increments, conclude_convexity,
)


def vintage_losses(vintages: pd.DataFrame, months: Sequence[str], age: int = 12) -> float:
    """Principal that has been 90 days past due at so many months on book over what these vintages lent."""
    v = vintages[vintages["vintage"].isin(months) & (vintages["months_on_book"] == age)]
    return of.ratio(v["ever_90_plus"].sum(), v["originated"].sum())


def mean_age_at_90(vintages: pd.DataFrame, months: Sequence[str], age: int = 12) -> float:
    """Mean months on book at which principal of these vintages first was 90 days past due, within so many months."""
    v = vintages[vintages["vintage"].isin(months) & (vintages["months_on_book"] <= age)]
    reached = v.groupby("months_on_book")["ever_90_plus"].sum().reindex(range(age + 1), fill_value=0.0)
    new = reached.diff().fillna(reached)
    return of.ratio((new * new.index).sum(), new.sum())


def _vintages(lab: Lab) -> Seen:
    recession = lab.recession(*AMPLE, own_past=True)
    tighter = {"from": lab.month(SHOCK), "set": {"underwriting.cut_off": "+30"}}
    tightened = lab.recession(*AMPLE, ("policy_changes", [tighter]), own_past=True)
    boom, recovery, after = ([lab.month(m) for m in span] for span in (range(1, SHOCK), range(25, 37), range(SHOCK, SHOCK + 12)))
    return {
        "boom": of.ratio(vintage_losses(recession.vintages, boom), vintage_losses(recession.vintages, recovery)),
        "tightened": of.ratio(vintage_losses(tightened.vintages, after), vintage_losses(recession.vintages, after)),
        "later": mean_age_at_90(tightened.vintages, after) - mean_age_at_90(recession.vintages, after),
    }


VINTAGES = Fact(
    9, "Order of vintages", "sign",
    "Vintages lent at the end of a boom are the worst; tightened ones are better, and their losses come later.",
    "Severe recession: principal 90 days past due at twelve months on book, of the six vintages before unemployment begins to rise over "
    "those of months 25 to 36; equity is ample, so that every lender lends on. Tightened: the cut-off rises by 30 points in month 7; "
    "vintages of months 7 to 18 against those of the untightened life.",
    (
        Check(
            "boom", "end-of-boom vintages over those of the recovery", "times", Band(1.0, None, True), "above 1",
            "judgement",
        ),
        Check(
            "tightened", "tightened vintages over untightened ones", "times", Band(None, 1.0, True), "below 1", "judgement",
        ),
        Check(
            "later", "months on book at 90 days past due, tightened less untightened", "months", ABOVE_ZERO, "later",
            "judgement",
        ),
    ),
    _vintages,
)


def same_price(before: pd.DataFrame, after: pd.DataFrame) -> float:
    """Rise of the mean rate within product and band, weighted by the first frame's loans; a year, as a fraction."""
    keys = ["product", "band"]
    rise = after.groupby(keys)["rate"].mean() - before.groupby(keys)["rate"].mean()
    known = rise.dropna()
    weight = before.groupby(keys)["rate"].size().reindex(known.index)
    return of.ratio((known * weight).sum(), weight.sum()) / 10_000


def _standards(lab: Lab) -> Seen:
    calm = lab.calm()
    stressed = lab.run(lab.shocks(RECESSION, leave_out=("policy_rate",)), panel=True)
    first, last = SHOCK + 2, SHOCK + 17
    before, after = (book[book["opened"].between(first, last)] for book in (loans(calm.people), loans(stressed.people)))
    m, n = (of.span(life.monthly, first, last) for life in (calm, stressed))
    return {
        "approval": of.ratio(n["approvals"].sum(), n["applications"].sum()) - of.ratio(m["approvals"].sum(), m["applications"].sum()),
        "lending": of.ratio(n["originations"].sum(), m["originations"].sum()) - 1,
        "score": float(after["score"].mean() - before["score"].mean()), "price": same_price(before, after),
    }


STANDARDS = Fact(
    15, "Lending standards over the cycle", "sign",
    "In stress fewer applications are approved, less is lent, those accepted have better scores, and the price rises.",
    "Severe recession, its fall of the policy rate left out, against calm, months 9 to 24. Price: mean annual rate of new loans within "
    "product and band.",
    (
        Check("approval", "change of the approval rate", "pp", BELOW_ZERO, "falls", "judgement"),
        Check("lending", "change of originations", "%", BELOW_ZERO, "fall", "judgement"),
        Check("score", "change of the mean score of new loans, points", "number", ABOVE_ZERO, "rises", "judgement"),
        Check("price", "change of the rate of new loans", "pp", ABOVE_ZERO, "rises", "judgement"),
    ),
    _standards,
)


def _provisions(lab: Lab) -> Seen:
    calm, recession = lab.calm().monthly.reset_index(drop=True), lab.recession(panel=True).monthly.reset_index(drop=True)
    excess = recession[["provisions", "gross_charge_offs"]] - calm[["provisions", "gross_charge_offs"]]
    smooth = excess.rolling(of.QUARTER, center=True).mean()
    lead = of.best_lag(of.lagged_correlations(smooth["provisions"], smooth["gross_charge_offs"], range(-6, 19)))
    rising = slice(SHOCK - 1, SHOCK + 11)
    return {
        "lead": lead / of.QUARTER, "cyclical": of.ratio(recession["provisions"][rising].sum(), calm["provisions"][rising].sum()),
        "day_one": provision_at_booking(lab),
    }


PROVISIONS = Fact(
    29, "Provisions", "level",
    "Provisions lead charge-offs by two to four quarters and rise with the downturn; what is set aside on the day of booking weighs on "
    "growth.",
    "Severe recession less calm, three-month means: months by which provisions go ahead of charge-offs (highest correlation). Cyclical: "
    "provisions of the twelve months in which unemployment rises over the calm ones. Day one: provisions that a lender saves in the "
    "month in which it stops lending, over what it would have lent.",
    (
        Check(
            "lead", "lead of provisions over charge-offs", "quarters", Band(2, 4), "2–4 quarters",
            "judgement",
        ),
        Check("cyclical", "provisions while unemployment rises over calm ones", "times", Band(1.0, None, True), "above 1", "judgement"),
        Check("day_one", "provision on the day of booking over principal", "%", ABOVE_ZERO, "above 0", "ASC 326 (CECL)"),
    ),
    _provisions,
)

FACTS = (TIMING, ELASTICITY, CONVEXITY, VINTAGES, STANDARDS, PROVISIONS)
