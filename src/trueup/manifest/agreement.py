"""Whether the tables of a manifest agree with each other: what no single key can show."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from trueup.manifest.problem import Problem, nearest
from trueup.manifest.tables import MAX_PORT, HostTable, ManifestFile, Socket, socket_of
from trueup.manifest.toml_lines import KeyPath
from trueup.vocabulary import EVERY_INTERFACE, Reach, normal_address, reach_of

# The port of `user@host:port` or `[address]:port`; an IPv6 address without brackets has none.
_PORT = re.compile(r"(?:^|@)(?:[^:\[\]]+|\[[^\]]*\]):(\d+)$")


def check_agreement(file: ManifestFile) -> None:
    """Raise Problem when two hosts share a name or are local, one is not declared, or two things share a socket."""
    _check_hosts(file)
    _check_declared_hosts(file)
    _check_sockets(file)


def _check_hosts(file: ManifestFile) -> None:
    owners: dict[str, str] = {}
    for name in file.hosts:
        first = owners.setdefault(name.casefold(), name)
        if first != name:
            raise Problem(("hosts", name), f"the hosts {first!r} and {name!r} differ in case only")
    local: str | None = None
    for name, host in file.hosts.items():
        if host.via == "local":
            if local is not None:
                hint = "`local` is the one machine that trueup runs on"
                raise Problem(("hosts", name, "via"), f'{local!r} already has `via = "local"`', hint)
            local = name
        for path, word in _words_for(name, host):
            owner = owners.setdefault(word, name)
            if owner != name:
                raise Problem(path, f"{word!r} already means the host {owner!r}", "a name or address means one host")
        if host.via == "local" and host.ssh is not None:
            raise Problem(("hosts", name, "ssh"), '`ssh` is of no use with `via = "local"`', "leave one of them out")
        if (port := _PORT.search(host.ssh or "")) and not 0 < int(port[1]) <= MAX_PORT:
            raise Problem(("hosts", name, "ssh"), f"{port[1]} is not a port", f"ports are 1 to {MAX_PORT}")


def _words_for(name: str, host: HostTable) -> Iterator[tuple[KeyPath, str]]:
    for index, alias in enumerate(host.names):
        yield ("hosts", name, "names", index), alias.casefold()
    for index, address in enumerate(host.addresses):
        path: KeyPath = ("hosts", name, "addresses", index)
        normal = normal_address(address)
        if normal in EVERY_INTERFACE or reach_of(address) is Reach.LOOPBACK:
            raise Problem(path, f"{address!r} is an address of every host", "name addresses that others reach it by")
        yield path, normal


def _check_declared_hosts(file: ManifestFile) -> None:
    places = (
        *((("services", index, "host"), service.host) for index, service in enumerate(file.services)),
        *((("lanes", index, "host"), lane.host) for index, lane in enumerate(file.lanes)),
    )
    for path, host in places:
        if host in file.hosts:
            continue
        near = nearest(host, file.hosts)
        hint = f"did you mean {near!r}?" if near else f"declared: {', '.join(file.hosts) or 'none'}"
        raise Problem(path, f"the host {host!r} is not declared", hint)


def _check_sockets(file: ManifestFile) -> None:
    """Two sockets clash on one host when port and address are the same, or one of them takes every interface."""
    taken: defaultdict[tuple[str, int], dict[str, str]] = defaultdict(dict)
    for index, service in enumerate(file.services):
        for place, listen in enumerate(service.listen):
            path: KeyPath = ("services", index, "listen", place)
            socket = _socket(listen, path)
            others = taken[service.host, socket.port]
            clashing = others if socket.address in EVERY_INTERFACE else (socket.address, *EVERY_INTERFACE)
            for address in clashing:
                if address in others:
                    raise Problem(path, f"port {socket.port} of {service.host} is already taken by {others[address]!r}")
            others[socket.address] = service.kind
    served: dict[tuple[str, int], str] = {}
    for index, lane in enumerate(file.lanes):
        path = ("lanes", index, "port")
        where = f"port {lane.port} of {lane.host}"
        for kind in taken[lane.host, lane.port].values():
            # A model server may be declared as a service and as a lane.
            if kind != lane.kind:
                raise Problem(path, f"{where} is already taken by {kind!r}")
        if (lane.host, lane.port) in served:
            raise Problem(path, f"{where} already serves {served[lane.host, lane.port]!r}", "one model on one port")
        served[lane.host, lane.port] = lane.handle


def _socket(listen: str, path: KeyPath) -> Socket:
    try:
        return socket_of(listen)
    except ValueError as error:
        raise Problem(path, f"{listen!r} is not an address to listen on: {error}") from None
