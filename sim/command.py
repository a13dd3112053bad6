"""Where the command begins: an interrupt is answered from the first moment on, while the command itself is still being imported."""

from __future__ import annotations

import os
import signal
from typing import Any


def _at_once(*_: Any) -> None:
    os.write(2, b"interrupted; nothing was written\n")
    os._exit(130)


def entry() -> None:
    """The command `lendsim`."""
    signal.signal(signal.SIGINT, _at_once)
    from sim.cli import entry as command

    signal.signal(signal.SIGINT, signal.default_int_handler)
    command()


if __name__ == "__main__":
    entry()
