"""Telling facts from prose, where no reader understood a statement."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

from trueup.evidence.importing.book import Book, Draft
from trueup.evidence.importing.statements import Statement
from trueup.reading.mentions import Mention, find_mentions
from trueup.vocabulary import Answer, Lane, Listener, Models, PortRange, Unit

_DOCUMENTS = re.compile(
    r"\b(?:docs|documentation|documents|readme|runbooks?|guides?|canon(?:ical)?)\b.*"
    r"\b(?:impl\w+|claims?|says?|stat(?:es?|ing)|mentions?|needs?|describes?|assumes?|compare|differs?|disagrees?|source)\b",
    re.IGNORECASE,
)
LONGEST_LINE = 2_000
_HARD = ("socket", "url", "unit", "file", "port", "range", "status")
_PUBLISHED = re.compile(r"\d->\d+(?:-\d+)?/(?:tcp|udp|sctp)\b")
_NOT_THERE = re.compile(
    r"\W*(?:(?:is|it is)\s+)?not\s+(?:running|installed|present|listening|here|there)\b.{0,20}", re.IGNORECASE
)
_DOES = re.compile(
    r"\b(?:listens?|listening|runs?|running|installed|enabled|disabled|active|inactive|failed|down|bound|binds?|returns?"
    r"|answers?|refused|idle|serves?|stopped|present|absent|exists?|missing|points? to|routes?"
    r"|healthy|unhealthy|crash\w*)\b",
    re.IGNORECASE,
)


def speaks_of_documents(statement: Statement) -> bool:
    """Tell whether a statement is about what is written, and so about no host."""
    return bool(_DOCUMENTS.search(statement.text))


def looks_factual(statement: Statement) -> bool:
    """Tell whether a statement seems to say what was seen: something typed, or a name and what it does."""
    if statement.named(*_HARD) or _NOT_THERE.fullmatch(statement.text) or _PUBLISHED.search(statement.text):
        return True
    return bool(statement.named("service", "host") and _DOES.search(statement.text))


def why_not(statement: Statement) -> str:
    """Say what kept a statement that looks factual from being read."""
    if statement.host is None:
        return "no host"
    if statement.service is None and not statement.named("url", "socket", "unit", "file"):
        return "no service"
    return "unknown form"


def names_something_checkable(line: str, book: Book) -> bool:
    """Tell whether a bare line names an address, port, URL, unit, file or status."""
    return any(mention.kind in _HARD for mention in find_mentions(line[:LONGEST_LINE], book.lexicon))


def restated(statement: Statement, book: Book) -> list[Draft]:
    """Return what was read already, where the statement names nothing that is not in it."""
    drafts: list[Draft] = []
    for mention in statement.named(*_HARD, "handle"):
        same = [draft for draft in book.find(statement.host, None) if _names(draft, mention)]
        if not same:
            return []
        drafts += same
    return list(dict.fromkeys(drafts))


def _names(draft: Draft, mention: Mention) -> bool:
    fact = draft.fact
    match mention.kind:
        case "socket" | "port":
            return isinstance(fact, Listener | Lane) and fact.port == mention.port
        case "range":
            return isinstance(fact, Listener | Lane) and fact.port in (mention.ports or PortRange(0, 0))
        case "unit" | "file":
            return isinstance(fact, Unit) and mention.value in (fact.name, fact.path)
        case "url":
            return isinstance(fact, Answer | Models) and fact.url.rstrip("/").endswith(mention.path.rstrip("/") or "//")
        case "status":
            return isinstance(fact, Answer) and str(fact.status) == mention.value
        case "handle":
            return isinstance(fact, Lane) and fnmatchcase(fact.handle or "", mention.value)
        case _:
            return False
