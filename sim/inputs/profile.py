"""What a profile file may say: the borrowers of a market, assembled from what each mechanism declares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, create_model

from sim.assembly import profile_sections
from sim.config.fields import Reference, Section, Text, Whole
from sim.config.ranges import Range


class Currency(Section):
    code: Text = Field(description="ISO 4217 code used in labels and reports")
    minor_units: Annotated[Whole, Range(0, 3, "no currency in use has more than three decimals")] = Field(
        description="decimals of the currency; accounts are kept in minor units"
    )


class _Frame(Section):
    title: Text
    description: Text = ""
    extends: Reference | None = None
    currency: Currency


if TYPE_CHECKING:

    class Profile(_Frame):
        """Sections by name, as the mechanisms declare them."""

        def __getattr__(self, name: str) -> Any: ...

else:
    Profile = create_model("Profile", __base__=_Frame, **{name: (kind, ...) for name, kind in profile_sections().items()})
