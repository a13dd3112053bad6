"""Checks across fields: what no single value can show.

Each check is a small function of the part that it judges. A file that has other faults too is judged as far
as its sound values go: a check that needs a faulty value is left out (see validation.salvage).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from sim.config.faults import Fault, nearest, shown_value
from sim.config.fields import Section
from sim.config.ranges import in_words
from sim.config.validation import place_of
from sim.config.yaml_reader import KeyPath, Place, dotted
from sim.economy.schema import Shock
from sim.economy.shocks import complaints
from sim.economy.variables import VARIABLES
from sim.funding.money import share_half_up
from sim.funding.warehouse import borrowing_base
from sim.inputs import changes
from sim.inputs.policy import Policy
from sim.inputs.profile import Profile
from sim.inputs.scenario import Scenario
from sim.mechanisms.people import Segment
from sim.mechanisms.work import Sector
from sim.numerics.sums import half_up

ROUNDING = 1e-6  # what shares may miss 100 % by

Complaint = tuple[KeyPath, str, str]
Job = tuple[Callable[..., Iterator[Complaint]], tuple[Any, ...]]


def cross_checks(section: Section, marks: Mapping[KeyPath, Place], partial: bool = False) -> list[Fault]:
    """Faults that show only when several values are seen together; partial: the section lacks its faulty values."""
    found: list[Complaint] = []
    for check, arguments in _jobs(section):
        try:
            found += check(*arguments)
        except AttributeError:
            if not partial:
                raise
    return [Fault(*place_of(path, marks), dotted(path), message, expected) for path, message, expected in found]


def _jobs(section: Section) -> Iterator[Job]:
    """The checks that a section calls for, each with its arguments."""
    if isinstance(section, Scenario):
        yield _first_month, (section,)
        for name in VARIABLES:
            yield _base_path, (section, name)
        for k, shock in enumerate(getattr(section, "shocks", ())):
            yield _parts, (shock, ("shocks", k))
            yield _within_the_run, (shock, ("shocks", k), section)
        yield _dated, (section,)
    elif isinstance(section, Policy):
        yield _bands, (section,)
        for name in getattr(section, "products", ()):
            yield _loan_sizes, (section, name)
        yield _servicing, (section,)
        yield _notches, (section,)
        yield _notches_fall, (section,)
        yield _provisions_rise, (section,)
        yield _plans, (section,)
    elif isinstance(section, Profile):
        yield _segments, (section,)
        yield _segment_shares, (section,)
        yield _sectors, (section,)
        yield _sector_shares, (section,)
        yield _spending, (section,)
        yield _essentials, (section,)
        yield _holders, (section,)


# ------------------------------------------------------------------------------------------------- scenario


def _first_month(s: Scenario) -> Iterator[Complaint]:
    if s.start is None and s.economy.table is None:
        yield ("start",), "the first month is not given", "start: YYYY-MM (only a table can supply it)"


def _base_path(s: Scenario, name: str) -> Iterator[Complaint]:
    if getattr(s.economy, name) == []:
        yield ("economy", name), "the list is empty", "one value a month, the last one lasts"


def _parts(shock: Shock, at: KeyPath) -> Iterator[Complaint]:
    for where, message, expected in complaints(shock):
        yield (*at, *where), message, expected


def _within_the_run(shock: Shock, at: KeyPath, s: Scenario) -> Iterator[Complaint]:
    if s.start is not None and shock.start < s.start:  # one that begins after the end is left out with a note
        yield (*at, "start"), f"{shock.start} lies outside the run", f"{s.start} to {s.start.shift(s.months - 1)}"


def _dated(s: Scenario) -> Iterator[Complaint]:
    yield from changes.complaints(s.policy_changes, ("policy_changes",))


# --------------------------------------------------------------------------------------------------- policy


def _bands(p: Policy) -> Iterator[Complaint]:
    scores = [band.min_score for band in p.underwriting.bands]
    for k in range(1, len(scores)):
        if scores[k] >= scores[k - 1]:
            at = ("underwriting", "bands", k, "min_score")
            yield at, f"{scores[k]} does not fall", f"less than {scores[k - 1]}: bands go from the best to the weakest"


def _loan_sizes(p: Policy, product: str) -> Iterator[Complaint]:
    sizes = p.products[product]
    if sizes.minimum > sizes.maximum:
        yield ("products", product, "minimum"), f"{sizes.minimum:g} exceeds the maximum {sizes.maximum:g}", "minimum <= maximum"


def _servicing(p: Policy) -> Iterator[Complaint]:
    if p.servicing.paid_in_full_share <= 0:
        yield ("servicing", "paid_in_full_share"), "nothing would ever be overdue", "more than 0%"


def _notches(p: Policy) -> Iterator[Complaint]:
    yield from _once_each([notch.label for notch in p.rating], "label", ("rating",), "label")


def _notches_fall(p: Policy) -> Iterator[Complaint]:
    """A worse notch asks less and costs more; else who is downgraded would gain, or a notch could never apply."""
    rules = (("min_capital_ratio", "rises", "at most", 1), ("max_net_charge_off", "falls", "at least", -1),
             ("min_liquidity", "rises", "at most", 1), ("spread", "falls", "at least", -1))
    for k in range(1, len(p.rating)):
        better, worse = p.rating[k - 1], p.rating[k]
        for name, wrong, bound, sign in rules:
            before, now = getattr(better, name), getattr(worse, name)
            if sign * (now - before) > 0:
                told = f"{100 * now:g}% {wrong} from {100 * before:g}% of {better.label}"
                yield ("rating", k, name), told, f"{bound} {100 * before:g}%: notches go from the best to the worst"


def _provisions_rise(p: Policy) -> Iterator[Complaint]:
    names = [name for name in type(p.provisioning).model_fields if name.startswith("roll_to_loss")]
    for low, high in pairwise(names):
        before, now = getattr(p.provisioning, low), getattr(p.provisioning, high)
        if now < before:
            expected = f"at least {100 * before:g}%, the {low}: whoever is further behind is lost more often"
            yield ("provisioning", high), f"{100 * now:g}% falls with days past due", expected


def _plans(p: Policy) -> Iterator[Complaint]:
    plans = getattr(p, "hardship_plans", None)
    if plans is not None and plans.from_missed > plans.up_to_missed:
        yield ("hardship_plans", "from_missed"), f"{plans.from_missed} exceeds up_to_missed", f"at most {plans.up_to_missed}"


def beyond_accounts(policy: Policy, profile: Profile, marks: Mapping[KeyPath, Place]) -> list[Fault]:
    """Loans so large that what a borrower may owe in the currency's minor units does not fit 32 bits."""
    minor, servicing = 10**profile.currency.minor_units, policy.servicing
    months = servicing.charge_off_dpd // 30 + 2  # that can be unpaid before charge-off, with the one that falls due
    interest, fees, capped = (months * each for each in (policy.pricing.legal_cap / 12, servicing.late_fee, servicing.late_fee_cap / 12))
    owed = {
        name: offer.maximum * (1 + interest) + min(fees, capped * offer.maximum) for name, offer in policy.products.items()
    }
    most = (2**31 - 1) / minor
    if sum(owed.values()) <= most:
        return []
    name = max(owed, key=lambda each: owed[each])
    path = ("products", name, "maximum")
    left = most - sum(owed.values()) + owed[name]
    room = max(0.0, (left - fees) / (1 + interest), left / (1 + interest + capped))
    message = f"{in_words(policy.products[name].maximum, False)} and what falls due on it are more than an account can hold"
    expected = f"at most {math.floor(room):,}, with {profile.currency.minor_units} decimals of {profile.currency.code} in 32 bits"
    return [Fault(*place_of(path, marks), dotted(path), message, expected)]


