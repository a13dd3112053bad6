"""What `lendsim list` prints: shipped files, phases of the month, rules, switches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

What = Literal["files", "phases", "rules", "switches"]


def listing(what: What) -> str:
    """The list as text; heavy libraries are imported by the list that needs them."""
    return _LISTS[what]()


def _files() -> str:
    from sim.config.shipped import shipped_actuals
    from sim.inputs import headline, shipped, shipped_calibrations, shipped_experiments

    def lines() -> Iterator[str]:
        for heading, files in (
            ("scenarios", shipped("scenario")), ("policies", shipped("policy")), ("profiles", shipped("profile")),
            ("experiments (lendsim compare NAME)", shipped_experiments()),
            ("calibrations (lendsim calibrate NAME)", shipped_calibrations()),
        ):
            yield heading
            yield from (f"  {name:34s}{headline(path)}" for name, path in sorted(files.items()))
        yield "published outcomes (lendsim backtest --actual NAME)"
        yield from (f"  {name}" for name in shipped_actuals())

    return "\n".join(lines())


def _phases() -> str:
    from sim.month import described

    return described()


def _rules() -> str:
    from sim.rebinding import described

    return described()


def _switches() -> str:
    from sim.assembly import switches

    return "\n".join(f"  mechanisms.{switch.name:20s}{switch.meaning}" for switch in switches())


_LISTS: dict[What, Callable[[], str]] = {"files": _files, "phases": _phases, "rules": _rules, "switches": _switches}
