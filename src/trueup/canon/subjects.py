"""Whose a mention is: the service and the host that each attribute of a clause belongs to.

A service that a clause names is not always the one it speaks of: "everything except OpenVINO", "LiteLLM's database",
"calls OptiLLM through LiteLLM". What is someone else's gets no subject rather than a wrong one.
"""

from __future__ import annotations

import re

from trueup.canon.clauses import Clause
from trueup.reading.lexicon import Lexicon
from trueup.reading.mentions import Mention
from trueup.vocabulary import EVERY_INTERFACE, Reach, Subject, reach_of

_EXCEPT = re.compile(
    r"\b(?:except(?: for)?|excluding|apart from|other than|everything but|all but|but not|with the exception of"
    r"|in contrast to|unlike|not counting)\b"
    r"(?:(?!\b(?:is|are|listens?|runs?|binds?|bound|stays?|must|needs?|requires?)\b)[^.;:—]){0,120}$",
    re.IGNORECASE,
)
_ANOTHERS = re.compile(
    r"\b(?:(?-i:[A-Z])\w+['’]s|my|his|her|their|somebody['’]s|another|second|staging|fake|mock|test)\s+(?:\w+\s+){0,2}(?:of\s+)?[`*]*$",
    re.IGNORECASE,
)
# What a service may own and still be spoken of: its port, not its database.
_ITS_OWN = (
    r"(?:ports?|health|readiness|liveness|units?|bind|address|apis?|ui|web|urls?|base|endpoints?|listeners?|service|gateway"
    r"|proxy|sockets?|own|dashboard|models?|lanes?|main|file|systemd|launchd|config\w*|plist|keys?|master|process|http|root)\b"
)
_POSSESSOR = re.compile(rf"^['’]s?\s+(?![`*]*/|[`*]*{_ITS_OWN})[`*]*\w", re.IGNORECASE)
_OTHER_THING = re.compile(
    r"\b(?:metrics|exporters?|databases?|db|redis|postgres\w*|mysql|smtp|mail|pprof|debugger|backups?|cleaner|sidecar|state"
    r"|caches?|queues?|webhooks?|grpc|admin)\b",
    re.IGNORECASE,
)
_REMARK = re.compile(r"^[`*]*\s*\((?P<words>[A-Za-z][\w .-]{2,40})\)")
# "The image renderer is on port 8081": a subject of its own, whatever section it stands in.
_OTHER_SUBJECT = re.compile(
    r"\W*(?:the|an?|our|its)\s+"
    rf"(?!(?:\w+ )?(?:server|listener|instance|{_ITS_OWN}))"
    r"\w[\w-]*(?:\s\w[\w-]*){0,3}\s+(?:is|are|runs?|listens?|sits|lives|binds?|uses?|has|serves|answers?)\b",
    re.IGNORECASE,
)
_PLAIN_REMARK = re.compile(
    r"\W*(?:tcp|https?|udp|default|systemd|docker|ipv[46]|only|fixed|override|production|prod|main)\W*", re.IGNORECASE
)
_ARROW = re.compile(r"(?:→|->|=>|⇒|⟶)\s*[`*:]*$")
_VANTAGE = re.compile(r"\b(?:from|to|via|through|towards?|reach(?:es)?|by)\s+(?:the\s+)?[`*]*$", re.IGNORECASE)
_ACTS = re.compile(
    r"^[`*]*\s+(?:then |also |can )?(?:talks|connects|calls|reach(?:es)?|sends|routes|forwards|asks|polls|scrapes)\b",
    re.IGNORECASE,
)
_PLACE = re.compile(r"\b(?:on|at|in)\s+(?:the\s+)?[`*]*$", re.IGNORECASE)
_LOCATION = re.compile(
    r"^[`*)\s]*(?:\(|@|,?\s*(?:runs?|lives?|sits?|is|hosted|running|deployed|installed)?\s*(?:on|at|in)\s+(?:the\s+)?)[`*]*$"
)
_OF = re.compile(r"^[`*\s]*(?:of|on|at|@)\s+(?:the\s+)?[`*]*$", re.IGNORECASE)
# "Point Open WebUI at …", "In Open WebUI, add …": what it is told to use.
_CONFIGURES = re.compile(
    r"\b(?:point|set|configure|connect|give|tell|register|in|inside)\s+(?:the\s+)?[`*]*$", re.IGNORECASE
)
_REACHES_ANOTHER = re.compile(
    r"\b(?:calls?|uses?|using|connects?|points?|talks?|via|through|scrapes?|forwards?|upstreams?|clients?|proxied|proxies|sends?"
    r"|queries|polls?|routes?|backends?|reaches|(?<!bound\s)(?<!binds\s)(?<!bind\s)to)\b",
    re.IGNORECASE,
)


