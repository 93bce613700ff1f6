"""Ports: the service listens on the port, and a URL of it leads to a listener."""

from __future__ import annotations

import msgspec

from trueup.judge.index import EvidenceIndex, HostView, Sighting
from trueup.judge.outcome import WINDOW_CLOSED, Outcome, Rule, contradicted, holds, unjudged
from trueup.vocabulary import (
    EVERY_INTERFACE,
    Claim,
    Listener,
    PortIs,
    Reach,
    Severity,
    Subject,
    UrlIs,
    normal_address,
    reach_of,
)


def judge(claim: Claim, statement: PortIs | UrlIs, host: HostView, index: EvidenceIndex) -> Outcome:
    """Compare a port, or the port and address of a URL, with the listeners of the host."""
    if isinstance(statement, UrlIs):
        return _url(claim, statement, host, index)
    return port_outcome(claim, statement.port, host, index)


def port_outcome(claim: Claim, port: int, host: HostView, index: EvidenceIndex) -> Outcome:
    """Judge that the claim's service listens on a port of the host."""
    service = claim.subject.service
    listeners = host.listeners(port=port)
    own = claimed(listeners, service, host)
    if own:
        seen = own[0]
        return holds(f"{seen.fact.address}:{port}", [seen.id])
    lanes = host.lanes(port)
    if any(lane.fact.state == "listening" for lane in lanes) and (
        service is None or service in index.lexicon.lane_kinds
    ):
        return holds(f"lane on port {port}", [lane.id for lane in lanes])
    elsewhere = [seen for seen in host.listeners(service=service) if seen.fact.port != port] if service else []
    real = _say_ports(elsewhere)
    ids = [seen.id for seen in elsewhere[:3]]
    hint = f"write port {elsewhere[0].fact.port}" if len({seen.fact.port for seen in elsewhere}) == 1 else None
    recognised = [seen for seen in listeners if seen.observation.service is not None]
    if listeners and not recognised:
        return unjudged("an unrecognised listener is on that port")
    if recognised:
        other = recognised[0]
        title = index.lexicon.titles.get(other.observation.service or "", other.observation.service)
        observed = f"{other.fact.address}:{port} is {title} on {host.name}{real}"
        return contradicted(f"another service listens on {port}", observed, [other.id, *ids], suggestion=hint)
    gone = host.absent_port(port)
    if gone is not None:
        return contradicted(
            f"nothing listens on {port}",
            f"no listener on port {port} of {host.name}{real}",
            [gone.id, *ids],
            suggestion=hint,
        )
    if any(lane.fact.state == "idle" for lane in lanes):
        return contradicted(f"the lane on {port} is idle", f"lane {port} is idle", [lane.id for lane in lanes])
    if host.looked_at("listeners", port):
        observed = f"no listener on port {port} of {host.name}, where all were looked at{real}"
        return contradicted(f"nothing listens on {port}", observed, ids, suggestion=hint)
    if elsewhere and service not in index.lexicon.lane_kinds:
        observed = f"seen on {real.removeprefix('; it listens on ')} of {host.name}"
        return contradicted("it listens on another port", observed, ids, suggestion=hint)
    return unjudged(WINDOW_CLOSED)


def claimed(listeners: list[Sighting[Listener]], service: str | None, host: HostView) -> list[Sighting[Listener]]:
    """The listeners that may be the service's: its own, else unrecognised ones when it was seen nowhere else."""
    if service is None:
        return listeners
    own = [seen for seen in listeners if seen.observation.service == service]
    if own or host.listeners(service=service):
        return own
    return [seen for seen in listeners if seen.observation.service is None]


def _say_ports(elsewhere: list[Sighting[Listener]]) -> str:
    ports = sorted({seen.fact.port for seen in elsewhere})
    return f"; it listens on {', '.join(map(str, ports))}" if ports else ""


def _url(claim: Claim, statement: UrlIs, host: HostView, index: EvidenceIndex) -> Outcome:
    """A URL is right when its port is, and when its address is one that the listener answers on."""
    target = reach_of(statement.host)
    if target is Reach.TAILNET:
        return unjudged("a tailnet name needs evidence of what is served there")
    if target is Reach.LAN:
        name = index.host_at(statement.host)
        if name is None:
            return unjudged("the address belongs to no known host")
        found = index.host(name)
        if found is None:
            return unjudged(f"host {name} was not observed")
        host = found
    # A proxy may stand on the web's own ports and before a service: whatever listens there, the URL may be right.
    fronted = statement.port in _WEB or any(
        seen.observation.service not in (None, *index.lexicon.endpoints) for seen in host.listeners(port=statement.port)
    )
    anything = msgspec.structs.replace(claim, subject=Subject(None, claim.subject.host)) if fronted else claim
    outcome = port_outcome(anything, statement.port, host, index)
    listeners = host.listeners(port=statement.port)
    if not listeners or not outcome.evidence:
        return outcome
    if not any(_answers_on(seen.fact.address, statement.host) for seen in listeners):
        bound = ", ".join(sorted({seen.fact.address for seen in listeners}))
        return contradicted(
            f"nothing answers on that address: the listener is bound to {bound}",
            f"{bound}:{statement.port} on {host.name}",
            [seen.id for seen in listeners],
        )
    return outcome


_WEB = (80, 443)


def _answers_on(bound: str, asked: str) -> bool:
    """Tell whether a socket bound to `bound` takes connections to `asked`."""
    if asked == "::1":
        return bound in ("*", "::", "::1")
    if bound in EVERY_INTERFACE:
        return True
    if reach_of(asked) is Reach.LOOPBACK or asked in EVERY_INTERFACE:
        return reach_of(bound) is Reach.LOOPBACK
    # A host's name resolves to one of its addresses outside itself: any bind but loopback may be it.
    return normal_address(bound) == normal_address(asked) or reach_of(bound) is not Reach.LOOPBACK


RULE: Rule[PortIs | UrlIs] = Rule("ports", (PortIs, UrlIs), Severity.HIGH, judge)
