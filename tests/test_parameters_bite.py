"""Every number of a scenario, policy or profile moves something: monthly, vintages or the borrowers.

Each is moved by a sensible step, in a scenario where it can act. A parameter that changes nothing is a defect.
"""

from typing import Any

import pytest
from pydantic import BaseModel

import sim
from sim.inputs import load_scenario
from sim.study.results import final_columns_digest

SMALL = ["borrowers.count=4_000", "months=15", "warm_up_months=8"]
STRESS = [
    *SMALL,
    "shocks=[{variable: unemployment_rate, start: 2026-02, shape: ramp, by: +6pp, over: 3}, "
    "{variable: lender_rumour, start: 2026-03, shape: step, by: +60%, hold: 6}, "
    "{variable: outside_credit, start: 2026-03, shape: step, by: -50pp}, "
    "{variable: income_support, start: 2026-05, shape: step, by: +20%, hold: 3}]",
]
# parameters that act only in a particular place: extra overrides under which they are moved
WHERE: dict[str, list[str]] = {
    "policy.servicing.paid_in_full_share": ["profile.paying.partial_payment=90%"],
    "policy.servicing.late_fee_cap": ["policy.servicing.late_fee_cap=18%"],
    "policy.funding.headroom": ["policy.funding.capital_ratio=8%", "policy.funding.dividend_above=null", "policy.funding.utilisation=100%"],
    "policy.funding.minimum_cash_months": ["policy.funding.capital_ratio=25%"],
    "policy.funding.warehouse.delinquency_trigger": ["policy.funding.warehouse.delinquency_trigger=2%"],
    "policy.funding.warehouse.term_out_months": ["policy.funding.warehouse.delinquency_trigger=2%"],
    "policy.funding.warehouse.commitment": ["policy.funding.warehouse.commitment=0.75"],
    "policy.collections.contact_cap": ["policy.collections.contact_cap=3"],
    "policy.collections.ranking": ["policy.collections.middle.capacity=10", "policy.collections.late.capacity=5"],
    "policy.products.cash_loan.minimum": ["policy.products.cash_loan.minimum=4_000"],
    "policy.products.cash_loan.maximum": ["policy.products.cash_loan.maximum=9_000"],
    "policy.products.instalment_plan.minimum": ["policy.products.instalment_plan.minimum=1_000"],
    "policy.products.instalment_plan.maximum": ["policy.products.instalment_plan.maximum=1_500"],
    "policy.pricing.legal_cap": ["policy.pricing.legal_cap=24%"],
    "scenario.economy.apr_cap": ["economy.apr_cap=24%"],
    "scenario.economy.contact_cap": ["economy.contact_cap=2"],
    "policy.pricing.least_margin": ["policy.pricing.legal_cap=24%"],
    **{f"policy.underwriting.bands.{k}.expected_loss": [f"policy.pricing.legal_cap={cap}%"] for k, cap in enumerate((17, 18, 20, 24))},
    "policy.standards.per_tightening": ["economy.lending_standards=40%", "economy.opening.lending_standards=0%"],
    "profile.work.level_elasticity": ["mechanisms.job_cycle=0"],
    "profile.work.hours_cut_cyclicality": ["mechanisms.job_cycle=0"],
    "profile.work.finding_floor": ["profile.work.finding_floor=25%"],
    "profile.recovery.months": ["profile.recovery.months=2", "profile.recovery.monthly=60%"],
    "profile.recovery.lag": ["profile.recovery.monthly=60%"],
    "policy.underwriting.exclusion_months": ["policy.underwriting.exclusion_months=3", "profile.demand.need_effect=3"],
}
# a notch is put in force by loosening its conditions and barring the better ones
for _k in range(4):
    _barred = ("min_capital_ratio=500%", "max_net_charge_off=-95%", "min_liquidity=500%")
    _open = ("min_capital_ratio=-100%", "max_net_charge_off=100%", "min_liquidity=-100%")
    _loose = [f"policy.rating.{j}.{c}" for j in range(5) for c in (_barred if j < _k else _open)]
    for _name in ("min_capital_ratio", "max_net_charge_off", "min_liquidity"):
        WHERE[f"policy.rating.{_k}.{_name}"] = _loose
    WHERE[f"policy.rating.{_k}.spread"] = [*_loose, *(f"policy.rating.{j}.spread=10%" for j in range(_k + 1, 5))]
