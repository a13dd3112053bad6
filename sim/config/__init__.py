"""What a YAML file may say: schema, loading, and errors that name file, line and column."""

from sim.config.experiment import Experiment, read_experiment
from sim.config.faults import Fault, InputError, nearest
from sim.config.fields import Month
from sim.config.json_schema import json_schema
from sim.config.loading import Resolved, SourceFile, check_files, headline, load_scenario
from sim.config.overrides import override_list
from sim.config.references import find
from sim.config.shipped import shipped, shipped_experiments

__all__ = [
    "Experiment", "Fault", "InputError", "Month", "Resolved", "SourceFile", "check_files", "find", "headline", "json_schema",
    "load_scenario", "nearest", "override_list", "read_experiment", "shipped", "shipped_experiments",
]
