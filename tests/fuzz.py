"""Random inputs drawn from the schema, run to the end: whatever is accepted must end with sound columns and balanced books.

    python -m tests.fuzz --runs 10000 --seed 1

prints every input that ended in an internal error, and how many were refused. `test_fuzz.py` runs a few; the books are
checked by every run itself. Numbers are drawn from their fields' own ranges: near the shipped value, anywhere within, at
the edges, a few just outside.
"""

from __future__ import annotations

import argparse
import pickle
import random
import tempfile
import typing
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

from pydantic import BaseModel
from pydantic.fields import FieldInfo

import sim
from sim.config.faults import InputError
from sim.config.fields import Month
from sim.config.ranges import Number, Range, numbers_in
from sim.config.yaml_reader import Tree, read_file
from sim.economy.variables import VARIABLES
from sim.inputs import load_scenario
from sim.inputs.resolved import Resolved
from sim.model import LendingModel

SIZE = {"borrowers.count": 80, "months": 9, "warm_up_months": 2}
BASES = ("baseline", "recession_with_squeeze", "china_baseline")
SKIP = {"title", "description", "extends", "months", "warm_up_months", "count", "seed", "profile", "registered", "code"}
FIRST = Month(2026, 1)
Overrides = dict[str, Any]


class Place(NamedTuple):
    """A value of an input: its path, what it is, and what its field says of it."""

    path: str
    value: Any
    field: FieldInfo


class Ended(NamedTuple):
    """How an input ended: accepted or refused, and what went wrong."""

    accepted: bool
    wrong: str | None = None


def places(section: BaseModel, prefix: str) -> Iterator[Place]:
    """Every single value of a section."""
    for name, field in type(section).model_fields.items():
        value, path = getattr(section, name), f"{prefix}{name}"
        if name in SKIP:
            continue
        if isinstance(value, BaseModel):
            yield from places(value, f"{path}.")
        elif isinstance(value, dict | list):
            for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
                if isinstance(inner, BaseModel):
                    yield from places(inner, f"{path}.{key}.")
                elif isinstance(value, dict):
                    yield Place(f"{path}.{key}", inner, field)
        else:
            yield Place(path, value, field)


def drawn(bounds: Range, value: Any, luck: random.Random) -> float:
    """A number by its range: near the value that stands there, anywhere within, at an edge, rarely just outside."""
    low, high = bounds.lowest, bounds.highest
    kind = luck.choices(["near", "within", "small", "edge", "outside"], [30, 25, 20, 22, 3])[0]
    if kind == "near" and value:
        return min(max(value * luck.choice([-1.0, 0.5, 0.8, 1.25, 2.0, 4.0]), low + (high - low) * 1e-9 * bounds.above), high)
    if kind == "edge":
        return luck.choice([low + (high - low) * 1e-9 * bounds.above, high])
    if kind == "outside":
        return luck.choice([low - 0.01 * (high - low), high + 0.01 * (high - low)])
    # ranges reach over many orders of magnitude: half of the draws lie near the lower end
    return low + (high - low) * (10 ** -luck.uniform(0, 6) if kind == "small" else luck.random())


def written(number: Number, value: float) -> Any:
    """The number as a file writes it."""
    assert number.range is not None
    if number.kind is int:
        return round(value)
    return f"{100 * value:.10f}%" if number.range.percent else value


def other(place: Place, luck: random.Random) -> Any:
    """Another value of the same kind."""
    numbers = numbers_in(place.field)
    if numbers and numbers[0].range is not None:
        if type(None) in typing.get_args(place.field.annotation) and luck.random() < 0.1:
            return None
        single = written(numbers[0], drawn(numbers[0].range, place.value if not isinstance(place.value, list) else None, luck))
        path = "MacroPath" if len(numbers) > 1 else ""
        if path and luck.random() < 0.3:  # one value a month
            return [written(numbers[0], drawn(numbers[0].range, None, luck)) for _ in range(luck.randint(1, 9))]
        return single
    choices = typing.get_args(place.field.annotation)
    if choices and all(isinstance(c, str | int) and not isinstance(c, bool) for c in choices):
        return luck.choice(choices)
    return not place.value if isinstance(place.value, bool) else place.value


