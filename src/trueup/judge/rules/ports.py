"""Ports: the service listens on the port, and a URL of it leads to a listener."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from trueup.judge.fronts import Front
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
    Verdict,
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
    published = _published(listeners, service, port, host)
    if published is not None:
        return published
    return _elsewhere(claim, port, host, index)


def _published(listeners: list[Sighting[Listener]], service: str | None, port: int, host: HostView) -> Outcome | None:
    """A container's published port is the host's own, also where the engine forwards it without a listener."""
    containers = host.containers(port)
    mine = [seen for seen in containers if service is not None and seen.observation.service == service]
    if mine:
        return holds(f"container {mine[0].fact.name} publishes {port}", [mine[0].id])
    if containers and not listeners:
        return unjudged("a container that was not recognised publishes that port")
    return None


def _elsewhere(claim: Claim, port: int, host: HostView, index: EvidenceIndex) -> Outcome:
    """The service does not listen on the port: tell what is known of the port and of where the service listens."""
    service = claim.subject.service
    listeners, lanes = host.listeners(port=port), host.lanes(port)
    elsewhere = [seen for seen in host.listeners(service=service) if seen.fact.port != port] if service else []
    inside = _inside(port, elsewhere, service, host)
    real = _say_ports(elsewhere) + inside.words
    ids = [*(seen.id for seen in elsewhere[:3]), *inside.ids]
    ports = {seen.fact.port for seen in elsewhere} or inside.ports
    hint = f"write port {min(ports)}" if len(ports) == 1 else None
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
        observed = f"no listener on port {port} of {host.name}{real}"
        return contradicted(f"nothing listens on {port}", observed, [gone.id, *ids], suggestion=hint)
    if any(lane.fact.state == "idle" for lane in lanes):
        return contradicted(f"the lane on {port} is idle", f"lane {port} is idle", [lane.id for lane in lanes])
    if host.looked_at("listeners", port):
        observed = f"no listener on port {port} of {host.name}, where all were looked at{real}"
        return contradicted(f"nothing listens on {port}", observed, ids, suggestion=hint)
    if elsewhere and service not in index.lexicon.lane_kinds:
        observed = f"seen on {_listed(elsewhere)} of {host.name}{inside.words}"
        return contradicted("it listens on another port", observed, ids, suggestion=hint)
    return unjudged(WINDOW_CLOSED)


class _Inside(NamedTuple):
    """That a port is one inside the service's container: in words, the host's ports for it, and the ids."""

    words: str = ""
    ports: frozenset[int] = frozenset()
    ids: tuple[str, ...] = ()


def _inside(port: int, elsewhere: list[Sighting[Listener]], service: str | None, host: HostView) -> _Inside:
    """A container's inner port is not its host's: known where the container or its published port is the service's."""
    real = {seen.fact.port for seen in elsewhere}
    for seen in host.containers(inner=port):
        ports = {each.port for each in seen.fact.ports if each.inner == port and each.port is not None}
        if (service is not None and seen.observation.service == service) or ports & real:
            shown = ", ".join(map(str, sorted(ports)))
            words = f"; {port} is the port inside its container {seen.fact.name}, published on {shown}"
            return _Inside(words, frozenset(ports), (seen.id,))
    return _Inside()


def claimed(listeners: list[Sighting[Listener]], service: str | None, host: HostView) -> list[Sighting[Listener]]:
    """The listeners that may be the service's: its own, else unrecognised ones when it was seen nowhere else."""
    if service is None:
        return listeners
    own = [seen for seen in listeners if seen.observation.service == service]
    if own or host.listeners(service=service):
        return own
    return [seen for seen in listeners if seen.observation.service is None]


def _say_ports(elsewhere: list[Sighting[Listener]]) -> str:
    return f"; it listens on {_listed(elsewhere)}" if elsewhere else ""


def _listed(listeners: list[Sighting[Listener]]) -> str:
    return ", ".join(map(str, sorted({seen.fact.port for seen in listeners})))


def _url(claim: Claim, statement: UrlIs, host: HostView, index: EvidenceIndex) -> Outcome:
    """A URL is right when its port is, and its address one that the listener, or a proxy before it, answers on."""
    target = reach_of(statement.host)
    if target in (Reach.LAN, Reach.TAILNET):
        name = index.host_at(statement.host)
        if name is None:
            return _by_proxy(claim, statement, index.hosts.values(), index) or unjudged(_NOWHERE[target])
        found = index.host(name)
        if found is None:
            return unjudged(f"host {name} was not observed")
        host = found
    if target is Reach.TAILNET:
        served = _served(claim, statement, host, index)
        if served is not None:
            return served
    by_proxy = _by_proxy(claim, statement, (host,), index)
    if by_proxy is not None:
        return by_proxy
    outcome = port_outcome(_unless_fronted(claim, statement.port, host, index), statement.port, host, index)
    listeners = host.listeners(port=statement.port)
    if not listeners or not outcome.evidence:
        return outcome
    if not any(_answers_on(seen.fact, statement.host) for seen in listeners):
        bound = ", ".join(sorted({seen.fact.address for seen in listeners}))
        return contradicted(
            f"nothing answers on that address: the listener is bound to {bound}",
            f"{bound}:{statement.port} on {host.name}",
            [seen.id for seen in listeners],
        )
    return outcome


