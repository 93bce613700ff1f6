"""What requests answer, and whether they need a key."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from trueup.canon.clauses import Clause
from trueup.canon.statements.bound import Bound, bound, one_host
from trueup.canon.subjects import is_excepted, is_own_network, speakers, subject_of
from trueup.reading.lexicon import Lexicon
from trueup.reading.mentions import Mention
from trueup.reading.qualifiers import key_needed
from trueup.vocabulary import ASKS_FOR_KEY, AuthIs, Endpoint, Subject

_PROBES = re.compile(
    r"\b(?:probe[sd]?|probing|poll(?:s|ed|ing)?|check(?:s|ed)?|health|healthy|liveness|readiness|ping|monitor(?:s|ed)?"
    r"|(?:is|are) (?:up|alive|there|running)|whether)\b",
    re.IGNORECASE,
)
_REFUSES = re.compile(
    r"\b(?:reject(?:s|ed|ing)?|refuse[sd]?|refusing|den(?:y|ies|ied)|fails?|failed|unauthori[sz]ed|forbidden"
    r"|turned away|nobody)\b",
    re.IGNORECASE,
)
_REFUSED = tuple(map(str, ASKS_FOR_KEY))


def find(clause: Clause, lexicon: Lexicon) -> Iterator[Bound]:
    """Yield the endpoints of a clause, or what it says of a service's API as a whole."""
    paths = [
        mention
        for mention in clause.of("url", "path", "socket")
        if _path(mention) and (mention.kind == "path" or is_own_network(mention, lexicon))
    ]
    spoken = [mention for mention in paths if not is_excepted(mention, clause)]
    if not spoken:
        yield from _whole_api(clause)
        return
    statuses = [*clause.of("status"), *(mention for mention in clause.given if mention.kind == "status")]
    auths = [*clause.of("auth"), *(mention for mention in clause.given if mention.kind == "auth")]
    for index, mention in enumerate(spoken):
        yield from _endpoint(mention, clause, lexicon, _told(index, spoken, statuses), _told(index, spoken, auths))


def _endpoint(
    mention: Mention, clause: Clause, lexicon: Lexicon, status: Mention | None, auth: Mention | None
) -> Iterator[Bound]:
    if clause.frame == "command" and clause.role != "request":
        return
    subject = subject_of(mention, clause, lexicon)
    path = _path(mention)
    if subject.service is None and mention.kind == "path":
        return
    known = lexicon.endpoints.get(subject.service or "", frozenset())
    healthy = lexicon.health_paths.get(subject.service or "", frozenset())
    probes = clause.role in ("health", "request") or (path in healthy and bool(_PROBES.search(clause.prose())))
    if (status is None and auth is None and not probes) or (
        status is None and clause.role == "request" and path not in known
    ):
        return
    # "Without a key it is refused" tells the condition of the request; the refusal is the answer.
    wants_key = auth is not None and (auth.wanted or (status is None and bool(_REFUSES.search(clause.prose()))))
    if status is None and auth is not None and (not probes or (wants_key and clause.role != "request")):
        yield bound(clause, AuthIs(wants_key, path, mention.port), subject, mention)
        return
    key: Literal["none", "valid"] = (
        "valid" if wants_key and (status is None or status.value not in _REFUSED) else "none"
    )
    code = int(status.value) if status is not None else None
    yield bound(clause, Endpoint(path, mention.port, "GET", code, key), subject, mention)


def _whole_api(clause: Clause) -> Iterator[Bound]:
    """ "LiteLLM needs a key", or an auth column: the service's API as a whole."""
    auths = clause.of("auth")
    if clause.role == "auth" and clause.scope.service:
        told = key_needed(clause.words)
        wanted = told if told is not None else auths[0].wanted if len(auths) == 1 else None
        if wanted is not None:
            mention = Mention("auth", clause.start, clause.end, clause.words)
            yield bound(clause, AuthIs(wanted), Subject(clause.scope.service, one_host(clause)), mention)
        return
    services = speakers(clause)
    if len(auths) == 1 and clause.frame != "command" and len(services) == 1:
        refused = any(status.value in _REFUSED for status in clause.of("status")) or _REFUSES.search(clause.prose())
        subject = Subject(services[0].value, one_host(clause))
        yield bound(clause, AuthIs(auths[0].wanted or bool(refused)), subject, auths[0])


def _path(mention: Mention) -> str:
    path = mention.value if mention.kind == "path" else mention.path
    return path.partition("?")[0].partition("#")[0] if path != "/" else ""


def _told(index: int, paths: list[Mention], words: list[Mention]) -> Mention | None:
    """The status or auth word for a path: the first that follows it, else the only one there is."""
    after = [word for word in words if word.start >= paths[index].end]
    if after:
        return after[0]
    return words[-1] if len(words) == 1 else None
