"""Binding: the mentions of a clause become statements, each with its subject and the mention that it stands on."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Literal

from trueup.canon.clauses import Clause
from trueup.canon.subjects import is_own_network, nearest_service, subject_of
from trueup.reading.lexicon import Lexicon
from trueup.reading.mentions import Mention
from trueup.vocabulary import (
    EVERY_INTERFACE,
    AuthIs,
    BoundTo,
    Endpoint,
    Family,
    HasUnit,
    ListsIds,
    Modality,
    PortIs,
    Reach,
    ReachIs,
    RunsOn,
    Serves,
    Statement,
    Subject,
    UrlIs,
)


@dataclass(frozen=True, slots=True)
class Bound:
    """A statement, whose it is, and where it stands: text[start:end]."""

    statement: Statement
    subject: Subject
    start: int
    end: int
    modality: Modality


FAMILY: dict[type[Statement], Family] = {
    PortIs: Family.PORTS,
    UrlIs: Family.PORTS,
    BoundTo: Family.BIND,
    ReachIs: Family.EXPOSURE,
    RunsOn: Family.PLACEMENT,
    HasUnit: Family.UNIT,
    Endpoint: Family.HEALTH,
    AuthIs: Family.AUTH,
    Serves: Family.MODELS,
    ListsIds: Family.MODELS,
}

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
_POINTS_AWAY = re.compile(
    r"\b(?:points?|pointed|talks?|connects?|forwards?|proxies|proxied|via|from) (?:to |at |on |it to )*[`*]*$",
    re.IGNORECASE,
)
_RUNS = re.compile(
    r"\b(?:runs?|running|lives?|hosted|deployed|installed|present|sits|resides|is) (?:only )?(?:on|at)\b", re.IGNORECASE
)
_NOT_THERE = re.compile(
    r"\b(?:not|no longer|never|\w+n['’]t)\b[^.;]{0,30}\b(?:runs?|running|present|installed|lives?|hosted|deployed|on)\b"
    r"|\bthere is no\b",
    re.IGNORECASE,
)
_PROBES = re.compile(
    r"\b(?:probe[sd]?|probing|poll(?:s|ed|ing)?|check(?:s|ed)?|health|healthy|liveness|readiness|ping|monitor(?:s|ed)?)\b",
    re.IGNORECASE,
)
_LISTS = re.compile(
    r"\b(?:return|list|show|report|give|answer|ids?|names?|print|contain|advertise|expose|expect|see)(?:s|ed)?\b|→|=>|->",
    re.IGNORECASE,
)
_PATH_WORDS = re.compile(r"\b(?:file ?system|snapshot|local|absolute)[ -]?(?:snapshot )?paths?\b", re.IGNORECASE)
_HANDLE_WORDS = re.compile(r"\b(?:canonical |lane |model )?handles?\b", re.IGNORECASE)
_NOT_BEFORE = re.compile(
    r"(?:\bnot|\bnever|n['’]t|rather than|instead of|differs? from)\s+(?:the |as |a |an |any |return |list )*[`*]*$",
    re.IGNORECASE,
)
_MODELS_PATH = "/v1/models"
_REFUSED = ("401", "403")


def bind(clause: Clause, lexicon: Lexicon) -> Iterator[Bound]:
    """Yield every statement that a clause makes."""
    yield from _placement(clause)
    yield from _sockets(clause, lexicon)
    yield from _addresses(clause, lexicon)
    yield from _reach(clause)
    yield from _units(clause, lexicon)
    if not (yield from _model_ids(clause, lexicon)):
        yield from _models(clause, lexicon)
    yield from _answers(clause, lexicon)


def _bound(
    clause: Clause, statement: Statement, subject: Subject, mention: Mention, modality: Modality | None = None
) -> Bound:
    return Bound(statement, subject, mention.start, mention.end, modality or clause.modality)


# ---------------------------------------------------------------- where it runs


def _placement(clause: Clause) -> Iterator[Bound]:
    """ "OptiLLM runs on the Mini", a host column, a service with a port under a host's heading."""
    services = {mention.value for mention in clause.of("service")}
    hosts = clause.of("host")
    if clause.frame == "command":
        return
    if clause.role == "host":
        if clause.scope.service and len({host.value for host in hosts}) == 1:
            subject = Subject(clause.scope.service, hosts[0].value)
            yield _bound(clause, RunsOn(hosts[0].value), subject, hosts[0])
        return
    names = {host.value for host in hosts}
    if len(services) == 1 and len(names) == 1:
        service = clause.of("service")[0]
        subject = Subject(service.value, hosts[0].value)
        absent = _NOT_THERE.search(clause.words)
        if absent and clause.modality in (Modality.NEGATED, Modality.HISTORICAL):
            yield _bound(clause, RunsOn(hosts[0].value, present=False), subject, hosts[0], Modality.ASSERTED)
            return
        if _RUNS.search(clause.words) or _beside(clause, service, hosts[0]):
            yield _bound(clause, RunsOn(hosts[0].value), subject, hosts[0])
            return
    inherited = clause.scope.host
    if services and inherited and names <= {inherited} and clause.role in (None, "service"):
        for service in clause.of("service"):
            if _listens_here(clause, service):
                yield _bound(clause, RunsOn(inherited), Subject(service.value, inherited), service)


