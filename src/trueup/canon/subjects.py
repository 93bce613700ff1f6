"""Whose a mention is: the service and the host that each attribute of a clause belongs to."""

from __future__ import annotations

import re

from trueup.canon.clauses import Clause
from trueup.reading.lexicon import Lexicon
from trueup.reading.mentions import Mention
from trueup.vocabulary import EVERY_INTERFACE, Reach, Subject, reach_of

_VANTAGE = re.compile(r"\b(?:from|to|via|through|towards?|reach(?:es)?|by)\s+(?:the\s+)?[`*]*$", re.IGNORECASE)
_LOCATION = re.compile(
    r"^[`*)\s]*(?:\(|@|,?\s*(?:runs?|lives?|sits?|is|hosted|running|deployed|installed)?\s*(?:on|at|in)\s+(?:the\s+)?)[`*]*$"
)


def subject_of(mention: Mention, clause: Clause, lexicon: Lexicon) -> Subject:
    """Return the service and host that `mention` speaks of, as far as the clause and its scope tell."""
    host = _host_of(mention, clause)
    if mention.kind in ("url", "socket") and mention.value in lexicon.hosts.values():
        host = mention.value
    service = _service_of(mention, clause, lexicon, host)
    return Subject(service, host)


def _service_of(mention: Mention, clause: Clause, lexicon: Lexicon, host: str | None) -> str | None:
    if mention.kind == "unit" or mention.kind == "file":
        owner = lexicon.unit_owner(mention.value.rpartition("/")[2])
        if owner is not None:
            return owner
    owners = lexicon.declared(mention.port, host) if mention.port is not None else ()
    named = nearest_service(mention, clause)
    if named is not None:
        others = {other.value for other in clause.of("service")} & set(owners)
        if owners and named not in owners and (others or _is_address_of_another(mention, clause)):
            return next((owner for owner in owners if owner in others), owners[0] if len(owners) == 1 else None)
        return named
    inherited = clause.scope.service
    if inherited is not None and (clause.scope.lead or not owners or inherited in owners):
        if clause.scope.lead and owners and inherited not in owners and _is_address_of_another(mention, clause):
            return owners[0] if len(owners) == 1 else None
        return inherited
    if not owners and mention.kind == "url" and mention.port is not None:
        # A default port is a hint good enough for a URL, which claims no more than that something answers there.
        owners = lexicon.defaults(mention.port)
    return owners[0] if len(owners) == 1 else None


def _is_address_of_another(mention: Mention, clause: Clause) -> bool:
    """A URL beside a service may be an upstream of it; a port or socket beside it is its own."""
    return mention.kind == "url" and clause.role not in ("url", "health", "bind", "port")


def nearest_service(mention: Mention, clause: Clause) -> str | None:
    """The nearest service named before the mention in its clause, else the first one named after it."""
    services = clause.of("service")
    before = [service for service in services if service.end <= mention.start]
    if before:
        return before[-1].value
    return services[0].value if services else None


def _host_of(mention: Mention, clause: Clause) -> str | None:
    """The clause's one host; of several, the one that the service before the mention is said to be on."""
    text = clause.text.text
    hosts = [host for host in clause.of("host") if not _VANTAGE.search(text, clause.start, host.start)]
    if len({host.value for host in hosts}) == 1:
        return hosts[0].value
    if not hosts:
        return clause.scope.host
    anchor = [service for service in clause.of("service") if service.end <= mention.start]
    if anchor:
        for host in hosts:
            if host.start >= anchor[-1].end and _LOCATION.match(text[anchor[-1].end : host.start]):
                return host.value
    before = [host for host in hosts if host.end <= mention.start]
    return before[-1].value if before else hosts[0].value


def is_own_network(mention: Mention, lexicon: Lexicon) -> bool:
    """Tell whether a URL or socket points into the stack: loopback, private or tailnet addresses and known hosts."""
    if mention.value in lexicon.hosts.values():
        return True
    if mention.value.endswith("docker.internal"):
        return False
    if mention.value[0].isalpha():
        return mention.value.endswith((".local", ".lan", ".internal", ".home.arpa", ".ts.net"))
    return mention.value in EVERY_INTERFACE or reach_of(mention.value) in (
        Reach.LOOPBACK,
        Reach.LAN,
        Reach.TAILNET,
    )
