"""What a YAML file may say: schema, loading, and errors that name file, line and column."""

from sim.config.faults import Fault, InputError
from sim.config.fields import Month
from sim.config.json_schema import json_schema
from sim.config.loading import Resolved, SourceFile, check_files, headline, load_scenario
from sim.config.references import find
from sim.config.shipped import shipped

__all__ = [
    "Fault", "InputError", "Month", "Resolved", "SourceFile", "check_files", "find", "headline", "json_schema",
    "load_scenario", "shipped",
]
