"""Measure a snapshot over a link of 50 ms (25 ms each way) of a host with 3, 9 and 27 services to check.

    python -m bench.latency

Every service is a port that listens and an endpoint that is asked. One bare command through asyncssh stands beside it:
what is above that is what looking takes. Needs root.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.rig.outside import RefusedError
from bench.rig.records import held, newest
from bench.rig.remote import home_of, not_in_full, one_command, refusing, snapshot_command
from bench.rig.turns import Command, Medians, in_turns
from tests.hosts.fleet import fleet
from tests.hosts.host import Host
from tests.hosts.network import network
from tests.hosts.services import Service

ONE_WAY = 0.025
CHECKS = (3, 9, 27)
ROUNDS = 9
FIRST_PORT = 21_000
AIM_GROWTH = 1.1
_BARE = "one command"


def main() -> None:
    """Start a host a long way off, with all services; each manifest declares some of them."""
    services = [Service(FIRST_PORT + number, {"/health": (200, "text/plain", "well")}) for number in range(CHECKS[-1])]
    try:
        with (
            refusing(),
            network() as net,
            fleet(net, 1, services=services, delay=ONE_WAY) as hosts,
            tempfile.TemporaryDirectory() as folder,
        ):
            home = home_of(hosts, Path(folder) / "home")
            roots = {checks: Path(folder) / f"{checks}" for checks in CHECKS}
            commands = {f"{checks} checks": _snapshot(hosts, home, root, checks) for checks, root in roots.items()}
            medians = in_turns({_BARE: one_command(hosts, home), **commands}, ROUNDS)
            for checks, root in roots.items():
                ports = range(FIRST_PORT, FIRST_PORT + checks)
                if missing := not_in_full(newest(root), hosts, ports):
                    raise RuntimeError(f"not observed in full: {', '.join(missing)}")
    except RefusedError as error:
        print(f"skipped: {error}")
        return
    _print(medians)


def _snapshot(hosts: Sequence[Host], home: Path, root: Path, checks: int) -> Command:
    tables = [
        f'[[services]]\nkind = "own{number}"\nhost = "{hosts[0].name}"\n'
        f'listen = ["*:{FIRST_PORT + number}"]\nprobes = ["/health"]\n'
        for number in range(checks)
    ]
    return snapshot_command(hosts, home, root, services="\n".join(tables))


def _print(medians: dict[str, Medians]) -> None:
    print(f"one host over {2000 * ONE_WAY:.0f} ms; medians of {ROUNDS} whole processes, in turns")
    for name, each in medians.items():
        print(f"{name:14}{each.wall:8.3f} s   least {each.least:.3f} s")
    few, most = (medians[f"{checks} checks"].wall for checks in (CHECKS[0], CHECKS[-1]))
    growth = most / few
    print(f"aim: {CHECKS[-1]} checks within {AIM_GROWTH} times {CHECKS[0]}: {growth:.2f}, {held(growth <= AIM_GROWTH)}")


if __name__ == "__main__":
    main()
