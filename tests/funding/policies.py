"""A policy with round numbers for tests of the lender's books."""

from functools import cache
from typing import Any

from sim.config import load_scenario
from sim.config.schema import Policy


@cache
def golden() -> Policy:
    """The golden ledger's policy: advance 80 %, under 30 DPD, no undrawn fee, trigger at 100 %."""
    return load_scenario("golden_ledger").policy


def with_funding(warehouse: dict[str, Any] | None = None, **funding: Any) -> Policy:
    """The golden policy with some funding numbers replaced."""
    policy = golden()
    line = policy.funding.warehouse.model_copy(update=warehouse or {})
    return policy.model_copy(update={"funding": policy.funding.model_copy(update={**funding, "warehouse": line})})
