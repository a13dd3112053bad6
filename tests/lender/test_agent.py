"""The lender grants within its means, best score first, and plans its contacts within capacity."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sim
from sim.accounts.columns import ATTEMPTED, OPEN, REACHED
from sim.lender.collecting import CollectionsPlan
from sim.lender.desk import Applications
from sim.lender.underwriting import LISTED
from tests.rows import changed

ROWS = 60


@pytest.fixture(scope="module")
def model():
    made = sim.LendingModel("baseline", set=[f"borrowers.count={ROWS}", "months=1", "warm_up_months=0"], threads=1)
    made.standard = made.policy
    return made


class Budget:
    """Means that pay out so much and remember what was held back."""

    def __init__(self, most):
        self.most, self.held_back = most, None

    def afford(self, face, payout, held_back):
        self.held_back = held_back
        return payout <= self.most


def filed(model, wanted):
    """Applications (product, row, score, tie, face), all passed by the risk policy."""
    engine = model.engine
    engine.clear_month()
    score = np.zeros(ROWS, np.int16)
    for product in range(engine.slots):
        mine = sorted((w for w in wanted if w[0] == product), key=lambda w: w[1])
        desk = engine.memory[0].desks[product]
        engine.memory[0].done[product][LISTED] = len(mine)
        for k, (_, row, points, tie, face) in enumerate(mine):
            desk["rows"][k], desk.approved[k], desk.granted[k], desk.tie[k], desk.face[k] = row, 1, 1, tie, face
            score[row] = points
    return Applications(engine), score


def granted(model):
    found = set()
    for product in range(model.engine.slots):
        memory = model.engine.memory[0]
        desk, n = memory.desks[product], int(memory.done[product][LISTED])
        found |= {(product, int(row)) for row, g in zip(desk["rows"][:n], desk.granted[:n], strict=True) if g}
    return found


def payout(model, product, face):
    return face - int(np.floor(face * model.lender.products[product].upfront_fee + 0.5))


def test_where_all_can_be_paid_all_are_granted(model):
    applications, score = filed(model, [(0, 1, 600, 1, 1000), (0, 2, 500, 1, 1000)])
    means = Budget(2000)
    model.lender.ration(applications, score, means)
    assert granted(model) == {(0, 1), (0, 2)}
    assert means.held_back == model.policy.funding.headroom


def test_the_best_score_comes_first_and_the_first_that_does_not_fit_ends_it(model):
    wanted = [(0, 1, 600, 1, 1000), (0, 2, 700, 1, 1000), (0, 3, 650, 1, 5000), (0, 4, 640, 1, 10)]
    applications, score = filed(model, wanted)
    model.lender.ration(applications, score, Budget(2500))
    assert granted(model) == {(0, 2)}  # the third is not passed over for a smaller one behind it


def test_equal_scores_are_drawn_by_lot_and_equal_lots_by_row(model):
    applications, score = filed(model, [(0, 1, 600, 9, 1000), (0, 2, 600, 3, 1000), (0, 3, 600, 3, 1000)])
    one = payout(model, 0, 1000)
    model.lender.ration(applications, score, Budget(one))
    assert granted(model) == {(0, 2)}
    applications, score = filed(model, [(0, 1, 600, 9, 1000), (0, 2, 600, 3, 1000), (0, 3, 600, 3, 1000)])
    model.lender.ration(applications, score, Budget(2 * one))
    assert granted(model) == {(0, 2), (0, 3)}


def test_without_means_nobody_is_granted_anything(model):
    applications, score = filed(model, [(0, 1, 600, 9, 1000), (1, 2, 600, 3, 1000)])
    model.lender.ration(applications, score, Budget(0))
    assert granted(model) == set()


def test_without_applications_nothing_happens(model):
    applications, score = filed(model, [])
    model.lender.ration(applications, score, Budget(0))
    assert granted(model) == set()


APPLICATION = st.tuples(st.integers(0, 1), st.integers(0, ROWS - 1), st.integers(500, 505), st.integers(0, 3), st.integers(1, 10_000))


@given(st.lists(APPLICATION, max_size=20, unique_by=lambda w: w[:2]), st.integers(0, 100_000))
@settings(max_examples=80)
def test_any_month_is_rationed_as_by_hand(model, wanted, most):
    points = {row: score for _, row, score, _, _ in wanted}  # one borrower has one score
    wanted = [(product, row, points[row], tie, face) for product, row, _, tie, face in wanted]
    applications, score = filed(model, wanted)
    model.lender.ration(applications, score, Budget(most))
    left, expected = most, set()
    for product, row, _, _, face in sorted(wanted, key=lambda w: (-w[2], w[3], w[1], w[0])):
        left -= payout(model, product, face)
        if left < 0:
            break
        expected.add((product, row))
    assert granted(model) == expected


# ------------------------------------------------------------------------------------------------------------ collections


@pytest.fixture
def book(model):
    """Ten loans in each bucket 0 to 5, the larger the later."""
    for account in model.population.accounts:
        account.missed[:] = 0
        account.contacted[:] = 3
    a = model.population.accounts[0]
    a.state[:] = OPEN
    a.missed[:] = np.arange(ROWS) // 10
    a.principal[:] = 1000 + np.arange(ROWS)
    model.lender.opening_accounts = 1000
    yield a
    model.lender.policy = model.standard


def plan(model, expected=0, cap=99.0, **collections):
    model.lender.policy = changed(model.standard, collections=collections)
    return model.lender.plan_collections(model.population, 3, model.setup.keys, cap, expected)


def test_with_capacity_for_all_every_account_in_arrears_is_attempted_and_nobody_else(model, book):
    made, _ = plan(model, early={"capacity": 999.0}, middle={"capacity": 999.0}, late={"capacity": 999.0})
    assert ((book.contacted & ATTEMPTED) != 0).tolist() == (book.missed > 0).tolist()
    assert not model.population.accounts[1].contacted.any()
    c = model.lender.policy.collections
    assert made.attempts == 10 * c.early.intensity + 20 * c.middle.intensity + 20 * c.late.intensity
    assert (made.used, made.backlog) == (made.attempts, 0)
    assert made.reached == int(((book.contacted & REACHED) != 0).sum())


def test_each_stage_keeps_to_its_own_capacity_and_leaves_a_backlog(model, book):
    made, _ = plan(
        model, early={"capacity": 6.0, "intensity": 2}, middle={"capacity": 20.0, "intensity": 4}, late={"capacity": 0.0, "intensity": 4}
    )
    attempted = (book.contacted & ATTEMPTED) != 0
    by_bucket = [int(attempted[book.missed == k].sum()) for k in range(6)]
    assert by_bucket[:2] == [0, 3]
    assert sum(by_bucket[2:4]) == 5
    assert by_bucket[4:] == [0, 0]
    assert made.available == 26
    assert made.used == 3 * 2 + 5 * 4
    assert made.backlog == 7 + 15 + 20
    # the largest balances first
    assert np.flatnonzero(attempted & (book.missed == 1)).tolist() == [17, 18, 19]


def test_what_the_early_stage_spares_reaches_fresh_misses(model, book):
    made, reach = plan(model, expected=50, early={"capacity": 60.0, "intensity": 2, "reach": 0.5})
    served = (60 - 20) // 2
    assert reach == pytest.approx(served / 50 * 0.75)
    assert made.backlog >= 50 - served
    _, none = plan(model, expected=50, early={"capacity": 20.0, "intensity": 2, "reach": 0.5})
    assert none == 0
    _, full = plan(model, expected=0, early={"capacity": 60.0, "intensity": 2, "reach": 0.5})
    assert full == 0.75


def test_congestion_more_misses_than_places_lower_the_chance_of_each(model, book):
    chances = [plan(model, expected=n, early={"capacity": 120.0, "intensity": 2, "reach": 0.45})[1] for n in (10, 50, 100, 1000)]
    assert chances == sorted(chances, reverse=True)
    assert chances[0] == pytest.approx(1 - 0.55**2)
    assert chances[3] == pytest.approx(50 / 1000 * (1 - 0.55**2))


def test_where_the_law_forbids_contact_nobody_is_contacted(model, book):
    made, reach = plan(model, expected=10, cap=0.0)
    assert not book.contacted.any()
    assert (made.attempts, made.reached, made.cost, reach) == (0, 0, 0, 0)
    assert made.backlog == 60


def test_the_external_stage_works_claims_within_its_capacity(model, book):
    model.lender.policy = changed(
        model.standard, collections={"external": {"capacity": 30.0, "intensity": 2, "cost": 2.0, "harshness": 1.0}}
    )
    made = CollectionsPlan()
    model.lender.work_claims(10, made)
    assert (made.used, made.available, made.cost) == (20, 30, 40)
    made = CollectionsPlan()
    model.lender.work_claims(1000, made)
    assert (made.used, made.cost) == (30, 60)
    complaint = model.setup.profile.contact.complaint * model.setup.gain.complaints
    assert made.complaints == int(30 * complaint + 0.5)


def test_what_is_recovered_falls_with_more_claims_than_can_be_worked(model, book):
    model.lender.policy = changed(model.standard, collections={"external": {"capacity": 100.0, "intensity": 1, "reach": 0.4}})
    worked = [model.lender.numbers(claims)["recovery.worked"] for claims in (0, 50, 100, 200, 1000)]
    assert worked == pytest.approx([0, 0.4, 0.4, 0.2, 0.04])


def test_the_score_card_is_centred_on_the_population():
    from types import SimpleNamespace

    from sim.lender.agent import Lender

    resolved = sim.inputs.load_scenario("baseline")
    lender = SimpleNamespace(policy=resolved.policy, profile=resolved.profile)
    lender._signals = lambda: Lender._signals(lender)
    index = np.array([0.5, 1.5, 2.5, 3.5])
    q = np.round(index * 4096).astype(int)
    Lender.read_risk(lender, int(q.sum()), int((q * q).sum()), 4)
    assert lender.card.centre == 2
    assert lender.card.scale == pytest.approx(index.std(), rel=1e-6)
