"""Events stand in one table, each used by the room that declares it; no two addresses meet."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim import month
from sim.assembly import MECHANISMS
from sim.economy import clearing
from sim.engine.draws import ACCOUNT_EVENTS, EVENTS, LANES, PRODUCT_CALLS, USER_EVENTS, address, outside_addresses
from sim.engine.pipeline import names_of
from sim.numerics.philox import OF_ACCOUNT, RETIRED, Event

STAGES = (month.SAMPLE, month.MOMENTS, [month.HOLD], month.LIVE, month.SERVE, [month.SEASON, month.BOOK])
PHASES = [*month.phases(*STAGES), clearing.sort_jobs, clearing.count_jobs]
# events that phases or kernels reach by number: an application's luck is one call, a lender's contacts are drawn outside the phases
IN_ONE_CALL = {"application_size", "application_fraud", "fraud_screen", "tie_break"}
OF_COLLECTIONS = {"plan_diagnosed", "plan_taken", "forbearance", "reached", "complaint", "collection_tie_break"}
OUTSIDE_STRIDE = LANES << 22  # between one product's events of mechanisms from outside and the next one's
RESERVED = {name for name in EVENTS if name.startswith("user_")}
BY_PRODUCT = ACCOUNT_EVENTS | set(USER_EVENTS)  # whose address has the product's number


def drawn(phase):
    """Events that a phase draws by name, and those whose address it asks for."""
    columns, numbers = names_of(phase)
    by_name = {name.rpartition("draw.")[2] for name in columns if name.startswith(("draw.", "account.draw."))}
    return by_name | {name.removeprefix("event.") for name in numbers if name.startswith("event.")}


USED = {phase.name: drawn(phase) for phase in PHASES}
ALL_USED = set().union(*USED.values())


def test_every_event_that_a_phase_names_stands_in_the_table():
    assert len(ALL_USED) > 30
    assert set(EVENTS) >= ALL_USED


def of_room(mechanism):
    """A mechanism's phases: those that it lists, and those of its file that the opening runs for each product."""
    listed = (*mechanism.sample, *mechanism.phases)
    files = {phase.py_func.__module__ for phase in listed}
    assert len(files) <= 1
    return {*listed, *(phase for phase in PHASES if phase.py_func.__module__ in files)}


def test_of_a_mechanisms_file_only_who_holds_an_account_at_the_start_is_run_beside_what_it_lists():
    assert {phase for m in MECHANISMS for phase in of_room(m) - {*m.sample, *m.phases}} == set(month.HOLD.phases)


@pytest.mark.parametrize("mechanism", MECHANISMS, ids=lambda m: m.name)
def test_a_mechanism_declares_the_events_that_its_phases_draw(mechanism):
    own = set().union(*(drawn(phase) for phase in of_room(mechanism)))
    assert set(mechanism.events) <= set(EVENTS)
    assert set(mechanism.events) == own
    assert len(set(mechanism.events)) == len(mechanism.events)


def test_an_event_is_declared_by_one_mechanism_unless_two_share_its_lot():
    declared = {}
    for m in MECHANISMS:
        for event in m.events:
            declared.setdefault(event, set()).add(m.name)
    # who is in the market may leave it by this draw, who is not yet may enter it; who is short of money does not repay early
    shared = {event: names for event, names in declared.items() if len(names) > 1}
    assert shared == {"churn": {"prepayment", "demand"}, "prepay": {"prepayment", "paying"}}


def test_every_event_of_the_table_is_used_somewhere_or_reserved():
    assert set(EVENTS) - ALL_USED - IN_ONE_CALL - OF_COLLECTIONS == RESERVED
    # and none of the exceptions is drawn by name as well, so that the lists above stay true
    assert not ALL_USED & ((IN_ONE_CALL - {"application_size"}) | OF_COLLECTIONS | RESERVED)


def test_an_applications_luck_is_one_call_of_four_lanes():
    places = [EVENTS[name] for name in ("application_size", "application_fraud", "fraud_screen", "tie_break")]
    assert places == list(range(places[0], places[0] + LANES))
    assert places[0] % LANES == 0


