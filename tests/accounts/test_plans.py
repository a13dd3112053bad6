"""Accounts under a plan: worked out by hand to the cent, and against a ledger in plain Python over any course of payments."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.accounts.columns import CHARGED_OFF, CLOSED, HAD_HARDSHIP_PLAN, HAD_HOLIDAY, NON_ACCRUAL, ON_HARDSHIP_PLAN, OPEN
from sim.accounts.plans import LARGEST, Plan, asked_under_plan, begin_plan, months_to_repay, part_of
from tests.accounts.ledger import ANNUITY, FLAT, SUMS, Accounts, Terms, says
from tests.accounts.planned import PlannedLedger
from tests.rows import call

HOLIDAY = Plan(3, 0, 0, hardship=False)
FREE_HOLIDAY = Plan(3, 0, 10_000, hardship=False)
HALF = Plan(4, 5_000, 0, hardship=True)
NUMBERS = {"relief.re_aged_after": 3, "relief.probation": 6}
WITH_PLANS = (*SUMS, "interest_capitalised", "interest_waived")
ROWS = 6


@pytest.fixture(scope="module")
def accounts():
    return Accounts(ROWS)


def thousand():
    """A loan of 1,000 at 24 % a year over six months: 2 % a month, instalments of 178.53."""
    return PlannedLedger(1_000_00, 2400, 6, False, 0)


def lived(accounts, paid, plan, after, ledger=None, **terms):
    """The sums of each month of one loan, a plan made at the end of month `after`."""
    accounts.start(ANNUITY, [ledger or thousand()], Terms(**terms))
    seen = []
    for month, amount in enumerate(paid, 1):
        seen.append(accounts.live(month, [amount] + [0] * (ROWS - 1), **NUMBERS))
        if month == after:
            begin_plan(accounts.account, np.array([0]), plan, month)
        if month >= after:
            seen[-1].principal_after = int(accounts.account.principal[0])
    return seen


@pytest.mark.parametrize(
    ("amount", "basis_points", "part"),
    [(17_853, 5_000, 8_927), (17_853, 0, 0), (1, 5_000, 1), (2**31 - 1, 10_000, 2**31 - 1), (999, 3_333, 333)],
)
def test_a_part_of_an_amount_is_rounded_half_up(amount, basis_points, part):
    assert call(part_of, amount, basis_points) == part


def test_a_plan_asks_its_share_and_at_most_what_is_left():
    assert call(asked_under_plan, 17_853, 5_000, 2_000, 98_000) == 8_927
    assert call(asked_under_plan, 17_853, 5_000, 40, 2_000) == 2_040
    assert call(asked_under_plan, 17_853, 0, 2_000, 98_000) == 0


@pytest.mark.parametrize(
    ("method", "scheduled", "instalment", "original", "rate", "months"),
    [
        (0, 1_000_00, 178_53, 1_000_00, 2400, 6),  # as at origination
        (0, 892_98, 178_53, 1_000_00, 2400, 6),  # after a holiday of three months: one instalment more than the five of the contract
        (0, 1_000_00, 20_00, 1_000_00, 2400, 120),  # an instalment of nothing but interest
        (0, 1_20, 178_53, 1_000_00, 2400, 1),  # a rest below a hundredth of an instalment
        (1, 1_200_00, 120_00, 1_200_00, 1200, 12),  # a flat fee of 12.00 and 108.00 of principal: 11.1 of them
        (0, 600, 100, 600, 0, 6),
    ],
)
def test_instalments_follow_until_the_balance_is_repaid(method, scheduled, instalment, original, rate, months):
    assert call(months_to_repay, method, scheduled, instalment, original, rate) == months


def test_a_holiday_capitalised_to_the_cent(accounts):
    """1,000.00 at 2 % a month; one instalment of 178.53 (interest 20.00), three months of nothing: 16.83, 17.17 and 17.51 join the loan."""
    seen = lived(accounts, [178_53, 0, 0, 0], HOLIDAY, after=1)
    assert [c.principal_after for c in seen] == [841_47, 858_30, 875_47, 892_98]
    assert [c.interest_capitalised for c in seen] == [0, 16_83, 17_17, 17_51]
    assert [c.accrued for c in seen] == [20_00, 16_83, 17_17, 17_51]
    assert [c.interest_waived for c in seen] == [0] * 4
    assert [sum(c.missed) for c in seen] == [c.fees_charged for c in seen] == [0] * 4
    a = accounts.account
    # 892.98 takes five instalments of 178.53 and a last one of 58.00
    assert (int(a.remaining[0]), int(a.plan_left[0]), int(a.missed[0]), int(a.relief[0])) == (6, 0, 0, HAD_HOLIDAY)
    asked = []
    for month in range(5, 11):
        accounts.live(month, [178_53] + [0] * (ROWS - 1) if month < 10 else [58_00] + [0] * (ROWS - 1), **NUMBERS)
        asked.append(int(a.principal[0]))
    assert asked == [732_31, 568_43, 401_27, 230_77, 56_86, 0]
    assert a.state[0] == CLOSED


def test_a_holiday_with_interest_waived_leaves_the_loan_as_it_was(accounts):
    seen = lived(accounts, [178_53, 0, 0, 0], FREE_HOLIDAY, after=1)
    assert [c.principal_after for c in seen] == [841_47] * 4
    assert [c.interest_waived for c in seen] == [0, 16_83, 16_83, 16_83]
    assert [c.accrued for c in seen] == [20_00, 0, 0, 0]
    assert [c.interest_capitalised for c in seen] == [0] * 4
    assert int(accounts.account.remaining[0]) == 5


def test_a_plan_freezes_arrears_and_makes_current_after_three_kept_payments(accounts):
    """The first instalment is missed: interest 20.00, principal 158.53. Half of 178.53 is 89.27, of which 20.00 is the month's interest."""
    seen = lived(accounts, [0, 89_27, 89_27, 89_27, 89_27], HALF, after=1, late_fee=0)
    a = accounts.account
    # 1,000.00 - 69.27; interest of 18.61: - 70.66; 17.20: - 72.07, and the 20.00 that were overdue join; 16.16: - 73.11
    assert [c.principal_after for c in seen] == [1_000_00, 930_73, 860_07, 808_00, 734_89]
    assert [c.interest_capitalised for c in seen] == [0, 0, 0, 20_00, 0]
    assert [c.collected_interest for c in seen] == [0, 20_00, 18_61, 17_20, 16_16]
    assert [c.reaged for c in seen] == [c.cures for c in seen] == [0, 0, 0, 1, 0]
    assert [c.plans_completed for c in seen] == [0, 0, 0, 0, 1]
    assert [sum(c.missed) for c in seen] == [1, 0, 0, 0, 0]
    assert (int(a.scheduled[0]), int(a.overdue[0]), int(a.missed[0]), int(a.remaining[0])) == (734_89, 0, 0, 5)
    assert (int(a.relief[0]), int(a.plans[0]), int(a.probation_ends[0])) == (HAD_HARDSHIP_PLAN, 1, 5 + 6)


