"""Nine services on loopback that answer every path as the catalogue says of their kinds, in a process of their own.

    python -m bench.rig.services [--record FILE] KIND=PORT=STATUS ...

With a file to record into, every byte that any of them receives stands there, one JSON text a connection.
"""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple

from trueup.catalog import Probe, ServiceKind, load_catalog

KINDS = ("litellm", "open_webui", "prometheus", "grafana", "searxng", "openvino", "optillm", "mlx", "ollama")
HOST = "bench"
REPOSITORY = Path(__file__).resolve().parents[2]
_MODEL = {"id": "mlx-community/one-4bit", "name": "one:latest", "object": "model"}


class Check(NamedTuple):
    """A port that has to listen and the URL that has to answer 200, of one kind of service."""

    kind: str
    port: int
    path: str

    @property
    def url(self) -> str:
        """Where to ask."""
        return f"http://127.0.0.1:{self.port}{self.path}"


def nine_checks() -> tuple[Check, ...]:
    """Choose a free port and the first path that answers 200 for each of the nine."""
    catalog = load_catalog()
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in KINDS]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        ports = [int(each.getsockname()[1]) for each in sockets]
    kinds = [kind for kind in map(catalog.get, KINDS) if kind]
    return tuple(Check(kind.key, port, _first_good(kind)) for kind, port in zip(kinds, ports, strict=True))


def manifest_of(checks: Sequence[Check]) -> str:
    """Return a `trueup.toml` that declares them on this machine, so that their ports need not be the usual ones."""
    return f'[hosts.{HOST}]\nvia = "local"\n\n{services_of(checks, HOST)}'


def services_of(checks: Sequence[Check], host: str) -> str:
    """Return the tables of a manifest that declare them on a host."""
    return "\n".join(
        f'[[services]]\nkind = "{check.kind}"\nhost = "{host}"\nlisten = ["127.0.0.1:{check.port}"]\n'
        for check in checks
    )


def server_of(checks: Sequence[Check], *, failing: str = "", record: Path | None = None) -> list[str]:
    """Return the command that serves them, from the folder of the repository; `failing` answers 503 everywhere."""
    words = [f"{check.kind}={check.port}={503 if check.kind == failing else 200}" for check in checks]
    return [sys.executable, "-m", "bench.rig.services", *(["--record", str(record)] if record else []), *words]


@contextmanager
def serving(checks: Sequence[Check], *, failing: str = "", record: Path | None = None) -> Iterator[None]:
    """Serve them on this machine until the context ends."""
    process = subprocess.Popen(server_of(checks, failing=failing, record=record), cwd=REPOSITORY)
    try:
        for check in checks:
            _await(check.port)
        yield
    finally:
        process.terminate()
        process.wait()


def _await(port: int) -> None:
    for _ in range(500):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.02)
    raise RuntimeError(f"the services did not come up: nothing listens on port {port}")


def _first_good(kind: ServiceKind) -> str:
    return next(probe.path for probe in kind.probes if probe.no_key.status == 200)


def _response(probe: Probe) -> bytes:
    body: bytes = b"<!doctype html><title>a page</title>"
    signature = probe.signature
    if signature and signature.text_prefix:
        body = signature.text_prefix.encode()
    elif probe.no_key.media_type == "application/json":
        keys = signature.json_keys if signature else ()
        models = {"object": "list", "data": [_MODEL], "models": [_MODEL]} if probe.role == "models" else {}
        body = json.dumps({**dict.fromkeys(keys, "ok"), **models}).encode()
    return _http(probe.no_key.status, probe.no_key.media_type or "text/plain", body)


def _http(status: int, media_type: str, body: bytes) -> bytes:
    head = f"HTTP/1.1 {status} Said\r\ncontent-type: {media_type}\r\ncontent-length: {len(body)}\r\n"
    return f"{head}connection: close\r\n\r\n".encode() + body


class _Service(asyncio.Protocol):
    """One connection: a whole request is answered, and the connection closed."""

    def __init__(self, answers: dict[bytes, bytes], otherwise: bytes, record: Path | None) -> None:
        self._answers = answers
        self._otherwise = otherwise
        self._record = record
        self._asked = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._asked += data
        if b"\r\n\r\n" in self._asked:
            path = self._asked.split(b" ", 2)[1]
            self._transport.write(self._answers.get(path, self._otherwise))
            self._transport.close()

    def connection_lost(self, _: Exception | None) -> None:
        if self._record and self._asked:
            with self._record.open("a") as file:
                file.write(json.dumps(self._asked.decode("latin-1")) + "\n")


async def _serve(words: Sequence[str], record: Path | None) -> None:
    catalog = load_catalog()
    loop = asyncio.get_running_loop()
    for word in words:
        key, port, status = word.split("=")
        kind = catalog.get(key)
        assert kind
        answers = {probe.path.encode(): _response(probe) for probe in kind.probes} if status == "200" else {}
        otherwise = _http(404 if answers else int(status), "text/plain", b"not here")
        await loop.create_server(partial(_Service, answers, otherwise, record), "127.0.0.1", int(port))
    await asyncio.Event().wait()


if __name__ == "__main__":
    given = sys.argv[1:]
    kept = Path(given[1]) if given[:1] == ["--record"] else None
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve(given[2:] if kept else given, kept))
