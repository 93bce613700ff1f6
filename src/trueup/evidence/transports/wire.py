"""TCP connections for asyncssh whose packets of one moment go out together.

asyncssh hands every packet to the system by itself. A look opens a dozen channels at once: as one write they cost the
observer and the host a tenth of the system calls and wake-ups.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any


class Wire:
    """What asyncssh takes for a tunnel: something that connects (`asyncssh.connect(…, tunnel=…)`)."""

    def __init__(self, family: int) -> None:
        self._family = family

    async def create_connection(
        self, session_factory: Callable[[], Any], remote_host: str, remote_port: int
    ) -> tuple[asyncio.BaseTransport, Any]:
        """Connect to a host and return the transport and the session that `session_factory` made."""
        session = session_factory()
        transport, _ = await asyncio.get_running_loop().create_connection(
            lambda: _Gathering(session), remote_host, remote_port, family=self._family, happy_eyeballs_delay=0.25
        )
        return transport, session

    def close(self) -> None:
        """Nothing is held."""


class _Gathering(asyncio.Protocol):
    """Hands everything on to asyncssh's connection, and a transport that gathers to it."""

    def __init__(self, session: Any) -> None:
        self._session = session

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._session.connection_made(_Gathered(transport))

    def data_received(self, data: bytes) -> None:
        self._session.data_received(data)

    def eof_received(self) -> bool | None:
        self._session.eof_received()
        return None

    def connection_lost(self, exc: Exception | None) -> None:
        self._session.connection_lost(exc)

    def pause_writing(self) -> None:
        self._session.pause_writing()

    def resume_writing(self) -> None:
        self._session.resume_writing()


class _Gathered(asyncio.Transport):
    """A transport that writes once for all that is written in one turn of the event loop."""

    def __init__(self, transport: Any) -> None:
        super().__init__()
        self._transport = transport
        self._waiting: list[bytes] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._flush)
        self._waiting.append(bytes(data))

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def abort(self) -> None:
        self._waiting.clear()
        self._transport.abort()

    def is_closing(self) -> bool:
        closing: bool = self._transport.is_closing()
        return closing

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._transport.get_extra_info(name, default)

    def pause_reading(self) -> None:
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        self._transport.resume_reading()

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        if waiting:
            self._transport.write(b"".join(waiting))
