"""The kinds of input file: what they may say, assembled from the rooms, and how they are loaded, merged and checked."""

from sim.config.faults import Fault, InputError, listed, nearest
from sim.config.fields import Month
from sim.config.references import find
from sim.config.shipped import shipped, shipped_calibrations, shipped_experiments
from sim.inputs.calibration import Calibration, is_calibration
from sim.inputs.changes import Arm
from sim.inputs.experiment import Experiment, is_experiment
from sim.inputs.file_check import check_files, examined, headline, read_experiment
from sim.inputs.json_schema import json_schema
from sim.inputs.loading import Resolved, Source, SourceFile, load_scenario
from sim.inputs.overrides import override_list

__all__ = [
    "Arm", "Calibration", "Experiment", "Fault", "InputError", "Month", "Resolved", "Source", "SourceFile", "check_files", "examined",
    "find", "headline", "is_calibration", "is_experiment", "json_schema", "listed", "load_scenario", "nearest", "override_list",
    "read_experiment", "shipped", "shipped_calibrations", "shipped_experiments",
]
