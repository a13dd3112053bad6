"""Signs of distress begin and end as events, in months worked out by hand, and a payout leaves what it must."""

import pytest

import sim
from sim.funding.distress import ENDS, SIGNS, Reading


def words(amount):
    return f"{amount}"


CALM = Reading(deficiency=0, cash=100, minimum_cash=100, wanted=50, lent=50, distributed=0)


@pytest.mark.parametrize(("name", "changes", "told", "value", "threshold"), [
    ("deficiency", {"deficiency": 30}, "deficiency of 30", 30, 0),
    ("cash", {"cash": 29}, "cash of 29 is 71 % below its minimum of 100", 29, 100),
    ("rationed", {"lent": 20}, "60 % of the principal", 0.6, 0),
    ("stopped", {"lent": 0}, "nothing is lent of 50", 1.0, 1.0),
    ("dividend", {"distributed": 7}, "7 is paid to shareholders", 7, 0),
])
def test_each_sign_is_shown_by_its_month_and_by_no_calm_one(name, changes, told, value, threshold):
    sign, month = SIGNS[name], CALM._replace(**changes)
    assert sign.holds(month)
    assert not sign.holds(CALM)
    assert told in sign.told(month, words)
    assert (sign.value(month), sign.threshold(month)) == (pytest.approx(value), threshold)
    assert sign.ends in ENDS


def test_a_month_without_applicants_is_no_stop():
    assert not SIGNS["stopped"].holds(CALM._replace(wanted=0, lent=0))
    assert not SIGNS["rationed"].holds(CALM._replace(wanted=0, lent=0))


@pytest.fixture(scope="module")
def squeezed():
    return sim.run("recession_with_squeeze", seeds=[2], set={"borrowers.count": 20_000})


def test_a_lender_that_survives_a_squeeze_tells_what_it_went_through(squeezed):
    assert squeezed.monthly["lender_state"].iloc[-1] == "going_concern"
    kinds = squeezed.events["kind"].tolist()
    for begins, ends in (
        ("cash_below_minimum", "minimum_cash_restored"), ("lending_stopped", "lending_resumed"), ("lending_rationed", "lending_free"),
    ):
        assert kinds.index(begins) < kinds.index(ends)


def test_events_are_the_months_own_figures(squeezed):
    m, e = squeezed.monthly.set_index("month"), squeezed.events
    first = e[e["kind"] == "cash_below_minimum"].iloc[0]
    assert first["value"] == m.loc[first["month"], "cash"]
    assert first["value"] < first["threshold"]
    stopped = e[e["kind"] == "lending_stopped"].iloc[0]
    assert m.loc[stopped["month"], "originations"] == 0
    assert m.loc[stopped["month"], "rejected_budget"] > 0


def test_survival_does_not_lengthen_because_lending_has_stopped(squeezed):
    m = squeezed.monthly
    worst = m["liquidity"].nsmallest(2).index
    assert (m.loc[worst, "survival_months"] <= 3).all()


def test_no_month_of_a_payout_leaves_less_liquidity_than_the_test(squeezed):
    least = 0.03 * squeezed.opening["gross_loans"].iloc[0]
    calm = sim.run("baseline", set={"borrowers.count": 20_000})
    for results in (squeezed, calm):
        paid = results.monthly["dividends"] > 0
        assert paid.any()
        assert (results.monthly.loc[paid, "liquidity"] >= least - 0.01).all()


def test_the_worst_point_is_told_for_survivors_and_for_calm(squeezed):
    from sim.report.distress import worst_point

    told = worst_point(squeezed)
    parts = ["the funders' haircut up 10.0 points", "below its minimum", "lending stopped for", "the book falls by", "the lender survives"]
    assert [part for part in parts if part not in told] == []
    assert told.index("haircut") < told.index("below its minimum") < told.index("lending stopped") < told.index("the book falls")
    calm = sim.run("baseline", set={"borrowers.count": 20_000, "months": 12})
    assert worst_point(calm).startswith("No sign of distress: at its lowest, liquidity was")
