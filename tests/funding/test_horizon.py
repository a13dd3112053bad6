"""The survival horizon in cases that can be worked out by hand. Minor units."""

from dataclasses import fields, replace

import pytest

from sim.funding.horizon import HORIZON, HorizonInputs, survival_months
from sim.funding.warehouse import WarehouseProjection

QUIET = HorizonInputs(
    cash=1_000, contracts=(), pool={}, instalments=[0] * HORIZON, collected_share=1.0, falls_ineligible=0.0, operating_cost=0,
    disbursements=0, new_instalment_factor=0.0, new_tenor=12, payout_share=1.0, amortisation=[1.0] * HORIZON,
)
QUIET_LINE = WarehouseProjection(
    debt=0.0, commitment=0.0, advance=0.0, depth=2, revolving=True, monthly_rate=0.0, undrawn_fee=0.0, term_out=12, stopped_debt=0,
    stopped_since=0,
)
OF_THE_LINE = {f.name for f in fields(WarehouseProjection)}


def case(start: HorizonInputs = QUIET, **changes) -> HorizonInputs:
    """A projection with one line: what is named of the line changes the line, the rest the lender."""
    own = {k: v for k, v in changes.items() if k in OF_THE_LINE}
    line = replace(start.contracts[0] if start.contracts else QUIET_LINE, **own)
    pool = {2: changes.pop("eligible", start.pool.get(2, 0))}
    return replace(start, contracts=(line,), pool=pool, **{k: v for k, v in changes.items() if k not in OF_THE_LINE})


def test_nothing_happening_lasts_for_ever():
    assert survival_months(QUIET, True) == (24, True)


@pytest.mark.parametrize("cost, months", [(1_001, 1), (1_000, 2), (300, 4), (100, 11), (42, 24)])
def test_cash_over_cost(cost, months):
    """Cash of 1,000 meets a cost c for floor(1,000 / c) months; the first month that it does not is the answer."""
    assert survival_months(case(QUIET, operating_cost=cost), True) == (months, False)


def test_the_last_month_counts_and_beyond_it_is_censored():
    assert survival_months(case(QUIET, operating_cost=41), True) == (24, True)


def test_collections_carry_the_cost_by_the_collected_share():
    x = case(QUIET, operating_cost=200, instalments=[200] * HORIZON)
    assert survival_months(x, True) == (24, True)
    assert survival_months(case(x, collected_share=0.5), True) == (11, False)  # 100 short a month


def test_interest_is_paid_on_the_debt():
    x = case(QUIET, debt=10_000, commitment=10_000, advance=1.0, eligible=10_000, monthly_rate=0.02)
    assert survival_months(x, True) == (6, False)  # 200 a month out of 1,000; the line is full


def test_the_line_is_drawn_when_cash_is_gone():
    x = case(QUIET, operating_cost=200, commitment=600, advance=1.0, eligible=10_000)
    assert survival_months(x, True) == (9, False)  # (1,000 + 600) / 200
    assert survival_months(case(x, eligible=300), True) == (7, False)  # the base binds: 1,300 / 200
    assert survival_months(case(x, revolving=False), True) == (6, False)  # stopped: no draw


def test_loans_that_fall_out_of_eligibility_must_be_repaid_for():
    x = case(QUIET, debt=8_000, commitment=8_000, advance=0.8, eligible=10_000, falls_ineligible=0.05)
    # deficiencies 400, 380, 361: 780 of 1,000 gone after two months, 1,141 after three
    assert survival_months(x, True) == (3, False)


def test_scheduled_amortisation_shrinks_the_base():
    left = [1.0 - 0.04 * h for h in range(1, HORIZON + 1)]
    x = case(QUIET, debt=8_000, commitment=8_000, advance=0.8, eligible=10_000, amortisation=left)
    assert survival_months(x, True) == (4, False)  # 320 a month
    paid = case(x, instalments=[320] * HORIZON)
    assert survival_months(paid, True) == (24, True)


def test_a_term_out_takes_equal_parts():
    x = case(QUIET, debt=2_400, stopped_debt=2_400, commitment=10_000, advance=1.0, eligible=10**6, revolving=False, term_out=12)
    assert survival_months(x, True) == (6, False)  # 200 a month
    assert survival_months(case(x, term_out=24), True) == (11, False)  # 100 a month


