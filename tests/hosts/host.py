"""A host as a test sees it: how to reach it over ssh, and how to look at it from outside."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.hosts.claim import processes
from tests.hosts.needs import command
from tests.hosts.network import Network, Place

_USER_ID = 1000


@dataclass(frozen=True)
class Host:
    """It answers ssh on port 22 of its address to whoever has the operator's key."""

    name: str
    place: Place
    operator: Path
    host_key: str
    group: Path
    ssh_log: tuple[str, ...]

    @property
    def address(self) -> str:
        """Its address on the test's network, on which this machine is too."""
        return self.place.address

    @property
    def known_hosts(self) -> str:
        """The line of a `known_hosts` file that vouches for it."""
        return f"{self.address} {self.host_key}\n"

    def run(self, argv: Sequence[str], *, told: str = "", user: str = "root", within: float = 60.0) -> str:
        """Run a command inside that has to succeed, past ssh and outside its control group; return its output."""
        inside = ["nsenter", "--target", str(self._first_process()), "--mount", "--uts", "--ipc", "--net", "--pid"]
        if user != "root":
            inside += ["runuser", "-u", user, "--", "env", f"XDG_RUNTIME_DIR=/run/user/{_USER_ID}"]
        return command([*inside, *argv], told, within=within)

    def processes(self) -> dict[int, str]:
        """Return the command line of every process on it, by its number outside."""
        found = {}
        for pid in processes(self.group):
            with suppress(OSError):
                found[pid] = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
        return found

    def cpu_seconds(self) -> float:
        """Return the processor time that everything on it took so far, ended processes too."""
        counted = dict(line.split() for line in (self.group / "cpu.stat").read_text().splitlines())
        return int(counted["usage_usec"]) / 1e6

    def logins(self) -> int:
        """Return how many ssh connections were let in so far."""
        return self._logged("Accepted publickey for ")

    def executions(self) -> int:
        """Return how many commands were run over ssh so far, shells without one among them."""
        return self._logged("Starting session: ")

    def _logged(self, words: str) -> int:
        return sum(words in line for line in self.run(self.ssh_log).splitlines())

    def _first_process(self) -> int:
        """Return the number outside of the host's process 1: the first in the innermost namespace."""
        found: list[tuple[int, int]] = []
        for pid in processes(self.group):
            with suppress(OSError):
                status = Path(f"/proc/{pid}/status").read_text()
                numbers = next(line.split()[1:] for line in status.splitlines() if line.startswith("NSpid:"))
                found += [(len(numbers), pid)] if numbers[-1] == "1" else []
        if not found:
            raise RuntimeError(f"{self.name} does not run any more")
        return max(found)[1]


def make_key(path: Path) -> Path:
    """Make an Ed25519 key pair and return the private key's path; the public one has `.pub` behind it."""
    command(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", path.name, "-f", str(path)])
    return path


def public(key: Path) -> str:
    """Return a key pair's public half without its comment, as `known_hosts` has it."""
    return " ".join(Path(f"{key}.pub").read_text().split()[:2])


def wait_for_ssh(net: Network, host: Host, *, within: float = 30.0) -> None:
    """Wait until the host's server of ssh greets."""
    until = time.monotonic() + within
    while time.monotonic() < until and not net.died(host.group):
        with suppress(OSError), socket.create_connection((host.address, 22), timeout=1) as connection:
            if connection.recv(4) == b"SSH-":
                return
        time.sleep(0.01)
    raise RuntimeError(f"{host.name} does not answer ssh: {net.died(host.group)}")


def ssh_config(hosts: Iterable[Host], folder: Path, *, user: str = "root") -> Path:
    """Write a configuration of ssh that names each host by its name, and the `known_hosts` that it leads to."""
    hosts = tuple(hosts)
    known = folder / "known_hosts"
    known.write_text("".join(each.known_hosts for each in hosts))
    config = folder / "ssh_config"
    config.write_text(
        "".join(
            f"Host {each.name}\n  HostName {each.address}\n  User {user}\n  IdentityFile {each.operator}\n"
            for each in hosts
        )
        + f"Host *\n  IdentitiesOnly yes\n  UserKnownHostsFile {known}\n  GlobalKnownHostsFile /dev/null\n"
    )
    return config
