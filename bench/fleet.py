"""Measure a snapshot of 100 hosts over ssh against one bare command on each of them through asyncssh.

    python -m bench.fleet

Both are whole processes, run in turns on the same hosts: namespaces of this machine with an ssh server and two
services each. The servers' work counts in both times, for they share the processors. Needs root.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from bench.rig.outside import RefusedError
from bench.rig.records import held, newest
from bench.rig.remote import home_of, memory_on, not_in_full, one_command, refusing, snapshot_command
from bench.rig.turns import Command, Medians, in_turns, spend
from tests.hosts.fleet import fleet
from tests.hosts.host import Host
from tests.hosts.network import network
from tests.hosts.services import LITELLM, PROMETHEUS

SIZES = (10, 100)
ROUNDS = 5
AIM_RATIO = 1.5


class Measured(NamedTuple):
    """Of one number of hosts: a snapshot, one command on each, and what a host used and is said to have used."""

    snapshot: Medians
    command: Medians
    cpu: float
    cpu_of_command: float
    cpu_on_record: float


def main() -> None:
    """Start the most hosts, and measure some of them and all of them."""
    try:
        with refusing(), network() as net, fleet(net, max(SIZES)) as hosts, tempfile.TemporaryDirectory() as folder:
            home = home_of(hosts, Path(folder) / "home")
            one = hosts[:1]
            look = snapshot_command(one, home_of(one, Path(folder) / "one"), Path(folder) / "one" / "root")
            memory = statistics.median(memory_on(one[0], look) for _ in range(ROUNDS))
            measured = {size: _measure(hosts[:size], home, Path(folder) / f"{size}") for size in SIZES}
    except RefusedError as error:
        print(f"skipped: {error}")
        return
    _print(measured)
    print(
        f"memory on a host while it is looked at: {memory / 1e6:.1f} MB, the ssh server's for the connection included"
    )


def _measure(hosts: Sequence[Host], home: Path, root: Path) -> Measured:
    commands = {"snapshot": snapshot_command(hosts, home, root), "command": one_command(hosts, home)}
    medians = in_turns(commands, ROUNDS)
    if missing := not_in_full(newest(root), hosts, (LITELLM.port, PROMETHEUS.port)):
        raise RuntimeError(f"{len(missing)} things were not observed in full: {', '.join(missing[:5])} …")
    cpu = {name: _cpu_on_hosts(hosts, command) for name, command in commands.items()}
    on_record = sum(cost["cpu_seconds"] for cost in newest(root)["costs"]) / len(hosts)
    return Measured(medians["snapshot"], medians["command"], cpu["snapshot"], cpu["command"], on_record)


def _cpu_on_hosts(hosts: Sequence[Host], command: Command) -> float:
    """Return the CPU seconds that one run takes on each host, the ssh server's share included."""
    before = sum(host.cpu_seconds() for host in hosts)
    spend(command)
    return (sum(host.cpu_seconds() for host in hosts) - before) / len(hosts)


def _print(measured: dict[int, Measured]) -> None:
    print(f"{'':6}{'a snapshot of all':>24}{'one command on each':>24}{'ratio':>8}   CPU on each host")
    for size, each in measured.items():
        times = "".join(f"{one.wall:10.2f} s {one.cpu:6.2f} s CPU" for one in (each.snapshot, each.command))
        ratio = each.snapshot.wall / each.command.wall
        cpu = [f"{seconds * 1000:.0f} ms" for seconds in (each.cpu, each.cpu_of_command, each.cpu_on_record)]
        print(f"{size:6}{times}{ratio:8.2f}   {cpu[0]}, {cpu[1]}; commands alone, on record: {cpu[2]}")
    few, many = (measured[size] for size in SIZES)
    ratio = many.snapshot.wall / many.command.wall
    print(f"aim: {SIZES[1]} hosts in {AIM_RATIO} times one command on each: {ratio:.2f}, {held(ratio <= AIM_RATIO)}")
    growth, linear = many.snapshot.wall / few.snapshot.wall, SIZES[1] / SIZES[0]
    print(f"aim: {linear:.0f} times the hosts in as many times the time: {growth:.1f}, {held(growth <= linear)}")
    memory, bare = _per_host(few.snapshot, many.snapshot), _per_host(few.command, many.command)
    print(f"memory here for each further host: {memory / 1e3:.0f} kB; for one bare command on it: {bare / 1e3:.0f} kB")


def _per_host(few: Medians, many: Medians) -> float:
    return (many.peak - few.peak) / (SIZES[1] - SIZES[0])


if __name__ == "__main__":
    main()
