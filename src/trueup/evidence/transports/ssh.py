"""Another machine over SSH: one connection for all that is run there and for all conversations from its vantage.

The operator's own ssh configuration counts (names, users, ports, keys, agent, jump hosts). Host keys are always
checked against `known_hosts`, whatever the configuration says, and nothing ever asks for a password.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress

import asyncssh

from trueup.evidence.transports.base import LATE, Conversation, Output, Section, Trouble, Usage
from trueup.evidence.transports.executions import BROKE, STUCK, Executions
from trueup.evidence.transports.frames import Frames
from trueup.evidence.transports.script import COMMAND

AT_ONCE = 64
_GOODBYE_SECONDS = 1.0
_FAR_TROUBLES: tuple[tuple[str, Trouble], ...] = (
    ("refused", Trouble("refused", "connection refused")),
    ("timed out", Trouble("silent", "the connection timed out")),
    ("no route", Trouble("unreachable", "no route to host")),
    ("unreachable", Trouble("unreachable", "network is unreachable")),
    ("resolve", Trouble("unreachable", "the name does not resolve there")),
    ("name resolution", Trouble("unreachable", "the name does not resolve there")),
    ("not known", Trouble("unreachable", "the name does not resolve there")),
)
_BROKE = "the SSH connection broke"
_NO_FORWARDING = "its SSH server does not let connections through (AllowTcpForwarding, PermitOpen)"


class SshTransport:
    """Runs scripts and has conversations on the far end of `connection`; see `Transport`, whose verbs are awaited here.

    `deadline` is a time of `time.monotonic`.
    """

    def __init__(self, connection: asyncssh.SSHClientConnection, *, deadline: float, sudo: bool = False) -> None:
        self.usage = Usage()
        self.usage.connections = 1
        self._connection = connection
        self._deadline = deadline
        self._sudo = sudo

    async def run(self, sections: Sequence[Section]) -> dict[str, Output]:
        """Run the sections as one script."""
        executions = Executions(sections, self.usage, sudo=self._sudo)
        while (script := executions.next_script()) and time.monotonic() < self._deadline:
            started = time.monotonic()
            try:
                if problem := await self._execute(script, executions.frames):
                    executions.gave_up(problem)
            except TimeoutError:
                break
            except (asyncssh.Error, OSError):
                executions.gave_up(_BROKE)
                break
            finally:
                self.usage.wall_seconds += time.monotonic() - started
                self.usage.cpu_seconds += executions.frames.cpu_seconds or 0.0
        return executions.outputs()

    async def talk(self, conversations: Sequence[Conversation]) -> None:
        """Have every conversation through the connection, from the far end's vantage."""
        gate = asyncio.Semaphore(AT_ONCE)
        await asyncio.gather(*(self._talk(conversation, gate) for conversation in conversations))

    async def close(self) -> None:
        """End the connection; what still ran at the far end sees the end of its input and ends too."""
        self._connection.close()
        with suppress(TimeoutError, asyncssh.Error, OSError):
            async with asyncio.timeout(_GOODBYE_SECONDS):
                await self._connection.wait_closed()
        self._connection.abort()

    async def _execute(self, script: bytes, frames: Frames) -> str | None:
        """Run a script; return why it did not come to its end, None where it did or time ran out."""
        session = _Script(frames)
        # a server may let one in and answer nothing more
        async with asyncio.timeout(self._deadline - time.monotonic()):
            channel, _ = await self._connection.create_session(
                lambda: session, COMMAND, encoding=None, send_env=None, env={}
            )
        try:
            channel.write(script)
            while not session.over.is_set() and (now := time.monotonic()) < self._deadline:
                session.nudge(now)
                if frames.is_stuck(now):
                    return STUCK
                with suppress(TimeoutError):
                    async with asyncio.timeout(min(self._deadline - now, frames.next_look(now))):
                        await session.over.wait()
            return session.problem
        finally:
            # The watcher of the script kills what is left when its input ends.
            with suppress(OSError):
                channel.write_eof()
            if not frames.ended:
                channel.close()

    async def _talk(self, conversation: Conversation, gate: asyncio.Semaphore) -> None:
        async with gate:
            left = min(conversation.seconds, self._deadline - time.monotonic())
            if left <= 0:
                conversation.ended(Trouble("silent", LATE))
                return
            line = _Line(conversation)
            try:
                async with asyncio.timeout(left):
                    channel, _ = await self._connection.create_connection(
                        lambda: line, conversation.address, conversation.port
                    )
                    try:
                        await line.over.wait()
                    finally:
                        channel.abort()
                trouble = line.trouble
            except TimeoutError:
                words = LATE if left < conversation.seconds else f"no answer within {conversation.seconds:g} s"
                trouble = Trouble("silent", words)
            except asyncssh.ChannelOpenError as error:
                trouble = _trouble_of(error)
            except (asyncssh.Error, OSError):
                trouble = Trouble("broken", _BROKE)
            conversation.ended(trouble)