def test_a_broken_plan_is_back_under_the_contract_and_days_past_due_count_on(accounts):
    seen = lived(accounts, [0, 89_27, 0, 0, 0, 0], HALF, after=1, late_fee=0)
    assert [c.plans_broken for c in seen] == [0, 0, 1, 0, 0, 0]
    moves = [{(k // 10, k % 10) for k, n in enumerate(c.moves) if n} for c in seen]
    assert moves == [{(0, 1)}, {(1, 1)}, {(1, 2)}, {(2, 3)}, {(3, 4)}, {(4, 8)}]
    assert [sum(c.missed) for c in seen] == [1, 0, 1, 1, 1, 1]
    assert seen[-1].gross == 930_73
    assert not accounts.account.relief[0] & ON_HARDSHIP_PLAN


def test_arrears_under_a_holiday_do_not_age_and_go_on_where_they_stood(accounts):
    seen = lived(accounts, [0] * 9, HOLIDAY, after=2, late_fee=0)
    moves = [{(k // 10, k % 10) for k, n in enumerate(c.moves) if n} for c in seen]
    assert moves == [{(0, 1)}, {(1, 2)}, {(2, 2)}, {(2, 2)}, {(2, 2)}, {(2, 3)}, {(3, 4)}, {(4, 8)}, set()]
    assert accounts.account.state[0] == CHARGED_OFF


def test_interest_of_an_account_that_accrues_none_is_remembered_and_never_capitalised(accounts):
    seen = lived(accounts, [0] * 7, HOLIDAY, after=4, late_fee=0, bucket=7)
    assert [c.interest_capitalised for c in seen] == [0] * 7
    assert [c.accrued for c in seen[4:]] == [0] * 3
    assert accounts.account.marks[0] & NON_ACCRUAL
    # four instalments' interest of 20.00, then three months' of a holiday
    assert int(accounts.account.memo_interest[0]) == 7 * 20_00
    assert int(accounts.account.principal[0]) == 1_000_00


def test_a_fall_in_the_probation_is_a_redefault_once_and_afterwards_it_is_not(accounts):
    kept = [0, *[89_27] * 4]
    seen = lived(accounts, [*kept, 0, 0], HALF, after=1, late_fee=0)
    assert [c.plans_redefaulted for c in seen] == [0] * 5 + [1, 0]
    short = PlannedLedger(1_000_00, 2400, 24, False, 0)
    paid = [0, *[short.instalment] * 4, *[short.instalment] * 6, 0]
    seen = lived(accounts, paid, HALF, after=1, ledger=short, late_fee=0)
    assert accounts.account.state[0] == OPEN
    assert accounts.account.missed[0] == 1
    assert [c.plans_redefaulted for c in seen] == [0] * 12


def test_a_balance_grows_no_larger_than_an_account_can_hold_and_the_rest_is_waived(accounts):
    """300 % a year put off for sixty months would be 650,000 times the loan."""
    vast = PlannedLedger(1_000_000_00, 30_000, 60, False, 0)
    seen = lived(accounts, [0] * 62, Plan(60, 0, 0, hardship=False), after=1, ledger=vast, late_fee=0)
    a = accounts.account
    assert max(c.principal_after for c in seen) == LARGEST
    assert sum(c.interest_capitalised for c in seen) == LARGEST - 1_000_000_00
    assert seen[60].interest_waived == LARGEST // 4
    assert sum(c.accrued - c.interest_capitalised for c in seen) == int(a.ring[0, :8].sum())
    assert int(a.overdue[0]) == int(a.ring[0].astype(np.int64).sum()) > 0


PLANS = st.builds(
    Plan, st.integers(1, 9), st.sampled_from([0, 2_500, 5_000, 9_999, 10_000]), st.sampled_from([0, 3_333, 10_000]), st.booleans()
)
ACTS = st.lists(st.sampled_from([0.0, 0.3, 1.0, 1.0, 1.0, 0.99, "fees"]), min_size=14, max_size=14)
LOANS = st.tuples(st.integers(200_00, 20_000_00), st.sampled_from([0, 900, 2400, 3600]), st.integers(3, 36), st.integers(0, 300_00), ACTS,
                  st.dictionaries(st.integers(1, 13), PLANS, max_size=3))


def paid_on(led, act):
    """A share of what is asked, or all of it with the fees."""
    asked = led.asked()
    return asked + (led.fees_due if asked else 0) if act == "fees" else int(asked * act)


@settings(max_examples=60, deadline=None)
@given(
    slot=st.sampled_from([ANNUITY, FLAT]), loans=st.lists(LOANS, min_size=1, max_size=ROWS), tolerance=st.sampled_from([0.0, 0.0, 0.05]),
    bucket=st.sampled_from([5, 7]),
)
def test_any_course_of_plans_and_payments_agrees_with_the_ledger_and_conserves_money(accounts, slot, loans, tolerance, bucket):
    terms = Terms(tolerance=tolerance, bucket=bucket)
    ledgers = [PlannedLedger(face, rate, tenor, slot == FLAT, fee) for face, rate, tenor, fee, _, _ in loans]
    accounts.start(slot, ledgers, terms)
    total = dict.fromkeys(WITH_PLANS, 0)
    faces = sum(led.face for led in ledgers)
    a = accounts.account
    for now in range(1, 15):
        paid = [paid_on(led, acts[now - 1]) for led, (*_, acts, _) in zip(ledgers, loans, strict=True)]
        counts = accounts.live(now, paid + [0] * (ROWS - len(ledgers)), **NUMBERS)
        for k, (led, amount) in enumerate(zip(ledgers, paid, strict=True)):
            led.live(now, amount, terms)
            assert accounts.shows(k) == says(led), f"month {now}, account {k}"
            assert int(a.plan_left[k]) == led.left
            assert int(a.overdue[k]) == int(a.ring[k].sum())
        for name in WITH_PLANS:
            total[name] += getattr(counts, name)
        assert total == {name: sum(led.sums.get(name, 0) for led in ledgers) for name in WITH_PLANS}, f"month {now}"
        assert counts.household_debit == sum(paid)
        assert counts.collected_interest + counts.cash_basis + counts.collected_principal + counts.collected_fees == sum(paid)
        owed = faces + total["interest_capitalised"] - total["collected_principal"] - total["gross"]
        assert owed == int(a.principal.sum()) == counts.principal
        accruing = (a.state == OPEN) & ((a.marks & NON_ACCRUAL) == 0)
        receivable = int(a.ring[accruing][:, :8].sum())
        settled = total["collected_interest"] + total["interest_reversed"] + total["interest_capitalised"]
        assert total["accrued"] - settled == receivable
        for k, (led, (*_, plans)) in enumerate(zip(ledgers, loans, strict=True)):
            if now in plans and led.state == OPEN and led.remaining > 0 and not led.left:
                led.begin(plans[now])
                begin_plan(a, np.array([k]), plans[now], now)