def subject_of(mention: Mention, clause: Clause, lexicon: Lexicon) -> Subject:
    """Return the service and host that `mention` speaks of, as far as the clause and its scope tell."""
    host = host_of(mention, clause)
    if mention.kind in ("url", "socket") and mention.value in lexicon.hosts.values():
        host = mention.value
    return Subject(_service_of(mention, clause, lexicon, host), host)


def speakers(clause: Clause) -> list[Mention]:
    """The services that a clause names as subjects: not those that it excepts, nor owners of something else."""
    text = clause.text.flat
    return [
        service
        for service in clause.of("service")
        if not _EXCEPT.search(text, clause.start, service.start)
        and not _POSSESSOR.match(text[service.end : clause.end])
        and not _is_anothers(service, clause)
    ]


def _is_anothers(service: Mention, clause: Clause) -> bool:
    """ "My staging copy of Docbot", "Bob's vLLM", "a second Prometheus"; "the Mini's LiteLLM" is ours."""
    match = _ANOTHERS.search(clause.text.flat, clause.start, service.start)
    return match is not None and not any(match.start() <= host.start < match.end() for host in clause.of("host"))


def is_excepted(mention: Mention, clause: Clause) -> bool:
    """Tell whether a mention stands in "… except X"."""
    return bool(_EXCEPT.search(clause.text.flat, clause.start, mention.start))


def nearest_service(mention: Mention, clause: Clause) -> str | None:
    """The nearest service named before the mention in its clause, else the first one named after it.

    None where the words between make it someone else's. A sentence that refers back keeps its topic before it looks
    ahead.
    """
    services = speakers(clause)
    before = [service for service in services if service.end <= mention.start]
    if before:
        return None if _is_another_thing(before[-1].end, mention, clause) else before[-1].value
    if clause.scope.carried and clause.scope.service is not None:
        return clause.scope.service
    return services[0].value if services else None


def _is_another_thing(start: int, mention: Mention, clause: Clause) -> bool:
    """Between a name and the mention stands something of its own: "LiteLLM: …, metrics on :4001"."""
    return mention.kind not in ("path", "reach") and bool(_OTHER_THING.search(clause.text.flat, start, mention.start))


def _service_of(mention: Mention, clause: Clause, lexicon: Lexicon, host: str | None) -> str | None:
    text = clause.text.flat
    if mention.kind in ("unit", "file"):
        owner = lexicon.unit_owner(mention.value.rpartition("/")[2])
        if owner is not None:
            return owner
    if _ARROW.search(text, clause.start, mention.start):
        return _left_of_arrow(mention, clause)
    owners = lexicon.declared(mention.port, host) if mention.port is not None else ()
    named = nearest_service(mention, clause)
    if named is not None:
        others = {other.value for other in speakers(clause)} & set(owners)
        if mention.kind in ("url", "socket") and _leads_to_another(mention, clause):
            return owners[0] if len(owners) == 1 else None
        if owners and named not in owners and others:
            return next(owner for owner in owners if owner in others)
        return named
    if clause.of("service"):
        return owners[0] if len(owners) == 1 else None
    inherited = clause.scope.service
    if inherited is not None and not _is_someone_elses(mention, clause):
        if mention.kind == "url" and owners and inherited not in owners:
            return owners[0] if len(owners) == 1 else None
        if clause.scope.lead or not owners or inherited in owners:
            return inherited
    if not owners and mention.kind == "url" and mention.port is not None and inherited is None:
        # A default port is a hint good enough for a URL, which claims no more than that something answers there.
        owners = lexicon.defaults(mention.port)
    return owners[0] if len(owners) == 1 else None