def _beside(clause: Clause, service: Mention, host: Mention) -> bool:
    """`OptiLLM (Studio)`, `OptiLLM on the Studio`, `Studio: OptiLLM …`."""
    text = clause.text.text
    if service.end <= host.start:
        between = text[service.end : host.start]
        return bool(re.fullmatch(r"[\s`*)]*(?:\(|@|,?\s*(?:runs |lives )?on(?: the)?)[\s`*]*", between))
    return bool(re.fullmatch(r"[`*\s]*(?::|—|–)[\s`*]*", text[host.end : service.start]))


def _listens_here(clause: Clause, service: Mention) -> bool:
    """The clause gives this service a port or socket of its own, so it is a statement about where the service is."""
    if clause.role == "service":
        return True
    near = [mention for mention in clause.of("socket", "port") if nearest_service(mention, clause) == service.value]
    return any(mention.kind == "port" or not mention.value[0].isalpha() for mention in near)


# ---------------------------------------------------------------- ports, binds, URLs


def _sockets(clause: Clause, lexicon: Lexicon) -> Iterator[Bound]:
    if _CONTAINER.search(clause.words):
        return
    for mention in clause.of("url", "socket"):
        if not is_own_network(mention, lexicon) or mention.port is None:
            continue
        subject = subject_of(mention, clause, lexicon)
        if mention.kind == "socket" and _is_bind(mention, clause):
            yield _bound(clause, BoundTo(mention.value, mention.port), subject, mention)
            if subject.service is not None:
                yield _bound(clause, PortIs(mention.port), subject, mention)
        else:
            url = UrlIs(mention.scheme or "http", mention.value, mention.port, mention.path)
            yield _bound(clause, url, subject, mention)
    if clause.frame == "command" or clause.role in ("model", "unit", "status", "host", "service"):
        return
    for mention in clause.of("port"):
        if _POINTS_AWAY.search(clause.text.text, clause.start, mention.start):
            continue
        subject = subject_of(mention, clause, lexicon)
        if subject.service is not None and mention.port is not None:
            yield _bound(clause, PortIs(mention.port), subject, mention)


def _is_bind(mention: Mention, clause: Clause) -> bool:
    """`addr:port` is where a service listens, unless the words around speak of reaching it."""
    if mention.value in EVERY_INTERFACE:
        return True
    if mention.value[0].isalpha() or mention.path or clause.role in ("url", "health", "model_ids"):
        return False
    before = clause.prose(mention.start)
    return clause.role in ("bind", "port") or bool(_BINDS.search(before)) or not _ACCESS.search(before)