# ------------------------------------------------------------------------------- what has parts: lists, shocks, products


def shares(count: int, luck: random.Random) -> list[float]:
    """So many shares of a whole."""
    parts = [luck.choice([luck.random(), luck.random() ** 6, 1e-4]) for _ in range(count)]
    return [part / sum(parts) for part in parts]


def percent(value: float) -> str:
    """A rate as a file writes it."""
    return f"{100 * value:.10f}%"


def shock(luck: random.Random) -> dict[str, Any]:
    """A shock of any shape and recovery."""
    variable = luck.choice(list(VARIABLES.values()))
    span = (variable.highest - variable.lowest) * luck.choice([0.001, 0.01, 0.1, 0.5])
    shape = luck.choice(["step", "ramp", "pulse", "path"])
    start = FIRST.shift(luck.randint(0, 14))

    def size(level: bool = False) -> Any:
        value = luck.uniform(variable.lowest, variable.highest) if level else luck.uniform(-span, span)
        return value if variable.is_count else percent(value)

    made: dict[str, Any] = {"variable": variable.name, "start": str(start), "shape": shape}
    if shape == "path":
        made["values"] = [size() for _ in range(luck.randint(1, 6))]
    else:
        level = luck.random() < 0.4
        made["to" if level else "by"] = size(level)
    if shape == "ramp":
        made["over"] = luck.randint(1, 9)
    if shape == "pulse" or luck.random() < 0.5:
        made["hold"] = luck.randint(1, 9)
    if luck.random() < 0.5:
        fading = {"half_life": luck.choice([1e-6, 0.5, 6.0, 600.0])}
        made["recovery"] = luck.choice([fading, {"by": str(start.shift(luck.randint(10, 30)))}])
    return made


def bands(luck: random.Random) -> list[dict[str, Any]]:
    """Risk bands, as many as may be."""
    scores = sorted(luck.sample(range(1001), luck.randint(1, 8)), reverse=True)

    def band(score: int) -> dict[str, Any]:
        size, tenor = luck.choice([0.0, 1.5, 4.0, 600.0]), luck.choice([2, 12, 36, 120])
        premium, loss = percent(luck.uniform(-0.1, 0.5)), percent(luck.choice([0, 0.05, 0.2]))
        return {"min_score": score, "premium": premium, "expected_loss": loss, "size_cap": size, "tenor": tenor}

    return [band(score) for score in scores]


def notches(luck: random.Random) -> list[dict[str, Any]]:
    """A rating table, from the best notch to the worst."""
    count = luck.randint(1, 12)
    columns = [sorted((luck.uniform(-1, 1) for _ in range(count)), reverse=falls) for falls in (True, False, True, False)]
    names = ("min_capital_ratio", "max_net_charge_off", "min_liquidity", "spread")
    return [{"label": f"n{k}", **{name: percent(column[k]) for name, column in zip(names, columns, strict=True)}} for k in range(count)]


def products(luck: random.Random) -> dict[str, Any]:
    """One to four products."""
    made = {}
    for k in range(luck.randint(1, 4)):
        low = luck.choice([0.0, 10.0, 1_000.0])
        common = {"need": luck.choice(["cash", "purchase"]), "offered": luck.random() < 0.8}
        common |= {"minimum": low, "maximum": low * 10 + luck.choice([0, 500, 1e6])}
        own: dict[str, Any] = {"method": "annuity", "upfront_fee": percent(luck.choice([0, 0.03, 0.2]))}
        if luck.random() < 0.5:
            own = {"method": "flat_fee", "tenor": luck.choice([2, 12, 60, 120]), "monthly_fee": percent(luck.choice([0, 0.01, 0.2]))}
        made[f"loan_{k}"] = own | common
    return made


