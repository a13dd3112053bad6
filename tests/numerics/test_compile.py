"""What compiled code depends on: the digest follows it and nothing else; a replaced rule reaches whoever names it."""

import math
import os
import subprocess
import sys
from textwrap import dedent

import numpy as np
import pytest

from sim import month
from sim.engine.pipeline import compile_phase
from sim.numerics.compile import Phase, Rule, digest, dispatcher, kernel, link, phase, rule, uses


def built(source, file="here.py", **names):
    """The function `g` of a source text, as if it stood in a file of its own."""
    space = {"rule": rule, "phase": phase, "np": np, "math": math, "__name__": file.removesuffix(".py"), **names}
    exec(compile(dedent(source), file, "exec"), space)
    return space["g"]


PLAIN = """
SCALE = 2.0

@rule
def inner(x):
    return x + 1.0

def g(x, by=3.0):
    '''A docstring.'''
    return inner(x) * SCALE * by
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("x + 1.0", "x + 2.0"), ("x + 1.0", "x - 1.0"), ("SCALE = 2.0", "SCALE = 3.0"), ("SCALE = 2.0", "SCALE = 2"), ("by=3.0", "by=4.0"),
        ("* by", "+ by"), ("SCALE = 2.0", "SCALE = np.float32(2)"), ("x + 1.0", "x + 1"),
    ],
)
def test_the_digest_changes_with_a_callee_a_constant_a_default_and_the_code(old, new):
    assert old in PLAIN
    assert digest(built(PLAIN)) != digest(built(PLAIN.replace(old, new)))


def test_the_digest_is_the_same_in_another_file_at_another_line_and_under_another_docstring():
    same = digest(built(PLAIN))
    assert digest(built(PLAIN, "elsewhere.py")) == same
    assert digest(built("\n\n\n# a comment\n" + PLAIN)) == same
    assert digest(built(PLAIN.replace("A docstring.", "Other words."))) == same


def test_the_digest_follows_callees_of_callees():
    text = """
    @rule
    def last(x):
        return x * {}

    @rule
    def middle(x):
        return last(x)

    def g(x):
        return middle(x)
    """
    assert digest(built(text.format(2))) != digest(built(text.format(3)))


def test_the_digest_follows_what_a_closure_holds():
    def scaled(by):
        def g(x):
            return x * by

        return g

    assert digest(scaled(2)) == digest(scaled(2))
    assert digest(scaled(2)) != digest(scaled(3))


def test_the_digest_follows_tuples_and_inner_functions():
    text = """
    EDGES = (1, ({}, 3))

    def g(x):
        return sum([x + EDGES[0] + {} for _ in range(3)])
    """
    assert len({digest(built(text.format(*k))) for k in ((1, 1), (2, 1), (1, 2))}) == 3


def test_a_name_that_is_missing_has_a_digest_until_the_compiler_speaks():
    text = "def g(x):\n    return x + absent"
    assert digest(built(text)) != digest(built(text, absent=1))


def test_a_function_that_calls_itself_has_a_digest():
    text = "@rule\ndef g(n):\n    return n if n < 2 else g(n - {})"
    assert digest(built(text.format(1))) != digest(built(text.format(2)))


def test_arrays_lists_and_foreign_modules_are_refused_by_name():
    with pytest.raises(TypeError, match=r"g uses TABLE, a ndarray: pass it as an argument"):
        digest(built("def g(x):\n    return x + TABLE[0]", TABLE=np.zeros(3)))
    with pytest.raises(TypeError, match=r"g uses LEVELS, a list"):
        digest(built("def g(x):\n    return x + LEVELS[0]", LEVELS=[1, 2]))
    with pytest.raises(TypeError, match=r"g names the module os: import the name itself"):
        digest(built("def g(x):\n    return x + os.getpid()", os=os))
    # a callee's are refused too, under its own name
    with pytest.raises(TypeError, match=r"deep uses TABLE"):
        digest(built("@rule\ndef deep(x):\n    return TABLE[0]\n\ndef g(x):\n    return deep(x)", TABLE=np.zeros(3)))
    assert digest(built("def g(x):\n    return np.floor(x) + math.sqrt(x)"))


SHOW = """
from sim import month
from sim.numerics.compile import digest
for phase in month.phases(month.SAMPLE, month.MOMENTS, [month.HOLD], month.LIVE, month.SERVE, [month.SEASON, month.BOOK]):
    print(phase.name, digest(phase))
