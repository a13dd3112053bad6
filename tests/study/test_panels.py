"""Panels: the right values in both modes, over seeds and policies, in processes; and what is no panel is refused beforehand."""

import json

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import sim
from sim.cli import main
from sim.study import panels
from tests.own_mechanism import GIFT

SMALL = {"borrowers.count": 300, "months": 8, "warm_up_months": 4}
ASKED = ["income", "cash", "days_past_due", "employed", "cash_loan_principal", "instalment_plan_principal", "literacy", "cash_loan_rate"]
SOME = {"panel": ASKED, "panel_every": 3, "panel_borrowers": [7, 3, 250]}


@pytest.fixture(scope="module")
def whole():
    return sim.run("severe_recession", seeds=[4, 9], set=SMALL, panel=ASKED)


def test_one_row_per_seed_month_and_borrower_in_this_order():
    panel = sim.run("severe_recession", seeds=[9, 4], set=SMALL, **SOME).panel
    assert [*panel.columns] == ["seed", "month", "month_index", "borrower_id", *ASKED]
    months = [("2025-12", 0), ("2026-03", 3), ("2026-06", 6), ("2026-08", 8)]  # the opening, every third, and the last
    rows = [(seed, month, k, borrower) for seed in (9, 4) for month, k in months for borrower in (3, 7, 250)]
    assert [*panel[["seed", "month", "month_index", "borrower_id"]].itertuples(index=False, name=None)] == rows


def test_the_last_month_is_what_results_say_of_the_borrowers(whole):
    last = whole.panel[(whole.panel["seed"] == 9) & (whole.panel["month_index"] == 8)].reset_index(drop=True)
    for name in ["borrower_id", *ASKED]:
        np.testing.assert_array_equal(last[name].to_numpy(), whole.borrowers[name].to_numpy(), err_msg=name)


def test_sums_are_those_of_the_monthly_table_and_the_opening_position(whole):
    panel = whole.panel.assign(
        loans=lambda p: p["cash_loan_principal"] + p["instalment_plan_principal"], out=lambda p: ~p["employed"]
    )
    by = panel.groupby(["seed", "month_index"])
    lived = whole.monthly.set_index(["seed", "month_index"])
    np.testing.assert_allclose(by["loans"].sum().loc[lived.index], lived["gross_loans"], atol=1e-6)
    np.testing.assert_allclose(by["out"].mean().loc[lived.index], lived["unemployment_rate_simulated"], atol=1e-12)
    np.testing.assert_allclose(by["loans"].sum().xs(0, level=1), whole.opening.set_index("seed")["gross_loans"], atol=1e-6)
    assert (panel["days_past_due"] > 0).any()


def test_columns_take_no_more_room_than_they_need_and_what_is_told_beforehand(whole):
    kinds = {name: str(kind) for name, kind in whole.panel.dtypes.items()}
    assert kinds["income"] == "float32"
    assert (kinds["employed"], kinds["days_past_due"], kinds["month"]) == ("bool", "int16", "category")
    frame = sim.compare("baseline", ["standard", "strict"], seeds=1, set=SMALL, panel=ASKED).panel
    for panel, policies in ((whole.panel, 0), (frame, 2)):
        asked = panels.attributes(panels.household_columns(), ["cash_loan", "instalment_plan"])
        row = panels.bytes_of_keys([4, 9], range(9), policies) + sum(panels.bytes_of(asked[name]) for name in ASKED)
        kept = panel.memory_usage(index=False, deep=True).sum()
        assert row == pytest.approx(kept / len(panel), rel=0.05)  # the labels of months and policies lie beside the rows


@pytest.mark.parametrize("how", [{"mode": "objects"}, {"threads": 3}, {"workers": 2}])
def test_modes_threads_and_processes_change_nothing(whole, how):
    pd.testing.assert_frame_equal(sim.run("severe_recession", seeds=[4, 9], set=SMALL, panel=ASKED, **how).panel, whole.panel)


def test_a_panel_changes_nothing_of_the_run(whole):
    assert sim.run("severe_recession", seeds=[4, 9], set=SMALL).results_hash() == whole.results_hash()
    assert sim.run("severe_recession", seeds=[4], set=SMALL).panel is None


