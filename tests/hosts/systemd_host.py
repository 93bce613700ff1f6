"""A host that boots a real systemd inside namespaces and a control group of its own.

Started anywhere else as root, systemd would move every process of this machine into a scope of its making. So the
script below stops before it unless what it sees as the root of cgroup2 is not the machine's.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from tests.hosts.files import File, Files, pack
from tests.hosts.host import Host, make_key, public, wait_for_ssh
from tests.hosts.needs import need_namespaces
from tests.hosts.network import Network, Place
from tests.hosts.rootfs import rootfs

_SSHD = """
LogLevel VERBOSE
MaxStartups 500
PasswordAuthentication no
UseDNS no
"""
# A session's own lines stand under its scope, not under the unit of ssh.
_LOG = ("sh", "-c", "journalctl --sync && exec journalctl --quiet --no-pager --identifier=sshd --output=cat")
_ALONE = ("unshare", "--fork", "--kill-child", "--cgroup", "--pid", "--mount", "--uts", "--ipc")
# The root file system is shared by all hosts; what this one writes is in memory and goes with its mounts. Namespaces
# of other hosts are let go of, so that they end with those.
_BOOT = """
set -eu
name=$1 system=$2 folder=$3 namespace=$4
mount --make-rprivate /
touch "$folder/network" && mount --bind "$namespace" "$folder/network"
umount --recursive --lazy /run/netns
umount --recursive --lazy /sys
mount -t sysfs sysfs /sys
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t proc proc /proc
test -e /sys/fs/cgroup/cgroup.type
mount -t tmpfs -o mode=755 tmpfs "$folder/disk"
mkdir "$folder/disk/written" "$folder/disk/work" "$folder/disk/root"
options="lowerdir=$system,upperdir=$folder/disk/written,workdir=$folder/disk/work"
mount -t overlay -o "$options" overlay "$folder/disk/root"
tar --extract --file "$folder/files.tar" --directory "$folder/disk/root" --same-owner --same-permissions
exec systemd-nspawn --quiet --directory="$folder/disk/root" --boot --register=no --keep-unit \
  --network-namespace-path="$folder/network" --console=pipe --machine="$name" --hostname="$name"
"""


@contextlib.contextmanager
def systemd_host(net: Network, name: str, files: Files | None = None, *, delay: float = 0.0) -> Iterator[Host]:
    """Boot a host with these files, and yield it once everything that is enabled on it was started.

    Whoever has the operator's key may log in as root or as ops, who is nobody special and whose services run from the
    boot on. `delay` seconds lie between this machine and it.
    """
    need_namespaces("systemd-nspawn", "ssh-keygen", "nsenter", "tar")
    system = rootfs()
    with net.folder(name) as folder, net.places([name], delay=delay) as (place,):
        host = _boot(net, name, place, folder, system, files or {})
        try:
            wait_for_ssh(net, host)
            _wait_until_started(host)
            yield host
        finally:
            net.end(host.group)


def _boot(net: Network, name: str, place: Place, folder: Path, system: Path, files: Files) -> Host:
    (folder / "disk").mkdir()
    operator, host_key = make_key(folder / "operator"), make_key(folder / "host_key")
    authorized = Path(f"{operator}.pub").read_text()
    given: Files = {
        "/etc/hostname": f"{name}\n",
        "/etc/hosts": f"127.0.0.1 localhost\n127.0.1.1 {name}\n::1 localhost ip6-localhost\n",
        "/etc/ssh/sshd_config.d/test.conf": _SSHD,
        "/etc/ssh/ssh_host_ed25519_key": File(host_key.read_text(), 0o600),
        "/root/.ssh/authorized_keys": authorized,
        "/home/ops/.ssh/authorized_keys": authorized,
        **files,
    }
    pack(given, folder / "files.tar")
    boot = [*_ALONE, "sh", "-c", _BOOT, "sh", name, str(system), str(folder), str(place.path)]
    group = net.start(name, ["nsenter", f"--net={place.path}", *boot])
    return Host(name, place, operator, public(host_key), group, _LOG)


def _wait_until_started(host: Host) -> None:
    """Wait for the system's manager, then for the one of ops, which starts after it; a failed unit is no obstacle."""
    state = "systemctl is-system-running --wait || test $? -eq 1"
    host.run(["sh", "-c", state])
    host.run(["sh", "-c", "systemctl start user@1000.service"])
    host.run(["sh", "-c", state.replace("systemctl", "systemctl --user")], user="ops")
