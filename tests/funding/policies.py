"""A policy with round numbers for tests of the lender's books, and the books, lines and markets that they need. Minor units."""

import math
from functools import cache
from typing import Any

from sim.funding.books import Books, Opening
from sim.funding.contract import FundingMarket
from sim.funding.money import PPM, ppm
from sim.funding.terms import Warehouse
from sim.funding.warehouse import WarehouseFacility, WarehouseState
from sim.inputs import load_scenario
from sim.inputs.policy import Policy


@cache
def golden() -> Policy:
    """The golden ledger's policy: advance 80 %, under 30 DPD, no undrawn fee, trigger at 100 %."""
    return load_scenario("golden_ledger").policy


def with_funding(warehouse: dict[str, Any] | None = None, **funding: Any) -> Policy:
    """The golden policy with some funding numbers replaced."""
    policy = golden()
    line = policy.funding.warehouse.model_copy(update=warehouse or {})
    return policy.model_copy(update={"funding": policy.funding.model_copy(update={**funding, "warehouse": line})})


def terms(**changes: Any) -> Warehouse:
    """The golden line's terms with some numbers replaced."""
    return golden().funding.warehouse.model_copy(update=changes)


def line(commitment: int, drawn: int, base: int, name: str = "warehouse", **changes: Any) -> WarehouseFacility:
    """A line as it stands, under the golden terms with some numbers replaced."""
    return WarehouseFacility(name, terms(**changes), WarehouseState(commitment, drawn, base=base))


def market(rate: float = 0.0, haircut: float = 0.0) -> FundingMarket:
    """A market in which the golden line costs `rate` a year."""
    return FundingMarket(rate, spread=-golden().funding.warehouse.spread, haircut=haircut)


def opened(policy: Policy, opening: Opening, haircut: float = 0.0, keep_journal: bool = False) -> Books:
    """Books struck on a given position."""
    return Books.open(policy.funding, policy.provisioning, opening, FundingMarket(0.0, haircut=haircut), keep_journal)


def origination_budget(free: int, room: int, advance: float, fee_share: float, held_back: float) -> int:
    """Face principal that can be lent, O_max = max(0, min(F / (1 - phi - a), (F + H) / (1 - phi))): what `Means.afford` must come to.

    New loans bring borrowing base, so each unit lent needs only 1 - phi - a of own money, until the commitment binds.
    free (F): own money and open lines; room (H): commitment less what the pool already supports; fee_share (phi): netted;
    advance (a) on new loans; held_back: share of the budget not used.
    """
    a, phi = ppm(advance), ppm(fee_share)
    own = PPM - phi - a
    first = math.inf if own <= 0 and free >= 0 else (free * PPM // own if own > 0 else -math.inf)
    second = (free + room) * PPM // (PPM - phi)
    return int(max(0, min(first, second))) * (PPM - ppm(held_back)) // PPM


def budget(books: Books, fee_share: float, haircut: float) -> int:
    """What books of one line can lend at a uniform fee, the policy's headroom held back; 0 after failure."""
    means = books.means(market(haircut=haircut))
    room, advance = means.tranches[0] if means.tranches else (0, 0.0)
    return origination_budget(means.free, room, advance, fee_share, books.funding.headroom)