# new credit grows scarce only where money does; a bound bites where something lies beyond it; a campaign must be running
_SCARCE = ["policy.funding.capital_ratio=8%", "policy.funding.dividend_above=null", "policy.funding.utilisation=100%"]
WHERE["scenario.mechanisms.access"] = WHERE["profile.willingness.access_effect"] = _SCARCE
WHERE["profile.spending.essential_least"] = ["profile.spending.essential_spread=0.4"]
WHERE["profile.work.opening_risk_cap"] = ["profile.work.opening_risk_cap=1.5"]
WHERE["scenario.mechanisms.education"] = ["policy=educating"]
WHERE["scenario.mechanisms.hardship_plans"] = ["policy=hardship_plans"]
for _at in ("economy", "economy.opening"):
    _given = [f"{_at}.forbearance=20%", f"{_at}.payment_holiday_elsewhere=20%"]
    for _name in ("forbearance_months", "forbearance_interest_waived", "elsewhere_interest_waived"):
        WHERE[f"scenario.{_at}.{_name}"] = _given
WHERE["scenario.mechanisms.forbearance"] = ["economy.forbearance=20%"]
WHERE["policy.funding.dividend_above"] = WHERE["policy.funding.dividend_liquidity"] = ["policy.funding.capital_ratio=45%"]
WHERE["policy.funding.upgrade_months"] = ["shocks=[{variable: funding_haircut, start: 2026-02, shape: pulse, by: +8pp, hold: 2}]"]
WHERE["profile.contact.complaint_growth"] = ["policy.collections.middle.harshness=100%", "policy.collections.middle.intensity=8"]
WHERE["profile.contact.harsh_pressure"] = ["policy.collections.middle.harshness=100%", "profile.willingness.unwilling=5%"]

# what a step looks like where doubling or a nudge would not be valid or not be felt
STEP: dict[str, Any] = {
    "policy.servicing.charge_off_dpd": 180,
    "policy.provisioning.roll_to_loss_60_89": "80%",  # provisions rise with days past due
    "policy.provisioning.roll_to_loss_90_plus": "95%",
    "policy.funding.warehouse.eligible_below_dpd": 60,
    "policy.collections.ranking": "days_past_due",
    "policy.products.cash_loan.offered": "false",
    "policy.products.instalment_plan.offered": "false",
    "policy.products.cash_loan.need": "purchase",
    "policy.products.instalment_plan.need": "cash",
    "policy.funding.dividend_above": "null",
    "policy.funding.headroom": "90%",
    "policy.funding.dividend_liquidity": "60%",
    "policy.funding.upgrade_months": 1,
    "scenario.start": "2026-02",
    "scenario.borrowers.profile": "china_platform",
    "scenario.policy": "strict",
    "scenario.opening_policy": "strict",
    "scenario.policy_changes": "[{from: 2026-03, policy: strict}]",
    "scenario.economy.opening.unemployment_rate": "9%",
    "scenario.economy.opening.real_income_growth": "4%",
    "scenario.economy.opening.inflation": "6%",
    "scenario.economy.opening.policy_rate": "9%",
    "scenario.economy.opening.income_support": "30%",
    "scenario.economy.opening.outside_credit": "40%",
    "scenario.economy.opening.funding_spread": "3%",
    "scenario.economy.opening.funding_haircut": "5%",
    "scenario.economy.opening.lender_rumour": "30%",
    "scenario.economy.opening.apr_cap": "20%",
    "scenario.economy.opening.contact_cap": 1,
    "scenario.economy.opening.lending_standards": "40%",
    "scenario.economy.opening.universal_payment": "30%",
    "scenario.economy.opening.forbearance": "30%",
    "scenario.economy.opening.forbearance_months": 6,
    "scenario.economy.opening.forbearance_interest_waived": "80%",
    "scenario.economy.opening.payment_holiday_elsewhere": "30%",
    "scenario.economy.opening.elsewhere_interest_waived": "80%",
    "scenario.economy.lending_standards": "40%",
    "policy.standards.normal_unemployment": "6%",
    "profile.work.replacement_months": 2,
    "policy.underwriting.bias": 20,
    "policy.underwriting.exclusion_months": 40,
    "policy.servicing.paid_in_full_share": "60%",
    "profile.income.transitory": 0.2,
    "profile.contact.harsh_pressure": 0.8,
    **{f"policy.underwriting.bands.{k}.min_score": score for k, score in enumerate((670, 625, 595, 565))},
    **{f"policy.rating.{k}.min_capital_ratio": "300%" for k in range(4)},
    **{f"policy.rating.{k}.max_net_charge_off": "-90%" for k in range(4)},
    **{f"policy.rating.{k}.min_liquidity": "300%" for k in range(4)},
    **{f"policy.rating.{k}.spread": "9%" for k in range(4)},
}
SKIP = {
    "title", "description", "extends", "scenario.script", "scenario.shocks", "scenario.economy.table", "scenario.economy.table_units",
    "method",  # its terms are other keys: tests/test_products.py
    "scenario.borrowers.registered",  # how agents are held, not what they do
    "policy.servicing.non_accrual_dpd",  # one value is allowed
    "profile.currency.code",  # a label
    "scenario.economy.table_without",  # with a table: tests/economy/test_paths.py
    "profile.currency.minor_units",
    "scenario.months", "scenario.warm_up_months", "scenario.borrowers.count", "scenario.seed",  # tested for themselves elsewhere
}


