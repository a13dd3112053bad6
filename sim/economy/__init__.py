"""The macro world: paths, shocks and tables become one row of conditions a month.

`build_conditions` reads the scenario's economy. `labour_market`, which turns unemployment into job losses and finds, is
imported by itself: it brings the compiler along, which `lendsim check` does not need.
"""

from sim.economy.conditions import Conditions, build_conditions

__all__ = ["Conditions", "build_conditions"]
