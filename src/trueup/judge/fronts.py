"""Fronts: the proxies of a host that are in force, where each leads to, and who is let further in by them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from trueup.vocabulary import (
    EVERY_INTERFACE,
    Forward,
    Listener,
    Observation,
    Reach,
    bind_of,
    reach_of,
    target_of,
)


class Front(NamedTuple):
    """A forward that takes connections: the observation's id, who can connect, the port of its host behind it."""

    id: str
    forward: Forward
    reach: Reach
    leads_to: int | None

    @property
    def shown(self) -> str:
        """What stands where, in words."""
        where = f"{self.forward.name or self.forward.address}:{self.forward.port}{self.forward.path or ''}"
        return f"{self.forward.via} at {where}"


def fronts_of(
    forwards: Iterable[Observation], listeners: Sequence[Listener], addresses: Collection[str]
) -> tuple[Front, ...]:
    """Return the forwards in force. `addresses` are the host's own.

    Tailscale told what it serves itself; of other proxies only the configuration was read, so their listener must be
    seen where the configuration has it.
    """
    found = []
    for observation in forwards:
        forward = observation.fact
        if not isinstance(forward, Forward):
            continue
        reach = forward.reach if forward.via.startswith("tailscale") else _reach(forward, listeners)
        if reach is not None:
            found.append(Front(observation.id, forward, reach, _leads_to(forward, addresses)))
    return tuple(found)


def letting_in(fronts: Sequence[Front], ports: Collection[int]) -> list[Front]:
    """Return the fronts that let others than the host itself reach one of its ports, straight or through another.

    A front on loopback that tells names apart lets through only some of what comes to it, so it is not followed.
    """
    behind, waiting = set(ports), list(fronts)
    found: list[Front] = []
    while True:
        next_ones = [front for front in waiting if front.leads_to in behind]
        if not next_ones:
            return [front for front in found if front.reach is not Reach.LOOPBACK]
        found += next_ones
        taken = set(next_ones)
        behind |= {
            front.forward.port for front in next_ones if front.reach is Reach.LOOPBACK and front.forward.name is None
        }
        waiting = [front for front in waiting if front not in taken]


def _reach(forward: Forward, listeners: Iterable[Listener]) -> Reach | None:
    """Who can connect to the proxy's own listener; None where it has none."""
    bind = bind_of(forward.address)
    for listener in listeners:
        same = listener.protocol == "tcp" and (listener.port, bind_of(listener.address)) == (forward.port, bind)
        if same and listener.process in (None, forward.via):
            return listener.reach
    return None


def _leads_to(forward: Forward, addresses: Collection[str]) -> int | None:
    place = target_of(forward.target or "")
    if place is None:
        return None
    host, port = place
    itself = host in EVERY_INTERFACE or host in addresses or reach_of(host) is Reach.LOOPBACK
    return port if itself else None