def changes(base: Resolved, luck: random.Random) -> list[dict[str, Any]]:
    """Dated changes of the policy: another policy, other values, values with a sign."""
    known = [p for p in places(base.policy, "") if numbers_in(p.field)]
    known = [p for p in known if not p.path.startswith(("rating", "underwriting.bands", "funding"))]
    made = []
    for month in sorted(luck.sample(range(13), luck.randint(1, 3))):
        change: dict[str, Any] = {"from": str(FIRST.shift(month))}
        if luck.random() < 0.3:
            change["until"] = str(FIRST.shift(month + luck.randint(1, 5)))
        if luck.random() < 0.3:
            change["policy"] = luck.choice(["standard", "lenient", "strict"])
        if "policy" not in change or luck.random() < 0.5:
            chosen = luck.sample(known, 2)
            change["set"] = {p.path: other(p, luck) for p in chosen} | ({"underwriting.cut_off": "+20"} if luck.random() < 0.3 else {})
        made.append(change)
    return made


def table(folder: Path, luck: random.Random) -> str:
    """A monthly table of a few variables in a file of its own."""
    names = luck.sample(list(VARIABLES), luck.randint(1, 4))
    rows = [",".join(["month", *names])]
    for m in range(20):
        values = [v.lowest + (v.highest - v.lowest) * luck.choice([0.0, luck.random() ** 8]) for v in map(VARIABLES.__getitem__, names)]
        rows.append(",".join([str(FIRST.shift(m - 3)), *(f"{value:.8f}" for value in values)]))
    file = folder / "table.csv"
    file.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return str(file)


def parts(base: Resolved, folder: Path, luck: random.Random) -> Overrides:
    """One of the things that have parts, made anew."""

    def sectors() -> Overrides:
        each = enumerate(shares(luck.randint(1, 8), luck))
        made = [{"name": f"s{k}", "share": share, "cyclicality": luck.choice([0.01, 1.0, 10.0])} for k, share in each]
        return {"profile.work.sectors": made}

    def segments() -> Overrides:
        return {f"profile.segments.{k}.share": s for k, s in enumerate(shares(3, luck))}

    def needs() -> Overrides:
        extra = {f"need{k}": {"monthly": percent(luck.random()), "size": luck.choice([0.0, 1.0, 60.0])} for k in range(luck.randint(1, 6))}
        known = {name: need.model_dump() for name, need in base.profile.demand.needs.items()}
        holders = {name: percent(luck.random()) for name in {**known, **extra}}
        return {"profile.demand.needs": known | extra, "profile.opening.holders": holders}

    def education() -> Overrides:
        names = ("reach", "lesson", "decay", "attention", "restraint")
        made: dict[str, Any] = {name: percent(luck.choice([0, 1, luck.random()])) for name in names}
        return {"policy.education": made | {"cost": luck.choice([0.0, 1.5, 1e6])}}

    def relief() -> Overrides:
        low, high = sorted(luck.choices(range(1, 7), k=2))
        shares = ("diagnosis", "take_up", "payment_share", "interest_waived")
        made: dict[str, Any] = {name: percent(luck.choice([0, 1, luck.random()])) for name in shares}
        made |= {name: luck.choice([0, 3, 12, 600]) for name in ("re_aged_after", "probation_months", "again_after")}
        made |= {"from_missed": low, "up_to_missed": high, "months": luck.choice([1, 6, 60]), "most": luck.choice([1, 2, 20])}
        order = {
            f"economy.{name}": percent(luck.choice([0, 1, luck.random()]))
            for name in ("forbearance", "forbearance_interest_waived", "payment_holiday_elsewhere", "elsewhere_interest_waived")
        }
        order |= {"economy.forbearance_months": luck.choice([1, 1.4, 3, 60])}
        return {"policy.hardship_plans": made | {"cost": luck.choice([0.0, 15.0, 1e6])}} | order

    def script() -> Overrides:
        loan = {"principal": luck.choice([0.5, 600.0, 1e6]), "rate": percent(luck.choice([0, 0.2, 3])), "tenor": luck.choice([2, 12, 120])}
        paid = [luck.choice([0.0, 50.0, 1e6]) for _ in range(luck.randint(0, 9))]
        made = {"equity": luck.choice([0.0, 450.0, 2e7]), "loan": loan | {"due_day": luck.randint(1, 28)}, "payments": paid}
        return {"script": made | {"recoveries": paid[:2], "sale_price": percent(luck.random())}}

    makers: list[Callable[[], Overrides]] = [
        lambda: {"shocks": [shock(luck) for _ in range(luck.randint(1, 4))]},
        lambda: {"shocks": [shock(luck)]},
        lambda: {"policy_changes": changes(base, luck)},
        lambda: {"policy.underwriting.bands": bands(luck)},
        lambda: {"policy.rating": notches(luck)},
        lambda: {"policy.products": products(luck)},
        lambda: {"economy.table": table(folder, luck), "economy.table_units": luck.choice(["fraction", "percent"])},
        lambda: {"profile.currency.minor_units": luck.randint(0, 3)},
        lambda: {"policy": luck.choice(["standard", "lenient", "strict", "educating", "hardship_plans"])},
        sectors, segments, needs, education, relief, script,
    ]
    return luck.choice(makers)()


