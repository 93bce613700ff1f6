"""Listening TCP sockets, with process and unit where they can be seen.

Linux: `ss` lists every socket whoever asks, with the process only of those that one may look at and the control group
(so the unit) of all; without `ss`, `/proc/net/tcp{,6}` lists the sockets alone. macOS, and Linux without either: `lsof`
lists the sockets of the processes that one may look at, so only root sees all of them.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from trueup.evidence.collectors.identity import is_macos
from trueup.evidence.collectors.look import Look, Seen, text_of, trouble, worked
from trueup.evidence.collectors.processes import CMDLINES, read_cgroups
from trueup.evidence.redact import clean
from trueup.evidence.transports.base import Output, Section
from trueup.vocabulary import Listener, normal_address

# Root sees the process of every socket, and so its unit: looking up the control groups of all (`-e`) takes twice the
# time where there are many. Anybody else learns from them alone which unit a socket is of.
SS_ROOT = Section(name="ss-root", argv=("ss", "-H", "-tlnp"), system="linux", only_if='[ "$root" = 1 ]')
SS = Section(name="ss", argv=("ss", "-H", "-tlnpe"), system="linux", unless="ss-root", root=True)
PROC = Section(name="proc-net-tcp", argv=("cat", "/proc/net/tcp", "/proc/net/tcp6"), system="linux", unless="ss")
LSOF = Section(
    name="lsof",
    argv=("lsof", "-nP", "-iTCP", "-sTCP:LISTEN", "-F", "pcftn"),
    timeout=10.0,
    unless="ss",
    only_if="[ ! -r /proc/net/tcp ]",
    root=True,
)
SECTIONS = (SS_ROOT, SS, PROC, LSOF)

# A line of `ss` as it usually is: besides its interface, process names and control group it holds numbers only.
_USUAL_SS = re.compile(
    r"LISTEN \d{1,10} \d{1,10} [0-9a-f:.*\[\]]{1,50}(?:%([\w.-]{1,15}))?:\d{1,5} [0-9:.*\[\]]{1,10}"
    r'(?: users:\(((?:\("[\w./:@+-]{1,15}",pid=\d{1,10},fd=\d{1,10}\),?)+)\))?'
    r"(?: uid:\d{1,10})?(?: ino:\d{1,20})?(?: sk:[0-9a-f]{1,8})?(?: cgroup:(\S{1,300}))?(?: v6only:[01])?(?: <->)?",
    re.ASCII,
)
_USUAL_PROC = re.compile(r"[0-9A-Fa-f: ]+")
_USUAL_LSOF = re.compile(r"p\d{1,10} c([\w./:@+-]{1,30}) n[0-9a-f:.*\[\]]{1,50}", re.ASCII)
_PROCESS = re.compile(r'\("(.{0,80}?)",pid=(\d{1,10}),fd=\d{1,10}\)')
_CGROUP = re.compile(r" cgroup:(/\S{0,1000})")
_LSOF_ESCAPE = re.compile(r"\\x([2-7][0-9a-f])")
# macOS keeps the number of a link-local address's interface in the address itself: `fe80:4::1` is `fe80::1`.
_SCOPE_WITHIN = re.compile(r"(\[?fe80):[0-9a-f]{1,4}::", re.IGNORECASE)
NO_CGROUPS: Mapping[int, str] = {}
_NO_ROOT = "without root, processes of other users are not shown"
_LSOF_NO_ROOT = "without root, lsof shows one's own only"
_LISTEN_STATE = "0A"
_TABLE4, _TABLE6 = "rem_address", "remote_address"
_RAW_LIMIT = 1000
_ADDRESS_LIMIT = 100
_NAME_LIMIT = 100


class Socket(NamedTuple):
    """Where a socket listens: normalised address, port, and the interface that it is tied to."""

    address: str
    port: int
    interface: str | None = None


Row: TypeAlias = tuple[str, Listener | None, tuple[str, ...] | None]
"""A line, the socket that it tells of (None where it makes no sense), and its words: all that is neither number nor
address in it (None where the line is not as it usually is)."""


def read_listeners(outputs: Mapping[str, Output]) -> Look:
    """Read the listening sockets from the best section there is: `ss`, `/proc/net/tcp{,6}`, `lsof`.

    Sources: ss(8) of iproute2 4.11 to 6.15, proc(5), lsof(8) of 4.91 (macOS) and 4.93 to 4.99.
    """
    ss_root, ss, proc, lsof = (outputs.get(section.name) for section in SECTIONS)
    if ss_root is not None and _listed(ss_root):
        cgroups = read_cgroups(outputs.get(CMDLINES.name))
        return _whole(*_read(_ss_rows(text_of(ss_root), cgroups), SS_ROOT), None)
    if ss is not None and _listed(ss):
        return _whole(*_read(_ss_rows(text_of(ss)), SS), None if ss.as_root else _NO_ROOT)
    if proc is not None and _TABLE4 in (table := text_of(proc)):
        return _read_proc(proc, table)
    if lsof is not None and (lsof.stdout or not lsof.problem):
        return _read_lsof(lsof, macos=is_macos(outputs))
    if is_macos(outputs):
        return Look((), "none", trouble(lsof, "lsof"))
    return Look((), "none", "ss listed nothing and complained" if worked(ss) else trouble(ss, "ss"))


def _listed(ss: Output) -> bool:
    return worked(ss) and bool(ss.stdout.strip() or not ss.stderr.strip())


@lru_cache(maxsize=4096)
def split_address(text: str) -> tuple[str, str | None] | None:
    """Take `*`, `[::1]`, `127.0.0.53%lo`, `[fe80::1]%eth0`, `[fe80::1%en0]` apart: normalised address, interface."""
    bare, _, interface = text.partition("%")
    bare, interface = bare.strip("[]"), interface.strip("[]")
    return (normal_address(bare), clean(interface, 20) or None) if bare else None


def split_socket(text: str) -> Socket | None:
    """Take `127.0.0.1:4000`, `*:8100`, `[::1]:80`, `127.0.0.53%lo:53` apart; None if it is no socket."""
    address, _, port = text.rpartition(":")
    if len(address) > _ADDRESS_LIMIT:
        return None
    if not (port.isascii() and port.isdigit()) or len(port) > 5 or not 0 < int(port) < 65536:
        return None
    place = split_address(address)
    return Socket(place[0], int(port), place[1]) if place else None


@lru_cache(maxsize=4096)
def unit_of(cgroup: str) -> str | None:
    """Return the service that a control group belongs to, of the system's manager or of a user's.

    That is the first part below the slices; what lies below it is the service's own affair, and a container's groups
    (`docker-….scope/system.slice/x.service`) are not the host's. Source: cg_path_get_unit of systemd.
    """
    parts = [part for part in cgroup.split("/") if part and not part.endswith(".slice")]
    if parts and parts[0].startswith("user@") and parts[0].endswith(".service"):
        parts = parts[1:]
    name = parts[0].removeprefix("_") if parts else ""
    return clean(name, 255) if name.endswith(".service") else None


# ---------------------------------------------------------------- ss


def _ss_rows(text: str, cgroups: Mapping[int, str] = NO_CGROUPS) -> Iterator[Row]:
    """`cgroups` are those of processes by pid, for lines that tell none."""
    for full in text.split("\n"):
        line = " ".join(full.split())
        columns = line.split(" ", 5)
        if len(columns) < 5 or columns[0] != "LISTEN" or not columns[4].endswith(":*"):
            if line:
                yield line, None, None
            continue
        place = split_socket(columns[3])
        if place is None:
            yield line, None, None
            continue
        usual = _USUAL_SS.fullmatch(line)
        rest = f" {columns[5]}" if len(columns) > 5 else ""
        interface, users, cgroup = usual.groups() if usual else (None, rest, "")
        processes = _PROCESS.findall(users) if users else []
        if not usual:
            found = _CGROUP.search(rest)
            cgroup = found[1] if found else ""
        pid, process = _oldest(processes)
        cgroup = cgroup or cgroups.get(pid or 0, "")
        listener = Listener(
            address=place.address,
            port=place.port,
            process=process,
            pid=pid,
            unit=unit_of(cgroup) if cgroup else None,
            interface=place.interface,
        )
        words = (interface or "", cgroup or "", *(name for name, _ in processes)) if usual else None
        yield line, listener, words


def _oldest(processes: list[tuple[str, str]]) -> tuple[int | None, str | None]:
    """A server's workers share its socket; the oldest, with the lowest pid, is the one that people mean.

    Process 1 holds the sockets by which it starts others, also once these have them.
    """
    if not processes:
        return None, None
    name, pid = min(processes, key=lambda each: (each[1] == "1", int(each[1]))) if len(processes) > 1 else processes[0]
    return int(pid), _name(name)


@lru_cache(maxsize=4096)
def _name(process: str) -> str:
    return clean(process, _NAME_LIMIT)


# ---------------------------------------------------------------- /proc


def _read_proc(output: Output, table: str) -> Look:
    seen, broken = _read(_proc_rows(table), PROC)
    if output.problem or output.truncated:
        return Look(seen, "partial", trouble(output, PROC.shown))
    if _TABLE6 not in table and not _has_no_ipv6(output):
        return Look(seen, "partial", f"IPv4 only: {trouble(output, PROC.shown)}")
    return _whole(seen, broken, "/proc/net/tcp does not name processes")


def _has_no_ipv6(output: Output) -> bool:
    """A kernel with IPv6 has the file, and lets everybody read it."""
    return b"/proc/net/tcp6" in output.stderr and b"No such file" in output.stderr


def _proc_rows(text: str) -> Iterator[Row]:
    for line in text.split("\n"):
        columns = line.split()
        if len(columns) < 4:
            if columns:
                yield line, None, None
        elif columns[3] == _LISTEN_STATE:
            place = _proc_socket(columns[1])
            kept = " ".join(columns)
            words = () if _USUAL_PROC.fullmatch(kept) else None
            yield kept, place and Listener(address=place[0], port=place[1]), words


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


# ---------------------------------------------------------------- lsof


def _read_lsof(output: Output, *, macos: bool) -> Look:
    """No output means that nothing listens only where root looked, on macOS, and `lsof` did not complain."""
    seen, broken = _read(_lsof_rows(text_of(output)), LSOF)
    if output.problem or output.truncated:
        return Look(seen, "partial" if seen else "none", trouble(output, "lsof"))
    if output.as_root and macos and (seen or not output.stderr.strip()):
        return _whole(seen, broken, None)
    if not seen:
        return Look((), "none", "lsof printed nothing; without root that does not mean that nothing listens")
    why = "lsof shows only the processes that it may look at" if output.as_root else _LSOF_NO_ROOT
    return Look(seen, "partial", why)


def _lsof_rows(text: str) -> Iterator[Row]:
    """Read `-F` output: a `p` line starts a process, an `f` line a file; lsof 4.95 may leave the `f` lines out."""
    pid: int | None = None
    process = kind = ""
    for line in text.split("\n"):
        field, value = line[:1], line[1:]
        if field == "p":
            pid = int(value) if value.isascii() and value.isdigit() and len(value) < 11 else None
            process = kind = ""
        elif field == "c":
            process = _name(_LSOF_ESCAPE.sub(lambda found: chr(int(found[1], 16)), value[: 4 * _NAME_LIMIT]))
        elif field == "f":
            kind = ""
        elif field == "t":
            kind = value
        elif field == "n" and "->" not in value:
            place = split_socket(_SCOPE_WITHIN.sub(r"\1::", value))
            if place and place.address == "*":
                place = place._replace(address={"IPv4": "0.0.0.0", "IPv6": "::"}.get(kind, "*"))  # noqa: S104 - read only
            shown = f"p{pid} c{process} n{value}"
            usual = _USUAL_LSOF.fullmatch(shown)
            listener = place and Listener(
                address=place.address,
                port=place.port,
                process=process or None,
                pid=pid,
                interface=place.interface,
            )
            yield shown, listener, usual and (usual[1],)


# ---------------------------------------------------------------- what is kept


def _read(rows: Iterator[Row], section: Section) -> tuple[tuple[Seen, ...], int]:
    """Keep one row per socket (forked workers repeat it), in the order of ports; count the rows that make no sense."""
    by = section.shown
    found: dict[tuple[int, str, str], Seen] = {}
    harmless: dict[tuple[str, ...], bool] = {}
    broken = 0
    for line, listener, words in rows:
        if listener is None:
            broken += 1
            continue
        key = (listener.port, listener.address, listener.interface or "")
        known = found.get(key)
        if known is not None and not _is_older(listener, known):
            continue
        # Numbers hide nothing: a line with the words of one that was harmless is harmless too, and looking costs most.
        if words is not None and harmless.get(words) and len(line) <= _RAW_LIMIT:
            raw = line
        else:
            raw = clean(line, _RAW_LIMIT)
            if words is not None:
                harmless[words] = raw == line
        found[key] = Seen(listener, by, raw)
    return tuple(found[key] for key in sorted(found)), broken


def _is_older(listener: Listener, known: Seen) -> bool:
    before = known.fact.pid if isinstance(known.fact, Listener) else None
    return listener.pid is not None and (before is None or listener.pid < before)


def _whole(seen: tuple[Seen, ...], broken: int, remark: str | None) -> Look:
    if broken:
        return Look(seen, "partial", f"{broken} lines were not understood")
    return Look(seen, "complete", remark)
