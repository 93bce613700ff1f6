"""A model server that lists one model and counts the requests that a real one would have to compute."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Upstream:
    """Its port, and how many completions were asked of it so far."""

    port: int
    completions: int = 0


@contextmanager
def upstream() -> Iterator[Upstream]:
    """Run it on a free loopback port."""
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        seen = Upstream(server.server_port)
        server.RequestHandlerClass = _handler(seen)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield seen
        finally:
            server.shutdown()
            thread.join()


def _handler(seen: Upstream) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(200, {"object": "list", "data": [{"id": "mlx-one", "object": "model"}]})

        def do_POST(self) -> None:
            seen.completions += 1
            self._answer(503, {"error": "this is not a model"})

        def _answer(self, status: int, value: object) -> None:
            body = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep the test's output clean."""

    return Handler