def _addresses(clause: Clause, lexicon: Lexicon) -> Iterator[Bound]:
    """A bare address is a bind where a column, a label or a verb says so."""
    ports = {mention.port for mention in (*clause.of("port"), *clause.given) if mention.port is not None}
    port = ports.pop() if len(ports) == 1 else None
    for mention in clause.of("address"):
        if clause.role not in ("bind", "port") and not _BINDS.search(clause.prose(mention.start)):
            continue
        subject = subject_of(mention, clause, lexicon)
        if subject.service is not None:
            yield _bound(clause, BoundTo(mention.value, port), subject, mention)


def _reach(clause: Clause) -> Iterator[Bound]:
    ports = {mention.port for mention in clause.of("port", "socket") if mention.port is not None}
    for mention in clause.of("reach"):
        service = nearest_service(mention, clause) or (clause.scope.service if clause.scope.lead else None)
        if service is None and not ports:
            continue
        port = next(iter(ports)) if len(ports) == 1 else None
        yield _bound(clause, ReachIs(Reach(mention.value), port), Subject(service, _clause_host(clause)), mention)


def _clause_host(clause: Clause) -> str | None:
    hosts = {mention.value for mention in clause.of("host")}
    return hosts.pop() if len(hosts) == 1 else clause.scope.host


# ---------------------------------------------------------------- units


def _units(clause: Clause, lexicon: Lexicon) -> Iterator[Bound]:
    files = {_unit_name(mention.value): mention for mention in clause.of("file") if _unit_name(mention.value)}
    for name, mention in files.items():
        subject = subject_of(mention, clause, lexicon)
        yield _bound(clause, HasUnit(name, mention.value), subject, mention)
    for mention in clause.of("unit"):
        if mention.value not in files:
            yield _bound(clause, HasUnit(mention.value), subject_of(mention, clause, lexicon), mention)


def _unit_name(path: str) -> str:
    """The unit that a file defines: a systemd file's base name, a launchd plist's label; empty when it is neither."""
    base = path.rpartition("/")[2]
    if "*" in path or "{" in path:
        return ""
    if base.endswith((".service", ".socket", ".timer")) and "/systemd/" in path:
        return base
    return base.removesuffix(".plist") if base.endswith(".plist") and "/Launch" in path else ""


# ---------------------------------------------------------------- models


def _models(clause: Clause, lexicon: Lexicon) -> Iterator[Bound]:
    """ "8100 — `mlx-…`": the one port of the clause, or the nearest before the handle, serves it."""
    own = clause.of("port", "socket", "url")
    ports = [mention for mention in (*clause.given, *own) if mention.port is not None]
    for mention in clause.of("handle"):
        before = [port for port in ports if port.end <= mention.start]
        nearest = before[-1] if before else (ports[0] if len(ports) == 1 else None)
        if nearest is None or nearest.port is None or "*" in mention.value:
            continue
        subject = subject_of(nearest, clause, lexicon)
        if subject.service is not None and subject.service not in lexicon.lane_kinds:
            continue
        yield _bound(clause, Serves(mention.value, nearest.port), subject, mention)


def _model_ids(clause: Clause, lexicon: Lexicon) -> Generator[Bound, None, bool]:
    """What `/v1/models` lists: handles or paths. Returns True (to its caller) when the clause speaks of that list."""
    lists = [m for m in clause.of("url", "path", "socket") if (m.path or m.value).rstrip("/").endswith(_MODELS_PATH)]
    if not lists and clause.role != "model_ids":
        return False
    numbered = [m for m in (*lists, *clause.of("port"), *clause.given) if m.port is not None]
    anchor = next(iter((*numbered, *lists)), None)
    service = clause.scope.service if anchor is None else subject_of(anchor, clause, lexicon).service
    handles = [*clause.of("handle"), *(m for m in clause.given if m.kind == "handle")]
    if service is not None and service not in lexicon.lane_kinds:
        return False
    if service is None and not handles:
        return False
    port = numbered[0].port if numbered else None
    subject = Subject(service, _clause_host(clause))
    says = clause.role in ("model_ids", "request") or _LISTS.search(clause.words)
    for handle in handles:
        negated = _NOT_BEFORE.search(clause.text.text, clause.start, handle.start)
        if says and not negated:
            yield _bound(clause, ListsIds("handle", handle.value, port), subject, handle)
            return True
    words = _PATH_WORDS.search(clause.words)
    if words and says:
        at = clause.start + words.start()
        mention = Mention("path", at, clause.start + words.end(), words.group())
        meant = None if clause.modality is not Modality.NEGATED else Modality.ASSERTED
        yield _bound(clause, ListsIds("path", words.group(), port), subject, mention, meant)
        return True
    word = _HANDLE_WORDS.search(clause.words)
    if word and says and not handles and clause.role != "request":
        at = clause.start + word.start()
        if not _NOT_BEFORE.search(clause.text.text, clause.start, at):
            mention = Mention("handle", at, clause.start + word.end(), word.group())
            yield _bound(clause, ListsIds("handle", word.group(), port), subject, mention)
    return True