def test_a_mechanism_of_ones_own_has_its_columns_in_it():
    results = sim.run("baseline", set=SMALL, mechanisms=[GIFT], panel="deserving, cash", panel_every=8)
    last = results.panel[results.panel["month_index"] == 8]
    assert [*last["deserving"]] == [*results.borrowers["deserving"]]
    assert 0.3 < last["deserving"].mean() < 0.7


def test_the_same_borrower_stands_beside_himself_under_another_policy():
    found = sim.compare("severe_recession", ["standard", "strict"], seeds=[4, 9], set=SMALL, panel=ASKED)
    panel = found.panel
    assert [*panel.columns[:2]] == ["policy", "seed"]
    assert [*panel["policy"].cat.categories] == ["standard", "strict"]
    a, b = (panel[panel["policy"] == policy].drop(columns="policy").reset_index(drop=True) for policy in ("standard", "strict"))
    opening = a["month_index"] == 0
    pd.testing.assert_frame_equal(a[opening], b[opening])
    pd.testing.assert_frame_equal(a[["seed", "month", "borrower_id", "employed"]], b[["seed", "month", "borrower_id", "employed"]])
    assert not a["cash_loan_principal"].equals(b["cash_loan_principal"])
    alone = sim.run("severe_recession", "strict", seeds=[4, 9], set=SMALL | {"opening_policy": "standard"}, panel=ASKED).panel
    pd.testing.assert_frame_equal(b, alone)
    assert found.manifest["panel"]["borrowers"] == 300
    shared = sim.compare("severe_recession", ["standard", "strict"], seeds=[4, 9], set=SMALL, panel=ASKED, workers=2)
    pd.testing.assert_frame_equal(shared.panel, panel)


def test_a_share_are_the_first_ones_and_numbers_may_be_numpys():
    for given, borrowers in (("10%", 30), (0.1, 30), (np.float64(1.0), 300), ("0.1%", 1)):
        panel = sim.run("baseline", set=SMALL | {"months": 1}, panel="cash", panel_borrowers=given).panel
        assert sorted({*panel["borrower_id"]}) == [*range(borrowers)]
    for given in (np.array([5, 2], np.uint8), pd.Series([2, 5]), (n for n in (5, 2)), {2, 5}):
        panel = sim.run("baseline", set=SMALL | {"months": 1}, panel="cash", panel_borrowers=given).panel
        assert [*panel["borrower_id"]] == [2, 5, 2, 5]


@pytest.mark.parametrize(("given", "said"), [
    ({"panel": ["employment"]}, ["panel: a borrower has no attribute 'employment'; did you mean 'employed'?"]),
    (
        {"panel": "cash, xyz", "panel_every": 0, "panel_borrowers": [300]},
        [
            "panel: a borrower has no attribute 'xyz'; expected a column of results.borrowers",
            "panel_borrowers: there is no borrower 300; expected 0 to 299",
            "panel_every: 0 is no number of months; expected a whole number from 1",
        ],
    ),
    ({"panel": []}, ["panel: no attribute is asked for"]),
    ({"panel": "cash", "panel_every": 1.5}, ["panel_every: 1.5 is no number of months"]),
    ({"panel": "cash", "panel_every": True}, ["panel_every: true is no number of months"]),
    ({"panel_every": 3, "panel_borrowers": "5%"}, ["panel_every: says how a panel is taken", "panel_borrowers: says how a panel is taken"]),
    *(
        ({"panel": "cash", "panel_borrowers": wrong}, [f"panel_borrowers: {words}"])
        for wrong, words in (
            (500, "500 is no choice of borrowers; expected numbers of borrowers such as range(500), or a share of them such as '10%'"),
            ("10", "'10' is no choice"), ("0%", "'0%' is no choice"), (1.5, "1.5 is no choice"), (True, "true is no choice"),
            ([], "no borrower is asked for"), ([1, 1], "a borrower is asked for twice"), ([-1], "there is no borrower -1"),
            ([True, False], "these are no numbers of borrowers"), (["a"], "these are no numbers of borrowers"),
        )
    ),
])
def test_what_is_no_panel_is_refused_before_anything_is_lived_and_all_of_it_at_once(given, said, monkeypatch):
    monkeypatch.setattr("sim.model.LendingModel.__init__", lambda *_, **__: pytest.fail("a model was made"))
    arms = ["standard", "strict"]
    for study in (lambda: sim.run("baseline", set=SMALL, **given), lambda: sim.compare("baseline", arms, set=SMALL, **given)):
        with pytest.raises(sim.InputError) as refused:
            study()
        lines = str(refused.value).splitlines()
        assert len(lines) == len(said)
        assert all(line.startswith(words) for line, words in zip(lines, said, strict=True)), lines


