"""The order of the month: every phase that a room declares stands in it once, behind those whose results it reads."""

import pytest

from sim import month
from sim.accounts import arrears, booking, charge_off, plans, servicing
from sim.assembly import MECHANISMS
from sim.engine.pipeline import names_of
from sim.lender import underwriting
from sim.numerics.compile import Phase

GROUPS = {
    "sample": month.SAMPLE, "live": month.LIVE, "serve": month.SERVE, "moments": month.MOMENTS, "hold": (month.HOLD,),
    "season": (month.SEASON,), "book": (month.BOOK,),
}
MONTH = [phase.name for phase in month.phases(month.LIVE, month.SERVE)]


def listed(*groups):
    return [phase for group in groups for stage in GROUPS[group] for phase in stage.phases]


def test_no_phase_stands_twice_in_a_list():
    for name in GROUPS:
        phases = listed(name)
        assert len(phases) == len(set(phases)), name
    both = listed("live", "serve")
    assert len(both) == len(set(both))


def test_names_of_phases_are_unique():
    names = [phase.name for phase in month.phases(*GROUPS.values())]
    assert len(names) == len(set(names)) > 45


@pytest.mark.parametrize("mechanism", MECHANISMS, ids=lambda m: m.name)
def test_the_phases_of_a_mechanism_stand_in_the_month_and_its_sampling_in_the_sampling(mechanism):
    assert set(mechanism.sample) <= set(listed("sample"))
    assert set(mechanism.phases) <= set(listed("live", "serve"))


def test_the_month_and_the_sampling_hold_no_phase_that_no_mechanism_or_room_declares():
    assert set(listed("sample")) == {phase for m in MECHANISMS for phase in m.sample}
    rooms = {
        phase for room in (servicing, arrears, plans, charge_off, underwriting) for phase in vars(room).values()
        if isinstance(phase, Phase) and phase.py_func.__module__ == room.__name__
    }
    assert set(listed("live", "serve")) == {phase for m in MECHANISMS for phase in m.phases} | rooms - {underwriting.index_moments}


def test_every_phase_of_a_module_is_in_some_list():
    from sim.mechanisms import demand

    written = set()
    for room in (servicing, arrears, plans, charge_off, booking, underwriting, demand):
        written |= {p for p in vars(room).values() if isinstance(p, Phase) and p.py_func.__module__ == room.__name__}
    assert written <= set(month.phases(*GROUPS.values()))


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("begin", "bill"), ("bill", "ask_less"), ("ask_less", "look"), ("list_careful", "keep_plans"), ("keep_plans", "fall_due"),
        ("age", "watch_probation"), ("watch_probation", "charge_off"), ("look", "be_contacted"),
        ("be_contacted", "be_willing"), ("be_willing", "pay_account"),
        ("notice", "pay_account"), ("find_money", "pay_account"), ("pay_account", "repay_early"), ("repay_early", "add_up"),
        ("add_up", "settle"), ("settle", "enter_market"), ("feel", "enter_market"), ("enter_market", "apply"), ("work", "earn"),
        ("earn", "plan_budget"), ("plan_budget", "find_money"), ("bill", "find_money"), ("apply", "count_due_day"),
        ("count_due_day", "post_current"), ("post_current", "list_careful"), ("list_careful", "fetch"), ("fetch", "fall_due"),
        ("fall_due", "allocate"), ("allocate", "charge_late_fee"), ("charge_late_fee", "close_caught_up"), ("close_caught_up", "age"),
        ("age", "charge_off"), ("charge_off", "recover"), ("charge_off", "count_stock"), ("charge_off", "count_ladder"),
        ("list_applicants", "gather"), ("gather", "look_up"), ("look_up", "score"), ("score", "judge"), ("charge_off", "look_up"),
        ("count_stock", "count_trust"), ("think_of_leaving", "repay_early"), ("repay_early", "enter_market"),
    ],
)
def test_what_is_read_was_written_before(first, then):
    assert MONTH.index(first) < MONTH.index(then)


def test_the_accounts_are_serviced_after_all_borrowers_have_lived():
    assert max(MONTH.index(p.name) for p in listed("live")) < min(MONTH.index(p.name) for p in listed("serve"))


def test_a_borrowers_stage_is_run_once_and_an_accounts_once_for_each_slot():
    stage = month.LIVE[0]
    assert [(s.phase, s.slot, s.desk) for s in stage.steps(3)] == [(phase, None, None) for phase in stage.phases]
    bills = [(s.phase.name, s.slot, s.desk) for s in month.BILLS.steps(3)]
    assert bills == [(name, k, None) for k in range(3) for name in ("bill", "ask_less")]
    serve = next(stage for stage in month.SERVE if stage.per == "account")
    steps = list(serve.steps(2))
    # one account after the other: what it passes on within the month is its own
    assert [s.slot for s in steps] == [0] * len(serve.phases) + [1] * len(serve.phases)


def test_an_applicant_is_looked_up_in_every_slot_for_each_product():
    judging = next(stage for stage in month.SERVE if stage.per == "desk")
    looked = [(s.slot, s.desk) for s in judging.steps(3) if s.phase is underwriting.look_up]
    assert looked == [(slot, desk) for desk in range(3) for slot in range(3)]
    assert [s.desk for s in judging.steps(2) if s.phase is underwriting.judge] == [0, 1]


def test_steps_of_a_desk_are_those_of_one_product():
    steps = month.of_desk([month.BOOK], 2, 1)
    assert [s.label for s in steps] == ["open_accounts[1]", "pay_out[1]"]
    assert month.of_desk(month.LIVE, 2, 1) == []


def test_phases_of_accounts_and_desks_stand_in_stages_of_their_kind():
    for name, stages in GROUPS.items():
        for stage in stages:
            for phase in stage.phases:
                columns = names_of(phase)[0]
                if any(column.startswith("account.") for column in columns):
                    assert stage.per == "account", f"{phase.name} in {name}"
                if any(column.startswith("desk.") for column in columns):
                    assert stage.per == "desk", f"{phase.name} in {name}"


def test_a_months_scratch_is_written_before_it_is_read():
    """A scratch column holds another block's values until a phase of this month has written it."""
    import ast
    from pathlib import Path

    from sim.assembly import layout

    scratch = {c.name for c in layout().scratch}
    written = set()
    for phase in listed("live", "serve"):
        tree = ast.parse(Path(phase.py_func.__code__.co_filename).read_text(encoding="utf-8"))
        function = next(n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name == phase.name)
        stores, reads = set(), set()
        for node in ast.walk(function):
            if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute) and isinstance(node.value.value, ast.Name):
                name = node.value.attr
                if name in scratch and node.value.value.id == "b":
                    (stores if isinstance(node.ctx, ast.Store) else reads).add(name)
        own = {"claims"}  # charge_off appends to the list that list_careful began
        assert reads <= written | stores | own, f"{phase.name} reads {sorted(reads - written - stores)} before they are written"
        written |= stores
