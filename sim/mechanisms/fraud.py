"""Fraud: loans taken without intent to repay."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field

from sim.config.fields import Section, Share
from sim.config.ranges import Plausible
from sim.engine.declare import Mechanism, MonthInputs, Switch, Values


class Fraud(Section):
    share: Annotated[Share, Plausible(0, 0.02, "first-payment defaults that lenders report")] = Field(
        description="share of new loans taken without intent to repay, before screening"
    )


def numbers(m: MonthInputs) -> Values:
    """Share of applications that never mean to pay."""
    return {"fraud.attempted": np.float32(m.profile.fraud.share * m.gain.fraud)}


MECHANISM = Mechanism(
    name="fraud", sections={"fraud": Fraud}, switches=(Switch("fraud", "loans taken without intent to repay"),), numbers=numbers,
)
