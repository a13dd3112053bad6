"""Doubts: what is allowed and yet hardly meant. `check` and `run` print them as warnings, `--strict` refuses them."""

from __future__ import annotations

import typing
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import pairwise
from typing import Any

from pydantic import BaseModel

from sim.config.faults import Fault
from sim.config.fields import Section
from sim.config.ranges import Plausible, in_words, numbers_in
from sim.config.validation import place_of
from sim.config.yaml_reader import KeyPath, Place, dotted
from sim.inputs.policy import Policy
from sim.inputs.profile import Profile
from sim.lender.pricing import offer_terms
from sim.lender.products import Product

Complaint = tuple[KeyPath, str, str]


def doubts(section: Section, marks: Mapping[KeyPath, Place]) -> list[Fault]:
    """Warnings of a sound section: values that no study tries, and values that hardly go together."""
    found = [*_implausible(section, ())]
    if isinstance(section, Policy):
        found += [*_bands(section), *_prices(section), *_offers(section), *_means(section), *_contacts(section), *_plans(section)]
    elif isinstance(section, Profile):
        found += [*_essentials(section), *_benefits(section)]
    return [Fault(*place_of(path, marks), dotted(path), message, expected, warning=True) for path, message, expected in found]


@lru_cache(maxsize=256)
def _plausible(section: type[BaseModel]) -> dict[str, tuple[Plausible, bool]]:
    """Fields that say what is plausible, and whether people write them as a percentage."""
    numbers = [(name, number) for name, field in section.model_fields.items() for number in numbers_in(field)]
    return {name: (n.plausible, n.range is not None and n.range.percent) for name, n in numbers if n.plausible is not None}


@lru_cache(maxsize=256)
def _looked_into(section: type[BaseModel]) -> tuple[str, ...]:
    """Fields that say what is plausible, or hold sections whose fields may."""
    return tuple(name for name, field in section.model_fields.items() if name in _plausible(section) or _holds_sections(field.annotation))


def _holds_sections(annotation: Any) -> bool:
    parts = typing.get_args(annotation)
    return any(map(_holds_sections, parts)) if parts else isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _implausible(section: BaseModel, at: KeyPath) -> Iterator[Complaint]:
    """Values beyond the range that their field calls plausible, in the order of the fields."""
    known = _plausible(type(section))
    for name in _looked_into(type(section)):
        for path, value in _values(getattr(section, name), (*at, name)):
            if isinstance(value, BaseModel):
                yield from _implausible(value, path)
            elif name in known and value is not None and not known[name][0].holds(value):
                plausible, percent = known[name]
                message = f"{in_words(value, percent)} is allowed and beyond what studies try"
                yield path, message, f"{plausible.span(percent)} ({plausible.source})"


def _values(value: Any, at: KeyPath) -> Iterator[tuple[KeyPath, Any]]:
    """A value, or those of a list or mapping, each with its path."""
    entries = enumerate(value) if isinstance(value, list) else value.items() if isinstance(value, dict) else None
    if entries is None:
        yield at, value
        return
    for key, inner in entries:
        yield from _values(inner, (*at, key))


# --------------------------------------------------------------------------------------------------- policy


def _bands(p: Policy) -> Iterator[Complaint]:
    bands = p.underwriting.bands
    for k, (better, worse) in enumerate(pairwise(bands), 1):
        if worse.premium < better.premium:
            expected = f"at least {100 * better.premium:g}%, the premium of the band above"
            yield ("underwriting", "bands", k, "premium"), f"{100 * worse.premium:g}% falls as risk rises", expected
        if worse.size_cap > better.size_cap:
            expected = f"at most {better.size_cap:g}, the size of the band above"
            yield ("underwriting", "bands", k, "size_cap"), f"{worse.size_cap:g} months of income rise as risk rises", expected
    lowest = bands[-1].min_score
    if p.underwriting.cut_off < lowest:
        told = f"scores of {p.underwriting.cut_off} to {lowest - 1} pass and have no band, so that they are refused all the same"
        yield ("underwriting", "cut_off"), told, f"at least {lowest}, the lowest band's min_score"


