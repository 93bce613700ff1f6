"""What a service is asked: in waves, over TLS where it wants that, with its key where it asks for one."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address
from pathlib import Path

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from trueup.catalog import load_catalog
from trueup.evidence.collectors import inquiry
from trueup.evidence.collectors.http import Exchange
from trueup.evidence.collectors.inquiry import Asked, Target
from trueup.evidence.collectors.probing import Round
from trueup.evidence.collectors.recognise import Known
from trueup.evidence.collectors.tls import Secured
from trueup.evidence.perform import perform
from trueup.evidence.transports.base import Conversation, Transport, Trouble
from trueup.evidence.transports.local import LocalTransport
from trueup.evidence.transports.replay import ReplayTransport
from trueup.manifest import Manifest, Service
from trueup.vocabulary import Reach

from .captures import capture

KEY = "sk-" + "only-for-this-test-0123456789"
REFUSED = capture("http/built_401")
LISTED = capture("models/built_aliases")
LITELLM = {
    "/health/readiness": capture("http/built_readiness"),
    "/health/liveliness": capture("http/built_liveliness"),
    "/v1/models": REFUSED,
    "/health": REFUSED,
    "/metrics": REFUSED,
}


def ask(
    transport: Transport,
    port: int = 4000,
    *,
    kind: str = "litellm",
    probes: tuple[str, ...] = (),
    key: str | None = KEY,
    address: str = "127.0.0.1",
) -> tuple[Asked, Round]:
    service = Service(kind=kind, host="mini", listen=(f"{address}:{port}",), probes=probes)
    asking = Round(
        Known("mini", Manifest(services=(service,)), load_catalog()), {(kind, port): key} if key is not None else None
    )
    (asked,) = perform(asking.ask_all([Target(address, port, kind)]), transport)
    return asked, asking


class Guarded(ReplayTransport):
    """A gateway that asks for the key."""

    def _play(self, conversation: object) -> Trouble | None:
        opened = conversation.opened  # type: ignore[attr-defined]
        request: bytes = opened()
        path = request.split(b" ")[1].decode()
        self.requests.append(("127.0.0.1", 4000, request))
        good = f"Bearer {KEY}".encode() in request and path == "/v1/models"
        conversation.received(LISTED if good else LITELLM.get(path, b""))  # type: ignore[attr-defined]
        return None


def sent(transport: ReplayTransport, *, keyed: bool) -> list[str]:
    return [each.split()[1].decode() for _, _, each in transport.requests if (b"Authorization" in each) is keyed]


def test_only_what_asked_for_a_key_is_asked_with_it_and_what_costs_never_is() -> None:
    transport = Guarded({})
    asked, _ = ask(transport)
    assert sorted(sent(transport, keyed=False)) == sorted(LITELLM)
    assert sorted(sent(transport, keyed=True)) == ["/metrics", "/v1/models"]
    assert {(answer.url[21:], answer.key): answer.status for answer in asked.answers} == {
        ("/health/readiness", "none"): 200,
        ("/health/liveliness", "none"): 200,
        ("/v1/models", "none"): 401,
        ("/v1/models", "valid"): 200,
        ("/metrics", "none"): 401,
        ("/metrics", "valid"): 401,
        ("/health", "none"): 401,
    }
    assert len(asked.models) == 1, "the list that only the key opens"
    assert KEY.encode() not in msgspec.json.encode(asked.answers)


def test_without_a_key_none_is_sent() -> None:
    transport = Guarded({})
    ask(transport, key=None)
    assert sent(transport, keyed=True) == []


def test_questions_go_in_waves_however_many_there_are() -> None:
    class Counting(ReplayTransport):
        waves = 0

        def talk(self, conversations: object) -> None:
            self.waves += 1
            super().talk(conversations)  # type: ignore[arg-type]

    paths = {f"/{number}": LISTED for number in range(60)}
    transport = Counting({}, {("127.0.0.1", 4000): paths})
    asked, asking = ask(transport, kind="own", probes=tuple(paths))
    assert len(asked.answers) == 60
    assert (asking.requests, transport.waves) == (60, 1)


# ---------------------------------------------------------------- TLS


def certificate(folder: Path, *, authority: bool) -> Path:
    """Make a key and a certificate for 127.0.0.1 that signs itself; return the file that holds both."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "studio.local")])
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.DNSName("studio.local"), x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(datetime(2096, 1, 1, tzinfo=UTC))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / "server.pem"
    path.write_bytes(pem + made.public_bytes(serialization.Encoding.PEM))
    return path


