"""The scorecard: the noise gives the Gini that the policy asks for, and a better score sorts better."""

import numpy as np
import pytest
from scipy.stats import rankdata

import sim
from sim.lender.underwriting import noise_for_gini


def gini(score, bad):
    ranks = rankdata(-score)
    bads, goods = bad.sum(), (~bad).sum()
    return 2 * (ranks[bad].sum() - bads * (bads + 1) / 2) / (bads * goods) - 1


def realised_gini(target: str) -> tuple[float, np.ndarray]:
    """Gini of the application score on charge-offs within two years, all scores admitted; and default rates by score fifth."""
    model = sim.LendingModel(
        "baseline",
        set=[
            "borrowers.count=40_000", "months=30", f"policy.underwriting.gini={target}", "policy.underwriting.cut_off=0",
            "policy.underwriting.bands.3.min_score=0", "mechanisms.take_up=0",  # all applicants, not those alone who take the offer
        ],
        own_past=True,
    )
    score, lent = np.zeros(40_000), np.zeros(40_000, bool)
    while model.month < model.months:
        model.step()
        if model.month <= 6:
            b = model.borrowers
            fresh = (np.asarray(b.cash_loan_opened) == model.month) & (np.asarray(b.cash_loan_state) == 1)
            score[fresh] = np.asarray(b.score)[fresh]
            lent |= fresh
    bad = np.asarray(model.borrowers.cash_loan_charged_off) > 0
    fifths = np.array_split(np.flatnonzero(lent)[np.argsort(score[lent])], 5)
    return gini(score[lent], bad[lent]), np.array([bad[part].mean() for part in fifths])


@pytest.mark.parametrize(("target", "expected"), [("30%", 0.30), ("44%", 0.44), ("49%", 0.49)])
def test_realised_gini_is_the_target(target, expected):
    found, fifths = realised_gini(target)
    assert abs(found - expected) < 0.05
    assert fifths[0] > fifths[2] > fifths[4]


def test_noise_falls_with_the_target_and_ends_at_zero():
    noises = [noise_for_gini(g, 1.15) for g in (0.2, 0.4, 0.5, 0.58, 0.7)]
    assert noises == sorted(noises, reverse=True)
    assert noises[-1] == 0


@pytest.mark.parametrize("decimals", [0, 1, 2, 3])
def test_loans_are_of_whole_major_units_in_every_currency(decimals):
    overrides = {"profile.currency.minor_units": decimals, "borrowers.count": 600, "months": 6, "warm_up_months": 3}
    model = sim.LendingModel("baseline", set=overrides)
    model.run_model()
    lent = model.borrowers.cash_loan_original
    assert (lent > 0).sum() > 100
    assert not (lent % 10**decimals).any()
