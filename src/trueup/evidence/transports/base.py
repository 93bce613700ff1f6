"""The seam between looks and hosts: a transport runs read-only commands and opens TCP connections on one host.

`local` does so on this machine, `ssh` on another, `replay` from bytes captured earlier. A look is a generator of steps
(see `perform`), so that it neither knows nor waits for any of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple, Protocol, TypeAlias

from trueup.vocabulary import Word


class Section(Word, frozen=True, kw_only=True):
    """One read-only command: a name to find its output by, and its limits in seconds and bytes.

    It is either `argv`, run without a shell, or `script`, a fixed POSIX shell text run in a subshell, or `says`, the
    name of a variable that the framing script has anyway. Nothing that a host or a document says ever becomes part of a
    script. A section is skipped, and then has an `Output` with that `problem`: on another `system`, where the shell
    test `only_if` fails, where the section named `unless` (an earlier one) succeeded or was not needed, and where the
    program is not installed. `root` marks a command that sees more as root: where the manifest allows it, it is run
    with `sudo -n`.
    """

    name: str
    argv: tuple[str, ...] = ()
    script: str = ""
    says: Literal["", "UNAME", "USER_ID"] = ""
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
    command ran as root, by itself or through `sudo -n`. `at` is when it began, by the observer's clock (seconds since
    1970), None where that is not known.
    """

    stdout: bytes = b""
    stderr: bytes = b""
    status: int | None = 0
    truncated: bool = False
    problem: str | None = None
    as_root: bool = False
    at: float | None = None


LATE = "time ran out"
"""What is said of everything that the deadline came before."""


class Trouble(NamedTuple):
    """Why a conversation came to nothing: nobody listens, nobody answers, no way there, or it broke off."""

    kind: Literal["refused", "silent", "unreachable", "broken"]
    words: str


class Conversation(Protocol):
    """One TCP connection from the host's own vantage, without its input and output.

    A driver connects to `address` and `port`, sends what `opened` returns, hands over what arrives and sends what
    `received` returns, until `done`, or until the far end or `seconds` are over; then it calls `ended`, once.
    """

    address: str
    port: int
    seconds: float

    @property
    def done(self) -> bool:
        """Nothing more has to be sent or received."""
        ...

    def opened(self) -> bytes:
        """The connection stands; return what to send."""
        ...

    def received(self, data: bytes) -> bytes:
        """Take bytes; return what to send."""
        ...

    def ended(self, trouble: Trouble | None) -> None:
        """No more bytes come; `trouble` is None where the far end simply closed."""
        ...


class Run(NamedTuple):
    """A step of a look: run these sections; the answer is `dict[str, Output]` by name."""

    sections: tuple[Section, ...]


class Talk(NamedTuple):
    """A step of a look: have these conversations, all at once; there is no answer but in them."""

    conversations: tuple[Conversation, ...]


Step: TypeAlias = Run | Talk


class Usage:
    """What a transport has cost so far."""

    def __init__(self) -> None:
        self.connections = 0
        self.executions = 0
        self.commands = 0
        self.bytes = 0
        self.cpu_seconds = 0.0
        self.wall_seconds = 0.0


class Transport(Protocol):
    """Reaches one host and performs steps there, until its deadline at the latest."""

    usage: Usage

    def run(self, sections: Sequence[Section]) -> dict[str, Output]:
        """Run every section, each under its own limits; one section's failure never spoils another."""
        ...

    def talk(self, conversations: Sequence[Conversation]) -> None:
        """Have every conversation; each has been told that it `ended` when this returns."""
        ...

    def close(self) -> None:
        """Let go of the host, leaving nothing behind."""
        ...
