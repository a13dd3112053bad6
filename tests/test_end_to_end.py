"""The real command: what a user types, and what must come out. One of each kind runs in a process of its own."""

import json
import os
import subprocess
import sys

import pandas as pd
import pytest

from sim.study.results import verify
from tests.command import ROOT, lendsim, process

SMALL = ("--set", "borrowers.count=2_000", "--set", "months=24", "--set", "warm_up_months=6")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "severe"
    done = process("run", "severe_recession", "--policy", "lenient", *SMALL, "--seeds", 2, "--out", out)
    assert done.returncode == 0, done.stderr
    assert "Peak net charge-off rate" in done.stdout
    assert done.stderr == ""
    return out


def test_run_folder_is_complete(folder):
    names = {p.name for p in folder.iterdir()}
    assert names == {
        "manifest.json", "monthly.csv", "monthly.parquet", "vintages.csv", "transitions.csv", "events.csv", "opening.csv", "figures",
        "report.html",
    }
    assert len(list((folder / "figures").glob("*.svg"))) == 5
    monthly = pd.read_csv(folder / "monthly.csv")
    assert len(monthly) == 2 * 24
    assert pd.read_parquet(folder / "monthly.parquet").shape == monthly.shape
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "Severe recession" in page
    assert "http" not in page.replace("http://www.w3.org", "")


@pytest.fixture
def no_pictures(monkeypatch):
    """A run's folder without its figures and page, most of the time that it takes; the fixture `folder` has them."""
    monkeypatch.setattr("sim.report.figures.save_figures", lambda results, folder: None)
    monkeypatch.setattr("sim.report.page.write_page", lambda results, path, manifest: None)
    monkeypatch.setattr("sim.report.comparison_page.write_comparison_page", lambda comparison, path: None)


@pytest.mark.usefixtures("no_pictures")
def test_same_command_same_hash_in_another_process_and_threads_change_nothing(folder, tmp_path):
    stated = json.loads((folder / "manifest.json").read_text())["results_hash"]
    for k, extra in enumerate((("--threads", 1), ("--threads", 2))):
        out = tmp_path / str(k)
        done = lendsim("run", "severe_recession", "--policy", "lenient", *SMALL, "--seeds", 2, *extra, "--out", out)
        assert done.returncode == 0, done.stderr
        assert json.loads((out / "manifest.json").read_text())["results_hash"] == stated


def test_changing_one_cell_of_any_table_changes_the_hash(folder, tmp_path):
    assert verify(folder)
    for table in ("monthly", "vintages", "transitions", "events"):
        file = folder / f"{table}.csv"
        text = file.read_text()
        lines = text.splitlines()
        lines[-1] = lines[-1][:-1] + ("1" if lines[-1][-1] != "1" else "2")
        file.write_text("\n".join(lines) + "\n")
        assert not verify(folder), table
        file.write_text(text)
    assert verify(folder)


@pytest.mark.usefixtures("no_pictures")
def test_objects_mode_gives_the_same_results(tmp_path):
    hashes = set()
    tiny = ("--set", "borrowers.count=500", "--set", "months=8", "--set", "warm_up_months=2")
    for mode in ("columns", "objects"):
        out = tmp_path / mode
        done = lendsim("run", "mild_recession", *tiny, "--mode", mode, "--out", out)
        assert done.returncode == 0, done.stderr
        hashes.add(json.loads((out / "manifest.json").read_text())["results_hash"])
    assert len(hashes) == 1


def test_wrong_input_is_listed_at_once_and_exits_2(tmp_path):
    file = tmp_path / "wrong.yaml"
    file.write_text("title: Wrong\nextends: baseline\nmonths: 6o\nborrowers: {cuont: 5}\neconomy: {inflation: 5}\n")
    done = process("check", file)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    for line, word in ((3, "months"), (4, "did you mean 'count'"), (5, "two readings")):
        assert any(f":{line}:" in row and word in row for row in done.stderr.splitlines()), (line, word)


def test_unknown_scenario_offers_the_nearest_name():
    done = lendsim("run", "sever_recession")
    assert done.returncode == 2
    assert "did you mean 'severe_recession'" in done.stderr


def test_compare_prints_paired_intervals(tmp_path):
    out = tmp_path / "cmp"
    done = lendsim("compare", "severe_recession", "--policy", "standard", "--policy", "lenient", "--seeds", 3, *SMALL, "--out", out)
    assert done.returncode == 0, done.stderr
    table = pd.read_csv(out / "comparison.csv")
    assert {"metric", "horizon", "baseline", "alternative", "diff", "ci_low", "ci_high", "seeds", "variance_reduction"} <= set(table)
    assert (table["seeds"] == 3).all()
    assert len(pd.read_parquet(out / "counterfactual.parquet")) > 0


def test_trace_tells_a_borrower_and_two_policies_side_by_side():
    done = lendsim("trace", "severe_recession", "--borrower", 17, "--policy", "standard", "--policy", "lenient", *SMALL)
    assert done.returncode == 0, done.stderr
    assert "Borrower 17" in done.stdout
    assert "2026-01" in done.stdout


