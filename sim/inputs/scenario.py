"""What a scenario file may say: a market's borrowers and a lender's policy under macro conditions.

Three files, three owners: a *profile* describes the borrowers of a market, a *policy* the lender's decisions, a
*scenario* puts both under macro conditions. Every number a model reads stands in one of them with its unit; nothing
here has a hidden default for a behavioural number; a gain that is left out is 1, as calibrated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field, StrictBool, create_model

from sim.assembly import switches
from sim.config import slips
from sim.config.faults import shown_value
from sim.config.fields import RATE_HELD, Money, Month, PolicyReference, Rate, Reference, Section, Share, Tenor, Text, Whole, percentage
from sim.config.ranges import Plausible, Range, refusal
from sim.economy.schema import Economy, Shock
from sim.inputs.changes import Changes


def _gain(value: Any) -> Any:
    """A switch is a number; who writes a word for on or off is told which."""
    meant = shown_value(value) if isinstance(value, bool) else slips.of_switch(value) if isinstance(value, str) else ""
    share = percentage(value, "%") if isinstance(value, str) else None
    if meant or share is not None:
        written = f"{share:g}" if share is not None else "0" if meant == "false" else "1"
        raise refusal("number", f"{shown_value(value)} is no strength of a loop", f"a number, 0 off, 1 as calibrated; write {written}")
    return value


Gain = Annotated[float, BeforeValidator(_gain), Range(0, 10, "a loop ten times as strong as calibrated is another model"), Plausible(0, 2, "1 is as calibrated")]


class Borrowers(Section):
    profile: Reference = Field(description="profile file, by name or path")
    count: Annotated[
        Whole, Range(1, 50_000_000, "more do not fit the memory of one machine, at some 250 bytes each", below="somebody must borrow")
    ] = Field(description="size of the population, customers and prospects")
    registered: StrictBool = Field(default=False, description="register every borrower as a Mesa agent (teaching size)")


if TYPE_CHECKING:

    class Mechanisms(Section):
        """Gains by name, as the mechanisms declare them."""

        def __getattr__(self, name: str) -> float: ...

else:
    Mechanisms = create_model(
        "Mechanisms",
        __base__=Section,
        __doc__="Strength of each loop: 1 as calibrated, 0 off.",
        **{s.name: (Gain, Field(default=1.0, description=s.meaning)) for s in switches()},
    )


class ScriptedLoan(Section):
    principal: Money = Field(description="face principal, major units; the upfront fee is the policy's")
    rate: Annotated[Rate, Range(0, 3, RATE_HELD, percent=True)] = Field(description="annual nominal rate")
    tenor: Tenor = Field(description="monthly instalments")
    due_day: Annotated[Whole, Range(1, 28, "every month has 28 days")] = Field(description="day of the month on which instalments fall due")


class Script(Section):
    """One borrower whose payments are given: the books of a single loan, to be followed by hand."""

    equity: Money = Field(description="cash paid in by shareholders before the loan, major units")
    loan: ScriptedLoan
    payments: list[Money] = Field(
        description="paid in month 1, 2, …, major units, nothing afterwards; what is more than owed is handed back"
    )
    recoveries: list[Money] = Field(description="recovered in the first, second, … month after charge-off, major units")
    sale_price: Share = Field(description="the unrecovered claim is sold at this share of it, the month after the last recovery")


class Scenario(Section):
    title: Text
    description: Text = ""
    extends: Reference | None = None
    start: Month | None = Field(default=None, description="first simulated month; left out, the table's first month")
    months: Annotated[Whole, Range(1, 600, "fifty years outlast every loan and every path of the economy", below="a run has a month")]
    seed: Annotated[Whole, Range(0, 2**63 - 1, "the generator's key has 63 bits of it")]
    warm_up_months: Annotated[Whole, Range(0, 120, "the longest loan is repaid by then, so the book has settled")] = Field(
        description="months simulated under the first month's conditions before month 1, funding frozen; income and price growth as economy states them, a table's aside"
    )
    borrowers: Borrowers
    policy: PolicyReference = Field(description="policy file, by name or path; in force from month 1")
    opening_policy: PolicyReference | None = Field(
        default=None, description="policy under which the book was built before month 1; left out, `policy` as the file names it"
    )
    policy_changes: Changes = Field(default_factory=list, description="dated changes of the policy, in the order of their months")
    economy: Economy
    shocks: Annotated[list[Shock], Field(max_length=200)] = Field(default_factory=list)
    mechanisms: Mechanisms
    script: Script | None = Field(default=None, description="a single scripted borrower instead of a population")
