"""Measure what a look at 5,000 listeners costs a host, from outside, and compare it with what the snapshot says of it.

    python -m bench.listeners

The sockets are held by this process, in a network of its own where it may have one. Outside is the kernel's account of
a control group around `trueup snapshot`, without the share of trueup's own Python (see `rig/outside.py`): everything
that was started to look at the host. Inside is the snapshot's own record of its cost. Linux only.
"""

from __future__ import annotations

import resource
import socket
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from bench.rig.alone import alone
from bench.rig.outside import Outside, RefusedError, measure
from bench.rig.records import held, newest

LISTENERS = 5000
FIRST_PORT = 20_000
PORTS = 500
RUNS = 9
AIM_SECONDS = 0.3
AIM_AGREEMENT = 0.20


class Inside(NamedTuple):
    """What a snapshot says that it cost, and how many listeners it holds."""

    wall: float
    cpu: float
    listeners: int


def main() -> None:
    """Hold the sockets, look at them several times, print medians."""
    where = alone()
    runs = []
    try:
        with tempfile.TemporaryDirectory(prefix="trueup-bench-") as folder, listening(LISTENERS):
            argv = [str(Path(sys.executable).with_name("trueup")), "snapshot", "--root", folder]
            for _ in range(RUNS + 1):
                outside = measure(argv)
                runs.append((outside, _record(Path(folder))))
    except RefusedError as error:
        print(f"skipped: {error}")
        return
    _print(where, runs[1:])


@contextmanager
def listening(count: int) -> Iterator[None]:
    """Hold `count` listening sockets: some hundred ports on as many loopback addresses as it takes."""
    wanted = count + 200
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, max(most, wanted)))
    except ValueError as error:
        raise RefusedError(f"this user may not hold {wanted} files open") from error
    with ExitStack() as held:
        for number in range(count):
            address = f"127.0.0.{1 + number // PORTS}"
            each = held.enter_context(socket.socket())
            each.bind((address, FIRST_PORT + number % PORTS))
            each.listen(1)
        yield


def _record(root: Path) -> Inside:
    snapshot = newest(root)
    (cost,) = snapshot["costs"]
    mine = [
        each
        for each in snapshot["observations"]
        if each["fact"].get("type") == "listener" and FIRST_PORT <= each["fact"]["port"] < FIRST_PORT + PORTS
    ]
    return Inside(cost["wall_seconds"], cost["cpu_seconds"], len(mine))


def _print(where: str, runs: list[tuple[Outside, Inside]]) -> None:
    if short := [inside.listeners for _, inside in runs if inside.listeners < LISTENERS]:
        raise RuntimeError(f"a snapshot holds {min(short)} of {LISTENERS} listeners")
    print(f"{LISTENERS} listeners of one process, {where}; medians of {len(runs)} whole snapshots")
    whole, own = _median(out.own_wall for out, _ in runs), _median(out.own_cpu for out, _ in runs)
    print(f"the whole program: {whole:.3f} s wall; of it trueup's own Python: {own:.3f} s CPU")
    _compare("CPU", [(out.commands_cpu, inside.cpu) for out, inside in runs])
    _compare("wall", [(out.commands_wall, inside.wall) for out, inside in runs])


def _compare(what: str, pairs: list[tuple[float, float]]) -> None:
    outside, inside = _median(pair[0] for pair in pairs), _median(pair[1] for pair in pairs)
    apart = _median(abs(told - real) / real for real, told in pairs)
    print(f"commands on the host, {what:4}: {outside:.3f} s seen from outside, {inside:.3f} s on record")
    print(f"  aim: at most {AIM_SECONDS} s: {held(outside <= AIM_SECONDS)}", end="; ")
    print(f"record within {AIM_AGREEMENT:.0%}: {apart:.0%} apart, {held(apart <= AIM_AGREEMENT)}")


def _median(values: Iterator[float]) -> float:
    return statistics.median(values)


if __name__ == "__main__":
    main()
