"""This machine: commands as child processes without a shell, TCP streams from its own vantage."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Sequence
from contextlib import suppress

from trueup.evidence.transports.base import Output, Section

_STDERR_LIMIT = 64 * 1024
_GOODBYE_SECONDS = 2.0


class LocalTransport:
    """Runs sections on this machine, all at once; see `Transport`."""

    async def run(self, sections: Sequence[Section]) -> dict[str, Output]:
        """Run every section in a process group of its own, which is killed when a limit is passed."""
        outputs = await asyncio.gather(*(_run(section) for section in sections))
        return {section.name: output for section, output in zip(sections, outputs, strict=True)}

    async def connect(self, address: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Open a TCP stream to `address` and `port`. Raises OSError."""
        return await asyncio.open_connection(address, port)

    async def close(self) -> None:
        """Nothing is held between runs."""


class _Capture(asyncio.SubprocessProtocol):
    """Keeps a command's output up to its limits; `ended` is set when it is over or a limit is passed."""

    def __init__(self, limit: int) -> None:
        self.room = {1: limit, 2: _STDERR_LIMIT}
        self.kept = {1: bytearray(), 2: bytearray()}
        self.truncated = False
        self.ended = asyncio.Event()
        self.gone = asyncio.Event()

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        room = self.room[fd] - len(self.kept[fd])
        self.kept[fd] += data[:room]
        if len(data) > room and fd == 1:
            self.truncated = True
            self.ended.set()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self.ended.set()
        self.gone.set()


async def _run(section: Section) -> Output:
    loop = asyncio.get_running_loop()
    try:
        transport, capture = await loop.subprocess_exec(
            lambda: _Capture(section.limit),
            *section.argv,
            stdin=asyncio.subprocess.DEVNULL,
            env=_environment(),
            start_new_session=True,
        )
    except FileNotFoundError:
        return Output(status=None, problem=f"{section.argv[0]} is not installed")
    except (OSError, ValueError) as error:
        return Output(status=None, problem=f"{section.argv[0]} did not start: {_words(error)}")
    problem = None
    try:
        async with asyncio.timeout(section.timeout):
            await capture.ended.wait()
    except TimeoutError:
        problem = f"{section.argv[0]} did not end within {section.timeout:g} s"
    finally:
        await _end(transport, capture)
    return Output(
        stdout=bytes(capture.kept[1]),
        stderr=bytes(capture.kept[2]),
        status=None if problem or capture.truncated else transport.get_returncode(),
        truncated=capture.truncated,
        problem=problem,
    )


async def _end(transport: asyncio.SubprocessTransport, capture: _Capture) -> None:
    """Kill what is left of the group and wait until the pipes are closed, so that nothing stays behind."""
    if not capture.gone.is_set():
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(transport.get_pid(), signal.SIGKILL)
    transport.close()
    with suppress(TimeoutError):
        async with asyncio.timeout(_GOODBYE_SECONDS):
            await capture.gone.wait()


def _environment() -> dict[str, str]:
    """Untranslated output, the places of `ss`, `ip` and `lsof` for users without them, and the way to one's systemd."""
    path = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    return {"LC_ALL": "C", "PATH": path, **({"XDG_RUNTIME_DIR": runtime} if runtime else {})}


def _words(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or "its command line cannot be passed on"
