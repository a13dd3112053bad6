"""What rules and phases from outside the package make is looked at as it happens, and named where it is wrong."""

import platform
import re
from pathlib import Path

import numpy as np
import pytest
from numpy import float32 as f

import sim
from sim import month
from sim.accounts.methods import interest_of
from sim.engine import pipeline
from sim.engine.columns import Column
from sim.engine.declare import Counter, Mechanism
from sim.engine.guards import RefusedValueError, guarded
from sim.mechanisms.willingness import willingness
from sim.numerics.compile import Rule, phase, rule
from tests.own_mechanism import GIFT

SMALL = {"borrowers.count": 300, "months": 3, "warm_up_months": 1}


def run(**more):
    return sim.run("baseline", set=SMALL, **more)


def own(one, dtype="f4", after="settle", **more):
    """A mechanism of one phase and one column, `note`."""
    return Mechanism(
        name="own", columns=(Column("note", dtype, "count", "a note"),), phases=(one,), after={one.name: after}, **more
    )


# ------------------------------------------------------------------------------------------------------------ rules


@pytest.mark.parametrize("mode", ["columns", "objects"])
@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_a_replaced_rule_that_returns_no_number_is_named_with_borrower_month_and_inputs(mode, wrong):
    wrong32 = f(wrong)

    def broken(lasting, trust, trust_effect, access, missed, arrears_effect, push, noise):
        return wrong32 if lasting == f(0.125) else f(1)

    model = sim.LendingModel("baseline", set=SMALL, rules={"willingness": broken}, mode=mode)
    model.step()
    model.borrowers[17].willingness = 0.125
    with pytest.raises(RefusedValueError) as refused:
        model.step()
    text = str(refused.value)
    assert text.startswith("the rule given for 'willingness' returned no finite number for borrower 17 in month 2: lasting = 0.125, ")
    assert ", trust_effect = 1.5, " in text
    names = re.findall(r"(\w+) = ", text)
    assert names == ["lasting", "trust", "trust_effect", "access", "missed", "arrears_effect", "push", "noise"]


def test_the_account_is_named_where_a_rule_is_an_accounts():
    def broken(base, rate):
        return interest_of(base, rate) * f(np.inf)

    with pytest.raises(RefusedValueError, match=r"'interest_of' returned .* for borrower \d+ \(\w+\) in month -1, before"):
        run(rules={"interest_of": broken})


def test_a_rule_for_applications_names_the_borrower_who_applied():
    def broken(essential, elsewhere, ours, permanent):
        return f(np.inf) if ours > f(0) else f(0.3)

    with pytest.raises(RefusedValueError, match=r"'burden' returned no finite number for borrower (\d+) \(instalment_plan\)") as refused:
        run(rules={"burden": broken})
    row, ours = (re.search(pattern, str(refused.value)).group(1) for pattern in (r"borrower (\d+)", r"ours = ([\d.]+)"))
    assert int(row) < 300
    assert float(ours) > 0


def test_a_rule_behind_another_is_named_with_it():
    @rule
    def inner(cash):
        return cash

    @rule
    def outer(cash):
        return inner(cash) + f(1)

    @phase
    def act(b, p):
        for i in range(b.n):
            b.note[i] = f(1) if outer(b.cash[i]) > f(0) else f(0)

    with pytest.raises(RefusedValueError, match=r"rule 'outer', which calls the one given for 'inner', returned .*: cash = "):
        run(mechanisms=[own(act)], rules={"inner": lambda cash: cash / f(0)})


def test_a_rule_of_ones_own_mechanism_is_looked_at_too():
    @rule
    def share(cash, permanent):
        return cash / (permanent - permanent)

    @phase
    def act(b, p):
        for i in range(b.n):
            b.note[i] = max(share(b.cash[i], b.permanent[i]), f(1))

    with pytest.raises(RefusedValueError, match=r"rule 'share' of mechanism 'own' .* borrower 0 in month 0, .*: cash = .*, p"):
        run(mechanisms=[own(act)])


def test_a_value_that_no_branch_asks_for_is_no_fault():
    @rule
    def inverse(x):
        return f(1) / x

    @phase
    def act(b, p):
        for i in range(b.n):
            if b.note[i] > f(0):
                b.note[i] = inverse(b.note[i])

    run(mechanisms=[own(act)])


# ----------------------------------------------------------------------------------------------------------- writes


@phase
def number(b, p):
    for i in range(b.n):
        b.note[i] = b.first + i


@phase
def count_down(b, p):
    note = b.note
    for i in range(b.n):
        note[i] -= 1


@phase
def swap_signs(b, p):
    for i in range(b.n):
        b.note[i], kept = np.uint64(2**63) + np.uint64(i), 0
        b.note[i] = kept


@phase
def grow(b, p):
    for i in range(b.n):
        b.note[i] = b.permanent[i] * 1e36


@phase
def fractions(b, p):
    for i in range(b.n):
        b.note[i] = b.cash[i]


