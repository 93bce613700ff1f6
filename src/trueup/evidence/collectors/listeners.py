"""Listening TCP sockets, with process and unit where they can be seen.

Linux: `ss` lists every socket whoever asks, with the process only of those that one may look at and the control group
(so the unit) of all; without `ss`, `/proc/net/tcp{,6}` lists the sockets alone. macOS: `lsof` lists the sockets of the
processes that one may look at, so only root sees all of them.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping

from trueup.evidence.collectors.identity import is_macos
from trueup.evidence.collectors.look import Look, Seen, text_of, trouble, worked
from trueup.evidence.redact import clean
from trueup.evidence.transports.base import Output, Section
from trueup.vocabulary import Listener, normal_address

SS = Section(name="ss", argv=("ss", "-H", "-tlnpe"))
PROC_TCP = Section(name="proc-net-tcp", argv=("cat", "/proc/net/tcp"))
PROC_TCP6 = Section(name="proc-net-tcp6", argv=("cat", "/proc/net/tcp6"))
LSOF = Section(name="lsof", argv=("lsof", "-nP", "-iTCP", "-sTCP:LISTEN", "-F", "pcftn"), timeout=10.0)
USER = Section(name="user", argv=("id", "-u"))

LINUX = (USER, SS, PROC_TCP, PROC_TCP6)
MACOS = (USER, LSOF)
EITHER = (USER, SS, PROC_TCP, PROC_TCP6, LSOF)

_PROCESS = re.compile(r'\("(.*?)",pid=(\d{1,10}),fd=\d+\)')
_CGROUP = re.compile(r" cgroup:(/\S*)")
_LSOF_ESCAPE = re.compile(r"\\x([2-7][0-9a-f])")
_NO_ROOT = "without root, processes of other users are not shown"
_LISTEN_STATE = "0A"


def read_listeners(outputs: Mapping[str, Output]) -> Look:
    """Read the listening sockets from the best section there is: `ss`, `/proc/net/tcp{,6}`, `lsof`.

    Sources: ss(8) of iproute2 6.1, proc(5), lsof(8) of 4.91 (macOS) and 4.95.
    """
    root = text_of(outputs.get(USER.name)).strip() == "0"
    if worked(outputs.get(SS.name)):
        return _whole(*_read(_ss_rows(text_of(outputs[SS.name])), SS), None if root else _NO_ROOT)
    if worked(outputs.get(PROC_TCP.name)):
        return _read_proc(outputs)
    if LSOF.name in outputs:
        return _read_lsof(outputs[LSOF.name], root=root, macos=is_macos(outputs))
    return Look((), "none", trouble(outputs.get(SS.name), "ss"))


def split_socket(text: str) -> tuple[str, int] | None:
    """Take `127.0.0.1:4000`, `*:8100`, `[::1]:80`, `127.0.0.53%lo:53`, `[fe80::1]%eth0:80` apart; None if it is none.

    The address is normalised; the interface that a socket is tied to is dropped.
    """
    address, colon, port = text.rpartition(":")
    if not colon or not (port.isascii() and port.isdigit()) or len(port) > 5 or not 0 < int(port) < 65536:
        return None
    bare = address.partition("%")[0].strip("[]")
    return (normal_address(bare), int(port)) if bare else None


def unit_of(cgroup: str) -> str | None:
    """Return the service that a control group belongs to; a user's manager is no service of its own."""
    units = [part for part in cgroup.split("/") if part.endswith(".service") and not part.startswith("user@")]
    return clean(units[-1], 255) if units else None


def _ss_rows(text: str) -> Iterator[tuple[str, Listener | None]]:
    for line in text.split("\n"):
        columns = line.split(None, 5)
        if len(columns) < 5 or columns[0] != "LISTEN" or not columns[4].endswith(":*"):
            if line.strip():
                yield line, None
            continue
        rest = " " + columns[5] if len(columns) > 5 else ""
        place = split_socket(columns[3])
        yield line, place and _listener(place, _first_process(rest), _CGROUP.search(rest))


def _first_process(text: str) -> tuple[int, str] | None:
    """A server's workers share its socket; the oldest, with the lowest pid, is the one that people mean."""
    return min(((int(pid), clean(name, 100)) for name, pid in _PROCESS.findall(text)), default=None)


