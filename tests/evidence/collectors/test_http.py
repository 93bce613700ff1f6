"""Answers over HTTP: what is kept of them, and what is never sent."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trueup.catalog import Probe, ServiceKind, Signature, load_catalog
from trueup.catalog import Reply as CatalogReply
from trueup.evidence.collectors.http import (
    BODY_BYTES,
    HEADER_BYTES,
    Exchange,
    Head,
    Reply,
    base_url,
    matches,
    may_ask,
    probes_of,
    read_answer,
)
from trueup.evidence.transports.base import Transport
from trueup.evidence.transports.local import LocalTransport
from trueup.evidence.transports.replay import ReplayTransport
from trueup.vocabulary import Answer

from .captures import capture

URL = "http://127.0.0.1:4000"


def ask(transport: Transport, address: str, port: int, path: str, *, seconds: float = 3.0) -> Reply:
    exchange = Exchange(address, port, path)
    exchange.seconds = seconds
    transport.talk([exchange])
    assert exchange.reply is not None
    return exchange.reply


def local() -> LocalTransport:
    return LocalTransport(deadline=time.monotonic() + 30)


def replay(content: bytes, path: str = "/x") -> tuple[Reply, bytes]:
    transport = ReplayTransport({}, {("127.0.0.1", 4000): {path: content}})
    reply = ask(transport, "127.0.0.1", 4000, path)
    return reply, transport.requests[0][2] if transport.requests else b""


def answer(content: bytes) -> Answer:
    return replay(content)[0].answer


def test_request_is_a_get_without_a_key() -> None:
    request = replay(capture("http/built_readiness"))[1]
    assert request.startswith(b"GET /x HTTP/1.1\r\nHost: 127.0.0.1:4000\r\n")
    names = {line.partition(b":")[0].lower() for line in request.split(b"\r\n")[1:] if line}
    assert names == {b"host", b"user-agent", b"accept", b"accept-encoding", b"connection"}


def test_json_object() -> None:
    assert answer(capture("http/built_readiness")) == Answer(
        method="GET",
        url=f"{URL}/x",
        status=200,
        media_type="application/json",
        shape=("db", "litellm_version", "status", "success_callbacks"),
        scalars=(("db", "Not connected"), ("litellm_version", "1.106.2"), ("status", "healthy")),
    )


def test_refusal() -> None:
    refused = answer(capture("http/built_401"))
    assert (refused.status, refused.shape, refused.scalars) == (401, ("error",), ())


def test_json_text() -> None:
    assert answer(capture("http/built_liveliness")).text == '"I\'m alive!"'


def test_html_shows_by_its_media_type_alone() -> None:
    page = answer(capture("http/built_html"))
    assert (page.status, page.media_type, page.text, page.shape) == (200, "text/html", None, ())


def test_http_1_0_server() -> None:
    assert answer(capture("http/captured_http_server_200")).status == 200
    missing = answer(capture("http/captured_http_server_404"))
    assert (missing.status, missing.media_type) == (404, "text/html")


def test_redirect_is_recorded_and_not_followed() -> None:
    reply, _ = replay(capture("http/built_redirect"))
    assert reply.answer.status == 307
    assert reply.answer.location == f"{URL}/metrics/?api_key=[redacted]"


def test_secrets_stay_out_of_an_answer() -> None:
    content = json.dumps({"token": "hunter2", "status": "ok", "note": "sk-12345678901234567890", "secret": 12345})
    kept = read_answer(f"{URL}/x", Head(200, "application/json", None), content.encode())
    assert kept.scalars == (("status", "ok"),)
    assert kept.shape == ("note", "secret", "status", "token")
    text = read_answer(f"{URL}/x", Head(200, "text/plain", None), b"password=hunter2")
    assert text.text == "password=[redacted]"
    assert ask(ReplayTransport({}), "127.0.0.1", 1, "/x?key=hunter2").answer.url.endswith("key=[redacted]")


UNLABELLED = {
    "session": "a1b2",
    "sid": "plain",
    "sessionId": "plain",
    "cookie": "plain",
    "pin": 4711,
    "discord": "M" + "TA4Zx3Lk5Tm2Vb8Nc4Rd6Fg1H" + ".Gx9Yz1." + "Q7w9Zx3Lk5Tm2Vb8Nc4Rd6Fg1Hj0Ps",
    "hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "blob": "dGhpcyBpcyBub3QgYSBzZWNyZXQgYnV0IGxvb2tz",
    "id": "550e8400-e29b-41d4-a716-446655440000",
    "detail": "user Q7w9Zx3Lk5Tm2Vb8",
}


@pytest.mark.parametrize("key", UNLABELLED)
def test_secrets_that_no_name_or_prefix_gives_away_are_left_out(key: str) -> None:
    head, value = Head(200, "application/json", None), UNLABELLED[key]
    content = json.dumps({key: value, "status": "ok"}).encode()
    assert read_answer(URL, head, content).scalars == (("status", "ok"),)
    if len(str(value)) > 20:
        assert read_answer(URL, head, json.dumps({str(value): True, "n": 1}).encode()).shape == ("n",)
        assert read_answer(URL, Head(200, "text/plain", None), str(value).encode()).text in (None, "[redacted]")


@pytest.mark.parametrize(
    "content",
    [
        {"status": "ok", "device": "GPU", "models": 9},
        {"status": "healthy", "db": "Not connected"},
        {"database": "ok", "version": "11.3.0-76761", "commit": "5b85c4c2fcf5d32d4f68aaef345c53096359b2f1"},
        {"version": "0.5.4-rc1", "build": "b4719-a1b2c3d"},
        {"model": "mlx-community/gpt-oss-120b-MXFP4-Q4", "name": "LiteLLM", "state": "NOT_READY"},
        {"started": "2026-02-09T08:00:00Z", "uptime": 12.5, "ready": True, "error": None},
    ],
)
def test_what_a_health_document_says_is_kept(content: dict[str, object]) -> None:
    kept = read_answer(URL, Head(200, "application/json", None), json.dumps(content).encode())
    assert dict(kept.scalars) == content


def test_scalars_that_are_not_harmless_are_left_out() -> None:
    content = {
        "long": "x" * 65,
        "control": "a\x1b",
        "big": 2**60,
        "nested": {},
        "list": [],
        "n": 9,
        "f": 0.5,
        "b": True,
        "z": None,
    }
    kept = read_answer(URL, Head(200, "application/json", None), json.dumps(content).encode())
    assert kept.scalars == (("b", True), ("f", 0.5), ("n", 9), ("z", None))


def test_long_or_binary_text_is_left_out() -> None:
    head = Head(200, "text/plain", None)
    assert read_answer(URL, head, b"x" * 201).text is None
    assert read_answer(URL, head, b"\xff\xfe").text is None
    assert read_answer(URL, head, b"Prometheus Server is Ready.\n").text == "Prometheus Server is Ready."


def test_nobody_there() -> None:
    assert ask(local(), "127.0.0.1", 1, "/").answer.error == "connection refused"


@pytest.mark.parametrize("path", ["", "x", "/a b", "/é", "/a\r\nX: y", "/" + "a" * 600])
def test_path_that_cannot_be_sent(path: str) -> None:
    transport = ReplayTransport({}, {("127.0.0.1", 4000): {}})
    reply = ask(transport, "127.0.0.1", 4000, path)
    assert "cannot be sent" in (reply.answer.error or "")
    assert transport.requests == []


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", "the connection ended without an answer"),
        (b"\x15\x03\x01\x00\x02\x02\x50", "the answer is not HTTP"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "the answer is not HTTP"),
        (b"HTTP/1.1 200 OK\r\nx: " + b"a" * 2 * HEADER_BYTES, "the answer is not HTTP"),
    ],
)
def test_broken_answers(content: bytes, error: str) -> None:
    broken = answer(content)
    assert (broken.status, broken.error) == (None, error)


def test_body_over_the_limit_is_not_read() -> None:
    huge = answer(b"HTTP/1.0 200 OK\r\ncontent-type: application/json\r\n\r\n" + b'{"a":"' + b"x" * BODY_BYTES + b'"}')
    assert (huge.status, huge.shape) == (200, ())
    assert huge.error == f"the body is longer than {BODY_BYTES} bytes"


def test_interim_answers_have_an_end() -> None:
    endless = b"HTTP/1.1 103 Early\r\n\r\n" * 200_000
    assert answer(endless).status is None


def test_status_is_kept_of_an_answer_that_broke_off() -> None:
    broken = answer(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc")
    assert (broken.status, broken.text, broken.error) == (200, None, "the body broke off")


@contextmanager
def dripping(first: bytes, drop: bytes) -> Iterator[int]:
    """A real server on loopback that sends its answer for ever, a drop at a time."""

    def drip(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with closing(connection), suppress(OSError):
            connection.sendall(first)
            while drop:
                connection.sendall(drop)
                time.sleep(0.01)
            connection.settimeout(5)
            while connection.recv(1000):
                pass

    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        thread = threading.Thread(target=drip, args=(listening,))
        thread.start()
        yield listening.getsockname()[1]
        thread.join(5)
        assert not thread.is_alive(), "the connection was let go"


def test_server_that_drips_is_left_in_time() -> None:
    started = time.monotonic()
    with dripping(b"HTTP/1.1 200 OK\r\n", b"x: y\r\n") as port:
        reply = ask(local(), "127.0.0.1", port, "/", seconds=0.3)
    assert reply.answer.error == "no answer within 0.3 s"
    assert time.monotonic() - started < 3


def test_status_is_kept_of_an_answer_whose_body_drips() -> None:
    with dripping(b"HTTP/1.1 503 Busy\r\ncontent-type: text/plain\r\ncontent-length: 9\r\n\r\nx", b"") as port:
        kept = ask(local(), "127.0.0.1", port, "/", seconds=0.3).answer
    assert (kept.status, kept.media_type, kept.text) == (503, "text/plain", None)
    assert kept.error == "the body did not end within 0.3 s"


def test_key_is_sent_and_never_kept() -> None:
    key = "sk-" + "not-a-real-key-0123456789"
    body = json.dumps({"status": "ok", "you": key, "nested": key}).encode()
    head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nlocation: /x/{key}\r\nconnection: close\r\n\r\n"
    transport = ReplayTransport({}, {("127.0.0.1", 4000): {"/x": head.encode() + body}})
    exchange = Exchange("127.0.0.1", 4000, "/x", secret=key)
    transport.talk([exchange])
    assert f"Authorization: Bearer {key}\r\n".encode() in transport.requests[0][2]
    assert exchange.reply is not None
    assert exchange.reply.answer.key == "valid"
    assert exchange.reply.answer.status == 200
    assert key.encode() not in msgspec.json.encode(exchange.reply.answer)
    assert key.encode() not in exchange.reply.body


def test_key_that_no_header_can_hold_is_not_sent() -> None:
    transport = ReplayTransport({}, {("127.0.0.1", 4000): {"/x": capture("http/built_401")}})
    exchange = Exchange("127.0.0.1", 4000, "/x", secret="a\r\nX-Evil: 1")
    transport.talk([exchange])
    assert transport.requests == []
    assert exchange.reply is not None
    assert "cannot be sent" in (exchange.reply.answer.error or "")


def test_costly_probe_waits_for_a_refusal_without_a_key() -> None:
    kind = load_catalog().get("litellm")
    assert kind is not None
    costly = next(probe for probe in kind.probes if probe.costs)
    guard = f"{URL}{costly.after_refusal}"
    assert not may_ask(costly, [], URL)
    for status, allowed in ((401, True), (403, True), (200, False), (500, False), (None, False)):
        assert may_ask(costly, [Answer(method="GET", url=guard, status=status)], URL) is allowed
    assert not may_ask(costly, [Answer(method="GET", url=guard, status=401, key="wrong")], URL)
    assert not may_ask(costly, [Answer(method="GET", url=f"{URL}/metrics", status=401)], URL)
    without_guard = Probe(path="/wake", role="health", no_key=CatalogReply(status=200, meaning="x"), costs=True)
    assert not may_ask(without_guard, [Answer(method="GET", url=guard, status=401)], URL)


def test_what_is_asked() -> None:
    kind = load_catalog().get("litellm")
    assert kind is not None
    asked = probes_of(kind, ("/health", "/custom", "/custom"))
    assert [probe if isinstance(probe, str) else probe.path for probe in asked].count("/health") == 1
    assert isinstance(asked[-2], Probe)
    assert asked[-2].costs, "costly probes come after those that may allow them"
    assert asked[-1] == "/custom"
    assert probes_of(None, ("status",)) == ("/status",)
    assert probes_of(ServiceKind(key="x", names=("X",), summary="", source=())) == ()


def test_signatures() -> None:
    ready = Reply(answer(capture("http/built_readiness")))
    assert matches(Signature(json_keys=("db", "status")), ready)
    assert not matches(Signature(json_keys=("db", "other")), ready)
    assert not matches(Signature(), ready)
    alive, _ = replay(capture("http/built_liveliness"))
    assert matches(Signature(text_prefix='"I\'m alive!"'), alive)
    assert not matches(Signature(text_prefix="OK"), alive)
    refused, _ = replay(capture("http/built_401"))
    assert not matches(Signature(json_keys=("error",)), refused), "a refusal proves nothing"


def test_base_url() -> None:
    assert (base_url("127.0.0.1", 80), base_url("::1", 80)) == ("http://127.0.0.1:80", "http://[::1]:80")


HEADS = [
    capture("http/built_redirect"),
    capture("http/built_401"),
    b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
]


@settings(max_examples=60, deadline=None)
@given(st.binary(), st.sampled_from([b"", *HEADS]), st.integers(0, 200))
def test_any_bytes_on_the_wire(noise: bytes, head: bytes, kept: int) -> None:
    msgspec.json.encode(answer(head[:kept] + noise))


@given(
    st.binary()
    | st.dictionaries(
        st.text(), st.none() | st.booleans() | st.text() | st.integers() | st.floats() | st.lists(st.integers())
    ).map(lambda value: json.dumps(value).encode()),
    st.sampled_from([None, "application/json", "text/plain", "text/html", "application/problem+json"]),
)
def test_any_body(body: bytes, media_type: str | None) -> None:
    kept = read_answer(URL, Head(200, media_type, None), body)
    assert msgspec.json.decode(msgspec.json.encode(kept), type=Answer) == kept