def overrides(base: Resolved, folder: Path, luck: random.Random) -> Overrides:
    """Single values, pairs, triples and more moved; sometimes something with parts as well."""
    known = [*places(base.scenario, ""), *places(base.policy, "policy."), *places(base.profile, "profile.")]
    known = [place for place in known if place.path not in ("policy", "opening_policy", "start") and place.value not in ([], None, "")]
    chosen = luck.sample(known, luck.choice([0, 1, 1, 2, 2, 3, 3, 6]))
    given = {place.path: other(place, luck) for place in chosen}
    if not chosen or luck.random() < 0.35:
        made = parts(base, folder, luck)
        given = {path: value for path, value in given.items() if not any(path.startswith(f"{whole}.") for whole in made)} | made
    return given


@lru_cache
def _read(path: Path, name: str) -> bytes:
    return pickle.dumps(read_file(path, name))


def read_once(path: Path, name: str) -> Tree:
    """A file as the reader leaves it; the shipped ones are parsed once, which takes most of the time of a small run."""
    return typing.cast(Tree, pickle.loads(_read(path, name)))


@lru_cache
def shipped(scenario: str) -> Resolved:
    """A shipped scenario as it is."""
    return load_scenario(scenario)


def attempt(number: int) -> Ended:
    """One input: refused, or ended well, else what went wrong and with what."""
    luck = random.Random(number)
    scenario = luck.choice(BASES)
    with tempfile.TemporaryDirectory() as folder, patch("sim.inputs.layers.read_file", read_once):
        given = overrides(shipped(scenario), Path(folder), luck) | SIZE
        mode, own_past = luck.choices(["columns", "objects"], [29, 1])[0], luck.random() < 0.5
        try:
            resolved = load_scenario(scenario, None, list(given.items()), past="own" if own_past else "scenario")
            model = LendingModel(resolved, threads=1, seed=number, mode=mode)
            model.run_model()
            if luck.random() < 0.002:  # what a reader sees of it as well, which takes a hundred times as long
                sim.run(resolved, seeds=2, workers=1, threads=1).save(Path(folder) / "out")
        except InputError:
            return Ended(False)
        except Exception as error:
            told = {path: value for path, value in given.items() if path not in SIZE}
            return Ended(True, f"{number} {scenario} {told}: {type(error).__name__}: {error}")
    return Ended(True)


def main(arguments: list[str] | None = None) -> int:
    """Run so many, print what failed; 1 if anything did."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(arguments)
    bad = accepted = 0
    for k in range(asked.runs):
        ended = attempt(asked.seed * 1_000_003 + k)
        accepted += ended.accepted
        if ended.wrong is not None:
            bad += 1
            print(ended.wrong, flush=True)
    share = 100 * accepted / max(1, asked.runs)
    print(f"{asked.runs:,} inputs with lendsim {sim.__version__}: {accepted:,} accepted ({share:.0f} %), {bad} ended in an internal error")
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main())
