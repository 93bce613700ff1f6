"""5,000 listening sockets of one process, and what a snapshot tells of them.

    python -m bench.rig.crowd

holds them until it is ended.
"""

from __future__ import annotations

import resource
import signal
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from statistics import median
from typing import Any, NamedTuple

from bench.rig.outside import RefusedError
from bench.rig.records import held

LISTENERS = 5000
AIM_SECONDS = 0.3
AIM_AGREEMENT = 0.20
_FIRST_PORT = 20_000
_PORTS = 500


class Inside(NamedTuple):
    """What a snapshot says that it cost a host, and how many of the listeners it holds."""

    wall: float
    cpu: float
    listeners: int


@contextmanager
def listening() -> Iterator[None]:
    """Hold the sockets: some hundred ports on as many loopback addresses as it takes."""
    wanted = LISTENERS + 200
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, max(most, wanted)))
    except ValueError as error:
        raise RefusedError(f"this user may not hold {wanted} files open") from error
    with ExitStack() as open_sockets:
        for number in range(LISTENERS):
            each = open_sockets.enter_context(socket.socket())
            each.bind((f"127.0.0.{1 + number // _PORTS}", _FIRST_PORT + number % _PORTS))
            each.listen(1)
        yield


def inside(snapshot: Mapping[str, Any]) -> Inside:
    """Read what a snapshot of one host has on record. Raises RuntimeError where a listener is missing."""
    (cost,) = snapshot["costs"]
    facts = [each["fact"] for each in snapshot["observations"] if each["fact"].get("type") == "listener"]
    seen = sum(_FIRST_PORT <= fact["port"] < _FIRST_PORT + _PORTS for fact in facts)
    if seen < LISTENERS:
        raise RuntimeError(f"a snapshot holds {seen} of {LISTENERS} listeners")
    return Inside(cost["wall_seconds"], cost["cpu_seconds"], seen)


def compare(what: str, pairs: Sequence[tuple[float, float]]) -> None:
    """Print medians of what was seen from outside and of what is on record, and whether the aims were met."""
    seen, told = median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)
    apart = median(abs(told - real) / real for real, told in pairs)
    print(f"commands on the host, {what:4}: {seen:.3f} s seen from outside, {told:.3f} s on record")
    print(f"  aim: at most {AIM_SECONDS} s: {held(seen <= AIM_SECONDS)}", end="; ")
    print(f"record within {AIM_AGREEMENT:.0%}: {apart:.0%} apart, {held(apart <= AIM_AGREEMENT)}")


if __name__ == "__main__":
    with listening():
        signal.pause()
