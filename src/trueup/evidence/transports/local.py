"""This machine: the script runs in a child process, conversations are sockets. One thread, no event loop.

What is written here is plain `select`, because `trueup snapshot` of one machine is over before asyncio is imported.
"""

from __future__ import annotations

import os
import selectors
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from trueup.evidence.transports.base import Conversation, Output, Section, Usage
from trueup.evidence.transports.executions import BROKE, STUCK, Executions
from trueup.evidence.transports.frames import Frames
from trueup.evidence.transports.script import PATH, SHELL
from trueup.evidence.transports.sockets import talk

_CHUNK = 256 * 1024


class LocalTransport:
    """Runs scripts on this machine; see `Transport`. `deadline` is a time of `time.monotonic`.

    `meanwhile` is called once, while the first script runs: a good time for what will be needed afterwards.
    """

    def __init__(self, *, deadline: float, sudo: bool = False, meanwhile: Callable[[], None] | None = None) -> None:
        self.usage = Usage()
        self._deadline = deadline
        self._sudo = sudo
        self._meanwhile = meanwhile

    def run(self, sections: Sequence[Section]) -> dict[str, Output]:
        """Run the sections as one script, in a process group of its own."""
        executions = Executions(sections, self.usage, sudo=self._sudo)
        while (script := executions.next_script()) and time.monotonic() < self._deadline:
            if problem := self._execute(script, executions.frames):
                executions.gave_up(problem)
        return executions.outputs()

    def talk(self, conversations: Sequence[Conversation]) -> None:
        """Have every conversation over sockets of this machine."""
        self.usage.connections += len(conversations)
        talk(conversations, self._deadline)

    def close(self) -> None:
        """Nothing is held between steps."""

    def _execute(self, script: bytes, frames: Frames) -> str | None:
        """Run a script; return why it did not come to its end, None where it did or time ran out."""
        started = time.monotonic()
        shell = _Shell(script)
        try:
            meanwhile, self._meanwhile = self._meanwhile, None
            if meanwhile is not None:
                meanwhile()
            return shell.follow(frames, self._deadline)
        finally:
            self.usage.cpu_seconds += shell.end()
            self.usage.wall_seconds += time.monotonic() - started


class _Shell:
    """A running script: a child with three pipes, the leader of a process group of its own."""

    def __init__(self, script: bytes) -> None:
        self._left = script
        theirs_in, self._stdin = os.pipe()
        self._stdout, theirs_out = os.pipe()
        self._stderr, theirs_err = os.pipe()
        try:
            self._pid = os.posix_spawnp(
                SHELL[0],
                SHELL,
                _environment(),
                file_actions=[
                    (os.POSIX_SPAWN_DUP2, fd, at) for at, fd in enumerate((theirs_in, theirs_out, theirs_err))
                ],
                setpgroup=0,
                setsigdef=[signal.SIGPIPE, signal.SIGINT],
            )
        except BaseException:
            for descriptor in (self._stdin, self._stdout, self._stderr):
                os.close(descriptor)
            raise
        finally:
            for descriptor in (theirs_in, theirs_out, theirs_err):
                os.close(descriptor)
        os.set_blocking(self._stdin, False)
        self._write()

    def follow(self, frames: Frames, deadline: float) -> str | None:
        """Send the script and hand over the answer until its end or the deadline; return what else was in the way."""
        with selectors.DefaultSelector() as selector:
            for descriptor in (self._stdout, self._stderr):
                selector.register(descriptor, selectors.EVENT_READ)
            if self._left:
                selector.register(self._stdin, selectors.EVENT_WRITE)
            open_streams = 2
            while open_streams and not frames.ended:
                now = time.monotonic()
                if now >= deadline:
                    return None
                if frames.is_stuck(now):
                    return STUCK
                if wanted := frames.wanted(now):
                    self._left += wanted
                    if self._stdin not in selector.get_map():
                        selector.register(self._stdin, selectors.EVENT_WRITE)
                for key, _ in selector.select(min(deadline - now, frames.next_look(now))):
                    if key.fd == self._stdin:
                        self._write()
                        if not self._left:
                            # registered without interest, the descriptor would wake us all the time
                            selector.unregister(self._stdin)
                    elif data := os.read(key.fd, _CHUNK):
                        frames.feed(data, time.monotonic(), stderr=key.fd == self._stderr)
                    else:
                        selector.unregister(key.fd)
                        open_streams -= 1
        return None if frames.ended else BROKE

    def end(self) -> float:
        """Kill what is left of the group, wait until the child is gone, and return the CPU seconds that it used."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._pid, signal.SIGKILL)
        for descriptor in (self._stdin, self._stdout, self._stderr):
            os.close(descriptor)
        _, _, used = os.wait4(self._pid, 0)
        return used.ru_utime + used.ru_stime

    def _write(self) -> None:
        try:
            self._left = self._left[os.write(self._stdin, self._left) :]
        except BlockingIOError:
            return
        except BrokenPipeError:
            self._left = b""


def _environment() -> dict[str, str]:
    """Untranslated output, one's own programs before the usual places, and the way to one's own systemd and podman."""
    kept = {name: os.environ[name] for name in ("HOME", "XDG_RUNTIME_DIR") if name in os.environ}
    return {**kept, "LC_ALL": "C", "PATH": f"{os.environ.get('PATH', os.defpath)}:{PATH}"}