class _Handler(BaseHTTPRequestHandler):
    seen: list[Mapping[str, str]]

    def do_GET(self) -> None:
        self.seen.append(dict(self.headers))
        status = 200 if "Authorization" in self.headers else 401
        body = b'{"status": "ok"}'
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def secured(tmp_path: Path) -> Iterator[tuple[int, Path, list[Mapping[str, str]]]]:
    """A real HTTPS server on loopback: its port, its certificate, and the headers of what was asked."""
    pem = certificate(tmp_path, authority=True)
    seen: list[Mapping[str, str]] = []

    class Server(HTTPServer):
        def handle_error(self, *_: object) -> None:
            """A client that breaks off is no error."""

    server = Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"seen": seen}))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server.server_address[1], pem, seen
    server.shutdown()
    thread.join()
    server.server_close()


def local() -> LocalTransport:
    return LocalTransport(deadline=time.monotonic() + 30)


def test_a_service_behind_tls_that_nobody_trusts(secured: tuple[int, Path, list[Mapping[str, str]]]) -> None:
    port, _, _ = secured
    asked, _ = ask(local(), port, kind="own", probes=("/status",))
    first, keyed = asked.answers
    assert first.url == f"https://127.0.0.1:{port}/status"
    assert (first.status, first.key, keyed.status, keyed.key) == (401, "none", 200, "valid")
    assert first.tls is not None
    assert first.tls.version.startswith("TLSv1.")
    assert first.tls.names == ("studio.local", "127.0.0.1")
    assert first.tls.expires_at == datetime(2096, 1, 1, tzinfo=UTC)
    assert not first.tls.trusted


def test_a_certificate_that_the_observer_trusts(
    secured: tuple[int, Path, list[Mapping[str, str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    port, pem, _ = secured
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    asked, _ = ask(local(), port, kind="own", probes=("/status",), key=None)
    (answer,) = asked.answers
    assert answer.status == 401
    assert answer.tls is not None
    assert answer.tls.trusted


def test_a_key_goes_to_no_stranger_further_away(
    secured: tuple[int, Path, list[Mapping[str, str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the certificate is not trusted, only loopback is known to be the host itself."""
    port, _, seen = secured
    monkeypatch.setattr(inquiry, "reach_of", lambda _: Reach.LAN)
    asked, _ = ask(local(), port, kind="own", probes=("/status",))
    assert [answer.key for answer in asked.answers] == ["none"]
    assert seen
    assert not any("Authorization" in headers for headers in seen)


def test_a_key_goes_to_nobody_who_takes_the_place_of_one_that_was_trusted(
    secured: tuple[int, Path, list[Mapping[str, str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    port, pem, seen = secured
    monkeypatch.setattr(inquiry, "reach_of", lambda _: Reach.LAN)
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))

    class Changing(LocalTransport):
        def talk(self, conversations: Sequence[Conversation]) -> None:
            super().talk(conversations)
            if seen:
                monkeypatch.delenv("SSL_CERT_FILE", raising=False)

    ask(Changing(deadline=time.monotonic() + 30), port, kind="own", probes=("/status",))
    assert seen
    assert not any("Authorization" in headers for headers in seen)


def test_the_end_of_tls_is_the_end_of_the_answer(tmp_path: Path) -> None:
    """A body without a length ends where TLS does, also where the server keeps the connection below it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate(tmp_path, authority=True))
    coming, going = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = context.wrap_bio(coming, going, server_side=True)
    exchange = Exchange("127.0.0.1", 443, "/x", scheme="https")
    secured = Secured(exchange, verify=False)
    coming.write(secured.opened())
    for _ in range(3):
        with suppress(ssl.SSLWantReadError):
            server.do_handshake()
        coming.write(secured.received(going.read()))
    assert server.read().startswith(b"GET /x ")
    server.write(b"HTTP/1.0 200 OK\r\n\r\nOK")
    with suppress(ssl.SSLWantReadError):
        server.unwrap()
    secured.received(going.read())
    assert secured.done
    secured.ended(None)
    assert exchange.reply is not None
    assert (exchange.reply.answer.status, exchange.reply.body) == (200, b"OK")


def test_what_speaks_neither_keeps_its_first_answer() -> None:
    transport = ReplayTransport({}, {("127.0.0.1", 22): dict.fromkeys(("/x",), b"SSH-2.0-OpenSSH_9.2\r\n")})
    asked, asking = ask(transport, 22, kind="own", probes=("/x",))
    (answer,) = asked.answers
    assert (answer.url, answer.error) == ("http://127.0.0.1:22/x", "the answer is not HTTP")
    assert asking.requests == 2