def _left_of_arrow(mention: Mention, clause: Clause) -> str | None:
    """`LiteLLM → :4000` is LiteLLM's port; `boost → :4020` is an alias's, whoever else the clause names."""
    for service in speakers(clause):
        if service.end <= mention.start and re.fullmatch(
            r"[`*\s]*(?:→|->|=>|⇒|⟶)[\s`*:]*", clause.text.flat[service.end : mention.start]
        ):
            return service.value
    return None


def _is_someone_elses(mention: Mention, clause: Clause) -> bool:
    """Under a service's heading, "127.0.0.1:9100 (node exporter)" has a name of its own and is not that service's."""
    if mention.kind not in ("socket", "port"):
        return False
    if _OTHER_THING.search(clause.text.flat, clause.start, mention.start) or _OTHER_SUBJECT.match(clause.words):
        return True
    remark = _REMARK.match(clause.text.flat[mention.end : clause.end])
    if remark is None or _PLAIN_REMARK.fullmatch(remark["words"]):
        return False
    start, end = mention.end, mention.end + remark.end()
    return not any(start <= other.start and other.end <= end for other in clause.mentions)


def _leads_to_another(mention: Mention, clause: Clause) -> bool:
    """A URL after a service may be where that service connects to, if the words between say so."""
    if clause.role in ("url", "health", "bind", "port"):
        return False
    before = [service for service in speakers(clause) if service.end <= mention.start]
    start = before[-1].end if before else clause.start
    if before and _CONFIGURES.search(clause.text.flat, clause.start, before[-1].start):
        return True
    return bool(_REACHES_ANOTHER.search(clause.text.flat, start, mention.start))


def host_of(mention: Mention, clause: Clause) -> str | None:
    """The clause's one host; of several, the one that the mention, or the service before it, is said to be on."""
    text = clause.text.flat
    named = clause.of("host")
    for host in named:
        if host.start >= mention.end and _OF.match(text[mention.end : host.start]):
            return host.value
    hosts = [host for host in named if not _VANTAGE.search(text, clause.start, host.start) and not _acts(host, clause)]
    if len({host.value for host in hosts}) == 1:
        # A host that follows after another port is where that one is.
        between = (other for other in clause.of("port", "socket") if mention.end <= other.start < hosts[0].start)
        if hosts[0].start < mention.end or next(between, None) is None:
            return hosts[0].value
        hosts = []
    if not hosts:
        elsewhere = (named and not clause.scope.lead) or _ARROW.search(text, clause.start, mention.start)
        return None if elsewhere else clause.scope.host
    anchor = [service for service in clause.of("service") if service.end <= mention.start]
    if anchor:
        for host in hosts:
            if host.start >= anchor[-1].end and _LOCATION.match(text[anchor[-1].end : host.start]):
                return host.value
    before = [host for host in hosts if host.end <= mention.start]
    return before[-1].value if before else hosts[0].value


def _acts(host: Mention, clause: Clause) -> bool:
    """ "The Mini talks to OptiLLM": the host is who connects. In "LiteLLM on the Mini talks" it is a place."""
    text = clause.text.flat
    return bool(_ACTS.match(text[host.end : clause.end])) and not _PLACE.search(text, clause.start, host.start)


def is_own_network(mention: Mention, lexicon: Lexicon) -> bool:
    """Tell whether a URL or socket points into the stack: loopback, private or tailnet addresses and known hosts."""
    if mention.value in lexicon.hosts.values():
        return True
    if mention.value.endswith("docker.internal"):
        return False
    if mention.value[0].isalpha():
        return mention.value.endswith((".local", ".lan", ".internal", ".home.arpa", ".ts.net"))
    return mention.value in EVERY_INTERFACE or reach_of(mention.value) in (Reach.LOOPBACK, Reach.LAN, Reach.TAILNET)
