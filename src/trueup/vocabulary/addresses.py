"""Addresses and ports: one spelling for each, and who can connect to them."""

from __future__ import annotations

import ipaddress
import re

from trueup.vocabulary.terms import Reach, Word

_TAILNET_V4 = ipaddress.ip_network("100.64.0.0/10")
_TAILNET_V6 = ipaddress.ip_network("fd7a:115c:a1e0::/48")
_TARGET = re.compile(
    r"(?:(?P<scheme>[a-z][a-z0-9+.-]*)://)?(?P<host>\[[0-9a-fA-F:.]+\]|[^\s/:\[\]]+)(?::(?P<port>[0-9]{1,5}))?(?:/.*)?",
    re.DOTALL,
)
_PORTS = {"http": 80, "https": 443}
EVERY_INTERFACE = ("*", "0.0.0.0", "::")  # noqa: S104 - names of addresses; nothing is bound


def normal_address(address: str) -> str:
    """Return one spelling for an address: lower case, no brackets, zone or v4-mapped prefix; `localhost` is 127.0.0.1.

    Names that are not addresses come back in lower case.
    """
    bare = address.lower().partition("%")[0].strip(" \t\r\n\f\v[]")
    if bare in ("", "*", "all", "any"):
        return "*"
    if bare == "localhost":
        return "127.0.0.1"
    try:
        parsed = ipaddress.ip_address(bare)
    except ValueError:
        return bare
    mapped = getattr(parsed, "ipv4_mapped", None)
    return str(mapped or parsed)


def reach_of(address: str) -> Reach:
    """Tell who can connect to a socket bound to `address` (an IP address, `*`, or a host name).

    100.64.0.0/10, fd7a:115c:a1e0::/48 and `*.ts.net` are a tailnet (Tailscale's documented ranges); a public address
    is `ANY`; other names and addresses are `LAN`.
    """
    bare = normal_address(address)
    if bare in EVERY_INTERFACE:
        return Reach.ANY
    try:
        parsed = ipaddress.ip_address(bare)
    except ValueError:
        return Reach.TAILNET if bare.endswith(".ts.net") else Reach.LAN
    if parsed.is_loopback:
        return Reach.LOOPBACK
    if parsed in _TAILNET_V4 or parsed in _TAILNET_V6:
        return Reach.TAILNET
    return Reach.ANY if parsed.is_global else Reach.LAN


def target_of(text: str) -> tuple[str, int] | None:
    """Return host and port of where a proxy hands on to (`http://127.0.0.1:3000/x`, `localhost:22`); None without one.

    The host is normalised; a URL without a port has that of its scheme.
    """
    found = _TARGET.fullmatch(text)
    if found is None:
        return None
    port = int(found["port"]) if found["port"] else _PORTS.get(found["scheme"] or "", 0)
    return (normal_address(found["host"]), port) if 0 < port < 65536 else None


def bind_of(address: str) -> str:
    """Return what a bind address comes to: every spelling of all interfaces is `*`, IPv6 loopback is IPv4's."""
    bare = normal_address(address)
    return "*" if bare in EVERY_INTERFACE else "127.0.0.1" if bare == "::1" else bare


class PortRange(Word, frozen=True):
    """Ports `first` to `last`, both included."""

    first: int
    last: int

    def __contains__(self, port: int) -> bool:
        return self.first <= port <= self.last

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"
