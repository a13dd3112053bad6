"""The survival horizon in cases that can be worked out by hand. Minor units."""

from dataclasses import replace

import pytest

from sim.funding.horizon import HORIZON, HorizonInputs, survival_months

QUIET = HorizonInputs(
    cash=1_000, debt=0, commitment=0, revolving=True, advance=0.0, eligible=0, instalments=[0] * HORIZON, collected_share=1.0,
    falls_ineligible=0.0, monthly_rate=0.0, operating_cost=0, disbursements=0, new_instalment_factor=0.0, new_tenor=12, term_out=12,
    stopped_debt=0, stopped_since=0, undrawn_fee=0.0, payout_share=1.0,
    amortisation=[1.0] * HORIZON,
)


def test_nothing_happening_lasts_for_ever():
    assert survival_months(QUIET, True) == (24, True)


@pytest.mark.parametrize("cost, months", [(1_001, 1), (1_000, 2), (300, 4), (100, 11), (42, 24)])
def test_cash_over_cost(cost, months):
    """Cash of 1,000 meets a cost c for floor(1,000 / c) months; the first month that it does not is the answer."""
    assert survival_months(replace(QUIET, operating_cost=cost), True) == (months, False)


def test_the_last_month_counts_and_beyond_it_is_censored():
    assert survival_months(replace(QUIET, operating_cost=41), True) == (24, True)


def test_collections_carry_the_cost_by_the_collected_share():
    x = replace(QUIET, operating_cost=200, instalments=[200] * HORIZON)
    assert survival_months(x, True) == (24, True)
    assert survival_months(replace(x, collected_share=0.5), True) == (11, False)  # 100 short a month


def test_interest_is_paid_on_the_debt():
    x = replace(QUIET, debt=10_000, commitment=10_000, advance=1.0, eligible=10_000, monthly_rate=0.02)
    assert survival_months(x, True) == (6, False)  # 200 a month out of 1,000; the line is full


def test_the_line_is_drawn_when_cash_is_gone():
    x = replace(QUIET, operating_cost=200, commitment=600, advance=1.0, eligible=10_000)
    assert survival_months(x, True) == (9, False)  # (1,000 + 600) / 200
    assert survival_months(replace(x, eligible=300), True) == (7, False)  # the base binds: 1,300 / 200
    assert survival_months(replace(x, revolving=False), True) == (6, False)  # stopped: no draw


def test_loans_that_fall_out_of_eligibility_must_be_repaid_for():
    x = replace(QUIET, debt=8_000, commitment=8_000, advance=0.8, eligible=10_000, falls_ineligible=0.05)
    # deficiencies 400, 380, 361: 780 of 1,000 gone after two months, 1,141 after three
    assert survival_months(x, True) == (3, False)


def test_scheduled_amortisation_shrinks_the_base():
    left = [1.0 - 0.04 * h for h in range(1, HORIZON + 1)]
    x = replace(QUIET, debt=8_000, commitment=8_000, advance=0.8, eligible=10_000, amortisation=left)
    assert survival_months(x, True) == (4, False)  # 320 a month
    paid = replace(x, instalments=[320] * HORIZON)
    assert survival_months(paid, True) == (24, True)


def test_a_term_out_takes_equal_parts():
    x = replace(QUIET, debt=2_400, stopped_debt=2_400, commitment=10_000, advance=1.0, eligible=10**6, revolving=False, term_out=12)
    assert survival_months(x, True) == (6, False)  # 200 a month
    assert survival_months(replace(x, term_out=24), True) == (11, False)  # 100 a month


def test_new_lending_costs_cash_and_the_run_off_does_not():
    x = replace(QUIET, disbursements=300)
    assert survival_months(x, True) == (5, False)  # nothing approved is unpaid: lending goes on in the second month
    assert survival_months(x, False) == (24, True)
    assert survival_months(replace(x, payout_share=0.8), True) == (6, False)  # the netted fee stays in the till


def test_the_undrawn_line_costs_its_fee_while_it_revolves():
    x = replace(QUIET, commitment=12_000, undrawn_fee=0.01)
    assert survival_months(x, True) == (9, False)
    assert survival_months(replace(x, revolving=False), True) == (24, True)


def test_new_lending_finances_itself_at_a_full_advance_until_the_commitment_binds():
    x = replace(QUIET, cash=0, disbursements=120, advance=1.0, commitment=10**6, new_tenor=12, new_instalment_factor=1 / 12)
    assert survival_months(x, True) == (24, True)
    assert survival_months(replace(x, commitment=100), True) == (2, False)


@pytest.mark.parametrize(
    "better", [{"cash": 2_000}, {"operating_cost": 80}, {"collected_share": 1.0}, {"commitment": 5_000}, {"falls_ineligible": 0.0}]
)
def test_more_money_never_shortens_the_horizon(better):
    x = replace(
        QUIET, operating_cost=160, instalments=[100] * HORIZON, collected_share=0.8, advance=0.8, eligible=2_000, commitment=500,
        falls_ineligible=0.03,
    )
    assert survival_months(replace(x, **better), True)[0] >= survival_months(x, True)[0]


def test_half_way_through_a_term_out_the_parts_are_those_of_the_start():
    """600 left of 1,200 over 12 months: 100 a month is due, not 50."""
    x = replace(
        QUIET, cash=0, debt=600, stopped_debt=1_200, stopped_since=6, commitment=2_000, advance=0.85, eligible=10**6, revolving=False,
        instalments=[60] * HORIZON,
    )
    assert survival_months(x, True) == (1, False)
    assert survival_months(replace(x, instalments=[100] * HORIZON), True) == (24, True)
