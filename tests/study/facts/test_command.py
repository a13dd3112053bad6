"""The examination from end to end: the quick selection runs, its numbers are finite and its verdicts those of its bands; refusals."""

import json
import re
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import sim
from sim.cli import main
from sim.study.facts.declare import FAILS, HOLDS, NOT_YET, VERDICTS, Band, UnfitError
from sim.study.facts.judge import NoSuchFactError
from sim.study.facts.lab import Lab, Setting, stress
from sim.study.facts.page import PAGE, tables
from sim.study.facts.short_book import priced_by_risk
from sim.study.facts.table import FACTS

SMALL = ["--set", "borrowers.count=1_500", "--set", "months=30", "--set", "warm_up_months=6"]


def invoke(*arguments):
    return CliRunner().invoke(main, ["facts", *map(str, arguments)])


@pytest.fixture(scope="module")
def findings():
    return sim.facts(seeds=2, workers=1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("facts") / "out"
    done = invoke(*SMALL, "--fact", 6, "--fact", 25, "--fact", 30, "--seeds", 2, "--out", out)
    assert done.exit_code == 0, done.output
    return out, done.output


def test_the_quick_selection_measures_every_one_of_its_checks(findings):
    assert [*findings.verdicts["fact"]] == [fact.number for fact in FACTS if fact.quick]
    measured = findings.table[findings.table["verdict"] != NOT_YET]
    assert np.isfinite(measured["measured"]).all()
    assert measured["verdict"].isin([HOLDS, FAILS]).all()
    assert (measured["ci_low"].isna() | (measured["ci_low"] <= measured["measured"])).all()


def test_verdicts_are_those_of_the_bands(findings):
    for row in findings.table.to_dict("records"):
        low, high = (None if np.isnan(row[name]) else row[name] for name in ("band_low", "band_high"))
        band = Band(low, high, row["strict"])
        assert (row["verdict"] == HOLDS) == band.holds(row["measured"])
        assert row["distance"] == band.distance(row["measured"])
    for row in findings.verdicts.to_dict("records"):
        part = findings.table[findings.table["fact"] == row["fact"]]["verdict"]
        assert (row["verdict"] == FAILS) == (part == FAILS).any()


def test_what_the_books_must_hold_holds(findings):
    assert findings.verdicts.set_index("fact").loc[30, "verdict"] == HOLDS


def test_the_table_is_made_of_the_seeds_numbers(findings):
    one = findings.seeds.query("fact == 12 and number == 'early'")["value"]
    assert len(one) == 2
    assert findings.table.query("fact == 12 and check == 'early'")["measured"].iloc[0] == pytest.approx(one.mean())


def test_a_second_examination_finds_the_same(findings):
    again = sim.facts(numbers=[13], seeds=2, workers=2)
    pd.testing.assert_frame_equal(again.table, findings.table[findings.table["fact"] == 13].reset_index(drop=True))


def test_the_folder_holds_tables_page_and_what_was_examined(folder):
    out, said = folder
    assert {p.name for p in out.iterdir()} == {"facts.csv", "verdicts.csv", "seeds.csv", "report.html", "manifest.json"}
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["kind"], manifest["borrowers"], manifest["seeds"]) == ("facts", 1500, [1, 2])
    assert sum(manifest["verdicts"].values()) == 3
    assert pd.read_csv(out / "verdicts.csv").set_index("fact").loc[25, "verdict"] == NOT_YET
    assert "not measurable yet: acquaintances" in " ".join(said.split())
    assert "Of 3 facts," in said


def test_the_page_is_whole_without_a_network_and_scrolls_its_tables(folder):
    page = (folder[0] / "report.html").read_text(encoding="utf-8")
    assert "http" not in page
    assert page.count("<table") == page.count('<div class="wide" tabindex="0" role="region" aria-label="table"><table')
    ids = re.findall(r'id="([^"]+)"', page)
    assert sorted(ids) == ["fact-25", "fact-30", "fact-6"]
    assert {*re.findall(r'href="#([^"]+)"', page)} == {*ids}
    for fact in FACTS:
        assert (fact.sentence in page.replace("&#39;", "'")) == (fact.number in (6, 25, 30))


def test_another_examination_takes_the_place_of_the_first_and_no_run_does(folder):
    out, _ = folder
    assert invoke(*SMALL, "--fact", 30, "--seeds", 1, "--out", out).exit_code == 0
    refused = CliRunner().invoke(main, ["run", "baseline", *SMALL, "--out", str(out)])
    assert refused.exit_code == 2
    assert "holds the results of a facts" in refused.output


