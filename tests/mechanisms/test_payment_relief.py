"""Payment relief in runs: both modes, gains, parameters, the books, debts elsewhere, and what a mechanism at rest leaves in the hash."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sim
from sim.inputs import InputError, load_scenario
from sim.mechanisms.budget import plan_budget, settle
from sim.mechanisms.payment_relief import METRICS, NEVER, numbers
from sim.study.facts.measures import residuals, unmoved
from sim.study.results import final_columns_digest, verify, without_rest
from sim.study.trace import trace_borrower
from tests.rows import PROFILE, inputs, lived

SMALL = {"borrowers.count": 6_000, "months": 18, "warm_up_months": 8}
PLANS = load_scenario("baseline", "hardship_plans").policy


def run(scenario="severe_recession", policy="hardship_plans", **more):
    return sim.run(scenario, policy=policy, set=SMALL | more)


@pytest.fixture(scope="module")
def planned():
    return run()


@pytest.fixture(scope="module")
def holidays():
    return run("payment_holidays", "standard")


def test_plans_are_made_kept_broken_and_fail_and_the_books_hold(planned):
    m = planned.monthly
    for name in ("plans_made", "plans_completed", "plans_broken", "plans_redefaulted", "reaged", "forborne_accounts"):
        assert m[name].sum() > 0, name
    assert m["holidays_granted"].sum() == 0
    # a plan that was made is under way, or was completed, broken, charged off with a bankruptcy, or repaid
    ended = m["plans_completed"].sum() + m["plans_broken"].sum()
    assert ended <= m["plans_made"].sum() - m["forborne_accounts"].iloc[-1] <= 1.2 * ended
    assert max(residuals(m).values()) < 0.005
    assert unmoved(planned.transitions, m) == 0
    assert (m["delinquency_30_plus_incl_forborne"] >= m["delinquency_30_plus"]).all()
    assert ((m["forborne_loans"] > 0) == (m["forborne_accounts"] > 0)).all()


def test_holidays_capitalise_interest_and_the_books_hold(holidays):
    m = holidays.monthly
    assert m["holidays_granted"].sum() > 100
    assert m["plans_made"].sum() == m["plans_broken"].sum() == 0
    assert m["interest_capitalised"].sum() > 0 == m["interest_waived"].sum()
    assert m["holidays_granted"][m["month_index"] < 7].sum() == 0
    assert max(residuals(m).values()) < 0.005


@pytest.mark.parametrize(
    ("scenario", "policy", "switch"),
    [("severe_recession", "hardship_plans", "hardship_plans"), ("payment_holidays", "hardship_plans", "forbearance")],
)
def test_both_modes_and_any_threads_give_the_same_bits_and_a_switch_at_0_is_none_of_it(scenario, policy, switch):
    small = {"borrowers.count": 500, "months": 12, "warm_up_months": 6}
    one, two = (sim.run(scenario, policy=policy, set=small, mode=mode) for mode in ("columns", "objects"))
    assert one.results_hash() == two.results_hash()
    assert one.monthly["plans_made"].sum() > 0
    large = {"borrowers.count": 6_000, "months": 12, "warm_up_months": 2}
    threads = [sim.run(scenario, policy=policy, set=large, threads=k).results_hash() for k in (1, 2)]
    assert threads[0] == threads[1]
    off = sim.run(scenario, policy=policy, set=small | {f"mechanisms.{switch}": 0}).monthly
    assert off["plans_made" if switch == "hardship_plans" else "holidays_granted"].sum() == 0


@settings(max_examples=12, deadline=None)
@given(
    share=st.sampled_from(["0%", "30%", "100%"]), months=st.integers(1, 8), waived=st.sampled_from(["0%", "40%", "100%"]),
    order=st.sampled_from(["0%", "20%"]), late=st.integers(1, 6), kept=st.integers(1, 9),
)
def test_any_plans_and_holidays_give_the_same_bits_in_both_modes_and_books_that_hold(share, months, waived, order, late, kept):
    small = {
        "borrowers.count": 150, "months": 10, "warm_up_months": 6, "economy.forbearance": order, "economy.forbearance_months": months,
        "economy.forbearance_interest_waived": waived, "policy.hardship_plans.take_up": "100%", "policy.collections.early.capacity": 9e5,
        "policy.hardship_plans.payment_share": share, "policy.hardship_plans.months": months, "policy.hardship_plans.up_to_missed": late,
        "policy.hardship_plans.interest_waived": waived, "policy.hardship_plans.re_aged_after": kept,
        "policy.hardship_plans.again_after": 0, "policy.hardship_plans.probation_months": 1,
    }
    one, two = (sim.run("severe_recession", policy="hardship_plans", set=small, mode=mode) for mode in ("columns", "objects"))
    assert one.results_hash() == two.results_hash()
    assert max(residuals(one.monthly).values()) < 0.005
    assert unmoved(one.transitions, one.monthly) == 0


def test_the_books_of_one_loan_with_a_holiday_entry_by_entry():
    """1,000 at 2 % a month: paid once, missed once, then three months are put off; 841.47 are owed when they begin."""
    order = "shocks=[{variable: forbearance, start: 2026-02, shape: pulse, to: 100%, hold: 1}]"
    loan = ["script.loan.principal=1000", "script.payments=[178.53]", "script.equity=600", "policy.servicing.late_fee=0"]
    model = sim.LendingModel("golden_ledger", set=[order, *loan])
    model.run_model()
    joined = [(e.month, e.debit, e.credit, e.amount) for e in model.books.ledger.journal if e.event.startswith("capitalise")]
    assert joined == [(month, "loans_principal", "interest_receivable", amount) for month, amount in ((3, 16_83), (4, 17_17), (5, 17_51))]
    rows = model.rows
    assert [r["gross_loans"] for r in rows[:6]] == [841_47, 841_47, 858_30, 875_47, 892_98, 892_98]
    assert [r["interest_income"] for r in rows[:5]] == [20_00, 16_83, 16_83, 17_17, 17_51]
    assert [r["forborne_loans"] for r in rows[:6]] == [0, 841_47, 858_30, 875_47, 0, 0]
    # 1 to 29 days past due from the miss to the end of the holiday, then a bucket a month; charged off with what has joined it
    assert [r["balance_1_29"] > 0 for r in rows[:6]] == [False, True, True, True, True, False]
    assert [r["balance_30_59"] > 0 for r in rows[:7]] == [False] * 5 + [True, False]
    assert rows[8]["gross_charge_offs"] == 892_98
    assert [r["missed_total"] for r in rows] == [0, 1, 0, 0, 0, 1, 1, 1, 1]


def test_a_trace_tells_of_plans_and_holidays_and_what_they_ask():
    order = "shocks=[{variable: forbearance, start: 2026-02, shape: pulse, to: 100%, hold: 1}]"
    loan = ["script.loan.principal=1000", "script.payments=[178.53]", "script.equity=600", "policy.servicing.late_fee=0"]
    story = trace_borrower("golden_ledger", None, 0, [order, *loan])
    months = [next(iter(month["accounts"].values())) for month in story.months[:6]]
    assert [m["news"] for m in months] == ["", "is granted a payment holiday of 3 months", "", "", "the payment holiday is over", ""]
    assert [m["due"] for m in months] == pytest.approx([178.53, 178.53, 0, 0, 0, 178.53 + 17.86 + 163.90])
    assert [m["days_past_due"] for m in months] == [0, 15, 15, 15, 15, 45]
    told = set()
    model = sim.LendingModel("severe_recession", policy="hardship_plans", set=SMALL)
    model.run_model()
    for row in np.flatnonzero(model.population.accounts[0].plans)[:12]:
        story = trace_borrower("severe_recession", "hardship_plans", int(row), SMALL)
        news = [account["news"] for month in story.months for account in month["accounts"].values()]
        told |= {piece for text in news for piece in text.split("; ")}
    assert {"agrees on a plan: 50 % of the instalment for 6 months", "breaks the plan"} <= told
    assert "current again: what was overdue joins the balance" in told or "has kept the plan" in told


def test_switched_off_plans_change_no_bit_of_the_policy_without():
    assert run(**{"mechanisms.hardship_plans": 0}).monthly.equals(run(policy="standard").monthly)


def test_a_run_saved_in_the_midst_of_plans_goes_on_bit_for_bit(tmp_path):
    small = {"borrowers.count": 800, "months": 14, "warm_up_months": 6}
    model = sim.LendingModel("payment_holidays", policy="hardship_plans", set=small)
    for _ in range(9):
        model.step()
    assert model.rows[-1]["forborne_accounts"] > 0
    again = sim.LendingModel.load(model.save(tmp_path / "nine.run"))
    model.run_model()
    again.run_model()
    assert final_columns_digest(again) == final_columns_digest(model)
    assert again.rows == model.rows


CHANGED = {
    "from_missed": 2, "up_to_missed": 1, "diagnosis": "50%", "take_up": "90%", "payment_share": "20%", "months": 9,
    "interest_waived": "100%", "re_aged_after": 6, "probation_months": 1, "again_after": 3, "most": 1, "cost": 90,
}


@pytest.mark.parametrize("field", CHANGED)
def test_every_parameter_of_a_plan_moves_something(field):
    base = {"policy.hardship_plans.payment_share": "10%", "policy.hardship_plans.months": 3, "policy.hardship_plans.probation_months": 3}
    base |= {"policy.hardship_plans.again_after": 6} if field in ("again_after", "most") else {}
    assert run(**base).results_hash() != run(**base | {f"policy.hardship_plans.{field}": CHANGED[field]}).results_hash()


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("forbearance", "40%"), ("forbearance_months", 6), ("forbearance_interest_waived", "50%"), ("payment_holiday_elsewhere", "30%"),
        ("elsewhere_interest_waived", "100%"),
    ],
)
@pytest.mark.parametrize("where", ["economy", "economy.opening"])
def test_every_variable_moves_something(variable, value, where):
    base = {"economy.forbearance": "10%", "economy.payment_holiday_elsewhere": "10%"}
    if where == "economy.opening":
        base |= {"economy.opening.forbearance": "10%", "economy.opening.payment_holiday_elsewhere": "10%"}
    else:
        base |= {"economy.opening.forbearance": "0%", "economy.opening.payment_holiday_elsewhere": "0%"}
    given = base | {f"{where}.{variable}": value}
    assert run("baseline", "standard", **base).results_hash() != run("baseline", "standard", **given).results_hash()


def test_what_is_put_off_elsewhere_is_left_in_the_purse_and_in_the_debt():
    o = PROFILE.other_debts
    given = numbers(inputs(conditions={"payment_holiday_elsewhere": 0.4, "elsewhere_interest_waived": 0.5}))
    assert given["relief.asked_elsewhere"] == np.float32(0.6)
    assert given["relief.waived_elsewhere"] == np.float32(o.interest / 12 * 0.4 * 0.5)
    asked = lived(plan_budget, {"other_balance": [1000.0], "permanent": [1.0]}, given).other_due[0]
    assert asked == pytest.approx(1000 * o.payment_share * 0.6, rel=1e-6)
    columns = {"other_balance": [1000.0], "other_due": [float(asked)], "cash": [5000.0], "permanent": [1.0]}
    drift = {"other_debts.drift": np.float32(0)}
    owed = lived(settle, columns, given | drift).other_balance[0]
    assert owed == pytest.approx(1000 * (1 + o.interest / 12 * (1 - 0.4 * 0.5)) - asked, rel=1e-5)
    none = numbers(inputs(conditions={"payment_holiday_elsewhere": 0.4}, forbearance=0.0))
    assert none["relief.asked_elsewhere"] == 1
    assert none["relief.waived_elsewhere"] == 0


def test_a_policy_without_plans_makes_nobody_current():
    assert numbers(inputs())["relief.re_aged_after"] == NEVER
    assert numbers(inputs(policy=PLANS))["relief.re_aged_after"] == 3
    assert numbers(inputs(policy=PLANS))["relief.probation"] == 12


def test_a_holiday_lowers_arrears_while_it_lasts_and_losses_return_afterwards():
    """One month's order for all in difficulty, lasting four months: paired with the same months without it."""
    shocks = "[{variable: unemployment_rate, start: 2026-03, shape: step, by: +6pp, hold: 2, recovery: {half_life: 3}}%s]"
    order = ", {variable: forbearance, start: 2026-04, shape: pulse, to: 100%, hold: 1}"
    size = {"months": 24, "borrowers.count": 12_000, "economy.forbearance_months": 4}
    on, off = (run("baseline", "standard", **size, shocks=shocks % given).monthly.set_index("month_index") for given in (order, ""))
    npl = on["npl_ratio"] - off["npl_ratio"]
    assert (npl.loc[5:7] < 0).all()
    assert npl.loc[9:13].mean() > 0
    losses = (on["gross_charge_offs"] - on["recoveries"] - off["gross_charge_offs"] + off["recoveries"]).cumsum()
    assert losses.loc[9] < 0
    assert losses.loc[24] > losses.loc[9]


