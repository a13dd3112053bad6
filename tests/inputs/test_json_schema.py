"""The schema for editors: generated from the models, kept equal to the committed file, fit for partial files."""

import re
import subprocess
import sys

import pytest

from sim.inputs import json_schema
from sim.inputs.json_schema import FOLDER, text_of

KINDS = ("scenario", "policy", "profile")


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
