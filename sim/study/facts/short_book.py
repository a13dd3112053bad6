"""Lives of a lender with one product of twelve months, whose lending is halved, doubled or stopped in month 1.

Lending is halved by a cut-off at the median score of those lent to; who is lent to from month 1 on does not matter to the arrears of
the first months. Loops through which borrowers would notice are off, no capital is paid out, and no trigger stops the facility.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from sim.inputs.overrides import Given
from sim.study.facts import measures as of
from sim.study.facts.declare import UnfitError
from sim.study.facts.lab import FEEDBACK, Lab, Life, gains
from sim.study.facts.panel import loans

Lending = Literal["flat", "halved", "stopped", "small", "doubled"]
TENOR = 12


def priced_by_risk(lab: Lab) -> str:
    """Name of the policy's first product with price and tenor by risk band. UnfitError where it has none."""
    for name, offer in lab.setting.calm.policy.products.items():
        if offer.method == "annuity":
            return str(name)
    raise UnfitError("a product with equal instalments priced by risk, which the policy has not")


def shelf(lab: Lab) -> Sequence[Given]:
    """Overrides that leave one product of twelve months, charged off at 180 days, to a lender whom no trigger stops."""
    policy, first = lab.setting.calm.policy, priced_by_risk(lab)
    return [
        ("policy.underwriting.bands", [band.model_dump(mode="json") | {"tenor": TENOR} for band in policy.underwriting.bands]),
        *((f"policy.products.{name}.offered", name == first) for name in policy.products),
        ("policy.servicing.charge_off_dpd", 180), ("policy.funding.dividend_above", None),
        ("policy.funding.warehouse.delinquency_trigger", 1.0), ("warm_up_months", 24), ("months", 24), *gains(FEEDBACK),
        ("profile.prepayment.monthly", 0.0),  # the cohorts that it is compared with run to their end
    ]


def short_book(lab: Lab, lending: Lending = "flat") -> Life:
    """A steady book of twelve-month loans whose lender goes on as before, or changes its lending in month 1.

    small: the book was built with half the lending, and stays as it is; doubled: it was built so, and then lends to all.
    """
    if lending == "flat":
        return lab.run(*shelf(lab), own_past=True, panel=True)
    if lending == "stopped":
        return lab.run(*shelf(lab), *from_month_1(lab, no_lending(lab)), own_past=True)
    half = {"underwriting.cut_off": median_score(lab)}
    if lending == "halved":
        return lab.run(*shelf(lab), *from_month_1(lab, half), own_past=True)
    grows = from_month_1(lab, {"underwriting.cut_off": lab.setting.calm.policy.underwriting.cut_off}) if lending == "doubled" else ()
    return lab.run(*shelf(lab), *((f"policy.{path}", value) for path, value in half.items()), *grows, own_past=True)


def median_score(lab: Lab) -> int:
    """Of the loans that the lender of the flat life lends."""
    return int(np.median(loans(short_book(lab).people)["score"]))


def no_lending(lab: Lab) -> dict[str, bool]:
    """Values of the policy that take the product off the shelf."""
    return {f"products.{priced_by_risk(lab)}.offered": False}


def from_month_1(lab: Lab, values: dict[str, bool] | dict[str, int]) -> Sequence[Given]:
    """A dated change of the policy, so that the book was built without it."""
    return [("policy_changes", [{"from": lab.month(1), "set": values}])]


def npl_ratios(lab: Lab, lending: Lending) -> list[float]:
    """The 90+ share month by month, over that of the life whose lending stays as it was."""
    before: Lending = "small" if lending == "doubled" else "flat"
    as_it_was, other = (short_book(lab, how).monthly["npl_ratio"].to_numpy() for how in (before, lending))
    return [of.ratio(b, a) for a, b in zip(as_it_was, other, strict=True)]


def provision_at_booking(lab: Lab) -> float:
    """Provisions of month 1 that a stop of lending saves, over the principal that it keeps back."""
    flat, stopped = (of.span(short_book(lab, how).monthly, 1, 1) for how in ("flat", "stopped"))
    kept = float(flat["originations"].sum() - stopped["originations"].sum())
    return of.ratio(flat["provisions"].sum() - stopped["provisions"].sum(), kept)
