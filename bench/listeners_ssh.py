"""Measure what a look over ssh at 5,000 listeners costs the host, from outside, beside what the snapshot says of it.

    python -m bench.listeners_ssh

Outside is the account of the host's control group: everything that ran there. The ssh server's share (the connection,
its keys, carrying the answer) is read off its processes while they live and told apart, for the record tells of the
commands. Needs root.
"""

from __future__ import annotations

import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from statistics import median

from bench.rig.crowd import LISTENERS, compare, inside
from bench.rig.outside import RefusedError
from bench.rig.records import newest
from bench.rig.remote import home_of, refusing, snapshot_command
from bench.rig.services import REPOSITORY
from bench.rig.turns import Command, spend, start
from tests.hosts.claim import processes
from tests.hosts.fleet import fleet
from tests.hosts.host import Host
from tests.hosts.network import Network, network

RUNS = 9
_GLANCE = 0.001


def main() -> None:
    """Fill a host with listeners, look at it several times, print medians."""
    runs = []
    try:
        with refusing(), network() as net, fleet(net, 1, services=()) as hosts, tempfile.TemporaryDirectory() as folder:
            _fill(net, hosts[0])
            home, root = home_of(hosts, Path(folder) / "home"), Path(folder) / "root"
            look = snapshot_command(hosts, home, root)
            spend(look)
            for _ in range(RUNS):
                used, server = _cpu_on(hosts[0], look)
                runs.append((used, server, inside(newest(root)).cpu))
    except RefusedError as error:
        print(f"skipped: {error}")
        return
    print(f"{LISTENERS} listeners of one process on a host over ssh; medians of {RUNS} whole snapshots")
    used, server = median(run[0] for run in runs), median(run[1] for run in runs)
    print(f"all that ran on the host: {used:.3f} s CPU; of it the ssh server: {server:.3f} s")
    compare("CPU", [(used - server, told) for used, server, told in runs])


def _fill(net: Network, host: Host, *, within: float = 30.0) -> None:
    """Hold the sockets from a process of the host, which its own account leaves out."""
    inner = min(host.processes())
    entered = ["nsenter", "--target", str(inner), "--net", "--pid", "env", "-C", str(REPOSITORY)]
    net.start("crowd", [*entered, sys.executable, "-m", "bench.rig.crowd"])
    until = time.monotonic() + within
    while len(host.run(["ss", "-H", "-tln"]).splitlines()) < LISTENERS:
        if time.monotonic() > until:
            raise RuntimeError("the listeners did not come up")
        time.sleep(0.1)


def _cpu_on(host: Host, command: Command) -> tuple[float, float]:
    """Return the CPU seconds that a run takes on the host, and the ssh server's among them."""
    resting = _servers(host)
    latest: dict[int, float] = {}
    before = host.cpu_seconds()
    with start(command) as process:
        while process.poll() is None:
            latest |= _servers(host)
            time.sleep(_GLANCE)
    if process.returncode:
        raise RuntimeError(f"it ended with status {process.returncode}: {' '.join(command.argv)}")
    return host.cpu_seconds() - before, sum(used - resting.get(pid, 0.0) for pid, used in latest.items())


def _servers(host: Host) -> dict[int, float]:
    """Return the CPU seconds that each process of the ssh server has used so far."""
    found = {}
    for pid in processes(host.group):
        with suppress(OSError):
            if Path(f"/proc/{pid}/comm").read_text().startswith("sshd"):
                found[pid] = int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
    return found


if __name__ == "__main__":
    main()
