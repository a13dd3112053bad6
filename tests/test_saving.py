"""A run continued from any month is bit for bit the run that was never interrupted: in both modes, in another process, with
rules and mechanisms of one's own; a branch leaves its trunk alone; what is no saved run is refused in a sentence."""

import pickle
import subprocess
import sys
from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest

import sim
from sim.config.faults import InputError
from sim.model import MonthOrderError
from sim.saving import SavedRunError
from sim.study.results import final_columns_digest
from tests.own_mechanism import GIFT

SMALL = ["borrowers.count=900", "months=14", "warm_up_months=4"]
CASES = [
    ("severe_recession", "columns"), ("recession_with_squeeze", "objects"), ("golden_ledger", "columns"),
    ("fed_2021_severely_adverse", "columns"),
]


def outcome(model):
    """Everything that a run leaves."""
    books = model.books
    journal = [str(entry) for entry in books.ledger.journal]
    left = (model.rows, model.state.transitions, books.events, books.ledger.balance, journal, model.state.past, final_columns_digest(model))
    return deepcopy(left)


def started(scenario, mode="columns", **more):
    return sim.LendingModel(scenario, set=[] if scenario == "golden_ledger" else SMALL, mode=mode, **more)


def to(model, month):
    while model.month < month:
        model.step()
    return model


@pytest.mark.parametrize(("scenario", "mode"), CASES)
def test_saved_and_loaded_at_any_month_it_goes_on_as_if_nothing_had_happened(scenario, mode, tmp_path):
    whole = started(scenario, mode)
    whole.run_model()
    for month in (0, 5):
        file = to(started(scenario, mode), month).save(tmp_path / f"at_{month}.run")
        again = sim.LendingModel.load(file)
        assert again.month == month
        again.run_model()
        assert outcome(again) == outcome(whole)
        assert {k: v.tolist() for s in range(again.engine.slots) for k, v in again.engine.vintages(s).items()} == {
            k: v.tolist() for s in range(whole.engine.slots) for k, v in whole.engine.vintages(s).items()
        }


def test_another_process_and_another_mode_go_on_from_the_file(tmp_path):
    file = to(started("severe_recession"), 6).save(tmp_path / "half.run")
    script = (
        f"import sim; from sim.study.results import final_columns_digest as d; m = sim.LendingModel.load({str(file)!r}, mode='objects');"
        "m.run_model(); print(d(m), m.rows[-1]['cash'])"
    )
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    whole = started("severe_recession")
    whole.run_model()
    assert out == [final_columns_digest(whole), str(whole.rows[-1]["cash"])]


def test_a_run_with_ones_own_mechanism_and_rule_is_continued_with_them_and_with_nothing_else(tmp_path):
    def brave(lasting, trust, trust_effect, access, missed, arrears_effect, push, noise):
        return lasting + push + noise

    own = {"rules": {"willingness": brave}, "mechanisms": [GIFT]}
    whole = started("severe_recession", **own)
    whole.run_model()
    file = to(started("severe_recession", **own), 7).save(tmp_path / "own.run")
    again = sim.LendingModel.load(file, **own)
    again.run_model()
    assert outcome(again) == outcome(whole)
    with pytest.raises(SavedRunError, match=r"other rules or mechanisms.*mechanism gift: missing; rule willingness: missing"):
        sim.LendingModel.load(file)
    for changed in (
        {**own, "rules": {"willingness": lambda lasting, trust, trust_effect, access, missed, arrears_effect, push, noise: noise}},
        {**own, "mechanisms": [replace(GIFT, events=tuple(reversed(GIFT.events)))]},
        {**own, "mechanisms": [replace(GIFT, numbers=lambda _: {"gift.more": 1.0})]},
        {**own, "mechanisms": [replace(GIFT, metrics=())]},
    ):
        with pytest.raises(SavedRunError, match="changed since"):
            sim.LendingModel.load(file, **changed)


def test_an_option_that_there_is_not_is_refused_and_no_month_follows_the_last(tmp_path):
    model = to(started("severe_recession"), 1)
    file = model.save(tmp_path / "a.run")
    for wrong in (lambda: model.branch("strict", thread=3), lambda: sim.LendingModel.load(file, thread=3)):
        with pytest.raises(TypeError, match="unknown option 'thread'"):
            wrong()
    for wrong in (lambda: model.branch("strict", mode="zz"), lambda: sim.LendingModel.load(file, mode="zz")):
        with pytest.raises(ValueError, match="mode is 'columns' or 'objects', not 'zz'"):
            wrong()
    model.run_model()
    with pytest.raises(MonthOrderError, match="the scenario ends with month 14"):
        model.step()


def test_a_branch_under_the_same_policy_is_the_run_itself_and_the_trunk_is_left_alone():
    trunk = to(started("severe_recession"), 4)
    before = outcome(trunk)
    branch = trunk.branch()
    branch.run_model()
    assert outcome(trunk) == before
    trunk.run_model()
    assert outcome(branch) == outcome(trunk)