def test_one_seed_says_so_and_is_never_sure():
    found = sim.facts(numbers=[30], seeds=1, set={"borrowers.count": 400, "months": 20, "warm_up_months": 2})
    assert set(found.table["interval"]) == {"one seed"}
    assert not found.table["sure"].any()


@pytest.mark.parametrize(("arguments", "words"), [
    (("--fact", 31), "there is no fact 31; they are numbered 1 to 30"), (("--fact", 0), "0 is not in the range"),
    (("--scenario", "severe_recession"), "severe_recession.yaml:7:3: shocks: 'Severe recession' has shocks of its own"),
    (("--scenario", "fed_2019_baseline"), "takes its economy from a table"), (("--scenario", "golden_ledger"), "is a scripted loan"),
    (("--policy", "strikt"), "strict"), (("--profile", "us_instalmant"), "us_instalment"), (("--seeds", 0), "0 is not in the range"),
    (("--set", "borrowers.cuont=3"), "did you mean 'count'?"), (("--full", "--seeds", 1, "--seeds", 2), "--seeds is given twice"),
])
def test_what_is_wrong_is_said_in_words_with_exit_2(arguments, words):
    done = invoke(*arguments)
    assert done.exit_code == 2
    assert words in done.output
    assert "Traceback" not in done.output


def test_python_refuses_an_unknown_fact_too():
    with pytest.raises(NoSuchFactError, match="there is no fact 99"):
        sim.facts(numbers=[99])


def test_shocks_are_moved_scaled_and_spared():
    setting = Setting("baseline", None, (("start", "2030-03"),))
    whole, half = (stress("severe_recession", setting.start, size, ("policy_rate",)) for size in (1.0, 0.5))
    assert [shock["variable"] for shock in whole] == ["unemployment_rate", "real_income_growth", "outside_credit"]
    assert whole[0]["start"] == "2030-09"
    assert (whole[0]["by"], half[0]["by"]) == (0.055, 0.0275)


def test_a_life_is_lived_once_and_another_luck_is_another_life():
    lab = Lab(Setting("baseline", None, (("borrowers.count", 300), ("months", 3), ("warm_up_months", 1))), 1)
    first = lab.run(("mechanisms.fraud", 0.0))
    assert lab.run(("mechanisms.fraud", 0.0)) is first
    assert lab.run(("mechanisms.fraud", 0.0), own_past=True) is not first
    assert lab.run(("mechanisms.fraud", 0.0), luck=1).monthly["seed"].iloc[0] == 1_000_004
    assert lab.calm().people.months == 3
    assert lab.run() is lab.calm()


def test_the_policy_that_a_fact_changes_takes_over_in_month_1_of_one_past():
    lab = Lab(Setting("baseline", "strict", (("borrowers.count", 300), ("months", 3), ("warm_up_months", 3))), 1)
    calm, gentle = lab.run(), lab.run(("policy.underwriting.cut_off", 500))
    pd.testing.assert_frame_equal(calm.results.opening, gentle.results.opening)
    assert calm.results.resolved.past() == "The opening book was built under Strict policy."
    assert "Strict policy; Strict policy took over in month 1" in gentle.results.resolved.past()


def test_the_committed_page_is_the_one_that_would_be_written():
    from sim.measures.page import renewed

    page = PAGE.read_text(encoding="utf-8")
    assert renewed(page, tables()) == page
    for fact in FACTS:
        assert f"### {fact.number}. {fact.name}\n" in page


def test_every_verdict_has_its_place_in_the_manifest(findings):
    assert [*findings.manifest["verdicts"]] == [*VERDICTS]
    assert "stylised facts" in repr(findings)


def test_a_fact_whose_lives_the_setting_cannot_have_says_why():
    small = {"borrowers.count": 300, "months": 4, "warm_up_months": 1}
    found = sim.facts(numbers=[3], seeds=1, set={**small, "economy.unemployment_rate": 0.01})  # history falls 1.3 points
    assert set(found.table["verdict"]) == {NOT_YET}
    assert found.table["missing"].str.contains("unemployment_rate").all()
    assert found.verdicts["verdict"].iloc[0] == NOT_YET


def test_a_policy_without_a_product_priced_by_risk_has_no_short_book():
    policy = SimpleNamespace(products={"plan": SimpleNamespace(method="flat_fee")})
    with pytest.raises(UnfitError, match="a product with equal instalments priced by risk, which the policy has not"):
        priced_by_risk(SimpleNamespace(setting=SimpleNamespace(calm=SimpleNamespace(policy=policy))))
