"""Opening accounts: what was granted, and nothing else, stands in the slot; the payout reaches the borrower; a seasoned book."""

import numpy as np
import pytest

from sim import month
from sim.accounts.columns import CHARGED_OFF, FRAUDULENT, NEVER, OPEN
from sim.accounts.methods import METHODS
from sim.engine.memory import LISTED
from sim.lender.agent import book
from tests.accounts.ledger import ANNUITY, FLAT, Accounts, Ledger, Terms, says
from tests.rows import baseline_numbers

ROWS = 400


@pytest.fixture(scope="module")
def accounts():
    return Accounts(ROWS)


def listed(accounts, slot, rows, granted, face, rate=2400, tenor=12, fraudulent=0, instalment=113_47):
    """Applications on a desk, as the underwriters leave them."""
    accounts.start(slot, [], Terms())
    desk = accounts.engine.memory[0].desks[slot]
    n = len(rows)
    for name, values in (
        ("rows", rows), ("granted", granted), ("approved", 1), ("face", face), ("rate", rate), ("instalment", instalment), ("tenor", tenor),
        ("band", 2), ("fraudulent", fraudulent),
    ):
        desk[name][:n] = values
    accounts.engine.memory[0].done[slot][LISTED] = n


def booked(accounts, slot, now=7):
    slots = accounts.engine.slots
    plans = [accounts.engine.pipeline(month.of_desk([month.BOOK], slots, k), on_desk=True) for k in range(slots)]
    return book(accounts.engine, plans, accounts.numbers, now)


def test_only_granted_applications_open_an_account_in_their_borrowers_slot(accounts):
    listed(accounts, ANNUITY, [3, 7, 11], [1, 0, 1], [1_000_00, 2_000_00, 3_000_00], fraudulent=[0, 0, 1])
    a = accounts.account
    a.claim[3], a.state[3] = 500_00, CHARGED_OFF  # an old claim is given up
    totals = booked(accounts, ANNUITY)
    fee = baseline_numbers()["product.0.upfront_fee"]
    assert np.flatnonzero(a.state == OPEN).tolist() == [3, 11]
    assert a.principal[[3, 7, 11]].tolist() == [1_000_00, 0, 3_000_00]
    assert (a.scheduled == a.principal).all()
    assert (a.original == a.principal).all()
    assert a.unearned_fee[[3, 11]].tolist() == [round(1_000_00 * fee), round(3_000_00 * fee)]
    assert not a.claim.any()
    assert (a.opened[3], a.cured[3], a.remaining[3], a.tenor[3], a.rate[3], a.band[3]) == (7, NEVER, 12, 12, 2400, 2)
    assert a.marks[[3, 11]].tolist() == [0, FRAUDULENT]
    assert totals[ANNUITY] == (4_000_00, round(4_000_00 * fee), 2)
    assert all(total == (0, 0, 0) for k, total in enumerate(totals) if k != ANNUITY)


def test_the_payout_less_its_fee_reaches_the_borrower_who_spends_most_of_it(accounts):
    listed(accounts, ANNUITY, [3, 7], [1, 0], [1_000_00, 2_000_00])
    accounts.population.household.cash[:] = 10
    accounts.numbers |= {"demand.spent": np.float32(0.75)}
    booked(accounts, ANNUITY)
    fee = baseline_numbers()["product.0.upfront_fee"]
    cash = accounts.population.household.cash
    assert cash[3] == pytest.approx(10 + 0.25 * 1_000 * (1 - fee))
    assert cash[7] == 10


def test_what_is_opened_enters_the_vintage_of_its_month(accounts):
    listed(accounts, ANNUITY, [3, 7], [1, 1], [1_000_00, 2_000_00])
    booked(accounts, ANNUITY, 7)
    tables = accounts.engine.vintages(ANNUITY)
    assert (tables["originated"][7, 0], tables["accounts"][7, 0]) == (3_000_00, 2)
    assert tables["originated"].sum() == 3_000_00


def test_an_opened_account_owes_what_its_contract_says(accounts):
    led = Ledger(1_000_00, 2400, 12, False, 30_00)
    listed(accounts, ANNUITY, [0], [1], [1_000_00], instalment=led.instalment)
    booked(accounts, ANNUITY, 0)
    accounts.account.unearned_fee[0] = 30_00
    accounts.live(1, [led.asked()] + [0] * (ROWS - 1))
    led.live(1, led.asked(), Terms())
    assert accounts.shows(0) == says(led)


@pytest.mark.parametrize("slot", [ANNUITY, FLAT])
def test_a_seasoned_account_stands_where_its_schedule_says(accounts, slot):
    led = Ledger(1_000_00, 1800, 12, slot == FLAT, 0)
    listed(accounts, slot, range(ROWS), [1] * ROWS, 1_000_00, rate=1800, instalment=led.instalment)
    slots = accounts.engine.slots
    plan = accounts.engine.pipeline(month.of_desk([month.SEASON], slots, slot), on_desk=True)
    accounts.engine.load(plan, accounts.numbers, -18)
    accounts.engine.run_desk(plan, slot)
    balances, terms = [led.principal], Terms()
    for now in range(1, 12):
        led.live(now, led.asked(), terms)
        balances.append(led.principal)
    a = accounts.account
    assert set(a.method) == {METHODS["flat_fee" if slot == FLAT else "annuity"].code}
    age = 12 - a.remaining.astype(int)
    assert a.principal.tolist() == [balances[k] for k in age]
    assert (a.scheduled == a.principal).all()
    assert (a.opened == -18 - age).all()
    counts = np.bincount(age, minlength=12)
    assert counts.size == 12  # never quite repaid
    assert ((counts - ROWS / 12) ** 2 / (ROWS / 12)).sum() < 37  # uniform: chi-square, 11 degrees of freedom, p about 1e-4
    fee = round(1_000_00 * baseline_numbers()[f"product.{slot}.upfront_fee"])
    assert a.unearned_fee.tolist() == [fee - fee * int(k) // 12 for k in age]
