"""Words that runs, stories and pages share."""

from __future__ import annotations


def counted(n: int, what: str) -> str:
    """A number of things: `1 month`, `3 months`."""
    return f"{n:,} {what}{'' if n == 1 else 's'}"
