"""The command as a process: `trueup`, or `python -m trueup`."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from typing import NoReturn

# A short process makes little garbage: looking for it while modules are imported takes a tenth of the time.
gc.set_threshold(100_000)

from trueup.cli import main  # noqa: E402 - so that importing it counts


def run() -> NoReturn:
    """Run the command line and end the process with its exit status.

    It ends at once: taking the interpreter apart would take another tenth, and would wait for a name that some resolver
    still looks up for nobody.
    """
    status = main()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(status)


if __name__ == "__main__":
    run()
