"""The rooms together: nothing is declared twice, nothing is named that nobody gives, nothing is kept that nobody reads."""

import ast
import re
from pathlib import Path

import numpy as np
import pytest

import sim
from sim import assembly, month
from sim.accounts import columns as account_columns
from sim.economy import clearing
from sim.engine.columns import Column
from sim.engine.declare import Counter, Mechanism, Switch
from sim.engine.draws import EVENTS
from sim.engine.pipeline import names_of
from sim.inputs import load_scenario
from sim.inputs.profile import Profile
from sim.inputs.scenario import Scenario
from sim.opening import sampling_numbers

STAGES = (month.SAMPLE, month.MOMENTS, [month.HOLD], month.LIVE, month.SERVE, [month.SEASON, month.BOOK])
PHASES = [*month.phases(*STAGES), clearing.sort_jobs, clearing.count_jobs]
COLUMNS = {name for phase in PHASES for name in names_of(phase)[0]}
SOURCES = {path: path.read_text(encoding="utf-8") for path in sorted(Path(sim.__file__).parent.rglob("*.py"))}


def once(names):
    names = list(names)
    assert sorted(names) == sorted(set(names))
    return set(names)


def test_no_column_counter_switch_section_or_mechanism_is_declared_twice():
    layout = assembly.layout()
    household = once(c.name for c in assembly.household_columns())
    scratch = once(c.name for c in layout.scratch)
    assert not household & scratch
    account = once(c.name for c in account_columns.COLUMNS)
    assert not account & once(c.name for c in layout.account_scratch)
    once(c.name for c in layout.desk)
    once(c.name for c in layout.counters)
    once(s.name for s in assembly.switches())
    once(m.name for m in assembly.MECHANISMS)
    sections = [name for m in assembly.MECHANISMS for name in m.sections]
    assert once(sections) <= set(assembly.profile_sections())


def test_the_profile_is_the_sections_and_the_scenarios_switches_are_the_switches():
    fields = set(Profile.model_fields)
    assert set(assembly.profile_sections()) <= fields
    assert fields - set(assembly.profile_sections()) == {"title", "description", "currency", "extends"} & fields
    assert set(Scenario.model_fields["mechanisms"].annotation.model_fields) == {s.name for s in assembly.switches()}


@pytest.fixture(scope="module")
def model():
    made = sim.LendingModel("baseline", set=["borrowers.count=200", "months=2", "warm_up_months=1"])
    made.step()
    return made


def test_every_number_that_a_phase_of_the_month_names_is_given(model):
    own = {"month", "key.low", "key.high"}
    values = set(model.lived.numbers)
    for phase in month.phases(month.LIVE, month.SERVE, [month.BOOK]):
        for name in set(names_of(phase)[1]) - own:
            if name.startswith("event."):
                assert name.removeprefix("event.") in EVENTS
            elif name.startswith("product."):
                inner = name.removeprefix("product.")
                assert all(f"product.{k}.{inner}" in values for k in range(len(model.lender.products))), name
            else:
                assert name in values, f"{phase.name} names {name}"


def test_every_number_that_sampling_names_is_given():
    resolved = load_scenario("baseline")
    values = (
        assembly.numbers_of_files(resolved.profile, resolved.policy, resolved.scenario.mechanisms)
        | assembly.numbers_at_opening(resolved.profile) | sampling_numbers(resolved.profile, 0.05, 24, 0.01)
    )
    for phase in month.phases(month.SAMPLE):
        assert {name for name in names_of(phase)[1] if not name.startswith("event.")} <= set(values), phase.name


def test_the_mechanisms_numbers_of_the_month_are_read_and_none_overwrites_another(model):
    class Public:
        access, published_arrears, early_reach = 1.0, 0.0, 0.5

    inputs = assembly.MonthInputs(
        model.setup.profile, model.policy, model.setup.gain,
        model.setup.conditions.at(1), model.setup.conditions.at(0), model.setup.conditions.at(0), Public, 0.01, 0.3
    )
    each = [m.numbers(inputs) for m in assembly.MECHANISMS]
    names = once(name for values in each for name in values)
    assert assembly.numbers_of_month(inputs) == {name: value for values in each for name, value in values.items()}
    assert not names & set(model.pipelines.numbers)
    named = {name for phase in PHASES for name in names_of(phase)[1]}
    assert names <= named
    opening = [name for m in assembly.MECHANISMS for name in m.opening(model.setup.profile)]
    tables = {name for name in opening if name.startswith("table.")}
    assert once(opening) - tables <= named
    assert tables <= COLUMNS


def test_every_scratch_column_is_used_by_a_phase():
    layout = assembly.layout()
    unused = {c.name for c in layout.scratch} - COLUMNS
    assert unused == set()
    assert {f"account.{c.name}" for c in layout.account_scratch} <= COLUMNS


