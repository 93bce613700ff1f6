"""Exposure: those who can connect are those that the document says."""

from __future__ import annotations

from trueup.judge.index import EvidenceIndex, HostView
from trueup.judge.outcome import WINDOW_CLOSED, Outcome, Rule, contradicted, holds, unjudged
from trueup.vocabulary import Claim, Reach, ReachIs, Severity, reach_of


def judge(claim: Claim, statement: ReachIs, host: HostView, _: EvidenceIndex) -> Outcome:
    """Compare a reach with that of the service's listeners (on that port)."""
    listeners = host.listeners(port=statement.port, service=claim.subject.service)
    if not listeners:
        return unjudged(WINDOW_CLOSED)
    found = {seen.fact.address: reach_of(seen.fact.address) for seen in listeners}
    observed = ", ".join(f"{seen.fact.address}:{seen.fact.port}" for seen in listeners)
    ids = [seen.id for seen in listeners]
    wide = [reach for reach in found.values() if reach is not Reach.LOOPBACK]
    if statement.reach is Reach.LOOPBACK:
        if not wide:
            return holds(observed, ids)
        return contradicted("it can be reached from other machines", observed, ids, severity=Severity.CRITICAL)
    if statement.reach is Reach.TAILNET:
        if set(found.values()) == {Reach.TAILNET}:
            return holds(observed, ids)
        # A firewall may narrow a wide bind, and a proxy of the tailnet may serve a loopback one.
        return unjudged("a tailnet's reach needs evidence of what is served there")
    if set(wide) == {Reach.TAILNET}:
        return contradicted("it can be reached from the tailnet only", observed, ids)
    if wide:
        return holds(observed, ids)
    return contradicted("it can be reached from its own host only", observed, ids)


RULE: Rule[ReachIs] = Rule("exposure", (ReachIs,), Severity.MEDIUM, judge)
