"""Bands, verdicts and what every declaration must say."""

import math

import numpy as np
import pytest

from sim.study.facts.declare import ABOVE_ZERO, BELOW_ZERO, FAILS, HOLDS, NOT_YET, TOO_FEW, Band, Check, Fact
from sim.study.facts.findings import sure_of, verdict_of
from sim.study.facts.judge import estimate, judged, mean_of, rows_of
from sim.study.facts.table import FACTS, in_order
from sim.study.facts.words import band, interval, number, verdict, whole
from sim.study.intervals import NO_SEED_DIFFERS, ONE_SEED, Interval, jackknife

CHECK = Check("x", "a thing", "%", Band(0.2, 0.4), "20–40 %", "somebody 2020")


def test_there_are_thirty_facts_each_with_sources_and_what_is_missing():
    assert [fact.number for fact in FACTS] == [*range(1, 31)]
    for fact in FACTS:
        assert fact.checks, fact.number
        assert len({check.name for check in fact.checks if check.currency != "CNY"}) == len([c for c in fact.checks if c.currency != "CNY"])
        assert (fact.observe is None) == all(check.missing for check in fact.checks)
        for check in fact.checks:
            assert check.published
            assert check.source
            assert (check.band.low, check.band.high) != (None, None)


def test_a_number_declared_twice_and_a_check_that_nothing_measures_are_refused():
    with pytest.raises(ValueError, match="fact 1 is declared twice"):
        in_order((FACTS[0],), (FACTS[0],))
    with pytest.raises(ValueError, match="fact 40 is observed by nothing"):
        in_order((Fact(40, "n", "sign", "s", "h", (CHECK,)),))


@pytest.mark.parametrize(("of", "value", "holds", "distance"), [
    (Band(0.2, 0.4), 0.2, True, 0.0), (Band(0.2, 0.4), 0.1, False, -0.1), (Band(0.2, 0.4), 0.5, False, 0.1),
    (ABOVE_ZERO, 0.0, False, 0.0), (ABOVE_ZERO, 1e-9, True, 0.0), (BELOW_ZERO, 2.0, False, 2.0), (Band(None, 1.0), 1.0, True, 0.0),
])
def test_a_band_holds_its_bounds_unless_it_is_strict(of, value, holds, distance):
    assert of.holds(value) is holds
    assert of.distance(value) == pytest.approx(distance)


@pytest.mark.parametrize(("of", "low", "high", "sure"), [
    (Band(0.2, 0.4), 0.25, 0.35, True), (Band(0.2, 0.4), 0.1, 0.3, False), (Band(0.2, 0.4), 0.5, 0.6, True),
    (Band(0.2, 0.4), 0.0, 0.1, True), (Band(0.2, 0.4), 0.1, 0.5, False), (ABOVE_ZERO, -1.0, 0.0, True), (ABOVE_ZERO, 0.1, 1.0, True),
    (BELOW_ZERO, 0.0, 1.0, True),
])
def test_an_interval_leaves_no_doubt_within_the_band_or_on_one_side_of_it(of, low, high, sure):
    assert of.sure(low, high) is sure


def test_what_is_no_number_neither_holds_nor_has_a_distance():
    nan = float("nan")
    assert not CHECK.band.holds(nan)
    assert math.isnan(CHECK.band.distance(nan))
    assert judged(CHECK, Interval(nan, nan, nan, "too few cases"))["verdict"] == TOO_FEW


def test_a_check_is_judged_by_its_estimate_and_its_surety_by_the_interval():
    row = judged(CHECK, Interval(0.45, 0.38, 0.52, "t"))
    assert (row["verdict"], row["sure"]) == (FAILS, False)
    assert row["distance"] == pytest.approx(0.05)
    assert judged(CHECK, Interval(0.3, 0.28, 0.32, "t"))["sure"]
    assert judged(CHECK, Interval(0.3, math.nan, math.nan, NO_SEED_DIFFERS))["sure"]
    assert not judged(CHECK, Interval(0.3, math.nan, math.nan, ONE_SEED))["sure"]


