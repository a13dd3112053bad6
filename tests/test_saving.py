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
    many = ["borrowers.count=3_000", *SMALL[1:]]  # a lender of a few hundred loans soon fails by chance
    trunk = to(sim.LendingModel("severe_recession", set=many), 4)
    strict = trunk.branch("strict")
    strict.step()
    assert (strict.policy.title, trunk.policy.title) == ("Strict policy", "Standard policy")
    strict.run_model()
    trunk.run_model()
    assert strict.rows[:4] == trunk.rows[:4]
    assert strict.state.opening_row == trunk.state.opening_row
    assert sum(r["approvals"] for r in strict.rows[4:]) < sum(r["approvals"] for r in trunk.rows[4:])
    np.testing.assert_array_equal(strict.population.household.employed, trunk.population.household.employed)


# a stricter score from May to July, and the strict policy in September
DATED = "policy_changes=[{from: 2026-05, set: {underwriting.cut_off: +20}, until: 2026-08}, {from: 2026-09, policy: strict}]"


def cut_offs(model):
    """The score asked for in each month that a model has still to live."""
    found = []
    while model.month < model.months:
        model.step()
        found.append(model.policy.underwriting.cut_off)
    return found


def with_changes(month):
    return to(sim.LendingModel("severe_recession", set=[*SMALL, DATED]), month)


@pytest.mark.parametrize("policy", [None, "standard"])
def test_a_branch_under_the_same_policy_keeps_the_changes_still_to_come(policy):
    trunk = with_changes(2)
    branch = trunk.branch(policy)
    assert cut_offs(branch) == [560, 560, 580, 580, 580, 560, *[600] * 6]
    trunk.run_model()
    assert outcome(branch) == outcome(trunk)
    in_june = with_changes(6)  # the change of May is in force
    assert cut_offs(in_june.branch("standard", set={"underwriting.cut_off": 580})) == [580, 560, *[600] * 6]
    assert cut_offs(in_june.branch("standard")) == [560, 560, *[600] * 6]  # the scenario's own, as if the change had ended
    assert cut_offs(with_changes(4).branch("standard")) == [580, 580, 580, 560, *[600] * 6]


def test_another_policy_stays_to_the_end_but_for_changes_of_its_own(tmp_path):
    trunk = with_changes(2)
    assert cut_offs(trunk.branch("lenient")) == [530] * 12
    changes = [{"from": "2026-06", "set": {"underwriting.cut_off": "+10"}, "until": "2026-08"}, {"from": "2026-12", "policy": "strict"}]
    own = trunk.branch("lenient", set={"underwriting.cut_off": 500}, policy_changes=changes)
    file = own.save(tmp_path / "own.run")
    assert cut_offs(own) == [500, 500, 500, 510, 510, *[500] * 7]  # overrides come last
    again = sim.LendingModel.load(file)
    again.run_model()
    assert outcome(again) == outcome(own)
    words = [event["detail"] for event in own.books.events_of("policy_change")]
    assert words == ["Lenient policy", "Lenient policy with underwriting.cut_off +10", "Lenient policy", "Strict policy"]
    assert cut_offs(trunk.branch("standard", policy_changes=[])) == [560] * 12  # none is an answer too
    at_once = trunk.branch("lenient", policy_changes=[{"from": "2026-03", "policy": "strict"}])
    assert cut_offs(at_once) == [600] * 12


def test_the_policy_that_built_the_book_can_stay_where_another_was_to_take_over():
    opening = sim.LendingModel("severe_recession", "strict", set=[*SMALL])
    assert opening.policy.title == "Standard policy"
    assert cut_offs(opening.branch()) == cut_offs(opening.branch("strict")) == [600] * 14
    assert cut_offs(opening.branch("standard")) == [560] * 14


@pytest.mark.parametrize(("given", "said"), [
    ([{"from": "2026-02", "policy": "strict"}], "policy_changes.0.from: 2026-02 is no month that is still to come; expected 2026-03 to"),
    ([{"from": "2027-03", "policy": "strict"}], "2027-03 is no month that is still to come"),
    ([{"from": "2026-05"}], "a change that changes nothing"),
    ([{"from": "2026-05", "policy": "strct"}], "did you mean 'strict'"),
    ([{"from": "2026-05", "set": {"underwriting.cutoff": 600}}], "did you mean 'cut_off'"),
    ([{"form": "2026-05", "policy": "strict"}], "did you mean 'from'"),
    ([{"from": "2026-06", "policy": "strict"}, {"from": "2026-05", "policy": "strict"}], "lies before the change above it"),
    ([{"from": "2026-05", "set": {"funding.capital_ratio": "25%"}}], "only the opening balance sheet reads this"),
])
def test_a_change_that_a_branch_cannot_make_is_refused(given, said):
    with pytest.raises(InputError) as refused:
        to(started("severe_recession"), 2).branch("lenient", policy_changes=given)
    assert said in str(refused.value)


def test_what_belongs_to_a_policy_is_refused_without_one():
    trunk = to(started("severe_recession"), 1)
    with pytest.raises(ValueError, match="set of a branch belong"):
        trunk.branch(set={"underwriting.cut_off": 600})
    with pytest.raises(ValueError, match="set and policy_changes of a branch belong to a policy: give the policy by name too"):
        trunk.branch(set={"underwriting.cut_off": 600}, policy_changes=[])


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
