"""Containers: lines of `docker ps` and `podman ps`, tables with the same columns, and one said in a line.

An image, a state and the engine must be told; a line with a port that is not understood gives nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from trueup.evidence.importing.book import Book, Draft
from trueup.evidence.importing.statements import Statement
from trueup.vocabulary import Container, Published, normal_address

# CONTAINER ID, IMAGE, COMMAND, CREATED, STATUS, PORTS (may be empty), NAMES: two spaces or more between columns.
_PS_LINE = re.compile(
    r"\s*[0-9a-f]{12}\s{2,}(?P<image>\S+)\s{2,}(?:\S.*?\s{2,})?(?:\S+ ){1,4}ago\s{2,}(?P<status>[A-Z]\S*(?: \S+)*)"
    r"(?:\s{2,}(?P<ports>\S+(?: \S+)*))?\s{2,}(?P<name>[\w.-]+)\s*"
)
_ENGINE = re.compile(r"(?<![\w./-])(docker|podman)(?![\w./-])", re.IGNORECASE)
_STATES = (
    (re.compile(r"up\b.*\(paused\)|paused\b", re.IGNORECASE), "paused"),
    (re.compile(r"up\b|running\b", re.IGNORECASE), "running"),
    (re.compile(r"exited\b", re.IGNORECASE), "exited"),
    (re.compile(r"created\b", re.IGNORECASE), "created"),
    (re.compile(r"restarting\b", re.IGNORECASE), "restarting"),
    (re.compile(r"dead\b", re.IGNORECASE), "dead"),
)
_PORT = re.compile(
    r"(?:(?P<address>\S+):(?P<first>\d{1,5})(?:-(?P<last>\d{1,5}))?->)?"
    r"(?P<inner>\d{1,5})(?:-(?P<inner_last>\d{1,5}))?/(?P<protocol>tcp|udp)"
)
_LONGEST_RANGE = 100
_COLUMNS = {
    "name": re.compile(r"containers?|names?|container names?"),
    "image": re.compile(r"images?"),
    "status": re.compile(r"status|state"),
    "ports": re.compile(r"(?:published )?ports?|published"),
}
# A sentence: Container `webui` (docker, `open-webui:main`, up): published `0.0.0.0:3000->8080/tcp`
_SAID = re.compile(
    r"\W*(?:(?:docker|podman)\s+)?container\s+`?(?P<name>[\w.-]+)`?\s+\((?:(?:docker|podman),\s+)?"
    r"`?(?P<image>[^\s`,()]+)`?,\s+(?P<status>[^()]+)\)\W*(?:published|publishes)\s+(?:on\s+|as\s+)?(?P<ports>[^()]+?)[\s.]*",
    re.IGNORECASE,
)


def read(statement: Statement, book: Book) -> list[Draft]:
    """Read one container from a line, a row or a sentence."""
    if statement.cells:
        return _row(statement, book)
    found = _PS_LINE.fullmatch(statement.text) or _SAID.fullmatch(statement.text)
    if found is None:
        return []
    return _container(statement, book, found["name"], found["image"], found["status"], found["ports"] or "")


def _row(statement: Statement, book: Book) -> list[Draft]:
    cells = {
        role: cell.strip("` ")
        for role, pattern in _COLUMNS.items()
        for title, cell in statement.cells
        if pattern.fullmatch(title)
    }
    if not {"name", "image", "status"} <= cells.keys():
        return []
    return _container(statement, book, cells["name"], cells["image"], cells["status"], cells.get("ports", ""))


def _container(statement: Statement, book: Book, name: str, image: str, status: str, told: str) -> list[Draft]:
    engine = _engine(statement)
    state = next((word for pattern, word in _STATES if pattern.match(status)), None)
    ports = _ports(told)
    if engine is None or state is None or ports is None or not name or not image:
        return []
    container = Container(name, engine, image, state, ports=tuple(dict.fromkeys(ports)))
    return [book.note(statement, container, service=statement.service)]


def _engine(statement: Statement) -> Literal["docker", "podman"] | None:
    """The engine that the line itself names, else what stands above it; None where two are named."""
    for place in (statement.text, statement.block, statement.label, statement.section.heading):
        named = {match.lower() for match in _ENGINE.findall(place)}
        if named:
            return None if len(named) > 1 else "docker" if "docker" in named else "podman"
    return None


def _ports(told: str) -> Sequence[Published] | None:
    """Read `0.0.0.0:3000->8080/tcp, 9090/tcp`; None where a part of it is no port."""
    ports: list[Published] = []
    for part in filter(None, (part.strip("` ") for part in told.split(","))):
        match = _PORT.fullmatch(part)
        read = _range(match) if match else None
        if read is None:
            return None
        ports += read
    return ports


def _range(match: re.Match[str]) -> list[Published] | None:
    inner, last = int(match["inner"]), int(match["inner_last"] or match["inner"])
    first = int(match["first"]) if match["first"] else None
    end = int(match["last"] or match["first"]) if match["first"] else None
    if not 0 < inner <= last <= 65535 or last - inner > _LONGEST_RANGE:
        return None
    protocol: Literal["tcp", "udp"] = "udp" if match["protocol"] == "udp" else "tcp"
    if first is None or end is None:
        return [Published(port, protocol=protocol) for port in range(inner, last + 1)]
    if end - first != last - inner or not 0 < first <= end <= 65535:
        return None
    address = normal_address(match["address"])
    return [Published(inner + at, address, first + at, protocol) for at in range(end - first + 1)]