class _Script(asyncssh.SSHClientSession[bytes]):
    """The client's side of an execution: hands what arrives to the frames; `over` is set at its end."""

    def __init__(self, frames: Frames) -> None:
        self.over = asyncio.Event()
        self.problem: str | None = None
        self._frames = frames
        self._channel: asyncssh.SSHClientChannel[bytes] | None = None

    def connection_made(self, chan: asyncssh.SSHClientChannel[bytes]) -> None:
        self._channel = chan

    def data_received(self, data: bytes, datatype: int | None) -> None:
        now = time.monotonic()
        self._frames.feed(data, now, stderr=datatype == asyncssh.EXTENDED_DATA_STDERR)
        self.nudge(now)
        if self._frames.ended:
            self.over.set()

    def nudge(self, now: float) -> None:
        """Tell the script to go on where a section has passed a limit."""
        wanted = self._frames.wanted(now)
        if wanted and self._channel is not None:
            self._channel.write(wanted)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._frames.ended:
            self.problem = _BROKE if exc else BROKE
        self.over.set()


class _Line(asyncssh.SSHTCPSession[bytes]):
    """The client's side of a forwarded connection; `over` is set once the conversation needs it no more."""

    def __init__(self, conversation: Conversation) -> None:
        self.over = asyncio.Event()
        self.trouble: Trouble | None = None
        self._conversation = conversation
        self._channel: asyncssh.SSHTCPChannel[bytes] | None = None

    def connection_made(self, chan: asyncssh.SSHTCPChannel[bytes]) -> None:
        self._channel = chan

    def session_started(self) -> None:
        self._go_on(self._conversation.opened())

    def data_received(self, data: bytes, datatype: int | None) -> None:  # noqa: ARG002 - asyncssh's signature
        if not self.over.is_set():
            self._go_on(self._conversation.received(data))

    def eof_received(self) -> bool:
        self.over.set()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        if exc is not None and not self.over.is_set():
            self.trouble = Trouble("broken", _BROKE)
        self.over.set()

    def _go_on(self, answer: bytes) -> None:
        if answer and self._channel is not None:
            self._channel.write(answer)
        if self._conversation.done:
            self.over.set()


def _trouble_of(error: asyncssh.ChannelOpenError) -> Trouble:
    """Say what the far end's refusal to open a connection means (RFC 4254, section 5.1; OpenSSH puts strerror in)."""
    if error.code == asyncssh.OPEN_ADMINISTRATIVELY_PROHIBITED:
        return Trouble("broken", _NO_FORWARDING)
    if error.code != asyncssh.OPEN_CONNECT_FAILED:
        return Trouble("broken", "its SSH server opened no channel")
    # It tried, and its system gave a reason of its own, such as that of a route that leads nowhere.
    said, otherwise = error.reason.lower(), Trouble("unreachable", "it could not connect")
    return next((trouble for sign, trouble in _FAR_TROUBLES if sign in said), otherwise)