def test_new_lending_costs_cash_and_the_run_off_does_not():
    x = case(QUIET, disbursements=300)
    assert survival_months(x, True) == (5, False)  # nothing approved is unpaid: lending goes on in the second month
    assert survival_months(x, False) == (24, True)
    assert survival_months(case(x, payout_share=0.8), True) == (6, False)  # the netted fee stays in the till


def test_the_undrawn_line_costs_its_fee_while_it_revolves():
    x = case(QUIET, commitment=12_000, undrawn_fee=0.01)
    assert survival_months(x, True) == (9, False)
    assert survival_months(case(x, revolving=False), True) == (24, True)


def test_new_lending_finances_itself_at_a_full_advance_until_the_commitment_binds():
    x = case(QUIET, cash=0, disbursements=120, advance=1.0, commitment=10**6, new_tenor=12, new_instalment_factor=1 / 12)
    assert survival_months(x, True) == (24, True)
    assert survival_months(case(x, commitment=100), True) == (2, False)


@pytest.mark.parametrize(
    "better", [{"cash": 2_000}, {"operating_cost": 80}, {"collected_share": 1.0}, {"commitment": 5_000}, {"falls_ineligible": 0.0}]
)
def test_more_money_never_shortens_the_horizon(better):
    x = case(
        QUIET, operating_cost=160, instalments=[100] * HORIZON, collected_share=0.8, advance=0.8, eligible=2_000, commitment=500,
        falls_ineligible=0.03,
    )
    assert survival_months(case(x, **better), True)[0] >= survival_months(x, True)[0]


def test_half_way_through_a_term_out_the_parts_are_those_of_the_start():
    """600 left of 1,200 over 12 months: 100 a month is due, not 50."""
    x = case(
        QUIET, cash=0, debt=600, stopped_debt=1_200, stopped_since=6, commitment=2_000, advance=0.85, eligible=10**6, revolving=False,
        instalments=[60] * HORIZON,
    )
    assert survival_months(x, True) == (1, False)
    assert survival_months(case(x, instalments=[100] * HORIZON), True) == (24, True)


def test_two_lines_are_drawn_in_turn_and_each_has_its_limit():
    """200 a month out of 1,000 of cash, then 600 of the first and 400 of the second."""
    lines = tuple(replace(QUIET_LINE, commitment=c, advance=1.0) for c in (600.0, 400.0))
    x = replace(QUIET, operating_cost=200, contracts=lines, pool={2: 10_000})
    assert survival_months(x, True) == (11, False)  # 2,000 / 200
    assert survival_months(replace(x, pool={2: 800}), True) == (10, False)  # no loan is pledged twice: 1,000 + 800
    assert survival_months(replace(x, contracts=(lines[0], replace(lines[1], revolving=False))), True) == (9, False)


def test_two_debts_pay_each_its_own_interest_and_repayment():
    """50 of interest on one, 100 of term-out on the other: 1,000 lasts six months; interest on both takes it in five."""
    revolving = replace(QUIET_LINE, debt=5_000.0, commitment=5_000.0, advance=1.0, monthly_rate=0.01)
    stopped = replace(QUIET_LINE, debt=1_200.0, commitment=1_200.0, advance=1.0, revolving=False, stopped_debt=1_200, term_out=12)
    x = replace(QUIET, contracts=(revolving, replace(stopped, monthly_rate=0.0)), pool={2: 10**6})
    assert survival_months(x, True) == (7, False)  # 150 a month
    dear = replace(x, contracts=(revolving, replace(stopped, monthly_rate=0.05)))
    assert survival_months(dear, True) == (6, False)  # 150 + 5 % of 1,200, 1,100, …: 210, 205, 200, 195, 190 leave nothing


def test_a_line_cut_in_two_lasts_as_long():
    whole = case(
        operating_cost=130, debt=4_000.0, commitment=6_000.0, advance=0.5, eligible=9_000, falls_ineligible=0.03, monthly_rate=0.01,
    )
    half = replace(whole.contracts[0], debt=2_000.0, commitment=3_000.0)
    assert survival_months(replace(whole, contracts=(half, half)), True) == survival_months(whole, True)