def test_every_desk_column_and_every_vintage_measure_is_written():
    layout = assembly.layout()
    # `originated` and `accounts` are written where loans are booked, from the counters of the desk
    vintages = {name.removeprefix("vintage.") for name in COLUMNS if name.startswith("vintage.")}
    assert vintages == set(layout.vintages) - {"originated", "accounts"}
    assert {name.removeprefix("desk.") for name in COLUMNS if name.startswith("desk.")} == {c.name for c in layout.desk} | {"done"}


def read_by_phases():
    """Names that a phase reads: everything that stands in an expression, not only behind `=`."""
    found = set()
    for phase in PHASES:
        tree = ast.parse(SOURCES[Path(phase.py_func.__code__.co_filename)])
        function = next(n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name == phase.name)
        block = function.args.args[0].arg
        for node in ast.walk(function):
            augmented = isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Subscript)
            plain = isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load)
            target = node.target.value if augmented else node.value if plain else None
            path = []
            while isinstance(target, ast.Attribute):
                path.append(target.attr)
                target = target.value
            if path and isinstance(target, ast.Name) and target.id == block:
                found.add(".".join(reversed(path)).removeprefix("whole.").removesuffix(".eights"))
    return found


def read_outside(name):
    """Whether a module outside the loops reads a column off a table: `account.principal`, `household.score`, `a.state`."""
    reading = re.compile(rf"(?<![\w.])(?!b\.)[a-z_]+(?:\.\w+)*\.{name}\b(?!\[[^\]]*\] = )")
    return any(reading.search(text) for path, text in SOURCES.items() if path.parent.name not in ("mechanisms", "engine"))


def test_every_column_that_is_kept_is_read_by_a_phase_or_by_an_output():
    read = read_by_phases()
    assert {"cash", "account.principal", "trust"} <= read
    kept = {c.name for c in assembly.household_columns()} | {f"account.{c.name}" for c in account_columns.COLUMNS}
    unread = {name for name in kept - read if not read_outside(name.removeprefix("account."))}
    assert unread == set()


def test_every_counter_is_added_to_by_a_phase_and_scoped_as_the_phase_can_reach_it():
    counters = {c.name: c for c in assembly.counters()}
    counted = {name.removeprefix("count.") for name in COLUMNS if name.startswith("count.")}
    assert counted == set(counters)
    per_borrower = [s for s in (*month.SAMPLE, *month.MOMENTS, *month.LIVE, *month.SERVE) if s.per == "borrower"]
    for phase in month.phases(per_borrower):
        for name in names_of(phase)[0]:
            if name.startswith("count."):
                assert counters[name.removeprefix("count.")].scope == "borrower", f"{phase.name}: {name}"


def test_files_are_numbers_by_their_path():
    resolved = load_scenario("baseline")
    values = assembly.numbers_of_files(resolved.profile, resolved.policy, resolved.scenario.mechanisms)
    assert values["trust.reversion"] == np.float32(resolved.profile.trust.reversion)
    assert values["servicing.grace_days"] == resolved.policy.servicing.grace_days
    assert values["gain.trust"] == 1
    assert "title" not in values
    assert "products.cash_loan.offered" not in values  # a flag is no number
    assert (values["money.minor"], values["money.major"], values["money.minor_per_major"]) == (100, np.float32(0.01), 100.0)
    assert all(isinstance(v, np.float32) for name, v in values.items() if name != "money.minor_per_major")


def test_a_currency_without_minor_units_counts_whole_ones():
    resolved = load_scenario("baseline")
    profile = resolved.profile.model_copy(update={"currency": resolved.profile.currency.model_copy(update={"minor_units": 0})})
    values = assembly.numbers_of_files(profile, resolved.policy, resolved.scenario.mechanisms)
    assert (values["money.minor"], values["money.major"], values["money.minor_per_major"]) == (1, 1, 1.0)


def test_scalars_and_tables_are_told_apart():
    scalars, tables = assembly.split_tables({"a": 1, "b": np.float32(2), "c": np.zeros(3)})
    assert scalars == {"a": 1, "b": np.float32(2)}
    assert list(tables) == ["c"]


def test_a_mechanism_from_outside_brings_its_columns_and_counters_and_a_second_of_one_name_is_refused():
    mood = Mechanism(
        "mood", switches=(Switch("mood"),), columns=(Column("mood", "f4", "share", "how they feel"),),
        scratch=(Column("sigh", "f4", "share", "passing"),), counters=(Counter("sighs", "number"),),
        opening=lambda profile: {"mood.start": np.float32(0.5)}, numbers=lambda inputs: {"mood.gain": np.float32(1)},
    )
    population = assembly.empty_population(7, ["a", "b", "c"], [mood])
    assert population.household.mood.shape == (7,)
    assert len(population.accounts) == 3
    layout = assembly.layout([mood])
    assert "sigh" in {c.name for c in layout.scratch}
    assert "sighs" in {c.name for c in layout.counters}
    assert assembly.numbers_at_opening(load_scenario("baseline").profile, [mood])["mood.start"] == 0.5
    double = Mechanism("again", columns=(Column("cash", "f4", "major units", "savings"),))
    with pytest.raises(ValueError, match="column 'cash' is declared twice"):
        assembly.empty_population(7, ["a"], [double])