@phase
def sum_up(b, p):
    total = 0.0
    for i in range(b.n):
        total += b.cash[i]
    b.count.total[0] += total


HERE = re.escape(str(Path(__file__)))


@pytest.mark.parametrize(("one", "dtype", "words"), [
    (number, "i1", r"`b\.note\[i\] = b\.first \+ i` in phase 'number' of mechanism 'own' writes 128 for borrower 128 .* from -128 to 127"),
    (number, "u1", r"writes 256 for borrower 256 .*whole numbers from 0 to 255 \(uint8\)"),
    (count_down, "u2", r"`note\[i\] -= 1` .* writes -1 for borrower 0 .*; note holds whole numbers from 0 to 65,535 \(uint16\)"),
    (swap_signs, "i8", r"`b\.note\[i\], kept = .*writes 9\.22337203685e\+18 for borrower 0 "),
    (grow, "f4", r"writes .*e\+\d\d for borrower \d+ .*; note holds finite numbers \(float32\)"),
])
@pytest.mark.parametrize("mode", ["columns", "objects"])
def test_a_value_that_a_column_cannot_hold_is_refused_with_the_statement_and_the_borrower(one, dtype, words, mode):
    with pytest.raises(RefusedValueError, match=HERE + r":\d+: .*" + words):
        run(mechanisms=[own(one, dtype)], mode=mode)


def test_fractions_are_not_written_into_whole_numbers_without_a_word():
    with pytest.raises(TypeError, match=HERE + r":\d+: `b\.note\[i\] = .* writes a float32; note holds whole numbers \(int16\)"):
        run(mechanisms=[own(fractions, "i2")])
    with pytest.raises(TypeError, match=r"a float64; count\.total holds whole numbers \(int64\): .*np\.int64\(\.\.\.\)"):
        run(mechanisms=[own(sum_up, counters=(Counter("total", "a sum", scope="borrower"),))])


def test_what_fits_is_written_as_before():
    @phase
    def act(b, p):
        for i in range(b.n):
            b.note[i] = (b.first + i) % 100
        for i in range(b.n):
            b.note[i] += np.int8(27)

    found = run(mechanisms=[own(act, "i1", counters=())], threads=2)
    rows = np.arange(300)
    np.testing.assert_array_equal(found.borrowers["note"], np.where(rows >= 0, rows % 100 + 27, 0))


def test_a_value_of_many_places_is_told_by_those_that_share_its_mark():
    lines = "".join(f"        b.note[i] = np.int64({k})\n" for k in range(40))
    scope = {"np": np, "__name__": __name__}
    text = f"def many(b, p):\n    for i in range(b.n):\n{lines}        b.note[i] = np.int64(b.first + 128)\n"
    import linecache

    linecache.cache["<many>"] = (len(text), None, text.splitlines(keepends=True), "<many>")
    exec(compile(text, "<many>", "exec"), scope)
    with pytest.raises(RefusedValueError, match=r"`b\.note\[i\] = np\.int64\(b\.first \+ 128\)` .* writes .* for borrower 0 "):
        run(mechanisms=[own(phase(scope["many"]), "i1")])


# --------------------------------------------------------------------------------------------------- what it costs


def test_the_packages_own_phases_are_left_as_they_are_where_their_rules_are():
    for one in month.phases(month.SAMPLE, month.LIVE, month.SERVE, [month.BOOK]):
        assert guarded(one, {}, None) is one
    other = Rule(lambda *_: f(1))
    guards = [one.name for one in month.phases(month.LIVE, month.SERVE) if guarded(one, {willingness: other}, None) is not one]
    assert guards == ["be_willing"]


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="reads x86-64 assembly")
def test_a_guarded_phase_is_vector_code(monkeypatch):
    packed = re.compile(r"\bv?(?:mul|add|sub|max|min)p[sd]\b.*%[xyz]mm|\bv?p(?:add|sub|mul|min|max|or|and|xor|cmp)\w*\b.*%[xyz]mm")
    watched, found, compile_phase = ("be_willing", "give"), {}, pipeline.compile_phase

    def read(one, *given):
        made = compile_phase(one, *given)
        if one.name in watched:
            found[one.name] = len(packed.findall(made.kept[1].library.get_asm_str()))
        return made

    def firm(lasting, trust, trust_effect, access, missed, arrears_effect, push, noise):
        return lasting + trust_effect * trust - push * f(0.25)

    monkeypatch.setattr(pipeline, "compile_phase", read)
    monkeypatch.setattr(pipeline, "keep", lambda *given: None)
    monkeypatch.setattr(pipeline, "_compiled", {key: made for key, made in pipeline._compiled.items() if key[0].name not in watched})
    sim.LendingModel("baseline", set=SMALL, rules={"willingness": firm}, mechanisms=[GIFT]).step()
    assert sorted(name for name, packed_instructions in found.items() if packed_instructions) == ["be_willing", "give"]
