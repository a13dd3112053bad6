"""A mechanism and a rule with luck of their own, from outside the package."""

from dataclasses import replace

import numpy as np
import pytest
from numpy import float32 as f

import sim
from sim.config.faults import InputError
from sim.engine.columns import Column
from sim.engine.declare import Mechanism
from sim.engine.draws import EVENTS, outside_addresses
from sim.numerics.compile import phase, rule
from sim.rebinding import described, replaceable
from tests.own_mechanism import GIFT

SMALL = {"borrowers.count": 1_500, "months": 8, "warm_up_months": 3}


def run(**more):
    given = SMALL | more.pop("set", {})
    return sim.run("mild_recession", set=given, **more)


@pytest.fixture(scope="module")
def plain():
    return run()


@pytest.fixture(scope="module")
def gifted():
    return run(mechanisms=[GIFT])


def test_it_acts_and_its_outputs_stand_in_the_table(plain, gifted):
    assert gifted.core_hash() != plain.results_hash()
    assert list(gifted.monthly.columns) == [*plain.monthly.columns, "gifts", "gift_share"]
    # half are deserving, of whom 30 % a month are given: 225 of 1,500, give or take four standard deviations
    assert gifted.monthly["gifts"].between(175, 275).all()
    assert (gifted.monthly["gift_share"] * 1_500).to_numpy() == pytest.approx(gifted.monthly["gifts"].to_numpy())
    assert 0.45 < gifted.borrowers["deserving"].mean() < 0.55
    assert {m["name"] for m in gifted.manifest()["metrics"]} >= {"gifts", "gift_share"}


def test_its_parameter_moves_its_output_and_the_borrowers_cash(gifted):
    more = run(mechanisms=[GIFT], set={"profile.gift.chance": "60%"})
    assert more.monthly["gifts"].sum() > 1.7 * gifted.monthly["gifts"].sum()
    assert more.borrowers["cash"].mean() > gifted.borrowers["cash"].mean()


def test_at_gain_0_every_other_result_is_that_of_a_run_without_it(plain):
    off = run(mechanisms=[GIFT], set={"mechanisms.gift": 0.0})
    assert off.core_hash() == plain.results_hash()
    assert off.monthly["gifts"].sum() == 0


def test_both_modes_and_any_number_of_threads_agree_bit_for_bit():
    size = {"borrowers.count": 5_000, "months": 3, "warm_up_months": 1}
    ways = (("columns", 1), ("columns", 2), ("objects", 1))
    hashes = {sim.run("baseline", set=size, mechanisms=[GIFT], mode=mode, threads=n).results_hash() for mode, n in ways}
    assert len(hashes) == 1


def test_the_manifest_names_what_was_brought():
    def calm(cash, essential):
        return f(0)

    stated = run(mechanisms=[GIFT], rules={"thinness": calm}).manifest()["from_outside"]
    assert set(stated) == {"rule thinness", "mechanism gift"}
    other = run(mechanisms=[replace(GIFT, numbers=lambda _: {"gift.more": 1.0})], rules={"thinness": calm}).manifest()["from_outside"]
    assert other["rule thinness"] == stated["rule thinness"]
    assert other["mechanism gift"] != stated["mechanism gift"]


def test_a_comparison_takes_it_and_compares_its_outputs():
    comparison = sim.compare("mild_recession", ["standard", "strict"], seeds=2, set=SMALL, mechanisms=[GIFT])
    assert set(comparison.manifest["from_outside"]) == {"mechanism gift"}
    table = comparison.table
    gifts = table[(table["metric"] == "gifts") & (table["horizon"] == 8)].iloc[0]
    assert gifts["baseline"] > 0
    assert gifts["diff"] == 0  # gifts do not ask for the lender's policy, and meet the same luck under both


def test_its_section_is_checked_like_the_packages_own():
    with pytest.raises(InputError, match=r"profile\.gift\.chance: a bare 3 has two readings"):
        run(mechanisms=[GIFT], set={"profile.gift.chance": 3})
    with pytest.raises(InputError, match=r"unknown key 'chanse'.*chance"):
        run(mechanisms=[GIFT], set={"profile.gift.chanse": "3%"})
    with pytest.raises(InputError, match="unknown key 'gift'"):
        run(set={"profile.gift.chance": "3%"})


