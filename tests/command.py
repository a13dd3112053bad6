"""The command `lendsim` for tests: in a process of its own, as users start it, or from its entry on in this one, which is quicker."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

from sim.cli import entry

ROOT = Path(__file__).resolve().parent.parent


class Done(NamedTuple):
    """What a command leaves: its exit code and what it said."""

    returncode: int
    stdout: str
    stderr: str


def process(*arguments: object, cwd: Path = ROOT) -> Done:
    """The command in a process of its own."""
    command = [sys.executable, "-m", "sim.cli", *map(str, arguments)]
    done = subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, timeout=600, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def lendsim(*arguments: object, cwd: Path = ROOT) -> Done:
    """The command in this process, with a pipe for a console. What it does not answer for itself is raised."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    with chdir(cwd), patch.object(sys, "argv", ["lendsim", *map(str, arguments)]), redirect_stdout(out), redirect_stderr(err):
        try:
            entry()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    return Done(code, out.getvalue(), err.getvalue())
