"""Which alias of a gateway leads to which service, and sentences that say again where a service runs."""

from __future__ import annotations

import re

from trueup.evidence.importing.book import Book, Draft
from trueup.evidence.importing.statements import Statement
from trueup.reading.mentions import Mention
from trueup.vocabulary import Absent, Answer, Listener, Route, Unit

_LEADS = re.compile(
    r"\b(?:reached|reachable|served|called|exposed) (?:via|through|as|by|from)\b|\brout(?:es?|ed|ing)\b|\bleads?\b"
    r"|\bpoints?\b|\bforwards?\b|\balias(?:es)?\b|→|->|=>",
    re.IGNORECASE,
)
_THROUGH = re.compile(r"\b(?:via|through|of|in|from)\s+(?:the\s+)?$", re.IGNORECASE)
_ALIAS = re.compile(r"[\w.-]+")
_RUNS = re.compile(
    r"\b(?:runs?|running|lives?|is|sits?|listens?|served)\s+(?:only\s+)?(?:on|at)\s+(?:the\s+)?$", re.IGNORECASE
)


def read(statement: Statement, book: Book) -> list[Draft]:
    """Read a route: an alias in a code span, the gateway before it, the service that it leads to."""
    alias = next(((a, b) for a, b in statement.codes if _ALIAS.fullmatch(statement.text[a:b])), None)
    if alias is None or not _LEADS.search(statement.text) or statement.named("url", "socket", "status"):
        return []
    services = [mention for mention in statement.named("service") if not alias[0] <= mention.start < alias[1]]
    gateway = _gateway(statement, services, alias[0])
    targets = [mention.value for mention in services if mention.value != gateway]
    if gateway is None or not targets:
        return []
    places = {draft.host for draft in book.find(None, gateway, Listener, Unit, Answer)}
    host = places.pop() if len(places) == 1 else statement.host
    if host is None:
        return []
    route = Route(statement.text[alias[0] : alias[1]], targets[0])
    return [book.note(statement, route, service=gateway, host=host), *placements(statement, book)]


def _gateway(statement: Statement, services: list[Mention], alias: int) -> str | None:
    """Whose alias it is: "via X", "of X", else the service right before the alias, else the one above."""
    for mention in services:
        if _THROUGH.search(statement.text[: mention.start]):
            return mention.value
    before = [mention.value for mention in services if mention.end <= alias]
    return before[-1] if before else statement.section.service


def placements(statement: Statement, book: Book) -> list[Draft]:
    """Say again that a service runs on a host: what was seen of it there."""
    drafts: list[Draft] = []
    for host in statement.named("host"):
        lead = statement.text[: host.start]
        services = [mention.value for mention in statement.named("service") if mention.end <= host.start]
        if services and _RUNS.search(lead):
            drafts += [d for d in book.find(host.value, services[-1]) if not isinstance(d.fact, Absent)]
    return drafts
