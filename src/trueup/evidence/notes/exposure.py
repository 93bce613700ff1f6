"""Notes about who can reach a service: further than its kind or its bind lets expect, or not where it is declared."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trueup.catalog import Catalog, ServiceKind
from trueup.evidence.notes.parts import facts, listed, name
from trueup.evidence.quoting import code
from trueup.evidence.wording import socket
from trueup.vocabulary import Connect, Container, Forward, Listener, Reach, Snapshot, reach_of, target_of

_AT_REST = re.compile(r"(?:created|configured|initialized|exited|stopped|dead|removing)\b", re.IGNORECASE)


def listeners(snapshot: Snapshot, catalog: Catalog) -> Iterator[str]:
    """A service that is usually kept to loopback listens on every interface."""
    published = {(host, port) for host, _, _, ports in _published(snapshot, catalog) for port in ports}
    open_ports: dict[tuple[str, str], set[int]] = {}
    for observation, listener in facts(snapshot, Listener):
        kind = catalog.get(observation.service or "")
        if kind is None or not _keeps_to_loopback(kind) or listener.reach is not Reach.ANY:
            continue
        if (observation.host, listener.port) not in published:
            open_ports.setdefault((observation.host, kind.key), set()).add(listener.port)
    for (host, key), ports in open_ports.items():
        where = f"{code(host)}, port {', '.join(map(str, sorted(ports)))}"
        yield f"{name(key, catalog)} listens on every interface of {where}; its default is loopback."


def containers(snapshot: Snapshot, catalog: Catalog) -> Iterator[str]:
    """A container publishes a service that is usually kept to loopback on every interface."""
    for host, container, kind, ports in _published(snapshot, catalog):
        where = f"on every interface of {code(host)}, port {', '.join(map(str, ports))}"
        yield f"Container {code(container)} publishes {kind.title} {where}; its default is loopback."


def forwards(snapshot: Snapshot, catalog: Catalog) -> Iterator[str]:
    """A proxy hands a service that listens on loopback only on to others."""
    binds: dict[tuple[str, int], list[tuple[Listener, str | None]]] = {}
    for observation, listener in facts(snapshot, Listener):
        if listener.protocol == "tcp":
            binds.setdefault((observation.host, listener.port), []).append((listener, observation.service))
    # what listens further away on a forward's own port is the proxy itself
    entries = {(observation.host, forward.port) for observation, forward in facts(snapshot, Forward)}
    for observation, forward in facts(snapshot, Forward):
        port = _loopback_port(forward.target)
        if forward.reach is Reach.LOOPBACK or port is None:
            continue
        if not forward.via.startswith("tailscale") and (observation.host, forward.port) not in binds:
            # configured, but nothing listens there
            continue
        behind = (observation.host, port)
        bound = [each for each in binds.get(behind, ()) if each[0].reach is Reach.LOOPBACK or behind not in entries]
        if not bound:
            continue
        if all(listener.reach is Reach.LOOPBACK for listener, _ in bound):
            service = next((service for _, service in bound if service), observation.service)
            entry = code(socket(forward.name or forward.address, forward.port))
            yield (
                f"{name(service, catalog)} listens on loopback only on {code(observation.host)}, port {port}, but "
                f"{forward.via} hands it on from {entry}: its reach there is {code(forward.reach.value)}."
            )


def refusals(snapshot: Snapshot, catalog: Catalog) -> Iterator[str]:
    """A declared port of another host refuses connections: nothing listens there for those who are to use it."""
    vantages: dict[tuple[str | None, str, str], list[str]] = {}
    for observation, connect in facts(snapshot, Connect):
        if connect.state == "refused":
            key = (observation.service, connect.to, socket(connect.address, connect.port))
            vantages.setdefault(key, []).append(observation.host)
    for (service, host, where), hosts in vantages.items():
        refused = f"{code(host)} refuses connections at {code(where)} from {listed(list(dict.fromkeys(hosts)))}"
        yield f"{name(service, catalog)} on {refused}."


def _published(snapshot: Snapshot, catalog: Catalog) -> Iterator[tuple[str, str, ServiceKind, list[int]]]:
    """Host, container, kind and ports, where a kind that keeps to loopback is published on every interface."""
    for observation, container in facts(snapshot, Container):
        kind = catalog.get(observation.service or "")
        if kind is None or not _keeps_to_loopback(kind) or _AT_REST.match(container.state):
            continue
        ports = {
            port.port
            for port in container.ports
            if port.port is not None and port.address is not None and reach_of(port.address) is Reach.ANY
        }
        if ports:
            yield observation.host, container.name, kind, sorted(ports)


def _keeps_to_loopback(kind: ServiceKind) -> bool:
    return reach_of(kind.default_bind) is Reach.LOOPBACK


def _loopback_port(target: str | None) -> int | None:
    """The port that a forward hands on to, where that is on the host's own loopback."""
    place = target_of(target or "")
    return place[1] if place is not None and reach_of(place[0]) is Reach.LOOPBACK else None
