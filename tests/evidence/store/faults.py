"""A fault at the Nth call to the system: an error, or the end of the process, at every place where one can come.

Not by luck: the calls are counted, and a test asks for 1, 2, 3 … until the work ends without meeting its fault.
"""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal, TypeAlias, get_args
from unittest.mock import patch

CALLS = (
    *("open", "write", "fsync", "fchmod", "link", "unlink", "rename", "replace", "mkdir", "listdir", "pread", "close"),
    *("stat", "lstat", "fstat"),
)
Fault: TypeAlias = Literal["EIO", "ENOSPC", "EMFILE", "kill", "Ctrl-C before", "Ctrl-C after"]
FAULTS: tuple[Fault, ...] = get_args(Fault)


class Counter:
    """Counts calls and brings the fault at the Nth. `met` tells at which call that was."""

    def __init__(self, at: int, fault: Fault) -> None:
        self.at, self.fault = at, fault
        self.count = 0
        self.met = ""

    def wrap(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        """Return the call with the fault in it. A write writes half before."""

        def call(*arguments: Any, **named: Any) -> Any:
            self.count += 1
            if self.count != self.at:
                return real(*arguments, **named)
            self.met = name
            if self.fault == "Ctrl-C after":
                real(*arguments, **named)
            elif name == "write":
                real(arguments[0], arguments[1][: len(arguments[1]) // 2])
            elif name == "close":
                real(*arguments)
            if self.fault == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            if self.fault.startswith("Ctrl-C"):
                raise KeyboardInterrupt
            raise OSError(getattr(errno, self.fault), os.strerror(getattr(errno, self.fault)))

        return call


@contextmanager
def faulty(at: int, fault: Fault) -> Iterator[Counter]:
    """Bring the fault at the Nth call that the code within makes."""
    counter = Counter(at, fault)
    with patch.object(fcntl, "flock", counter.wrap("flock", fcntl.flock)):
        patches = [patch.object(os, name, counter.wrap(name, getattr(os, name))) for name in CALLS]
        for each in patches:
            each.start()
        try:
            yield counter
        finally:
            for each in patches:
                each.stop()


def killed(at: int, work: Callable[[], object]) -> bool:
    """Do the work in a child process that is killed at its Nth call; return whether it came to that."""
    child = os.fork()
    if child == 0:
        try:
            with faulty(at, "kill"):
                work()
            os._exit(0)
        except BaseException:  # noqa: BLE001 - a child of the tests must not go on as one
            traceback.print_exc(file=sys.__stderr__)
            os._exit(1)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return True
    assert os.WEXITSTATUS(status) == 0, "the work failed where nothing was done to it"
    return False