def test_what_does_not_fit_is_refused_by_name():
    with pytest.raises(TypeError, match=r"phase 'give' is to follow 'setle'.*did you mean 'settle'"):
        run(mechanisms=[replace(GIFT, after={"give": "setle"})])
    with pytest.raises(TypeError, match="phase 'give' has no place"):
        run(mechanisms=[replace(GIFT, after={})])
    with pytest.raises(ValueError, match="policy"):
        run(mechanisms=[replace(GIFT, policy_sections={"gifts": GIFT.sections["gift"]})])
    for name in ("trust", "servicing", "gain"):  # the profile's, the policy's, the phases'
        with pytest.raises(ValueError, match=f"there is a section '{name}' already"):
            run(mechanisms=[replace(GIFT, sections={name: GIFT.sections["gift"]})])
    for name in ("cash", "rest", "draw"):  # a column, a scratch column, a word of the phases
        with pytest.raises(ValueError, match=f"the column name '{name}' is taken"):
            run(mechanisms=[replace(GIFT, columns=(replace(GIFT.columns[0], name=name),))])
    with pytest.raises(ValueError, match="the counter name 'cures' is taken"):
        run(mechanisms=[replace(GIFT, counters=(replace(GIFT.counters[0], name="cures"),))])
    with pytest.raises(ValueError, match="scope is 'account' or 'borrower', not 'borower'"):
        replace(GIFT.counters[0], scope="borower")
    with pytest.raises(ValueError, match=r"the number 'trust\.reversion' is taken, or stands in another's section"):
        run(mechanisms=[replace(GIFT, numbers=lambda _: {"trust.reversion": f(0.9)})])
    with pytest.raises(TypeError, match="after names 'gave', which is no phase of its own"):
        run(mechanisms=[replace(GIFT, after={"give": "settle", "gave": "settle"})])
    with pytest.raises(ValueError, match="the event 'job' is taken"):
        run(mechanisms=[replace(GIFT, events=("job",))])

    @phase
    def wrong(b, p):
        for i in range(b.n):
            b.cash[i] = b.cash[i] + p.gift.amont

    with pytest.raises(KeyError, match=r"wrong names the number gift.amont, which nothing gives"):
        run(mechanisms=[replace(GIFT, phases=(wrong,), after={"wrong": "settle"})])


def test_phases_after_the_same_one_run_in_the_order_given():
    @phase
    def first(b, p):
        for i in range(b.n):
            b.steps[i] = np.int32(1)

    @phase
    def second(b, p):
        for i in range(b.n):
            b.steps[i] = b.steps[i] * np.int32(10) + np.int32(2)

    column = Column("steps", "i4", "count", "which ran when")
    two = Mechanism(name="two", columns=(column,), phases=(first, second), after={"first": "settle", "second": "settle"})
    model = sim.LendingModel("mild_recession", set=SMALL, mechanisms=[two])
    model.run_model()
    assert set(model.population.household.steps) == {12}


def test_luck_without_an_address_is_refused():
    with pytest.raises(TypeError, match=r"draws by np\.random: draw by a named event"):
        run(rules={"thinness": lambda cash, essential: f(np.random.rand())})


def test_addresses_of_its_events_lie_beyond_the_packages_own_for_every_product():
    own = outside_addresses("gift", ["deserving", "given"])
    assert own["given"] == own["deserving"] + 1
    assert min(own.values()) > max(EVENTS.values()) + 4 * 8 * (1 << 16)
    assert own != outside_addresses("another", ["deserving", "given"])


def test_a_replaced_rule_may_draw_luck_of_its_own_and_no_other_draw_moves(plain):
    def moody(lasting, trust, trust_effect, access, missed, arrears_effect, push, noise, user_1):
        return f(-1) if user_1 < f(0.1) else f(1)

    found = run(rules={"willingness": moody})
    # a tenth of those who owe refuse each month, whoever they are; jobs are lost as before
    due = found.monthly["missed_will_not_pay"].sum() / found.monthly["active_accounts"].sum()
    assert 0.04 < due < 0.11
    np.testing.assert_array_equal(found.borrowers["employed"], plain.borrowers["employed"])
    assert run(rules={"willingness": moody}, mode="objects").results_hash() == found.results_hash()
    with pytest.raises(TypeError, match="may ask for luck of its own by user_1 to user_4"):
        run(rules={"willingness": lambda lasting, user_9: lasting})


@rule
def bonus(cash, amount):
    """What is added: the same for all."""
    return amount


@phase
def give_bonus(b, p):
    """A bonus for all."""
    for i in range(b.n):
        b.cash[i] = b.cash[i] + bonus(b.cash[i], p.bonus.amount)


BONUS = Mechanism(name="bonus", phases=(give_bonus,), after={"give_bonus": "settle"}, numbers=lambda _: {"bonus.amount": f(10)})


def to_the_poor(cash, amount):
    """The same for those with little alone."""
    return amount if cash < f(1_000) else f(0)


def test_a_rule_of_ones_own_mechanism_is_replaced_like_the_packages_in_both_modes():
    @phase
    def give_bonus(b, p):
        for i in range(b.n):
            b.cash[i] = b.cash[i] + (p.bonus.amount if b.cash[i] < f(1_000) else f(0))

    written_in = replace(BONUS, phases=(give_bonus,))
    found = [run(mechanisms=[BONUS], rules={"bonus": to_the_poor}, mode=mode).results_hash() for mode in ("columns", "objects")]
    assert found[0] == found[1] == run(mechanisms=[written_in]).results_hash()
    plain = run(mechanisms=[BONUS]).results_hash()
    assert found[0] != plain
    assert run(mechanisms=[BONUS], rules={"bonus": bonus}).results_hash() == plain


