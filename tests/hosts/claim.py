"""A claim: a number of our own on this machine, from which the names and addresses of a test's hosts follow.

Everything that is made for hosts carries the number, and a lock is held as long as its maker lives. So whatever a
killed run left behind is known to be nobody's, and the next claim removes it.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path
from typing import IO

import pytest
from tests.hosts.needs import cgroup_root, command, need_namespaces

_STATE = Path("/run/trueup-test-hosts")
_NETWORKS = tuple(IPv4Network(f"10.213.{number}.0/24") for number in range(64))
_NAMESPACES = Path("/run/netns")


@dataclass(frozen=True)
class Claim:
    """A number that is ours until the lock is released."""

    number: int

    @property
    def addresses(self) -> IPv4Network:
        """The private network of its hosts."""
        return _NETWORKS[self.number]

    @property
    def folder(self) -> Path:
        """Where its keys, logs and programs lie."""
        return _STATE / str(self.number)

    @property
    def group(self) -> Path:
        """The control group that all of its processes are in."""
        return cgroup_root() / f"trueup-tests-{self.number}"

    @property
    def link(self) -> str:
        """The one network interface that this machine itself gets."""
        return self.named("root")

    def named(self, what: str) -> str:
        """Return the name of one of its network namespaces."""
        return f"tu{self.number}-{what}"


@contextlib.contextmanager
def claim() -> Iterator[Claim]:
    """Claim a free number, without anything left behind by whoever had it before, and leave nothing behind."""
    need_namespaces()
    _STATE.mkdir(mode=0o711, exist_ok=True)
    _remove_leftovers()
    taken = _routed()
    for number, addresses in enumerate(_NETWORKS):
        if any(addresses.overlaps(each) for each in taken):
            continue
        with _locked(number) as free:
            if not free:
                continue
            ours = Claim(number)
            try:
                ours.folder.mkdir()
                ours.group.mkdir()
                yield ours
            finally:
                _remove(ours)
            return
    pytest.skip("no hosts to test with: every network that they could have is in use")


def end_processes(group: Path, *, within: float = 10.0) -> None:
    """End every process of a control group and wait until the last is gone."""
    until = time.monotonic() + within
    while pids := processes(group):
        (group / "cgroup.kill").write_text("1")
        if time.monotonic() > until:
            raise RuntimeError(f"processes of {group} do not end: {pids}")
        time.sleep(0.005)


def remove_group(group: Path) -> None:
    """Remove a control group without processes, and those inside it."""
    for each in sorted((listed.parent for listed in group.rglob("cgroup.procs")), reverse=True):
        each.rmdir()


def processes(group: Path) -> tuple[int, ...]:
    """Return the processes of a control group and of those inside it that have not ended."""
    found: list[int] = []
    for listed in group.rglob("cgroup.procs"):
        with contextlib.suppress(OSError):
            found += map(int, listed.read_text().split())
    return tuple(found)


def _remove_leftovers() -> None:
    for folder in _STATE.iterdir():
        if folder.is_dir():
            with _locked(int(folder.name)) as free:
                if free:
                    _remove(Claim(int(folder.name)))


def _remove(claim: Claim) -> None:
    """Remove everything that carries the number; the folder goes last, because it tells that there is something."""
    if claim.group.exists():
        end_processes(claim.group)
        remove_group(claim.group)
    if _NAMESPACES.is_dir():
        spaces = [each.name for each in _NAMESPACES.iterdir() if each.name.startswith(claim.named(""))]
        command(["ip", "-batch", "-"], "".join(f"netns delete {name}\n" for name in spaces))
    if Path("/sys/class/net", claim.link).exists():
        command(["ip", "link", "delete", claim.link])
    if claim.folder.exists():
        shutil.rmtree(claim.folder)


@contextlib.contextmanager
def _locked(number: int) -> Iterator[bool]:
    """Tell whether the number's lock was free; it is held meanwhile."""
    with (_STATE / f"{number}.lock").open("w") as lock:
        yield _lock(lock)


def _lock(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _routed() -> list[IPv4Network]:
    """Return the networks that this machine already knows a way to, ours among them."""
    routes = json.loads(command(["ip", "-4", "-json", "route"]))
    return [IPv4Network(each["dst"]) for each in routes if each["dst"] != "default"]
