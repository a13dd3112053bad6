"""Products are data: one, three and four of them run like two, each meets luck of its own, and none knows of another."""

import numpy as np
import pytest

import sim
from sim.accounts.methods import METHODS
from sim.engine.draws import ACCOUNT_EVENTS, EVENTS, LANES, PRODUCT_CALLS, USER_EVENTS, address, luck_numbers, outside_addresses
from sim.inputs import InputError, load_scenario
from sim.inputs.offers import AnnuityOffer, FlatFeeOffer
from sim.numerics.philox import RETIRED, Event
from sim.study.results import final_columns_digest

SMALL = ["borrowers.count=1_500", "months=11", "warm_up_months=4"]
PHONE = "phone: {method: flat_fee, need: purchase, offered: true, minimum: 100, maximum: 2000, tenor: 6, monthly_fee: 1%}"


def policy(folder, products, extends="standard"):
    """A policy file with products beside those of the one that it extends."""
    file = folder / "mine.yaml"
    file.write_text(f"title: Mine\nextends: {extends}\nproducts:\n" + "".join(f"  {line}\n" for line in products), encoding="utf-8")
    return file


def alone(folder):
    """A policy with one product: what a file extends cannot be taken out, so it is written whole."""
    from sim.config.shipped import shipped

    text = shipped("policy")["standard"].read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("  instalment_plan:")]
    file = folder / "alone.yaml"
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


def finished(policy, *sets, scenario="severe_recession", **kwargs):
    model = sim.LendingModel(scenario, policy, set=[*SMALL, *sets], **{"own_past": True, **kwargs})
    model.run_model()
    return model


def car(offered):
    return f"car: {{method: annuity, need: cash, offered: {offered}, minimum: 500, maximum: 20000, upfront_fee: 2%}}"


@pytest.mark.parametrize("count", [1, 3, 4])
def test_so_many_products_run_alike_in_both_modes(count, tmp_path):
    """Conservation is checked by the run itself: to the last minor unit every month."""
    mine = alone(tmp_path) if count == 1 else policy(tmp_path, [car("true"), PHONE][: count - 2])
    a, b = (finished(mine, "borrowers.count=400", mode=mode) for mode in ("columns", "objects"))
    assert final_columns_digest(a) == final_columns_digest(b)
    assert a.rows == b.rows
    assert len(a.population.accounts) == count
    assert all((account.opened[account.original > 0] > 0).any() for account in a.population.accounts)
    results = sim.run("severe_recession", mine, set=[*SMALL, "borrowers.count=400"], own_past=True)
    assert list(results.vintages["product"].unique()) == list(a.policy.products)


def test_a_product_that_nobody_is_offered_changes_no_bit_of_the_others(tmp_path):
    two, three = finished("standard"), finished(policy(tmp_path, [car("false")]))
    for a, b in zip([two.population.household, *two.population.accounts],
                    [three.population.household, *three.population.accounts[:2]], strict=True):
        for name, column in a.items():
            np.testing.assert_array_equal(column, b[name], err_msg=name)
    assert two.rows == three.rows
    assert not three.population.accounts[2].state.any()


def test_a_product_switched_off_is_served_and_not_lent(tmp_path):
    off = policy(tmp_path, ["instalment_plan: {offered: false}"])
    model = finished(off)
    assert not model.borrowers.instalment_plan_state.any()
    assert model.borrowers.cash_loan_state.any()
    later = finished(off, own_past=False)  # switched off in month 1: what was lent before is served, and only that
    plans = later.population.by_product["instalment_plan"]
    assert (plans.state == 1).any()
    assert (plans.opened[plans.state > 0] <= 0).all()


def test_products_of_one_need_share_its_applicants(tmp_path):
    twin = policy(tmp_path, [car("true")])
    a, b = sim.LendingModel("baseline", set=SMALL), sim.LendingModel("baseline", twin, set=SMALL, own_past=True)
    one, (first, _, second) = a.lender.products[0], b.lender.products
    assert first.demand == second.demand == one.demand / 2
    assert first.opening == second.opening == one.opening / 2
    assert b.lender.products[1] == a.lender.products[1]


