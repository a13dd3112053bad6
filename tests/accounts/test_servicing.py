"""Accounts against an independent ledger, to the minor unit: every payment, bucket, fee and sum of a loan's whole life."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.accounts.columns import CHARGED_OFF, CLOSED
from sim.accounts.methods import METHODS
from tests.accounts.ledger import ANNUITY, FLAT, Accounts, Ledger, Terms, run_together

PAYMENTS = st.one_of(st.sampled_from([0, 0, 1, 1, 1, "fees"]), st.floats(0, 1), st.just("early"))


@pytest.fixture(scope="module")
def accounts():
    return Accounts(3)


@st.composite
def loans(draw, flat, most=12):
    face, tenor = draw(st.integers(100, 3_000_000)), draw(st.integers(1, most))
    return Ledger(face, draw(st.integers(0, 3600)), tenor, flat, fee=draw(st.integers(0, face // 10)))


@pytest.mark.parametrize("slot", [ANNUITY, FLAT])
@pytest.mark.parametrize("tolerance", [0.0, 0.1])
def test_any_payments_leave_what_an_independent_ledger_says(accounts, slot, tolerance):
    @given(st.data())
    @settings(max_examples=60)
    def agrees(data):
        ledgers = [data.draw(loans(slot == FLAT)) for _ in range(3)]
        months = max(led.tenor for led in ledgers) + 8
        acts = [data.draw(st.lists(PAYMENTS, min_size=months, max_size=months)) for _ in ledgers]
        terms = Terms(tolerance=tolerance, bucket=data.draw(st.sampled_from([5, 7])))
        run_together(accounts, slot, ledgers, acts, terms)

    agrees()


@pytest.mark.parametrize("slot", [ANNUITY, FLAT])
def test_four_hundred_accounts_at_once_are_four_hundred_ledgers(slot):
    rng = np.random.default_rng(slot)
    ledgers, acts = [], []
    for _ in range(400):
        face, tenor = int(rng.integers(10_000, 3_000_000)), int(rng.integers(2, 25))
        ledgers.append(Ledger(face, int(rng.integers(0, 3600)), tenor, slot == FLAT, int(face * 0.03)))
        kinds = rng.choice(5, 32, p=[0.65, 0.15, 0.08, 0.1, 0.02] if rng.random() < 0.8 else [0.1, 0.7, 0.1, 0.1, 0.0])
        acts.append([[1, 0, "fees", float(rng.random()), "early"][k] for k in kinds])
    run_together(Accounts(400), slot, ledgers, acts, Terms())
    assert sum(led.state == CHARGED_OFF for led in ledgers) > 5
    assert sum(led.state == CLOSED for led in ledgers) > 100


def test_a_long_dear_loan_may_leave_interest_within_the_tolerance(accounts):
    led = Ledger(1_000_000, 6000, 60, False, 0)
    acts = [0, 0, 0, 0, 0.985, *[1] * 8]
    run_together(accounts, ANNUITY, [led], [acts], Terms(tolerance=0.1, bucket=7))
    assert led.sums["interest_reversed"] > 0
    assert led.missed == 0


def test_a_loan_paid_in_full_ends_on_time_with_every_cent_and_fee(accounts):
    led = Ledger(1_200_00, 2400, 12, False, 36_00)
    run_together(accounts, ANNUITY, [led], [[1] * 12], Terms())
    assert led.state == CLOSED
    assert (led.sums["collected_principal"], led.sums["fee_earned"]) == (1_200_00, 36_00)
    assert "fees_charged" not in led.sums
    interest = 12 * led.instalment - 1_200_00
    assert abs(led.sums["collected_interest"] - interest) <= 12


def test_a_flat_fee_is_asked_on_the_original_principal_to_the_end(accounts):
    led = Ledger(1_200_00, 1080, 12, True, 0)
    run_together(accounts, FLAT, [led], [[1] * 12], Terms())
    assert led.sums["collected_interest"] == 12 * 10_80
    assert led.state == CLOSED


@pytest.mark.parametrize("slot", [ANNUITY, FLAT])
def test_the_method_is_the_accounts_and_not_its_products(accounts, slot):
    # a lender may change a product's method: what was opened before keeps its own, also in arrears and beyond its last due date
    ledgers = [Ledger(1_200_00, 1080, 12, flat, 36_00) for flat in (True, False, True)]
    acts = [[1] * 16, [1, 0, *[1] * 14], [1] * 8 + [0] * 8]
    run_together(accounts, slot, ledgers, acts, Terms(bucket=7))
    assert ledgers[0].sums["collected_interest"] == 12 * 10_80
    assert ledgers[1].sums["collected_interest"] < 12 * 10_80 * 0.7
    assert (ledgers[2].state, ledgers[2].sums["interest_reversed"], ledgers[2].memo) == (CHARGED_OFF, 4 * 10_80, 7 * 10_80)
    assert accounts.account.method.tolist() == [METHODS[name].code for name in ("flat_fee", "annuity", "flat_fee")]


def test_early_repayment_takes_the_rest_and_earns_the_fee_at_once(accounts):
    led = Ledger(1_200_00, 2400, 12, False, 36_00)
    run_together(accounts, ANNUITY, [led], [[1, 1, "early", 1, 1]], Terms())
    assert led.state == CLOSED
    assert led.sums["fee_earned"] == 36_00
    assert led.sums["collected_principal"] == 1_200_00


def test_on_the_due_day_or_at_the_catch_up_date_comes_to_the_same(accounts):
    accounts.start(ANNUITY, [Ledger(1_200_00, 2400, 12, False, 36_00)], Terms())
    accounts.live(1, [0, 0, 0])
    a = accounts.account
    asked = int(a.overdue[0]) + 113_47
    kept = {name: array.copy() for name, array in a.items()}
    late = accounts.live(2, [asked, 0, 0])
    after = {name: array.copy() for name, array in a.items()}
    for name, array in a.items():
        array[:] = kept[name]
    accounts.engine.clear_month()
    accounts.engine.load(accounts.bill, accounts.numbers, 2)
    accounts.engine.run(accounts.bill)
    a.paid_due[:], a.paid_catch_up[:] = [asked, 0, 0], 0
    accounts.engine.load(accounts.serve, accounts.numbers, 2)
    accounts.engine.run(accounts.serve)
    assert accounts.engine.counts().collected_principal == late.collected_principal
    assert all(np.array_equal(a[name], after[name]) for name in after if name not in ("paid_due", "paid_catch_up"))


def test_the_days_sums_are_of_accounts_not_in_arrears(accounts):
    accounts.start(ANNUITY, [Ledger(1_200_00, 2400, 12, False, 0) for _ in range(3)], Terms())
    accounts.live(1, [0, 113_47, 113_47])
    a = accounts.account
    a.unpaid_at_due[:], a.still_unpaid[:] = [7, 5, 0], [2, 0, 0]
    counts = accounts.live(2, [0, 113_47, 113_47])
    assert counts.due == 2 * 113_47
    assert (counts.unpaid_at_due, counts.old_unpaid) == (12, 2)
    assert counts.due_kept == 2 * 113_47


def test_the_ladder_holds_the_instalments_still_to_come_of_accounts_under_thirty_days(accounts):
    ledgers = [Ledger(1_200_00, 2400, 12, False, 0), Ledger(600_00, 2400, 3, False, 0), Ledger(600_00, 0, 6, False, 0)]
    accounts.start(ANNUITY, ledgers, Terms())
    counts = accounts.live(1, [113_47, 208_05, 0])
    ladder = np.reshape(counts.ladder, (-1, 4)).sum(axis=1)
    assert ladder[11] == accounts.account.instalment[0]
    assert ladder[2] == accounts.account.instalment[1]
    assert ladder[5] == accounts.account.instalment[2]  # one month late is under thirty days
    ladder = np.reshape(accounts.live(2, [113_47, 208_05, 0]).ladder, (-1, 4)).sum(axis=1)
    assert ladder[4] == 0
    assert ladder.sum() == sum(accounts.account.instalment[:2])
