"""The results hash of every shipped scenario under every shipped policy, kept in one file.

    python -m tests.golden renew --because "why the numbers change"

writes `golden_hashes.json` anew and the reason into CHANGELOG.md; `test_golden_hashes.py` holds both together.
"""

from __future__ import annotations

import argparse
import json
from datetime import date
from pathlib import Path

import sim
from sim.config.faults import InputError
from sim.config.shipped import shipped

FILE = Path(__file__).with_name("golden_hashes.json")
CHANGELOG = Path(__file__).resolve().parent.parent / "CHANGELOG.md"
HEADING = "### Results that changed, and why"
# long enough for every shipped shock to begin; two blocks of rows, so that two threads have work; and a few borrowers, for the mode
# that steps them one by one
SIZES = {"columns": {"count": 5_000, "months": 14, "warm_up": 4}, "objects": {"count": 300, "months": 11, "warm_up": 3}}
PAIRS = [(scenario, policy) for scenario in shipped("scenario") for policy in shipped("policy")]


def overrides(scenario: str, size: str) -> list[str]:
    """What makes a shipped scenario small."""
    s = SIZES[size]
    if scenario == "golden_ledger":  # one scripted borrower: it is small as it is
        return []
    return [f"borrowers.count={s['count']}", f"months={s['months']}", f"warm_up_months={s['warm_up']}"]


def hash_of(scenario: str, policy: str, size: str, threads: int = 1, mode: str = "columns") -> str:
    """The results hash of one run, or the refusal's first words where the pair is no valid input."""
    try:
        return sim.run(scenario, policy=policy, set=overrides(scenario, size), threads=threads, mode=mode).results_hash()
    except InputError as error:
        return f"refused: {error.faults[0].message}"


def all_hashes() -> dict[str, dict[str, str]]:
    """By size, then by `scenario / policy`."""
    return {size: {f"{s} / {p}": hash_of(s, p, size) for s, p in PAIRS} for size in SIZES}


def renew(because: str) -> None:
    """Write the hashes as they are now, with the reason, which also goes into the changelog."""
    text = CHANGELOG.read_text(encoding="utf-8")
    entry = f"- {date.today().isoformat()}: {because}"
    CHANGELOG.write_text(text.replace(HEADING, f"{HEADING}\n{entry}", 1), encoding="utf-8")
    FILE.write_text(json.dumps({"because": entry, **all_hashes()}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=["renew"])
    parser.add_argument("--because", required=True, help="the reason, for the changelog")
    renew(parser.parse_args().because)
