"""The macro variables, each declared once, and the range in which each has a meaning.

What a scenario may say of them (sim/economy/schema.py) and their course over a run (sim/economy/conditions.py) follow from here.

The ranges are those of the words, not of what is likely: a rate of unemployment of 90 % is improbable, one
of 110 % is no rate of unemployment. A path that leaves its range is refused, never bent back in silence.
"""

from __future__ import annotations

from dataclasses import dataclass

from sim.config.ranges import Plausible, Range


@dataclass(frozen=True)
class Variable:
    """A macro variable: its lowest and highest value (a fraction, or attempts for a count), why none beyond, and what it is.

    plausible: what a study may try. described: whether its meaning, and not that of every path, describes it in the schema.
    """

    name: str
    lowest: float
    highest: float
    why: str
    meaning: str
    is_count: bool = False
    is_growth: bool = False
    plausible: Plausible | None = None
    described: bool = False

    @property
    def range(self) -> Range:
        """The values that a file may give it."""
        return Range(self.lowest, self.highest, self.why, self.why, percent=not self.is_count)

    def show(self, value: float) -> str:
        """The value as a reader of the scenario writes it: per cent, or a plain number for a count."""
        return f"{value:.6g}" if self.is_count else f"{100.0 * value:.6g}%"

    def holds(self, value: float) -> bool:
        """Whether the value lies in the range, give or take the rounding of a sum of a few shocks."""
        return self.lowest - ROUNDING <= value <= self.highest + ROUNDING

    def span(self) -> str:
        """The range in words."""
        return f"{self.show(self.lowest)} to {self.show(self.highest)}"


ROUNDING = 1e-12  # what a sum of a few float64 numbers of the size of a rate may miss its bound by

VARIABLES: dict[str, Variable] = {
    v.name: v
    for v in (
        Variable("unemployment_rate", 0.001, 0.9, "the labour flows need odds: neither nobody nor everybody is out of work",
                 "unemployed over labour force",
                 plausible=Plausible(0.03, 0.15, "calm times to a severe recession")),
        Variable("real_income_growth", -0.95, 10.0, "what is left after a year is a part of it, and incomes must stay a number",
                 "annual growth of real income per head", is_growth=True,
                 plausible=Plausible(-0.1, 0.05, "BEA")),
        Variable("inflation", -0.95, 100.0, "what money is worth after a year is a part of it, and prices must stay a number",
                 "annual growth of consumer prices", is_growth=True, plausible=Plausible(-0.02, 0.1)),
        Variable("policy_rate", -0.05, 10.0, "savers hold cash below it, and above it money has no price",
                 "annual short rate on which funding is priced", plausible=Plausible(0, 0.1)),
        Variable("income_support", 0.0, 2.0, "twice the pay is more than any state has paid for losing it",
                 "paid to the unemployed on top of benefits, over permanent income"),
        Variable("universal_payment", 0.0, 2.0, "twice the median income is more than any state has paid to everybody",
                 "paid to everybody each month, over the profile's median income"),
        Variable("rival_price", -1.0, 10.0, "a rival's price is not negative, and above it money has no price",
                 "annual price that other lenders add to what they ask in calm times", plausible=Plausible(-0.1, 0.1)),
        Variable("outside_credit", 0.0, 1.0, "it is a part of what is refinanced in calm times",
                 "how easily other lenders roll debt over; 1 = as in calm times"),
        Variable("payment_holiday_elsewhere", 0.0, 1.0, "it is a part of what other lenders ask",
                 "share of the payments on debts at other lenders that is not asked of borrowers this month", described=True),
        Variable("elsewhere_interest_waived", 0.0, 1.0, "it is a part of the interest on what is put off",
                 "share of the interest on what is put off elsewhere that is waived; the rest joins the debt", described=True),
        Variable("forbearance", 0.0, 1.0, "it is a part of all borrowers in difficulty",
                 "share of borrowers in difficulty (no job, cut hours, or unable to pay this month) granted a payment holiday here, a "
                 "month", described=True),
        Variable("forbearance_months", 1.0, 60.0, "a holiday has a month, and five years are another loan",
                 "months of a payment holiday granted in the month, rounded", is_count=True, described=True),
        Variable("forbearance_interest_waived", 0.0, 1.0, "it is a part of the interest of the holiday",
                 "share of the interest of such a holiday that is waived; the rest is capitalised", described=True),
        Variable("lending_standards", -1.0, 1.0, "it is a net share: at most all others tighten, or all loosen",
                 "net share of other lenders that tighten, over its long-run mean",
                 plausible=Plausible(-0.5, 0.8, "Fed survey of loan officers")),
        Variable("funding_spread", -0.05, 10.0, "below it nobody lends, and above it money has no price",
                 "annual spread that funding markets add"),
        Variable("funding_haircut", 0.0, 1.0, "it takes away a part of the advance rate",
                 "share by which funders cut the advance rate"),
        Variable("lender_rumour", 0.0, 1.0, "it is a part of the strongest rumour",
                 "strength of rumours about the lender"),
        Variable("apr_cap", 0.0, 100.0, "a price lies above nothing, and above 10,000 % there is no cap",
                 "legal all-in price cap; the stricter of this and the policy's applies", described=True),
        Variable("contact_cap", 0.0, 99.0, "99 attempts a month are no cap at all",
                 "legal cap on contact attempts per account and month", is_count=True, described=True),
    )
}
