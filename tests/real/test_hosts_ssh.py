"""Whom `trueup snapshot` trusts over ssh and how it gets there: host keys, logins, jump hosts."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.hosts.fleet import fleet
from tests.hosts.host import Host, make_key
from tests.hosts.network import network
from tests.real.looking import look, prepare

from trueup.vocabulary import Answer

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def hosts() -> Iterator[tuple[Host, ...]]:
    with network() as net, fleet(net, 3) as made:
        yield made


def test_fifty_hosts_are_observed_whole_with_one_connection_each(tmp_path: Path) -> None:
    with network() as net, fleet(net, 50) as made:
        taken = look(prepare(tmp_path, made))
        assert [host.name for host in made if not taken.is_whole(host.name)] == []
        assert {(host.logins(), host.executions()) for host in made} <= {(1, 1), (1, 2), (1, 3)}
        assert all(taken.cost(host.name).executions == host.executions() for host in made)


def test_a_key_that_is_not_known_is_refused_with_the_command_that_adds_it(
    hosts: tuple[Host, ...], tmp_path: Path
) -> None:
    stranger, known, _ = hosts
    prepare(tmp_path, hosts[:2])
    (tmp_path / "known_hosts").write_text(known.known_hosts)
    before = stranger.logins()
    taken = look(tmp_path)
    why = taken.is_dead(stranger.name)
    assert why.stage == "host key"
    shown = subprocess.run(
        ["ssh-keygen", "-lf", "-"], input=stranger.host_key, capture_output=True, text=True, check=True
    )
    assert shown.stdout.split()[1] in why.error
    assert stranger.logins() == before
    assert taken.is_whole(known.name)

    (adding,) = re.findall(r"ssh-keyscan [^>']+", why.error)
    added = subprocess.run(adding.split(), capture_output=True, text=True, check=True)
    (tmp_path / "known_hosts").write_text(known.known_hosts + added.stdout)
    (tmp_path / "evidence").rename(tmp_path / "before")
    assert look(tmp_path).is_whole(stranger.name)


@pytest.mark.parametrize("lenient", ["", "  StrictHostKeyChecking no\n", "  StrictHostKeyChecking accept-new\n"])
def test_another_hosts_key_is_refused_whatever_the_configuration_says(
    lenient: str, hosts: tuple[Host, ...], tmp_path: Path
) -> None:
    host, impostor, _ = hosts
    config = prepare(tmp_path, [host]) / "ssh_config"
    config.write_text(config.read_text() + lenient)
    (tmp_path / "known_hosts").write_text(f"{host.address} {impostor.host_key}\n")
    before = host.logins()
    assert look(tmp_path).is_dead(host.name).stage == "host key"
    assert host.logins() == before


def test_a_login_that_is_refused(hosts: tuple[Host, ...], tmp_path: Path) -> None:
    config = prepare(tmp_path, hosts[:1]) / "ssh_config"
    key = make_key(tmp_path / "nobodys")
    config.write_text(config.read_text().replace(str(hosts[0].operator), str(key)))
    why = look(tmp_path).is_dead(hosts[0].name)
    assert why.stage == "login"
    assert "root" in why.error


def test_a_host_behind_another(hosts: tuple[Host, ...], tmp_path: Path) -> None:
    gate, hidden, _ = hosts
    config = _behind(gate, hidden, tmp_path)
    before = gate.logins(), gate.executions(), hidden.logins()
    try:
        taken = look(tmp_path)
        assert taken.is_whole(hidden.name)
        assert (gate.logins(), gate.executions(), hidden.logins()) == (before[0] + 1, before[1], before[2] + 1)

        (tmp_path / "evidence").rename(tmp_path / "before")
        (tmp_path / "known_hosts").write_text(hidden.known_hosts)
        why = look(tmp_path).is_dead(hidden.name)
        assert why.stage == "host key"
        assert f"jump host {gate.name}" in why.error
        assert config.exists()
    finally:
        _visible(hidden)


def test_a_host_behind_one_that_does_not_reach_it(hosts: tuple[Host, ...], tmp_path: Path) -> None:
    gate, hidden, _ = hosts
    config = _behind(gate, hidden, tmp_path)
    config.write_text(
        config.read_text().replace(f"HostName {hidden.address}", f"HostName {hidden.address}\n  Port 2222")
    )
    try:
        why = look(tmp_path).is_dead(hidden.name)
    finally:
        _visible(hidden)
    assert why.stage == "connect"
    assert "refused" in why.error.lower()


def test_what_a_shell_is_set_up_with_reaches_no_evidence(hosts: tuple[Host, ...], tmp_path: Path) -> None:
    host = hosts[2]
    setup = "echo out-of-a-profile; echo out-of-a-profile >&2; export LC_ALL=tlh PATH=/root/own:$PATH\n"
    host.run(["sh", "-c", "cat >/root/.bashrc && cp /root/.bashrc /root/.profile && mkdir /root/own"], told=setup)
    host.run(["sh", "-c", "ln -s /usr/bin/false /root/own/ss && ln -s ss /root/own/uname"])
    try:
        taken = look(prepare(tmp_path, [host]))
    finally:
        host.run(["rm", "-r", "/root/.bashrc", "/root/.profile", "/root/own"])
    assert taken.is_whole(host.name)
    assert "out-of-a-profile" not in taken.everything


def test_a_host_that_lets_no_connection_through_says_so_and_shows_the_rest(
    hosts: tuple[Host, ...], tmp_path: Path
) -> None:
    host = hosts[2]
    service = f'[[services]]\nkind = "litellm"\nhost = "{host.name}"\nlisten = ["*:4000"]\n'
    host.run(["sh", "-c", "echo AllowTcpForwarding no >>/mnt/config; kill -HUP 1"])
    try:
        taken = look(prepare(tmp_path, [host], more=service))
    finally:
        host.run(["sh", "-c", "sed -i '$d' /mnt/config; kill -HUP 1"])
    assert taken.is_whole(host.name)
    answers = taken.facts(host.name, Answer)
    assert answers
    assert {answer.status for answer in answers} == {None}
    assert all("AllowTcpForwarding" in (answer.error or "") for answer in answers)


def _behind(gate: Host, hidden: Host, folder: Path) -> Path:
    """Let a host send nothing to this machine any more, and prepare a look through the other one at it only."""
    hidden.run(["ip", "route", "add", "blackhole", f"{_gateway(hidden)}/32"])
    config = prepare(folder, [gate, hidden]) / "ssh_config"
    config.write_text(f"Host {hidden.name}\n  ProxyJump {gate.name}\n" + config.read_text())
    manifest = folder / "trueup.toml"
    manifest.write_text(manifest.read_text().replace(f'[hosts.{gate.name}]\nvia = "ssh"\n', f"[hosts.{gate.name}]\n"))
    return config


def _visible(hidden: Host) -> None:
    hidden.run(["ip", "route", "delete", "blackhole", f"{_gateway(hidden)}/32"])


def _gateway(host: Host) -> str:
    return f"{host.address.rpartition('.')[0]}.1"
