"""Published outcomes: months and quarters, which metric is meant, and every fault at its place."""

import numpy as np
import pytest

from sim.config.shipped import shipped_actuals
from sim.inputs import InputError
from sim.measures.table import MONTHLY
from sim.study.observed import comparable, default_metric, find_actual, read_observed


@pytest.fixture
def read(tmp_path):
    def read(text, units="percent", compare=()):
        path = tmp_path / "actual.csv"
        path.write_text(text, encoding="utf-8")
        return read_observed(path, units, compare, MONTHLY)

    return read


def faults(read, *arguments, **named):
    with pytest.raises(InputError) as caught:
        read(*arguments, **named)
    return [str(fault).partition("actual.csv:")[2] or str(fault) for fault in caught.value.faults]


def test_quarters_with_gaps_signs_and_a_reason(read):
    found = read("quarter,card_net_charge_off_rate,left_out\n1991 Q1,4.5,\n1991 Q2,,\n1991Q3,5%,a strike\n")
    (one,) = found.series
    assert (one.name, one.metric) == ("card_net_charge_off_rate", "net_charge_off_rate_3m")
    np.testing.assert_array_equal(one.values, [0.045, np.nan, 0.05])
    assert (str(found.first), found.quarters, dict(found.left_out)) == ("1991-01", 3, {2: "a strike"})


def test_fractions(read):
    (one,) = read("quarter,npl_ratio\n1991 Q1,0.045\n", units="fraction").series
    assert one.values[0] == 0.045


def test_months_become_whole_quarters_as_the_metric_s_months_do(read):
    rows = [f"2001-{m:02d},{m},{m}" for m in range(2, 12)]  # February to November: two whole quarters
    found = read("\n".join(["month,net_charge_off_rate,delinquency_30_plus,left_out", *(r + ("," if m != 5 else ",odd")
                            for m, r in enumerate(rows))]))
    assert (str(found.first), found.quarters) == ("2001-04", 2)
    rate, stock = found.series
    np.testing.assert_allclose(rate.values, [0.05, 0.08])  # means of April to June and of July to September
    np.testing.assert_allclose(stock.values, [0.06, 0.09])  # June, September
    assert dict(found.left_out) == {1: "odd"}  # July


def test_the_longest_metric_that_a_name_ends_in_is_meant():
    known = comparable(MONTHLY)
    assert default_metric("card_net_charge_off_rate_3m", known) == "net_charge_off_rate_3m"
    assert default_metric("trigger_reading", known) == "trigger_reading"
    assert default_metric("my_npl_ratio", known) == "npl_ratio"
    assert default_metric("mynpl_ratio", known) is None
    assert "gross_loans" not in known


def test_only_the_series_asked_for_beside_the_metric_asked_for(read):
    text = "quarter,a,npl_ratio,b\n1991 Q1,1,2,3\n"
    found = read(text, compare=["b=delinquency_30_plus", "npl_ratio"])
    assert [(one.name, one.metric) for one in found.series] == [("npl_ratio", "npl_ratio"), ("b", "delinquency_30_plus")]


def test_all_faults_of_a_file_at_once_each_at_its_place(read):
    found = faults(read, (
        "quarter,card_charge_off_rate,Bad Name,npl_ratio,npl_ratio,\n"
        "1991 Q1,4,1,abc,1,\n"
        "1991 Q3,4,1,5000,1,\n"
        "soon,4,1,2,1,,7\n"
    ))
    assert found == [
        "3:1: quarter: 1991 Q3 does not follow the row above; expected 1991 Q2",
        "4:1: quarter: 'soon' is no date; expected a quarter such as 2021 Q1",
        "1:30: Bad Name: a series has no such name; expected a lower-case letter, then letters, digits and underscores",
        "1:49: npl_ratio: the column comes twice; expected each series once",
        "1:59: the column has no name; expected a lower-case letter, then letters, digits and underscores",
        "1:9: card_charge_off_rate: no metric has this name; expected a name that ends in a metric, or "
        "--compare card_charge_off_rate=METRIC; did you mean 'card_net_charge_off_rate'?",
        "3:13: npl_ratio: 5000% in 1991 Q3 is out of range; expected -100% to 1000%; percent or fraction is what --units says of plain "
        "numbers",
        "2:13: npl_ratio: 'abc' is no number; expected a plain number such as 5.2, or 5.2%, or nothing",
        "4:15: the row has 7 cells; expected 6 as in the header",
    ]


