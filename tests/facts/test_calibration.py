"""What the default calibration must show, at full size; on demand: `python -m pytest -m slow`."""

import numpy as np
import pytest

import sim
from sim.measures.rolls import cure_rates, roll_rates
from sim.study.facts.arrears import without_reminders
from sim.study.facts.cycle import nine_quarter_multiple
from sim.study.facts.lab import Lab, Setting
from sim.study.facts.measures import loss_rate, share
from sim.study.facts.table import FACTS

pytestmark = pytest.mark.slow


def bands(fact, currency="USD"):
    """The declared bands of a stylised fact, by check."""
    checks = next(f for f in FACTS if f.number == fact).checks
    return {check.name: (check.band.low, check.band.high) for check in checks if check.currency in (None, currency)}


@pytest.fixture(scope="module")
def us():
    return sim.run("baseline", seeds=5, set={"borrowers.count": 50_000})


@pytest.fixture(scope="module")
def china():
    return sim.run("china_baseline", seeds=5, set={"borrowers.count": 50_000})


def inside(found, wanted):
    outside = {name: (round(found[name], 4), band) for name, band in wanted.items() if not band[0] <= found[name] <= band[1]}
    assert not outside


def test_us_levels(us):
    m = us.monthly
    late = float(m["delinquency_30_plus"].mean())
    inside(
        {
            "nco": loss_rate(m), "late": late, "ratio": late / loss_rate(m), "early": share(m, "balance_1_29"),
            "yield": 12 * float((m["interest_income"] + m["fee_income"]).sum()) / float(m["gross_loans"].sum()),
            "roa": 12 * float(m["net_income"].sum()) / float(m["total_assets"].sum()),
            "direct": float(m["direct_charge_offs"].sum()) / float(m["gross_charge_offs"].sum()),
        },
        {
            "nco": (0.045, 0.09), "late": (0.022, 0.045), "ratio": (0.40, 0.65), "early": (0.025, 0.06), "yield": (0.18, 0.26),
            "roa": (0.01, 0.05), "direct": (0.12, 0.20),
        },
    )


def test_us_rolls_and_cures(us):
    rolls, cures = roll_rates(us.transitions), cure_rates(us.transitions)
    inside(rolls, {bucket: bands(6)[f"roll_{bucket}"] for bucket in ("1_29", "30_59", "60_89", "90_119")})
    assert cures["1_29"] > cures["30_59"] > cures["60_89"] > cures["90_119"]


def test_the_stock_in_arrears_is_inflow_times_duration(us):
    late = ["30_59", "60_89", "90_119"]
    flows = us.transitions.pivot_table(index="from_state", columns="to_state", values="accounts", aggfunc="sum", fill_value=0)
    share = flows.div(flows.sum(axis=1), axis=0)
    inflow = flows.loc[["current", "1_29"], late].sum()
    months = inflow.to_numpy() @ np.linalg.inv(np.eye(3) - share.loc[late, late].to_numpy())
    assert float(months.sum()) == pytest.approx(float(flows.loc[late].to_numpy().sum()), rel=0.05)


def test_china_levels_and_rolls(china):
    m = china.monthly
    inside(
        {
            "nco": loss_rate(m), "npl": float(m["npl_ratio"].mean()), "day1": float(m["day1_delinquency"].mean()),
            "collected": float(m["collection_rate_30d"].mean()),
            "roa": 12 * float(m["net_income"].sum()) / float(m["total_assets"].sum()),
            "yield": 12 * float((m["interest_income"] + m["fee_income"]).sum()) / float(m["gross_loans"].sum()),
        },
        {
            "nco": (0.05, 0.08), "npl": (0.015, 0.035), "day1": (0.04, 0.06), "collected": (0.83, 0.92), "roa": (0.0, 0.08),
            "yield": (0.15, 0.24),
        },
    )
    rolls, declared = roll_rates(china.transitions, "principal"), bands(6, "CNY")
    inside(rolls | {"into_30": rolls["current"] * rolls["1_29"]}, {
        "into_30": declared["into_30"], **dict.fromkeys(("30_59", "60_89", "90_119", "120_149", "150_179"), declared["roll_30_59"]),
    })


@pytest.mark.parametrize(
    # a lender that tightens loses less: what it turns away first would have failed most
    ("policy", "losses", "peak_quarter"),
    [("static", bands(4)["multiple"], (1.9, 2.8)), ("standard", bands(4)["multiple"], (1.6, 2.2))],
)
def test_a_severe_recession_against_the_baseline(policy, losses, peak_quarter):
    base, severe = (
        sim.run(s, policy=policy, own_past=True, seeds=4, set={"borrowers.count": 60_000}).monthly for s in ("baseline", "severe_recession")
    )

    def net(m):
        return (m["gross_charge_offs"] - m["recoveries"]).groupby(m["month_index"]).mean()

    assert losses[0] <= nine_quarter_multiple(severe, base) <= losses[1]
    assert peak_quarter[0] <= net(severe).rolling(3).sum().max() / net(base).rolling(3).sum().mean() <= peak_quarter[1]
    path = severe.groupby("month_index")[["unemployment_rate", "delinquency_30_plus", "net_charge_off_rate_3m"]].mean()
    peak = path.idxmax()
    assert 2 <= peak["net_charge_off_rate_3m"] - peak["unemployment_rate"] <= 6
    # charge-off at 120 days leaves the stock past due about two months ahead of the losses, less where its top is flat
    assert 1 <= peak["net_charge_off_rate_3m"] - peak["delinquency_30_plus"] <= 6


def test_without_reminders():
    setting = Setting("baseline", None, (("borrowers.count", 50_000),))
    seen = [without_reminders(Lab(setting, seed)) for seed in range(1, 6)]
    change = {name: float(np.mean([one[name] for one in seen])) for name in seen[0]}
    inside(change, {**bands(12), "late": (0.02, 0.12), "cannot": (-0.025, 0.025)})


def test_failure_probabilities_of_the_shipped_scenarios():
    shares = {}
    for scenario in ("baseline", "funding_squeeze", "severe_recession", "recession_with_squeeze"):
        results = sim.run(scenario, seeds=100 if scenario == "baseline" else 50)
        failed = results.summary().set_index("seed")["failed_month"].dropna()
        shares[scenario] = len(failed) / len(results.seeds)
        if scenario == "recession_with_squeeze":
            e = results.events[results.events["kind"].isin(["trigger_breach", "illiquid", "insolvent"])]
            first = e.drop_duplicates("seed").set_index("seed")["kind"].loc[failed.index]
            equity = results.monthly.set_index(["seed", "month"])["equity"]
            assert (first == "trigger_breach").mean() > 0.5
            assert np.mean([equity[seed, month] > 0 for seed, month in failed.items()]) >= 0.5
    inside(
        shares,
        {
            "baseline": (0, 0.01), "funding_squeeze": (0, 0.20), "severe_recession": (0, 0.20), "recession_with_squeeze": (0.30, 0.90),
        },
    )
