"""One line that a container engine's script prints: what it says of the engine, or one container."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec

from trueup.evidence.redact import clean
from trueup.vocabulary import Container, Published, normal_address


class _Bound(msgspec.Struct, rename={"address": "HostIp", "port": "HostPort"}):
    address: str = ""
    port: str = ""


_Ports = dict[str, list[_Bound] | None] | None


class Row(msgspec.Struct):
    """A line: what a script says of an engine, and a container where `id` is not empty."""

    engine: Literal["asked", "open", "denied", "resting", "failed", "others"]
    id: str = ""
    name: str = ""
    image: str = ""
    state: str = ""
    restart: str | None = None
    network: str | None = None
    bound: _Ports = None
    ports: _Ports = None


def row_of(line: str) -> Row | None:
    """Read a line; None where it makes no sense."""
    try:
        return msgspec.json.decode(line.encode(), type=Row)
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        return None


def container_of(row: Row, engine: Literal["docker", "podman"]) -> Container:
    """Return the container that a line tells of, fit to keep."""
    network = clean(row.network, 200) if row.network else None
    return Container(
        name=clean(row.name.removeprefix("/"), 255),
        engine=engine,
        image=clean(row.image, 500),
        state=clean(row.state, 50),
        restart=clean(row.restart, 50) if row.restart else None,
        network=network,
        ports=() if network == "host" else tuple(sorted(set(_ports(row)), key=_order)),
    )


def _ports(row: Row) -> Iterator[Published]:
    """The ports as they are while a container runs, as they are asked for while it does not; SCTP has no word here."""
    for told, places in (row.ports or row.bound or {}).items():
        number, _, protocol = told.partition("/")
        inner = _port(number)
        if inner is None or protocol not in ("", "tcp", "udp"):
            continue
        kind: Literal["tcp", "udp"] = "udp" if protocol == "udp" else "tcp"
        for place in places or [_Bound()]:
            port = _port(place.port)
            address = normal_address(clean(place.address, 100)) if port is not None else None
            yield Published(inner, address, port, kind)


def _order(port: Published) -> tuple[int, str, int, str]:
    return (port.inner, port.protocol, port.port or 0, port.address or "")


def _port(text: str) -> int | None:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
    return number if 0 < number < 65536 else None
