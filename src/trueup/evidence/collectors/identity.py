"""Who a host says it is: hostname, operating system, addresses, and what time it has.

The hostname is the kernel's: the name by which an SSH configuration knows a host, or which the manifest gives it, is no
hostname.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from trueup.evidence.collectors.look import Look, Seen, text_of
from trueup.evidence.collectors.processes import CMDLINES, read_addresses
from trueup.evidence.redact import clean
from trueup.evidence.transports.base import Output, Section
from trueup.vocabulary import Identity, normal_address

UNAME = Section(name="uname", says="UNAME")
USER = Section(name="user", says="USER_ID")
CLOCK = Section(name="clock", argv=("date", "-u", "+%s"), limit=1024)
# Without a process of its own: it is a few lines.
OS_RELEASE = Section(
    name="os-release",
    script='while IFS= read -r line || [ -n "$line" ]; do printf \'%s\\n\' "$line"; done </etc/os-release',
    limit=64 * 1024,
    system="linux",
    only_if="[ -r /etc/os-release ]",
)
SW_VERS = Section(name="sw-vers", argv=("sw_vers",), limit=64 * 1024, system="macos")
# Linux has its addresses in files, which are read along with those of processes. Elsewhere the `ip` of iproute2 prints
# JSON, that of busybox only text, and ifconfig a text of its own.
IP = Section(name="ip", argv=("ip", "-j", "addr"), system="linux", unless=CMDLINES.name)
IP_TEXT = Section(name="ip-text", argv=("ip", "addr"), system="linux", unless="ip")
IFCONFIG = Section(
    name="ifconfig",
    argv=("ifconfig",),
    unless=CMDLINES.name,
    only_if='[ "$SYSTEM" = Darwin ] || ! command -v ip >/dev/null 2>&1',
)
SECTIONS = (UNAME, USER, CLOCK, OS_RELEASE, SW_VERS, IP, IP_TEXT, IFCONFIG)

CLOCK_SECONDS = 5
"""By how much the clocks of host and observer may differ and still agree."""

_TEXT_ADDRESS = re.compile(r"^[ \t]+inet6? (?:addr:)?[ \t]*([0-9A-Fa-f:.]+)", re.MULTILINE)
_TRIE_ADDRESS = re.compile(r"^ +\|-- ([0-9.]{7,15})\n +/32 host LOCAL$", re.MULTILINE)
_INET6_ADDRESS = re.compile(r"^([0-9a-f]{32})(?: [0-9a-f]+){4} ", re.MULTILINE)
_SETTING = re.compile(r"^([A-Z_]+)=(.+)$", re.MULTILINE)
_SW_VERS = re.compile(r"^(\w+):(.+)$", re.MULTILINE)
_ADDRESS_LIMIT = 64
_BY = "uname -snr"
_NO_NAMES = ("(none)", "localhost", "localhost.localdomain")


def read_identity(outputs: Mapping[str, Output]) -> Look:
    """Read hostname, operating system and addresses; partial where one of them stayed unknown.

    Sources: os-release(5), sw_vers(1), `ip` of iproute2 5.10 to 6.15 and busybox 1.35, ifconfig of net-tools 2.10,
    busybox and macOS, proc(5).
    """
    hostname, system = _uname(text_of(outputs.get(UNAME.name)))
    named = _os_release(text_of(outputs.get(OS_RELEASE.name))) or _sw_vers(text_of(outputs.get(SW_VERS.name)))
    addresses = (
        _addresses(_proc_addresses(read_addresses(outputs.get(CMDLINES.name))))
        or _ip(outputs.get(IP.name))
        or _addresses(_TEXT_ADDRESS.findall(text_of(outputs.get(IP_TEXT.name))))
        or _addresses(_TEXT_ADDRESS.findall(text_of(outputs.get(IFCONFIG.name))))
    )
    clock = outputs.get(CLOCK.name)
    ahead = _clock_ahead(text_of(clock).strip(), clock.at if clock else None)
    identity = Identity(hostname=hostname, os=named or system, addresses=addresses, clock_ahead=ahead)
    known = {"hostname": hostname, "operating system": identity.os, "addresses": addresses}
    missing = [what for what, value in known.items() if not value]
    if len(missing) == len(known):
        return Look((), "none", "the host did not say who it is")
    by = _BY
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
    hostname = None if words[1] in _NO_NAMES else clean(words[1], 255)
    return hostname, clean(f"{words[0]} {words[-1]}", 100)


def _clock_ahead(told: str, now: float | None) -> int | None:
    """`now` is the observer's time; a host tells whole seconds, which are half a second old on average."""
    if now is None or not (told.isascii() and told.isdigit()) or len(told) > 12:
        return None
    ahead = int(told) + 0.5 - now
    return round(ahead) if abs(ahead) > CLOCK_SECONDS else None


def _os_release(text: str) -> str | None:
    settings = {key: value.strip().strip("\"'") for key, value in _SETTING.findall(text)}
    name = settings.get("PRETTY_NAME") or settings.get("NAME")
    return clean(name, 100) if name else None


def _sw_vers(text: str) -> str | None:
    settings = {key: value.strip() for key, value in _SW_VERS.findall(text)}
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


def _proc_addresses(text: str) -> Iterator[str]:
    yield from _TRIE_ADDRESS.findall(text)
    for digits in _INET6_ADDRESS.findall(text):
        yield str(ipaddress.IPv6Address(bytes.fromhex(digits)))


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
