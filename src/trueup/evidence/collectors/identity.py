"""Who a host says it is: hostname, operating system, addresses."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from trueup.evidence.collectors.look import Look, Seen, text_of
from trueup.evidence.redact import clean
from trueup.evidence.transports.base import Output, Section
from trueup.vocabulary import Identity, normal_address

UNAME = Section(name="uname", argv=("uname", "-snr"))
OS_RELEASE = Section(name="os-release", argv=("cat", "/etc/os-release"), limit=64 * 1024)
SW_VERS = Section(name="sw-vers", argv=("sw_vers",), limit=64 * 1024)
IP = Section(name="ip", argv=("ip", "-j", "addr"))
IFCONFIG = Section(name="ifconfig", argv=("ifconfig",))

LINUX = (UNAME, OS_RELEASE, IP)
MACOS = (UNAME, SW_VERS, IFCONFIG)
EITHER = (UNAME, OS_RELEASE, SW_VERS, IP, IFCONFIG)

_IFCONFIG_ADDRESS = re.compile(r"^\s+inet6? (?:addr:)?\s*([0-9A-Fa-f:.]+)", re.MULTILINE)
_SETTING = re.compile(r"^([A-Z_]+)=(\"?)(.*)\2\s*$", re.MULTILINE)
_SW_VERS = re.compile(r"^(\w+):\s*(.+?)\s*$", re.MULTILINE)
_ADDRESS_LIMIT = 64


def read_identity(outputs: Mapping[str, Output]) -> Look:
    """Read hostname, operating system and addresses; partial where one of them stayed unknown.

    Sources: os-release(5), sw_vers(1), `ip -j addr` of iproute2 6.1, ifconfig of net-tools 2.10 and of macOS.
    """
    hostname, system = _uname(text_of(outputs.get(UNAME.name)))
    named = _os_release(text_of(outputs.get(OS_RELEASE.name))) or _sw_vers(text_of(outputs.get(SW_VERS.name)))
    addresses = _ip(outputs.get(IP.name)) or _ifconfig(text_of(outputs.get(IFCONFIG.name)))
    identity = Identity(hostname=hostname, os=named or system, addresses=addresses)
    known = {"hostname": hostname, "operating system": identity.os, "addresses": addresses}
    missing = [what for what, value in known.items() if not value]
    if len(missing) == len(known):
        return Look((), "none", "the host did not say who it is")
    by = " ".join(UNAME.argv)
    if missing:
        return Look((Seen(identity, by),), "partial", f"unknown: {', '.join(missing)}")
    return Look((Seen(identity, by),), "complete")


def is_macos(outputs: Mapping[str, Output]) -> bool:
    """Tell whether the host calls itself Darwin."""
    return text_of(outputs.get(UNAME.name)).startswith("Darwin")


def _uname(text: str) -> tuple[str | None, str | None]:
    words = text.split()
    if len(words) < 3:
        return None, None
    return clean(words[1], 255), clean(f"{words[0]} {words[-1]}", 100)


def _os_release(text: str) -> str | None:
    settings = {key: value for key, _, value in _SETTING.findall(text)}
    name = settings.get("PRETTY_NAME") or settings.get("NAME")
    return clean(name, 100) if name else None


def _sw_vers(text: str) -> str | None:
    settings = dict(_SW_VERS.findall(text))
    name, version = settings.get("ProductName"), settings.get("ProductVersion")
    return clean(f"{name} {version}", 100) if name and version else None


def _ip(output: Output | None) -> tuple[str, ...]:
    try:
        links: Any = msgspec.json.decode(output.stdout) if output else []
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return ()
    rows = [link.get("addr_info") for link in _dicts(links)]
    return _addresses(row.get("local") for found in rows for row in _dicts(found))


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _ifconfig(text: str) -> tuple[str, ...]:
    return _addresses(_IFCONFIG_ADDRESS.findall(text))


def _addresses(found: Iterable[object]) -> tuple[str, ...]:
    """Keep what others can know this host by: loopback and link-local addresses are the same everywhere."""
    kept: dict[str, None] = {}
    for candidate in found:
        address = normal_address(candidate) if isinstance(candidate, str) else ""
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            continue
        if not parsed.is_loopback and not parsed.is_link_local:
            kept[address] = None
    return tuple(kept)[:_ADDRESS_LIMIT]
