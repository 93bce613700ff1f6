"""Ports, binds and URLs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trueup.canon.clauses import Clause
from trueup.canon.statements.bound import Bound, bound
from trueup.canon.subjects import is_own_network, subject_of
from trueup.reading.lexicon import Lexicon
from trueup.reading.mentions import Mention
from trueup.vocabulary import EVERY_INTERFACE, BoundTo, PortIs, Reach, UrlIs, reach_of

_BINDS = re.compile(r"\bbind|\bbound\b|\blisten|--host\b|\binterface", re.IGNORECASE)
_ACCESS = re.compile(
    r"\b(?:reach(?:ed|es)?|call(?:s|ed)?|use[sd]?|visit|open|browse|connect(?:s|ed)?|point(?:s|ed)?|talk(?:s)?|via|through"
    r"|from|scrape[sd]?|proxied|forward(?:s|ed)?|base[ _-]?url|client|upstream|tunnel)\b",
    re.IGNORECASE,
)
# A container's inner port is not its host's.
_CONTAINER = re.compile(
    r"\b(?:in|inside|within)[ -](?:the |its |a )?container|\b(?:internal|inner|container)[ -]ports?\b", re.IGNORECASE
)
# "points at :9292", "routes large to port 8100": somebody else's port.
_POINTS_AWAY = re.compile(
    r"\b(?:points?|pointed|talks?|connects?|forwards?|proxies|proxied|via|from|over) (?:to |at |on |it to )*[`*]*$"
    r"|\b(?:routes?|forwards?|sends?|maps?|goes|go|proxies|points?|talks?|connects?|hands?)\b[^.;]{0,80}\bto\s+(?:the\s+)?[`*]*$",
    re.IGNORECASE,
)
_NO_PORTS: tuple[str | None, ...] = ("model", "unit", "status", "notes", "host", "service")


def find(clause: Clause, lexicon: Lexicon) -> Iterator[Bound]:
    """Yield the sockets, URLs, ports and bare bind addresses of a clause."""
    if _CONTAINER.search(clause.words):
        return
    yield from _sockets(clause, lexicon)
    yield from _ports(clause, lexicon)
    yield from _addresses(clause, lexicon)


def _sockets(clause: Clause, lexicon: Lexicon) -> Iterator[Bound]:
    for mention in clause.of("url", "socket"):
        if not is_own_network(mention, lexicon) or mention.port is None:
            continue
        subject = subject_of(mention, clause, lexicon)
        if _is_host_and_port(mention, clause, lexicon):
            if subject.service is not None:
                yield bound(clause, PortIs(mention.port), subject, mention)
        elif mention.kind == "socket" and _is_bind(mention, clause):
            yield bound(clause, BoundTo(mention.value, mention.port), subject, mention)
            if subject.service is not None:
                yield bound(clause, PortIs(mention.port), subject, mention)
        else:
            url = UrlIs(mention.scheme or "http", mention.value, mention.port, mention.path)
            yield bound(clause, url, subject, mention)


def _is_host_and_port(mention: Mention, clause: Clause, lexicon: Lexicon) -> bool:
    """`atlas:3001` says host and port, not that the name is an address to reach it at."""
    named = mention.kind == "socket" and mention.value in lexicon.hosts.values()
    return named and not mention.path and clause.role not in ("url", "health", "path")


def _is_bind(mention: Mention, clause: Clause) -> bool:
    """`addr:port` is where a service listens, unless the words around speak of reaching it."""
    if clause.scope.reaching:
        return False
    if mention.value in EVERY_INTERFACE:
        return True
    if mention.value[0].isalpha() or mention.path or clause.role in ("url", "health", "path", "model_ids"):
        return False
    before = clause.prose(mention.start)
    if reach_of(mention.value) is not Reach.LOOPBACK:
        # An address of a machine is where others reach it, unless the words say that something is bound to it.
        return clause.role in ("bind", "port") or bool(_BINDS.search(before))
    return clause.role in ("bind", "port") or bool(_BINDS.search(before)) or not _ACCESS.search(before)


def _ports(clause: Clause, lexicon: Lexicon) -> Iterator[Bound]:
    if clause.frame == "command" or clause.role in _NO_PORTS:
        return
    for mention in clause.of("port"):
        if _POINTS_AWAY.search(clause.text.flat, clause.start, mention.start):
            continue
        subject = subject_of(mention, clause, lexicon)
        if subject.service is not None and mention.port is not None:
            yield bound(clause, PortIs(mention.port), subject, mention)


def _addresses(clause: Clause, lexicon: Lexicon) -> Iterator[Bound]:
    """A bare address is a bind where a column, a label or a verb says so."""
    ports = {mention.port for mention in (*clause.of("port"), *clause.given) if mention.port is not None}
    port = ports.pop() if len(ports) == 1 else None
    for mention in clause.of("address"):
        if clause.role not in ("bind", "port") and not _BINDS.search(clause.prose(mention.start)):
            continue
        subject = subject_of(mention, clause, lexicon)
        if subject.service is not None:
            yield bound(clause, BoundTo(mention.value, port), subject, mention)
