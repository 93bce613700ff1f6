"""What services answer over HTTP: GET only, within limits of time and size, no redirect followed."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import h11
import msgspec

from trueup.catalog.entry import Probe, ServiceKind, Signature
from trueup.evidence.collectors.plain import is_plain, is_revision
from trueup.evidence.redact import MARK, clean, hide_known, is_secret_name
from trueup.evidence.transports.base import Trouble
from trueup.vocabulary import ASKS_FOR_KEY, Answer, Scalar, Tls

SECONDS = 3.0
HEADER_BYTES = 32 * 1024
BODY_BYTES = 1024 * 1024
_KEYS = 64
_TEXT = 200
_SCALAR = 64
_EXACT_INTEGER = 2**53
_MEDIA_TYPE = re.compile(r"[\w.+-]{1,60}/[\w.+-]{1,60}")
_NO_PATH = "the path cannot be sent: it has to be printable ASCII that starts with a slash"
_NO_HTTP = "the answer is not HTTP"
NOT_HTTP = (_NO_HTTP, "the connection ended without an answer", "Connection reset by peer")
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


def base_url(address: str, port: int, scheme: str = "http") -> str:
    """Return `http://address:port`, an IPv6 address in brackets."""
    return f"{scheme}://{f'[{address}]' if ':' in address else address}:{port}"


class Exchange:
    """One `GET` as a conversation (see `transports.base`); whatever goes wrong becomes an answer with its `error`.

    `secret` is sent as a bearer token and never kept. `reply` is there once the conversation has `ended`.
    """

    def __init__(self, address: str, port: int, path: str, *, secret: str | None = None, scheme: str = "http") -> None:
        self.address = address
        self.port = port
        self.seconds = SECONDS
        self.done = False
        self.path = path
        self.keyed = secret is not None
        self.reply: Reply | None = None
        self.tls: Tls | None = None
        self._secret = secret
        self._known = () if secret is None else (secret,)
        self._url = clean(base_url(address, port, scheme) + path)
        self._connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=HEADER_BYTES)
        self._head: Head | None = None
        self._body = bytearray()
        self._first = b""
        self._received = 0

    def opened(self) -> bytes:
        """Return the request."""
        if not _TARGET.fullmatch(self.path):
            self._finish(self._silence(_NO_PATH))
            return b""
        headers = [
            ("Host", base_url(self.address, self.port).removeprefix("http://")),
            ("User-Agent", "trueup"),
            ("Accept", "application/json, text/plain, */*"),
            ("Accept-Encoding", "identity"),
            ("Connection", "close"),
        ]
        if self._secret is not None:
            headers.append(("Authorization", f"Bearer {self._secret}"))
        try:
            head = self._connection.send(h11.Request(method="GET", target=self.path, headers=headers))
        except h11.LocalProtocolError:
            self._finish(self._silence("the key cannot be sent: it holds characters that a header cannot"))
            return b""
        return (head or b"") + (self._connection.send(h11.EndOfMessage()) or b"")

    def received(self, data: bytes) -> bytes:
        """Take a part of the response."""
        self._first = self._first or data[:3]
        self._received += len(data)
        if self._received > HEADER_BYTES + 2 * BODY_BYTES:
            self._finish(self._cut_answer())
        else:
            self._feed(data)
        return b""

    def ended(self, trouble: Trouble | None) -> None:
        """Settle the reply where the response did not do so."""
        if self.reply is None and trouble is None:
            self._feed(b"")
        if self.reply is not None:
            return
        if trouble is None:
            self._finish(self._silence("the connection ended without an answer"))
        elif self._head is not None:
            cut = f"the body did not end within {self.seconds:g} s" if trouble.kind == "silent" else trouble.words
            self._finish(read_answer(self._url, self._head, b"", cut=cut))
        else:
            self._finish(self._silence(clean(trouble.words, 100)))

    @property
    def may_be_tls(self) -> bool:
        """Tell whether the answer looks like that of a server which expects TLS."""
        if self.tls is not None or self.reply is None:
            return False
        answer = self.reply.answer
        told = b"HTTPS" in self.reply.body[:2000] and answer.status == 400
        return told or self._first[:2] == b"\x15\x03" or (answer.status is None and answer.error in NOT_HTTP)

    def _feed(self, data: bytes) -> None:
        try:
            if data or self._received:
                self._connection.receive_data(data)
            while self.reply is None and self._take(self._connection.next_event()):
                pass
        except h11.ProtocolError:
            if self._head is None:
                self._finish(self._silence(_NO_HTTP))
            else:
                self._finish(read_answer(self._url, self._head, b"", cut="the body broke off"))

    def _take(self, event: object) -> bool:
        """Take one event of the response; False where there is none to take now."""
        if event is h11.NEED_DATA or event is h11.PAUSED or isinstance(event, h11.ConnectionClosed):
            return False
        if isinstance(event, h11.Response):
            self._head = _head(event, self._known)
        elif isinstance(event, h11.Data):
            self._body += event.data
            if len(self._body) > BODY_BYTES:
                self._finish(self._cut_answer())
        elif isinstance(event, h11.EndOfMessage) and self._head is not None:
            body = _without(bytes(self._body), self._known)
            self._finish(read_answer(self._url, self._head, body), body)
        return True

    def _cut_answer(self) -> Answer:
        if self._head is None:
            return self._silence(_NO_HTTP)
        return read_answer(self._url, self._head, b"", cut=f"the body is longer than {BODY_BYTES} bytes")

    def _silence(self, error: str) -> Answer:
        return Answer(method="GET", url=self._url, error=error)

    def _finish(self, answer: Answer, body: bytes = b"") -> None:
        answer = msgspec.structs.replace(answer, key="valid" if self.keyed else "none", tls=self.tls)
        self.reply = Reply(answer, body, self._received)
        self.done = True


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


def _head(response: h11.Response, known: Sequence[str]) -> Head:
    headers = {bytes(name).decode("latin-1"): bytes(value).decode("latin-1") for name, value in response.headers}
    media = clean(hide_known(headers.get("content-type", ""), known).partition(";")[0].strip()).lower()
    location = headers.get("location")
    return Head(
        status=response.status_code,
        media_type=media if _MEDIA_TYPE.fullmatch(media) else None,
        location=clean(hide_known(location, known), 500) if location else None,
    )


def _without(body: bytes, known: Sequence[str]) -> bytes:
    """Return the body without the key that was sent: some services echo it."""
    if not known:
        return body
    return hide_known(body.decode("utf-8", "surrogateescape"), known).encode("utf-8", "surrogateescape")


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
