"""Random events by name: where each stands in the generator's counter.

A phase reads `b.draw.job[i]`; the pipeline finds out which calls of the generator its phases need and makes them. An event
of an account (`b.account.draw.prepay`) has the product's number of luck in its address, so every product meets luck of its own;
which events are an account's is declared once, beside their table. For rare events a phase draws by address: `p.event.job`
is the borrower's, `p.event.recovery` that of the product of the step.
A mechanism from outside the package names its own events; their addresses follow from its name and their order, beyond
those of the table in sim/numerics/philox.py. Both lists are only ever appended to.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence

from numpy import uint32

from sim.numerics.compile import phase
from sim.numerics.philox import OF_ACCOUNT, Event, philox

LANES = 4  # events to a call
PRODUCT_CALLS = 1 << 16  # calls between one product's events and the next one's
_OUTSIDE, _CALLS = 1 << 24, 16  # first call of mechanisms from outside the package, and calls of each
_OUTSIDE_PRODUCT_CALLS = 1 << 22  # beyond all of them: their product's events meet nobody's

_PLACED, _NAMED = 4, 247  # numbers of products by their place, and by their name: the last address of all still fits in 32 bits

EVENTS: dict[str, int] = {event.name.lower(): int(event) for event in Event}
USER_EVENTS = ("user_1", "user_2", "user_3", "user_4")  # for replaced rules: the borrower's or an account's, as the step has it
ACCOUNT_EVENTS = frozenset(event.name.lower() for event in OF_ACCOUNT)


def address(event: str, product: int = 0, own: Mapping[str, int] | None = None) -> int:
    """4 * call + lane of an event; own: the events of mechanisms from outside. KeyError for an unknown one.

    product: of whose account it is, by its number of luck, where it is an account's; the borrower's events have one address
    whatever the product.
    An event from outside is what the step makes of it: an account's where the step has a product.
    """
    own = own or {}
    at = own.get(event, EVENTS.get(event))
    if at is None:
        raise KeyError(f"there is no random event '{event}'; there are {', '.join([*EVENTS, *own])}")
    if event in own:
        return at + LANES * _OUTSIDE_PRODUCT_CALLS * product
    return at + LANES * PRODUCT_CALLS * (product if event in ACCOUNT_EVENTS or event in USER_EVENTS else 0)


def luck_numbers(products: Sequence[str], first: int) -> tuple[int, ...]:
    """The number of each product in the addresses of its events: its place, or for those from place `first` on, of its name.

    So a product that a policy brings beside those of the book meets the same luck whatever products stand before it. Two
    names of one number (one pair in 247) part by their order.
    """
    found = list(range(min(first, len(products))))
    for name in products[first:]:
        number = zlib.crc32(name.encode()) % _NAMED
        while _PLACED + number in found:
            number = (number + 1) % _NAMED
        found.append(_PLACED + number)
    return tuple(found)


def outside_addresses(mechanism: str, events: Iterable[str]) -> dict[str, int]:
    """Addresses of the events of a mechanism from outside: four to a call, from a call that its name gives."""
    first = _OUTSIDE + (zlib.crc32(mechanism.encode()) & 0xFFFF) * _CALLS
    addresses = {event: LANES * first + k for k, event in enumerate(events)}
    if len(addresses) > LANES * _CALLS:
        raise ValueError(f"mechanism '{mechanism}' names {len(addresses)} events; there is room for {LANES * _CALLS}")
    return addresses


@phase
def draw(b, p):  # type: ignore[no-untyped-def]
    """Four events for every row of the block: one call of the generator."""
    for i in range(b.n):
        d0, d1, d2, d3 = philox(
            uint32(b.first + i), uint32(0), uint32(p.month), uint32(p.call), uint32(p.key.low), uint32(p.key.high)
        )
        b.d0[i] = d0
        b.d1[i] = d1
        b.d2[i] = d2
        b.d3[i] = d3

