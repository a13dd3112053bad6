"""Every shipped scenario and policy: it loads, its books hold, its identities can be recomputed from monthly.csv."""

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import sim
from sim.inputs import shipped
from sim.inputs.json_schema import FOLDER

SCENARIOS = sorted(set(shipped("scenario")) - {"golden_ledger"})
POLICIES = [p for p in sorted(shipped("policy")) if p in ("lenient", "standard", "strict")]
SMALL = {"borrowers.count": 1_500, "warm_up_months": 8}


def identities(monthly: pd.DataFrame, opening: pd.DataFrame) -> None:
    """Section by section: what a reader can recompute from the file alone."""
    for seed, m in monthly.groupby("seed"):
        start = opening[opening["seed"] == seed].iloc[0]

        def before(name, m=m, start=start):
            return m[name].shift(1, fill_value=start[name])

        buckets = m[["balance_current", "balance_1_29", "balance_30_59", "balance_60_89", "balance_90_119", "balance_120_plus"]]
        close(buckets.sum(axis=1), m["gross_loans"])
        lent = m["originations"] + m["interest_capitalised"]
        close(before("gross_loans") + lent - m["principal_collected"] - m["gross_charge_offs"], m["gross_loans"])
        close(before("allowance") + m["provisions"] - m["gross_charge_offs"] + m["recoveries"], m["allowance"])
        paid_late = m["unpaid_obligations"] - before("unpaid_obligations")
        cash = (
            before("cash") + m["principal_collected"] + m["interest_collected"] + m["fees_collected"] + m["recoveries"]
            - m["disbursed"] - m["operating_cost"] - m["funding_cost"] - m["tax"] + m["debt_drawn"] - m["debt_repaid"]
            + m["capital_paid_in"] + paid_late
        )
        close(cash, m["cash"])
        close(before("debt") + m["debt_drawn"] - m["debt_repaid"], m["debt"])
        close(before("equity") + m["net_income"] + m["capital_paid_in"], m["equity"])
        close(-m["capital_paid_in"], m["dividends"])  # shareholders pay in at the opening only
        close(m["debt"] + m["unpaid_obligations"] + m["equity"], m["total_assets"])
        missed = m[["missed_fraud", "missed_cannot_pay", "missed_will_not_pay", "missed_forgot"]].sum(axis=1)
        assert (missed == m["missed_total"]).all()
        assert (m["applications"] == m["approvals"] + m["rejected_policy"] + m["rejected_budget"]).all()
        assert (m["cash"] >= 0).all()


def close(a, b):
    np.testing.assert_allclose(np.asarray(a, float), np.asarray(b, float), rtol=0, atol=0.006)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_identities_from_the_file_alone(scenario):
    for policy in POLICIES if not scenario.startswith("china") else [None]:
        results = sim.run(scenario, policy=policy, set=SMALL)
        monthly = pd.read_csv(io.StringIO(results.csv_text("monthly")))
        opening = pd.read_csv(io.StringIO(results.csv_text("opening")))
        identities(monthly, opening)


def test_the_trigger_breach_can_be_read_off_the_file():
    limit = 0.025
    results = sim.run("mild_recession", set=SMALL | {"policy.funding.warehouse.delinquency_trigger": limit})
    monthly = pd.read_csv(io.StringIO(results.csv_text("monthly")))
    over = monthly[monthly["trigger_reading"] > limit]
    breaches = results.events[results.events["kind"] == "trigger_breach"]
    assert list(breaches["month"]) == [over["month"].iloc[0]]
    assert monthly["trigger_reading"].isna().sum() == 2  # three months are needed


@pytest.mark.parametrize("kind", ["scenario", "policy", "profile"])
def test_every_shipped_file_names_its_schema(kind):
    for path in shipped(kind).values():
        first = path.read_text(encoding="utf-8").splitlines()[0]
        assert first.startswith("# yaml-language-server: $schema=")
        assert (path.parent / first.split("=", 1)[1]).resolve() == (FOLDER / f"{kind}.schema.json").resolve() or not Path("sim").is_dir()