_WEB = (80, 443)
_NO_SERVE = "a tailnet name needs evidence of what is served there"
_NOWHERE = {Reach.LAN: "the address belongs to no known host", Reach.TAILNET: _NO_SERVE}


def _unless_fronted(claim: Claim, port: int, host: HostView, index: EvidenceIndex) -> Claim:
    """A proxy may stand on the web's own ports and before a service: whatever listens there, the URL may be right."""
    fronted = port in _WEB or any(
        seen.observation.service not in (None, *index.lexicon.endpoints) for seen in host.listeners(port=port)
    )
    return msgspec.structs.replace(claim, subject=Subject(None, claim.subject.host)) if fronted else claim


def _served(claim: Claim, statement: UrlIs, host: HostView, index: EvidenceIndex) -> Outcome | None:
    """Judge a tailnet's name by what the host serves there; None where it stands or falls with the host's listeners."""
    fronts = [front for front in _fronts_at(statement, host) if front.forward.via.startswith("tailscale")]
    if not fronts:
        open_to_it = (Reach.TAILNET, Reach.ANY)
        if any(seen.fact.reach in open_to_it for seen in host.listeners(port=statement.port)):
            return None
        return None if host.looked_at("exposure") else unjudged(_NO_SERVE)
    front = fronts[0]
    if front.leads_to is None:
        return unjudged("what is served there is not on a port of its host")
    outcome = port_outcome(_unless_fronted(claim, front.leads_to, host, index), front.leads_to, host, index)
    observed = f"{front.shown} leads to {outcome.observed}"
    if outcome.verdict is Verdict.HOLDS:
        return holds(observed, [front.id, *outcome.evidence])
    if outcome.verdict is Verdict.CONTRADICTED:
        return contradicted(f"behind that name, {outcome.reason}", observed, [front.id, *outcome.evidence])
    return outcome


def _by_proxy(claim: Claim, statement: UrlIs, hosts: Iterable[HostView], index: EvidenceIndex) -> Outcome | None:
    """A proxy that answers to the URL's name and leads to the service shows that the URL is right; it shows no more."""
    if claim.subject.service is None:
        return None
    for host in hosts:
        for front in _fronts_at(statement, host):
            outcome = port_outcome(claim, front.leads_to, host, index) if front.leads_to is not None else None
            if outcome is not None and outcome.verdict is Verdict.HOLDS and _lets_in(front, statement):
                return holds(f"{front.shown} leads to {outcome.observed}", [front.id, *outcome.evidence])
    return None


def _fronts_at(statement: UrlIs, host: HostView) -> list[Front]:
    """The fronts that answer to a URL's name, port and path, the one with the longest path first."""
    found = [
        front
        for front in host.fronts
        if front.forward.port == statement.port
        and front.forward.name in (None, statement.host.lower())
        and _under(statement.path, front.forward.path)
    ]
    return sorted(found, key=lambda front: len(front.forward.path or ""), reverse=True)


def _under(path: str, prefix: str | None) -> bool:
    """Tell whether a path is within a prefix such as `/v1`, `/v1/` or Caddy's `/v1/*`."""
    bare = (prefix or "").removesuffix("*").rstrip("/")
    return path == bare or path.startswith(f"{bare}/") or not bare


def _lets_in(front: Front, statement: UrlIs) -> bool:
    return front.reach is not Reach.LOOPBACK or reach_of(statement.host) is Reach.LOOPBACK


def _answers_on(listener: Listener, asked: str) -> bool:
    """Tell whether a socket takes connections to the address or name `asked`."""
    bound, from_itself = listener.address, reach_of(asked) is Reach.LOOPBACK or asked in EVERY_INTERFACE
    if asked == "::1":
        return bound in ("*", "::", "::1")
    if bound in EVERY_INTERFACE:
        # Tied to one interface, it answers on that one's addresses.
        return listener.interface is None or from_itself == (listener.reach is Reach.LOOPBACK)
    if from_itself:
        return listener.reach is Reach.LOOPBACK
    # A host's name resolves to one of its addresses outside itself: any bind but loopback may be it.
    return normal_address(bound) == normal_address(asked) or listener.reach is not Reach.LOOPBACK


RULE: Rule[PortIs | UrlIs] = Rule("ports", (PortIs, UrlIs), Severity.HIGH, judge)