def test_a_panel_too_large_is_refused_with_its_size_and_what_to_reduce(monkeypatch):
    monkeypatch.setattr("sim.model.LendingModel.__init__", lambda *_, **__: pytest.fail("a model was made"))
    with pytest.raises(sim.InputError) as refused:
        sim.run("baseline", set={"borrowers.count": 2_000_000, "months": 60}, seeds=2, panel="cash, employed")
    assert str(refused.value) == (
        "panel: it would take 3,723 MiB of memory (2 seeds x 61 months x 2,000,000 borrowers x 16 bytes), more than the "
        "1,024 MiB that a panel may; expected at most 27.5 % of it: a share of the borrowers, fewer months, seeds or columns"
    )
    monkeypatch.setattr(panels, "MOST", 0.01)
    with pytest.raises(sim.InputError, match=r"2 policies x 1 seed x 9 months x 300 borrowers x 13 bytes"):
        sim.compare("baseline", ["standard", "strict"], seeds=1, set=SMALL, panel="employed")


def test_a_product_of_one_policy_is_a_column_where_both_share_its_list_and_refused_where_they_do_not():
    phone = {"method": "flat_fee", "need": "purchase", "minimum": 100, "maximum": 2000, "tenor": 6, "monthly_fee": 0.03}
    arms = ["standard", {"title": "phones", "extends": "standard", "products": {"phone": phone | {"offered": True}}}]
    panel = sim.compare("baseline", arms, seeds=1, set=SMALL, panel="phone_principal", panel_every=8).panel
    lent = panel[panel["month_index"] == 8].groupby("policy")["phone_principal"].sum()
    assert lent["standard"] == 0 < lent["phones"]
    with pytest.raises(sim.InputError, match="under standard a borrower has no attribute 'phone_principal'; expected an attribute under"):
        sim.compare("baseline", arms, seeds=1, set=SMALL, own_past=True, panel="phone_principal")


def test_the_command_keeps_it_and_the_manifest_lists_it(tmp_path):
    sets = [word for path, value in SMALL.items() for word in ("--set", f"{path}={value}")]
    out = tmp_path / "out"
    take = ["--panel", "income,cash", "--panel-every", "3", "--panel-share", "10%", "--out", str(out)]
    done = CliRunner().invoke(main, ["run", "baseline", *sets, *take])
    assert done.exit_code == 0, done.output
    kept = pd.read_parquet(out / "panel.parquet")
    made = sim.run("baseline", set=SMALL, panel="income,cash", panel_every=3, panel_borrowers=range(30)).panel
    pd.testing.assert_frame_equal(kept, made)
    manifest = json.loads((out / "manifest.json").read_text())
    assert "panel.parquet" in manifest["files"]
    assert manifest["panel"]["months"] == [0, 3, 6, 8]
    assert manifest["panel"]["columns"][0] == {"name": "income", "unit": "major units", "meaning": "income received this month"}
    compared = tmp_path / "compared"
    more = ["--policy", "standard", "--policy", "strict", "--seeds", "1", *sets, *take[:-1], str(compared)]
    done = CliRunner().invoke(main, ["compare", "baseline", *more])
    assert done.exit_code == 0, done.output
    assert len(pd.read_parquet(compared / "panel.parquet")) == 2 * 4 * 30


@pytest.mark.parametrize(("options", "said"), [
    (["--panel", "cash"], "--panel is kept in the folder of the results: give --out"),
    (["--panel-every", "3"], "--panel-every says how a panel is taken, and none is asked for"),
    (["--panel-share", "10%"], "--panel-share says how a panel is taken, and none is asked for"),
    (["--panel", "cash", "--panel-share", "10", "--out", "x"], "--panel-share '10' is no share of the borrowers; expected one such as 10%"),
    (["--panel", "cosh", "--out", "x"], "panel: a borrower has no attribute 'cosh'; did you mean 'cash'?"),
])
def test_what_the_command_cannot_take_is_exit_2(options, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for command in (["run", "baseline"], ["compare", "baseline", "--policy", "standard", "--policy", "strict"]):
        done = CliRunner().invoke(main, [*command, *options])
        assert done.exit_code == 2
        assert said in " ".join(done.output.replace("│", " ").split())
