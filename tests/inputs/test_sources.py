"""Every behavioural number of the shipped base files says its unit or meaning, its source and its plausible range."""

import re
from pathlib import Path

import pytest

from sim.config.shipped import shipped_root

FILES = (
    "profiles/us_instalment.yaml", "profiles/china_platform.yaml", "policies/standard.yaml", "policies/china_standard.yaml",
    "baseline.yaml",
)
PLAIN = {"title", "description", "start", "months", "seed", "warm_up_months", "borrowers", "currency", "extends", "policy"}
RANGE = re.compile(r"\branges?\b|\brange as\b", re.IGNORECASE)


def bare_numbers(text: str) -> list[str]:
    """Lines that set a number without a range: in their own comment, or in the comment that heads their group."""
    found, heading, heading_at = [], "", 0
    in_comment = False
    for line in text.splitlines():
        stripped = line.strip()
        indent = len(line) - len(stripped)
        if stripped.startswith("#"):
            heading = f"{heading} {stripped}" if in_comment else stripped
            heading_at, in_comment = indent, True
            continue
        in_comment = False
        value, _, comment = line.partition(" #")
        key = stripped.lstrip("- ").split(":")[0]
        if indent < heading_at or (comment and not stripped.startswith("-")):
            heading = ""
        covered = RANGE.search(comment) or (RANGE.search(heading) and indent == heading_at)
        own = value.split(":", 1)[1] if ":" in value else value
        if re.search(r"\d", own) and not (key in PLAIN and indent == 0) and not covered:
            found.append(stripped)
        if indent == 0 and ":" in stripped and not comment and heading_at == 0:
            heading = ""  # at the top level a comment heads one section only
    return found


@pytest.mark.parametrize("file", FILES)
def test_no_number_stands_without_its_range(file):
    assert bare_numbers((Path(shipped_root()) / file).read_text(encoding="utf-8")) == []


def test_the_check_sees_a_bare_number():
    assert bare_numbers("a:\n  x: 1   # m, range 0-2\n  y: 2\n") == ["y: 2"]
    assert bare_numbers("a:\n  # both, ranges 0-2\n  x: 1\n  y: 2\n") == []
    assert bare_numbers("# ranges 0-2\na: {x: 1}\nb: {x: 1}\n") == ["b: {x: 1}"]