def leaves(section: BaseModel, prefix: str) -> list[tuple[str, Any]]:
    found = []
    for name in type(section).model_fields:
        value, path = getattr(section, name), f"{prefix}.{name}"
        if name in SKIP or path in SKIP:
            continue
        if isinstance(value, BaseModel):
            found += leaves(value, path)
        elif isinstance(value, list) and value and isinstance(value[0], BaseModel):
            for k, inner in enumerate(value):
                found += leaves(inner, f"{path}.{k}")
        elif isinstance(value, dict):
            for key, inner in value.items():
                found += leaves(inner, f"{path}.{key}") if isinstance(inner, BaseModel) else [(f"{path}.{key}", inner)]
        else:
            found.append((path, value))
    return found


RESOLVED = load_scenario("baseline")
PATHS = leaves(RESOLVED.scenario, "scenario") + leaves(RESOLVED.policy, "policy") + leaves(RESOLVED.profile, "profile")
# names are labels, sector and segment shares must add up and are moved in pairs below, the worst notch has no condition
LABELS = (".name", ".label")
PAIRED = (".share",)


def moved(path: str, value: Any) -> Any:
    if path in STEP:
        return STEP[path]
    if isinstance(value, bool):
        return "false" if value else "true"
    if isinstance(value, int):
        return value + max(1, value // 2)
    if isinstance(value, float):
        if value == 0:
            return 0.05
        return value * 0.6 if abs(value) <= 1 else value * 1.5
    raise AssertionError(f"no step is known for {path} = {value!r}")


def outcome(overrides: list[str]) -> tuple[Any, ...]:
    model = sim.LendingModel("baseline", set=[*STRESS, *overrides], own_past=not any("opening_policy" in o for o in overrides))
    model.run_model()
    return final_columns_digest(model), str(model.rows), str(model.books.events)


_BASE: dict[tuple[str, ...], tuple[Any, ...]] = {}


def base(extra: list[str]) -> tuple[Any, ...]:
    key = tuple(extra)
    if key not in _BASE:
        _BASE[key] = outcome(extra)
    return _BASE[key]


MOVABLE = [
    (p, v) for p, v in PATHS if not p.endswith(LABELS) and not (p.endswith(PAIRED) and (".segments." in p or ".sectors." in p))
    and not p.startswith("policy.rating.4.")
]


@pytest.mark.parametrize(("path", "value"), MOVABLE, ids=[p for p, _ in MOVABLE])
def test_it_bites(path, value):
    if value is None and path not in STEP:
        pytest.skip("has no value by default")
    extra = WHERE.get(path, [])
    now = value
    for override in extra:
        if override.split("=")[0] in (path, path.removeprefix("scenario.")):
            text = override.split("=")[1]
            now = float(text.rstrip("%").replace("_", "")) / (100 if text.endswith("%") else 1)
            now = int(now) if isinstance(value, int) else now
    step = moved(path, now)
    assert outcome([*extra, f"{path.removeprefix('scenario.')}={step}"]) != base(extra), f"{path}: {now} -> {step} changes nothing"


@pytest.mark.parametrize("where", ["segments", "work.sectors"])
def test_shares_bite(where):
    a, b = (f"profile.{where}.{k}.share" for k in (0, 1))
    values = dict(PATHS)
    assert outcome([f"{a}={values[a] - 0.1}", f"{b}={values[b] + 0.1}"]) != base([])


@pytest.mark.parametrize(
    "variable",
    [
        "unemployment_rate", "real_income_growth", "inflation", "policy_rate", "income_support", "outside_credit", "funding_spread",
        "funding_haircut", "lender_rumour",
    ],
)
def test_one_basis_point_of_every_shock_variable_is_felt_and_a_zero_shock_is_not(variable):
    def run(size: str) -> tuple[Any, ...]:
        sign = "-" if variable == "outside_credit" else "+"
        shock = f"shocks=[{{variable: {variable}, start: 2026-02, shape: step, by: {sign}{size}}}]"
        model = sim.LendingModel("baseline", set=["borrowers.count=20_000", "months=10", "warm_up_months=2", shock])
        model.run_model()
        return final_columns_digest(model), str(model.rows), str(model.books.events)

    nothing = sim.LendingModel("baseline", set=["borrowers.count=20_000", "months=10", "warm_up_months=2"])
    nothing.run_model()
    still = (final_columns_digest(nothing), str(nothing.rows), str(nothing.books.events))
    assert run("0pp") == still
    assert run("0.01pp") != still