"""


def test_every_phase_has_the_same_digest_in_another_process():
    out = subprocess.run(
        [sys.executable, "-c", SHOW], capture_output=True, text=True, check=True, env=os.environ | {"PYTHONHASHSEED": "12345"}
    ).stdout
    there = dict(line.split() for line in out.splitlines())
    stages = (month.SAMPLE, month.MOMENTS, [month.HOLD], month.LIVE, month.SERVE, [month.SEASON, month.BOOK])
    assert there == {phase.name: digest(phase) for phase in month.phases(*stages)}
    assert len(set(there.values())) == len(there) > 40


# ------------------------------------------------------------------------------------------------- rules that are replaced


@rule
def one(x):
    return x + np.float32(1)


@rule
def via(x):
    return one(x) * np.float32(2)


@rule
def apart(x):
    return x - np.float32(1)


@phase
def through(b, p):
    for i in range(b.n):
        b.out[i] = via(b.x[i])


@phase
def beside(b, p):
    for i in range(b.n):
        b.out[i] = apart(b.x[i])


def ten(x):
    return x + np.float32(10)


def test_uses_sees_a_rule_itself_and_through_other_rules():
    only = frozenset([one])
    assert uses(via, only)
    assert uses(through, only)
    assert not uses(beside, only)
    assert not uses(one, only)
    assert uses(beside, frozenset([one, apart]))


def test_uses_ends_where_rules_call_one_another():
    space = {"rule": rule}
    exec("@rule\ndef a(x):\n    return b(x)\n\n@rule\ndef b(x):\n    return a(x)", space)
    assert uses(space["a"], frozenset([space["b"]]))
    assert not uses(space["a"], frozenset([one]))


def test_a_replaced_rule_compiles_the_phases_that_name_it_and_no_other():
    columns, none = {"out": np.dtype("f4"), "x": np.dtype("f4")}, {}
    mine = {one: Rule(ten)}
    assert compile_phase(beside, columns, none, mine) is compile_phase(beside, columns, none)
    changed = compile_phase(through, columns, none, mine)
    assert changed.address != compile_phase(through, columns, none).address
    assert compile_phase(through, columns, none, mine) is changed
    assert digest(through, mine) != digest(through)
    assert digest(beside, mine) == digest(beside)


def test_a_replaced_rule_is_called_where_the_default_stood():
    mine = {one: Rule(ten)}
    assert via(np.float32(1)) == 4
    assert dispatcher(via, mine)(np.float32(1)) == 22
    assert dispatcher(apart, mine) is dispatcher(apart)


def test_a_replacement_may_call_the_default_that_it_replaces_and_others_as_they_stand():
    def more(x):
        return one(x) + np.float32(100)

    def other(x):
        return via(x)

    mine = {one: Rule(more)}
    assert dispatcher(via, mine)(np.float32(1)) == 204
    assert digest(via, mine) != digest(via)
    both = {one: Rule(more), apart: Rule(other)}
    assert dispatcher(via, both)(np.float32(1)) == 204
    # what a replacement does never depends on which others are replaced
    assert digest(beside, both) == digest(beside, {apart: both[apart]})


def test_a_copy_of_a_rule_has_its_digest_so_that_kept_code_serves_both():
    assert digest(through, {one: Rule(one.py_func)}) == digest(through)


def test_a_linked_function_sees_the_names_that_it_uses_and_no_others():
    linked = link(via)
    assert set(linked.__globals__) == {"one", "np", "__builtins__", "__name__"}
    assert linked.__code__ is via.py_func.__code__
    assert linked.__name__ == "via"
    assert link(built("def g(x, by=3.0):\n    return x * by"))(2.0) == 6.0


def test_rules_run_from_python_and_phases_do_not():
    assert one(np.float32(2)) == 3
    assert repr(one).startswith("<rule ")
    with pytest.raises(TypeError, match="phase through runs as part of a pipeline"):
        through(None, None)
    assert isinstance(through, Phase)


@kernel
def doubled(x):
    """Twice each value."""
    out = np.empty_like(x)
    for i in range(x.shape[0]):
        out[i] = apart(x[i]) * np.float32(2)
    return out


def test_a_kernel_calls_rules_over_arrays_and_keeps_its_docstring():
    np.testing.assert_array_equal(doubled(np.array([1, 5], np.float32)), [0, 8])
    assert doubled.__doc__ == "Twice each value."
