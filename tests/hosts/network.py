"""A network of our own: a bridge in a namespace, one link of this machine to it, and one for each host."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.hosts import relay
from tests.hosts.claim import Claim, claim, end_processes, processes, remove_group
from tests.hosts.needs import command

_HUB = """
link add hub type bridge forward_delay 0 stp_state 0
link set uplink master hub up
link set hub up
"""


@dataclass(frozen=True)
class Place:
    """Where a host is on the network: its namespace, and the address of its only interface."""

    namespace: str
    address: str

    @property
    def path(self) -> Path:
        """The file that stands for the namespace."""
        return Path("/run/netns", self.namespace)


@dataclass
class Network:
    """Hosts on it reach each other and this machine, and nothing else: they have no further route."""

    claim: Claim
    gateway: str
    _free: list[str] = field(repr=False)
    _started: dict[Path, subprocess.Popen[bytes]] = field(default_factory=dict, repr=False)

    @contextlib.contextmanager
    def places(self, names: Sequence[str], *, delay: float = 0.0) -> Iterator[list[Place]]:
        """Add a place for each host, and remove it afterwards; frames from it and to it take `delay` seconds longer."""
        places = [Place(self.claim.named(name), self._free.pop(0)) for name in names]
        try:
            _ip("".join(f"netns add {each.namespace}\n" for each in places))
            if delay:
                for name, place in zip(names, places, strict=True):
                    self._lead_a_long_way(name, place, delay)
            else:
                _ip("".join(_cable("eth0", each.namespace, each) for each in places), self.claim.named("hub"))
            for place in places:
                _ip(_settled(place), place.namespace)
            yield places
        finally:
            self.end(*(group for name in names if (group := self.claim.group / f"{name}-way").exists()))
            made = [space for each in places for space in (each.namespace, f"{each.namespace}-way")]
            _ip("".join(f"netns delete {space}\n" for space in made if Path("/run/netns", space).exists()))
            self._free += [each.address for each in places]

    @contextlib.contextmanager
    def folder(self, name: str) -> Iterator[Path]:
        """Make a folder in the claim's, and remove it afterwards."""
        path = self.claim.folder / name
        path.mkdir(mode=0o755)
        try:
            yield path
        finally:
            shutil.rmtree(path)

    def start(self, group: str, argv: Sequence[str], told: str = "") -> Path:
        """Start a process in a new control group, with `told` as its standard input, and return the group.

        It ends with the network at the latest. Ctrl-C in a terminal does not reach it; what it prints is in the
        claim's folder.
        """
        path = self.claim.group / group
        path.mkdir()
        joined = ["sh", "-c", f'echo $$ >{path}/cgroup.procs && exec "$@"', "sh", *argv]
        with (self.claim.folder / f"{group}.log").open("wb") as log:
            process = subprocess.Popen(
                joined, stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        self._started[path] = process
        assert process.stdin
        with contextlib.suppress(BrokenPipeError), process.stdin as pipe:
            pipe.write(told.encode())
        return path

    def died(self, group: Path) -> str | None:
        """Tell how a process that was started here ended, None while it runs."""
        status = self._started[group].poll()
        if status is None:
            return None
        log = self.claim.folder / f"{group.name}.log"
        return f"{group.name} ended with {status}: {log.read_text(errors='replace').strip()[-2000:]}"

    def end(self, *groups: Path) -> None:
        """End all processes of control groups that were started here, and remove the groups.

        The first process goes last, because it is who collects those in its namespaces: otherwise they stay as zombies.
        """
        for group in groups:
            for pid in _but(self._started[group].pid, processes(group)):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        for group in groups:
            process = self._started.pop(group)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=5)
            end_processes(group)
            process.wait()
            remove_group(group)

    def _lead_a_long_way(self, name: str, place: Place, delay: float) -> None:
        """Lead the cable to a place through a namespace where a relay is between its two halves."""
        between = f"{place.namespace}-way"
        _ip(f"netns add {between}\n")
        _ip(_cable("far", between, place), self.claim.named("hub"))
        _ip(f"link add near type veth peer name eth0 netns {place.namespace}\n", between)
        _ip("link set near up\nlink set far up\n", between)
        script = [sys.executable, str(relay.__file__), "near", "far", str(delay)]
        self.start(f"{name}-way", ["ip", "netns", "exec", between, *script])


@contextlib.contextmanager
def network() -> Iterator[Network]:
    """Make a network, and end everything on it afterwards."""
    with claim() as ours:
        gateway, *free = map(str, ours.addresses.hosts())
        hub = ours.named("hub")
        _ip(
            f"netns add {hub}\n"
            f"link add {ours.link} type veth peer name uplink netns {hub}\n"
            f"address add {gateway}/{ours.addresses.prefixlen} dev {ours.link}\n"
            f"link set {ours.link} up\n"
        )
        _ip(_HUB, hub)
        made = Network(ours, gateway, free)
        try:
            yield made
        finally:
            made.end(*made._started)


def _but(first: int, pids: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(pid for pid in pids if pid != first) or pids


def _cable(name: str, namespace: str, place: Place) -> str:
    """Say how to lead a cable from the bridge to interface `name` of a namespace."""
    end = f"p{place.address.rpartition('.')[2]}"
    return f"link add {end} type veth peer name {name} netns {namespace}\nlink set {end} master hub up\n"


def _settled(place: Place) -> str:
    """Say how a host gets its address."""
    return f"address add {place.address}/24 dev eth0\nlink set eth0 up\nlink set lo up\n"


def _ip(plan: str, namespace: str | None = None) -> None:
    command(["ip", *(["-n", namespace] if namespace else []), "-batch", "-"], plan)