def test_rules_of_ones_own_are_listed_with_the_packages_and_known_to_a_comparison():
    assert set(replaceable([BONUS])) == {*replaceable(), "bonus"}
    assert "bonus(cash, amount)\n    What is added: the same for all.  [tests.test_own_mechanism]" in described([BONUS])
    comparison = sim.compare(
        "mild_recession", ["standard", "strict"], seeds=1, set=SMALL, mechanisms=[BONUS], rules={"bonus": to_the_poor}
    )
    assert set(comparison.manifest["from_outside"]) == {"mechanism bonus", "rule bonus"}
    with pytest.raises(TypeError, match="there is no rule 'bonuss'; did you mean 'bonus'"):
        run(mechanisms=[BONUS], rules={"bonuss": to_the_poor})
    with pytest.raises(TypeError, match="there is no rule 'bonus'"):
        run(rules={"bonus": to_the_poor})
    with pytest.raises(TypeError, match=r"rule 'bonus' takes \(cash, amount\)"):
        run(mechanisms=[BONUS], rules={"bonus": lambda cash: cash})


def test_a_rule_whose_name_the_package_has_is_replaced_by_its_mechanisms_name_and_its_own():
    @rule
    def thinness(cash):
        return f(0)

    @phase
    def give_by_name(b, p):
        for i in range(b.n):
            b.cash[i] = b.cash[i] + thinness(b.cash[i])

    mine = Mechanism(name="mine", phases=(give_by_name,), after={"give_by_name": "settle"})  # its rule stands in a function, as it does
    assert set(replaceable([mine])) == {*replaceable(), "mine.thinness"}
    plain = run(mechanisms=[mine])
    assert plain.core_hash() == run().results_hash()
    richer = run(mechanisms=[mine], rules={"mine.thinness": lambda cash: f(10)})
    assert richer.borrowers["cash"].mean() > plain.borrowers["cash"].mean()
    assert set(richer.manifest()["from_outside"]) == {"mechanism mine", "rule mine.thinness"}


def test_a_replaced_rule_of_ones_own_may_draw_luck_of_its_own():
    def now_and_then(cash, amount, user_2):
        return amount * f(200) if user_2 < f(0.1) else f(0)

    found = [run(mechanisms=[BONUS], rules={"bonus": now_and_then}, mode=mode) for mode in ("columns", "objects")]
    assert found[0].results_hash() == found[1].results_hash()
    assert found[0].results_hash() != run(mechanisms=[BONUS]).results_hash()


def test_luck_for_applications_is_refused_with_the_phase_that_calls_the_rule():
    with pytest.raises(TypeError, match="rule 'thinness' cannot draw: phase 'score' calls it outside a loop over borrowers"):
        run(rules={"thinness": lambda cash, essential, user_1: user_1})


@phase
def give_the_late(b, p):
    """More to those in arrears, whom nobody knows yet."""
    for i in range(b.n):
        b.cash[i] = b.cash[i] + (f(2) if b.worst[i] > 0 else f(1))


@phase
def keep_a_note(b, p):
    """A note for some borrowers only."""
    for i in range(b.n):
        if b.cash[i] > f(0):
            b.note[i] = b.cash[i]


@phase
def read_the_note(b, p):
    """The note of all."""
    for i in range(b.n):
        b.cash[i] = b.cash[i] + b.note[i]


@pytest.mark.parametrize("anchor", ["plan_budget", "earn"])
def test_scratch_that_is_not_filled_yet_is_refused_with_the_phases_that_fill_it(anchor):
    early = Mechanism(name="gift", phases=(give_the_late,), after={"give_the_late": anchor})
    with pytest.raises(TypeError, match=r"phase 'give_the_late' reads 'worst' .* follow the phase that writes it \(begin, look\)"):
        run(mechanisms=[early])


def test_what_the_borrowers_part_knew_is_not_read_in_the_lenders():
    late = Mechanism(name="gift", phases=(give_the_late,), after={"give_the_late": "count_stock"})
    with pytest.raises(TypeError, match="reads 'worst'"):
        run(mechanisms=[late])


def test_scratch_of_ones_own_needs_a_value_in_every_row():
    note = Mechanism(
        name="note", scratch=(Column("note", "f4", "major units", "a note"),), phases=(keep_a_note, read_the_note),
        after={"keep_a_note": "look", "read_the_note": "keep_a_note"},
    )
    with pytest.raises(TypeError, match="give every row a value first, or make it a column"):
        run(mechanisms=[note])


def test_scratch_that_is_filled_gives_the_same_in_both_modes():
    known = Mechanism(name="gift", phases=(give_the_late,), after={"give_the_late": "look"})
    assert run(mechanisms=[known]).results_hash() == run(mechanisms=[known], mode="objects").results_hash()
