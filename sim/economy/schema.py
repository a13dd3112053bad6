"""What a scenario says of the economy: base paths, a table over them, shocks on top."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, create_model

from sim.config.fields import Attempts, Change, Duration, HolidayMonths, Month, MonthCount, Rate, Section, Text
from sim.economy.variables import VARIABLES, Variable

_COUNTS = {"contact_cap": Attempts, "forbearance_months": HolidayMonths}  # what is counted has forms of its own, within the same range
_PATH = "one annual rate or share for all months, or one a month (the last one lasts)"


def _opening_value(variable: Variable) -> tuple[Any, None]:
    """What the opening may state of a variable, or leave out."""
    counted: Any = _COUNTS.get(variable.name)
    return (Annotated[Rate | None, variable.range] if counted is None else counted | None), None


def _path(variable: Variable) -> tuple[Any, Any]:
    """One value of a variable for all months, or one a month."""
    counted: Any = _COUNTS.get(variable.name)
    within = (variable.range,) if variable.plausible is None else (variable.range, variable.plausible)
    kind = Annotated[(Rate | list[Rate], *within)] if counted is None else counted | list[counted]
    return kind, Field(description=variable.meaning if variable.described else _PATH)


class _Opening(Section):
    """Conditions in which the book was built, before month 1; what is left out is as in month 1, or as the table's last earlier row."""


if TYPE_CHECKING:
    MacroVariable = str

    class OpeningConditions(_Opening):
        """A value, or none, of every macro variable."""

        def __getattr__(self, name: str) -> float | None: ...

else:
    MacroVariable = Literal[tuple(VARIABLES)]
    OpeningConditions = create_model(
        "OpeningConditions", __base__=_Opening, __doc__=_Opening.__doc__, **{name: _opening_value(v) for name, v in VARIABLES.items()}
    )


class _Frame(Section):
    """Macro conditions before shocks; whatever is left out keeps its calm value."""

    opening: OpeningConditions = Field(
        default_factory=OpeningConditions, description="conditions of the warm-up, where they are not those of month 1"
    )

    table: Text | None = Field(
        default=None, description="CSV with one row a month or quarter; the Federal Reserve's domestic scenario tables are read as published"
    )
    table_units: Literal["fraction", "percent"] | None = Field(
        default=None, description="unit of the cells of a table that is not the Federal Reserve's"
    )
    table_without: list[MacroVariable] = Field(
        default_factory=list, description="columns of the table that are not used; the values stated here stand in their place"
    )


if TYPE_CHECKING:

    class Economy(_Frame):
        """A path of every macro variable."""

        def __getattr__(self, name: str) -> Any: ...

else:
    Economy = create_model("Economy", __base__=_Frame, __doc__=_Frame.__doc__, **{name: _path(v) for name, v in VARIABLES.items()})


class ShockRecovery(Section):
    by: Month | None = Field(default=None, description="month in which the shock has gone, linearly")
    half_life: Duration | None = Field(
        default=None, description="months in which half of what is left goes"
    )


class Shock(Section):
    variable: MacroVariable
    start: Month
    shape: Literal["step", "ramp", "pulse", "path"]
    by: Change | None = Field(default=None, description="change against the path without this shock, e.g. +5pp; attempts for contact_cap, months for forbearance_months")
    to: Change | None = Field(default=None, description="level to reach, e.g. 30%; attempts for contact_cap, months for forbearance_months")
    values: list[Change] | None = Field(default=None, description="changes month by month, shape path only")
    over: MonthCount | None = Field(default=None, description="months of the ramp")
    hold: MonthCount | None = Field(default=None, description="months at full size")
    recovery: ShockRecovery | None = Field(
        default=None, description="how the shock fades after the hold; without it a step or ramp stays and a pulse ends at once"
    )
