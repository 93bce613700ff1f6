"""What was looked for and was not there: no listener on a port or range, no such unit, a service not running."""

from __future__ import annotations

import re

from trueup.evidence.importing.book import Book, Draft
from trueup.evidence.importing.statements import Statement
from trueup.reading.mentions import Mention
from trueup.vocabulary import Absent, PortRange

_CLAUSE = re.compile(
    r"(?:[^;,()]|,(?=\s+(?:not|nothing)\s+(?:listening|running|present|installed|found|there|here|in use)\b))+",
    re.IGNORECASE,
)
_NO_LISTENER = re.compile(
    r"\bno(?:thing|ne)?\s+(?:is\s+|are\s+)?(?:listen\w*|sockets?)|not\s+listening|n['’]t\s+listening|\bidle\b|\bunused\b"
    r"|\bclosed\b|\bnot\s+in\s+use\b|\bno(?:thing|ne)?\s+(?:on|at|bound)\b",
    re.IGNORECASE,
)
_NO_UNIT = re.compile(
    r"\bno\b(?:\s+(?:such|systemd|launchd|unit|job|service|file))*[\s:`]*$|\bwithout\s+$|\bneither\b.*$|\bnor\s+$",
    re.IGNORECASE,
)
_GONE = re.compile(
    r"not[ -](?:present|found|installed|loaded|there|existing)|does\s*(?:not|n['’]t)\s+exist|\bmissing\b|\babsent\b",
    re.IGNORECASE,
)
_NOT_RUNNING = re.compile(
    r"\bnot\s+(?:present|running|installed|deployed|found|there|here|up)\b|\b(?:is|was|are)n['’]t\s+(?:running|here|there|present|installed|deployed|up)\b"
    r"|does\s*(?:not|n['’]t)\s+run|\babsent\b|\bmissing\b|\bdown\b|\bstopped\b",
    re.IGNORECASE,
)
_NOT_ON = re.compile(r"(?:\bnot|n['’]t)\s+listen\w*\b", re.IGNORECASE)
_NO_SERVICE = re.compile(r"\b(?:no|neither|nor)\s+[`*]*$", re.IGNORECASE)
_NEXT_SERVICE = re.compile(r"[`*]*\s*(?:,|/|or|and|nor)\s+(?:no\s+)?[`*]*", re.IGNORECASE)
_NOWHERE = re.compile(
    r"[\s`*.!]*|[`*]*\s+(?:here|there|either|at all|running|installed|deployed|present|anywhere|on)\b.*", re.IGNORECASE
)
_OPEN_RANGE = re.compile(
    r"(?<![\w.:])(?P<first>\d{4,5})\b\s*(?:\+|and (?:up|above|on)|onwards?|upwards?)"
    r".{0,40}?\b(?:through|to|until|up to|till)\W{0,3}(?P<last>\d{4,5})\b",
    re.IGNORECASE,
)
_PORT_WORDS = re.compile(r"(?<![\w.:/-]):?(?P<port>[1-9]\d{2,4})\b(?!\s*(?:ms|s|MB|%)|\.\d|[\w:/-])")


def read(statement: Statement, book: Book) -> list[Draft]:
    """Read explicit absence, clause by clause."""
    drafts: list[Draft] = []
    for clause in _CLAUSE.finditer(statement.text):
        drafts += (
            _units(statement, book, clause) or _ports(statement, book, clause) or _service(statement, book, clause)
        )
    return list(dict.fromkeys(drafts))


def note_ports(statement: Statement, book: Book, windows: list[PortRange]) -> list[Draft]:
    """Take down that nothing listens on these ports, and that they were looked at."""
    drafts = []
    for window in windows:
        service = statement.service or book.service_of_port(statement.host, window.first - 1)
        drafts.append(book.note(statement, Absent("listener", ports=window), service=service))
        book.looked_at(statement, "listeners", window)
        if "lanes" in statement.section.topics:
            book.looked_at(statement, "lanes", window)
    return drafts


def _within(statement: Statement, clause: re.Match[str], *kinds: str) -> list[Mention]:
    return [mention for mention in statement.named(*kinds) if clause.start() <= mention.start < clause.end()]


def _units(statement: Statement, book: Book, clause: re.Match[str]) -> list[Draft]:
    drafts = []
    for unit in _within(statement, clause, "unit"):
        before = statement.text[clause.start() : unit.start]
        after = statement.text[unit.end : clause.end()]
        if _NO_UNIT.search(before) or _GONE.search(after) or _GONE.search(before):
            service = book.lexicon.unit_owner(unit.value) or statement.service
            drafts.append(book.note(statement, Absent("unit", name=unit.value), service=service))
    return drafts


def _ports(statement: Statement, book: Book, clause: re.Match[str]) -> list[Draft]:
    if not _NO_LISTENER.search(clause.group()):
        return []
    # the last port of an open range may stand in brackets of its own: "8104+ idle (through 8139)"
    if opened := _OPEN_RANGE.search(statement.text, clause.start()):
        return note_ports(statement, book, [PortRange(int(opened["first"]), int(opened["last"]))])
    windows = [mention.ports for mention in _within(statement, clause, "range") if mention.ports]
    windows += [PortRange(m.port, m.port) for m in _within(statement, clause, "port") if m.port]
    for socket in _within(statement, clause, "socket"):
        # who does not listen on one address may listen on another
        if socket.port and not _NOT_ON.search(statement.text[clause.start() : socket.start]):
            windows.append(PortRange(socket.port, socket.port))
    if not windows and _within(statement, clause, "socket"):
        return []
    numbers = [int(match["port"]) for match in _PORT_WORDS.finditer(clause.group())]
    windows += [PortRange(number, number) for number in numbers if number <= 65535]
    return note_ports(statement, book, [w for w in dict.fromkeys(windows) if not any(_inside(w, o) for o in windows)])


def _inside(window: PortRange, other: PortRange) -> bool:
    return window != other and other.first <= window.first and window.last <= other.last


def _service(statement: Statement, book: Book, clause: re.Match[str]) -> list[Draft]:
    if _within(statement, clause, "unit", "port", "socket", "url", "path"):
        return []
    if none := _none_of(statement, clause):
        return [book.note(statement, Absent("service", name=name), service=name) for name in none]
    if not _NOT_RUNNING.search(clause.group()):
        return []
    named = [mention.value for mention in _within(statement, clause, "service")]
    service = named[0] if named else statement.service
    if service is None:
        return []
    return [book.note(statement, Absent("service", name=service), service=service)]


def _none_of(statement: Statement, clause: re.Match[str]) -> list[str]:
    """The services of "no SearXNG", "neither X nor Y", "no X or Y here"."""
    names: list[str] = []
    end = clause.start()
    for mention in _within(statement, clause, "service"):
        between = statement.text[end : mention.start]
        if not (_NO_SERVICE.search(between) or (names and _NEXT_SERVICE.fullmatch(between))):
            return []
        names.append(mention.value)
        end = mention.end
    return names if _NOWHERE.fullmatch(statement.text[end : clause.end()]) else []
