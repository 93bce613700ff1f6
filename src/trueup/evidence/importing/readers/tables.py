"""A table's row by its column titles: listeners, lanes, answers, units."""

from __future__ import annotations

import re
from dataclasses import replace

from trueup.evidence.importing.book import Book, Draft
from trueup.evidence.importing.readers import absences, answers, lanes, units
from trueup.evidence.importing.statements import Statement
from trueup.reading.mentions import find_mentions
from trueup.vocabulary import Listener, PortRange, Unit, normal_address

_ROLES: tuple[tuple[str, str], ...] = (
    ("file", r"files?|fragment"),
    ("command", r"command lines?|exec ?start|arguments|flags"),
    ("request", r"request|endpoint|url|path|probe|call"),
    ("outcome", r"answer|response|result|status code|http|got|outcome|reply|code"),
    ("key", r"key|auth\w*"),
    ("unit", r"unit|job|label"),
    ("enabled", r"enabled|at boot|unit file state"),
    ("handle", r"handle|model|serves|serving|lane"),
    ("address", r"address|bind|bound to|listen\w*|local address|socket|interface"),
    ("port", r"ports?"),
    ("process", r"process|program|command|binary"),
    ("host", r"host|machine|node"),
    ("service", r"service|what|name|component|who|app"),
    ("state", r"state|status|active|running"),
)
_UNIT_NAME = re.compile(r"[\w.@-]*[A-Za-z][\w.@-]*")
_NOTHING = re.compile(r"idle|closed|free|unused|none|no listener|nothing|down|absent", re.IGNORECASE)
_SOCKET = re.compile(r"`?(?P<address>.+):(?P<port>\d{1,5})`?")
_PORTS = re.compile(r"\D{0,2}(?P<first>\d{1,5})(?:\s*(?:-|–|—|to|\.\.)\s*(?P<last>\d{1,5}))?\D{0,2}")


def read(statement: Statement, book: Book) -> list[Draft]:
    """Read one row; a row may state several facts."""
    row = _by_role(statement)
    if not row:
        return []
    statement = _placed(statement, row, book)
    if statement.host is None:
        return []
    return [*_answer(statement, row, book), *_unit(statement, row, book), *_socket(statement, row, book)]


def _by_role(statement: Statement) -> dict[str, str]:
    row: dict[str, str] = {}
    for title, cell in statement.cells:
        for role, pattern in _ROLES:
            if role not in row and re.search(rf"\b(?:{pattern})\b", title):
                row[role] = cell
                break
    return row


def _placed(statement: Statement, row: dict[str, str], book: Book) -> Statement:
    """Let the columns for host and service speak before the headings."""
    hosts = [key for _, _, kind, key in book.lexicon.find(row.get("host", "")) if kind == "host"]
    services = [key for _, _, kind, key in book.lexicon.find(row.get("service", "")) if kind == "service"]
    host = hosts[0] if hosts else statement.section.host
    service = services[0] if services else statement.service
    return replace(statement, host=host, service=service)


def _answer(statement: Statement, row: dict[str, str], book: Book) -> list[Draft]:
    outcome = row.get("outcome", row.get("state", ""))
    request = row.get("request", "")
    mentions = [m for m in find_mentions(request, book.lexicon) if m.kind in ("url", "path")]
    if not mentions or not outcome:
        return []
    method = re.match(r"\W*([A-Z]{3,7})\b", request)
    key = row.get("key", "")
    with_key = f" with {key} key" if re.fullmatch(r"valid|master|wrong|invalid", key.lower()) else ""
    with_key = " with key" if key.lower() in ("yes", "✓", "key") else with_key
    asked = answers.Request(method[1] if method else "GET", mentions[0], request + with_key)
    # the URL is cut from the statement's text by the mention's place in it
    return answers.note_answers(replace(statement, text=request), book, asked, outcome)


def _unit(statement: Statement, row: dict[str, str], book: Book) -> list[Draft]:
    named = _UNIT_NAME.match(row.get("unit", "").lstrip("` "))
    if named is None:
        return []
    name = named.group()
    told = " ".join(cell for role, cell in row.items() if role in ("enabled", "state"))
    if row.get("enabled", "").lower() in ("yes", "no", "✓", "✗"):
        told += " enabled" if row["enabled"].lower() in ("yes", "✓") else " disabled"
    states = units.states(f"{told} {row['unit']}")
    if "address" in row or ("port" in row and not states):
        return []
    service = book.lexicon.unit_owner(name) or statement.service
    path = row.get("file", "").strip("` ") or None
    words, whole = units.command_line(row.get("command", "").strip("` "))
    unit = Unit(
        name,
        units.manager_of(statement, name),
        path=path,
        command=words,
        command_partial=bool(words) and not whole,
        **states,
    )
    return [book.note(statement, unit, service=service)]


def _socket(statement: Statement, row: dict[str, str], book: Book) -> list[Draft]:
    address, window = _where(row)
    if window is None:
        return []
    state = row.get("state", "")
    handle = row.get("handle", "").strip("`— -") or None
    if handle and window.first == window.last:
        drafts = [lanes.note_lane(statement, book, window.first, state, handle)]
        return [*drafts, *_listener(statement, row, book, address, window)] if address else drafts
    if _NOTHING.fullmatch(state.strip("` ")):
        return absences.note_ports(statement, book, [window])
    return _listener(statement, row, book, address, window) if address else []


def _listener(statement: Statement, row: dict[str, str], book: Book, address: str, window: PortRange) -> list[Draft]:
    process = row.get("process", "").strip("` ") or None
    unit = row.get("unit", "").strip("` ") or None
    drafts = []
    for port in range(window.first, window.last + 1):
        service = statement.service or book.service_of_port(statement.host, port)
        listener = Listener(normal_address(address), port, process=process, unit=unit)
        drafts.append(book.note(statement, listener, service=service))
    return drafts


def _where(row: dict[str, str]) -> tuple[str | None, PortRange | None]:
    """Address and ports, from one column or two."""
    address = row.get("address", "").strip("` ")
    port = _PORTS.fullmatch(row.get("port", ""))
    if port:
        return address.removesuffix(f":{port['first']}") or None, _window(port["first"], port["last"])
    joined = _SOCKET.fullmatch(row.get("port", "").strip("` ") or address)
    return (joined["address"], _window(joined["port"], None)) if joined else (None, None)


def _window(first: str, last: str | None) -> PortRange | None:
    window = PortRange(int(first), int(last or first))
    return window if 0 < window.first <= window.last <= 65535 and window.last - window.first <= 5000 else None
