"""Hosts of the tests as a measurement uses them: a home with ssh's files, a root with a manifest, what is on record."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from bench.rig.outside import RefusedError
from bench.rig.turns import Command, start
from tests.hosts.claim import processes
from tests.hosts.host import Host, ssh_config

_ONE_COMMAND = Path(__file__).with_name("one_command.py")


@contextmanager
def refusing() -> Iterator[None]:
    """Turn what would skip a test, because this machine makes no hosts, into a refusal."""
    try:
        yield
    except pytest.skip.Exception as skipped:
        raise RefusedError(str(skipped)) from skipped


def home_of(hosts: Sequence[Host], folder: Path) -> Path:
    """Make a home whose ssh configuration names the hosts, with their keys known."""
    files = folder / ".ssh"
    files.mkdir(parents=True, mode=0o700)
    ssh_config(hosts, files).rename(files / "config")
    return folder


def snapshot_command(hosts: Sequence[Host], home: Path, root: Path, *, services: str = "") -> Command:
    """Return the command that observes these hosts over ssh; `services` are further tables of the manifest."""
    root.mkdir(parents=True)
    tables = [f'[hosts.{host.name}]\nvia = "ssh"\nssh = "{host.name}"\n' for host in hosts]
    (root / "trueup.toml").write_text("\n".join((*tables, services)))
    argv = [str(Path(sys.executable).with_name("trueup")), "snapshot", "--root", str(root)]
    return Command(argv, {"HOME": str(home)})


def one_command(hosts: Sequence[Host], home: Path, command: str = "true") -> Command:
    """Return the command that runs one command on each of them through asyncssh."""
    argv = [sys.executable, str(_ONE_COMMAND), command, *(host.name for host in hosts)]
    return Command(argv, {"HOME": str(home)})


def memory_on(host: Host, command: Command) -> int:
    """Return how many bytes more the processes of a host have at the most while a command runs."""
    resting = _memory(host)
    most = resting
    with start(command) as process:
        while process.poll() is None:
            most = max(most, _memory(host))
    return most - resting


def _memory(host: Host) -> int:
    total = 0
    for pid in processes(host.group):
        with suppress(OSError):
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return total


def not_in_full(snapshot: Mapping[str, Any], hosts: Sequence[Host], ports: Sequence[int]) -> list[str]:
    """Return what a snapshot does not hold of these hosts: who they are, all their sockets, an answer on each port."""
    complete = {(each["host"], each["collector"]) for each in snapshot["coverages"] if each["extent"] == "complete"}
    answered = {
        (each["host"], int(each["fact"]["url"].split(":")[2].split("/")[0]))
        for each in snapshot["observations"]
        if each["fact"].get("status")
    }
    missing = [
        f"{host.name}: {collector}"
        for host in hosts
        for collector in ("identity", "listeners", "http")
        if (host.name, collector) not in complete
    ]
    return missing + [
        f"{host.name}: port {port}" for host in hosts for port in ports if (host.name, port) not in answered
    ]