# ---------------------------------------------------------------- what requests answer


def _answers(clause: Clause, lexicon: Lexicon) -> Iterator[Bound]:
    paths = [
        m for m in clause.of("url", "path", "socket") if _path(m) and (m.kind == "path" or is_own_network(m, lexicon))
    ]
    statuses = [*clause.of("status"), *(m for m in clause.given if m.kind == "status")]
    auths = [*clause.of("auth"), *(m for m in clause.given if m.kind == "auth")]
    if not paths:
        yield from _whole_api(clause, auths)
        return
    for index, mention in enumerate(paths):
        subject = subject_of(mention, clause, lexicon)
        known = lexicon.endpoints.get(subject.service or "", frozenset())
        healthy = lexicon.health_paths.get(subject.service or "", frozenset())
        path = _path(mention)
        status, auth = _told(index, paths, statuses), _told(index, paths, auths)
        if subject.service is None and mention.kind == "path":
            continue
        probes = clause.role in ("health", "request") or (path in healthy and bool(_PROBES.search(clause.prose())))
        if status is None and auth is None and not probes:
            continue
        if clause.role == "request" and path not in known and status is None:
            continue
        if auth is not None and status is None and not probes:
            yield _bound(clause, AuthIs(auth.wanted, path, mention.port), subject, mention)
            continue
        key: Literal["none", "valid"] = "none" if auth is None or not auth.wanted else "valid"
        code = int(status.value) if status is not None else None
        if status is not None and status.value in _REFUSED:
            key = "none"
        elif auth is not None and auth.wanted and clause.role != "request" and status is None:
            yield _bound(clause, AuthIs(required=True, path=path, port=mention.port), subject, mention)
            continue
        yield _bound(clause, Endpoint(path, mention.port, "GET", code, key), subject, mention)


def _whole_api(clause: Clause, auths: list[Mention]) -> Iterator[Bound]:
    """ "LiteLLM needs a key", or an auth column: the service's API as a whole."""
    if clause.role == "auth" and clause.scope.service:
        yes = re.fullmatch(
            r"\W*(?:yes|required|on|bearer(?: token)?|(?:api |master )?key)\W*", clause.words, re.IGNORECASE
        )
        no = re.fullmatch(r"\W*(?:no|none|off|open|not required)\W*", clause.words, re.IGNORECASE)
        wanted = True if yes else False if no else auths[0].wanted if len(auths) == 1 else None
        if wanted is not None:
            mention = Mention("auth", clause.start, clause.end, clause.words)
            yield _bound(clause, AuthIs(wanted), Subject(clause.scope.service, _clause_host(clause)), mention)
    elif len(auths) == 1 and clause.frame != "command" and len(clause.of("service")) == 1:
        subject = Subject(clause.of("service")[0].value, _clause_host(clause))
        yield _bound(clause, AuthIs(auths[0].wanted), subject, auths[0])


def _path(mention: Mention) -> str:
    path = mention.value if mention.kind == "path" else mention.path
    return path.partition("?")[0].partition("#")[0] if path != "/" else ""


def _told(index: int, paths: list[Mention], words: list[Mention]) -> Mention | None:
    """The status or auth word for a path: the first that follows it, else the only one there is."""
    if not words:
        return None
    after = [word for word in words if word.start >= paths[index].end]
    if after:
        return after[0]
    return words[-1] if len(words) == 1 else None
