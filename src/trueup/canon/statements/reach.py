"""Who can connect: "localhost only", "LAN-exposed", and columns that hold no more than `LAN` or `loopback`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trueup.canon.clauses import Clause
from trueup.canon.statements.bound import Bound, bound, one_host
from trueup.canon.subjects import nearest_service, speakers
from trueup.reading.mentions import Mention
from trueup.vocabulary import Reach, ReachIs, Subject

_WORDS: tuple[tuple[Reach, re.Pattern[str]], ...] = (
    (
        Reach.LOOPBACK,
        re.compile(r"\W*(?:loopback|localhost|local|lo|127\.0\.0\.1|host only|private)\W*", re.IGNORECASE),
    ),
    (Reach.ANY, re.compile(r"\W*(?:LAN|all|any|everyone|everywhere|public|network|0\.0\.0\.0)\W*", re.IGNORECASE)),
    (Reach.TAILNET, re.compile(r"\W*(?:tailnet|tailscale)\W*", re.IGNORECASE)),
)
# Without a subject such a sentence speaks of the service whose section it is: "Bound to loopback.", "Listens on …".
_ELLIPSIS = re.compile(
    r"\W*(?:listens?|bound|binds?|exposed|reachable|accessible|open|only|local|localhost|loopback|LAN|tailnet|port|runs?|not)\b",
    re.IGNORECASE,
)
_JOINED = re.compile(r"[`*\s]*(?:\([^)]*\))?[`*\s]*(?:,|and|&|\+|/|, and|or)?[`*\s]*(?:the\s+)?", re.IGNORECASE)


def find(clause: Clause) -> Iterator[Bound]:
    """Yield the reaches of a clause; one word may speak of several services that are listed beside it."""
    ports = {mention.port for mention in clause.of("port", "socket") if mention.port is not None}
    port = next(iter(ports)) if len(ports) == 1 else None
    for mention in [*clause.of("reach"), *_column(clause)]:
        if not mention.value:
            continue
        reach = Reach(mention.value)
        services = _services(mention, clause)
        if not services and port is not None and not clause.of("service"):
            services = [None]
        for service in services:
            yield bound(clause, ReachIs(reach, port), Subject(service, one_host(clause)), mention)


def _column(clause: Clause) -> Iterator[Mention]:
    if clause.role in ("reach", "bind") and clause.scope.service and not clause.of("reach", "address", "socket"):
        for reach, pattern in _WORDS:
            if pattern.fullmatch(clause.words):
                yield Mention("reach", clause.start, clause.end, reach.value)


def _services(mention: Mention, clause: Clause) -> list[str | None]:
    """The services that a reach speaks of: those listed together beside it, else the inherited one."""
    services = speakers(clause)
    before = [service for service in services if service.end <= mention.start]
    side = before or services
    if not side:
        inherited = clause.scope.service
        elliptic = _ELLIPSIS.match(clause.words) or clause.scope.carried
        return [inherited] if inherited is not None and (clause.scope.lead or elliptic) else []
    if clause.of("socket", "port"):
        return [nearest_service(mention, clause)]
    ordered = list(reversed(side)) if before else side
    together = [ordered[0]]
    for service in ordered[1:]:
        first, second = sorted((together[-1], service), key=lambda each: each.start)
        if not _JOINED.fullmatch(clause.text.flat[first.end : second.start]):
            break
        together.append(service)
    return list(dict.fromkeys(service.value for service in together))
