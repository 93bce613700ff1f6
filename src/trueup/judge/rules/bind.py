"""Bind: the service listens on exactly the address that the document gives."""

from __future__ import annotations

from trueup.judge.index import EvidenceIndex, HostView
from trueup.judge.outcome import WINDOW_CLOSED, Outcome, Rule, contradicted, holds, unjudged
from trueup.judge.rules.ports import claimed, port_outcome
from trueup.vocabulary import BoundTo, Claim, Reach, Severity, bind_of, reach_of


def judge(claim: Claim, statement: BoundTo, host: HostView, index: EvidenceIndex) -> Outcome:
    """Compare an address with those that the service's listeners (on that port) are bound to."""
    service = claim.subject.service
    listeners = host.listeners(port=statement.port, service=service)
    if not listeners and statement.port is not None:
        listeners = claimed(host.listeners(port=statement.port), service, host)
    if not listeners:
        if service is None and statement.port is not None:
            return port_outcome(claim, statement.port, host, index)
        return unjudged(WINDOW_CLOSED)
    addresses = sorted({seen.fact.address for seen in listeners})
    port = f":{statement.port}" if statement.port is not None else ""
    unknown = service is not None and all(seen.observation.service is None for seen in listeners)
    observed = ", ".join(f"{address}{port}" for address in addresses) + (
        " (by a process not recognised)" if unknown else ""
    )
    ids = [seen.id for seen in listeners]
    said, real = reach_of(statement.address), max((seen.fact.reach for seen in listeners), key=_width)
    worse = _width(real) > _width(said)
    same = any(bind_of(statement.address) == bind_of(address) for address in addresses)
    # Beside another port of the service a wider bind is none of this one's business; on this port it is.
    if same and not (worse and statement.port is not None):
        return holds(observed, ids)
    return contradicted(
        "it is bound more widely than written" if worse else "it is bound to another address",
        observed,
        ids,
        severity=Severity.CRITICAL if worse and said is Reach.LOOPBACK else None,
        suggestion=f"write `{addresses[0]}{port}`, or bind it to {statement.address}" if len(addresses) == 1 else None,
    )


def _width(reach: Reach) -> int:
    return (Reach.LOOPBACK, Reach.TAILNET, Reach.LAN, Reach.ANY).index(reach)


RULE: Rule[BoundTo] = Rule("bind", (BoundTo,), Severity.MEDIUM, judge)
