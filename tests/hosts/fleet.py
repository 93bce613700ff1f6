"""A fleet: plain hosts that share this machine's files, each with a network, processes, name and ssh server its own."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.hosts.host import Host, make_key, public, wait_for_ssh
from tests.hosts.needs import need_namespaces
from tests.hosts.network import Network, Place
from tests.hosts.services import LITELLM, PROMETHEUS, Service, serve

_SSHD = "/usr/sbin/sshd"
_CONFIG = """
HostKey /mnt/host_key
AuthorizedKeysFile /mnt/operator.pub
PidFile none
LogLevel VERBOSE
MaxStartups 500
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
StrictModes no
UseDNS no
UsePAM no
"""
# The host's own folder comes to /mnt; what programs of this machine keep in /run and how its root sets up shells is
# not there.
_START = f"""
set -eu
hostname "$1"
mount --bind "$2" /mnt
mount -t tmpfs tmpfs /run
mount -t tmpfs -o mode=700 tmpfs /root
mkdir -m 755 /run/sshd
ssh-keygen -q -t ed25519 -N '' -C '' -f /mnt/host_key
exec {_SSHD} -D -f /mnt/config -E /mnt/log
"""
_ALONE = ("unshare", "--fork", "--kill-child", "--pid", "--mount-proc", "--uts", "--ipc", "--propagation", "private")


@contextlib.contextmanager
def fleet(
    net: Network,
    count: int,
    *,
    prefix: str = "h",
    services: Sequence[Service] = (LITELLM, PROMETHEUS),
    delay: float = 0.0,
) -> Iterator[tuple[Host, ...]]:
    """Start `count` hosts with the services on each; `delay` seconds lie between this machine and each of them."""
    need_namespaces(_SSHD, "ssh-keygen", "nsenter")
    names = [f"{prefix}{number}" for number in range(1, count + 1)]
    groups: list[Path] = []
    with net.folder(prefix) as folder, net.places(names, delay=delay) as places:
        operator = make_key(folder / "operator")
        try:
            hosts = []
            for name, place in zip(names, places, strict=True):
                hosts.append(_start(net, folder / name, place, operator))
                groups.append(hosts[-1].group)
            if services:
                groups.append(serve(net, places, services, name=f"{prefix}-services"))
            for host in hosts:
                wait_for_ssh(net, host)
            yield tuple(_known(host, folder / host.name) for host in hosts)
        finally:
            net.end(*groups)


def _start(net: Network, folder: Path, place: Place, operator: Path) -> Host:
    folder.mkdir(mode=0o755)
    (folder / "config").write_text(_CONFIG)
    (folder / "operator.pub").write_bytes(Path(f"{operator}.pub").read_bytes())
    argv = ["ip", "netns", "exec", place.namespace, *_ALONE, "sh", "-c", _START, "sh", folder.name, str(folder)]
    return Host(folder.name, place, operator, "", net.start(folder.name, argv), ("cat", "/mnt/log"))


def _known(host: Host, folder: Path) -> Host:
    """Add the key that the host made for itself."""
    return Host(host.name, host.place, host.operator, public(folder / "host_key"), host.group, host.ssh_log)