def test_an_event_is_drawn_by_one_phase_of_the_month_unless_it_decides_two_things_of_one_lot():
    by_event = {}
    for stage in (month.LIVE, month.SERVE):
        for phase in month.phases(stage):
            for event in USED[phase.name]:
                by_event.setdefault(event, set()).add(phase.name)
    shared = {event: names for event, names in by_event.items() if len(names) > 1}
    # who is not in the market yet uses the draw of leaving it to enter it, who is short that of repaying early to pay a part
    assert shared == {"churn": {"think_of_leaving", "enter_market"}, "prepay": {"pay_account", "repay_early"}}


def test_the_table_is_the_enumeration_by_name():
    assert {name.upper(): at for name, at in EVENTS.items()} == {event.name: int(event) for event in Event}
    assert len(set(EVENTS.values())) == len(EVENTS)
    assert not RETIRED & set(EVENTS.values())  # what had a name once is nobody's


def test_the_events_with_a_products_number_are_those_of_accounts_and_the_researchers():
    assert {event.name.lower() for event in OF_ACCOUNT} == ACCOUNT_EVENTS <= set(EVENTS)
    assert set(USER_EVENTS) == RESERVED
    for phase in PHASES:  # and a phase names them as an account's alone
        named = {name.removeprefix("draw.") for name in names_of(phase)[0] if name.startswith("draw.")}
        assert not named & BY_PRODUCT, phase.name
        of_accounts = {name.removeprefix("account.draw.") for name in names_of(phase)[0] if name.startswith("account.draw.")}
        assert of_accounts <= BY_PRODUCT, phase.name


def test_a_products_event_lies_a_fixed_distance_behind_the_table():
    assert address("prepay") == EVENTS["prepay"]
    for event in BY_PRODUCT:
        assert [address(event, k) for k in range(4)] == [EVENTS[event] + k * LANES * PRODUCT_CALLS for k in range(4)]
    for event in set(EVENTS) - BY_PRODUCT:
        assert {address(event, k) for k in range(4)} == {EVENTS[event]}
    assert max(EVENTS.values()) < LANES * PRODUCT_CALLS


def test_no_two_events_of_any_products_meet():
    at = [address(event, product) for event in EVENTS for product in range(40 if event in BY_PRODUCT else 1)]
    assert len(at) == len(set(at))
    assert max(at) // LANES < 1 << 24  # below the events from outside
    assert max(at) < 1 << 32


def test_an_unknown_event_is_refused_with_the_list_of_those_there_are():
    with pytest.raises(KeyError, match=r"there is no random event 'prepaid'; there are job, .*, prepay, .*, mine"):
        address("prepaid", 0, {"mine": 1 << 26})


@given(st.text("abcdefgh_", max_size=20), st.integers(1, 64))
def test_events_from_outside_lie_beyond_the_table_and_below_two_to_the_32(mechanism, number):
    own = outside_addresses(mechanism, [f"e{k}" for k in range(number)])
    assert len(set(own.values())) == number
    assert min(own.values()) > max(address(event, 200) for event in EVENTS)
    assert all(address(name, product, own) < 1 << 32 for name in own for product in (0, 7))
    # all mechanisms' events of one product lie before any mechanism's of the next
    assert all(LANES << 24 <= at < OUTSIDE_STRIDE + (LANES << 24) for at in own.values())
    assert all(address(name, product, own) == at + OUTSIDE_STRIDE * product for name, at in own.items() for product in range(8))
    assert own == outside_addresses(mechanism, own)


def test_mechanisms_from_outside_have_places_of_their_own():
    places = [outside_addresses(name, ["a"])["a"] for name in ("mood", "gambling", "weather", "remittances")]
    assert len(set(places)) == len(places)


def test_the_outsiders_events_are_found_by_their_name():
    own = outside_addresses("mood", ["low", "high"])
    assert address("high", 0, own) == own["high"] == own["low"] + 1
    assert address("high", 2, own) == own["high"] + 2 * OUTSIDE_STRIDE
    assert address("job", 0, own) == address("job", 2, own) == EVENTS["job"]
