"""A host played back from bytes captured earlier: what its commands printed and its services answered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

from trueup.evidence.transports.base import Output, Section


class ReplayTransport:
    """Answers sections by name and HTTP requests by address, port and path; see `Transport`.

    `outputs` maps a section's name to its captured output; a missing one is a command that is not installed.
    `answers` maps `(address, port)` to the raw response bytes by request path; a missing pair refuses the
    connection, a missing path closes it. `requests` is what was sent, in order.
    """

    def __init__(
        self,
        outputs: Mapping[str, Output | bytes],
        answers: Mapping[tuple[str, int], Mapping[str, bytes]] | None = None,
    ) -> None:
        self._outputs = outputs
        self._answers = answers or {}
        self.requests: list[tuple[str, int, bytes]] = []

    async def run(self, sections: Sequence[Section]) -> dict[str, Output]:
        """Return the captured output of each section, cut at the section's limit."""
        return {section.name: self._output(section) for section in sections}

    async def connect(self, address: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Return a stream that answers one request. Raises ConnectionRefusedError where nothing was captured."""
        answers = self._answers.get((address, port))
        if answers is None:
            raise ConnectionRefusedError(f"nothing was captured at {address} port {port}")
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(reader)
        wire = _Wire(reader, protocol, answers, lambda request: self.requests.append((address, port, request)))
        protocol.connection_made(wire)
        return reader, asyncio.StreamWriter(wire, protocol, reader, loop)

    async def close(self) -> None:
        """Nothing is held."""

    def _output(self, section: Section) -> Output:
        captured = self._outputs.get(section.name)
        if captured is None:
            return Output(status=None, problem=f"{section.argv[0]} is not installed")
        output = Output(stdout=captured) if isinstance(captured, bytes) else captured
        if len(output.stdout) <= section.limit:
            return output
        return Output(stdout=output.stdout[: section.limit], stderr=output.stderr, status=None, truncated=True)


class _Wire(asyncio.Transport):
    """The far end of one connection: waits for a whole request, then plays its answer and closes."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        protocol: asyncio.StreamReaderProtocol,
        answers: Mapping[str, bytes],
        note: Callable[[bytes], None],
    ) -> None:
        super().__init__()
        self._reader = reader
        self._protocol = protocol
        self._answers = answers
        self._note = note
        self._request = bytearray()
        self._closing = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._request += bytes(data)
        if b"\r\n\r\n" not in self._request:
            return
        request = bytes(self._request)
        self._note(request)
        path = request.split(b"\r\n", 1)[0].split(b" ")[1].decode("latin-1")
        self._reader.feed_data(self._answers.get(path, b""))
        self._reader.feed_eof()

    def is_closing(self) -> bool:
        return self._closing

    def close(self) -> None:
        if not self._closing:
            self._closing = True
            self._protocol.connection_lost(None)

    def abort(self) -> None:
        self.close()

    def pause_reading(self) -> None:
        """All bytes were handed over at once."""

    def resume_reading(self) -> None:
        """All bytes were handed over at once."""
