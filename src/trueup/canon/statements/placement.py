"""Where a service runs: "OptiLLM runs on the Mini", a host column, a service with a port under a host's heading."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trueup.canon.clauses import Clause
from trueup.canon.statements.bound import Bound, bound
from trueup.canon.subjects import nearest_service, speakers
from trueup.reading.mentions import Mention
from trueup.vocabulary import Modality, RunsOn, Subject

_RUNS = re.compile(
    r"\b(?:runs?|running|lives?|hosted|deployed|installed|present|sits|resides|is) (?:only )?(?:on|at)\b", re.IGNORECASE
)
_NOT_THERE = re.compile(
    r"\b(?:not|no longer|never|\w+n['’]t)\b[^.;]{0,30}\b(?:runs?|running|present|installed|lives?|hosted|deployed)\b"
    r"|\bthere is no\b",
    re.IGNORECASE,
)


_NOT_ON = re.compile(r"(?:\b(?:not|never|no longer)|n['’]t)\s+on\s+(?:the\s+)?[`*]*$", re.IGNORECASE)
_NO_MORE_SAID = 5


def find(clause: Clause) -> Iterator[Bound]:
    """Yield the placements of a clause; a denied one ("does not run on the Mini") is a statement of its own."""
    if clause.frame == "command":
        return
    hosts = clause.of("host")
    names = {host.value for host in hosts}
    if clause.role == "host":
        if clause.scope.service and len(names) == 1:
            yield bound(clause, RunsOn(hosts[0].value), Subject(clause.scope.service, hosts[0].value), hosts[0])
        return
    services = speakers(clause)
    if len({service.value for service in services}) == 1 and len(names) == 1:
        service, host = services[0], hosts[0]
        subject = Subject(service.value, host.value)
        if _is_denied(clause, host) and clause.modality in (Modality.NEGATED, Modality.HISTORICAL):
            yield bound(clause, RunsOn(host.value, present=False), subject, host, Modality.ASSERTED)
            return
        if _RUNS.search(clause.words) or _beside(clause, service, host):
            yield bound(clause, RunsOn(host.value), subject, host)
            return
    inherited = clause.scope.host
    if inherited and names <= {inherited} and clause.role in (None, "service"):
        for service in services:
            if clause.role == "service" or _listens_here(clause, service):
                yield bound(clause, RunsOn(inherited), Subject(service.value, inherited), service)


def _is_denied(clause: Clause, host: Mention) -> bool:
    """ "does not run on the Mini", "is not on the Mini"; where a port or reach is denied, the placement is not."""
    if clause.of("port", "socket", "address", "reach"):
        return False
    return bool(_NOT_THERE.search(clause.words) or _NOT_ON.search(clause.text.flat, clause.start, host.start))


def _beside(clause: Clause, service: Mention, host: Mention) -> bool:
    """`OptiLLM (Studio)`, `Studio: OptiLLM …`, and "OptiLLM on the Studio" where it listens or is all that is said."""
    text = clause.text.flat
    if service.end <= host.start:
        between = text[service.end : host.start]
        if re.fullmatch(r"[\s`*)]*,?\s*on(?: the)?[\s`*]*", between):
            return _listens_here(clause, service) or len(clause.words.split()) <= _NO_MORE_SAID
        return bool(re.fullmatch(r"[\s`*)]*(?:\(|@|,?\s*(?:runs|lives) on(?: the)?)[\s`*]*", between))
    return bool(re.fullmatch(r"[`*\s]*(?::|—|–)[\s`*]*", text[host.end : service.start]))


def _listens_here(clause: Clause, service: Mention) -> bool:
    """The clause gives this service a port or socket of its own, so it is a statement about where the service is."""
    near = [mention for mention in clause.of("socket", "port") if nearest_service(mention, clause) == service.value]
    return any(mention.kind == "port" or not mention.value[0].isalpha() for mention in near)
