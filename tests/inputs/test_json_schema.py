"""The schema for editors: generated from the models, kept equal to the committed file, fit for partial files."""

import re
import subprocess
import sys

import pytest
from jsonschema import Draft202012Validator

from sim.config.yaml_reader import read_file, read_text
from sim.inputs import json_schema, shipped, shipped_calibrations, shipped_experiments
from sim.inputs.json_schema import FOLDER, text_of

KINDS = ("scenario", "policy", "profile", "experiment", "calibration")
SHIPPED = [(kind, name, path) for kind in KINDS[:3] for name, path in shipped(kind).items()]
SHIPPED += [("experiment", name, path) for name, path in shipped_experiments().items()]
SHIPPED += [("calibration", name, path) for name, path in shipped_calibrations().items()]


@pytest.mark.parametrize("kind", KINDS)
def test_the_committed_file_equals_the_generated_one(kind):
    assert (FOLDER / f"{kind}.schema.json").read_text(encoding="utf-8") == text_of(kind)


def nodes(node):
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from nodes(value)
    elif isinstance(node, list):
        for value in node:
            yield from nodes(value)


@pytest.mark.parametrize("kind", KINDS)
def test_no_key_is_required_and_no_unknown_key_is_allowed(kind):
    for node in nodes(json_schema(kind)):
        assert not isinstance(node.get("required"), list)
        if node.get("type") == "object" and "properties" in node:
            assert node["additionalProperties"] is False


def test_the_patterns_take_what_the_reader_takes():
    definitions = json_schema("policy")["$defs"]
    number, text = definitions["Pricing"]["properties"]["legal_cap"]["anyOf"]
    assert number == {"type": "number", "minimum": 0, "maximum": 1}
    assert all(re.search(text["pattern"], s) for s in ("5%", "+5pp", "-2.5 %", ".5%"))
    assert not any(re.search(text["pattern"], s) for s in ("5", "5 percent", "1,5%", "x5%"))
    assert definitions["Pricing"]["properties"]["legal_cap"]["description"]


def test_the_import_is_light():
    code = "import sys, sim.config; print([m for m in ('numpy', 'pandas', 'mesa', 'numba', 'scipy') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]", done.stderr


@pytest.mark.parametrize("kind", KINDS)
def test_the_schema_is_one_by_its_own_meta_schema(kind):
    schema = json_schema(kind)
    assert schema["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
    Draft202012Validator.check_schema(schema)


def test_all_kinds_are_shipped():
    assert {kind for kind, _, _ in SHIPPED} == {*KINDS}


@pytest.mark.parametrize(("kind", "name", "path"), SHIPPED, ids=[f"{kind} {name}" for kind, name, _ in SHIPPED])
def test_shipped_files_are_valid_by_their_schema(kind, name, path):
    found = Draft202012Validator(json_schema(kind)).iter_errors(read_file(path, name).data)
    assert [f"{error.json_path}: {error.message}" for error in found] == []


@pytest.mark.parametrize(("kind", "text", "path"), [
    ("scenario", "borowers: {count: 3}", "$"),
    ("scenario", "months: 0", "$.months"),
    ("scenario", "months: 12.5", "$.months"),
    ("scenario", "start: 2026-13", "$.start"),
    ("scenario", "borrowers: {registered: yes}", "$.borrowers.registered"),
    ("scenario", "shocks: [{variable: inflatoin}]", "$.shocks[0].variable"),
    ("scenario", "economy: {inflation: 5 percent}", "$.economy.inflation"),
    ("scenario", "economy: {unemployment_rate: [5%, 7]}", "$.economy.unemployment_rate"),
    ("scenario", "policy: [strict, lenient]", "$.policy"),
    ("scenario", "mechanisms: {trust: 11}", "$.mechanisms.trust"),
    ("policy", "underwriting: {cut_off: 1001}", "$.underwriting.cut_off"),
    ("policy", "underwriting: {cut_off: 0.6}", "$.underwriting.cut_off"),
    ("policy", "underwriting: {gini: 1.5}", "$.underwriting.gini"),
    ("policy", "servicing: {charge_off_dpd: 150}", "$.servicing.charge_off_dpd"),
    ("policy", "collections: {ranking: balanse}", "$.collections.ranking"),
    ("policy", "products: {cash_loan: {method: annuitee}}", "$.products.cash_loan"),
    ("profile", "income: {median: many}", "$.income.median"),
    ("profile", "demand: {needs: {Travel: {monthly: 1%}}}", "$.demand.needs"),
    ("experiment", "seeds: 0", "$.seeds"),
    ("experiment", "policies: [strict]", "$.policies"),
    ("experiment", "policies: [strict, {lable: x}]", "$.policies[1]"),
    ("calibration", "moments: [{metric: x, target: 4%, tolerance: 0}]", "$.moments[0].tolerance"),
    ("calibration", "parameters: {profile.a.b: {form: 3}}", "$.parameters['profile.a.b']"),
    ("calibration", "method: newton", "$.method"),
])
def test_a_faulty_value_is_refused_where_it_stands(kind, text, path):
    found = list(Draft202012Validator(json_schema(kind)).iter_errors(read_text(text, "x").data))
    assert path in [error.json_path for error in found], [f"{error.json_path}: {error.message}" for error in found]
