"""JSON Schema of the kinds of file, generated from the models, for editors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sim.config.fields import Section
from sim.config.ranges import TOLD
from sim.inputs.calibration import Calibration
from sim.inputs.experiment import Experiment
from sim.inputs.layers import MODELS

KINDS: dict[str, type[Section]] = {**MODELS, "experiment": Experiment, "calibration": Calibration}

FOLDER = Path(__file__).resolve().parent / "schemas"


def json_schema(kind: str) -> dict[str, Any]:
    """The schema of one kind. No key is required in it: a file that extends another may hold any part."""
    schema = KINDS[kind].model_json_schema()
    _relax(schema)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": f"lendsim {kind}"} | {
        k: v for k, v in schema.items() if k != "title"
    }


def _relax(node: Any) -> None:
    if isinstance(node, dict):
        if TOLD in node:  # ranges and their reasons, where editors show them
            node["description"] = "; ".join([*filter(None, [node.get("description")]), *node.pop(TOLD)["words"]])
        if isinstance(node.get("required"), list):
            del node["required"]
        if "patternProperties" in node:  # names of the file's own choosing have a form: any other is none
            node["additionalProperties"] = False
        if "discriminator" in node:  # a part need not say which of the alternatives it belongs to
            del node["discriminator"]
            node["anyOf"] = node.pop("oneOf")
        for value in node.values():
            _relax(value)
    elif isinstance(node, list):
        for value in node:
            _relax(value)


def text_of(kind: str) -> str:
    """The committed file's text."""
    return json.dumps(json_schema(kind), indent=2, ensure_ascii=False) + "\n"


def write_all() -> None:
    """Write the schemas beside this module."""
    FOLDER.mkdir(exist_ok=True)
    for kind in KINDS:
        (FOLDER / f"{kind}.schema.json").write_text(text_of(kind), encoding="utf-8")


if __name__ == "__main__":
    write_all()
