"""The hot loops are vector code: the assembly decides, not the look."""

import platform
import re

import numpy as np
import pytest
from numba import njit, typeof

import sim
from sim.borrowers import clearing, phases, population
from sim.engine import run_rows
from sim.lender import servicing, underwriting

PHASES = (
    phases.draw, phases.work, phases.earn, phases.plan_budget, phases.bill, phases.resolve, phases.find_money, phases.pay_account,
    phases.repay_early, phases.settle, phases.feel, phases.ask_for_credit, servicing.count_due_day, servicing.post_current,
    underwriting._draw_for, underwriting._score, clearing._sort_out, population._characters, population._habits,
    population._situation, population._obligations,
)
PACKED = re.compile(r"\bv?(?:mul|add|sub|max|min)p[sd]\b.*%[xyz]mm|\bvp(?:add|sub|mul|min|max|or|and|xor)\w*\b.*%[xyz]mm")

pytestmark = pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="reads x86-64 assembly")


@pytest.fixture(scope="module")
def compiled():
    """The month compiled in this process: code that comes from the cache carries no assembly."""
    model = sim.LendingModel("baseline", set=["borrowers.count=100", "months=1", "warm_up_months=0"])
    model.step()
    H, A, B = model.population
    a, b = model.engine.loan.arguments(), model.engine.plan.arguments()
    arguments = (H, A, B, model.month_parameters, model.servicing_parameters, model.criteria, 0, 100, 1, 1, 0, a, b, model.engine.desks[0])
    numbers = population._Numbers(*(np.float32(1) for _ in population._Numbers._fields))
    edges, table, bins = np.ones(2, np.float32), np.ones((4, 3), np.float32), np.zeros(2, np.int64)
    for kernel, given in (
        (run_rows, arguments),
        (population._sample, (H, 0, 100, 1, 1, numbers, edges, table, edges, edges)),
        (clearing._histogram, (H.employed, H.job_risk, 0, 100, 1, 1, 1, np.float32(1), bins, bins)),
    ):
        njit(nogil=True, error_model="numpy")(kernel.py_func).compile(tuple(typeof(x) for x in given))


@pytest.mark.parametrize("phase", PHASES, ids=lambda p: p.py_func.__name__)
def test_a_phase_compiles_to_vector_registers(compiled, phase):
    assembly = "".join(phase.inspect_asm().values())
    assert len(PACKED.findall(assembly)) >= 4