def beyond_means(scenario: Scenario, policy: Policy, profile: Profile, marks: Mapping[KeyPath, Place]) -> list[Fault]:
    """A scripted loan that nobody could pay out: shareholders' cash and what the line lends on it are less than its payout."""
    script, terms, minor = scenario.script, policy.funding.warehouse, 10**profile.currency.minor_units
    if script is None:
        return []
    face = half_up(script.loan.principal * minor)
    if face < 1:
        path: KeyPath = ("script", "loan", "principal")
        told = f"{script.loan.principal:g} is less than the smallest coin of {profile.currency.code}"
        return [Fault(*place_of(path, marks), dotted(path), told, f"at least {1 / minor:g}")]
    path, stated = ("script", "equity"), scenario.economy.funding_haircut
    opening = scenario.economy.opening.funding_haircut
    if stated == []:
        return []  # _base_path says so
    haircut = opening if opening is not None else stated[0] if isinstance(stated, list) else stated
    payout = face - half_up(face * getattr(next(iter(policy.products.values())), "upfront_fee", 0.0))
    line = min(share_half_up(face, terms.commitment), borrowing_base(face, terms.advance_rate, haircut))
    if half_up(script.equity * minor) + line >= payout:
        return []
    told = f"{script.equity:g} and the line's {line / minor:g} do not pay out the loan's {payout / minor:g}"
    return [Fault(*place_of(path, marks), dotted(path), told, f"at least {(payout - line) / minor:g}")]