def _listener(place: tuple[str, int], process: tuple[int, str] | None, cgroup: re.Match[str] | None) -> Listener:
    return Listener(
        address=place[0],
        port=place[1],
        process=process[1] if process else None,
        pid=process[0] if process else None,
        unit=unit_of(cgroup[1]) if cgroup else None,
    )


def _read_proc(outputs: Mapping[str, Output]) -> Look:
    seen, broken = _read(_proc_rows(text_of(outputs[PROC_TCP.name])), PROC_TCP)
    if not worked(outputs.get(PROC_TCP6.name)):
        return Look(seen, "partial", f"IPv4 only: {trouble(outputs.get(PROC_TCP6.name), 'cat /proc/net/tcp6')}")
    seen6, broken6 = _read(_proc_rows(text_of(outputs[PROC_TCP6.name])), PROC_TCP6)
    return _whole(seen + seen6, broken + broken6, "/proc/net/tcp does not name processes")


def _proc_rows(text: str) -> Iterator[tuple[str, Listener | None]]:
    for line in text.split("\n")[1:]:
        columns = line.split()
        if len(columns) < 4:
            if columns:
                yield line, None
        elif columns[3] == _LISTEN_STATE:
            place = _proc_socket(columns[1])
            yield line, place and Listener(address=place[0], port=place[1])


def _proc_socket(text: str) -> tuple[str, int] | None:
    """Decode `0100007F:0FA0`: the address is in 32-bit words of the host's byte order, taken as little-endian."""
    address, _, port = text.partition(":")
    try:
        raw, number = bytes.fromhex(address), int(port, 16)
    except ValueError:
        return None
    if len(raw) not in (4, 16) or not 0 < number < 65536:
        return None
    packed = b"".join(raw[at : at + 4][::-1] for at in range(0, len(raw), 4))
    return normal_address(str(ipaddress.ip_address(packed))), number


def _read_lsof(output: Output, *, root: bool, macos: bool) -> Look:
    seen, broken = _read(_lsof_rows(text_of(output)), LSOF)
    if output.problem or output.truncated:
        return Look(seen, "partial" if seen else "none", trouble(output, "lsof"))
    if root and macos:
        return _whole(seen, broken, None)
    if not seen:
        return Look((), "none", "lsof printed nothing; without root that does not mean that nothing listens")
    why = "lsof shows only the processes that it may look at" if root else "without root, lsof shows one's own only"
    return Look(seen, "partial", why)


def _lsof_rows(text: str) -> Iterator[tuple[str, Listener | None]]:
    """Read `-F` output: a `p` line starts a process, an `f` line a file; lsof 4.95 may leave the `f` lines out."""
    pid: int | None = None
    process = kind = ""
    for line in text.split("\n"):
        field, value = line[:1], line[1:]
        if field == "p":
            pid = int(value) if value.isascii() and value.isdigit() and len(value) < 11 else None
            process = kind = ""
        elif field == "c":
            process = clean(_LSOF_ESCAPE.sub(lambda found: chr(int(found[1], 16)), value), 100)
        elif field == "f":
            kind = ""
        elif field == "t":
            kind = value
        elif field == "n" and "->" not in value:
            place = split_socket(value)
            if place and place[0] == "*":
                place = {"IPv4": "0.0.0.0", "IPv6": "::"}.get(kind, "*"), place[1]  # noqa: S104 - read, not bound
            shown = f"p{pid} c{process} n{value}"
            yield shown, place and Listener(address=place[0], port=place[1], process=process or None, pid=pid)


def _read(rows: Iterator[tuple[str, Listener | None]], section: Section) -> tuple[tuple[Seen, ...], int]:
    """Keep one row per socket (forked workers repeat it), in the order of ports; count the rows that make no sense."""
    by = " ".join(section.argv)
    found: dict[tuple[int, str], Seen] = {}
    broken = 0
    for line, listener in rows:
        if listener is None:
            broken += 1
            continue
        key = (listener.port, listener.address)
        known = found.get(key)
        if known is None or _older(listener, known):
            found[key] = Seen(listener, by, clean(" ".join(line.split()), 1000))
    return tuple(found[key] for key in sorted(found)), broken


def _older(listener: Listener, known: Seen) -> bool:
    before = known.fact.pid if isinstance(known.fact, Listener) else None
    return listener.pid is not None and (before is None or listener.pid < before)


def _whole(seen: tuple[Seen, ...], broken: int, remark: str | None) -> Look:
    if broken:
        return Look(seen, "partial", f"{broken} lines were not understood")
    return Look(seen, "complete", remark)
