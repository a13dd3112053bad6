"""An experiment file: which scenario, which policies, how many seeds, under which overrides."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from sim.config.faults import InputError
from sim.config.fields import Count, Reference, Section, Text
from sim.config.shipped import shipped_experiments, shown
from sim.config.validation import validate
from sim.config.yaml_reader import Tree, read_file
from sim.inputs.changes import Arm


class Experiment(Section):
    """A paired comparison of policies: the first policy is the baseline, and the one that built the book."""

    title: Text = ""
    scenario: Reference
    policies: Annotated[list[Reference | Arm], Field(min_length=2, max_length=20)] = Field(
        description="names or paths, or arms with changes of their own"
    )
    seeds: Annotated[Count, Field(ge=1)] = 10
    set: Annotated[list[Text], Field(max_length=100)] = Field(default_factory=list)


def read_experiment(reference: str | Path) -> Experiment | None:
    """The experiment in a file, or shipped under a name; None if it is no experiment. Raises InputError for a faulty one."""
    path = Path(reference)
    if not path.exists():
        path = shipped_experiments().get(str(reference), path)
    if path.suffix not in (".yaml", ".yml") or not path.is_file():
        return None
    tree = read_file(path, shown(path))
    if not isinstance(tree.data, dict) or "policies" not in tree.data:
        return None
    model, faults, _ = validate(Experiment, tree.data, tree.marks, tree.keys)
    if model is None or tree.faults:
        raise InputError([*tree.faults, *faults])
    return model.model_copy(update={"policies": [_placed(arm, k, tree) for k, arm in enumerate(model.policies)]})


def _placed(given: str | Arm, k: int, tree: Tree) -> Arm:
    """An arm of the file, knowing where it stands."""
    here = ("policies", k)
    own = {path[2:]: place for path, place in tree.marks.items() if path[:2] == here}
    if isinstance(given, Arm):
        return given.at_places(own)
    return Arm(policy=given).at_places({(): own[()], ("policy",): own[()]})
