"""Where the command begins: an interrupt, or too little memory, is answered while the command itself is still being imported."""

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
    try:
        from sim.engine.room import refuse_to_begin

        refuse_to_begin()
        from sim.cli import entry as command
    except MemoryError as error:
        os.write(2, f"error: not enough memory{f': {error}' if str(error) else ' to begin'}\n".encode())
        os._exit(1)

    signal.signal(signal.SIGINT, signal.default_int_handler)
    command()


if __name__ == "__main__":
    entry()