def test_who_is_under_a_plan_is_not_called_and_gets_no_new_loan():
    model = sim.LendingModel("severe_recession", policy="hardship_plans", set=SMALL | {"borrowers.count": 12_000})
    for _ in range(12):
        model.step()
        before = [account.plan_left.copy() for account in model.population.accounts]
    model.step()
    bound = np.zeros(model.population.rows, bool)
    for account, left in zip(model.population.accounts, before, strict=True):
        assert not account.contacted[(left > 1) & (account.plan_left > 0) & (account.planned < 13)].any()
        bound |= left > 1
    for account in model.population.accounts:
        assert not (bound & (account.opened == 13)).any()


def test_a_plan_that_begins_late_and_ends_early_is_refused():
    with pytest.raises(InputError, match=r"hardship_plans.from_missed: 3 exceeds up_to_missed; expected at most 2"):
        load_scenario("baseline", "hardship_plans", ["policy.hardship_plans.from_missed=3", "policy.hardship_plans.up_to_missed=2"])


def test_months_of_a_holiday_are_a_plain_number():
    with pytest.raises(InputError, match="'5%' is not a number; expected a plain number of months"):
        load_scenario("baseline", overrides=["economy.forbearance_months=5%"])


def test_a_mechanism_at_rest_leaves_no_trace_in_the_hash_and_one_at_work_does(planned, tmp_path):
    resting = {m.name: m.at_rest for m in METRICS}
    at_work = without_rest(planned.csv_text("monthly"), resting)
    assert at_work.splitlines()[0].count("plan") >= 4
    still = run(policy="standard", **{"months": 3})
    assert len(resting) == 10
    assert without_rest(still.csv_text("monthly"), resting).splitlines()[0] == ",".join(
        name for name in still.monthly.columns if name not in resting
    )
    for results in (planned, still):
        folder = results.save(tmp_path / results.resolved.policy.title)
        assert verify(folder)
        told = json.loads((folder / "manifest.json").read_text())["metrics"]
        assert {m["name"] for m in told if m["at_rest"]} == set(resting)
