"""Listening sockets: `127.0.0.1:4000` and whose it is, a pattern such as `*:<port>` over a range, lines of `ss`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from trueup.evidence.importing.book import Book, Draft
from trueup.evidence.importing.statements import Statement
from trueup.vocabulary import Listener, normal_address

_LISTENS = re.compile(r"listen|\bbound\b|\bbinds?\b|\bsockets?\b", re.IGNORECASE)
_TEMPLATE = re.compile(
    r"(?P<address>\*|\[[0-9a-fA-F:.]*\]|[\d.]+|localhost):(?:<\w+>|\{\w+\}|\$\{?\w+\}?|PORT\b|N\b)", re.IGNORECASE
)
_ANY_V6 = re.compile(r"(?<![\w.:]):::(?P<port>\d{1,5})\b")
_EVERYWHERE = re.compile(
    r"\b(?:all|every|any) (?:network )?(?:interfaces?|addresse?s?)\b|\beverywhere\b", re.IGNORECASE
)
_SS_USERS = re.compile(r'users:\(\("(?P<process>[^"]+)",pid=(?P<pid>\d+)')
_LSOF_LINE = re.compile(r"^\s*(?P<process>\S+)\s+(?P<pid>\d+)\s+\S+\s+\S+\s+IPv[46]\s.*\bTCP\b")
_BRACKETS = re.compile(r"\(([^()]*)\)")
_AFTER_DASH = re.compile(r"^[`*\s]*(?:—|–|-|:|->|→|=>|\bby\b)\s*(?P<words>[^()—–]+)")
_PID = re.compile(r"pid[ =:]*(\d+)", re.IGNORECASE)
_VIA = re.compile(r"\b(?:via|with|from|by|in)\s+`?(?P<tool>lsof|ss|netstat|docker|\w+ctl)\b", re.IGNORECASE)
_TOOL_ALONE = re.compile(r"\(\W*(?P<tool>lsof|ss|netstat)\b")
_PROCESS = re.compile(r"[\w.+@/-]+")
_LEAD = re.compile(r"[\W_]*(?:[\w .@/+-]{1,40}[:—–=|-]+[\W_]*)?")
_NOT_A_PROCESS = {
    "listen",
    "listening",
    "tcp",
    "tcp4",
    "tcp6",
    "udp",
    "ipv4",
    "ipv6",
    "only",
    "loopback",
    "lan",
    "localhost",
    "lsof",
    "ss",
    "netstat",
}
_NOT_THERE = re.compile(
    r"(?:\bnot|\binstead of|\brather than|\bno longer|\bnever|\bpreviously|\bformerly)\s+"
    r"(?:(?:on|at|to|bound|listening|the|via)\s+)*[`*\"]*$",
    re.IGNORECASE,
)
_ON = re.compile(r"\W*(?:is |runs |up |bound )*on\s+[`*]*", re.IGNORECASE)
_ONLY_BRACKETS = re.compile(r"[\W_]*(?:\([^()]*\)[\W_]*)?")


@dataclass(frozen=True)
class _Socket:
    address: str
    port: int
    end: int


def read(statement: Statement, book: Book) -> list[Draft]:
    """Read every socket of the statement as a listener."""
    if not _speaks_of_listening(statement):
        return []
    if templated := _templated(statement, book):
        return templated
    sockets = _sockets(statement)
    drafts = []
    for at, socket in enumerate(sockets):
        following = sockets[at + 1 : at + 2]
        about = statement.text[socket.end : _start_of(statement, following[0]) if following else None]
        drafts.append(_note(statement, book, socket, about, alone=len(sockets) == 1))
    return drafts


def _speaks_of_listening(statement: Statement) -> bool:
    """A word for it; or, under a heading for it, a socket that leads the line; or a socket and its service alone."""
    if _LISTENS.search(statement.text):
        return True
    sockets = statement.named("socket")
    if not sockets:
        return "listeners" in statement.section.topics and len(statement.text) <= 80
    before, after = statement.text[: sockets[0].start], statement.text[sockets[-1].end :]
    if "listeners" in statement.section.topics:
        return bool(_LEAD.fullmatch(before))
    services = statement.named("service")
    if services and _ON.fullmatch(before[services[0].end :]) and not before[: services[0].start].strip(" -*`"):
        return bool(_ONLY_BRACKETS.fullmatch(after))
    alone = re.fullmatch(r"[\W_]*", after) and statement.section.service
    named = services and re.fullmatch(r"[\W_]*", after.replace(statement.text[services[0].start : services[0].end], ""))
    return bool(_LEAD.fullmatch(before) and (alone or named))


def _sockets(statement: Statement) -> list[_Socket]:
    found = [
        _Socket(m.value, m.port, m.end)
        for m in statement.named("socket")
        if m.port and not _NOT_THERE.search(statement.text[: m.start])
    ]
    found += [_Socket("::", int(m["port"]), m.end()) for m in _ANY_V6.finditer(statement.text)]
    if found:
        # the peer column of `ss` and `netstat` has no port, so every socket here is a local one
        return sorted(found, key=lambda socket: socket.end)
    addresses = statement.named("address")
    everywhere = _EVERYWHERE.search(statement.text)
    if not addresses and not everywhere:
        return []
    address = addresses[0].value if addresses else "*"
    return [_Socket(address, m.port, m.end) for m in statement.named("port") if m.port]


def _start_of(statement: Statement, socket: _Socket) -> int:
    return next((m.start for m in statement.named("socket") if m.end == socket.end), socket.end)


def _templated(statement: Statement, book: Book) -> list[Draft]:
    """One listener for each port of the ranges that a pattern is said to hold for."""
    template = _TEMPLATE.search(statement.text)
    windows = [mention.ports for mention in statement.named("range") if mention.ports]
    if template is None or not windows:
        return []
    address = normal_address(template["address"])
    process = _process_before(statement, template.start())
    drafts = []
    for window in windows:
        for port in range(window.first, window.last + 1):
            service = statement.service or book.service_of_port(statement.host, port)
            drafts.append(book.note(statement, Listener(address, port, process=process), service=service))
    return drafts


def _process_before(statement: Statement, end: int) -> str | None:
    """``lsof` shows `python` listening on …``: the code span nearest before the word."""
    listens = _LISTENS.search(statement.text, 0, end)
    names = statement.spans(0, listens.start()) if listens else []
    tools = {"lsof", "ss", "netstat"}
    return next((name for name in reversed(names) if _PROCESS.fullmatch(name) and name not in tools), None)


def _note(statement: Statement, book: Book, socket: _Socket, about: str, *, alone: bool) -> Draft:
    service, process, unit, pid = None, None, None, None
    if users := _SS_USERS.search(about) or _LSOF_LINE.match(statement.text):
        process, pid = users["process"], int(users["pid"])
    else:
        service, process, unit = _owner(book, about)
        found = _PID.search(about)
        pid = int(found[1]) if found else None
    if alone:
        process = process or _process_before(statement, socket.end)
    if service is None:
        named = [m.value for m in statement.named("service")] if alone else []
        service = (named[0] if named else None) or statement.section.service
    service = service or book.service_of_port(statement.host, socket.port) or _owned(book, unit)
    via = _VIA.search(about) or _TOOL_ALONE.search(about)
    protocol = "udp" if re.search(r"\budp\b", statement.text, re.IGNORECASE) else "tcp"
    listener = Listener(socket.address, socket.port, "udp" if protocol == "udp" else "tcp", process, pid, unit)
    return book.note(statement, listener, service=service, by=via["tool"] if via else "")


def _owned(book: Book, unit: str | None) -> str | None:
    return book.lexicon.unit_owner(unit) if unit else None


def _owner(book: Book, about: str) -> tuple[str | None, str | None, str | None]:
    """Service, process and unit from the words right after a socket: in brackets, or after a dash."""
    bracket = _BRACKETS.search(about)
    dashed = _AFTER_DASH.match(about)
    words = bracket[1] if bracket else dashed["words"] if dashed else ""
    service = process = unit = None
    for part in re.split(r"[;,/]|\s+[—–-]\s+", words):
        name = part.strip(" `*")
        known = [key for _, _, kind, key in book.lexicon.find(name) if kind == "service"]
        if name.endswith((".service", ".socket")):
            unit = name
        elif known and service is None:
            service = known[0]
        elif _PROCESS.fullmatch(name) and name.lower() not in _NOT_A_PROCESS and not name.isdigit():
            process = process or name
    return service, process, unit
