"""What services answer over HTTP: GET only, never with a key, within limits of time and size, no redirect followed."""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import h11
import msgspec

from trueup.catalog.entry import Probe, ServiceKind, Signature
from trueup.evidence.collectors.plain import is_plain, is_revision
from trueup.evidence.redact import MARK, clean, is_secret_name
from trueup.evidence.transports.base import Transport
from trueup.vocabulary import ASKS_FOR_KEY, Answer, Scalar

SECONDS = 3.0
HEADER_BYTES = 32 * 1024
BODY_BYTES = 1024 * 1024
_KEYS = 64
_TEXT = 200
_SCALAR = 64
_EXACT_INTEGER = 2**53
_MEDIA_TYPE = re.compile(r"[\w.+-]{1,60}/[\w.+-]{1,60}")
_TARGET = re.compile(r"/[!-~]{0,500}")


class Reply(NamedTuple):
    """An answer fit to keep, beside its body (in memory only) and the bytes that were received for it."""

    answer: Answer
    body: bytes = b""
    received: int = 0


class Head(NamedTuple):
    """The part of a response before its body."""

    status: int
    media_type: str | None
    location: str | None


def probes_of(kind: ServiceKind | None, declared: Sequence[str] = ()) -> tuple[Probe | str, ...]:
    """Return what to ask: the catalogue's probes, harmless ones first, then declared paths that it does not know."""
    known = kind.probes if kind else ()
    paths = {probe.path for probe in known}
    own = dict.fromkeys("/" + path.lstrip("/") for path in declared)
    return (*sorted(known, key=lambda probe: probe.costs), *(path for path in own if path not in paths))


def may_ask(probe: Probe | str, answers: Sequence[Answer], url: str) -> bool:
    """Tell whether a request can be sent: a costly one only after another path refused to serve without a key."""
    if isinstance(probe, str) or not probe.costs:
        return True
    guard = f"{url}{probe.after_refusal}" if probe.after_refusal else None
    return any(answer.url == guard and answer.key == "none" and answer.status in ASKS_FOR_KEY for answer in answers)


def matches(signature: Signature, reply: Reply) -> bool:
    """Tell whether a successful answer bears the signature of its kind of service."""
    status, text = reply.answer.status, signature.text_prefix
    if status is None or not 200 <= status < 300:
        return False
    if text is not None and not reply.body.lstrip().startswith(text.encode()):
        return False
    return bool(text or signature.json_keys) and set(signature.json_keys) <= set(reply.answer.shape)


def base_url(address: str, port: int) -> str:
    """Return `http://address:port`, an IPv6 address in brackets."""
    return f"http://{f'[{address}]' if ':' in address else address}:{port}"


async def ask(transport: Transport, address: str, port: int, path: str, *, seconds: float = SECONDS) -> Reply:
    """Send `GET path`; whatever goes wrong becomes an answer with its `error` in words."""
    url = clean(base_url(address, port) + path)
    if not _TARGET.fullmatch(path):
        return Reply(_silence(url, "the path cannot be sent: it has to be printable ASCII that starts with a slash"))
    heads: list[Head] = []
    try:
        async with asyncio.timeout(seconds):
            return await _exchange(transport, address, port, path, url, heads)
    except TimeoutError:
        if heads:
            return Reply(read_answer(url, heads[0], b"", cut=f"the body did not end within {seconds:g} s"))
        return Reply(_silence(url, f"no answer within {seconds:g} s"))
    except ConnectionRefusedError:
        return Reply(_silence(url, "connection refused"))
    except OSError as error:
        return Reply(_silence(url, clean(error.strerror or "the connection broke", 100)))
    except h11.ProtocolError:
        return Reply(_silence(url, "the answer is not HTTP"))


def read_answer(url: str, head: Head, body: bytes, *, cut: str | None = None) -> Answer:
    """Turn a response into an `Answer`: of a JSON object the shape and harmless scalars, of plain text a short body.

    A body that was `cut`, for the reason given, is not read. HTML shows by its media type alone.
    """
    answer = Answer(
        method="GET",
        url=url,
        status=head.status,
        media_type=head.media_type,
        location=head.location,
        error=cut,
    )
    if cut:
        return answer
    text = _short_text(body) if head.media_type in (None, "text/plain", "application/json") else None
    if head.media_type not in (None, "application/json") and not (head.media_type or "").endswith("+json"):
        return msgspec.structs.replace(answer, text=text)
    content = _decode(body)
    if isinstance(content, dict):
        return msgspec.structs.replace(answer, shape=_shape(content), scalars=_scalars(content))
    return msgspec.structs.replace(answer, text=None if isinstance(content, list) else text)


