"""A look over ssh at this machine itself, through a real sshd on loopback; tests/real has hosts of their own."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from trueup.catalog import load_catalog
from trueup.errors import ConfigError
from trueup.evidence import fleet
from trueup.evidence.collect import take_snapshot
from trueup.evidence.collectors.recognise import Known
from trueup.evidence.observing import COLLECTORS, HostEvidence, observe_host
from trueup.evidence.perform import Steps
from trueup.evidence.transports.base import LATE, Output, Section
from trueup.evidence.transports.connecting import Goal, goal_of
from trueup.evidence.transports.ssh import SshTransport
from trueup.evidence.transports.ssh import _trouble_of as trouble_of_channel
from trueup.manifest import Evidence, Host, Manifest, Service
from trueup.vocabulary import Connect, Identity, Listener, Snapshot, Unreachable

CATALOG = load_catalog()
NOW = datetime(2026, 2, 9, 12, tzinfo=UTC)
SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
pytestmark = [
    pytest.mark.skipif(SSHD is None, reason="sshd is not installed"),
    pytest.mark.skipif(sys.platform != "linux", reason="starts an sshd of its own"),
]


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
    return port


@pytest.fixture(scope="module")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """A real sshd for the user who runs the tests: its port, and a home whose key it lets in."""
    folder = tmp_path_factory.mktemp("sshd")
    home = folder / "home"
    (home / ".ssh").mkdir(parents=True)
    for key in (folder / "host", home / ".ssh" / "id_ed25519"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    port = free_port()
    config = {
        "Port": port,
        "ListenAddress": "127.0.0.1",
        "HostKey": folder / "host",
        "AuthorizedKeysFile": home / ".ssh" / "id_ed25519.pub",
        "StrictModes": "no",
        "UsePAM": "no",
        "PidFile": "none",
        "MaxStartups": 100,
    }
    (folder / "config").write_text("".join(f"{name} {value}\n" for name, value in config.items()))
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    with subprocess.Popen([str(SSHD), "-D", "-e", "-f", folder / "config"], stderr=subprocess.DEVNULL) as server:
        until = time.monotonic() + 10
        while (
            subprocess.run(["ssh-keyscan", "-p", str(port), "127.0.0.1"], capture_output=True, check=False).stdout
            == b""
        ):
            assert server.poll() is None, "sshd did not start"
            assert time.monotonic() < until
        public = (folder / "host.pub").read_text().split()[:2]
        (home / ".ssh" / "known_hosts").write_text(f"[127.0.0.1]:{port} {' '.join(public)}\n")
        yield port, home
        server.terminate()


@pytest.fixture
def port(sshd: tuple[int, Path], monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setenv("HOME", str(sshd[1]))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    return sshd[0]


def look(*hosts: Host, services: tuple[Service, ...] = (), **more: object) -> Snapshot:
    return take_snapshot(Manifest(hosts=hosts, services=services, **more), CATALOG, now=NOW)  # type: ignore[arg-type]


def remote(name: str, port: int, **more: object) -> Host:
    return Host(name=name, via="ssh", ssh=f"127.0.0.1:{port}", **more)  # type: ignore[arg-type]


def dead(taken: Snapshot, host: str) -> Unreachable:
    (fact,) = (seen.fact for seen in taken.observations if seen.host == host)
    assert isinstance(fact, Unreachable)
    assert {each.extent for each in taken.coverages if each.host == host} == {"none"}
    assert [each.collector for each in taken.coverages if each.host == host] == list(COLLECTORS)
    return fact


def test_one_connection_one_script_and_everything_is_seen(port: int) -> None:
    taken = look(remote("studio", port))
    (identity,) = (seen.fact for seen in taken.observations if isinstance(seen.fact, Identity))
    assert identity.hostname == socket.gethostname(), "an alias of ssh is no hostname"
    assert port in {seen.fact.port for seen in taken.observations if isinstance(seen.fact, Listener)}
    (cost,) = taken.costs
    assert (cost.host, cost.connections) == ("studio", 1)
    assert 1 <= cost.executions <= 3
    assert cost.commands > 4
    assert cost.cpu_seconds > 0


def test_services_are_asked_and_ports_of_others_tried_through_the_connection(port: int) -> None:
    service = Service(kind="own", host="studio", listen=(f"127.0.0.1:{port}",), probes=("/x",))
    closed = Service(kind="other", host="mini", listen=("127.0.0.1:1", f"127.0.0.1:{port}"))
    taken = look(
        remote("studio", port),
        Host(name="mini", addresses=("127.0.0.1",)),
        services=(service, closed),
    )
    dialled = [seen.fact for seen in taken.observations if isinstance(seen.fact, Connect)]
    assert [(fact.to, fact.port, fact.state) for fact in dialled] == [("mini", 1, "refused"), ("mini", port, "open")]
    assert taken.costs[0].requests == 2, "what speaks no HTTP is tried once more over TLS"


def test_a_dead_host_keeps_nobody_waiting(port: int) -> None:
    started = time.monotonic()
    taken = look(remote("alive", port), remote("dead", free_port()))
    assert time.monotonic() - started < 10
    assert any(isinstance(seen.fact, Identity) for seen in taken.observations if seen.host == "alive")
    assert dead(taken, "dead") == Unreachable("connect", "Connection refused")


def test_an_unknown_host_key_is_refused_and_the_message_says_what_to_do(port: int, sshd: tuple[int, Path]) -> None:
    known = sshd[1] / ".ssh" / "known_hosts"
    kept = known.read_text()
    known.write_text("")
    try:
        fact = dead(look(remote("studio", port)), "studio")
        (sshd[1] / "lax").write_text("Host *\n  UserKnownHostsFile none\n  StrictHostKeyChecking no\n")
        lax = look(remote("studio", port), evidence=Evidence(ssh_config=str(sshd[1] / "lax")))
    finally:
        known.write_text(kept)
    assert fact.stage == "host key"
    assert "SHA256:" in fact.error
    assert f"'ssh-keyscan -t ed25519 -p {port} 127.0.0.1 >> ~/.ssh/known_hosts' adds it" in fact.error
    assert dead(lax, "studio").stage == "host key", "no configuration switches the check off"


def test_another_key_than_the_known_one_is_told_apart(port: int, tmp_path: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "old"], check=True)
    old = " ".join((tmp_path / "old.pub").read_text().split()[:2])
    known = tmp_path / "known"
    known.write_text(f"[127.0.0.1]:{port} {old}\n")
    (tmp_path / "config").write_text(f"Host *\n  UserKnownHostsFile {known}\n")
    fact = dead(look(remote("studio", port), evidence=Evidence(ssh_config=str(tmp_path / "config"))), "studio")
    assert fact.stage == "host key"
    assert f"is another one than {known} holds" in fact.error
    assert f"'ssh-keygen -R '[127.0.0.1]:{port}' -f {known}' takes the old one out" in fact.error


def test_a_configuration_that_is_not_there_is_a_mistake_of_the_manifest(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such configuration of ssh"):
        look(Host(name="studio", via="ssh"), evidence=Evidence(ssh_config=str(tmp_path / "none")))


def test_a_refused_login_says_as_whom(port: int) -> None:
    fact = dead(look(Host(name="studio", via="ssh", ssh=f"nobody@127.0.0.1:{port}")), "studio")
    assert fact.stage == "login"
    assert "as nobody" in fact.error


def test_a_key_that_only_the_agent_has_opens(
    port: int, sshd: tuple[int, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh" / "known_hosts").write_text((sshd[1] / ".ssh" / "known_hosts").read_text())
    monkeypatch.setenv("HOME", str(tmp_path))
    assert dead(look(remote("studio", port)), "studio").stage == "login", "nothing here opens it yet"
    place = str(tmp_path / "agent")
    with subprocess.Popen(["ssh-agent", "-D", "-a", place], stdout=subprocess.DEVNULL) as agent:
        try:
            monkeypatch.setenv("SSH_AUTH_SOCK", place)
            until = time.monotonic() + 10
            while not Path(place).exists():
                assert time.monotonic() < until
            subprocess.run(["ssh-add", "-q", sshd[1] / ".ssh" / "id_ed25519"], check=True)
            taken = look(remote("studio", port))
        finally:
            agent.terminate()
    assert any(isinstance(seen.fact, Identity) for seen in taken.observations)


def test_names_and_jumps_come_from_the_configuration(port: int, tmp_path: Path) -> None:
    inner = f"Host inner\n  HostName 127.0.0.1\n  Port {port}\n  ProxyJump outer\n"
    outer = f"Host outer\n  HostName 127.0.0.1\n  Port {port}\n"
    (tmp_path / "config").write_text(inner + outer)
    through = Manifest(hosts=(Host(name="inner", via="ssh"),), evidence=Evidence(ssh_config="config"))
    taken = take_snapshot(through, CATALOG, now=NOW, root=tmp_path)
    assert any(isinstance(seen.fact, Identity) for seen in taken.observations)


def test_key_files_that_are_not_there_are_passed_over(port: int, sshd: tuple[int, Path], tmp_path: Path) -> None:
    key = sshd[1] / ".ssh" / "id_ed25519"
    for identities in ("  IdentityFile ~/no-such-key\n", f"  IdentityFile ~/no-such-key\n  IdentityFile {key}\n"):
        (tmp_path / "config").write_text(f"Host studio\n  HostName 127.0.0.1\n  Port {port}\n{identities}")
        named = Manifest(hosts=(Host(name="studio", via="ssh"),), evidence=Evidence(ssh_config="config"))
        taken = take_snapshot(named, CATALOG, now=NOW, root=tmp_path)
        assert any(isinstance(seen.fact, Identity) for seen in taken.observations)


def test_known_hosts_of_the_configuration_are_read_and_named(port: int, sshd: tuple[int, Path], tmp_path: Path) -> None:
    (tmp_path / "config").write_text("Host *\n  UserKnownHostsFile ~/kept/known\n")
    (sshd[1] / "kept").mkdir()
    named = Evidence(ssh_config=str(tmp_path / "config"))
    assert ">> ~/kept/known' adds it" in dead(look(remote("studio", port), evidence=named), "studio").error
    (sshd[1] / "kept" / "known").write_text((sshd[1] / ".ssh" / "known_hosts").read_text())
    taken = look(remote("studio", port), evidence=named)
    assert any(isinstance(seen.fact, Identity) for seen in taken.observations)


def test_a_mistake_about_one_host_costs_no_other(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = observe_host

    def faulty(known: Known, **more: Any) -> Steps[HostEvidence]:
        if known.host == "bad":
            raise KeyError("mistake")
        return whole(known, **more)

    monkeypatch.setattr(fleet, "observe_host", faulty)
    taken = look(remote("good", port), remote("bad", port))
    assert dead(taken, "bad") == Unreachable("look", "trueup failed: KeyError")
    assert any(isinstance(seen.fact, Identity) for seen in taken.observations if seen.host == "good")


def test_a_jump_host_that_is_down_is_named(port: int, tmp_path: Path) -> None:
    (tmp_path / "config").write_text(f"Host inner\n  ProxyJump 127.0.0.1:{free_port()}\n  Port {port}\n")
    through = Manifest(hosts=(Host(name="inner", via="ssh"),), evidence=Evidence(ssh_config="config"))
    fact = dead(take_snapshot(through, CATALOG, now=NOW, root=tmp_path), "inner")
    assert fact.stage == "connect"
    assert fact.error.startswith("jump host 127.0.0.1:")
    assert fact.error.endswith("Connection refused")


def test_a_configuration_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("Host *\n  Port many\n")
    through = Manifest(hosts=(Host(name="inner", via="ssh"),), evidence=Evidence(ssh_config="config"))
    fact = dead(take_snapshot(through, CATALOG, now=NOW, root=tmp_path), "inner")
    assert "configuration cannot be used" in fact.error


@pytest.mark.parametrize(
    ("target", "goal"),
    [
        ("mini", Goal("mini")),
        ("ops@mini.local", Goal("mini.local", "ops")),
        ("ops@10.0.0.1:2222", Goal("10.0.0.1", "ops", 2222)),
        ("[fd00::1]:2222", Goal("fd00::1", None, 2222)),
        ("fd00::1", Goal("fd00::1")),
        ("a@b@c", Goal("c", "a@b")),
        ("mini:99999", Goal("mini")),
    ],
)
def test_targets(target: str, goal: Goal) -> None:
    assert goal_of(target) == goal


class _Mute:
    """A connection that stands, to a server that answers nothing more."""

    async def create_session(self, *_: object, **__: object) -> None:
        await asyncio.sleep(60)


def test_a_server_that_lets_in_and_falls_silent_ends_with_the_deadline() -> None:
    started = time.monotonic()
    transport = SshTransport(_Mute(), deadline=started + 0.2)  # type: ignore[arg-type]
    outputs = asyncio.run(asyncio.wait_for(transport.run([Section(name="a", argv=("true",))]), 5))
    assert outputs == {"a": Output(status=None, problem=LATE)}
    assert time.monotonic() - started < 2


@pytest.mark.usefixtures("port")
def test_names_that_no_resolver_answers_keep_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    answered = threading.Event()
    resolve = socket.getaddrinfo

    def resolving(host: str, *more: Any, **named: Any) -> object:
        if host.endswith(".invalid"):
            answered.wait(30)
        return resolve(host, *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", resolving)
    lost = tuple(Host(name=f"lost{number}", via="ssh", ssh=f"lost{number}.invalid") for number in range(40))
    refusing = Host(name="refusing", via="ssh", ssh=f"localhost:{free_port()}")
    started = time.monotonic()
    try:
        taken = take_snapshot(Manifest(hosts=(*lost, refusing)), CATALOG, now=NOW, seconds=2)
    finally:
        took = time.monotonic() - started
        answered.set()
    assert took < 4
    assert dead(taken, "lost0") == Unreachable("connect", "it did not answer in time")
    assert dead(taken, "refusing") != Unreachable("connect", "it did not answer in time")


@pytest.mark.parametrize(
    ("code", "reason", "kind"),
    [
        (asyncssh.OPEN_CONNECT_FAILED, "Connection refused", "refused"),
        (asyncssh.OPEN_CONNECT_FAILED, "Connection timed out", "silent"),
        (asyncssh.OPEN_CONNECT_FAILED, "No route to host", "unreachable"),
        (asyncssh.OPEN_CONNECT_FAILED, "Invalid argument", "unreachable"),
        (asyncssh.OPEN_CONNECT_FAILED, "", "unreachable"),
        (asyncssh.OPEN_ADMINISTRATIVELY_PROHIBITED, "open failed", "broken"),
        (asyncssh.OPEN_RESOURCE_SHORTAGE, "too many", "broken"),
    ],
)
def test_only_a_try_tells_of_the_other_end(code: int, reason: str, kind: str) -> None:
    assert trouble_of_channel(asyncssh.ChannelOpenError(code, reason)).kind == kind