def _prices(p: Policy) -> Iterator[Complaint]:
    least = p.pricing.base_margin + min(band.premium for band in p.underwriting.bands)
    if least > p.pricing.legal_cap:
        told = f"the cheapest band asks {100 * least:g}% before the cost of funds, so that every loan that is made costs the cap"
        yield ("pricing", "legal_cap"), told, f"more than {100 * least:g}%, or a lower base_margin"


def _offers(p: Policy) -> Iterator[Complaint]:
    funding = max(0.0, p.funding.warehouse.spread)  # with a policy rate of nothing
    for name, offer in p.products.items():
        if offer.offered and all(rate < 0 for rate in offer_terms(p, _alone(name, offer), funding, p.pricing.legal_cap).rate):
            told = f"nobody gets an offer: no price within the legal cap of {100 * p.pricing.legal_cap:g}% pays for fee, loss and margin"
            yield ("products", name, "offered"), told, "a higher pricing.legal_cap, or lower fees, expected losses and least_margin"


def _alone(name: str, offer: Any) -> Product:
    """The product of an offer, whatever borrowers want of it."""
    fee, monthly, tenor = (getattr(offer, term, None) for term in ("upfront_fee", "monthly_fee", "tenor"))
    return Product(0, name, offer.method, offer.offered, offer.minimum, offer.maximum, fee or 0.0, monthly, tenor, 0.0, 0.0, 0.0, 0.0)


def _means(p: Policy) -> Iterator[Complaint]:
    funding = p.funding
    kept = funding.minimum_cash_months * p.operating_cost.fixed / 12
    if kept > funding.capital_ratio:
        told = f"the fixed cost of {funding.minimum_cash_months:g} months is {100 * kept:g}% of opening loans, more than all equity"
        yield ("funding", "minimum_cash_months"), told, f"less than the capital_ratio, {100 * funding.capital_ratio:g}%"
    if funding.dividend_above is not None and funding.dividend_above < funding.capital_ratio:
        told = f"{100 * funding.dividend_above:g}% lies below the opening capital ratio, so that opening equity is paid out at once"
        yield ("funding", "dividend_above"), told, f"at least {100 * funding.capital_ratio:g}%"


def _contacts(p: Policy) -> Iterator[Complaint]:
    for name in ("early", "middle", "late", "external"):
        wanted, cap = getattr(p.collections, name).intensity, p.collections.contact_cap
        if wanted > cap:
            yield ("collections", name, "intensity"), f"{wanted} attempts exceed contact_cap", f"at most {cap}, which is all that is made"


def _plans(p: Policy) -> Iterator[Complaint]:
    plans = getattr(p, "hardship_plans", None)
    if plans is not None and plans.re_aged_after > plans.months:
        told = f"a plan ends before {plans.re_aged_after} payments are kept, so that it makes nobody current"
        yield ("hardship_plans", "re_aged_after"), told, f"at most {plans.months}, the months of a plan"


# -------------------------------------------------------------------------------------------------- profile


def _essentials(p: Profile) -> Iterator[Complaint]:
    least, share, most = p.spending.essential_least, p.spending.essential_share, p.spending.essential_most
    if not least <= share <= most:
        expected = f"{100 * least:g}% to {100 * most:g}%, essential_least to essential_most"
        yield ("spending", "essential_share"), f"{100 * share:g}% is a mean beyond what any borrower spends", expected


def _benefits(p: Profile) -> Iterator[Complaint]:
    if p.work.exhausted_rate > p.work.replacement_rate:
        told = f"{100 * p.work.exhausted_rate:g}% is more than the benefit that has run out"
        yield ("work", "exhausted_rate"), told, f"at most {100 * p.work.replacement_rate:g}%, the replacement_rate"
