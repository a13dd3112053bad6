"""An experiment file: which scenario, which policies, how many seeds, under which overrides."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from sim.config.faults import Fault, InputError
from sim.config.fields import Reference, Section, Text, Whole
from sim.config.ranges import Range
from sim.config.shipped import shipped_experiments, shown
from sim.config.validation import salvage, validate, whole
from sim.config.yaml_reader import KeyPath, Place, Tree, read_file
from sim.inputs.changes import Arm
from sim.inputs.layers import own_keys


class Experiment(Section):
    """A paired comparison of policies: the first policy is the baseline, and the one that built the book."""

    title: Text = ""
    scenario: Reference
    policies: Annotated[list[Reference | Arm], Field(min_length=2, max_length=20)] = Field(
        description="names or paths, or arms with changes of their own"
    )
    seeds: Annotated[
        Whole, Range(1, 10_000, "ten thousand narrow an interval to a hundredth of that of one", below="nothing is paired without one")
    ] = Field(default=10, description="paired runs")
    set: Annotated[list[Text], Field(max_length=100)] = Field(default_factory=list)


@dataclass(frozen=True)
class Read:
    """An experiment's file as it was read: the experiment, or None; its faults; what is sound of it, its arms with their places."""

    experiment: Experiment | None
    faults: list[Fault]
    scenario: str | None
    arms: list[Arm]
    set: list[str]
    marks: dict[KeyPath, Place]


def experiment_in(reference: str | Path) -> Read | None:
    """What a file, or one shipped under a name, holds of an experiment; None if it is none. Raises InputError if it cannot be read."""
    path = Path(reference)
    if not path.exists():
        path = shipped_experiments().get(str(reference), path)
    if path.suffix not in (".yaml", ".yml") or not path.is_file():
        return None
    tree = read_file(path, shown(path))
    if not isinstance(tree.data, dict) or not _is_experiment(tree):
        return None
    model, faults, wrong = validate(Experiment, tree.data, tree.marks, tree.keys)
    if model is not None:
        arms = [_placed(arm, k, tree) for k, arm in enumerate(model.policies)]
        whole_one = model.model_copy(update={"policies": arms}) if not tree.faults else None
        return Read(whole_one, tree.faults, model.scenario, arms, model.set, tree.marks)
    part = salvage(Experiment, tree.data, wrong)
    entries = enumerate(getattr(part, "policies", []))
    arms = [_placed(arm, k, tree) for k, entry in entries if (arm := _usable(entry, tree.data["policies"][k])) is not None]
    given: Any = tree.data.get("set")
    listed = isinstance(given, list) and ("set",) not in wrong
    overrides = [text for k, text in enumerate(given) if ("set", k) not in wrong] if listed else []
    return Read(None, [*tree.faults, *faults], getattr(part, "scenario", None), arms, overrides, tree.marks)


def _usable(entry: str | Arm, given: Any) -> str | Arm | None:
    """What can be judged of an arm that may have faults; None where nothing can."""
    if isinstance(entry, str):
        return entry
    values = {name: getattr(entry, name) for name in ("policy", "set", "policy_changes") if name in given and hasattr(entry, name)}
    if not all(whole(change) for change in values.get("policy_changes", ())):
        del values["policy_changes"]
    return Arm(**values) if values else None


def is_experiment(reference: str | Path) -> bool:
    """Whether a file, or one shipped under a name, is an experiment; a file that cannot be read is none."""
    try:
        return experiment_in(reference) is not None
    except InputError:
        return False


def _is_experiment(tree: Tree) -> bool:
    """Whether a file's keys are those of an experiment: no other kind of file has policies, or names a scenario and says nothing itself."""
    return "policies" in tree.data or ("scenario" in tree.data and not any(own_keys(tree).values()))


def _placed(given: str | Arm, k: int, tree: Tree) -> Arm:
    """An arm of the file, knowing where it stands."""
    here = ("policies", k)
    own = {path[2:]: place for path, place in tree.marks.items() if path[:2] == here}
    if isinstance(given, Arm):
        return given.at_places(own)
    return Arm(policy=given).at_places({(): own[()], ("policy",): own[()]})
