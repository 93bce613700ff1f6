"""Conversations over sockets of this machine, many at once."""

from __future__ import annotations

import errno
import os
import selectors
import socket
import time
from collections import deque
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import TypeAlias

from trueup.evidence.transports.base import LATE, Conversation, Trouble

AT_ONCE = 128
_CHUNK = 64 * 1024
_LATE = Trouble("silent", LATE)
_RESOLVE_SECONDS = 3.0
_Place: TypeAlias = tuple[socket.AddressFamily, str]


def talk(conversations: Iterable[Conversation], deadline: float) -> None:
    """Have every conversation, each within its seconds and all until `deadline` (of `time.monotonic`)."""
    waiting = deque(conversations)
    places = _look_up({each.address for each in waiting}, deadline)
    lines: set[_Line] = set()
    with selectors.DefaultSelector() as selector:
        try:
            while waiting or lines:
                while waiting and len(lines) < AT_ONCE:
                    lines |= _begun(waiting.popleft(), places, selector, deadline)
                if lines:
                    next_end = min(line.until for line in lines)
                    for key, _ in selector.select(max(0.0, next_end - time.monotonic())):
                        key.data.advance()
                now = time.monotonic()
                for line in [line for line in lines if line.open and line.until <= now]:
                    silence = Trouble("silent", f"no answer within {line.conversation.seconds:g} s")
                    line.close(_LATE if line.until >= deadline else silence)
                lines = {line for line in lines if line.open}
        finally:
            for line in lines:
                line.close(_LATE)
            for conversation in waiting:
                conversation.ended(_LATE)


def _begun(
    conversation: Conversation, places: Mapping[str, _Place], selector: selectors.BaseSelector, deadline: float
) -> set[_Line]:
    """Return the line of a conversation, none where it has ended already."""
    until = min(time.monotonic() + conversation.seconds, deadline)
    if until <= time.monotonic():
        conversation.ended(_LATE)
        return set()
    try:
        wire = _connecting(conversation.address, conversation.port, places)
    except OSError as error:
        conversation.ended(trouble_of(error, connected=False))
        return set()
    return {_Line(conversation, wire, until, selector)}


def trouble_of(error: OSError, *, connected: bool) -> Trouble:
    """Say what an operating system's error means for a conversation, before the connection stood or after."""
    if error.errno == errno.ECONNREFUSED:
        return Trouble("refused", "connection refused")
    if error.errno == errno.ETIMEDOUT:
        return Trouble("silent", "the connection timed out")
    words = error.strerror or "the connection broke"
    return Trouble("broken" if connected else "unreachable", words)


class _Line:
    """One conversation and its socket; `open` until it has ended."""

    def __init__(
        self, conversation: Conversation, wire: socket.socket, until: float, selector: selectors.BaseSelector
    ) -> None:
        self.conversation = conversation
        self.until = until
        self.open = True
        self._wire = wire
        self._selector = selector
        self._left = b""
        self._connected = False
        selector.register(wire, selectors.EVENT_WRITE, self)

    def advance(self) -> None:
        """Do what the socket is ready for."""
        try:
            self._advance()
        except BlockingIOError:
            return
        except OSError as error:
            self.close(trouble_of(error, connected=self._connected))

    def close(self, trouble: Trouble | None) -> None:
        """End the conversation."""
        if self.open:
            self.open = False
            self._selector.unregister(self._wire)
            self._wire.close()
            self.conversation.ended(trouble)

    def _advance(self) -> None:
        if not self._connected:
            if code := self._wire.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                raise OSError(code, os.strerror(code))
            self._connected = True
            self._left = self.conversation.opened()
        elif not self._left:
            data = self._wire.recv(_CHUNK)
            if not data:
                self.close(None)
                return
            self._left = self.conversation.received(data)
        if self._left:
            self._left = self._left[self._wire.send(self._left) :]
        if self.conversation.done and not self._left:
            self.close(None)
        else:
            self._selector.modify(self._wire, selectors.EVENT_WRITE if self._left else selectors.EVENT_READ, self)


def _connecting(address: str, port: int, places: Mapping[str, _Place]) -> socket.socket:
    """Return a socket that is on its way to an address. Raises OSError."""
    place = places.get(address)
    if place is None:
        raise OSError(errno.EHOSTUNREACH, f"{address} does not resolve")
    wire = socket.socket(place[0], socket.SOCK_STREAM)
    wire.setblocking(False)
    code = wire.connect_ex((place[1], port))
    if code not in (0, errno.EINPROGRESS):
        wire.close()
        raise OSError(code, os.strerror(code))
    return wire


def _look_up(addresses: Iterable[str], deadline: float) -> dict[str, _Place]:
    """Return the IP address and family of each address; names that do not resolve in time are left out.

    All names are looked up at once, before any connection stands that would have to wait meanwhile.
    """
    found: dict[str, _Place] = {}
    names = []
    for address in addresses:
        if ":" in address:
            found[address] = socket.AF_INET6, address
        elif address.replace(".", "").isdigit():
            found[address] = socket.AF_INET, address
        else:
            names.append(address)
    if not names:
        return found
    from threading import Thread

    resolved: dict[str, _Place] = {}

    def look_up(name: str) -> None:
        with suppress(OSError, UnicodeError):
            family, _, _, _, place = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)[0]
            resolved[name] = family, str(place[0])

    # The system's resolver cannot be interrupted: threads that are waited for no longer than there is time.
    until = min(deadline, time.monotonic() + _RESOLVE_SECONDS)
    threads = [Thread(target=look_up, args=(name,), daemon=True) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
    return found | dict(resolved)