def test_each_product_meets_its_own_luck(tmp_path):
    """Who holds one form at the start says nothing of who holds the other, beyond who is in the market and passes."""
    model = sim.LendingModel("baseline", policy(tmp_path, [car("true")]), set=["borrowers.count=20_000", "warm_up_months=0"], own_past=True)
    keys, words = model.setup.keys, []
    from sim.numerics.philox import words as philox_words

    for product in (0, 2):
        at = address("sample_holds", product)
        words.append([philox_words(i, 0, at // LANES, *keys)[at % LANES] for i in range(4_000)])
    assert abs(np.corrcoef(*words)[0, 1]) < 0.05
    held = [np.asarray(a.state == 1) for a in model.population.accounts]
    assert 0 < (held[0] & held[2]).sum() < min(held[0].sum(), held[2].sum())


def test_addresses():
    for name in EVENTS:
        mine = {address(name, product) for product in range(4)}
        assert mine == {EVENTS[name] + LANES * PRODUCT_CALLS * k for k in range(4 if name in ACCOUNT_EVENTS or name in USER_EVENTS else 1)}
    assert not RETIRED & {int(event) for event in Event}
    assert address("mine", 3, {"mine": 4_000}) == 4_000 + 3 * LANES * (1 << 22)


def test_products_beside_those_of_the_book_have_a_number_of_their_name():
    assert luck_numbers(["cash_loan", "instalment_plan"], 4) == (0, 1)
    (_, _, car_alone), (_, _, phone_first, car_last) = (luck_numbers(["a", "b", *more], 2) for more in (["car"], ["phone", "car"]))
    assert car_alone == car_last != phone_first
    assert min(car_alone, phone_first) >= 4
    many = luck_numbers([f"product_{k}" for k in range(200)], 2)  # far more than there can be: names of one number part
    assert len({*many}) == 200
    own = outside_addresses("gift", [f"event_{k}" for k in range(64)])
    highest = max(*many, 250)
    assert max(address(name, highest, own) for name in [*own, *EVENTS]) < 2**32
    assert max(address(name, highest) for name in EVENTS) < min(own.values())


def test_an_arm_with_a_product_of_its_own_lives_the_same_beside_any_other_arms(tmp_path):
    arms = {}
    for name, line in (("phones", PHONE), ("cars", car("true"))):
        (tmp_path / name).mkdir()
        arms[name] = {"label": name, "policy": str(policy(tmp_path / name, [line]))}
    small = [*SMALL, "borrowers.count=600"]
    wide = sim.compare("severe_recession", ["standard", arms["phones"], arms["cars"]], seeds=1, set=small).monthly
    narrow = sim.compare("severe_recession", ["standard", arms["cars"]], seeds=1, set=small).monthly
    alone = sim.run("severe_recession", arms["cars"]["policy"], set=small).monthly
    cars = [frame[frame["policy"] == "cars"].drop(columns="policy").reset_index(drop=True) for frame in (wide, narrow)]
    assert cars[0].equals(cars[1])
    assert cars[0].equals(alone[cars[0].columns])
    assert not cars[0].equals(wide[wide["policy"] == "standard"].drop(columns="policy").reset_index(drop=True))


def test_a_phase_cannot_draw_an_accounts_event_as_the_borrowers():
    from sim.assembly import layout
    from sim.engine.memory import Memory
    from sim.engine.pipeline import Step
    from sim.mechanisms.demand import apply

    model = sim.LendingModel("baseline", set=["borrowers.count=100", "warm_up_months=0"])
    memory = Memory(model.population, layout(), 100, 4, {})
    with pytest.raises(KeyError, match=r"account\.draw\.prepay"):
        memory.find("draw.prepay", Step(apply, slot=1))
    first, second = (memory.find("account.draw.prepay", Step(apply, slot=slot)).array for slot in (0, 1))
    assert first is not second


def test_an_account_keeps_the_method_that_it_was_opened_with(tmp_path):
    model = finished(policy(tmp_path, [PHONE]))
    for product, account in zip(model.lender.products, model.population.accounts, strict=True):
        assert set(account.method[account.original > 0]) == {METHODS[product.method].code}
        assert (account.original > 0).any()


@pytest.mark.parametrize("number", [0, 1])
def test_an_instalment_is_what_its_method_says(number):
    model = sim.LendingModel("baseline", set=["borrowers.count=2_000", "warm_up_months=0"])
    account, product = model.population.accounts[number], model.lender.products[number]
    rows = np.flatnonzero(account.state == 1)
    assert rows.size > 50
    for i in rows[:50]:
        factor = METHODS[product.method].factor(int(account.rate[i]), int(account.tenor[i]))
        assert account.instalment[i] == int(np.floor(account.original[i] * factor + 0.5))


def test_every_method_has_its_terms():
    offers = {"annuity": AnnuityOffer, "flat_fee": FlatFeeOffer}
    assert offers.keys() == METHODS.keys()
    assert sorted(m.code for m in METHODS.values()) == list(range(len(METHODS)))
    for name, offer in offers.items():
        assert offer.model_fields["method"].annotation.__args__ == (name,)


def test_the_order_of_products_is_that_of_the_files(tmp_path):
    resolved = load_scenario("baseline", policy(tmp_path, [PHONE, "cash_loan: {minimum: 700}"]))
    assert list(resolved.policy.products) == ["cash_loan", "instalment_plan", "phone"]
    assert resolved.policy.products["cash_loan"].minimum == 700


def test_a_product_of_another_method_takes_nothing_from_the_one_that_it_replaces(tmp_path):
    whole = PHONE.replace("phone:", "cash_loan:")
    resolved = load_scenario("baseline", policy(tmp_path, [whole]))
    assert resolved.policy.products["cash_loan"].method == "flat_fee"
    assert list(resolved.policy.products) == ["cash_loan", "instalment_plan"]
    with pytest.raises(InputError) as caught:
        load_scenario("baseline", policy(tmp_path, ["cash_loan: {method: flat_fee, tenor: 9}"]))
    missing = {f.path.rpartition(".")[2] for f in caught.value.faults if "missing" in f.message}
    assert missing == {"need", "offered", "minimum", "maximum", "monthly_fee"}


def test_a_product_is_reached_from_the_command_line():
    resolved = load_scenario(
        "baseline", overrides=["policy.products.cash_loan.minimum=800",
                               "policy.products.car={method: annuity, need: cash, offered: true, minimum: 1, maximum: 9, upfront_fee: 0%}"]
    )
    assert resolved.policy.products["cash_loan"].minimum == 800
    assert list(resolved.policy.products)[-1] == "car"


def test_a_need_that_the_profile_does_not_know_is_a_fault_of_the_policy(tmp_path):
    mine = policy(tmp_path, ["cash_loan: {need: cahs}"])
    with pytest.raises(InputError) as caught:
        load_scenario("baseline", mine)
    (fault, told) = caught.value.faults
    assert (fault.line, fault.column, fault.path) == (4, 21, "products.cash_loan.need")
    assert "did you mean 'cash'" in str(fault)
    assert "one of cash, purchase" in str(fault)
    assert told.file == "policy"
    with pytest.raises(InputError) as caught:
        load_scenario("baseline", overrides=["policy.products.cash_loan.need=travel"])
    (fault,) = caught.value.faults
    assert (fault.file, fault.column, fault.path) == ("--set", 32, "policy.products.cash_loan.need")


def test_columns_are_named_after_products(tmp_path):
    model = sim.LendingModel("baseline", policy(tmp_path, [PHONE]), set=["borrowers.count=100", "warm_up_months=0"])
    assert {"cash_loan_principal", "instalment_plan_missed", "phone_state"} <= set(model.borrowers.names)
    someone = model.borrowers[5]
    assert someone.phone_principal == model.population.accounts[2].principal[5]


def test_policies_with_different_products_are_compared(tmp_path):
    table = sim.compare("baseline", ["standard", policy(tmp_path, [PHONE])], seeds=1, set=["borrowers.count=600", "months=6"])
    assert table.counterfactual["open_phone_alternative"].any()
    assert not table.counterfactual["open_phone_baseline"].any()


def test_the_story_tells_of_every_product(tmp_path):
    from sim.study.trace import trace_borrower

    mine = policy(tmp_path, [PHONE])
    model = finished(mine, scenario="baseline")
    row = int(np.flatnonzero((model.population.accounts[2].opened > 0) & (model.population.accounts[2].original > 0))[0])
    story = trace_borrower("baseline", mine, row, SMALL, own_past=True)
    assert any("phone" in month["accounts"] for month in story.months)
