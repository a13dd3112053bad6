"""Nothing moves a result unnoticed: every shipped scenario under every shipped policy, on threads and in both modes."""

import json

import pytest

from tests.golden import CHANGELOG, FILE, PAIRS, hash_of

KEPT = json.loads(FILE.read_text(encoding="utf-8"))
IDS = [f"{scenario} / {policy}" for scenario, policy in PAIRS]


def test_every_renewal_has_its_reason_in_the_changelog():
    assert KEPT["because"] in CHANGELOG.read_text(encoding="utf-8").splitlines()


def test_the_file_holds_every_shipped_pair_and_no_other():
    assert list(KEPT["columns"]) == list(KEPT["objects"]) == IDS


@pytest.mark.parametrize(("scenario", "policy"), PAIRS, ids=IDS)
def test_the_hash_is_the_golden_one_on_one_thread_and_on_two(scenario, policy):
    golden = KEPT["columns"][f"{scenario} / {policy}"]
    assert hash_of(scenario, policy, "columns", threads=1) == golden
    assert hash_of(scenario, policy, "columns", threads=2) == golden


@pytest.mark.parametrize(("scenario", "policy"), PAIRS, ids=IDS)
def test_the_hash_is_the_golden_one_in_both_modes(scenario, policy):
    golden = KEPT["objects"][f"{scenario} / {policy}"]
    assert hash_of(scenario, policy, "objects") == golden
    assert hash_of(scenario, policy, "objects", mode="objects") == golden
