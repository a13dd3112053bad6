"""The page and the printed tables of a calibration hold what the frames hold, in words that can be read."""

import re

import pytest

import sim
from sim.report.calibration import PARAMETER_HEAD, direction_rows, figure, fit_rows, miss, parameter_rows, use
from sim.study.calibration.trials import LOST

CALIBRATION = {
    "title": "Two numbers <and> no more", "scenario": "baseline", "method": "local", "polish": 1,
    "parameters": {"profile.attention.forgetting": {"start": "15%"}, "profile.trust.rumour": {"from": 0, "to": "30%"}},
    "moments": [
        {"metric": "missed_forgot", "target": 2, "tolerance": 1, "source": "a <source>"},
        {"metric": "day1_delinquency", "target": "9%", "tolerance": "1pp", "source": "another"},
        {"metric": "gross_loans", "target": 1_500_000, "tolerance": 100_000, "source": "a third"},
    ],
}


@pytest.fixture(scope="module")
def result():
    return sim.calibrate(CALIBRATION, seeds=2, set={"borrowers.count": 400, "warm_up_months": 2, "months": 4}, workers=1)


@pytest.fixture(scope="module")
def page(result, tmp_path_factory):
    return result.report(tmp_path_factory.mktemp("page") / "report.html").read_text(encoding="utf-8")


def test_every_moment_parameter_and_sentence_stands_on_the_page(result, page):
    for cells in (*fit_rows(result), *parameter_rows(result)):
        assert f'<th scope="row">{cells[0]}</th>' in page
        assert all(f">{cell}</td>" in page for cell in cells[1:])
    for sentence in result.sentences:
        assert sentence.replace("'", "&#39;") in page
    assert "<dd>a &lt;source&gt;</dd>" in page
    assert "<h1>Calibration: Two numbers &lt;and&gt; no more</h1>" in page


def test_it_is_whole_without_a_network_and_its_ids_are_its_own(page):
    assert "http" not in page.replace("http://www.w3.org", "")
    ids = re.findall(r' id="([^"]*)"', page)
    assert len(ids) == len(set(ids))
    assert page.count("<svg") == 2


def test_figures_carry_their_unit(result):
    moments = {row[0]: row for row in fit_rows(result)}
    assert moments["day1_delinquency, month 4"][1:3] == ["9 %", "1 %"]
    assert moments["gross_loans, month 4"][1:3] == ["1,500,000", "100,000"]
    assert figure(float("nan"), "ratio") == "–"
    assert (miss(1.234), miss(LOST)) == ("+1.23", "no number")


def test_what_is_not_identified_has_no_error_and_no_interval(result):
    rows = {row[0]: dict(zip(PARAMETER_HEAD, row, strict=True)) for row in parameter_rows(result)}
    dead = rows["profile.trust.rumour"]
    assert (dead["standard error"], dead["95 % interval"], dead[""]) == ("–", "–", "not identified")
    assert dead["present"] == dead["fitted"]
    assert direction_rows(result)[-1] == ["+1.00 profile.trust.rumour", "0", "–", "–", "not determined"]


def test_the_command_to_run_with_the_numbers_names_the_folder(result):
    assert use(result, "runs/x") == "lendsim run baseline --set borrowers.profile=runs/x/calibrated_profile.yaml --set warm_up_months=2"


def test_the_moments_before_and_after_are_a_picture(result):
    axes = result.plot().axes[0]
    assert [text.get_text() for text in axes.get_yticklabels()][::-1] == [name.replace("_", " ") for name in result.fit["moment"]]
    after = axes.lines[-1].get_xdata()
    assert list(after[::-1]) == result.fit["miss"].tolist()