async def _exchange(transport: Transport, address: str, port: int, path: str, url: str, heads: list[Head]) -> Reply:
    reader, writer = await transport.connect(address, port)
    try:
        connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=HEADER_BYTES)
        writer.write(_request(connection, address, port, path))
        await writer.drain()
        return await _receive(reader, connection, url, heads)
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


def _request(connection: h11.Connection, address: str, port: int, path: str) -> bytes:
    headers = [
        ("Host", base_url(address, port).removeprefix("http://")),
        ("User-Agent", "trueup"),
        ("Accept", "application/json, text/plain, */*"),
        ("Accept-Encoding", "identity"),
        ("Connection", "close"),
    ]
    head = connection.send(h11.Request(method="GET", target=path, headers=headers))
    return (head or b"") + (connection.send(h11.EndOfMessage()) or b"")


async def _receive(reader: asyncio.StreamReader, connection: h11.Connection, url: str, heads: list[Head]) -> Reply:
    """Read one response; its head goes into `heads` as soon as it is there, for who has to give up on the body."""
    body = bytearray()
    received = 0
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            chunk = await reader.read(65536)
            received += len(chunk)
            if not received:
                return Reply(_silence(url, "the connection ended without an answer"))
            if received > HEADER_BYTES + 2 * BODY_BYTES:
                break
            connection.receive_data(chunk)
        elif isinstance(event, h11.Response):
            heads.append(_head(event))
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > BODY_BYTES:
                break
        elif isinstance(event, h11.EndOfMessage):
            if not heads:
                break
            return Reply(read_answer(url, heads[0], bytes(body)), bytes(body), received)
        elif not isinstance(event, h11.InformationalResponse):
            break
    if not heads:
        return Reply(_silence(url, "the answer is not HTTP"), b"", received)
    cut = f"the body is longer than {BODY_BYTES} bytes"
    return Reply(read_answer(url, heads[0], b"", cut=cut), b"", received)


def _head(response: h11.Response) -> Head:
    headers = {bytes(name).decode("latin-1"): bytes(value).decode("latin-1") for name, value in response.headers}
    media = headers.get("content-type", "").partition(";")[0].strip().lower()
    location = headers.get("location")
    return Head(
        status=response.status_code,
        media_type=media if _MEDIA_TYPE.fullmatch(media) else None,
        location=clean(location, 500) if location else None,
    )


def _silence(url: str, error: str) -> Answer:
    return Answer(method="GET", url=url, error=error)


def _decode(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None


def _short_text(body: bytes) -> str | None:
    try:
        text = body.strip().decode("utf-8")
    except UnicodeDecodeError:
        return None
    kept = clean(text)
    return kept if 0 < len(text) <= _TEXT and is_plain(kept) else None


def _shape(content: dict[str, Any]) -> tuple[str, ...]:
    # Where keys are data, such as a map of sessions, a key may be as secret as a value.
    return tuple(sorted({clean(key, _SCALAR) for key in list(content)[:_KEYS] if is_plain(key)}))


def _scalars(content: dict[str, Any]) -> tuple[tuple[str, Scalar], ...]:
    kept = {clean(key, _SCALAR): value for key, value in list(content.items())[:_KEYS] if _is_harmless(key, value)}
    return tuple(sorted(kept.items()))


def _is_harmless(key: str, value: Any) -> bool:
    if value is None or isinstance(value, bool):
        return is_plain(key)
    if is_secret_name(key) or not is_plain(key):
        return False
    if isinstance(value, int):
        return abs(value) <= _EXACT_INTEGER
    if isinstance(value, float):
        return math.isfinite(value)
    if not isinstance(value, str) or len(value) > _SCALAR or clean(value) != value or MARK in value:
        return False
    return is_plain(value) or is_revision(key, value)
