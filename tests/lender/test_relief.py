"""Whom the lender lets pay less: who is offered a plan and takes it, who is granted a holiday, what stands under either."""

import numpy as np
import pytest

from sim.accounts.columns import ATTEMPTED, CANNOT_PAY, FORGOT, HAD_HARDSHIP_PLAN, HAD_HOLIDAY, ON_HARDSHIP_PLAN, OPEN, REACHED
from sim.accounts.plans import Plan, begin_plan
from sim.assembly import empty_population
from sim.inputs import load_scenario
from sim.lender.relief import Relief, grant_holidays, holiday_of, make_plans, standing
from tests.rows import CALM

ROWS = 6_000
KEYS = (1, 0)
TERMS = load_scenario("baseline", "hardship_plans").policy.hardship_plans
SURE = TERMS.model_copy(update={"diagnosis": 1.0})
HOLIDAY = Plan(3, 0, 2_500, hardship=False)


@pytest.fixture
def population():
    """Borrowers at work, each with two open accounts one instalment in arrears, whom collectors have just reached and who cannot pay."""
    made = empty_population(ROWS, ["one", "two"])
    made.household.employed[:] = 1
    for account in made.accounts:
        account.state[:], account.missed[:], account.remaining[:], account.instalment[:] = OPEN, 1, 10, 100_00
        account.contacted[:], account.cause[:], account.principal[:] = ATTEMPTED | REACHED, CANNOT_PAY, 900_00
    return made


def on_plan(population, slot=0):
    return np.flatnonzero(population.accounts[slot].plan_left)


def test_those_reached_who_cannot_pay_take_a_plan_in_the_share_that_takes_one(population):
    made = make_plans(population, SURE, 0.5, 3, KEYS)
    assert made == len(on_plan(population)) + len(on_plan(population, 1))
    assert made / (2 * ROWS) == pytest.approx(0.5, abs=5 * 0.5 / np.sqrt(2 * ROWS))
    assert on_plan(population).tolist() != on_plan(population, 1).tolist()  # each account has luck of its own
    account, rows = population.accounts[0], on_plan(population)
    assert (account.plan_left[rows] == TERMS.months).all()
    assert (account.plan_asked[rows] == 5_000).all()
    assert (account.relief[rows] == ON_HARDSHIP_PLAN | HAD_HARDSHIP_PLAN).all()
    assert (account.plans[rows] == 1).all()
    assert (account.planned[rows] == 3).all()
    # nobody presses whom a plan is agreed with
    assert (account.contacted[rows] == ATTEMPTED).all()
    others = np.setdiff1d(np.arange(ROWS), rows)
    assert (account.contacted[others] == ATTEMPTED | REACHED).all()
    assert not account.plan_left[others].any()


def test_the_more_take_one_the_same_take_one_and_others(population):
    make_plans(population, SURE, 0.2, 3, KEYS)
    few = on_plan(population)
    population.accounts[0].plan_left[:] = 0
    population.accounts[0].plans[:] = 0
    population.accounts[0].contacted[:] = ATTEMPTED | REACHED
    make_plans(population, SURE, 0.6, 3, KEYS)
    assert set(few) < set(on_plan(population))


@pytest.mark.parametrize(
    ("column", "value"),
    [("contacted", ATTEMPTED), ("missed", 0), ("missed", 4), ("remaining", 0), ("plan_left", 2), ("cause", FORGOT)],
)
def test_who_does_not_qualify_is_offered_none(population, column, value):
    account = population.accounts[0]
    account[column][:] = value
    before = account.plan_left.copy()
    make_plans(population, SURE, 1.0, 3, KEYS)
    np.testing.assert_array_equal(account.plan_left, before)
    assert len(on_plan(population, 1)) == ROWS


@pytest.mark.parametrize(
    ("plans", "planned", "ends", "again"), [(1, -9, -3, True), (1, -8, -3, False), (1, -9, 3, False), (2, -40, -30, False)]
)
def test_another_plan_needs_time_and_an_end_of_the_probation(population, plans, planned, ends, again):
    account = population.accounts[0]
    account.plans[:], account.planned[:], account.probation_ends[:] = plans, planned, ends
    make_plans(population, SURE, 1.0, 3, KEYS)
    assert len(on_plan(population)) == (ROWS if again else 0)


def test_a_collector_who_finds_out_wrongly_offers_it_to_others(population):
    population.accounts[0].cause[: ROWS // 2] = FORGOT
    make_plans(population, TERMS.model_copy(update={"diagnosis": 0.8}), 1.0, 3, KEYS)
    chosen = np.zeros(ROWS, bool)
    chosen[on_plan(population)] = True
    assert chosen[ROWS // 2 :].mean() == pytest.approx(0.8, abs=5 * 0.4 / np.sqrt(ROWS / 2))
    assert chosen[: ROWS // 2].mean() == pytest.approx(0.2, abs=5 * 0.4 / np.sqrt(ROWS / 2))


def test_holidays_go_to_borrowers_in_difficulty_and_to_all_their_accounts(population):
    household = population.household
    for account in population.accounts:
        account.cause[:] = 0
    household.employed[:1_000], household.hours_cut[1_000:2_000] = 0, 1
    population.accounts[1].cause[2_000:3_000] = CANNOT_PAY
    population.accounts[0].plan_left[10] = 2  # under a plan already
    population.accounts[1].remaining[20] = 0
    granted = grant_holidays(population, 1.0, HOLIDAY, 5, KEYS)
    assert granted == 2 * 3_000 - 2
    assert on_plan(population).tolist() == [*range(3_000)]
    assert on_plan(population, 1).tolist() == [k for k in range(3_000) if k != 20]
    account = population.accounts[0]
    assert (account.plan_left[10], account.plan_left[11], account.plan_waived[11], account.relief[11]) == (2, 3, 2_500, HAD_HOLIDAY)
    assert account.plans[11] == 0
    assert account.contacted[11] == ATTEMPTED


def test_a_share_of_the_holidays_is_drawn_by_borrower_and_anew_each_month(population):
    granted = grant_holidays(population, 0.3, HOLIDAY, 5, KEYS)
    first = on_plan(population)
    assert granted == 2 * len(first)
    assert first.tolist() == on_plan(population, 1).tolist()
    assert len(first) / ROWS == pytest.approx(0.3, abs=5 * 0.46 / np.sqrt(ROWS))
    for account in population.accounts:
        account.plan_left[:] = 0
    grant_holidays(population, 0.3, HOLIDAY, 6, KEYS)
    assert on_plan(population).tolist() != first.tolist()


def test_what_public_order_grants():
    assert holiday_of(CALM) is None
    given = CALM | {"forbearance": 0.1, "forbearance_months": 3.0, "forbearance_interest_waived": 0.25}
    assert holiday_of(given) == HOLIDAY
    assert holiday_of(given | {"forbearance_months": 2.5}) == HOLIDAY


def test_what_stands_under_plans_and_what_they_put_off(population):
    account, rows = population.accounts[0], np.array([0, 1])
    account.missed[1] = 2
    account.remaining[0] = 4
    begin_plan(account, rows, Plan(3, 2_500, 0, hardship=True), 3)
    ladder = np.zeros(256, np.int64)
    ladder[4] = 100_00  # as counted: four instalments to come; of accounts 30 days late none are counted
    assert standing(population, 2, 0, ladder) == Relief(2, 0, 2, 2 * 900_00, 900_00)
    due = ladder[::-1].cumsum()[::-1][1:9]
    # three months of a quarter, then the four instalments
    assert due.tolist() == [25_00, 25_00, 25_00, 100_00, 100_00, 100_00, 100_00, 0]
