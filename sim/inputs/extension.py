"""The kinds of file with what mechanisms from outside the package add: their sections of the profile, their switches."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import Field, ValidationError, create_model

from sim.config.fields import Section
from sim.config.given import several
from sim.engine.declare import Mechanism
from sim.inputs.layers import MODELS
from sim.inputs.scenario import Gain, Mechanisms

_NUMBERS = ("gain", "money", "product", "funding", "event", "key", "month", "call")  # first words of other numbers of a phase
Models = dict[str, type[Section]]


def models_with(mechanisms: Iterable[Mechanism]) -> Models:
    """The models of the three kinds of file. ValueError for a section or a switch that is there already.

    A section that can be made from nothing, because every field has a default, may be left out of the profile; a
    switch that is left out is 1.
    """
    mechanisms = mechanisms_given(mechanisms)
    if not mechanisms:
        return MODELS
    sections: dict[str, Any] = {}
    gains: dict[str, Any] = {}
    taken = {*MODELS["profile"].model_fields, *MODELS["policy"].model_fields, *_NUMBERS}
    for mechanism in mechanisms:
        if mechanism.policy_sections:
            raise ValueError(f"mechanism '{mechanism.name}': from outside the package, sections are added to the profile, not to a policy")
        for name, kind in mechanism.sections.items():
            if name in sections or name in taken:
                raise ValueError(f"mechanism '{mechanism.name}': there is a section '{name}' already; choose another name")
            sections[name] = (kind, _default(kind))
        for switch in mechanism.switches:
            if switch.name in gains or switch.name in Mechanisms.model_fields:
                raise ValueError(f"mechanism '{mechanism.name}': there is a switch '{switch.name}' already")
            gains[switch.name] = (Gain, Field(default=1.0, description=switch.meaning))
    profile: Any = create_model("Profile", __base__=MODELS["profile"], **sections)
    loops: Any = create_model("Mechanisms", __base__=Mechanisms, **gains)
    scenario: Any = create_model("Scenario", __base__=MODELS["scenario"], mechanisms=(loops, ...))
    return MODELS | {"profile": profile, "scenario": scenario}


def mechanisms_given(given: Any) -> tuple[Mechanism, ...]:
    """The mechanisms of one's own that an argument lists; TypeError for one by itself, and for what is no mechanism."""
    if isinstance(given, Mechanism):
        raise TypeError(f"mechanisms is a list: write mechanisms=[…] around '{given.name}' too")
    found = several("mechanisms", given)
    for one in found:
        if not isinstance(one, Mechanism):
            own = "the package's own are always there, and set={'mechanisms.job_cycle': 0} switches one off"
            raise TypeError(f"a mechanism of your own is a Mechanism(…), not {one!r}; {own}")
    return tuple(found)


def _default(kind: Any) -> Any:
    try:
        return kind()
    except (ValidationError, TypeError):
        return ...
