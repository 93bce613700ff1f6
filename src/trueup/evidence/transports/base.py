"""The seam between collectors and hosts: a transport runs read-only commands and opens TCP streams on one host.

`local` does so on this machine, `replay` from bytes captured earlier; collectors and tests see only this protocol.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

from trueup.vocabulary import Word


class Section(Word, frozen=True, kw_only=True):
    """One read-only command: a name to find its output by, its argv, and its limits in seconds and bytes."""

    name: str
    argv: tuple[str, ...]
    timeout: float = 5.0
    limit: int = 8 * 1024 * 1024


class Output(Word, frozen=True, kw_only=True):
    """What a section gave. `status` is None when it could not start or did not end in time; `problem` says why.

    `truncated` is set when the output passed the section's limit; the rest was thrown away.
    """

    stdout: bytes = b""
    stderr: bytes = b""
    status: int | None = 0
    truncated: bool = False
    problem: str | None = None


class Transport(Protocol):
    """Reaches one host."""

    async def run(self, sections: Sequence[Section]) -> dict[str, Output]:
        """Run every section, each under its own limits; one section's failure never spoils another."""
        ...

    async def connect(self, address: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Open a TCP stream from the host's own vantage. Raises OSError or TimeoutError."""
        ...

    async def close(self) -> None:
        """Let go of the host, leaving nothing behind."""
        ...
