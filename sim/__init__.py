"""lendsim: a consumer-lending portfolio under economic stress, borrower by borrower.

    import sim
    results = sim.run("severe_recession", policy="lenient", seeds=2, set={"borrowers.count": 50_000})
    results.monthly            # pandas frame, one row per seed and month
    sim.compare("severe_recession", policies=["standard", "lenient"], seeds=10)
    model = sim.LendingModel("baseline"); model.step()

Names are imported when first used, so that `lendsim --help` does not wait for Mesa and numba.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOMES = {
    "LendingModel": "sim.model",
    "Borrower": "sim.agents",
    "Results": "sim.study.results",
    "InputError": "sim.inputs",
    "load_scenario": "sim.inputs",
    "run": "sim.study.runs",
    "compare": "sim.study.compare",
    "Comparison": "sim.study.compare",
    "attribute": "sim.study.attribute",
    "Attribution": "sim.study.attribute",
    "backtest": "sim.study.backtest",
    "Backtest": "sim.study.backtest",
    "calibrate": "sim.study.calibration.calibrate",
    "Calibrated": "sim.study.calibration.result",
    "facts": "sim.study.facts.judge",
    "Findings": "sim.study.facts.findings",
}

if TYPE_CHECKING:
    from sim.agents import Borrower
    from sim.inputs import InputError, load_scenario
    from sim.model import LendingModel
    from sim.study.attribute import Attribution, attribute
    from sim.study.backtest import Backtest, backtest
    from sim.study.calibration.calibrate import calibrate
    from sim.study.calibration.result import Calibrated
    from sim.study.compare import Comparison, compare
    from sim.study.facts.findings import Findings
    from sim.study.facts.judge import facts
    from sim.study.results import Results
    from sim.study.runs import run

__all__ = [
    "Attribution", "Backtest", "Borrower", "Calibrated", "Comparison", "Findings", "InputError", "LendingModel", "Results", "attribute",
    "backtest", "calibrate",
    "compare", "facts", "load_scenario", "run",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'sim' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