@pytest.mark.parametrize(("checks", "whole"), [
    ([HOLDS, HOLDS], HOLDS), ([HOLDS, FAILS], FAILS), ([HOLDS, NOT_YET], HOLDS), ([NOT_YET], NOT_YET), ([HOLDS, TOO_FEW], TOO_FEW),
    ([FAILS, TOO_FEW, NOT_YET], FAILS),
])
def test_a_fact_holds_where_all_that_can_be_measured_do(checks, whole):
    assert verdict_of(checks) == whole


def test_means_and_jackknife_of_numbers_worked_out_by_hand():
    found = mean_of(np.array([1.0, 2.0, 3.0]))
    assert (found.estimate, found.method) == (2.0, "t")
    assert found.high - found.low == pytest.approx(2 * 4.302652729911275 * 1 / math.sqrt(3))
    pooled = Fact(40, "n", "sign", "s", "h", (CHECK,), lambda lab: {}, lambda seen: {"x": sum(one["a"] for one in seen) / len(seen)})
    same = estimate(pooled, [{"a": 1.0}, {"a": 2.0}, {"a": 3.0}], CHECK)  # of a mean the jackknife is Student's interval
    assert (same.low, same.high) == pytest.approx((found.low, found.high))
    assert same.method == "jackknife"
    assert jackknife(1.0, np.array([1.0])).method == ONE_SEED


def test_rows_are_those_of_the_market_and_unbuilt_checks_say_so():
    fact = Fact(
        40, "n", "sign", "s", "h",
        (CHECK, Check("y", "w", "%", ABOVE_ZERO, "p", "s", "CNY"), Check("z", "w", "%", ABOVE_ZERO, "p", "s", missing="wings")),
        lambda lab: {},
    )
    rows = rows_of(fact, [{"x": 0.3, "y": 1.0}], "USD")
    assert [(row["check"], row["verdict"], row["missing"]) for row in rows] == [("x", HOLDS, ""), ("z", NOT_YET, "wings")]


def test_numbers_bands_and_verdicts_in_words():
    assert number("%", 0.2345) == "23.4 %"
    assert number("times", 1.5) == "1.50x"
    assert number("months", 2) == "2 months"
    assert number("number", -1234.5) == "-1,234.5"
    assert band("%", Band(0.2, 0.4)) == "20.0 to 40.0 %"
    assert band("number", Band(0, 0)) == "0"
    assert band("times", Band(1, None, True)) == "above 1.00x"
    assert band("months", Band(None, 3)) == "at most 3 months"
    row = judged(CHECK, Interval(0.45, 0.38, 0.52, "t"))
    assert verdict(row) == "fails by +5.00 pp, not surely"
    assert interval("%", row) == "38.0 to 52.0 %"
    assert verdict(judged(CHECK, Interval(0.3, 0.28, 0.32, "t"))) == "holds"


@pytest.mark.parametrize(("checks", "sure"), [
    ([(HOLDS, True), (NOT_YET, False)], True), ([(HOLDS, True), (HOLDS, False)], False), ([(FAILS, True), (HOLDS, False)], True),
    ([(FAILS, False), (HOLDS, True)], False), ([(NOT_YET, False)], False),
])
def test_a_verdict_is_sure_with_one_sure_failure_or_with_every_hold_sure(checks, sure):
    assert sure_of(checks) is sure


def test_a_verdict_that_more_seeds_could_turn_says_so():
    assert whole({"verdict": FAILS, "sure": False}) == "fails, not surely"
    assert whole({"verdict": HOLDS, "sure": True}) == "holds"
    assert whole({"verdict": NOT_YET, "sure": False}) == "not measurable yet"


def test_a_share_of_the_seeds_has_the_interval_of_a_share():
    check = Check("x", "w", "%", Band(0.0, 0.05), "p", "s", share=True)
    found = estimate(Fact(40, "n", "sign", "s", "h", (check,), lambda lab: {}, lambda seen: {}), [{"x": 0.0}] * 8, check)
    assert (found.estimate, found.low, found.method) == (0.0, 0.0, "at most")
    assert found.high == pytest.approx(1 - 0.05 ** (1 / 8))
    assert not judged(check, found)["sure"]  # eight seeds without a failure do not make sure that fewer than one in twenty fail