def test_a_branch_under_another_policy_shares_the_past_and_nothing_after_it():
    trunk = to(started("severe_recession"), 4)
    strict = trunk.branch("strict")
    strict.step()
    assert (strict.policy.title, trunk.policy.title) == ("Strict policy", "Standard policy")
    strict.run_model()
    trunk.run_model()
    assert strict.rows[:4] == trunk.rows[:4]
    assert strict.state.opening_row == trunk.state.opening_row
    assert sum(r["approvals"] for r in strict.rows[4:]) < sum(r["approvals"] for r in trunk.rows[4:])
    np.testing.assert_array_equal(strict.population.household.employed, trunk.population.household.employed)


def test_the_policy_of_a_branch_is_checked_against_the_borrowers_and_overridden_as_everywhere():
    trunk = to(started("severe_recession"), 1)
    product = next(iter(trunk.policy.products))
    with pytest.raises(InputError, match="'nope' is no need of the profile"):
        trunk.branch("standard", set={f"policy.products.{product}.need": "nope"})
    for prefix in ("policy.", ""):
        branch = trunk.branch("standard", set={f"{prefix}collections.reminder_coverage": 0.25})
        assert branch.policy.collections.reminder_coverage == 0.9  # until the month is over, as in the trunk
        branch.step()
        assert branch.policy.collections.reminder_coverage == 0.25


def test_what_is_no_saved_run_is_refused_in_a_sentence(tmp_path):
    (tmp_path / "text").write_text("hello")
    whole = to(started("severe_recession"), 1).save(tmp_path / "run").read_bytes()
    (tmp_path / "half").write_bytes(whole[: len(whole) // 2])
    for name in ("text", "half"):
        with pytest.raises(SavedRunError, match="is no saved run, or is damaged"):
            sim.LendingModel.load(tmp_path / name)
    with pytest.raises(SavedRunError, match="there is no such file"):
        sim.LendingModel.load(tmp_path / "missing")
    with pytest.raises(TypeError, match="unknown option 'thread'"):
        sim.LendingModel.load(tmp_path / "run", thread=2)


def test_a_crash_while_writing_leaves_the_old_file(tmp_path, monkeypatch):
    model = to(started("severe_recession"), 1)
    file = model.save(tmp_path / "run")
    old = file.read_bytes()
    monkeypatch.setattr(np, "savez", lambda *a, **k: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        to(model, 2).save(file)
    assert file.read_bytes() == old
    assert [p.name for p in tmp_path.iterdir()] == ["run"]


# ----------------------------------------------------------------------------------------------------- pickled


class Diary(sim.LendingModel):
    """A model that keeps something of its own."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.pages = []

    def step(self):
        super().step()
        self.pages.append(self.rows[-1]["cash"] if self.rows else None)


@pytest.mark.parametrize(("mode", "threads"), [("columns", 1), ("columns", 2), ("objects", 1)])
def test_a_model_comes_back_from_a_pickle_and_goes_on_as_if_nothing_had_been(mode, threads):
    model = sim.LendingModel("severe_recession", set=["borrowers.count=300", "months=8", "warm_up_months=2"], mode=mode, threads=threads)
    to(model, 3)
    again = pickle.loads(pickle.dumps(model))
    assert again.engine.threads.count == threads
    model.run_model()
    again.run_model()
    assert outcome(again) == outcome(model)


def test_a_borrower_and_the_state_of_a_subclass_travel_too():
    model = Diary("severe_recession", set=["borrowers.count=300", "months=8", "warm_up_months=2"])
    to(model, 3)
    again, borrower = pickle.loads(pickle.dumps((model, model.borrowers[17])))
    assert borrower.model is again
    assert borrower.income == model.borrowers[17].income
    assert again.pages == model.pages
    again.step()
    assert len(again.pages) == len(model.pages) + 1


def test_a_run_with_a_class_of_its_own_is_continued_with_it(tmp_path):
    class Frugal(sim.Borrower):
        def step(self):
            super().step()
            self.cash = self.cash + 1

    model = sim.LendingModel("baseline", set=["borrowers.count=60", "months=4", "warm_up_months=1"], mode="objects", borrower_class=Frugal)
    file = to(model, 2).save(tmp_path / "run")
    with pytest.raises(SavedRunError, match=r"saved with borrower_class .*Frugal"):
        sim.LendingModel.load(file)
    again = sim.LendingModel.load(file, borrower_class=Frugal)
    again.run_model()
    model.run_model()
    assert outcome(again) == outcome(model)


def test_a_file_that_is_no_saved_run_is_not_written_over(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    model = started("baseline")
    with pytest.raises(FileExistsError, match="is no saved run"):
        model.save(tmp_path / "notes.txt")
    assert (tmp_path / "notes.txt").read_text() == "mine"
    model.save(model.save(tmp_path / "run"))
