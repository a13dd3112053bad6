"""Charge-off by age or event; recoveries after a lag, while the claim is worked, from whoever has the means."""

import numpy as np
import pytest

from sim.accounts.columns import CHARGED_OFF, FRAUDULENT, OPEN
from tests.accounts.ledger import ANNUITY, Accounts, Ledger, Terms

ROWS = 2_000


@pytest.fixture(scope="module")
def accounts():
    return Accounts(ROWS)


def charged(accounts, months=5, **numbers):
    """Loans charged off in month 5, none of which was ever paid."""
    accounts.start(ANNUITY, [Ledger(1_000_00, 2400, 12, False, 30_00) for _ in range(ROWS)], Terms())
    accounts.population.household.employed[:] = 1
    accounts.population.household.cash[:] = 1e6
    for now in range(1, months):
        accounts.live(now, [0] * ROWS)
    return accounts.live(months, [0] * ROWS, **numbers)


def test_what_is_too_old_goes_against_the_allowance_and_the_claim_lives_on(accounts):
    counts = charged(accounts, **{"underwriting.exclusion_months": 24})
    a = accounts.account
    assert counts.gross == ROWS * 1_000_00
    assert counts.direct == 0
    assert (a.state == CHARGED_OFF).all()
    assert (a.claim == 1_000_00).all()
    assert (a.charged_off == 5).all()
    for name in ("principal", "scheduled", "overdue", "fees_due", "unearned_fee", "remaining", "missed", "contacted"):
        assert not a[name].any(), name
    assert not a.ring.any()
    assert (a.memo_interest > 0).all()
    assert (accounts.population.household.excluded == 24).all()
    assert accounts.engine.vintages(ANNUITY)["charged_off"][0, 5] == ROWS * 1_000_00


def test_at_the_later_limit_an_account_lives_on(accounts):
    accounts.start(ANNUITY, [Ledger(1_000_00, 2400, 12, False, 0)], Terms(bucket=7))
    grosses = [accounts.live(now, [0] * ROWS).gross for now in range(1, 8)]
    assert grosses == [0] * 6 + [1_000_00]


def test_bankruptcy_strikes_the_stated_share_of_those_in_arrears_and_nobody_else(accounts):
    led = Ledger(1_000_00, 2400, 12, False, 0)
    accounts.start(ANNUITY, [led for _ in range(ROWS)], Terms())
    half = [led.instalment] * (ROWS // 2) + [0] * (ROWS // 2)
    counts = accounts.live(1, half, **{"charge_off.direct": 0.2})
    state = accounts.account.state
    assert (state[: ROWS // 2] == OPEN).all()
    share = (state[ROWS // 2 :] == CHARGED_OFF).mean()
    assert share == pytest.approx(0.2, abs=5 * np.sqrt(0.2 * 0.8 / (ROWS // 2)))
    assert counts.direct == counts.gross == int(share * (ROWS // 2) + 0.5) * 1_000_00
    assert counts.interest_reversed == counts.gross // 1_000_00 * 20_00  # it was accruing until then
    sure = accounts.live(2, half, **{"charge_off.direct": 1.0})
    assert sure.gross == int((state[ROWS // 2 :] == CHARGED_OFF).sum()) * 1_000_00 - counts.gross


WORKED = {"recovery.worked": 1.0, "recovery.lag": 2, "recovery.months": 3, "recovery.monthly": 1.0, "recovery.share": 0.1}


def test_a_claim_is_worked_after_its_lag_for_its_months(accounts):
    charged(accounts)
    received = [accounts.live(now, [0] * ROWS, **WORKED).recovered / ROWS for now in range(6, 12)]
    assert received == [0, 100_00, 90_00, 81_00, 0, 0]
    assert (accounts.account.claim == 729_00).all()
    assert accounts.engine.vintages(ANNUITY)["recovered"][0].tolist()[5:11] == [0, 0, ROWS * 100_00, ROWS * 90_00, ROWS * 81_00, 0]


def test_it_is_paid_out_of_savings_and_never_beyond_them(accounts):
    charged(accounts)
    cash = accounts.population.household.cash
    cash[:3] = [40.0, 0.0, 0.004]
    accounts.live(7, [0] * ROWS, **WORKED)
    assert accounts.account.claim[:4].tolist() == [960_00, 1_000_00, 1_000_00, 900_00]
    assert cash[0] == 0
    assert cash[3] == pytest.approx(1e6 - 100)


def test_neither_cheats_nor_the_jobless_pay_and_others_with_their_chance(accounts):
    charged(accounts)
    accounts.population.household.employed[: ROWS // 4] = 0
    accounts.account.marks[ROWS // 4 : ROWS // 2] |= FRAUDULENT
    accounts.live(7, [0] * ROWS, **WORKED | {"recovery.monthly": 0.5, "recovery.worked": 0.6})
    paid = accounts.account.claim < 1_000_00
    assert not paid[: ROWS // 2].any()
    assert paid[ROWS // 2 :].mean() == pytest.approx(0.3, abs=5 * np.sqrt(0.21 / (ROWS // 2)))


def test_the_last_of_a_claim_is_paid_by_the_cent_and_then_nothing(accounts):
    charged(accounts)
    accounts.account.claim[:] = 3
    received = [accounts.live(now, [0] * ROWS, **WORKED | {"recovery.months": 99}).recovered / ROWS for now in range(7, 12)]
    assert received == [1, 1, 1, 0, 0]
    assert accounts.live(12, [0] * ROWS, **WORKED).claims == 0
