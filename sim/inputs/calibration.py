"""A calibration file: which numbers of the profile and the policy are fitted, within which bounds, and to which moments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, StringConstraints, create_model

from sim.config.faults import Fault, InputError
from sim.config.fields import AnyNumber, PolicyReference, Reference, Section, Text, Whole
from sim.config.ranges import Range
from sim.config.shipped import shipped_calibrations, shown
from sim.config.validation import place_of, salvage, validate
from sim.config.yaml_reader import KeyPath, Place, Tree, read_file
from sim.engine.metric import OverMonths
from sim.inputs.plain import given_tree

Method = Literal["cma", "tpe", "local"]
HELD = Range(-1e15, 1e15, "the books' 64 bits hold no more")
Bound = Annotated[AnyNumber, HELD]
KEYS = {"parameters", "moments"}  # by which such a file is known

_FROM = "lowest value that is tried; left out, that of the study range which the field declares"
_TO = "highest one"
_START = "value that the search begins at; left out, the present one"
_SCALE = "log: halving counts as much as doubling; for what may differ by factors"

if TYPE_CHECKING:

    class Parameter(Section):
        to: float | None
        start: float | None
        scale: Literal["linear", "log"]

else:
    Parameter = create_model(
        "Parameter",
        __base__=Section,
        __doc__="A number that is fitted: its bounds, where the search begins, the scale on which it moves.",
        **{
            "from": (Bound | None, Field(default=None, description=_FROM)),
            "to": (Bound | None, Field(default=None, description=_TO)),
            "start": (Bound | None, Field(default=None, description=_START)),
            "scale": (Literal["linear", "log"], Field(default="linear", description=_SCALE)),
        },
    )


class Moment(Section):
    """A figure that the simulation is to meet: the mean over the seeds of a metric at a horizon."""

    metric: Text = Field(description="a figure of a comparison or a column of `monthly` (docs/outputs.md)")
    horizon: Annotated[Whole, Range(1, 600, "no run has more months", below="a run has a month")] | None = Field(
        default=None, description="months from the first on that count; left out, all of them"
    )
    over: OverMonths | None = Field(
        default=None, description="how these months of a column come to one number; left out, as the column is declared"
    )
    target: Bound = Field(description="the figure that is to be met, in the unit of the metric")
    tolerance: Annotated[AnyNumber, Range(0, 1e15, HELD.reason, above=True)] = Field(
        description="its standard error, or the miss that is still acceptable, in the same unit; a moment weighs 1 / tolerance²"
    )
    source: Annotated[Text, StringConstraints(min_length=1)] = Field(description="where the figure is from")


class Calibration(Section):
    """Numbers fitted to moments; every trial is lived with the same seeds, the book built anew under its numbers."""

    title: Text = ""
    description: Text = ""
    scenario: Reference
    policy: PolicyReference | None = Field(default=None, description="instead of the scenario's own, from the warm-up on")
    months: Annotated[Whole, Range(1, 600, "no run has more months", below="a run has a month")] | None = Field(
        default=None, description="months that a trial lives; left out, the scenario's"
    )
    seeds: Annotated[Whole, Range(1, 1_000, "a thousand narrow the simulated moments to a thirtieth", below="one at least")] = Field(
        default=5, description="seeds from the scenario's own on, the same ones for every trial"
    )
    set: Annotated[list[Text], Field(max_length=100)] = Field(default_factory=list, description="overrides for every trial, path=value")
    parameters: Annotated[dict[Text, Parameter | None], Field(min_length=1, max_length=20)] = Field(
        description="numbers of the profile or the policy by path, e.g. profile.work.separation_rate"
    )
    moments: Annotated[list[Moment], Field(min_length=1, max_length=200)]
    method: Method | None = Field(
        default=None,
        description="global search before the least squares: cma (covariance matrix adaptation), tpe (Parzen estimators), local for none; "
        "left out, cma, and tpe for a single parameter",
    )
    trials: Annotated[Whole, Range(1, 100_000, "a search that long wants another method", below="the start is one")] = Field(
        default=60, description="points of the global search, the start among them"
    )
    polish: Annotated[Whole, Range(0, 50, "least squares that have not settled by then never will")] = Field(
        default=8, description="most steps of the least squares that follow from the best of them, each 2 trials a parameter and one"
    )
    search_seed: Annotated[Whole, Range(0, 2**31 - 1, "the samplers take 31 bits")] = Field(default=1, description="luck of the search")


@dataclass(frozen=True)
class Draft:
    """A calibration as it was read: whole, or None; what is sound of it; its faults; where its values and keys stand.

    Reading a faulty value of `part` raises AttributeError. folder: that references count from, None for the working folder.
    """

    whole: Calibration | None
    part: Calibration
    faults: list[Fault]
    marks: Mapping[KeyPath, Place]
    keys: Mapping[KeyPath, Place]
    folder: Path | None
    sha256: str
    name: str

    def place(self, path: KeyPath) -> Place:
        """Where a value stands; where it is missing, where the key or whatever is around it stands."""
        return self.marks[path] if path in self.marks else self.keys.get(path[:-1]) or place_of(path, self.marks)


def calibration_in(reference: str | Path | Mapping[str, Any]) -> Draft | None:
    """What a file, one shipped under a name, or a mapping holds of a calibration; None if it is none. InputError if it cannot be read."""
    if isinstance(reference, Mapping):
        return _drafted(given_tree(reference, "calibration"), None)
    path = Path(reference)
    if not path.exists():
        path = shipped_calibrations().get(str(reference), path)
    if path.suffix not in (".yaml", ".yml") or not path.is_file():
        return None
    tree = read_file(path, shown(path))
    return _drafted(tree, path.parent) if isinstance(tree.data, dict) and KEYS & {*tree.data} else None


def _drafted(tree: Tree, folder: Path | None) -> Draft:
    model, faults, wrong = validate(Calibration, tree.data, tree.marks, tree.keys)
    part = model if model is not None else salvage(Calibration, tree.data, wrong)
    found = [*tree.faults, *faults]
    return Draft(model if not found else None, part, found, tree.marks, tree.keys, folder, tree.sha256, tree.file)


def is_calibration(reference: str | Path) -> bool:
    """Whether a file, or one shipped under a name, is a calibration; a file that cannot be read is none."""
    try:
        return calibration_in(reference) is not None
    except InputError:
        return False
