"""The macro world: paths, shocks and tables become one row of conditions a month.

`build_conditions` reads the scenario's economy; `labour_flows` turns unemployment into job losses and finds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.economy.conditions import Conditions, build_conditions

if TYPE_CHECKING:
    from sim.economy.labour_market import labour_flows

__all__ = ["Conditions", "build_conditions", "labour_flows"]


def __getattr__(name: str) -> Any:
    """labour_flows on first use: it brings the compiler along, which `lendsim check` does not need."""
    if name == "labour_flows":
        from sim.economy.labour_market import labour_flows

        return labour_flows
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
