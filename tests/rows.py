"""Rules called with the types that the loops give them, and one phase alone on a few rows of given columns."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from types import SimpleNamespace
from typing import Any

import numpy as np

import sim
from sim import assembly
from sim.accounts import columns as accounts
from sim.engine.columns import LIMIT, padded
from sim.engine.declare import MonthInputs
from sim.engine.pipeline import Pipeline, Place, Step
from sim.inputs import load_scenario
from sim.numerics.compile import Phase
from sim.opening import sampling_numbers

RESOLVED = load_scenario("baseline")
PROFILE, POLICY, GAIN = RESOLVED.profile, RESOLVED.policy, RESOLVED.scenario.mechanisms
UNEMPLOYMENT = RESOLVED.scenario.economy.unemployment_rate
CALM = {
    "unemployment_rate": 0.042, "real_income_growth": 0.01, "inflation": 0.02, "policy_rate": 0.035, "income_support": 0.0,
    "rival_price": 0.0, "outside_credit": 1.0, "funding_spread": 0.0, "funding_haircut": 0.0, "lender_rumour": 0.0, "apr_cap": 1.0,
    "contact_cap": 99.0, "lending_standards": 0.0, "universal_payment": 0.0, "payment_holiday_elsewhere": 0.0,
    "elsewhere_interest_waived": 0.0, "forbearance": 0.0, "forbearance_months": 3.0, "forbearance_interest_waived": 0.0,
}


def call(rule: Any, *arguments: Any) -> Any:
    """A rule on numbers as the loops hold them: floats are float32, whole numbers int32."""
    kinds = {bool: bool, float: np.float32, int: np.int32}
    return rule(*(kinds.get(type(x), lambda x: x)(x) for x in arguments))


PUBLIC = {"access": 1.0, "published_arrears": 0.0, "early_reach": 0.5}


def inputs(
    profile: Any = PROFILE, policy: Any = POLICY, conditions: Mapping[str, float] | None = None, public: Mapping[str, float] | None = None,
    separation: float = 0.014, finding: float = 0.3, year_ago: Mapping[str, float] | None = None, **switches: float,
) -> MonthInputs:
    """What a mechanism's numbers of the month depend on, in a calm month of the baseline."""
    state = SimpleNamespace(**{**PUBLIC, **(public or {})})
    return MonthInputs(
        profile, policy, GAIN.model_copy(update=switches), {**CALM, **(conditions or {})}, CALM, {**CALM, **(year_ago or {})}, state,
        separation, finding,
    )


def changed(section: Any, **values: Any) -> Any:
    """A section of a file with other values; nested ones as `trust={"mean": 0.5}`."""
    inner = {name: changed(getattr(section, name), **value) if isinstance(value, dict) else value for name, value in values.items()}
    return section.model_copy(update=inner)


@lru_cache(maxsize=1)
def baseline_numbers() -> dict[str, Any]:
    """Every number of a month of the baseline and of its opening."""
    model = sim.LendingModel("baseline", set=["borrowers.count=200", "months=1", "warm_up_months=0"], threads=1)
    model.step()
    opening = sampling_numbers(PROFILE, UNEMPLOYMENT, POLICY.underwriting.exclusion_months, 0.01)
    return opening | assembly.numbers_at_opening(PROFILE) | model.lived.numbers | {"month": 5, "key.low": 1, "key.high": 0}


def _dtypes() -> dict[str, str]:
    layout = assembly.layout()
    found = {c.name: c.dtype for c in (*assembly.household_columns(), *layout.scratch)}
    return found | {f"account.{c.name}": c.dtype for c in (*accounts.COLUMNS, *layout.account_scratch)}


DTYPES = _dtypes()


def lived(phase: Phase, columns: Mapping[str, Any], numbers: Mapping[str, Any] | None = None, slot: int | None = None) -> SimpleNamespace:
    """The columns after a phase has run over rows that begin as given: all others at zero, numbers as in the baseline.

    Draws are given as uniforms, `{"draw.job": [0.1, 0.9]}`; `account.x` comes back as `account_x`.
    """
    n = max(len(np.atleast_1d(values)) for values in columns.values())
    held: dict[str, Any] = {}

    def find(name: str, _step: Step) -> Place:
        if name not in held:
            drawn = name.startswith(("draw.", "account.draw."))
            kind = "u4" if drawn else "i8" if name.startswith(("count.", "vintage.")) else DTYPES[name]
            array = padded(LIMIT, kind)
            if name in columns:
                given = np.broadcast_to(np.asarray(columns[name]), n)
                array[:n] = np.minimum(given * 2.0**32, 2.0**32 - 1) if drawn else given
            held[name] = array
        return Place(held[name], held[name].itemsize)

    plan = Pipeline([Step(phase, slot=slot)], [find])
    plan.load(baseline_numbers() | {k: np.float32(v) if isinstance(v, float) else v for k, v in (numbers or {}).items()})
    unknown = set(columns) - set(held)
    assert not unknown, f"{phase.name} does not know {sorted(unknown)}"
    plan.run(0, 0, n, LIMIT)
    return SimpleNamespace(**{name.replace(".", "_"): array[: n if not name.startswith("count.") else 64] for name, array in held.items()})


@cache
def tiny(*sets: str) -> Any:
    """A finished run of the baseline with few borrowers and months."""
    model = sim.LendingModel("baseline", set=["borrowers.count=1_500", "months=7", "warm_up_months=3", *sets], threads=1)
    model.run_model()
    return model
