"""Checks across fields: what no single value can show."""

from __future__ import annotations

from sim.config.faults import Fault
from sim.config.fields import Section
from sim.config.schema import Policy, Profile, Scenario, Shock
from sim.config.yaml_reader import Path_, Place, dotted

_RANGES = {
    "unemployment_rate": (0.001, 0.9), "income_support": (0.0, 1.0), "outside_credit": (0.0, 1.0),
    "funding_haircut": (0.0, 1.0), "lender_rumour": (0.0, 1.0), "apr_cap": (0.0, 10.0),
    "real_income_growth": (-0.9, 1.0), "inflation": (-0.5, 1.0), "policy_rate": (-0.05, 1.0), "funding_spread": (-0.2, 1.0),
}


class _Complaints:
    def __init__(self, marks: dict[Path_, Place]) -> None:
        self.marks, self.faults = marks, list[Fault]()

    def add(self, path: Path_, message: str, expected: str = "") -> None:
        p = path
        while p not in self.marks and p:
            p = p[:-1]
        self.faults.append(Fault(*self.marks.get(p, ("", 1, 1)), dotted(path), message, expected))


def cross_checks(section: Section, marks: dict[Path_, Place]) -> list[Fault]:
    """Faults that show only when several values are seen together."""
    c = _Complaints(marks)
    if isinstance(section, Scenario):
        _scenario(section, c)
    elif isinstance(section, Policy):
        _policy(section, c)
    elif isinstance(section, Profile):
        _profile(section, c)
    return c.faults


def _scenario(s: Scenario, c: _Complaints) -> None:
    if s.start is None and s.economy.table is None:
        c.add(("start",), "the first month is not given", "start: YYYY-MM (only a table can supply it)")
    for name, (low, high) in _RANGES.items():
        value = getattr(s.economy, name)
        values = value if isinstance(value, list) else [value]
        if not values:
            c.add(("economy", name), "the list is empty", "one value a month")
        for k, v in enumerate(values):
            if not low <= v <= high:
                path: Path_ = ("economy", name, k) if isinstance(value, list) else ("economy", name)
                c.add(path, f"{v:g} is out of range", f"{low:g} to {high:g}")
    for k, shock in enumerate(s.shocks):
        _shock(shock, k, s, c)


def _shock(shock: Shock, k: int, s: Scenario, c: _Complaints) -> None:
    at: Path_ = ("shocks", k)
    sizes = [n for n in ("by", "to", "values") if getattr(shock, n) is not None]
    wanted = ["values"] if shock.shape == "path" else ["by", "to"]
    if len(sizes) != 1 or sizes[0] not in wanted:
        given = " and ".join(sizes) or "no size"
        c.add(at, f"a {shock.shape} with {given}", "values" if shock.shape == "path" else "exactly one of by, to")
    if shock.shape == "ramp" and not shock.over:
        c.add((*at, "over") if shock.over is not None else at, "a ramp needs its length", "over: months, at least 1")
    if shock.shape != "ramp" and shock.over is not None:
        c.add((*at, "over"), f"a {shock.shape} has no `over`", "shape: ramp, or no `over`")
    if shock.shape == "pulse" and not shock.hold:
        c.add((*at, "hold") if shock.hold is not None else at, "a pulse needs its length", "hold: months, at least 1")
    if shock.shape == "path" and shock.values is not None and not shock.values:
        c.add((*at, "values"), "the list is empty", "one change a month")
    if shock.recovery is not None:
        if (shock.recovery.by is None) == (shock.recovery.half_life is None):
            c.add((*at, "recovery"), "a recovery is either by a month or by a half-life", "exactly one of by, half_life")
        if shock.hold is None:
            c.add((*at, "recovery"), "a shock recovers after its hold", "hold: months")
        if shock.recovery.by is not None and shock.recovery.by <= shock.start:
            c.add((*at, "recovery", "by"), f"{shock.recovery.by} is not after the start {shock.start}", "a later month")
    if s.start is not None:
        index = shock.start.index_from(s.start)
        if not 0 <= index < s.months:
            last = s.start.shift(s.months - 1)
            c.add((*at, "start"), f"{shock.start} lies outside the run", f"{s.start} to {last}")


def _policy(p: Policy, c: _Complaints) -> None:
    scores = [b.min_score for b in p.underwriting.bands]
    for k in range(1, len(scores)):
        if scores[k] >= scores[k - 1]:
            c.add(("underwriting", "bands", k, "min_score"), f"{scores[k]} does not fall", f"less than {scores[k - 1]}: bands go from best to weakest")  # noqa: E501
    for name in ("cash_loan", "instalment_plan"):
        product = getattr(p.products, name)
        if product.minimum > product.maximum:
            c.add(("products", name, "minimum"), f"{product.minimum:g} exceeds the maximum {product.maximum:g}", "minimum <= maximum")
        if product.maximum > 20_000_000:
            c.add(("products", name, "maximum"), f"{product.maximum:g} is more than an account can hold", "at most 20,000,000")
    if p.servicing.paid_in_full_share <= 0:
        c.add(("servicing", "paid_in_full_share"), "nothing would ever be overdue", "more than 0%")
    if p.funding.warehouse.term_out_months < 1:
        c.add(("funding", "warehouse", "term_out_months"), "0 is too small", "at least 1")


def _profile(p: Profile, c: _Complaints) -> None:
    total = sum(s.share for s in p.segments)
    if abs(total - 1) > 1e-6:
        c.add(("segments",), f"the shares add up to {100 * total:g}%", "100%")
    names = [s.name for s in p.segments]
    for name in ("youth", "middle", "other"):
        if names.count(name) != 1:
            c.add(("segments",), f"the segment '{name}' stands {names.count(name)} times", "youth, middle and other once each")
    total = sum(s.share for s in p.labour.sectors)
    if abs(total - 1) > 1e-6:
        c.add(("labour", "sectors"), f"the shares add up to {100 * total:g}%", "100%")
    if p.spending.essential_share + p.spending.discretionary_share > 1.2:
        c.add(("spending", "essential_share"), "essentials and discretionary spending exceed income by a fifth", "a sum of at most 120%")
