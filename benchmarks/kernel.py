"""The reference kernel: three calls of the generator for every row, the least that twelve addressed events ask of any model."""

from __future__ import annotations

from collections.abc import Callable

from sim.engine.draws import draw
from sim.engine.pipeline import Step
from sim.model import LendingModel

CALLS = 3


def reference_task(model: LendingModel) -> Callable[[], None]:
    """The kernel over the model's rows, on the model's threads, ready to be timed."""
    engine = model.engine
    plan = engine.pipeline([Step(draw, numbers={"call": call}) for call in range(CALLS)])
    engine.load(plan, {}, 1)
    return lambda: engine.run(plan)
