"""Start a real service on a free loopback port, wait until it answers, and end it with all that it started."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.real.asking import Got, ask

_ATTEMPTS = 2


@contextmanager
def running(
    argv: Callable[[int], Sequence[str]],
    *,
    ready: str,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    within: float = 90.0,
) -> Iterator[int]:
    """Start `argv(port)` and yield the port once `GET ready` answers anything at all.

    Somebody else may take the free port first, so a start that fails is tried once more on another one.
    """
    for attempt in range(1, _ATTEMPTS + 1):
        port = free_port()
        with tempfile.TemporaryFile() as log:
            process = subprocess.Popen(
                argv(port),
                cwd=folder,
                env={**_plain_environment(), **(environment or {})},
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                if _answers(process, port, ready, within):
                    yield port
                    return
            finally:
                _end(process)
            if attempt == _ATTEMPTS:
                log.seek(0)
                raise AssertionError(f"it did not start: {log.read()[-2000:].decode(errors='replace')}")


def free_port() -> int:
    """Return a port of 127.0.0.1 that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listens_beyond(port: int) -> bool:
    """Tell whether a local service listens on more than 127.0.0.1: any other loopback address shows it on Linux."""
    with suppress(OSError), socket.create_connection(("127.0.0.2", port), timeout=2):
        return True
    return False


def wait_until(port: int, path: str, accepted: Callable[[Got], bool], *, within: float = 60.0) -> Got:
    """Ask a path until an answer is accepted, and return it."""
    until = time.monotonic() + within
    while not accepted(got := ask(port, path)):
        assert time.monotonic() < until, f"{path} still answers {got.status} {got.body[:200]!r}"
        time.sleep(0.05)
    return got


def _answers(process: subprocess.Popen[bytes], port: int, path: str, within: float) -> bool:
    until = time.monotonic() + within
    while time.monotonic() < until and process.poll() is None:
        with suppress(OSError):
            ask(port, path)
            return True
        time.sleep(0.05)
    return False


def _end(process: subprocess.Popen[bytes]) -> None:
    for ending in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, ending)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=5)
    if process.stdin:
        process.stdin.close()


def _plain_environment() -> dict[str, str]:
    """Leave out proxies, keys and Python's settings of the shell that runs the tests."""
    return {key: os.environ[key] for key in ("PATH", "HOME", "LANG", "TMPDIR") if key in os.environ}
