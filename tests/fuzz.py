"""Random inputs within the schema, run to the end: whatever is accepted must end with finite columns and balanced books.

    python -m tests.fuzz --runs 10000 --seed 1

prints every input that ended in an internal error. `test_fuzz.py` runs a few; the books are checked by every run itself.
"""

from __future__ import annotations

import argparse
import random
import typing
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

import sim
from sim.config.faults import InputError
from sim.inputs import load_scenario
from sim.inputs.resolved import Resolved
from sim.model import LendingModel

SIZE = {"borrowers.count": 80, "months": 7, "warm_up_months": 2}
BASES = ("baseline", "recession_with_squeeze", "china_baseline")
SKIP = {"title", "description", "extends", "months", "warm_up_months", "count", "seed", "profile", "registered", "minor_units", "code"}


def leaves(section: BaseModel, prefix: str) -> Iterator[tuple[str, Any, Any]]:
    """Every value of a section: path, annotation and value."""
    for name, field in type(section).model_fields.items():
        value, path = getattr(section, name), f"{prefix}{name}"
        if name in SKIP:
            continue
        if isinstance(value, BaseModel):
            yield from leaves(value, f"{path}.")
        elif isinstance(value, dict):
            for key, inner in value.items():
                yield from leaves(inner, f"{path}.{key}.") if isinstance(inner, BaseModel) else [(f"{path}.{key}", float, inner)]
        elif isinstance(value, list) and value and isinstance(value[0], BaseModel):
            for k, inner in enumerate(value):
                yield from leaves(inner, f"{path}.{k}.")
        else:
            yield path, field.annotation, value


def extreme(value: Any, annotation: Any, luck: random.Random) -> Any:
    """Another value of the same kind, often at the edge of what is thinkable."""
    choices = typing.get_args(annotation)
    if choices and all(isinstance(c, str | int) and not isinstance(c, bool) for c in choices):
        return luck.choice(choices)
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return luck.choice([0, 1, 2, value * 2, value * 10, value * 1000, -value, 2**31, luck.randint(0, 1000)])
    if isinstance(value, float):
        factor = luck.choice([0.0, 0.01, 0.5, 2.0, 10.0, 100.0, 1e4, 1e6, -1.0])
        return luck.choice([value * factor, luck.random(), "0%", "100%", "-50%", "150%", "1000%", 0.0, 1.0])
    return value


def overrides(base: Resolved, luck: random.Random) -> dict[str, Any]:
    """A few values of the scenario, its policy and its profile, moved."""
    places = [
        *leaves(base.scenario, ""), *leaves(base.policy, "policy."), *leaves(base.profile, "profile."),
    ]
    chosen = luck.sample(places, luck.choice([1, 1, 2, 3, 6]))
    return {path: extreme(value, annotation, luck) for path, annotation, value in chosen}


def attempt(number: int) -> str | None:
    """One input: None if it is refused or ends well, else what went wrong and with what."""
    luck = random.Random(number)
    scenario = luck.choice(BASES)
    given = overrides(load_scenario(scenario), luck) | SIZE
    try:
        model = LendingModel(scenario, set=given, threads=1, seed=number, own_past=luck.random() < 0.5)
        model.run_model()
    except InputError:
        return None
    except Exception as error:
        return f"{scenario} {({k: v for k, v in given.items() if k not in SIZE})}: {type(error).__name__}: {error}"
    return None


def main(arguments: list[str] | None = None) -> int:
    """Run so many, print what failed; 1 if anything did."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(arguments)
    bad = 0
    for k in range(asked.runs):
        wrong = attempt(asked.seed * 1_000_003 + k)
        if wrong is not None:
            bad += 1
            print(wrong, flush=True)
    print(f"{asked.runs:,} inputs with lendsim {sim.__version__}, {bad} ended in an internal error")
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main())