def test_the_list_names_experiments_and_their_names_work():
    assert "lenient_vs_strict" in lendsim("list").stdout
    assert lendsim("check", "lenient_vs_strict").returncode == 0
    refused = lendsim("run", "lenient_vs_strict")
    assert refused.returncode == 2
    assert "lendsim compare lenient_vs_strict" in refused.stderr
    typo = lendsim("compare", "lenient_vs_strct")
    assert typo.returncode == 2
    assert "did you mean the experiment 'lenient_vs_strict'" in typo.stderr


@pytest.mark.parametrize("command", [("list",), ("schema", "policy"), ("--help",), ("run", "--help")])
def test_small_commands(command):
    done = process(*command)
    assert done.returncode == 0, done.stderr
    assert done.stdout


@pytest.mark.usefixtures("no_pictures")
def test_the_shipped_experiment_runs(tmp_path):
    out = tmp_path / "cmp"
    done = lendsim("compare", "experiments/lenient_vs_strict.yaml", "--seeds", 2, *SMALL, "--out", out)
    assert done.returncode == 0, done.stderr
    table = pd.read_csv(out / "comparison.csv")
    assert set(table["baseline_policy"]) == {"strict"}
    assert set(table["alternative_policy"]) == {"lenient"}


def test_a_faulty_experiment_is_refused_at_its_place(tmp_path):
    file = tmp_path / "experiment.yaml"
    file.write_text("scenario: baseline\npolicies: [standard]\nseads: 3\n")
    done = lendsim("compare", file)
    assert done.returncode == 2
    assert ":2:" in done.stderr
    assert "did you mean 'seeds'" in done.stderr


def test_the_teaching_script_runs():
    done = subprocess.run(
        [sys.executable, "experiments/follow_one_borrower.py", "--fast"], cwd=ROOT, capture_output=True, text=True, timeout=300,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr
    assert "As it was" in done.stdout
    assert "Without any reminder" in done.stdout


@pytest.mark.usefixtures("no_pictures")
def test_the_federal_reserve_table_works_as_published(tmp_path):
    table = ROOT.parent / "shared" / "data" / "fed" / "2020sept_supervisory_severely_adverse_domestic.csv"
    if not table.exists():
        pytest.skip("the published tables lie outside the repository")
    out = tmp_path / "fed"
    small = ("--set", "borrowers.count=2_000", "--set", "warm_up_months=6")
    done = lendsim("run", "fed_2021_severely_adverse", "--set", f"economy.table={table}", *small, "--out", out)
    assert done.returncode == 0, done.stderr
    monthly = pd.read_csv(out / "monthly.csv")
    assert monthly["month"].iloc[0] == "2020-07"
    assert monthly["unemployment_rate"].iloc[:3].mean() == pytest.approx(0.095, abs=0.002)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("run", "experiments/lenient_vs_strict.yaml"), "lendsim compare experiments/lenient_vs_strict.yaml"),
        (("run", "baseline", "--out", "README.md"), "is a file, not a folder"),
        (("compare", "baseline", "--policy", "strict", "--policy", "lenient", "--out", "sim"), "holds no results of this program"),
        (("trace", "baseline", "--borrower", 99_999_999), "the scenario has 20000"),
    ],
)
def test_a_wrong_command_says_what_to_do_and_exits_with_2(command, words):
    done = lendsim(*command)
    assert done.returncode == 2
    assert words in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def test_check_reads_experiments_and_what_they_refer_to(tmp_path):
    assert lendsim("check", "experiments/lenient_vs_strict.yaml").returncode == 0
    broken = tmp_path / "broken.yaml"
    broken.write_text("scenario: severe_recession\npolicies: [strict, leniant]\nset: ['borrowers.count=-3']\n", encoding="utf-8")
    done = lendsim("check", broken)
    assert done.returncode == 2
    assert "lenient" in done.stderr
    assert done.stderr.count("borrowers.count") == 1


def test_trace_of_one_borrower_adds_up(tmp_path):
    from sim.study.trace import trace_borrower

    for borrower in (1, 17, 40):
        story = trace_borrower("severe_recession", None, borrower, {"borrowers.count": 200, "months": 24})
        for earlier, month in zip(story.months, story.months[1:], strict=False):
            accounts = month["accounts"].values()
            ours = sum(a["paid"] + a["recovered"] - a["payout"] for a in accounts)
            assert month["cash"] == pytest.approx(earlier["cash"] + month["income"] - ours - month["spent"], abs=0.01)
            # nobody spends less than nothing but by borrowing elsewhere to repay us early
            assert month["spent"] >= -0.01 or any("repaid" in a["news"] for a in accounts)


def test_trace_says_when_the_lender_failed():
    done = lendsim(
        "trace", "baseline", "--borrower", 3, *SMALL, "--set", "policy.funding.warehouse.delinquency_trigger=0.5%",
        "--set", "policy.funding.warehouse.term_out_months=3",
    )
    assert "the lender is illiquid and lends nothing more" in done.stdout
