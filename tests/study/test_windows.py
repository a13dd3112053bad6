"""The quarters of a back-test: what options mean, and what the files do not cover."""

import numpy as np
import pytest

from sim.economy.tables import Table
from sim.inputs import Month
from sim.study.observed import Observed
from sim.study.windows import Asked, windows_of

TABLE = Table(Month(1989, 2), 12 * 10, {"unemployment_rate": np.zeros(120)})  # to 1999-01
OBSERVED = Observed("x.csv", "", Month(1990, 1), 60, ())  # to 2004 Q4


def windows(from_=None, to=None, fit_to=None, begin=None, start=None):
    faults = []
    found = windows_of(TABLE, OBSERVED, Asked.of(from_, to, fit_to, begin, faults), start, faults)
    return found, [str(f) for f in faults]


def test_left_out_they_are_as_wide_as_both_files_allow():
    w, faults = windows()
    assert not faults
    # the table's first whole quarter is 1989 Q2, and the regression needs six before; its last whole one is 1998 Q4
    assert (w.labels()[0], w.labels()[-1], str(w.begin), w.quarters, w.apart) == ("1990 Q4", "1998 Q4", "1989-02", 33, False)
    assert w.months == 9 * 12 + 11


@pytest.mark.parametrize("first", ["1992", "1992 Q1", "1992Q1", "1992-01"])
@pytest.mark.parametrize("last", ["1996", "1996 q4", "1996-12"])
def test_a_year_a_quarter_or_a_month(first, last):
    w, _ = windows(first, last, fit_to="1994", begin="1990-07")
    assert (w.labels()[0], w.labels()[-1], w.fitted, w.apart, str(w.begin)) == ("1992 Q1", "1996 Q4", 12, True, "1990-07")


def test_the_scenario_s_own_start_unless_another_is_asked_for():
    assert str(windows(start=Month(1990, 3))[0].begin) == "1990-03"
    assert str(windows(start=Month(1990, 3), begin="1990")[0].begin) == "1990-01"


@pytest.mark.parametrize(("options", "said"), [
    ({"from_": "1992-02"}, "from_:1:1: 1992-02 is not the first month of a quarter; expected 1992-01"),
    ({"to": "1992-02"}, "to:1:1: 1992-02 is not the last month of a quarter; expected 1992-03"),
    ({"fit_to": "92"}, "fit_to:1:1: '92' is no quarter; expected a year, a quarter such as '1991 Q1', or a month such as 1991-01"),
    ({"begin": "1992 Q1"}, "begin:1:1: '1992 Q1' is no month; expected a month such as 1989-01, or a year"),
    ({"from_": "1990"}, "from_:1:1: 1990 Q1 cannot be judged"),
    ({"to": "1999"}, "to:1:1: 1999 Q4 cannot be judged"),
    ({"from_": "1995", "to": "1994"}, "to:1:1: 1994 Q4 lies before the first quarter, 1995 Q1; expected a later one"),
    ({"from_": "1995", "fit_to": "1994"}, "fit_to:1:1: 1994 Q4 leaves nothing to fit on or nothing to judge; expected a quarter from "
     "1995 Q1 to 1998 Q3"),
    ({"fit_to": "1998"}, "fit_to:1:1: 1998 Q4 leaves nothing"),
    ({"begin": "1989-01"}, "begin:1:1: the simulation cannot begin in 1989-01; expected a month from 1989-02"),
    ({"from_": "1992", "begin": "1993"}, "begin:1:1: the simulation cannot begin in 1993-01; expected a month from 1989-02, where the "
     "table begins, to 1992-01"),
    ({"start": Month(1999, 1)}, "start:1:1: the simulation cannot begin in 1999-01"),
])
def test_windows_that_the_files_do_not_cover(options, said):
    _, faults = windows(**options)
    assert faults[0].startswith(said)


def test_files_without_a_quarter_in_common():
    faults = []
    late = Observed("x.csv", "", Month(2005, 1), 8, ())
    assert windows_of(TABLE, late, Asked(None, None, None, None), None, faults) is None
    assert "have no quarter in common" in str(faults[0])
