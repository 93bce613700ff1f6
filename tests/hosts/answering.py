"""Answer HTTP in many network namespaces from one process.

Run as a program: standard input is JSON, a list of `{"namespace": path, "address": …, "port": …, "answers": {path:
[status, media type, body]}}`. It writes the file that it is given once all of them listen.
"""

from __future__ import annotations

import asyncio
import ctypes
import json
import os
import resource
import socket
import sys
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any

_NETWORK = 0x40000000  # CLONE_NEWNET
_LIBC = ctypes.CDLL(None, use_errno=True)
_Answers = dict[str, tuple[int, str, str]]


def answer_everywhere(wanted: list[dict[str, Any]], ready: Path) -> None:
    """Listen at every place and answer until ended."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    listeners = [(_listen(each["namespace"], each["address"], each["port"]), each["answers"]) for each in wanted]
    ready.write_text("")
    asyncio.run(_answer(listeners))


async def _answer(listeners: list[tuple[socket.socket, _Answers]]) -> None:
    for listener, answers in listeners:
        await asyncio.start_server(_handler(answers), sock=listener)
    await asyncio.Event().wait()


def _listen(namespace: str, address: str, port: int) -> socket.socket:
    """Open a listening socket in a network namespace; it stays there whoever holds it."""
    _enter(namespace)
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((address, port))
    listener.listen(128)
    return listener


def _enter(namespace: str) -> None:
    handle = os.open(namespace, os.O_RDONLY)
    if _LIBC.setns(handle, _NETWORK) != 0:
        raise OSError(ctypes.get_errno(), f"cannot enter {namespace}")
    os.close(handle)


def _handler(answers: _Answers) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                request = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                method, target = request.split(" ", 2)[:2]
                writer.write(_response(method, target.partition("?")[0], answers))
                await writer.drain()
        except (OSError, EOFError, ValueError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()

    return handle


def _response(method: str, path: str, answers: _Answers) -> bytes:
    status, media_type, body = answers.get(path, (404, "text/plain", "404 page not found\n"))
    if method not in ("GET", "HEAD"):
        status, media_type, body = 405, "text/plain", "only GET and HEAD\n"
    content = body.encode()
    head = (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n"
        f"Content-Type: {media_type}\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + (b"" if method == "HEAD" else content)


if __name__ == "__main__":
    answer_everywhere(json.load(sys.stdin), Path(sys.argv[1]))
