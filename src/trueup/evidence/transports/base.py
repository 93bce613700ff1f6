"""The seam between collectors and hosts: a transport runs read-only commands and opens TCP streams on one host.

`local` does so on this machine, `replay` from bytes captured earlier; collectors and tests see only this protocol.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Literal, Protocol

from trueup.vocabulary import Word


class Section(Word, frozen=True, kw_only=True):
    """One read-only command: a name to find its output by, and its limits in seconds and bytes.

    It is either `argv`, run without a shell, or `script`, a fixed POSIX shell text run in a subshell; nothing that a
    host or a document says ever becomes part of a script. A section is skipped, and then has an `Output` with that
    `problem`: on another `system`, where the shell test `only_if` fails, where the section named `unless` (an earlier
    one) succeeded with output, and where the program is not installed. `root` marks a command that sees more as root:
    where the manifest allows it, it is run with `sudo -n`.
    """

    name: str
    argv: tuple[str, ...] = ()
    script: str = ""
    timeout: float = 5.0
    limit: int = 8 * 1024 * 1024
    system: Literal["linux", "macos"] | None = None
    only_if: str | None = None
    unless: str | None = None
    root: bool = False

    @property
    def shown(self) -> str:
        """What to call this command as provenance: its words, or its name where it is a script."""
        return " ".join(self.argv) or self.name


class Output(Word, frozen=True, kw_only=True):
    """What a section gave. `status` is None when it could not start or did not end in time; `problem` says why.

    `truncated` is set when the output passed the section's limit; the rest was thrown away. `as_root` tells that the
    command ran as root, by itself or through `sudo -n`.
    """

    stdout: bytes = b""
    stderr: bytes = b""
    status: int | None = 0
    truncated: bool = False
    problem: str | None = None
    as_root: bool = False


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
