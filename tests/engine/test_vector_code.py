"""The hot loops are vector code, on this machine's processor and on two others: the assembly decides, not the look.

Each target is compiled in a process of its own, by numba's own switches, so the answer does not depend on the host: an
ordinary x86-64 with AVX2 and no AVX-512 (no masks: conditional loads must not survive), and the least that x86-64 has.
"""

import json
import os
import platform
import subprocess
import sys

import pytest

from sim import month

pytestmark = pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="reads x86-64 assembly")

# loops over the listed few, or with counters in their body: scalar by their nature
SCALAR = {
    "list_careful", "fetch", "close_repaid", "keep_plans", "watch_probation",
    "fall_due", "allocate", "charge_late_fee", "close_caught_up", "age", "charge_off", "recover",
    "count_ladder", "list_applicants", "gather", "look_up", "season", "open_accounts", "pay_out", "count_jobs",
    "begin",  # stores alone
}
TARGETS = {"avx2": ("haswell", ""), "generic": ("x86-64", "+sse2")}
SCRIPT = """
import json, re, sys
from sim.engine import pipeline
PACKED = re.compile(r"\\bv?(?:mul|add|sub|max|min)p[sd]\\b.*%[xyz]mm|\\bv?p(?:add|sub|mul|min|max|or|and|xor|cmp)\\w*\\b.*%[xyz]mm")
found, compile_phase = {}, pipeline.compile_phase
def read(phase, *given):
    made = compile_phase(phase, *given)
    found[phase.name] = len(PACKED.findall(made.kept[1].library.get_asm_str()))
    return made
pipeline.compile_phase = read
pipeline.keep = lambda *given: None  # code that comes from the cache carries no assembly
import sim
model = sim.LendingModel("baseline", set=["borrowers.count=100", "months=1", "warm_up_months=0"], threads=1)
model.step()
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def compiled():
    """Packed instructions by target and phase; the targets are compiled side by side."""

    def begin(name, features):
        env = os.environ | {"NUMBA_CPU_NAME": name, "NUMBA_CPU_FEATURES": features}
        return subprocess.Popen([sys.executable, "-c", SCRIPT], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env)

    begun = {target: begin(*given) for target, given in TARGETS.items()}
    said = {target: child.communicate() for target, child in begun.items()}
    assert {target: child.returncode for target, child in begun.items()} == dict.fromkeys(TARGETS, 0), said
    return {target: json.loads(out.splitlines()[-1]) for target, (out, _) in said.items()}


@pytest.fixture(params=list(TARGETS))
def packed(request, compiled):
    """Packed instructions by phase, compiled for a target."""
    return compiled[request.param]


def test_every_phase_of_the_month_and_of_the_sampling_is_vector_code(packed):
    names = [phase.name for phase in month.phases(month.SAMPLE, month.MOMENTS, [month.HOLD], month.LIVE, month.SERVE)]
    wanted = [name for name in ["draw", "sort_jobs", *names] if name not in SCALAR]
    assert len(wanted) > 20
    assert {name: packed[name] for name in wanted if not packed[name]} == {}


def test_the_list_of_scalar_phases_names_no_phase_that_is_vector_code_now(packed):
    opening = [*month.SAMPLE, *month.MOMENTS, month.HOLD, month.SEASON]
    known = {phase.name for phase in month.phases(opening, month.LIVE, month.SERVE, [month.BOOK])}
    assert known | {"count_jobs"} >= SCALAR
    assert {name: packed[name] for name in SCALAR if packed.get(name)} == {}