def unknown_needs(policy: Policy, profile: Profile, marks: Mapping[KeyPath, Place]) -> list[Fault]:
    """Products for a need that the profile's borrowers do not know; marks: where the policy's values stand."""
    known = list(profile.demand.needs)
    found = []
    for name, offer in policy.products.items():
        if getattr(offer, "need", known[0]) not in known:  # of what is left of a faulty offer the need may be missing
            path = ("products", name, "need")
            message = f"'{offer.need}' is no need of the profile {shown_value(profile.title)}"
            expected = f"one of {', '.join(known)}"
            found.append(Fault(*place_of(path, marks), dotted(path), message, expected, nearest(offer.need, known)))
    return found


# -------------------------------------------------------------------------------------------------- profile


def _segments(p: Profile) -> Iterator[Complaint]:
    names = [segment.name for segment in p.segments]
    for name in ("youth", "middle", "other"):
        if names.count(name) != 1:
            yield ("segments",), f"the segment '{name}' stands {names.count(name)} times", "youth, middle and other once each"


def _segment_shares(p: Profile) -> Iterator[Complaint]:
    yield from _whole(p.segments, ("segments",))


def _sectors(p: Profile) -> Iterator[Complaint]:
    yield from _once_each([sector.name for sector in p.work.sectors], "sector", ("work", "sectors"), "name")


def _sector_shares(p: Profile) -> Iterator[Complaint]:
    yield from _whole(p.work.sectors, ("work", "sectors"))


def _spending(p: Profile) -> Iterator[Complaint]:
    if p.spending.essential_share + p.spending.discretionary_share > 1.2:
        message = "essentials and discretionary spending exceed income by more than a fifth"
        yield ("spending", "essential_share"), message, "a sum of at most 120%"


def _essentials(p: Profile) -> Iterator[Complaint]:
    least, most = p.spending.essential_least, p.spending.essential_most
    if least > most:
        yield ("spending", "essential_least"), f"{100 * least:g}% exceeds essential_most", f"at most {100 * most:g}%"


def _holders(p: Profile) -> Iterator[Complaint]:
    needs, holders = p.demand.needs, p.opening.holders
    for name in holders:
        if name not in needs:
            yield ("opening", "holders", name), f"'{name}' is no need of this profile", f"one of {', '.join(needs)} (demand.needs)"
    for name in needs:
        if name not in holders:
            yield ("opening", "holders"), f"the need '{name}' has no share of holders", f"{name}: a share, 0% for none"


def _whole(parts: Sequence[Segment | Sector], at: KeyPath) -> Iterator[Complaint]:
    total = sum(part.share for part in parts)
    if abs(total - 1) > ROUNDING:
        yield at, f"the shares add up to {100 * total:g}%", "100%"


def _once_each(names: list[str], what: str, at: KeyPath, key: str) -> Iterator[Complaint]:
    for k, name in enumerate(names):
        if name in names[:k]:
            yield (*at, k, key), f"the {what} '{name}' stands twice", f"each {what} once"
