"""A researcher's own rule takes the place of a default one, in both modes; what does not fit is refused by its name."""

import gc
from types import FunctionType

import numpy as np
import pytest
from numba import float32

import sim
from sim.mechanisms.willingness import willingness
from sim.mechanisms.work import job
from sim.rebinding import replaceable
from sim.study.results import final_columns_digest

SMALL = ["borrowers.count=2_000", "months=8", "warm_up_months=4", "profile.willingness.unwilling=2%"]


def finished(**kwargs):
    model = sim.LendingModel("baseline", set=SMALL, **kwargs)
    model.run_model()
    return model


def saints(lasting, trust, trust_effect, access, missed, arrears_effect, push, noise):
    """Everybody is willing."""
    return float32(1)


def test_nobody_refuses_where_everybody_is_willing_and_nothing_else_changes():
    a, b = finished(), finished(rules={"willingness": saints})
    assert sum(r["missed_will_not_pay"] for r in b.rows) == 0
    assert sum(r["missed_will_not_pay"] for r in a.rows) > 0
    np.testing.assert_array_equal(a.borrowers.employed, b.borrowers.employed)


def test_the_default_given_as_a_rule_changes_no_bit_in_either_mode():
    same = {"willingness": willingness, "job": job.py_func}
    digests = {final_columns_digest(finished(**kw)) for kw in ({}, {"rules": same}, {"rules": same, "mode": "objects"})}
    assert len(digests) == 1


def test_every_rule_may_be_replaced_by_a_copy_of_itself_without_changing_a_bit():
    def copy(f):
        return FunctionType(f.__code__, f.__globals__, f.__name__, f.__defaults__, f.__closure__)

    copies = {name: copy(rule.py_func) for name, rule in replaceable().items()}
    assert len(copies) > 30
    a, b = finished(), finished(rules=copies)
    assert {old.name for old in b.engine.swaps} == set(copies)
    assert final_columns_digest(a) == final_columns_digest(b)
    assert a.rows == b.rows


def test_a_rule_may_build_on_the_default_that_it_replaces():
    def firmer(lasting, trust, trust_effect, access, missed, arrears_effect, push, noise):
        return willingness(lasting, trust, trust_effect, access, missed, arrears_effect, push, noise) - float32(1)

    refused = [sum(r["missed_will_not_pay"] for r in finished(**kw).rows) for kw in ({}, {"rules": {"willingness": firmer}})]
    assert refused[1] > refused[0]


def test_what_does_not_fit_is_refused_by_name():
    with pytest.raises(TypeError, match="did you mean 'willingness'"):
        finished(rules={"wilingness": saints})
    with pytest.raises(TypeError, match=r"rule 'willingness' takes \(lasting, trust"):
        finished(rules={"willingness": lambda x: x})

    def words(lasting, trust, trust_effect, access, missed, arrears_effect, push, noise):
        return "yes"

    with pytest.raises(TypeError, match=r"'willingness' does not compile: No implementation of function .*>>> add\(unicode"):
        finished(rules={"willingness": words})

    def unknown(lasting, trust, trust_effect, access, missed, arrears_effect, push, noise):
        return lasting + not_there  # noqa: F821

    for mode in ("columns", "objects"):
        with pytest.raises(TypeError, match="'willingness' does not compile: NameError: name 'not_there'"):
            finished(rules={"willingness": unknown}, mode=mode)


def test_the_list_names_every_rule_of_the_month():
    assert {"job", "pay", "willingness", "forgetting", "discretionary", "demand"} <= set(replaceable())


def test_a_rule_that_takes_the_place_of_a_forgotten_one_is_not_taken_for_it():
    """Models come and go, and with them the rules that they were given: none may be known by its place in memory alone."""
    found = []
    for level in (1.0, -1.0, 1.0):
        level32 = float32(level)

        def everybody(lasting, trust, trust_effect, access, missed, arrears_effect, push, noise):
            return lasting * float32(0) + level32  # noqa: B023

        model = finished(rules={"willingness": everybody})
        found.append(sum(r["missed_will_not_pay"] for r in model.rows))
        del model, everybody
        gc.collect()
    assert found[0] == found[2] == 0
    assert found[1] > 0
