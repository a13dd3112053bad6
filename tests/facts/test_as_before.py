"""With the realism switches off and the numbers that went with them, the model is, to the bit, the one that it was before them.

So a study can tell what each change does, and a change that leaks past its switch shows here. The hashes are of `monthly`
without the columns that came later, taken at revision cde8f7e with one mend, nobody is called who has nothing to pay, and without help
to plan, which reached those too who had paid.
"""

import hashlib

import pytest

import sim
from sim.measures.table import MONTHLY

SWITCHES = ("job_cycle", "job_duration", "income_risk", "whole_instalments", "standards", "take_up", "refinancing", "forgetting_spells")
CAPACITIES = {"standard": (120, 120, 60, 120), "strict": (200, 200, 120, 120)}  # early, middle, late, external
BANDS = [(660, 0.02, 4.0), (620, 0.05, 3.5), (590, 0.09, 3.0), (560, 0.13, 2.5)]
BEFORE = {
    **{f"mechanisms.{name}": 0 for name in SWITCHES},
    "profile.spending.compression": 0.45, "profile.savings.buffer_months": 1.0, "profile.savings.spend_down": 0.08,
    "profile.willingness.arrears_effect": 1.0, "profile.attention.forgetting": 0.076,
    "profile.attention.forgetting_catch_up": 0.35, "profile.attention.forgetting_in_arrears": 0.45, "profile.fraud.share": 0.005,
    "profile.contact.complaint_growth": 0, "profile.contact.plan_effect": 0, "profile.contact.reminder_effect": 0.3,
    "profile.opening.former_defaulters": 0.08, "profile.latent_risk.separation": 1.15,
    "policy.underwriting.exclusion_months": 24, "policy.funding.warehouse.delinquency_trigger": 0.053,
    "policy.pricing.least_margin": -1, "policy.operating_cost.per_application": 12,
    "profile.demand.needs.cash.monthly": 0.032, "profile.demand.needs.purchase.monthly": 0.025,
    "profile.prepayment.monthly": 0.008, "profile.prepayment.seasoning": 0,
    **{f"policy.provisioning.roll_to_loss_{band}": rate for band, rate in (
        ("current", 0.04), ("1_29", 0.14), ("30_59", 0.52), ("60_89", 0.71), ("90_plus", 0.89),
    )},
    "borrowers.count": 5_000, "months": 14, "warm_up_months": 14,
}
LATER = ["cut_off", "dividends", "declined_offers", "take_up_rate", *MONTHLY.resting()]


def of_band(bands, least):
    lines = [{"min_score": s, "premium": p, "expected_loss": 0.0, "size_cap": c, "tenor": 36} for s, p, c in bands]
    return [*lines[:-1], {**lines[-1], "min_score": least}]


@pytest.mark.parametrize(
    ("scenario", "policy", "bands", "expected"),
    [
        ("baseline", "standard", of_band(BANDS, 560), "84337bf1102cb003"),
        ("severe_recession", "strict", of_band(BANDS, 560), "8af1de3206282d73"),
    ],
)
def test_without_the_switches_nothing_has_changed(scenario, policy, bands, expected):
    stages = zip(("early", "middle", "late", "external"), CAPACITIES[policy], strict=True)
    more = {"policy.underwriting.bands": bands, **{f"policy.collections.{stage}.capacity": n for stage, n in stages}}
    results = sim.run(scenario, policy=policy, set=BEFORE | more, own_past=True, threads=1)
    text = results.monthly.drop(columns=LATER).to_csv(index=False)
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == expected


@pytest.mark.parametrize("switch", SWITCHES)
def test_each_switch_changes_what_happens(switch):
    small = {"borrowers.count": 2_000, "months": 14, "warm_up_months": 3}
    on, off = (sim.run("severe_recession", set=small | more, threads=1).monthly for more in ({}, {f"mechanisms.{switch}": 0}))
    assert not on.equals(off)