@pytest.mark.parametrize(("text", "said"), [
    ("date,npl_ratio\n1991 Q1,1\n", "1:1: date: the header is of no known form"),
    ("quarter\n1991 Q1\n", "1:1: the file has no series beside its dates"),
    ("quarter,npl_ratio\n", "1:1: quarter: the table has a header and no rows"),
    ("quarter,npl_ratio\n1991 Q1,\n", "1:9: npl_ratio: the series is empty"),
    ("month,npl_ratio\n1991-02,1\n1991-03,2\n", "1:1: the file covers no whole quarter"),
    ("quarter,npl_ratio\n1991 Q1,0.045\n", "1:9: npl_ratio: plain numbers up to 0.045 have two readings; expected --units fraction "
     "(that is 4.5%), or a % sign in the cells"),
    ("", "1:1: the table is empty"),
])
def test_files_that_say_nothing(read, text, said):
    assert faults(read, text)[0].startswith(said)


@pytest.mark.parametrize(("compare", "said"), [
    ("nlp_ratio", "compare:1:1: nlp_ratio: there is no such series; expected one of npl_ratio; did you mean 'npl_ratio'?"),
    ("npl_ratio=gross_loans", "compare:1:1: npl_ratio: gross_loans is no rate"),
    ("npl_ratio=delinquency_30", "compare:1:1: npl_ratio: there is no metric 'delinquency_30'"),
    ("npl_ratio=", "compare:1:1: 'npl_ratio=' names no series; expected SERIES or SERIES=METRIC"),
])
def test_series_and_metrics_that_there_are_not(read, compare, said):
    assert faults(read, "quarter,npl_ratio\n1991 Q1,1\n", compare=[compare])[0].startswith(said)


def test_a_series_named_twice_and_a_file_that_there_is_not(read, tmp_path):
    assert "the series is named twice" in faults(read, "quarter,npl_ratio\n1991 Q1,1\n", compare=["npl_ratio", "npl_ratio"])[0]
    (tmp_path / "losses.csv").write_text("x", encoding="utf-8")
    with pytest.raises(InputError, match=r"there is no file .*did you mean '.*losses\.csv'"):
        find_actual(tmp_path / "loses.csv")
    with pytest.raises(InputError, match="did you mean 'us_consumer_credit_to_2006'"):
        find_actual("us_consumer_credit")


def test_shipped_outcomes_are_as_published_and_end_in_2006():
    path = shipped_actuals()["us_consumer_credit_to_2006"]
    found = read_observed(find_actual("us_consumer_credit_to_2006"), "percent", (), MONTHLY)
    assert (str(found.first), found.quarters) == ("1985-01", 88)
    card, late, other = found.series
    assert [one.metric for one in found.series] == ["net_charge_off_rate_3m", "delinquency_30_plus", "net_charge_off_rate_3m"]
    assert (card.values[0], card.values[83], card.values[84], card.values[87]) == (0.019, 0.0607, 0.0318, 0.0369)
    assert np.isnan(late.values[:24]).all()
    assert (late.values[24], other.values[0]) == (0.0526, 0.0051)
    assert [*found.left_out] == [83, 84]
    assert "public domain" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(("cells", "told"), [
    (("5.2%", "50bp", "60bp", "70bp"), ["'50bp' is no number, like 2 more cells of this column; expected {}; write 0.5%"]),
    (("5.2", "4.1 percent", "3", "$4"), ["'4.1 percent' is no number; expected {}; write 4.1%",
                                         "'$4' is no number; expected {}; write 4, in the profile's currency"]),
    (("5.2", ".", "n/a", "."), ["'.' is no number, like 2 more cells of this column; expected {}; leave the cell empty"]),
    (("x", "y", "z", "w"), ["'x' is no number, like 3 more cells of this column; expected {}"]),
])
def test_a_cell_in_another_form_is_answered_with_what_to_write_once_for_all_alike(cells, told, read):
    lines = "".join(f"199{k} Q1,{cell}\n" for k, cell in enumerate(cells))
    found = [text for text in faults(read, f"quarter,npl_ratio\n{lines}") if "npl_ratio" in text]
    expected = "a plain number such as 5.2, or 5.2%, or nothing"
    assert [text.partition("npl_ratio: ")[2] for text in found] == [text.format(expected) for text in told]
